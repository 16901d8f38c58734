"""Debts by creditor and track: the step, what holds it back, what comes next and when, the one fact that stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from pipeline.contracts.claims import APPLICATIONS
from pipeline.money import roubles_of
from pipeline.rendering.claim_words import CLAIM_PRICE, ORDER_PRICE, PRINCIPAL, doubtful, sums
from pipeline.rendering.russian import counted, day, roubles
from pipeline.rendering.words import awaited_of, list_title, stage, track
from pipeline.reports.explain.court_cases import cases
from pipeline.reports.explain.explanation import BAD, FACT, GOOD, Grid, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.holds import held
from pipeline.reports.explain.instalments import agreed, compared, offered
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.restrictions import restricted
from pipeline.reports.explain.turning import Trial, is_reproduced, least
from pipeline.reports.explain.wording import Names

_HEADS: Final = ("Получатель", "Направление", "Просрочено", "К взысканию", "Просрочено с", "Уже отправлено",
                 "Следующий шаг", "Когда", "Почему", "Строка")
#: Steps that go to a person, over all accounts and creditors.
_PERSONAL: Final = ("reminder", "sms", "call")
_RULES: Final = {
    "reminder": ("reminder_days_overdue_min", "reminder_min_rub", "contact_min_rub"),
    "sms": ("sms_months_overdue_min", "sms_min_rub", "sms_days_after_previous", "contact_min_rub"),
    "call": ("call_months_overdue_min", "call_min_rub", "call_days_after_previous", "call_needs_consent"),
    "debt_receipt": ("debt_receipt_months_overdue_min", "debt_receipt_min_rub", "debt_receipt_days_after_previous"),
    "court_order": ("court_months_overdue_min", "court_min_rub", "court_days_after_debt_receipt",
                    "court_order_limit_rub", "court_order_duty_min_rub", "court_limitation_near_months"),
    "claim": ("court_months_overdue_min", "court_min_rub", "court_days_after_debt_receipt",
              "court_order_limit_rub", "court_limitation_near_months"),
}
_STOPPED: Final = {
    "reminder": ("Напоминание", "уйдёт"), "sms": ("SMS", "уйдёт"), "call": ("Звонок", "состоится"),
    "debt_receipt": ("Долговая квитанция", "уйдёт"),
    "court_order": ("Заявление на судебный приказ", "подадут"), "claim": ("Исковое заявление", "подадут"),
}
LIST_OF: Final = {"reminder": "sms_list", "sms": "sms_list", "call": "call_list", "debt_receipt": "debt_receipts",
                  "court_order": "court_list", "claim": "court_list"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One decision and the least payment that changes it: of an action, towards a creditor (None: of the account)."""

    action_code: str
    creditor_id: str | None
    amount_kop: int
    until: date

    @property
    def text(self) -> str:
        return f"{roubles(roubles_of(self.amount_kop))} до {day(self.until)}"


def section(facts: Facts, names: Names, quoting: Quoting, turned: Sequence[Turn]) -> Section:
    return Section("debts", "Взыскание: что дальше и когда", tuple(_pieces(facts, names, quoting, turned)))


def _pieces(facts: Facts, names: Names, quoting: Quoting, turned: Sequence[Turn]) -> Iterator[Saying | Grid]:
    debtors = facts.of("debtors")
    yield from restricted(facts, names, quoting)
    yield from cases(facts, names, quoting)
    yield from agreed(facts, names)
    if not debtors:
        yield Saying("Просрочки, о которой стоило бы напоминать, нет; ни в одном списке счёт не стоит.", tone=GOOD)
        return
    yield Grid("По получателям", _HEADS, tuple(_line(row, names) for row in debtors), (2, 3))
    yield from _listed(facts, names)
    yield from held(facts, quoting)
    yield from _shielded(facts)
    yield from offered(facts, names, quoting)
    yield from compared(facts, names, quoting)
    for turn in turned:
        yield told(turn, names, quoting, facts)
    yield from _not_yet(facts, quoting, names)


def _line(row: Row, names: Names) -> tuple[str, ...]:
    last = row["previous_stage_code"]
    sent = f"{stage(last)}, {day(row['previous_stage_on'])}" if last else "—"
    following = "—" if row["next_action_code"] == "none" else stage(row["next_action_code"])
    return (
        names.creditor(row["creditor_id"]), track(row["track_code"]), roubles(row["total_rub"]),
        roubles(row["claimed_rub"]),
        day(row["oldest_due_on"] + timedelta(days=1)), sent, following,
        day(row["next_action_on"]) if row["next_action_on"] else "—", verdict(row),
        reference("debtors", creditor_id=row["creditor_id"], track_code=track(row["track_code"])),
    )


