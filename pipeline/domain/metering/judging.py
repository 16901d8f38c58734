"""What each reading is worth: accepted, outranked or rejected, and why.

    volume   = value − previous, or value + 10^digits − previous where the register rolled over
    limit    = the larger of k × own average and the floor, times the months since the previous register
    rollover : value below previous and the volume within the limit (without history: within the floor)
    spike    : volume above the limit, and above the spike factor × own average
    repeated : no volume, though the average is above zero
    check    : seen by the supplier at a check of the meter; below previous, or told after the month was read, it is a
               start and tells no volume (ПП 354, п. 61)
    accepted : of the readings of one meter, zone and month that nothing rejects, the best source, then the latest

A reading belongs to the charge month of its read_on. Months are judged in order, so that the second month of a run
starts from what the first accepted: round k judges the k-th month of every meter at once. Only ПП 354, п. 31, 33, 59
speak of readings at all; what is plausible, and what a finding does to its reading, is a policy of the book
(rules/metering.yaml). What probably happened to a doubtful reading is told in `causes.py`.

What is ordinary, a reading alone in its month with nothing found, costs neither a sort nor a list of findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from pipeline import money
from pipeline.billing_month import end_of_day
from pipeline.contracts.metering import FINDINGS
from pipeline.domain.metering.keys import has_no_zone, is_recent, meter_number, month_number
from pipeline.domain.metering.limits import fits, limit_e7, within_average
from pipeline.domain.metering.months import with_own_month
from pipeline.domain.metering.season import longest_history, months_between
from pipeline.rules.metering import HOLD, REJECT, MeteringRules

# More digits than a volume column has before its point would not fit Int64.
_DIGITS_MAX = 11
_PLACE = "place"


def judged(
    readings: pl.DataFrame, registers: pl.DataFrame, *, rules: MeteringRules, windows: Mapping[date, date]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every reading of a known `register` with its verdict, and the registers after the accepted ones.

    `windows`: last day whose readings count, by charge month; the rule's day where a month is not named. Judged rows
    carry the register before them (base_value_e7, base_on, closed_month, is_new) and volume_e7, month_volume_e7,
    average_volume_e7, verdict_code, findings.
    """
    waiting = readings.drop("meter_id", "zone_code").with_columns(charge_month=pl.col("read_on").dt.month_start())
    is_next = pl.col("charge_month") == pl.col("charge_month").min().over("register")
    rounds: list[pl.DataFrame] = []
    # At least one round, so that a run without readings leaves frames of the same shape.
    while waiting.height or not rounds:
        of_round = _judged_round(waiting.filter(is_next), registers, rules, windows)
        waiting = waiting.filter(~is_next)
        rounds.append(of_round)
        registers = _after(registers, of_round, rules)
    return _with_findings_listed(with_own_month(pl.concat(rounds))), registers


def _judged_round(
    candidates: pl.DataFrame, registers: pl.DataFrame, rules: MeteringRules, windows: Mapping[date, date]
) -> pl.DataFrame:
    return (
        candidates.join(registers, on="register", how="inner")
        .pipe(_with_known_base)
        .pipe(_with_volume, rules)
        .pipe(_with_findings, rules, windows)
        .pipe(_with_findings_beside, rules)
        .pipe(_with_verdict, rules)
        .pipe(_with_duplicates)
    )


def _with_known_base(rows: pl.DataFrame) -> pl.DataFrame:
    # Somebody has read a register that was installed long ago; its value at installation says nothing.
    is_old = pl.col("is_new") & ~is_recent(pl.col("installed_on"), pl.col("charge_month"))
    return rows.with_columns(
        pl.when(~is_old).then(column).alias(column) for column in ("base_value_e7", "base_on", "closed_month")
    ).with_columns(
        gap_months=month_number(pl.col("charge_month")) - month_number(pl.col("closed_month")),
        first_register=pl.col("base_value_e7").is_null(),
    )


