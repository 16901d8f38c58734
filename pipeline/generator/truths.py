"""What must come of a region's crowd, beside the data: written while it is made, compared with what comes out.

    answers/accounts/<district>.parquet   one row an account and month: habit, months in debt when the book starts, what
                                          it owes when the cycle ends (opening + billed − paid + reversed, advances as a
                                          minus), whether its bill is missing or was refused, whether the bonus is
                                          granted (where that follows from the habit alone)
    answers/slips/<district>.parquet      one row a slip: the row it hit, its fate and why (`slips/`)
    answers.yaml, `crowd`                 sums of both by month

No allocation is made here: what an account owes in all does not depend on which item a kopeck goes to.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from pipeline.generator.plan import Plan
from pipeline.generator.slips import TOLD
from pipeline.generator.slips.bills import SlippedBills
from pipeline.generator.slips.money import SlippedMoney
from pipeline.storage.files import write_parquet

_FLOW: Final = {"account_id": pl.String(), "month": pl.Int64(), "amount_kop": pl.Int64()}
_ACCOUNT: Final = ("account_id", "habit_code", "months_in_debt", "owed_kop", "is_incomplete", "is_eligible")
_ONLINE: Final = ("own_site", "own_app")
_BETWEEN: Final = "|"


@dataclass
class Truths:
    """Reckoning of one block. Sums are counted by `<month>|<what>`."""

    plan: Plan
    accounts: pl.DataFrame
    sums: Counter[str] = field(default_factory=Counter)
    flows: list[pl.DataFrame] = field(default_factory=list)
    sound: list[pl.DataFrame] = field(default_factory=list)
    slipped: list[pl.DataFrame] = field(default_factory=list)

    def opened(self, items: pl.DataFrame, advances: pl.DataFrame) -> None:
        """What the crowd owes and has paid ahead when the book starts."""
        for rows, amount in ((items, pl.col("outstanding_kop")), (advances, -pl.col("amount_kop"))):
            self.flows.append(rows.select("account_id", month=pl.lit(-1, dtype=pl.Int64), amount_kop=amount))

    def billed(self, month: int, documents: pl.DataFrame, bills: SlippedBills) -> None:
        """Documents as the biller made them; only sound ones count."""
        sound = documents.join(bills.sound, on="document_id", how="semi")
        owed = sound.select(
            "account_id", month=pl.lit(month, dtype=pl.Int64),
            amount_kop=pl.col("charged_kop") + pl.col("voluntary_insurance_kop") + pl.col("penalty_kop"),
        )
        self.flows.append(owed)
        mains = sound.filter(pl.col("document_type_code") == "main")
        self.sound.append(mains.select("account_id", month=pl.lit(month, dtype=pl.Int64), has_sound_bill=pl.lit(True)))
        self._count(month, "documents", sound.height)
        self._count(month, "billed_kop", int(owed["amount_kop"].sum()))
        self.slipped.append(bills.answers)

    def charged(self, answers: pl.DataFrame, bills: SlippedBills) -> None:
        """Lines that the charge audit must find: those of documents that ingest accepts."""
        document = pl.col("row_id").str.split("|").list.first()
        self.slipped.append(answers.join(bills.sound, left_on=document, right_on="document_id", how="semi"))

    def paid(self, money: SlippedMoney) -> None:
        """Payments and reversals made in a cycle, each counted by the cycle in which it arrives."""
        arrival = self._arrival("received_on")
        sound, undone = (rows.with_columns(month=arrival) for rows in (money.sound, money.undone))
        self.flows.append(sound.select("account_id", "month", -pl.col("amount_kop")))
        self.flows.append(undone.select("account_id", "month", "amount_kop"))
        for what, rows in (("paid", sound), ("reversed", undone)):
            for number, count, total in rows.group_by("month").agg(pl.len(), pl.col("amount_kop").sum()).rows():
                self._count(number, f"{what}_rows", count)
                self._count(number, f"{what}_kop", total)
        self.slipped.append(money.answers)

    def read(self, answers: pl.DataFrame) -> None:
        """Readings count for nothing but their slips."""
        self.slipped.append(answers)

    def write(self, name: str) -> None:
        """The files of one block."""
        months = {number: cycle.month.first_day for number, cycle in enumerate(self.plan.cycles)}
        of_month = pl.col("month").replace_strict(months, return_dtype=pl.Date)
        slips = self._told_slips()
        told = self._told_accounts(slips).select(*_ACCOUNT, billing_month=of_month)
        slips = slips.select(*TOLD, billing_month=of_month)
        folder = self.plan.landing.book / "answers"
        write_parquet(folder / "accounts" / f"{name}.parquet", told)
        write_parquet(folder / "slips" / f"{name}.parquet", slips)

    def _told_slips(self) -> pl.DataFrame:
        """Slips of all months that have arrived, with the number of the cycle in which they did."""
        slips = pl.concat(self.slipped).with_columns(month=self._arrival("arrived_on")).filter(
            pl.col("month") < len(self.plan.cycles)
        ).sort("month", "table_name", "row_id", "kind_code", "fate_code")
        for month, kind, accounts in slips.group_by("month", "kind_code").agg(pl.col("account_id").n_unique()).rows():
            self._count(month, f"{kind}_accounts", accounts)
        return slips

    def _told_accounts(self, slips: pl.DataFrame) -> pl.DataFrame:
        every = self.accounts.select("account_id", "pays", "is_served", "channel_code", "months_in_debt").join(
            pl.DataFrame({"month": range(len(self.plan.cycles))}, schema={"month": pl.Int64}), how="cross"
        )
        moved = pl.concat(flow.select(*_FLOW) for flow in self.flows).group_by("account_id", "month").agg(
            pl.col("amount_kop").sum()
        )
        before = moved.filter(pl.col("month") < 0).select("account_id", start_kop="amount_kop")
        # a slip of any month leaves the months after it in doubt
        of_bonus = slips.filter(~pl.col("table_name").is_in(["meter_readings", "charge_audit"]))
        first_slip = of_bonus.group_by("account_id").agg(doubtful_from=pl.col("month").min())
        refused = slips.filter(
            pl.col("fate_code") == "quarantined", pl.col("table_name").is_in(["billing_documents", "charges"])
        ).select("account_id", "month", is_refused=pl.lit(True)).unique()
        told = (
            every.join(moved, on=["account_id", "month"], how="left", maintain_order="left")
            .join(before, on="account_id", how="left", maintain_order="left")
            .join(pl.concat(self.sound), on=["account_id", "month"], how="left", maintain_order="left")
            .join(refused, on=["account_id", "month"], how="left", maintain_order="left")
            .join(first_slip, on="account_id", how="left", maintain_order="left")
            .with_columns(
                pl.col("amount_kop", "start_kop").fill_null(0),
                pl.col("has_sound_bill", "is_refused").fill_null(False),
            )
            .with_columns(owed_kop=pl.col("start_kop") + pl.col("amount_kop").cum_sum().over("account_id"))
        )
        for month, total in told.group_by("month").agg(pl.col("owed_kop").sum()).rows():
            self._count(month, "owed_kop", total)
        is_certain = pl.col("doubtful_from").is_null() | (pl.col("month") < pl.col("doubtful_from"))
        return told.select(
            "account_id", "month", "months_in_debt", "owed_kop", habit_code="pays",
            is_incomplete=pl.col("is_refused") | (~pl.col("has_sound_bill") & pl.col("is_served")),
            is_eligible=pl.when(is_certain).then(_granted()),
        )

    def _arrival(self, day: str) -> pl.Expr:
        """Number of the cycle in which a row arrives; rows of later days have not arrived (number of months)."""
        number = pl.lit(0, dtype=pl.Int64)
        for cycle in self.plan.cycles:
            number = number + (pl.col(day) >= cycle.next_issue_on).cast(pl.Int64)
        return number

    def _count(self, month: int, what: str, number: int) -> None:
        if month < len(self.plan.cycles):
            self.sums[f"{self.plan.cycles[month].month}{_BETWEEN}{what}"] += number


def _granted() -> pl.Expr:
    """The bonus, where the habit alone decides it: who pays in time online has it, an old debtor has not."""
    is_online = pl.col("channel_code").is_in(_ONLINE)
    return (
        pl.when(~pl.col("is_served")).then(False)
        .when((pl.col("pays") == "in_time") & is_online).then(True)
        .when(pl.col("months_in_debt") > 0).then(False)
    )


def by_month(sums: Counter[str]) -> dict[str, dict[str, int]]:
    """Sums of all blocks as `answers.yaml` tells them."""
    told: dict[str, dict[str, int]] = {}
    for key, number in sorted(sums.items()):
        month, what = key.split(_BETWEEN)
        told.setdefault(month, {})[what] = number
    return told
