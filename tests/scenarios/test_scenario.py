"""What a scenario is: the very month without overrides, never a touch of the book, exactly what the rule changes."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.checks.audit import Audited
from pipeline.checks.room import DECLARED
from pipeline.contracts.ledger import POSTED_PAYMENTS
from pipeline.contracts.scenarios import SCENARIO_FIGURES, SCENARIO_MOVES, WHOLE_LIST
from pipeline.scenarios import Asked, WhatIf, failed_here, what_if
from pipeline.storage.book import Book
from pipeline.storage.dispatch import dispatch
from pipeline.storage.files import parquet_files, read_parquet
from pipeline.storage.lock import lock
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.run import MonthRun
from pipeline.storage.scenario import SCENARIO, BadScenario, delete, in_private, named, scenarios_of
from pipeline.storage.settings import BookSettings, settings_text
from pipeline.storage.state import State
from tests.robustness.small import DECEMBER
from tests.scenarios.looked import everything, table
from tests.town.books import MAY, called, environment, faults

FEBRUARY = BillingMonth(2026, 2)


def version_of(done: WhatIf) -> Version:
    found = published_version(done.scenario.book, done.scenario.month)
    assert found is not None
    return found


@pytest.mark.parametrize("month", [FEBRUARY, MAY], ids=["a closed month", "the open month"])
def test_without_overrides_it_is_the_published_month(
    town_of_scenarios: Book, seen_before: dict[str, tuple[str, int, str]], month: BillingMonth
) -> None:
    """The lists of the month were made before one of them went out: a scenario must not find it sent already."""
    assert list(town_of_scenarios.journal.glob("dispatches/court_list*"))

    done = what_if(town_of_scenarios, Asked(month, "", "same"))

    told = version_of(done)
    assert told.content == done.base.content
    assert told.content_hash == done.base.content_hash
    assert done.is_the_same
    # the town warns of two things in May (its stories `bank_short` and `billed_otherwise`): they are not the scenario's
    assert done.failed == []
    assert set(done.moves["move_code"].unique()) == {"stays"}
    assert everything(town_of_scenarios.root) == seen_before


def test_the_book_is_never_touched(
    town_of_scenarios: Book, seen_before: dict[str, tuple[str, int, str]], several: WhatIf
) -> None:
    assert everything(town_of_scenarios.root) == seen_before
    assert faults(town_of_scenarios.root) == []
    assert several.base.run_id == published_version(town_of_scenarios, MAY).run_id  # type: ignore[union-attr]


def test_earlier_messages_reach_exactly_those_whose_day_would_have_come(several: WhatIf) -> None:
    """With no month to wait the day of the SMS is the due day itself, as the debtors of the published month tell."""
    before, after = several.base.folder, version_of(several).folder
    day = several.base.as_of
    due = pl.col("next_action_code") == "sms"
    may = (pl.col("claimed_rub") >= 500) & (pl.col("holds").list.len() == 0) & (pl.col("claim_due_on") <= day)
    waited = (pl.col("previous_stage_on").dt.offset_by("14d") <= day).fill_null(True)
    expected = set(table(before, "debtors").filter(due & may & waited)["episode_id"])
    listed = set(table(before, "sms_list")["episode_ids"].explode(empty_as_null=True))

    told = table(after, "sms_list")["episode_ids"].explode(empty_as_null=True)
    new = set(told) - listed
    assert new
    assert new == expected - listed
    figures = whole(several, "sms_list")
    assert figures["rows_after"] > figures["rows_before"]
    assert figures["segments_after"] == table(after, "sms_list")["segments"].sum()
    assert figures["cost_after_kop"] == figures["segments_after"] * 500


def test_a_channel_less_costs_the_bonus_of_exactly_those_who_used_it(several: WhatIf) -> None:
    book = several.scenario.book
    state = State.of(book, version_of(several))
    through = state.keyed(POSTED_PAYMENTS).filter(pl.col("channel_code") == "own_app")["payment_id"]
    granted = table(several.base.folder, "eligibility").filter("is_eligible")
    used = granted.explode("covering_payment_ids", empty_as_null=True).filter(
        pl.col("covering_payment_ids").is_in(through.implode())
    )

    lost = several.moves.filter(pl.col("list_code") == "eligibility", pl.col("move_code") == "leaves")
    # what the month before has decided for good stays as it was
    open_ones = used.filter(pl.col("billing_month") == MAY.first_day)["account_id"]
    assert lost.height > 0
    assert set(lost["account_id"]) == set(open_ones)
    assert several.moves.filter(pl.col("list_code") == "eligibility", pl.col("move_code") == "enters").is_empty()


def test_capacity_takes_the_largest_claims(several: WhatIf) -> None:
    before, after = (table(folder, "court_list") for folder in (several.base.folder, version_of(several).folder))

    largest = before.sort("claimed_rub", descending=True).head(5)
    assert set(after["episode_id"]) == set(largest["episode_id"])
    assert whole(several, "court_list")["cost_after_kop"] == 5 * 2_000_00
    assert several.failed == []


def test_a_moved_due_day_moves_the_ages(town_of_scenarios: Book) -> None:
    rules = "rules: {ledger.due_day: 25, eligibility.communal_bonus_needs_own_online_channel: false}"
    done = what_if(town_of_scenarios, Asked(MAY, rules, "due-day"))

    before, after = (table(folder, "open_items") for folder in (done.base.folder, version_of(done).folder))
    own = (pl.col("billing_month") == MAY.first_day) & pl.col("due_on").is_not_null()
    assert set(before.filter(own)["due_on"]) == {date(2026, 6, 15)}
    assert set(after.filter(own)["due_on"]) == {date(2026, 6, 25)}
    assert before.filter(own)["days_overdue"].max() == 5
    assert after.filter(own)["days_overdue"].max() == 0
    debtors = whole(done, "debtors")
    assert debtors["leaves"] > 0
    assert debtors["enters"] == 0
    assert "15-е число" in {told.before for told in done.told}
    # any channel will do: nobody loses a bonus, some win one, and the checks know the rule of the scenario
    bonus = whole(done, "eligibility")
    assert (bonus["leaves"], bonus["enters"] > 0, done.failed) == (0, True, [])


def test_documents_of_the_month_are_counted_apart_from_those_it_still_decides(several: WhatIf) -> None:
    granted = table(several.base.folder, "eligibility").filter("is_eligible")
    of_month = granted.filter(pl.col("billing_month") == MAY.first_day)
    parts = {
        row["part_code"]: row["rows_before"] for row in several.figures.to_dicts() if row["list_code"] == "eligibility"
    }

    assert parts[WHOLE_LIST] == granted.height
    assert parts[str(MAY)] == of_month.height
    assert f"Документов за май 2026 с бонусом<b>{of_month.height} →" in several.page.read_text(encoding="utf-8")


def test_only_what_the_version_does_not_find_itself_is_named(small_book: Book) -> None:
    base = published_version(small_book, DECEMBER)
    assert base is not None
    declared = next(one for one in DECLARED if one.name == "registries_equal_announcements")
    same = declared.finding(MonthRun.resume(small_book, DECEMBER, base.run_id), staged_is_gone=True)
    other = replace(same, passed=False, sentence="Только в сценарии", found=7)

    assert failed_here(small_book, base, Audited(0, ((declared, same), (declared, other)), ())) == [other.sentence]


def test_what_follows_reminders_is_compared_too(several: WhatIf) -> None:
    """A higher threshold takes services off the list, more free days take penalties; who pays by parts stays."""
    before, after = several.base.folder, version_of(several).folder
    for code, column in (("restriction_list", "claimed_rub"), ("penalties", "penalty_rub"),
                         ("instalments", "agreed_rub"), ("court_standing", "open_rub")):
        figures = whole(several, code)
        for side, folder in (("before", before), ("after", after)):
            assert figures[f"{side}_kop"] == 100 * table(folder, code)[column].sum(), (code, side)

    services, penalties, agreed = (whole(several, code) for code in ("restriction_list", "penalties", "instalments"))
    assert (services["leaves"] > 0, services["enters"]) == (True, 0)
    assert services["rows_after"] == table(after, "restriction_list").height
    assert 0 < penalties["after_kop"] < penalties["before_kop"]
    assert (agreed["stays"], agreed["leaves"]) == (table(before, "instalments").height, 0)
    page = several.page.read_text(encoding="utf-8")
    assert "Ограничение услуг" in page
    assert "предупредить" in page
    assert "Рассрочки" in page


def test_figures_and_moves_lie_beside_the_page(several: WhatIf) -> None:
    folder = several.page.parent
    moves, figures = (read_parquet(parquet_files(folder / one.name)) for one in (SCENARIO_MOVES, SCENARIO_FIGURES))

    assert moves.height == several.moves.height
    assert figures.height == several.figures.height
    page = several.page.read_text(encoding="utf-8")
    assert "Что, если: several, май 2026" in page
    assert "собственный онлайн-канал" in page
    assert page.count("<svg") == 1
    assert "http" not in page.replace("http://www.w3.org/", "")
    causes = read_parquet(parquet_files(folder / "change_causes"))
    assert "unexplained" not in set(causes["cause_code"])


def test_prices_of_the_scenario_are_its_own(cheaper: WhatIf) -> None:
    figures = whole(cheaper, "sms_list")

    assert cheaper.is_the_same
    assert figures["cost_before_kop"] == figures["segments_before"] * 500
    assert figures["cost_after_kop"] == figures["segments_after"] * 100


def test_nothing_personal_stays_in_a_scenario(cheaper: WhatIf) -> None:
    left = [path for path in (cheaper.scenario.folder / "personal").rglob("*") if not path.is_dir()]

    assert left
    assert all(path.is_symlink() for path in left)


def test_scenarios_are_kept_by_name_until_deleted(small_book: Book, cheaper: WhatIf) -> None:
    assert [one.name for one in scenarios_of(small_book, DECEMBER)] == [cheaper.scenario.name]
    assert named(small_book, DECEMBER, "cheaper").told["overrides"][0]["after"] == "1,00\u00a0₽"
    with pytest.raises(BadScenario, match="нет сценария «dearer»"):
        delete(small_book, DECEMBER, "dearer")

    with in_private(small_book, DECEMBER, "short") as root:
        (root / SCENARIO).write_text("{}", encoding="utf-8")
    short = named(small_book, DECEMBER, "short").folder
    delete(small_book, DECEMBER, "short")

    assert not short.exists()
    assert (cheaper.scenario.folder / SCENARIO).is_file()


@pytest.mark.parametrize(("asked", "told"), [
    (Asked(BillingMonth(2026, 1), "", "x"), "ещё не рассчитан"),
    (Asked(DECEMBER, "", "x", date(2026, 1, 3)), "не сохранился. Есть расчёты по: 15.01.2026"),
    (Asked(DECEMBER, "", "../x"), "Имя сценария «../x» не подходит"),
    (Asked(BillingMonth(2025, 11), "", "x"), "начальное состояние"),
])
def test_what_cannot_be_asked(small_book: Book, asked: Asked, told: str) -> None:
    with pytest.raises(BadScenario) as refused:
        what_if(small_book, asked)

    assert told in str(refused.value)


def whole(done: WhatIf, list_code: str) -> dict[str, int]:
    rows = done.figures.filter(pl.col("list_code") == list_code, pl.col("part_code") == WHOLE_LIST)
    return rows.to_dicts()[0]


def test_a_list_never_leaves_from_a_scenario(cheaper: WhatIf) -> None:
    with pytest.raises(BadScenario, match="передавать из неё ничего нельзя"):
        dispatch(cheaper.scenario.book, "sms_list", cheaper.base.as_of)
    assert not list(Path(cheaper.scenario.folder / "journal" / "dispatches").glob("sms_list*"))


@pytest.fixture
def empty_book(tmp_path: Path) -> Book:
    """Opened and nothing more: folders of scenarios need no month."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "settings.yaml").write_text(settings_text(BookSettings()), encoding="utf-8")
    return Book.at(tmp_path / "book")


