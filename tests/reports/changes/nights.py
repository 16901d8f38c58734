"""Nights of the small book, one thing planted at a time: what each night's comparison told.

Every planted thing concerns an account of its own, so each cause can be found by its account.
"""

from __future__ import annotations

from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.cli.months import show_month
from pipeline.contracts.catalogue import TABLES
from pipeline.reports.changes.beside import compared_beside
from pipeline.reports.changes.compare import read_difference
from pipeline.reports.changes.named import pair_of
from pipeline.storage.book import Book
from tests.robustness.small import DECEMBER, EARLY
from tests.town.books import raschet_here, succeeded, version_of
from tests.town.direct import published

#: Accounts of the small book, which is the same every time: all but the second one owe something on 15 January.
PAID_LATE, REVERSED, CORRECTED, HELD, NOT_SERVED = (
    "5000000149", "5000000194", "5000000125", "5000000055", "5000000048",
)
PLANTED: Final = {
    PAID_LATE: "late_payment", REVERSED: "reversal", CORRECTED: "corrected_document", HELD: "hold",
    NOT_SERVED: "register",
}
LATER: Final = "2026-01-17"
#: It came on the day before the night that did not have it yet.
ARRIVED: Final = "2026-01-14"
ADDED: Final = Decimal("100.00")


@dataclass(frozen=True)
class Night:
    """One run: its summary on the screen and its comparison with the run before."""

    root: Path
    said: str
    folder: Path
    changes: pl.DataFrame
    causes: list[dict[str, Any]]
    totals: list[dict[str, Any]]

    @property
    def codes(self) -> set[str]:
        return {cause["cause_code"] for cause in self.causes}

    def net(self, table: str, measure: str) -> Decimal:
        own = [row["net_rub"] for row in self.causes if (row["table_name"], row["measure_code"]) == (table, measure)]
        return sum(own, Decimal(0))


def night(root: Path) -> Night:
    """Run December once more and read what the run says of its changes."""
    said = succeeded(raschet_here(root, "run", "--month", str(DECEMBER), "--as-of", EARLY))
    return _told(root, said)


def computed_night(root: Path, as_of: str = EARLY) -> Night:
    """The same without Dagster and the reports: rooms, checks, publish, comparison, summary."""
    book = Book.at(root)
    version = published(book, DECEMBER, date.fromisoformat(as_of))
    assert compared_beside(book, version) is not None
    with redirect_stdout(StringIO()) as said:
        show_month(book, DECEMBER)
    return _told(root, said.getvalue())


def _told(root: Path, said: str) -> Night:
    folder = root / "reports" / str(DECEMBER) / version_of(root, DECEMBER).run_id
    causes, totals = read_difference(folder)
    return Night(root, said, folder, pl.read_parquet(folder / "changes" / "*.parquet"), causes, totals)


def versions(root: Path) -> tuple[Path, Path]:
    """Folders of the last run and of what it is compared with."""
    pair = pair_of_book(root)
    return pair[0].folder, pair[1].folder


def pair_of_book(root: Path) -> Any:
    return pair_of(Book.at(root), version_of(root, DECEMBER))


# ---- what is planted


def plant_all(root: Path) -> None:
    """A late registry, a reversal, a corrected document, a hold and a register snapshot."""
    _late_registry(root)
    _reversal(root)
    _corrected_document(root)
    _hold(root)
    _register(root)


def override(root: Path, line: str) -> None:
    """A value of the book's own instead of the law's."""
    settings = root / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("rules:", f"rules:\n  {line}", 1), "utf-8")


def _late_registry(root: Path) -> None:
    """Paid on the 9th, announced and sent on the 14th."""
    known = _landed(root, "payments").filter(pl.col("channel_code") == "bank_office")
    payment = (known if known.height else _landed(root, "payments")).head(1).with_columns(
        payment_id=pl.lit("LATE-1"), account_id=pl.lit(PAID_LATE), amount_rub=pl.lit(Decimal("1000.00")).cast(
            pl.Decimal(18, 2)), paid_at=pl.lit(datetime(2026, 1, 9, 12, tzinfo=MOSCOW)), received_on=date(2026, 1, 14),
        designated_document_id=pl.lit(None, pl.String), designation_code=pl.lit("none"),
        registry_id=pl.lit("late-20260114"), registry_row=pl.lit(1, pl.Int64),
    )
    _deliver(root, "payments", payment)
    _announce(root, "late-20260114", Decimal("1000.00"))


