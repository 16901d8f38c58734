"""What one cycle billed and laid, as the report of its month found it: later reports read these few figures.

    reports/<month>/<run>/cycle.json

So a report reads no table of an older month, however many stand side by side. The figures are believed for the very
version that they were taken from (its content hash); where they are missing that version's tables are asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.reports.published import PublishedMonth
from pipeline.storage.book import Book
from pipeline.storage.files import read_json
from pipeline.storage.manifest import Version

FILE: Final = "cycle.json"
_LAID: Final = """
    SELECT billing_month, SUM(allocated_rub)::DECIMAL(18,2) AS paid_rub
    FROM {schema}.payment_allocations WHERE origin_code <> 'credit' GROUP BY ALL ORDER BY ALL
"""
_BILLED: Final = """
    SELECT COALESCE(SUM(billed_rub) FILTER (billing_month >= $month), 0)::DECIMAL(18,2) AS billed_rub,
           COALESCE(SUM(billed_rub) FILTER (billing_month < $month), 0)::DECIMAL(18,2) AS late_rub,
           COALESCE(SUM(billed_rub), 0)::DECIMAL(18,2) AS cycle_rub
    FROM {schema}.billed_documents WHERE NOT is_superseded
"""
_OPENING: Final = "SELECT COALESCE(SUM(opening_rub), 0)::DECIMAL(18,2) FROM {schema}.conservation"


@dataclass(frozen=True)
class Cycle:
    """Roubles of one cycle: laid by month of the document (credits are none), billed by live documents, owed before."""

    laid: dict[BillingMonth, Decimal]
    billed: dict[str, Decimal]
    opening_rub: Decimal

    @classmethod
    def asked(cls, sql: PublishedMonth, schema: str, month: BillingMonth) -> Cycle:
        """From the tables of the month, attached as `schema`."""
        laid = {BillingMonth.of(row["billing_month"]): row["paid_rub"] for row in sql.rows(_LAID.format(schema=schema))}
        billed = sql.rows(_BILLED.format(schema=schema), month=month.first_day)[0]
        return cls(laid, billed, sql.value(_OPENING.format(schema=schema)))

    @classmethod
    def kept(cls, book: Book, version: Version) -> Cycle | None:
        """From what the report of the version kept; None where it did not, or kept it of other content."""
        try:
            told = read_json(book.reports_of(version.month, version.folder.name) / FILE)
            if told["content_hash"] != version.content_hash:
                return None
            return cls(
                {BillingMonth.parse(month): Decimal(paid) for month, paid in told["laid"].items()},
                {name: Decimal(rub) for name, rub in told["billed"].items()}, Decimal(told["opening_rub"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def to_keep(self, version: Version) -> bytes:
        """The same figures for later reports, with the content that they were taken from."""
        told = {
            "content_hash": version.content_hash, "opening_rub": str(self.opening_rub),
            "laid": {str(month): str(paid) for month, paid in self.laid.items()},
            "billed": {name: str(rub) for name, rub in self.billed.items()},
        }
        return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
