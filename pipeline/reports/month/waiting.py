"""What waits for a person: suspended money and refused rows, by reason and by the days since they arrived."""

from __future__ import annotations

from typing import Final

from pipeline.billing_month import end_of_day
from pipeline.contracts.queue import WORK_QUEUE
from pipeline.rendering import words
from pipeline.reports.month.names import decided_rows
from pipeline.reports.month.section import Bar, Chart, Row, Section, count, key, money
from pipeline.reports.month.source import Source

#: Days since arrival: name of the column, heading, first and last day.
AGES: Final = (("week", "до 7 дней", 0, 7), ("month", "8–30 дней", 8, 30), ("quarter", "31–90 дней", 31, 90),
               ("longer", "больше 90 дней", 91, 99_999))
_DAYS: Final = "date_diff('day', received_at::DATE, $night::DATE)"
_SUSPENDED: Final = """
    WITH waiting AS (SELECT reason_code, amount_rub, {days} AS days FROM suspended_payments)
    SELECT reason_code, count(*) AS rows, SUM(amount_rub)::DECIMAL(18,2) AS amount_rub, {ages}, max(days) AS oldest
    FROM waiting GROUP BY ALL ORDER BY abs(SUM(amount_rub)) DESC, reason_code
"""
_REFUSED: Final = """
    WITH refused AS ({refused}),
    by_reason AS (SELECT table_name, unnest(rule_ids) AS rule_id, days, in_cycle FROM refused)
    SELECT table_name, rule_id, count(*) AS rows, count(*) FILTER (in_cycle) AS in_cycle, {ages}, max(days) AS oldest
    FROM by_reason GROUP BY ALL ORDER BY count(*) DESC, table_name, rule_id
"""
_REFUSED_TOTAL: Final = """
    WITH refused AS ({refused})
    SELECT count(*) AS rows, count(*) FILTER (in_cycle) AS in_cycle, {ages}, max(days) AS oldest
    FROM refused
"""


def suspended(source: Source) -> Section:
    """Money that no account is known for, by reason."""
    ages = ", ".join(
        f"COALESCE(SUM(amount_rub) FILTER (days BETWEEN {first} AND {last}), 0)::DECIMAL(18,2) AS {name}_rub"
        for name, _, first, last in AGES
    )
    rows = source.sql.rows(_SUSPENDED.format(days=_DAYS, ages=ages), night=source.as_of)
    bars = [
        Bar(words.reason(row["reason_code"]), row[f"{name}_rub"], head) for row in rows for name, head, *_ in AGES
    ]
    return Section(
        code="suspended", title="Невыясненные платежи по причинам и возрасту", sheet="Невыясненное",
        question="Сколько денег ждёт решения, почему и как давно?",
        counted=(
            "Платежи и сторно (со знаком минус), которые нельзя отнести к счёту; эти деньги остаются во всех итогах. "
            "Возраст — дней от прихода файла до дня расчёта."
        ),
        columns=(
            key("reason_code", "Причина", words.reason), count("rows", "Строк"), money("amount_rub", "Сумма"),
            *(money(f"{name}_rub", head) for name, head, *_ in AGES),
            count("oldest", "Ждёт дольше всего, дней", fold="max"),
        ),
        rows=rows, empty="Невыясненных платежей нет.",
        chart=Chart("bars", bars, "₽", "Невыясненные суммы по причинам и возрасту, рублей") if bars else None,
    )


def quarantined(source: Source) -> Section:
    """Refused rows by table and reason."""
    ages = ", ".join(f"count(*) FILTER (days BETWEEN {first} AND {last}) AS {name}" for name, _, first, last in AGES)
    told_by = {"refused": _refused(source), "ages": ages}
    known = {"night": source.as_of, "cut": end_of_day(source.as_of)}
    rows = source.sql.rows(_REFUSED.format(**told_by), **known)
    total: Row = source.sql.rows(_REFUSED_TOTAL.format(**told_by), **known)[0]
    bars = [
        Bar(f"{words.table(row['table_name'])}: {words.reason(row['rule_id'])}", row[name], head)
        for row in rows for name, head, *_ in AGES
    ]
    return Section(
        code="quarantined", title="Карантин по причинам и возрасту", sheet="Карантин",
        question="Какие строки отклонены, почему и как давно ждут решения?",
        counted=(
            "Отклонённые строки этого и прошлых месяцев, которые ждут решения, те же, что в очереди: документ стоит "
            "один раз вместе со своими строками; платежи не отклоняются. Строка с несколькими причинами стоит у "
            "каждой, в итоге она одна. Возраст — дней от прихода файла до дня расчёта."
        ),
        columns=(
            key("table_name", "Таблица", words.table), key("rule_id", "Причина", words.reason),
            count("rows", "Открыто всего", fold="none"), count("in_cycle", "Из них в этом месяце", fold="none"),
            *(count(name, head, fold="none") for name, head, *_ in AGES),
            count("oldest", "Ждёт дольше всего, дней", fold="none"),
        ),
        rows=rows, total=total, empty="В карантине ничего нет.",
        chart=Chart("bars", bars, "строк", "Строки в карантине по причинам и возрасту") if bars else None,
    )


