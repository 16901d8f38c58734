"""What all causes that start from an act on a meter share: the shape of their proposals, what goes to a person and why.

Not here: any arithmetic of a cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.recalculation.applications import ABOUT, on_day
from pipeline.domain.recalculation.true_up import CREDITOR, LINE, SERVICE, batch_id, sha256

#: What a cause says of a line: the months that it corrects, the volume and the roubles, why, by which act.
DUE: Final = (*LINE, "charge_month", "corrected_months", "event_id", "reversed_kop", "charged_again_kop",
              "volume_difference_e7", "formula")
#: What these causes read of a billed line.
BILLED: Final = (*LINE, "charge_month", "document_id", "basis_code", "volume_e7", "unit_code", "tariff_e6",
                 "charged_kop", "recalculated_kop", "batch_id")
#: And of an earlier proposal.
PROPOSED: Final = (*LINE, "charge_month", "corrected_months", "proposal_id", "event_id", "cause_code", "status_code",
                   "volume_difference_e7", "billed_kop")
#: A reason for which an act goes to a person: when it holds, field_code, reason_code, the same in Russian.
Reason = tuple[pl.Expr, str, str, str]


class Of(NamedTuple):
    """Where proposals belong: the book, the run month and the month whose document should carry them."""

    book_id: str
    month: date
    lands_in_month: date


class Found(NamedTuple):
    """RECALCULATIONS and RETURNED_APPLICATIONS rows, inside shape."""

    proposals: pl.DataFrame = RECALCULATIONS.empty_inside()
    returned: pl.DataFrame = RETURNED_APPLICATIONS.empty_inside()


def proposals(due: pl.DataFrame, contracts: pl.DataFrame, *, cause: str, article: str, of: Of) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, of DUE rows; one that changes nothing is none."""
    creditors = contracts.select(CREDITOR).unique("contract_id", keep="first", maintain_order=True)
    return (
        due.with_columns(difference_kop=pl.col("charged_again_kop") - pl.col("reversed_kop"))
        .filter(pl.col("difference_kop") != 0)
        .join(creditors, on="contract_id", how="left", maintain_order="left")
        .with_columns(
            batch_id=batch_id(of.month, pl.lit(cause), pl.col("creditor_id").fill_null("-")),
            lands_in_month=pl.lit(of.lands_in_month), cause_code=pl.lit(cause), article=pl.lit(article),
            covered_months=pl.col("corrected_months").list.len().cast(pl.Int64), status_code=pl.lit("proposed"),
            waiting_reason_code=pl.lit(None, dtype=pl.String), billed_kop=pl.lit(None, dtype=pl.Int64),
            answer_due_on=pl.lit(None, dtype=pl.Date), proposal_id=_proposal_ids(of.book_id, cause),
        )
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
    )


def first_fault(reasons: Iterable[Reason]) -> pl.Expr:
    """The first thing for which an act cannot be computed, as one struct; null where nothing is wrong."""
    return pl.coalesce(
        pl.when(holds).then(pl.struct(
            field_code=pl.lit(field), reason_code=pl.lit(reason), reason=pl.lit(words)
        )) for holds, field, reason, words in reasons
    )


def returned(counted: pl.DataFrame, kind: str) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows, inside shape, of acts (event_id, account_id, registered_at) with a `fault`."""
    nothing_told = {name: pl.lit(None, dtype=dtype) for name, dtype in ABOUT.items() if name not in counted.columns}
    return counted.drop_nulls("fault").unnest("fault").with_columns(
        kind_code=pl.lit(kind), registered_on=on_day("registered_at"), answer_due_on=pl.lit(None, dtype=pl.Date),
        **nothing_told | {"from_on": pl.col("effective_from")},
    ).select(RETURNED_APPLICATIONS.inside_names).cast(RETURNED_APPLICATIONS.inside_schema)  # type: ignore[arg-type]


def month_number(month: pl.Expr) -> pl.Expr:
    """Months since year 0, for differences of months."""
    return month.dt.year().cast(pl.Int64) * 12 + month.dt.month().cast(pl.Int64)


def tariffs(lines: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """`key`, tariffs (how many there are), tariff_e6, unit_code of the priced lines."""
    priced = lines.filter(pl.col("tariff_e6") > 0).sort(*key, "unit_code", nulls_last=True)
    return priced.group_by(key, maintain_order=True).agg(
        pl.col("unit_code").first(), tariffs=pl.col("tariff_e6").n_unique(), tariff_e6=pl.col("tariff_e6").first()
    )


def _proposal_ids(book_id: str, cause: str) -> pl.Expr:
    months = pl.col("corrected_months").list.join(",")
    written = pl.concat_str(
        pl.lit(book_id), pl.lit(cause), "event_id", *SERVICE, pl.col("zone_code").fill_null(""), months, separator="|"
    )
    return written.map_batches(sha256, return_dtype=pl.String)
