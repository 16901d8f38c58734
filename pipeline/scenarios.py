"""A what-if: the month of a book once more with other rules, beside it, and what that would change.

Here: the order of steps. Not here: the scenario's folder and inputs (`storage/scenario.py`, `scenario_inputs.py`), the
comparison and its page (`reports/whatif`). The rooms and checks are those of the month, run outside Dagster's graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.assets.room import rooms_in_order
from pipeline.billing_month import BillingMonth
from pipeline.checks.audit import Audited, audited
from pipeline.checks.room import Declared, Finding
from pipeline.contracts.debt import DEBTOR_LISTS
from pipeline.contracts.registers import CHANNELS
from pipeline.reports.changes.compare import compare
from pipeline.reports.whatif.compared import Prices, figures, moves
from pipeline.reports.whatif.told import Told, told_channels, told_rules
from pipeline.rules.registry import NoRuleInForce, RuleBook
from pipeline.storage.book import Book
from pipeline.storage.files import remove_folder, write_json
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.overrides import Overrides, read_overrides
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun, NotComputed
from pipeline.storage.sameness import same_tables
from pipeline.storage.scenario import (
    SCENARIO,
    BadScenario,
    Scenario,
    base_of,
    in_private,
    named,
    require_name,
    require_real,
)
from pipeline.storage.scenario_inputs import Laid, laid_out
from pipeline.storage.start import code_version

Listener = Callable[[str, int, int], None]
LAYING, CHECKING, COMPARING = "scenario", "checks", "comparison"


@dataclass(frozen=True)
class Asked:
    """What was asked: which month, with which file of overrides (its text), under which name, against which night."""

    month: BillingMonth
    overrides: str
    name: str
    as_of: date | None = None


@dataclass(frozen=True)
class WhatIf:
    """A finished scenario: its figures and moves (inside shape), what is different, what does not hold in it."""

    scenario: Scenario
    base: Version
    told: Sequence[Told]
    figures: pl.DataFrame
    moves: pl.DataFrame
    failed: Sequence[str]
    remarks: Sequence[str]
    is_the_same: bool

    @property
    def page(self) -> Path:
        """The page that people read."""
        from pipeline.reports.whatif import page

        return self.scenario.book.reports_of(self.scenario.month, self.scenario.name) / page.PAGE


def what_if(book: Book, asked: Asked, listen: Listener | None = None) -> WhatIf:
    """Compute the scenario and compare it; the book stays as it is. BadScenario, BadOverride for what cannot be."""
    require_real(book.require())
    require_name(asked.name)
    overrides = read_overrides(asked.overrides, RuleBook.read())
    base = base_of(book, asked.month, asked.as_of)
    _require_same_state(book, base)
    steps = [LAYING, *(room.name for room in rooms_in_order()), CHECKING, COMPARING]

    def told(step: str) -> None:
        if listen is not None:
            listen(step, steps.index(step), len(steps))

    with in_private(book, asked.month, asked.name) as root:
        told(LAYING)
        laid = laid_out(book, base, overrides, root)
        run = MonthRun.begin(laid.book, asked.month, asked.name, base.as_of)
        audit = _computed(run, told)
        version = publish(run)
        told(COMPARING)
        done = _compared(book, asked, overrides, _Sides(base, version, run, laid, audit))
        # nothing is ever sent from a scenario: names and phones need not stay in it
        remove_folder(laid.book.personal / str(asked.month))
        write_json(root / SCENARIO, done.scenario.told)
    return replace(done, scenario=named(book, asked.month, asked.name))


@dataclass(frozen=True)
class _Sides:
    """The version, and the scenario of it."""

    base: Version
    version: Version
    run: MonthRun
    laid: Laid
    audit: Audited


def _computed(run: MonthRun, told: Callable[[str], None]) -> Audited:
    """Every room of the month in order, then every check."""
    try:
        for room in rooms_in_order():
            told(room.name)
            room.computed(run)
        told(CHECKING)
        return audited(run)
    except NoRuleInForce as fault:
        raise BadScenario(f"В сценарии не действует правило {fault.key} на {fault.on:%d.%m.%Y}",
                          "Дайте ему значение с более раннего дня или уберите его из файла изменений") from None


def _compared(book: Book, asked: Asked, overrides: Overrides, sides: _Sides) -> WhatIf:
    """Figures, moves and the page of a computed scenario."""
    # what draws is loaded when something is drawn: every command that runs a month loads this module
    from pipeline.reports.whatif import page

    base, version = sides.base, sides.version
    rules = RuleBook.read().with_overrides(book.settings.rules)
    different = [
        *told_rules(rules, overrides.rules, asked.month, base.as_of),
        *told_channels(sides.laid.channels_before, overrides.channels),
    ]
    moved = moves(base.folder, version.folder)
    counted = figures(moved, Prices.of(rules, rules.with_overrides(overrides.rules), base.as_of))
    why = compare(
        base.folder, version.folder, sides.laid.book.reports_of(asked.month, asked.name),
        # a pool of processes costs a town more than it brings
        workers=book.workers if len(sides.run.parts) > 1 else 1,
    )
    failed = failed_here(book, base, sides.audit)
    remarks = _remarks(base, version, overrides)
    page.written(sides.laid.book, asked.name, page.Shown(
        asked.month, asked.name, book.settings.name, base.as_of, base.is_closed, different, failed, remarks,
        _awaited(sides.run), why.causes,
    ), moved, counted)
    record = {
        "month": str(asked.month), "name": asked.name, "as_of": base.as_of.isoformat(),
        "compared_with": base.run_id, "base_content_hash": base.content_hash, "content_hash": version.content_hash,
        "overrides": [one.as_json() for one in different], "failed_checks": failed, "remarks": remarks,
    }
    return WhatIf(
        Scenario(asked.month, asked.name, sides.laid.book.root, record), base, different, counted, moved, failed,
        remarks, same_tables(base, version),
    )


def failed_here(book: Book, base: Version, audit: Audited) -> list[str]:
    """Sentences of the checks that find in the scenario what they do not find in the version itself."""
    own = MonthRun.resume(book, base.month, base.run_id)
    return [finding.sentence for declared, finding in audit.failed if _asked_again(declared, own) != finding]


def _asked_again(declared: Declared, own: MonthRun) -> Finding | None:
    """What the check finds in the version; None where it needs what was staged and is gone."""
    try:
        return declared.finding(own, staged_is_gone=True)
    except NotComputed:
        return None


def overrides_text(text: str, file: str) -> str:
    """The overrides as written in a launch, or those of the file that it names."""
    if bool(text.strip()) == bool(file.strip()):
        raise BadScenario("Укажите изменения одним способом", "Текстом YAML (rules) или путём к файлу (rules_file)")
    try:
        return text if text.strip() else Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadScenario(f"Файл изменений {file} не читается", "Укажите путь к файлу YAML") from None


def read_night(written: str) -> date | None:
    """The day of a kept night; None for the published one."""
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise BadScenario(f"Дата «{written}» не читается", "Укажите as_of как ГГГГ-ММ-ДД") from None


def _require_same_state(book: Book, base: Version) -> None:
    before = published_version(book, base.month.previous)
    if before is None or before.content_hash != base.state_hash:
        raise BadScenario(f"Месяц {base.month} рассчитан от другого состояния предыдущего месяца",
                          f"Сначала пересчитайте его: raschet run --month {base.month}")


def _remarks(base: Version, version: Version, overrides: Overrides) -> list[str]:
    """What besides the overrides may stand behind a difference."""
    remarks = []
    if base.manifest["run"]["code_version"] != code_version():
        remarks.append("Опубликованный месяц рассчитан другой версией программы: часть разницы может быть от неё.")
    told, found = base.content["registers"], version.content["registers"]
    # hashes of two formats of the manifest are of two kinds and say nothing of each other
    other = [name for name in sorted(told) if base.form == version.form and name in found and told[name] != found[name]
             and not (name == CHANNELS.name and overrides.channels)]
    if other:
        remarks.append(f"Справочники уже не те, что при расчёте месяца: {', '.join(other)}.")
    if not overrides.channels and base.content["deliveries"] != version.content["deliveries"]:
        remarks.append("Поставки уже не те, что при расчёте месяца.")
    return remarks


def _awaited(run: MonthRun) -> list[str]:
    """Registries for which no list of the night was made."""
    waits = run.read(DEBTOR_LISTS).get_column("awaited").explode(empty_as_null=True).drop_nulls()
    return sorted(set(waits.to_list()))
