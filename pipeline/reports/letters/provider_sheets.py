"""Sheets for providers: which service to cut off or to give back, at which address, by which day, on what proof.

    <provider>-<service>.pdf, .xlsx     a sheet for each provider and service: restorings first, then by address
    provider_sheets.parquet             every row of them

A provider needs an account, an address, a day and the proof that the warning was delivered; names, phones and sums are
nobody's business at the valve and stand on no sheet. Only what is due tonight and has not left before; to cut off, the
sheet is good for the day after its night (`storage/handover.py`). Not here: the warnings themselves
(`restriction_notices.py`), who may be cut off.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import RESTRICTION_LIST
from pipeline.contracts.events import RESTRICTION_ACTS
from pipeline.contracts.gate import gate
from pipeline.contracts.papers import ADDRESSES, LACKING, PROVIDER_SHEETS
from pipeline.contracts.registers import SERVICES
from pipeline.domain.debt.paper_numbers import paper_number
from pipeline.domain.debt.restriction_acts import TRIPLE
from pipeline.rendering.letters import forget, pdf
from pipeline.rendering.russian import day
from pipeline.rendering.words import restriction_action
from pipeline.rendering.workbook import Head, Sheet, workbook
from pipeline.reports.letters.payees import payee_of, payees
from pipeline.reports.letters.private_files import PRIVATE, private_folder
from pipeline.reports.letters.published_list import NoList, PublishedList, published_list
from pipeline.reports.registers import events_of, register_of
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.centre import Centre
from pipeline.storage.directories import directory
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.handover import requests, unanswered
from pipeline.storage.report_files import safe_name
from pipeline.storage.shapes import to_outside

PAPER: Final = "Лист поставщику"
#: Order on a sheet: what is given back cannot wait.
_ACTIONS: Final = ("restore", "restriction", "suspension")
_HEADS: Final = ("Что сделать", "Лицевой счёт", "Адрес", "Когда", "Предупреждение вручено", "Чем подтверждено",
                 "Сделано (день, подпись)")
_PAPERS: Final = ("*.pdf", "*.xlsx")


@dataclass(frozen=True, slots=True)
class Sheets:
    """Where the sheets are; rows of PROVIDER_SHEETS (inside shape)."""

    folder: Path
    index: pl.DataFrame
    run_on: date


def provider_sheets(book: Book, month: BillingMonth, *, out: Path | None = None) -> Sheets:
    """Sheets of the published month's `restriction_list`; NoList when nothing is to be cut off or given back."""
    listed = published_list(book, month, RESTRICTION_LIST)
    due, centre = _due(book, listed), Centre.of(book.settings).require("name", paper=PAPER)
    folder = private_folder(book, listed.version, f"provider-sheets-{listed.run_on}", out, papers=_PAPERS)
    known = payees(book, listed.version, listed.run_on)
    services = dict(register_of(book, listed.version, SERVICES).select("service_code", "name").rows())
    made = []
    for (creditor, service), rows in due.group_by("creditor_id", "service_code", maintain_order=True):
        number = paper_number("provider_sheets", listed.run_on, str(creditor), str(service))
        told = {
            "centre": asdict(centre), "number": number, "on": day(listed.run_on),
            "last_on": day(listed.run_on + timedelta(days=1)), "provider": payee_of(known, str(creditor)).payee.name,
            "service": services.get(str(service), str(service)), "heads": list(_HEADS),
            "rows": [_row(row) for row in rows.to_dicts()],
        }
        name = f"{safe_name(str(creditor))}-{safe_name(str(service))}"
        write_bytes(folder / f"{name}.pdf", pdf("provider_sheet.typ", told, made_on=listed.run_on), mode=PRIVATE)
        write_bytes(folder / f"{name}.xlsx", _workbook(told, listed.run_on), mode=PRIVATE)
        made.append(rows.with_columns(number=pl.lit(number), file_name=pl.lit(f"{name}.pdf")))
        forget()
    index = pl.concat(made).select(PROVIDER_SHEETS.inside_names).sort(PROVIDER_SHEETS.primary_key)
    outside = to_outside(index, PROVIDER_SHEETS)
    gate(outside, PROVIDER_SHEETS)
    write_parquet(folder / f"{PROVIDER_SHEETS.name}.parquet", outside, mode=PRIVATE)
    return Sheets(folder, index, listed.run_on)


def _due(book: Book, listed: PublishedList) -> pl.DataFrame:
    """What is asked for tonight and has not left, with address and proof, in the order of the sheets."""
    asked = requests(RESTRICTION_LIST.name, listed.rows).filter(pl.col("asked_code").is_in(_ACTIONS))
    rule_book = RuleBook.read().with_overrides(book.settings.rules)
    new = unanswered(book, asked, rule_book=rule_book, on=listed.run_on, before=listed.run_on)
    if new.is_empty():
        raise NoList(
            f"В списке restriction_list месяца {listed.version.month} нечего отключать и нечего возвращать",
            "Предупреждения печатает raschet letters restriction_notices; что передано раньше, помнит журнал handovers",
        )
    addresses = directory(book, ADDRESSES, listed.run_on)
    rows = listed.rows.join(new.select(*TRIPLE, "asked_code"), on=TRIPLE).rename({"next_action_on": "asked_on"})
    no_address = pl.when(pl.col("address").is_null()).then(pl.lit(LACKING[0]))
    order = pl.col("asked_code").replace_strict({code: at for at, code in enumerate(_ACTIONS)}, return_dtype=pl.Int32)
    return (
        rows.join(_proofs(book, listed, rows), on=TRIPLE, how="left")
        .join(addresses, on="premises_id", how="left")
        .with_columns(lacks=pl.concat_list(no_address).list.drop_nulls(), _order=order)
        .sort("creditor_id", "service_code", "_order", pl.col("address").fill_null(""), "account_id")
    )


def _proofs(book: Book, listed: PublishedList, rows: pl.DataFrame) -> pl.DataFrame:
    """account × creditor × service: the first proven delivery since the service was last given back, and its proof."""
    here = pl.col("account_id").is_in(rows["account_id"].unique().implode())
    acts = events_of(book, listed.version, RESTRICTION_ACTS, where=here).filter(
        pl.col("act_on") <= listed.run_on
    ).sort(*TRIPLE, "act_on", "registered_at", "event_id").with_row_index("_place")
    restored = acts.filter(pl.col("act_code") == "restored").group_by(TRIPLE).agg(_restored=pl.col("_place").max())
    return (
        acts.filter(pl.col("act_code") == "notice_delivered")
        .join(restored, on=TRIPLE, how="left")
        .filter((pl.col("_place") > pl.col("_restored")).fill_null(True))
        .unique(TRIPLE, keep="first", maintain_order=True)
        .select(*TRIPLE, "evidence", delivered_on="act_on")
    )


def _row(row: dict[str, Any]) -> list[str]:
    when = f"{'до' if row['asked_code'] == 'restore' else 'с'} {day(row['asked_on'])}"
    return [
        restriction_action(row["asked_code"]), row["account_id"], row["address"] or "адрес не указан", when,
        day(row["delivered_on"]) if row["delivered_on"] else "—", row["evidence"] or "—", "",
    ]


def _workbook(told: dict[str, Any], made_on: date) -> bytes:
    """The same rows for the provider's own program."""
    heads = [Head(text, width=width) for text, width in zip(_HEADS, (18, 16, 44, 16, 16, 40, 24), strict=True)]
    title = f"{told['provider']}: {told['service']}, лист № {told['number']}"
    return workbook([Sheet("Лист", title, heads, told["rows"])], made_on=made_on, title=title)