def _reversal(root: Path) -> None:
    paid = _landed(root, "payments").filter(pl.col("account_id") == REVERSED).row(0, named=True)
    _deliver_rows(root, "payment_reversals", {
        "reversal_id": "REV-1", "payment_id": paid["payment_id"], "amount_rub": paid["amount_rub"],
        "account_id": REVERSED, "original_received_on": None, "reversed_at": datetime(2026, 1, 13, 9, tzinfo=MOSCOW),
        "reason_code": "bank_error", "registry_id": "back-20260114",
    })
    _announce(root, "back-20260114", -paid["amount_rub"])


def _corrected_document(root: Path) -> None:
    """The main document again, its first line 100 roubles dearer."""
    old = _landed(root, "billing_documents").filter(
        (pl.col("account_id") == CORRECTED) & (pl.col("document_type_code") == "main")
    ).sort("billing_month").head(1)
    document_id = old["document_id"][0]
    dearer = [(pl.col(name) + ADDED).cast(pl.Decimal(18, 2)) for name in (
        "charged_rub", "payable_rub", "payable_with_penalty_rub")]
    new = old.with_columns(
        *dearer, document_id=pl.lit(f"{document_id}-v2"), version=pl.lit(2, pl.Int64),
        supersedes_document_id=pl.lit(document_id), issued_on=date(2026, 1, 14),
    ).cast(old.schema)
    lines = _landed(root, "charges").filter(pl.col("document_id") == document_id)
    first = pl.col("line_number") == pl.col("line_number").min()
    more = pl.when(first).then(pl.lit(ADDED)).otherwise(pl.lit(Decimal("0.00")))
    charges = lines.with_columns(
        document_id=pl.lit(f"{document_id}-v2"), charged_rub=pl.col("charged_rub") + more,
        payable_rub=pl.col("payable_rub") + more,
    ).cast(lines.schema)
    _deliver(root, "billing_documents", new)
    _deliver(root, "charges", charges)


def _hold(root: Path) -> None:
    _deliver_rows(root, "holds", {
        "event_id": "HOLD-1", "registered_at": datetime(2026, 1, 13, 9, tzinfo=MOSCOW), "account_id": HELD,
        "person_id": None, "creditor_id": None, "reason_code": "instalment", "from_on": date(2026, 1, 13),
        "to_on": None,
    })


def _register(root: Path) -> None:
    accounts = _landed(root, "accounts").with_columns(
        is_served=pl.when(pl.col("account_id") == NOT_SERVED).then(False).otherwise(pl.col("is_served"))
    )
    file = root / "landing" / "accounts" / f"as_of={ARRIVED}" / "planted.parquet"
    file.parent.mkdir(parents=True)
    accounts.write_parquet(file)


def _announce(root: Path, registry_id: str, total_rub: Decimal) -> None:
    registry = _landed(root, "registries").head(1).with_columns(
        registry_id=pl.lit(registry_id), received_on=date(2026, 1, 14), rows=pl.lit(1, pl.Int64),
        total_rub=pl.lit(total_rub).cast(pl.Decimal(18, 2)),
    )
    _deliver(root, "registries", registry, registry_id)


def _landed(root: Path, table: str) -> pl.DataFrame:
    files = sorted((root / "landing" / table).glob("*/*.parquet"))
    return pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in files])


def _deliver_rows(root: Path, table: str, *rows: dict[str, Any]) -> None:
    _deliver(root, table, pl.DataFrame(rows, schema=TABLES[table].outside_schema))


def _deliver(root: Path, table: str, frame: pl.DataFrame, name: str = "planted") -> None:
    file = root / "landing" / table / f"received={ARRIVED}" / f"{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(file)
