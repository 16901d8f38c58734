"""Texts of messages: what they say, what they never say, how many segments they take."""

import datetime as dt
import re

import polars as pl
import pytest

from pipeline.contracts.debt import TEMPLATES
from pipeline.rendering.sms import segments_of, text_of, with_segments

DAY = dt.date(2026, 5, 31)
CENTRE = "РКЦ Заречный"


def text(template: str, centre: str = CENTRE, claimed_kop: int = 234_000) -> str:
    return text_of(template, centre=centre, run_on=DAY, claimed_kop=claimed_kop)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_text_names_the_centre_and_how_to_check_and_threatens_nobody(template: str) -> None:
    said = text(template)

    assert said.startswith(f"{CENTRE}: ")
    assert "личный кабинет" in said and "телефон из квитанции" in said
    assert not re.search(r"суд|штраф|отключ|огранич|взыска|пристав|http|\n", said, re.IGNORECASE)
    assert segments_of(said) <= 3


@pytest.mark.parametrize("template", TEMPLATES)
def test_only_a_confirmed_phone_reads_a_sum(template: str) -> None:
    said = text(template)

    assert ("2 340,00 ₽" in said) == template.endswith("_sum")
    if template.endswith("_neutral"):
        assert not re.search(r"\d|долг|не оплачено|₽", said)


def test_an_ampersand_stays_an_ampersand() -> None:
    assert "ЖКХ & Ко" in text("sms_neutral", centre="ЖКХ & Ко")


def test_an_unknown_template_is_an_error() -> None:
    with pytest.raises(ValueError, match="no SMS template"):
        text("threat")


@pytest.mark.parametrize(
    ("length", "letter", "segments"),
    [(70, "ж", 1), (71, "ж", 2), (134, "ж", 2), (135, "ж", 3),
     (160, "a", 1), (161, "a", 2), (306, "a", 2), (307, "a", 3)],
)
def test_segments(length: int, letter: str, segments: int) -> None:
    assert segments_of(letter * length) == segments


def listed(template: str) -> pl.DataFrame:
    return pl.DataFrame({"template_code": [template], "run_on": [DAY], "claimed_kop": [234_000]})


def test_a_text_that_is_too_long_gives_way_to_the_neutral_one() -> None:
    long = "Муниципальное унитарное предприятие «Единый расчётно-кассовый центр»"

    found = with_segments(listed("sms_sum"), centre=long, segments_max=segments_of(text("sms_sum", long)) - 1)

    assert found["template_code"].to_list() == ["sms_neutral"]
    assert found["segments"].to_list() == [segments_of(text("sms_neutral", long))]


def test_a_text_that_fits_stays() -> None:
    found = with_segments(listed("sms_sum"), centre=CENTRE, segments_max=3)

    assert found.select("template_code", "segments").rows() == [("sms_sum", segments_of(text("sms_sum")))]


@pytest.mark.parametrize("letters", range(1, 70, 3))
def test_every_row_has_the_segments_of_its_own_text(letters: int) -> None:
    sums = [1, 99, 100, 99_999, 100_000, 123_456, 99_999_999, 100_000_000, 123_456_789_012]
    centre = "Р" * letters

    found = with_segments(
        listed("sms_sum").select("template_code", "run_on").join(pl.DataFrame({"claimed_kop": sums}), how="cross"),
        centre=centre, segments_max=99,
    )

    assert found["segments"].to_list() == [segments_of(text("sms_sum", centre, sum_kop)) for sum_kop in sums]
    assert found["claimed_kop"].to_list() == sums
