"""Two versions compared part by part, and the sums of all causes held against the totals of both.

Accounts keep their part, so both sides of a part fit into memory together and parts are spread over processes. Where
an account has changed its part (another order of first arrivals), the versions are compared as one part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.changes import CAUSES, CHANGE_CAUSES, CHANGE_TOTALS, CHANGES
from pipeline.contracts.gate import gate
from pipeline.contracts.table import Table
from pipeline.reports.changes.facts import WHOLE, Asked, FoundInPart, compared_part, compared_people, measures
from pipeline.reports.changes.sides import NotComparable, Side, Sides, require_order
from pipeline.reports.published import published_month
from pipeline.storage.cluster import Workers
from pipeline.storage.files import parquet_files, write_parquet
from pipeline.storage.parts import UNPLACED, spread

#: Below this a pool of processes costs more than it brings.
_WORTH_A_POOL: Final = 64 << 20
#: Files of `changes`: one a part, one of what has no known account, one for all where accounts changed their part, one
#: of lists by persons.
_OWN: Final = re.compile(rf"(part-\d+|{UNPLACED}|{WHOLE}|people)\.parquet")
NOTHING: Final = Decimal("0.00")
#: Money columns that the manifests add up, by table and measure; other measures are added up from the files.
MEASURED: Final[dict[tuple[str, str], str]] = {
    ("open_items", "outstanding"): "outstanding_rub", ("payment_allocations", "allocated"): "allocated_rub",
    ("posted_payments", "received"): "amount_rub", ("billed_documents", "billed"): "billed_rub",
    ("advances", "advance"): "amount_rub", ("suspended_payments", "suspended"): "amount_rub",
    ("recalculations", "proposed"): "difference_rub", ("debtors", "claimed"): "claimed_rub",
    ("sms_list", "claimed"): "claimed_rub", ("call_list", "claimed"): "claimed_rub",
    ("debt_receipts", "claimed"): "claimed_rub",
    ("court_list", "claimed"): "claimed_rub",
}


@dataclass(frozen=True)
class Difference:
    """What moved between two versions: rows of `change_causes` and `change_totals`; `changes` lie in the folder."""

    sides: Sides
    folder: Path
    causes: list[dict[str, Any]] = field(repr=False)
    totals: list[dict[str, Any]] = field(repr=False)

    @property
    def untold(self) -> list[dict[str, Any]]:
        """Totals that the causes do not explain to the kopeck and to the row: there must be none."""
        return [
            total for total in self.totals
            if total["difference_rub"] != total["explained_rub"]
            or total["after_rows"] - total["before_rows"] != total["explained_rows"]
        ]

    @property
    def unexplained(self) -> list[dict[str, Any]]:
        """Changes for which the book knows no cause."""
        return [cause for cause in self.causes if cause["cause_code"] == "unexplained"]

    def largest_causes(self, number: int = 5) -> list[dict[str, Any]]:
        """Causes that moved most roubles of the debt, largest first."""
        return largest(self.causes)[:number]

    def largest_rows(self, table: str, number: int = 50, *, measure: str | None = None) -> list[dict[str, Any]]:
        """Rows of `changes` of a table that moved most, largest first."""
        files = parquet_files(self.folder / CHANGES.name)
        asked = (pl.col("table_name") == table) & (pl.lit(measure is None) | (pl.col("measure_code") == measure))
        own = pl.scan_parquet(files, hive_partitioning=False, glob=False).filter(asked)
        order = [pl.col("difference_rub").abs(), pl.col("measure_code"), pl.col("fact_key")]
        return own.sort(order, descending=[True, False, False]).head(number).collect().to_dicts()


def compare(before: Path, after: Path, into: Path, *, workers: Workers = 1) -> Difference:
    """Compare two version folders (nights, months, a scenario against the published month) and write into `into`.

    `before` and `after` hold a `_manifest.json` and the tables of a month. Written: `changes/part-*.parquet` (every
    changed fact, the parts of the book), `change_causes/part-000.parquet` and `change_totals/part-000.parquet`; the
    same two folders give the same bytes. `workers`: processes for the parts. NotComparable when a folder holds no
    finished version, the books differ, `before` is of a later month than `after`, or Parquet files that are none of
    ours lie where `changes` go.
    """
    sides = require_order(Sides(Side.of(before), Side.of(after)))
    _clear(into / CHANGES.name)
    asked = Asked(sides, into / CHANGES.name, *_registries_and_payments(sides))
    asked.into.mkdir(parents=True, exist_ok=True)
    told = spread(partial(compared_part, asked), _parts(sides), workers if _is_large(sides) else 1)
    people = compared_people(asked)
    causes = _added([*(row for part in told for row in part.causes), *people])
    totals = _totals(sides, causes, told)
    _write(into, CHANGE_CAUSES, causes)
    _write(into, CHANGE_TOTALS, totals)
    return Difference(sides, into, causes, totals)


def largest(causes: Sequence[dict[str, Any]], table: str = "open_items", measure: str = "outstanding"
            ) -> list[dict[str, Any]]:
    """Causes of one measure by the roubles that they moved up and down, largest first."""
    own = [cause for cause in causes if (cause["table_name"], cause["measure_code"]) == (table, measure)]
    return sorted(own, key=lambda cause: (-_moved(cause), CAUSES.index(cause["cause_code"])))


def read_difference(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(causes, totals) that `compare` wrote into a folder; empty lists where there is none."""
    tables = (parquet_files(folder / table.name) for table in (CHANGE_CAUSES, CHANGE_TOTALS))
    causes, totals = ([] if not files else pl.read_parquet(files, glob=False).to_dicts() for files in tables)
    return causes, totals


