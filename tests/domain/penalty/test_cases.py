"""Every penalty that was worked by hand (docs/penalties.md), to the kopeck and to the segment."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.domain.ledger.due_dates import with_due_on
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.ledger import DueDateRules
from tests.case_files import cases
from tests.domain.penalty import town

CASES = cases("penalties.yaml")
PAGE = (Path(__file__).parents[3] / "docs" / "penalties.md").read_text(encoding="utf-8")
Case = dict[str, Any]


def due_on(given: Case) -> dt.date:
    if "due_on" in given:
        return given["due_on"]  # type: ignore[no-any-return]
    document = pl.DataFrame({"billing_month": [given["billing_month"]]}, schema={"billing_month": pl.Date})
    working_days = WorkingCalendar.known(town.BOOK).working_days()
    return with_due_on(document, working_days, rules=DueDateRules.known(town.BOOK))["due_on"].item()  # type: ignore[no-any-return]


def facts_of(given: Case) -> town.Facts:
    more = {"charge_month": None} if given.get("is_lump") else {}
    more |= {"charge_month": given["charge_month"]} if "charge_month" in given else {}
    item = town.key(due_on(given), debt_kind_code=given.get("kind", "principal"), **more)
    payments = [town.paid(item, one["day"], one["rub"]) for one in given.get("paid", [])]
    rest = town.kop(given["owed"]) - sum(one["allocated_kop"] for one in payments)
    terms = {"is_disputed": given.get("is_disputed", False), "is_time_barred": given.get("is_time_barred", False)}
    standing = [item | {"outstanding_kop": rest} | terms] if rest else []
    stood = item | {"penalty_kop": town.kop(given.get("before", "0.00")), "reason_code": given.get("before_reason")}
    return town.facts(
        town.items(*standing), town.movements(*payments), unbilled=town.kop(given.get("unbilled", "0.00")),
        stood=town.before(stood) if "before" in given else None,
        credited=town.credited(item, *given.get("credited", [])),
        payers=town.payers(
            given.get("organisation_kind"), given.get("service_kind", "heating"),
            is_organisation=given.get("account_kind") == "organisation",
        ),
        exempt=tuple(
            ("A", reason, one["from"], one["to"])
            for said, reason in (("mobilised", "mobilised"), ("bankrupt", "bankruptcy")) for one in given.get(said, [])
        ),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: Case) -> None:
    given, expect = case["given"], case["expect"]

    told = town.counted(facts_of(given), given["as_of"], given.get("rate_mode", "on_payment_date"))

    assert town.total(told) == town.kop(expect["penalty"])
    assert due_on(given) == expect.get("due_on", given.get("due_on"))
    rows = told.accruals.sort("paid_on", "from_on", nulls_last=True)
    assert [
        [row["from_on"], row["to_on"], row["days"], row["base_kop"], Decimal(row["rate_percent_e7"]) / 10**7,
         row["fraction_denominator"]] for row in rows.iter_rows(named=True)
    ] == [[*one[:3], town.kop(one[3]), Decimal(one[4]), one[5]] for one in expect["segments"]]
    if expect.get("reason") != "time_barred":
        assert told.accruals["penalty_kop"].sum() == town.total(told)
    assert told.penalties["change_kop"].sum() == town.kop(expect.get("change", expect["penalty"]))
    assert told.penalties["reason_code"].to_list() == (
        [expect["reason"]] if "reason" in expect else [None] * told.penalties.height
    )
    is_stopped = told.penalties["missing_rule"].drop_nulls().to_list() == ["penalty.rate_cap_percent"]
    assert is_stopped == expect.get("stopped", False)


def test_the_page_works_every_case() -> None:
    assert len(CASES) >= 50
    assert [case["name"] for case in CASES if f". {case['name']}\n" not in PAGE] == []
