"""Months billed by a meter that had failed or was gone: what is due without a register takes their place.

    charged again = volume due × tariff + uplift due × tariff, each rounded as a line is
    reversed      = what the lines by meter charged for the month

An act that reaches the book after the documents of the months after it (ПП 354, п. 59 «а», 60, 81(12)); the month in
which it happened stays by its reading. What is due is computed as metering computes it (`substitute_volumes`), with the
acts as known now and the readings up to the trouble. Bills made after the act was known are no recalculation: they
stand in `substitute_mismatches`. Nothing is guessed: with several meters of the service, several tariffs, an unknown
norm or history, or a month that something else has corrected, a person is told. One line a month and zone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.domain.rating import wording
from pipeline.domain.recalculation import act_proposals
from pipeline.domain.recalculation.act_proposals import DUE, Found, Of, Reason
from pipeline.domain.recalculation.true_up import LINE, SERVICE
from pipeline.rules.recalculation_by_substitute import BySubstituteRules

METER_FAILED: Final = "meter_failed"
DISMANTLING: Final = "dismantling"
#: Not an act: the register of meters says it (`lapse.py`).
VERIFICATION_LAPSE: Final = "verification_lapse"
CAUSE_OF: Final = {"failed": METER_FAILED, "lost": METER_FAILED, "removed": DISMANTLING, "replaced": DISMANTLING,
                   "verification_expired": VERIFICATION_LAPSE}
#: What a later month may tell, so the act stays open.
OPEN_FIELDS: Final = ("norm_volume",)
#: What this room reads of SUBSTITUTE_VOLUMES.
SUBSTITUTE: Final = (*LINE, "charge_month", "meter_id", "event_id", "run_number", "basis_code", "volume_e7",
                     "uplift_volume_e7", "uplift_percent", "missing_code")
_MONTH: Final = (*LINE, "charge_month")


class Substituted(NamedTuple):
    """Of one part, inside shapes: METER_ACTS to look at, METERS of their accounts, what is due in the months after
    (SUBSTITUTE), live lines (act_proposals.BILLED), earlier proposals (act_proposals.PROPOSED); contracts."""

    acts: pl.DataFrame
    meters: pl.DataFrame
    due: pl.DataFrame
    lines: pl.DataFrame
    earlier: pl.DataFrame
    contracts: pl.DataFrame


def by_substitute(found: Substituted, *, rules: BySubstituteRules, of: Of) -> Found:
    """What acts change in months billed by meter, and the acts that go to a person."""
    acts = found.acts.filter(pl.col("act_code").is_in(list(CAUSE_OF))).select(
        "event_id", "account_id", "registered_at", "effective_from",
        cause_code=pl.col("act_code").replace_strict(CAUSE_OF, return_dtype=pl.String),
    )
    if acts.is_empty():
        return Found()
    months = (
        found.due.select(SUBSTITUTE).join(acts, on=["event_id", "account_id"])
        .join(_billed(found.lines), on=_MONTH, nulls_equal=True)
        .join(_meters(found), on=SERVICE, how="left")
        .pipe(_without_proposed, found.earlier)
        .with_columns(fault=act_proposals.first_fault(_reasons()))
        .sort(*_MONTH, "event_id", nulls_last=True)
    )
    due = months.filter(pl.col("fault").is_null()).pipe(_priced)
    faulty = months.drop_nulls("fault").sort("event_id", "charge_month").unique(
        "event_id", keep="first", maintain_order=True
    )
    proposals, back = [], []
    articles = {METER_FAILED: rules.meter_failed_article, DISMANTLING: rules.dismantling_article,
                VERIFICATION_LAPSE: rules.verification_lapse_article}
    for cause, article in articles.items():
        of_cause = pl.col("cause_code") == cause
        proposals.append(act_proposals.proposals(
            due.filter(of_cause).select(*DUE), found.contracts, cause=cause, article=article, of=of
        ))
        back.append(act_proposals.returned(faulty.filter(of_cause), cause))
    return Found(pl.concat(proposals), pl.concat(back))


def _billed(lines: pl.DataFrame) -> pl.DataFrame:
    """Months billed by meter and by nothing else: _MONTH, billed_e7, charged_kop, tariffs."""
    own = lines.filter(
        pl.col("batch_id").is_null(), (pl.col("charged_kop") != 0) | (pl.col("recalculated_kop") != 0)
    )
    is_main = pl.col("charged_kop") != 0
    months = own.group_by(_MONTH).agg(
        billed_e7=pl.col("volume_e7").filter(is_main).sum(), charged_kop=money.total("charged_kop"),
        is_by_meter=(pl.col("basis_code").filter(is_main) == "meter").all() & is_main.any(),
        is_recalculated=(pl.col("recalculated_kop") != 0).any(),
    ).filter("is_by_meter")
    return months.join(act_proposals.tariffs(own, list(_MONTH)), on=_MONTH, how="left", nulls_equal=True)


def _meters(found: Substituted) -> pl.DataFrame:
    """SERVICE, meters: how many may have been on the line, those of the acts and those in place."""
    of_acts = found.meters["meter_id"].is_in(found.acts["meter_id"].implode())
    return found.meters.filter(of_acts | pl.col("removed_on").is_null()).group_by(SERVICE).agg(meters=pl.len())


def _without_proposed(months: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Months for which the act has made no proposal, with is_corrected where another one has."""
    named = earlier.explode("corrected_months", empty_as_null=True).rename({"corrected_months": "month"})
    own = named.select(*LINE, "month", "event_id").unique()
    other = named.select(*LINE, "month").unique().with_columns(is_corrected=pl.lit(True))
    key = [*LINE, "month"]
    return (
        months.with_columns(month=pl.col("charge_month").dt.strftime("%Y-%m"))
        .join(own, on=[*key, "event_id"], how="anti", nulls_equal=True)
        .join(other, on=key, how="left", nulls_equal=True)
    )


