"""Bills of a month without readings against what was due: which differ, in what, by how much.

    due        = Σ substitute volumes of the service and zone + what its read meters told, uplift apart
    difference = billed − due, in volume and in roubles at the tariff of the billed lines

The basis is compared first, then the volume, within the tolerance of the book. A service is left alone where one of its
meters was read only after the documents went out, and where nothing was billed. Of a norm that nobody has told only the
basis can be judged.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.billing_month import BillingMonth
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.substitution import SUBSTITUTE_MISMATCHES
from pipeline.domain.metering.keys import GROUP, SERVICE, with_zones, without_zones
from pipeline.domain.metering.unconfirmed import BASES
from pipeline.rules.substitution import SubstitutionRules

#: What this room reads of a charge line.
LINE: Final = (
    *GROUP, "charge_month", "document_id", "basis_code", "volume_e7", "tariff_e6", "charged_kop", "recalculated_kop",
    "batch_id",
)
_CAUSES: Final = {
    ("average", "norm"): "norm_instead_of_average",
    ("average", "norm_uplift"): "uplift_not_due",
    ("norm", "norm_uplift"): "uplift_not_due",
    ("norm", "average"): "average_after_limit",
    ("norm_uplift", "average"): "average_after_limit",
    ("norm_uplift", "norm"): "uplift_missing",
}


class Bills(NamedTuple):
    """Inside shapes, further columns are ignored: CHARGES and BILLING_DOCUMENTS of the cycle, METERS, UNBILLED_VOLUMES
    that the month before told."""

    charges: pl.DataFrame
    documents: pl.DataFrame
    meters: pl.DataFrame
    told: pl.DataFrame


def mismatches(substitutes: pl.DataFrame, bills: Bills, *, rules: SubstitutionRules, month: date) -> pl.DataFrame:
    """SUBSTITUTE_MISMATCHES of the month, inside shape, sorted by key; `substitutes`: SUBSTITUTE_VOLUMES."""
    rows = (
        _due(with_zones(substitutes), bills, month)
        .join(_billed(substitutes, bills, month), on=GROUP)
        .pipe(_with_differences)
        .pipe(_with_cause, rules)
        .drop_nulls("cause_code")
        .with_columns(charge_month=pl.lit(month))
    )
    shaped = without_zones(rows.select(SUBSTITUTE_MISMATCHES.inside_names))
    typed = shaped.cast(SUBSTITUTE_MISMATCHES.inside_schema)  # type: ignore[arg-type]
    return in_key_order(typed, SUBSTITUTE_MISMATCHES.primary_key)


def _due(substitutes: pl.DataFrame, bills: Bills, month: date) -> pl.DataFrame:
    """Per group: basis, volume and uplift due, and whether a meter is young; groups that can be compared alone."""
    told = with_zones(bills.told).filter(pl.col("charge_month") == month).group_by(GROUP).agg(
        told_e7=pl.col("volume_e7").sum(), told_meters=pl.col("meter_id").n_unique()
    )
    of_group = substitutes.group_by(GROUP).agg(
        due_basis_code=pl.when(pl.col("basis_code").n_unique() == 1).then(pl.col("basis_code").first()),
        is_young=(pl.col("reason_code") == "few_months").any(),
        is_known=pl.col("missing_code").is_null().all(),
        volume_e7=pl.col("volume_e7").sum(), due_uplift_volume_e7=pl.col("uplift_volume_e7").sum(),
        meters=pl.col("meter_id").n_unique(),
    )
    joined = of_group.join(told, on=GROUP, how="left").join(_in_place(substitutes, bills.meters, month), on=SERVICE)
    is_told = pl.col("told_meters").fill_null(0) > 0
    return joined.filter(pl.col("meters") + pl.col("told_meters").fill_null(0) >= pl.col("in_place")).select(
        *GROUP, "is_young",
        due_basis_code=pl.when(~is_told).then("due_basis_code"),
        due_volume_e7=pl.when("is_known").then(pl.col("volume_e7") + pl.col("told_e7").fill_null(0)),
        due_uplift_volume_e7=pl.when("is_known").then("due_uplift_volume_e7"),
    )


def _in_place(substitutes: pl.DataFrame, meters: pl.DataFrame, month: date) -> pl.DataFrame:
    """How many meters of each service could have told the month."""
    of_accounts = meters.filter(
        pl.col("account_id").is_in(substitutes["account_id"].unique().implode()),
        pl.col("installed_on") <= BillingMonth.of(month).last_day,
        pl.col("removed_on").fill_null(date.max) > BillingMonth.of(month).last_day,
    )
    counted = of_accounts.group_by(SERVICE).agg(in_place=pl.col("meter_id").n_unique())
    asked = substitutes.select(SERVICE).unique()
    return asked.join(counted, on=SERVICE, how="left").with_columns(pl.col("in_place").fill_null(0))


def _billed(substitutes: pl.DataFrame, bills: Bills, month: date) -> pl.DataFrame:
    """Per group: basis, volume and roubles of the month's live lines."""
    superseded = bills.documents["supersedes_document_id"].drop_nulls()
    is_correction = (pl.col("charged_kop") == 0) & (pl.col("recalculated_kop") != 0)
    lines = bills.charges.lazy().select(LINE).filter(
        pl.col("charge_month") == month, pl.col("batch_id").is_null(), pl.col("basis_code").is_in(list(BASES)),
        ~is_correction, pl.col("account_id").is_in(substitutes["account_id"].unique().implode()),
        ~pl.col("document_id").is_in(superseded.implode()),
    ).collect()
    place = {basis: number for number, basis in enumerate(BASES)}
    # an uplift that is billed as money alone is so much volume at its tariff
    of_money = money.divided(
        money.widened("charged_kop") * 10 ** (money.VOLUME_DIGITS + money.TARIFF_DIGITS - money.MONEY_DIGITS),
        pl.col("tariff_e6"),
    )
    return (
        with_zones(lines).sort(*GROUP, "document_id", "basis_code", "charged_kop").group_by(GROUP, maintain_order=True)
        .agg(
            basis=pl.col("basis_code").replace_strict(place, return_dtype=pl.Int64).min(),
            billed_volume_e7=pl.coalesce("volume_e7", of_money).sum(),
            tariff_e6=pl.col("tariff_e6").drop_nulls().last(),
            charged_kop=money.total("charged_kop"),
        )
        .with_columns(basis_code=pl.col("basis").replace_strict(dict(enumerate(BASES)), return_dtype=pl.String))
    )


