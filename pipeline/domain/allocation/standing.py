"""What stands at a moment of the month: items, advances and the movements made so far. The one mutable thing here.

Not here: who moves what (`rounds.py`, `credit.py`, `taking_back.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.allocation.ground import MOMENT, MONEY, Ground
from pipeline.domain.allocation.laying import lay

#: A movement on numbers. `sequence` grows through the month, `place` inside one step.
LOG: Final = {
    "account": pl.UInt32(), "sequence": pl.Int64(), "place": pl.Int64(), "item": pl.UInt32(),
    "document": pl.UInt32(), "allocated_kop": pl.Int64(), "rule_code": pl.String(), "posted_at": MOMENT, **MONEY,
    "reversal_id": pl.String(), "is_ring_fenced": pl.Boolean(), "contract_reference": pl.String(),
}
_PLACED: Final = {
    "account": pl.UInt32(), **MONEY, "creditor_id": pl.String(), "contract_reference": pl.String(),
    "posted_at": MOMENT, "amount_kop": pl.Int64(), "from_month": pl.Date(), "to_month": pl.Date(),
    "last_event": pl.Int64(),
}
_NOT_FOUND: Final = {
    "account": pl.UInt32(), "reversal_id": pl.String(), "payment_id": pl.String(), "amount_kop": pl.Int64(),
}
ADVANCE_ORDER: Final = ("posted_at", "registry_id", "payment_id", "creditor_id", "contract_reference")


class Standing:
    """Items and advances of the accounts that still have events, and what left this frame already."""

    def __init__(self, ground: Ground, *, exact_total_pays_penalty: bool) -> None:
        self.number = 0
        self.items = ground.items
        self.advances = ground.advances.select(*(pl.col(name).cast(dtype) for name, dtype in _PLACED.items()))
        self.exact_total_pays_penalty = exact_total_pays_penalty
        self._moved_before = ground.moved_before.with_columns(rule_code=pl.lit("before")).select(*LOG)
        self._log: list[pl.DataFrame] = []
        self._sequence = 0
        self._done_items: list[pl.DataFrame] = []
        self._done_advances: list[pl.DataFrame] = []
        self._not_found: list[pl.DataFrame] = []

    def start(self, number: int) -> None:
        """Go to event `number`: accounts whose last event has passed leave the frames."""
        self.number = number
        rests = pl.col("last_event") < number
        self._done_items.append(self.items.filter(rests))
        self._done_advances.append(self.advances.filter(rests))
        self.items, self.advances = self.items.filter(~rests), self.advances.filter(~rests)

    @property
    def present(self) -> pl.DataFrame:
        """Items whose document has been issued by now."""
        return self.items.filter(pl.col("present_from") <= self.number)

    def place(self, pots: pl.DataFrame) -> pl.DataFrame:
        """Lay the pots (one an account), record the movements and return the pots with what is left of them."""
        laid = lay(self.present, pots, exact_total_pays_penalty=self.exact_total_pays_penalty)
        money = pots.select("pot", "posted_at", *MONEY, "contract_reference", "ring_creditor_id")
        lines = laid.lines.join(money, on="pot", how="left", maintain_order="left")
        fenced = pl.col("ring_creditor_id").is_not_null() | pl.col("is_earmarked")
        self.record(lines.with_columns(is_ring_fenced=fenced, reversal_id=pl.lit(None, dtype=pl.String)))
        self.end_epochs(lines.filter("is_earmarked"))
        return laid.left

    def record(self, lines: pl.DataFrame) -> None:
        """Movements of one step: onto the items and into the log."""
        if lines.is_empty():
            return
        self._sequence += 1
        movements = lines.with_columns(sequence=pl.lit(self._sequence, dtype=pl.Int64)).select(
            *(pl.col(name).cast(dtype) for name, dtype in LOG.items())
        )
        self._log.append(movements)
        moved = movements.group_by("item").agg(moved_kop=pl.col("allocated_kop").sum())
        change = pl.col("moved_kop").fill_null(0)
        self.items = (
            self.items.join(moved, on="item", how="left", maintain_order="left")
            .with_columns(
                paid_kop=pl.col("paid_kop") + change, outstanding_kop=pl.col("outstanding_kop") - change
            )
            .drop("moved_kop")
        )

    def end_epochs(self, lines: pl.DataFrame) -> None:
        """A new epoch of general money for the documents of these lines: weights are what is open now."""
        if lines.is_empty():
            return
        ended = lines.select("document").unique().with_columns(is_ended=pl.lit(True))
        base = pl.when(pl.col("is_ended").fill_null(False)).then("outstanding_kop").otherwise("epoch_base_kop")
        self.items = (
            self.items.join(ended, on="document", how="left", maintain_order="left")
            .with_columns(epoch_base_kop=base)
            .drop("is_ended")
        )

    def add_advances(self, pots: pl.DataFrame) -> None:
        """Money that met no item; rows of one payment behind the same fence are one advance."""
        added = pots.filter(pl.col("amount_kop") > 0).select(
            *(pl.col(name).cast(dtype) for name, dtype in _PLACED.items())
        )
        if added.is_empty():
            return
        key = ["account", "payment_id", "creditor_id", "contract_reference"]
        self.advances = (
            pl.concat([self.advances, added])
            .group_by(*key, maintain_order=True)
            .agg(pl.exclude(*key, "amount_kop").first(), pl.col("amount_kop").sum())
            .select(*_PLACED)
        )

    def meet(self, events: pl.DataFrame) -> None:
        """The advances of the events' accounts meet open items, one an account at a time, in order of arrival."""
        occasion = events.select("account", on=pl.col("posted_at").dt.date(), met_at="posted_at").unique("account")
        waiting = self.advances.join(occasion, on="account", how="inner").sort("account", *ADVANCE_ORDER)
        if waiting.is_empty():
            return
        turns = waiting.with_columns(turn=pl.int_range(pl.len()).over("account"))
        left = [
            self.place(_advance_pots(turns.filter(pl.col("turn") == turn))) for turn in turns["turn"].unique().sort()
        ]
        self.advances = self.advances.join(occasion, on="account", how="anti")
        self.add_advances(pl.concat(left).with_columns(posted_at="arrived_at", creditor_id="ring_creditor_id"))

    def not_found(self, lines: pl.DataFrame) -> None:
        """Reversed money that the account does not hold."""
        self._not_found.append(lines.select(*(pl.col(name).cast(dtype) for name, dtype in _NOT_FOUND.items())))

    def history(self) -> pl.DataFrame:
        """Every movement known: earlier months first (negative sequence), then this month's."""
        return pl.concat([self._moved_before, *self._log])

    def all_items(self) -> pl.DataFrame:
        return pl.concat([*self._done_items, self.items])

    def all_advances(self) -> pl.DataFrame:
        return pl.concat([*self._done_advances, self.advances])

    def all_movements(self) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=LOG), *self._log])

    def all_not_found(self) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=_NOT_FOUND), *self._not_found])


def _advance_pots(turn: pl.DataFrame) -> pl.DataFrame:
    is_of_contract = pl.col("contract_reference").is_not_null()
    return turn.with_columns(
        pot=pl.col("account"), arrived_at="posted_at", posted_at="met_at", placed_as=pl.lit("advance"),
        mode_code=pl.when(is_of_contract).then(pl.lit("contract")).otherwise(pl.lit("general")),
        kind_code=pl.lit(None, dtype=pl.String), ring_creditor_id="creditor_id",
        designated_document=pl.lit(None, dtype=pl.UInt32), designated_month=pl.lit(None, dtype=pl.Date),
    )
