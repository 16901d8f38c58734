"""Lines that older months billed to accounts that an event or a register touches: read once, by document, cut by part.

Not here: which accounts these are, what is computed of their lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, ledger
from pipeline.storage.billed_before import billed_before
from pipeline.storage.run import MonthRun

_DOCUMENT: Final = ("account_id", "document_id", "creditor_id", "debt_kind_code", "document_type_code", "billing_month",
                    "posted_at", "is_superseded")
_SAME_BILL: Final = ("account_id", "billing_month", "document_type_code", "creditor_id", "debt_kind_code")


def documents_in_force(run: MonthRun, part: str, accounts: pl.Series, months: list[BillingMonth]) -> pl.DataFrame:
    """account_id, document_id, run_month of the documents in force that these months billed to these accounts: of two
    of one bill the later one."""
    billed = run.state.keyed(
        ledger.BILLED_DOCUMENTS, months, part=part, columns=_DOCUMENT, with_run_month=True, account_ids=accounts
    )
    newest = billed.sort("posted_at", "document_id").unique(_SAME_BILL, keep="last", maintain_order=True)
    replaced = billed.join(newest, on=["document_id", *_SAME_BILL], how="anti")["document_id"]
    in_force = billed.filter(~pl.col("document_id").is_in(replaced.implode()) & ~pl.col("is_superseded"))
    return in_force.select("account_id", "document_id", "run_month").unique().sort("document_id", "run_month")


def stage_lines(run: MonthRun, name: str, documents: list[pl.DataFrame], columns: Sequence[str]) -> None:
    """Lines of the documents of every part (`documents_in_force`, in order of parts), staged by part."""
    lines = billed_before(run, pl.concat(documents), list(columns))
    for part, own in zip(run.parts, documents, strict=True):
        run.write_staged(name, part, lines.join(own, on="document_id", how="semi", maintain_order="left"))


def lines_of(run: MonthRun, name: str, part: str, accounts: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """Staged older lines of a part with those of this cycle, of documents in force."""
    files = [file for file in run.staged_files(billing.CHARGES.name) if file.stem == part]
    lines = pl.scan_parquet(files, glob=False).filter(pl.col("account_id").is_in(accounts.implode())).select(columns)
    told = pl.concat([run.read_staged(name, part), lines.collect()])
    return told.filter(~pl.col("document_id").is_in(replaced_now(run, part).implode()))


def replaced_now(run: MonthRun, part: str) -> pl.Series:
    """Documents that versions of this cycle replace."""
    told = run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["supersedes_document_id"])
    return told["supersedes_document_id"].drop_nulls()
