"""Promises of debt: lists ⊆ debtors ⊆ accounts in arrears, net of what could cover them; nobody twice, nobody held.

All of them block: a wrong list cannot be called back. They are SQL over the files of the run (`audit/debt_*.sql`), a
second path beside the calculation. Those that read registers or the journal speak before publish only. Not here: what
goes to court (`debt_court.py`).
"""

from pipeline.checks.debt_files import of_debts, of_lists
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.debt import CALL_LIST, DEBT_RECEIPTS, DEBTOR_LISTS, DEBTORS, RESTRICTION_LIST
from pipeline.contracts.owner_debts import OWNER_DEBTS
from pipeline.domain.debt.people import PLAIN_MOBILE
from pipeline.money import roubles_of
from pipeline.rules.debt import DebtRules
from pipeline.storage.run import MonthRun


@room_check(DEBTORS, blocking=True)
def everyone_in_arrears_is_a_debtor(run: MonthRun) -> Finding:
    """Каждый счёт с просроченным долгом есть среди должников — с той же суммой и тем же возрастом долга."""
    missed = of_debts(run, "debt_arrears", who="owes")
    return missed.finding("Просроченный долг равен долгу должников по каждому счёту и получателю")


@room_check(OWNER_DEBTS, blocking=True)
def owners_of_municipal_flats_owe_what_is_theirs(run: MonthRun) -> Finding:
    """Плату за месяцы, когда в муниципальной квартире никто не жил, и её капремонт должен собственник: заново по
    реестрам, и с жильцов этого не спрашивают."""
    return of_debts(run, "debt_owner_debts").finding("Долги собственников муниципальных квартир — по реестрам, и все")


@room_check(DEBTORS, blocking=True)
def every_debtor_is_in_arrears(run: MonthRun) -> Finding:
    """Ни одного должника без просроченного долга."""
    return of_debts(run, "debt_arrears", who="is listed").finding("У каждого должника есть просроченный долг")


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
    return of_lists(run, "debt_stages", **told).finding("Каждая ступень идёт по порядку и в свой день")


@room_check(DEBTORS, blocking=True)
def claims_are_net_of_everything_that_could_cover_them(run: MonthRun) -> Finding:
    """Требование — долг без авансов, предложенных снижений и невыясненных платежей, каждая копейка один раз."""
    sentence = "Требование уменьшено на всё, что может закрыть долг, и только раз"
    return of_debts(run, "debt_shields").finding(sentence)


@room_check(DEBTOR_LISTS, blocking=True)
def ages_of_debt_add_up(run: MonthRun) -> Finding:
    """Каждый рубль долга стоит в своей полосе возраста, полосы в сумме дают весь долг."""
    return of_debts(run, "debt_ages").finding("Полосы возраста складываются в долг")


@room_check(DEBTOR_LISTS, blocking=True)
def lists_hold_only_debtors_whose_day_has_come(run: MonthRun) -> Finding:
    """В списках только должники, чей следующий шаг — этот и чей день настал."""
    return of_lists(run, "debt_lists_in_debtors").finding("Каждая строка списков — должник, которому пора")


@room_check(DEBTOR_LISTS, blocking=True)
def everyone_whose_day_has_come_is_listed(run: MonthRun) -> Finding:
    """Каждый должник, которому пора долговая квитанция или суд, есть в готовом списке."""
    found = of_lists(run, "debt_lists_whole", **_most(run), **_receipts_a_month(run))
    return found.finding("Готовые списки не пропускают никого, кому пора")


@room_check(DEBT_RECEIPTS, blocking=True)
def no_account_gets_receipts_too_often(run: MonthRun) -> Finding:
    """Долговые квитанции посылают счёту не чаще, чем позволяет участок, по всем получателям вместе."""
    found = of_lists(run, "debt_receipts_often", **_receipts_a_month(run))
    return found.finding("Долговые квитанции уходят счёту не чаще предела")


@room_check(DEBTOR_LISTS, blocking=True)
def no_list_is_longer_than_a_night_can_work_off(run: MonthRun) -> Finding:
    """В списке не больше строк (в судебном — дел), чем за ночь можно отработать, если книга поставила предел."""
    return of_lists(run, "debt_capacity", **_most(run)).finding("Списки не длиннее предела на ночь")


@room_check(DEBTOR_LISTS, blocking=True)
def lists_name_what_is_owed(run: MonthRun) -> Finding:
    """Суммы списков равны требованиям к должникам, итоги списков — суммам их строк."""
    return of_lists(run, "debt_list_sums").finding("Списки называют ровно то, что требуется")


