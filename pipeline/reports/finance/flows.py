"""Every flow of the overlapping billing months as SQL: one temporary table of debts, one of creditors' money.

    flows   billing month × creditor × contract × kind × phase × flow → rub, effect_rub   what residents owe
    money   billing month × creditor × day × source × flow → rub                          what the centre holds

The phase says where a day lies: −1 before the span, 0 within it, 1 after it.

How a row is dated, always within the days that its billing month counted: what arrived late belongs to the first day of
the month that took it in, so that no calendar month changes once its billing months are closed.

    billed, withdrawn      by the day of issue of the document (of the new version, for what it withdraws)
    paid, reversed, moved  by the day of arrival of the registry, reversal or document that caused the movement
    remitted, fee          by the day on which the money was sent

Not here: opening and closing (`turnover.py`), whether it all ties (`identities.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from pipeline.contracts.ledger import POSTED_PAYMENTS
from pipeline.reports.finance.calendar import LedgerMonth, Span
from pipeline.reports.published import PublishedMonth

#: Flows of documents; those of `LESS`, and every `paid_…`, reduce what is owed.
BILLING: Final = ("charged", "recalculated", "benefit", "withdrawn")
LESS: Final = ("benefit", "withdrawn")
KEY: Final = "creditor_id, contract_id, debt_kind_code"
_RUB: Final = "DECIMAL(18,2)"


def schema(position: int) -> str:
    """Schema of the n-th overlapping month; the state it started from is `<schema>_before`."""
    return f"ledger_{position}"


def lay_flows(month: PublishedMonth, months: Sequence[LedgerMonth], span: Span) -> None:
    """Attach the months and their opening states, and make the tables `flows` and `money`. The tables `sources`
    (channel_code, source_code) and `own_accounts` must stand already."""
    for position, one in enumerate(months):
        month.attach(schema(position), one.folder)
        month.attach(f"{schema(position)}_before", one.before.folder)
    debts = " UNION ALL ".join(_debts(position, one) for position, one in enumerate(months))
    month.execute(
        f"CREATE TEMP TABLE flows AS SELECT position, {KEY}, {phase_of('on_day', span)} AS phase, flow, "
        f"CAST(sum(rub) AS {_RUB}) AS rub, CAST(sum({_effect()}) AS {_RUB}) AS effect_rub "
        f"FROM ({debts}) GROUP BY ALL HAVING sum(rub) <> 0"
    )
    held = " UNION ALL ".join(_money(position, one) for position, one in enumerate(months))
    month.execute(
        f"CREATE TEMP TABLE money AS SELECT position, creditor_id, on_day, source_code, flow, "
        f"CAST(sum(rub) AS {_RUB}) AS rub FROM ({held}) GROUP BY ALL HAVING sum(rub) <> 0"
    )


def lay_own_accounts(month: PublishedMonth, folders: Sequence[Path]) -> None:
    """Make the table `own_accounts` (payment_id): payments of the published months in `folders` that came to a
    creditor's own bank account. Money of an old one may move in a later month."""
    posted = [f"posted_{position}" for position in range(len(folders))]
    for name, folder in zip(posted, folders, strict=True):
        month.view(name, POSTED_PAYMENTS, folder)
    own = " UNION ".join(
        f"SELECT payment_id FROM {name} WHERE designated_creditor_id IS NOT NULL" for name in posted
    )
    month.execute(f"CREATE TEMP TABLE own_accounts AS {own}")


def _debts(position: int, one: LedgerMonth) -> str:
    name = schema(position)
    billed = " UNION ALL ".join(
        f"SELECT {KEY}, issued_on, '{flow}' AS flow, {flow}_rub AS rub FROM {name}.billed_contracts" for flow in BILLING
    )
    return f"""
        SELECT {position} AS position, {KEY}, {within(one, 'issued_on')} AS on_day, flow, rub FROM ({billed})
        UNION ALL
        SELECT {position}, a.creditor_id, a.contract_id, a.debt_kind_code,
               {within(one, 'CAST(a.posted_at AS DATE)')},
               CASE WHEN a.rule_code = 'reversal' THEN 'reversed'
                    WHEN a.rule_code IN ('credit', 'superseded') THEN 'transferred'
                    WHEN a.origin_code = 'credit' THEN 'paid_credit'
                    WHEN o.payment_id IS NOT NULL THEN 'paid_own_account'
                    WHEN a.rule_code = 'advance' THEN 'paid_advance'
                    WHEN a.rule_code = 'enforcement' OR p.payer_code IN ('bailiff', 'bank_writ') THEN 'paid_enforcement'
                    WHEN p.payer_code IS NOT NULL THEN 'paid_' || p.payer_code
                    ELSE 'paid_' || coalesce(s.source_code, 'other') END,
               CASE WHEN a.rule_code IN ('reversal', 'credit', 'superseded') THEN -a.allocated_rub
                    ELSE a.allocated_rub END
        FROM {name}.payment_allocations AS a
        LEFT JOIN (SELECT payment_id, any_value(payer_code) AS payer_code FROM {name}.posted_payments
                   WHERE payer_code NOT IN ('resident', 'third_party') GROUP BY payment_id) AS p USING (payment_id)
        LEFT JOIN own_accounts AS o USING (payment_id)
        LEFT JOIN sources AS s USING (channel_code)
    """


def _money(position: int, one: LedgerMonth) -> str:
    name = schema(position)
    collected = " UNION ALL ".join(
        f"SELECT creditor_id, collected_on, source_code, '{flow}' AS flow, {flow}_rub AS rub "
        f"FROM {name}.collected_money"
        for flow in ("collected", "reversed", "moved")
    )
    return f"""
        SELECT {position} AS position, creditor_id, {within(one, 'collected_on')} AS on_day, source_code, flow, rub
        FROM ({collected})
        UNION ALL
        SELECT {position}, creditor_id, {within(one, 'remitted_on')}, '', 'remitted', gross_rub
        FROM {name}.posted_remittances
        UNION ALL
        SELECT {position}, creditor_id, {within(one, 'remitted_on')}, '', 'commission', commission_rub
        FROM {name}.posted_remittances
    """


def within(one: LedgerMonth, day: str) -> str:
    """A day held within those that the billing month counted, in SQL."""
    return f"least(greatest({day}, {literal(one.since)}), {literal(one.until)})"


def phase_of(day: str, span: Span) -> str:
    """Where a day lies to the span, in SQL."""
    return f"CASE WHEN {day} < {literal(span.first)} THEN -1 WHEN {day} > {literal(span.last)} THEN 1 ELSE 0 END"


def _effect() -> str:
    """What a flow does to the debt."""
    less = ", ".join(f"'{flow}'" for flow in LESS)
    return f"CASE WHEN flow IN ({less}) OR flow LIKE 'paid%' THEN -rub ELSE rub END"


def literal(day: date) -> str:
    """A date in SQL."""
    return f"DATE '{day.isoformat()}'"