def _reasons() -> tuple[Reason, ...]:
    return (
        (pl.col("meters") != 1, "meter_id", "several_meters",
         "Счётчик: у услуги их несколько, чья это строка, решает сотрудник."),
        (pl.col("missing_code") == "norm_unknown", "norm_volume", "missing",
         "Норматив: неизвестен, начислять вместо показаний нечего."),
        (pl.col("volume_e7").is_null(), "previous_value", "missing",
         "Прежние показания: неизвестны, среднее считать не по чему."),
        (pl.col("is_recalculated"), "recalculated_rub", "recalculated_by_biller",
         "Расчётчик пересчитал эти месяцы сам: исправлено ли этим начисленное, неизвестно."),
        (pl.col("is_corrected").fill_null(False), "charge_month", "told_already",
         "Месяц: его уже исправил другой перерасчёт, вместе их считает сотрудник."),
        (pl.col("tariffs").fill_null(0) != 1, "tariff_rub", "wrong",
         "Тариф: строки месяца его не называют или называют несколько."),
    )


def _priced(due: pl.DataFrame) -> pl.DataFrame:
    """DUE rows and their cause."""
    tariff, uplift = pl.col("tariff_e6"), pl.col("uplift_volume_e7").fill_null(0)
    return due.with_columns(
        base_kop=money.amount_of(pl.col("volume_e7"), tariff), uplift_kop=money.amount_of(uplift, tariff),
        corrected_months=pl.concat_list("month"), reversed_kop="charged_kop",
        volume_difference_e7=pl.col("volume_e7") + uplift - pl.col("billed_e7"),
    ).with_columns(charged_again_kop=pl.col("base_kop") + pl.col("uplift_kop")).with_columns(formula=_formula())


def _formula() -> pl.Expr:
    """«По счётчику нельзя считать с 20.01.2026. За май 2026, месяц без показаний № 4: по нормативу 8,660 м³ …»."""
    unit = wording.unit_text(pl.col("unit_code"))
    bases = {"average": "по среднему ", "norm": "по нормативу ", "norm_uplift": "по нормативу "}
    uplift = pl.concat_str(
        pl.lit(", повышение "), wording.volume_text(pl.col("uplift_volume_e7")), pl.lit(" "), unit, pl.lit(" × "),
        wording.tariff_text(pl.col("tariff_e6")), pl.lit(" = "), wording.money_text(pl.col("uplift_kop")),
    )
    return pl.concat_str(
        pl.lit("По счётчику нельзя считать с "), wording.day_text(pl.col("effective_from")), pl.lit(". За "),
        wording.month_text(pl.col("charge_month")), pl.lit(", месяц без показаний № "),
        pl.col("run_number").cast(pl.String), pl.lit(": "), pl.col("basis_code").replace_strict(bases),
        wording.volume_text(pl.col("volume_e7")), pl.lit(" "), unit, pl.lit(" × "),
        wording.tariff_text(pl.col("tariff_e6")), pl.lit(" = "), wording.money_text(pl.col("base_kop")),
        pl.when(pl.col("uplift_kop") != 0).then(uplift).otherwise(pl.lit("")),
        pl.lit(". Было начислено по счётчику "), wording.volume_text(pl.col("billed_e7")), pl.lit(" "), unit,
        pl.lit(" на "), wording.money_text(pl.col("reversed_kop")), pl.lit(". Разница "),
        wording.money_text(pl.col("charged_again_kop") - pl.col("reversed_kop")), pl.lit("."),
    )
