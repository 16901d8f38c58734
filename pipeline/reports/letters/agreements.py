"""A draft of an instalment agreement of one account with one creditor: PDF to sign, DOCX to edit, parts to register.

Co-owners sign one agreement that tells the part of each.

    spread   =   what is open of debts due by the day of the signing, disputed sums left out   =   Σ parts

That is the debt that the night's `instalments` compares a signed agreement with, so a draft signed on its day is kept
from the start. Drafting binds nobody: once signed, its parts go to `landing/instalment_agreements`. Penalties go on by
law and stand apart. Months out of limitation are named and not acknowledged (ГК РФ, ст. 206, п. 2); while a case
runs, the court alone spreads the debt. Not here: offers to many (`instalment_offers.py`), whether an agreement is kept.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.debt import COURT_STANDING
from pipeline.contracts.gate import gate
from pipeline.contracts.instalments import INSTALMENTS
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.papers import ADDRESSES, AGREEMENT_PARTS
from pipeline.contracts.registers import ACCOUNTS, CREDITORS, SERVICES
from pipeline.domain.debt.instalments import old_items
from pipeline.domain.debt.paper_numbers import paper_number
from pipeline.domain.debt.schedule import schedule
from pipeline.errors import RaschetError
from pipeline.money import roubles_of
from pipeline.rendering.documents import docx
from pipeline.rendering.letters import pdf
from pipeline.rendering.russian import counted, day, month_name
from pipeline.rendering.sums_in_words import in_words
from pipeline.reports.explain.finding import find
from pipeline.reports.letters.holders import holders_of
from pipeline.reports.letters.letter_values import amount, months_and_services, payee_values, penalty_articles
from pipeline.reports.letters.payees import payee_of, payees
from pipeline.reports.letters.private_files import PRIVATE, private_folder
from pipeline.reports.letters.published_list import rows_of_accounts
from pipeline.reports.letters.shared_debt import answer
from pipeline.reports.letters.standing import counted_days
from pipeline.reports.registers import register_of
from pipeline.rules.debt import DebtRules
from pipeline.rules.debt_instalments import InstalmentRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.centre import Centre
from pipeline.storage.directories import directory
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.manifest import Version
from pipeline.storage.report_files import safe_name
from pipeline.storage.shapes import to_outside

PAPER: Final = "Соглашение о рассрочке"


class NoAgreement(RaschetError):
    """The account owes this creditor nothing that could be spread, keeps an agreement or has a case already, or the
    terms are wrong."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """Where the draft is, and its parts (AGREEMENT_PARTS, inside shape)."""

    folder: Path
    parts: pl.DataFrame


def draft(
    book: Book, written: str, creditor_id: str | None, months: int, signed_on: date, *, out: Path | None = None
) -> Drafted:
    """The agreement of an account with a creditor over so many months, signed on a day; NoAgreement says why not."""
    centre = Centre.of(book.settings).require(
        "name", "address", "representative", "position", "authority", paper=PAPER
    )
    version, account = counted_days(book)[-1].version, find(book, None, written).account_id
    _require_terms(book, version, months, signed_on)
    creditors = dict(register_of(book, version, CREDITORS).select("creditor_id", "name").rows())
    if creditor_id is None or creditor_id not in creditors:
        raise _unnamed(creditor_id, _owed_to(version, account, signed_on, creditors))
    items = _items(version, account, creditor_id, signed_on)
    total = int(items["outstanding_kop"].sum())
    if total < months:
        raise NoAgreement(
            f"По счёту {account} перед получателем {creditor_id} ({creditors[creditor_id]}) на {signed_on:%d.%m.%Y} "
            f"нет долга, который можно разделить на {months}", _owed_to(version, account, signed_on, creditors),
        )
    agreement_id = paper_number("agreement", signed_on, account, creditor_id)
    parts = pl.DataFrame(
        [{"agreement_id": agreement_id, "account_id": account, "creditor_id": creditor_id, "signed_on": signed_on,
          "part_due_on": on, "part_kop": part} for on, part in schedule(total, months, signed_on)],
        schema=AGREEMENT_PARTS.inside_schema, orient="row",
    )
    values = _values(book, version, items, parts) | {"centre": asdict(centre), "number": agreement_id}
    folder = private_folder(book, version, f"agreement-{safe_name(agreement_id)}", out)
    write_bytes(folder / "soglashenie.pdf", pdf("agreement.typ", values, made_on=signed_on), mode=PRIVATE)
    write_bytes(folder / "soglashenie.docx", docx("agreement.docx", values, made_on=signed_on), mode=PRIVATE)
    outside = to_outside(parts, AGREEMENT_PARTS)
    gate(outside, AGREEMENT_PARTS)
    write_parquet(folder / f"{AGREEMENT_PARTS.name}.parquet", outside, mode=PRIVATE)
    return Drafted(folder, parts)


def _require_terms(book: Book, version: Version, months: int, signed_on: date) -> None:
    rule_book = RuleBook.read().with_overrides(book.settings.rules)
    most = InstalmentRules.in_force(rule_book, signed_on).months_max
    if not 1 <= months <= most:
        raise NoAgreement(f"Рассрочка на {months} мес. невозможна: от 1 до {most}",
                          "Предел задаёт правило debt.instalment_months_max")
    last = version.as_of + timedelta(days=DebtRules.in_force(rule_book, version.as_of).list_valid_days)
    if not version.as_of <= signed_on <= last:
        raise NoAgreement(
            f"Долг известен на {version.as_of:%d.%m.%Y}: соглашение готовят на день с этого по {last:%d.%m.%Y}, "
            f"а не на {signed_on:%d.%m.%Y}", "Пересчитайте месяц, чтобы учесть последние платежи",
        )


def _unnamed(creditor_id: str | None, owed_to: str) -> NoAgreement:
    """One sentence: what was named, and whom it may name."""
    said = f"Получателя {creditor_id} нет в реестре" if creditor_id else "Получатель не назван"
    return NoAgreement(f"{said}: соглашение заключают с одним получателем", f"Укажите --creditor КОД. {owed_to}")


def _owed_to(version: Version, account: str, signed_on: date, names: dict[str, str]) -> str:
    """Whom the account owes what could be spread: code, name and sum; every creditor where it owes nobody."""
    pairs = pl.DataFrame({"account_id": account, "creditor_id": sorted(names), "signed_on": signed_on})
    items = old_items(pairs, rows_of_accounts(version, OPEN_ITEMS, pairs["account_id"].unique()))
    owed = items.group_by("creditor_id").agg(pl.col("outstanding_kop").sum()).sort("creditor_id").rows()
    if not owed:
        every = "; ".join(f"{code} — {name}" for code, name in sorted(names.items()))
        return f"По счёту {account} просроченного долга нет; получатели: {every}"
    told = "; ".join(f"{code} — {names[code]}, {amount(int(kop))} ₽" for code, kop in owed)
    return f"По счёту {account} есть долг: {told}"


def _items(version: Version, account: str, creditor_id: str, signed_on: date) -> pl.DataFrame:
    """Debts that the agreement spreads, by month and service; NoAgreement where one is in force or in doubt."""
    one = pl.DataFrame({"account_id": [account], "creditor_id": [creditor_id], "signed_on": [signed_on]})
    agreed = rows_of_accounts(version, INSTALMENTS, one["account_id"]).filter(
        (pl.col("creditor_id") == creditor_id) & pl.col("status_code").is_in(["kept", "does_not_match_debt"])
    )
    if not agreed.is_empty():
        raise NoAgreement(
            f"По счёту {account} с получателем {creditor_id} уже есть соглашение {agreed['agreement_id'][0]} "
            f"от {agreed['signed_on'][0]:%d.%m.%Y}", f"Соблюдается ли оно, покажет raschet explain {account}",
        )
    running = rows_of_accounts(version, COURT_STANDING, one["account_id"]).filter(
        (pl.col("creditor_id") == creditor_id) & (pl.col("stage_code") != "ended")
    ).sort("court_case_id")
    if not running.is_empty():
        raise NoAgreement(
            f"По счёту {account} с получателем {creditor_id} идёт судебное дело {running['court_case_id'][0]}",
            "Рассрочку присуждённого даёт суд (ГПК РФ, ст. 203, 434), а спор кончает мировое соглашение (ст. 153.8)",
        )
    return (
        old_items(one, rows_of_accounts(version, OPEN_ITEMS, one["account_id"]))
        .group_by("billing_month", "service_code")
        .agg(pl.col("outstanding_kop").sum(), pl.col("due_on").min(), kinds=pl.col("debt_kind_code").unique(),
             barred_kop=pl.col("outstanding_kop").filter("is_time_barred").sum())
        .sort("billing_month", "service_code")
    )


def _values(book: Book, version: Version, items: pl.DataFrame, parts: pl.DataFrame) -> dict[str, Any]:
    """Values of `agreement.typ` and `agreement.docx`."""
    row, total = parts.row(0, named=True), int(parts["part_kop"].sum())
    account, signed_on = row["account_id"], row["signed_on"]
    known = payee_of(payees(book, version, signed_on), row["creditor_id"])
    flats = register_of(book, version, ACCOUNTS, where=pl.col("account_id") == account)["premises_id"]
    addresses = dict(directory(book, ADDRESSES, signed_on).filter(pl.col("premises_id").is_in(flats.implode())).rows())
    holders = holders_of(book, version, parts["account_id"], signed_on).to_dicts()
    named = [one["full_name"] for one in holders if not one["is_minor"] and one["full_name"]]
    kinds, barred = set(items["kinds"].explode()), items.filter(pl.col("barred_kop") > 0)
    services = dict(register_of(book, version, SERVICES).select("service_code", "name").rows())
    return {
        "account": account, "address": addresses.get(flats[0], "") if len(flats) else "", "on": day(signed_on),
        "known_until": day(version.as_of), "payee": payee_values(known),
        "debtors": named or ["_" * 40], **answer(holders, {"Долг": total}).values,
        "debt": amount(total), "debt_in_words": in_words(roubles_of(total)),
        "months": counted(parts.height, "месяц"), "has_capital_repair": "capital_repair" in kinds,
        "has_fees": kinds != {"capital_repair"}, "penalty_articles": penalty_articles(kinds),
        "barred": amount(int(barred["barred_kop"].sum())) if barred.height else "",
        "barred_months": ", ".join(month_name(one) for one in barred["billing_month"].unique().sort()),
        "parts": [{"number": str(place), "on": day(one["part_due_on"]), "sum": amount(one["part_kop"])}
                  for place, one in enumerate(parts.to_dicts(), 1)],
        "table": months_and_services(items.to_dicts(), services),
    }
