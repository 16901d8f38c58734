"""Directories that papers need, for a town: addresses, banks, what courts want to know, courts. All invented.

A region has none: it is made to be counted, and its papers would name nobody. СНИЛС are of the numbers that were never
given out. Here: rows of `contracts/papers.py`. Not here: who lives where.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts import papers
from pipeline.generator.town import BIC

CITY: Final = "600000, г. Энск"
_STREETS: Final = ("ул. Мира", "ул. Садовая", "ул. Заречная", "ул. Лесная")
_COURTS: Final = 3
#: Of a thousand people, how many are known by СНИЛС.
_KNOWN: Final = 850
CENTRE: Final = {
    "name": "АО «Энский расчётный центр»", "inn": "0099000107", "address": f"{CITY}, ул. Расчётная, д. 1",
    "phone": "8 (4900) 00-00-00", "site": "https://erc.example", "hours": "пн–пт с 9 до 18",
    "representative": "Зорькина Анна Петровна", "position": "начальник юридического отдела",
    "authority": "доверенность от 12.01.2026 № 7",
}


def directories(
    premises: pl.DataFrame, persons: pl.DataFrame, houses: pl.DataFrame, creditors: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The four directories of a town (inside shape), sorted by key."""
    return {
        papers.ADDRESSES.name: _addresses(premises), papers.IDENTITIES.name: _identities(persons),
        papers.COURT_SECTIONS.name: _courts(houses), papers.PAYMENT_DETAILS.name: _details(creditors),
    }


def _addresses(premises: pl.DataFrame) -> pl.DataFrame:
    """Street and house from the number of the house, flat from that of the premises: `h-00007-0521`."""
    house, flat = (pl.col("premises_id").str.split("-").list.get(place).cast(pl.Int64) for place in (1, 2))
    street = pl.lit(pl.Series(_STREETS)).gather(house % len(_STREETS))
    address = pl.format(f"{CITY}, {{}}, д. {{}}, кв. {{}}", street, house, flat)
    return premises.select("premises_id", address.alias("address")).unique("premises_id").sort("premises_id")


def _identities(persons: pl.DataFrame) -> pl.DataFrame:
    ordered = persons.select("person_id").unique().sort("person_id").with_row_index("number", offset=1)
    # up to 001-001-998 no number was given out, nor has it check digits
    snils = pl.format("000-{}-{} 00", *(
        part.cast(pl.String).str.zfill(3) for part in (pl.col("number") // 1000, pl.col("number") % 1000)
    ))
    nothing = pl.lit(None, dtype=pl.String)
    return ordered.select(
        "person_id", birth_place=pl.lit("г. Энск"),
        snils=pl.when(pl.col("number") * 7 % 1000 < _KNOWN).then(snils), inn=nothing, document=nothing,
    )


def _courts(houses: pl.DataFrame) -> pl.DataFrame:
    number = (pl.col("house_id").str.split("-").list.get(1).cast(pl.Int64) % _COURTS + 1).cast(pl.String)
    return houses.select(
        "house_id",
        court_name=pl.format("Мировому судье судебного участка № {} города Энска", number),
        court_address=pl.format(f"{CITY}, ул. Судейская, д. {{}}", number),
    ).sort("house_id")


def _details(creditors: pl.DataFrame) -> pl.DataFrame:
    place = pl.col("creditor_id").cum_count().cast(pl.String)
    return creditors.sort("creditor_id").select(
        "creditor_id", kpp=pl.lit("009901001"), bank_name=pl.lit("АО «Энский банк», г. Энск"),
        correspondent_account=pl.lit(correspondent_account()),
        legal_address=pl.format(f"{CITY}, ул. Заводская, д. {{}}", place),
    )


def correspondent_account() -> str:
    """An invented correspondent account whose key fits the town's БИК."""
    for key in range(10):
        account = f"30101810{key}00000000901"
        keyed = "0" + BIC[4:6] + account
        if sum(int(digit) * (7, 1, 3)[place % 3] for place, digit in enumerate(keyed)) % 10 == 0:
            return account
    raise AssertionError("one of ten keys always fits")
