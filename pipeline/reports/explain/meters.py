"""Meters without a reading for the month: what was due and why, what was billed instead, whose verification ends."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pipeline.rendering import words
from pipeline.rendering.russian import counted, day, decimal, month_name, roubles
from pipeline.reports.explain.explanation import BAD, FACT, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names

_DIGITS: Final = 3
_UNKNOWN: Final = {
    "norm_unknown": "Объём неизвестен: никто не сообщил норматив.",
    "history_unknown": "Что положено, неизвестно: нет сведений, когда счётчик читали в последний раз.",
    "contract_volume": "Помещение нежилое: среднее начисляют только первые месяцы, дальше объём по договору (п. 43), "
    "его никто не сообщил.",
}


def section(facts: Facts, names: Names, quoting: Quoting) -> Section:
    return Section("meters", "Счётчики без показаний и поверка", tuple(_pieces(facts, names, quoting)))


def _pieces(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying]:
    due, bills, ending = (
        facts.of(name) for name in ("substitute_volumes", "substitute_mismatches", "verification_calendar")
    )
    if not (due or bills or ending):
        yield Saying("У всех счётчиков есть принятые показания за месяц, поверка скоро ни у одного не кончается.")
    for row in due:
        yield from _due(row, names, quoting)
    for row in bills:
        yield _bill(row, names)
    for row in ending:
        yield _verification(row, names)


def _due(row: Row, names: Names, quoting: Quoting) -> Iterator[Saying]:
    on, source = row["charge_month"], (reference("substitute_volumes", meter_id=row["meter_id"]),)
    yield Saying(
        f"{names.service(row['service_code'])}, {month_name(on)}: {_reason(row)}. {_volume(row)}",
        rows=source, rules=quoting.keys(on, *_rules(row, quoting)), ground=row["article"],
    )
    if row["inspection_due_on"]:
        rules = quoting.keys(on, "metering.no_readings_inspection_months", "substitution.inspection_days")
        by = day(row["inspection_due_on"])
        yield Saying(f"Показаний давно нет: поставщик обязан проверить счётчик до {by}.", rows=source, rules=rules)
    elif row["reason_code"] == "not_submitted":
        yield Saying("Изменит это принятое показание: с него счёт месяцев без показаний начинается заново.", tone=FACT)


def _reason(row: Row) -> str:
    """«поверка истекла с 16.01.2026, 4 месяца подряд»."""
    told = words.substitute_reason(row["reason_code"])
    if row["reason_code"] == row["meter_status_code"]:
        told += f" с {day(row['status_since_on'])}"
    return told + (f", {counted(row['run_number'], 'месяц')} подряд" if row["run_number"] else "")


def _rules(row: Row, quoting: Quoting) -> Iterator[str]:
    if row["run_number"]:
        yield "metering.average_run_months_max"
    if row["uplift_percent"]:
        cold = quoting.rule_book.value("substitution.cold_water_services", row["charge_month"])
        is_cold = isinstance(cold, tuple) and row["service_code"] in cold
        yield f"substitution.uplift_factor{'_cold_water' if is_cold else ''}"


def _volume(row: Row) -> str:
    if row["missing_code"]:
        return _UNKNOWN[row["missing_code"]]
    told = f"Положено {words.basis(row['basis_code'])}: {decimal(row['volume'], _DIGITS)}"
    if row["basis_code"] == "norm_uplift":
        factor = Decimal(row["uplift_percent"]) / 100
        told += f" и отдельно повышение {decimal(row['uplift_volume'], _DIGITS)} (коэффициент {decimal(factor, 1)})"
    return told + "."


def _bill(row: Row, names: Names) -> Saying:
    what = f"{names.service(row['service_code'])}, {month_name(row['charge_month'])}: начислено не так, как положено"
    difference = row["difference_rub"]
    if difference is None:
        by = "Сумма неизвестна: никто не сообщил норматив"
    else:
        by = f"{'Лишнее' if difference > 0 else 'Недостающее'}: {roubles(abs(difference))}"
    return Saying(
        f"{what}: {words.substitute_mismatch(row['cause_code'])}. {by}. Это отдел начислений выясняет с расчётчиком.",
        rows=(reference("substitute_mismatches", service_code=row["service_code"], charge_month=row["charge_month"]),),
        tone=BAD if difference is None or difference > 0 else "",
    )


def _verification(row: Row, names: Names) -> Saying:
    ended = f"{'кончилась' if row['days_left'] < 0 else 'кончится'} {day(row['verified_until'])}"
    cost = row["lapse_cost_rub"]
    if cost is None:
        told = f"Во что обойдётся просрочка, неизвестно: {words.substitute_missing(row['missing_code'])}."
    elif cost > 0:
        told = f"С четвёртого месяца просрочки счёт будет больше на {roubles(cost)} в месяц."
    else:
        told = "Просрочка не сделает счёт больше."
    return Saying(
        f"{names.service(row['service_code'])}: поверка счётчика {ended}. {told}",
        rows=(reference("verification_calendar", meter_id=row["meter_id"]),),
        ground="ПП РФ № 354, п. 59 «а», 60, 81(12)",
    )
