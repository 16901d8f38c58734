"""What stands at a moment of the month: items, advances and the movements made so far. The one mutable thing here.

A movement names its money by `source`, a row of the list of sources: what a payment is called, which registry brought
it and when is written beside the movements once, at the end, and not carried through every round.

Not here: who moves what (`rounds.py`, `credit.py`, `taking_back.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.allocation.admission import MODE, PLACED_AS, RULE
from pipeline.domain.allocation.ground import KIND, MOMENT, MONEY, SUMS, Ground
from pipeline.domain.allocation.laying import lay
from pipeline.domain.allocation.runs import place_in_run

#: A movement on numbers. The rows of one step stand in the order in which money moved, the steps in theirs.
LOG: Final = {
    "account": pl.UInt32(), "item": pl.UInt32(), "document": pl.UInt32(), "allocated_kop": pl.Int64(),
    "rule_code": RULE, "posted_at": MOMENT, "source": pl.UInt32(), "reversal_id": pl.String(),
    "is_ring_fenced": pl.Boolean(),
}
_STANDS: Final = ("item", *SUMS)
SOURCE: Final = {**MONEY, "contract_reference": pl.String()}
_NOT_FOUND: Final = {
    "account": pl.UInt32(), "reversal_id": pl.String(), "payment_id": pl.String(), "amount_kop": pl.Int64(),
}
ADVANCE_ORDER: Final = ("posted_at", "registry_id", "payment_id", "creditor_id", "contract_reference")


class Standing:
    """Items and advances of the accounts that still have events, and what left this frame already."""

    def __init__(self, ground: Ground, *, exact_total_pays_penalty: bool) -> None:
        self.number = 0
        self.ground = ground
        self.items = ground.items
        self._placed = {
            "account": pl.UInt32(), **MONEY, "creditor_id": ground.creditors, "contract_reference": pl.String(),
            "posted_at": MOMENT, "amount_kop": pl.Int64(), "from_month": pl.Date(), "to_month": pl.Date(),
            "last_event": pl.Int64(),
        }
        self.advances = ground.advances.select(*(pl.col(name).cast(dtype) for name, dtype in self._placed.items()))
        self.exact_total_pays_penalty = exact_total_pays_penalty
        self._sources: list[pl.DataFrame] = []
        self._known_sources = 0
        self._moved_before = self._log_of(self.sourced(ground.moved_before).with_columns(rule_code=None))
        self._log: list[pl.DataFrame] = []
        self._done_items: list[pl.DataFrame] = []
        self._done_advances: list[pl.DataFrame] = []
        self._not_found: list[pl.DataFrame] = []

    def start(self, number: int) -> None:
        """Go to event `number`: accounts whose last event has passed leave the frames."""
        self.number = number
        rests = pl.col("last_event") < number
        if not self.items.select(rests.any()).item() and not self.advances.select(rests.any()).item():
            return
        self._done_items.append(self.items.select(pl.col(_STANDS).filter(rests)))
        self._done_advances.append(self.advances.filter(rests))
        self.items, self.advances = self.items.filter(~rests), self.advances.filter(~rests)

    def _present(self, bound: pl.DataFrame) -> pl.LazyFrame:
        """Items whose document has been issued by now; of accounts with a bound pot those that it may pay."""
        present = self.items.lazy().filter(pl.col("present_from") <= self.number)
        if bound.is_empty():
            return present
        is_other = ~pl.col("account").is_in(bound["account"].unique().implode())
        return present.filter(is_other | pl.col("item").is_in(bound["item"].drop_nulls().implode()))

    def _bound(self, pots: pl.DataFrame) -> pl.DataFrame:
        """account, item? of pots that pay fixed lines only (`ahead.py`)."""
        if self.ground.covered.is_empty():
            return self.ground.covered
        contracts = pots.select("account", "contract_reference")
        return contracts.join(self.ground.covered, on=contracts.columns).select("account", "item")

    def sourced(self, money: pl.DataFrame) -> pl.DataFrame:
        """Rows of money with the `source` under which their movements will name it."""
        self._sources.append(money.select(*(pl.col(name).cast(dtype) for name, dtype in SOURCE.items())))
        first, self._known_sources = self._known_sources, self._known_sources + money.height
        return money.with_columns(source=pl.int_range(first, first + money.height, dtype=pl.UInt32))

    def sources(self) -> pl.DataFrame:
        """Every source known, `source` is the row."""
        return pl.concat([pl.DataFrame(schema=SOURCE), *self._sources], rechunk=True)

    def place(self, pots: pl.DataFrame) -> pl.DataFrame:
        """Lay the pots (one an account), record the movements and return the pots with what is left of them."""
        bound = self._bound(pots)
        laid = lay(self._present(bound), self.sourced(pots), exact_total_pays_penalty=self.exact_total_pays_penalty)
        lines = laid.lines.with_columns(is_ring_fenced="is_earmarked", reversal_id=pl.lit(None, dtype=pl.String))
        # one pot an account: no item stands on two lines
        self.record(lines, is_by_item=True)
        self.end_epochs(laid.lines.filter(
            pl.col("is_earmarked") | pl.col("account").is_in(bound["account"].unique().implode())
        ))
        return laid.left

    def record(self, *steps: pl.DataFrame, is_by_item: bool = False) -> None:
        """Movements of steps, each in its order: onto the items and into the log. `is_by_item`: no item moves twice."""
        movements = [self._log_of(lines) for lines in steps if lines.height]
        if not movements:
            return
        self._log += movements
        moved = pl.concat(step.select("item", "allocated_kop") for step in movements)
        if not is_by_item:
            moved = moved.group_by("item").agg(pl.col("allocated_kop").sum())
        of_item = pl.zeros(self.ground.book.height, dtype=pl.Int64, eager=True).scatter(
            moved["item"], moved["allocated_kop"]
        )
        change = of_item.gather(self.items["item"])
        self.items = self.items.with_columns(
            paid_kop=pl.col("paid_kop") + change, outstanding_kop=pl.col("outstanding_kop") - change
        )

    def end_epochs(self, lines: pl.DataFrame) -> None:
        """A new epoch of general money for the documents of these lines: weights are what is open now."""
        if lines.is_empty():
            return
        is_ended = pl.col("document").is_in(lines["document"].unique().implode())
        self.items = self.items.with_columns(
            epoch_base_kop=pl.when(is_ended).then("outstanding_kop").otherwise("epoch_base_kop")
        )

    def add_advances(self, pots: pl.DataFrame) -> None:
        """Money that met no item; rows of one payment behind the same fence are one advance."""
        added = pots.filter(pl.col("amount_kop") > 0)
        if added.is_empty():
            return
        key = ["account", "payment_id", "creditor_id", "contract_reference"]
        shaped = added.select(*(pl.col(name).cast(dtype) for name, dtype in self._placed.items()))
        self.advances = (
            pl.concat([self.advances, shaped])
            .group_by(*key, maintain_order=True)
            .agg(pl.exclude(*key, "amount_kop").first(), pl.col("amount_kop").sum())
            .select(*self._placed)
        )

    def meet(self, events: pl.DataFrame) -> None:
        """The advances of the events' accounts meet open items, one an account at a time: those bound to fixed lines
        before others, in order of arrival."""
        occasion = events.select("account", on=pl.col("posted_at").dt.date(), met_at="posted_at").unique("account")
        waiting = self.advances.join(occasion, on="account", how="inner")
        if waiting.is_empty():
            return
        turns = self._in_line(waiting).with_columns(turn=place_in_run("account"))
        left = [
            self.place(_advance_pots(turns.filter(pl.col("turn") == turn))) for turn in turns["turn"].unique().sort()
        ]
        self.advances = self.advances.join(occasion, on="account", how="anti")
        self.add_advances(pl.concat(left).with_columns(posted_at="arrived_at", creditor_id="ring_creditor_id"))

    def _in_line(self, waiting: pl.DataFrame) -> pl.DataFrame:
        """Advances in the order in which they meet items."""
        if self.ground.covered.is_empty():
            return waiting.sort("account", *ADVANCE_ORDER)
        bound = self.ground.covered.select("account", "contract_reference", is_bound=pl.lit(True)).unique()
        told = waiting.join(bound, on=["account", "contract_reference"], how="left")
        return told.sort("account", pl.col("is_bound").is_null(), *ADVANCE_ORDER).drop("is_bound")

    def not_found(self, lines: pl.DataFrame) -> None:
        """Reversed money that the account does not hold."""
        self._not_found.append(lines.select(*(pl.col(name).cast(dtype) for name, dtype in _NOT_FOUND.items())))

    def history(self, accounts: pl.Series) -> pl.DataFrame:
        """Every movement known of some accounts: earlier months first, each a step of its own (`sequence` is negative),
        then this month's; `place` orders the rows of a step."""
        asked = pl.col("account").is_in(accounts.implode())
        told = pl.concat([
            self._moved_before.filter(asked).with_columns(sequence=pl.int_range(pl.len()) - pl.len().cast(pl.Int64)),
            *(log.filter(asked).with_columns(sequence=pl.lit(step, pl.Int64)) for step, log in enumerate(self._log)),
        ]).with_columns(place=pl.int_range(pl.len()))
        return pl.concat([told, self.sources().select(pl.all().gather(told["source"]))], how="horizontal")

    def all_items(self) -> pl.DataFrame:
        """`item` and its SUMS at the end, in no order."""
        return pl.concat([*self._done_items, self.items.select(_STANDS)])

    def all_advances(self) -> pl.DataFrame:
        return pl.concat([*self._done_advances, self.advances])

    def all_movements(self) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=LOG), *self._log])

    def all_not_found(self) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=_NOT_FOUND), *self._not_found])

    @staticmethod
    def _log_of(lines: pl.DataFrame) -> pl.DataFrame:
        return lines.select(*(pl.col(name).cast(dtype) for name, dtype in LOG.items()))


def _advance_pots(turn: pl.DataFrame) -> pl.DataFrame:
    is_of_contract = pl.col("contract_reference").is_not_null()
    return turn.with_columns(
        arrived_at="posted_at", posted_at="met_at", placed_as=pl.lit("advance", dtype=PLACED_AS),
        mode_code=pl.when(is_of_contract).then(pl.lit("contract", dtype=MODE)).otherwise(pl.lit("general", dtype=MODE)),
        kind_code=pl.lit(None, dtype=KIND), ring_creditor_id="creditor_id",
        designated_document=pl.lit(None, dtype=pl.UInt32), designated_month=pl.lit(None, dtype=pl.Date),
    )
