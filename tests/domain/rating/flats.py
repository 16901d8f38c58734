"""A flat, its house and their registers, as the cases of `tests/cases/rating.yaml` tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.contracts import registers
from pipeline.contracts.table import Table
from pipeline.domain.rating.ground import LINE, Known

SINCE = date(2015, 1, 1)
SCHEMA = {
    "account_id": pl.String(), "document_id": pl.String(), "line_number": pl.Int64(), "contract_id": pl.String(),
    "service_code": pl.String(), "zone_code": pl.String(), "charge_month": pl.Date(), "basis_code": pl.String(),
    "volume_e7": pl.Int64(), "tariff_e6": pl.Int64(), "charged_kop": pl.Int64(), "recalculated_kop": pl.Int64(),
    "batch_id": pl.String(),
}
assert tuple(SCHEMA) == LINE


def e7(value: object) -> int | None:
    return None if value is None else int(Decimal(str(value)).scaleb(7))


def e6(value: object) -> int:
    return int(Decimal(str(value)).scaleb(6))


def kop(value: object) -> int:
    return int(Decimal(str(value)).scaleb(2))


def month_of(written: str) -> date:
    return date.fromisoformat(f"{written}-01")


def frame(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict(row) for row in rows], schema=table.inside_schema)


def lines_of(case: Mapping[str, Any]) -> pl.DataFrame:
    """The line of a case first, then those beside it, on one document."""
    asked = case["line"]
    rows = [asked, *({"month": asked["month"], **other} for other in case.get("beside", ()))]
    return pl.DataFrame([
        {"account_id": "a1", "document_id": row.get("document", "d1"), "line_number": number,
         "contract_id": f"k-{row['service']}", "service_code": row["service"], "zone_code": row.get("zone"),
         "charge_month": month_of(row["month"]), "basis_code": row["basis"], "volume_e7": e7(row.get("volume")),
         "tariff_e6": e6(row["printed"]) if "printed" in row else None,
         "charged_kop": kop(row.get("charged", 0)) if row.get("recalculated") or "charged" in row else 1,
         "recalculated_kop": kop(row.get("recalculated", 0)), "batch_id": row.get("batch")}
        for number, row in enumerate(rows, start=1)
    ], schema=SCHEMA).sort("document_id", "line_number")


def known_of(case: Mapping[str, Any]) -> Known:
    """The registers of a case; what it does not tell is as for a flat of 54 m² to which nothing happens."""
    asked = case["line"]
    neighbour = [{"account_id": "a0", "closed_on": case["neighbour"].get("closed")}] if "neighbour" in case else []
    own = {"account_id": "a1", "opened_on": case.get("opened", SINCE), "closed_on": case.get("closed")}
    flat = {"premises_id": "p1", "house_id": "h1"}
    services = {asked["service"]: case["line"].get("kind")} | {
        other["service"]: None for other in (*case.get("beside", ()), *case.get("norms", ())) if "service" in other
    } | dict.fromkeys((*case.get("house_services", ()), *case.get("meters_of", ())))
    persons = case.get("persons")
    registered = [{"count": persons, "from": SINCE}] if isinstance(persons, int) else persons or []
    owners = case.get("owners", 0)
    if isinstance(owners, int):
        owners = [{"person": f"o{number}"} for number in range(owners)]
    return Known(
        accounts=frame(registers.ACCOUNTS, [{"opened_on": SINCE, **flat, **one} for one in (*neighbour, own)]),
        premises=frame(registers.PREMISES, [{
            **flat, "area_m2_e7": e7(case.get("area", "54.00")), "heated_area_m2_e7": e7(case.get("heated_area")),
            "meter_impossible_services": case.get("no_meter_possible"),
        }]),
        houses=frame(registers.HOUSES, [{
            "house_id": "h1", "territory_code": "t1", "common_area_m2_e7": e7(case.get("common_area", 0)),
            "premises_area_m2_e7": e7(case.get("premises_area")), "heating_mode_code": case.get("heating"),
        }]),
        rights=frame(registers.RIGHTS, [
            {"premises_id": "p1", "person_id": row["person"], "role_code": "owner",
             "valid_from": row.get("from", SINCE)}
            for row in owners
        ]),
        registrations=frame(registers.REGISTRATIONS, [
            {"premises_id": "p1", "person_id": row.get("person"), "persons_count": row.get("count"),
             "valid_from": row["from"], "valid_to": row.get("to")} for row in registered
        ]),
        meters=frame(registers.METERS, [
            {"account_id": "a1", "service_code": service}
            for service in [*case.get("meters_of", ()), *[asked["service"]] * bool(case.get("own_meter"))]
        ]),
        contracts=frame(registers.SERVICE_CONTRACTS, [
            {"contract_id": f"k-{service}", "service_code": service, "valid_from": SINCE,
             "valid_to": case.get("contract_until")} for service in services
        ] + [
            {"contract_id": f"h-{service}", "house_id": "h1", "service_code": service, "valid_from": SINCE,
             "valid_to": case.get("house_services_until")} for service in case.get("house_services", ())
        ]),
        services=frame(registers.SERVICES, [
            {"service_code": service, "kind_code": kind, "unit_code": "m3"} for service, kind in services.items()
        ]),
        tariffs=frame(registers.TARIFFS, [_tariff(asked["service"], row) for row in _tariffs(case)]),
        norms=frame(registers.CONSUMPTION_NORMS, [_norm(asked["service"], row) for row in case.get("norms", ())]),
        has_registrations=persons is not None,
        replaced=pl.Series([case["replaced"]] if "replaced" in case else [], dtype=pl.String),
    )


def _tariffs(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = case.get("tariffs")
    return [{"tariff": case["tariff"], "from": date(2020, 1, 1)}] if told is None else told


def _tariff(service: str, row: Mapping[str, Any]) -> dict[str, Any]:
    own = {"contract_id": f"k-{service}"} if row.get("contract") else {"territory_code": row.get("territory", "t1")}
    return own | {
        "service_code": row.get("service", service), "zone_code": row.get("zone"),
        "part_code": row.get("part", "variable"),
        "tariff_e6": e6(row["tariff"]), "valid_from": row["from"], "valid_to": row.get("to"),
    }


def _norm(service: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "house_id": "h1" if row.get("house") else None, "service_code": row.get("service", service),
        "per_code": row["per"], "norm_volume_e7": e7(row["norm"]), "valid_from": row["from"],
        "valid_to": row.get("to"),
    }
