"""Why such penalties: every segment of every item with its days, base, rate, fraction and article, and what bears none.

Not here: how penalties are counted (`domain/penalty`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.rendering.russian import counted, day, decimal, month_name, roubles
from pipeline.rendering.words import hold, penalty_reason, penalty_scale
from pipeline.reports.explain.explanation import BAD, FACT, GOOD, Grid, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names

_RATE: Final = ("penalty.rate_mode", "penalty.key_rate_percent", "penalty.rate_cap_percent")
_OF_CITIZENS: Final = ("penalty.free_days", "penalty.later_from_day")
#: Rules of days by kind of organisation; of all others those of citizens.
_OF_KIND: Final = {
    "consumer": ("penalty.consumer_free_days", "penalty.consumer_fraction"),
    "manager": ("penalty.manager_free_days", "penalty.manager_middle_from_day", "penalty.manager_later_from_day"),
}
_GROUNDS: Final = {
    "mobilised": "Федеральный закон от 07.10.2022", "bankruptcy": "127-ФЗ, ст. 213.11",
    "death": "политика книги: наследники ещё неизвестны",
}
_BY_BOOK: Final = "политика книги: penalty.exempt_holds"


def section(facts: Facts, names: Names, quoting: Quoting) -> Section:
    return Section("penalties", "Почему такие пени", tuple(_pieces(facts, names, quoting)))


def _pieces(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying | Grid]:
    told = facts.of("penalties")
    if not told:
        yield Saying("Пеней нет: ничего не просрочено дольше льготных дней.", tone=GOOD,
                     rules=quoting.keys(facts.as_of, _of_days(facts)[0]))
        return
    for kind in sorted({row["scale_code"] for row in facts.of("penalty_scales")}):
        yield Saying(f"Пени за ресурсы считают по виду организации: {penalty_scale(kind)}.", tone=FACT,
                     rows=(reference("penalty_scales"),), ground="Федеральный закон от 03.11.2015 № 307-ФЗ")
    for creditor in sorted({row["creditor_id"] for row in told if row["penalty_rub"] or row["change_rub"]}):
        yield _of_creditor([row for row in told if row["creditor_id"] == creditor], names, quoting, facts)
    if facts.of("penalty_accruals"):
        yield _runs(facts, names)
        yield _segments(facts, names)
        yield Saying(
            "Отрезок показывает, на сколько за его дни выросли пени строки: округляют один раз, по строке. День оплаты "
            f"и день расчёта ({day(facts.as_of)}) входят в счёт.",
            rules=quoting.keys(facts.as_of, *_of_days(facts), *_RATE),
        )
    if any(row["penalty_rub"] and row["outstanding_rub"] and not row["reason_code"] for row in told):
        yield Saying("Что не оплачено, растёт каждый день; оплата останавливает счёт в свой день.", tone=FACT)
    yield from _credited(told, facts, names)
    yield from _waiting(facts)
    yield from apart(told, facts)


def _of_days(facts: Facts) -> tuple[str, ...]:
    """Keys of the rules from which days on and at which fraction the account bears penalties."""
    kinds = [row["scale_code"] for row in facts.of("penalty_scales")]
    return _OF_KIND.get(kinds[0], _OF_CITIZENS) if kinds else _OF_CITIZENS


def _of_creditor(rows: Sequence[Row], names: Names, quoting: Quoting, facts: Facts) -> Saying:
    change = sum((row["change_rub"] for row in rows), Decimal(0))
    moved = (f"за этот месяц прибавилось {roubles(change)}" if change > 0
             else f"за этот месяц убавилось {roubles(-change)}" if change < 0 else "за этот месяц не изменились")
    proposed = "; изменение предложено биллингу" if any(row["batch_id"] for row in rows) else ""
    return Saying(
        f"{names.creditor(rows[0]['creditor_id'])}: пени {_sum(rows)}, {moved}{proposed}.",
        rows=(reference("penalties", creditor_id=rows[0]["creditor_id"], rows=len(rows)),),
        rules=quoting.keys(facts.as_of, _of_days(facts)[0]),
    )


def _segments(facts: Facts, names: Names) -> Grid:
    due = {_key(row): row["due_on"] for row in facts.of("penalties")}
    rows = sorted(
        facts.of("penalty_accruals"), key=lambda row: (due[_key(row)], *map(str, _key(row)), row["from_on"])
    )
    lines = tuple(
        (names.service(row["service_code"]), month_name(row["charge_month"]), day(due[_key(row)]),
         f"{day(row['from_on'])} – {day(row['to_on'])}", str(row["days"]), roubles(row["base_rub"]),
         percent(row["rate_percent"]), f"1/{row['fraction_denominator']}",
         roubles(row["penalty_rub"]), f"оплачено {day(row['paid_on'])}" if row["paid_on"] else "не оплачено",
         row["article"],
         reference("penalty_accruals", document_id=row["document_id"], contract_id=row["contract_id"]))
        for row in rows
    )
    total = ("Всего", *[""] * 7, _sum(rows), "", "", "")
    heads = ("Услуга", "За месяц", "Срок оплаты", "Дни", "Дней", "На сумму", "Ставка", "Доля в день", "Пени",
             "Эта часть", "Основание", "Строка")
    return Grid(f"Все отрезки: {len(lines)}", heads, lines, (4, 5, 6, 8), total, is_closed=True)


def _runs(facts: Facts, names: Names) -> Grid:
    """Segments of one creditor at one rate and part of it, whatever their items and sums: days that they lie in."""
    runs: dict[tuple[str, str, int, Decimal], list[Row]] = {}
    for row in facts.of("penalty_accruals"):
        key = (row["creditor_id"], row["article"], -row["fraction_denominator"], row["rate_percent"])
        runs.setdefault(key, []).append(row)
    lines = tuple(
        (names.creditor(creditor), f"{day(min(row['from_on'] for row in rows))} – "
         f"{day(max(row['to_on'] for row in rows))}", str(len({_key(row) for row in rows})),
         percent(rows[0]["rate_percent"]), f"1/{rows[0]['fraction_denominator']}", _sum(rows), article,
         reference("penalty_accruals", creditor_id=creditor, rows=len(rows)))
        for (creditor, article, *_), rows in sorted(runs.items(), key=lambda run: (names.creditor(run[0][0]), run[0]))
    )
    total = ("Всего", *[""] * 4, _sum(facts.of("penalty_accruals")), "", "")
    heads = ("Получатель", "В днях", "Строк долга", "Ставка", "Доля в день", "Пени", "Основание", "Строка")
    return Grid("По ставкам и долям", heads, lines, (2, 3, 5), total)


def percent(rate: Decimal) -> str:
    """«9,5 %»."""
    return f"{decimal(rate, max(0, -int(rate.normalize().as_tuple().exponent)))} %"


def _credited(told: Sequence[Row], facts: Facts, names: Names) -> Iterator[Saying]:
    """Months whose base is lower than what was billed, because a later document has credited them."""
    counted_now = {_key(row) for row in told if not row["reason_code"]}
    rows = [row for row in facts.of("credited_charges") if _key(row) in counted_now]
    for row in sorted(rows, key=lambda row: (row["due_on"], *map(str, _key(row)), row["credit_document_id"])):
        yield Saying(
            f"{names.service(row['service_code'])} за {month_name(row['charge_month'])}: квитанция за "
            f"{month_name(row['credited_in_month'])} уменьшила плату на {roubles(row['credited_rub'])}. Этой части "
            "долга не было с самого начала, поэтому сумма, с которой считают пени, меньше на неё с первого дня.",
            rows=(reference("credited_charges", document_id=row["document_id"], contract_id=row["contract_id"],
                            credit_document_id=row["credit_document_id"]),),
            ground="ЖК РФ, ст. 155, ч. 14; ГК РФ, ст. 330",
        )


def _waiting(facts: Facts) -> Iterator[Saying]:
    """What no document has billed yet, and what one has billed otherwise."""
    rows = facts.of("penalty_proposals")
    to_bill = sum((row["to_bill_rub"] for row in rows), Decimal(0))
    if to_bill:
        told = "ждёт строки в квитанции" if to_bill > 0 else "ждёт возврата в квитанции"
        yield Saying(f"Пени {roubles(abs(to_bill))}: {told}; до неё это не долг.",
                     rows=(reference("penalty_proposals", rows=len(rows)),))
    for row in rows:
        if row["status_code"] == "mismatch":
            yield Saying(
                f"В квитанции стоят пени {roubles(row['billed_rub'])} вместо {roubles(row['opening_rub'])}: разница "
                "остаётся к выставлению.", rows=(reference("penalty_proposals", creditor_id=row["creditor_id"]),),
                tone=BAD,
            )


def apart(told: Sequence[Row], facts: Facts) -> Iterator[Saying]:
    """What bears none and why; days left out; a law that nobody knows."""
    for reason in sorted({row["reason_code"] for row in told if row["reason_code"]}):
        rows = [row for row in told if row["reason_code"] == reason]
        owed = sum((row["outstanding_rub"] for row in rows), Decimal(0))
        kept = f"пени больше не предлагают, выставлено {_sum(rows)}" if reason == "time_barred" else "пеней нет"
        yield Saying(f"{counted(len(rows), 'строка')} долга на {roubles(owed)} — {kept}: {penalty_reason(reason)}.",
                     rows=(reference("penalties", rows=len(rows)),))
    for row in facts.of("penalty_exemptions"):
        until = f"по {day(row['to_on'])}" if row["to_on"] else "и дальше"
        yield Saying(f"За дни с {day(row['from_on'])} {until} пени не начислены: {hold(row['reason_code'])}.",
                     rows=(reference("penalty_exemptions"),), ground=_GROUNDS.get(row["reason_code"], _BY_BOOK))
    stopped = [row for row in told if row["missing_rule"]]
    if stopped:
        last = max(row["counted_to_on"] for row in stopped)
        yield Saying(f"Счёт остановлен {day(last)}: постановления на дни после него в книге правил нет.",
                     rows=(reference("penalties", rows=len(stopped)),), tone=BAD)


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ITEM_KEY)


def _sum(rows: Sequence[Row]) -> str:
    return roubles(sum((row["penalty_rub"] for row in rows), Decimal(0)))
