"""The lists of a night over two parts: who is on which, and that all checks hold."""

import datetime as dt

import polars as pl
import pytest

import pipeline.checks.debt  # noqa: F401  declares the checks
from pipeline.checks.room import DECLARED
from pipeline.contracts import debt, ingest
from pipeline.domain.debt.court_price import SUMS
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.debt import town
from tests.domain.debt.town import kop

CHECKS = [declared for declared in DECLARED if declared.check.__module__ == "pipeline.checks.debt"]


@pytest.mark.parametrize("declared", CHECKS, ids=lambda declared: declared.name)
def test_every_check_holds(run: MonthRun, declared: object) -> None:
    finding = declared.check(run)  # type: ignore[attr-defined]

    assert finding.passed, (finding.sentence, finding.sample_ids)


def test_a_person_is_written_to_once_over_all_parts(run: MonthRun) -> None:
    listed = run.read(debt.SMS_LIST)

    told = listed.select("person_id", "account_ids", "stage_code", "claimed_kop", "template_code").rows()
    assert told == [
        ("P1", ["A1", "Z9"], "reminder", kop("2200.50"), "reminder_sum"),
        ("P2", ["B1"], "sms", kop("900.00"), "sms_neutral"),
    ]
    assert listed["segments"].to_list() == [3, 3]


def test_a_call_follows_the_message_and_says_why(run: MonthRun) -> None:
    listed = run.read(debt.CALL_LIST).select("person_id", "account_ids", "stage_code", "claimed_kop", "reason").rows()

    assert listed == [("P0", ["O1"], "call", kop("1200.00"), (
        "не внесено 1\u00a0200,00\u00a0₽, срок оплаты был 15.04.2026 (ЖК РФ, ст. 155, ч. 1; взноса на капремонт — "
        "ст. 171); SMS 10.05.2026, прошло 21 дн.; телефон подтверждён, согласие на звонки дано (41-ФЗ от 01.04.2025)"
    ))]


def test_receipts_leave_lump_sums_out(run: MonthRun) -> None:
    assert run.read(debt.DEBT_RECEIPTS).select("account_id", "claimed_kop").rows() == [("C1", kop("4000.00"))]


def test_court_follows_a_receipt(run: MonthRun) -> None:
    listed = run.read(debt.COURT_LIST)

    assert listed.select("account_id", "premises_id", "claimed_kop").rows() == [("D1", "flat-D1", kop("15000.00"))]
    assert listed.select(SUMS).rows() == [(kop("200.00"), kop("20.00"), kop("80.00"))]


def test_held_and_covered_accounts_are_debtors_and_on_no_list(run: MonthRun) -> None:
    notice = run.read(debt.DEBTORS).filter(pl.col("track_code") == "notice")
    troubled = notice.filter(pl.col("account_id").is_in(["E1", "F1", "G1", "H1"]))
    held = dict(troubled.select("account_id", "holds").rows())

    of_f1 = ["hold_refused", "incomplete_bill", "mobilised"]
    assert held == {"E1": ["instalment"], "F1": of_f1, "G1": ["organisation"], "H1": []}
    covered = notice.filter(pl.col("account_id") == "H1").to_dicts()[0]
    assert (covered["claimed_kop"], covered["next_action_on"]) == (0, None)
    assert "могут быть оплачены 800,00" in covered["reason"]


def test_lists_wait_for_a_late_registry(book: Book) -> None:
    run = town.begun(book)
    late = town.full(
        ingest.AWAITED_REGISTRIES, {"provider_code": "sber", "channel_code": "bank", "status_code": "late"}
    )
    run.write(ingest.AWAITED_REGISTRIES, "part-000", late)

    town.write_debt(run)

    told = run.read(debt.DEBTOR_LISTS)
    assert told["status_code"].unique().to_list() == ["awaiting_registries"]
    assert told["awaited"].to_list() == [["sber:bank"]] * 4
    assert told["rows"].sum() == 0
    tables = (debt.SMS_LIST, debt.CALL_LIST, debt.DEBT_RECEIPTS, debt.COURT_LIST)
    assert all(run.read(table).is_empty() for table in tables)
    assert all(declared.check(run).passed for declared in CHECKS)


def test_a_night_computed_again_gives_the_same_bytes(book: Book) -> None:
    def files(run: MonthRun) -> dict[str, bytes]:
        return {
            f"{table.name}/{part}": (run.folder / table.name / f"{part}.parquet").read_bytes()
            for table in debt.PUBLISHED for part in town.PARTS
        }

    first = files(town.computed(book, "r1"))
    second = files(town.computed(book, "r2"))

    assert first == second


def test_published_lists_hold_no_name_and_no_phone(run: MonthRun) -> None:
    texts = {table.name: run.read(table).write_json() for table in debt.PUBLISHED}

    assert texts["sms_list"] != "[]"
    assert [name for name, text in texts.items() if "Тайное" in text or "916000" in text] == []


def test_a_warned_debtor_may_be_restricted_and_one_who_has_paid_gets_the_service_back(run: MonthRun) -> None:
    listed = run.read(debt.RESTRICTION_LIST)

    told = listed.select("account_id", "stage_code", "next_action_code", "next_action_on", "claimed_kop").rows()
    assert told == [
        ("J1", "notice_delivered", "restriction", dt.date(2026, 5, 22), kop("450.00")),
        ("K1", "restriction", "restore", dt.date(2026, 6, 2), 0),
    ]
    assert "порог 2 платы по нормативу — 400,00" in listed["reason"][0]


def test_what_was_paid_after_filing_is_taken_back_and_an_order_goes_to_the_bank(run: MonthRun) -> None:
    taken_back = run.read(debt.WITHDRAWAL_LIST).select("account_id", "addressee_code", "action_code", "paid_kop").rows()
    sums = ("claimed_kop", "penalty_kop", "duty_kop")
    writs = run.read(debt.ENFORCEMENT_LIST).select("account_id", "addressee_code", *sums).rows()

    assert taken_back == [("L1", "court", "reduce", kop("100.00"))]
    assert writs == [("M1", "bank", kop("500.00"), kop("40.00"), kop("1500.00"))]
