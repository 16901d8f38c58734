"""Codes of the tables in the words of the trade, as the screen shows them. An unknown code is shown as it is."""

from __future__ import annotations

from typing import Final


class Words(dict[str, str]):
    """Code → words of one list of codes; called with a code, its words, or the code itself where it is unknown."""

    def __call__(self, code: str) -> str:
        return self.get(code, code)


track: Final = Words({"notice": "напоминания", "restriction": "ограничение услуги", "court": "суд"})
stage: Final = Words({
    "none": "—", "reminder": "напоминание", "sms": "SMS", "call": "звонок", "debt_receipt": "долговая квитанция",
    "court_order": "судебный приказ", "claim": "исковое заявление",
})
list_title: Final = Words({
    "sms_list": "SMS", "call_list": "звонки", "debt_receipts": "долговые квитанции", "court_list": "в суд",
    "restriction_list": "ограничение услуг", "enforcement_list": "исполнительные документы", "claim_list": "иски",
    "withdrawal_list": "отзыв требований", "pretrial_notices": "до суда", "instalment_offers": "предложения рассрочки",
})
mandate_group: Final = Words({"contacted": "работают", "hold_out": "контрольная, не трогают"})
#: What a what-if compares.
compared: Final = Words({
    "sms_list": "SMS", "call_list": "Звонки", "debt_receipts": "Долговые квитанции",
    "court_list": "Заявления в суд, основной долг",
    "pretrial_notices": "Уведомления о суде, основной долг", "claim_list": "Иски по отменённым приказам, цена иска",
    "debtors": "Должники", "restriction_list": "Ограничение услуг", "court_standing": "Судебные дела",
    "enforcement_list": "Исполнительные документы к отправке", "withdrawal_list": "Уменьшить или отозвать в суде",
    "instalments": "Рассрочки", "penalties": "Пени, по получателям",
    "limitation_radar": "Пропадёт по давности за 90 дней",
    "eligibility": "Документы с бонусом, с прошлым месяцем", "recalculations": "Перерасчёты, все состояния",
})
reason: Final = Words({
    "missing_key": "нет ключа", "malformed_key": "в ключе посторонние знаки", "missing_value": "нет нужного значения",
    "unknown_code": "код не из списка", "below_least": "значение меньше допустимого",
    "month_not_first_day": "месяц не первым числом", "date_in_future": "дата в будущем",
    "date_too_old": "дата старше десяти лет", "month_not_begun": "месяц ещё не начался",
    "amount_too_large": "сумма от миллиарда рублей", "unknown_subject": "решение не называет ни предложения, ни пачки",
    "unknown_suspended_payment": "такого невыясненного платежа нет",
    "reversal_not_returned": "сторно не возвращают плательщику: назовите счёт, с которого оно снимает деньги",
    "account_closed": "лицевой счёт закрыт", "before_opening": "раньше открытия участка",
    "unknown_reversal": "сторно неизвестного платежа", "reversal_exceeds_payment": "сторно больше платежа",
    "unreadable_row": "строка не читается",
    "unknown_account": "неизвестный лицевой счёт", "unknown_creditor": "неизвестный получатель",
    "unknown_service": "неизвестная услуга", "unknown_contract": "неизвестный договор",
    "unknown_house": "неизвестный дом", "unknown_meter": "неизвестный счётчик", "unknown_channel": "неизвестный канал",
    "unknown_court_case": "неизвестное судебное дело", "duplicate_id": "тот же номер с другим содержанием",
    "rejected_by_person": "отклонено решением сотрудника",
    "account_differs_from_document": "счёт строки не совпадает со счётом документа",
    "line_rejected": "отклонена строка документа", "document_rejected": "отклонён документ этой строки",
    "lines_do_not_add_up": "строки не складываются в документ", "orphan_charge": "строка без документа",
    "two_live_versions": "две действующие версии документа",
    "supersedes_other_account": "заменяет документ чужого счёта", "already_decided": "решение уже принято",
    "broken_amount_is_positive": "сумма не больше нуля", "broken_line_adds_up": "суммы строки не складываются",
    "broken_total_with_penalty_adds_up": "итог с пенями не складывается",
    "broken_net_is_gross_less_fee": "сумма к перечислению не равна собранной за вычетом вознаграждения",
    "broken_passes_on_something": "перечислять нечего", "broken_counts_the_past": "период ещё не кончился",
    "broken_cycle_runs_forward": "следующие документы раньше этих",
    "broken_tells_a_register_or_a_volume": "назовите либо показание, либо объём",
    "broken_month_has_begun_when_read": "снято раньше, чем месяц начался",
    "broken_tariff_has_one_scope": "тариф сразу и договора, и территории",
    "broken_tariff_runs_forward": "тариф кончается раньше начала",
    "broken_norm_has_one_scope": "норматив сразу и дома, и территории",
    "broken_norm_runs_forward": "норматив кончается раньше начала",
    "broken_registration_names_or_counts": "назовите либо человека, либо их число",
    "broken_registration_runs_forward": "регистрация кончается раньше начала",
    "broken_batch_names_no_sum": "решение о пачке называет сумму",
    "broken_part_follows_signing": "срок части раньше дня подписания",
    "broken_mandate_runs_forward": "последний день поручения раньше первого",
    "broken_half_is_the_most": "контрольная группа больше половины счетов",
    "broken_account_runs_forward": "последний день счёта в поручении раньше первого",
    "broken_part_is_positive": "часть не больше нуля",
    "broken_hold_names_somebody": "запрет не называет ни счёта, ни человека",
    "broken_hold_runs_forward": "последний день запрета раньше первого",
    "broken_status_runs_forward": "последний день состояния раньше первого",
    "broken_addressee_is_named": "не сказано, у кого исполнительный документ или кто подтвердил отзыв",
    "broken_act_names_one_place": "акт называет и дом, и помещение или ни того, ни другого",
    "broken_verification_names_its_end": "у поверки не указано, до какого дня она действует",
    "broken_verification_runs_forward": "поверка кончается раньше, чем проведена",
    "broken_decides_its_kind": "такого решения об этом не бывает",
})
debt_kind: Final = Words({
    "principal": "основной долг", "capital_repair": "капитальный ремонт", "voluntary": "добровольное страхование",
    "penalty": "пени", "court_cost": "судебные расходы",
})
#: A channel of the book's own register may have any code: the usual ones have words.
channel: Final = Words({
    "own_app": "приложение центра", "own_site": "сайт центра", "sberbank": "Сбербанк", "other_bank": "другие банки",
    "post": "почта", "cash_office": "касса центра",
})
condition: Final = Words({
    "is_served": "счёт обслуживается центром", "is_bill_complete": "счёт месяца получен целиком",
    "is_paid_in_full": "оплачено полностью", "is_paid_online": "оплачено через свой онлайн-канал",
    "is_paid_before_next_issue": "оплачено до новых документов", "is_free_of_past_debt": "нет прежнего долга",
    "has_no_reversed_bonus": "прежний бонус не сторнирован", "eligible": "бонус положен",
})
penalty_status: Final = Words({
    "proposed": "предложено биллингу", "unchanged": "без изменений", "not_accrued": "не начисляются",
})
penalty_scale: Final = Words({
    "consumer": "организация сама потребляет ресурс", "partnership": "товарищество или кооператив собственников",
    "manager": "управляющая или организация, которая покупает ресурс для своих услуг",
})
penalty_reason: Final = Words({
    "disputed": "долг оспорен", "lump_sum": "долг передан общей суммой без разбивки по месяцам",
    "organisation": "вид организации не указан — отметьте в реестре счетов, что она сама потребляет ресурсы, "
                    "товарищество или кооператив собственников либо управляющая, и пени посчитаются",
    "no_rule": "у организаций нет подтверждённого правила пеней за эту услугу",
    "time_barred": "исковая давность прошла, вместе с ней и по пеням (ГК РФ, ст. 207)",
    "no_base": "оплачено в срок по дню самого платежа или снято новой версией документа",
})
registry_status: Final = Words({
    "reconciled": "сошлись", "rows_differ": "число строк другое", "total_differs": "сумма другая",
    "statement_differs": "выписка другая", "not_announced": "не объявлен",
})
hold: Final = Words({
    "dispute": "спор", "complaint": "жалоба", "instalment": "рассрочка", "bankruptcy": "банкротство",
    "death": "смерть плательщика", "mobilised": "мобилизация", "no_delivery_proof": "нет подтверждения вручения",
    "other": "иная причина", "incomplete_bill": "счёт месяца не получен целиком",
    "organisation": "организация, а не гражданин", "not_served": "счёт не обслуживается", "in_court": "дело в суде",
    "hold_refused": "запрет подан с ошибкой и ждёт решения",
    "account_closed": "счёт закрыт, в квартире могут жить другие",
    "does_not_match_debt": "сумма рассрочки не равна долгу, нужна проверка",
})
person_status: Final = Words({
    "mobilised": "мобилизован человек с правом на помещение", "mobilised_family": "член семьи мобилизованного",
    "bankruptcy": "введена процедура банкротства", "death": "человек с правом на помещение умер",
    "subsidy": "получает субсидию на оплату жилья",
})
instalment_ground: Final = Words({
    "receipt": "долговая квитанция осталась без ответа",
    "seasonal": "плата за месяц выросла к тому же месяцу прошлого года больше законной доли (ПП 354, п. 72)",
    "subsidy": "соглашение сохраняет субсидию (ЖК РФ, ст. 159, ч. 5)",
})
fee_outcome: Final = Words({
    "risen": "выросла больше законной доли", "nothing_before": "платы за тот же месяц прошлого года в книге нет",
    "not_told": "плата за сам месяц пришла из прежней системы одной суммой",
})
instalment: Final = Words({"kept": "соблюдается", "broken": "нарушена", "finished": "исполнена",
                           "does_not_match_debt": "сумма не равна долгу, нужна проверка"})
