"""Documents of the month and those with something open: what was billed, by which lines, until when to pay."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pipeline.contracts.ingest import EARLIER_REJECTED
from pipeline.rendering.russian import day, decimal, month_name, roubles
from pipeline.reports.explain import wording
from pipeline.reports.explain.explanation import Grid, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names

_HEADS: Final = ("Услуга", "Получатель", "Месяц", "Как посчитано", "Объём", "Тариф", "Начислено", "Перерасчёт",
                 "Льгота", "К оплате", "Строка")
_NUMBERS: Final = (4, 5, 6, 7, 8, 9)


def section(facts: Facts, names: Names, quoting: Quoting) -> Section:
    """Newest document first; lines of earlier ones on demand."""
    return Section("documents", "Квитанции и их строки", tuple(_pieces(facts, names, quoting)))


def _pieces(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying | Grid]:
    for row in facts.of("incomplete_bills"):
        bonus = " Бонуса за этот месяц это не касается." if row["reason_code"] == EARLIER_REJECTED else ""
        yield Saying(
            f"Внимание: {wording.incomplete(row['reason_code'])}. Пока она не получена целиком, счёт "
            f"не попадает ни в один список{'.' if bonus else ' и бонус по ней не решается.'}{bonus}",
            rows=(reference("incomplete_bills", account_id=row["account_id"]),), tone="bad",
        )
    documents = documents_of(facts)
    if not documents:
        yield Saying("За этот месяц квитанций нет, и неоплаченных квитанций прошлых месяцев тоже нет.")
    for document in documents:
        yield _document(facts, document, names, quoting)
        yield from _lines(facts, document, names)


def documents_of(facts: Facts) -> list[Row]:
    """One row a document: terms, billed, open; newest first."""
    found: dict[str, Row] = {}
    open_ids = {row["document_id"] for row in facts.of("open_items")}
    for month, row in facts.ever("billed_documents"):
        if month == facts.month or row["document_id"] in open_ids:
            _add(found, row, billed=row["billed_rub"], table="billed_documents", is_superseded=row["is_superseded"])
    known = set(found)
    for row in facts.of("open_items"):
        fresh = row["document_id"] not in known
        _add(found, row, billed=row["billed_rub"] if fresh else Decimal(0), table="open_items", is_superseded=False)
        found[row["document_id"]]["outstanding_rub"] += row["outstanding_rub"]
    return sorted(found.values(), key=lambda row: (row["billing_month"], row["document_id"]), reverse=True)


def _add(found: dict[str, Row], row: Row, *, billed: Decimal, table: str, is_superseded: bool) -> None:
    known = found.setdefault(row["document_id"], {
        **{name: row[name] for name in ("document_id", "document_type_code", "billing_month", "issued_on", "due_on")},
        "billed_rub": Decimal(0), "outstanding_rub": Decimal(0), "table": table, "is_superseded": False,
    })
    known["billed_rub"] += billed
    known["is_superseded"] |= is_superseded


def _document(facts: Facts, row: Row, names: Names, quoting: Quoting) -> Saying:
    left = row["outstanding_rub"]
    if row["is_superseded"]:
        standing = "заменена новой редакцией"
    elif left:
        standing = f"не оплачено {roubles(left)}"
        standing += ", срок прошёл" if row["due_on"] < facts.as_of else ""
    else:
        standing = "закрыта полностью"
    return Saying(
        f"{names.document(row).capitalize()} от {day(row['issued_on'])}: {roubles(row['billed_rub'])}, оплатить до "
        f"{day(row['due_on'])} включительно; {standing}.",
        rows=(reference(row["table"], document_id=row["document_id"]),),
        rules=quoting.keys(row["due_on"], "ledger.due_day", "ledger.shift_due_day"),
    )


def _lines(facts: Facts, document: Row, names: Names) -> Iterator[Saying | Grid]:
    """The lines of a document; not when they do not make up what was billed by it."""
    lines = [row for row in facts.lines if row["document_id"] == document["document_id"]]
    if lines and sum((row["payable_rub"] for row in lines), Decimal(0)) != document["billed_rub"]:
        yield Saying("Строки этой квитанции не показаны: их сумма не равна принятому итогу.")
    elif lines:
        total = ("Всего", "", "", "", "", "", *(
            roubles(sum((row[name] for row in lines), Decimal(0)))
            for name in ("charged_rub", "recalculated_rub", "benefit_rub", "payable_rub")
        ), "")
        yield Grid(
            f"Строки: {names.document(document)}", _HEADS, tuple(_line(row, names) for row in lines), _NUMBERS, total,
            is_closed=document["billing_month"] != facts.month.first_day,
        )


def _line(row: Row, names: Names) -> tuple[str, ...]:
    zone = f", зона {row['zone_code'].removeprefix('t')}" if row["zone_code"] else ""
    volume = "" if row["volume"] is None else f"{_short(row['volume'])} {wording.unit(row['unit_code'] or '')}".strip()
    tariff = "" if row["tariff_rub"] is None else f"{_short(row['tariff_rub'], least=2)} ₽"
    return (
        names.service(row["service_code"]) + zone, names.creditor_of(row["contract_id"]),
        month_name(row["charge_month"]), wording.basis(row["basis_code"]), volume, tariff,
        roubles(row["charged_rub"]),
        roubles(row["recalculated_rub"]) if row["recalculated_rub"] else "—",
        roubles(row["benefit_rub"]) if row["benefit_rub"] else "—", roubles(row["payable_rub"]),
        reference("charges", document_id=row["document_id"], line_number=row["line_number"]),
    )


def _short(value: Decimal, *, least: int = 0) -> str:
    """Without the zeros that nobody reads."""
    digits = max(least, -int(value.normalize().as_tuple().exponent))
    return decimal(value, digits)
