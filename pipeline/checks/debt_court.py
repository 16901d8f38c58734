"""Promises of debts that go to court: what is filed, where each case stands, what is collected and what is taken back.

All of them block, as SQL over the files of the run (`audit/debt_*.sql`).
"""

from datetime import date

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.checks.debt_files import of_debts, of_lists
from pipeline.checks.room import Finding, room_check
from pipeline.contracts import events, ledger
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.debt import (
    COURT_LIST,
    COURT_STANDING,
    DEBTORS,
    ENFORCEMENT_LIST,
    LIMITATION_RADAR,
    WITHDRAWAL_LIST,
)
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.money import roubles_of
from pipeline.rules.debt import DebtRules
from pipeline.rules.debt_claim import ClaimRules
from pipeline.rules.debt_duty import WHOLE, DutyScale
from pipeline.rules.debt_pretrial import PretrialRules
from pipeline.storage.run import MonthRun


@room_check(DEBTORS, blocking=True)
def court_claims_only_what_a_court_would_take(run: MonthRun) -> Finding:
    """В судебном долге нет сумм без месяцев, просроченных по давности и уже поданных в суд."""
    return of_debts(run, "debt_court_arrears").finding("Судебный долг состоит только из того, что примет суд")


@room_check(COURT_LIST, blocking=True)
def the_court_list_keeps_the_thresholds(run: MonthRun) -> Finding:
    """Судебный список держит пороги: приказ до предела, выше — иск; наименьшую сумму, возраст, ожидание после
    квитанции."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).court
    told = {
        "limit_rub": str(roubles_of(rules.order_limit_kop)), "least_rub": str(roubles_of(rules.min_kop)),
        "duty_rub": str(roubles_of(rules.order_duty_min_kop)), "months": str(rules.months_overdue_min),
        "near_months": str(rules.limitation_near_months), "wait_days": str(rules.days_after_debt_receipt),
    }
    return of_debts(run, "debt_court_thresholds", **told).finding("Судебный список держит пороги")


@room_check(COURT_LIST, blocking=True)
def every_court_case_pays_its_duty(run: MonthRun) -> Finding:
    """Дело — один получатель, одна квартира и одно заявление; пошлина по шкале: за иск полная, за приказ половина;
    ожидаемый возврат больше неё."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).court
    told = scale_of(rules.duty) | {
        "limit_kop": str(rules.order_limit_kop), "order_percent": str(rules.duty.order_share),
        "duty_max_kop": str(rules.duty.most_kop), "known_up_to_kop": str(rules.duty.known_up_to_kop),
    }
    return of_lists(run, "debt_court_duty", **told).finding("Пошлина каждого дела — по шкале, и дело окупается")


@room_check(COURT_LIST, blocking=True)
def no_penalty_is_claimed_twice(run: MonthRun) -> Finding:
    """Пени в цене требования: по долгу, который ничем не закрыт, без оплаченных и без тех, что могли оплатить."""
    first = run.book.settings.first_month.first_day.isoformat()
    return of_debts(run, "debt_court_price", first_month=first).finding("Пени не требуют дважды")


@room_check(LIMITATION_RADAR, blocking=True)
def the_radar_sees_every_rouble_that_limitation_takes(run: MonthRun) -> Finding:
    """Радар давности равен учёту: каждый рубль, который суд ещё примет, по его последнему дню."""
    return of_lists(run, "debt_radar").finding("Радар давности равен открытым статьям учёта")


@room_check(COURT_STANDING, blocking=True)
def court_cases_follow_the_register(run: MonthRun) -> Finding:
    """Дела ночи — дела справочника без строк, которые сотрудник назвал ошибкой."""
    return of_lists(run, "debt_cases_told").finding("Дела ночи следуют из справочника и решений")


@room_check(COURT_STANDING, blocking=True)
def every_court_case_stands_by_its_events(run: MonthRun) -> Finding:
    """Каждое дело есть в таблице дел; его требование и открытый долг равны событиям и учёту."""
    return of_lists(run, "debt_court_standing").finding("Требование и долг каждого дела равны событиям и учёту")


