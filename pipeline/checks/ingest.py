"""Promises of ingest: no row and no kopeck of a delivery is lost; what is late or odd is said aloud.

Identities are counted anew in SQL from the files themselves (`audit/ingest_*.sql`) and block. Surprises (a registry
that differs from its announcement, a late feed, many refused rows, unknown columns) warn: the reconciliation, the
awaited registries and the quarantine carry them on.
"""

from itertools import accumulate
from typing import Any, Final

import polars as pl

from pipeline.audit.queries import query
from pipeline.checks.asked import broken, broken_in_parts, rows_of
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.ingest import (
    ACCOUNT_INDEX,
    AWAITED_REGISTRIES,
    DELIVERIES,
    KNOWN_REGISTRIES,
    POSTED_REMITTANCES,
    POSTED_REVERSALS,
    QUARANTINE,
)
from pipeline.contracts.registers import REGISTERS
from pipeline.money import format_rub
from pipeline.rendering.register_words import not_done
from pipeline.storage.arrivals import input_path
from pipeline.storage.delivery_files import NAIVE_MOMENT, UNKNOWN_COLUMN
from pipeline.storage.landing import LANDED, unknown_folders
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import LATE, NOTES

SECTION: Final = "ingest"
SHARE: Final = "quarantine_per_mille_max"
_USUAL_SHARE: Final = 10
_STAGED: Final = (
    "billing_documents", "charges", "payments", "payment_reversals", "meter_readings", "bank_statements",
    "suspended_new",
)


@room_check(DELIVERIES, blocking=True)
def every_row_and_kopeck_of_a_file_is_counted(run: MonthRun) -> Finding:
    """Строк и рублей в каждой поставке столько же, сколько в самом файле."""
    listed, files = run.parquet(DELIVERIES.name), _files(run)
    rows = [] if not files else rows_of(
        run, query("ingest_rows"), deliveries=listed, files="|".join(path for paths in files.values() for path in paths)
    )
    for feed, sign in (("payments", "1"), ("payment_reversals", "-1")):
        if feed in files:
            rows += rows_of(
                run, query("ingest_money"), deliveries=listed, files="|".join(files[feed]), feed=feed, sign=sign
            )
    return _of_deliveries(rows, "Строки и суммы поставок равны строкам и суммам файлов")


@room_check(DELIVERIES, blocking=True)
def received_is_the_sum_of_all_fates(run: MonthRun) -> Finding:
    """Получено = принято + повторено + заменено + не выяснено + в карантине; деньги в карантин не попадают."""
    rows = rows_of(run, query("ingest_identity"), deliveries=run.parquet(DELIVERIES.name))
    return _of_deliveries(rows, "Каждая строка поставки учтена ровно один раз")


@room_check(QUARANTINE, blocking=True)
def rows_are_where_the_deliveries_say(run: MonthRun) -> Finding:
    """Принятые, невыясненные и отклонённые строки лежат там, где о них сказано, и в том же числе."""
    tables = {name: run.parquet(name) for name in (DELIVERIES.name, QUARANTINE.name)}
    rows = rows_of(run, query("ingest_fates"), **tables, **_staged(run))
    return _of_deliveries(rows, "Строки лежат там, где говорит учёт поставок")


@room_check(POSTED_REVERSALS, blocking=True)
def every_staged_row_names_its_delivery(run: MonthRun) -> Finding:
    """У каждой принятой строки есть поставка и номер строки в ней, и никакая строка не принята дважды."""
    faults = {name: fault for name, files in _staged(run).items() if (fault := _without_origin(run, files))}
    found = sum(faults.values())
    return Finding(
        not faults, "Каждая принятая строка знает свою поставку" if not faults else
        f"Строки без поставки или принятые дважды: {', '.join(sorted(faults))}",
        expected=0, found=found, difference=found, direction="лишние" if faults else "",
    )