def _listed(facts: Facts, names: Names) -> Iterator[Saying]:
    """Where the account stands tonight, and why a step whose day has come is not listed."""
    for row in facts.of("sms_list"):
        others = len(row["account_ids"]) - 1
        shared = f"; сообщение одно на {counted(others + 1, 'счёт')} этого человека" if others else ""
        yield Saying(f"Стоит в списке SMS ночи {day(row['run_on'])}: {stage(row['stage_code'])}{shared}.",
                     rows=(reference("sms_list"),), tone=BAD)
        yield from _left_out(row, facts, names)
    for row in facts.of("call_list"):
        yield Saying(f"Стоит в списке звонков ночи {day(row['run_on'])}: {row['reason']}.",
                     rows=(reference("call_list"),), tone=BAD)
    for table in ("debt_receipts", "court_list"):
        for row in facts.of(table):
            yield Saying(
                f"Стоит в списке «{list_title(table)}» ночи {day(row['run_on'])}: "
                f"{names.creditor(row['creditor_id'])}, {_claimed(table, row)}",
                rows=(reference(table, creditor_id=row["creditor_id"]),), tone=BAD,
            )
    due = {LIST_OF[row["next_action_code"]] for row in facts.of("debtors") if is_due(row, facts.as_of)}
    for row in facts.of("debtor_lists"):
        code = row["list_code"]
        if code not in due or facts.of(code):
            continue
        if row["status_code"] == "awaiting_registries":
            yield Saying(f"Список «{list_title(code)}» ночи {day(row['run_on'])} пуст: ждёт реестры платежей "
                         f"({awaited_of(row['awaited'])}), в них могла быть оплата.",
                         rows=(reference("debtor_lists", list_code=code),))
        else:
            yield Saying(f"Срок шага настал, но в списке «{list_title(code)}» ночи {day(row['run_on'])} счёта нет: "
                         "с человеком уже связывались столько, сколько можно, некуда писать или в списке нет места.",
                         rows=(reference("debtor_lists", list_code=code),))


def _left_out(message: Row, facts: Facts, names: Names) -> Iterator[Saying]:
    """What this account owes and the message does not ask for: out of limitation, or of another step."""
    told = []
    for row in facts.of("debtors"):
        if row["track_code"] != "notice" or not row["claimed_rub"]:
            continue
        lost, whom = lost_of(row), names.creditor(row["creditor_id"])
        if row["episode_id"] not in message["episode_ids"]:
            told.append(f"{roubles(row['claimed_rub'])}, {whom}: {verdict(row)}")
        elif lost:
            told.append(f"{roubles(lost)}, {whom}: исковая давность прошла (ГК РФ, ст. 199)")
    if told:
        yield Saying(f"Сообщение просит оплатить {roubles(message['claimed_rub'])}. Не названы: {'; '.join(told)}.",
                     rows=(reference("debtors"),), tone=GOOD)


def asked(action: str, rows: Sequence[Row]) -> str:
    """« на 150 000,00 ₽» after the name of the step, and what of the sum it is: a message leaves out what is out of
    limitation; an application is told by its principal, penalties and duty come beside."""
    claimed = sum((row["claimed_rub"] for row in rows), Decimal(0))
    lost = sum((lost_of(row) for row in rows), Decimal(0))
    if action in APPLICATIONS:
        return f", {PRINCIPAL} {roubles(claimed)} (пени и госпошлина сверх него)"
    if not lost:
        return f" на {roubles(claimed)}"
    if action not in _PERSONAL:
        return f" на {roubles(claimed)}, по {roubles(lost)} из них исковая давность истекла"
    if lost == claimed:
        return f" без суммы, по всем {roubles(claimed)} исковая давность истекла"
    return f" на {roubles(claimed - lost)} (без {roubles(lost)}, по которым исковая давность истекла)"


def lost_of(row: Row) -> Decimal:
    """What of the claim is out of limitation (`debtors.barred_rub`)."""
    return min(Decimal(row["barred_rub"]), Decimal(row["claimed_rub"]))


def _claimed(table: str, row: Row) -> str:
    if table != "court_list":
        return f"{roubles(row['claimed_rub'])}."
    left_out = doubtful(row["penalty_doubt_rub"])
    price = CLAIM_PRICE if row["stage_code"] == "claim" else ORDER_PRICE
    return f"{sums(price, row['claimed_rub'], row['penalty_rub'], row['duty_rub'])}. {left_out}".rstrip()


def is_due(row: Row, as_of: date) -> bool:
    """The day of the next step has come."""
    return row["next_action_on"] is not None and row["next_action_on"] <= as_of


def is_listed(row: Row, facts: Facts) -> bool:
    """Whether tonight's list of the step holds this very debt."""
    listed = facts.of(LIST_OF[row["next_action_code"]])
    if row["next_action_code"] in _PERSONAL:
        return any(row["episode_id"] in one["episode_ids"] for one in listed)
    return any(row["creditor_id"] == one["creditor_id"] for one in listed)


def _shielded(facts: Facts) -> Iterator[Saying]:
    notice = [row for row in facts.of("debtors") if row["track_code"] == "notice" and row["shielded_rub"]]
    if notice:
        total = sum((row["shielded_rub"] for row in notice), Decimal(0))
        yield Saying(
            f"{roubles(total)} из просрочки не взыскивается: столько могут закрыть авансы, предложенные перерасчёты в "
            "пользу жильца и невыясненные платежи, похожие на его.",
            rows=tuple(reference("debtors", creditor_id=row["creditor_id"]) for row in notice), tone=GOOD,
        )


