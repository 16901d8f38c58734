"""Accounts whose bill of the month is missing or was refused: they stay off eligibility and every list.

A served account that is open at the end of its month should have a live main document once the month's documents are
due. A refused document or line marks the account that it names, unless an accepted document has replaced it. One of an
earlier month, come late or taken back and refused again, has a mark of its own: debts may be less than they seem, but
the bill of this month is whole.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.ingest import EARLIER_REJECTED, INCOMPLETE_BILLS
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT
from pipeline.domain.ingest.fates import ACCEPTED, QUARANTINED, of

MISSING = "document_missing"
REJECTED = "document_rejected"


def incomplete_bills(
    accounts: pl.DataFrame, documents: pl.DataFrame, charges: pl.DataFrame, earlier: pl.DataFrame, *,
    first_day: date, last_day: date, is_due: bool,
) -> pl.DataFrame:
    """One row per account and reason. `documents` and `charges` are settled; `earlier` are placed documents of
    closed months; `first_day` and `last_day` are those of the billing month."""
    accepted = of(documents, ACCEPTED)
    months = pl.concat([told.select("document_id", "billing_month") for told in (documents, earlier)])
    listed = [_rejected(accepted, of(documents, QUARANTINED), of(charges, QUARANTINED), months, first_day)]
    if is_due:
        listed.append(_missing(accounts, pl.concat([_main_of(accepted, first_day), _main_of(earlier, first_day)]),
                               last_day))
    return pl.concat(listed).unique().select(INCOMPLETE_BILLS.inside_names).sort("account_id", "reason_code")


def _main_of(documents: pl.DataFrame, month: date) -> pl.DataFrame:
    is_main = (pl.col("document_type_code") == "main") & (pl.col("billing_month") == month)
    return documents.filter(is_main).select(account_id=pl.col(KNOWN_ACCOUNT))


def _missing(accounts: pl.DataFrame, billed: pl.DataFrame, last_day: date) -> pl.DataFrame:
    is_open = (pl.col("opened_on") <= last_day) & (pl.col("closed_on").is_null() | (pl.col("closed_on") > last_day))
    expected = accounts.filter(pl.col("is_served"), is_open)
    return expected.join(billed, on="account_id", how="anti").select("account_id", reason_code=pl.lit(MISSING))


def _rejected(
    accepted: pl.DataFrame, documents: pl.DataFrame, charges: pl.DataFrame, months: pl.DataFrame, first_day: date
) -> pl.DataFrame:
    """A document of which nobody knows the month counts as one of this month; so does an id told with both."""
    replaced = accepted.select(document_id="supersedes_document_id").drop_nulls()
    refused = pl.concat([documents.select("document_id", KNOWN_ACCOUNT), charges.select("document_id", KNOWN_ACCOUNT)])
    latest = months.drop_nulls().group_by("document_id").agg(pl.col("billing_month").max())
    is_earlier = (pl.col("billing_month") < first_day).fill_null(False)
    return (
        refused.join(replaced, on="document_id", how="anti")
        .drop_nulls(KNOWN_ACCOUNT)
        .join(latest, on="document_id", how="left")
        .select(
            account_id=pl.col(KNOWN_ACCOUNT),
            reason_code=pl.when(is_earlier).then(pl.lit(EARLIER_REJECTED)).otherwise(pl.lit(REJECTED)),
        )
    )