def registries(source: Source) -> Section:
    """Payment registries against what was announced and what the bank booked."""
    rows = source.sql.rows(_REGISTRIES)
    return Section(
        code="registries", title="Реестры платежей: сверка", sheet="Реестры",
        question="Сошлись ли реестры с объявленным и с выпиской, и где сейчас их деньги?",
        counted=(
            "Реестры, пришедшие за последние 12 месяцев, и более ранние, чьи деньги двигались или ждут: каждый "
            "целиком, нарастающим итогом, поэтому прежние стоят здесь и в следующих отчётах. Получено = разнесено + "
            "авансы + невыясненные + возвращено."
        ),
        columns=(
            key("status_code", "Состояние", words.registry_status), count("registries", "Реестров"),
            count("found_rows", "Строк"), *(money(name, head) for name, head in _PLACES),
        ),
        rows=rows, empty="Реестров платежей ещё не было.",
    )


_PLACES: Final = (
    ("declared_rub", "Объявлено"), ("received_rub", "Получено"), ("statement_rub", "По выписке"),
    ("allocated_rub", "Разнесено"), ("advance_rub", "Авансы"), ("suspended_rub", "Невыясненные"),
    ("returned_rub", "Возвращено"),
)
_REGISTRIES: Final = (
    "SELECT status_code, count(*) AS registries, SUM(found_rows)::BIGINT AS found_rows, "
    + ", ".join(f"COALESCE(SUM({name}), 0)::DECIMAL(18,2) AS {name}" for name, _ in _PLACES)
    + " FROM registry_reconciliation GROUP BY ALL ORDER BY count(*) DESC, status_code"
)


#: Rows that the queue of the month holds: it knows which decisions were taken and which were refused.
_QUEUED: Final = """
    SELECT table_name, delivery_id, row_number, reason_codes AS rule_ids,
           date_diff('day', waiting_since_on, $night::DATE) AS days, place.row_number IS NOT NULL AS in_cycle
    FROM (SELECT table_name, refused_delivery_id AS delivery_id, refused_row_number AS row_number, reason_codes,
                 waiting_since_on FROM work_queue
          WHERE kind_code IN ('quarantined_document', 'quarantined_row')) AS waiting
    LEFT JOIN (SELECT table_name, delivery_id, row_number FROM quarantine) AS place
        USING (table_name, delivery_id, row_number)
    WHERE $cut IS NOT NULL
"""


def _refused(source: Source) -> str:
    """Refused rows that wait, by the month's queue; by the decisions in a month from before there were queues."""
    return _QUEUED if (source.version.folder / WORK_QUEUE.name).is_dir() else _undecided(source)


def _undecided(source: Source) -> str:
    """Refused rows of all months shown that nobody has decided: a row of a snapshot is refused anew every month."""
    schemas = [source.schema_of(month) for month in source.months]
    tables = " UNION ALL ".join(
        f"SELECT table_name, delivery_id, row_number, rule_ids, received_at, '{schema}' = 'main' AS in_cycle "
        f"FROM {schema}.quarantine" for schema in schemas
    )
    return f"""
        SELECT table_name, delivery_id, row_number, any_value(rule_ids ORDER BY received_at) AS rule_ids,
               max({_DAYS}) AS days, bool_or(in_cycle) AS in_cycle
        FROM ({tables}) ANTI JOIN ({decided_rows(source.book, source.sql, schemas)})
            USING (table_name, delivery_id, row_number)
        GROUP BY ALL
    """
