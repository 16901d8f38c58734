"""Eligibility: decisions of the cycle and of what is still undecided from the one before. See `domain.eligibility`.

Here: which documents are decided by which replay, and the journal at closing. Not here: what a replay reads
(`eligibility_inputs.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from pipeline.assets.eligibility_inputs import both_cycles, posted_by_ledger, this_cycle
from pipeline.assets.room import room_assets
from pipeline.billing_month import start_of_day
from pipeline.contracts import ingest, ledger, registers
from pipeline.contracts.billing import BILLING_DOCUMENTS
from pipeline.contracts.eligibility import ELIGIBILITY, ENTITLEMENTS, PUBLISHED
from pipeline.domain.eligibility import sources, undecided
from pipeline.domain.eligibility.blocking import blocked
from pipeline.domain.eligibility.conditions import DECIDED, decided
from pipeline.domain.eligibility.finality import GRANTED, granted, with_finality
from pipeline.domain.eligibility.posted import as_posted, out_of_order
from pipeline.domain.eligibility.replay import Replayed, paid_before, replayed
from pipeline.rules.eligibility import EligibilityRules
from pipeline.rules.ledger import LedgerRules
from pipeline.storage import journal
from pipeline.storage.manifest import Version
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State

#: What the journal held when the run looked: checks see one journal whatever is closed meanwhile.
ENTITLEMENTS_SEEN = "entitlements_seen"


@dataclass(frozen=True)
class Terms:
    """What is the same for every part."""

    rules: EligibilityRules
    rules_before: EligibilityRules
    ledger: LedgerRules
    next_issue_on: date
    next_issue_on_before: date
    is_awaited: bool
    cut: datetime

    @property
    def is_cycle_over(self) -> bool:
        """Every arrival of the cycle has been counted."""
        return self.cut >= start_of_day(self.next_issue_on) - timedelta(microseconds=1)


@room_assets("eligibility", PUBLISHED, after=[
    ledger.POSTED_PAYMENTS, ledger.BILLED_DOCUMENTS, ledger.OPEN_ITEMS, ledger.PAYMENT_ALLOCATIONS, ledger.ADVANCES,
    ingest.POSTED_REVERSALS, ingest.INCOMPLETE_BILLS, ingest.AWAITED_REGISTRIES,
])
def eligibility_tables(run: MonthRun) -> None:
    """Decisions part by part."""
    write_eligibility(run)


def write_eligibility(run: MonthRun) -> None:
    """The table of the room for one run."""
    # closing has entered them and holds the journal against them; a crash between the two is healed here
    if str(run.state.month) not in journal.keys(run.book, ENTITLEMENTS):
        enter_entitlements(run.state)
    # a month grants documents of its own and of the month before it: no older batch holds any of these two months
    recent = run.month.plus(-2)
    seen = journal.read(run.book, ENTITLEMENTS, since=str(recent)).filter(pl.col("billing_month") >= recent.first_day)
    run.write_staged(ENTITLEMENTS_SEEN, WHOLE, seen)
    run.map_parts(eligibility_part, terms=terms_of(run))


def terms_of(run: MonthRun) -> Terms:
    """Rules by billing month, the cycles, and whether a late registry may still bring a payment of the one before."""
    month, before = run.month.first_day, run.month.previous.first_day
    cycles = {row["billing_month"]: row for row in run.register(registers.CYCLES).to_dicts()}
    issued_on = cycles[before]["next_issue_on"] if before in cycles else cycles[month]["issue_on"]
    return Terms(
        rules=EligibilityRules.in_force(run.rule_book, month),
        rules_before=EligibilityRules.in_force(run.rule_book, before),
        ledger=LedgerRules.in_force(run.rule_book, month),
        next_issue_on=cycles[month]["next_issue_on"],
        next_issue_on_before=issued_on,
        is_awaited=undecided.is_still_awaited(
            run.read(ingest.AWAITED_REGISTRIES), run.register(registers.ISSUE_CALENDAR), next_issue_on=issued_on
        ),
        cut=run.cut,
    )


def eligibility_part(run: MonthRun, part: str, *, terms: Terms) -> None:
    """Decide the documents of one part."""
    documents = run.read_staged(BILLING_DOCUMENTS.name, part)
    versions = sources.versions_among(documents)
    last = run.state.read(ELIGIBILITY, part)
    posted = posted_by_ledger(run, part, documents)
    new = undecided.new_documents(documents, posted.documents, versions, last)
    waiting = undecided.still_undecided(last, versions)
    late = paid_before(posted.payments, posted.reversals, pl.lit(start_of_day(terms.next_issue_on_before)))
    anew = waiting.join(late, on="account_id", how="semi")
    # most accounts the ledger has replayed already; the few others are replayed from their first event
    told = as_posted(posted, month=run.month.first_day)
    doubted = out_of_order(posted, told.movements, cut_on=run.as_of)
    apart = pl.concat([doubted, anew["account_id"]]).unique().sort()
    now = this_cycle(run, part, posted, versions, apart)
    replay = replayed(now, exact_total_pays_penalty=terms.ledger.exact_total_pays_penalty).with_others(told, apart)
    decisions = [
        _decided(run, part, _own(run, part, new, last, terms), replay, terms.rules, terms),
        _decided(run, part, _late(run, part, new, terms), replay, terms.rules_before, terms),
        undecided.kept(waiting, anew).select(DECIDED),
    ]
    if anew.height:
        both = both_cycles(run, part, posted, now, anew["account_id"].unique().sort())
        again = replayed(both, exact_total_pays_penalty=terms.ledger.exact_total_pays_penalty)
        decisions.append(_decided(run, part, anew, again, terms.rules_before, terms))
    run.write(ELIGIBILITY, part, with_finality(
        pl.concat(decisions), book_id=run.book.settings.book_id, month=run.month.first_day,
        is_cycle_over=terms.is_cycle_over, is_awaited=terms.is_awaited,
    ))


def enter_entitlements(closed: State) -> bool:
    """Enter what a closed month grants into the journal, one batch a month; False when it was there already, and
    JournalConflict when it was there otherwise.

    Closing calls it, also for a month that had been closed before, and the first step of the next month once more: so
    a crash between the two loses nothing. Only closed months grant, so the journal follows from their files.
    """
    if closed.is_opening or closed.folder is None:
        return False
    version = Version.of(closed.folder)
    if version is None or not version.is_closed:
        raise ValueError(f"month {closed.month} is not closed: its decisions are provisional")
    # part by part, and what makes an entry alone: the decisions of a region do not fit into one process
    entries = [granted(closed.read(ELIGIBILITY, part, columns=GRANTED)) for part in closed.parts(ELIGIBILITY)]
    return journal.append(closed.book, ENTITLEMENTS, str(closed.month), pl.concat(entries))


def _own(run: MonthRun, part: str, new: pl.DataFrame, last: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Main documents of the month, with what is incomplete and what a reversal blocks."""
    marks = run.read(ingest.INCOMPLETE_BILLS, part)
    incomplete = marks.filter(pl.col("reason_code") != ingest.EARLIER_REJECTED)["account_id"].unique()
    of_month = new.filter(pl.col("billing_month") == run.month.first_day)
    return (
        of_month.join(_blocked(run, part, last, terms), on="account_id", how="left")
        .with_columns(
            pl.col("blocked_documents").fill_null(0), next_issue_on=terms.next_issue_on,
            is_bill_complete=~pl.col("account_id").is_in(incomplete.implode()),
        )
    )


