"""The code location as an analyst meets it: everything described, every check partitioned, publish after all."""

from __future__ import annotations

from datetime import date
from functools import cache

import dagster as dg
import pytest

from pipeline.contracts.catalogue import TABLES, tables_of
from pipeline.contracts.table import Stage
from pipeline.definitions import CHECKS, defs
from pipeline.jobs import BOOK_TAG
from pipeline.schedules import nightly, tonight
from pipeline.storage.book import Book

PUBLISHED = {table.name for table in tables_of(Stage.PUBLISHED)}


@cache
def graph() -> dg.AssetGraph:
    return defs().get_repository_def().asset_graph


@cache
def keys() -> list[str]:
    return sorted(key.to_user_string() for key in graph().materializable_asset_keys)


@cache
def reports() -> set[str]:
    """What is made for people from a month that is published already."""
    return {key for key in keys() if graph().get(dg.AssetKey(key)).group_name == "reports"}


@cache
def check_keys() -> list[dg.AssetCheckKey]:
    return sorted(graph().asset_check_keys, key=lambda key: (key.asset_key, key.name))


def test_every_published_table_is_an_asset_and_nothing_else_is() -> None:
    assert set(keys()) == PUBLISHED | {"run_of_month", "published_month"} | reports()


@pytest.mark.parametrize("key", keys())
def test_every_asset_is_described(key: str) -> None:
    node = graph().get(dg.AssetKey(key))
    schema = node.metadata.get("dagster/column_schema")

    assert node.description
    assert node.owners
    assert node.kinds
    assert node.group_name not in {None, "default"}
    assert node.partitions_def is not None
    assert schema is not None or key == "run_of_month"
    if key in TABLES:
        columns = schema.value.columns if hasattr(schema, "value") else schema.columns
        assert [column.name for column in columns] == TABLES[key].names
        assert all(column.description for column in columns)


@pytest.mark.parametrize("key", check_keys(), ids=lambda key: key.name)
def test_every_check_is_partitioned_and_says_what_should_be_true(key: dg.AssetCheckKey) -> None:
    node = graph().get(key)

    assert node.partitions_def == graph().get(key.asset_key).partitions_def
    assert node.description
    assert any("а" <= letter <= "я" for letter in node.description.lower()), "an analyst reads it in Russian"
    assert node.blocking, "publish waits for every check, warnings too"


def test_the_checks_of_a_room_are_one_step() -> None:
    """They begin together, so the tables that they hang on must be those of one step: none waits for another's."""
    job = defs().resolve_job_def("month")
    computed_by = {
        key: job.asset_layer.get_op_output_handle(key).node_handle.name for key in graph().materializable_asset_keys
    }
    rooms = {
        step.node_def.name: {computed_by[key.asset_key] for key in step.check_keys}
        for step in graph().assets_defs if step.check_keys
    }

    assert set(rooms) == {f"{module.__name__.rpartition('.')[2]}_checks" for module in CHECKS}
    assert {step: found for step, found in rooms.items() if len(found) > 1} == {}


def test_publish_waits_for_every_asset_of_the_job() -> None:
    found, ahead = set(), {dg.AssetKey("published_month")}
    while ahead:
        key = ahead.pop()
        found.add(key.to_user_string())
        ahead |= {parent for parent in graph().get(key).parent_keys if parent.to_user_string() not in found}

    direct = {parent.to_user_string() for parent in graph().get(dg.AssetKey("published_month")).parent_keys}
    assert set(keys()) - reports() == found
    assert direct == found - {"published_month"}, "a failing check of any branch stops publish"


def test_reports_come_after_publish() -> None:
    """What fails in a report cannot hide a month or hold its lists back."""
    assert reports() >= {"month_report"}
    for key in reports():
        found, ahead = set(), {dg.AssetKey(key)}
        while ahead:
            one = ahead.pop()
            found.add(one.to_user_string())
            ahead |= {parent for parent in graph().get(one).parent_keys if parent.to_user_string() not in found}
        assert "published_month" in found, key


def test_the_job_month_holds_everything() -> None:
    job = defs().resolve_job_def("month")

    assert {key.to_user_string() for key in job.asset_layer.executable_asset_keys} == set(keys())
    assert {key for key in check_keys() if job.asset_layer.has(key)} == set(check_keys())
    assert job.partitions_def is not None
    assert BOOK_TAG in job.run_tags


def test_names_of_checks_are_unique() -> None:
    names = [key.name for key in check_keys()]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(("night", "says"), [
    (date(2025, 12, 20), "считать ещё нечего"),
    (date(2025, 12, 21), "2025-12"),
    (date(2026, 2, 10), "2025-12"),
])
def test_the_night_computes_the_open_month(book: Book, night: date, says: str) -> None:
    request = tonight(book, night)

    if isinstance(request, dg.SkipReason):
        assert says in (request.skip_message or "")
    else:
        assert request.partition_key == says
        assert request.run_key == f"2025-12:{night}"


def test_a_night_counts_up_to_yesterday_and_never_past_its_cycle(book: Book) -> None:
    during, after = tonight(book, date(2026, 1, 11)), tonight(book, date(2026, 2, 11))

    assert isinstance(during, dg.RunRequest)
    assert isinstance(after, dg.RunRequest)
    assert during.run_config["ops"]["run_of_month"]["config"]["as_of"] == "2026-01-10"
    assert after.run_config["ops"]["run_of_month"]["config"]["as_of"] == "2026-01-27"


def test_the_night_is_three_in_moscow_and_waits_to_be_started() -> None:
    assert nightly.cron_schedule == "0 3 * * *"
    assert nightly.execution_timezone == "Europe/Moscow"
    assert nightly.default_status is dg.DefaultScheduleStatus.STOPPED


def test_the_night_of_a_missing_or_unopened_book_says_so(tmp_path: object) -> None:
    from pathlib import Path

    empty = Book.at(Path(str(tmp_path)))

    skipped = tonight(empty, date(2026, 1, 11))

    assert isinstance(skipped, dg.SkipReason)
    assert "нет участка" in (skipped.skip_message or "")
