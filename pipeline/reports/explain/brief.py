"""What was decided and why, for one screen: debts and their ages, every step with its reason, penalties, papers.

Each line is one published row or a sum of them; sums are those of the tables. Not here: the proofs of a line, which
stand in the sections (`balances.py`, `debts.py`, `penalties.py`, `papers.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from pipeline.contracts.debt import TRACKS
from pipeline.domain.debt.reasons import UNANNOUNCED
from pipeline.rendering import advance_words
from pipeline.rendering.russian import counted, day, roubles
from pipeline.rendering.words import (
    court_action,
    court_block,
    court_stage,
    hold,
    instalment,
    restriction_action,
    restriction_block,
    restriction_stage,
    stage,
    track,
)
from pipeline.reports.explain import advance, papers, penalties
from pipeline.reports.explain.balances import is_overdue
from pipeline.reports.explain.debts import LIST_OF, is_due, is_listed, lost_of, verdict
from pipeline.reports.explain.explanation import Grid, Row, Saying
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.wording import Names

#: Papers that the first screen tells; all of them stand in their section.
PAPERS_TOLD: Final = 6
#: A proposal that no document has carried and nobody has refused.
OPEN_PROPOSALS: Final = ("proposed", "waits_for_approval")
_AGES: Final = (
    ("overdue_1_month_rub", "до месяца"), ("overdue_3_months_rub", "1–3 месяца"),
    ("overdue_6_months_rub", "3–6 месяцев"), ("overdue_12_months_rub", "6–12 месяцев"),
    ("overdue_36_months_rub", "1–3 года"), ("overdue_longer_rub", "старше 3 лет"),
)
_STEP_HEADS: Final = ("Получатель", "Направление", "Сумма", "Что уже было", "Решение и почему")
_PENALTY_HEADS: Final = ("Получатель", "На открытый долг", "За этот месяц", "Ждёт квитанции", "Основание")
Line = tuple[str, ...]


def brief(facts: Facts, names: Names) -> tuple[Saying | Grid, ...]:
    """Debts, steps, penalties, corrections, papers: nothing of what an account does not have."""
    return (*_debts(facts, names), *_steps(facts, names), *_penalties(facts, names), *_corrections(facts),
            *_papers(facts, names))


# ---- debts

def _debts(facts: Facts, names: Names) -> Iterator[Saying | Grid]:
    if not facts.of("open_items"):
        return
    told: dict[str, tuple[list[Row], ...]] = {
        creditor: (rows, [row for row in rows if is_overdue(row)], [row for row in rows if row["is_time_barred"]],
                   [row for row in rows if row["is_disputed"]])
        for creditor in _creditors(facts.of("open_items"), names)
        if (rows := [row for row in facts.of("open_items") if row["creditor_id"] == creditor])
    }
    heads = ("Долг", "Просрочено", "Давность прошла", "Оспорено")
    kept = [place for place in range(len(heads)) if place < 2 or any(rows[place] for rows in told.values())]
    lines = tuple(
        (names.creditor(creditor), *(_rub(rows[place], "outstanding_rub") for place in kept), _since(rows[1], facts))
        for creditor, rows in told.items()
    )
    total = ("Всего", *(
        _rub([row for rows in told.values() for row in rows[place]], "outstanding_rub") for place in kept
    ), _since([row for rows in told.values() for row in rows[1]], facts))
    yield Grid("Долг по получателям", ("Получатель", *(heads[place] for place in kept), "Просрочено с"), lines,
               tuple(range(1, 1 + len(kept))), total)
    notice = [row for row in facts.of("debtors") if row["track_code"] == "notice"]
    ages = [f"{told_age} — {_rub(notice, name)}" for name, told_age in _AGES if any(row[name] for row in notice)]
    if ages:
        yield Saying(f"Просрочка по возрасту: {'; '.join(ages)}.")


def _since(rows: Sequence[Row], facts: Facts) -> str:
    if not rows:
        return "—"
    oldest = min(row["due_on"] for row in rows)
    return f"{day(oldest + timedelta(days=1))} ({counted((facts.as_of - oldest).days, 'день')})"


# ---- steps

def _steps(facts: Facts, names: Names) -> Iterator[Grid]:
    """By creditor: messages, court, restriction of each service, instalment, cases."""
    found = [
        *((row, _of_track(row, facts)) for track_code in TRACKS for row in facts.of("debtors")
          if row["track_code"] == track_code),
        *((row, _of_service(row, names)) for row in facts.of("restriction_list")),
        *((row, _of_instalment(row, facts)) for row in facts.of("instalments")),
        *((row, _of_case(row)) for row in facts.of("court_standing")),
    ]
    lines: list[Line] = []
    for creditor in _creditors([row for row, _ in found], names):
        own = [line for row, line in found if row["creditor_id"] == creditor]
        lines += [(names.creditor(creditor) if not at else "", *line) for at, line in enumerate(own)]
    if lines:
        yield Grid("Что решено и почему", _STEP_HEADS, tuple(lines), (2,))


def _of_track(row: Row, facts: Facts) -> Line:
    last = row["previous_stage_code"]
    sent = f"{stage(last)}, {day(row['previous_stage_on'])}" if last else "—"
    return track(row["track_code"]), roubles(row["claimed_rub"]), sent, _decided(row, facts)


def _decided(row: Row, facts: Facts) -> str:
    step = stage(row["next_action_code"])
    if row["holds"] or row["next_action_code"] == "none":
        return verdict(row)
    if row["next_action_on"] is None:
        return f"{step} — нет: {verdict(row)}"
    if not is_due(row, facts.as_of):
        return f"{step} — с {day(row['next_action_on'])}"
    if is_listed(row, facts):
        return f"{step} — в списке этой ночи{_limits(row)}"
    code = LIST_OF[row["next_action_code"]]
    waits = any(one["status_code"] != "ready" for one in facts.of("debtor_lists") if one["list_code"] == code)
    return f"{step} — пора, {'но список ждёт реестры' if waits else 'но в списке этой ночи нет'}"


def _limits(row: Row) -> str:
    """What of the sum a message leaves out; why an application leaves without its receipt."""
    lost = lost_of(row)
    told = f", {UNANNOUNCED}" if UNANNOUNCED in row["reason"] else ""
    if not lost or row["track_code"] != "notice":
        return told
    whole = lost == row["claimed_rub"]
    return f"{told}, {'без суммы' if whole else f'без {roubles(lost)}'}: исковая давность истекла"


def _of_service(row: Row, names: Names) -> Line:
    action = restriction_action(row["next_action_code"])
    if row["blocked_by"]:
        why = ", ".join(restriction_block.get(code) or hold(code) for code in row["blocked_by"])
        decided = f"{action} нельзя: {why}" if row["next_action_code"] != "restore" else f"{action}: {why}"
    elif row["next_action_on"] is None:
        decided = action
    else:
        decided = f"{action} {'до' if row['next_action_code'] == 'restore' else 'с'} {day(row['next_action_on'])}"
    return (f"ограничение: {names.service(row['service_code'])}", roubles(row["claimed_rub"]),
            _stood(restriction_stage(row["stage_code"]), row), decided)


def _of_instalment(row: Row, facts: Facts) -> Line:
    """The first part that is not paid in full: missed, or the next one."""
    ahead = ""
    if row["next_on"]:
        which = "не оплачена часть" if row["next_on"] < facts.as_of else "следующая часть"
        ahead = f"; {which} {roubles(row['next_rub'])} до {day(row['next_on'])}"
    return (f"рассрочка {row['agreement_id']}", roubles(row["agreed_rub"]),
            f"подписана {day(row['signed_on'])}, оплачено {roubles(row['paid_rub'])}",
            f"{instalment(row['status_code'])}{ahead}")


def _of_case(row: Row) -> Line:
    action = court_action(row["next_action_code"])
    if row["stage_code"] == "ended":
        action = "дело окончено"
    elif row["blocked_by"]:
        action += f" нельзя: {', '.join(court_block.get(code) or hold(code) for code in row['blocked_by'])}"
    elif row["next_action_on"]:
        action += f" с {day(row['next_action_on'])}"
    costs = papers.costs(row, "penalty_left_rub", "duty_left_rub")
    left = f"; осталось: {', '.join(costs)}" if costs else ""
    return (f"дело {row['court_case_id']}", roubles(row["open_rub"]), _stood(court_stage(row["stage_code"]), row),
            action + left)


def _stood(words: str, row: Row) -> str:
    return f"{words}, {day(row['stage_on'])}" if row["stage_on"] else words


# ---- penalties, papers

def _penalties(facts: Facts, names: Names) -> Iterator[Saying | Grid]:
    """One line a creditor: what it has grown to, by which article; what bears none and why."""
    every, waiting = facts.of("penalties"), facts.of("penalty_proposals")
    shown = [row for row in every if row["penalty_rub"] or row["change_rub"]]
    lines = []
    for creditor in _creditors([*shown, *(row for row in waiting if row["to_bill_rub"])], names):
        own = [row for row in every if row["creditor_id"] == creditor]
        lines.append((
            names.creditor(creditor), _rub(own, "penalty_rub"), _rub(own, "change_rub"),
            _rub([row for row in waiting if row["creditor_id"] == creditor], "to_bill_rub"),
            _ground(creditor, facts),
        ))
    if lines:
        total = ("Всего", _rub(every, "penalty_rub"), _rub(every, "change_rub"), _rub(waiting, "to_bill_rub"), "")
        yield Grid("Пени", _PENALTY_HEADS, tuple(lines), (1, 2, 3), total)
    yield from penalties.apart(every, facts)


def _ground(creditor: str, facts: Facts) -> str:
    """«ЖК РФ, ст. 155, ч. 14: 1/300 и 1/130 от 9,5 %»."""
    found: dict[str, tuple[set[int], set[Decimal]]] = {}
    for row in facts.of("penalty_accruals"):
        if row["creditor_id"] == creditor:
            parts, rates = found.setdefault(row["article"], (set(), set()))
            parts.add(row["fraction_denominator"])
            rates.add(row["rate_percent"])
    return "; ".join(
        f"{article}: {' и '.join(f'1/{part}' for part in sorted(parts, reverse=True))} от "
        f"{', '.join(penalties.percent(rate) for rate in sorted(rates))}"
        for article, (parts, rates) in sorted(found.items())
    ) or "—"


def _corrections(facts: Facts) -> Iterator[Saying]:
    """How many proposals are open, and their sum; each stands in its section."""
    rows = [row for row in facts.of("recalculations") if row["status_code"] in OPEN_PROPOSALS]
    if rows:
        total = sum((row["difference_rub"] for row in rows), Decimal(0))
        way = " в пользу жильца" if total < 0 else " к доплате" if total > 0 else ""
        yield Saying(f"Предложено перерасчётов: {len(rows)}, на {roubles(abs(total))}{way} "
                     "(подробно: --section corrections).")
    for _, term in advance.told_terms(facts):
        yield Saying(f"{advance.title(term)}: {advance_words.term(term['status_code'])}.")


def _papers(facts: Facts, names: Names) -> Iterator[Grid]:
    lines = papers.lines(facts, names)
    if lines:
        # one or two more take no more room than the words that they are missing
        told = len(lines) if len(lines) <= PAPERS_TOLD + 2 else PAPERS_TOLD
        earlier = f", последние {told} из {len(lines)}" if len(lines) > told else ""
        yield Grid(f"{papers.TITLE}{earlier}", papers.HEADS, lines[:told], papers.NUMBERS)


def _creditors(rows: Sequence[Row], names: Names) -> list[str]:
    """Their ids, by name."""
    return sorted({row["creditor_id"] for row in rows}, key=lambda creditor: (names.creditor(creditor), creditor))


def _rub(rows: Sequence[Row], column: str) -> str:
    return roubles(sum((row[column] for row in rows), Decimal(0)))
