"""Promises of penalties, as SQL over the files of the run (`audit/penalty_*.sql`).

The recomputation goes day by day from the dated values of the rule book, where the calculation goes by stretches:
nothing of `domain/` is imported. It needs published tables only, so it is asked again when a month is closed.
"""

import json
import math
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from pipeline.checks.asked import broken_in_parts
from pipeline.checks.room import SAMPLE, Finding, room_check
from pipeline.contracts import billing, events, ingest, ledger, registers
from pipeline.contracts.penalty import (
    CREDITED_CHARGES,
    CREDITED_EARLIER,
    LATE_EARLIER,
    LATE_PAYMENTS,
    PAID_PENALTIES,
    PENALTIES,
    PENALTY_ACCRUALS,
    PENALTY_EXEMPTIONS,
    PENALTY_PROPOSALS,
    PENALTY_SCALES,
    PUBLISHED,
    SETTLED,
    TOLD_EARLIER,
)
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.rules.penalty import FIXED, ON_PAYMENT_DATE, RATE_DIGITS, PenaltyRules
from pipeline.storage.run import MonthRun

_READ: Final = (*PUBLISHED, ledger.OPEN_ITEMS, ledger.PAYMENT_ALLOCATIONS, ingest.ACCOUNT_INDEX)
_STAGED: Final = (
    registers.ACCOUNTS, registers.SERVICES, registers.RIGHTS, events.HOLDS, PERSON_STATUSES, billing.CHARGES,
    billing.BILLING_DOCUMENTS,
)
#: Months whose settled items a decree may change.
_MONTHS_BEFORE: Final = 36
_STATE: Final = (PENALTIES, LATE_PAYMENTS, PENALTY_PROPOSALS)


@room_check(PENALTIES, blocking=True)
def penalties_are_counted_again_day_by_day(run: MonthRun) -> Finding:
    """Пени каждой статьи, посчитанные заново по дням из книги правил, равны опубликованным до копейки."""
    rules = PenaltyRules.in_force(run.rule_book, run.as_of)
    return _finding(run, "penalty_days", "Пени пересчитываются по дням до копейки", **_law(rules))


@room_check(PENALTY_ACCRUALS, blocking=True)
def segments_of_penalties_add_up(run: MonthRun) -> Finding:
    """Сумма отрезков статьи равна её пеням, отрезки одной части не пересекаются и не выходят за последний день."""
    return _finding(run, "penalty_segments", "Отрезки складываются в пени каждой статьи")


@room_check(PENALTIES, blocking=True)
def every_late_item_is_told_and_no_other(run: MonthRun) -> Finding:
    """Каждая открытая статья после льготных дней есть в пенях со своим остатком и сроком, а других нет."""
    return _finding(run, "penalty_items", "В пенях ровно те статьи, которые просрочены", **_scales_in_force(run))


@room_check(PENALTIES, blocking=True)
def nobody_is_charged_who_must_not_be(run: MonthRun) -> Finding:
    """Нет пеней на пени, судебные расходы, страховку, спорное, суммы без месяцев и там, где организации без правила."""
    rules = PenaltyRules.in_force(run.rule_book, run.as_of)
    with_rule = (*rules.organisation_resources, *rules.organisation_as_citizens)
    return _finding(run, "penalty_forbidden", "Пени начислены только там, где закон позволяет",
                    organisation_services=f"[{', '.join(with_rule)}]")


@room_check(PENALTIES, blocking=True)
def nothing_is_proposed_after_limitation(run: MonthRun) -> Finding:
    """Пени статьи, по которой прошла исковая давность, больше не растут, а предложенное и не выставленное отпало."""
    return _finding(run, "penalty_barred", "После исковой давности пени не предлагают")


@room_check(LATE_PAYMENTS, blocking=True)
def late_payments_follow_movements(run: MonthRun) -> Finding:
    """Поздние оплаты равны перенесённым из прошлого месяца и поздним движениям этого, по статье и дню."""
    if not run.state.is_opening and not run.state.holds(LATE_PAYMENTS):
        return Finding(True, "Прошлый месяц закрыт программой без пеней: сравнить не с чем")
    return _finding(run, "penalty_late_payments", "Поздние оплаты следуют из движений денег", **_scales_in_force(run))


