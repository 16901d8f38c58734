"""The short answer: what is owed, since when, what happens next and when, what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from pipeline.contracts.debt import STAGES
from pipeline.contracts.ingest import EARLIER_REJECTED
from pipeline.domain.debt.reasons import HOLD_NAMES
from pipeline.rendering import claim_words
from pipeline.rendering.russian import counted, day, month_name, roubles
from pipeline.rendering.words import court_action, instalment, restriction_action, stage
from pipeline.reports.explain import advance, bonus, debts
from pipeline.reports.explain.balances import ARREARS, is_overdue
from pipeline.reports.explain.debts import Turn, is_due
from pipeline.reports.explain.explanation import BAD, FACT, GOOD, Row, Saying, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.waiting import waiting
from pipeline.reports.explain.wording import Names, incomplete
from pipeline.rules.debt import NoticeRules


def answer(
    facts: Facts, names: Names, quoting: Quoting, turned: Sequence[Turn], bonus_turns: Mapping[str, Saying], *,
    written: str,
) -> tuple[Saying, ...]:
    """Four or five sentences to read aloud."""
    return (
        *_about_account(facts, written), *_owed(facts), *waiting(facts), *_upcoming(facts, quoting),
        *_next(facts, names, quoting, turned), *_asked_tonight(facts),
        *_bonus(facts, bonus_turns),
    )


def _about_account(facts: Facts, written: str) -> Iterator[Saying]:
    """What to know before any figure: another spelling, a closed account, a bill that is not whole."""
    if written != facts.account_id:
        yield Saying(f"Номер {written} набран иначе, чем в реестре: это счёт {facts.account_id}.")
    account = facts.account
    if not account:
        yield Saying("В действующем реестре счетов этого счёта нет; показано то, что о нём опубликовано.", tone=BAD)
        return
    if account["closed_on"] and account["closed_on"] <= facts.as_of:
        heir = account["successor_account_id"]
        then = f"; его продолжает счёт {heir}" if heir else ""
        yield Saying(f"Счёт закрыт {day(account['closed_on'])}{then}.", rows=(_ref_account(facts),))
    if account["account_kind_code"] == "organisation":
        yield Saying("Счёт организации: в списки для граждан он не попадает.", rows=(_ref_account(facts),))
    if not account["is_served"] or account["mode_code"] != "full":
        yield Saying("Центр ведёт этот счёт не полностью: бонуса по нему нет.", rows=(_ref_account(facts),))
    for row in facts.of("incomplete_bills"):
        is_earlier = row["reason_code"] == EARLIER_REJECTED
        what = "Долг прошлых месяцев может быть неполон" if is_earlier else "Счёт месяца неполон"
        yield Saying(f"{what}: {incomplete(row['reason_code'])}.",
                     rows=(reference("incomplete_bills"),), tone=BAD)
    if not any(facts.of(table) for table in ("billed_documents", "open_items", "posted_payments")):
        yield Saying(f"За {month_name(facts.month)} по счёту нет ни квитанций, ни платежей, ни долга.")


def _ref_account(facts: Facts) -> str:
    return reference("accounts", account_id=facts.account_id)


def _owed(facts: Facts) -> Iterator[Saying]:
    items = facts.of("open_items")
    if not items:
        yield Saying(f"На конец {day(facts.as_of)} по счёту ничего не должны.", tone=GOOD)
    else:
        late = [row for row in items if is_overdue(row)]
        if late:
            oldest = min(row["due_on"] for row in late)
            tail = (f", из них просрочено {_sum(late)} — самое раннее с {day(oldest + timedelta(days=1))} "
                    f"({counted((facts.as_of - oldest).days, 'день')})")
        else:
            tail = ", просрочки нет"
        disputed = [row for row in items if row["is_disputed"]]
        tail += f"; оспорено и пока не взыскивается {_sum(disputed)}" if disputed else ""
        tail += _barred(late)
        yield Saying(f"На конец {day(facts.as_of)} не оплачено {_sum(items)}{tail}.",
                     rows=(reference("open_items", rows=len(items)),), tone=BAD if late else "")
    if facts.of("advances"):
        bound = advance.bound_money(facts)
        waits = f", из них {_sum(bound, 'amount_rub')} платят только строки со скидкой за аванс" if bound else ""
        yield Saying(f"На счёте есть аванс {_sum(facts.of('advances'), 'amount_rub')}{waits}.",
                     rows=(reference("advances"),), tone=GOOD)
    if facts.of("suspended_payments"):
        waiting = _sum(facts.of("suspended_payments"), "amount_rub")
        yield Saying(f"Есть невыясненные платежи, похожие на этот счёт: {waiting}.",
                     rows=(reference("suspended_payments"),))


def _barred(late: Sequence[Row]) -> str:
    """What of the arrears is out of limitation, and what is left to ask for."""
    lost, firm = ([row for row in late if row["is_time_barred"] == is_lost] for is_lost in (True, False))
    if not lost:
        return ""
    left = f"требовать можно остальные {_sum(firm)}" if firm else "требовать нечего"
    return f"; по {_sum(lost)} исковая давность истекла (ГК РФ, ст. 199), {left}"


def _upcoming(facts: Facts, quoting: Quoting) -> Iterator[Saying]:
    """What falls due next: paid by then, no arrears begin."""
    ahead = [row for row in facts.of("open_items") if row["debt_kind_code"] in ARREARS and row["due_on"] >= facts.as_of]
    if ahead:
        due_on = min(row["due_on"] for row in ahead)
        rows = [row for row in ahead if row["due_on"] == due_on]
        first = due_on + timedelta(days=NoticeRules.in_force(quoting.rule_book, due_on).reminder_days_overdue_min)
        yield Saying(
            f"Срок ещё не наступил: {_sum(rows)} до {day(due_on)} включительно — и просрочки по ним не будет; "
            f"напоминание возможно с {day(first)}.",
            rows=(reference("open_items", rows=len(rows)),),
            rules=quoting.keys(due_on, "ledger.due_day", "debt.reminder_days_overdue_min"), tone=FACT,
        )


def _next(facts: Facts, names: Names, quoting: Quoting, turned: Sequence[Turn]) -> Iterator[Saying]:
    """The furthest steps of the night, each with the payment that stops it."""
    debtors = facts.of("debtors")
    if not debtors:
        return
    held = sorted({reason for row in debtors for reason in row["holds"]})
    if held and not any(row["next_action_on"] for row in debtors):
        words = ", ".join(HOLD_NAMES.get(reason, reason) for reason in held)
        yield Saying(f"Напоминаний и новых заявлений в суд не будет: {words}.", rows=(reference("debtors"),), tone=GOOD)
        return
    dated = [row for row in debtors if row["next_action_on"]]
    if not dated:
        why = {debts.verdict(row) for row in debtors}
        told = why.pop() if len(why) == 1 else "почему — по каждому получателю ниже"
        yield Saying(f"Ни напоминаний, ни заявлений в суд сейчас нет: {told}.", rows=(reference("debtors"),))
        return
    for action in STAGES:
        rows = [row for row in dated if row["next_action_code"] == action]
        if rows:
            yield from _step(facts, action, rows)
    for turn in _told_in_short(turned):
        yield debts.told(turn, names, quoting, facts)


def _told_in_short(turned: Sequence[Turn]) -> Sequence[Turn]:
    """One turn an action: the dearest creditor's; the rest stands in its section."""
    last = {turn.action_code: turn for turn in sorted(turned, key=lambda turn: turn.amount_kop)}
    return [last[action] for action in STAGES if action in last]


