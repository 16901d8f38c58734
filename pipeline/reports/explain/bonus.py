"""«Коммунальный бонус»: every condition with its figures, and the decisions of earlier months.

The conditions are those of the published decision. Not here: what would change it (`bonus_turning.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.contracts.eligibility import CONDITIONS
from pipeline.rendering.russian import counted, day, moment, month_name, roubles
from pipeline.reports.explain.bonus_turning import ROOM, RULES
from pipeline.reports.explain.explanation import BAD, GOOD, Grid, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import CONDITIONS as IN_WORDS
from pipeline.reports.explain.wording import channel


def section(facts: Facts, turned: Mapping[str, Saying], quoting: Quoting) -> Section:
    """`turned`: what would change the decision of each document (`bonus_turning.turns`)."""
    return Section("bonus", "«Коммунальный бонус»", tuple(_pieces(facts, turned, quoting)))


def _pieces(facts: Facts, turned: Mapping[str, Saying], quoting: Quoting) -> Iterator[Saying | Grid]:
    decisions = sorted(facts.of("eligibility"), key=lambda row: row["billing_month"], reverse=True)
    if not decisions:
        yield Saying("В этом месяце решать не о чем: основной квитанции нет или она не принята.")
    for row in decisions:
        yield decision(facts, row)
        yield _conditions(facts, row, quoting)
        yield turned[row["document_id"]]
    yield from _granted_before(facts)


def decision(facts: Facts, row: Row) -> Saying:
    """«Бонус по квитанции за май 2026: нет, пока не окончательно — …»"""
    month = month_name(row["billing_month"])
    final = "решение окончательное" if row["is_final"] else f"пока так на {day(row['decided_at'])}"
    if row["is_eligible"]:
        text = f"Бонус по квитанции за {month}: положен ({final})."
    else:
        text = f"Бонус по квитанции за {month}: не положен ({final}) — {_why(row)}."
    return Saying(text, rows=(_ref(row),), tone=GOOD if row["is_eligible"] else BAD)


def _ref(row: Row) -> str:
    return reference("eligibility", document_id=row["document_id"])


def _why(row: Row) -> str:
    failed = row["first_failed_code"]
    missing = roubles(row["missing_rub"])
    return {
        "is_served": "счёт не на полном обслуживании центра",
        "is_bill_complete": "квитанции месяца получены не целиком",
        "is_paid_in_full": f"не оплачена, к оплате {missing}" if row["missing_rub"] == row["net_total_rub"]
        else f"оплачена не вся, не хватает {missing} из {roubles(row['net_total_rub'])}",
        "is_paid_online": "оплата или её часть прошла не через каналы центра",
        "is_paid_before_next_issue": "оплачено позже, чем вышли следующие квитанции"
        + (f" (на {counted(row['missing_days'], 'день')})" if row["missing_days"] else ""),
        "is_free_of_past_debt": f"в момент оплаты был долг {missing} по прежним квитанциям",
        "has_no_reversed_bonus": f"платёж за прежний бонус отозван, без бонуса остаётся "
                                 f"{counted(row['blocked_documents'], 'документ')}",
    }[failed]


def _conditions(facts: Facts, row: Row, quoting: Quoting) -> Grid:
    on = row["billing_month"]
    lines = []
    for condition in CONDITIONS:
        quotes = [quoting.quote(ROOM + name, on) for name in RULES.get(condition, ())]
        terms = "; ".join(f"{quote.title}: {quote.value}" for quote in quotes)
        lines.append((
            "да" if row[condition] else "нет", IN_WORDS[condition], _figures(facts, row, condition), terms or "—",
        ))
    return Grid(f"Условия, {month_name(on)}", ("Да?", "Условие", "На чём основано", "Правило"), tuple(lines))


def _figures(facts: Facts, row: Row, condition: str) -> str:
    total, ids = roubles(row["net_total_rub"]), row["covering_payment_ids"]
    if condition == "is_served":
        return "счёт обслуживается" if row[condition] else "по реестру счетов: только взыскание или закрыт"
    if condition == "is_bill_complete":
        return "документ и строки приняты" if row[condition] else "документ не пришёл или отклонён"
    if condition == "is_paid_in_full":
        is_missing = row["first_failed_code"] == condition
        return f"к оплате за месяц {total}" + (f", не хватает {roubles(row['missing_rub'])}" if is_missing else "")
    if condition == "is_paid_online":
        return _channels(facts, row, ids)
    if condition == "is_paid_before_next_issue":
        paid = f"оплачено {moment(row['covered_at'])}" if row["covered_at"] else "ещё не оплачено"
        return f"{paid}; следующие квитанции {day(row['next_issue_on'])}"
    if condition == "is_free_of_past_debt":
        return f"прежний долг {roubles(row['missing_rub'])}" if row["first_failed_code"] == condition else (
            "прежнего долга нет" if row[condition] else "прежний долг был")
    return "отзывов нет" if row[condition] else "платёж за прежний бонус отозван"


def _channels(facts: Facts, row: Row, ids: Sequence[str]) -> str:
    known = {one["payment_id"]: one for _, one in facts.ever("posted_payments")}
    told = [known[one] for one in ids if one in known]
    if not told:
        return "ещё не оплачено" if not row["is_paid_in_full"] else "оплачено авансом прошлых месяцев"
    return "; ".join(
        f"{channel(one['channel_code'])}, {moment(one['paid_at'])}, {roubles(one['amount_rub'])}" for one in told
    )


def _granted_before(facts: Facts) -> Iterator[Grid]:
    last: dict[object, Row] = {}
    for _, row in facts.ever("eligibility"):
        last[row["billing_month"]] = row
    lines = tuple(
        (month_name(row["billing_month"]), "положен" if row["is_eligible"] else "не положен",
         "окончательно" if row["is_final"] else "ещё не окончательно",
         "—" if row["is_eligible"] else _why(row), _ref(row))
        for row in sorted(last.values(), key=lambda row: row["billing_month"], reverse=True)
    )
    if lines:
        yield Grid("Решения по месяцам", ("Месяц", "Бонус", "Решение", "Почему", "Строка"), lines, is_closed=True)
