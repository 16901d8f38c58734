"""A book on disk: its root, its settings and the names of its folders. Nothing is read here but the settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.storage.cluster import Cluster, Workers
from pipeline.storage.settings import BadBook, BookSettings, read_settings

OPENING_RUN: Final = "opening"
SCRATCH: Final = ".asked-"


@dataclass(frozen=True, slots=True)
class Book:
    """One book. `exists` is False for a root without settings: paths and the default settings work all the same."""

    root: Path
    settings: BookSettings
    exists: bool

    @classmethod
    def at(cls, root: Path) -> Book:
        """The book of a folder; a folder without settings is a book that nobody has made yet."""
        settings = read_settings(root)
        return cls(root.resolve(), settings or BookSettings(), settings is not None)

    def require(self) -> Book:
        """The same book, or BadBook when there is none in the folder."""
        if not self.exists:
            raise BadBook(
                f"В папке {self.root} нет участка (нет файла settings.yaml)",
                "Укажите папку участка ключом --book или создайте учебный участок командой raschet generate --sample",
            )
        return self

    @property
    def landing(self) -> Path:
        """Deliveries as they came."""
        return self.root / "landing"

    @property
    def inputs(self) -> Path:
        """Copies of deliveries by content."""
        return self.root / "inputs"

    @property
    def personal(self) -> Path:
        """The only place of names, phones and rendered texts; mode 0700."""
        return self.root / "personal"

    @property
    def journal(self) -> Path:
        """What left the building."""
        return self.root / "journal"

    @property
    def opening_month(self) -> BillingMonth:
        """The pseudo-month just before the first, which holds the opening state."""
        return self.settings.first_month.previous

    @property
    def workers(self) -> Workers:
        """Who works on the parts: a cluster, or how many processes of this machine."""
        if self.settings.cluster:
            return Cluster(self.settings.cluster)
        return self.settings.workers or len(os.sched_getaffinity(0))

    def works(self, month: BillingMonth) -> Path:
        """Runs of a month under way."""
        return self.root / "work" / str(month)

    def work(self, month: BillingMonth, run_id: str) -> Path:
        """One run under way; invisible to readers."""
        return self.works(month) / run_id

    def scratch(self, name: str) -> Path:
        """Where a query over the book goes for a while; beside the runs, whose months may have none under way."""
        return self.root / "work" / f"{SCRATCH}{name}"

    def versions(self, month: BillingMonth) -> Path:
        """Finished versions of a month."""
        return self.root / "versions" / str(month)

    def version(self, month: BillingMonth, run_id: str) -> Path:
        """One finished version; never changes."""
        return self.versions(month) / run_id

    def published(self, month: BillingMonth) -> Path:
        """The link that readers follow; flipping it publishes all tables of the month at once."""
        return self.root / "published" / f"run_month={month}"

    def personal_of(self, month: BillingMonth, run_id: str) -> Path:
        """Personal data of one run."""
        return self.personal / str(month) / run_id

    def reports_of(self, month: BillingMonth, run_id: str) -> Path:
        """What people read of one version: pages, workbooks, differences. Goes with its version."""
        return self.root / "reports" / str(month) / run_id

    def latest_reports(self, month: BillingMonth) -> Path:
        """The link that people follow to the reports of the version now published."""
        return self.root / "reports" / f"run_month={month}"
