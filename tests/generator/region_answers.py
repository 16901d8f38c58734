"""Published months of a generated region against the right answers that lie beside it.

`differences(book, months)` gives one line per broken promise, with a few examples; nothing when every account owes what
it should and every slip met its fate. Books without a cast only: what the cast owes is the stories' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import yaml

KEY_COLUMNS = {"billing_documents": "document_id", "meter_readings": "reading_id"}
_FEW = 3


def differences(book: Path, months: Sequence[str]) -> list[str]:
    """Every answer that the published months do not give."""
    region = Region(book, list(months))
    return [fault for check in CHECKS for month in region.months for fault in check(region, month)]


@dataclass
class Region:
    """A book of a region: its published tables and its answers, by month."""

    book: Path
    months: list[str]

    def published(self, month: str, table: str) -> pl.DataFrame:
        folder = self.book / "published" / f"run_month={month}" / table
        return pl.read_parquet(sorted(folder.glob("*.parquet")), glob=False)

    def accounts(self, month: str) -> pl.DataFrame:
        return self._answers("accounts", month)

    def slips(self, month: str) -> pl.DataFrame:
        return self._answers("slips", month)

    def sums(self, month: str) -> dict[str, int]:
        told = yaml.safe_load((self.book / "answers.yaml").read_text(encoding="utf-8"))["crowd"]
        return dict(told[month])

    def _answers(self, name: str, month: str) -> pl.DataFrame:
        files = sorted((self.book / "answers" / name).glob("*.parquet"))
        return pl.read_parquet(files, glob=False).filter(pl.col("billing_month") == date.fromisoformat(f"{month}-01"))


def _owed(region: Region, month: str) -> Iterator[str]:
    """Open items less advances of every account: the generator makes no allocation, the total needs none."""
    open_items = region.published(month, "open_items").select("account_id", kop=_kopecks("outstanding_rub"))
    advances = region.published(month, "advances").select("account_id", kop=-_kopecks("amount_rub"))
    found = pl.concat([open_items, advances]).group_by("account_id").agg(found=pl.col("kop").sum())
    told = region.accounts(month).join(found, on="account_id", how="full", coalesce=True).with_columns(
        pl.col("found").fill_null(0)
    )
    wrong = told.filter(pl.col("owed_kop").fill_null(0) != pl.col("found"))
    yield from _fault(month, "owed", wrong.select("account_id", "owed_kop", "found"))


def _bills(region: Region, month: str) -> Iterator[str]:
    """Accounts without a sound bill are known as such, and no others."""
    wanted = region.accounts(month).filter("is_incomplete")["account_id"]
    found = region.published(month, "incomplete_bills")["account_id"]
    yield from _sets(month, "incomplete_bills", set(wanted), set(found))


def _granted(region: Region, month: str) -> Iterator[str]:
    """The bonus where the habit alone decides it, by the last month that looked."""
    if month == region.months[-1]:
        return
    following = region.months[region.months.index(month) + 1]
    own = pl.concat([region.published(run, "eligibility") for run in (month, following)])
    last = own.filter(pl.col("billing_month") == date.fromisoformat(f"{month}-01")).unique("account_id", keep="last",
                                                                                          maintain_order=True)
    told = region.accounts(month).drop_nulls("is_eligible").join(
        last.select("account_id", found="is_eligible", why="first_failed_code"), on="account_id", how="left"
    )
    wrong = told.filter(pl.col("is_eligible") != pl.col("found").fill_null(False))
    yield from _fault(month, "eligibility", wrong.select("account_id", "is_eligible", "found", "why", "habit_code"))


def _suspended(region: Region, month: str) -> Iterator[str]:
    table = region.published(month, "suspended_payments")
    reversals = pl.col("amount_rub") < 0
    row_id = pl.when(reversals).then("suspended_id").otherwise("payment_id")
    found = set(table.select(row_id, "reason_code").rows())
    until = [one for one in region.months if one <= month]
    wanted = {row for one in until for row in _fated(region, one, "suspended")}
    yield from _sets(month, "suspended_payments", wanted, found)


def _quarantined(region: Region, month: str) -> Iterator[str]:
    """Refused rows with their reasons; the sound lines of a refused document fall with it and are only counted."""
    rows = region.published(month, "quarantine").explode("rule_ids")
    found = {
        (row["original_values"][KEY_COLUMNS[name]] if name in KEY_COLUMNS
         else f"{row['original_values']['document_id']}|{row['original_values']['line_number']}", row["rule_ids"])
        for name in rows["table_name"].unique().sort()
        for row in rows.filter(pl.col("table_name") == name, pl.col("rule_ids") != "document_rejected").with_columns(
            pl.col("original_values").str.json_decode(_VALUES)
        ).to_dicts()
    }
    yield from _sets(month, "quarantine", _fated(region, month, "quarantined"), found)


def _repeated(region: Region, month: str) -> Iterator[str]:
    told = region.slips(month).filter(pl.col("fate_code") == "repeated")
    deliveries = region.published(month, "deliveries")
    for table in ("billing_documents", "payments", "meter_readings"):
        wanted = told.filter(pl.col("table_name") == table).height
        wanted += region.sums(month).get("sent_again_rows", 0) if table == "payments" else 0
        found = deliveries.filter(pl.col("table_name") == table)["repeated_rows"].sum()
        if wanted != found:
            yield f"{month} repeated rows of {table}: {wanted} expected, {found} found"


def _reversed(region: Region, month: str) -> Iterator[str]:
    found = region.published(month, "posted_reversals")
    sums = region.sums(month)
    wanted = (sums.get("reversed_rows", 0), sums.get("reversed_kop", 0))
    told = (found.height, found.select(_kopecks("amount_rub").sum()).item())
    if wanted != told:
        yield f"{month} reversals: {wanted} expected, {told} found"


def _judged(region: Region, month: str) -> Iterator[str]:
    """Findings and verdicts of readings, where no earlier slip disturbed the meter's memory."""
    if month != region.months[0]:
        return
    slips = region.slips(month).filter(pl.col("table_name") == "meter_readings").with_columns(
        meter=pl.col("row_id").str.extract(r"^r-(\w\w-\w+)")
    )
    is_first = pl.col("arrived_on").rank("min").over("meter") == 1
    wanted = slips.filter(is_first, pl.col("fate_code") == "judged").select("row_id", "reason_code")
    found = region.published(month, "consumption").select(
        row_id="reading_id", told=pl.concat_list("findings", "verdict_code")
    )
    joined = wanted.join(found, on="row_id", how="left")
    wrong = joined.filter(~pl.col("told").list.contains(pl.col("reason_code")).fill_null(False))
    yield from _fault(month, "consumption", wrong)


