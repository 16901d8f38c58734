"""Texts that leave with phones, and the gateway's own file beside them: personal data, readable by the owner of the
book only. Which texts: `dispatch.py` of debts, `dispatch_reminders.py` of readings.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from pipeline.rendering.sms_gateway import gateway_file, in_gateway
from pipeline.rules.debt import NoticeRules
from pipeline.storage.dispatch_calls import hours_of, phones_of
from pipeline.storage.files import sweep, write_bytes
from pipeline.storage.run import MonthRun


def write_texts(run: MonthRun, key: str, leaving: pl.DataFrame) -> Path:
    """`action_id, person_id, phone, text` for the gateway. leaving: rows with all but the phone."""
    texts = (
        leaving.join(phones_of(run, leaving), on="person_id", how="left")
        .select("action_id", "person_id", "phone", "text").sort("person_id")
    )
    sweep(run.personal)
    return run.write_personal(key, texts)


def write_gateway(run: MonthRun, texts: Path, on: date) -> tuple[Path | None, int]:
    """The gateway's file, where the settings name a sender (`sms: {sender: …}`), and how many of the texts it does not
    take."""
    sender = run.book.settings.sms.get("sender")
    if not sender:
        return None, 0
    rules = NoticeRules.in_force(run.rule_book, on)
    hours = hours_of(run, on, working=rules.sms_hours_working_day, day_off=rules.sms_hours_day_off)
    rows, file = pl.read_parquet(texts), texts.with_suffix(".txt")
    write_bytes(file, gateway_file(rows, name=texts.stem, sender=str(sender), on=on, hours=hours), mode=0o600)
    return file, rows.height - in_gateway(rows).height