def _step(facts: Facts, action: str, rows: Sequence[Row]) -> Iterator[Saying]:
    due = [row for row in rows if is_due(row, facts.as_of)]
    if not due:
        first = min(row["next_action_on"] for row in rows)
        yield Saying(f"Дальше: {stage(action)}{debts.asked(action, rows)} — не раньше {day(first)}.",
                     rows=(reference("debtors"),))
    for is_there, where in ((True, f"стоит в списке ночи {day(facts.as_of)}"),
                            (False, "срок настал, но в списке этой ночи этого долга нет")):
        told = [row for row in due if debts.is_listed(row, facts) == is_there]
        if told:
            yield Saying(f"Дальше: {stage(action)}{debts.asked(action, told)} — {where}.",
                         rows=(reference("debtors", rows=len(told)),), tone=BAD)


def _asked_tonight(facts: Facts) -> Iterator[Saying]:
    """What others are asked to do: services, cases, instalments. Each in a line of the table below."""
    failing = [row for row in facts.of("instalments") if row["status_code"] in ("broken", "does_not_match_debt")]
    for agreement, status in sorted({(row["agreement_id"], row["status_code"]) for row in failing}):
        rows = [row for row in failing if (row["agreement_id"], row["status_code"]) == (agreement, status)]
        yield Saying(f"Рассрочка {agreement} на {_sum(rows, 'agreed_rub')}: {instalment(status)}.", tone=BAD,
                     rows=(reference("instalments", rows=len(rows)),))
    asked = sorted({row["next_action_code"] for row in facts.of("restriction_list") if row["next_action_on"]})
    for code in asked:
        rows = [row for row in facts.of("restriction_list")
                if row["next_action_on"] and row["next_action_code"] == code]
        first, until = min(row["next_action_on"] for row in rows), "до" if code == "restore" else "с"
        yield Saying(f"Поставщика просят: {restriction_action(code)} {until} {day(first)} "
                     f"({counted(len(rows), 'услуга')}).", rows=(reference("restriction_list", rows=len(rows)),),
                     tone=GOOD if code == "restore" else BAD)
    for row in facts.of("pretrial_notices"):
        yield Saying(f"О суде предупреждают письмом: заявление возможно с {day(row['court_on'])}.", tone=BAD,
                     rows=(reference("pretrial_notices", creditor_id=row["creditor_id"]),))
    for row in facts.of("withdrawal_list"):
        yield Saying(f"Дело {row['court_case_id']}: этой ночью просят {court_action(row['action_code'])}.", tone=GOOD,
                     rows=(reference("withdrawal_list", court_case_id=row["court_case_id"]),))
    for row in facts.of("court_standing"):
        # a writ that the bank is asked for tonight is told above
        is_asked = row["next_action_code"] == "return" and (row["next_action_on"] or facts.as_of) <= facts.as_of
        if row["next_action_code"] in ("claim", "return") and not (row["blocked_by"] or is_asked):
            yield Saying(f"Дело {row['court_case_id']}: {court_action(row['next_action_code'])} "
                         f"с {day(row['next_action_on'])}{_of_claim(row, facts)}.", tone=BAD,
                         rows=(reference("court_standing", court_case_id=row["court_case_id"]),))
    for row in facts.of("enforcement_list"):
        yield Saying(f"Дело {row['court_case_id']}: исполнительный документ уходит этой ночью.", tone=BAD,
                     rows=(reference("enforcement_list", court_case_id=row["court_case_id"]),))


def _of_claim(case: Row, facts: Facts) -> str:
    """Until when the claim is to be filed, and its sums."""
    return "".join(
        f" до {day(row['file_by_on'])}, пока точно не истекла давность; "
        f"{claim_words.sums(claim_words.CLAIM_PRICE, row['claimed_rub'], row['penalty_rub'], row['duty_rub'])}"
        for row in facts.of("claim_list") if row["court_case_id"] == case["court_case_id"]
    )


def _bonus(facts: Facts, turned: Mapping[str, Saying]) -> Iterator[Saying]:
    decisions = [row for row in facts.of("eligibility") if row["billing_month"] == facts.month.first_day]
    for row in decisions:
        yield bonus.decision(facts, row)
        if not row["is_eligible"]:
            yield replace(turned[row["document_id"]], rows=())


def _sum(rows: Sequence[Row], column: str = "outstanding_rub") -> str:
    return roubles(sum((row[column] for row in rows), Decimal(0)))
