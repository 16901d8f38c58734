"""Penalties: what every late item has grown to, and why. Arithmetic: `pipeline.domain.penalty`.

A month reads its own movements and what the month before told. Older months are read only for items that come back (a
reversal of a payment that had settled them, a line of a later document that credits their month), and once after an
upgrade from a version without penalties. What had grown before the first month is another biller's and is
not proposed again.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.assets.empty_flats import empty_flats
from pipeline.assets.penalty_credited import credited_before, with_credits
from pipeline.assets.penalty_recount import law_changed_from, settled_before
from pipeline.assets.room import room_assets
from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, events, ingest, ledger, registers
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import (
    CREDITED_CHARGES,
    LATE_PAYMENTS,
    PAID_PENALTIES,
    PENALTIES,
    PENALTY_ACCRUALS,
    PENALTY_EXEMPTIONS,
    PENALTY_PROPOSALS,
    PENALTY_SCALES,
    PUBLISHED,
    SETTLED,
)
from pipeline.contracts.person_statuses import PERSON_STATUSES, as_holds
from pipeline.domain.penalty.bases import MOVEMENT, coming_back, is_late_or_taken_back, is_overdue, taken_back
from pipeline.domain.penalty.exempt import exempt_days
from pipeline.domain.penalty.month import BEFORE, ITEM, Facts, grown_before, newly_barred, penalty_month
from pipeline.domain.penalty.proposals import billed_by_lines, is_of_penalty, paid_penalties, proposals
from pipeline.domain.penalty.recount import recounted
from pipeline.domain.penalty.scales import first_day, payers_of, scales_told
from pipeline.rules.penalty import PenaltyRules
from pipeline.storage.manifest import published_version
from pipeline.storage.run import MonthRun
from pipeline.storage.state import RUN_MONTH

#: An item older than its limitation and a year bears penalties in no court; movements are not looked for further back.
_MONTHS_OF_HISTORY: Final = 48


@room_assets("penalty", PUBLISHED, after=[
    ledger.OPEN_ITEMS, ledger.PAYMENT_ALLOCATIONS, ledger.BILLED_DOCUMENTS, ingest.ACCOUNT_INDEX,
])
def penalty_tables(run: MonthRun) -> None:
    """Penalties of every part, their segments and the late payments that they are counted from."""
    write_penalties(run)


def write_penalties(run: MonthRun) -> None:
    """All tables of the room for one run."""
    rules = PenaltyRules.in_force(run.rule_book, run.as_of)
    since = None if run.state.is_opening else law_changed_from(run)
    run.map_parts(penalty_part, rules=rules, since=since)


def penalty_part(run: MonthRun, part: str, *, rules: PenaltyRules, since: date | None) -> None:
    """The room for one part; `since`: the law of the days from then on is another than the month before has read."""
    facts = _facts(run, part, rules)
    settled = facts.before.select(ITEM_KEY).clear()
    if since is not None:
        counted = [rows.select(ITEM_KEY) for rows in (facts.open_items, facts.movements, facts.before)]
        before, late = settled_before(run, part, since, counted)
        settled = before.select(ITEM_KEY)
        facts = replace(
            facts, before=pl.concat([facts.before, before]), carried=pl.concat([facts.carried, late]),
            credited=pl.concat([facts.credited, credited_before(run, part, settled, _history(run))]),
        )
    told = penalty_month(facts, rules=rules, as_of=run.as_of, month=run.month.first_day)
    told = recounted(told, settled)
    run.write_staged(SETTLED, part, settled)
    run.write(PENALTIES, part, told.penalties)
    run.write(PENALTY_ACCRUALS, part, told.accruals)
    run.write(LATE_PAYMENTS, part, told.late_payments)
    run.write(CREDITED_CHARGES, part, told.credited)
    run.write(PENALTY_EXEMPTIONS, part, facts.exempt)
    run.write(PENALTY_SCALES, part, scales_told(facts.payers))
    run.write(PENALTY_PROPOSALS, part, proposals(
        told.penalties, run.state.read(PENALTY_PROPOSALS, part), _billed(run, part), month=run.month.first_day
    ))
    run.write(PAID_PENALTIES, part, _paid_lines(run, part))


def _paid_lines(run: MonthRun, part: str) -> pl.DataFrame:
    """PAID_PENALTIES; after a month that a program without them closed, from the movements of all months."""
    columns, is_of_line = (*ITEM_KEY, "billing_month", "allocated_kop"), pl.col("debt_kind_code") == "penalty"
    moved = [run.where(ledger.PAYMENT_ALLOCATIONS, part, is_of_line, columns=columns)]
    if not (run.state.is_opening or run.state.holds(PAID_PENALTIES)):
        moved += [
            run.state.keyed(ledger.PAYMENT_ALLOCATIONS, [month], part=part, columns=columns).filter(is_of_line)
            for month in BillingMonth.range(run.book.opening_month, run.state.month)
        ]
    return paid_penalties(run.state.read(PAID_PENALTIES, part), pl.concat(moved))


def _billed(run: MonthRun, part: str) -> pl.DataFrame:
    """Lines of the cycle that bill a batch of penalties; in most months and parts there are none."""
    name = billing.CHARGES.name
    if not run.read_staged(name, part, columns=["batch_id"]).select(is_of_penalty().any()).item():
        return billed_by_lines(billing.CHARGES.empty_inside(), billing.BILLING_DOCUMENTS.empty_inside())
    return billed_by_lines(
        run.read_staged(name, part, columns=["document_id", "account_id", "batch_id", "payable_kop"]),
        run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["document_id", "supersedes_document_id"]),
    )


def _facts(run: MonthRun, part: str, rules: PenaltyRules) -> Facts:
    accounts = run.register(registers.ACCOUNTS, part).join(
        run.read(ingest.ACCOUNT_INDEX, part, columns=["account_id"]), on="account_id", how="semi"
    )
    payers = payers_of(accounts, run.register(registers.SERVICES), rules=rules)
    begins = first_day(payers, rules.scales)
    open_items = run.where(ledger.OPEN_ITEMS, part, is_overdue(begins, run.as_of), columns=ITEM)
    moved = run.where(ledger.PAYMENT_ALLOCATIONS, part, is_late_or_taken_back(begins), columns=MOVEMENT)
    back = _coming_back(run, part, open_items, moved)
    older = pl.concat([moved.clear(), *_older_movements(run, part, back)])
    told = run.state.read(PENALTIES, part, columns=BEFORE)
    stood = told.filter(pl.col("outstanding_kop") > 0)
    facts = Facts(
        open_items=open_items, movements=pl.concat([moved, older]),
        carried=run.state.read(LATE_PAYMENTS, part).join(stood, on=ITEM_KEY, how="semi", nulls_equal=True),
        before=pl.concat([stood, _told_before(run, part, back)]),
        payers=payers, exempt=_exempt(run, part, accounts, rules),
        unbilled=_unbilled(run, part, newly_barred(open_items, stood)), credited=CREDITED_CHARGES.empty_inside(),
        accounts=accounts.select("account_id", "account_kind_code"), empty=empty_flats(run, part),
    )
    if told.is_empty():
        grown = _grown_before(run, part, facts, older, rules)
        facts = replace(facts, before=pl.concat([grown, facts.before]))
    return with_credits(run, part, facts, moved, back, _history(run))


def _exempt(run: MonthRun, part: str, accounts: pl.DataFrame, rules: PenaltyRules) -> pl.DataFrame:
    holds = pl.concat([run.register(events.HOLDS, part), as_holds(run.register(PERSON_STATUSES, part))])
    return exempt_days(holds, accounts, run.register(registers.RIGHTS, part), reasons=rules.exempt_holds)


def _unbilled(run: MonthRun, part: str, barred: pl.DataFrame) -> pl.DataFrame:
    """What was proposed of these items and no document has billed: ITEM_KEY, unbilled_kop. Backwards from the last
    month to the one that had nothing older waiting: with a biller who bills each month that is the last one."""
    pair = ("account_id", "creditor_id")
    left = barred if barred.is_empty() else barred.join(_billed(run, part), on=pair, how="anti")
    changes = [run.state.keyed(PENALTIES, [], columns=(*ITEM_KEY, "change_kop"))]
    for month in reversed(_history(run)):
        if left.is_empty():
            break
        accounts = left["account_id"].unique()
        told = run.state.keyed(
            PENALTIES, [month], part=part, columns=(*ITEM_KEY, "change_kop"), account_ids=accounts
        )
        changes.append(told.join(left, on=ITEM_KEY, how="semi", nulls_equal=True))
        waited = run.state.keyed(
            PENALTY_PROPOSALS, [month], part=part, columns=(*pair, "opening_kop", "status_code"), account_ids=accounts
        ).filter(pl.col("opening_kop") != 0, pl.col("status_code") == "proposed")
        left = left.join(waited, on=pair, how="semi")
    # what waits to be given back is given back whatever became of the claim
    return pl.concat(changes).group_by(ITEM_KEY).agg(unbilled_kop=money.total("change_kop").clip(lower_bound=0))


def _grown_before(
    run: MonthRun, part: str, facts: Facts, older: pl.DataFrame, rules: PenaltyRules
) -> pl.DataFrame:
    """Nobody has told penalties of the part yet: the book begins, or a program without them closed the last month."""
    standing = run.state.read(ledger.OPEN_ITEMS, part, columns=ITEM)
    before = replace(facts, open_items=standing, movements=older, carried=facts.carried.clear(),
                     before=facts.before.clear(), unbilled=facts.unbilled.clear())
    return grown_before(before, rules=rules, as_of=_cut_of_state(run))


def _cut_of_state(run: MonthRun) -> date:
    version = published_version(run.book, run.state.month)
    assert version is not None  # the state is a published version
    return version.as_of


def _coming_back(run: MonthRun, part: str, open_items: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Items whose late payments lie in older months: ITEM_KEY, billing_month."""
    touched = taken_back(moved)
    is_known = run.state.is_opening or run.state.holds(LATE_PAYMENTS)
    # after a month that a program without penalties closed, every late item may have late payments behind it
    looked_at = touched if is_known else pl.concat([touched, open_items.select(touched.columns)])
    accounts = looked_at["account_id"].unique()
    standing = run.state.keyed(
        ledger.OPEN_ITEMS, [run.state.month], part=part, columns=ITEM_KEY, account_ids=touched["account_id"]
    )
    billed = run.where(
        ledger.BILLED_DOCUMENTS, part, pl.col("account_id").is_in(accounts.implode()), columns=["document_id"]
    )["document_id"]
    back = coming_back(moved, standing, billed)
    if is_known:
        return back
    unknown = open_items.filter(~pl.col("document_id").is_in(billed.implode()))
    return pl.concat([back, unknown.select(back.columns)]).unique(ITEM_KEY).sort(*ITEM_KEY)


