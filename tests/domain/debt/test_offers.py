"""Who is offered an instalment, and on which ground: every case of tests/cases/offers.yaml, and what stops an offer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.debt import DEBTORS
from pipeline.contracts.gate import gate
from pipeline.contracts.instalments import FEES_COMPARED, INSTALMENTS, INSTALMENTS_OFFERED
from pipeline.contracts.registers import SERVICES
from pipeline.domain.debt.offers import may_be_offered, offers
from pipeline.domain.debt.seasonal import DOCUMENT, FEE, LINE, compared, risen, service_fees
from pipeline.rules.debt_instalments import InstalmentRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.debt.town import full
from tests.domain.debt.town import frame, kop

CASES = cases("offers.yaml")
NIGHT, APRIL, DUE = dt.date(2026, 5, 31), dt.date(2026, 4, 1), dt.date(2026, 5, 15)
RULES = InstalmentRules.in_force(RuleBook.read(), NIGHT)
UTILITIES = frame(SERVICES, *(
    {"service_code": code, "class_code": kind}
    for code, kind in (("heat", "utility"), ("water", "utility"), ("repairs", "housing"))
))


def fees(given: dict[str, Any]) -> pl.DataFrame:
    """FEE of the open items of a case: of A towards c1, and towards c2 where it bills the same service."""
    of_creditors = [("c1", given["fee"], given.get("corrected", {})), ("c2", given.get("other", {}), {})]
    month = given.get("billed", APRIL)
    rows = [
        {"account_id": "A", "creditor_id": creditor, "service_code": service, "debt_kind_code": "principal",
         "charge_month": month, "billing_month": month, "days_overdue": 16, "is_disputed": False,
         "outstanding_kop": kop(rub) + kop(corrected.get(service, "0.00")) - kop(
             given.get("paid", {}).get(service, "0.00"))}
        for creditor, billed, corrected in of_creditors for service, rub in billed.items()
    ]
    return pl.DataFrame(rows).select(FEE)


def lines(given: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """LINE and DOCUMENT of a case: this year's documents of both creditors, and those of a year before."""
    month = given.get("billed", APRIL)
    year_ago = month.replace(year=month.year - 1)
    told = {
        "now": (month, given["fee"]), "other": (month, given.get("other", {})),
        "then": (year_ago, given.get("before", {})), "other_then": (year_ago, given.get("other_before", {})),
        "replaced": (year_ago, given.get("replaced_before", {})),
    }
    if not given.get("is_told", True):
        told["now"] = (month, {})
    replaces = {"then": "replaced"} if "replaced_before" in given else {}
    corrected = {"now": given.get("corrected", {}), "then": given.get("corrected_before", {})}
    own = [(name, service, month, rub) for name, (month, billed) in told.items() for service, rub in billed.items()]
    late = [
        (name, service, told[name][0].replace(month=told[name][0].month - 1), rub)
        for name, sums in corrected.items() for service, rub in sums.items()
    ]
    rows = [
        {"document_id": name, "account_id": "A", "service_code": service, "charge_month": month,
         "charged_kop": kop(rub)}
        for name, service, month, rub in [*own, *late]
    ]
    documents = [
        {"document_id": name, "account_id": "A", "supersedes_document_id": replaces.get(name), "billing_month": month}
        for name, (month, _) in told.items()
    ]
    text = dict.fromkeys(("document_id", "supersedes_document_id"), pl.String)
    return pl.DataFrame(rows).select(LINE), pl.DataFrame(documents, schema_overrides=text).select(DOCUMENT)


def debtor(**more: Any) -> dict[str, Any]:
    return {
        "account_id": "A", "creditor_id": "c1", "track_code": "notice", "episode_from": DUE, "holds": [],
        "overdue_longer_kop": 0, **more,
    }