@room_check(ACCOUNT_INDEX, blocking=True)
def no_account_is_renumbered(run: MonthRun) -> Finding:
    """Номера счетов в участке прежние, без пропусков, и каждый счёт лежит в своей части."""
    index = run.parquet(ACCOUNT_INDEX.name)
    accounts = rows_of(run, "SELECT count(*) AS accounts FROM read_parquet($index)", index=index)[0]["accounts"]
    moved = broken_in_parts(run, "ingest_index", {
        "account_index": index, "before": run.state.parquet(ACCOUNT_INDEX.name), "accounts": str(accounts),
    }) + broken(run, "ingest_index_once", {"account_index": index})
    return Finding(
        not moved.rows, "Номера счетов не изменились" if not moved.rows else f"Номера счетов изменились: {moved.rows}",
        expected=0, found=moved.rows, difference=moved.rows, direction="лишние" if moved.rows else "",
        sample_ids=list(moved.ids),
    )


@room_check(KNOWN_REGISTRIES, blocking=False)
def registries_hold_what_they_announce(run: MonthRun) -> Finding:
    """Реестр содержит столько строк и рублей, сколько в нём объявлено."""
    tables = {name: run.parquet(name) for name in (DELIVERIES.name, KNOWN_REGISTRIES.name)}
    rows = rows_of(run, query("ingest_registries"), **tables, **_staged(run))
    expected, found = sum(row["expected"] for row in rows), sum(row["found"] for row in rows)
    return Finding(
        not rows, "Реестры сходятся с объявленным" if not rows else f"Не сходятся реестры: {len(rows)}",
        expected=format_rub(expected), found=format_rub(found), difference=format_rub(found - expected),
        direction=_direction(found - expected), sample_ids=[row["registry_id"] for row in rows],
    )


@room_check(AWAITED_REGISTRIES, blocking=False)
def no_expected_registry_is_late(run: MonthRun) -> Finding:
    """Все реестры, которым пора, поступили."""
    late = run.read(AWAITED_REGISTRIES).filter(pl.col("status_code") == "late").sort("expected_on")
    names = [f"{row['provider_code']}:{row['channel_code']} {row['expected_on']:%d.%m.%Y}" for row in late.to_dicts()]
    return _listed(names, "Реестры поступили в срок", "Не поступили реестры", "опаздывают")


@room_check(DELIVERIES, blocking=False)
def due_feeds_have_come(run: MonthRun) -> Finding:
    """Поставки, которых ждут настройки участка, поступили в срок."""
    late = run.read_staged(LATE, WHOLE).to_dicts()
    names = [f"{row['table_name']} {row['provider_code'] or ''}".strip() for row in late]
    return _listed(names, "Поставки поступили в срок", "Опаздывают поставки", "опаздывают")


@room_check(DELIVERIES, blocking=False)
def registers_of_the_month_before_are_there(run: MonthRun) -> Finding:
    """Реестры, которые были в прошлом месяце, есть и в этом."""
    before, now = (set(told.read(DELIVERIES, columns=["table_name"])["table_name"]) for told in (run.state, run))
    gone = [table.name for table in REGISTERS if table.name in before - now]
    return Finding(
        not gone, "Все реестры прошлого месяца на месте" if not gone else
        f"Пропали реестры — {'; '.join(map(not_done, gone))}", expected=0, found=len(gone), difference=len(gone),
        direction="пропали" if gone else "", sample_ids=gone,
    )


@room_check(DELIVERIES, blocking=False)
def files_hold_only_known_columns(run: MonthRun) -> Finding:
    """В файлах нет столбцов, которых не знают контракты таблиц, и посторонних папок рядом с ними."""
    notes = run.read_staged(NOTES, WHOLE).filter(pl.col("note_code") == UNKNOWN_COLUMN)
    names = notes.select(pl.concat_str("table_name", "column_name", separator=".").unique().sort()).to_series()
    odd = [*names, *unknown_folders(run.book.landing)]
    return _listed(odd, "Все столбцы известны", "Неизвестные столбцы и папки", "неизвестные")


