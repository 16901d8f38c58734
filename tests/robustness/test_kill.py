"""SIGKILL at random moments of run, publish and close: what was published stays, and the next try ends the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipeline.contracts.eligibility import ENTITLEMENTS
from pipeline.storage import journal
from pipeline.storage.book import Book
from tests.robustness.small import AFTER, DECEMBER, RUN, Steps, act, lives
from tests.town.books import changed, copied, debris, faults, published_bytes, raschet_here, succeeded, version_of

MONTH = str(DECEMBER)
WHOLE_RUN = ("run", "publish", "close")
DEEP = pytest.mark.deep


def moment_of(steps: Steps, parts: tuple[str, ...], seed: int) -> int:
    """A random change of these steps. Half of them are removals, which look alike: they are drawn seldom."""
    changes = [change for part in parts for change in steps.changes[part]]
    drawn = random.Random(f"{parts}-{seed}")
    kept = [number for number, change in enumerate(changes, 1) if change != "os.remove" or drawn.random() < 0.1]
    return drawn.choice(kept)


def damage(book: Path, *allowed: Path) -> list[str]:
    """What a kill has spoilt: nothing, when every published month is whole and December one of the versions allowed."""
    found = published_bytes(book, DECEMBER)
    others = [changed(published_bytes(one, DECEMBER), found) for one in allowed]
    return faults(book) + ([] if [] in others else others[0])


def unlike_closed(book: Path, steps: Steps) -> list[str]:
    """What is not as if nothing had happened: other bytes, another chain or journal, something left over."""
    wanted, found = version_of(steps.closed, DECEMBER), version_of(book, DECEMBER)
    journals = [journal.read(Book.at(root), ENTITLEMENTS) for root in (steps.closed, book)]
    told = {
        "not closed": not found.is_closed, "another chain": found.chain_hash != wanted.chain_hash,
        "another journal": not journals[0].equals(journals[1]), "an empty journal": journals[0].is_empty(),
    }
    return [
        *changed(published_bytes(steps.closed, DECEMBER), published_bytes(book, DECEMBER)), *faults(book),
        *debris(book), *(name for name, is_so in told.items() if is_so),
    ]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=DEEP) for seed in range(1, 8))])
def test_a_killed_run(steps: Steps, tmp_path: Path, seed: int) -> None:
    book = copied(steps.early, tmp_path / "book")
    moment = moment_of(steps, WHOLE_RUN, seed)

    # the count of changes may differ by a few from the steps done apart: then nothing was left to kill
    act(str(moment), tmp_path / "changes.json", book, "command", *RUN)
    assert damage(book, steps.early, steps.closed) == []
    succeeded(raschet_here(book, *RUN))

    assert unlike_closed(book, steps) == []


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=DEEP) for seed in range(2, 6))])
def test_a_killed_publish(steps: Steps, tmp_path: Path, seed: int) -> None:
    book = copied(steps.computed, tmp_path / "book")
    told = tmp_path / "changes.json"

    assert act(str(moment_of(steps, ("publish",), seed)), told, book, "publish", MONTH, steps.run_id) == -9
    assert damage(book, steps.early, steps.published) == []
    lives(book, "publish", MONTH, steps.run_id)
    assert damage(book, steps.published) == []
    lives(book, "close", MONTH, AFTER)

    assert unlike_closed(book, steps) == []


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=DEEP) for seed in range(2, 6))])
def test_a_killed_close(steps: Steps, tmp_path: Path, seed: int) -> None:
    book = copied(steps.published, tmp_path / "book")
    told = tmp_path / "changes.json"

    assert act(str(moment_of(steps, ("close",), seed)), told, book, "close", MONTH, AFTER) == -9
    assert damage(book, steps.published) == []
    lives(book, "close", MONTH, AFTER)

    assert unlike_closed(book, steps) == []


def test_the_steps_change_what_they_should(steps: Steps) -> None:
    early, complete = (published_bytes(book, DECEMBER) for book in (steps.early, steps.published))

    assert changed(early, complete) != []
    assert changed(published_bytes(steps.computed, DECEMBER), early) == []
    assert min(len(changes) for changes in steps.changes.values()) > 3
    assert version_of(steps.published, DECEMBER).is_closed is False
