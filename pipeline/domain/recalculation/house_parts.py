"""Proposals of what the meter of a house corrects: each account's part, spread over the documents of some months.

    part k of n = the whole × k ÷ n less the whole × (k − 1) ÷ n, each rounded once: the parts sum to the whole

of what was billed, of what is due and of the volume alike. A small difference is spread over fewer documents, so that
no part is smaller than the rules allow. One proposal a part, landing in the month that should bill it; its event is the
correction of the house and the number of the part. What already equals, or all but equals, is not proposed. What a
closed account is to get back is one part with a cause of its own: no document of that account will come, so a person
sees to it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.house_corrections import CLOSED_CREDIT
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.house_corrections import COMMON
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.domain.recalculation.true_up import batch_id, sha256
from pipeline.rules.house_corrections import HouseCorrectionRules

_ONE: Final = ("account_id", "contract_id", "service_code")


def proposals(
    parts: pl.DataFrame, contracts: pl.DataFrame, *, rules: HouseCorrectionRules, book_id: str, month: date,
    lands_in_month: date,
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, sorted. `parts`: parts and credits of `house_corrections.corrected`;
    `contracts`: PLACE and service_code."""
    places = contracts.select(*PLACE, "service_code").unique("contract_id", keep="first", maintain_order=True)
    spread = _spread(parts, rules).with_columns(
        cause_code=pl.when("is_gone").then(pl.lit(CLOSED_CREDIT)).otherwise("kind_code")
    )
    return (
        spread.join(places, on="contract_id", how="left", maintain_order="left")
        .with_columns(
            event_id=pl.format("{}:{}/{}", "correction_id", "number", "documents"),
            article=_article(rules), charge_month="to_month", covered_months="months", formula=_formula(),
            corrected_months=pl.date_ranges("from_month", "to_month", interval="1mo").list.eval(
                pl.element().dt.strftime("%Y-%m")
            ),
            batch_id=pl.concat_str(
                batch_id(month, pl.col("cause_code"), pl.col("creditor_id").fill_null("-")),
                pl.col("house_id").fill_null("-"), separator=":",
            ),
            lands_in_month=pl.lit(lands_in_month).dt.offset_by(pl.format("{}mo", pl.col("number") - 1)),
            zone_code=pl.lit(None, dtype=pl.String), status_code=pl.lit("proposed"),
            billed_kop=pl.lit(None, dtype=pl.Int64), answer_due_on=pl.lit(None, dtype=pl.Date),
            waiting_reason_code=pl.lit(None, dtype=pl.String),
        )
        .with_columns(proposal_id=_proposal_ids(book_id))
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
        .sort("proposal_id")
    )


def _spread(parts: pl.DataFrame, rules: HouseCorrectionRules) -> pl.DataFrame:
    """A row for each document that carries a part, with its number from 1."""
    most = (
        pl.when(pl.col("is_gone") | (pl.col("months") == 1)).then(1)
        .when(pl.col("kind_code") == COMMON).then(rules.common_spread_months).otherwise(rules.heating_spread_months)
    )
    fitting = pl.max_horizontal(1, pl.col("whole_kop").abs() // rules.part_min_kop)
    documents = pl.min_horizontal(most, fitting).cast(pl.Int64)
    rows = (
        parts.filter(~pl.col("is_small")).with_columns(documents=documents)
        .with_columns(number=pl.int_ranges(1, pl.col("documents") + 1)).explode("number", empty_as_null=True)
    )
    return rows.with_columns(
        reversed_kop=_part("billed_kop"), charged_again_kop=_part("charged_again_kop"), part_of_kop="charged_again_kop",
        volume_difference_e7=_part("due_e7") - _part("billed_e7"), whole_billed_kop="billed_kop",
    ).with_columns(difference_kop=pl.col("charged_again_kop") - pl.col("reversed_kop"))


def _part(whole: str) -> pl.Expr:
    def so_far(number: pl.Expr) -> pl.Expr:
        return money.divided(money.widened(whole) * number, pl.col("documents"))

    return so_far(pl.col("number")) - so_far(pl.col("number") - 1)


def _article(rules: HouseCorrectionRules) -> pl.Expr:
    return pl.when(pl.col("kind_code") == COMMON).then(pl.lit(rules.common_article)).otherwise(
        pl.lit(rules.heating_article)
    )


def _formula() -> pl.Expr:
    """«Общее имущество по общедомовому счётчику за 05.2026: на дом 10,000 м³ и 469,80 ₽; доля квартиры …»."""
    unit = wording.unit_text(pl.col("unit_code"))
    since, until = (pl.col(name).dt.strftime("%m.%Y") for name in ("from_month", "to_month"))
    return pl.concat_str(
        pl.when(pl.col("kind_code") == COMMON).then(pl.lit("Общее имущество")).otherwise(pl.lit("Отопление")),
        pl.lit(" по общедомовому счётчику за "), since,
        pl.when(pl.col("months") > 1).then(pl.concat_str(pl.lit("–"), until)).otherwise(pl.lit("")),
        pl.lit(": на дом "), wording.volume_text(pl.col("due_volume_e7")), pl.lit(" "), unit, pl.lit(" и "),
        wording.money_text(pl.col("due_kop")), pl.lit("; доля квартиры по площади и месяцам "),
        wording.volume_text(pl.col("weight")), pl.lit(" из "), wording.volume_text(pl.col("house_area_m2_e7")),
        pl.lit(" = "), wording.money_text(pl.col("part_of_kop")), pl.lit(", начислено "),
        wording.money_text(pl.col("whole_billed_kop")), pl.lit(", разница "), wording.money_text(pl.col("whole_kop")),
        pl.when(pl.col("documents") > 1).then(pl.format("; часть {} из {}", "number", "documents")).otherwise(
            pl.lit("")
        ), pl.when("is_gone").then(pl.lit("; счёт закрыт, вернуть деньги решает сотрудник")).otherwise(pl.lit("")),
        pl.lit("."),
    )


def _proposal_ids(book_id: str) -> pl.Expr:
    written = pl.concat_str(pl.lit(book_id), "event_id", *_ONE, separator="|")
    return written.map_batches(sha256, return_dtype=pl.String)
