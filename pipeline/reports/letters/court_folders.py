"""Court folders: for each case of the published list its papers, an opis with hashes, and a manifest of all cases.

    <case>/zayavlenie.docx, .pdf      application for a court order, or claim; the lawyer edits the first
    <case>/raschet-dolga.pdf          charged, paid and left by month and service
    <case>/raschet-peney.pdf          penalties by segment, where any is claimed
    <case>/vypiska.pdf                turnover of the account and payments
    <case>/opis.pdf                   the papers that are filed, with SHA-256
    <case>/proverit.pdf               what to check before filing, where anything is; not for the court
    court_folders.parquet, court_files.parquet, dela.xlsx

Names and addresses: for the owner only. The same month gives the same bytes. Not here: what the papers say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.debt import COURT_LIST
from pipeline.contracts.gate import gate
from pipeline.contracts.ledger import ACCOUNT_BALANCES
from pipeline.contracts.papers import ADDRESSES, COURT_FILES, COURT_FOLDERS
from pipeline.contracts.registers import SERVICES
from pipeline.contracts.table import Table
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR
from pipeline.rendering.documents import docx
from pipeline.rendering.lacking_words import court_lacking
from pipeline.rendering.letters import forget, pdf
from pipeline.reports.letters import case_papers as papers
from pipeline.reports.letters.case_papers import Around
from pipeline.reports.letters.case_payments import months_until, payments_laid
from pipeline.reports.letters.case_sheets import manifest_workbook
from pipeline.reports.letters.cases import Case
from pipeline.reports.letters.claims import claim_route, claims_to_file, court_route
from pipeline.reports.letters.notary import Route, notary
from pipeline.reports.letters.payees import payee_of, payees
from pipeline.reports.letters.private_files import PRIVATE, private_folder
from pipeline.reports.letters.published_list import NoList, PublishedList, published_list, rows_of_accounts
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.centre import Centre
from pipeline.storage.directories import directory
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.report_files import safe_name
from pipeline.storage.shapes import to_outside

PAPER: Final = "Заявление в суд"
MANIFEST: Final = "dela.xlsx"
#: Cases, of five or six papers each, after which the compiler gives its memory back.
_AT_ONCE: Final = 10
_FLOWS: Final = ("opening_kop", "billed_kop", "paid_kop", "reversed_kop", "transferred_kop", "closing_kop")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the folders are; rows of COURT_FOLDERS and COURT_FILES (inside shape)."""

    folder: Path
    cases: pl.DataFrame
    files: pl.DataFrame


#: Every file that a case may have.
_PAPERS: Final = (
    "zayavlenie.pdf", "zayavlenie.docx", "raschet-dolga.pdf", "raschet-peney.pdf", "vypiska.pdf", "opis.pdf",
    "proverit.pdf",
)


@dataclass(frozen=True, slots=True)
class _Paper:
    name: str
    title: str
    content: bytes


def court_folders(
    book: Book, month: BillingMonth, *, account: str | None = None, to_notary: bool = False, are_claims: bool = False,
    out: Path | None = None,
) -> Folders:
    """Folders of all cases of a published month's `court_list`, or of the case of one account; of `claim_list` where
    they are claims after a cancelled order.

    NoList when there is none, CentreUnknown where the settings do not say who files, RouteClosed for a notary where no
    law sends such debts to him.
    """
    listed = claims_to_file(book, month) if are_claims else published_list(book, month, COURT_LIST)
    centre = Centre.of(book.settings).require(
        "name", "address", "representative", "position", "authority", paper=PAPER
    )
    chosen = _chosen(listed, account, CLAIM_LIST if are_claims else COURT_LIST)
    # papers of one case beside those of all: the manifest of all stays whole
    route = (claim_route if are_claims else notary if to_notary else court_route)(book, chosen.run_on)
    name = f"{route.name}-{chosen.run_on}" if account is None else f"{route.name}-{chosen.run_on}-{account}"
    folder = private_folder(book, chosen.version, name, out, papers=[f"*/{paper}" for paper in _PAPERS])
    known, services = payees(book, chosen.version, chosen.run_on), dict(
        register_of(book, chosen.version, SERVICES).select("service_code", "name").rows()
    )
    addresses, history = _addresses(book, chosen), _history(book, chosen)
    made, files = [], []
    for place, case in enumerate(route.cases(book, chosen), 1):
        payee, address = payee_of(known, case.creditor_id), addresses.get(case.premises_id, "")
        unknown = {"no_address": not address, **payee.unknown}
        way = route.of(case)
        of_case = way.lacks(case, chosen.run_on)
        lacks = sorted({*of_case, *payee.lacks, *(code for code, is_so in unknown.items() if is_so)})
        number = way.number(case, chosen.run_on)
        row = _row(case, lacks) | {"number": number}
        if "sums_differ" in lacks:
            made.append(row | {"folder_name": None})
            continue
        around = Around(centre, payee, address, services, chosen.run_on, number)
        name = safe_name(f"{case.accounts[0]}-{case.told_as}")
        for paper in _papers(case, around, history, lacks, way):
            write_bytes(folder / name / paper.name, paper.content, mode=PRIVATE)
            files.append({"case_id": case.case_id, "file_name": f"{name}/{paper.name}", "title": paper.title,
                          "sha256": sha256(paper.content).hexdigest()})
        (folder / name).chmod(0o700)
        made.append(row | {"folder_name": name})
        if place % _AT_ONCE == 0:
            forget()
    return _with_manifest(folder, made, files, chosen)


