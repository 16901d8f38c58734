"""Warnings of a restriction: the sums, days and services are those of the list, the code asks for the same money."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.debt import (
    RESTRICTION_LIST,
)
from pipeline.contracts.handovers import HANDOVERS
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.reports.letters.batches import Printed, print_letters
from pipeline.reports.letters.letter_values import within
from pipeline.reports.letters.published_list import NoList
from pipeline.reports.letters.restriction_notices import RESTRICTION_NOTICE, left_to_pay
from pipeline.storage import journal
from pipeline.storage.run import MonthRun
from tests.debt.town import full
from tests.ingest.town import A1, A2, A3, Town
from tests.letters.reading import codes, fields, texts
from tests.letters.town import FEBRUARY, RUN_ON, UTILITY, computed, lay, published
from tests.town.books import raschet_here, succeeded

FEE = 30_000


def restricted_town(town: Town) -> MonthRun:
    """The service `heat` may be restricted here; `heating`, which the rule book knows, never."""
    may = {"class_code": "utility", "may_restrict": True}
    lay(town, "services", {"service_code": "heat", "name": "Горячая вода", **may},
        {"service_code": "heating", "name": "Отопление", **may},
        {"service_code": "fund", "name": "Взнос на капитальный ремонт", "class_code": "capital_repair"})
    return computed(town)


def row(run: MonthRun, account: str, **more: Any) -> dict[str, Any]:
    owed = run.read(OPEN_ITEMS).filter(pl.col("days_overdue") > 0, account_id=account, service_code="heat")
    total = int(owed["outstanding_kop"].sum())
    return {
        "run_on": RUN_ON, "account_id": account, "creditor_id": "U", "service_code": "heat",
        "premises_id": f"P-{account}", "stage_code": "none", "total_kop": total, "claimed_kop": total,
        "norm_fee_kop": FEE, "next_action_code": "notice", "next_action_on": RUN_ON, **more,
    }


def printed(town: Town, *rows: dict[str, Any], run: MonthRun) -> Printed:
    published(town, run, restriction_list=full(RESTRICTION_LIST, *rows))
    return print_letters(town.book, FEBRUARY, RESTRICTION_NOTICE)


def test_paper_code_and_list_name_the_same_debt(town: Town) -> None:
    run = restricted_town(town)
    told = printed(town, row(run, A1), row(run, A2), run=run)
    file = (told.folder / "batch-001.pdf").read_bytes()
    first, second = texts(file)

    assert told.index.select("account_id", "service_codes", "claimed_kop", "lacks").rows() == [
        (A1, ["heat"], 133_456, []), (A2, ["heat"], 133_456 - paid_of(run), []),
    ]
    number = f"ПР-260325-{A1}-U"
    assert f"Предупреждение (уведомление) № {number} об ограничении и приостановлении коммунальной услуги" in first
    assert "Горячая вода декабрь 2025 — январь 2026 1 334,56 600,00 1 334,56" in first
    assert "в течение 20 дней со дня доставки" in first and "п. 118, 119 Правил" in first
    assert "1 334,56 ₽ (Одна тысяча триста тридцать четыре рубля 56 копеек)" in first
    assert f"Расписка о вручении предупреждения № {number}" in first and A2 in second
    read = [fields(code) for code in codes(file)]
    assert [(one["PersAcc"], int(one["Sum"]), one["Name"]) for one in read] == [
        (one["account_id"], one["claimed_kop"], UTILITY) for one in told.index.to_dicts()
    ]


def paid_of(run: MonthRun) -> int:
    owed = {account: int(run.read(OPEN_ITEMS).filter(account_id=account, service_code="heat")["outstanding_kop"].sum())
            for account in (A1, A2)}
    return owed[A1] - owed[A2]


def test_what_may_cover_the_debt_is_taken_off(town: Town) -> None:
    run = restricted_town(town)
    told = printed(town, row(run, A1, claimed_kop=100_000), run=run)
    file = (told.folder / "batch-001.pdf").read_bytes()

    assert "ещё не отнесены на эти месяцы: 334,56 ₽." in texts(file)[0]
    assert fields(codes(file)[0])["Sum"] == "100000"


def test_what_may_cover_several_services_is_taken_off_once() -> None:
    """The list takes the same 2 000 ₽ off either service; the letter asks for both debts less it."""
    twice = {"total_kop": 500_000, "claimed_kop": 300_000}

    assert left_to_pay([twice, twice]) == [300_000, 500_000]
    assert left_to_pay([{"total_kop": 200_100, "claimed_kop": 100}, twice]) == [100, 500_000]
    assert left_to_pay([{"total_kop": 500, "claimed_kop": 500}, {"total_kop": 70, "claimed_kop": 70}]) == [500, 70]


def test_only_those_are_warned_whose_warning_is_due(town: Town) -> None:
    run = restricted_town(town)
    held = row(run, A2, blocked_by=["dispute"], next_action_on=None)
    cut = row(run, A3, stage_code="notice_delivered", next_action_code="restriction")
    told = printed(town, row(run, A1), held, cut, run=run)

    assert told.index["account_id"].to_list() == [A1]


@pytest.mark.parametrize(("more", "lacks"), [
    ({"total_kop": 133_455, "claimed_kop": 133_455}, "sums_differ"), ({"claimed_kop": 0}, "sums_differ"),
])
def test_a_debt_that_months_do_not_make_up_is_not_printed(town: Town, more: dict[str, int], lacks: str) -> None:
    run = restricted_town(town)
    told = printed(town, row(run, A1, **more), row(run, A2), run=run)
    rows = {one["account_id"]: one for one in told.index.to_dicts()}

    assert (rows[A1]["file_name"], rows[A1]["lacks"]) == (None, [lacks])
    assert rows[A2]["letter_number"] == 1 and told.letters == 1


def test_a_service_that_is_never_restricted_stops_the_letter(town: Town) -> None:
    run = restricted_town(town)
    told = printed(town, row(run, A1), row(run, A1, service_code="heating"), run=run)

    assert told.index["lacks"].to_list() == [["never_restricted", "sums_differ"]]
    assert not (told.folder / "batch-001.pdf").exists()


def handed(account: str, on: date) -> pl.DataFrame:
    """The journal, where an account was warned on a day."""
    return full(HANDOVERS, {
        "action_id": f"h-{account}", "handed_on": on, "account_id": account, "creditor_id": "U", "service_code": "heat",
        "handed_to_code": "provider", "asked_code": "notice",
    })


def test_who_was_warned_on_an_earlier_night_is_not_warned_again(town: Town) -> None:
    """The same night may be printed again; after thirty days without an answer the warning is due again."""
    run = restricted_town(town)
    for account, on in ((A1, date(2026, 3, 24)), (A2, RUN_ON), (A3, date(2026, 2, 23))):
        journal.append(town.book, HANDOVERS, account, handed(account, on))
    told = printed(town, *(row(run, account) for account in (A1, A2, A3)), run=run)

    assert told.index["account_id"].to_list() == [A2, A3]


def test_nobody_to_warn_is_said(town: Town) -> None:
    run = restricted_town(town)
    with pytest.raises(NoList, match="некого предупреждать"):
        printed(town, row(run, A1, next_action_on=None, blocked_by=["norm_unknown"]), run=run)


def test_the_command_prints_them(town: Town) -> None:
    run = restricted_town(town)
    published(town, run, restriction_list=full(RESTRICTION_LIST, row(run, A1)))
    said = " ".join(succeeded(raschet_here(town.root, "letters", "restriction_notices", "--month", "2026-02")).split())

    assert "Напечатано писем: 1 на 1 334,56" in said.replace("\u00a0", " ")
    assert "опись: restriction_notices.parquet" in said and "raschet dispatch restriction_list --on 2026-03-25" in said


def test_days_stand_after_within() -> None:
    assert [within(days) for days in (20, 21, 11, 1)] == ["20 дней", "21 дня", "11 дней", "1 дня"]
    assert within(2, "календарного", "календарных") == "2 календарных дней"
    assert date(2026, 3, 25) == RUN_ON
