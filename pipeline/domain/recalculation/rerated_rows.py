"""Months rated anew as rows: proposals with their arithmetic in Russian, and what a person has to look at.

Not here: the sums themselves and the reasons (`rerated.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.rating import wording
from pipeline.domain.rating.core import Rated
from pipeline.domain.rating.words import with_formula
from pipeline.domain.recalculation.applications import ABOUT
from pipeline.domain.recalculation.fees import LINE_MONTH
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.domain.recalculation.rerated import Cause, Rerated
from pipeline.domain.recalculation.true_up import batch_id, sha256

_EVENT: Final = "event_id"
#: What is told of each cause.
_TOLD: Final = {
    "changed_persons": "изменилось число проживающих", "corrected_area": "исправлена площадь",
    "corrected_norm": "исправлен норматив", "corrected_tariff": "исправлен тариф",
}
_REASONS: Final = {
    "cannot_be_rated": "по реестрам плату посчитать нельзя",
    "benefit_beside": "в плате есть льгота или скидка, она зависит от суммы",
    "true_up_beside": "рядом уточнение по показаниям или по счётчику дома, которое не делится по месяцам",
    "recalculated_by_biller": "расчётчик уже пересчитал этот месяц на другую сумму",
    "billed_otherwise": "начислено не то, что следовало из прежних данных",
}


class Landing(NamedTuple):
    """The book, the run month, the month whose document carries the proposals, and who is paid by which contract."""

    book_id: str
    month: date
    lands_in_month: date
    contracts: pl.DataFrame


def proposals(
    found: Rerated, months: pl.DataFrame, events: pl.Series, articles: Mapping[str, str], at: Landing
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, of `months` (of `found`, within reach) that are rated. `events`: their ids."""
    named = months.with_columns(events.alias(_EVENT), cause_code=pl.col("causes").list.first())
    due = named.filter(pl.col("reason").is_null())
    places = at.contracts.select(PLACE).unique("contract_id", keep="first", maintain_order=True)
    charge_month = pl.col("charge_month").dt.strftime("%Y-%m")
    return (
        _with_words(due, found)
        .join(places, on="contract_id", how="left", maintain_order="left")
        .with_columns(
            batch_id=pl.concat_str(
                batch_id(at.month, pl.col("cause_code"), pl.col("creditor_id").fill_null("-")),
                pl.col("house_id").fill_null("-"), separator=":",
            ),
            lands_in_month=pl.lit(at.lands_in_month), corrected_months=pl.concat_list(charge_month),
            covered_months=pl.lit(1, dtype=pl.Int64), reversed_kop="net_kop",
            charged_again_kop=pl.col("net_kop") + pl.col("difference_kop"),
            article=pl.col("cause_code").replace_strict(articles, return_dtype=pl.String),
            status_code=pl.lit("proposed"), waiting_reason_code=pl.lit(None, dtype=pl.String),
            billed_kop=pl.lit(None, dtype=pl.Int64), answer_due_on=pl.lit(None, dtype=pl.Date),
            proposal_id=_proposal_ids(at.book_id),
        )
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
    )


