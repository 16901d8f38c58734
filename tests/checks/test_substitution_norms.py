"""Norms by the registers in place of readings: the check counts them itself, and finds each that is another."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.substitution
from pipeline.assets.metering_inputs import METER_ACTS_HERE, NORMS_HERE
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, Finding
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import METER_MEMORY, UNBILLED_VOLUMES
from pipeline.contracts.registers import (
    ACCOUNTS,
    CONSUMPTION_NORMS,
    HOUSES,
    METERS,
    PREMISES,
    REGISTRATIONS,
    RIGHTS,
)
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from tests.domain.metering.folders import Folder
from tests.domain.metering.town import E7, frame, meter_row

SINCE, APRIL = date(2020, 1, 1), date(2026, 4, 1)
STRANGER = {"premises_id": "g", "persons_count": 1, "valid_from": SINCE}


def _norm(volume: float, **scope: Any) -> dict[str, Any]:
    return {"service_code": "cold_water", "per_code": "person", "norm_volume_e7": round(volume * E7),
            "valid_from": SINCE} | scope


def _lives(persons: int | None, **row: Any) -> dict[str, Any]:
    return {"premises_id": "f", "persons_count": persons, "valid_from": SINCE} | row


def _owns(person: str, role: str = "owner") -> dict[str, Any]:
    return {"premises_id": "f", "person_id": person, "role_code": role, "valid_from": SINCE}


def _files(root: Path, volumes: list[float | None], *, norms: list[Any], lives: list[Any], owns: list[Any],
           neighbours: int = 0, use: str | None = None) -> Folder:
    """One flat of 50 m² heated, with as many meters as there are volumes; all are billed by norm in April 2026."""
    meters = [f"A{number}" for number in range(len(volumes))]
    due = [{"account_id": "acc", "contract_id": "k1", "service_code": "cold_water", "meter_id": meter,
            "charge_month": APRIL, "basis_code": "norm", "volume_e7": None if volume is None else round(volume * E7)}
           for meter, volume in zip(meters, volumes, strict=True)]
    flat = {"premises_id": "f", "house_id": "h", "area_m2_e7": 54 * E7, "heated_area_m2_e7": 50 * E7, "use_code": use}
    accounts = ["acc", *(f"n{number}" for number in range(neighbours))]
    staged = [
        (METERS, [meter_row({"meter": meter}) for meter in meters]), (PREMISES, [flat]), (CONSUMPTION_NORMS, norms),
        (HOUSES, [{"house_id": "h", "territory_code": "t"}]), (REGISTRATIONS, lives), (RIGHTS, owns),
        (ACCOUNTS, [{"account_id": one, "premises_id": "f", "house_id": "h"} for one in accounts]),
        (CHARGES, []), (BILLING_DOCUMENTS, []),
    ]
    frames = {table.name: frame(table, rows) for table, rows in staged}
    frames |= {NORMS_HERE: SERVICE_NORMS.empty_inside(), METER_ACTS_HERE: METER_ACTS.empty_inside()}
    state = Folder(root / "state", {table.name: table.empty_inside() for table in (METER_MEMORY, UNBILLED_VOLUMES)})
    published = {SUBSTITUTE_VOLUMES.name: frame(SUBSTITUTE_VOLUMES, due)}
    return Folder(root / "run", published, frames, state, BillingMonth.of(APRIL)).lay()


def _found(files: Folder) -> Finding:
    check = next(one for one in DECLARED if one.name == "norms_follow_registers"
                 and one.check.__module__ == pipeline.checks.substitution.__name__)
    return check.check(files)  # type: ignore[arg-type]


CASES: list[tuple[str, list[float | None], dict[str, Any]]] = [
    ("two persons", [8.0], {"lives": [_lives(2)]}),
    # 15 of 30 days
    ("came on 16 April", [10.0], {"lives": [_lives(2), _lives(1, valid_from=date(2026, 4, 16))]}),
    ("told twice", [4.0], {"lives": [_lives(None, person_id="p"),
                                     _lives(None, person_id="p", valid_from=date(2020, 1, 2))]}),
    ("owners where nobody lives", [8.0], {"lives": [STRANGER], "owns": [_owns("p"), _owns("q", "joint_owner"),
                                                                      _owns("r", "tenant")]}),
    # 15 days of two persons, then 15 of one owner
    ("owners after all have left", [6.0], {"lives": [_lives(2, valid_to=date(2026, 4, 15))], "owns": [_owns("p")]}),
    ("owners where nobody knows who lives", [None], {"owns": [_owns("p")]}),
    ("the house before the territory", [6.0], {
        "lives": [_lives(2)], "norms": [_norm(4), _norm(5, territory_code="t"), _norm(3, house_id="h")]}),
    ("the newer norm", [10.0], {"lives": [_lives(2)], "norms": [_norm(4), _norm(5, valid_from=APRIL)]}),
    ("of another house", [8.0], {"lives": [_lives(2)], "norms": [_norm(4), _norm(9, house_id="another")]}),
    ("by heated area", [1.0], {"norms": [_norm(0.02, per_code="m2")]}),
    ("of two kinds", [None], {"lives": [_lives(2)], "norms": [_norm(4), _norm(0.02, per_code="m2")]}),
    ("several accounts of a flat", [None], {"lives": [_lives(2)], "neighbours": 1}),
    ("a shop", [None], {"lives": [_lives(2)], "use": "non_residential"}),
    # 4 of one person over three meters: 1.3333333, 1.3333334, 1.3333333
    ("three meters", [1.3333333, 1.3333334, 1.3333333], {"lives": [_lives(1)]}),
]


@pytest.mark.parametrize(("volumes", "given"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_norm_is_counted_anew_and_another_one_is_found(
    tmp_path: Path, volumes: list[float | None], given: dict[str, Any]
) -> None:
    files = _files(tmp_path, volumes, **{"norms": [_norm(4)], "lives": [], "owns": []} | given)
    assert _found(files).passed, _found(files)

    rows = files.frames[SUBSTITUTE_VOLUMES.name]
    files.frames[SUBSTITUTE_VOLUMES.name] = rows.with_columns(volume_e7=pl.col("volume_e7").fill_null(0) + 1)
    finding = _found(files.lay())
    assert (finding.passed, finding.found) == (False, len(volumes))