@room_check(WITHDRAWAL_LIST, blocking=True)
def what_has_been_paid_is_taken_back_from_whoever_holds_it(run: MonthRun) -> Finding:
    """Оплаченное после подачи отзывают у каждого, кто ещё держит требование, и больше ни у кого; банк, чей срок прошёл,
    просят вернуть документ."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).court
    told = {"order_days": str(rules.order_in_force_days), "decision_days": str(rules.decision_in_force_days),
            "bank_days": str(rules.days_with_bank)}
    return of_lists(run, "debt_withdrawals", **told).finding("Оплаченное отзывают у каждого, кто держит требование")


@room_check(ENFORCEMENT_LIST, blocking=True)
def no_writ_collects_more_than_is_open(run: MonthRun) -> Finding:
    """Исполнительный документ отправляют по приказу или решению, после срока и не больше открытого долга."""
    rules = DebtRules.in_force(run.rule_book, run.as_of).court
    told = {"order_days": str(rules.order_in_force_days), "decision_days": str(rules.decision_in_force_days)}
    return of_lists(run, "debt_enforcement", **told).finding("Взыскивают не больше открытого и не раньше срока")


@room_check(ENFORCEMENT_LIST, blocking=True)
def money_at_hand_covers_each_case_once(run: MonthRun) -> Finding:
    """Что может закрыть долг перед получателем, закрывает его дела один раз: сначала основной долг старшего дела."""
    return of_lists(run, "debt_court_covered").finding("Взыскивают то, чего не закрывают деньги на счёте, и всё это")


@room_check(CLAIM_LIST, blocking=True)
def a_claim_follows_every_cancelled_order(run: MonthRun) -> Finding:
    """По каждому отменённому приказу — иск на открытый и не оспоренный долг, с неоплаченными пенями и пошлиной по шкале
    за вычетом пошлины за приказ."""
    rules = ClaimRules.in_force(run.rule_book, run.as_of)
    told = claim_values(rules) | {"first_month": run.book.settings.first_month.first_day.isoformat()}
    return of_lists(run, "debt_claims", **told).finding("Иск по отменённому приказу — на то, что осталось, и не дважды")


@room_check(PRETRIAL_NOTICES, blocking=True)
def everyone_is_told_before_the_court(run: MonthRun) -> Finding:
    """До суда предупреждены все, чей день подачи близок, и никто другой: сумма и день — заново из открытых статей."""
    rules = DebtRules.in_force(run.rule_book, run.as_of)
    told = pretrial_values(rules, PretrialRules.in_force(run.rule_book, run.as_of))
    return of_debts(run, "debt_pretrial", **told).finding("До суда предупреждают тех, чей день подачи близок")


def pretrial_values(rules: DebtRules, pretrial: PretrialRules) -> dict[str, str]:
    """What the query of pre-trial notices is told of the rules."""
    court = rules.court
    return scale_of(court.duty) | {
        "duty_max_kop": str(court.duty.most_kop), "known_up_to_kop": str(court.duty.known_up_to_kop),
        "order_percent": str(court.duty.order_share), "limit_kop": str(court.order_limit_kop),
        "contact_kop": str(rules.contact_min_kop),
        "least_kop": str(max(rules.contact_min_kop, court.min_kop)), "months": str(court.months_overdue_min),
        "wait_days": str(court.days_after_debt_receipt), "near_months": str(court.limitation_near_months),
        "holds_of_court": ",".join(court.holds), "chance": str(court.gate.chance),
        "days": str(pretrial.days_before_court),
        "kept": str(12 * WHOLE - court.gate.money_cost * court.gate.months_to_recover),
    }


def claim_values(rules: ClaimRules) -> dict[str, str]:
    """What the query of claims is told of the rules."""
    return scale_of(rules.duty) | {
        "duty_max_kop": str(rules.duty.most_kop), "known_up_to_kop": str(rules.duty.known_up_to_kop),
        "credits": str(rules.credits_order_duty), "months": str(rules.months_after_cancelled_order),
    }


def scale_of(duty: DutyScale) -> dict[str, str]:
    """A scale of state duty as values of a query."""
    starts, bases, percents = zip(*duty.bands, strict=True)
    return {
        "duty_from_kop": ",".join(map(str, starts)), "duty_base_kop": ",".join(map(str, bases)),
        "duty_percent": ",".join(map(str, percents)), "duty_min_kop": str(duty.least_kop),
        "unit_kop": str(duty.unit_kop),
    }


@room_check(COURT_STANDING, blocking=True)
def money_of_closed_months_is_read_whole(run: MonthRun) -> Finding:
    """Деньги прошлых месяцев по делам и рассрочкам взяты все: заново из опубликованных месяцев, платёж к платежу."""
    finding = of_debts(run, "debt_moved_before", movements_before=_movements_before(run))
    return finding.finding("Деньги прошлых месяцев по делам и рассрочкам взяты полностью")


def _movements_before(run: MonthRun) -> list[str]:
    """Movements of the published months that a running agreement or case may reach back to; without one those of this
    month stand in, unread."""
    name = ledger.PAYMENT_ALLOCATIONS.name
    days = [run.register(events.INSTALMENT_AGREEMENTS)["signed_on"], run.register(events.COURT_EVENTS)["event_on"]]
    first = pl.concat([day.cast(pl.Date).rename("day") for day in days]).min()
    if not isinstance(first, date):
        return [run.parquet(name)]
    # a payment is laid in the cycle of its day or later, and a cycle ends well within two months of its own
    every = BillingMonth.range(run.book.opening_month, run.state.month)
    told = [month for month in every if month.plus(3).first_day > first and (run.book.published(month) / name).is_dir()]
    return [run.parquet(name), *(str(run.book.published(month) / name / "*.parquet") for month in told)]
