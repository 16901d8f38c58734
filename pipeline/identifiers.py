"""Identifiers of the trade: account numbers, phones, ИНН, СНИЛС, bank requisites.

An account id is typed by people on two keyboards: Cyrillic "А" and Latin "A" look the same and do not join. The
normalised form is a *join key*; callers keep the original beside it. `nearest_accounts` proposes whom a suspended
payment may have been meant for; it never decides.
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
import polars as pl
from stdnum.ru import inn, ogrn

# Cyrillic capitals that look like Latin ones; everything is upper-cased first.
_LATIN_OF_CYRILLIC: Final = dict(zip("АВЕЁКМНОРСТУХІЅЈ", "ABEEKMHOPCTYXISJ", strict=True))
# Letters that are read for digits (after the table above). Used to *propose* an account, never to join.
_DIGIT_OF_LETTER: Final = dict(zip("OQILZЗЧSБBЬ", "00112345686", strict=True))
_INVISIBLE: Final = r"[\s\u200B-\u200F\u2060\uFEFF]+"
_INVISIBLE_POLARS: Final = r"[\s\u{200B}-\u{200F}\u{2060}\u{FEFF}]+"
_DIGITS: Final = "0123456789"

LOOK_ALIKE: Final = "look_alike_letters"
LEADING_ZEROS: Final = "leading_zeros"
SWAPPED: Final = "adjacent_swapped"
ONE_DIGIT_OFF: Final = "one_digit_off"
# Likeliest first: the code given when a pair differs in more than one of these ways.
DIFFERENCE_CODES: Final = (LOOK_ALIKE, LEADING_ZEROS, SWAPPED, ONE_DIGIT_OFF)

_CANDIDATES: Final = pl.Schema(
    {"account_id": pl.String(), "candidate_account_id": pl.String(), "difference_code": pl.String()}
)


def normalised_account_id(account_id: str) -> str:
    """Join key of one account id: no blanks, upper case, Cyrillic look-alikes as Latin letters."""
    bare = re.sub(_INVISIBLE, "", account_id).upper()
    return "".join(_LATIN_OF_CYRILLIC.get(letter, letter) for letter in bare)


def normalised_account(account_id: str | pl.Expr) -> pl.Expr:
    """`normalised_account_id` for a column: same text in, same text out."""
    column = pl.col(account_id) if isinstance(account_id, str) else account_id
    bare = column.str.replace_all(_INVISIBLE_POLARS, "").str.to_uppercase()
    return bare.str.replace_many(list(_LATIN_OF_CYRILLIC), list(_LATIN_OF_CYRILLIC.values()))


def difference_code(account_id: str, other: str) -> str | None:
    """How two different account ids nearly agree, the likeliest way first; None when equal or far apart."""
    one, two = normalised_account_id(account_id), normalised_account_id(other)
    if account_id == other:
        return None
    if _folded_id(one) == _folded_id(two):
        return LOOK_ALIKE
    if one.lstrip("0") == two.lstrip("0"):
        return LEADING_ZEROS
    if len(one) != len(two):
        return None
    places = [place for place, (here, there) in enumerate(zip(one, two, strict=True)) if here != there]
    if len(places) == 2 and places[1] == places[0] + 1:
        first, second = places
        return SWAPPED if (one[first], one[second]) == (two[second], two[first]) else None
    if len(places) == 1 and one[places[0]] in _DIGITS and two[places[0]] in _DIGITS:
        return ONE_DIGIT_OFF
    return None


def is_near(account_id: str, other: str) -> bool:
    """Whether a slip of one hand could have turned one account id into the other."""
    return difference_code(account_id, other) is not None


def nearest_accounts(unknown: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Known accounts that an unknown id may have been meant for, one row a pair, likeliest first.

    Both frames have `account_id`. Every slip of an unknown id is written out (about a hundred spellings) and looked
    up among the known ids by hash join: the cost is that of one pass over the known ids, not of all pairs.
    Sorted by (account_id, likelihood, candidate_account_id).
    """
    meant = known.select(candidate_account_id="account_id").drop_nulls()
    typed = unknown.select("account_id").drop_nulls().unique()
    meant = meant.with_columns(spelling=normalised_account("candidate_account_id"))
    typed = typed.with_columns(spelling=normalised_account("account_id"))
    found = [
        _looked_up(typed, meant, _folded(pl.col("spelling")), LOOK_ALIKE),
        _looked_up(typed, meant, pl.col("spelling").str.strip_chars_start("0"), LEADING_ZEROS),
        _looked_up(_with_swaps(typed), meant, pl.col("spelling"), SWAPPED),
        _looked_up(_with_digits_changed(typed), meant, pl.col("spelling"), ONE_DIGIT_OFF),
    ]
    likelihood = pl.col("difference_code").replace_strict(
        list(DIFFERENCE_CODES), range(len(DIFFERENCE_CODES)), return_dtype=pl.Int8
    )
    return (
        pl.concat(found)
        .filter(pl.col("account_id") != pl.col("candidate_account_id"))
        .with_columns(_likelihood=likelihood)
        .sort("account_id", "_likelihood", "candidate_account_id")
        .unique(["account_id", "candidate_account_id"], keep="first", maintain_order=True)
        .select(*_CANDIDATES)
    )


