"""What goes back to whoever bills: what became of every proposal, of every line that meets none, and of every batch.

    accepted     billed for what was proposed               mismatched   billed for another sum, open until it is right
    settled      recalculated by the biller himself         open         no document has brought it yet
    refused      turned down by a person                    waiting      a person still has to look: not to be billed
    for_refunds  approved for a closed account, and no document brought it: the refunds desk pays it out or sets it off
    unmet        a line that bills a batch and finds no open proposal of its account, contract and service in it: billed
                 once more, too early, or of a batch that nobody has made

A batch counts what was finished in earlier cycles too, so its proposals and sums always add up to what was proposed;
it is told as long as anything of it is open, and once more when the last is finished.
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.acceptance import (
    ACCEPTANCE_LINES,
    BATCH_ACCEPTANCE,
    FINISHED,
    FOR_REFUNDS,
    OUTCOME_OF,
    OUTCOMES,
    UNMET,
)
from pipeline.contracts.house_corrections import CLOSED_CREDIT
from pipeline.domain.recalculation.billed_lines import BATCH

#: What is read of a charge line, of a proposal and of a contract.
CHARGE = (*BATCH, "zone_code", "charge_month", "document_id", "line_number", "charged_kop", "recalculated_kop")
PROPOSAL = (*BATCH, "proposal_id", "zone_code", "charge_month", "status_code", "difference_kop", "billed_kop",
            "cause_code", "lands_in_month")
CREDITOR = ("contract_id", "creditor_id")
#: Penalty proposals have batches of their own (`penalty_proposals`).
_OF_PENALTY = ":penalty:"
_SUMS = tuple(name for outcome in OUTCOMES for name in (outcome, f"{outcome}_kop"))


def answers(
    proposals: pl.DataFrame, before: pl.DataFrame, charges: pl.DataFrame, replaced: pl.Series, contracts: pl.DataFrame
) -> pl.DataFrame:
    """ACCEPTANCE_LINES of a part, inside shape, with cause_code and lands_in_month. `proposals`: PROPOSAL as this cycle
    leaves them; `before`: of those that were open when it began; `charges`: CHARGE of its documents.

    Proposals come in order of their ids: ordering them by their few batches nearly always gives the order of the key.
    """
    creditors = contracts.select(CREDITOR).unique("contract_id", keep="first", maintain_order=True)
    told = pl.concat([
        _of_proposals(proposals), _for_refunds(before, proposals),
        _unmet(before.select(BATCH).unique(), charges, replaced),
    ])
    return told.join(creditors, on="contract_id", how="left", maintain_order="left").select(
        *ACCEPTANCE_LINES.inside_names, "cause_code", "lands_in_month"
    ).cast(ACCEPTANCE_LINES.inside_schema).sort("batch_id", maintain_order=True)  # type: ignore[arg-type]


def batches(told: pl.DataFrame) -> pl.DataFrame:
    """What the lines of one part add to their batches: BATCH_ACCEPTANCE of this cycle alone."""
    proposed, billed = pl.col("proposed_kop"), pl.col("billed_kop")

    def of(outcome: str) -> pl.Expr:
        return pl.col("outcome_code") == outcome

    return told.group_by("batch_id").agg(
        pl.col("creditor_id", "cause_code", "lands_in_month").drop_nulls().min(),
        **{outcome: of(outcome).sum() for outcome in (*OUTCOMES, UNMET)},
        **{f"{outcome}_kop": proposed.filter(of(outcome)).sum() for outcome in OUTCOMES},
        mismatched_billed_kop=billed.filter(of("mismatched")).sum(), unmet_kop=billed.filter(of(UNMET)).sum(),
    )


def accepted(parts: list[pl.DataFrame], before: pl.DataFrame) -> pl.DataFrame:
    """BATCH_ACCEPTANCE of a book, inside shape, from `batches` of its parts; `before`: the same a cycle ago, of which
    what was finished stays."""
    now = pl.concat(parts).select(pl.exclude("proposals", "proposed_kop"))
    finished = before.filter(pl.col("batch_id").is_in(now["batch_id"].implode())).select(
        pl.exclude("proposals", "proposed_kop")
    ).with_columns(
        pl.lit(0).alias(name) for name in (*_SUMS, "mismatched_billed_kop", UNMET, "unmet_kop")
        if name.removesuffix("_kop") not in FINISHED
    )
    names = ("creditor_id", "cause_code", "lands_in_month")
    return (
        pl.concat([now, finished.select(now.columns)], how="vertical_relaxed").group_by("batch_id").agg(
            pl.col(names).drop_nulls().min(), pl.exclude("batch_id", *names).sum()
        )
        .with_columns(
            proposals=pl.sum_horizontal(OUTCOMES), proposed_kop=pl.sum_horizontal(f"{one}_kop" for one in OUTCOMES)
        )
        .select(BATCH_ACCEPTANCE.inside_names).cast(BATCH_ACCEPTANCE.inside_schema)  # type: ignore[arg-type]
        .sort("batch_id")
    )


def _of_proposals(proposals: pl.DataFrame) -> pl.DataFrame:
    return proposals.select(
        *BATCH, "zone_code", "charge_month", "cause_code", "lands_in_month", answer_id="proposal_id",
        outcome_code=pl.col("status_code").replace_strict(OUTCOME_OF, return_dtype=pl.String),
        proposed_kop="difference_kop", billed_kop="billed_kop",
    )


def _for_refunds(before: pl.DataFrame, proposals: pl.DataFrame) -> pl.DataFrame:
    """Credits of closed accounts that this cycle carries no further (`carried.py`)."""
    approved = before.filter(pl.col("cause_code") == CLOSED_CREDIT, pl.col("status_code") == "proposed")
    gone = approved.join(proposals, on="proposal_id", how="anti")
    return _of_proposals(gone).with_columns(outcome_code=pl.lit(FOR_REFUNDS))


def _unmet(before: pl.DataFrame, charges: pl.DataFrame, replaced: pl.Series) -> pl.DataFrame:
    ours = charges.filter(
        pl.col("batch_id").is_not_null(), ~pl.col("batch_id").str.contains(_OF_PENALTY, literal=True),
        ~pl.col("document_id").is_in(replaced.implode()),
    )
    amount = pl.when(pl.col("recalculated_kop") != 0).then("recalculated_kop").otherwise("charged_kop")
    return ours.join(before, on=BATCH, how="anti").select(
        *BATCH, "zone_code", "charge_month", pl.lit(None, dtype=pl.String).alias("cause_code"),
        pl.lit(None, dtype=pl.Date).alias("lands_in_month"),
        answer_id=pl.concat_str("document_id", pl.col("line_number").cast(pl.String), separator="|"),
        outcome_code=pl.lit(UNMET), proposed_kop=pl.lit(0, dtype=pl.Int64), billed_kop=amount,
    )