def _with_volume(rows: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    digits = pl.col("digits").fill_null(rules.register_digits).clip(1, _DIGITS_MAX).cast(pl.Int64)
    difference = pl.col("value_e7") - pl.col("base_value_e7")
    has_average = pl.col("actual_months") >= rules.average_history_months_min
    average = money.divided(pl.col("actual_volume_e7"), pl.col("actual_months"))
    return (
        rows.with_columns(
            capacity_e7=pl.lit(10, dtype=pl.Int64).pow(digits + money.VOLUME_DIGITS).cast(pl.Int64),
            is_lower=difference.fill_null(0) < 0,
            month_already_read=(pl.col("gap_months") <= 0).fill_null(False),
            average_volume_e7=pl.when(has_average).then(average),
        )
        .with_columns(beyond_register=~pl.col("value_e7").is_between(0, pl.col("capacity_e7"), closed="left"))
        .with_columns(volume_e7=difference + pl.when("is_lower").then("capacity_e7").otherwise(0))
        .with_columns(is_plausible=_is_plausible(rules))
        .with_columns(rollover=pl.col("is_lower") & pl.col("is_plausible"))
        .with_columns(below_previous=pl.col("is_lower") & ~pl.col("is_plausible"))
    )


def _is_plausible(rules: MeteringRules) -> pl.Expr:
    """Within the limit of its months; a rise without history is always plausible, a rollover only within the floor."""
    volume, gap = money.widened("volume_e7"), money.widened("gap_months")
    within_floor: pl.Expr = volume <= gap * rules.anomaly_floor_e7
    has_average = pl.col("average_volume_e7").is_not_null()
    unknown_rise = ~has_average & ~pl.col("is_lower")
    return (within_floor | unknown_rise | (has_average & within_average(rules.anomaly_factor_e4))).fill_null(True)


def _with_findings(rows: pl.DataFrame, rules: MeteringRules, windows: Mapping[date, date]) -> pl.DataFrame:
    """What was found in each row by itself, each finding as a column of its own."""
    is_judged = ~pl.col("month_already_read") & ~pl.col("beyond_register")
    is_zero = is_judged & (pl.col("volume_e7") == 0).fill_null(False)
    zero_months = pl.col("unchanged_months") + pl.col("gap_months")
    is_whole = pl.col("value_e7") % 10**money.VOLUME_DIGITS == 0
    return rows.with_columns(
        above_average=is_judged & ~pl.col("is_lower") & ~pl.col("is_plausible"),
        below_previous=is_judged & pl.col("below_previous") & ~pl.col("is_check"),
        rollover=is_judged & pl.col("rollover"),
        first_register=is_judged & (pl.col("first_register") | (pl.col("below_previous") & pl.col("is_check"))),
        unchanged=is_zero,
        repeated=is_zero & (pl.col("average_volume_e7") > 0).fill_null(False),
        zero_for_months=is_zero & (zero_months >= rules.zero_months).fill_null(False),
        fraction=is_judged & ~is_whole & _is_of(rules.whole_number_services),
        outside_window=_is_late(rows, rules, windows),
        after_removal=(pl.col("read_on") > pl.col("removed_on")).fill_null(False),
        before_installation=pl.col("read_on") < pl.col("installed_on"),
        # A round holds one month of each register.
        several_submissions=pl.len().over("register") > 1,
        verification_expired=(pl.col("read_on") > pl.col("verified_until")).fill_null(False),
        volume_e7=pl.when(is_judged & ~pl.col("below_previous")).then("volume_e7"),
    )


def _is_of(services: Sequence[str]) -> pl.Expr:
    """Of one of these services, or of one of these contracts."""
    return pl.col("service_code").is_in(list(services)) | pl.col("contract_id").is_in(list(services))


def _is_late(rows: pl.DataFrame, rules: MeteringRules, windows: Mapping[date, date]) -> pl.Expr:
    """Submitted after the last day whose readings count for its month; a round has a few months, each looked up once.
    """
    late = pl.lit(False)
    for month in rows.get_column("charge_month").unique().sort():
        last_day = windows.get(month, month + timedelta(days=rules.reading_deadline_day - 1))
        late = late | ((pl.col("charge_month") == month) & (pl.col("submitted_at") > end_of_day(last_day)))
    return late


def _with_findings_beside(rows: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    """Findings that only rows which are odd already may have: few are looked at."""
    numbered = rows.with_row_index(_PLACE)
    spikes = numbered.filter("above_average").filter(~within_average(rules.spike_factor_e4)).get_column(_PLACE)
    place = pl.int_range(pl.len(), dtype=pl.UInt32)
    return rows.with_columns(
        spike=place.is_in(spikes.implode()), zone_order=place.is_in(_swapped_zones(numbered, rules).implode())
    )


def _swapped_zones(numbered: pl.DataFrame, rules: MeteringRules) -> pl.Series:
    """Places of readings of two zones of one meter that fit each other's register, one of them not its own."""
    is_odd = pl.any_horizontal("below_previous", "beyond_register", "above_average")
    odd = numbered.filter(is_odd & ~has_no_zone()).select(meter_number())
    zones = numbered.with_columns(meter_number()).filter(pl.col("meter").is_in(odd.to_series().implode())).select(
        _PLACE, "meter", "register", "value_e7", "base_value_e7", limit_e7=limit_e7(rules), is_odd=is_odd
    )
    pairs = zones.join(zones, on="meter", suffix="_other").filter(
        pl.col("register") != pl.col("register_other"), pl.col("is_odd") | pl.col("is_odd_other"),
        fits("value_e7_other"), fits("value_e7", suffix="_other"),
    )
    return pairs.get_column(_PLACE).unique().sort()


def _with_verdict(rows: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    is_confirmed = pl.col("source_code").is_in(list(rules.confirming_sources))
    is_held = _any(rules.severities[HOLD]) & ~is_confirmed
    found = rows.with_columns(is_rejected=_any(rules.severities[REJECT]) | is_held).with_columns(
        takes_part=~pl.col("is_rejected") & (~pl.col("month_already_read") | _takes_the_place())
    )
    is_best = ~pl.col("several_submissions") | pl.col("reading_id").is_in(_best(found, rules).implode())
    return found.with_columns(
        verdict_code=pl.when(pl.col("takes_part") & is_best).then(pl.lit("accepted"))
        .when(pl.col("is_rejected") & ~pl.col("month_already_read")).then(pl.lit("rejected"))
        .otherwise(pl.lit("outranked"))
    )


def _takes_the_place() -> pl.Expr:
    """A check told late stands before what has closed its month: rank before time. A register of that month that was
    read after the check and is not below it contradicts nothing."""
    is_contradicted = (pl.col("read_on") >= pl.col("base_on")) | (pl.col("value_e7") > pl.col("base_value_e7"))
    is_other = pl.col("value_e7") != pl.col("base_value_e7")
    return (pl.col("is_check") & (pl.col("gap_months") == 0) & is_other & is_contradicted).fill_null(False)


def _any(findings: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(*findings) if findings else pl.lit(False)


def _best(rows: pl.DataFrame, rules: MeteringRules) -> pl.Series:
    """reading_id of the best of several submissions of one register and month."""
    ranks = {source: place for place, source in enumerate(rules.source_ranks)}
    rank = pl.col("source_code").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int64)
    return (
        rows.filter("several_submissions", "takes_part")
        .with_columns(rank=rank)
        .sort("rank", "submitted_at", "read_on", "reading_id", descending=[False, True, True, True])
        .unique("register", keep="first")
        .get_column("reading_id")
    )


def _with_duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    """An outranked reading that repeats the accepted value says nothing new."""
    numbered, is_outranked = rows.with_row_index(_PLACE), pl.col("verdict_code") == "outranked"
    again = numbered.filter("month_already_read", is_outranked, pl.col("value_e7") == pl.col("base_value_e7"))
    several = numbered.filter("several_submissions")
    accepted = several.filter(pl.col("verdict_code") == "accepted").select("register", "value_e7")
    equal = several.filter(is_outranked).join(accepted, on=["register", "value_e7"], how="semi")
    places = pl.concat([again.get_column(_PLACE), equal.get_column(_PLACE)])
    return rows.with_columns(duplicate=pl.int_range(pl.len(), dtype=pl.UInt32).is_in(places.implode()))


def _with_findings_listed(rows: pl.DataFrame) -> pl.DataFrame:
    """The findings of each row as one sorted list. Rows share few lists: each is made once and handed out by number."""
    names = sorted(FINDINGS)
    number = pl.sum_horizontal(pl.col(name).cast(pl.Int32) * 2**place for place, name in enumerate(names))
    numbers = rows.select(number.alias("number")).to_series()
    known = numbers.unique().sort()
    lists = pl.Series(
        [[name for place, name in enumerate(names) if one >> place & 1] for one in known], dtype=pl.List(pl.String)
    )
    return rows.drop(names).with_columns(findings=lists.gather(known.search_sorted(numbers)))


def _after(registers: pl.DataFrame, rows: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    """Registers moved to the accepted readings, their volume added to the history of the longest average."""
    told = rows.filter(pl.col("verdict_code") == "accepted").select(
        "register", _value="value_e7", _read_on="read_on", _month="charge_month",
        _volume=pl.col("volume_e7").fill_null(0),
        _gap=pl.when(pl.col("volume_e7").is_null()).then(0)
        .otherwise(months_between(pl.col("closed_month"), pl.col("charge_month"), rules)),
    )
    months = pl.col("actual_months") + pl.col("_gap")
    volume = pl.col("actual_volume_e7") + pl.col("_volume")
    longest = longest_history(rules, rules.average_history_months_max)
    # Only sums are kept: beyond the longest history every month gives up its equal part.
    shortened = money.divided(money.widened(volume) * longest, months)
    is_read = pl.col("_value").is_not_null()
    unchanged = pl.when(pl.col("_volume") == 0).then(pl.col("unchanged_months") + pl.col("_gap")).otherwise(0)
    return registers.join(told, on="register", how="left", maintain_order="left").with_columns(
        base_value_e7=pl.coalesce("_value", "base_value_e7"),
        base_on=pl.coalesce("_read_on", "base_on"),
        closed_month=pl.coalesce("_month", "closed_month"),
        is_new=pl.col("is_new") & ~is_read,
        actual_months=pl.when(is_read).then(pl.min_horizontal(months, longest)).otherwise("actual_months"),
        actual_volume_e7=pl.when(~is_read).then("actual_volume_e7")
        .when(months > longest).then(shortened).otherwise(volume),
        unchanged_months=pl.when(is_read).then(unchanged).otherwise("unchanged_months"),
    ).drop("_value", "_read_on", "_month", "_volume", "_gap")
