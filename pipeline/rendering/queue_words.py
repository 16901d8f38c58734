"""Codes of the work queue in the words of the trade: kinds, owners, reasons, decisions. An unknown code stays as it is.

Words that other tables show too stand in `words.py`; these are of the queue alone.
"""

from __future__ import annotations

from typing import Final

from pipeline.rendering import house_words, proposal_words, rating_words, reading_words, words
from pipeline.rendering.words import Words

kind: Final = Words({
    "suspended_payment": "невыясненный платёж", "suspended_reversal": "невыясненное сторно",
    "quarantined_document": "документ в карантине", "quarantined_row": "строка в карантине",
    "proposal_to_approve": "перерасчёт ждёт согласия", "mismatched_proposal": "перерасчёт проведён на другую сумму",
    "duplicate_payment": "возможный повтор платежа", "account_without_bill": "счёт без квитанции",
    "late_registry": "реестр опаздывает", "registry_difference": "реестр не сходится",
    "list_awaiting_registry": "список ждёт реестра", "instalment_doubt": "рассрочка не на сумму долга",
    "early_restriction": "услугу отключили раньше срока", "double_recovery": "взыскано дважды",
    "several_accounts": "дело нескольких счетов", "costs_on_principal": "пошлина легла на основной долг",
    "owner_owes": "капремонт выставлен нанимателю",
    "heirs_unknown": "должник умер: найти наследников",
    "returned_application": "заявление или акт возвращаются",
    "doubtful_reading": "сомнительное показание",
    "charges_differ": "начислено не по реестрам", "house_balance": "дом не сходится с квартирами",
    "house_correction": "дом не исправлен по общедомовому счётчику",
})
owner: Final = Words({
    "intake_desk": "приём поставок", "billing_department": "отдел начислений", "finance": "финансовый отдел",
    "debt_department": "отдел по работе с долгом",
})
ROOMS: Final = {
    "ingest": "приём", "metering": "показания", "ledger": "сальдо", "recalculation": "перерасчёты", "debt": "должники",
    "rating": "начисления",
}
FEEDS: Final = {
    "payment_identifications": "опознание платежа", "quarantine_decisions": "решение о строке карантина",
    "approvals": "решение о перерасчёте", "debt_decisions": "решение о долге",
}
decision: Final = Words({
    "identified": "зачислить на счёт", "returned": "вернуть плательщику", "readmit": "принять", "reject": "отклонить",
    "approved": "согласовать", "rejected": "отказать", "accept": "считать по графику",
    "void": "считать недействительной", "restore": "вернуть услугу", "refunded": "возвращено плательщику",
    "kept": "оставить авансом", "one_account": "дело последнего названного счёта",
    "take_back": "отзывать лишнее: остаток верен", "by_hand": "юрист ведёт сам",
})
_of_kind: Final = {("suspended_reversal", "identified"): "снять со счёта"}
_of_houses: Final = house_words.outcome | house_words.uncounted
_of_rooms: Final = _of_houses | rating_words.cause | reading_words.finding | reading_words.cause
_reason: Final = Words(_of_rooms | proposal_words.cause | proposal_words.returned | words.reason | {
    "account_closed": "счёт закрыт", "before_opening": "оплачено раньше открытия счёта",
    "unknown_reversal": "неизвестно, какой платёж отозван", "reversal_exceeds_payment": "сторно больше платежа",
    "unreadable_row": "строка не читается", "document_missing": "квитанция не пришла",
    "refused_again": "принята решением и отклонена ещё раз", "unknown_subject": "нет такого перерасчёта",
    "within_an_hour": "в пределах часа", "within_the_term": "в пределах срока", "same_registry": "в одном реестре",
    "other_registry": "в разных реестрах", "time_of_day_unknown": "время дня неизвестно",
    "nothing_left_to_pay": "деньги лежат авансом", "pays_items": "деньги ушли на долги",
    "true_up_average": "начислено по среднему", "true_up_norm": "начислено по нормативу",
    "settled_by_biller": proposal_words.proposal("settled_by_biller"),
    "rows_differ": "другое число строк", "total_differs": "другая сумма", "statement_differs": "не сходится с банком",
    "not_announced": "реестр не объявлен", "collected_twice": "ничего уже не оставалось, деньги лежат авансом",
    "does_not_match_debt": words.instalment("does_not_match_debt"),
    "several_accounts": "под одним номером дела названы разные счета",
    "costs_on_principal": "взысканные пени и пошлина не нашли своей строки и погасили основной долг",
    "municipal_tenant": "должен собственник квартиры (ЖК РФ, ст. 158, 169): перевыставьте ему и уберите с нанимателя",
    "death": "долг ждёт тех, кто примет наследство (ГК РФ, ст. 1175): внесите их в реестр прав",
    "restricted_too_early": words.restriction_block("restricted_too_early"),
})


def reasons(codes: list[str]) -> str:
    """«счёт закрыт; деньги лежат авансом»."""
    return "; ".join(map(_reason, codes))


def decision_on(kind_code: str, code: str) -> str:
    """A decision as the sheet of its kind words it: a reversal takes money from the account that is named."""
    return _of_kind.get((kind_code, code), decision(code))
