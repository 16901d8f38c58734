"""Why a number moved, in the words of the trade: causes, tables, what happened to a row, and one sentence about it.

Here: words. Not here: which cause a row has (`reports/changes`). An unknown code is shown as it is.
"""

from __future__ import annotations

from typing import Final

from pipeline.rendering import proposal_words, words
from pipeline.rendering.words import Words

cause: Final = Words({
    "corrected_registry": "исправленный реестр", "reversal": "сторно платежа",
    "identification": "опознан невыясненный платёж", "corrected_document": "исправленный документ",
    "late_payment": "платёж поступил с опозданием", "new_document": "новый документ", "new_payment": "новый платёж",
    "recalculation": "перерасчёт", "quarantine": "строки отклонены", "dispatch": "список отправлен",
    "rule": "изменено правило", "time": "прошло время", "hold": "запрет взыскания", "register": "справочник",
    "event": "событие", "previous_cycle": "движения прошлого цикла", "months_between": "месяцы между запусками",
    "previous_month": "изменился предыдущий месяц", "code": "другая версия программы",
    "unexplained": "ПРИЧИНА НЕ НАЙДЕНА",
})
MEASURES: Final = {
    ("open_items", "outstanding"): "Долг: открытые статьи", ("open_items", "overdue"): "Просроченный долг",
    ("payment_allocations", "allocated"): "Разнесение платежей", ("posted_payments", "received"): "Поступило платежей",
    ("billed_documents", "billed"): "Начислено документами", ("advances", "advance"): "Авансы",
    ("suspended_payments", "suspended"): "Невыясненные платежи", ("incomplete_bills", "rows"): "Счета без документа",
    ("quarantine", "rows"): "Карантин", ("eligibility", "decision"): "«Коммунальный бонус»: решения, с прошлым месяцем",
    ("recalculations", "proposed"): "Перерасчёты, все состояния",
    ("debtors", "claimed"): "Должники, напоминания и суд вместе",
    ("debt_receipts", "claimed"): "Список: долговые квитанции", ("court_list", "claimed"): "Список: в суд",
    ("sms_list", "claimed"): "Список: SMS", ("call_list", "claimed"): "Список: звонки",
}
kind: Final = Words({"appeared": "появилось", "vanished": "исчезло", "changed": "изменилось"})
_SENTENCES: Final = {
    "corrected_registry": "реестр исправлен: {}", "reversal": "сторно {}", "identification": "опознан платёж {}",
    "corrected_document": "документ исправлен: {}",
    "late_payment": "платёж {} сделан раньше, а поступил после прежнего запуска",
    "new_document": "поступил документ {}", "new_payment": "поступил платёж {}",
    "recalculation": "перерасчёт по показанию {}", "quarantine": "отклонены строки: {}",
    "dispatch": "прошлая ступень отправлена {}", "rule": "изменено правило: {}", "time": "прошло время: {}",
    "hold": "запрет: {}", "register": "изменён справочник: {}", "event": "событие: {}",
    "months_between": "между запусками месяцы {}", "previous_month": "изменился месяц {}", "code": "программа: {}",
}
_DECISIONS: Final = {"eligible": "положен", "live": "действует", "superseded": "заменён", **words.incomplete}


#: Codes that stand in keys of facts. Causes only tell sums of an account apart.
_KEY_WORDS: Final = {
    **words.debt_kind, **words.track, **dict.fromkeys(cause, ""), **_DECISIONS, "communal_bonus": "",
    "payment": "", "credit": "", "opening": "входящий остаток", "advance": "из аванса", "designated": "по назначению",
    "oldest": "старейший долг", "own_creditor": "своему получателю", "enforcement": "по исполнительному документу",
}


def measured(table: str, measure: str) -> str:
    return MEASURES.get((table, measure), f"{table}: {measure}")


def told(table: str, code: str | None) -> str:
    """A stage, status or decision of a table's row; a dash where there is none."""
    if code is None:
        return "—"
    own = {"debtors": words.stage, "sms_list": words.stage, "call_list": words.stage, "eligibility": words.condition,
           "recalculations": proposal_words.proposal, "suspended_payments": words.reason}
    if table == "quarantine":
        return ", ".join(words.reason(rule) for rule in code.split(", "))
    return _DECISIONS.get(code) or own.get(table, str)(code)


def key(fact_key: str) -> str:
    """The key of a fact with its codes in words; ids stay as they are, what only tells groups apart is left out."""
    parts = (_KEY_WORDS.get(part, part) for part in fact_key.split(" · "))
    return " · ".join(part for part in parts if part and part != "—")


def sentence(code: str, reference: str | None) -> str:
    """«платёж P1 сделан раньше, а поступил после прежнего запуска»; the bare cause without a reference."""
    if not reference or code not in _SENTENCES:
        return cause(code)
    return _SENTENCES[code].format(words.hold(reference) if code == "hold" else reference)
