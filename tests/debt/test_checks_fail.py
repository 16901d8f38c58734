"""Every check of debt is seen failing: one wrong value in the files of a good night, and the check that must see it."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import polars as pl
import pytest

import pipeline.checks.debt  # noqa: F401  declares the checks
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.debt import DISPATCHES, DISPATCHES_SEEN
from pipeline.contracts.events import DUNNING_OUTCOMES
from pipeline.contracts.ledger import ADVANCES
from pipeline.contracts.owner_debts import OWNER_DEBTS
from pipeline.storage.run import MonthRun
from pipeline.storage.shapes import to_outside
from tests.debt import town
from tests.domain.debt.town import sent

CHECKS = {declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.debt"}
Change = Callable[[pl.DataFrame], pl.DataFrame]


def of(account_id: str) -> pl.Expr:
    return pl.col("account_id") == account_id


def put(condition: pl.Expr, **values: object) -> Change:
    """Other values in the rows of a condition, in the dtypes that the columns have."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.when(condition).then(pl.lit(value, dtype=frame.schema[name])).otherwise(pl.col(name)).alias(name)
            for name, value in values.items()
        )

    return change


def drop(condition: pl.Expr) -> Change:
    return lambda frame: frame.filter(~condition)


def add(condition: pl.Expr, **values: object) -> Change:
    """The rows of a condition once more, with other values."""
    return lambda frame: pl.concat([frame, put(pl.lit(True), **values)(frame.filter(condition))])


def an_advance_of(account_id: str) -> Change:
    """One more advance of 100 ₽, ring-fenced to c1."""
    told = {"account_id": account_id, "creditor_id": "c1", "amount_kop": 100_00}
    return lambda frame: pl.concat([frame, to_outside(town.full(ADVANCES, told), ADVANCES)])


def an_advance_under_a_discount(account_id: str) -> Change:
    """A free advance that waits for the fixed lines of a contract: it would cover, were it not bound."""
    told = {"account_id": account_id, "amount_kop": 100_00, "contract_reference": "Д-1"}
    return lambda frame: pl.concat([frame, to_outside(town.full(ADVANCES, told), ADVANCES)])


def an_owner_debt_of(account_id: str) -> Change:
    """A fee of 100 ₽ that the owner of nobody's flat is said to owe."""
    told = {"account_id": account_id, "creditor_id": "c1", "fee_kop": 100_00, "total_kop": 100_00}
    return lambda frame: pl.concat([frame, to_outside(town.full(OWNER_DEBTS, told), OWNER_DEBTS)])


