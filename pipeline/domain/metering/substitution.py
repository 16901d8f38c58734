"""What is to be billed for a month that no register tells: ПП 354, п. 59, 60, 84.

    run      = months since the last register that counts, up to this one; a trouble of the meter starts it
    average  = volume of the last actual months / their number, for at most three months in a row
    norm     = the norm of all who live there, from the fourth month, or at once where two refusals are recorded or the
               meter has worked less than three months; the meters of a service share it, the first zone carries it
    uplift   = norm × (factor − 1), where the meter is at fault (failed, lost, not verified, shut away) and the service
               bears it: never for want of readings alone, never where no meter can be installed

Where nobody lives the average is shorter (two months of a meter at fault), and no norm follows: the volume is that of
the contract (п. 43), which the book does not know.

A meter that its supplier has to replace is billed by average until he does. Registers read after a trouble began do not
count; those of the month in which it began do. The three months are of one run whatever the grounds, as the readings
that would end it are the same. A month that began before a factor changed keeps the factor it began with.

Nothing is guessed: without a norm the volume stays unknown, and of a meter that the book has never seen read nobody
knows how long its run is.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.billing_month import BillingMonth
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.domain.metering.keys import SERVICE, is_recent
from pipeline.domain.metering.norms import NormSources, norms_of
from pipeline.domain.metering.season import is_heating, months_between
from pipeline.domain.metering.status import statuses
from pipeline.rules.substitution import SubstitutionRules

#: Troubles that the supplier mends himself where he has to replace the meter.
_AT_FAULT: Final = ("failed", "lost", "verification_expired", "tampered", "removed", "not_commissioned")
_BEARS_UPLIFT: Final = (*_AT_FAULT, "no_admission", "refused_twice")
_METER: Final = (
    "meter_id", "service_point_id", "premises_id", *SERVICE, "installed_on", "commissioned_on", "verified_until",
    "removed_on",
)
_MEMORY: Final = ("meter_id", "zone_code", "last_read_on", "last_actual_month", "actual_months", "actual_volume_e7")
_POINT: Final = ("service_point_id", "zone_code")
_HUNDREDTHS: Final = 100


class Known(NamedTuple):
    """Inside shapes, further columns are ignored: METERS and METER_MEMORY of the month before, CONSUMPTION of this run,
    METER_ACTS, where norms come from, ACCOUNTS among it."""

    meters: pl.DataFrame
    memory: pl.DataFrame
    consumption: pl.DataFrame
    acts: pl.DataFrame
    norms: NormSources

    @property
    def accounts(self) -> pl.DataFrame:
        """ACCOUNTS, inside shape."""
        return self.norms.accounts


def substitute_volumes(known: Known, *, rules: SubstitutionRules, month: date) -> pl.DataFrame:
    """SUBSTITUTE_VOLUMES of the month, inside shape, sorted by key. `month` is its first day."""
    last_day = BillingMonth.of(month).last_day
    states = statuses(known.meters, known.acts, on=last_day)
    rows = (
        _zones(known, states, month)
        .join(states, on="meter_id", how="left", maintain_order="left")
        .with_columns(pl.col("status_code").fill_null("working"))
        .pipe(with_uninstallable, known)
        .with_columns(is_lived_in=~pl.col("premises_id").is_in(not_lived_in(known).implode()))
        .filter(_is_asked(month, rules))
        .pipe(_without_replaced, known.meters, month)
        .pipe(_with_run, rules, month)
        .pipe(_with_reason, rules)
        .pipe(_with_basis, rules)
        .pipe(_with_norm, known, month)
        .pipe(_with_volumes, rules)
    )
    is_silent = (pl.col("status_code") == "working") & (pl.col("run_number") >= rules.inspection_after_months)
    sixth = pl.col("closed_month").dt.offset_by(f"{rules.inspection_after_months}mo").dt.month_end()
    named = rows.with_columns(
        charge_month=pl.lit(month), meter_status_code="status_code", status_since_on="since_on",
        article=pl.col("reason_code").replace_strict(rules.articles, return_dtype=pl.String),
        inspection_due_on=pl.when(is_silent).then(sixth.dt.offset_by(f"{rules.inspection_days}d")),
    )
    shaped = named.select(SUBSTITUTE_VOLUMES.inside_names).cast(SUBSTITUTE_VOLUMES.inside_schema)  # type: ignore[arg-type]
    return in_key_order(shaped, SUBSTITUTE_VOLUMES.primary_key)


def _zones(known: Known, states: pl.DataFrame, month: date) -> pl.DataFrame:
    """Zones of meters whose month is not told: the memory's, and meters that it does not know yet."""
    closed = pl.coalesce("last_actual_month", pl.col("last_read_on").dt.month_start())
    is_invalid = pl.col("meter_id").is_in(states.filter(pl.col("since_on") < month)["meter_id"].implode())
    read = known.consumption.filter(pl.col("verdict_code") == "accepted", pl.col("charge_month") == month)
    is_silent = is_invalid | ~pl.col("meter_id").is_in(read["meter_id"].implode())
    remembered = known.memory.select(_MEMORY).filter(is_silent, is_invalid | (closed < month).fill_null(True))
    meters = known.meters.select(_METER)
    new = _unknown(meters, known.memory).filter(is_silent)
    zones = pl.concat([
        remembered.join(meters, on="meter_id"),
        _with_history_of_its_point(new, known.memory),
    ], how="diagonal")
    open_accounts = known.accounts.filter(pl.col("closed_on").fill_null(month) >= month)
    return zones.filter(
        pl.col("account_id").is_in(open_accounts["account_id"].implode())
    ).with_columns(closed_month=closed)