# ---- the facts that would change it

def turns(facts: Facts, trial: Trial, quoting: Quoting) -> tuple[Turn, ...]:
    """For every step that is due or dated: the least payment after which it is not. Nothing when not reproduced."""
    ahead = [row for row in facts.of("debtors") if row["next_action_on"] and row["next_action_code"] != "none"]
    if not ahead or not is_reproduced(facts, trial):
        return ()
    found: list[Turn] = []
    for on in sorted({max(row["next_action_on"], facts.as_of) for row in ahead}):
        rows = [row for row in ahead if max(row["next_action_on"], facts.as_of) == on]
        wanted = {_name(row): row for row in rows}
        sums = least(sorted(wanted), trial.open_kop, _stopping(trial, wanted, on))
        found += [_turn(name, rows, amount, on) for name, amount in sums.items()]
    return tuple(sorted(found, key=lambda turn: (turn.until, turn.action_code, turn.creditor_id or "")))


def _name(row: Row) -> str:
    """One decision of the account for messages, one a creditor for papers."""
    action = row["next_action_code"]
    return f"{action}:" if action in _PERSONAL else f"{action}:{row['creditor_id']}"


def _turn(name: str, rows: Sequence[Row], amount: int, on: date) -> Turn:
    action, _, creditor = name.partition(":")
    return Turn(action, creditor or None, amount, on)


def _stopping(
    trial: Trial, wanted: dict[str, Row], on: date
) -> Callable[[Sequence[int]], Callable[[str, int], bool]]:
    def judged(sums: Sequence[int]) -> Callable[[str, int], bool]:
        debts = trial.debts(sums, on)

        def is_stopped(name: str, amount: int) -> bool:
            action, _, creditor = name.partition(":")
            return not any(
                (row := tried.get(amount)) is not None and row["is_due"] and row["next_action_code"] == action
                for (creditor_id, _), tried in debts.items() if creditor in ("", creditor_id)
            )

        return is_stopped

    return judged


def told(turn: Turn, names: Names, quoting: Quoting, facts: Facts) -> Saying:
    """«SMS этой ночью не уйдёт, если поступит 17 422,08 ₽ до 20.06.2026»; what leaves without it, only of a list that
    stands ready with the account in it."""
    what, verb = _STOPPED[turn.action_code]
    is_shared = turn.action_code in _PERSONAL and any(
        len(row["account_ids"]) > 1 for row in facts.of(LIST_OF[turn.action_code])
    )
    what = f"По этому счёту {what if what == 'SMS' else what.lower()}" if is_shared else what
    whom = "" if turn.creditor_id is None else f" ({names.creditor(turn.creditor_id)})"
    when = "этой ночью" if turn.until <= facts.as_of else day(turn.until)
    paid = f"если поступит {turn.text} включительно, без указания месяца"
    leaves = f"{what}{whom} {when} не {verb}, {paid}; копейкой меньше — {verb}."
    return Saying(
        leaves if _is_leaving(turn, facts) else f"{what}{whom}, {when}: шаг отпадёт, {paid}.",
        rows=(reference("debtors", creditor_id=turn.creditor_id),) if turn.creditor_id else (reference("debtors"),),
        rules=quoting.keys(turn.until, *(f"debt.{name}" for name in _RULES[turn.action_code])), tone=FACT,
    )


def _is_leaving(turn: Turn, facts: Facts) -> bool:
    """Whether tonight's list is ready and holds the step."""
    code = LIST_OF[turn.action_code]
    is_ready = any(row["list_code"] == code and row["status_code"] == "ready" for row in facts.of("debtor_lists"))
    mine = ("stage_code", turn.action_code) if turn.action_code in _PERSONAL else ("creditor_id", turn.creditor_id)
    return is_ready and turn.until <= facts.as_of and any(row[mine[0]] == mine[1] for row in facts.of(code))


def _not_yet(facts: Facts, quoting: Quoting, names: Names) -> Iterator[Saying]:
    """Steps that wait for a larger sum or an earlier paper: what would start them, once for all creditors alike."""
    waiting: dict[tuple[str, str], list[Row]] = {}
    for row in facts.of("debtors"):
        if row["next_action_on"] is None and not row["holds"] and row["next_action_code"] != "none":
            waiting.setdefault((row["next_action_code"], verdict(row)), []).append(row)
    for (action, why), rows in sorted(waiting.items()):
        whom = ", ".join(names.creditor(row["creditor_id"]) for row in rows)
        yield Saying(
            f"{stage(action).capitalize()} — пока нет, {why}: {whom}.",
            rows=tuple(reference("debtors", creditor_id=row["creditor_id"], track_code=track(row["track_code"]))
                       for row in rows),
            rules=quoting.keys(facts.as_of, *(f"debt.{name}" for name in _RULES[action])),
        )


def verdict(row: Row) -> str:
    """The end of the published reason: what is being waited for, without the figures told elsewhere."""
    last = str(row["reason"]).rpartition("; ")[2]
    return last.partition(", ")[2] or last if last.startswith("следующий шаг") else last
