"""Which words the closed codes of a column stand for: the link between a column of the contracts and `words.py`.

Here: the words of a column's codes, those that only the catalogue shows included. Not here: codes that reports and
messages show (`words.py`, from where they are taken), the meaning of a column (`contracts/meanings`), which is only
put together with unit and words here.
"""

from collections.abc import Mapping
from typing import Final

from pipeline.contracts.meanings import MeaningMissing, meaning
from pipeline.contracts.table import Column, Table
from pipeline.rendering import (
    advance_words,
    change_words,
    house_words,
    lacking_words,
    proposal_words,
    queue_words,
    rating_words,
    reading_words,
    words,
)

#: Units of the contracts in words. Pieces need none; days and months are said by the meaning, Moscow by the type.
UNITS: Final = {
    "RUB": "руб.", "RUB per unit": "руб. за единицу", "m2": "м²", "unit_code": "в единицах услуги",
    "unit of the service": "в единицах услуги", "percent per year": "% годовых",
}

#: By column name, or by (table, column) where one name has several lists.
_LISTS: Final[Mapping[str | tuple[str, str], Mapping[str, str]]] = {
    "track_code": words.track,
    "group_code": words.mandate_group,
    "stage_code": words.stage | {"none": "пока никакая"},
    "previous_stage_code": words.stage | {"none": "ещё никакая"},
    "next_action_code": words.stage | {"none": "больше никакая"},
    "list_code": words.list_title,
    "debt_kind_code": words.debt_kind,
    "dated_by_code": {"folder": "по папке", "rows": "по строкам", "snapshot": "снимок справочника"},
    "document_type_code": {
        "main": "основной", "capital_repair": "на капитальный ремонт", "waste": "на вывоз отходов",
        "debt": "долговой", "penalty": "на пени", "correction": "исправляющий",
    },
    "purpose_code": {
        "regular": "текущая оплата", "penalty": "пени", "capital_repair": "капитальный ремонт",
        "court_cost": "судебные расходы", "enforcement": "взыскание", "advance_contract": "авансовый договор",
    },
    "payer_code": {
        "resident": "житель", "third_party": "другое лицо", "social_protection": "соцзащита",
        "bailiff": "судебный пристав", "bank_writ": "банк по исполнительному документу", "employer": "работодатель",
    },
    "basis_code": words.basis,
    "paid_at_precision_code": {"moment": "до минуты", "day": "до дня", "registry": "по дате реестра"},
    "origin_code": {"payment": "платёж", "credit": "отрицательная строка", "opening": "начальное состояние"},
    "designation_code": {
        "document": "указан документ", "typed": "введён вручную", "default": "подставлен по умолчанию",
        "none": "не указан",
    },
    "rule_code": {
        "enforcement": "взыскание по суду", "own_creditor": "собственный счёт получателя", "penalty": "на пени",
        "designated": "по указанию плательщика", "oldest": "сначала самые старые", "advance": "из аванса",
        "credit": "зачёт отрицательной строки", "reversal": "сторно", "superseded": "новая версия документа",
    },
    "verdict_code": {"accepted": "принято", "outranked": "заменено лучшим", "rejected": "отклонено"},
    "settled_code": {
        "reading": "принятым показанием", "biller": "перерасчётом биллинга", "superseded": "новой версией документа",
        "not_known": "показания этого месяца больше не сообщают",
        "by_meter": "начислено по счётчику, но на другой объём",
        "not_counted": "показанием счётчика, который уже не считал: решает сотрудник",
    },
    "cause_code": proposal_words.cause | change_words.cause,
    "programme_code": {"communal_bonus": "«Коммунальный бонус»"},
    "first_failed_code": words.condition,
    "template_code": {
        "reminder_sum": "напоминание с суммой", "reminder_neutral": "напоминание без суммы",
        "sms_sum": "SMS с суммой", "sms_neutral": "SMS без суммы",
    },
    ("deliveries", "status_code"): {
        "read": "прочитан", "repeated": "тот же файл ещё раз", "readmitted": "строки приняты решением сотрудника",
    },
    ("awaited_registries", "status_code"): {
        "received": "получен", "awaited": "срок не наступил", "late": "опаздывает",
    },
    ("registry_reconciliation", "status_code"): words.registry_status,
    ("charge_audit", "cause_code"): rating_words.cause,
    ("charge_audit", "findings"): rating_words.cause,
    ("charge_audit_totals", "cause_code"): rating_words.reason | rating_words.cause,
    ("charge_audit_totals", "outcome_code"): rating_words.outcome,
    ("fees_compared", "outcome_code"): words.fee_outcome,
    ("recalculations", "status_code"): proposal_words.proposal,
    ("acceptance_lines", "outcome_code"): proposal_words.answer,
    "waiting_reason_code": proposal_words.waiting,
    ("owner_shares", "split_code"): {
        "days": "по дням", "closing_reading": "по показанию при передаче", "whole_month": "месяц нового собственника",
    },
    ("advance_terms", "status_code"): advance_words.term,
    ("advance_terms", "first_failed_code"): advance_words.condition,
    ("advance_terms", "end_reason_code"): advance_words.end,
    ("advance_schedule", "status_code"): advance_words.month,
    ("returned_applications", "kind_code"): proposal_words.application,
    ("returned_applications", "reason_code"): proposal_words.returned,
    ("penalties", "status_code"): words.penalty_status,
    ("penalties", "reason_code"): words.penalty_reason,
    ("penalty_proposals", "status_code"): proposal_words.proposal,
    ("penalty_scales", "scale_code"): words.penalty_scale,
    ("penalty_exemptions", "reason_code"): words.hold,
    ("debtor_lists", "status_code"): {"ready": "готов", "awaiting_registries": "ждёт реестров"},
    ("incomplete_bills", "reason_code"): words.incomplete,
    ("posted_reversals", "reason_code"): words.reversal,
    ("suspended_payments", "reason_code"): words.reason,
    ("consumption", "source_code"): reading_words.source,
    ("consumption", "findings"): reading_words.finding,
    ("reading_doubts", "source_code"): reading_words.source,
    ("reading_doubts", "finding_code"): reading_words.finding,
    ("reading_doubts", "severity_code"): reading_words.severity,
    ("reading_doubts", "cause_code"): reading_words.cause,
    ("house_readings", "source_code"): house_words.source,
    ("house_readings", "finding_code"): house_words.finding,
    ("house_balances", "outcome_code"): house_words.outcome,
    ("house_corrections", "kind_code"): proposal_words.cause,
    ("house_corrections", "outcome_code"): {"counted": "посчитано", "not_counted": "не посчитано"},
    ("house_corrections", "reason_code"): house_words.uncounted,
    ("house_balances", "reason_code"): house_words.reason,
    ("house_balances", "mode_code"): house_words.mode,
    "meter_status_code": words.meter_status,
    ("substitute_volumes", "reason_code"): words.substitute_reason,
    ("substitute_mismatches", "cause_code"): words.substitute_mismatch,
    "due_basis_code": words.basis,
    "missing_code": words.substitute_missing,
    "unwritten_code": words.unwritten,
    "dimension_code": reading_words.dimension,
    "kind_code": queue_words.kind,
    "room_code": queue_words.ROOMS,
    "owner_code": queue_words.owner,
    "decided_by_feed": queue_words.FEEDS,
    ("collected_money", "source_code"): words.money_source,
    ("debtors", "holds"): words.hold,
    ("instalments", "status_code"): words.instalment,
    ("court_standing", "stage_code"): words.court_stage,
    ("court_standing", "next_action_code"): words.court_action,
    ("court_standing", "blocked_by"): words.hold | words.court_block,
    ("withdrawal_list", "action_code"): words.court_action,
    "addressee_code": words.addressee,
    "handed_to_code": words.addressee | {"provider": "исполнитель услуги", "debtor": "должник"},
    "asked_code": words.restriction_action | words.court_action | {
        "instalment": "заключить рассрочку", "pretrial": "погасить долг до суда",
    },
    ("handovers", "list_code"): words.list_title,
    ("restriction_list", "stage_code"): words.restriction_stage,
    ("restriction_list", "next_action_code"): words.restriction_action,
    ("restriction_list", "blocked_by"): words.hold | words.restriction_block,
    ("quarantine", "rule_ids"): words.reason,
    ("receipt_letters", "lacks"): lacking_words.lacking,
    ("restriction_notices", "lacks"): lacking_words.lacking,
    ("instalment_offers", "lacks"): lacking_words.lacking,
    ("pretrial_letters", "lacks"): lacking_words.lacking,
    ("court_folders", "lacks"): lacking_words.court_lacking,
    ("case_letters", "lacks"): lacking_words.court_lacking,
    ("scenario_moves", "list_code"): words.compared,
    ("scenario_figures", "list_code"): words.compared,
    "change_code": change_words.kind,
    "move_code": {"enters": "входит", "leaves": "выходит", "stays": "остаётся"},
    "measure_code": {
        "outstanding": "остаток долга", "overdue": "просрочено", "allocated": "разнесено", "received": "поступило",
        "billed": "начислено", "advance": "аванс", "suspended": "невыяснено", "proposed": "предложено",
        "claimed": "к взысканию", "decision": "решение", "rows": "строки",
    },
}


def words_of(table: str, column: str) -> Mapping[str, str]:
    """Code → words for a column of a closed list; empty for any other column."""
    return _LISTS.get((table, column)) or _LISTS.get(column) or {}


def described(table: Table, column: Column) -> str:
    """Meaning, unit and the words of its codes: «Вид долга. principal — основной долг; penalty — пени.»"""
    unit = UNITS.get(column.unit or "", "")
    try:
        told = meaning(table.name, column.name)
    except MeaningMissing:
        told = column.meaning
    listed = words_of(table.name, column.name)
    words = "; ".join(f"{code} — {listed[code]}" for code in column.allowed or listed if code in listed)
    return f"{told[0].upper()}{told[1:]}{f' ({unit})' if unit else ''}.{f' {words}.' if words else ''}"
