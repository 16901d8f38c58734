"""Items that arrived documents bill: charge lines summed per item, with creditor, kind of debt and due date.

    item = account × document × creditor × contract × service × kind of debt × charge month

Ageing runs from the document that first bills a line, never from the month of consumption: a recalculation of March
billed in September falls due in October. Not here: how negative items reduce a document (`allocation/credit.py`).
"""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

from pipeline.contracts.ledger import BILLED_CONTRACTS, BILLED_DOCUMENTS, ITEM_KEY
from pipeline.domain.allocation.ground import KIND
from pipeline.domain.allocation.runs import packed, ranked, starts, summed_along, summed_by
from pipeline.domain.ledger.lines import DAYS, Lines
from pipeline.money import total

CONTRACT_KEY = BILLED_CONTRACTS.primary_key
_TERMS = ("document_type_code", "billing_month", "issued_on", "due_on", "present_from")
_DAYS = ("issued_on", pl.col("received_at").dt.date().alias("posted_on"))


def billed_items(lines: Lines) -> pl.DataFrame:
    """One row an item in the order of ITEM_KEY, with the terms of its document: type, billing month, issued_on, due_on,
    present_from."""
    key = packed(
        place=lines.documents.height, contract=lines.contracts.height, service=lines.services.height, charge_month=DAYS
    )
    summed = summed_along(
        lines.rows.with_columns(key.alias("key")), "key", ["payable_kop"],
        told=["place", "contract", "service", "charge_month"],
    )
    zero = pl.lit(0, dtype=pl.Int64)
    return pl.concat([
        lines.documents.select(pl.col("account_id", "document_id", *_TERMS).gather(summed["place"])),
        lines.contracts.select(pl.all().gather(summed["contract"])),
        lines.services.select(pl.all().gather(summed["service"])),
        summed.select("charge_month", billed_kop="payable_kop"),
    ], how="horizontal").with_columns(
        paid_kop=zero, written_off_kop=zero, outstanding_kop="billed_kop",
        epoch_base_kop=pl.max_horizontal("billed_kop", zero),
    ).select(*ITEM_KEY, *_TERMS, *_SUMS)


_SUMS = ("billed_kop", "paid_kop", "written_off_kop", "outstanding_kop", "epoch_base_kop")


def billed_contracts(lines: Lines) -> pl.DataFrame:
    """Lines of the cycle's documents by contract and day: BILLED_CONTRACTS of one part but for what is withdrawn."""
    days = lines.documents.select("document_id", *_DAYS)
    pairs = days.select("issued_on", "posted_on").unique().sort("issued_on", "posted_on")
    numbered = pairs.with_row_index("day")
    day = days.join(numbered, on=["issued_on", "posted_on"], how="left", maintain_order="left")["day"]
    kopecks = ["charged_kop", "recalculated_kop", "benefit_kop", "payable_kop"]
    key = packed(contract=lines.contracts.height, service=lines.services.height, day=pairs.height)
    summed = summed_by(
        lines.rows.with_columns(day=day.gather(lines.rows["place"])).with_columns(key.alias("key")), "key", kopecks,
        told=["contract", "service", "day"],
    )
    told = pl.concat([
        lines.contracts.select(pl.all().gather(summed["contract"])),
        lines.services.select(pl.all().gather(summed["service"])),
        pairs.select(pl.all().gather(summed["day"])),
        summed.select(*kopecks[:3], billed_kop="payable_kop"),
    ], how="horizontal")
    return told.with_columns(cs.enum().cast(pl.String))


def withdrawn_contracts(withdrawn: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """The same of what older versions had billed. `withdrawn`: items with `withdrawn_kop`; `documents`: of the cycle,
    the first that replaces a version withdraws what it had billed."""
    newer = (
        documents.filter(pl.col("supersedes_document_id").is_not_null()).sort("received_at", "document_id")
        .unique("supersedes_document_id", keep="first", maintain_order=True)
        .select("supersedes_document_id", *_DAYS)
    )
    of_contract = withdrawn.select(
        pl.col("document_id", "creditor_id", "contract_id", "service_code", "debt_kind_code").cast(pl.String),
        "withdrawn_kop",
    )
    return of_contract.join(newer, left_on="document_id", right_on="supersedes_document_id").drop("document_id")


def contracts_added(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Sums of all parts by contract and day."""
    empty = BILLED_CONTRACTS.empty_inside()
    told = pl.concat([empty, *parts], how="diagonal")
    return told.group_by(*CONTRACT_KEY).agg(
        total(pl.col(name).fill_null(0)).alias(name) for name in empty.columns if name not in CONTRACT_KEY
    ).sort(*CONTRACT_KEY)


def billed_documents(items: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Documents of the cycle × creditor × kind, after their own negative items (inside BILLED_DOCUMENTS). `items`: all
    items of the allocation; `documents`: those of the cycle."""
    terms = ("account_id", "document_id", "creditor_id", "debt_kind_code", "document_type_code", "billing_month",
             "issued_on", "due_on")
    creditors = ranked(items["creditor_id"])
    coded = items.select(
        row=pl.int_range(pl.len(), dtype=pl.UInt32), place=starts("document_id").cum_sum(),
        creditor=pl.col("creditor_id").cast(creditors), kind=pl.col("debt_kind_code").cast(KIND),
        billed_kop=pl.col("was_billed_kop") - pl.col("moved_credited_kop"), is_new=pl.col("present_from") > 0,
    ).filter("is_new")
    key = packed(place=items.height, creditor=len(creditors.categories), kind=len(KIND.categories))
    summed = summed_along(coded.with_columns(key.alias("key")), "key", ["billed_kop"], told=["row", "place"])
    replaced = documents["supersedes_document_id"].drop_nulls()
    arrived = documents.select(
        "document_id", posted_at="received_at", is_superseded=pl.col("document_id").is_in(replaced.implode())
    )
    told = items.select(pl.col(terms).gather(summed["row"])).with_columns(summed["billed_kop"])
    # rows of one document follow each other: it is looked up once
    runs = summed.select((starts("place").cum_sum() - 1).alias("run"))["run"]
    of_run = told.select(pl.col("document_id").filter(summed.select(starts("place")).to_series())).join(
        arrived, on="document_id", how="left", maintain_order="left"
    )
    return told.with_columns(
        of_run[name].gather(runs) for name in ("posted_at", "is_superseded")
    ).select(BILLED_DOCUMENTS.inside_names)
