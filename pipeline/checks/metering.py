"""Promises of metering, as SQL over the files of the run (`audit/metering_*.sql`).

What compares with the register of meters or with the arrivals speaks before publish only.
"""

from typing import Any, Final

from pipeline.audit.queries import query
from pipeline.checks.room import SAMPLE, Finding, room_check, rows_of
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY, UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.registers import METERS
from pipeline.money import format_rub
from pipeline.storage.run import MonthRun

#: Percent of rejected readings above which somebody should look at the feed.
REJECTED_PERCENT: Final = 10

_PUBLISHED: Final = (CONSUMPTION, METER_MEMORY, UNCONFIRMED_CHARGES, UNBILLED_VOLUMES)
_STAGED: Final = (CHARGES, BILLING_DOCUMENTS, METERS)


@room_check(UNBILLED_VOLUMES, blocking=True)
def volumes_are_never_negative(run: MonthRun) -> Finding:
    """Принятый объём не бывает отрицательным, и месяц не получает больше, чем показали счётчики."""
    return _finding(_broken(run, "metering_volumes"), "Принятые объёмы не отрицательны")


@room_check(CONSUMPTION, blocking=True)
def every_accepted_reading_has_a_known_meter(run: MonthRun) -> Finding:
    """Каждое принятое показание снято со счётчика из реестра, у того же лицевого счёта."""
    return _finding(_broken(run, "metering_known_meters"), "Счётчики всех принятых показаний известны")


@room_check(CONSUMPTION, blocking=True)
def one_reading_is_accepted_per_meter_zone_and_month(run: MonthRun) -> Finding:
    """На счётчик, зону и месяц принято одно показание, считая принятые прежде."""
    return _finding(_broken(run, "metering_one_a_month"), "На месяц принято одно показание счётчика")


@room_check(METER_MEMORY, blocking=True)
def registers_roll_forward(run: MonthRun) -> Finding:
    """Последнее показание в памяти счётчика — принятое в этом цикле, а без него прежнее."""
    return _finding(_broken(run, "metering_registers_roll"), "Показания в памяти продолжают прежние")


@room_check(UNCONFIRMED_CHARGES, blocking=True)
def estimates_roll_forward(run: MonthRun) -> Finding:
    """Начисленное без показаний: было + начислено в цикле − закрыто показаниями = осталось, до копейки."""
    return _finding(_broken(run, "metering_estimates_roll"), "Начисления без показаний сходятся с прошлым месяцем")


@room_check(CONSUMPTION, blocking=False)
def few_readings_are_rejected(run: MonthRun) -> Finding:
    """Отклонено не больше десятой части показаний."""
    found = _broken(run, "metering_rejected")[0]
    share = found["rejected"] * 100 // max(found["readings"], 1)
    sentence = f"Отклонено показаний: {found['rejected']} из {found['readings']} ({share} %)"
    return Finding(
        passed=found["rejected"] * 100 <= REJECTED_PERCENT * found["readings"], sentence=sentence,
        expected=f"не больше {REJECTED_PERCENT} %", found=f"{share} %", sample_ids=found["account_ids"] or [],
    )


def _broken(run: MonthRun, name: str) -> list[dict[str, Any]]:
    """Rows of an audit query: each is one broken promise."""
    published = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    staged = {table.name: run.staged_parquet(table.name) for table in _STAGED}
    return rows_of(query(name), **published, **staged, state_memory=run.state.parquet(METER_MEMORY.name))


def _finding(rows: list[dict[str, Any]], sentence: str) -> Finding:
    difference = sum(row.get("difference_kop") or 0 for row in rows)
    return Finding(
        passed=not rows, sentence=sentence if not rows else f"Нарушено строк: {len(rows)}. Должно быть: {sentence}",
        found=len(rows), difference=format_rub(difference) if difference else 0,
        direction=("больше" if difference > 0 else "меньше") if difference else "",
        sample_ids=[str(row["account_id"]) for row in rows[:SAMPLE]],
    )
