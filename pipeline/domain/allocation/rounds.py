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
from pipeline.domain.allocation.credit import net_credits
from pipeline.domain.allocation.ground import Ground, numbered
from pipeline.domain.allocation.pots import pots_of, surplus
from pipeline.domain.allocation.reopening import with_reopened
from pipeline.domain.allocation.standing import Standing
from pipeline.domain.allocation.taking_back import reverse, supersede

_CHANGED = ("billed_kop", "paid_kop", "written_off_kop", "outstanding_kop", "epoch_base_kop")


@dataclass(frozen=True)
class Allocated:
    """Answer of one part.

    items: every item handed in and every reopened one, as it stands at the end; withdrawn versions have billed 0
    movements: inside PAYMENT_ALLOCATIONS
    advances: inside ADVANCES
    not_found: account_id, reversal_id, payment_id, amount_kop of reversed money that the account does not hold
    """

    items: pl.DataFrame
    movements: pl.DataFrame
    advances: pl.DataFrame
    not_found: pl.DataFrame


def allocate(
    items: pl.DataFrame,
    advances: pl.DataFrame,
    events: pl.DataFrame,
    moved_before: pl.DataFrame,
    *,
    exact_total_pays_penalty: bool = True,
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
    """
    ground = numbered(with_reopened(items, moved_before), advances, events, moved_before)
    standing = Standing(ground, exact_total_pays_penalty=exact_total_pays_penalty)
    document_ids = ground.book.select("document", "document_id").drop_nulls().unique("document")
    by_number = ground.events.partition_by("event_number", as_dict=True)
    for (number,) in sorted(by_number):
        standing.start(int(number))
        _one_round(standing, by_number[(number,)], document_ids)
    return _answer(ground, standing)


def _one_round(standing: Standing, events: pl.DataFrame, document_ids: pl.DataFrame) -> None:
    of = {
        event: events.filter(pl.col("event_code") == event) for event in ("issue", "money", "reversal", "supersede")
    }
    issued = pl.concat([of["issue"], of["supersede"]])
    if issued.height:
        net_credits(standing, issued, document_ids)
    if of["supersede"].height:
        supersede(standing, of["supersede"])
    if of["reversal"].height:
        reverse(standing, of["reversal"])
    if of["money"].height:
        standing.add_advances(surplus(standing.place(pots_of(of["money"])), standing.items))
    standing.meet(pl.concat([issued, of["reversal"]]))


def _answer(ground: Ground, standing: Standing) -> Allocated:
    accounts = ground.accounts.select("account", "account_id")
    changed = standing.all_items().select("item", *(pl.col(name).alias(f"new_{name}") for name in _CHANGED))
    items = (
        ground.book.join(changed, on="item", how="left", maintain_order="left")
        .with_columns(pl.coalesce(f"new_{name}", name).alias(name) for name in _CHANGED)
        .drop("item", "account", "document", "last_event", *(f"new_{name}" for name in _CHANGED))
    )
    advances = pl.concat([
        ground.advances_at_rest.select(ADVANCES.inside_names),
        standing.all_advances().join(accounts, on="account").select(ADVANCES.inside_names),
    ])
    return Allocated(
        items=items,
        movements=_movements(ground, standing),
        advances=advances.sort(*ADVANCES.primary_key),
        not_found=standing.all_not_found().join(accounts, on="account")
        .select("account_id", "reversal_id", "payment_id", "amount_kop").sort("account_id", "reversal_id"),
    )


def _movements(ground: Ground, standing: Standing) -> pl.DataFrame:
    terms = ground.book.select(
        "item", *ITEM_KEY, "document_type_code", "billing_month", "issued_on", "due_on"
    )
    return (
        standing.all_movements().sort("account", "sequence", "place", "item")
        .with_columns(movement_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account"))
        .join(terms, on="item", how="left", maintain_order="left")
        .select(PAYMENT_ALLOCATIONS.inside_names)
    )
