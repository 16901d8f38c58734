"""Whose verification ends soon or has ended, and what a lapse costs his payer a month.

    cost = norm × tariff + norm × (factor − 1) × tariff − own average × tariff, each rounded as a line is

That is the fourth and every later month of a lapse (ПП 354, п. 59 «а», 60): the first three are billed by average and
cost nothing more. Where the supplier has to replace the meter, the average goes on and a lapse costs nothing. Nothing
is guessed: without an average, a norm or one tariff there is no cost, and the row says what is missing.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.substitution import VERIFICATION_CALENDAR
from pipeline.domain.metering.keys import SERVICE
from pipeline.domain.metering.status import verified_until
from pipeline.domain.metering.substitution import Known, norm_shares, with_uninstallable
from pipeline.rules.substitution import SubstitutionRules

_HUNDREDTHS: Final = 100


def calendar(
    known: Known, charges: pl.DataFrame, *, rules: SubstitutionRules, month: date, as_of: date
) -> pl.DataFrame:
    """VERIFICATION_CALENDAR on the night `as_of`, inside shape, sorted by key; `known.memory`: METER_MEMORY of this
    run; `charges`: CHARGES, for the tariffs of the month."""
    soon = pl.lit(as_of).dt.offset_by(f"{max(rules.verification_terms_days)}d")
    ends = verified_until(known.meters, known.acts, on=as_of).filter(pl.col("verified_until") <= soon)
    open_accounts = known.accounts.filter(pl.col("closed_on").fill_null(as_of) >= as_of)
    in_place = known.meters.filter(
        pl.col("installed_on") <= as_of, pl.col("removed_on").fill_null(date.max) > as_of,
        pl.col("account_id").is_in(open_accounts["account_id"].implode()),
    )
    rows = (
        in_place.drop("verified_until").join(ends, on="meter_id", maintain_order="left")
        .with_columns(days_left=(pl.col("verified_until") - pl.lit(as_of)).dt.total_days())
        .with_columns(within_days=_term(rules))
        .join(averages(known.memory, ends, rules), on="meter_id", how="left", maintain_order="left")
        .pipe(with_norm, known, month)
        .pipe(with_tariff, charges, month)
        .join(_uninstallable(known.acts, as_of), on="meter_id", how="left", maintain_order="left")
        .pipe(with_uninstallable, known)
        .pipe(_with_cost, rules)
    )
    shaped = rows.select(VERIFICATION_CALENDAR.inside_names).cast(VERIFICATION_CALENDAR.inside_schema)  # type: ignore[arg-type]
    return in_key_order(shaped, VERIFICATION_CALENDAR.primary_key)


def _term(rules: SubstitutionRules) -> pl.Expr:
    """The shortest term that the end lies within; 0 when it has passed."""
    ended = pl.when(pl.col("days_left") < 0).then(0)
    terms = (pl.when(pl.col("days_left") <= days).then(days) for days in sorted(rules.verification_terms_days))
    return pl.coalesce(ended, *terms).cast(pl.Int64)


def averages(memory: pl.DataFrame, meters: pl.DataFrame, rules: SubstitutionRules) -> pl.DataFrame:
    """meter_id, average_volume_e7 of `meters`: zones together; none where one of them has too few months."""
    rows = memory.join(meters.select("meter_id"), on="meter_id", how="semi")
    is_whole = pl.col("actual_months") >= rules.average_months_min
    average = pl.when(is_whole).then(money.divided(pl.col("actual_volume_e7"), pl.col("actual_months")))
    return rows.with_columns(average=average).group_by("meter_id").agg(
        average_volume_e7=pl.when(pl.col("average").is_not_null().all()).then(pl.col("average").sum())
    )


def with_norm(rows: pl.DataFrame, known: Known, month: date) -> pl.DataFrame:
    """norm_volume_e7 and norm_tariff_e6 of the meters."""
    of_accounts = known.meters.filter(pl.col("account_id").is_in(rows["account_id"].unique().implode()))
    shares = norm_shares(of_accounts, known.norms, month=month)
    return rows.join(shares, on="meter_id", how="left", maintain_order="left").rename({"norm_e7": "norm_volume_e7"})


def with_tariff(rows: pl.DataFrame, charges: pl.DataFrame, month: date) -> pl.DataFrame:
    """tariff_e6 of the month's documents, else the one told with the norm; `tariffs`: several where zones differ."""
    lines = charges.lazy().select(*SERVICE, "charge_month", "tariff_e6").filter(
        pl.col("charge_month") == month, pl.col("tariff_e6").is_not_null(),
        pl.col("account_id").is_in(rows["account_id"].unique().implode()),
    ).collect()
    billed = lines.group_by(SERVICE).agg(billed_e6=pl.col("tariff_e6").max(), tariffs=pl.col("tariff_e6").n_unique())
    return rows.join(billed, on=SERVICE, how="left", maintain_order="left").with_columns(
        tariff_e6=pl.when(pl.col("tariffs").fill_null(1) == 1).then(pl.coalesce("billed_e6", "norm_tariff_e6"))
    )


def _uninstallable(acts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    said = acts.filter(pl.col("act_code") == "cannot_install", pl.col("effective_from") <= as_of)
    return said.select("meter_id").unique().with_columns(cannot_install=pl.lit(True))


def _with_cost(rows: pl.DataFrame, rules: SubstitutionRules) -> pl.DataFrame:
    service = pl.col("service_code")
    is_cold = service.is_in(list(rules.cold_water_services))
    percent = pl.when(is_cold).then(rules.uplift_percent_cold_water).otherwise(rules.uplift_percent)
    is_suppliers = service.is_in(list(rules.supplier_replaces_services))
    bears = (
        service.is_in(list(rules.uplift_services)) & ~is_suppliers & ~pl.col("cannot_install")
        & (percent > _HUNDREDTHS)
    )
    more = pl.when(bears).then(percent - _HUNDREDTHS).otherwise(0).cast(pl.Int64)
    uplift = money.divided(money.widened("norm_volume_e7") * more, _HUNDREDTHS)
    norm, above, average = (
        money.amount_of(volume, pl.col("tariff_e6"))
        for volume in (pl.col("norm_volume_e7"), uplift, pl.col("average_volume_e7"))
    )
    return rows.with_columns(
        uplift_percent=pl.when(bears).then(percent),
        missing_code=pl.when(is_suppliers).then(None)
        .when(pl.col("average_volume_e7").is_null()).then(pl.lit("average_unknown"))
        .when(pl.col("norm_volume_e7").is_null()).then(pl.lit("norm_unknown"))
        .when(pl.col("tariffs") > 1).then(pl.lit("several_tariffs"))
        .when(pl.col("tariff_e6").is_null()).then(pl.lit("tariff_unknown")),
        lapse_cost_kop=pl.when(is_suppliers).then(0).otherwise(norm + above - average),
    )