@room_check(DELIVERIES, blocking=False)
def moments_name_their_time_zone(run: MonthRun) -> Finding:
    """Моменты времени записаны с часовым поясом; без него они приняты за московские."""
    notes = run.read_staged(NOTES, WHOLE).filter(pl.col("note_code") == NAIVE_MOMENT)
    names = notes.select(pl.concat_str("table_name", "column_name", separator=".").unique().sort()).to_series()
    return _listed(list(names), "Часовой пояс указан везде", "Моменты без часового пояса", "без пояса")


@room_check(QUARANTINE, blocking=False)
def few_rows_are_refused(run: MonthRun) -> Finding:
    """Доля строк в карантине не выше обычной (настройка участка ingest.quarantine_per_mille_max)."""
    threshold = int(run.book.settings.section(SECTION).get(SHARE, _USUAL_SHARE))
    rows = rows_of(
        run, query("ingest_quarantine_share"), deliveries=run.parquet(DELIVERIES.name), threshold=str(threshold)
    )
    worst = max((row["per_mille"] for row in rows), default=0)
    return Finding(
        not rows, "В карантине немного строк" if not rows else
        f"Много строк в карантине: {', '.join(row['table_name'] for row in rows)}",
        expected=f"не больше {threshold} ‰", found=f"{worst} ‰", difference=sum(row["found"] for row in rows),
        direction="строк" if rows else "",
    )


def _files(run: MonthRun) -> dict[str, list[str]]:
    """Copies of the deliveries of the month by table."""
    paths: dict[str, list[str]] = {}
    listed = run.read(DELIVERIES).select("table_name", "delivery_id").unique().sort("delivery_id")
    for table_name, delivery_id in listed.rows():
        paths.setdefault(table_name, []).append(str(input_path(run.book, LANDED[table_name], delivery_id)))
    return paths


def _staged(run: MonthRun) -> dict[str, str]:
    passed_on = {POSTED_REMITTANCES.name: run.parquet(POSTED_REMITTANCES.name)}
    return {name: run.staged_parquet(name) for name in _STAGED} | passed_on


def _without_origin(run: MonthRun, staged: str) -> int:
    """Rows of a staged table that name no row of a delivery, or one that another names too."""
    named = rows_of(run, query("ingest_named"), staged=staged)
    known = [row for row in named if row["delivery_id"] is not None and (row["last_row"] or 0) > 0]
    nameless, rows = sum(row["nameless"] for row in named), [row["last_row"] for row in known]
    if not known:
        return nameless
    return nameless + int(rows_of(
        run, query("ingest_repeated"), staged=staged, deliveries=[row["delivery_id"] for row in known],
        rows_before=[before - last for before, last in zip(accumulate(rows), rows, strict=True)], rows_of_all=sum(rows),
    )[0]["repeated"])


def _of_deliveries(rows: list[dict[str, Any]], promise: str) -> Finding:
    expected = sum(row["expected"] or 0 for row in rows)
    found = sum(row["found"] for row in rows)
    named = ", ".join(sorted({row["table_name"] for row in rows}))
    return Finding(
        not rows, promise if not rows else f"{promise} — нет: {named}", expected=expected, found=found,
        difference=found - expected, direction=_direction(found - expected),
        sample_ids=[f"{row['table_name']}/{row['delivery_id'][:12]}" for row in rows],
    )


def _listed(names: list[str], promise: str, broken: str, what: str) -> Finding:
    """`what`: in a word or two, how the named ones depart from what is expected."""
    return Finding(
        not names, promise if not names else f"{broken}: {len(names)}", expected=0, found=len(names),
        difference=len(names), direction=what if names else "", sample_ids=names,
    )


def _direction(difference: int) -> str:
    return "" if difference == 0 else "лишнее" if difference > 0 else "недостаёт"
