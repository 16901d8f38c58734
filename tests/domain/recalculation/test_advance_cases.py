"""Every case of `cases/advance.yaml`: a term of the advance discount cycle by cycle, from before it begins."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS
from pipeline.contracts.events import ADVANCE_CONTRACTS
from pipeline.contracts.gate import gate
from pipeline.contracts.ledger import ADVANCES, OPEN_ITEMS, POSTED_PAYMENTS
from pipeline.contracts.payments import PAYMENT_REVERSALS
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.recalculation_events import ADVANCE_DISCOUNTS, OWNERSHIP_TRANSFERS
from pipeline.contracts.registers import ACCOUNTS, CYCLES
from pipeline.domain.recalculation.advance import Discounted, Known, discounted
from pipeline.domain.recalculation.advance_terms import Happened
from pipeline.domain.recalculation.fees import EARLIER
from pipeline.money import format_rub
from pipeline.rules.recalculation_advance import AdvanceRules
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.town import BOOK_ID, KOP, frame, scaled
from tests.domain.recalculation.applications import ACCOUNT, billed, lines, rule_book, services, terms

ALL = cases("advance.yaml")
MARCH, FEBRUARY = BillingMonth(2026, 3), BillingMonth(2026, 2)
REFERENCE, PRICE = "Д-1", "14113.20"
_PLANS = {6: "7128.60", 11: "13069.10", 24: "27650.40"}


def rules(case: dict[str, Any]) -> AdvanceRules:
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in case.get("rules", {}).items()}
    return replace(AdvanceRules.in_force(rule_book(), date(2026, 3, 1)), **({"is_open": True} | told))


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=MOSCOW)


def cycle_of(day: date) -> BillingMonth:
    """The cycle in which something of that day arrives: documents of a month go out on the first of the next."""
    return BillingMonth.of(day).previous


class Account:
    """One account, cycle by cycle."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case, self.rules = case, rules(case)
        self.state = Discounted()
        self.proposed = RECALCULATIONS.empty_inside()
        self.returned = RETURNED_APPLICATIONS.empty_inside()
        paid = case.get("paid", {date(2026, 3, 10): _PLANS.get(case.get("months", 12), PRICE)})
        self.paid = {f"p{number}": (day, scaled(rub, KOP)) for number, (day, rub) in enumerate(paid.items(), 1)}

    def until(self, last: str) -> "Account":
        for month in BillingMonth.range(FEBRUARY, BillingMonth.parse(last)):
            self._cycle(month)
        return self

    def _cycle(self, month: BillingMonth) -> None:
        told = self._told(month)
        found = discounted(
            Known(
                told=frame(ADVANCE_DISCOUNTS, told), contracts_ahead=self._contracts(),
                new_ids=pl.Series("event_id", [row["event_id"] for row in told
                                               if max(cycle_of(row["registered_at"].date()), FEBRUARY) == month],
                                  dtype=pl.String),
                terms=self.state.terms, schedule=self.state.schedule, lines=self._bills(month), services=services(),
                contracts=pl.DataFrame({"contract_id": ["c-housing", "c-waste", "c-cold_water"],
                                        "creditor_id": ["uk", "eco", "water"], "house_id": ["h1"] * 3}),
                happened=self._happened(month),
            ),
            rules=self.rules, working_days=terms().working_days, book_id=BOOK_ID, month=month.first_day,
            lands_in_month=month.next.first_day,
        )
        gate(to_outside(found.terms, ADVANCE_TERMS), ADVANCE_TERMS)
        gate(to_outside(found.schedule, ADVANCE_SCHEDULE), ADVANCE_SCHEDULE)
        gate(to_outside(found.proposals, RECALCULATIONS), RECALCULATIONS)
        gate(to_outside(found.returned, RETURNED_APPLICATIONS), RETURNED_APPLICATIONS)
        self.state = found
        self.proposed = pl.concat([self.proposed, found.proposals])
        self.returned = pl.concat([self.returned, found.returned])

    def _told(self, month: BillingMonth) -> list[dict[str, Any]]:
        case = self.case
        registered = case.get("registered", date(2026, 1, 20))
        base = {"account_id": ACCOUNT, "contract_reference": REFERENCE, "status_code": case.get("status", "confirmed")}
        told = [base | {"event_id": "e1", "registered_at": moment(registered)}]
        if day := case.get("withdrawn"):
            told.append(base | {"event_id": "e2", "registered_at": moment(day), "withdrawn_on": day})
        return [row for row in told if cycle_of(row["registered_at"].date()) <= month]

    def _contracts(self) -> pl.DataFrame:
        if self.case.get("contract", REFERENCE) is None:
            return ADVANCE_CONTRACTS.empty_inside()
        last = MARCH.plus(self.case.get("months", 12) - 1)
        return frame(ADVANCE_CONTRACTS, [{
            "event_id": "k", "registered_at": moment(date(2026, 1, 20)), "contract_reference": REFERENCE,
            "account_id": ACCOUNT, "from_month": MARCH.first_day, "to_month": last.first_day,
        }])

    def _bills(self, month: BillingMonth) -> pl.DataFrame:
        late = self.case.get("late_bill")
        billed_now = [] if str(month) == late else [month]
        if late and BillingMonth.parse(late).next == month:
            billed_now.insert(0, month.previous)
        return lines(*(line for one in billed_now for line in self._bill(one)))

    def _bill(self, month: BillingMonth) -> list[dict[str, Any]]:
        fee = self.case.get("fees", {}).get(str(month), "1000.00")
        return [
            billed(str(month), fee, service="housing", basis_code="area", volume="1", tariff=fee),
            billed(str(month), "200.10", service="waste", basis_code="person"),
            billed(str(month), "500.00", service="cold_water", basis_code="meter"),
        ]

    def _happened(self, month: BillingMonth) -> Happened:
        case = self.case
        arrives = case.get("arrives")
        arrived = {key: BillingMonth.parse(arrives) if arrives else max(cycle_of(day), FEBRUARY)
                   for key, (day, _) in self.paid.items()}
        payments = [
            {"account_id": ACCOUNT, "contract_reference": REFERENCE, "payment_id": key, "paid_at": moment(day),
             "purpose_code": "advance_contract", "amount_kop": kop}
            for key, (day, kop) in self.paid.items() if arrived[key] == month
        ]
        reversals = [{"reversal_id": "r", "payment_id": "p1", "amount_kop": scaled(rub, KOP)}
                     for on, rub in case.get("reversed", {}).items() if on == str(month)]
        days, rub, *more = case.get("debt", {}).get(str(month), (0, "0"))
        items = [{"account_id": ACCOUNT, "debt_kind_code": "principal", "days_overdue": days,
                  "outstanding_kop": scaled(rub, KOP), "is_disputed": "disputed" in more, "is_time_barred": False}]
        sales = [{"event_id": "s", "account_id": ACCOUNT, "effective_from": case["sold"], "status_code": "confirmed",
                  "share": case.get("share")}] if "sold" in case else []
        cycles = [{"billing_month": one.first_day, "issue_on": one.next.first_day} for one in
                  BillingMonth.range(FEBRUARY, month.next)]
        return Happened(
            frame(POSTED_PAYMENTS, payments), frame(PAYMENT_REVERSALS, reversals), ADVANCES.empty_inside(),
            frame(OPEN_ITEMS, items), self._earlier(),
            pl.Series([ACCOUNT] if case.get("suspended") else [], dtype=pl.String),
            frame(OWNERSHIP_TRANSFERS, sales),
            frame(ACCOUNTS, [{"account_id": ACCOUNT, "closed_on": case.get("closed")}]), frame(CYCLES, cycles),
        )

    def _earlier(self) -> pl.DataFrame:
        own = self.proposed.select(EARLIER)
        if "proposed" not in self.case:
            return own
        other = {"account_id": ACCOUNT, "proposal_id": "x", "status_code": "proposed", "cause_code": "absence",
                 "difference_kop": scaled(self.case["proposed"], KOP)}
        return pl.concat([own, pl.DataFrame([other], schema=own.schema)])