def _unknown(meters: pl.DataFrame, memory: pl.DataFrame) -> pl.DataFrame:
    """Meters without a memory; where it lies in order and has as many as there are, nobody looks for them."""
    remembered = memory["meter_id"]
    if remembered.is_sorted() and remembered.ne_missing(remembered.shift()).sum() == meters.height:
        return meters.clear()
    return meters.join(memory, on="meter_id", how="anti")


def _with_history_of_its_point(new: pl.DataFrame, memory: pl.DataFrame) -> pl.DataFrame:
    """A new meter goes on with the average of the one that it replaced, all its zones together."""
    before = (
        memory.filter(pl.col("service_point_id").is_in(new["service_point_id"].implode()))
        .group_by("service_point_id", "meter_id")
        .agg(pl.col("last_read_on", "actual_months").max(), pl.col("actual_volume_e7").sum())
        .sort("last_read_on", "meter_id").group_by("service_point_id", maintain_order=True)
        .agg(pl.col("actual_months", "actual_volume_e7").last())
    )
    return new.join(before, on="service_point_id", how="left", maintain_order="left")


def _is_asked(month: date, rules: SubstitutionRules) -> pl.Expr:
    """Installed by the end of the month, not gone for a year, and of a service that is used in it."""
    is_there = pl.col("installed_on") <= BillingMonth.of(month).last_day
    is_gone = ~is_recent(pl.col("since_on"), pl.lit(month)) & (pl.col("status_code") == "removed")
    is_in_season = pl.lit(month.month in rules.heating_season_months) | ~is_heating(rules)
    return is_there & ~is_gone.fill_null(False) & is_in_season


def _without_replaced(rows: pl.DataFrame, meters: pl.DataFrame, month: date) -> pl.DataFrame:
    """Without removed meters whose point has another one by the end of the month."""
    removed = rows.filter(pl.col("status_code") == "removed")["meter_id"]
    replaced = _replaced(meters, removed, month)
    return rows.filter(~pl.col("meter_id").is_in(replaced.implode()))


def _replaced(meters: pl.DataFrame, removed: pl.Series, month: date) -> pl.Series:
    """meter_id of the removed ones whose point has another one by the end of the month."""
    last_day, is_removed = BillingMonth.of(month).last_day, pl.col("meter_id").is_in(removed.implode())
    gone = meters.filter(is_removed)
    in_place = meters.filter(
        pl.col("service_point_id").is_in(gone["service_point_id"].implode()), ~is_removed,
        pl.col("installed_on") <= last_day, pl.col("removed_on").fill_null(date.max) > last_day,
    )
    return gone.filter(pl.col("service_point_id").is_in(in_place["service_point_id"].implode()))["meter_id"]


def _with_run(rows: pl.DataFrame, rules: SubstitutionRules, month: date) -> pl.DataFrame:
    """run_number, from 1; null where neither a register nor a trouble says when it began."""
    month_before = pl.col("installed_on").dt.month_start().dt.offset_by("-1mo")
    is_new = is_recent(pl.col("installed_on"), pl.lit(month))
    closed = pl.coalesce("closed_month", pl.when(is_new).then(month_before))
    start = pl.min_horizontal(closed, pl.col("since_on").dt.month_start())
    run = months_between(start, pl.lit(month), rules)
    return rows.with_columns(closed_month=closed, run_number=pl.max_horizontal(run, 1)).with_columns(
        run_number=pl.when(start.is_not_null()).then("run_number")
    )


def _with_reason(rows: pl.DataFrame, rules: SubstitutionRules) -> pl.DataFrame:
    has_average = (pl.col("actual_months") >= rules.average_months_min).fill_null(False)
    is_unknown = pl.col("closed_month").is_null() & ~has_average & pl.col("refused_again_on").is_null()
    return rows.with_columns(is_unknown=is_unknown).with_columns(
        reason_code=pl.when(pl.col("refused_again_on").is_not_null()).then(pl.lit("refused_twice"))
        .when(~has_average & ~is_unknown).then(pl.lit("few_months"))
        .when(pl.col("status_code") != "working").then("status_code")
        .otherwise(pl.lit("not_submitted"))
    )


