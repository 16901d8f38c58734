"""Histories of debt: many accounts at once that are billed, pay or do not, and are dunned on some nights.

A night is computed for all of them by the room's own functions; some nights are missed. Months close on their last day,
as the book does, and the next one reads the state of the one before. Everything follows from the seed.
"""

from __future__ import annotations

import calendar
import datetime as dt
import random
from dataclasses import dataclass, field, replace

import polars as pl

from pipeline.contracts import debt, ledger, registers
from pipeline.domain.debt import calls, lists
from pipeline.domain.debt.debtors import Facts, Standing, standing
from tests.domain.debt import town
from tests.domain.debt.town import BOOK, EARLY, MOBILE, RULES, frame

START = dt.date(2026, 1, 31)
#: What may be sent to the accounts of each kind, in order.
LADDERS = {
    "consent": ["reminder", "sms", "debt_receipt"], "plain": ["sms", "debt_receipt"], "none": ["debt_receipt"],
    "calls": ["reminder", "sms", "call", "debt_receipt"],
}
PAIR = ["account_id", "creditor_id"]


@dataclass
class Population:
    """Accounts A0…; what they owe, what left, and what the month before published."""

    size: int
    seed: int
    day: dt.date = START
    items: pl.DataFrame = field(default_factory=ledger.OPEN_ITEMS.empty_inside)
    paid: pl.DataFrame = field(default_factory=ledger.PAYMENT_ALLOCATIONS.empty_inside)
    journal: pl.DataFrame = field(default_factory=debt.DISPATCHES.empty_inside)
    previous: pl.DataFrame = field(default_factory=debt.DEBTORS.empty_inside)
    missed: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        self.draws = random.Random(self.seed)
        ids = [f"A{number}" for number in range(self.size)]
        kinds = list(LADDERS)
        self.kinds = pl.DataFrame({"account_id": ids, "kind": [kinds[n % len(kinds)] for n in range(self.size)]})
        contacts = [
            town.contact(
                f"p-{account}", phone=MOBILE, has_sms_consent=kind in ("consent", "calls"),
                has_call_consent=kind == "calls", phone_verified_on=EARLY,
            )
            for account, kind in self.kinds.rows() if kind != "none"
        ]
        self.known = replace(
            town.nothing(),
            accounts=frame(registers.ACCOUNTS, *map(town.account, ids)),
            rights=frame(registers.RIGHTS, *(town.right(f"p-{account}", account) for account in ids)),
            persons=frame(registers.PERSONS, *(town.person(f"p-{account}") for account in ids)),
            contacts=frame(registers.CONTACTS, *contacts),
        )

    # ---- what happens

    def passes(self, days: int) -> None:
        """Days go by; a month that ends is closed and the next one is billed."""
        for _ in range(days):
            if self.day.day == calendar.monthrange(self.day.year, self.day.month)[1]:
                self.previous = self.night().debtors
                self.paid = self.paid.clear()
                self._bill()
            self.day += dt.timedelta(days=1)

    def some_pay(self, share: float, *, in_full: bool) -> None:
        """A share of the accounts pays today: everything that is overdue, or the oldest item."""
        chosen = self._some(share)
        wanted = self.items.filter(pl.col("account_id").is_in(chosen.implode()) & (pl.col("due_on") < self.day))
        if not in_full:
            wanted = wanted.sort("account_id", "due_on").unique("account_id", keep="first", maintain_order=True)
        moment = dt.datetime.combine(self.day, dt.time(12), tzinfo=town.MOSCOW)
        rows = wanted.select(
            *PAIR, "debt_kind_code", "due_on", paid_at=pl.lit(moment, dtype=pl.Datetime("us", "Europe/Moscow")),
            allocated_kop="outstanding_kop",
        )
        self.paid = pl.concat([self.paid, rows], how="diagonal")
        self.items = self.items.join(wanted.select("document_id"), on="document_id", how="anti")
        if self.missed is not None:
            self.missed = self.missed.filter(~pl.col("account_id").is_in(chosen.implode()))

    def night(self) -> Standing:
        """All accounts as of the end of today."""
        overdue = pl.lit(self.day) > pl.col("due_on")
        months = (
            (self.day.year * 12 + self.day.month) - (pl.col("due_on").dt.year() * 12 + pl.col("due_on").dt.month())
            - (pl.lit(self.day.day) < pl.col("due_on").dt.day()).cast(pl.Int32)
        )
        aged = self.items.with_columns(
            days_overdue=(pl.lit(self.day) - pl.col("due_on")).dt.total_days().clip(0).cast(pl.Int32),
            months_overdue=pl.when(overdue).then(months).otherwise(0).cast(pl.Int32),
        )
        facts: Facts = replace(
            self.known, open_items=aged, payment_allocations=self.paid, dispatches=self.journal, previous=self.previous
        )
        return standing(facts, rules=RULES, as_of=self.day, book_id=BOOK)

    def handed_over(self) -> Standing:
        """Tonight's lists leave."""
        found = self.night()
        texted = lists.sms_list(
            lists.sms_candidates(found), self.journal, rules=RULES.notice, run_on=self.day, book_id=BOOK
        )
        called = calls.call_list(
            calls.call_candidates(found), texted, self.journal, rules=RULES.calls, run_on=self.day, book_id=BOOK
        )
        people = [
            listed.select("action_id", "person_id", episode_id="episode_ids", list_code=pl.lit(code))
            .explode("episode_id", empty_as_null=True)
            for code, listed in (("sms_list", texted), ("call_list", called))
        ]
        receipts = lists.debt_receipts(found, self.journal, rules=RULES.notice, run_on=self.day, book_id=BOOK)
        papers = [
            listed.select("action_id", "episode_id", person_id=pl.lit(None, dtype=pl.String), list_code=pl.lit(code))
            for code, listed in (
                ("debt_receipts", receipts), ("court_list", lists.court_list(found, run_on=self.day, book_id=BOOK)),
            )
        ]
        told = found.debtors.select("episode_id", *PAIR, "track_code", "claimed_kop", stage_code="next_action_code")
        left = pl.concat([*people, *papers], how="diagonal").join(
            told, on="episode_id"
        ).with_columns(dispatched_on=pl.lit(self.day), run_month=pl.lit(self.day.replace(day=1)), run_id=pl.lit("r"),
          paper_number=pl.lit(None, dtype=pl.String))
        self.journal = pl.concat([self.journal, left.select(self.journal.columns)])
        self.missed = None
        return found

    def missed_night(self) -> None:
        """Nobody looks tonight: what was due must still be due on the next night."""
        self.missed = due_of(self.night())

    def _bill(self) -> None:
        chosen = self._some(0.8)
        due = self.day + dt.timedelta(days=15)
        number = self.day.year * 12 + self.day.month
        amounts = pl.Series([self.draws.choice([90_00, 600_00, 1_500_00, 4_000_00]) for _ in chosen], dtype=pl.Int64)
        rows = pl.DataFrame({"account_id": chosen, "outstanding_kop": amounts}).with_columns(
            document_id=pl.col("account_id") + f"-{number}", creditor_id=pl.lit("c1"), contract_id=pl.lit("k-c1"),
            service_code=pl.lit("heat"), debt_kind_code=pl.lit("principal"),
            charge_month=pl.lit(self.day.replace(day=1)), billing_month=pl.lit(self.day.replace(day=1)),
            due_on=pl.lit(due), is_disputed=False, is_time_barred=False,
            limitation_on=pl.lit(due.replace(year=due.year + 3, day=min(due.day, 28))), written_off_kop=pl.lit(0),
        ).with_columns(pl.lit(EARLY).alias("issued_on"))
        self.items = pl.concat([self.items, rows], how="diagonal_relaxed").cast(pl.Schema(self.items.schema))

    def _some(self, share: float) -> pl.Series:
        ids = self.kinds["account_id"].to_list()
        return pl.Series("account_id", [account for account in ids if self.draws.random() < share], dtype=pl.String)


