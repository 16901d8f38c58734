"""Numbers of papers: the kind, the day, and what the paper is about. Nobody counts, so nothing can be counted twice.

    КВ-260620-7700031010-uyut      receipt of the night of 20.06.2026, of one account for one creditor

A paper is about something that its list names once a night (account × creditor, court case × addressee, creditor ×
service), so a number is given once in a book for ever, and printing or computing the night again gives the same one.
Not here: envelopes and the order of letters, which are of one printing.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

#: Kinds of papers and the letters that their numbers begin with.
PREFIXES: Final = {
    "debt_receipts": "КВ", "restriction_notices": "ПР", "instalment_offers": "ПРС", "provider_sheets": "ЛП",
    "agreement": "СГ", "certificate": "СП", "court": "ЗП", "notary": "ЗН", "enforcement_list": "ИД",
    "withdrawal_list": "ОТ", "claim": "ИС", "pretrial_notices": "ПУ",
}
ADDRESSEES: Final = {"court": "суд", "bank": "банк", "bailiffs": "приставы"}


def paper_number(kind: str, on: date, *about: str) -> str:
    """The number of a paper of a kind (PREFIXES) of a day."""
    return "-".join([PREFIXES[kind], f"{on:%y%m%d}", *about])


def paper_numbers(kind: str, on: date, *about: str | pl.Expr) -> pl.Expr:
    """The same for every row; null where a row does not say what it is about."""
    return pl.concat_str(pl.lit(f"{PREFIXES[kind]}-{on:%y%m%d}"), *about, separator="-")


def letter_of_case(kind: str, on: date, court_case_id: str, addressee: str) -> str:
    """The number of a letter of a filed case."""
    return paper_number(kind, on, court_case_id, ADDRESSEES[addressee])


def of_handovers(list_code: str, on: date) -> pl.Expr:
    """`paper_number` of rows that leave by a list of the night of a day: account_id, creditor_id, service_code,
    court_case_id, handed_to_code, asked_code."""
    if list_code == "restriction_list":
        return pl.when(pl.col("asked_code") == "notice").then(
            paper_numbers("restriction_notices", on, "account_id", "creditor_id")
        ).otherwise(paper_numbers("provider_sheets", on, "creditor_id", "service_code"))
    if list_code == "claim_list":
        return paper_numbers("claim", on, "court_case_id")
    if list_code in ("instalment_offers", "pretrial_notices"):
        return paper_numbers(list_code, on, "account_id", "creditor_id")
    to = pl.col("handed_to_code").replace_strict(ADDRESSEES, default=None, return_dtype=pl.String)
    return paper_numbers(list_code, on, "court_case_id", to)


def of_dispatches(list_code: str, on: date) -> pl.Expr:
    """The same of rows of a list of the ladder; null for what is no paper. An application bears the first account of
    its case (`case_id`)."""
    if list_code == "debt_receipts":
        return paper_numbers(list_code, on, "account_id", "creditor_id")
    if list_code == "court_list":
        about = pl.col("account_id").min().over("case_id"), "creditor_id"
        is_claim = pl.col("stage_code") == "claim"
        return pl.when(is_claim).then(paper_numbers("claim", on, *about)).otherwise(paper_numbers("court", on, *about))
    return pl.lit(None, dtype=pl.String)
