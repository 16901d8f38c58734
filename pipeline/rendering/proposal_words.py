"""Recalculations in the words of the trade: causes, what was applied for, why it goes back or waits, what became of it.

An unknown code stays as it is.
"""

from __future__ import annotations

from typing import Final

from pipeline.rendering.words import Words

cause: Final = Words({
    "true_up_average": "уточнение среднего по показанию", "true_up_norm": "уточнение норматива по показанию",
    "absence": "временное отсутствие", "bad_quality": "плохое качество", "housing_days": "невыполненное содержание",
    "tampering": "вмешательство в работу счётчика", "inspection": "проверка показаний счётчика",
    "commissioning": "ввод счётчика", "verification": "поверка, о которой узнали позже",
    "meter_failed": "неисправный счётчик", "dismantling": "снятый счётчик",
    "verification_lapse": "истёкшая поверка", "verification_restored": "поверка подтверждена позже",
    "change_of_owner": "смена собственника", "capital_repair_debt": "переход долга по взносам на капремонт",
    "benefit": "льгота", "benefit_ended": "льгота кончилась",
    "advance_discount": "скидка за аванс", "advance_ended": "возврат скидки за аванс",
    "changed_persons": "другое число проживающих", "corrected_area": "исправленная площадь",
    "corrected_norm": "исправленный норматив", "corrected_tariff": "исправленный тариф",
    "common_property": "общее имущество по счётчику дома", "annual_heating": "отопление года по счётчику дома",
    "closed_account_credit": "вернуть по закрытому счёту",
})
returned: Final = Words({
    "missing": "не заполнено", "wrong": "такого не бывает", "runs_backwards": "конец раньше начала",
    "not_confirmed": "не подтверждено проверкой", "too_late": "срок прошёл", "too_far_ahead": "слишком далеко вперёд",
    "too_few_days": "полных дней мало", "not_billed_by_norm": "начислено не по нормативу",
    "nothing_billed": "ничего не начислено", "nothing_to_recalculate": "перерасчёт не положен",
    "told_already": "уже учтено", "unknown_place": "нет такого дома или помещения",
    "cold_tariff_unknown": "нет тарифа холодной воды", "other_service": "нарушение другой услуги",
    "other_count": "в реестре другое число людей", "unknown_person": "нет такого человека",
    "not_of_the_flat": "человек не из этого помещения", "too_long": "слишком долго для одного обращения",
    "not_over": "кончилось позже регистрации", "comes_to_nothing": "снимать нечего",
    "unknown_account": "нет такого счёта",
    "only_a_share": "перешла только доля", "still_an_owner": "прежний собственник остаётся по реестру",
    "two_changes": "несколько смен собственника", "told_otherwise": "раньше назван другой день",
    "billed_to_both": "начислено обоим собственникам",
    "not_closed": "счёт прежнего собственника открыт", "former_owner_unknown": "прежний собственник неясен",
    "debt_time_barred": "часть долга за пределами исковой давности", "debt_disputed": "часть долга оспорена",
    "paid_as_money": "выплачивается деньгами", "benefit_billed": "расчётчик уже вычитает льготу",
    "other_benefit": "на счёте есть другая льгота",
    "programme_closed": "скидки за аванс нет", "unknown_contract": "нет такого договора аванса",
    "other_months": "на столько месяцев скидки нет", "other_term": "скидка на эти месяцы уже есть",
    "no_term": "такой скидки нет",
    "cannot_be_rated": "посчитать по реестрам нельзя", "benefit_beside": "в плате есть льгота или скидка",
    "true_up_beside": "рядом уточнение по показаниям или по счётчику дома",
    "recalculated_by_biller": "расчётчик уже пересчитал иначе",
    "billed_otherwise": "начислено не по прежним данным", "billed_with_uplift": "начислено с повышением",
    "other_meter_not_read": "другой счётчик услуги не снят", "several_meters": "у услуги несколько счётчиков",
    "meter_not_sound": "счётчик не был исправен, введён или поверен",
})
#: What an applicant brings to mend a fault, by field and reason; by reason alone where the field says enough.
_TO_BRING: Final = {
    ("evidence", "missing"): "документ об отсутствии: справку из больницы, билеты, счёт гостиницы, командировочное "
                             "удостоверение, справку о временной регистрации (ПП РФ № 354, п. 93)",
    ("no_meter_act", "missing"): "акт обследования: поставить счётчик технически нельзя (ПП РФ № 354, п. 86)",
}
_TO_MEND: Final = {
    "missing": "заполнить это поле", "wrong": "исправить это поле", "runs_backwards": "исправить даты",
    "unknown_account": "верный номер лицевого счёта", "unknown_place": "верный адрес",
    "unknown_person": "сведения о человеке по паспорту", "unknown_contract": "верный номер договора",
    "not_confirmed": "акт с итогом проверки", "too_long": "верные даты или обращения по частям",
}
waiting: Final = Words({
    "large_proposal": "крупная сумма", "by_policy": "такие всегда смотрит человек",
    "account_month": "много по счёту за месяц",
    "account_history": "больше обычной платы счёта", "house_total": "много по дому",
    "creditor_total": "много по получателю", "cause_total": "много по причине",
    "other_half": "ждёт вторая половина",
})
application: Final = Words({
    "absence": "временное отсутствие", "quality": "качество услуги", "housing": "содержание жилья",
    "tampering": "вмешательство в работу счётчика", "inspection": "проверка показаний счётчика",
    "commissioning": "ввод счётчика", "verification": "поверка счётчика", "meter_failed": "неисправность счётчика",
    "dismantling": "снятие счётчика",
    "verification_lapse": "истёкшая поверка", "verification_restored": "поверка подтверждена позже",
    "ownership": "смена собственника", "benefit": "льгота",
    "advance_discount": "скидка за аванс", "register": "исправление реестра",
    "true_up_average": "уточнение среднего по показанию", "true_up_norm": "уточнение норматива по показанию",
})
proposal: Final = Words({
    "proposed": "предложено", "billed": "выставлено в документе", "mismatch": "выставлено другой суммой",
    "waits_for_approval": "ждёт утверждения", "settled_by_biller": "пересчитал сам расчётчик", "rejected": "отклонено",
})
answer: Final = Words({
    "accepted": "принято", "settled": "пересчитал сам расчётчик", "mismatched": "выставлено другой суммой",
    "open": "ждёт документа", "waiting": "ждёт решения, не выставлять", "refused": "отклонено, не выставлять",
    "for_refunds": "утверждено по закрытому счёту: отделу возвратов, не выставлять",
    "unmet": "предложения нет: строка лишняя",
})


def to_bring(field_code: str, reason_code: str) -> str:
    """What would mend the fault of an application; empty where nothing that is brought can mend it."""
    return _TO_BRING.get((field_code, reason_code)) or _TO_MEND.get(reason_code, "")
