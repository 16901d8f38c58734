"""Who lives in Энск: accounts with their flats, people, meters and habits. Every trait follows from the number.

A block is a frame of accounts, one row each, with traits that other subjects of the generator read: `house_number`,
`area_e7`, `people`, `has_water_meter`, `has_zones`, `reads`, `pays`, `channel_code`… Not here: what happens by month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts import registers
from pipeline.generator.draws import KEY, Draws, days_after
from pipeline.generator.norms import registrations
from pipeline.generator.population import TOWN, Population
from pipeline.generator.tariffs import COLD_WATER, HOT_WATER
from pipeline.generator.town import House

STORY_NUMBERS_FROM: Final = 9_000_000
_SERIES: Final = tuple(f"50Е{letter}" for letter in "НПРСТУФХЦЧ")
"""Series of unified accounts, one for each million."""
_CHECK_WEIGHTS: Final = (7, 1, 3, 7, 1, 3, 7)
_SURNAMES: Final = (
    "Берёзкин", "Ветров", "Гаврилин", "Дубравин", "Ельников", "Журавин", "Зорькин", "Калинкин", "Лугов", "Мятлев",
    "Озеров", "Полянин", "Ракитин", "Снегин", "Тополев", "Утёсов", "Хвойкин", "Цветков", "Черёмухин", "Ясенев",
)
_NAMES: Final = ("Пётр Ильич", "Иван Лукич", "Фома Кузьмич", "Олег Саввич", "Глеб Егорович", "Лев Маркович")
_CHANNELS: Final = {
    "own_site": 300, "own_app": 250, "sberbank": 250, "other_bank": 80, "post": 70, "cash_office": 50,
}
SOURCES: Final = {"resident_app": 400, "resident_site": 300, "phone": 200, "office": 100}


@dataclass(frozen=True)
class Settlement:
    """How accounts are laid over houses: `per_house` crowd accounts each."""

    draws: Draws
    house_count: int
    per_house: int
    population: Population = TOWN

    @classmethod
    def of(cls, seed: int, crowd: int, population: Population = TOWN) -> Settlement:
        """Twelve houses at least, so that every scheme of the town has a house; about a hundred flats each."""
        house_count = max(12, crowd // 100)
        return cls(Draws(seed), house_count, max(1, -(-crowd // house_count)), population)

    def blocks(self, crowd: int) -> list[tuple[int, int]]:
        """First and last (excluded) number of each block: a district of a region; one block even without a crowd."""
        size = self.population.district_houses * self.per_house
        return [(first, min(first + size, crowd)) for first in range(0, max(crowd, 1), size)]

    def block(self, first: int, last: int) -> pl.DataFrame:
        """Crowd accounts with numbers first … last−1."""
        numbered = pl.DataFrame({KEY: pl.int_range(first, last, eager=True)})
        body = pl.col(KEY)
        digits = [(body // 10**place) % 10 * weight for place, weight in enumerate(_CHECK_WEIGHTS)]
        check = pl.sum_horizontal(*digits) % 10
        account_id = pl.concat_str(
            pl.lit("50"), body.cast(pl.String()).str.zfill(7), check.cast(pl.String())
        )
        placed = numbered.with_columns(
            account_id=account_id, house_number=body // self.per_house + 1, flat=body % self.per_house + 1,
        )
        return placed.pipe(self.with_traits)

    def with_traits(self, placed: pl.DataFrame) -> pl.DataFrame:
        """All traits of accounts that have a number, an id, a house and a flat."""
        draws, mix = self.draws, self.population
        is_mandate, opened = pl.col("is_collected_only"), draws.whole("opened", 150)
        with_house = placed.join(_house_traits(placed, mix), on="house_number", how="left", maintain_order="left")
        return with_house.with_columns(
            premises_id=pl.format("{}-{}", "house_id", pl.col("flat").cast(pl.String()).str.zfill(4)),
            area_e7=draws.between("area", 310, 890) * 1_000_000,
            people=draws.between("people", 1, 4),
            has_water_meter=draws.per_mille("water_meter", mix.water_meter),
            has_zones=draws.per_mille("zones", mix.zones),
            has_second_riser=draws.per_mille("second_riser", mix.second_riser),
            has_gas_meter=pl.col("has_gas") & draws.per_mille("gas_meter", 500),
            pays_insurance=pl.col("has_insurance") & draws.per_mille("insurance", 550),
            has_benefit=draws.per_mille("benefit", 15),
            reads=draws.one_of("reads", mix.reads), source_code=draws.one_of("source", SOURCES),
            pays=draws.one_of("pays", mix.pays), channel_code=draws.one_of("channel", _CHANNELS),
            months_in_debt=draws.between("months in debt", *mix.months_in_debt), waits_for_true_up=pl.lit(False),
            account_kind_code=draws.one_of("kind", {"citizen": 940, "municipal_tenant": 60}),
            opened_on=pl.date(2012 + opened // 12, opened % 12 + 1, 1),
            closed_on=pl.lit(None, dtype=pl.Date()), successor_account_id=pl.lit(None, dtype=pl.String()),
            is_served=~is_mandate,
            mode_code=pl.when(is_mandate).then(pl.lit("collection_only")).otherwise(pl.lit("full")),
        ).with_columns(
            months_in_debt=pl.when(pl.col("pays") == "old_debtor").then("months_in_debt").otherwise(0)
        )


def _house_traits(placed: pl.DataFrame, population: Population) -> pl.DataFrame:
    # a book of the cast alone has no crowd: the columns are needed all the same
    numbers = placed["house_number"].unique().sort().to_list() or [1]
    return pl.DataFrame(
        [
            {"house_number": house.number, "house_id": house.house_id, "has_gas": house.has_gas,
             "has_fund_documents": house.has_fund_documents, "has_waste_documents": house.has_waste_documents,
             "has_insurance": house.has_insurance, "has_common_charges": house.bills_common,
             "has_intercom": house.has_intercom, "is_collected_only": house.is_collected_only}
            for house in (House(number, population) for number in numbers)
        ],
        orient="row",
    )


def account_registers(accounts: pl.DataFrame, draws: Draws) -> dict[str, pl.DataFrame]:
    """`accounts`, `premises`, `registrations`, `rights`, `persons`, `contacts` of a block, inside shape."""
    millions = pl.lit(pl.Series(_SERIES)).gather(pl.col(KEY) // 1_000_000)
    series = pl.when(pl.col(KEY) < STORY_NUMBERS_FROM).then(millions).otherwise(pl.lit("77ЕН"))
    els = pl.concat_str(series, (pl.col(KEY) % 1_000_000).cast(pl.String()).str.zfill(6))
    people = people_of(accounts, draws)
    return {
        "accounts": accounts.with_columns(
            unified_account=els, organisation_kind_code=pl.lit(None, dtype=pl.String()),
        ).select(registers.ACCOUNTS.inside_names),
        "premises": _premises(accounts, draws),
        "registrations": registrations(accounts),
        "rights": people.select(registers.RIGHTS.inside_names).sort("premises_id", "person_id"),
        "persons": people.select(registers.PERSONS.inside_names).sort("person_id"),
        "contacts": people.select(registers.CONTACTS.inside_names).sort("person_id"),
    }


def _premises(accounts: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    """Flats; in three of ten without a water meter an act says that none can be installed."""
    has_act = ~pl.col("has_water_meter") & draws.per_mille("no_meter_possible", 300)
    return (
        accounts.sort("account_id").unique("premises_id", keep="first", maintain_order=True)
        .with_columns(
            area_m2_e7="area_e7", heated_area_m2_e7=pl.lit(None, dtype=pl.Int64()),
            meter_impossible_services=pl.when(has_act).then(pl.lit([COLD_WATER.code, HOT_WATER.code])),
            use_code=pl.lit(None, dtype=pl.String()),
        )
        .select(registers.PREMISES.inside_names).sort("premises_id")
    )


def people_of(accounts: pl.DataFrame, draws: Draws, *, person: str = "p", operator: str = "900") -> pl.DataFrame:
    """One holder of every account. Phones +7 900 … are invented; the last seven digits are the account's number."""
    phone = pl.format(f"+7{operator}{{}}", (pl.col(KEY) % 10_000_000).cast(pl.String()).str.zfill(7))
    has_phone = draws.per_mille("has_phone", 940)
    surname, name = draws.whole("surname", len(_SURNAMES)), draws.whole("name", len(_NAMES))
    return accounts.with_columns(
        person_id=pl.format(f"{person}-{{}}", "account_id"),
        full_name=pl.concat_str(
            pl.lit(pl.Series(_SURNAMES)).gather(surname), pl.lit(pl.Series(_NAMES)).gather(name), separator=" "
        ),
        birth_on=days_after(date(1945, 1, 1), draws.whole("birth", 20_000)),
        role_code=pl.when(pl.col("account_kind_code") == "municipal_tenant").then(pl.lit("tenant"))
        .otherwise(pl.lit("owner")),
        valid_from=pl.col("opened_on"), valid_to=pl.col("closed_on"), share=pl.lit(None, dtype=pl.String),
        phone=pl.when(has_phone).then(phone),
        phone_source_code=pl.when(has_phone).then(
            draws.one_of("phone_source", {"resident": 5, "office": 3, "site": 2})
        ),
        phone_verified_on=pl.when(has_phone & draws.per_mille("verified", 720)).then(date(2024, 9, 1)),
        email=pl.when(draws.per_mille("email", 300)).then(pl.format("resident{}@example.org", KEY)),
        has_sms_consent=draws.per_mille("consent", 850), has_opted_out=draws.per_mille("opted_out", 25),
        has_call_consent=draws.per_mille("call_consent", 300),
    )