def _by_month(proposed: pl.DataFrame, cause: str) -> dict[str, int]:
    of_cause = proposed.filter(pl.col("cause_code") == cause)
    return dict(of_cause.group_by(pl.col("charge_month").dt.strftime("%Y-%m")).agg(
        pl.col("difference_kop").sum()).rows())


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_a_term_comes_to_what_the_case_says(case: dict[str, Any]) -> None:
    found = Account(case).until(case["run"])

    assert _by_month(found.proposed, "advance_discount") == {
        str(month): scaled(rub, KOP) for month, rub in case["expect"].items()}
    assert _by_month(found.proposed, "advance_ended") == {
        str(month): scaled(rub, KOP) for month, rub in case.get("again", {}).items()}
    back = found.returned.select("field_code", "reason_code").to_dicts()
    assert back == [{"field_code": one["field"], "reason_code": one["reason"]} for one in
                    ([case["returned"]] if "returned" in case else [])]
    told = found.state.terms.to_dicts()
    if "returned" in case:
        assert told == []
        return
    stands = told[0]
    assert stands["status_code"] == case["stands"]
    assert stands["end_reason_code"] == case.get("ended")
    assert stands["first_failed_code"] == case.get("failed")
    assert stands["missing_kop"] == scaled(case.get("missing"), KOP) or case.get("ended")
    if "price" in case:
        assert stands["price_kop"] == scaled(case["price"], KOP)


