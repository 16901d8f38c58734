"""The only place where money is rounded or changes its scale.

Inside the pipeline money is Int64 kopecks (`*_kop`), volume Int64 at 10⁻⁷ of the unit (`*_e7`), a tariff Int64
at 10⁻⁶ rouble (`*_e6`); outside they are Decimal(18,2), Decimal(18,7) and Decimal(18,6). Decimals never take part
in a calculation: polars rounds their products half-even to the larger scale. Products of two Int64 go through
Int128 because Int64 wraps silently; a result that does not fit back into Int64 raises.

Rounding is half away from zero, so that a refund mirrors its charge to the kopeck (ПП 354 has no rounding rule;
this is the convention of the trade). Round once per line, at the end; a total is the sum of rounded lines.

Not here: how money is spread over items (room `ledger`), what a thing costs (the rooms).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, overload

import polars as pl

MONEY_DIGITS: Final = 2
VOLUME_DIGITS: Final = 7
TARIFF_DIGITS: Final = 6

MONEY: Final = pl.Decimal(18, MONEY_DIGITS)
VOLUME: Final = pl.Decimal(18, VOLUME_DIGITS)
TARIFF: Final = pl.Decimal(18, TARIFF_DIGITS)

_NO_BREAK_SPACE: Final = "\u00a0"
_MINUS: Final = "\u2212"
_LARGEST_PRECISION: Final = 38
# 10⁻⁷ of a unit × 10⁻⁶ rouble = 10⁻¹³ rouble; a kopeck is 10⁻² rouble.
_VOLUME_TIMES_TARIFF_IN_KOPECK: Final = 10 ** (VOLUME_DIGITS + TARIFF_DIGITS - MONEY_DIGITS)


def kopecks(amount_rub: pl.Expr) -> pl.Expr:
    """Decimal(18,2) roubles as Int64 kopecks, exactly; null stays null, a sum beyond Int64 raises."""
    return _as_integer(amount_rub, MONEY_DIGITS)


def roubles(amount_kop: pl.Expr) -> pl.Expr:
    """Int64 kopecks as Decimal(18,2) roubles, exactly; a sum beyond eighteen digits raises."""
    return _as_decimal(amount_kop, MONEY_DIGITS)


def volume_e7(volume: pl.Expr) -> pl.Expr:
    """Decimal(18,7) volume as Int64 at 10⁻⁷ of its unit, exactly."""
    return _as_integer(volume, VOLUME_DIGITS)


def volume_of(volume_at_e7: pl.Expr) -> pl.Expr:
    """Int64 volume at 10⁻⁷ of its unit as Decimal(18,7), exactly."""
    return _as_decimal(volume_at_e7, VOLUME_DIGITS)


def tariff_e6(tariff_rub: pl.Expr) -> pl.Expr:
    """Decimal(18,6) roubles a unit as Int64 at 10⁻⁶ rouble, exactly."""
    return _as_integer(tariff_rub, TARIFF_DIGITS)


def tariff_of(tariff_at_e6: pl.Expr) -> pl.Expr:
    """Int64 tariff at 10⁻⁶ rouble as Decimal(18,6) roubles, exactly."""
    return _as_decimal(tariff_at_e6, TARIFF_DIGITS)


@overload
def divided(numerator: int, denominator: int) -> int: ...
@overload
def divided(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr: ...
def divided(numerator: pl.Expr | int, denominator: pl.Expr | int) -> pl.Expr | int:
    """Integer quotient rounded half away from zero, of two ints or of two integer expressions.

    The expression form counts in Int128 and returns Int64: a quotient beyond Int64 raises. Widen a product before
    it comes here: `divided(widened("base_kop") * pl.col("rate"), 100)`. A zero denominator raises when it is a
    literal and gives null when it is a column (every branch of `when` is evaluated, so raising there would punish
    callers that guard); the contract of the money column refuses the null.
    """
    if isinstance(denominator, int) and denominator == 0:
        raise ZeroDivisionError("division of money by zero")
    if isinstance(numerator, int):
        if not isinstance(denominator, int):
            raise TypeError("an int is divided by an int; wrap it in pl.lit to divide it by a column")
        return _divided_int(numerator, denominator)
    below = pl.lit(denominator, dtype=pl.Int128) if isinstance(denominator, int) else denominator.cast(pl.Int128)
    above = numerator.cast(pl.Int128)
    # |n| + ⌊d/2⌋ divided by d is half up for even and odd d alike; the sign is put back afterwards.
    magnitude = (above.abs() + below.abs() // 2) // below.abs()
    return (magnitude * above.sign() * below.sign()).cast(pl.Int64)


@overload
def amount_of(volume_at_e7: int, tariff_at_e6: int) -> int: ...
@overload
def amount_of(volume_at_e7: pl.Expr, tariff_at_e6: pl.Expr) -> pl.Expr: ...
def amount_of(volume_at_e7: pl.Expr | int, tariff_at_e6: pl.Expr | int) -> pl.Expr | int:
    """Volume (10⁻⁷ of the unit) × tariff (10⁻⁶ rouble a unit) in kopecks, rounded once."""
    if isinstance(volume_at_e7, int) and isinstance(tariff_at_e6, int):
        return _divided_int(volume_at_e7 * tariff_at_e6, _VOLUME_TIMES_TARIFF_IN_KOPECK)
    if isinstance(volume_at_e7, pl.Expr) and isinstance(tariff_at_e6, pl.Expr):
        product = volume_at_e7.cast(pl.Int128) * tariff_at_e6.cast(pl.Int128)
        return divided(product, _VOLUME_TIMES_TARIFF_IN_KOPECK)
    raise TypeError("volume and tariff are two ints or two expressions")


def widened(column: str | pl.Expr) -> pl.Expr:
    """The same integer as Int128, so that a product or a sum of it cannot wrap."""
    return (pl.col(column) if isinstance(column, str) else column).cast(pl.Int128)


def total(amount_kop: str | pl.Expr) -> pl.Expr:
    """Sum of kopecks that raises beyond Int64, where a plain `sum` wraps."""
    return widened(amount_kop).sum().cast(pl.Int64)


def scaled(value: Decimal, digits: int) -> int:
    """A decimal as an integer of 10^-digits, exactly; ValueError when digits would be lost."""
    shifted = value.scaleb(digits)
    if shifted != shifted.to_integral_value():
        raise ValueError(f"{value} has more than {digits} digits after the point")
    return int(shifted)


def kopecks_of(amount_rub: Decimal) -> int:
    """Roubles of a rule or a setting as kopecks; ValueError when a part of a kopeck would be lost."""
    return scaled(amount_rub, MONEY_DIGITS)


def roubles_of(amount_kop: int) -> Decimal:
    """Kopecks as a Decimal of two digits, for what people and audits read."""
    return Decimal(amount_kop).scaleb(-MONEY_DIGITS)


def format_rub(amount_kop: int) -> str:
    """Kopecks as Russians write them, "2 340,00 ₽": no-break spaces, decimal comma, a true minus."""
    whole, part = divmod(abs(amount_kop), 100)
    grouped = f"{whole:,}".replace(",", _NO_BREAK_SPACE)
    sign = _MINUS if amount_kop < 0 else ""
    return f"{sign}{grouped},{part:02d}{_NO_BREAK_SPACE}₽"


def _divided_int(numerator: int, denominator: int) -> int:
    magnitude = (abs(numerator) + abs(denominator) // 2) // abs(denominator)
    return magnitude if (numerator < 0) == (denominator < 0) else -magnitude


def _as_integer(value: pl.Expr, digits: int) -> pl.Expr:
    # The cast widens an honest column and leaves its digits alone. A *finer* scale it would round half-even in
    # silence: the gate has refused such a column before it comes here.
    return value.cast(pl.Decimal(_LARGEST_PRECISION, digits)).to_physical().cast(pl.Int64)


def _as_decimal(value: pl.Expr, digits: int) -> pl.Expr:
    # A whole number times one unit of the last digit: the product has exactly `digits` digits, nothing is rounded. The
    # whole factor keeps no digits of its own, or the product would be divided down again, at three times the cost.
    unit = pl.lit(Decimal(1).scaleb(-digits), dtype=pl.Decimal(_LARGEST_PRECISION, digits))
    return (value.cast(pl.Decimal(_LARGEST_PRECISION, 0)) * unit).cast(pl.Decimal(18, digits))
