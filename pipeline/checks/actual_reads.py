"""Promises of the shares billed on actual reads, as SQL over the files of the run (`audit/metering_*.sql`)."""

from typing import Any

from pipeline.audit.queries import query
from pipeline.checks.asked import broken, rows_of, sums_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.actual_reads import CONTRACT_READS, READ_SHARES
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.metering import METER_MEMORY, UNCONFIRMED_CHARGES
from pipeline.contracts.registers import METERS
from pipeline.rules.metering import MeteringRules
from pipeline.storage.run import MonthRun


@room_check(CONTRACT_READS, blocking=False)
def contracts_tell_what_documents_billed(run: MonthRun) -> Finding:
    """Начисленное за месяц по услугам со счётчиками, всего и по счётчику, — это строки документов, до копейки."""
    billed = sums_in_parts(run, "metering_billed", _files(run))
    told = rows_of(run, query("metering_read_totals"), **_values(run, "contract_reads", "month"))[0]
    wrong = [figure for figure, total in billed.items() if total != int(told[figure])]
    sentence = "Итоги договоров со счётчиками равны строкам документов месяца"
    return Finding(not wrong, sentence, expected=str(billed), found=str({name: int(told[name]) for name in told}),
                   difference=", ".join(wrong))


@room_check(CONTRACT_READS, blocking=True)
def confirmed_volumes_roll_forward(run: MonthRun) -> Finding:
    """Начисленное за прежние месяцы не меняется, а подтверждённое растёт ровно на закрытое в этом цикле."""
    sentence = "Подтверждённое показаниями сходится с прошлым месяцем"
    if not run.state.holds(CONTRACT_READS):
        return Finding(True, f"{sentence}: прежних итогов ещё нет")
    names = ("contract_reads", "state_reads", "unconfirmed_charges", "month", "longest")
    return broken(run, "metering_reads_roll", _values(run, *names)).finding(sentence)


@room_check(READ_SHARES, blocking=True)
def shares_of_reads_add_up(run: MonthRun) -> Finding:
    """Дома, управляющие компании и поставщики — каждый разрез складывается в одно и то же целое."""
    values = _values(run, "contract_reads", "read_shares", "horizons")
    return broken(run, "metering_shares_add_up", values).finding("Каждый разрез складывается в целое")


def _values(run: MonthRun, *names: str) -> dict[str, Any]:
    return {name: value for name, value in _files(run).items() if name in names}


def _files(run: MonthRun) -> dict[str, Any]:
    horizons = MeteringRules.in_force(run.rule_book, run.month.first_day).read_share_horizons
    published = {table.name: run.parquet(table.name)
                 for table in (CONTRACT_READS, READ_SHARES, METER_MEMORY, UNCONFIRMED_CHARGES)}
    staged = {table.name: run.staged_parquet(table.name) for table in (CHARGES, BILLING_DOCUMENTS, METERS)}
    return published | staged | {
        "state_memory": run.state.parquet(METER_MEMORY.name), "state_reads": run.state.parquet(CONTRACT_READS.name),
        "month": run.month.first_day, "horizons": list(horizons), "longest": max(horizons),
    }
