"""What must hold of a calendar month, as SQL over the files themselves, to the kopeck; what does not is said loudly.

    border     what a billing month opened with, and its flows, is what it left open: creditor × contract × kind
    continues  each billing month started from the very version that is published for the month before
    ledger     flows of a billing month, by creditor and kind, are those of `conservation`
    funds      held money at the end of a billing month is `creditor_funds`
    received   money of the registries = allocated + advances + suspended + returned

Since every border holds and flows are dated within one month each, closing of a calendar month is the opening of the
next one. Not here: the turnover itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pipeline.reports.finance.calendar import LedgerMonth
from pipeline.reports.finance.flows import KEY, schema
from pipeline.reports.published import PublishedMonth

SHOWN: Final = 5


@dataclass(frozen=True)
class Broken:
    """One identity that does not hold: the sentence, by how many rows and roubles, where to look."""

    sentence: str
    rows: int
    difference_rub: Decimal
    examples: tuple[str, ...]


def broken(month: PublishedMonth, months: list[LedgerMonth]) -> Iterator[Broken]:
    """Every identity that does not hold."""
    for position, one in enumerate(months):
        name, cycle = schema(position), f"месяц {one.month}"
        yield from _found(month, f"Остатки на начало и обороты дают остатки на конец ({cycle})", _border(position))
        yield from _found(month, f"Обороты равны сальдо участка ({cycle})", _ledger(position))
        yield from _found(month, f"Деньги получателей у центра сходятся ({cycle})", _funds(position))
        if not one.continues:
            sentence = f"Месяц {one.month} начат не с той версии месяца {one.before.month}, что опубликована"
            yield Broken(sentence, 1, Decimal("0.00"), (name,))
    yield from _found(month, "Полученные деньги разнесены, лежат авансом, невыяснены или возвращены",
                      _received(len(months) - 1))


def _found(month: PublishedMonth, sentence: str, sql: str) -> Iterator[Broken]:
    told: list[dict[str, Any]] = month.rows(
        f"WITH broken AS ({sql}) SELECT count(*) AS rows, CAST(coalesce(sum(abs(difference)), 0) AS DECIMAL(18,2)) "
        f"AS difference, list(place ORDER BY place)[1:{SHOWN}] AS places FROM broken"
    )
    if told[0]["rows"]:
        yield Broken(sentence, told[0]["rows"], told[0]["difference"], tuple(told[0]["places"]))


def _border(position: int) -> str:
    name = schema(position)
    return f"""
        SELECT concat_ws(' / ', creditor_id, contract_id, debt_kind_code) AS place, sum(rub) AS difference
        FROM (
            SELECT {KEY}, outstanding_rub AS rub FROM {name}_before.open_items
            UNION ALL SELECT {KEY}, effect_rub FROM flows WHERE position = {position}
            UNION ALL SELECT {KEY}, -outstanding_rub FROM {name}.open_items
        ) GROUP BY {KEY} HAVING sum(rub) <> 0
    """


def _ledger(position: int) -> str:
    name = schema(position)
    by_flow = " UNION ALL ".join(
        f"SELECT creditor_id, debt_kind_code, '{flow}' AS side, -{flow}_rub AS rub FROM {name}.conservation"
        for flow in ("opening", "billed", "paid", "reversed", "written_off", "closing")
    )
    return f"""
        SELECT concat_ws(' / ', creditor_id, debt_kind_code, side) AS place, sum(rub) AS difference
        FROM (
            {by_flow}
            UNION ALL SELECT creditor_id, debt_kind_code, 'opening', outstanding_rub FROM {name}_before.open_items
            UNION ALL SELECT creditor_id, debt_kind_code, 'closing', outstanding_rub FROM {name}.open_items
            UNION ALL
            SELECT creditor_id, debt_kind_code,
                   CASE WHEN flow LIKE 'paid%' THEN 'paid' WHEN flow = 'reversed' THEN 'reversed' ELSE 'billed' END,
                   CASE WHEN flow = 'benefit' THEN -rub ELSE rub END
            FROM flows WHERE position = {position} AND flow NOT IN ('withdrawn', 'transferred')
        ) GROUP BY creditor_id, debt_kind_code, side HAVING sum(rub) <> 0
    """


def _funds(position: int) -> str:
    """Flows always; balances where they are known (a missing one continues a missing one)."""
    name, rolled = schema(position), "(collected_rub - reversed_rub + moved_rub - remitted_rub)"
    return f"""
        SELECT creditor_id AS place, sum(rub) AS difference
        FROM (
            SELECT creditor_id, 'opening' AS side, coalesce(closing_rub, 0) AS rub FROM {name}_before.creditor_funds
            UNION ALL SELECT creditor_id, 'opening', -coalesce(opening_rub, 0) FROM {name}.creditor_funds
            UNION ALL
            SELECT creditor_id, 'flows', CASE WHEN flow IN ('collected', 'moved') THEN rub ELSE -rub END FROM money
            WHERE position = {position} AND flow <> 'commission' AND source_code <> 'own_account'
            UNION ALL
            SELECT creditor_id, unnest(['flows', 'closing']),
                   unnest([-{rolled}, coalesce(opening_rub + {rolled} - closing_rub, 0)])
            FROM {name}.creditor_funds
        ) GROUP BY creditor_id, side HAVING sum(rub) <> 0
    """


def _received(position: int) -> str:
    return f"""
        SELECT registry_id AS place, received_rub - allocated_rub - advance_rub - suspended_rub - returned_rub
               AS difference
        FROM {schema(position)}.registry_reconciliation
        WHERE received_rub <> allocated_rub + advance_rub + suspended_rub + returned_rub
    """