def _clear(folder: Path) -> None:
    """Remove what an earlier comparison wrote there; nothing else is ever deleted."""
    own = [file for file in parquet_files(folder) if file.is_file() and _OWN.fullmatch(file.name)]
    if foreign := [file for file in parquet_files(folder) if file not in own]:
        raise NotComparable(f"В папке {folder} лежит чужой файл {foreign[0].name}: он смешался бы с изменениями",
                            "Укажите ключом --out другую папку")
    for file in own:
        file.unlink()


def _is_large(sides: Sides) -> bool:
    return sum(file.stat().st_size for file in sides.after.folder.glob("*/*.parquet")) > _WORTH_A_POOL


def _parts(sides: Sides) -> list[str]:
    """Parts of both sides; one part for all when an account lies in another part than before."""
    names = ("account_index", "open_items", "suspended_payments", "quarantine")
    parts = sorted({part for side in (sides.before, sides.after) for name in names for part in side.part_hashes(name)})
    before, after = sides.before.part_hashes("account_index"), sides.after.part_hashes("account_index")
    if before == after or len(parts) <= 1:
        return parts or [WHOLE]
    return [WHOLE] if _has_moved(sides) else parts


def _has_moved(sides: Sides) -> bool:
    """Whether any account lies in another part than before; file by file, never all accounts at once."""
    before, after = (parquet_files(side.folder / "account_index") for side in (sides.before, sides.after))
    ids = partial(pl.read_parquet, columns=["account_id"], glob=False, hive_partitioning=False)
    same = {file.name: file for file in after}
    left = [pl.DataFrame(schema={"account_id": pl.String})]
    for file in before:
        earlier = ids(file)
        left.append(earlier.join(ids(same[file.name]), on="account_id", how="anti") if file.name in same else earlier)
    missing = pl.concat(left)
    return not missing.is_empty() and any(ids(file).join(missing, on="account_id", how="semi").height for file in after)


def _registries_and_payments(sides: Sides) -> tuple[list[str], list[str]]:
    """(registries sent again since, payments that a person has identified): they matter to every part."""
    with published_month(sides.after.folder) as month:
        month.attach("before", sides.before.folder)
        corrected = month.rows(
            "SELECT registry_id FROM main.known_registries AS later LEFT JOIN before.known_registries AS earlier "
            "USING (registry_id) WHERE later.version > coalesce(earlier.version, 1) ORDER BY registry_id"
        )
        identified = month.rows("SELECT payment_id FROM posted_payments WHERE is_identified ORDER BY payment_id")
    return [row["registry_id"] for row in corrected], [row["payment_id"] for row in identified]


def _added(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sums by cause over all parts, in the order of the key."""
    keys, found = CHANGE_CAUSES.primary_key, dict[tuple[str, ...], dict[str, Any]]()
    for row in rows:
        key = tuple(row[name] for name in keys)
        so_far = found.setdefault(key, {})
        found[key] = {name: value if name in keys else so_far.get(name, 0) + value for name, value in row.items()}
    return [found[key] for key in sorted(found)]


def _totals(sides: Sides, causes: list[dict[str, Any]], told: list[FoundInPart]) -> list[dict[str, Any]]:
    """Per table and measure: both versions as they say themselves, and what the causes add up to."""
    totals = []
    for table, measure in measures():
        own = [cause for cause in causes if (cause["table_name"], cause["measure_code"]) == (table, measure)]
        if measure == "overdue":
            before, after = (
                (sum(part.overdue[side].rows for part in told),
                 sum((part.overdue[side].rub for part in told), NOTHING)) for side in (0, 1)
            )
        else:
            before, after = (_of_manifest(side, table, measure) for side in (sides.before, sides.after))
        totals.append({
            "table_name": table, "measure_code": measure, "before_rows": before[0], "after_rows": after[0],
            "explained_rows": sum(cause["appeared"] - cause["vanished"] for cause in own),
            "before_rub": before[1], "after_rub": after[1], "difference_rub": after[1] - before[1],
            "explained_rub": sum((cause["net_rub"] for cause in own), NOTHING),
        })
    return totals


def _of_manifest(side: Side, table: str, measure: str) -> tuple[int, Decimal]:
    totals = side.totals(table)
    column = MEASURED.get((table, measure))
    return int(totals["rows"]), Decimal(totals.get(column, NOTHING)) if column else NOTHING


def _moved(cause: dict[str, Any]) -> Decimal:
    """Weight of a cause: what it added and what it took, not their difference."""
    moved: Decimal = cause["increase_rub"] - cause["decrease_rub"]
    return moved


def _write(into: Path, table: Table, rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema=table.outside_schema, orient="row").sort(table.primary_key)
    gate(frame, table)
    write_parquet(into / table.name / "part-000.parquet", frame)
