"""A promise that is not kept is noticed. That all of them are kept: `tests/town/test_answers.py`, story by story."""

from __future__ import annotations

from pathlib import Path

from tests.generator.planted import differences


def test_every_promise_is_kept(town_book: Path) -> None:
    assert differences(town_book) == []


def test_a_broken_promise_is_noticed(town_book: Path, tmp_path: Path) -> None:
    (tmp_path / "published").symlink_to(town_book / "published")
    answers = (town_book / "answers.yaml").read_text(encoding="utf-8")
    broken = answers.replace('open_at_the_end_rub: "0.00"', 'open_at_the_end_rub: "0.01"', 1)
    (tmp_path / "answers.yaml").write_text(broken.replace("is_eligible: true", "is_eligible: false", 1))

    assert len(differences(tmp_path)) == 2