@room_check(CREDITED_CHARGES, blocking=True)
def credited_months_follow_lines(run: MonthRun) -> Finding:
    """Убавленное из базы пеней равно строкам с минусом за прошлые месяцы: по статье и квитанции, не больше статьи."""
    has_credited, has_items = run.state.holds(CREDITED_CHARGES), run.state.holds(ledger.OPEN_ITEMS)
    values = _told(run) | {
        **{name: run.staged_parquet(name) for name in (TOLD_EARLIER, LATE_EARLIER, CREDITED_EARLIER)},
        "state_credited_charges": (run.state if has_credited else run).parquet(CREDITED_CHARGES.name),
        "state_open_items": (run.state if has_items else run).parquet(ledger.OPEN_ITEMS.name),
        "has_credited": str(has_credited).lower(), "has_items": str(has_items).lower(),
    }
    return broken_in_parts(run, "penalty_credited", values).finding("База пеней убавлена ровно на строки с минусом")


@room_check(PENALTIES, blocking=True)
def settled_items_are_told_again_only_by_a_decree(run: MonthRun) -> Finding:
    """Оплаченная раньше статья снова в пенях, только если её изменило постановление: с прежней суммой и оплатами."""
    sentence = "Оплаченные раньше статьи названы снова только из-за постановления"
    if run.read_staged(SETTLED).is_empty():
        return Finding(True, sentence)
    values = _told(run) | _told_earlier(run)
    return broken_in_parts(run, "penalty_settled", values).finding(sentence)


@room_check(PENALTIES, blocking=True)
def penalties_continue_last_month(run: MonthRun) -> Finding:
    """Прежние пени статьи, которую прошлый месяц оставил открытой, — те, что он опубликовал."""
    return _finding(run, "penalty_roll", "Каждые пени продолжают прошлый месяц")


@room_check(PENALTY_PROPOSALS, blocking=True)
def penalties_to_bill_roll_forward(run: MonthRun) -> Finding:
    """Пени к выставлению: ждало в прошлом месяце + изменение по статьям − выставлено, по счёту и получателю."""
    return _finding(run, "penalty_proposals", "Пени к выставлению продолжают прошлый месяц")


@room_check(PENALTY_PROPOSALS, blocking=True)
def billed_penalties_equal_lines(run: MonthRun) -> Finding:
    """Выставленные пени равны строкам документов цикла с нашими пакетами."""
    return _finding(run, "penalty_billed", "Выставленные пени равны строкам документов")


@room_check(PENALTY_PROPOSALS, blocking=False)
def billers_agree_with_penalties(run: MonthRun) -> Finding:
    """Документы выставили пени на те суммы, которые ждали."""
    told = run.read(PENALTY_PROPOSALS).filter(pl.col("status_code") == "mismatch")
    if told.is_empty():
        return Finding(True, "Выставленные пени совпадают с предложенными")
    return Finding(False, "Документы выставили пени другими суммами", found=told.height,
                   sample_ids=told["account_id"].unique().sort().to_list()[:SAMPLE])


@room_check(PENALTY_EXEMPTIONS, blocking=True)
def days_left_out_follow_holds(run: MonthRun) -> Finding:
    """Дни без пеней — ровно дни запретов из правила на счёт или на человека с правом на квартиру."""
    rules = PenaltyRules.in_force(run.rule_book, run.as_of)
    return _finding(run, "penalty_exempt", "Дни без пеней следуют из запретов",
                    exempt_holds=f"[{', '.join(rules.exempt_holds)}]")


@room_check(PENALTY_SCALES, blocking=True)
def scales_of_organisations_follow_registers(run: MonthRun) -> Finding:
    """По своему правилу пени считают ровно тем организациям, вид которых указан в реестре, и за услуги из правила."""
    return _finding(run, "penalty_scales", "Правила пеней организаций следуют из реестров", **_scales_in_force(run))


@room_check(PAID_PENALTIES, blocking=True)
def paid_penalty_lines_roll_forward(run: MonthRun) -> Finding:
    """Оплачено по строкам пеней: сколько было в прошлом месяце и движения этого, строка к строке."""
    has_lines = run.state.holds(PAID_PENALTIES)
    if not run.state.is_opening and not has_lines:
        return Finding(True, "Прошлый месяц закрыт программой без этой таблицы: сравнить не с чем")
    before = run.state.parquet(PAID_PENALTIES.name) if has_lines else run.parquet(PAID_PENALTIES.name)
    return _finding(run, "penalty_paid_lines", "Оплата строк пеней следует из движений денег",
                    state_paid_penalties=before, has_lines=str(has_lines).lower())


