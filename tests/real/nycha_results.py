"""Figures and charts of New York's water bills, as docs/real-data.md prints them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import polars as pl

from pipeline.rendering.charts import Point, columns, lines, whole_roubles
from tests.real.nycha_expected import ACCEPTED, QUARANTINED, REPEATED, Judged
from tests.real.printed import money, number, table
from tests.real.ran_months import RanMonths

#: Years of the book are the file's and four.
_SHIFT = 4
_MONTHS_SHOWN = 12
FATES = {ACCEPTED: "принято", REPEATED: "повторы", QUARANTINED: "карантин"}


def results(ran: RanMonths, judged: list[Judged]) -> str:
    """Every table of the results: rows by year, refused rows by reason, the debt at the end of each year."""
    return "\n".join([_rows(ran), _refused(ran, judged), _debt(ran)])


def _years(ran: RanMonths) -> dict[str, list[date]]:
    years: dict[str, list[date]] = defaultdict(list)
    for month in ran.months:
        years[str(month.first_day.year - _SHIFT)].append(month.first_day)
    return dict(years)


def _rows(ran: RanMonths) -> str:
    heads = ["year of the file", "rows", "lines accepted", "repeated", "refused", "incomplete bills", "debt at the end"]
    rows = []
    charges = ran.every("deliveries").filter(pl.col("table_name") == "charges")
    incomplete = ran.every("incomplete_bills", "account_id")
    for year, months in _years(ran).items():
        told = charges.filter(pl.col("run_month").is_in(months))
        counts = [int(told[f"{fate}_rows"].sum()) for fate in ("received", *FATES)]
        missing = incomplete.filter(pl.col("run_month").is_in(months)).height
        owed = int(ran.every("open_items", "outstanding_kop").filter(
            pl.col("run_month") == max(months)
        )["outstanding_kop"].sum())
        rows.append([year, *map(number, counts), number(missing), money(owed)])
    total = [int(charges[f"{fate}_rows"].sum()) for fate in ("received", *FATES)]
    rows.append(["**together**", *map(number, total), number(incomplete.height), ""])
    return table(heads, rows)


def _refused(ran: RanMonths, judged: list[Judged]) -> str:
    found = ran.every("quarantine").with_columns(reason=pl.col("rule_ids").list.join(", "))
    payable = {told.row["document_id"]: told.row["payable_kop"] for told in judged}
    rows = []
    for (name, reason), part in sorted(found.partition_by("table_name", "reason", as_dict=True).items()):
        documents = set(part["original_values"].str.json_path_match("$.document_id"))
        amount = sum(payable[document] for document in documents)
        rows.append([f"`{name}`: `{reason}`", number(part.height), number(len(documents)), money(amount)])
    return table(["refused", "rows", "documents", "payable of the documents"], rows)


def _debt(ran: RanMonths) -> str:
    """At the end of each year of the file: what is owed, what of it courts would no longer take, who is on the list."""
    rows = []
    for months in _years(ran).values():
        month = next(month for month in ran.months if month.first_day == max(months))
        items, debtors = ran.table("open_items", month), ran.table("debtors", month)
        barred = int(items.filter(pl.col("is_time_barred"))["outstanding_kop"].sum())
        tracks = Counter(debtors["track_code"])
        claimed = int(debtors.filter(pl.col("track_code") == "court")["claimed_kop"].sum())
        rows.append([
            f"{month.first_day.year - _SHIFT}-{month.first_day.month:02}", number(items["account_id"].n_unique()),
            number(items.height), money(int(items["outstanding_kop"].sum())), money(barred),
            number(tracks["notice"]), number(tracks["court"]), money(claimed),
        ])
    return table(["as of the run of", "accounts owing", "open items", "owed", "of it time-barred", "debtors, notice",
                  "debtors, court", "claim of the court track"], rows)


def charts(ran: RanMonths) -> dict[str, str]:
    """SVG by name: rows by fate; what is owed and what of it is time-barred. By year, or by month of a short book."""
    rows, owed = [], []
    charges = ran.every("deliveries").filter(pl.col("table_name") == "charges")
    items = ran.every("open_items", "outstanding_kop", "is_time_barred")
    for place, months in _places(ran).items():
        of_place = charges.filter(pl.col("run_month").is_in(months))
        rows += [Point(place, int(of_place[f"{fate}_rows"].sum()), word) for fate, word in FATES.items()]
        then = items.filter(pl.col("run_month") == max(months))
        barred = int(then.filter("is_time_barred")["outstanding_kop"].sum())
        owed.append(Point(place, whole_roubles(int(then["outstanding_kop"].sum())), "долг"))
        owed.append(Point(place, whole_roubles(barred), "в том числе за сроком давности"))
    return {
        "nycha-rows": str(columns(rows, unit="строк", title="Строки начислений: что с ними стало")),
        "nycha-debt": str(lines(owed, unit="₽", title="Долг на конец")),
    }


def _places(ran: RanMonths) -> dict[str, list[date]]:
    if len(ran.months) > _MONTHS_SHOWN:
        return _years(ran)
    return {f"{month.first_day.year - _SHIFT}-{month.first_day.month:02}": [month.first_day] for month in ran.months}