def _with_basis(rows: pl.DataFrame, rules: SubstitutionRules) -> pl.DataFrame:
    reason, service = pl.col("reason_code"), pl.col("service_code")
    is_replaced_by_supplier = reason.is_in(list(_AT_FAULT)) & service.is_in(list(rules.supplier_replaces_services))
    is_short = ~pl.col("is_lived_in") & reason.is_in(list(_AT_FAULT))
    is_first_months = pl.col("run_number") <= pl.when(is_short).then(
        rules.average_run_months_max_non_residential
    ).otherwise(rules.average_run_months_max)
    is_average = ~reason.is_in(["refused_twice", "few_months"]) & (is_replaced_by_supplier | is_first_months)
    percent = (
        pl.when(service.is_in(list(rules.cold_water_services))).then(rules.uplift_percent_cold_water)
        .otherwise(rules.uplift_percent)
    )
    bears = (
        reason.is_in(list(_BEARS_UPLIFT)) & service.is_in(list(rules.uplift_services)) & ~pl.col("cannot_install")
        & (percent > _HUNDREDTHS)
    )
    return rows.with_columns(
        basis_code=pl.when("is_unknown").then(None).when(is_average).then(pl.lit("average"))
        .when(~pl.col("is_lived_in")).then(None).when(bears).then(pl.lit("norm_uplift")).otherwise(pl.lit("norm")),
    ).with_columns(uplift_percent=pl.when(pl.col("basis_code") == "norm_uplift").then(percent))


def _with_norm(rows: pl.DataFrame, known: Known, month: date) -> pl.DataFrame:
    """norm_e7 of each meter and zone; the meters of a service share it in equal parts."""
    by_norm = rows.filter(pl.col("basis_code") != "average")["account_id"].unique()
    shares = norm_shares(known.meters.filter(pl.col("account_id").is_in(by_norm.implode())), known.norms, month=month)
    is_first_zone = pl.col("zone_code").fill_null("") == pl.col("zone_code").fill_null("").min().over("meter_id")
    return rows.join(shares, on="meter_id", how="left", maintain_order="left").with_columns(
        norm_e7=pl.when(is_first_zone).then("norm_e7").when(pl.col("norm_e7").is_not_null()).then(0)
    )


def with_uninstallable(rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """cannot_install also where the register of premises says that no meter of the service can be installed there."""
    impossible = (
        known.norms.premises.select("premises_id", service_code="meter_impossible_services")
        .filter(pl.col("service_code").list.len() > 0).explode("service_code").unique()
        .with_columns(is_told=pl.lit(True))
    )
    told = rows.join(impossible, on=["premises_id", "service_code"], how="left", maintain_order="left")
    return told.with_columns(cannot_install=pl.coalesce("is_told", "cannot_install", pl.lit(False))).drop("is_told")


def not_lived_in(known: Known) -> pl.Series:
    """premises_id of shops, offices and the like."""
    return known.norms.premises.filter(pl.col("use_code") == "non_residential")["premises_id"]


def norm_shares(meters: pl.DataFrame, sources: NormSources, *, month: date) -> pl.DataFrame:
    """meter_id, norm_e7, norm_tariff_e6: the norm of the service in equal parts over its meters in place, one removed
    in the month among them unless another has taken its place."""
    last_day = BillingMonth.of(month).last_day
    removed = meters.filter(pl.col("removed_on") <= last_day)["meter_id"]
    in_place = meters.filter(
        pl.col("installed_on") <= last_day, pl.col("removed_on").fill_null(date.max) > month,
        ~pl.col("meter_id").is_in(_replaced(meters, removed, month).implode()),
    ).sort("meter_id")
    norms = norms_of(sources, in_place["account_id"].unique(), month=month)
    several = pl.struct(SERVICE).is_duplicated()
    priced = in_place.select("meter_id", *SERVICE, several=several).join(
        norms, on=["account_id", "service_code"], maintain_order="left"
    )
    number, size = pl.int_range(pl.len()).over(SERVICE), pl.len().over(SERVICE).cast(pl.Int64)
    total = money.widened("norm_e7")
    share = money.divided(total * (number + 1), size) - money.divided(total * number, size)
    told = ("meter_id", "norm_tariff_e6", "norm_e7")
    # nearly all meters are the only ones of their service
    return pl.concat([
        priced.filter(~pl.col("several")).select(told),
        priced.filter("several").with_columns(norm_e7=share).select(told),
    ])


def _with_volumes(rows: pl.DataFrame, rules: SubstitutionRules) -> pl.DataFrame:
    average = money.divided(pl.col("actual_volume_e7"), pl.col("actual_months"))
    uplift = money.divided(
        money.widened("norm_e7") * (pl.col("uplift_percent").cast(pl.Int64) - _HUNDREDTHS), _HUNDREDTHS
    )
    is_average, bears = pl.col("basis_code") == "average", pl.col("basis_code") == "norm_uplift"
    return rows.with_columns(
        volume_e7=pl.when(is_average).then(average).when(pl.col("basis_code").is_not_null()).then("norm_e7"),
        uplift_volume_e7=pl.when(bears).then(uplift).when(pl.col("basis_code").is_not_null()).then(0),
    ).with_columns(
        missing_code=pl.when("is_unknown").then(pl.lit("history_unknown"))
        .when(pl.col("basis_code").is_null()).then(pl.lit("contract_volume"))
        .when(pl.col("volume_e7").is_null()).then(pl.lit("norm_unknown"))
    )

