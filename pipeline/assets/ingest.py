"""Ingest: the run of a month begins, then all that arrived is judged and staged. Work: `pipeline.storage.staging`."""

from datetime import date, datetime, timedelta

import dagster as dg

from pipeline.assets.room import GROUPS, OWNER, RETRY, room_assets
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.ingest import PUBLISHED
from pipeline.errors import RaschetError
from pipeline.month_context import book_of, root_run_id, without_values
from pipeline.partitions import months
from pipeline.storage.cycles import cycle_of
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import ingest_month
from pipeline.storage.start import remarks_of

BEGINNING = "run_of_month"
COLUMNS = dg.TableSchema([
    dg.TableColumn("as_of", "Date", "По какой день включительно считается поступившее."),
    dg.TableColumn("state_month", "String", "Закрытый месяц, с которого начинается этот."),
])


class AsOf(dg.Config):
    """`as_of`: по какой день включительно считать поступившее, ГГГГ-ММ-ДД. Пусто — по вчерашний день по Москве; для
    месяца, чей цикл уже завершён, — по последний день цикла."""

    as_of: str = ""


@dg.asset(
    name=BEGINNING,
    partitions_def=months,
    group_name=GROUPS["ingest"],
    owners=[OWNER],
    kinds={"parquet"},
    tags={"room": "ingest"},
    retry_policy=RETRY,
    metadata={"dagster/column_schema": COLUMNS},
    description=(
        "Начало расчёта месяца: предыдущий месяц закрыт, этот открыт, участок занят этим запуском, рабочая папка "
        "пуста. Всё дальнейшее относится только к этому запуску."
    ),
)
def run_of_month(context: dg.AssetExecutionContext, config: AsOf) -> dg.MaterializeResult:
    """Pass the state gate and start a clean work folder."""
    with without_values():
        day, month = day_told(config.as_of), BillingMonth.parse(context.partition_key)
        book = book_of(context)
        # a launch long after the cycle counts the whole cycle and nothing of the next
        as_of = cycle_of(book, month, day).cut(day)
        run = MonthRun.begin(book, month, root_run_id(context), as_of)
        for remark in remarks_of(book, month, run.run_id):
            context.log.warning(remark)
    return dg.MaterializeResult(metadata={"as_of": as_of.isoformat(), "state_month": str(run.state.month)})


@room_assets("ingest", PUBLISHED, after=[BEGINNING])
def ingest_tables(run: MonthRun) -> None:
    """Every delivery of the cycle: its rows accepted, repeated, superseded, suspended or quarantined."""
    ingest_month(run)


def day_told(written: str) -> date:
    """The day up to which a launch counts; nothing written: yesterday in Moscow. BadAsOf for one that cannot be."""
    today = datetime.now(MOSCOW).date()
    if not written.strip():
        return today - timedelta(days=1)
    try:
        day = date.fromisoformat(written.strip())
    except ValueError:
        raise BadAsOf(f"Дата «{written}» не читается", "Укажите as_of как ГГГГ-ММ-ДД") from None
    if day > today:
        raise BadAsOf(f"{day:%d.%m.%Y} ещё не наступило", "Укажите as_of не позже сегодняшнего дня по Москве")
    return day


class BadAsOf(RaschetError):
    """The launch names a day that cannot be read or has not come."""
