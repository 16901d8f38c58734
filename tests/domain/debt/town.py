"""Small frames for the tests of debt: one account A of person P towards creditor c1, unless said."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from pipeline.contracts import debt, events, ingest, ledger, penalty, recalculation, registers
from pipeline.contracts.claims import APPLICATIONS
from pipeline.contracts.table import Table
from pipeline.domain.debt.court_price import LINES
from pipeline.domain.debt.debtors import Facts
from pipeline.domain.debt.episodes import with_episode_id
from pipeline.money import kopecks_of
from pipeline.rules.debt import DebtRules
from pipeline.rules.registry import RuleBook

BOOK = "town"
DAY = dt.date(2026, 5, 31)


def rules_on(day: dt.date, *, calls: bool = True) -> DebtRules:
    """Rules of a book that makes calls, or makes none."""
    found = DebtRules.in_force(RuleBook.read(), day)
    return replace(found, calls=replace(found.calls, are_made=calls))


RULES = rules_on(DAY)
MOBILE = "+7 916 123-45-67"
EARLY = dt.date(2000, 1, 1)
MOSCOW = dt.timezone(dt.timedelta(hours=3))


def kop(rub: str) -> int:
    return kopecks_of(Decimal(rub))


def frame(table: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of a table in the inside shape; columns that are not told are null."""
    if not rows:
        return table.empty_inside()
    full = [{name: row.get(name) for name in table.inside_names} for row in rows]
    unknown = {name for row in rows for name in row} - set(table.inside_names)
    assert not unknown, unknown
    return pl.DataFrame(full, schema=table.inside_schema)


def months_between(start: dt.date, end: dt.date) -> int:
    """Whole calendar months."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def first_of_month(day: dt.date, back: int = 0) -> dt.date:
    number = day.year * 12 + day.month - 1 - back
    return dt.date(number // 12, number % 12 + 1, 1)


def item(number: int, as_of: dt.date, *, due_on: dt.date, rub: str, **more: Any) -> dict[str, Any]:
    """One row of OPEN_ITEMS as the ledger publishes it."""
    billed = more.get("billed", first_of_month(due_on, 1))
    is_overdue = as_of > due_on
    return {
        "account_id": more.get("account", "A"), "document_id": f"d{number:03d}",
        "creditor_id": more.get("creditor", "c1"),
        "contract_id": f"k-{more.get('creditor', 'c1')}", "service_code": more.get("service", "heat"),
        "debt_kind_code": more.get("kind", "principal"), "charge_month": more.get("month", billed),
        "document_type_code": "main", "billing_month": billed, "issued_on": billed, "due_on": due_on,
        "billed_kop": kop(rub), "paid_kop": 0, "written_off_kop": 0, "outstanding_kop": kop(rub),
        "epoch_base_kop": kop(rub), "days_overdue": max(0, (as_of - due_on).days),
        "months_overdue": months_between(due_on, as_of) if is_overdue else 0,
        "limitation_on": more.get("limitation_on"), "is_disputed": more.get("is_disputed", False),
        "is_time_barred": more.get("is_time_barred", False),
    }


def account(account_id: str = "A", **more: Any) -> dict[str, Any]:
    return {
        "account_id": account_id, "premises_id": f"flat-{account_id}", "house_id": "h", "opened_on": EARLY,
        "account_kind_code": "citizen", "is_served": True, "mode_code": "full", **more,
    }


def right(person_id: str = "P", account_id: str = "A", **more: Any) -> dict[str, Any]:
    told = {"premises_id": f"flat-{account_id}", "person_id": person_id, "role_code": "owner", "valid_from": EARLY}
    return {**told, **more}


def person(person_id: str = "P", **more: Any) -> dict[str, Any]:
    return {"person_id": person_id, "full_name": "Имя", **more}


def contact(person_id: str = "P", **more: Any) -> dict[str, Any]:
    return {
        "person_id": person_id, "phone": MOBILE, "phone_source_code": "resident", "has_sms_consent": True,
        "has_opted_out": False, **more,
    }


def mandate(**more: Any) -> dict[str, Any]:
    """Mandate m1 of creditor c1: all stages, nobody held out, the book's thresholds, unless said."""
    return {
        "event_id": "m1", "registered_at": dt.datetime(2026, 1, 1, tzinfo=MOSCOW), "mandate_id": "m1",
        "creditor_id": "c1", "from_on": EARLY, "holdout_percent": 0, "paid_within_days": 14, "has_reminder": True,
        "has_sms": True, "has_call": True, "has_debt_receipt": True, **more,
    }