def unrated(
    months: pl.DataFrame, events: pl.Series, causes: Sequence[Cause], services: pl.DataFrame, told_on: date
) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows, inside shape: one an event and account, its services and months in words."""
    field = {cause.code: cause.field for cause in causes}
    names = services.select("service_code", service="name").unique("service_code", keep="first", maintain_order=True)
    told = (
        months.with_columns(events.alias(_EVENT), cause_code=pl.col("causes").list.first())
        .drop_nulls("reason").join(names, on="service_code", how="left", maintain_order="left")
        .sort("account_id", _EVENT, "reason", *LINE_MONTH[1:], nulls_last=True)
        .with_columns(month=wording.month_text(pl.col("charge_month")), service=pl.coalesce("service", "service_code"))
    )
    by_service = told.group_by("account_id", _EVENT, "cause_code", "reason", "service", maintain_order=True).agg(
        pl.col("month").unique(maintain_order=True).str.join(", ")
    ).with_columns(piece=pl.concat_str("service", pl.lit(" за "), "month", pl.lit(" — "),
                                       pl.col("reason").replace_strict(_REASONS, return_dtype=pl.String)))
    return by_service.group_by("account_id", _EVENT, "cause_code", maintain_order=True).agg(
        pl.col("piece").str.join("; "), reason_code=pl.col("reason").first()
    ).select(
        _EVENT, kind_code=pl.lit("register"), account_id="account_id",
        field_code=pl.col("cause_code").replace_strict(field, return_dtype=pl.String), reason_code="reason_code",
        reason=pl.concat_str(
            pl.col("cause_code").replace_strict(_begun(), return_dtype=pl.String), pl.lit("; не пересчитано: "),
            "piece", pl.lit("."),
        ),
        registered_on=pl.lit(told_on), answer_due_on=pl.lit(None, dtype=pl.Date),
        **{name: pl.lit(None, dtype=dtype) for name, dtype in ABOUT.items()},
    ).select(RETURNED_APPLICATIONS.inside_names).cast(RETURNED_APPLICATIONS.inside_schema)  # type: ignore[arg-type]


def _with_words(due: pl.DataFrame, found: Rerated) -> pl.DataFrame:
    """«Изменилось число проживающих. Было 1 чел. × … = …. Стало 2 чел. × … = …. Было начислено …, разница ….»"""
    lines = found.lines.join(due.select(LINE_MONTH), on=LINE_MONTH, how="semi", nulls_equal=True)
    told = due
    for name, one in (("was", found.was), ("now", found.now)):
        told = told.join(_formulas(lines, one, name), on=LINE_MONTH, how="left", nulls_equal=True,
                         maintain_order="left")
    trued_up = pl.when(pl.col("true_up_e7").is_null()).then(pl.lit("")).otherwise(pl.concat_str(
        pl.lit(" Объём уточнён по показаниям на "), wording.volume_text(pl.col("true_up_e7")), pl.lit(".")
    ))
    cut = pl.when(pl.col("difference_kop") == pl.col("wanted_kop")).then(pl.lit("")).otherwise(pl.concat_str(
        pl.lit(" По новым данным "), wording.money_text(pl.col("again_kop")),
        pl.lit(", но больше остатка платы месяца не снимают."),
    ))
    causes = pl.col("causes").list.eval(pl.element().replace_strict(_TOLD, return_dtype=pl.String)).list.join(", ")
    return told.with_columns(formula=pl.concat_str(
        causes.str.slice(0, 1).str.to_uppercase(), causes.str.slice(1), pl.lit(". По прежним данным: "), "was",
        pl.lit(". По новым: "), "now", pl.lit("."), trued_up, pl.lit(" Было начислено "),
        wording.money_text(pl.col("net_kop")), pl.lit(", разница "), wording.money_text(pl.col("difference_kop")),
        pl.lit("."), cut,
    ))


def _formulas(lines: pl.DataFrame, one: Rated, name: str) -> pl.DataFrame:
    """LINE_MONTH and the arithmetic of its lines under `name`."""
    wanted = one.lines.join(lines.select("line"), on="line", how="semi", maintain_order="left").drop_nulls("rated_kop")
    told = with_formula(wanted, one.changing).select("line", "formula")
    return lines.join(told, on="line").sort("line").group_by(LINE_MONTH, maintain_order=True).agg(
        pl.col("formula").str.join("; ").alias(name)
    )


def _begun() -> dict[str, str]:
    return {code: told[0].upper() + told[1:] for code, told in _TOLD.items()}


def _proposal_ids(book_id: str) -> pl.Expr:
    written = pl.concat_str(
        pl.lit(book_id), *(pl.col(name).cast(pl.String).fill_null("") for name in (_EVENT, "cause_code", *LINE_MONTH)),
        separator="|",
    )
    return written.map_batches(sha256, return_dtype=pl.String)
