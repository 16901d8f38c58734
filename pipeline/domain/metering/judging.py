"""What each reading is worth: accepted, outranked or rejected, and why.

    volume   = value − previous, or value + 10^digits − previous where the register rolled over
    limit    = the larger of k × own average and the floor, times the months since the previous register
    rollover : value below previous and the volume within the limit (without history: within the floor)
    accepted : of the readings of one meter, zone and month that nothing rejects, the best source, then the latest

A reading belongs to the charge month of its read_on. Months are judged in order, so that the second month of a run
starts from what the first accepted: round k judges the k-th month of every meter at once. Only ПП 354, п. 31, 33, 59
speak of readings at all; what is plausible is a policy of the book (rules/metering.yaml).

What is ordinary, a reading alone in its month with nothing found, costs neither a sort nor a list of findings.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.metering import FINDINGS
from pipeline.domain.metering.keys import is_recent, month_number
from pipeline.domain.metering.months import with_own_month
from pipeline.rules.metering import FACTOR_DIGITS, MeteringRules

# More digits than a volume column has before its point would not fit Int64.
_DIGITS_MAX = 11
_REJECTING = ("after_removal", "before_installation", "below_previous", "beyond_register")


def judged(
    readings: pl.DataFrame, registers: pl.DataFrame, *, rules: MeteringRules
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every reading of a known `register` with its verdict, and the registers after the accepted ones.

    Judged rows carry the register before them (base_value_e7, base_on, closed_month, is_new) and volume_e7,
    month_volume_e7, average_volume_e7, verdict_code, findings.
    """
    waiting = readings.drop("meter_id", "zone_code").with_columns(charge_month=pl.col("read_on").dt.month_start())
    is_next = pl.col("charge_month") == pl.col("charge_month").min().over("register")
    rounds: list[pl.DataFrame] = []
    # At least one round, so that a run without readings leaves frames of the same shape.
    while waiting.height or not rounds:
        of_round = _judged_round(waiting.filter(is_next), registers, rules)
        waiting = waiting.filter(~is_next)
        rounds.append(of_round)
        registers = _after(registers, of_round, rules)
    return _with_findings_listed(with_own_month(pl.concat(rounds))), registers


def _judged_round(candidates: pl.DataFrame, registers: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    return (
        candidates.join(registers, on="register", how="inner")
        .pipe(_with_known_base)
        .pipe(_with_volume, rules)
        .pipe(_with_findings)
        .pipe(_with_verdict, rules)
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
    allowed = money.widened("actual_volume_e7") * gap * rules.anomaly_factor_e4
    within_average: pl.Expr = volume * money.widened("actual_months") * 10**FACTOR_DIGITS <= allowed
    unknown_rise = pl.col("average_volume_e7").is_null() & ~pl.col("is_lower")
    return (within_floor | unknown_rise | (pl.col("average_volume_e7").is_not_null() & within_average)).fill_null(True)


def _with_findings(rows: pl.DataFrame) -> pl.DataFrame:
    """What was found, each finding as a column of its own."""
    is_judged = ~pl.col("month_already_read") & ~pl.col("beyond_register")
    return rows.with_columns(
        above_average=is_judged & ~pl.col("is_lower") & ~pl.col("is_plausible"),
        below_previous=is_judged & pl.col("below_previous"),
        rollover=is_judged & pl.col("rollover"),
        first_register=is_judged & pl.col("first_register"),
        unchanged=is_judged & (pl.col("volume_e7") == 0).fill_null(False),
        after_removal=(pl.col("read_on") > pl.col("removed_on")).fill_null(False),
        before_installation=pl.col("read_on") < pl.col("installed_on"),
        # A round holds one month of each register.
        several_submissions=pl.len().over("register") > 1,
        verification_expired=(pl.col("read_on") > pl.col("verified_until")).fill_null(False),
        volume_e7=pl.when(is_judged & ~pl.col("below_previous")).then("volume_e7"),
    )


def _with_verdict(rows: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    unconfirmed = pl.col("above_average") & ~pl.col("source_code").is_in(list(rules.confirming_sources))
    found = rows.with_columns(is_rejected=pl.any_horizontal(*_REJECTING, unconfirmed)).with_columns(
        takes_part=~pl.col("is_rejected") & ~pl.col("month_already_read")
    )
    is_best = ~pl.col("several_submissions") | pl.col("reading_id").is_in(_best(found, rules).implode())
    return found.with_columns(
        verdict_code=pl.when(pl.col("takes_part") & is_best).then(pl.lit("accepted"))
        .when(pl.col("is_rejected") & ~pl.col("month_already_read")).then(pl.lit("rejected"))
        .otherwise(pl.lit("outranked"))
    )


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


def _with_findings_listed(rows: pl.DataFrame) -> pl.DataFrame:
    """The findings of each row as one sorted list; most rows share the empty one."""
    is_odd = pl.any_horizontal(FINDINGS)
    listed = pl.concat_list(pl.when(finding).then(pl.lit(finding)) for finding in sorted(FINDINGS)).list.drop_nulls()
    nothing = pl.lit([], dtype=pl.List(pl.String))
    return pl.concat([
        rows.filter(~is_odd).with_columns(findings=nothing), rows.filter(is_odd).with_columns(findings=listed)
    ]).drop(FINDINGS)


def _after(registers: pl.DataFrame, rows: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    """Registers moved to the accepted readings, their volume added to the history of the longest average."""
    told = rows.filter(pl.col("verdict_code") == "accepted").select(
        "register", _value="value_e7", _read_on="read_on", _month="charge_month",
        _volume=pl.col("volume_e7").fill_null(0),
        _gap=pl.when(pl.col("volume_e7").is_null()).then(0).otherwise("gap_months"),
    )
    months = pl.col("actual_months") + pl.col("_gap")
    volume = pl.col("actual_volume_e7") + pl.col("_volume")
    longest = rules.average_history_months_max
    # Only sums are kept: beyond the longest history every month gives up its equal part.
    shortened = money.divided(money.widened(volume) * longest, months)
    is_read = pl.col("_value").is_not_null()
    return registers.join(told, on="register", how="left", maintain_order="left").with_columns(
        base_value_e7=pl.coalesce("_value", "base_value_e7"),
        base_on=pl.coalesce("_read_on", "base_on"),
        closed_month=pl.coalesce("_month", "closed_month"),
        is_new=pl.col("is_new") & ~is_read,
        actual_months=pl.when(is_read).then(pl.min_horizontal(months, longest)).otherwise("actual_months"),
        actual_volume_e7=pl.when(~is_read).then("actual_volume_e7")
        .when(months > longest).then(shortened).otherwise(volume),
    ).drop("_value", "_read_on", "_month", "_volume", "_gap")
