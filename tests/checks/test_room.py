"""Checks that only warn: they stop nothing, not even by their own failure, and the command line tells of them."""

import pytest

from pipeline.checks.room import _surprise
from pipeline.cli.execution import Executed, FailedCheck
from pipeline.cli.failures import show_warnings
from pipeline.storage.run import MonthRun


def broken(_run: MonthRun) -> None:
    raise ValueError("7700001010 Иванов")


def test_a_warning_that_cannot_be_computed_warns_of_itself_and_quotes_no_row() -> None:
    found = _surprise(broken, None)  # type: ignore[arg-type]

    assert not found.passed
    assert found.sentence.startswith("Проверка не выполнена: ValueError")
    assert "Иванов" not in found.sentence


@pytest.mark.parametrize(("is_blocking", "told"), [(False, True), (True, False)])
def test_warnings_of_a_published_month_are_told(
    is_blocking: bool, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    check = FailedCheck("registries", "differ", "Реестры сходятся с банком", "0", "1", "45,00", "sber-1", is_blocking)

    show_warnings(Executed("run", succeeded=True, failed_checks=[check]))

    assert ("Реестры сходятся с банком" in capsys.readouterr().out) is told