LATE = {"status_code": "late"}
DAY = dt.date(2026, 5, 30)
RUB = Decimal("1.00")
#: check, file in the run, what goes wrong, accounts it must name
WRONG = [
    ("everyone_in_arrears_is_a_debtor", "debtors", drop(of("B1")), ["B1"]),
    ("owners_of_municipal_flats_owe_what_is_theirs", "owner_debts", an_owner_debt_of("B1"), ["B1"]),
    ("everyone_in_arrears_is_a_debtor", "debtors", put(of("B1"), months_overdue=9), ["B1"]),
    ("every_debtor_is_in_arrears", "open_items", drop(of("B1")), ["B1"]),
    ("every_debtor_is_in_arrears", "open_items", put(of("B1"), is_disputed=True), ["B1"]),
    ("every_stage_comes_in_order_and_on_its_day", "debtors",
     put(of("I1"), next_action_on=dt.date(2026, 6, 2)), ["I1"]),
    ("every_stage_comes_in_order_and_on_its_day", "debtors", put(of("B1"), stage_code="debt_receipt"), ["B1"]),
    ("every_stage_comes_in_order_and_on_its_day", "debtors", put(of("I1"), previous_stage_code="sms"), ["I1"]),
    ("every_stage_comes_in_order_and_on_its_day", "staged/rights",
     put(pl.col("premises_id") == "flat-C1", person_id="P2"), ["C1"]),
    ("every_stage_comes_in_order_and_on_its_day", "debtors",
     put(of("B1"), next_action_code="none", next_action_on=None, stage_code="none"), ["B1"]),
    ("claims_are_net_of_everything_that_could_cover_them", "debtors",
     put(of("H1"), shielded_rub=RUB * 0, claimed_rub=Decimal("800.00")), ["H1"]),
    ("claims_are_net_of_everything_that_could_cover_them", "debtors",
     put(of("B1"), claimed_rub=Decimal("901")), ["B1"]),
    ("claims_are_net_of_everything_that_could_cover_them", "advances", an_advance_of("D1"), ["D1"]),
    ("claims_are_net_of_everything_that_could_cover_them", "advances", an_advance_under_a_discount("D1"), ["D1"]),
    ("ages_of_debt_add_up", "debtors",
     put(of("B1"), overdue_1_month_rub=Decimal(900), overdue_3_months_rub=RUB * 0), ["B1"]),
    ("ages_of_debt_add_up", "debtors", put(of("B1"), overdue_longer_rub=RUB), ["B1"]),
    ("lists_hold_only_debtors_whose_day_has_come", "debtors",
     put(of("B1"), next_action_on=dt.date(2026, 6, 1)), ["B1"]),
    ("lists_hold_only_debtors_whose_day_has_come", "debtors", put(of("D1"), next_action_code="none"), ["D1"]),
    ("everyone_whose_day_has_come_is_listed", "court_list", drop(of("D1")), ["D1"]),
    ("everyone_whose_day_has_come_is_listed", "debt_receipts", drop(of("C1")), ["C1"]),
    ("lists_name_what_is_owed", "court_list", put(of("D1"), claimed_rub=Decimal(15001)), ["D1", "court_list"]),
    ("lists_name_what_is_owed", "debt_receipts", put(of("C1"), claimed_rub=Decimal(5000)), ["C1", "debt_receipts"]),
    ("lists_name_what_is_owed", "sms_list", put(pl.col("person_id") == "P2", claimed_rub=RUB), ["B1", "sms_list"]),
    ("lists_name_what_is_owed", "debtor_lists", put(pl.col("list_code") == "sms_list", rows=7), ["sms_list"]),
    ("nobody_is_listed_against_a_hold", "incomplete_bills", add(of("F1"), account_id="D1"), ["D1"]),
    ("nobody_is_listed_against_a_hold", "quarantine", add(of("F1"), account_id="C1", row_number=2), ["C1"]),
    ("nobody_is_listed_against_a_hold", "debtors", put(of("B1"), holds=["dispute"]), ["B1"]),
    ("nobody_is_listed_against_a_hold", "staged/holds", add(pl.lit(True), account_id="C1", event_id="h2"), ["C1"]),
    ("nobody_is_listed_against_a_hold", "staged/holds",
     add(pl.lit(True), account_id=None, person_id="P2", event_id="h3"), ["B1"]),
    ("nobody_is_listed_against_a_hold", "staged/person_statuses", put(pl.lit(True), person_id="P3"), ["C1"]),
    ("nobody_is_listed_against_a_hold", "staged/person_statuses",
     put(pl.lit(True), person_id="P4", status_code="bankruptcy", valid_from=dt.date(2026, 1, 1)), ["D1"]),
    ("nobody_is_restricted_without_ground", "staged/person_statuses", put(pl.lit(True), person_id="Q0"), ["J1"]),
    ("nobody_is_listed_against_a_hold", "staged/court_cases_told",
     add(pl.col("account_id") == "M1", account_id="B1", court_case_id="2-B1/2026", event_id="case-B1",
         to_month=dt.date(2026, 3, 1)), ["B1"]),
    ("lists_are_of_citizens_that_the_centre_serves", "staged/accounts",
     put(of("B1"), account_kind_code="organisation"), ["B1"]),
    ("lists_are_of_citizens_that_the_centre_serves", "staged/accounts", put(of("D1"), is_served=False), ["D1"]),
    ("lists_are_of_citizens_that_the_centre_serves", "staged/accounts", put(pl.lit(True), closed_on=DAY), ["C1"]),
    ("no_list_leaves_while_a_registry_is_awaited", "awaited_registries", put(pl.lit(True), **LATE),
     ["call_list", "court_list", "debt_receipts", "sms_list"]),
    ("no_list_leaves_while_a_registry_is_awaited", "awaited_registries",
     put(pl.lit(True), covers_until=dt.date(2026, 5, 28)), ["call_list", "court_list", "debt_receipts", "sms_list"]),
    ("nobody_is_listed_twice", "sms_list", add(pl.col("person_id") == "P2"), ["B1", "P2"]),
    ("nobody_is_listed_twice", "court_list", add(of("D1")), ["D1"]),
    ("nobody_is_listed_twice", "call_list", put(pl.lit(True), person_id="P2"), ["P2"]),
    ("lists_hold_only_debtors_whose_day_has_come", "debtors", put(of("O1"), next_action_code="debt_receipt"), ["O1"]),
    ("lists_name_what_is_owed", "call_list", put(pl.lit(True), claimed_rub=RUB), ["O1", "call_list"]),
    ("nobody_is_listed_against_a_hold", "staged/holds",
     add(pl.lit(True), account_id=None, person_id="P0", event_id="h5"), ["O1"]),
    ("every_stage_comes_in_order_and_on_its_day", "debtors",
     put(of("O1"), next_action_on=dt.date(2026, 5, 23)), ["O1"]),
    ("nobody_is_called_without_consent", "staged/dispatches_seen",
     put(of("O1"), list_code="call_list", dispatched_on=dt.date(2026, 5, 25)), ["O1"]),
    ("restrictions_name_what_is_owed_for_the_service", "open_items", put(of("J1"), is_disputed=True), ["J1"]),
    ("restrictions_name_what_is_owed_for_the_service", "staged/service_contracts",
     put(pl.lit(True), valid_to=dt.date(2026, 5, 30)), ["J1"]),
    ("nobody_is_restricted_without_ground", "staged/service_norms", put(of("J1"), tariff_e6=225_000_000), ["J1"]),
    ("nobody_is_restricted_without_ground", "staged/services", put(pl.lit(True), may_restrict=False), ["J1"]),
    ("nobody_is_restricted_without_ground", "staged/holds", add(pl.lit(True), account_id="J1", event_id="h4"), ["J1"]),
    ("nobody_is_restricted_without_ground", "staged/restriction_acts",
     put(of("J1"), act_on=dt.date(2026, 5, 2)), ["J1"]),
    ("nobody_is_restricted_without_ground", "staged/accounts", put(of("J1"), closed_on=DAY), ["J1"]),
    ("whoever_has_paid_gets_the_service_back", "restriction_list", drop(of("K1")), ["K1"]),
]


