"""Figures and charts of Santa Monica's water, as docs/real-data.md prints them."""

from __future__ import annotations

from collections import Counter
from datetime import date

import polars as pl

from pipeline.rendering.charts import Point, columns, lines
from tests.real.printed import money, number, table
from tests.real.ran_months import RanMonths
from tests.real.santa_monica_expected import ACCEPTED, REJECTED
from tests.real.santa_monica_file import UNIT, known

#: Years of the book are the file's and four.
_SHIFT = 4
BASES = {"meter": "по счётчику", "average": "по среднему", "norm": "по нормативу"}
_ESTIMATES = ("average", "norm")


def results(ran: RanMonths, billed: pl.DataFrame) -> str:
    """Every table of the results; `billed` are the biller's documents."""
    return "\n".join([_months(ran, billed), _volumes(ran), _findings(ran), _settled(ran), _proposals(ran)])


def named(month: date) -> str:
    """A month as the file names it."""
    return f"{month.year - _SHIFT}-{month.month:02}"


def _months(ran: RanMonths, billed: pl.DataFrame) -> str:
    """Month by month: what was read, billed, settled, left open."""
    rows = []
    for month in ran.months:
        day = month.first_day
        verdicts = Counter(ran.table("consumption", month)["verdict_code"])
        bases = Counter(billed.filter(pl.col("billing_month") == day)["basis_code"])
        unconfirmed = ran.table("unconfirmed_charges", month)
        settled, waiting = Counter(unconfirmed["settled_code"]), unconfirmed["settled_code"].null_count()
        proposed = ran.table("recalculations", month).filter(pl.col("lands_in_month") == month.next.first_day)
        rows.append([
            named(day), *map(number, (
                ran.rows.filter(pl.col("month") == day).height, verdicts[ACCEPTED], verdicts[REJECTED],
                bases["meter"], bases["average"], bases["norm"], settled["reading"], waiting, proposed.height,
            )), money(int(proposed["difference_kop"].sum())),
        ])
    return table(["month", "rows", "accepted", "set aside", "billed by meter", "by average", "by norm",
                  "estimates settled by a reading", "lines still open", "proposals", "their sum"], rows)


def _volumes(ran: RanMonths) -> str:
    """The volume of the file: accepted, waiting, nobody's."""
    consumption = ran.every("consumption", "meter_id", "verdict_code", "volume_e7", "raw_value_e7")
    accepted = consumption.filter(pl.col("verdict_code") == ACCEPTED)
    told = int(accepted["volume_e7"].sum())
    mine, whole = int(known(ran.rows)["usage_e7"].sum()), int(ran.rows["usage_e7"].sum())
    rows = [
        ["in the file", number(ran.rows.height), number(whole // UNIT)],
        ["accepted", number(accepted.height), number(told // UNIT)],
        ["waiting behind readings set aside", number(consumption.height - accepted.height),
         number((mine - told) // UNIT)],
        ["customer 0, refused", number(ran.rows.height - consumption.height), number((whole - mine) // UNIT)],
    ]
    return table(["volume", "rows", "ccf"], rows)


def _findings(ran: RanMonths) -> str:
    found = ran.every("consumption", "verdict_code", "findings").explode("findings").drop_nulls("findings")
    counts = Counter(found.select("findings", "verdict_code").iter_rows())
    names = sorted({name for name, _ in counts})
    rows = [[f"`{name}`", number(counts[name, ACCEPTED]), number(counts[name, REJECTED])] for name in names]
    return table(["finding", "accepted", "set aside"], rows)


def _settled(ran: RanMonths) -> str:
    """How lines that no register had told were settled, and what is still open."""
    lines = ran.every("unconfirmed_charges", "basis_code", "settled_code", "volume_e7", "actual_volume_e7")
    last = ran.every("unconfirmed_charges", "settled_code").filter(pl.col("run_month") == ran.last.first_day)
    settled = lines.drop_nulls("settled_code")
    still = lines.filter(pl.col("settled_code").is_null(), pl.col("run_month") == ran.last.first_day)
    assert last["settled_code"].null_count() == still.height
    rows = []
    for told, frame in (("settled", settled), ("open at the end", still)):
        for (basis, code), part in sorted(
            frame.with_columns(pl.col("settled_code").fill_null("–"))
            .partition_by("basis_code", "settled_code", as_dict=True).items()
        ):
            billed, actual = int(part["volume_e7"].sum()), int(part["actual_volume_e7"].sum())
            rows.append([f"{told}: `{basis}`, {code}", number(part.height), number(billed // UNIT),
                         number(actual // UNIT) if told == "settled" else "–"])
    return table(["lines", "lines", "ccf billed", "ccf by registers"], rows)


def _proposals(ran: RanMonths) -> str:
    """Proposals that stand at the end, by cause and state."""
    rows = []
    for (cause, status), part in sorted(
        ran.table("recalculations", ran.last).partition_by("cause_code", "status_code", as_dict=True).items()
    ):
        taken = part.filter(pl.col("difference_kop") < 0)["difference_kop"].sum()
        added = part.filter(pl.col("difference_kop") > 0)["difference_kop"].sum()
        rows.append([f"`{cause}`, {status}", number(part.height), money(int(taken)), money(int(added))])
    return table(["proposals at the end", "number", "credits", "charges"], rows)


def charts(ran: RanMonths, billed: pl.DataFrame) -> dict[str, str]:
    """SVG by name: lines by basis and month; lines that no register has told yet."""
    by_basis, still = [], []
    for month in ran.months:
        bases = Counter(billed.filter(pl.col("billing_month") == month.first_day)["basis_code"])
        by_basis += [Point(named(month.first_day), bases[code], word) for code, word in BASES.items()]
        unconfirmed = ran.table("unconfirmed_charges", month).filter(pl.col("settled_code").is_null())
        open_lines = Counter(unconfirmed["basis_code"])
        still += [Point(named(month.first_day), open_lines[code], BASES[code]) for code in _ESTIMATES]
    return {
        "santa-monica-bases": str(columns(by_basis, unit="начислений", title="Чем начислен месяц")),
        "santa-monica-open": str(lines(still, unit="начислений", title="Оценки, которых показания не подтвердили")),
    }
