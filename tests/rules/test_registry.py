"""The rule book: what is in force when, what is refused, what a fingerprint depends on."""

import pickle
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import polars as pl
import pytest

from pipeline.rules.parameter import RuleFileError
from pipeline.rules.registry import NoRuleInForce, RuleBook

KEY_RATE = """
key_rate:
  label: An invented rate for tests.
  title: Выдуманная ставка.
  unit: percent
  by: paid_on
  values:
    - {from: 2025-01-01, value: "21", source: "акт 1", published: 2024-12-20, confidence: H, reviewed: 2026-11-20}
    - {from: 2025-01-01, value: "9.50", source: "акт 2", published: 2025-03-18, confidence: H,
       reviewed: 2026-11-20, retroactive: true}
    - {from: 2026-01-01, value: "10.5", source: "акт 3", published: 2025-12-01, confidence: M, reviewed: null,
       note: "draft"}
    - {from: 2027-01-01, value: null, source: "акт 3", published: 2025-12-01, confidence: H, reviewed: 2026-11-20}
switch:
  label: An invented switch.
  title: Выдуманный переключатель.
  unit: yes_no
  by: as_of
  values:
    - {from: 2025-01-01, value: true, source: "политика книги", published: null, confidence: P, reviewed: null}
bands:
  label: Invented bands.
  title: Выдуманные группы.
  unit: months
  by: as_of
  values:
    - {from: 2025-01-01, value: [1, 3], source: "политика книги", published: null, confidence: P, reviewed: null}
"""


def _book(folder: Path, written: str = KEY_RATE) -> RuleBook:
    (folder / "room.yaml").write_text(dedent(written), encoding="utf-8")
    return RuleBook.read(folder)


def test_the_value_in_force_is_the_latest_that_has_begun(tmp_path: Path) -> None:
    book = _book(tmp_path)
    assert book.value("room.key_rate", date(2025, 12, 31)) == Decimal("9.50")
    assert book.value("room.key_rate", date(2026, 1, 1)) == Decimal("10.5")
    assert book.value("room.bands", date(2026, 1, 1)) == (1, 3)


def test_a_month_is_replayed_with_the_law_as_then_published(tmp_path: Path) -> None:
    book = _book(tmp_path)
    on = date(2025, 2, 1)
    assert book.value("room.key_rate", on, known_on=date(2025, 3, 17)) == Decimal("21")
    assert book.value("room.key_rate", on, known_on=date(2025, 3, 18)) == Decimal("9.50")
    with pytest.raises(NoRuleInForce):
        book.value("room.key_rate", on, known_on=date(2024, 12, 19))


@pytest.mark.parametrize("on", [date(2024, 12, 31), date(2027, 1, 1), date(2030, 1, 1)])
def test_nothing_is_guessed_before_the_first_day_and_after_an_end(tmp_path: Path, on: date) -> None:
    told = rf"На {on:%d.%m.%Y} нет действующего значения правила room\.key_rate"
    with pytest.raises(NoRuleInForce, match=told) as caught:
        _book(tmp_path).value("room.key_rate", on)
    assert (caught.value.key, caught.value.on) == ("room.key_rate", on)
    assert pickle.loads(pickle.dumps(caught.value)).key == "room.key_rate"


def test_an_unknown_key_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no such parameter"):
        _book(tmp_path).value("room.key_rat", date(2026, 1, 1))


def test_a_timeline_holds_integers_of_the_units_scale(tmp_path: Path) -> None:
    book = _book(tmp_path)
    timeline = book.timeline("room.key_rate")
    assert timeline.schema == {"valid_from": pl.Date, "value": pl.Int64}
    assert timeline.rows() == [(date(2025, 1, 1), 95_000), (date(2026, 1, 1), 105_000), (date(2027, 1, 1), None)]
    assert book.timeline("room.key_rate", date(2025, 1, 1)).rows() == [(date(2025, 1, 1), 210_000)]
    assert book.timeline("room.switch").schema["value"] == pl.Boolean
    with pytest.raises(TypeError, match="a list has no timeline"):
        book.timeline("room.bands")


def test_the_fingerprint_covers_what_was_read_and_nothing_else(tmp_path: Path) -> None:
    book = _book(tmp_path)
    one, other, more = book.reading(), book.reading(), book.reading()
    for on in (date(2025, 5, 1), date(2026, 5, 1)):
        one.value("room.key_rate", on)
    for on in (date(2026, 8, 1), date(2025, 1, 1), date(2025, 5, 1)):
        other.value("room.key_rate", on)
    more.timeline("room.key_rate")

    assert one.fingerprint() == other.fingerprint()
    assert one.values_read() == (("room.key_rate", "2025-01-01", "9.5"), ("room.key_rate", "2026-01-01", "10.5"))
    assert more.fingerprint() != one.fingerprint()
    assert book.reading().fingerprint() != one.fingerprint()


def test_a_changed_value_that_was_not_read_leaves_the_fingerprint(tmp_path: Path) -> None:
    before = _book(tmp_path).reading()
    before.value("room.key_rate", date(2025, 5, 1))
    after = _book(tmp_path, KEY_RATE.replace('"10.5"', '"11"')).reading()
    after.value("room.key_rate", date(2025, 5, 1))
    assert before.fingerprint() == after.fingerprint()


