"""The advance discount of an account: what was to be paid ahead, what came off, what is missing, why it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pipeline.contracts.advance_discounts import LIVE
from pipeline.rendering import advance_words
from pipeline.rendering.russian import roubles
from pipeline.reports.explain.explanation import Row, Saying, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting

#: Rules that say why the term stands where it does.
_RULES: Final = {
    "planned": ("percents",), "awaits_money": ("debt_days",), "running": ("ends_by",), "refused": ("debt_days",),
    "ended": ("ends_by", "claws_back"), "finished": ("percents",),
}
_WHY_NOT: Final = {
    "is_priced": "в квитанциях нет постоянных строк, с которых её снимают",
    "is_paid_ahead": "вовремя внесено не всё", "is_free_of_debt": "есть просроченный долг",
}
#: While the last day to pay is ahead.
_WHY_NOT_YET: Final = _WHY_NOT | {"is_paid_ahead": "пока внесено не всё"}


def sayings(facts: Facts, quoting: Quoting) -> Iterator[Saying]:
    """A paragraph for every term."""
    on = facts.month.first_day
    for term in facts.of("advance_terms"):
        rows = [row for row in facts.of("advance_schedule") if row["event_id"] == term["event_id"]]
        left = sum((row["amount_rub"] for row in facts.of("advances")
                    if row["contract_reference"] == term["contract_reference"]), Decimal(0))
        told = " ".join(text for text in (_told(term, rows), _left(term, left)) if text)
        yield Saying(
            f"{title(term)}: {advance_words.term(term['status_code'])}. {told}",
            rows=(reference("advance_terms", event_id=term["event_id"]),),
            rules=quoting.keys(on, *(f"recalculation_advance.{name}" for name in _RULES[term["status_code"]])),
        )


def title(term: Row) -> str:
    """«Скидка за аванс 2 % по договору Д-1, месяцев 12, с 03.2026 по 02.2027»."""
    percent = f"{term['percent'].normalize():f}".replace(".", ",")
    return (f"Скидка за аванс {percent} % по договору {term['contract_reference']}, месяцев {term['months']}, "
            f"с {term['from_month']:%m.%Y} по {term['to_month']:%m.%Y}")


def _told(term: Row, rows: Sequence[Row]) -> str:
    given = _sum(rows, "discount_rub", "given")
    status = term["status_code"]
    if status == "running":
        return f"Скидка до сих пор: {roubles(given)}; впереди по плану: {roubles(_ahead(rows))}. {_paid(term)}"
    if status == "finished":
        return f"За весь срок скидка {roubles(given)}."
    if status == "ended":
        why = advance_words.end(term["end_reason_code"])
        back = _sum(rows, "discount_rub", "clawed_back")
        fate = (f"Данная скидка {roubles(back)} начисляется обратно, когда согласится сотрудник"
                if term["is_clawed_back"] else f"Данная скидка {roubles(given)} остаётся")
        return f"Причина: {why}; скидки нет с {term['ended_month']:%m.%Y}. {fate}."
    lacks = f"Не хватает {roubles(term['missing_rub'])}. " if term["missing_rub"] else ""
    why_not = _WHY_NOT_YET if status == "planned" else _WHY_NOT
    because = why_not[term["first_failed_code"]] if term["first_failed_code"] else "начнётся с первым месяцем срока"
    waits = " Платежи, сделанные вовремя, ждём ещё один цикл." if status == "awaits_money" else ""
    return f"{_paid(term)} {lacks}{because[:1].upper()}{because[1:]}.{waits}"


def bound_money(facts: Facts) -> list[Row]:
    """Advances that pay the fixed lines of their contract and nothing else."""
    contracts = {term["contract_reference"] for term in facts.of("advance_terms") if _is_binding(term)}
    return [row for row in facts.of("advances") if row["contract_reference"] in contracts]


def _is_binding(term: Row) -> bool:
    return term["status_code"] in LIVE and term["price_rub"] is not None


def _left(term: Row, left: Decimal) -> str:
    """What the money of the contract may pay, and what is left of it."""
    if _is_binding(term):
        return (f"Эти деньги платят только постоянные строки своих месяцев, остальные строки квитанции оплачивают как "
                f"обычно; на следующие месяцы осталось {roubles(left)}.")
    if term["status_code"] in LIVE or not left:
        return ""
    return f"Остаток {roubles(left)} со следующего месяца — обычный аванс счёта."


def _paid(term: Row) -> str:
    if term["price_rub"] is None:
        return "Сколько внести, посчитаем по первой квитанции."
    until = f" по {term['pay_until_on']:%d.%m.%Y} включительно" if term["pay_until_on"] else ""
    had = "" if term["status_code"] == "planned" else " было"
    return f"Внести надо{had} {roubles(term['price_rub'])}{until}, внесено {roubles(term['paid_rub'])}."


def _ahead(rows: Sequence[Row]) -> Decimal:
    return _sum(rows, "planned_discount_rub", "planned")


def _sum(rows: Sequence[Row], column: str, status: str) -> Decimal:
    return sum((row[column] or Decimal(0) for row in rows if row["status_code"] == status), Decimal(0))
