"""Back-test of estimates: hide actual reads of real meters, estimate them as the law does, tell the error by method.

    average 6     mean of the last 6 months of reads (ПП 354, п. 59)
    average 3     mean of the last 3, as for a young meter
    year ago      the same month a year before, as for heating by season
    norm          mean of the class in the calendar year before: a stand-in, no norm by residents is in the files

A target is known by all four methods or left out, so every method is asked the same. For `hidden` months up to it
nothing is known. Error = Σ |estimate − actual| / Σ actual; bias keeps the sign. Whole 10⁻⁷ units, no floats.
`python -m bench estimates --data FOLDER` writes docs/estimates.md and its charts; no row of the files is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from pipeline import money
from pipeline.rendering.charts import Point, lines
from pipeline.rules.metering import MeteringRules
from pipeline.rules.registry import RuleBook

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "estimates.md"
IMAGES: Final = ROOT / "docs" / "images"
METHODS: Final = {"average_6": "average 6", "average_3": "average 3", "year_ago": "year ago", "norm": "norm"}
SEASONS: Final = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}
_YEAR: Final = 12
_UNIT: Final = 10**money.VOLUME_DIGITS
_MOST_HIDDEN: Final = 6


@dataclass(frozen=True)
class Meters:
    """Reads of one file: meter_id, class_name, month (whole months since year 0), volume_e7, is_actual; one a month."""

    name: str
    slug: str
    step: int
    """Months between two reads."""
    reads: pl.DataFrame


def new_york(folder: Path) -> Meters:
    """Bills of about a month; exact repeats once, meters with several bills in a month and odd periods left out."""
    bills = pl.read_parquet(folder / "nycha_water_2013_2019.parquet").unique().filter(
        pl.col("Meter_Number") != "UN-METERED", pl.col("#_days").is_between(25, 36), pl.col("Consumption_HCF") >= 0
    )
    reads = bills.select(
        meter_id=pl.format("{}-{}", "TDS_No", "Meter_Number"), class_name="Rate_Class",
        month=_month(pl.col("Revenue_Month").str.slice(0, 4), pl.col("Revenue_Month").str.slice(5, 2)),
        volume_e7=pl.col("Consumption_HCF").cast(pl.Int64) * _UNIT, is_actual=pl.col("Estimated") != "Y",
    )
    return Meters("New York, public housing, 2013–2019", "new-york", 1, _single(reads))


def santa_monica(folder: Path) -> Meters:
    """Reads of every second month; customers with several rows in a month are left out in it."""
    rows = pl.read_parquet(folder / "santa_monica_water.parquet").filter(pl.col("cust_id") != 0)
    reads = rows.select(
        meter_id=pl.col("cust_id").cast(pl.String), class_name="cust_class",
        month=_month(pl.col("usage_year"), pl.col("usage_month")),
        volume_e7=pl.col("usage_ccf").cast(pl.Int64) * _UNIT, is_actual=pl.lit(True),
    )
    return Meters("Santa Monica, customers, 2014–2016", "santa-monica", 2, _single(reads))


def _month(year: pl.Expr, month: pl.Expr) -> pl.Expr:
    return year.cast(pl.Int64) * _YEAR + month.cast(pl.Int64) - 1


def _single(reads: pl.DataFrame) -> pl.DataFrame:
    return reads.filter(pl.len().over("meter_id", "month") == 1).sort("meter_id", "month")


def estimates(meters: Meters, *, rules: MeteringRules) -> pl.DataFrame:
    """One row per target and number of hidden months: class, month, hidden, actual_e7 and an estimate per method."""
    actual = meters.reads.filter("is_actual")
    known = _averages(actual, meters.step, rules)
    year_ago = actual.select("meter_id", pl.col("month") + _YEAR, year_ago="volume_e7")
    norm = actual.group_by("class_name", year=pl.col("month") // _YEAR + 1).agg(
        norm=money.divided(money.total("volume_e7"), pl.len())
    )
    targets = (
        actual.select("meter_id", "class_name", "month", actual_e7="volume_e7", year=pl.col("month") // _YEAR)
        .join(year_ago, on=["meter_id", "month"]).join(norm, on=["class_name", "year"])
    )
    return pl.concat([
        targets.join(known.with_columns(pl.col("month") + hidden), on=["meter_id", "month"]).select(
            "meter_id", "class_name", "month", "actual_e7", *METHODS, hidden=pl.lit(hidden)
        )
        for hidden in range(meters.step, _MOST_HIDDEN + 1, meters.step)
    ]).sort("meter_id", "month", "hidden")


def _averages(actual: pl.DataFrame, step: int, rules: MeteringRules) -> pl.DataFrame:
    """meter_id, month of the last known read, average_6 and average_3 of unbroken reads up to it."""
    longest, shortest = rules.average_history_months_max, rules.average_history_months_min
    told = actual
    for name, months in (("average_6", longest), ("average_3", shortest)):
        reads = -(-months // step)
        total = pl.col("volume_e7").rolling_sum(reads).over("meter_id")
        is_unbroken = pl.col("month") - pl.col("month").shift(reads - 1).over("meter_id") == (reads - 1) * step
        told = told.with_columns(pl.when(is_unbroken).then(money.divided(total, reads)).alias(name))
    return told.drop_nulls(["average_6", "average_3"]).select("meter_id", "month", "average_6", "average_3")


def errors(told: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Error and bias of every method in tenths of a percent, and in how many targets it is within a quarter."""
    long = told.unpivot(
        on=list(METHODS), index=[*by, "actual_e7"], variable_name="method", value_name="estimate"
    ).with_columns(difference=pl.col("estimate") - pl.col("actual_e7"))
    whole, is_near = money.widened("actual_e7").sum(), pl.col("difference").abs() * 4 <= pl.col("actual_e7")
    return long.group_by(*by, "method").agg(
        targets=pl.len(),
        error=money.divided(money.widened(pl.col("difference").abs()).sum() * 1000, whole),
        bias=money.divided(money.widened("difference").sum() * 1000, whole),
        near=money.divided(is_near.sum().cast(pl.Int64) * 1000, pl.len()),
    ).sort(*by, "method")


