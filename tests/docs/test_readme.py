"""What the README shows can be used as it stands."""

from __future__ import annotations

from pathlib import Path

from pipeline.rules.registry import RuleBook
from pipeline.storage.overrides import read_overrides

README = Path(__file__).parents[2] / "README.ru.md"


def test_the_file_of_a_what_if_is_read_as_it_is_shown() -> None:
    shown = README.read_text(encoding="utf-8").split("```yaml\n")[1].partition("```")[0]

    found = read_overrides(shown, RuleBook.read())

    assert {"debt.sms_months_overdue_min", "debt.sms_min_rub", "debt.capacity_court_list"} == set(found.rules)
    assert found.channels == {"own_app": False}
