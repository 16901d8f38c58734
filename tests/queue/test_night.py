"""The queue of one night: one thing of every kind, what is at stake, by when, in which place."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.queue
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.queue import KINDS, WORK_QUEUE
from pipeline.domain.queue.ranking import after_day, before_day
from pipeline.exchange.queue_facts import subject_of
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.queue import town

MAY = {day: dt.date(2026, 5, day) for day in range(1, 32)}
#: kind, what it is about → kopecks, waits since, deadline, reasons
EXPECTED = {
    ("suspended_payment", "s1"): (80000, MAY[18], MAY[25], ["unknown_account"]),
    ("suspended_reversal", "s2"): (30000, MAY[19], MAY[26], ["unknown_reversal"]),
    # 1 May and 11 May 2026 are days off: three working days after the 1st are the 4th, 5th, 6th
    ("quarantined_document", "d:1"): (150000, MAY[1], MAY[6], ["line_rejected"]),
    ("quarantined_document", "d:2"): (2000, MAY[18], MAY[21], ["refused_again", "unknown_creditor"]),
    ("quarantined_document", "old5:6"): (0, dt.date(2026, 4, 27), dt.date(2026, 4, 30), ["unknown_creditor"]),
    ("quarantined_row", "c:2"): (5000, MAY[1], MAY[8], ["orphan_charge"]),
    ("quarantined_row", "r:1"): (0, MAY[18], MAY[25], ["missing_value"]),
    ("quarantined_row", "old1:2"): (0, dt.date(2026, 4, 27), MAY[5], ["unknown_creditor"]),
    ("quarantined_row", "old3:4"): (0, dt.date(2026, 4, 27), MAY[5], ["refused_again"]),
    ("proposal_to_approve", "p1"): (1200000, MAY[19], MAY[27], ["true_up_average"]),
    ("mismatched_proposal", "p3"): (1000, MAY[1], MAY[27], ["true_up_average"]),
    ("mismatched_proposal", "q1"): (507, MAY[1], MAY[27], ["settled_by_biller", "true_up_average"]),
    ("duplicate_payment", "b2"): (50000, MAY[18], MAY[25],
                                  ["nothing_left_to_pay", "other_registry", "within_an_hour"]),
    ("duplicate_payment", "e2"): (50000, MAY[1], MAY[8],
                                  ["pays_items", "same_registry", "time_of_day_unknown", "within_the_term"]),
    ("account_without_bill", "B1"): (70000, MAY[1], MAY[6], ["document_missing", "document_rejected"]),
    ("account_without_bill", "Z9"): (0, MAY[1], MAY[6], ["document_missing"]),
    ("late_registry", "post"): (500000, MAY[18], MAY[19], ["post", "post_site"]),
    ("registry_difference", "R1"): (10000, MAY[12], MAY[19], ["statement_differs"]),
    ("registry_difference", "R2"): (7000, MAY[12], MAY[19], ["not_announced"]),
    ("registry_difference", "R3"): (10000, MAY[12], MAY[19], ["rows_differ"]),
    ("instalment_doubt", "A1:U:r1"): (50000, MAY[18], MAY[25], ["does_not_match_debt"]),
    ("early_restriction", "Z9:U:hot_water:2026-04-10"): (70000, MAY[1], MAY[4], ["restricted_too_early"]),
    ("double_recovery", "2-1/2026"): (20000, MAY[18], MAY[25], ["collected_twice"]),
    ("double_recovery", "2-3/2026"): (20000, MAY[18], MAY[25], ["collected_twice"]),
    ("several_accounts", "2-4/2026"): (50000, MAY[18], MAY[25], ["several_accounts"]),
    ("several_accounts", "2-5/2026"): (40000, MAY[18], MAY[25], ["several_accounts"]),
    ("costs_on_principal", "2-7/2026"): (30000, MAY[18], MAY[25], ["costs_on_principal"]),
    ("heirs_unknown", "E1"): (18000, MAY[1], dt.date(2026, 6, 1), ["death"]),
    ("owner_owes", "F1"): (42000, MAY[1], MAY[18], ["municipal_tenant"]),
    ("returned_application", "e1"): (0, MAY[18], MAY[25], ["missing"]),
    ("returned_application", "e2"): (0, MAY[19], MAY[21], ["unknown_place"]),
    ("doubtful_reading", "w1"): (100000, MAY[18], MAY[25], ["decimal_slip", "spike"]),
    ("doubtful_reading", "w3"): (150000, MAY[18], MAY[25], ["decimal_slip", "spike"]),
    ("charges_differ", "h1|heating|tariff"): (100000, MAY[1], MAY[5], ["tariff"]),
    ("charges_differ", "h2|heating|area"): (11000000, MAY[1], MAY[5], ["area"]),
    ("charges_differ", "*|*|area"): (11000000, MAY[1], MAY[5], ["area"]),
    ("house_balance", "h1|cold_water"): (500000, MAY[1], MAY[8], ["differs"]),
    ("house_balance", "h2|cold_water"): (600000, MAY[1], MAY[8], ["flats_exceed"]),
    ("house_correction", "h6|cold_water_common"): (0, MAY[1], MAY[8], ["bill_missing", "other_premises_unknown"]),
    ("house_correction", "h7|cold_water_common"): (0, MAY[1], MAY[8], ["mode_changed"]),
    ("list_awaiting_registry", "sms_list"): (25000, MAY[13], MAY[20], ["post:post", "post:post_site"]),
    ("list_awaiting_registry", "court_list"): (0, MAY[13], MAY[20], ["post:post"]),
}


def about(row: dict[str, Any]) -> str:
    if row["refused_delivery_id"]:
        return f"{row['refused_delivery_id']}:{row['refused_row_number']}"
    named = ("subject_id", "list_code", "proposal_id", "payment_id", "registry_id", "provider_code", "account_id")
    return str(next(row[name] for name in named if row[name]))


def test_every_thing_is_queued_with_what_is_at_stake(run: MonthRun) -> None:
    found = {
        (row["kind_code"], about(row)): (row["effect_kop"], row["waiting_since_on"], row["deadline_on"],
                                         row["reason_codes"])
        for row in town.queue_of(run)
    }

    assert found == EXPECTED
    assert {kind for kind, _ in found} == set(KINDS)


def test_overdue_comes_first_then_what_is_near_then_roubles(run: MonthRun) -> None:
    rows = town.queue_of(run)
    near = MAY[22]

    def band(row: dict[str, Any]) -> int:
        return 0 if row["deadline_on"] < town.DAY else 1 if row["deadline_on"] <= near else 2

    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    order = [(band(row), -row["effect_kop"], row["kind_code"], row["queue_id"]) for row in rows]
    assert order == sorted(order)
    assert {band for band, *_ in order} == {0, 1, 2}
    assert [row["is_overdue"] for row in rows] == [one == 0 for one, *_ in order]


def test_nothing_is_near_where_the_calendar_does_not_reach(tmp_path: Path) -> None:
    book = town.book_at(tmp_path / "book")
    with (book.root / "settings.yaml").open("a", encoding="utf-8") as settings:
        settings.write('rules:\n  queue.near_working_days: 9999\n')

    night = town.computed(Book.at(book.root))

    rows = town.queue_of(night)
    assert town.DAY in {row["deadline_on"] for row in rows}
    order = [(not row["is_overdue"], -row["effect_kop"], row["kind_code"], row["queue_id"]) for row in rows]
    assert order == sorted(order)
    assert finding_of("places_follow_deadlines_and_roubles", night).passed


def test_what_can_be_decided_says_how(run: MonthRun) -> None:
    told = {(row["kind_code"], about(row)): (row["decided_by_feed"], row["options"]) for row in town.queue_of(run)}

    assert told["suspended_payment", "s1"] == ("payment_identifications", ["identified", "returned"])
    assert told["suspended_reversal", "s2"] == ("payment_identifications", ["identified"])
    assert told["quarantined_document", "d:1"] == ("quarantine_decisions", ["readmit", "reject"])
    assert told["quarantined_row", "r:1"] == (None, [])
    assert told["proposal_to_approve", "p1"] == ("approvals", ["approved", "rejected"])
    chased = {kind for (kind, _), (feed, options) in told.items() if feed is None and options == []}
    assert chased == {"quarantined_row", "mismatched_proposal", "duplicate_payment", "account_without_bill",
                      "late_registry", "registry_difference", "list_awaiting_registry", "returned_application",
                      "doubtful_reading", "charges_differ", "heirs_unknown", "owner_owes",
                      "house_balance", "house_correction"}


def test_an_act_that_goes_back_names_its_place_service_and_days(run: MonthRun) -> None:
    row = next(row for row in town.queue_of(run) if row["subject_id"] == "e2")

    assert (row["house_id"], row["premises_id"], row["service_code"]) == ("H9", None, "heating")
    said = subject_of(row | {"service": "Отопление"})
    assert said == "дом H9, услуга Отопление, с 05.05.2026 по 06.05.2026, обращение e2"


def test_the_same_thing_has_the_same_id_tomorrow(run: MonthRun, tmp_path: Path) -> None:
    tomorrow = town.computed(town.book_at(tmp_path / "book"), MAY[21])

    today_ids, tomorrow_ids = ({row["queue_id"]: about(row) for row in town.queue_of(one)} for one in (run, tomorrow))
    assert today_ids == tomorrow_ids


def test_a_blocking_check_holds_over_every_kind(run: MonthRun) -> None:
    mine = [declared for declared in DECLARED if declared.check.__module__ == pipeline.checks.queue.__name__]

    assert [declared.name for declared in mine if not declared.check(run).passed] == []
    assert all(declared.is_blocking for declared in mine)


def test_a_month_closed_before_there_were_queues_is_a_state_too(tmp_path: Path) -> None:
    book = town.book_at(tmp_path / "book")
    shutil.rmtree(next(book.root.glob("versions/2026-03/*/work_queue")))

    night = town.computed(book)

    assert not [row for row in town.queue_of(night) if str(row["refused_delivery_id"]).startswith("old")]
    assert finding_of("refused_rows_are_queued", night).passed


def test_a_queue_too_long_to_be_held_has_the_same_rows(
    run: MonthRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rows at a time, those of closed months too."""
    monkeypatch.setattr("pipeline.assets.queue.ROW_GROUP", 2)

    in_pieces = town.computed(town.book_at(tmp_path / "book"))

    assert in_pieces.read(WORK_QUEUE).equals(run.read(WORK_QUEUE))


