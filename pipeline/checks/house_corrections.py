"""Promises of corrections by meters of houses, as SQL over the files of the run (`audit/house_corrections.sql`).

Identities block; a house that cannot be corrected is told and stops nothing. What compares with lines speaks before
publish only.
"""

from decimal import Decimal
from typing import Final

from pipeline import money
from pipeline.checks.asked import broken
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.rules.house_corrections import HouseCorrectionRules
from pipeline.rules.house_meters import HouseMeterRules
from pipeline.storage.run import MonthRun

#: Staged by the room and by ingest.
_STAGED: Final = ("lines_of_houses", "balances_of_houses", "service_contracts")


@room_check(HOUSE_CORRECTIONS, blocking=True)
def houses_share_what_their_meters_tell(run: MonthRun) -> Finding:
    """Корректировка дома = объём дома × тарифы месяцев; доли квартир по площади складываются в целое до копейки."""
    on = run.month.first_day
    common = HouseMeterRules.in_force(run.rule_book, on).common_services
    rules = HouseCorrectionRules.in_force(run.rule_book, on)
    found = broken(run, "house_corrections", {
        **{table.name: run.parquet(table.name) for table in (HOUSE_CORRECTIONS, RECALCULATIONS)},
        **{name: run.staged_parquet(name) for name in _STAGED},
        "state_recalculations": run.state.parquet(RECALCULATIONS.name),
        "is_net": str(rules.common_is_net).lower(),
        "difference_min": str(Decimal(rules.difference_min_kop).scaleb(-money.MONEY_DIGITS)),
        "common_services": ",".join(f"{resource}:{service}" for service, resource in common.items()),
        "lands_in": run.month.next.first_day.isoformat(),
    })
    return found.finding("Перерасчёты по общедомовым счётчикам складываются в суммы домов")


@room_check(HOUSE_CORRECTIONS, blocking=False)
def every_house_that_is_due_is_corrected(run: MonthRun) -> Finding:
    """Ни один дом, начисления которого пора исправить по общедомовому счётчику, не остался непосчитанным."""
    found = broken(run, "house_corrections_missing", {HOUSE_CORRECTIONS.name: run.parquet(HOUSE_CORRECTIONS.name)})
    return found.finding("Дома исправлены по своим счётчикам", broken="Домов и услуг не посчитано")
