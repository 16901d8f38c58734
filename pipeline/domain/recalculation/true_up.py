"""Proposals that true up months billed by estimate, when registers have told what they held.

    charged again = Σ over the months of a line (actual volume of the month × its own tariff), rounded once
    reversed      = Σ of what the documents charged for the months
    difference    = charged again − reversed; none is proposed when it is zero

Basis: consumption is cumulative, so a register corrects what an average guessed (ПП 354, п. 59, 61 and the practice of
settlement centres); months billed by norm only where the book's policy says so, uplifted ones never. One line of one
contract, service and zone, or one a month (`true_up_shape.py`); average and norm months apart, since they rest on
different grounds. The heat of two-component hot water and sewage without a meter of its own are lines of other services
and are not corrected here.

Where estimates of a gap were trued up by a reading, the reading's own month has its part of the same gap. Billed by
meter for another volume, that month is trued up in the same way, so that in all the gap is billed once and no more. A
month billed by meter with no estimate behind it is left to the biller: his next register evens it out.

A month billed without a tariff takes charge ÷ volume of its line, else the last tariff of the same proposal.
"""

from __future__ import annotations

import hashlib
from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.rating import wording
from pipeline.domain.rating.wording import spelled_once
from pipeline.domain.recalculation.true_up_shape import shaped
from pipeline.rules.recalculation import RecalculationRules

SERVICE = ("account_id", "contract_id", "service_code")
LINE = (*SERVICE, "zone_code")
#: What this room reads of a judged reading.
READING = (
    "reading_id", "raw_value_e7", "read_on", "previous_value_e7", "previous_read_on", "volume_e7", "source_code",
)
#: What this room reads of a contract: the register of the whole book is read by every part.
CREDITOR = ("contract_id", "creditor_id")
_PROPOSAL = (*LINE, "cause_code", "basis_code")
_BASES = ("average", "meter", "norm")
_MONTH = (
    "month_key", "proposal", *_PROPOSAL, "charge_month",
    "billed_e7", "actual_e7", "charged_kop", "tariff_e6", "unit_code", "event_id",
)
_VOLUME_TIMES_TARIFF_IN_KOPECK = 10 ** (money.VOLUME_DIGITS + money.TARIFF_DIGITS - money.MONEY_DIGITS)


def batch_id(run_month: date, cause_code: pl.Expr, creditor_id: pl.Expr) -> pl.Expr:
    """`2025-12:true_up_average:<creditor>`: one batch a month, cause and creditor, readable on a charge line."""
    return pl.concat_str(pl.lit(f"{run_month:%Y-%m}"), cause_code, creditor_id, separator=":")


def settled(unconfirmed: pl.DataFrame, known: pl.DataFrame, rules: RecalculationRules) -> pl.DataFrame:
    """UNCONFIRMED_CHARGES that a reading settled in this run and the book corrects, with their cause. `known`: the
    proposals of the month before as they stand now."""
    by_reading = unconfirmed.filter(pl.col("settled_code") == "reading")
    return pl.concat([by_reading, _own_months(unconfirmed, known)]).pipe(_with_cause, rules)


