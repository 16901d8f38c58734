"""The settings of a generated book: who delivers what by which day."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.generator.papers import CENTRE
from pipeline.generator.timetable import CHANNELS
from pipeline.storage.centre import SECTION
from pipeline.storage.files import write_bytes
from pipeline.storage.settings import FILE, BookSettings, DueFeed, settings_text

#: The name of the sample town; it stands in its messages.
SAMPLE_NAME: Final = "Энск, учебный расчётный центр"


def book_name(accounts: int, seed: int) -> str:
    """«Энская область, участок 440000-1»: generated books are told apart by size and seed. Short: it stands in
    messages."""
    place = "Энск, учебный центр" if accounts < 10_000 else "Энская область, участок"
    return f"{place} {accounts}-{seed}"


def write_settings(book_root: Path, first_month: BillingMonth, name: str) -> None:
    """`settings.yaml` of the town, or of a region when it is larger than a town."""
    last_days = {channel.provider: channel.registry_days[-1] for channel in CHANNELS}
    feeds = [DueFeed("billing_documents", 5), DueFeed("charges", 5), DueFeed("meter_readings", 28, may_be_late=True)]
    feeds += [
        DueFeed("payments", day, may_be_late=True, provider=provider) for provider, day in sorted(last_days.items())
    ]
    settings = BookSettings(
        book_id="ensk", name=name, first_month=first_month, feeds=tuple(feeds),
        rules={
            "debt.calls_are_made": True,
            "recalculation_advance.is_open": True,
        }, sections={SECTION: CENTRE, "calls": {"label": "РКЦ Энск"}},
    )
    write_bytes(book_root / FILE, settings_text(settings).encode())