def billers_own(meters: Meters, *, rules: MeteringRules) -> pl.DataFrame:
    """Months that the biller did estimate, between two actual reads: his volume and ours beside their mean, which
    stands in for what nobody has read."""
    actual = meters.reads.filter("is_actual").select("meter_id", "month", "volume_e7")
    known = _averages(meters.reads.filter("is_actual"), meters.step, rules)
    before = actual.select("meter_id", pl.col("month") + meters.step, before_e7="volume_e7")
    after = actual.select("meter_id", pl.col("month") - meters.step, after_e7="volume_e7")
    key = ["meter_id", "month"]
    return (
        meters.reads.filter(~pl.col("is_actual")).select(*key, biller="volume_e7")
        .join(before, on=key).join(after, on=key)
        .join(known.with_columns(pl.col("month") + meters.step), on=key)
        .with_columns(actual_e7=money.divided(pl.col("before_e7") + pl.col("after_e7"), 2))
    )


def write(folder: Path, page: Path = PAGE, images: Path = IMAGES) -> None:
    """The page and its charts from the files in `folder`."""
    rules = MeteringRules.in_force(RuleBook.read(), date(2026, 1, 1))
    sources = [new_york(folder), santa_monica(folder)]
    found = [(meters, estimates(meters, rules=rules)) for meters in sources]
    images.mkdir(parents=True, exist_ok=True)
    for meters, told in found:
        (images / f"estimates-{meters.slug}.svg").write_text(str(_chart(meters, told)), encoding="utf-8")
    page.write_text(page_of(found, billers_own(sources[0], rules=rules)), encoding="utf-8")


