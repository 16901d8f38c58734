"""Acts, statements and workbooks: their sums are the turnover's, and the same month gives the same bytes."""

from __future__ import annotations

import json
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest

from pipeline.rendering.russian import decimal
from pipeline.rendering.sums_in_words import in_words
from pipeline.reports.finance import files, sheets
from pipeline.reports.finance.papers import act_values, remittance_values
from pipeline.reports.finance.settlements import Settlement, settlements
from pipeline.reports.finance.turnover import Turnover
from pipeline.storage.report_files import safe_name

CENTRE = "Энск, учебный расчётный центр"
Counted = dict[str, Turnover]


def of(told: Turnover, creditor_id: str) -> Settlement:
    return next(one for one in settlements(told) if one.creditor_id == creditor_id)


def read(told: str) -> Decimal:
    """«−1 234,50» as a sum."""
    return Decimal(told.replace("\u00a0", "").replace(",", ".").replace("−", "-") or "0")


def sheet(content: bytes, name: str) -> pl.DataFrame:
    """A sheet below its title, without the row of totals."""
    frame = fastexcel.read_excel(content).load_sheet(name, header_row=2).to_polars()
    return frame.filter(pl.nth(0).cast(pl.String).is_not_null(), pl.nth(0).cast(pl.String) != "Итого")


def kopecks(column: pl.Series) -> int:
    """Excel holds floats: a sum is compared in whole kopecks."""
    return int((column.cast(pl.Float64).fill_null(0) * 100).round().cast(pl.Int64).sum())


def test_an_act_rolls_from_opening_to_closing(counted: Counted) -> None:
    told = [one for month in counted.values() for one in settlements(month)]

    assert told
    for one in told:
        entries = one.entries()
        debit, credit = sum(each.debit for each in entries), sum(each.credit for each in entries)
        assert one.money["opening_rub"] + credit - debit == one.money["closing_rub"]
        assert all(min(each.debit, each.credit) == 0 for each in entries)


def test_a_statement_ends_with_the_balance_of_the_turnover(counted: Counted) -> None:
    told = [one for month in counted.values() for one in settlements(month)]

    assert told
    for one in told:
        assert one.days[-1].held == one.money["closing_rub"]
        assert sum(day.collected for day in one.days) == one.money["collected_rub"]
        assert sum(day.remitted for day in one.days) == one.money["remitted_rub"]
        assert one.remittances["net_rub"].sum() == one.money["net_rub"]


def test_the_act_of_the_waterworks_says_its_sums(counted: Counted) -> None:
    march = counted["2026-03"]
    one = of(march, "water")
    values = act_values(march, one, CENTRE)
    closing = one.money["closing_rub"]

    assert values["opening"] == {"debit": "", "credit": decimal(one.money["opening_rub"], 2)}
    assert values["closing"]["credit"] == decimal(closing, 2)
    assert f"{decimal(closing, 2)}\u00a0₽ ({in_words(closing)})" in values["conclusion"]
    assert any("в исправление rm-water-20260222" in entry["text"] for entry in values["entries"])
    assert values["creditor"]["name"] == "МУП «Энский водоканал»"
    assert values["standing"] == ""
    owed = march.rows.filter(creditor_id="water")
    assert sum(read(row["sums"][-1]) for row in values["debts"]) == owed["closing_rub"].sum()


def test_who_was_paid_too_much_stands_in_debit(counted: Counted) -> None:
    june = counted["2026-06"]
    values = act_values(june, of(june, "insurer"), CENTRE)

    assert values["closing"]["debit"] and not values["closing"]["credit"]
    assert "перечислено больше собранного" in values["conclusion"]
    assert values["standing"] == "Предварительно: посчитано по 20.06.2026"


def test_money_of_the_funds_own_account_is_never_held(counted: Counted) -> None:
    march = counted["2026-03"]
    one = of(march, "fund")
    assert one.money["own_account_rub"] > 0
    assert decimal(one.money["own_account_rub"], 2) in act_values(march, one, CENTRE)["own_account"]


def test_totals_of_the_statement_are_sums_of_its_days(counted: Counted) -> None:
    march = counted["2026-03"]
    values: dict[str, Any] = remittance_values(march, of(march, "heat"), CENTRE)
    for position, total in enumerate(values["totals"]["sources"]):
        assert sum(read(day["sources"][position]) for day in values["days"]) == read(total)
    for name in ("collected", "reversed", "remitted"):
        assert sum(read(day[name]) for day in values["days"]) == read(values["totals"][name])
    assert json.dumps(values, ensure_ascii=False)