def test_a_line_goes_with_its_document_whatever_part_it_is_refused_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that names the account of another part; and one of a closed month, refused once more with its document."""
    night = town.TABLES_OF_THE_NIGHT
    there = [town.refused("charges", delivery, number, MAY[18], "document_rejected", account="Z9", document_id="D1")
             for delivery, number in (("c", 7), ("old9", 1))]
    monkeypatch.setitem(night, "quarantine", night["quarantine"] | {town.SECOND: there})
    waits = town.queued_before("charges", "old9", 1) | {"queue_id": "old9"}
    monkeypatch.setitem(town.STATE, "work_queue", {"whole": [*town.STATE["work_queue"]["whole"], waits]})

    run = town.computed(town.book_at(tmp_path / "book"))

    assert [about(row) for row in town.queue_of(run) if row["table_name"] == "charges"] == ["c:2", "old9:1"]


@pytest.mark.parametrize(("day", "number", "after", "before"), [
    (MAY[20], 0, MAY[20], MAY[20]), (MAY[20], 1, MAY[21], MAY[19]), (MAY[22], 1, MAY[25], MAY[21]),
    (MAY[8], 1, MAY[12], MAY[7]), (MAY[23], 1, MAY[25], MAY[22]), (MAY[25], 2, MAY[27], MAY[21]),
])
def test_terms_run_on_working_days(day: dt.date, number: int, after: dt.date, before: dt.date) -> None:
    days = WorkingCalendar.known(RuleBook.read()).working_days()["next_working_day"].unique().sort()

    assert (after_day(days, day, number), before_day(days, day, number)) == (after, before)


def test_beyond_the_known_calendar_there_is_no_deadline() -> None:
    days = pl.Series([MAY[20], MAY[21]])

    assert (after_day(days, MAY[20], 2), before_day(days, dt.date(2026, 6, 1), 1)) == (None, None)