def test_settings_override_a_parameter_and_show_in_the_fingerprint(tmp_path: Path) -> None:
    book = _book(tmp_path)
    same = book.with_overrides({"room.switch": True})
    dated = book.with_overrides({"room.key_rate": [{"from": date(2025, 1, 1), "value": "5"}]})
    plain, overridden = book.reading(), same.reading()
    plain.value("room.switch", date(2026, 1, 1))
    overridden.value("room.switch", date(2026, 1, 1))

    assert book.with_overrides({"room.switch": False}).value("room.switch", date(2020, 1, 1)) is False
    assert book.with_overrides({"room.bands": [6, 12]}).value("room.bands", date(2026, 1, 1)) == (6, 12)
    assert dated.value("room.key_rate", date(2030, 1, 1)) == Decimal(5)
    assert plain.fingerprint() != overridden.fingerprint()
    assert overridden.values_read() == (("room.switch", "0001-01-01", "set: True"),)
    with pytest.raises(NoRuleInForce):
        dated.value("room.key_rate", date(2024, 12, 31))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"room.switch": "yes"}, "is not a value in yes_no"),
        ({"room.key_rate": 5.5}, "quote a decimal"),
        ({"room.key_rate": [{"from": "2025", "value": "5"}]}, "full date"),
        ({"room.key_rate": [{"from": date(2025, 1, 1), "val": "5"}]}, "`value`"),
    ],
)
def test_a_wrong_override_is_refused(tmp_path: Path, overrides: dict[str, object], message: str) -> None:
    with pytest.raises(RuleFileError, match=message):
        _book(tmp_path).with_overrides(overrides)


@pytest.mark.parametrize(
    ("written", "replacement", "message"),
    [
        ("unit: percent", "unit: percents", "unit 'percents' is not one of"),
        ("by: paid_on", "by: payed_on", "by 'payed_on' is not one of"),
        ("by: paid_on", "by: paid_on\n  colour: red", "keys are label, title, unit, by, note, values"),
        ("  unit: percent\n  by: paid_on", "  by: paid_on\n  unit: percent", "keys are label"),
        ("for tests.", "for tests", "label and title are sentences"),
        ("ставка.", "ставка", "label and title are sentences"),
        ("  title: Выдуманная ставка.\n", "", "keys are label, title"),
        ('value: "21"', "value: 21.5", "is a float; quote a decimal"),
        ('value: "21"', "value: 21", "is to be a quoted decimal"),
        ('value: "21"', 'value: "21,5"', "is no decimal"),
        ('value: "21"', 'value: "NaN"', "more than 4 digits"),
        ('value: "21"', 'value: "21.00001"', "more than 4 digits"),
        ("value: true", "value: 1", "1 is not a value in yes_no"),
        ("from: 2026-01-01", "from: 2026-01", "full date"),
        ("from: 2026-01-01", "from: 2024-01-01", "retroactive is to be True"),
        (", retroactive: true", "", "retroactive is to be True"),
        ('note: "draft"', "retroactive: true", "retroactive is to be False"),
        ("from: 2027-01-01", "from: 2025-06-01", "retroactive is to be True"),
        ("2025-12-01, confidence: M", "2025-12-01, confidence: X", "confidence 'X' is not one of"),
        ("confidence: M, reviewed: null", "reviewed: null, confidence: M", "in this order"),
        ('source: "акт 1"', 'source: ""', "source is a text"),
        ("switch:", "key_rate:", "key_rate written twice"),
        ("from: 2026-01-01, value", "from: 2024-12-31, value", "retroactive is to be True"),
        (
            '"9.50", source: "акт 2", published: 2025-03-18',
            '"9.50", source: "акт 2", published: null',
            "retroactive is",
        ),
    ],
)
def test_a_file_that_is_not_written_as_it_must_be_is_refused(
    tmp_path: Path, written: str, replacement: str, message: str
) -> None:
    assert written in KEY_RATE
    with pytest.raises(RuleFileError, match=message) as caught:
        _book(tmp_path, KEY_RATE.replace(written, replacement))
    assert str(caught.value).startswith("room.yaml: ")


def test_values_out_of_order_are_refused(tmp_path: Path) -> None:
    lines = KEY_RATE.split("\n")
    first = next(number for number, line in enumerate(lines) if "from: 2025-01-01" in line)
    lines.insert(first + 2, lines.pop(first))  # behind the second value, which takes two lines
    with pytest.raises(RuleFileError, match="not in ascending order"):
        _book(tmp_path, "\n".join(lines))


def test_an_empty_folder_is_no_rule_book(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="no rule file"):
        RuleBook.read(tmp_path)


def test_a_value_that_a_book_sets_from_a_day_leaves_what_held_before(tmp_path: Path) -> None:
    law = _book(tmp_path)
    own = law.with_overrides({"room.key_rate": [{"from": date(2025, 6, 1), "value": "7.00"}]})
    before, after = date(2025, 2, 1), date(2025, 7, 1)

    assert own.value("room.key_rate", before) == law.value("room.key_rate", before)
    assert own.value("room.key_rate", after) == Decimal("7.00")
