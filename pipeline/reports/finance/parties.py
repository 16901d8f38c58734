"""Registers as the billing month read them: creditors with their requisites, contracts, classes of channels.

The copies of the deliveries that the month took in, so a report of an old month names the creditor as it was then.
Not here: any sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.contracts import registers
from pipeline.domain.ledger.collected import channel_source
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version


@dataclass(frozen=True)
class Parties:
    """Who is paid, by which contracts, through which channels money comes, and what services are called."""

    creditors: pl.DataFrame
    contracts: pl.DataFrame
    sources: pl.DataFrame
    services: Mapping[str, str]

    def creditor(self, creditor_id: str) -> dict[str, str]:
        """Name and requisites; a creditor that no register knows goes by its id."""
        found = self.creditors.filter(pl.col("creditor_id") == creditor_id).to_dicts()
        told = found[0] if found else {"name": creditor_id}
        return {name: str(told.get(name) or "") for name in ("name", "inn", "bank_account", "bic")}


def parties(book: Book, version: Version) -> Parties:
    """Registers of the version; rows that break their contract stay out, as they did in the month."""
    channels = register_of(book, version, registers.CHANNELS)
    return Parties(
        creditors=register_of(book, version, registers.CREDITORS),
        contracts=register_of(book, version, registers.SERVICE_CONTRACTS),
        sources=channels.select("channel_code", source_code=channel_source()),
        services=dict(register_of(book, version, registers.SERVICES).select("service_code", "name").rows()),
    )
