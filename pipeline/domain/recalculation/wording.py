"""The arithmetic of a proposal in Russian words, for the resident and the analyst. Text only; nothing is computed."""

from __future__ import annotations

import polars as pl

_UNITS = {"m3": "м³", "kwh": "кВт·ч", "gcal": "Гкал", "m2": "м²"}
_MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)
_MINUS = "−"
_SPACE = "\u00a0"
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


def month_text(month: pl.Expr) -> pl.Expr:
    """декабрь 2025."""
    names = pl.lit(pl.Series(_MONTHS)).gather(month.dt.month().cast(pl.Int64) - 1)
    return pl.concat_str(names, month.dt.strftime(" %Y"))


def day_text(day: pl.Expr) -> pl.Expr:
    """24.01.2026."""
    return day.dt.strftime("%d.%m.%Y")


def _decimal(value: pl.Expr, digits: int, at_least: int, *, grouped: bool = False) -> pl.Expr:
    magnitude = value.abs()
    whole = (magnitude // 10**digits).cast(pl.String)
    if grouped:
        whole = _grouped(whole)
    part = (magnitude % 10**digits).cast(pl.String).str.zfill(digits)
    # Zeros at the end go, but for so many digits: two slices cost a third of a pattern.
    shown = (
        pl.concat_str(part.str.slice(0, at_least), part.str.slice(at_least).str.strip_chars_end("0"))
        if digits > at_least else part
    )
    sign = pl.when(value < 0).then(pl.lit(_MINUS)).otherwise(pl.lit(""))
    return pl.concat_str(sign, whole, pl.lit(","), shown)


def _grouped(whole: pl.Expr) -> pl.Expr:
    """1 234 567: no single sum reaches a milliard."""
    digits = whole.str.len_bytes()
    thousands = pl.concat_str(whole.str.head(-3), pl.lit(_SPACE), whole.str.tail(3))
    millions = pl.concat_str(
        whole.str.head(-6), pl.lit(_SPACE), whole.str.tail(6).str.head(3), pl.lit(_SPACE), whole.str.tail(3)
    )
    return pl.when(digits > 6).then(millions).when(digits > 3).then(thousands).otherwise(whole)
