"""Promises of debt: lists ⊆ debtors ⊆ accounts in arrears, net of what could cover them; nobody twice, nobody held.

All of them block: a wrong list cannot be called back. They are SQL over the files of the run (`audit/debt_*.sql`), a
second path beside the calculation. Those that read registers or the journal speak before publish only.
"""

from pipeline.checks.asked import Broken, broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.debt import (
    CALL_LIST,
    COURT_LIST,
    COURT_STANDING,
    DEBT_RECEIPTS,
    DEBTOR_LISTS,
    DEBTORS,
    DISPATCHES_SEEN,
    ENFORCEMENT_LIST,
    INSTALMENTS,
    LIMITATION_RADAR,
    RESTRICTION_LIST,
    SMS_LIST,
    WITHDRAWAL_LIST,
)
from pipeline.domain.debt.people import PLAIN_MOBILE
from pipeline.money import roubles_of
from pipeline.rules.debt import DebtRules
from pipeline.storage.run import MonthRun

_PUBLISHED = (
    "open_items", "advances", "suspended_payments", "recalculations", "incomplete_bills", "awaited_registries",
    "quarantine",
    DEBTORS.name, DEBTOR_LISTS.name, SMS_LIST.name, CALL_LIST.name, DEBT_RECEIPTS.name, COURT_LIST.name,
    RESTRICTION_LIST.name,
    COURT_STANDING.name, ENFORCEMENT_LIST.name, WITHDRAWAL_LIST.name, LIMITATION_RADAR.name,
    INSTALMENTS.name, "payment_allocations", "penalties", "paid_penalties",
)
_STAGED = {
    "accounts": "accounts", "service_contracts": "service_contracts", "channels": "channels", "holds": "holds",
    "court_cases": "court_cases", "dispatches": DISPATCHES_SEEN, "quarantine_decisions": "quarantine_decisions",
    "services": "services", "court_events": "court_events", "restriction_acts": "restriction_acts",
    "service_norms": "service_norms", "instalment_agreements": "instalment_agreements",
    "dunning_outcomes": "dunning_outcomes", "contacts": "contacts", "paid_before": "paid_before",
    "costs_paid_before": "costs_paid_before", "mandates": "mandates", "debt_decisions": "debt_decisions",
    "penalties_grown_before": "penalties_grown_before", "rights": "rights", "persons": "persons",
}


@room_check(DEBTORS, blocking=True)
def everyone_in_arrears_is_a_debtor(run: MonthRun) -> Finding:
    """Каждый счёт с просроченным долгом есть среди должников — с той же суммой и тем же возрастом долга."""
    missed = _broken_in_parts(run, "debt_arrears", who="owes")
    return missed.finding("Просроченный долг равен долгу должников по каждому счёту и получателю")


@room_check(DEBTORS, blocking=True)
def every_debtor_is_in_arrears(run: MonthRun) -> Finding:
    """Ни одного должника без просроченного долга."""
    return _broken_in_parts(run, "debt_arrears", who="is listed").finding("У каждого должника есть просроченный долг")


@room_check(DEBTORS, blocking=True)
def every_stage_comes_in_order_and_on_its_day(run: MonthRun) -> Finding:
    """Ступени напоминаний идут по порядку, каждая в свой день, и без причины ни одна не пропущена: заново по учёту."""
    rules = DebtRules.in_force(run.rule_book, run.as_of)
    notice, contact = rules.notice, rules.contact_min_kop
    least = {"reminder": notice.reminder_min_kop, "sms": notice.sms_min_kop, "call": rules.calls.min_kop,
             "receipt": notice.debt_receipt_min_kop}
    told = {f"{name}_least": str(roubles_of(max(kop, contact))) for name, kop in least.items()} | {
        "reminder_days": str(notice.reminder_days_overdue_min), "sms_months": str(notice.sms_months_overdue_min),
        "sms_wait": str(notice.sms_days_after_previous), "receipt_wait": str(notice.debt_receipt_days_after_previous),
        "receipt_months": str(notice.debt_receipt_months_overdue_min), "contact_least": str(roubles_of(contact)),
        "call_months": str(rules.calls.months_overdue_min), "call_wait": str(rules.calls.days_after_previous),
        "stages": ",".join(notice.stages), "calls_made": str(rules.calls.are_made), "plain_mobile": PLAIN_MOBILE,
        "consent_needed": str(rules.calls.needs_consent), "adult_years": str(rules.adult_years),
    }
    return _broken(run, "debt_stages", **told).finding("Каждая ступень идёт по порядку и в свой день")


