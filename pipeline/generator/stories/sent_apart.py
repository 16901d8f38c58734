"""Payments that travel in a registry of their own, in files of their own, and what the bank has booked for it.

Not here: the usual registries, one a provider and day, which the block numbers and announces.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts import payments
from pipeline.generator.played import PAYMENT_SCHEMA, ExtraFile
from pipeline.generator.registries import booked
from pipeline.generator.stories.scene import Row, Scene


def apart(scene: Scene, payment: Row) -> Row:
    """The payment leaves the usual registry of its provider and day."""
    scene.book.payments.remove(payment)
    scene.book.payments_elsewhere.append(payment)
    return payment


def send_registry(
    scene: Scene, registry_id: str, received_on: date, rows: list[Row], *, name: str, has_money: bool,
    kept_back_kop: int = 0,
) -> None:
    """A registry in files of its own; of its money the bank keeps back `kept_back_kop`."""
    frame = pl.DataFrame([row | {"registry_id": registry_id, "registry_row": n, "received_on": received_on}
                          for n, row in enumerate(rows, start=1)], schema=PAYMENT_SCHEMA)
    announced = frame.group_by("registry_id", "provider_code", "received_on").agg(
        rows=pl.len().cast(pl.Int64), total_kop=pl.col("amount_kop").sum()
    ).with_columns(sha256=pl.lit(None, dtype=pl.String()))
    files = [
        ExtraFile("payments", received_on, name, frame.select(payments.PAYMENTS.inside_names)),
        ExtraFile("registries", received_on, name, announced.select(payments.REGISTRIES.inside_names)),
    ]
    if has_money:
        statement = booked(announced).with_columns(pl.col("amount_kop") - kept_back_kop)
        files.append(ExtraFile("bank_statements", received_on, name, statement))
    scene.book.extra_files.extend(files)