def due_of(found: Standing) -> pl.DataFrame:
    """Notice rows whose day has come: pair and stage."""
    return found.notice.filter("is_due").select(*PAIR, "episode_id", "next_action_code")


# ---- what must hold

def assert_no_stage_is_skipped_or_repeated(population: Population) -> None:
    """In every episode the stages are a beginning of the ladder of its account, each once, with the waits between."""
    told = (
        population.journal.filter(pl.col("track_code") == "notice").sort("episode_id", "dispatched_on")
        .group_by("account_id", "episode_id", maintain_order=True)
        .agg(stages=pl.col("stage_code"), waits=pl.col("dispatched_on").diff().dt.total_days().drop_nulls())
        .join(population.kinds, on="account_id")
    )
    for account, episode, stages, waits, kind in told.rows():
        assert stages == LADDERS[kind][: len(stages)], (account, episode, stages)
        assert all(days >= RULES.notice.sms_days_after_previous for days in waits), (account, stages, waits)


def assert_nothing_missed_is_lost(population: Population, found: Standing) -> None:
    """What was due on a missed night and has not been touched is due on the next one."""
    if population.missed is not None:
        lost = population.missed.join(due_of(found), on=[*PAIR, "episode_id", "next_action_code"], how="anti")
        assert lost.is_empty(), lost


def assert_nobody_is_troubled_for_nothing(population: Population, found: Standing) -> None:
    """Whoever is due owes something overdue tonight."""
    owing = population.items.filter(pl.col("due_on") < population.day).select("account_id")
    assert due_of(found).join(owing, on="account_id", how="anti").is_empty()
