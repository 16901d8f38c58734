"""The payment code of a Russian receipt, ГОСТ Р 56042-2014: its text, and its picture for a letter.

    ST00012|Name=…|PersonalAcc=…|BankName=…|BIC=…|CorrespAcc=…|Sum=123456|Purpose=…|PersAcc=…|TechCode=02

The five details of the payee come first and take 300 bytes at most; the sum is in kopecks. Text is UTF-8 (sign 2), and
Windows-1251 (sign 1) where the details would be too long otherwise. The separator is the eighth sign: any of a few that
no value holds. Not here: where the details come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import segno

#: ЖКУ in the table of technical codes of the standard.
HOUSING: Final = "02"
_LENGTHS: Final = {
    "Name": 160, "PersonalAcc": 20, "BankName": 45, "BIC": 9, "CorrespAcc": 20, "PayeeINN": 12, "KPP": 9,
    "Purpose": 210,
}
_DETAILS_BYTES: Final = 300
_ENCODINGS: Final = (("2", "utf-8"), ("1", "cp1251"))
_SEPARATORS: Final = "|#;^~"
#: Modules left white around the code, as QR readers expect.
_QUIET: Final = 4
# Trying all eight masks is three quarters of the time of a letter; a reader takes whichever the code says it has.
_MASK: Final = 3


class NoPaymentCode(ValueError):
    """The details do not make a payment code of the standard; the text says which and holds no value."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid: the obligatory details of the standard, ИНН and КПП. No correspondent account: a treasury's."""

    name: str
    account: str
    bank_name: str
    bic: str
    correspondent_account: str = ""
    inn: str = ""
    kpp: str = ""


def payment_text(payee: Payee, *, sum_kop: int, purpose: str, account_id: str) -> bytes:
    """The bytes of the code. NoPaymentCode when a detail is missing, too long or cannot be written."""
    details = {
        "Name": payee.name, "PersonalAcc": payee.account, "BankName": payee.bank_name, "BIC": payee.bic,
        "CorrespAcc": payee.correspondent_account or "0",
    }
    if sum_kop <= 0:
        raise NoPaymentCode("Sum")
    more = {
        "Sum": str(sum_kop), "Purpose": purpose, "PayeeINN": payee.inn, "KPP": payee.kpp, "PersAcc": account_id,
        "TechCode": HOUSING,
    }
    _require(details, more)
    for sign, encoding in _ENCODINGS:
        written = _written(sign, encoding, details, more)
        if written is not None:
            return written
    raise NoPaymentCode("Name, BankName: больше 300 байт")


def payment_svg(written: bytes) -> str:
    """The code as SVG, one unit a module, runs of dark modules as bars."""
    code = segno.make_qr(written, error="m", mode="byte", mask=_MASK, boost_error=False)
    side = len(code.matrix) + 2 * _QUIET
    bars = "".join(
        f"M{column + _QUIET} {row + _QUIET}h{length}v1h-{length}z"
        for row, line in enumerate(code.matrix) for column, length in _runs(line)
    )
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
            f'<path d="{bars}"/></svg>')


def _require(details: Mapping[str, str], more: Mapping[str, str]) -> None:
    missing = [name for name, value in details.items() if not value]
    long = [name for name, value in {**details, **more}.items() if len(value) > _LENGTHS.get(name, len(value))]
    if missing or long:
        raise NoPaymentCode(", ".join([*missing, *long]))


def _written(sign: str, encoding: str, details: Mapping[str, str], more: Mapping[str, str]) -> bytes | None:
    """The code in one encoding; None when the details are too long in it or a sign is not in it."""
    values = "".join((*details.values(), *more.values()))
    separator = next((sign for sign in _SEPARATORS if sign not in values), None)
    if separator is None:
        raise NoPaymentCode("нет свободного разделителя")
    head = separator.join(f"{name}={value}" for name, value in details.items())
    tail = separator.join(f"{name}={value}" for name, value in more.items() if value)
    try:
        obligatory = f"ST0001{sign}{separator}{head}".encode(encoding)
        whole = obligatory + f"{separator}{tail}".encode(encoding)
    except UnicodeEncodeError:
        return None
    return whole if len(obligatory) <= _DETAILS_BYTES else None


def _runs(line: bytearray) -> list[tuple[int, int]]:
    """(first, length) of each run of dark modules."""
    runs, start = [], -1
    for column, dark in enumerate((*line, 0)):
        if dark and start < 0:
            start = column
        elif not dark and start >= 0:
            runs.append((start, column - start))
            start = -1
    return runs