@room_check(DEBTORS, blocking=True)
def court_claims_only_what_a_court_would_take(run: MonthRun) -> Finding:
    """В судебном долге нет сумм без месяцев, просроченных по давности и уже поданных в суд."""
    return _broken_in_parts(run, "debt_court_arrears").finding("Судебный долг состоит только из того, что примет суд")


@room_check(DEBTORS, blocking=True)
def claims_are_net_of_everything_that_could_cover_them(run: MonthRun) -> Finding:
    """Требование — долг без авансов, предложенных снижений и невыясненных платежей, каждая копейка один раз."""
    sentence = "Требование уменьшено на всё, что может закрыть долг, и только раз"
    return _broken_in_parts(run, "debt_shields").finding(sentence)


@room_check(DEBTOR_LISTS, blocking=True)
def ages_of_debt_add_up(run: MonthRun) -> Finding:
    """Каждый рубль долга стоит в своей полосе возраста, полосы в сумме дают весь долг."""
    return _broken_in_parts(run, "debt_ages").finding("Полосы возраста складываются в долг")


@room_check(DEBTOR_LISTS, blocking=True)
def lists_hold_only_debtors_whose_day_has_come(run: MonthRun) -> Finding:
    """В списках только должники, чей следующий шаг — этот и чей день настал."""
    return _broken(run, "debt_lists_in_debtors").finding("Каждая строка списков — должник, которому пора")


@room_check(DEBTOR_LISTS, blocking=True)
def everyone_whose_day_has_come_is_listed(run: MonthRun) -> Finding:
    """Каждый должник, которому пора долговая квитанция или суд, есть в готовом списке."""
    return _broken(run, "debt_lists_whole", **_most(run)).finding("Готовые списки не пропускают никого, кому пора")


@room_check(DEBTOR_LISTS, blocking=True)
def no_list_is_longer_than_a_night_can_work_off(run: MonthRun) -> Finding:
    """В списке не больше строк, чем за ночь можно отработать, если книга поставила предел."""
    return _broken(run, "debt_capacity", **_most(run)).finding("Списки не длиннее предела на ночь")


@room_check(DEBTOR_LISTS, blocking=True)
def lists_name_what_is_owed(run: MonthRun) -> Finding:
    """Суммы списков равны требованиям к должникам, итоги списков — суммам их строк."""
    return _broken(run, "debt_list_sums").finding("Списки называют ровно то, что требуется")


@room_check(DEBTOR_LISTS, blocking=True)
def nobody_is_listed_against_a_hold(run: MonthRun) -> Finding:
    """В списках нет счетов с запретом беспокоить и с неполным счётом за месяц."""
    rules = DebtRules.in_force(run.rule_book, run.as_of)
    held = {"notice_holds": ",".join(rules.notice.holds), "court_holds": ",".join(rules.court.holds)}
    return _broken(run, "debt_held", **held).finding("Никто не попал в список вопреки запрету")


@room_check(DEBTOR_LISTS, blocking=True)
def lists_are_of_citizens_that_the_centre_serves(run: MonthRun) -> Finding:
    """В списках нет организаций и счетов, которые центр не обслуживает, а среди квитанций — закрытых счетов."""
    return _broken(run, "debt_standing").finding("В списках только обслуживаемые счета граждан")


@room_check(DEBTOR_LISTS, blocking=True)
def no_list_leaves_while_a_registry_is_awaited(run: MonthRun) -> Finding:
    """Список составлен, только когда пришли все реестры, в которых мог быть более ранний платёж."""
    return _broken(run, "debt_awaited").finding("Списки ждут реестров, которые могли бы их изменить")


