"""Codes of the tables in the words of the trade, as the screen shows them. An unknown code is shown as it is."""

from __future__ import annotations

from typing import Final

TRACKS: Final = {"notice": "напоминания", "restriction": "ограничение услуги", "court": "суд"}
STAGES: Final = {
    "none": "—", "reminder": "напоминание", "sms": "SMS", "debt_receipt": "долговая квитанция",
    "court_order": "судебный приказ",
}
LISTS: Final = {"sms_list": "SMS", "debt_receipts": "долговые квитанции", "court_list": "в суд"}
REASONS: Final = {
    "missing_key": "нет ключа", "malformed_key": "в ключе посторонние знаки", "missing_value": "нет нужного значения",
    "unknown_code": "код не из списка", "below_least": "значение меньше допустимого",
    "month_not_first_day": "месяц не первым числом", "date_in_future": "дата в будущем",
    "unknown_account": "неизвестный лицевой счёт", "unknown_creditor": "неизвестный получатель",
    "unknown_service": "неизвестная услуга", "unknown_contract": "неизвестный договор",
    "unknown_meter": "неизвестный счётчик", "unknown_channel": "неизвестный канал",
    "unknown_court_case": "неизвестное судебное дело", "duplicate_id": "тот же номер с другим содержанием",
    "rejected_by_person": "отклонено решением сотрудника",
    "account_differs_from_document": "счёт строки не совпадает со счётом документа",
    "line_rejected": "отклонена строка документа", "document_rejected": "отклонён документ строки",
    "lines_do_not_add_up": "строки не складываются в документ", "orphan_charge": "строка без документа",
    "two_live_versions": "две действующие версии документа",
    "supersedes_other_account": "заменяет документ чужого счёта", "already_decided": "решение уже принято",
}
DEBT_KINDS: Final = {
    "principal": "основной долг", "capital_repair": "капитальный ремонт", "voluntary": "добровольное страхование",
    "penalty": "пени", "court_cost": "судебные расходы",
}
SEVERITIES: Final = {"error": "ошибка", "warning": "замечание", "note": "к сведению"}
STANDINGS: Final = {
    "opening": "начальное состояние", "closed": "закрыт", "open": "открыт, предварительный",
    "stale": "устарел: изменился предыдущий месяц", "not_run": "не рассчитан",
}


def track(code: str) -> str:
    return TRACKS.get(code, code)


def stage(code: str) -> str:
    return STAGES.get(code, code)


def severity(code: str) -> str:
    return SEVERITIES.get(code, code)


def debt_kind(code: str) -> str:
    return DEBT_KINDS.get(code, code)


def standing(code: str) -> str:
    return STANDINGS.get(code, code)


def list_name(code: str) -> str:
    return f"{code} ({LISTS[code]})" if code in LISTS else code


def list_status(code: str, awaited: list[str]) -> str:
    if code == "ready":
        return "готов"
    return f"ждёт реестры: {', '.join(awaited)}" if awaited else "ждёт реестры"


def reason(rule_id: str) -> str:
    return REASONS.get(rule_id, rule_id)
