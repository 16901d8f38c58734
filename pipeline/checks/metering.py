"""Promises of metering, as SQL over the files of the run (`audit/metering_*.sql`).

What compares with the register of meters or with the arrivals speaks before publish only.
"""

from typing import Any, Final

from pipeline.audit.queries import query
from pipeline.checks.asked import Broken, broken, broken_in_parts, ids_in_parts, looked, rows_of
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.metering import (
    CONSUMPTION,
    METER_MEMORY,
    READING_DOUBTS,
    UNBILLED_VOLUMES,
    UNCONFIRMED_CHARGES,
)
from pipeline.contracts.registers import METERS
from pipeline.rules.metering import MeteringRules
from pipeline.storage.run import MonthRun

#: Percent of rejected readings above which somebody should look at the feed.
REJECTED_PERCENT: Final = 10

#: Of more new meters than these, all meters of the book are looked at: the list itself would be too long.
_MOST_MOVED: Final = 100_000
_PUBLISHED: Final = (CONSUMPTION, READING_DOUBTS, METER_MEMORY, UNCONFIRMED_CHARGES, UNBILLED_VOLUMES)
_STATE: Final = {"memory": METER_MEMORY, "unconfirmed": UNCONFIRMED_CHARGES, "unbilled": UNBILLED_VOLUMES}
_STAGED: Final = (CHARGES.name, BILLING_DOCUMENTS.name, METERS.name, "meter_acts_here")


@room_check(UNBILLED_VOLUMES, blocking=True)
def volumes_are_never_negative(run: MonthRun) -> Finding:
    """Принятый объём не бывает отрицательным, и месяц не получает больше, чем показали счётчики."""
    return _broken(run, "metering_volumes").finding("Принятые объёмы не отрицательны")


@room_check(CONSUMPTION, blocking=True)
def every_accepted_reading_has_a_known_meter(run: MonthRun) -> Finding:
    """Каждое принятое показание снято со счётчика из реестра, у того же лицевого счёта."""
    return _broken(run, "metering_known_meters").finding("Счётчики всех принятых показаний известны")


@room_check(CONSUMPTION, blocking=True)
def one_reading_is_accepted_per_meter_zone_and_month(run: MonthRun) -> Finding:
    """На счётчик, зону и месяц принято одно показание, считая принятые прежде."""
    told, files = _looked(run), _files(run)
    found = _broken(run, "metering_one_a_month") if told["read_twice"] or told["read_before"] else Broken()
    if not found.rows and told["unknown_before"]:
        new = ids_in_parts(run, "metering_new_meters", files)
        found = broken(run, "metering_moved", files | {"moved": new if len(new) <= _MOST_MOVED else []})
    return found.finding("На месяц принято одно показание счётчика")


@room_check(READING_DOUBTS, blocking=True)
def doubts_say_what_their_readings_say(run: MonthRun) -> Finding:
    """Сомнение говорит то же, что его показание, предложение само ничего не меняет, рубли сходятся с арифметикой."""
    return _broken(run, "metering_doubts").finding("Сомнения говорят то же, что показания, и их рубли сходятся")


@room_check(CONSUMPTION, blocking=True)
def volumes_follow_registers(run: MonthRun) -> Finding:
    """Объём показания — разность с прежним, по месяцам он разделён днями, и уточнения его повторяют."""
    rules = MeteringRules.in_force(run.rule_book, run.month.first_day)
    files = _files(run) | {"register_digits": rules.register_digits}
    found = broken_in_parts(run, "metering_registers_tell", files)
    return found.finding("Объёмы пересчитываются по показаниям и дням")


@room_check(METER_MEMORY, blocking=True)
def registers_roll_forward(run: MonthRun) -> Finding:
    """Последнее показание в памяти счётчика — принятое в этом цикле, а без него прежнее."""
    found = _broken(run, "metering_registers_roll") if _looked(run)["not_continued"] else Broken()
    return found.finding("Показания в памяти продолжают прежние")


@room_check(METER_MEMORY, blocking=True)
def histories_roll_forward(run: MonthRun) -> Finding:
    """Месяцы и объём, по которым считают среднее: было + показано счётчиком в цикле − вышедшее за срок = стало."""
    rules = MeteringRules.in_force(run.rule_book, run.month.first_day)
    values = {"heating": list(rules.heating_services), "season": list(rules.heating_season_months),
              "longest": rules.average_history_months_max}
    found = broken_in_parts(run, "metering_history_rolls", _files(run) | values)
    return found.finding("Объёмы для среднего продолжают прежние")


@room_check(UNCONFIRMED_CHARGES, blocking=True)
def estimates_roll_forward(run: MonthRun) -> Finding:
    """Начисленное без показаний: было + начислено в цикле − закрыто показаниями = осталось, до копейки."""
    told = looked(run, "metering_estimates_look", _files(run))
    found = Broken() if told and not any(told.values()) else _broken(run, "metering_estimates_roll")
    return found.finding("Начисления без показаний сходятся с прошлым месяцем")


@room_check(CONSUMPTION, blocking=False)
def few_readings_are_rejected(run: MonthRun) -> Finding:
    """Отклонено не больше десятой части показаний."""
    found = rows_of(run, query("metering_rejected"), consumption=run.parquet(CONSUMPTION.name))[0]
    share = found["rejected"] * 100 // max(found["readings"], 1)
    sentence = f"Отклонено показаний: {found['rejected']} из {found['readings']} ({share} %)"
    return Finding(
        passed=found["rejected"] * 100 <= REJECTED_PERCENT * found["readings"], sentence=sentence,
        expected=f"не больше {REJECTED_PERCENT} %", found=f"{share} %", sample_ids=found["account_ids"] or [],
    )


def _looked(run: MonthRun) -> dict[str, int]:
    return looked(run, "metering_look", _files(run))


def _broken(run: MonthRun, name: str) -> Broken:
    """What breaks one promise: meters lie with their account."""
    return broken_in_parts(run, name, _files(run))


def _files(run: MonthRun) -> dict[str, Any]:
    published = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    staged = {name: run.staged_parquet(name) for name in _STAGED}
    state = {f"state_{short}": run.state.parquet(table.name) for short, table in _STATE.items()}
    return published | staged | state
