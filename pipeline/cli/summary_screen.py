"""The summary of a month as an analyst reads it. Not here: where the figures come from (`summary.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pipeline.cli.screen import say, table
from pipeline.cli.summary import MonthSummary, OnStage
from pipeline.rendering import words
from pipeline.rendering.claim_words import SUM_OF_LIST
from pipeline.rendering.russian import number, roubles, share

_FURTHER: Final = {
    "notice": "Услуги: пора предупредить об ограничении", "restriction": "Услуги: можно ограничить",
    "suspension": "Услуги: можно приостановить", "restore": "Услуги: пора вернуть",
    "pretrial": "Предупредить о суде письмом: основной долг",
    "claims": "Подать иск после отмены приказа: цена иска, без госпошлины",
    "cases": "Судебные дела в работе: открытый основной долг",
    "writs": "Исполнительные документы к отправке: основной долг",
    "withdrawals": "Уменьшить или отозвать: оплачено мимо суда", "kept": "Рассрочки соблюдаются, счетов",
    "broken": "Рассрочки нарушены, счетов", "does_not_match_debt": "Рассрочки на другую сумму, счетов",
    "penalties": "Пени: строк долга, набежало", "penalties_to_bill": "Пени ждут квитанции, счетов и получателей",
    "lost": "Пропадёт по давности за 90 дней",
}


def show_summary(
    found: MonthSummary, *, state: str, following: str, is_closed: bool, show_changes: Callable[[], None]
) -> None:
    """Print the month: figures, debtors, lists, what changed, where the files are, what to do next."""
    say()
    table(f"Месяц {found.month} ({state})", ["", "", ""], _figures(found), numbers=[1, 2])
    if found.quarantined:
        table("Карантин в этом месяце, по причинам", ["причина", "строк"],
              [(words.reason(rule), number(rows)) for rule, rows in found.quarantined], numbers=[1])
    if found.debtors:
        heads = ["направление", "уже отправлено", "следующий шаг", "пора", "счетов", "к взысканию"]
        table("Должники", heads, [
            (words.track(row.track), words.stage(row.sent), words.stage(row.next_action), _when(row),
             number(row.accounts), roubles(row.claimed_rub)) for row in found.debtors
        ], numbers=[4, 5])
        say("Долг может стоять и в напоминаниях, и в суде: направления не складываются.")
    if not is_closed:
        _show_lists(found)
    if found.further:
        table("Ограничение, суд, рассрочки, пени", ["что", "строк", "сумма"], [
            (_FURTHER[code], number(counted.rows), roubles(counted.rub)) for code, counted in found.further
        ], numbers=[1, 2])
    show_changes()
    say(f"Файлы месяца: {found.folder}")
    say(f"Дальше: {following}")


def _show_lists(found: MonthSummary) -> None:
    """Lists of an open month only: those of a closed one cannot leave any more."""
    table("Списки", ["список", "состояние", "строк", "сумма"], [
        (f"{words.list_name(row.name)}{_of_what(row.name)}", words.list_status(row.status, row.awaited),
         number(row.rows), roubles(row.rub))
        for row in found.lists
    ], numbers=[2, 3])
    told = found.told_by_message
    why = [text for rub, text in (
        (told.barred_rub, "исковая давность истекла"),
        (told.left_rub, "список ждёт реестры, некуда писать, недавно писали или нет места в ночи"),
    ) if rub for text in [f"{roubles(rub)} — {text}"]]
    if why:
        say(f"В SMS и звонках меньше, чем пора напомнить ({roubles(told.due_rub)}): не вошли {'; '.join(why)}.")


def _of_what(name: str) -> str:
    return f": {SUM_OF_LIST[name]}" if name in SUM_OF_LIST else ""


def _when(row: OnStage) -> str:
    """Whether the next step may leave now; nothing where there is none."""
    return "" if row.next_action == "none" else "да" if row.is_due else "ещё нет"


def _figures(found: MonthSummary) -> list[tuple[str, str, str]]:
    waiting = [] if found.undecided is None else [
        ("Карантин: открыто всего, ждёт решения (raschet queue)", number(found.undecided), "")
    ]
    return [
        ("Получено файлов", number(found.files), ""),
        ("Получено строк, с отклонёнными", number(found.rows), ""),
        ("Невыясненные платежи, за вычетом сторно", number(found.suspended.rows), roubles(found.suspended.rub)),
        ("Карантин: отклонено строк в этом месяце", number(found.refused), ""),
        *waiting,
        ("Начислено: документов, сумма", number(found.billed.rows), roubles(found.billed.rub)),
        ("Проверено по реестрам, доля и сумма", share(found.audit.audited_rub, found.audit.billed_rub),
         roubles(found.audit.audited_rub)),
        ("Расходятся с реестрами, жители переплачивают: строк, сумма", number(found.audit.too_much.rows),
         roubles(found.audit.too_much.rub)),
        ("Расходятся с реестрами, жители недоплачивают: строк, сумма", number(found.audit.too_little.rows),
         roubles(found.audit.too_little.rub)),
        ("Поступило: платежей, сумма", number(found.paid.rows), roubles(found.paid.rub)),
        ("Собрано по документам месяца", share(found.collected_rub, found.billed.rub), roubles(found.collected_rub)),
        ("«Коммунальный бонус»: рассмотрено документов", number(found.decided), ""),
        ("«Коммунальный бонус»: положен", number(found.eligible), ""),
        ("Предложено перерасчётов, ещё не в документах", number(found.proposed.rows), roubles(found.proposed.rub)),
    ]
