"""Balances by creditor over the cycle, and what is open: until when it was to be paid and how long it is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pipeline.rendering.russian import counted, day, roubles
from pipeline.rendering.words import debt_kind
from pipeline.reports.explain.explanation import Grid, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names

_FLOWS: Final = ("opening_rub", "billed_rub", "paid_rub", "reversed_rub", "transferred_rub", "written_off_rub",
                 "closing_rub")
_FLOW_HEADS: Final = dict(zip(
    _FLOWS, ("Было", "Выставлено", "Оплачено", "Возвращено", "Перенесено", "Списано", "Стало"), strict=True,
))
_RARE: Final = frozenset({"reversed_rub", "transferred_rub", "written_off_rub"})
_OPEN: Final = ("billed_rub", "paid_rub", "outstanding_rub")
ARREARS: Final = ("principal", "capital_repair")


def section(facts: Facts, names: Names, quoting: Quoting) -> Section:
    return Section("balances", "Сальдо и просрочка", tuple(_pieces(facts, names, quoting)))


def is_overdue(row: Row) -> bool:
    """An open item that counts as arrears at the cut."""
    return row["debt_kind_code"] in ARREARS and row["days_overdue"] > 0 and not row["is_disputed"]


def _pieces(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying | Grid]:
    if facts.of("account_balances"):
        yield _flows(facts, names)
    if not facts.of("open_items"):
        yield Saying("Неоплаченных сумм нет.", tone="good")
        return
    yield _open_documents(facts, names)
    yield _open(facts, names)
    yield from _apart(facts, quoting)


def _flows(facts: Facts, names: Names) -> Grid:
    """What never moved in this cycle is left out."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in facts.of("account_balances"):
        groups.setdefault((row["creditor_id"], row["debt_kind_code"]), []).append(row)
    flows = [flow for flow in _FLOWS if flow not in _RARE or any(row[flow] for row in facts.of("account_balances"))]
    lines = tuple(
        (names.creditor(creditor), debt_kind(kind), *(_sum(rows, flow) for flow in flows),
         reference("account_balances", creditor_id=creditor, rows=len(rows)))
        for (creditor, kind), rows in sorted(groups.items())
    )
    total = ("Всего", "", *(_sum(facts.of("account_balances"), flow) for flow in flows), "")
    heads = ("Получатель", "Вид долга", *(_FLOW_HEADS[flow] for flow in flows), "Строка")
    return Grid("Движение за цикл", heads, lines, tuple(range(2, 2 + len(flows))), total)


def _sum(rows: list[Row], column: str) -> str:
    return roubles(sum((row[column] for row in rows), Decimal(0)))


def _open_documents(facts: Facts, names: Names) -> Grid:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in facts.of("open_items"):
        groups.setdefault((str(row["due_on"]), row["document_id"]), []).append(row)
    lines = tuple(
        (names.document(rows[0]), day(rows[0]["due_on"]), _late(rows[0]),
         *(_sum(rows, name) for name in _OPEN),
         reference("open_items", document_id=rows[0]["document_id"], rows=len(rows)))
        for _, rows in sorted(groups.items())
    )
    every = facts.of("open_items")
    total = ("Всего", "", "", *(_sum(every, name) for name in _OPEN), "")
    heads = ("Квитанция", "Срок оплаты", "Просрочка", "Было по открытым строкам", "Оплачено", "Осталось", "Строка")
    return Grid("Не оплачено, по квитанциям", heads, lines, (3, 4, 5), total)


def _late(row: Row) -> str:
    return counted(row["days_overdue"], "день") if row["days_overdue"] else "срок не наступил"


def _open(facts: Facts, names: Names) -> Grid:
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in facts.of("open_items"):
        key = (row["due_on"], row["document_id"], row["creditor_id"], row["debt_kind_code"])
        groups.setdefault(key, []).append(row)
    lines = []
    for _, rows in sorted(groups.items(), key=lambda told: tuple(map(str, told[0]))):
        row = rows[0]
        lines.append((
            names.document(row), names.creditor(row["creditor_id"]), debt_kind(row["debt_kind_code"]),
            day(row["due_on"]), _late(row),
            *(_sum(rows, name) for name in _OPEN),
            reference("open_items", document_id=row["document_id"], creditor_id=row["creditor_id"], rows=len(rows)),
        ))
    every = facts.of("open_items")
    total = ("Всего", "", "", "", "", *(_sum(every, name) for name in _OPEN), "")
    heads = ("Квитанция", "Получатель", "Вид долга", "Срок оплаты", "Просрочка", "Выставлено", "Оплачено", "Осталось",
             "Строка")
    return Grid("Не оплачено, по получателям", heads, tuple(lines), (5, 6, 7), total, is_closed=True)


def _apart(facts: Facts, quoting: Quoting) -> Iterator[Saying]:
    """Disputed, time-barred and soon time-barred sums."""
    disputed = [row for row in facts.of("open_items") if row["is_disputed"]]
    barred = [row for row in facts.of("open_items") if row["is_time_barred"]]
    if disputed:
        is_tenant = facts.account.get("account_kind_code") == "municipal_tenant"
        owners = [row for row in disputed if is_tenant and row["debt_kind_code"] == "capital_repair"]
        tail = (f" Взнос на капремонт ({_sum(owners, 'outstanding_rub')}) в муниципальной квартире должен собственник, "
                "а не наниматель (ЖК РФ, ст. 169).") if owners else ""
        fees = sum((row["fee_rub"] for row in facts.of("owner_debts")), Decimal(0))
        tail += (f" Просроченную плату ({roubles(fees)}) за месяцы, когда в муниципальной квартире никто не жил, "
                 "должен собственник (ЖК РФ, ст. 153, ч. 3).") if fees else ""
        said = f"Из них {_sum(disputed, 'outstanding_rub')} оспорено: пока спор не решён, это не просрочка.{tail}"
        yield Saying(said, rows=(reference("open_items", rows=len(disputed)),))
    years = quoting.keys(facts.as_of, "ledger.limitation_years")
    if barred:
        last = max(row["limitation_on"] for row in barred if row["limitation_on"])
        yield Saying(
            f"По {_sum(barred, 'outstanding_rub')} срок исковой давности прошёл (последний — {day(last)}): в суд с "
            "ними не пойдут, и платежи без указания месяца их не закрывают.",
            rows=(reference("open_items", rows=len(barred)),), rules=years,
        )
    ahead = [row["limitation_on"] for row in facts.of("open_items")
             if row["limitation_on"] and not row["is_time_barred"] and is_overdue(row)]
    if ahead:
        yield Saying(f"Самый ранний из остальных сроков исковой давности — {day(min(ahead))}.",
                     rows=(reference("open_items"),), rules=years)
    lump = [row for row in facts.of("open_items") if row["charge_month"] is None]
    if lump:
        yield Saying(f"{_sum(lump, 'outstanding_rub')} приняты при открытии участка одной суммой без месяцев: о них "
                     "только напоминают, в суд с ними не идут, пока долг не расшифрован.",
                     rows=(reference("open_items", rows=len(lump)),))
