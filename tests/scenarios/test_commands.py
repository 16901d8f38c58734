"""The command `whatif` and the Dagster job `what_if`: the same scenario asked in two ways, and a kill in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.jobs import WHAT_IF_JOB
from pipeline.storage.book import Book
from pipeline.storage.scenario import FOLDER, named
from tests.robustness.small import DECEMBER, act
from tests.scenarios.looked import everything
from tests.town.books import raschet_here, succeeded

#: A change to the folder somewhere between the beginning of the calculation and its end.
HALF_WAY = "400"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "dearer.yaml"
    file.write_text('rules:\n  debt.cost_receipt_rub: "100.00"\n', encoding="utf-8")
    return file


def test_the_command_clears_what_a_kill_left_says_what_changes_and_where_the_page_is(
    small_book: Book, rules: Path, tmp_path: Path
) -> None:
    month = ("whatif", "--month", str(DECEMBER))
    before, home = everything(small_book.root), small_book.root / FOLDER / str(DECEMBER)
    killed = act(HALF_WAY, tmp_path / "told.json", small_book.root, "command", *month, "--rules", str(rules),
                 "--name", "killed")

    assert killed == -9
    assert (home / ".killed" / "work").is_dir()
    assert not (home / "killed").exists()
    assert everything(small_book.root) == before

    said = succeeded(raschet_here(small_book.root, *month, "--rules", str(rules)))

    assert "Сценарий «dearer» месяца 2025-12, по 15.01.2026" in said
    assert "(debt.cost_receipt_rub)" in said.replace("\n", "")
    assert "Сценарий ничего не меняет" in said
    assert f"{home}/dearer/reports/2025-12/dearer/whatif.html" in said.replace("\n", "")
    assert not list(home.glob(".*"))
    assert (home / "dearer").is_dir()
    assert everything(small_book.root) == before
    listed = succeeded(raschet_here(small_book.root, *month))
    assert "dearer" in listed and "25,00\u00a0₽ → 100,00\u00a0₽" in listed
    assert "удалён" in succeeded(raschet_here(small_book.root, *month, "--delete", "dearer"))
    assert not (home / "dearer").exists()
    assert "сценариев нет" in succeeded(raschet_here(small_book.root, *month))


def test_a_mistake_in_the_file_is_one_line(small_book: Book, rules: Path) -> None:
    rules.write_text("rules:\n  debt.cost_receipt_rub: 100.5\n", encoding="utf-8")

    said = raschet_here(small_book.root, "whatif", "--month", str(DECEMBER), "--rules", str(rules))

    assert said.exit_code == 2
    assert "строка 2, ключ debt.cost_receipt_rub: 100.5 — дробное число" in said.stderr


def test_the_job_shows_its_figures_and_its_page(small_book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.definitions import defs

    monkeypatch.setenv("RASCHET_BOOK", str(small_book.root))
    config = {"rules": 'rules: {debt.cost_sms_segment_rub: "1.00"}', "name": "by-job"}
    job = defs().resolve_job_def(WHAT_IF_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(
            instance=instance, partition_key=str(DECEMBER), run_config={"ops": {"scenario": {"config": config}}}
        )

    told = _metadata(done)
    assert told["страница, файл"] == f"{FOLDER}/2025-12/by-job/reports/2025-12/by-job/whatif.html"
    scenario = named(small_book, DECEMBER, "by-job")
    assert told["Не проходят проверки"] == ("; ".join(scenario.told["failed_checks"]) or "нет")
    assert set(told) >= {"SMS", "Должники", "Стоимость"}
    assert told[scenario.told["overrides"][0]["title"]] == "5,00\u00a0₽ → 1,00\u00a0₽"


def _metadata(done: Any) -> dict[str, Any]:
    events = [event for event in done.all_events if event.is_successful_output and event.step_key == "scenario"]
    return {name: value.value for name, value in events[0].event_specific_data.metadata.items()}
