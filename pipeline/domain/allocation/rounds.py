"""Allocation of one part: the k-th event of every account at once, until the busiest account has no more.

    issue       items of the document become present, its negative items reduce it, the account's advances meet it
    money       the payment goes its way (contracts §6); what meets nothing becomes an advance
    reversal    the payment's money is taken back; advances that wait meet what is open again
    supersede   issue of the new version and the old one's money on it; then advances

What is allocated stays: a later event never moves an earlier movement but by an explicit negative row. Advances wait
only while the account has nothing that they could pay, so they are looked at when something becomes open, not before.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.contracts.ledger import ADVANCES, ITEM_KEY, PAYMENT_ALLOCATIONS
from pipeline.domain.allocation.ahead import NOTHING_AHEAD, Ahead
from pipeline.domain.allocation.credit import net_credits
from pipeline.domain.allocation.ground import SUMS, Ground, numbered
from pipeline.domain.allocation.pots import pots_of, surplus
from pipeline.domain.allocation.reopening import with_reopened
from pipeline.domain.allocation.runs import place_in_run
from pipeline.domain.allocation.standing import Standing
from pipeline.domain.allocation.taking_back import reverse, supersede

#: Movements that only shift money between items.
_ASIDE = ("credit", "superseded")


@dataclass(frozen=True)
class Allocated:
    """Answer of one part.

    items: every item handed in and every reopened one in the order of ITEM_KEY, as it stands at the end; withdrawn
        versions have billed 0. Beside it how it was handed in (was_billed_kop, was_outstanding_kop), whether anything
        moved on it (is_moved), and the sums of that: moved_paid_kop, moved_reversed_kop (what was taken back,
        positive), moved_credited_kop, moved_superseded_kop
    log: the movements on numbers, account by account in the order in which money moved: `item` and `source` are rows of
        items and sources; beside them creditor_id, on codes
    sources: the money that moved
    advances: inside ADVANCES
    not_found: account_id, reversal_id, payment_id, amount_kop of reversed money that the account does not hold
    """

    items: pl.DataFrame
    log: pl.DataFrame
    sources: pl.DataFrame
    advances: pl.DataFrame
    not_found: pl.DataFrame

    @property
    def movements(self) -> pl.DataFrame:
        """Inside PAYMENT_ALLOCATIONS. Written out when it is asked for: it is the widest frame of a month."""
        terms = (*ITEM_KEY, "document_type_code", "billing_month", "issued_on", "due_on")
        return pl.concat([
            self.log.select("posted_at", "allocated_kop", "reversal_id", "is_ring_fenced",
                            pl.col("rule_code").cast(pl.String), movement_number=place_in_run("account") + 1),
            self.items.select(pl.col(terms).gather(self.log["item"])),
            self.sources.select(pl.all().gather(self.log["source"])),
        ], how="horizontal").select(PAYMENT_ALLOCATIONS.inside_names)


def allocate(
    items: pl.DataFrame,
    advances: pl.DataFrame,
    events: pl.DataFrame,
    moved_before: pl.DataFrame,
    *,
    ahead: Ahead = NOTHING_AHEAD,
    exact_total_pays_penalty: bool = True,
    in_order: bool = False,
) -> Allocated:
    """Lay the money of `events` on `items`; `event_number` orders the events of an account, row order nothing.

    items: ITEM_KEY, document_type_code, billing_month, issued_on, due_on, billed_kop, paid_kop, written_off_kop,
        outstanding_kop, epoch_base_kop, is_time_barred, limitation_on (optional: then a payment after that day counts
        as barred, whatever `is_time_barred` says at the cut), present_from (0 = opening)
    advances: inside ADVANCES, from_month and to_month of its contract (optional)
    events: account_id, event_number, event_code, posted_at; what a code needs beside (others may be missing):
        money: payment_id … to_month; reversal: payment_id, reversal_id, amount_kop; supersede: document_id (the old
        one), new_document_id
    moved_before: inside PAYMENT_ALLOCATIONS of earlier months: every row of the items and payments that this month's
        reversals and new versions touch
    ahead: months of advance contracts, and fixed lines of those that earn a discount
    in_order: the items stand in the order of ITEM_KEY, as published ones do; they are not sorted again
    """
    reopened = with_reopened(items, moved_before)
    ground = numbered(
        reopened, advances, events, moved_before, ahead=ahead, in_order=in_order and reopened.height == items.height
    )
    standing = Standing(ground, exact_total_pays_penalty=exact_total_pays_penalty)
    by_number = ground.events.partition_by("event_number", as_dict=True)
    for (number,) in sorted(by_number):
        standing.start(int(number))
        _one_round(standing, by_number[(number,)])
    return _answer(ground, standing)


def _one_round(standing: Standing, events: pl.DataFrame) -> None:
    of = {
        event: events.filter(pl.col("event_code") == event) for event in ("issue", "money", "reversal", "supersede")
    }
    issued = pl.concat([of["issue"], of["supersede"]])
    if issued.height:
        net_credits(standing, issued)
    if of["supersede"].height:
        supersede(standing, of["supersede"])
    if of["reversal"].height:
        reverse(standing, of["reversal"])
    if of["money"].height:
        standing.add_advances(surplus(standing.place(pots_of(of["money"])), standing.items))
    standing.meet(pl.concat([issued, of["reversal"]]))


def _answer(ground: Ground, standing: Standing) -> Allocated:
    log = standing.all_movements().sort("account", maintain_order=True)
    items = _items(ground, standing, log)
    accounts = ground.accounts.select("account", "account_id")
    advances = pl.concat([
        ground.advances_at_rest.select(ADVANCES.inside_names),
        standing.all_advances().join(accounts, on="account").with_columns(pl.col("creditor_id").cast(pl.String))
        .select(ADVANCES.inside_names),
    ])
    return Allocated(
        items=items,
        log=log.with_columns(items["creditor_id"].gather(log["item"])),
        sources=standing.sources(),
        advances=advances.sort(*ADVANCES.primary_key),
        not_found=standing.all_not_found().join(accounts, on="account")
        .select("account_id", "reversal_id", "payment_id", "amount_kop").sort("account_id", "reversal_id"),
    )


def _items(ground: Ground, standing: Standing, log: pl.DataFrame) -> pl.DataFrame:
    """The book as it stands at the end, with what moved on each item this month and what it lost to a new version."""
    book, worked_on = ground.book.drop("run", "account", "last_event"), standing.all_items()
    changed = {name: book[name].clone().scatter(worked_on["item"], worked_on[name]) for name in SUMS}
    back, credited, superseded = (_by_item(book, log, rule) for rule in ("reversal", *_ASIDE))
    return book.with_columns(
        *changed.values(),
        was_billed_kop=pl.col("billed_kop"), was_outstanding_kop=pl.col("outstanding_kop"),
        is_moved=pl.repeat(False, book.height, dtype=pl.Boolean, eager=True).scatter(log["item"], True),
        # `paid_kop` takes every movement: what is none of the rarer ones is a payment
        moved_paid_kop=changed["paid_kop"] - book["paid_kop"] - back - credited - superseded,
        moved_reversed_kop=-back, moved_credited_kop=credited, moved_superseded_kop=superseded,
    )


def _by_item(book: pl.DataFrame, log: pl.DataFrame, rule: str) -> pl.Series:
    """What moved by one rule on each item."""
    moved = log.select(pl.col("item", "allocated_kop").filter(pl.col("rule_code") == rule))
    sums = moved.group_by("item").agg(pl.col("allocated_kop").sum())
    return pl.zeros(book.height, dtype=pl.Int64, eager=True).scatter(sums["item"], sums["allocated_kop"])