def _with_differences(rows: pl.DataFrame) -> pl.DataFrame:
    due = pl.col("due_volume_e7") + pl.col("due_uplift_volume_e7")
    due_kop = sum(
        (money.amount_of(pl.col(name), pl.col("tariff_e6")) for name in ("due_volume_e7", "due_uplift_volume_e7")),
        start=pl.lit(0, dtype=pl.Int64),
    )
    return rows.with_columns(volume_difference_e7=pl.col("billed_volume_e7") - due, due_kop=due_kop).with_columns(
        difference_kop=pl.col("charged_kop") - pl.col("due_kop")
    )


def _with_cause(rows: pl.DataFrame, rules: SubstitutionRules) -> pl.DataFrame:
    due, billed = pl.col("due_basis_code"), pl.col("basis_code")
    differs = (pl.col("volume_difference_e7").abs() > rules.tolerance_e7).fill_null(False)
    is_unread = (billed == "meter") & (differs | due.is_not_null())
    is_young = (due == "norm") & (billed == "average") & pl.col("is_young")
    of_basis = pl.coalesce(
        pl.when((due == of_law) & (billed == of_bill)).then(pl.lit(name)) for (of_law, of_bill), name in _CAUSES.items()
    )
    return rows.with_columns(
        cause_code=pl.when(is_unread).then(pl.lit("meter_without_reading"))
        .when(is_young).then(pl.lit("average_without_history"))
        .otherwise(pl.coalesce(of_basis, pl.when(differs).then(pl.lit("volume_differs"))))
    )
