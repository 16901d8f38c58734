"""What every kind of the queue has in common, and the shape in which the other files of the room hand rows on.

A row names its `subject`: what the kind is about, the same every night. Not here: which rows there are, ids and ranks.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.debt_decisions import DOUBTS
from pipeline.contracts.queue import KINDS, WORK_QUEUE

SUBJECT: Final = "subject"
_TEXTS: Final = pl.List(pl.String())
#: The last day that a room itself names; missing where the rules of the queue say it.
DUE: Final = "due_on"
#: Columns that `ranking` fills in.
_LATER: Final = ("queue_id", "rank", "deadline_on", "is_overdue")
QUEUED: Final = {
    SUBJECT: pl.String(), DUE: pl.Date(),
    **{name: dtype for name, dtype in WORK_QUEUE.inside_schema.items() if name not in _LATER},
}


class Kind(NamedTuple):
    """Where a kind comes from, who sees to it, and how it is decided."""

    room: str
    owner: str
    feed: str | None = None
    options: tuple[str, ...] = ()


def _doubt(kind: str) -> tuple[str, tuple[str, ...]]:
    return "debt_decisions", DOUBTS[kind][1]


_MONEY = ("payment_identifications", ("identified", "returned"))
_ROWS = ("quarantine_decisions", ("readmit", "reject"))
KIND: Final[dict[str, Kind]] = {
    "suspended_payment": Kind("ledger", "intake_desk", *_MONEY),
    "suspended_reversal": Kind("ledger", "intake_desk", _MONEY[0], ("identified",)),
    "quarantined_document": Kind("ingest", "intake_desk", *_ROWS),
    "quarantined_row": Kind("ingest", "intake_desk", *_ROWS),
    "proposal_to_approve": Kind("recalculation", "billing_department", "approvals", ("approved", "rejected")),
    "mismatched_proposal": Kind("recalculation", "billing_department"),
    "duplicate_payment": Kind("ledger", "finance"),
    "account_without_bill": Kind("ingest", "billing_department"),
    "late_registry": Kind("ingest", "intake_desk"),
    "registry_difference": Kind("ledger", "finance"),
    "list_awaiting_registry": Kind("debt", "debt_department"),
    "instalment_doubt": Kind("debt", "debt_department", *_doubt("instalment_doubt")),
    "early_restriction": Kind("debt", "debt_department", *_doubt("early_restriction")),
    "double_recovery": Kind("debt", "finance", *_doubt("double_recovery")),
    "several_accounts": Kind("debt", "debt_department", *_doubt("several_accounts")),
    "costs_on_principal": Kind("debt", "debt_department", *_doubt("costs_on_principal")),
    "heirs_unknown": Kind("debt", "debt_department"),
    "owner_owes": Kind("ledger", "billing_department"),
    "charges_differ": Kind("rating", "billing_department"),
    "returned_application": Kind("recalculation", "intake_desk"),
    "house_balance": Kind("metering", "billing_department"),
    "house_correction": Kind("recalculation", "billing_department"),
    "doubtful_reading": Kind("metering", "billing_department"),
}
assert set(KIND) == set(KINDS)


def queued(frame: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of a frame that has `kind_code`, `subject`, `effect_kop` and `waiting_since_on`; what it lacks is
    filled in by its kind or stays empty."""

    def of_kind(field: str) -> pl.Expr:
        told = {kind: getattr(facts, field) for kind, facts in KIND.items()}
        return pl.col("kind_code").replace_strict(told, return_dtype=pl.String())

    options = {kind: ",".join(facts.options) for kind, facts in KIND.items()}
    listed = pl.col("kind_code").replace_strict(options, return_dtype=pl.String())
    none = pl.lit([], dtype=_TEXTS)
    known = {
        "room_code": of_kind("room"), "owner_code": of_kind("owner"), "decided_by_feed": of_kind("feed"),
        "options": pl.when(listed == "").then(none).otherwise(listed.str.split(",")),
        "reason_codes": none, "candidate_account_ids": none,
    }
    given = set(frame.columns)
    lacking = [
        known.get(name, pl.lit(None, dtype=dtype)).alias(name) for name, dtype in QUEUED.items() if name not in given
    ]
    return frame.with_columns(lacking).select(pl.col(name).cast(dtype) for name, dtype in QUEUED.items())


def nothing() -> pl.DataFrame:
    """No row."""
    return pl.DataFrame(schema=QUEUED)
