"""Billing documents and their charge lines: a document stands or falls with all its lines.

Rules between rows, on top of those of `row_rules.py`:

    duplicate_id                    the id came before with other content
    account_differs_from_document   a line names another account than its document
    orphan_charge                   a line whose document did not arrive
    line_rejected                   a line of the document is refused
    lines_do_not_add_up             Σ payable of principal and capital-repair lines ≠ charged, of voluntary lines ≠
                                    voluntary insurance, or of penalty and court-cost lines ≠ penalty
    supersedes_other_account        it replaces a document of another account
    two_live_versions               another live document of the account, month, type and creditor; both are refused,
                                    unless one replaces the other
    document_rejected               a sound line of a refused document
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT
from pipeline.domain.ingest.fates import (
    ACCEPTED,
    FATE,
    OPEN,
    PROVENANCE,
    REASONS,
    REPEATED,
    ROW,
    settled,
    with_fate,
    with_reasons,
)
from pipeline.domain.ingest.repeats import CONTENT, DUPLICATE_ID, content, with_repeats
from pipeline.money import total

_LIVE_KEY: Final = (KNOWN_ACCOUNT, "billing_month", "document_type_code", "creditor_id")
_PRINTED: Final = {
    "charged_kop": ("utility", "housing", "capital_repair"),
    "voluntary_insurance_kop": ("voluntary",),
    "penalty_kop": ("penalty", "court_cost"),
}


def judged_documents(
    documents: pl.DataFrame, charges: pl.DataFrame, *,
    services: pl.DataFrame, known_documents: pl.DataFrame, known_charges: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Documents and lines of the cycle, each row with its fate.

    Both frames come with provenance, reasons of the row rules and `known_account_id`. `services` gives the class of
    each service; `known_*` are documents that closed months accepted (placed too), and the lines of those that came
    again.
    """
    header, lines = BILLING_DOCUMENTS.inside_names, CHARGES.inside_names
    documents = with_repeats(documents, ["document_id"], header)
    charges = with_repeats(charges, ["document_id", "line_number"], lines)
    charges = _of_their_documents_account(charges, documents)
    documents, charges = _known_from_before(documents, charges, known_documents, known_charges)
    documents = _with_whole_lines(documents, charges, services)
    documents = _with_one_live_version(documents, known_documents)
    return settled(documents), settled(_standing_with_their_document(charges, documents))