def is_inn(number: str) -> bool:
    """Whether an ИНН of 10 or 12 digits has right check digits."""
    return inn.is_valid(number)


def is_ogrn(number: str) -> bool:
    """Whether an ОГРН of 13 digits, or ОГРНИП of 15, has a right check digit."""
    return ogrn.is_valid(number)


def is_snils(number: str) -> bool:
    """Whether a СНИЛС has a right control number; numbers up to 001-001-998 carry none and pass."""
    digits = re.sub(r"[\s-]", "", number)
    if re.fullmatch(r"[0-9]{11}", digits) is None:
        return False
    if int(digits[:9]) <= 1_001_998:
        return True
    control = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    return control % 101 % 100 == int(digits[9:])


def is_bank_account(account: str, bic: str) -> bool:
    """Whether the key of a 20-digit bank account fits its БИК (ЦБ, weights 7, 1, 3 over 23 digits).

    A correspondent account (301…), a single treasury account (40102…) and an account in a cash centre or treasury
    body (digits 7 and 8 of the БИК are zeros) take "0" and digits 5–6 of the БИК, all others its last three digits.
    """
    if re.fullmatch(r"[0-9]{20}", account) is None or re.fullmatch(r"[0-9]{9}", bic) is None:
        return False
    is_of_central_bank = account.startswith(("301", "40102")) or bic[6:8] == "00"
    keyed = ("0" + bic[4:6] if is_of_central_bank else bic[6:]) + account
    return sum(int(digit) * (7, 1, 3)[place % 3] for place, digit in enumerate(keyed)) % 10 == 0


def mobile_phone(written: str) -> str | None:
    """A Russian mobile number as +7XXXXXXXXXX, or None: landlines get no SMS, and not every +7 is Russian."""
    try:
        number = phonenumbers.parse(written, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or phonenumbers.region_code_for_number(number) != "RU":
        return None
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _folded_id(normalised: str) -> str:
    return "".join(_DIGIT_OF_LETTER.get(letter, letter) for letter in normalised)


def _folded(spelling: pl.Expr) -> pl.Expr:
    return spelling.str.replace_many(list(_DIGIT_OF_LETTER), list(_DIGIT_OF_LETTER.values()))


def _looked_up(typed: pl.DataFrame, meant: pl.DataFrame, key: pl.Expr, code: str) -> pl.DataFrame:
    typed_keys = typed.select("account_id", key.alias("_key"))
    meant_keys = meant.select("candidate_account_id", key.alias("_key"))
    return meant_keys.join(typed_keys, on="_key").select(
        "account_id", "candidate_account_id", difference_code=pl.lit(code)
    )


def _with_places(typed: pl.DataFrame, *, last: int) -> pl.DataFrame:
    """One row for every place of every id, `last` places short of the end."""
    length = pl.col("spelling").str.len_chars().cast(pl.Int64)
    places = pl.int_ranges(0, pl.max_horizontal(length - last, pl.lit(0, dtype=pl.Int64)))
    return typed.with_columns(_place=places).explode("_place").drop_nulls("_place")


def _part(start: pl.Expr | int, length: pl.Expr | int | None = None) -> pl.Expr:
    return pl.col("spelling").str.slice(start, length)


def _with_swaps(typed: pl.DataFrame) -> pl.DataFrame:
    place = pl.col("_place")
    swapped = pl.concat_str(_part(0, place), _part(place + 1, 1), _part(place, 1), _part(place + 2))
    return (
        _with_places(typed, last=1)
        .filter(_part(place, 1) != _part(place + 1, 1))
        .select("account_id", spelling=swapped)
    )


def _with_digits_changed(typed: pl.DataFrame) -> pl.DataFrame:
    place = pl.col("_place")
    changed = pl.concat_str(_part(0, place), pl.col("_digit"), _part(place + 1))
    return (
        _with_places(typed, last=0)
        .filter(_part(place, 1).is_in(list(_DIGITS)))
        .join(pl.DataFrame({"_digit": list(_DIGITS)}), how="cross")
        .filter(_part(place, 1) != pl.col("_digit"))
        .select("account_id", spelling=changed)
    )