@room_check(DEBTOR_LISTS, blocking=True)
def nobody_is_listed_twice(run: MonthRun) -> Finding:
    """За ночь человеку пишут или звонят один раз, и каждый долг стоит в одном списке."""
    return _broken(run, "debt_once").finding("Никто не попал в списки дважды")


@room_check(DEBTOR_LISTS, blocking=True)
def nobody_is_written_to_at_a_wrong_number(run: MonthRun) -> Finding:
    """На чужой номер и после отказа никому не пишут и не звонят, пока человек не подтвердит номер."""
    return _broken(run, "debt_given_up").finding("На чужие номера и после отказа не пишут")


@room_check(CALL_LIST, blocking=True)
def nobody_is_called_without_consent(run: MonthRun) -> Finding:
    """Звонят только тем, кто подтвердил телефон и согласен на звонки, и не чаще, чем позволяет участок."""
    calls = DebtRules.in_force(run.rule_book, run.as_of).calls
    told = {
        "calls_made": str(calls.are_made), "consent_needed": str(calls.needs_consent), "a_day": str(calls.per_day_max),
        "a_week": str(calls.per_week_max), "a_month": str(calls.per_month_max),
    }
    return _broken(run, "debt_calls", **told).finding("Звонят только с согласия и не чаще предела")


@room_check(DEBTOR_LISTS, blocking=True)
def nothing_that_has_left_is_listed_again(run: MonthRun) -> Finding:
    """То, что уже отправлено по этому долгу, не попадает в список снова."""
    return _broken(run, "debt_left_before").finding("Ничто отправленное не отправляется повторно")


@room_check(COURT_LIST, blocking=True)
def the_court_list_keeps_the_thresholds(run: MonthRun) -> Finding:
    """Судебный список держит пороги: предел приказа, наименьшую сумму, возраст и ожидание после квитанции."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).court
    told = {
        "limit_rub": str(roubles_of(rules.order_limit_kop)), "least_rub": str(roubles_of(rules.min_kop)),
        "duty_rub": str(roubles_of(rules.order_duty_min_kop)), "months": str(rules.months_overdue_min),
        "near_months": str(rules.limitation_near_months), "wait_days": str(rules.days_after_debt_receipt),
    }
    return _broken_in_parts(run, "debt_court_thresholds", **told).finding("Судебный список держит пороги")


@room_check(INSTALMENTS, blocking=True)
def whoever_keeps_an_instalment_is_left_in_peace(run: MonthRun) -> Finding:
    """Рассрочка соблюдается или нарушена по учёту; кто её соблюдает, не стоит ни в одном списке."""
    return _broken(run, "debt_instalments").finding("Рассрочки считаются по учёту и защищают, пока соблюдаются")


@room_check(COURT_LIST, blocking=True)
def every_court_case_pays_its_duty(run: MonthRun) -> Finding:
    """Дело — один получатель и одна квартира, в пределах приказа; пошлина по шкале, ожидаемый возврат больше неё."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).court
    starts, bases, percents = zip(*rules.duty.bands, strict=True)
    told = {
        "duty_from_kop": ",".join(map(str, starts)), "duty_base_kop": ",".join(map(str, bases)),
        "duty_percent": ",".join(map(str, percents)), "duty_min_kop": str(rules.duty.least_kop),
        "limit_kop": str(rules.order_limit_kop), "order_percent": str(rules.duty.order_share),
    }
    return _broken(run, "debt_court_duty", **told).finding("Пошлина каждого дела — по шкале, и дело окупается")


@room_check(COURT_LIST, blocking=True)
def no_penalty_is_claimed_twice(run: MonthRun) -> Finding:
    """Пени в цене требования: по долгу, который ничем не закрыт, без оплаченных и без тех, что могли оплатить."""
    first = run.book.settings.first_month.first_day.isoformat()
    return _broken_in_parts(run, "debt_court_price", first_month=first).finding("Пени не требуют дважды")