def _late(run: MonthRun, part: str, new: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Main documents of the month before that came in this cycle: nothing could be laid on them earlier."""
    incomplete = run.read(ingest.INCOMPLETE_BILLS, part)
    rejected = incomplete.filter(pl.col("reason_code") == ingest.EARLIER_REJECTED)["account_id"]
    return new.filter(pl.col("billing_month") == run.month.previous.first_day).with_columns(
        blocked_documents=pl.lit(0, dtype=pl.Int32), next_issue_on=terms.next_issue_on_before,
        is_bill_complete=~pl.col("account_id").is_in(rejected.unique().implode()),
    )


def _blocked(run: MonthRun, part: str, last: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    reversals = run.read(ingest.POSTED_REVERSALS, part)
    decisions = run.state.keyed(
        ELIGIBILITY, run.state.months_back(terms.ledger.payment_id_window_months), part=part,
        columns=["account_id", "is_eligible", "is_final", "covering_payment_ids"], account_ids=reversals["account_id"],
    )
    return blocked(
        decisions.filter("is_final"), reversals, run.read(ledger.POSTED_PAYMENTS, part),
        last.filter(pl.col("billing_month") == run.month.previous.first_day),
        documents_blocked_by_reversal=terms.rules.documents_blocked_by_reversal,
    )


def _decided(
    run: MonthRun, part: str, documents: pl.DataFrame, replay: Replayed, rules: EligibilityRules, terms: Terms
) -> pl.DataFrame:
    asked = documents.select(
        "account_id", "document_id", "billing_month", "next_issue_on", "net_total_kop", "is_bill_complete",
        "blocked_documents",
    )
    return decided(
        asked, replay, run.register(registers.ACCOUNTS, part), run.register(registers.CHANNELS), rules=rules,
        cut=terms.cut,
    )