def _older_movements(run: MonthRun, part: str, back: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for month in _months_of(run, back):
        accounts = _held_in(month, back)
        rows = run.state.keyed(
            ledger.PAYMENT_ALLOCATIONS, [month], part=part, columns=MOVEMENT, account_ids=accounts
        )
        yield rows.join(back, on=ITEM_KEY, how="semi", nulls_equal=True)


def _told_before(run: MonthRun, part: str, back: pl.DataFrame) -> pl.DataFrame:
    """The newest penalty that older months told of each item that comes back."""
    empty = run.state.keyed(PENALTIES, [], columns=BEFORE, with_run_month=True)
    told = [
        run.state.keyed(
            PENALTIES, [month], part=part, columns=BEFORE, with_run_month=True, account_ids=_held_in(month, back)
        ) for month in _months_of(run, back)
    ]
    newest = pl.concat([empty, *told]).sort(RUN_MONTH).unique(ITEM_KEY, keep="last")
    return newest.drop(RUN_MONTH).join(back, on=ITEM_KEY, how="semi", nulls_equal=True)


def _months_of(run: MonthRun, back: pl.DataFrame) -> list[BillingMonth]:
    return _history(run) if back.height else []


def _history(run: MonthRun) -> list[BillingMonth]:
    return run.state.months_back(_MONTHS_OF_HISTORY)


def _held_in(month: BillingMonth, back: pl.DataFrame) -> pl.Series:
    """Accounts with an item that this month can have moved: a document may come while an earlier cycle still runs."""
    return back.filter(pl.col("billing_month") <= month.cycle_ends_by)["account_id"]
