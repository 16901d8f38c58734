"""Promises of substitute volumes, as SQL over the files of the run (`audit/substitution_*.sql`).

All of them compare with registers, acts or lines of the cycle, so they speak before publish only.
"""

from typing import Any, Final

from pipeline.checks.asked import Broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY, UNBILLED_VOLUMES
from pipeline.contracts.registers import ACCOUNTS, CONSUMPTION_NORMS, HOUSES, METERS, PREMISES, REGISTRATIONS, RIGHTS
from pipeline.contracts.substitution import SUBSTITUTE_MISMATCHES, SUBSTITUTE_VOLUMES, VERIFICATION_CALENDAR
from pipeline.rules.substitution import SubstitutionRules
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (CONSUMPTION, SUBSTITUTE_VOLUMES, SUBSTITUTE_MISMATCHES, VERIFICATION_CALENDAR)
_REGISTERS: Final = (METERS, ACCOUNTS, PREMISES, HOUSES, CONSUMPTION_NORMS, REGISTRATIONS, RIGHTS)
_STAGED: Final = (CHARGES.name, BILLING_DOCUMENTS.name, "meter_acts_here", "norms_of_metered_services_here",
                  *(register.name for register in _REGISTERS))


@room_check(SUBSTITUTE_VOLUMES, blocking=True)
def every_month_without_a_reading_is_spoken_of(run: MonthRun) -> Finding:
    """У каждого счётчика без показания за месяц сказано, что положено начислить; у прочитанных не сказано ничего."""
    rules = _rules(run)
    is_season = run.month.first_day.month in rules.heating_season_months
    found = _broken(run, "substitution_whole", out_of_season=[] if is_season else list(rules.heating_services))
    return found.finding("О каждом месяце без показания сказано, что положено начислить")


@room_check(SUBSTITUTE_VOLUMES, blocking=True)
def substitutes_follow_the_law(run: MonthRun) -> Finding:
    """Среднее, его срок и повышение пересчитываются по памяти счётчиков и правилам месяца."""
    rules = _rules(run)
    found = _broken(
        run, "substitution_volumes", suppliers=list(rules.supplier_replaces_services),
        uplifted=list(rules.uplift_services), cold=list(rules.cold_water_services), percent=rules.uplift_percent,
        cold_percent=rules.uplift_percent_cold_water, heating=list(rules.heating_services),
        run_max=rules.average_run_months_max, short_run_max=rules.average_run_months_max_non_residential,
        months_min=rules.average_months_min,
    )
    return found.finding("Расчётные объёмы пересчитываются по правилам")


@room_check(SUBSTITUTE_VOLUMES, blocking=True)
def norms_follow_registers(run: MonthRun) -> Finding:
    """Норматив вместо показания пересчитан по сообщённому нормативу, а без него по людям, владельцам и площади."""
    return _broken(run, "substitution_norms").finding("Нормативы вместо показаний пересчитываются по реестрам")


@room_check(SUBSTITUTE_MISMATCHES, blocking=True)
def bills_without_readings_are_compared_whole(run: MonthRun) -> Finding:
    """Расхождение равно начисленному за вычетом положенного, и ни один норматив вместо среднего не пропущен."""
    return _broken(run, "substitution_mismatches").finding("Начисления без показаний сверены до копейки")


@room_check(VERIFICATION_CALENDAR, blocking=True)
def the_calendar_names_every_verification_that_ends(run: MonthRun) -> Finding:
    """В календаре все счётчики, чья поверка кончается в срок правил, и цена просрочки сходится до копейки."""
    rules = _rules(run)
    found = _broken(
        run, "substitution_calendar", as_of=run.as_of.isoformat(), longest=max(rules.verification_terms_days),
        suppliers=list(rules.supplier_replaces_services),
    )
    return found.finding("Календарь поверок полон, цена просрочки пересчитывается")


@room_check(SUBSTITUTE_VOLUMES, blocking=False)
def every_act_meets_its_meter(run: MonthRun) -> Finding:
    """Каждый акт о счётчике называет счётчик своего лицевого счёта."""
    return _broken(run, "substitution_acts").finding("У актов о счётчиках есть их счётчики")


def _rules(run: MonthRun) -> SubstitutionRules:
    return SubstitutionRules.in_force(run.rule_book, run.month.first_day)


def _broken(run: MonthRun, name: str, **values: Any) -> Broken:
    """What breaks one promise: meters lie with their account."""
    files = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    files |= {staged: run.staged_parquet(staged) for staged in _STAGED}
    files |= {"state_memory": run.state.parquet(METER_MEMORY.name),
              "state_unbilled": run.state.parquet(UNBILLED_VOLUMES.name)}
    return broken_in_parts(run, name, files | values | {"month": run.month.first_day.isoformat()})
