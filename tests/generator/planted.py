"""Published months against the planted answers: what the generator promised and what came out.

`differences(book)` gives one line per broken promise, nothing when the months tell what was planted. It reads
published tables only, so it can judge any book with a cast whose six months have been run up to 20 June 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from tests.case_files import told
from tests.generator import planted_meters

MONTHS = ("2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
Row = dict[str, Any]


def differences(book: Path) -> list[str]:
    """Every promise of `answers.yaml` that the published months break."""
    stories = told(book / "answers.yaml")["stories"]
    published = Published(book)
    return [f"{slug}: {fault}" for slug, story in stories.items() for fault in _faults(published, story)]


@dataclass
class Published:
    """Published tables of a book by month."""

    book: Path

    def rows(self, month: str, table: str, **wanted: Any) -> list[Row]:
        folder = self.book / "published" / f"run_month={month}" / table
        frame = pl.read_parquet(sorted(folder.glob("*.parquet")), glob=False)
        for column, value in wanted.items():
            frame = frame.filter(pl.col(column).is_in(value if isinstance(value, list) else [value]))
        return frame.to_dicts()

    @cached_property
    def decisions(self) -> dict[tuple[str, str], Row]:
        """The last published decision of each account and billing month."""
        return {
            (row["account_id"], f"{row['billing_month']:%Y-%m}"): row
            for month in MONTHS for row in self.rows(month, "eligibility")
        }


def _faults(published: Published, story: Row) -> Iterator[str]:
    for role, verdicts in story.get("eligibility", {}).items():
        for month, wanted in verdicts.items():
            found = published.decisions.get((story["accounts"][role], month), {})
            told = {name: _text(found.get(name)) for name in wanted}
            if told != {name: _text(value) for name, value in wanted.items()}:
                yield f"{role} {month}: {wanted} expected, {told} found"
    promises = story.get("promises", {})
    for name, check in CHECKS.items():
        if name in promises and (fault := check(published, story["accounts"], promises)):
            yield f"{name}: {fault}"


def _text(value: Any) -> str:
    return str(value)


def _sum(rows: list[Row], column: str) -> str:
    return f"{sum((row[column] for row in rows), start=0):.2f}"


def _differs(wanted: Any, found: Any) -> str:
    return "" if wanted == found else f"{wanted} expected, {found} found"


def _open(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "open_items", account_id=list(ids.values()),
                          debt_kind_code=["principal", "capital_repair"])
    return _differs(promises["open_at_the_end_rub"], _sum(rows, "outstanding_rub"))


def _voluntary(published: Published, ids: Row, promises: Row) -> str:
    found = {
        role: _sum(published.rows("2026-05", "open_items", account_id=account, debt_kind_code="voluntary"),
                   "outstanding_rub")
        for role, account in ids.items()
    }
    return _differs(promises["voluntary_left_open_rub"], found)


def _penalty(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "open_items", account_id=ids["main"], debt_kind_code="penalty")
    found = {
        month: _sum([row for row in rows if f"{row['billing_month']:%Y-%m}" == month], "outstanding_rub")
        for month in promises["penalty_left_open_rub"]
    }
    return _differs(promises["penalty_left_open_rub"], found)


def _ring_fenced(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "advances", account_id=ids["main"],
                          contract_reference=promises["contract_reference"])
    return _differs(promises["ring_fenced_left_rub"], _sum(rows, "amount_rub"))


def _ring_fenced_credit(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["ring_fenced_advance_rub"]
    rows = published.rows(wanted["run"], "advances", account_id=ids["main"], creditor_id=wanted["creditor_id"])
    return _differs(wanted["amount"], _sum(rows, "amount_rub"))


def _placed(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["placed"]
    found = {
        row["account_id"] for month in MONTHS
        for row in published.rows(month, "posted_payments", payment_id=wanted["payment_id"])
    }
    return _differs({wanted["account_id"]}, found)


def _accepted(published: Published, ids: Row, promises: Row) -> str:
    payment_id = promises["accepted_payment_id"]
    times = sum(len(published.rows(month, "posted_payments", payment_id=payment_id)) for month in MONTHS)
    return _differs(1, times)


def _enforced(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["enforced"]
    rows = [row for month in MONTHS
            for row in published.rows(month, "payment_allocations", payment_id=wanted["payment_id"])]
    found = {row["creditor_id"] for row in rows}, {row["rule_code"] for row in rows}, _sum(rows, "allocated_rub")
    return _differs(({wanted["creditor_id"]}, {"enforcement"}, wanted["amount"]), found)


def _suspended(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["suspended"]
    suspended_id = wanted.get("payment_id") or wanted.get("reversal_id")
    found = [
        (row["reason_code"], _text(row["amount_rub"]), list(row["candidate_account_ids"]))
        for row in published.rows(wanted["first_run"], "suspended_payments", suspended_id=suspended_id)
    ]
    return _differs([(wanted["reason_code"], wanted["amount"], wanted.get("candidate_account_ids", []))], found)


def _quarantined(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["quarantined"]
    key = "document_id" if "document_id" in wanted else "reading_id"
    named = wanted[key] if isinstance(wanted[key], list) else [wanted[key]]
    rows = published.rows(wanted["run"], "quarantine", table_name=wanted["table"])
    hit = [row for row in rows if wanted["rule_id"] in row["rule_ids"]
           and any(f'"{value}"' in row["original_values"] for value in named)]
    return _differs(len(named), len(hit))


def _incomplete(published: Published, ids: Row, promises: Row) -> str:
    run = promises.get("run") or promises["quarantined"]["run"]
    rows = published.rows(run, "incomplete_bills", account_id=ids["main"], reason_code=promises["incomplete_bill"])
    return _differs(1, len(rows))


def _judged(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["judged"]
    verdicts = (
        {wanted["reading_id"]: (wanted["verdict_code"], wanted["findings"])} if "reading_id" in wanted
        else {wanted[verdict]: (verdict, None) for verdict in ("accepted", "outranked")}
    )
    rows = [row for month in MONTHS for row in published.rows(month, "consumption", reading_id=list(verdicts))]
    found = {
        row["reading_id"]: (row["verdict_code"], list(row["findings"]) if "reading_id" in wanted else None)
        for row in rows
    }
    return _differs(verdicts, found)


def _proposals(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(promises["proposed_in_run"], "recalculations", account_id=ids["main"])
    found = {
        row["service_code"]: {
            "reversed": _text(row["reversed_rub"]), "charged_again": _text(row["charged_again_rub"]),
            "difference": _text(row["difference_rub"]),
        }
        for row in rows if row["service_code"] in promises["proposals"]
    }
    return _differs(promises["proposals"], found)


def _late(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["late_registry"]
    rows = published.rows(wanted["lists_await_it_in_run"], "debtor_lists")
    waiting = [row["status_code"] == "awaiting_registries" and any(wanted["provider_code"] in name
               for name in row["awaited"]) for row in rows]
    return _differs(True, bool(waiting) and all(waiting))


def _overdue(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "debtors", account_id=list(ids.values()), track_code="notice")
    return _differs(promises["overdue_rub"], _sum(rows, "total_rub"))


def _months_overdue(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "debtors", account_id=list(ids.values()), track_code="notice")
    return _differs(promises["months_overdue"], max((row["months_overdue"] for row in rows), default=None))


def _held(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "debtors", account_id=list(ids.values()))
    found = {tuple(row["holds"]) for row in rows}
    return _differs({tuple(promises["holds"])}, found)


def _written_to(published: Published, ids: Row, promises: Row) -> str:
    people = [f"p-{account}" for account in ids.values()]
    rows = published.rows("2026-05", "sms_list", person_id=people)
    verified = [row["is_phone_verified"] for row in rows if "is_phone_verified" in promises]
    return _differs(promises["person_is_on_sms_list"], bool(rows)) or (
        _differs([promises["is_phone_verified"]], verified) if verified else ""
    )


def _messages(published: Published, ids: Row, promises: Row) -> str:
    rows = [row for row in published.rows("2026-05", "sms_list") if set(row["account_ids"]) & set(ids.values())]
    wanted = promises["messages"], promises["accounts_in_message"]
    return _differs(wanted, (len(rows), max((len(row["account_ids"]) for row in rows), default=0)))


def _is_debtor(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "debtors", account_id=list(ids.values()))
    return _differs(promises["is_debtor"], bool(rows))


def _shielded(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "debtors", account_id=ids["main"], track_code="notice")
    return _differs(promises["shielded_rub"], _sum(rows, "shielded_rub"))


def _barred(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "open_items", account_id=ids["main"], is_time_barred=True)
    return _differs(promises["time_barred_rub"], _sum(rows, "outstanding_rub"))


def _to_court(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "court_list", account_id=list(ids.values()))
    return _differs(promises["is_on_court_list"], bool(rows))


def _to_call(published: Published, ids: Row, promises: Row) -> str:
    rows = [row for row in published.rows("2026-05", "call_list") if ids["main"] in row["account_ids"]]
    return _differs(promises["is_on_call_list"], bool(rows))


def _left_alone(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "debtors", account_id=ids["main"], track_code="notice")
    return _differs(promises["left_alone_by_mandate_of"],
                    sorted(row["creditor_id"] for row in rows if "hold_out" in row["holds"]))


def _restricted(published: Published, ids: Row, promises: Row) -> str:
    wanted = promises["restriction"]
    rows = published.rows("2026-05", "restriction_list", account_id=ids["main"], service_code=wanted["service_code"])
    return _differs([wanted], [{name: _text(row[name]) for name in wanted} for row in rows])


def _cases(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows("2026-05", "court_standing", account_id=ids["main"])
    found = {row["court_case_id"]: {name: _text(row[name]) for name in ("stage_code", "next_action_code", "open_rub")}
             for row in rows}
    return _differs(promises["court_cases"], found)


CHECKS = {
    **planted_meters.CHECKS,
    "restriction": _restricted, "court_cases": _cases,
    "open_at_the_end_rub": _open, "voluntary_left_open_rub": _voluntary, "penalty_left_open_rub": _penalty,
    "ring_fenced_left_rub": _ring_fenced, "ring_fenced_advance_rub": _ring_fenced_credit, "placed": _placed,
    "accepted_payment_id": _accepted, "enforced": _enforced, "suspended": _suspended, "quarantined": _quarantined,
    "incomplete_bill": _incomplete, "judged": _judged, "proposals": _proposals, "late_registry": _late,
    "overdue_rub": _overdue, "months_overdue": _months_overdue, "holds": _held,
    "person_is_on_sms_list": _written_to, "messages": _messages, "is_debtor": _is_debtor,
    "shielded_rub": _shielded, "time_barred_rub": _barred, "is_on_court_list": _to_court, "is_on_call_list": _to_call,
    "left_alone_by_mandate_of": _left_alone,
}