def of_night(given: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """DEBTORS and INSTALMENTS of a case."""
    owed = int(fees(given).filter(pl.col("creditor_id") == "c1")["outstanding_kop"].sum())
    sent = "debt_receipt" if "receipt" in given else given.get("sent")
    row = debtor(
        total_kop=owed, claimed_kop=owed, previous_stage_code=sent, previous_stage_on=given.get("receipt", DUE),
        holds=[given["hold"]] if "hold" in given else [],
    )
    agreed = {"account_id": "A", "creditor_id": "c1", "status_code": given.get("agreed")}
    return full(DEBTORS, row), full(INSTALMENTS, *([agreed] if "agreed" in given else []))


def offered(given: dict[str, Any]) -> pl.DataFrame:
    """INSTALMENTS_OFFERED of a case."""
    subsidised = pl.Series(["A"] if given.get("subsidy") else [], dtype=pl.String)
    allowed = may_be_offered(*of_night(given), rules=RULES)
    return offers(allowed, risen(of_fees(given)), subsidised, rules=RULES, as_of=NIGHT)


def of_fees(given: dict[str, Any]) -> pl.DataFrame:
    """FEES_COMPARED of a case."""
    allowed = may_be_offered(*of_night(given), rules=RULES).select("account_id", "creditor_id")
    items = fees(given).join(allowed, on=["account_id", "creditor_id"], how="semi")
    charged = service_fees(*lines(given), UTILITIES)
    return compared(items, charged, UTILITIES, rules=RULES, month=APRIL, as_of=NIGHT)


def test_a_book_without_utilities_has_no_fees_of_them() -> None:
    told = lines({"fee": {"heat": "500.00"}})

    assert service_fees(*told, UTILITIES).height == 1
    assert service_fees(*told, UTILITIES.filter(pl.col("class_code") == "housing")).is_empty()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    found = offered(case["given"])

    gate(to_outside(found, INSTALMENTS_OFFERED), INSTALMENTS_OFFERED)
    told = [
        {"grounds": one["ground_codes"], "seasonal_rub": f"{one['seasonal_kop'] / 100:.2f}",
         "services": one["seasonal_services"], "months": one["months"]} for one in found.to_dicts()
    ]
    assert told == ([] if case["expect"] is None else [case["expect"]])
    outcomes = of_fees(case["given"])
    gate(to_outside(outcomes, FEES_COMPARED), FEES_COMPARED)
    if "compared" in case:
        assert dict(outcomes.select("service_code", "outcome_code").rows()) == case["compared"]


RECEIPT = {"previous_stage_code": "debt_receipt", "previous_stage_on": dt.date(2026, 5, 21), "claimed_kop": 300_000}


@pytest.mark.parametrize(("more", "agreed", "is_offered"), [
    ({}, None, True), ({}, "finished", True), ({"previous_stage_on": dt.date(2026, 5, 22)}, None, False),
    ({"claimed_kop": 299_999}, None, False), ({"previous_stage_code": "sms"}, None, False),
    ({"holds": ["dispute"]}, None, False), ({"track_code": "court"}, None, False), ({}, "kept", False),
    ({}, "broken", False), ({"overdue_longer_kop": 1}, None, False),
])
def test_who_is_offered_one_after_a_receipt(more: dict[str, Any], agreed: str | None, is_offered: bool) -> None:
    known = full(INSTALMENTS, *([{"account_id": "A", "creditor_id": "c1", "status_code": agreed}] if agreed else []))

    assert after_receipt(full(DEBTORS, debtor(**RECEIPT | more)), known).height == int(is_offered)


@pytest.mark.parametrize(("stage", "is_offered"), [("none", True), ("court_order", False)])
def test_what_goes_to_court_is_offered_nothing(stage: str, is_offered: bool) -> None:
    court = debtor(track_code="court", stage_code=stage, previous_stage_code=None)
    rows = full(DEBTORS, debtor(**RECEIPT), court)

    assert after_receipt(rows, full(INSTALMENTS)).height == int(is_offered)


def after_receipt(debtors: pl.DataFrame, agreed: pl.DataFrame) -> pl.DataFrame:
    none = risen(FEES_COMPARED.empty_inside())
    allowed = may_be_offered(debtors, agreed, rules=RULES)
    return offers(allowed, none, pl.Series([], dtype=pl.String), rules=RULES, as_of=NIGHT)