def true_ups(
    unconfirmed: pl.DataFrame,
    consumption: pl.DataFrame,
    contracts: pl.DataFrame,
    known: pl.DataFrame,
    rated: pl.DataFrame,
    *,
    rules: RecalculationRules,
    book_id: str,
    month: date,
    lands_in_month: date,
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, for the lines of UNCONFIRMED_CHARGES that are `settled`.

    `consumption`: this run's readings, for the wording; `contracts`: SERVICE_CONTRACTS, for the creditor; `rated`:
    lines and months that a corrected register has rated anew, which go to a person (`true_up_beside.py`).
    """
    return (
        settled(unconfirmed, known, rules).join(rated, on=rated.columns, how="anti", nulls_equal=True)
        .pipe(_months)
        .pipe(_with_tariff)
        .pipe(shaped, consumption, rules)
        .pipe(_lines)
        .filter(pl.col("difference_kop") != 0)
        .join(contracts.select(CREDITOR), on="contract_id", how="left")
        .pipe(_with_formula, consumption)
        .with_columns(
            batch_id=batch_id(month, pl.col("cause_code"), pl.col("creditor_id").fill_null("-")),
            lands_in_month=pl.lit(lands_in_month),
            article=pl.col("cause_code").replace_strict(rules.articles, return_dtype=pl.String),
            status_code=pl.lit("proposed"),
            billed_kop=pl.lit(None, dtype=pl.Int64),
            answer_due_on=pl.lit(None, dtype=pl.Date),
            waiting_reason_code=pl.lit(None, dtype=pl.String),
            proposal_id=_proposal_ids(book_id),
        )
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
    )


def _own_months(unconfirmed: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Months billed by meter for another volume, whose reading has trued up estimates that the biller did not."""
    proposals = known.filter(pl.col("status_code") != "settled_by_biller")
    behind = proposals.select(*LINE, settled_by="event_id").unique()
    billed = unconfirmed.filter(pl.col("settled_code") == "by_meter")
    return billed.join(behind, on=[*LINE, "settled_by"], how="semi", nulls_equal=True)


def _with_cause(lines: pl.DataFrame, rules: RecalculationRules) -> pl.DataFrame:
    causes = {basis: "true_up_average" for basis in ("average", "meter") if rules.true_up_average_months}
    if rules.true_up_norm_months:
        causes["norm"] = "true_up_norm"
    cause = pl.col("basis_code").replace_strict(causes, default=None, return_dtype=pl.String)
    return lines.with_columns(cause_code=cause).drop_nulls("cause_code")


def _numbered(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines in order, with `proposal`, one number for _PROPOSAL, and `month_key`, one for its month: a whole number is
    grouped in a tenth of the time of six texts."""
    rows = in_key_order(lines, (*LINE, "charge_month", "document_id"))
    is_next_line = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in LINE)
    # The cause follows from the basis.
    basis = pl.col("basis_code").replace_strict({name: place for place, name in enumerate(_BASES)})
    month = pl.col("charge_month").dt.year().cast(pl.Int64) * 12 + pl.col("charge_month").dt.month()
    return rows.with_columns(proposal=is_next_line.cum_sum().cast(pl.Int64) * len(_BASES) + basis).with_columns(
        month_key=pl.col("proposal") * 2**15 + month
    )


def _months(lines: pl.DataFrame) -> pl.DataFrame:
    """Documents of one month summed; nearly every month is one document."""
    named = {"volume_e7": "billed_e7", "actual_volume_e7": "actual_e7", "settled_by": "event_id"}
    rows = _numbered(lines).rename(named)
    is_alone = pl.len().over("month_key") == 1
    alone = rows.filter(is_alone).select(_MONTH)
    several = rows.filter(~is_alone).group_by("month_key", maintain_order=True).agg(
        pl.col("proposal", *_PROPOSAL, "charge_month").first(),
        pl.col("billed_e7", "actual_e7").sum(),
        charged_kop=money.total("charged_kop"),
        tariff_e6=pl.col("tariff_e6").drop_nulls().last(),
        unit_code=pl.col("unit_code").drop_nulls().first(),
        event_id=pl.col("event_id").last(),
    )
    return pl.concat([alone, several.select(_MONTH)]).sort("month_key")


def _with_tariff(months: pl.DataFrame) -> pl.DataFrame:
    charged = money.widened("charged_kop") * _VOLUME_TIMES_TARIFF_IN_KOPECK
    of_its_line = pl.when(pl.col("billed_e7") != 0).then(money.divided(charged, pl.col("billed_e7")))
    return (
        months.with_columns(tariff_e6=pl.coalesce("tariff_e6", of_its_line))
        .with_columns(tariff_e6=pl.coalesce("tariff_e6", pl.col("tariff_e6").drop_nulls().last().over("proposal")))
        # Without any price nothing can be charged again, and taking the charge back alone would be a gift.
        .drop_nulls("tariff_e6")
    )


def _lines(months: pl.DataFrame) -> pl.DataFrame:
    """Proposals of their months; one month alone needs no sums."""
    rows = months.with_columns(
        part=_part_text(months), month=spelled_once(months["charge_month"], lambda month: month.dt.strftime("%Y-%m")),
        exact=money.widened("actual_e7") * money.widened("tariff_e6"),
    )
    is_alone = pl.len().over("proposal") == 1
    alone = rows.filter(is_alone).with_columns(
        corrected_months=pl.concat_list("month"), covered_months=pl.lit(1, dtype=pl.UInt32), reversed_kop="charged_kop",
        parts="part",
    )
    several = rows.filter(~is_alone).group_by("proposal", maintain_order=True).agg(
        pl.col(_PROPOSAL).first(),
        pl.col("exact", "actual_e7", "billed_e7").sum(),
        reversed_kop=money.total("charged_kop"),
        charge_month=pl.col("charge_month").last(),
        corrected_months=pl.col("month"),
        covered_months=pl.len(),
        event_id=pl.col("event_id").last(),
        unit_code=pl.col("unit_code").drop_nulls().first(),
        parts=pl.col("part").str.join(" + "),
    )
    return (
        pl.concat([alone.select(several.columns), several])
        .with_columns(
            charged_again_kop=money.divided(pl.col("exact"), _VOLUME_TIMES_TARIFF_IN_KOPECK),
            volume_difference_e7=pl.col("actual_e7") - pl.col("billed_e7"),
        )
        .with_columns(difference_kop=pl.col("charged_again_kop") - pl.col("reversed_kop"))
    )


def _part_text(months: pl.DataFrame) -> pl.Expr:
    return pl.concat_str(
        spelled_once(months["charge_month"], wording.month_text), pl.lit(": "),
        wording.volume_text(pl.col("actual_e7")), pl.lit(" × "), spelled_once(months["tariff_e6"], wording.tariff_text),
    )


def _with_formula(proposals: pl.DataFrame, consumption: pl.DataFrame) -> pl.DataFrame:
    """«Показания с … по …: (154,320 − 150,000) м³ = 4,320 м³. По дням месяцев: … = … ₽. Начислено … = … ₽.»"""
    readings = consumption.select(
        event_id="reading_id", to_value="raw_value_e7", to_on=spelled_once(consumption["read_on"], wording.day_text),
        from_value="previous_value_e7", from_on=spelled_once(consumption["previous_read_on"], wording.day_text),
        between="volume_e7",
    )
    told = proposals.join(readings, on="event_id", how="left", maintain_order="left")
    unit = spelled_once(told["unit_code"], wording.unit_text)
    registers = pl.concat_str(
        pl.lit("Показания с "), pl.col("from_on"), pl.lit(" по "),
        pl.col("to_on"), pl.lit(": ("), wording.volume_text(pl.col("to_value")), pl.lit(" − "),
        wording.volume_text(pl.col("from_value")), pl.lit(") "), unit, pl.lit(" = "),
        wording.volume_text(pl.col("between")), pl.lit(" "), unit, pl.lit(". "),
    )
    words = {"average": "по среднему", "norm": "по нормативу", "meter": "по счётчику"}
    basis = spelled_once(told["basis_code"], lambda code: code.replace_strict(words))
    return told.with_columns(
        formula=pl.concat_str(
            registers.fill_null("По ранее принятым показаниям. "),
            pl.lit("Объём по дням месяцев, "), unit, pl.lit(": "), pl.col("parts"), pl.lit(" = "),
            wording.money_text(pl.col("charged_again_kop")), pl.lit(". Было начислено "), basis, pl.lit(": "),
            wording.volume_text(pl.col("billed_e7")), pl.lit(" "), unit, pl.lit(" на "),
            wording.money_text(pl.col("reversed_kop")), pl.lit(". Разница "),
            wording.money_text(pl.col("difference_kop")), pl.lit("."),
        )
    )


def _proposal_ids(book_id: str) -> pl.Expr:
    """SHA-256 of what is corrected and why; polars' own hashes change between versions.

    A month billed by meter names its basis: one reading may correct an average and a meter line of the same months.
    """
    by_meter = pl.when(pl.col("basis_code") == "meter").then(pl.lit("meter"))
    written = pl.concat_str(
        pl.lit(book_id), "cause_code", "event_id", *SERVICE, pl.col("zone_code").fill_null(""),
        pl.col("corrected_months").list.join(","), by_meter, separator="|", ignore_nulls=True,
    )
    return written.map_batches(sha256, return_dtype=pl.String)


def sha256(written: pl.Series) -> pl.Series:
    return pl.Series([hashlib.sha256(one).hexdigest() for one in written.cast(pl.Binary)], dtype=pl.String)
