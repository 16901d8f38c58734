"""The advance discount of an account: what was to be paid ahead, what came off, what is missing, why it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.contracts.advance_discounts import LIVE
from pipeline.contracts.recalculation import UNBILLED_STATUSES
from pipeline.rendering import advance_words
from pipeline.rendering.russian import month_name, roubles
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
    """A paragraph for every term; one that ended earlier is told until its last month would have been."""
    on = facts.month.first_day
    for month, term in told_terms(facts):
        schedule = facts.of("advance_schedule") if month == facts.month else facts.past[month]["advance_schedule"]
        rows = [row for row in schedule if row["event_id"] == term["event_id"]]
        then = _left(term, _money_left(term, facts)) if month == facts.month else (
            f"Решено в расчёте за {month_name(month)}.")
        told = " ".join(text for text in (_told(term, rows, _unbilled(term, facts)), then) if text)
        yield Saying(
            f"{title(term)}: {advance_words.term(term['status_code'])}. {told}",
            rows=(reference("advance_terms", event_id=term["event_id"]),),
            rules=quoting.keys(on, *(f"recalculation_advance.{name}" for name in _RULES[term["status_code"]])),
        )


def told_terms(facts: Facts) -> list[tuple[BillingMonth, Row]]:
    """Terms of the month, and those that ended in an earlier one and would still last: an end is published once."""
    now = {row["event_id"] for row in facts.of("advance_terms")}
    ended = {
        row["event_id"]: (month, row) for month, row in facts.ever("advance_terms")
        if row["event_id"] not in now and row["status_code"] == "ended" and row["to_month"] >= facts.month.first_day
    }
    return [*ended.values(), *((facts.month, row) for row in facts.of("advance_terms"))]


def _money_left(term: Row, facts: Facts) -> Decimal:
    """Money of the contract that has met no item yet."""
    return sum((row["amount_rub"] for row in facts.of("advances")
                if row["contract_reference"] == term["contract_reference"]), Decimal(0))


def _unbilled(term: Row, facts: Facts) -> Decimal:
    """What of the discount is proposed and stands in no bill yet."""
    return sum((
        abs(row["difference_rub"]) for row in facts.of("recalculations")
        if row["event_id"] == term["event_id"] and row["cause_code"] == "advance_discount"
        and row["status_code"] in UNBILLED_STATUSES
    ), Decimal(0))


def title(term: Row) -> str:
    """«Скидка за аванс 2 % по договору Д-1, месяцев 12, с 03.2026 по 02.2027»."""
    percent = f"{term['percent'].normalize():f}".replace(".", ",")
    return (f"Скидка за аванс {percent} % по договору {term['contract_reference']}, месяцев {term['months']}, "
            f"с {term['from_month']:%m.%Y} по {term['to_month']:%m.%Y}")


def _told(term: Row, rows: Sequence[Row], unbilled: Decimal) -> str:
    given = _sum(rows, "discount_rub", "given")
    status = term["status_code"]
    if status == "running":
        return f"{_given(given, unbilled)}; впереди по плану {roubles(_ahead(rows))}. {_paid(term)}"
    if status == "finished":
        return f"За весь срок: {_given(given, unbilled).lower()}."
    if status == "ended":
        why = advance_words.end(term["end_reason_code"])
        return (f"Причина: {why}; скидки нет с {term['ended_month']:%m.%Y}. "
                f"{_fate(term, _sum(rows, 'discount_rub', 'clawed_back'), given, unbilled)}.")
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


def _given(given: Decimal, unbilled: Decimal) -> str:
    """A discount is proposed first; it comes off when a bill carries it."""
    waits = min(given, unbilled)
    if not waits:
        return f"Скидка в квитанциях {roubles(given)}"
    return (f"Скидка предложена на {roubles(given)}, в квитанциях её ещё нет" if waits == given else
            f"Скидка предложена на {roubles(given)}, из них ещё не в квитанциях {roubles(waits)}")


def _fate(term: Row, back: Decimal, given: Decimal, unbilled: Decimal) -> str:
    """What becomes of the discount of a term that ended: one that no bill has carried is cancelled, not taken back."""
    if not term["is_clawed_back"]:
        return f"{_given(given, unbilled)}, она остаётся"
    if not unbilled:
        return f"Данная скидка {roubles(back)} начисляется обратно, когда согласится сотрудник"
    if unbilled >= back:
        return f"Предложенная скидка {roubles(back)} в квитанции не вошла: она отменяется, когда согласится сотрудник"
    return (f"Скидка {roubles(back)} отменяется, когда согласится сотрудник: из неё {roubles(back - unbilled)} уже "
            "были в квитанциях и начисляются обратно")


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