def _of_their_documents_account(charges: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Lines whose account is not that of their document; lines without a document are judged later."""
    owners = _first_arrived(documents.filter(pl.col(FATE).is_null())).select("document_id", _owner=KNOWN_ACCOUNT)
    told = charges.with_columns(_of_document(charges, owners))
    differs = (pl.col("_owner").is_not_null() & pl.col(KNOWN_ACCOUNT).ne_missing(pl.col("_owner"))).fill_null(False)
    return with_reasons(told, {"account_differs_from_document": differs}).drop("_owner")


def _first_arrived(documents: pl.DataFrame) -> pl.DataFrame:
    """One row for each id: the first that came, whatever the order of rows and files."""
    told = documents.select("document_id", KNOWN_ACCOUNT, *PROVENANCE)
    is_doubled = told["document_id"].is_duplicated()
    if not is_doubled.any():
        return told
    doubled = told.filter(is_doubled).sort("received_at", *ROW).unique("document_id", keep="first")
    return pl.concat([told.filter(~is_doubled), doubled])


def _of_document(charges: pl.DataFrame, told: pl.DataFrame) -> list[pl.Series]:
    """What is told of documents (one row each), beside each line. Only ids are joined, those of a document at once: its
    lines lie together."""
    runs = charges["document_id"].rle().struct.field("value").to_frame("document_id")
    found = runs.join(told, on="document_id", how="left", maintain_order="left").drop("document_id")
    return found.select(pl.all().gather(charges["document_id"].rle_id())).get_columns()


def _known_from_before(
    documents: pl.DataFrame, charges: pl.DataFrame, known_documents: pl.DataFrame, known_charges: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A document of a closed month again: a repeat when header and every line are the same, else refused whole."""
    again = documents.filter(OPEN).select("document_id").unique()
    again = again.join(known_documents, on="document_id", how="semi")
    if again.is_empty():
        return documents, charges
    header = BILLING_DOCUMENTS.inside_names
    is_same = _whole(documents.filter(OPEN), charges.filter(OPEN), header).join(
        _whole(known_documents, known_charges, header), on=["document_id", CONTENT], how="semi"
    )
    came = pl.col("document_id").is_in(again["document_id"].implode())
    same = pl.col("document_id").is_in(is_same["document_id"].implode())
    documents = with_reasons(documents, {DUPLICATE_ID: OPEN & came & ~same})
    return with_fate(documents, REPEATED, came & same), with_fate(charges, REPEATED, came & same)


def _whole(documents: pl.DataFrame, charges: pl.DataFrame, header: list[str]) -> pl.DataFrame:
    """One text per document: its header and its lines in order."""
    told = charges.sort("document_id", "line_number").select(
        "document_id", content(CHARGES.inside_names, charges.schema)
    )
    lines = told.group_by("document_id").agg(pl.col(CONTENT).str.join("\x1e").alias("_lines"))
    whole = pl.concat_str([CONTENT, pl.col("_lines").fill_null("")], separator="\x1d")
    return (
        documents.select("document_id", content(header, documents.schema))
        .join(lines, on="document_id", how="left")
        .select("document_id", whole.alias(CONTENT))
    )


def _with_whole_lines(documents: pl.DataFrame, charges: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """Documents with a refused line, or whose sound lines do not add up to what is printed."""
    # a later line of a known number is refused alone: the line that stands has come before
    refused = charges.filter(~pl.col(REASONS).is_in(["", DUPLICATE_ID]))
    sound = charges.lazy().filter(OPEN).select("document_id", "service_code", "payable_kop").collect()
    of_class = {
        printed: services.filter(pl.col("class_code").is_in(list(named)))["service_code"].unique()
        for printed, named in _PRINTED.items()
    }
    # lines of a document lie together: each run of them is summed by its number, then runs by their long ids
    runs = sound.select(
        "document_id", pl.col("document_id").rle_id().alias("_run"),
        *(pl.when(pl.col("service_code").is_in(codes.implode())).then("payable_kop").otherwise(0).alias(f"_{printed}")
          for printed, codes in of_class.items()),
    )
    names = [f"_{printed}" for printed in _PRINTED]
    of_runs = runs.group_by("_run").agg(pl.col("document_id").first(), *(total(pl.col(name)) for name in names))
    sums = of_runs.group_by("document_id").agg(total(pl.col(name)) for name in names)
    told = documents.join(sums, on="document_id", how="left", maintain_order="left")
    differs = pl.any_horizontal(
        pl.col(printed) != pl.col(f"_{printed}").fill_null(0) for printed in _PRINTED
    )
    has_refused = pl.col("document_id").is_in(refused["document_id"].drop_nulls().implode()).fill_null(False)
    rules = {
        "line_rejected": pl.col(FATE).is_null() & has_refused, "lines_do_not_add_up": OPEN & differs & ~has_refused,
    }
    return with_reasons(told, rules).select(documents.columns)


def _with_one_live_version(documents: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Refuse live documents that compete for one place; a replaced document is not live."""
    documents = _replacing_their_own(documents, known)
    arrived = documents.filter(OPEN)
    live = arrived.filter(~_is_replaced(arrived))
    before = known.join(arrived, on="document_id", how="anti")
    before = before.filter(~_is_replaced(pl.concat([before.select("supersedes_document_id"),
                                                    arrived.select("supersedes_document_id")])))
    places = pl.concat([live.select(*_LIVE_KEY, "document_id"), before.select(*_LIVE_KEY, "document_id")])
    crowded = places.filter(pl.len().over(_LIVE_KEY) > 1)
    clash = live.join(crowded, on="document_id", how="semi")["document_id"]
    return with_reasons(
        documents, {"two_live_versions": OPEN & pl.col("document_id").is_in(clash.implode())}
    )


def _replacing_their_own(documents: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    owners = pl.concat([
        documents.filter(OPEN).select("document_id", KNOWN_ACCOUNT), known.select("document_id", KNOWN_ACCOUNT)
    ]).unique("document_id", keep="first", maintain_order=True)
    owners = owners.rename({"document_id": "supersedes_document_id", KNOWN_ACCOUNT: "_owner"})
    told = documents.join(owners, on="supersedes_document_id", how="left", maintain_order="left")
    is_foreign = OPEN & (pl.col("_owner") != pl.col(KNOWN_ACCOUNT)).fill_null(False)
    return with_reasons(told, {"supersedes_other_account": is_foreign}).select(documents.columns)


def _is_replaced(documents: pl.DataFrame) -> pl.Expr:
    replaced = documents["supersedes_document_id"].drop_nulls()
    return pl.col("document_id").is_in(replaced.implode())


def _standing_with_their_document(charges: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Open lines fall with a refused document; lines of a repeat repeat; lines of none are orphans."""
    fates = settled(documents).group_by("document_id").agg(
        _is_accepted=(pl.col(FATE) == ACCEPTED).any(), _is_repeated=(pl.col(FATE) == REPEATED).any()
    )
    told = charges.with_columns(_of_document(charges, fates))
    rules = {
        "orphan_charge": OPEN & pl.col("_is_accepted").is_null(),
        "document_rejected": OPEN & pl.col("_is_accepted").eq_missing(False) & ~pl.col("_is_repeated").fill_null(False),
    }
    return with_reasons(told, rules).drop("_is_accepted", "_is_repeated")