def _audited(region: Region, month: str) -> Iterator[str]:
    """Lines that differ from the registers, each with its cause, and no others."""
    found = region.published(month, "charge_audit")
    rows = found.select(pl.format("{}|{}", "document_id", "line_number"), "cause_code")
    yield from _sets(month, "charge_audit", _fated(region, month, "differs"), set(rows.rows()))


def _sums(region: Region, month: str) -> Iterator[str]:
    """Documents billed and payments posted, to the row and the kopeck."""
    sums = region.sums(month)
    paid = region.published(month, "posted_payments")
    documents = region.published(month, "deliveries").filter(pl.col("table_name") == "billing_documents")
    found = {
        "documents": documents["accepted_rows"].sum(), "paid_rows": paid.height,
        "paid_kop": paid.select(_kopecks("amount_rub").sum()).item(),
    }
    for what, number in found.items():
        if sums[what] != number:
            yield f"{month} {what}: {sums[what]} expected, {number} found"


CHECKS = (_owed, _bills, _granted, _suspended, _quarantined, _repeated, _reversed, _judged, _audited, _sums)
_VALUES = pl.Struct({"document_id": pl.String, "line_number": pl.String, "reading_id": pl.String})


def _fated(region: Region, month: str, fate: str) -> set[tuple[str, str]]:
    told = region.slips(month).filter(pl.col("fate_code") == fate)
    return set(told.select("row_id", "reason_code").rows())


def _kopecks(column: str) -> pl.Expr:
    return (pl.col(column) * 100).cast(pl.Int64)


def _sets(month: str, what: str, wanted: set, found: set) -> Iterator[str]:
    for word, rows in (("missing", wanted - found), ("unexpected", found - wanted)):
        if rows:
            yield f"{month} {what}: {len(rows)} {word}, e.g. {sorted(rows)[:_FEW]}"


def _fault(month: str, what: str, wrong: pl.DataFrame) -> Iterator[str]:
    if wrong.height:
        yield f"{month} {what}: {wrong.height} rows differ, e.g. {wrong.head(_FEW).rows()}"
