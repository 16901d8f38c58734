"""Promises about meters against the published months: what is due without readings, what was billed otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol

Row = dict[str, Any]


class Published(Protocol):
    """Published tables of a book by month."""

    def rows(self, month: str, table: str, **wanted: Any) -> list[Row]: ...


def _without_readings(published: Published, ids: Row, promises: Row) -> str:
    """What is due in a run; a promise that names the service alone says that nothing is."""
    faults = []
    for wanted in promises["without_readings"]:
        told = {name: value for name, value in wanted.items() if name != "run"}
        rows = published.rows(
            wanted["run"], "substitute_volumes", account_id=ids["main"], service_code=wanted["service_code"]
        )
        found = [
            {name: f"{row[name]:f}" if isinstance(row[name], Decimal) else row[name] for name in told} for row in rows
        ]
        faults += [f"{told} expected, {found} found"] if found != ([told] if len(told) > 1 else []) else []
    return "; ".join(faults)


def _billed_otherwise(published: Published, ids: Row, promises: Row) -> str:
    wanted = dict(promises["billed_otherwise"])
    rows = published.rows(wanted.pop("run"), "substitute_mismatches", account_id=ids["main"])
    found = {row["service_code"]: row["cause_code"] for row in rows}
    return "" if found == wanted else f"{wanted} expected, {found} found"


CHECKS = {"without_readings": _without_readings, "billed_otherwise": _billed_otherwise}