def spoil(spoiled: MonthRun, file: str, change: Change) -> None:
    part = "whole" if file.startswith("staged/") else town.PARTS[0]
    path = spoiled.folder / file / f"{part}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def seen_by(name: str, spoiled: MonthRun, file: str, change: Change) -> list[object]:
    """What a check names after a file of the run has been changed; it must not pass."""
    spoil(spoiled, file, change)
    finding = finding_of(name, spoiled)

    assert not finding.passed
    return list(finding.sample_ids)


@pytest.mark.parametrize(("name", "file", "change", "named"), WRONG)
def test_check_fails(spoiled: MonthRun, name: str, file: str, change: Change, named: list[str]) -> None:
    assert seen_by(name, spoiled, file, change) == named


@pytest.mark.parametrize(("status", "price", "is_bound"), [
    ("running", "600.00", True), ("planned", "600.00", False), ("awaits_money", "600.00", False),
    ("planned", None, False), ("ended", "600.00", False)])
def test_money_bound_to_fixed_lines_is_known_to_cover_nothing(
    spoiled: MonthRun, status: str, price: str | None, is_bound: bool
) -> None:
    told = {"account_id": "D1", "contract_reference": "Д-1", "status_code": status,
            "price_kop": None if price is None else 60_000}
    spoil(spoiled, "advances", an_advance_under_a_discount("D1"))
    spoil(spoiled, "advance_terms", lambda rows: pl.concat([
        rows, to_outside(town.full(ADVANCE_TERMS, told), ADVANCE_TERMS)]))

    finding = finding_of("claims_are_net_of_everything_that_could_cover_them", spoiled)

    assert finding.passed is is_bound


