"""The job that every engine does, and its files.

    bill        charge lines → items (account × document × creditor × contract × service × kind × charge month)
    allocate    payments in order of arrival: the named document or month, then the oldest; inside a document D'Hondt
    age         what is open at the cut, with days and whole months since the due date
    meters      volume since the remembered register, and whether it is plausible

Only ordinary accounts take part: a law book of rare cases (writs, reversals, credits, new versions, advances,
time-barred items, more than three payments) is what the pipeline is for and what nobody would write three times. The
files are cut to these accounts before any engine reads them, so all engines read the same rows, the pipeline too.

"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline import money
from pipeline.contracts import billing, ledger, metering, payments, registers
from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.domain.ledger.due_dates import with_due_on
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.ledger import LedgerRules
from pipeline.rules.metering import MeteringRules
from pipeline.storage.files import write_parquet
from pipeline.storage.run import MonthRun

PAYMENTS_MOST: Final = 3
KINDS: Final = ("principal", "capital_repair")
#: Document types in the order in which unnamed money meets them.
TYPES: Final = ("main", "capital_repair", "waste")
_LINES: Final = ["account_id", "document_id", "contract_id", "service_code", "charge_month", "payable_kop"]
_MONEY: Final = [
    "account_id", "payment_id", "amount_kop", "posted_at", "registry_id", "registry_row", "purpose_code",
    "designation_code", "designated_document_id", "designated_month", "designated_creditor_id",
]
_READ: Final = ["reading_id", "meter_id", "zone_code", "read_on", "value_e7", "source_code"]
_REMEMBERED: Final = ["meter_id", "zone_code", "last_value_e7", "last_read_on", "actual_months", "actual_volume_e7"]


@dataclass(frozen=True)
class Job:
    """Files of a job: what peers read (`files`), and the book that the pipeline runs on (`book`)."""

    root: Path

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def book(self) -> Path:
        return self.root / "book"

    def answer_of(self, engine: str) -> Path:
        folder = self.root / "answers" / engine
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def terms(self) -> dict[str, Any]:
        """Days, limits and sizes, as text and integers."""
        told: dict[str, Any] = json.loads((self.files / "terms.json").read_text(encoding="utf-8"))
        return told


def lay(run: MonthRun, target: Path) -> Job:
    """The job of a run whose ledger and metering are computed: its book cut to ordinary accounts, and plain files."""
    job = Job(target)
    shutil.rmtree(target, ignore_errors=True)
    not_needed = shutil.ignore_patterns("inputs", "landing", "reports")
    shutil.copytree(run.book.root, job.book, symlinks=True, ignore=not_needed)
    kept = ordinary(run).to_frame("account_id")
    meters = ordinary_meters(run).to_frame("meter_id")
    _cut(job.book / run.folder.relative_to(run.book.root), kept, meters)
    _cut(job.book / run.state.folder.relative_to(run.book.root), kept, meters)  # type: ignore[union-attr]
    cut = MonthRun(type(run.book).at(job.book), run.month, run.run_id, run.as_of, run.state)
    _plain(cut, run, kept, meters, job)
    return job


def ordinary(run: MonthRun) -> pl.Series:
    """Accounts to which nothing rare happens in the cycle."""
    documents, paid = run.read_staged(billing.BILLING_DOCUMENTS.name), run.read_staged(payments.PAYMENTS.name)
    items, advances = run.state.read(ledger.OPEN_ITEMS), run.state.read(ledger.ADVANCES)
    lines = run.read_staged(billing.CHARGES.name)
    issued = documents.group_by("account_id").agg(pl.col("received_at").max())
    rare = [
        documents.filter((pl.col("version") > 1) | pl.col("delivered_on").is_not_null()
                         | ~pl.col("document_type_code").is_in(TYPES)),
        lines.filter(pl.col("payable_kop") < 0),
        items.filter(pl.col("is_time_barred") | ~pl.col("document_type_code").is_in(TYPES)
                     | ~pl.col("debt_kind_code").is_in(KINDS) | (pl.col("limitation_on") <= run.as_of)),
        advances, run.read_staged(payments.PAYMENT_REVERSALS.name),
        run.read_staged(payments.PAYMENT_IDENTIFICATIONS.name), run.read_staged("ledger_moved"),
        run.read_staged("ledger_set_aside"),
        paid.filter(~pl.col("purpose_code").is_in(["regular", "capital_repair"])),
        paid.filter((pl.col("purpose_code") == "capital_repair") & pl.col("designated_creditor_id").is_null()),
        paid.join(issued, on="account_id", how="left").filter(
            (pl.col("posted_at") <= pl.col("received_at_right")).fill_null(True)
        ),
        paid.group_by("account_id").len().filter(pl.col("len") > PAYMENTS_MOST),
    ]
    odd = pl.concat([rows.select("account_id") for rows in rare]).drop_nulls().unique()
    return run.read(ACCOUNT_INDEX).join(odd, on="account_id", how="anti")["account_id"]


def ordinary_meters(run: MonthRun) -> pl.Series:
    """Meters with one zone, a remembered register, and at most one reading, of a later month, not below it and within
    the digits of the meter."""
    memory, read = run.state.read(metering.METER_MEMORY), run.read_staged(metering.METER_READINGS.name)
    known = run.register(registers.METERS).filter(pl.col("removed_on").is_null())
    told = read.join(memory, on="meter_id", how="left").join(
        known.select("meter_id", "digits"), on="meter_id", how="left"
    )
    capacity_e7 = pl.lit(10, dtype=pl.Int64).pow(pl.col("digits") + money.VOLUME_DIGITS)
    odd = pl.concat([
        read.filter(pl.col("zone_code").is_not_null() | (pl.len().over("meter_id") > 1)).select("meter_id"),
        memory.filter(pl.col("zone_code").is_not_null() | pl.col("last_value_e7").is_null()).select("meter_id"),
        told.filter(
            (pl.col("read_on").dt.month_start() <= pl.col("last_read_on").dt.month_start())
            | (pl.col("value_e7") < pl.col("last_value_e7")) | pl.col("last_value_e7").is_null()
            | (pl.col("value_e7") >= capacity_e7)
        ).select("meter_id"),
    ]).unique()
    return known.join(memory, on="meter_id", how="semi").join(odd, on="meter_id", how="anti")["meter_id"]


def _cut(folder: Path, accounts: pl.DataFrame, meters: pl.DataFrame) -> None:
    """Keep only rows of these accounts and meters in every Parquet file under a folder."""
    for file in sorted(folder.rglob("*.parquet")):
        rows = pl.read_parquet(file, hive_partitioning=False)
        left = rows.join(accounts, on="account_id", how="semi", maintain_order="left") if "account_id" in rows else rows
        left = left.join(meters, on="meter_id", how="semi", maintain_order="left") if "meter_id" in rows else left
        if left.height < rows.height:
            write_parquet(file, left, notes=pl.read_parquet_metadata(file))


def _plain(cut: MonthRun, run: MonthRun, accounts: pl.DataFrame, meters: pl.DataFrame, job: Job) -> None:
    """The inside shape as one file a table: whole kopecks and ten-millionths, no decimals."""
    def kept(rows: pl.DataFrame, key: str, by: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        return rows.join(by, on=key, how="semi").select(columns)

    documents = run.read_staged(billing.BILLING_DOCUMENTS.name).join(accounts, on="account_id", how="semi")
    told: dict[str, pl.DataFrame] = {
        "documents": documents.select("account_id", "document_id", "document_type_code", "billing_month"),
        "lines": kept(run.read_staged(billing.CHARGES.name), "account_id", accounts, _LINES),
        "payments": kept(run.read_staged(payments.PAYMENTS.name), "account_id", accounts, _MONEY),
        "items": kept(run.state.read(ledger.OPEN_ITEMS), "account_id", accounts, [
            *ledger.ITEM_KEY, "document_type_code", "billing_month", "due_on", "billed_kop", "paid_kop",
            "outstanding_kop", "epoch_base_kop",
        ]),
        "contracts": run.register(registers.SERVICE_CONTRACTS).select("contract_id", "creditor_id")
        .unique("contract_id"),
        "services": run.register(registers.SERVICES).select("service_code", "class_code"),
        "readings": kept(run.read_staged(metering.METER_READINGS.name), "meter_id", meters, _READ)
        .join(run.register(registers.METERS).join(accounts, on="account_id", how="semi"), on="meter_id", how="semi"),
        "memory": kept(run.state.read(metering.METER_MEMORY).join(accounts, on="account_id", how="semi"), "meter_id",
                       meters, _REMEMBERED),
    }
    job.files.mkdir(parents=True, exist_ok=True)
    for name, rows in told.items():
        rows.write_parquet(job.files / f"{name}.parquet", compression="zstd", compression_level=1)
    (job.files / "terms.json").write_text(json.dumps(_terms(run, accounts.height), indent=1), encoding="utf-8")


def _terms(run: MonthRun, accounts: int) -> dict[str, Any]:
    ledger_rules = LedgerRules.in_force(run.rule_book, run.month.first_day)
    meter_rules = MeteringRules.in_force(run.rule_book, run.month.first_day)
    month = pl.DataFrame({"billing_month": [run.month.first_day]})
    working_days = WorkingCalendar.known(run.rule_book).working_days()
    due_on: date = with_due_on(month, working_days, rules=ledger_rules.due_dates)["due_on"].item()
    return {
        "month": str(run.month), "cut_on": run.as_of.isoformat(), "due_on": due_on.isoformat(), "accounts": accounts,
        "floor_e7": meter_rules.anomaly_floor_e7, "factor_e4": meter_rules.anomaly_factor_e4,
        "history_months_min": meter_rules.average_history_months_min,
        "confirming_sources": sorted(meter_rules.confirming_sources),
    }
