"""Who plays: a role is one account of one story with the traits that its case needs; all else is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from pipeline.generator.accounts import STORY_NUMBERS_FROM, Settlement
from pipeline.generator.draws import KEY

if TYPE_CHECKING:
    from pipeline.generator.stories.scene import Scene

PLAIN_HOUSE: Final = 7
FUND_HOUSE: Final = 1
WASTE_HOUSE: Final = 3
INSURED_HOUSE: Final = 4
_STORY_FLATS_FROM: Final = 200


@dataclass(frozen=True)
class Role:
    """One account of a story. Months are counted from the book's first; meters by service code."""

    name: str = "main"
    account_id: str = ""
    house: int = PLAIN_HOUSE
    flat_of: str = ""
    kind: str = "citizen"
    is_served: bool = True
    first_month: int = 0
    last_month: int | None = None
    closed_on: date | None = None
    opened_on: date = date(2015, 1, 1)
    successor: str = ""
    is_announced: bool = True
    person_of: str = ""
    contact: Mapping[str, Any] = field(default_factory=dict)
    waits_for_true_up: bool = False
    registers: Mapping[str, int] = field(default_factory=dict)
    volumes: Mapping[tuple[str, int], int] = field(default_factory=dict)
    averages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A case: a readable name, one Russian sentence, its roles, and the script that plays it."""

    slug: str
    title: str
    script: Callable[[Scene], None]
    roles: tuple[Role, ...] = (Role(),)


def cast_of(stories: tuple[Story, ...]) -> pl.DataFrame:
    """One row per role: number, account id, house, flat, story and role."""
    rows: list[dict[str, Any]] = []
    for place, story in enumerate(stories, start=1):
        flats: dict[str, int] = {}
        for turn, role in enumerate(story.roles, start=1):
            number = STORY_NUMBERS_FROM + place * 10 + turn
            flats[role.name] = flats.get(role.flat_of, _STORY_FLATS_FROM + place * 10 + turn)
            rows.append({
                KEY: number, "account_id": role.account_id or f"77000{place:02d}{turn:02d}0",
                "house_number": role.house, "flat": flats[role.name], "slug": story.slug, "role": role.name,
            })
    return pl.DataFrame(rows, schema_overrides={KEY: pl.Int64, "house_number": pl.Int64, "flat": pl.Int64})


def traits_of(cast: pl.DataFrame, stories: tuple[Story, ...], settlement: Settlement) -> pl.DataFrame:
    """The cast in the shape of a block of accounts: two people, 52 m², meters for everything, readings every month."""
    traits = settlement.with_traits(cast.drop("slug", "role"))
    ids = dict(zip(cast.select("slug", "role").rows(), cast["account_id"], strict=True))
    chosen = pl.DataFrame([
        {"account_id": ids[story.slug, role.name], "account_kind_code": role.kind, "is_served": role.is_served,
         "mode_code": "full" if role.is_served else "collection_only", "opened_on": role.opened_on,
         "closed_on": role.closed_on, "waits_for_true_up": role.waits_for_true_up,
         "successor_account_id": ids.get((story.slug, role.successor))}
        for story in stories for role in story.roles
    ], schema_overrides={"closed_on": pl.Date(), "successor_account_id": pl.String()})
    told = traits.drop(chosen.drop("account_id").columns).join(chosen, on="account_id", maintain_order="left")
    return told.with_columns(
        area_e7=pl.lit(520_000_000, dtype=pl.Int64), people=pl.lit(2, dtype=pl.Int64), has_water_meter=pl.lit(True),
        has_zones=pl.lit(False), has_gas_meter=pl.col("has_gas"), pays_insurance=pl.lit(False),
        has_benefit=pl.lit(False), reads=pl.lit("submits"), source_code=pl.lit("resident_app"),
        pays=pl.lit("story"), months_in_debt=pl.lit(0, dtype=pl.Int64), channel_code=pl.lit("own_site"),
    ).select(traits.columns)


def with_overrides(meters: pl.DataFrame, cast: pl.DataFrame, stories: tuple[Story, ...], *names: str) -> pl.DataFrame:
    """Meters with the register, the average or the volumes that a role asks for (thousandths of the unit)."""
    ids = dict(zip(cast.select("slug", "role").rows(), cast["account_id"], strict=True))
    for story in stories:
        for role in story.roles:
            of_role = pl.col("account_id") == ids[story.slug, role.name]
            wanted: dict[str, dict[str, int]] = {"last_value_e7": dict(role.registers)}
            wanted["average_e7"] = dict(role.averages)
            wanted["actual_volume_e7"] = {service: value * 6 for service, value in role.averages.items()}
            for (service, month), value in role.volumes.items():
                wanted.setdefault(f"volume_{month}", {})[service] = value
            for column, by_service in wanted.items():
                for service, value in by_service.items():
                    if column in names:
                        this = of_role & (pl.col("service_code") == service)
                        meters = meters.with_columns(pl.when(this).then(value * 10_000).otherwise(column).alias(column))
    return meters
