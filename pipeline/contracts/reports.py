"""What people read of a month, as figures: the numbers of its report, so that a check can hold them to the ledger."""

import polars as pl

from pipeline.contracts.table import Stage, Table, integer, money, text, yes_no

REPORT_FIGURES = Table(
    "report_figures", "reports", Stage.REPORT,
    grain="one figure of the month's report: section × row × measure; rows that a page folds into «прочие» stand alone",
    columns=(
        text("section_code", "section of the report"),
        yes_no("is_total", "figure of the section's total row"),
        text("row_key", "codes that name the row, joined by |; empty for a total"),
        text("measure", "column of the section"),
        money("value_rub", "the figure, where it is money", is_nullable=True),
        integer("value_count", "the figure, where it counts rows, accounts or days", is_nullable=True),
    ),
    primary_key=("section_code", "is_total", "row_key", "measure"),
    rows={"is_one_figure": pl.col("value_rub").is_null() != pl.col("value_count").is_null()},
)

REPORTS = (REPORT_FIGURES,)
