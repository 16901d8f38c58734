"""Promises of recalculation, as SQL over the files of the run (`audit/recalculation_*.sql`).

What compares with the lines of the cycle's documents speaks before publish only.
"""

from decimal import Decimal
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.checks.asked import Broken, broken, broken_in_parts
from pipeline.checks.quality_values import values_of_quality
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.advance_discounts import SCHEDULE_BEFORE
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.metering import CONSUMPTION, UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.recalculation import FEE_CAUSES, RECALCULATIONS
from pipeline.contracts.registers import CYCLES
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.money import roubles_of
from pipeline.rules.recalculation_absence import AbsenceRules
from pipeline.rules.recalculation_by_register import ByRegisterRules
from pipeline.rules.recalculation_limits import PERCENT_DIGITS, LimitRules
from pipeline.rules.recalculation_meters import TamperingRules
from pipeline.rules.recalculation_quality import QualityRules
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (CONSUMPTION, UNCONFIRMED_CHARGES, SUBSTITUTE_VOLUMES, RECALCULATIONS)
_STAGED: Final = (CHARGES, BILLING_DOCUMENTS, APPROVALS, CYCLES)
#: Staged by the room, and the register of accounts.
_OF_APPLICATIONS: Final = (
    "absences", "absences_counted", "new_applications", "quality_acts", "quality_acts_counted", "lines_of_applications",
    "proposals_of_applications",
    "accounts", "service_contracts", "meter_acts_here", "meters", "tampering_months", "acts_looked_at",
    "readings_of_acts", "lines_of_acts", "proposals_of_acts", "due_by_acts",
    SCHEDULE_BEFORE,
)
#: What is asked of the whole book.
_OF_THE_BOOK: Final = ("recalculation_strangers", "recalculation_slices")


@room_check(RECALCULATIONS, blocking=True)
def proposals_add_up(run: MonthRun) -> Finding:
    """Перерасчёт = объём по показаниям × тариф месяца, с одним округлением, минус начисленное без показаний."""
    return _broken(run, "recalculation_adds_up").finding("Суммы новых перерасчётов пересчитываются до копейки")


@room_check(RECALCULATIONS, blocking=True)
def no_month_is_corrected_twice(run: MonthRun) -> Finding:
    """Один месяц одной услуги исправляет один перерасчёт, считая прежние."""
    return _broken(run, "recalculation_once").finding("Ни один месяц не исправлен дважды")


@room_check(RECALCULATIONS, blocking=True)
def every_proposal_names_its_reading(run: MonthRun) -> Finding:
    """Каждый перерасчёт назван по принятому показанию, которое его вызвало."""
    return _broken(run, "recalculation_readings").finding("У каждого перерасчёта есть его показание")


@room_check(RECALCULATIONS, blocking=True)
def only_sound_meters_true_up(run: MonthRun) -> Finding:
    """Месяцы без показаний исправляет только счётчик, который не перестал считать раньше, чем снято показание."""
    return _broken(run, "recalculation_sound").finding("Уточнения стоят на показаниях исправных счётчиков")


@room_check(RECALCULATIONS, blocking=True)
def every_reduction_names_its_application(run: MonthRun) -> Finding:
    """Каждое снижение названо по подтверждённому заявлению или акту, который относится к этому счёту."""
    return _broken(run, "recalculation_applied").finding("У каждого снижения есть его заявление или акт")


@room_check(RECALCULATIONS, blocking=True)
def no_reduction_exceeds_its_fee(run: MonthRun) -> Finding:
    """Заявления и акты вместе снимают не больше начисленного за месяц: ниже нуля плата не опускается."""
    return _broken(run, "recalculation_fees").finding("Ни одно снижение не больше платы")


@room_check(RECALCULATIONS, blocking=True)
def absences_are_counted_by_days(run: MonthRun) -> Finding:
    """За отсутствие снято: плата × полные дни, не учтённые раньше ÷ дни месяца ÷ жильцов счёта."""
    rules = AbsenceRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(run, "recalculation_absence", waste_services=",".join(rules.waste_services))
    return found.finding("Перерасчёты за отсутствие пересчитываются по дням")


@room_check(RECALCULATIONS, blocking=True)
def bad_quality_is_counted_by_minutes(run: MonthRun) -> Finding:
    """За плохое качество снято то, что дают минуты актов, каждая один раз: часы сверх допустимого, дни, проценты."""
    rules = QualityRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(run, "recalculation_quality", **values_of_quality(rules), month=run.month.first_day.isoformat())
    return found.finding("Снижения за качество пересчитываются по актам")


@room_check(RECALCULATIONS, blocking=True)
def open_proposals_are_carried(run: MonthRun) -> Finding:
    """Невыставленный перерасчёт переходит в следующий месяц с той же суммой, завершённый не возвращается."""
    return _broken(run, "recalculation_carried").finding("Открытые перерасчёты перенесены без изменений")


@room_check(RECALCULATIONS, blocking=True)
def billed_proposals_equal_their_lines(run: MonthRun) -> Finding:
    """Выставленный перерасчёт равен строкам документов с его пачкой."""
    return _broken(run, "recalculation_billed").finding("Выставленное равно предложенному до копейки")