@pytest.mark.parametrize("is_replaced", [False, True], ids=["killed between the renames", "killed after them"])
def test_a_kill_while_a_scenario_is_replaced_leaves_one_whole(empty_book: Book, is_replaced: bool) -> None:
    with in_private(empty_book, DECEMBER, "softer") as root:
        (root / SCENARIO).write_text('{"told": "before"}', encoding="utf-8")
    older = named(empty_book, DECEMBER, "softer").folder
    older.rename(older.with_name(".gone-softer"))
    newer = older if is_replaced else older.with_name(".softer")
    newer.mkdir()
    (newer / SCENARIO).write_text('{"told": "after"}', encoding="utf-8")

    with in_private(empty_book, DECEMBER, "another") as root:
        (root / SCENARIO).write_text("{}", encoding="utf-8")

    assert named(empty_book, DECEMBER, "softer").told == {"told": "after" if is_replaced else "before"}
    assert sorted(path.name for path in older.parent.iterdir()) == ["another", "softer"]


def test_one_scenario_at_a_time_and_the_book_stays_free(small_book: Book) -> None:
    with in_private(small_book, DECEMBER, "first") as root:
        asked = subprocess.run(
            called(small_book.root, "whatif", "--month", str(DECEMBER), "--delete", "cheaper"),
            env=environment(small_book.root.parent / "dagster"), capture_output=True, text=True, check=False,
        )
        with lock(small_book):
            (root / SCENARIO).write_text("{}", encoding="utf-8")

    assert asked.returncode == 2
    assert "считается другой сценарий" in asked.stderr
    assert "first" in [one.name for one in scenarios_of(small_book, DECEMBER)]