def _chart(meters: Meters, told: pl.DataFrame) -> str:
    points = [
        Point(str(row["hidden"]), money.divided(row["error"], 10), METHODS[row["method"]])
        for row in errors(told, ["hidden"]).iter_rows(named=True)
    ]
    return lines(points, unit="%", title=f"Error by months hidden: {meters.name}")


def page_of(found: list[tuple[Meters, pl.DataFrame]], own: pl.DataFrame) -> str:
    """The whole document."""
    text = [_HEAD]
    for meters, told in found:
        text += [f"## {meters.name}\n", f"![Error by months hidden](images/estimates-{meters.slug}.svg)\n",
                 *_table(told.with_columns(by=pl.format("{} hidden", "hidden")), "months"), "",
                 *_table(_in_seasons(told.filter(pl.col("hidden") == meters.step)), "season of the target"), ""]
    return "\n".join([*text, *_own(own), _TAIL])


def _in_seasons(told: pl.DataFrame) -> pl.DataFrame:
    seasons = {month - 1: season for season, months in SEASONS.items() for month in months}
    season = (pl.col("month") % _YEAR).replace_strict(seasons, return_dtype=pl.String)
    return told.with_columns(by=season)


def _table(told: pl.DataFrame, head: str) -> Iterator[str]:
    yield f"| {head} | targets | {' | '.join(f'{name}: error, bias, within ¼' for name in METHODS.values())} |"
    yield f"|---|--:|{'--:|' * len(METHODS)}"
    for (by,), rows in errors(told, ["by"]).group_by("by", maintain_order=True):
        of = {row["method"]: row for row in rows.iter_rows(named=True)}
        cells = [
            f"{_percent(of[name]['error'])}, {_percent(of[name]['bias'], '+')}, {_percent(of[name]['near'])}"
            for name in METHODS
        ]
        yield f"| {by} | {rows['targets'][0]:,} | {' | '.join(cells)} |"


def _own(own: pl.DataFrame) -> Iterator[str]:
    whole = money.widened("actual_e7").sum()
    told = own.select(
        *(money.divided(money.widened((pl.col(name) - pl.col("actual_e7")).abs()).sum() * 1000, whole).alias(name)
          for name in ("biller", "average_6", "average_3"))
    ).row(0, named=True)
    yield "## The biller's own estimates in New York\n"
    yield (f"{own.height:,} bills that the biller estimated stand between two actual reads; the mean of both stands in "
           f"for what nobody has read. His estimate is off by {_percent(told['biller'])} of the volume, average 6 by "
           f"{_percent(told['average_6'])}, average 3 by {_percent(told['average_3'])}.\n")


def _percent(tenths: int, plus: str = "") -> str:
    sign = "−" if tenths < 0 else plus
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10} %"


_HEAD: Final = """# How far off are estimates?

Written by `python -m bench estimates --data FOLDER` from two files of real water use, `nycha_water_2013_2019.parquet`
and `santa_monica_water.parquet`; [bench/estimates.py](../bench/estimates.py) says how they are read. Actual reads are
hidden and estimated as ПП 354 does; every method is asked the same targets. Error is Σ |estimate − actual| / Σ actual,
bias keeps its sign, the third figure is the share of targets within a quarter of the truth. `norm` is the mean of the
class in the year before: no residents are in the files, so it only stands in for a norm.
"""
_TAIL: Final = """## What follows

- A norm stands for a crowd, an average for a meter. Bill a single meter by the mean of the crowd and it is off by about
  its whole volume: a norm is no estimate, and three periods of average before it are well spent.
- Three reads are nearer than six while little is hidden; both grow worse with every hidden month. The same month of the
  year before does not, and comes level when half a year is hidden.
- Where use fell (Santa Monica), every method is too high: an over-estimate, which the next read gives back.
- The error of an estimate is no loss: use is cumulative, and the next read trues it up.

The gap of Santa Monica (June to December 2015) and the estimated bills of New York, taken through the rooms themselves
to the true-up, stand in [real-data.md](real-data.md).
"""