def test_schedule_says_what_comes_in_which_month() -> None:
    rows = Account(ALL[0]).until("2026-03").state.schedule
    of_housing = rows.filter(pl.col("service_code") == "housing").sort("charge_month")

    assert of_housing.height == 12
    told = of_housing.select("status_code", "planned_fee_kop", "planned_discount_kop", "fee_kop", "discount_kop").rows()
    assert told[0] == ("given", 100_000, 2_000, 100_000, 2_000)
    assert set(told[1:]) == {("planned", 100_000, 2_000, None, None)}
    assert set(rows["service_code"]) == {"housing", "waste"}


def test_formulas_say_the_term_and_the_end() -> None:
    by_name = {case["case"]: case for case in ALL}
    found = Account(by_name["given up in the third month"]).until("2026-05").proposed
    of_march = found.filter(pl.col("service_code") == "housing").sort("charge_month", "cause_code")

    assert of_march["formula"].to_list()[:2] == [
        f"Постоянные строки внесены вперёд, месяцев 12 (с 03.2026 по 02.2027, договор Д-1): плата "
        f"{format_rub(100_000)} × 2,00 % = {format_rub(2_000)}, за счёт получателя платы.",
        f"Скидка за аванс по договору Д-1 прекращена: жилец отказался от скидки. Скидка за этот месяц, "
        f"{format_rub(2_000)}, отменяется.",
    ]


def test_what_a_person_rejected_is_not_charged_again() -> None:
    by_name = {case["case"]: case for case in ALL}
    account = Account(by_name["given up in the third month"]).until("2026-04")
    of_march = pl.col("charge_month") == date(2026, 3, 1)
    account.proposed = account.proposed.with_columns(
        status_code=pl.when(of_march).then(pl.lit("rejected")).otherwise("status_code"))
    account._cycle(BillingMonth(2026, 5))

    assert _by_month(account.proposed, "advance_ended") == {"2026-04": 2_400}


def test_a_discount_never_exceeds_what_is_left_of_the_fee() -> None:
    account = Account(ALL[0])
    own = account._earlier
    gone = {"account_id": ACCOUNT, "contract_id": "c-housing", "service_code": "housing", "status_code": "billed",
            "charge_month": MARCH.first_day, "proposal_id": "y", "event_id": "z", "cause_code": "housing_days",
            "difference_kop": -99_500, "billed_kop": -99_500, "covered_months": 1}
    account._earlier = lambda: pl.concat([own(), pl.DataFrame([gone], schema=own().schema)])  # type: ignore[method-assign]
    account.until("2026-03")

    assert _by_month(account.proposed, "advance_discount") == {"2026-03": -900}
    of_housing = account.state.schedule.filter(
        pl.col("service_code") == "housing", pl.col("charge_month") == MARCH.first_day
    )
    assert of_housing["discount_kop"].to_list() == [500]


def test_told_twice_counts_once_and_another_contract_of_the_same_months_goes_back() -> None:
    account = Account(ALL[0])
    first, contracts = account._told(FEBRUARY)[0], account._contracts()
    again, other = (
        {"event_id": key, "registered_at": moment(date(2026, 3, day))} for key, day in (("e3", 5), ("e4", 6))
    )
    account._told = lambda month: [  # type: ignore[method-assign]
        first, first | again, first | other | {"contract_reference": "Д-2"}]
    account._contracts = lambda: pl.concat([  # type: ignore[method-assign]
        contracts, contracts.with_columns(event_id=pl.lit("k2"), contract_reference=pl.lit("Д-2"))])
    account.until("2026-02")

    assert account.state.terms["event_id"].to_list() == ["e1"]
    assert account.returned.sort("event_id").select("event_id", "reason_code").rows() == [
        ("e3", "told_already"), ("e4", "other_term"),
    ]