def mandated(account_id: str = "A", **more: Any) -> dict[str, Any]:
    """The account under m1."""
    return {
        "event_id": f"m1-{account_id}", "registered_at": dt.datetime(2026, 1, 1, tzinfo=MOSCOW), "mandate_id": "m1",
        "account_id": account_id, "from_on": EARLY, **more,
    }


@cache
def nothing() -> Facts:
    """The account exists, owes nothing and can be written to."""
    return Facts(
        open_items=frame(ledger.OPEN_ITEMS), payment_allocations=frame(ledger.PAYMENT_ALLOCATIONS),
        advances=frame(ledger.ADVANCES), recalculations=frame(recalculation.RECALCULATIONS),
        suspended_payments=frame(ledger.SUSPENDED_PAYMENTS), incomplete_bills=frame(ingest.INCOMPLETE_BILLS),
        accounts=frame(registers.ACCOUNTS, account()),
        service_contracts=frame(
            registers.SERVICE_CONTRACTS, *({"contract_id": f"k-{c}", "creditor_id": c} for c in ("c1", "c2", "fund"))
        ),
        rights=frame(registers.RIGHTS, right()), persons=frame(registers.PERSONS, person()),
        contacts=frame(registers.CONTACTS, contact()), holds=frame(events.HOLDS),
        debt_decisions=frame(events.DEBT_DECISIONS),
        court_cases=frame(events.COURT_CASES), court_events=frame(events.COURT_EVENTS),
        instalment_agreements=frame(events.INSTALMENT_AGREEMENTS),
        mandates=frame(events.MANDATES), mandate_accounts=frame(events.MANDATE_ACCOUNTS),
        paid_before=frame(ledger.PAYMENT_ALLOCATIONS), penalties=frame(penalty.PENALTIES),
        penalty_lines=pl.DataFrame(schema=LINES), grown_before=frame(penalty.PENALTIES),
        dispatches=frame(debt.DISPATCHES), previous=frame(debt.DEBTORS),
    )


def owing(as_of: dt.date, *items: dict[str, Any], **tables: pl.DataFrame) -> Facts:
    """`nothing` with items, and other tables replaced."""
    rows = [item(number, as_of, **told) for number, told in enumerate(items)]
    return replace(nothing(), open_items=frame(ledger.OPEN_ITEMS, *rows), **tables)


def previous_debtor(*, cut: dt.date, episode_from: dt.date, creditor: str = "c1", **more: Any) -> dict[str, Any]:
    """One row of DEBTORS of the month before, on the notice track."""
    return {
        "account_id": "A", "creditor_id": creditor, "track_code": "notice", "stage_code": more.get("stage", "none"),
        "previous_stage_code": more.get("stage"), "previous_stage_on": more.get("stage_on"),
        "episode_id": episode_id(episode_from, creditor), "episode_from": episode_from, "oldest_due_on": episode_from,
        "days_overdue": (cut - episode_from).days,
    }


def episode_id(episode_from: dt.date, creditor: str = "c1", track: str = "notice", account_id: str = "A") -> str:
    pair = pl.DataFrame({"account_id": [account_id], "creditor_id": [creditor], "episode_from": [episode_from]})
    return str(with_episode_id(pair, book_id=BOOK, track_code=track)["episode_id"][0])


def sent(stage: str, on: dt.date, episode_from: dt.date, **more: Any) -> dict[str, Any]:
    """One row of the journal."""
    track = "court" if stage in APPLICATIONS else "notice"
    lists = {"reminder": "sms_list", "sms": "sms_list", "call": "call_list", "debt_receipt": "debt_receipts",
             "court_order": "court_list", "claim": "court_list"}
    creditor, account_id, person_id = more.get("creditor", "c1"), more.get("account", "A"), more.get("person", "P")
    return {
        "action_id": f"{stage}-{on}-{person_id}", "list_code": lists[stage], "dispatched_on": on,
        "run_month": first_of_month(on), "run_id": "r", "person_id": person_id, "account_id": account_id,
        "creditor_id": creditor, "track_code": track,
        "episode_id": episode_id(episode_from, creditor, track, account_id), "stage_code": stage, "claimed_kop": 1,
    }
