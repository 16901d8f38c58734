"""The arithmetic of a proposal in Russian words, for the resident and the analyst. Text only; nothing is computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import polars as pl

_UNITS = {"m3": "м³", "kwh": "кВт·ч", "gcal": "Гкал", "m2": "м²"}
_MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)
_MINUS = "−"
_SPACE = "\u00a0"
#: Digits up to which all numbers are written beforehand: of six a million, which is longer than any month asks for.
_LOOKED_UP = 4
_ROUBLES = f"{_SPACE}₽"


def unit_text(unit_code: pl.Expr) -> pl.Expr:
    """м³ for m3; an unknown unit as it is, nothing for none."""
    return unit_code.replace(_UNITS).fill_null("")


def volume_text(volume_e7: pl.Expr) -> pl.Expr:
    """4,320 with at least three digits after the comma."""
    return _decimal(volume_e7, 7, 3)


def tariff_text(tariff_e6: pl.Expr) -> pl.Expr:
    """49,19 ₽ with at least two digits after the comma, sums as in `money.format_rub`."""
    return _decimal(tariff_e6, 6, 2, grouped=True) + pl.lit(_ROUBLES)


def money_text(amount_kop: pl.Expr) -> pl.Expr:
    """−2 340,00 ₽ with a true minus, as `money.format_rub` writes one sum."""
    return _decimal(amount_kop, 2, 2, grouped=True) + pl.lit(_ROUBLES)


def percent_text(percent_e4: pl.Expr) -> pl.Expr:
    """0,15 with at least two digits after the comma."""
    return _decimal(percent_e4, 4, 2)


def degrees_text(value_e7: pl.Expr) -> pl.Expr:
    """54,1 with at least one digit after the comma."""
    return _decimal(value_e7, 7, 1)


def hours_text(minutes: pl.Expr) -> pl.Expr:
    """5 ч 30 мин."""
    return pl.concat_str((minutes // 60).cast(pl.String), pl.lit(" ч "), (minutes % 60).cast(pl.String), pl.lit(" мин"))


def month_text(month: pl.Expr) -> pl.Expr:
    """декабрь 2025."""
    names = pl.lit(pl.Series(_MONTHS)).gather(month.dt.month().cast(pl.Int64) - 1)
    return pl.concat_str(names, month.dt.strftime(" %Y"))


def day_text(day: pl.Expr) -> pl.Expr:
    """24.01.2026."""
    return day.dt.strftime("%d.%m.%Y")


def spelled_once(values: pl.Series, text: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """The text of each row where a column repeats a few values, dates or tariffs: each is spelled once."""
    if values.is_empty():
        return values.cast(pl.String)
    few = values.unique()
    texts = few.to_frame().select(text(pl.col(values.name))).to_series()
    return values.replace_strict(few, texts, return_dtype=pl.String)


def _decimal(value: pl.Expr, digits: int, at_least: int, *, grouped: bool = False) -> pl.Expr:
    magnitude = value.abs()
    whole, part = magnitude // 10**digits, magnitude % 10**digits
    further = 10 ** (digits - at_least)
    shown = [_padded(part // further, at_least), *([_shortened(part % further, digits - at_least)] * (further > 1))]
    sign = pl.when(value < 0).then(pl.lit(_MINUS)).otherwise(pl.lit(""))
    return pl.concat_str(sign, _grouped(whole) if grouped else whole.cast(pl.String), pl.lit(","), *shown)


def _grouped(whole: pl.Expr) -> pl.Expr:
    """1 234 567: no single sum reaches a milliard."""
    last, thousands, space = _padded(whole % 1000, 3), whole // 1000, pl.lit(_SPACE)
    millions = pl.concat_str(whole // 10**6, space, _padded(thousands % 1000, 3), space, last)
    return (
        pl.when(whole < 1000).then(whole.cast(pl.String))
        .when(whole < 10**6).then(pl.concat_str(thousands, space, last))
        .otherwise(millions)
    )


def _padded(number: pl.Expr, digits: int) -> pl.Expr:
    """007 for 7: a number of a few digits is looked up, which costs a tenth of spelling it."""
    return pl.lit(_numerals(digits)).gather(number)


def _shortened(number: pl.Expr, digits: int) -> pl.Expr:
    """The same without zeros at its end: 007 for 00700."""
    if digits > _LOOKED_UP:
        return number.cast(pl.String).str.zfill(digits).str.strip_chars_end("0")
    return pl.lit(_without_zeros(digits)).gather(number)


@cache
def _without_zeros(digits: int) -> pl.Series:
    return _numerals(digits).str.strip_chars_end("0")


@cache
def _numerals(digits: int) -> pl.Series:
    return pl.Series([f"{number:0{digits}d}" for number in range(10**digits)])
