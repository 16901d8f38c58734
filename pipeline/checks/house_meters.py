"""Promises of the balances of houses, as SQL over the files of the run (`audit/house_*.sql`).

What is counted blocks; what a house and its flats differ by is told and stops nothing. What compares with the lines of
the cycle's documents speaks before publish only.
"""

from decimal import Decimal
from typing import Final

from pipeline.checks.asked import Broken, broken
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.house_meters import HOUSE_BALANCES, HOUSE_READINGS
from pipeline.contracts.registers import SERVICE_CONTRACTS
from pipeline.rules.house_meters import PERCENT_DIGITS, HouseMeterRules
from pipeline.storage.run import MonthRun

_STAGED: Final = (CHARGES, BILLING_DOCUMENTS, SERVICE_CONTRACTS)


@room_check(HOUSE_READINGS, blocking=True)
def volumes_of_houses_follow_their_registers(run: MonthRun) -> Finding:
    """Объём дома — разница принятых показаний или названный объём; показания счётчика не убывают и не пропадают."""
    return _broken(run, "house_readings_follow").finding("Объёмы домов следуют из показаний")


@room_check(HOUSE_BALANCES, blocking=True)
def houses_add_up_with_their_flats(run: MonthRun) -> Finding:
    """Баланс дома сходится с показаниями дома и со строками документов месяца, посчитанными заново."""
    rules = HouseMeterRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(
        run, "house_balances", month=run.month.first_day.isoformat(),
        common_services=",".join(f"{resource}:{common}" for common, resource in rules.common_services.items()),
        difference_percent=str(Decimal(rules.difference_percent_e4).scaleb(-PERCENT_DIGITS)),
    )
    return found.finding("Балансы домов пересчитываются по показаниям и строкам")


@room_check(HOUSE_BALANCES, blocking=False)
def flats_fit_into_their_houses(run: MonthRun) -> Finding:
    """Квартиры не потребляют больше своего дома, а разница с домом не выходит за допуск."""
    found = _broken(run, "house_bounds")
    return found.finding("Дома сходятся со своими квартирами", broken="Домов и услуг вне допуска")


def _broken(run: MonthRun, name: str, **values: str) -> Broken:
    files = {table.name: run.parquet(table.name) for table in (HOUSE_READINGS, HOUSE_BALANCES)}
    files |= {table.name: run.staged_parquet(table.name) for table in _STAGED}
    past = run.state.parquet(HOUSE_READINGS.name) if run.state.holds(HOUSE_READINGS) else files[HOUSE_READINGS.name]
    return broken(run, name, files | values | {"state_house_readings": past})