def test_what_has_left_on_a_list_is_seen(spoiled: MonthRun) -> None:
    left = town.frame(DISPATCHES, sent("sms", DAY, town.APRIL, account="B1"))
    seen = spoiled.read_staged(DISPATCHES_SEEN)
    spoiled.write_staged(DISPATCHES_SEEN, "whole", pl.concat([seen, left]))

    finding = finding_of("nothing_that_has_left_is_listed_again", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["B1"])


def test_receipts_that_come_too_often_are_seen(spoiled: MonthRun) -> None:
    """Two nights with receipts of another creditor in May: C1 should have waited."""
    left = [sent("debt_receipt", dt.date(2026, 5, day), town.APRIL, account="C1", person="P3", creditor="c2")
            for day in (2, 30)]
    spoiled.write_staged(DISPATCHES_SEEN, "whole", town.frame(DISPATCHES, *left))

    finding = finding_of("no_account_gets_receipts_too_often", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["C1"])
    path = spoiled.folder / "debt_receipts" / f"{town.PARTS[0]}.parquet"
    drop(of("C1"))(pl.read_parquet(path)).write_parquet(path)
    assert finding_of("everyone_whose_day_has_come_is_listed", spoiled).passed


def test_a_tenant_asked_for_capital_repair_is_seen(spoiled: MonthRun) -> None:
    """ЖК РФ, ст. 169: the owner owes it."""
    accounts = spoiled.read_staged("accounts")
    spoiled.write_staged("accounts", "whole", put(of("C1"), account_kind_code="municipal_tenant")(accounts))
    path = spoiled.folder / "open_items" / f"{town.PARTS[0]}.parquet"
    put(of("C1"), debt_kind_code="capital_repair")(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of("nobody_is_listed_against_a_hold", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["C1"])


def test_a_wrong_number_is_seen(spoiled: MonthRun) -> None:
    left = town.frame(DISPATCHES, sent("reminder", town.APRIL, town.APRIL, account="B1", person="P2"))
    spoiled.write_staged(DISPATCHES_SEEN, "whole", left)
    told = {"event_id": "o", "action_id": left["action_id"][0], "outcome_code": "wrong_number", "outcome_on": DAY}
    spoiled.write_staged("dunning_outcomes", "whole", town.frame(DUNNING_OUTCOMES, told))

    finding = finding_of("nobody_is_written_to_at_a_wrong_number", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["B1"])


def test_a_stage_passed_over_without_reason_is_seen(spoiled: MonthRun) -> None:
    contacts = spoiled.read_staged("contacts")
    spoiled.write_staged("contacts", "whole", put(pl.lit(True), has_sms_consent=True)(contacts))

    finding = finding_of("every_stage_comes_in_order_and_on_its_day", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["B1"])


def test_a_call_passed_over_without_reason_is_seen(spoiled: MonthRun) -> None:
    """The reminder of I1 counts as an SMS, and the receipt is next, though P9 has agreed to calls."""
    contacts = spoiled.read_staged("contacts")
    agreed = put(pl.col("person_id") == "P9", has_call_consent=True, phone_verified_on=town.APRIL)
    spoiled.write_staged("contacts", "whole", agreed(contacts))
    path = spoiled.folder / "debtors" / f"{town.PARTS[0]}.parquet"
    to_receipt = put(of("I1"), previous_stage_code="sms", stage_code="sms", next_action_code="debt_receipt",
                     next_action_on=None)
    to_receipt(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of("every_stage_comes_in_order_and_on_its_day", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["I1"])


@pytest.mark.parametrize("told", [{"has_call_consent": None}, {"phone_verified_on": None}, {"has_opted_out": True}])
def test_a_call_without_consent_is_seen(spoiled: MonthRun, told: dict[str, object]) -> None:
    contacts = spoiled.read_staged("contacts")
    spoiled.write_staged("contacts", "whole", put(pl.lit(True), **told)(contacts))

    finding = finding_of("nobody_is_called_without_consent", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["O1"])


def test_every_check_is_seen_failing() -> None:
    elsewhere = {
        "nobody_is_written_to_at_a_wrong_number", "nothing_that_has_left_is_listed_again",
        "no_list_is_longer_than_a_night_can_work_off", "no_account_gets_receipts_too_often",
    }
    assert {name for name, *_ in WRONG} | elsewhere == CHECKS
