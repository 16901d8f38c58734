"""Readings that somebody is told of: how grave, what probably happened, what is proposed and what it is worth.

    severity = by the gravest finding: reject, hold, warn (rules/metering.yaml); what is only noted is no doubt
    effect   = (proposed volume − submitted volume) × last tariff, signed; the average stands in where nothing is
               proposed; of an over-estimate the credit it would bring: (value − previous) × tariff
    open     = rejected, and no other reading accepted for its meter, zone and month

The tariff is that of the account's own last line of the service and zone in this cycle, else of the contract's.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.metering import READING_DOUBTS
from pipeline.domain.metering.causes import EXPLAINED, with_causes
from pipeline.domain.metering.warnings import warning
from pipeline.rules.metering import MeteringRules


def doubts(
    judgements: pl.DataFrame, registers: pl.DataFrame, memory: pl.DataFrame, charges: pl.DataFrame, *,
    rules: MeteringRules,
) -> pl.DataFrame:
    """READING_DOUBTS, inside shape, zones still "". `registers`: after the accepted readings; `memory`: of the month
    before, those with open estimates; `charges`: lines of the cycle (`lines_of_billers`) with their groups."""
    rows = _grave(judgements, rules)
    if rows.is_empty():
        return READING_DOUBTS.empty_inside()
    estimated = memory.select("register", estimated_e7=pl.col("estimated_volume_e7") + pl.col("norm_volume_e7"))
    return (
        rows.pipe(with_causes, registers, estimated, rules=rules)
        .pipe(_with_accepted, judgements)
        .pipe(_with_tariff, charges)
        .pipe(_with_effect)
        .with_columns(
            raw_value_e7="value_e7", previous_value_e7="base_value_e7", previous_read_on="base_on",
            is_open=(pl.col("verdict_code") == "rejected") & pl.col("accepted_value_e7").is_null(),
        )
        .with_columns(warning=warning())
        .select(READING_DOUBTS.inside_names)
    )


def _grave(judgements: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    """Judged rows with a finding that weighs, its code and severity."""
    odd = judgements.filter(pl.col("findings").list.len() > 0)
    gravest = pl.coalesce(
        pl.when(pl.col("findings").list.contains(finding)).then(pl.lit(finding)) for finding in rules.doubtful
    ) if rules.doubtful else pl.lit(None, dtype=pl.String)
    severity = {finding: code for code, findings in rules.severities.items() for finding in findings}
    return odd.with_columns(finding_code=gravest).drop_nulls("finding_code").with_columns(
        severity_code=pl.col("finding_code").replace_strict(severity, return_dtype=pl.String)
    )


def _with_accepted(rows: pl.DataFrame, judgements: pl.DataFrame) -> pl.DataFrame:
    accepted = judgements.filter(
        pl.col("register").is_in(rows.get_column("register").unique().implode()),
        pl.col("verdict_code") == "accepted",
    ).select("register", "charge_month", accepted_value_e7="value_e7")
    return rows.join(accepted, on=["register", "charge_month"], how="left", maintain_order="left")


def _with_tariff(rows: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    own = charges.filter(pl.col("group").is_in(rows.get_column("group").unique().implode()))
    found = rows.join(_last_tariff(own, ["group"]), on="group", how="left", maintain_order="left")
    # Only accounts without a line of their own ask for those of their neighbours.
    contracts = found.filter(pl.col("tariff_e6").is_null()).get_column("contract_id").unique()
    key = ["contract_id", "service_code", "zone_code"]
    of_contract = _last_tariff(charges.filter(pl.col("contract_id").is_in(contracts.implode())), key)
    return found.join(of_contract, on=key, how="left", maintain_order="left", suffix="_of_contract").with_columns(
        tariff_e6=pl.coalesce("tariff_e6", "tariff_e6_of_contract")
    )


def _last_tariff(charges: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The tariff of the latest month of each key; of several the highest."""
    is_last = pl.col("charge_month") == pl.col("charge_month").max()
    return charges.drop_nulls("tariff_e6").group_by(key).agg(pl.col("tariff_e6").filter(is_last).max())


def _with_effect(rows: pl.DataFrame) -> pl.DataFrame:
    submitted = pl.col("value_e7") - pl.col("base_value_e7")
    average = pl.col("average_volume_e7").fill_null(0) * pl.col("gap_months")
    meant = pl.when(pl.col("proposed_value_e7").is_not_null()).then(
        pl.col("proposed_value_e7") - pl.col("base_value_e7")
    ).otherwise(average)
    volume = pl.when(pl.col("cause_code") == "over_estimate").then(submitted).otherwise(meant - submitted)
    is_priced = pl.col("cause_code").is_not_null() & (
        pl.col("finding_code").is_in(EXPLAINED) | pl.col("proposed_value_e7").is_not_null()
    )
    return rows.with_columns(effect_kop=pl.when(is_priced).then(money.amount_of(volume, pl.col("tariff_e6"))))
