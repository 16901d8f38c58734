"""Of a document the part that money of an advance-discount contract may pay: its fixed lines.

A replay counts by document, creditor and kind of debt. Where such a contract stands, the fixed lines of a document are
counted apart from its other lines, so that money paid ahead for housing never makes water look paid.

    of a document   Σ over its fixed lines (open at the end of the cycle that billed it + laid on them in it)

Not here: which lines these are (`allocation/ahead.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: Service and contract of the coarse items that are fixed lines.
FIXED: Final = "fixed"
_PART: Final = ("account_id", "document_id", "creditor_id", "debt_kind_code")


def marked(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Items or movements with `is_fixed`. `lines`: FIXED_LINE of `allocation/ahead.py`."""
    if lines.is_empty():
        return rows.with_columns(is_fixed=pl.lit(False))
    numbered = rows.with_row_index("row")
    met = (
        numbered.select("row", "account_id", "service_code", month=pl.coalesce("charge_month", "billing_month"))
        .join(lines, on=["account_id", "service_code"]).filter(pl.col("month").is_between("from_month", "to_month"))
    )
    return numbered.with_columns(is_fixed=pl.col("row").is_in(met["row"].implode())).drop("row")


def in_parts(
    documents: pl.DataFrame, open_items: pl.DataFrame, movements: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """Documents of a cycle (BILLED_DOCUMENTS rows) with `is_fixed`: what their fixed lines come to moves from one part
    to the other. `open_items`, `movements`: of the same cycle, of accounts with lines at least."""
    whole = documents.with_columns(is_fixed=pl.lit(False))
    if lines.is_empty():
        return whole
    # what a credit takes off a line is not in the document's sum any more
    laid = movements.filter(pl.col("rule_code") != "credit")
    of_lines = pl.concat([
        marked(rows, lines).filter("is_fixed").select(*_PART, fixed_kop=kop)
        for rows, kop in ((open_items, "outstanding_kop"), (laid, "allocated_kop"))
    ]).group_by(_PART).agg(pl.col("fixed_kop").sum()).filter(pl.col("fixed_kop") > 0)
    terms = documents.unique(_PART, keep="first", maintain_order=True).drop("billed_kop")
    moved = terms.join(of_lines, on=_PART)
    return pl.concat([whole, *(
        moved.with_columns(billed_kop=sign * pl.col("fixed_kop"), is_fixed=pl.lit(sign > 0)).select(whole.columns)
        for sign in (-1, 1)
    )])


def contract_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """FIXED_LINE at the grain of a replay."""
    return lines.with_columns(service_code=pl.lit(FIXED)).unique().sort("account_id", "contract_reference")
