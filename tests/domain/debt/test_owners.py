"""Whose debt it is: parts of co-owners to the kopeck, and what a message may ask for."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts import registers
from pipeline.domain.debt.calls import call_candidates
from pipeline.domain.debt.debtors import Standing, standing
from pipeline.domain.debt.lists import sms_candidates
from pipeline.domain.debt.owners_shares import are_joint, known_shares, parts, share_of
from pipeline.domain.debt.paper_numbers import PREFIXES, letter_of_case, paper_number
from tests.domain.debt.town import BOOK, DAY, RULES, account, frame, kop, owing

OLD, YOUNG = dt.date(2020, 2, 10), dt.date(2026, 4, 15)


@pytest.mark.parametrize(("written", "share"), [
    ("1/3", Fraction(1, 3)), (" 2 / 6 ", Fraction(1, 3)), ("1", Fraction(1)), ("", None), (None, None), ("0/3", None),
    ("4/3", None), ("1/0", None), ("половина", None), ("0,5", None), ("-1/2", None),
])
def test_a_share_is_read_as_the_land_register_writes_it(written: str | None, share: Fraction | None) -> None:
    assert share_of(written) == share


def test_shares_count_only_when_all_are_known_and_make_up_the_whole() -> None:
    assert known_shares(["1/3", "2/3"]) == [Fraction(1, 3), Fraction(2, 3)]
    assert known_shares(["1/3", "1/3"]) is known_shares(["1/2", None]) is known_shares(["1/2", "x"]) is None


@given(st.integers(0, 10**12), st.lists(st.integers(1, 1000), min_size=1, max_size=9))
def test_parts_make_up_the_debt_and_miss_the_share_by_less_than_a_kopeck(total: int, weights: list[int]) -> None:
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    found = parts(total, shares)

    assert sum(found) == total
    assert all(abs(part - total * share) < 1 for part, share in zip(found, shares, strict=True))


def test_a_third_and_two_thirds_of_a_hundred_roubles() -> None:
    assert parts(10_000, [Fraction(1, 3), Fraction(2, 3)]) == [3_333, 6_667]
    assert parts(1, [Fraction(1, 2), Fraction(1, 2)]) == [1, 0], "of equal remainders the first"


def test_joint_owners_and_tenants_answer_together() -> None:
    assert are_joint(["joint_owner", "joint_owner"]) and are_joint(["tenant"])
    assert not are_joint(["owner", "joint_owner"]) and not are_joint(["owner"])


def test_a_number_says_its_kind_and_no_two_kinds_are_alike() -> None:
    assert paper_number("debt_receipts", dt.date(2026, 6, 20), "A", "c1") == "КВ-260620-A-c1"
    assert letter_of_case("withdrawal_list", dt.date(2026, 6, 20), "2-17/2026", "bank") == "ОТ-260620-2-17/2026-банк"
    assert len(set(PREFIXES.values())) == len(PREFIXES)


def stood(*items: dict[str, object], kind: str = "citizen") -> Standing:
    accounts = frame(registers.ACCOUNTS, account(account_kind_code=kind))
    return standing(owing(DAY, *items, accounts=accounts), rules=RULES, as_of=DAY, book_id=BOOK)


@pytest.mark.parametrize(("items", "asked"), [
    ([(YOUNG, "900.00", False)], "900.00"),
    ([(OLD, "700.00", True), (YOUNG, "900.00", False)], "900.00"),
    ([(OLD, "700.00", True)], "0.00"),
])
def test_a_message_asks_for_nothing_out_of_limitation(items: list[tuple[dt.date, str, bool]], asked: str) -> None:
    told = stood(*({"due_on": on, "rub": rub, "is_time_barred": barred} for on, rub, barred in items))
    row = told.debtors.filter(track_code="notice").to_dicts()[0]

    assert sms_candidates(told)["claimed_kop"].to_list() == [kop(asked)]
    assert row["claimed_kop"] - row["barred_kop"] == kop(asked)


def test_money_that_may_cover_is_taken_for_a_payment_of_what_may_be_asked_for() -> None:
    rows = ({"due_on": OLD, "rub": "700.00", "is_time_barred": True}, {"due_on": YOUNG, "rub": "900.00"})
    told = stood(*rows)
    covered = told.notice.with_columns(shielded_kop=kop("800.00"), claimed_kop=kop("800.00"))

    assert sms_candidates(replace(told, notice=covered))["claimed_kop"].to_list() == [kop("100.00")]


def test_nobody_is_called_about_a_debt_that_is_wholly_out_of_limitation() -> None:
    told = stood({"due_on": OLD, "rub": "7000.00", "is_time_barred": True})
    due = told.notice.with_columns(is_due=pl.lit(True), next_action_code=pl.lit("call"))

    assert call_candidates(replace(told, notice=due)).is_empty()
    assert call_candidates(replace(told, notice=due.with_columns(barred_kop=0))).height == 1


def test_a_court_step_without_a_receipt_says_that_limitation_is_near() -> None:
    old = {"due_on": dt.date(2023, 6, 13), "rub": "15000.00", "limitation_on": dt.date(2026, 6, 13)}
    young = {"due_on": dt.date(2026, 1, 12), "rub": "15000.00", "limitation_on": dt.date(2029, 1, 12)}
    told = {name: stood(one).debtors.filter(track_code="court")["reason"][0] for name, one in (
        ("near", old), ("far", young),
    )}

    assert told["near"].endswith("пора: судебный приказ, без долговой квитанции: близок срок исковой давности")
    assert "давности" not in told["far"] and "нужна долговая квитанция" in told["far"]