@room_check(RECALCULATIONS, blocking=True)
def proposals_stand_where_people_put_them(run: MonthRun) -> Finding:
    """Крупный перерасчёт уходит в счёт только с согласия, отклонённый не уходит; действует последнее решение."""
    return _broken(run, "recalculation_decided").finding("Перерасчёты стоят там, куда их поставили решения")


@room_check(RECALCULATIONS, blocking=True)
def what_is_over_a_limit_waits(run: MonthRun) -> Finding:
    """Новый перерасчёт больше предела — сам, по счёту, дому, получателю или причине — ждёт человека; прочие не ждут."""
    limits = LimitRules.in_force(run.rule_book, run.month.first_day)
    shares = {"house_percent": limits.house_percent_e4, "creditor_percent": limits.creditor_percent_e4,
              "cause_percent": limits.cause_percent_e4}
    values = dict(
        approval_from_rub=str(roubles_of(limits.proposal_kop)),
        account_month_rub=str(roubles_of(limits.account_month_kop)), floor_rub=str(roubles_of(limits.slice_floor_kop)),
        exempt_causes=",".join(limits.exempt_causes), waiting_causes=",".join(limits.waiting_causes),
        **{name: str(Decimal(share_e4).scaleb(-PERCENT_DIGITS)) for name, share_e4 in shares.items()},
    )
    found = _broken(run, "recalculation_limits", **values) + _broken(run, "recalculation_slices", **values)
    return found.finding("Всё, что больше предела, ждёт человека")


@room_check(RECALCULATIONS, blocking=True)
def tampering_is_charged_by_its_act(run: MonthRun) -> Finding:
    """Доначисление за вмешательство: на своём акте, ничего не снимает, норматив × 10 за его дни по тарифу месяца."""
    rules = TamperingRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(
        run, "recalculation_tampering", month=run.month.first_day.isoformat(), months_max=str(rules.months_max),
        norm_factor=str(rules.norm_factor),
    )
    return found.finding("Доначисления за вмешательство пересчитываются по актам")


@room_check(RECALCULATIONS, blocking=True)
def checks_of_meters_are_counted_by_registers(run: MonthRun) -> Finding:
    """По проверке: показание − прежнее − начисленное с тех пор − уже исправленное, по тарифу месяца проверки."""
    return _broken(run, "recalculation_inspection").finding("Разницы по проверкам пересчитываются по показаниям")


@room_check(RECALCULATIONS, blocking=True)
def months_by_norm_are_counted_by_registers(run: MonthRun) -> Finding:
    """После ввода или поверки: объём по показаниям за дни месяца × тариф минус та же доля начисленного по нормативу."""
    rules = ByRegisterRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(run, "recalculation_by_register", counts_from=rules.counts_from)
    return found.finding("Месяцы по нормативу пересчитываются по показаниям")


@room_check(RECALCULATIONS, blocking=True)
def months_by_a_dead_meter_become_what_was_due(run: MonthRun) -> Finding:
    """Неисправный или снятый счётчик: положенный объём и повышение × тариф минус начисленное по счётчику."""
    return _broken(run, "recalculation_by_substitute").finding("Месяцы по счётчику, которого нет, пересчитываются")


@room_check(RECALCULATIONS, blocking=True)
def lapses_of_verification_are_counted_whole(run: MonthRun) -> Finding:
    """Начисленное по счётчику с истёкшей поверкой пересчитано до копейки, а поверка, известная позже, это снимает."""
    found = _broken(run, "recalculation_lapse", month=run.month.first_day.isoformat())
    return found.finding("Просрочки поверки пересчитаны и снимаются актом")


@room_check(RECALCULATIONS, blocking=False)
def every_decision_meets_a_proposal(run: MonthRun) -> Finding:
    """Каждое решение цикла о перерасчёте относится к предложению, которое есть, или к пачке, которая собрана."""
    cycles = run.register(CYCLES).filter(pl.col("billing_month") == run.month.first_day)
    since = start_of_day(cycles["issue_on"].item()).isoformat()
    return _broken(run, "recalculation_strangers", cycle_start=since).finding("У решений есть их предложения")


@room_check(RECALCULATIONS, blocking=False)
def every_line_of_a_batch_meets_a_proposal(run: MonthRun) -> Finding:
    """У каждой строки документа с пачкой перерасчёта есть предложение этой пачки."""
    return _broken(run, "recalculation_unmet").finding("Строки с пачками относятся к нашим предложениям")


@room_check(RECALCULATIONS, blocking=False)
def billers_agree_with_proposals(run: MonthRun) -> Finding:
    """Документы провели перерасчёты на те суммы, которые были предложены."""
    return _broken(run, "recalculation_mismatched").finding("Проведённые перерасчёты совпадают с предложенными")


def _broken(run: MonthRun, name: str, **values: str) -> Broken:
    """What breaks one promise. Decisions name proposals of any part; all others are about an account."""
    files = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    files |= {table.name: run.staged_parquet(table.name) for table in _STAGED}
    files |= {name: run.staged_parquet(name) for name in _OF_APPLICATIONS}
    files |= {"state_recalculations": run.state.parquet(RECALCULATIONS.name),
              "state_unbilled": run.state.parquet(UNBILLED_VOLUMES.name)}
    ask = broken if name in _OF_THE_BOOK else broken_in_parts
    return ask(run, name, files | values | {"fee_causes": ",".join(FEE_CAUSES)})