court_stage: Final = Words({
    "unknown": "событий нет", "filed": "подано в суд", "ordered": "вынесен приказ", "cancelled": "приказ отменён",
    "decided": "вынесено решение", "writ": "исполняется", "ended": "окончено",
})
court_action: Final = Words({
    "none": "ждать", "claim": "подать иск", "writ": "отправить исполнительный документ",
    "return": "вернуть исполнительный документ из банка, чтобы отправить приставам",
    "reduce": "уменьшить требование", "withdraw": "отозвать заявление", "recall": "отозвать исполнительный документ",
})
court_block: Final = Words({
    "registries_awaited": "ждём реестры платежей", "covered": "долг могут закрыть другие деньги",
    "costs_on_principal": "взысканные пени или пошлина легли на основной долг",
    "several_accounts": "под номером дела несколько лицевых счетов",
})
addressee: Final = Words({"court": "суд", "bank": "банк должника", "bailiffs": "приставы"})
restriction_stage: Final = Words({
    "none": "не предупреждён", "notice_sent": "предупреждение отправлено", "notice_delivered": "предупреждение вручено",
    "restriction": "услуга ограничена", "suspension": "услуга приостановлена",
})
restriction_action: Final = Words({
    "none": "дальше шагов нет", "notice": "предупредить", "restriction": "ограничить", "suspension": "приостановить",
    "restore": "восстановить",
})
restriction_block: Final = Words({
    "norm_unknown": "неизвестна плата по нормативу", "no_delivery_proof": "нет подтверждения вручения",
    "below_threshold": "долг не больше порога", "registries_awaited": "ждём реестры платежей",
    "restricted_too_early": "услугу отключили раньше, чем прошёл срок после вручения предупреждения",
    "gas_rules_unreviewed": "правила поставки газа (ПП 549) не сверены с текстом, газ не отключают",
})
_shield: Final = Words({
    "covered_by_advance": "может закрыть аванс", "covered_by_proposal": "может закрыть предложенное снижение",
    "covered_by_suspended": "может закрыть невыясненный платёж", "small_sum": "сумма меньше порога",
    "registries_awaited": "ждём реестры платежей", "left_for_later": "недавно писали или не вместилось в ночь",
})
table: Final = Words({
    "accounts": "лицевые счета", "advance_contracts": "договоры аванса", "approvals": "утверждения перерасчётов",
    "bank_statements": "выписка банка", "billing_documents": "платёжные документы", "channels": "каналы оплаты",
    "charges": "строки документов", "contacts": "контакты", "court_cases": "судебные дела",
    "court_events": "события судебных дел", "creditors": "получатели",
    "cycles": "расчётные месяцы",
    "debt_decisions": "решения о долге", "dunning_outcomes": "ответы на обращения",
    "house_meter_readings": "показания домов",
    "holds": "запреты", "houses": "дома", "issue_calendar": "календарь реестров",
    "meter_readings": "показания", "meters": "счётчики", "opening_advances": "начальные авансы",
    "opening_dunning": "начальные взыскания", "opening_items": "начальный долг",
    "opening_meters": "начальные показания",
    "payment_identifications": "опознания платежей", "payment_reversals": "сторно", "payments": "платежи",
    "persons": "люди", "person_statuses": "состояния людей", "premises": "помещения",
    "quarantine_decisions": "решения по карантину",
    "registries": "реестры платежей", "remittances": "перечисления", "rights": "права на помещения",
    "instalment_agreements": "соглашения о рассрочке", "restriction_acts": "акты ограничения",
    "service_norms": "плата по нормативу", "mandates": "поручения", "mandate_accounts": "счета поручений",
    "service_contracts": "договоры услуг", "services": "услуги",
    "tariffs": "тарифы", "consumption_norms": "нормативы потребления", "registrations": "зарегистрированные",
    "absences": "временное отсутствие", "quality_acts": "акты о качестве",
    "ownership_transfers": "смены собственника", "benefits": "льготы",
    "advance_discounts": "скидка за аванс",
})
money_source: Final = Words({
    "online": "личный кабинет и приложение", "bank": "банки", "post": "почта", "cash": "кассы",
    "enforcement": "приставы и суд", "social_protection": "соцзащита", "employer": "работодатели",
    "own_account": "на счёт получателя", "advance": "зачтено из авансов", "other": "прочие каналы",
    "credit": "зачтено из перерасчётов",
})
basis: Final = Words({
    "meter": "по счётчику", "average": "по среднему", "norm": "по нормативу",
    "norm_uplift": "по нормативу с повышением", "area": "по площади", "person": "по числу жильцов",
    "house": "по общедомовому счётчику", "fixed": "твёрдая сумма", "act": "по акту",
})
meter_status: Final = Words({
    "working": "исправен", "not_commissioned": "не введён в эксплуатацию", "failed": "вышел из строя",
    "lost": "утрачен", "verification_expired": "поверка истекла", "tampered": "вмешательство в работу",
    "no_admission": "к счётчику не допустили", "removed": "снят",
})
substitute_reason: Final = Words({
    **meter_status, "not_submitted": "показания не переданы", "refused_twice": "в допуске отказали дважды",
    "few_months": "счётчик проработал меньше трёх месяцев",
})
substitute_mismatch: Final = Words({
    "norm_instead_of_average": "норматив вместо среднего", "average_after_limit": "среднее дольше трёх месяцев",
    "average_without_history": "среднее без истории показаний", "uplift_not_due": "повышение, которое не положено",
    "uplift_missing": "нет положенного повышения", "meter_without_reading": "по счётчику без принятого показания",
    "volume_differs": "другой объём",
})
substitute_missing: Final = Words({
    "norm_unknown": "неизвестен норматив", "history_unknown": "неизвестно, когда счётчик читали",
    "contract_volume": "объём по договору",
    "average_unknown": "нет среднего", "tariff_unknown": "неизвестен тариф", "several_tariffs": "у зон разные тарифы",
})
unwritten: Final = Words({
    "not_tonight": "напоминают в другие дни", "no_addressee": "взрослого собственника или нанимателя нет",
    "no_consent": "нет мобильного телефона или согласия", "held": "человека просили не беспокоить",
    "contacted_tonight": "этой ночью пишут или звонят о другом",
})
reversal: Final = Words({
    "bank_error": "ошибка банка", "payer_request": "по просьбе плательщика", "duplicate": "повторный платёж",
    "fraud": "мошенничество", "other": "иная причина",
})
incomplete: Final = Words({
    "document_missing": "документ не пришёл", "document_rejected": "документ отклонён",
    "earlier_document_rejected": "документ прошлых месяцев отклонён",
})
severity: Final = Words({"error": "ошибка", "warning": "замечание", "note": "к сведению"})
standing: Final = Words({
    "opening": "начальное состояние", "closed": "закрыт", "open": "открыт, предварительный",
    "stale": "устарел: изменился предыдущий месяц", "not_run": "не рассчитан",
})


def list_name(code: str) -> str:
    return f"{code} ({list_title[code]})" if code in list_title else code


def list_status(code: str, awaited: list[str]) -> str:
    if code == "ready":
        return "готов"
    return f"ждёт реестры: {', '.join(awaited)}" if awaited else "ждёт реестры"


def shield(code: str) -> str:
    """«запрет: спор» of `hold:dispute`; what else keeps a debt off the lists by its own name."""
    kind, _, reason = code.partition(":")
    return f"запрет: {hold(reason)}" if kind == "hold" else _shield(code)


def readiness(status: str) -> str:
    return "готов" if status == "ready" else "ждёт реестров"


def awaited_of(awaited: list[str]) -> str:
    """`provider:channel` of each registry, in the words of its channel."""
    named = (name.partition(":") for name in awaited)
    return ", ".join(f"{channel(code)} ({provider})" for provider, _, code in named) or "—"