@room_check(LIMITATION_RADAR, blocking=True)
def the_radar_sees_every_rouble_that_limitation_takes(run: MonthRun) -> Finding:
    """Радар давности равен учёту: каждый рубль, который суд ещё примет, по его последнему дню."""
    return _broken(run, "debt_radar").finding("Радар давности равен открытым статьям учёта")


@room_check(COURT_STANDING, blocking=True)
def every_court_case_stands_by_its_events(run: MonthRun) -> Finding:
    """Каждое дело есть в таблице дел; его требование и открытый долг равны событиям и учёту."""
    return _broken(run, "debt_court_standing").finding("Требование и долг каждого дела равны событиям и учёту")


@room_check(WITHDRAWAL_LIST, blocking=True)
def what_has_been_paid_is_taken_back_from_whoever_holds_it(run: MonthRun) -> Finding:
    """Оплаченное после подачи отзывают у каждого, кто ещё держит требование, и больше ни у кого."""
    return _broken(run, "debt_withdrawals").finding("Оплаченное отзывают у каждого, кто держит требование")


@room_check(ENFORCEMENT_LIST, blocking=True)
def no_writ_collects_more_than_is_open(run: MonthRun) -> Finding:
    """Исполнительный документ отправляют по приказу или решению, после срока и не больше открытого долга."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).court
    told = {"order_days": str(rules.order_in_force_days), "decision_days": str(rules.decision_in_force_days)}
    return _broken(run, "debt_enforcement", **told).finding("Взыскивают не больше открытого и не раньше срока")


@room_check(RESTRICTION_LIST, blocking=True)
def restrictions_name_what_is_owed_for_the_service(run: MonthRun) -> Finding:
    """Ограничение называет ровно тот долг за услугу, который есть в учёте, за вычетом возможных зачётов."""
    return _broken(run, "debt_restriction_sums").finding("Долг за услугу в списке ограничений равен учёту")


@room_check(RESTRICTION_LIST, blocking=True)
def nobody_is_restricted_without_ground(run: MonthRun) -> Finding:
    """Предупреждают и ограничивают только по закону: услуга, порог по нормативу, вручение, сроки, нет запретов."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).restriction
    told = {
        "restriction_holds": ",".join(rules.holds), "never_services": ",".join(rules.never_services),
        "fees_min": str(rules.fees_min), "notice_days": str(rules.notice_days),
        "suspension_days": str(rules.days_before_suspension),
    }
    return _broken(run, "debt_restriction_grounds", **told).finding("Услуги ограничивают только по закону")


@room_check(RESTRICTION_LIST, blocking=True)
def whoever_has_paid_gets_the_service_back(run: MonthRun) -> Finding:
    """Каждому, кому услугу ограничили и кто за неё больше не должен или съехал, её просят вернуть."""
    return _broken(run, "debt_restriction_back").finding("Оплаченную услугу просят вернуть")


def _most(run: MonthRun) -> dict[str, str]:
    """Rows of each list at most, as text; empty is no limit."""
    capacity = DebtRules.in_force(run.rule_book, run.as_of).capacity
    limits = {"sms_most": capacity.sms_list, "calls_most": capacity.call_list, "receipts_most": capacity.debt_receipts,
              "court_most": capacity.court_list}
    return {name: "" if most is None else str(most) for name, most in limits.items()}


def _broken(run: MonthRun, name: str, **values: str) -> Broken:
    """What breaks a promise of the lists, which persons and their debts in all parts share."""
    return broken(run, name, _files(run) | values)


def _broken_in_parts(run: MonthRun, name: str, **values: str) -> Broken:
    """What breaks a promise of the debts of an account."""
    return broken_in_parts(run, name, _files(run) | values)


def _files(run: MonthRun) -> dict[str, str]:
    published = {table: run.parquet(table) for table in _PUBLISHED}
    return published | {table: run.staged_parquet(file) for table, file in _STAGED.items()}
