"""Decisions of persons about doubts of the debt room, and how the queue and the room name what they are about."""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, money, text

#: Doubts by their kind in the queue: the columns that name one, and the decisions allowed.
DOUBTS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "instalment_doubt": (("account_id", "creditor_id", "agreement_id"), ("accept", "void")),
    "early_restriction": (("account_id", "creditor_id", "service_code", "stage_on"), ("restore",)),
    "double_recovery": (("court_case_id",), ("refunded", "kept")),
    "several_accounts": (("court_case_id",), ("one_account", "by_hand")),
    "costs_on_principal": (("court_case_id",), ("take_back", "by_hand")),
}

_DECISIONS: Final = tuple(dict.fromkeys(decision for _, allowed in DOUBTS.values() for decision in allowed))

subject_id = text("subject_id", "what a doubt is about: the columns that name it, by colons")

DEBT_DECISIONS = Table(
    "debt_decisions", "debt", Stage.EVENT, grain="one decision of a person on one doubt of the debt room",
    columns=(
        c.event_id, c.registered_at,
        code("subject_code", "kind of the doubt", *DOUBTS), subject_id,
        code("decision_code", "the agreement counts by its schedule, or does not count; the service is to be given "
             "back; money collected twice was refunded, or stays an advance; the case is of the account told last; "
             "what is open is right as it stands; a lawyer goes on by hand", *_DECISIONS),
        money("amount_rub", "sum at stake that the person saw: `accept`, `refunded`, `kept`, `take_back`, `by_hand` "
              "hold while it is this", at_least=0),
        text("evidence", "what the decision rests on"),
    ),
    primary_key=("event_id",),
    rows={"decides_its_kind": pl.any_horizontal(
        (pl.col("subject_code") == kind) & pl.col("decision_code").is_in(list(allowed))
        for kind, (_, allowed) in DOUBTS.items()
    )},
)


def subject_of(kind: str) -> pl.Expr:
    """`subject_id` of a doubt from the columns that name it."""
    return pl.concat_str(*(pl.col(name).cast(pl.String) for name in DOUBTS[kind][0]), separator=":")


def latest(decisions: pl.DataFrame, kind: str) -> pl.DataFrame:
    """subject_id, decision_code, amount_kop and decided_on of the last decision registered on each doubt of a kind."""
    return (
        decisions.filter(pl.col("subject_code") == kind).sort("registered_at", "event_id")
        .unique("subject_id", keep="last", maintain_order=True)
        .select("subject_id", "decision_code", "amount_kop", decided_on=pl.col("registered_at").dt.date())
    )