@room_check(DEBTOR_LISTS, blocking=True)
def nobody_is_listed_against_a_hold(run: MonthRun) -> Finding:
    """В списках нет счетов с запретом беспокоить и с неполным счётом за месяц."""
    rules = DebtRules.in_force(run.rule_book, run.as_of)
    held = {"notice_holds": ",".join(rules.notice.holds), "court_holds": ",".join(rules.court.holds)}
    return of_lists(run, "debt_held", **held).finding("Никто не попал в список вопреки запрету")


@room_check(DEBTOR_LISTS, blocking=True)
def lists_are_of_citizens_that_the_centre_serves(run: MonthRun) -> Finding:
    """В списках нет организаций и счетов, которые центр не обслуживает, а среди квитанций — закрытых счетов."""
    return of_lists(run, "debt_standing").finding("В списках только обслуживаемые счета граждан")


@room_check(DEBTOR_LISTS, blocking=True)
def no_list_leaves_while_a_registry_is_awaited(run: MonthRun) -> Finding:
    """Список составлен, только когда пришли все реестры, в которых мог быть более ранний платёж."""
    return of_lists(run, "debt_awaited").finding("Списки ждут реестров, которые могли бы их изменить")


@room_check(DEBTOR_LISTS, blocking=True)
def nobody_is_listed_twice(run: MonthRun) -> Finding:
    """За ночь человеку пишут или звонят один раз, и каждый долг стоит в одном списке."""
    return of_lists(run, "debt_once").finding("Никто не попал в списки дважды")


@room_check(DEBTOR_LISTS, blocking=True)
def nobody_is_written_to_at_a_wrong_number(run: MonthRun) -> Finding:
    """На чужой номер и после отказа никому не пишут и не звонят, пока человек не подтвердит номер."""
    return of_lists(run, "debt_given_up").finding("На чужие номера и после отказа не пишут")


@room_check(CALL_LIST, blocking=True)
def nobody_is_called_without_consent(run: MonthRun) -> Finding:
    """Звонят только тем, кто подтвердил телефон и согласен на звонки, и не чаще, чем позволяет участок."""
    calls = DebtRules.in_force(run.rule_book, run.as_of).calls
    told = {
        "calls_made": str(calls.are_made), "consent_needed": str(calls.needs_consent), "a_day": str(calls.per_day_max),
        "a_week": str(calls.per_week_max), "a_month": str(calls.per_month_max),
    }
    return of_lists(run, "debt_calls", **told).finding("Звонят только с согласия и не чаще предела")


@room_check(DEBTOR_LISTS, blocking=True)
def nothing_that_has_left_is_listed_again(run: MonthRun) -> Finding:
    """То, что уже отправлено по этому долгу, не попадает в список снова."""
    return of_lists(run, "debt_left_before").finding("Ничто отправленное не отправляется повторно")


@room_check(RESTRICTION_LIST, blocking=True)
def restrictions_name_what_is_owed_for_the_service(run: MonthRun) -> Finding:
    """Ограничение называет ровно тот долг за услугу, который есть в учёте, за вычетом возможных зачётов."""
    return of_lists(run, "debt_restriction_sums").finding("Долг за услугу в списке ограничений равен учёту")


@room_check(RESTRICTION_LIST, blocking=True)
def nobody_is_restricted_without_ground(run: MonthRun) -> Finding:
    """Предупреждают и ограничивают только по закону: услуга, порог по нормативу, вручение, сроки, нет запретов."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).restriction
    told = {
        "restriction_holds": ",".join(rules.holds), "never_services": ",".join(rules.never_services),
        "fees_min": str(rules.fees_min), "notice_days": str(rules.notice_days),
        "suspension_days": str(rules.days_before_suspension), "gas_services": ",".join(rules.gas.services),
        "gas_open": str(rules.gas.is_open), "gas_periods": str(rules.gas.periods_min),
        "gas_days": str(rules.gas.notice_days),
    }
    return of_lists(run, "debt_restriction_grounds", **told).finding("Услуги ограничивают только по закону")


@room_check(RESTRICTION_LIST, blocking=True)
def whoever_has_paid_gets_the_service_back(run: MonthRun) -> Finding:
    """Каждому, кому услугу ограничили и кто за неё больше не должен или съехал, её просят вернуть."""
    return of_lists(run, "debt_restriction_back").finding("Оплаченную услугу просят вернуть")


def _receipts_a_month(run: MonthRun) -> dict[str, str]:
    notice = DebtRules.in_force(run.rule_book, run.as_of).notice
    return {"receipts_a_month": str(notice.debt_receipt_per_month_max)}


def _most(run: MonthRun) -> dict[str, str]:
    """Rows of each list, cases of court at most, as text; empty is no limit."""
    capacity = DebtRules.in_force(run.rule_book, run.as_of).capacity
    limits = {"sms_most": capacity.sms_list, "calls_most": capacity.call_list, "receipts_most": capacity.debt_receipts,
              "court_most": capacity.court_list}
    return {name: "" if most is None else str(most) for name, most in limits.items()}