def test_the_same_month_gives_the_same_bytes(counted: Counted) -> None:
    march = counted["2026-03"]
    once, again = (dict(files.finance_files(march, CENTRE, "water")) for _ in range(2))

    assert sorted(once) == [
        "finance_money.parquet", "finance_turnover.parquet", "oboroty.xlsx", "water/akt-sverki.pdf",
        "water/akt-sverki.xlsx", "water/otchet-o-perechislenii.pdf", "water/otchet-o-perechislenii.xlsx",
    ]
    assert once == again
    assert all(content.startswith(b"%PDF") for name, content in once.items() if name.endswith(".pdf"))
    assert max(len(content) for content in once.values()) < 300_000


def test_workbooks_read_back_equal_the_tables(counted: Counted) -> None:
    march = counted["2026-03"]
    made = dict(files.finance_files(march, CENTRE, "heat"))
    rows = pl.read_parquet(BytesIO(made["finance_turnover.parquet"]))
    money = pl.read_parquet(BytesIO(made["finance_money.parquet"]))

    contracts, summary = sheet(made["oboroty.xlsx"], "Договоры"), sheet(made["oboroty.xlsx"], "Сводка")
    statement = sheet(made["heat/otchet-o-perechislenii.xlsx"], "По дням")
    act = sheet(made["heat/akt-sverki.xlsx"], "Акт сверки")

    assert contracts.height == rows.height
    told = {"Долг на начало": "opening_rub", "Оплачено": "paid_rub", "Долг на конец": "closing_rub"}
    for heading, column in told.items():
        assert kopecks(contracts[heading]) == int(rows[column].sum() * 100)
        assert kopecks(summary[heading]) == int(rows[column].sum() * 100)
    assert kopecks(summary["Деньги: У центра на конец"]) == int(money["closing_rub"].sum() * 100)
    heat = money.filter(creditor_id="heat").to_dicts()[0]
    assert kopecks(statement["Собрано всего"]) == int(heat["collected_rub"] * 100)
    assert kopecks(act["Кредит"]) - kopecks(act["Дебет"]) == int(heat["closing_rub"] * 200)


def test_a_region_lists_services_and_says_where_its_contracts_are(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    march = counted["2026-03"]
    monkeypatch.setattr(sheets, "LISTED", 10)
    content = sheets.overview(march)

    services = sheet(content, "Договоры")
    title = fastexcel.read_excel(content).load_sheet("Договоры", header_row=None, n_rows=1).to_polars().row(0)[0]

    assert title.startswith("Обороты по услугам: 113\u00a0строк по договорам")
    assert set(services["Договор"]) == {"все договоры"}
    assert kopecks(services["Долг на конец"]) == int(march.rows["closing_rub"].sum() * 100)


def test_nobody_is_named_but_organisations(counted: Counted) -> None:
    march = counted["2026-03"]
    told = json.dumps([act_values(march, one, CENTRE) for one in settlements(march)], ensure_ascii=False)
    assert "7700" not in told.replace("rm-", "")


@pytest.mark.parametrize(("creditor_id", "folder"), [
    ("water", "water"), ("../x", "___x-2e2e2f78"), ("УК-1", "УК-1"), ("a/b", "a_b-612f62"),
])
def test_an_id_never_leaves_its_folder(creditor_id: str, folder: str) -> None:
    assert safe_name(creditor_id) == folder


@pytest.mark.parametrize(("rub", "words"), [
    ("0.01", "Ноль рублей 01 копейка"), ("1.00", "Один рубль 00 копеек"), ("2.02", "Два рубля 02 копейки"),
    ("11.11", "Одиннадцать рублей 11 копеек"), ("1000021.05", "Один миллион двадцать один рубль 05 копеек"),
    ("-7.21", "Минус семь рублей 21 копейка"),
])
def test_sums_in_words(rub: str, words: str) -> None:
    assert in_words(Decimal(rub)) == words


def test_the_town_is_where_the_tables_say(counted: Counted, town_book: Path) -> None:
    march = counted["2026-03"]
    assert all(one.folder.is_relative_to(town_book.resolve()) for one in march.months)
