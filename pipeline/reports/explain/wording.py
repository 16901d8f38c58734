"""Codes of the tables as an explanation says them aloud, and the ground of each rule of allocation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pipeline.rendering import proposal_words, words
from pipeline.rendering.russian import month_name
from pipeline.rendering.words import Words
from pipeline.reports.explain.explanation import Row
from pipeline.reports.explain.facts import Facts

channel: Final = Words(words.channel | {
    "own_site": "личный кабинет центра", "other_bank": "другой банк", "": "без канала",
})
DOCUMENT_TYPES: Final = {
    "main": "квитанция", "capital_repair": "квитанция на капитальный ремонт", "waste": "квитанция за вывоз мусора",
    "debt": "квитанция на долг", "penalty": "квитанция на пени", "correction": "исправление",
}
basis: Final = Words(words.basis | {"person": "на человека", "house": "по дому"})
unit: Final = Words({"m3": "м³", "kwh": "кВт·ч", "gcal": "Гкал", "m2": "м²", "person": "чел."})
PAYERS: Final = {
    "resident": "", "third_party": "платил другой человек", "social_protection": "платила соцзащита",
    "bailiff": "перечислил пристав", "bank_writ": "списано банком по исполнительному листу",
    "employer": "перечислил работодатель",
}
PURPOSES: Final = {
    "regular": "", "penalty": "на пени", "capital_repair": "на капитальный ремонт", "court_cost": "на судебные расходы",
    "enforcement": "по исполнительному документу", "advance_contract": "по договору аванса",
}
suspense: Final = Words({
    "unknown_account": "такого лицевого счёта нет", "account_closed": "счёт закрыт",
    "before_opening": "счёт ещё не был открыт", "unknown_reversal": "отзывают платёж, которого не было",
    "reversal_exceeds_payment": "отзывают больше, чем было заплачено", "malformed_key": "номер платежа испорчен",
    "duplicate_id": "такой номер платежа уже есть с другим содержанием",
    "date_in_future": "дата платежа ещё не наступила",
    "unreadable_row": "строка реестра не читается", "unknown_channel": "неизвестный канал оплаты",
    "unknown_court_case": "неизвестное судебное дело", "unknown_creditor": "неизвестный получатель",
    "amount_too_large": "сумма от миллиарда рублей: похоже на описку",
})
CONDITIONS: Final = {
    "is_served": "Счёт полностью обслуживается центром",
    "is_bill_complete": "Квитанции месяца получены целиком",
    "is_paid_in_full": "Квитанция оплачена полностью",
    "is_paid_online": "Вся оплата прошла через личный кабинет или приложение центра",
    "is_paid_before_next_issue": "Оплачено до выпуска следующих квитанций",
    "is_free_of_past_debt": "В момент оплаты не было долга по прежним квитанциям",
    "has_no_reversed_bonus": "Платежи за прежние бонусы не отзывались",
}
OUTCOMES: Final = Words({
    "delivered": "доставлено", "failed": "не доставлено", "answered": "ответили", "refused": "просили не писать",
    "returned": "письмо вернулось", "wrong_number": "чужой номер",
})
ACTS: Final = Words({
    "notice_sent": "предупреждение отправлено", "notice_delivered": "предупреждение вручено",
    "restricted": "услуга ограничена", "suspended": "услуга приостановлена", "restored": "услуга восстановлена",
})
HANDED_TO: Final = Words({
    "provider": "поставщику", "debtor": "должнику", "court": "суду", "bank": "банку", "bailiffs": "приставам",
})
ASKED: Final = Words(words.restriction_action | words.court_action | {
    "notice": "предупреждение об ограничении", "instalment": "предложение рассрочки", "pretrial": "уведомление о суде",
})
COURT_EVENTS: Final = Words({
    "filed": "подано в суд", "ordered": "вынесен приказ", "cancelled": "приказ отменён", "decided": "вынесено решение",
    "writ_sent": "исполнительный документ отправлен", "enforced": "взыскано", "reduced": "требование уменьшено",
    "withdrawn": "отзыв подтверждён", "received": "пени или пошлина получены мимо суда",
    "waived": "взыскатель отказался от остатка пеней и пошлины",
})
proposal: Final = Words(proposal_words.proposal | {
    "billed": "выставлен в квитанции", "mismatch": "в квитанции другая сумма", "rejected": "отклонён",
})
cause: Final = Words({
    "true_up_average": "показание пришло после месяцев, начисленных по среднему",
    "true_up_norm": "показание пришло после месяцев, начисленных по нормативу",
    "absence": "человек временно отсутствовал", "bad_quality": "услуги не было или она была плохой",
    "housing_days": "услугу содержания не выполняли",
    "tampering": "в работу счётчика вмешались", "inspection": "при проверке счётчик показал не то, что начислено",
    "commissioning": "счётчик ввели или опломбировали, а начисляли по нормативу",
    "verification": "поверка прошла в срок, а узнали о ней позже",
    "meter_failed": "счётчик был неисправен, а начисляли по нему", "dismantling": "счётчик сняли, а начисляли по нему",
    "verification_lapse": "срок поверки истёк, а начисляли по показаниям",
    "verification_restored": "поверка оказалась действующей, пересчёт за её просрочку снят",
    "change_of_owner": "у помещения новый собственник",
    "capital_repair_debt": "долг по взносам на капремонт перешёл с помещением",
    "benefit": "положена льгота", "benefit_ended": "льгота кончилась, а её ещё вычитали",
    "advance_discount": "скидка за оплату вперёд",
    "advance_ended": "скидка за оплату вперёд кончилась раньше срока и отменяется",
    "changed_persons": "стало известно другое число проживающих", "corrected_area": "исправлена площадь помещения",
    "corrected_norm": "исправлен норматив", "corrected_tariff": "исправлен тариф",
    "common_property": "общедомовой счётчик показал, сколько ушло на общее имущество",
    "annual_heating": "общедомовой счётчик показал, сколько тепла ушло за год",
    "closed_account_credit": "счёт закрыт, а начислено было больше доли по общедомовому счётчику",
})
incomplete: Final = Words({
    "document_missing": "квитанция месяца не пришла", "document_rejected": "квитанция месяца отклонена",
    "earlier_document_rejected": "квитанция одного из прошлых месяцев отклонена",
})

_POLICY: Final = "политика участка"
#: rule_code of an allocation: what it did, and its ground.
PLACED: Final[Mapping[str, tuple[str, str]]] = {
    "enforcement": ("по исполнительному документу: сначала расходы, затем долг, затем пени", "ГК РФ, ст. 319"),
    "own_creditor": ("деньги пришли этому получателю и остаются у него", _POLICY),
    "penalty": ("на пени: так назвал плательщик или сумма в точности равна итогу с пенями", "ГК РФ, ст. 319.1"),
    "designated": ("туда, куда указал плательщик", "ГК РФ, ст. 319.1"),
    "oldest": ("без указания месяца: на самую раннюю неоплаченную квитанцию",
               "ГК РФ, ст. 319.1; Пленум ВС РФ от 27.06.2017 № 22, п. 32"),
    "advance": ("внесённый раньше аванс встретил квитанцию", _POLICY),
    "credit": ("уменьшение начислений зачтено в счёт остальных услуг", _POLICY),
    "reversal": ("деньги сняты: платёж отозван", _POLICY),
    "superseded": ("деньги перешли на новую редакцию квитанции", _POLICY),
}


def of_contract_money(contract_reference: str) -> tuple[str, str]:
    """What an advance did that its payer has bound to a contract, and its ground."""
    return f"деньги договора аванса {contract_reference}", "ГК РФ, ст. 319.1"


SPREAD_GROUND: Final = "внутри квитанции — пропорционально услугам (ПП РФ № 354, п. 118)"


class Names:
    """Names of services, creditors and documents of one account, in words."""

    def __init__(self, facts: Facts) -> None:
        registers = facts.registers
        self._services = {row["service_code"]: str(row["name"]) for row in registers["services"]}
        self._creditors = {row["creditor_id"]: str(row["name"]) for row in registers["creditors"]}
        self._creditor_of = {row["contract_id"]: row["creditor_id"] for row in registers["service_contracts"]}

    def service(self, code: str | None) -> str:
        return self._services.get(code or "", code or "все услуги")

    def creditor(self, creditor_id: str | None) -> str:
        return self._creditors.get(creditor_id or "", creditor_id or "все получатели")

    def creditor_of(self, contract_id: str) -> str:
        return self.creditor(self._creditor_of.get(contract_id, contract_id))

    def document(self, row: Row) -> str:
        """«квитанция за май 2026»."""
        return f"{DOCUMENT_TYPES.get(row['document_type_code'], 'документ')} за {month_name(row['billing_month'])}"