def _chosen(listed: PublishedList, account: str | None, table: Table) -> PublishedList:
    if account is None:
        return listed
    named = "court_case_id" if table is CLAIM_LIST else "case_id"
    mine = listed.rows.filter(pl.col("account_id") == account)[named].unique()
    if mine.is_empty():
        raise NoList(f"Счёта {account} нет в списке {table.name} месяца {listed.version.month}",
                     f"Почему, объяснит raschet explain {account}")
    rows = listed.rows.filter(pl.col(named).is_in(mine.implode()))
    return PublishedList(listed.version, rows, listed.run_on)


def _papers(
    case: Case, around: Around, history: tuple[pl.DataFrame, pl.DataFrame], lacks: list[str], route: Route
) -> list[_Paper]:
    """The papers of a case; the opis last, with the hashes of the others."""
    made = list(_counted(case, around, history))
    attached = [f"{paper.title};" for paper in made] + [f"{one};" for one in route.by_hand]
    told = papers.application(case, around, [*attached[:-1], attached[-1].rstrip(";") + "."]) | route.more(case)
    on = around.run_on
    made = [
        _Paper("zayavlenie.pdf", route.title, pdf(f"{route.template}.typ", told, made_on=on)),
        _Paper("zayavlenie.docx", "то же заявление для правки", docx(f"{route.template}.docx", told, made_on=on)),
        *made,
    ]
    heading = papers.heading(case, around)
    # the document to edit has another hash as soon as it is edited
    filed = [one for one in made if not one.name.endswith(".docx")]
    listed = heading | {
        "files": [{"title": one.title, "name": one.name, "sha256": sha256(one.content).hexdigest()} for one in filed],
        "by_hand": list(route.by_hand),
    }
    made.append(_Paper("opis.pdf", "опись документов дела", pdf("attachments.typ", listed, made_on=on)))
    if lacks:
        warned = heading | {"warnings": [court_lacking(code) for code in lacks]}
        made.append(_Paper("proverit.pdf", "что проверить до подачи", pdf("to_check.typ", warned, made_on=on)))
    return made


def _counted(case: Case, around: Around, history: tuple[pl.DataFrame, pl.DataFrame]) -> Iterator[_Paper]:
    on = around.run_on
    yield _Paper("raschet-dolga.pdf", "расчёт задолженности по месяцам и услугам",
                 pdf("debt_calculation.typ", papers.debt_calculation(case, around), made_on=on))
    if case.penalty_kop:
        yield _Paper("raschet-peney.pdf", "расчёт пеней",
                     pdf("penalty_calculation.typ", papers.penalty_calculation(case, around), made_on=on))
    pairs = pl.DataFrame({"account_id": list(case.accounts)}).with_columns(creditor_id=pl.lit(case.creditor_id))
    balances, payments = (rows.join(pairs, on=PAIR, how="semi", maintain_order="left") for rows in history)
    yield _Paper("vypiska.pdf", "выписка из лицевого счёта с платежами",
                 pdf("statement.typ", papers.statement(case, around, balances, payments), made_on=on))


def _history(book: Book, listed: PublishedList) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Accounts of the list over published months: turnover by creditor, payments laid on its debts by day and
    month of the debt."""
    accounts, last = listed.rows["account_id"], listed.version.month
    turnover = [
        rows_of_accounts(one.version, ACCOUNT_BALANCES, accounts).filter(pl.col("debt_kind_code").is_in(ARREARS_KINDS))
        .group_by(PAIR).agg(pl.col(_FLOWS).sum()).with_columns(run_month=pl.lit(one.month.first_day))
        for one in months_until(book, last)
    ]
    return pl.concat(turnover).sort(*PAIR, "run_month"), payments_laid(book, last, accounts)


def _addresses(book: Book, listed: PublishedList) -> dict[str, str]:
    wanted = listed.rows["premises_id"].drop_nulls().unique()
    known = directory(book, ADDRESSES, listed.run_on)
    return dict(known.filter(pl.col("premises_id").is_in(wanted.implode())).rows())


def _row(case: Case, lacks: list[str]) -> dict[str, Any]:
    months = case.items["billing_month"].sort().to_list()
    return {
        "case_id": case.case_id, "creditor_id": case.creditor_id, "premises_id": case.premises_id or None,
        "account_ids": list(case.accounts), "court_name": case.court_name or None,
        "from_month": months[0] if months else None, "to_month": months[-1] if months else None,
        "principal_kop": case.principal_kop, "penalty_kop": case.penalty_kop, "price_kop": case.price_kop,
        "duty_kop": case.duty_kop, "penalty_until_on": case.penalty_until, "lacks": lacks,
    }


def _with_manifest(
    folder: Path, made: list[dict[str, Any]], files: list[dict[str, Any]], listed: PublishedList
) -> Folders:
    told: dict[str, pl.DataFrame] = {}
    for table, rows in ((COURT_FOLDERS, made), (COURT_FILES, files)):
        frame = pl.DataFrame(rows, schema=table.inside_schema, orient="row").sort(table.primary_key)
        _write(folder, table, frame)
        told[table.name] = frame
    content = manifest_workbook(told[COURT_FOLDERS.name], told[COURT_FILES.name], made_on=listed.run_on)
    write_bytes(folder / MANIFEST, content, mode=PRIVATE)
    return Folders(folder, told[COURT_FOLDERS.name], told[COURT_FILES.name])


def _write(folder: Path, table: Table, frame: pl.DataFrame) -> None:
    outside = to_outside(frame, table)
    gate(outside, table)
    write_parquet(folder / f"{table.name}.parquet", outside, mode=PRIVATE)
