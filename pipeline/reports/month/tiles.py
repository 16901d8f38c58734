"""The tiles on top: what the head of the centre looks at first, taken from the sections below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pipeline.rendering.russian import counted, month_name, number, roubles, share
from pipeline.reports.month.bonus import ELIGIBLE
from pipeline.reports.month.section import Row, Section

NOTHING = Decimal("0.00")


class Tile(NamedTuple):
    """One figure with its name and a line that sets it in proportion; `tone` is a class of the page."""

    label: str
    value: str
    note: str
    tone: str = ""


def tiles(sections: Sequence[Section]) -> list[Tile]:
    """Tiles of the sections that are there."""
    found = {section.code: section for section in sections}
    totals = {code: section.total_row() or {} for code, section in found.items()}
    return [
        *_collected(found["collection"].rows), *_owed(totals["creditors"]), _bonus(found["bonus"].rows),
        _lists(found["lists"].rows), _spared(totals["shields"]),
        *_lost(totals["radar"]), *_penalties(totals["penalties"]), _suspended(totals["suspended"]),
        _refused(totals["quarantined"]),
    ]


def _collected(rows: Sequence[Row]) -> list[Tile]:
    if not rows:
        return []
    now, before = rows[-1], rows[-2] if len(rows) > 1 else None
    then = f"{month_name(before['month'])}: {roubles(before['cycle_rub'])}" if before else "первый месяц участка"
    late = f"; из них поздние документы: {roubles(now['late_rub'])}" if now["late_rub"] else ""
    rate = share(now["current_rub"], now["billed_rub"])
    was = f"; {month_name(before['month'])}: {share(before['current_rub'], before['billed_rub'])}" if before else ""
    return [
        Tile("Начислено", roubles(now["cycle_rub"]), then + late),
        # no colour: what is a good share depends on how much of the cycle has passed
        Tile("Собрано по документам месяца", rate, f"оплачено {roubles(now['current_rub'])}{was}"),
    ]


def _owed(total: Mapping[str, Any]) -> list[Tile]:
    closing, overdue = total.get("closing_rub", NOTHING), total.get("overdue_rub", NOTHING)
    return [
        Tile("Долг", roubles(closing), f"на начало: {roubles(total.get('opening_rub', NOTHING))}"),
        Tile("Просрочено", roubles(overdue), f"{share(overdue, closing)} долга", "bad" if overdue else ""),
    ]


def _bonus(rows: Sequence[Row]) -> Tile:
    granted = next((row["documents"] for row in rows if row["code"] == ELIGIBLE), 0)
    decided = sum(row["documents"] for row in rows)
    return Tile("«Коммунальный бонус» положен", number(granted), f"из {number(decided)} документов месяца")


def _lists(rows: Sequence[Row]) -> Tile:
    ready = sum(row["status_code"] == "ready" for row in rows)
    lines = sum(row["rows"] for row in rows if row["status_code"] == "ready")
    waiting = len(rows) - ready
    note = f"ждут реестров: {waiting}" if waiting else f"в них {counted(lines, 'строка')}"
    return Tile("Списков готово", f"{ready} из {len(rows)}", note, "bad" if waiting else "good")


def _spared(total: Mapping[str, Any]) -> Tile:
    return Tile("Не побеспокоили", counted(_whole(total, "accounts"), "счёт"), "щиты сработали этой ночью")


def _lost(total: Mapping[str, Any]) -> list[Tile]:
    """What limitation takes; nothing where it takes nothing."""
    lost = total.get("lost_in_90_days_rub", NOTHING)
    soon = roubles(total.get("lost_in_30_days_rub", NOTHING))
    return [Tile("Пропадёт по давности за 90 дней", roubles(lost), f"из них за 30 дней: {soon}", "bad")] if lost else []


def _penalties(total: Mapping[str, Any]) -> list[Tile]:
    grown = total.get("penalty_rub", NOTHING)
    waits = roubles(total.get("to_bill_rub", NOTHING))
    return [Tile("Пени", roubles(grown), f"ждут квитанции: {waits}")] if grown else []


def _suspended(total: Mapping[str, Any]) -> Tile:
    days = counted(_whole(total, "oldest"), "день")
    note = f"{counted(_whole(total, 'rows'), 'строка')}, дольше всего ждёт {days}" if total else "всё разнесено"
    return Tile("Невыяснено", roubles(total.get("amount_rub", NOTHING)), note)


def _refused(total: Mapping[str, Any]) -> Tile:
    waiting, own = _whole(total, "rows"), number(_whole(total, "in_cycle"))
    return Tile("Карантин, открыто всего", counted(waiting, "строка"), f"ждут решения; из них в этом месяце: {own}")


def _whole(total: Mapping[str, Any], name: str) -> int:
    return int(total.get(name) or 0)
