"""A sum in words, as acts and payment papers want it: «Сорок одна тысяча шестьсот шесть рублей 43 копейки»."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from num2words import num2words

_ROUBLES: Final = ("рубль", "рубля", "рублей")
_KOPECKS: Final = ("копейка", "копейки", "копеек")


def in_words(amount_rub: Decimal) -> str:
    """Whole roubles in words, kopecks in figures; a negative sum starts with «Минус»."""
    whole, part = divmod(int(abs(amount_rub).scaleb(2)), 100)
    sign = "минус " if amount_rub < 0 else ""
    told = f"{sign}{num2words(whole, lang='ru')} {_form(whole, _ROUBLES)} {part:02d} {_form(part, _KOPECKS)}"
    return told[0].upper() + told[1:]


def _form(number: int, forms: tuple[str, str, str]) -> str:
    last, is_teen = number % 10, number % 100 // 10 == 1
    if is_teen or last == 0 or last > 4:
        return forms[2]
    return forms[0] if last == 1 else forms[1]