@room_check(PENALTIES, blocking=False)
def the_law_is_known_for_every_day(run: MonthRun) -> Finding:
    """У каждого дня, за который считают пени, есть действующее правило; чего не хватает, названо."""
    missing = run.read(PENALTIES, columns=["account_id", "missing_rule"]).drop_nulls("missing_rule")
    rules = sorted(set(missing["missing_rule"]))
    if not rules:
        return Finding(True, "Закон известен на каждый день пеней")
    return Finding(
        False, f"Счёт пеней остановлен: нет действующего значения {', '.join(rules)}. Добавьте постановление с его "
        "источником в книгу правил", found=missing.height, sample_ids=missing["account_id"].unique().sort().to_list(),
    )


@room_check(PENALTIES, blocking=False)
def the_key_rate_table_is_fresh(run: MonthRun) -> Finding:
    """Таблица ключевой ставки сверена с Банком России не раньше последнего заседания."""
    rules = PenaltyRules.in_force(run.rule_book, run.as_of)
    fresh_to = rules.key_rate_compared_on + timedelta(days=rules.key_rate_age_days_max)
    told = f"{rules.key_rate_compared_on:%d.%m.%Y}"
    if run.as_of <= fresh_to:
        return Finding(True, f"Таблица ключевой ставки сверена {told}")
    return Finding(False, f"Таблица ключевой ставки сверена только {told}: с тех пор Банк России заседал",
                   found=(run.as_of - rules.key_rate_compared_on).days)


def _law(rules: PenaltyRules) -> dict[str, str]:
    """The rule book as the query reads it."""
    scales = _scales(rules)
    common = math.lcm(*(int(value) for name, value in scales.items() if "_fraction_" in name))
    return {
        **scales,
        "common": str(common), "below": str(common * 100 * 10**RATE_DIGITS), "begins_on": rules.begins_on.isoformat(),
        "fixed_rate": str(rules.fixed_rate_e4 if rules.rate_mode == FIXED else 0),
        "is_one_rate": str(rules.rate_mode == ON_PAYMENT_DATE).lower(),
        "key_rate": _steps(rules.key_rate_e4), "rate_cap": _steps(rules.rate_cap_e4),
        "lower_of_both": _steps(rules.rate_cap_is_lower_of_both),
        "halted_for_all": _steps(rules.moratorium_on_all_debts),
        "halted_for_older": _steps(rules.moratorium_on_older_debts),
    }


def _scales(rules: PenaltyRules) -> dict[str, str]:
    """First day and denominator of each step of each scale, as of the newest, which is what all due dates have so far;
    services of organisations that go by them."""
    told = {"organisation_resources": f"[{', '.join(rules.organisation_resources)}]"}
    for scale, steps in rules.scales.items():
        for number, step in enumerate(steps, start=1):
            told[f"{scale}_from_{number}"] = str(step.from_day[-1][1])
            told[f"{scale}_fraction_{number}"] = str(step.denominator[-1][1])
    return told


def _steps(steps: tuple[tuple[date, Any], ...]) -> str:
    return json.dumps([[day.isoformat(), value] for day, value in steps])


def _scales_in_force(run: MonthRun) -> dict[str, str]:
    return _scales(PenaltyRules.in_force(run.rule_book, run.as_of))


def _told_earlier(run: MonthRun) -> dict[str, list[str]]:
    """Penalties and late payments of closed months; the month's own stand first and are told apart by their folder."""
    return {
        name: [run.parquet(table.name), *(str(run.book.published(month) / table.name / "*.parquet")
                                          for month in run.state.months_back(_MONTHS_BEFORE)
                                          if (run.book.published(month) / table.name).is_dir())]
        for name, table in (("penalties_before", PENALTIES), ("late_before", LATE_PAYMENTS))
    }


def _finding(run: MonthRun, name: str, sentence: str, **values: str) -> Finding:
    return broken_in_parts(run, name, _told(run) | values).finding(sentence)


def _told(run: MonthRun) -> dict[str, str]:
    """Files and days that a query may ask for. Where nothing was before, the month's own files stand in, unread."""
    has_state = run.state.holds(PENALTIES)
    state = {
        f"state_{table.name}": run.state.parquet(table.name) if has_state else run.parquet(table.name)
        for table in _STATE
    }
    return {
        **{table.name: run.parquet(table.name) for table in _READ},
        **{table.name: run.staged_parquet(table.name) for table in _STAGED}, **state,
        SETTLED: run.staged_parquet(SETTLED),
        "has_state": str(has_state).lower(), "as_of": run.as_of.isoformat(),
    }
