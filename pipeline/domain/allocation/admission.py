"""Which items a sum of money may touch, in what stage, and by which rule (contracts §6).

A pot is one sum on its way to items. Its `mode_code` says how it looks at them:

    writ            enforcement and court money: items of the writ; costs, then the debt, then penalty (ГК 319);
                    the surplus as that creditor's own money
    capital_repair  money for capital repair: capital-repair items only
    contract        money of an advance contract: documents of its months only (of one that earns a discount, only the
                    fixed lines of its items are shown: `ahead.py`)
    kind            money for one kind of debt (penalty, court cost): that kind first, the surplus as `general`
    general         the named document or month first (all principal and capital-repair items), then the oldest

`ring_creditor_id` keeps a pot on one creditor's items in every mode. Money without a named month never meets items
whose limitation has passed (ГК 319.1; Пленум ВС 22 от 27.06.2017, п. 32), and never penalty documents, penalty,
voluntary and court-cost items. Earmarked money (a ring, a writ, one kind) is outside the epoch of general money.

Not here: how far the money reaches (`laying.py`) and how it is spread inside one document (`spread.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.ledger import ALLOCATION_RULES

GENERAL_KINDS: Final = ("principal", "capital_repair")
#: Codes in place of words: they are compared a million times a part.
MODE: Final = pl.Enum(["writ", "capital_repair", "contract", "kind", "general"])
PLACED_AS: Final = pl.Enum(["advance", "superseded"])
RULE: Final = pl.Enum(ALLOCATION_RULES)

_mode, _kind = pl.col("mode_code"), pl.col("debt_kind_code")
_general = _kind.is_in(GENERAL_KINDS)
_in_ring = pl.col("ring_creditor_id").is_null() | (pl.col("creditor_id") == pl.col("ring_creditor_id"))
_in_months = pl.col("billing_month").is_between(pl.col("from_month"), pl.col("to_month"))
_in_writ = _in_months.fill_null(True)
_barred = (pl.col("limitation_on") < pl.col("on")).fill_null(pl.col("is_time_barred"))
_open_to_unnamed = ~_barred & (pl.col("document_type_code") != "penalty")

#: The payer named this document, or a month whose document it is. An own creditor's or one kind's money may name a
#: month of any of its documents; otherwise a month means its main document.
_named_month = (
    pl.col("designated_document").is_null()
    & (pl.col("billing_month") == pl.col("designated_month"))
    & (
        (pl.col("document_type_code") == "main")
        | pl.col("ring_creditor_id").is_not_null()
        | _mode.is_in(["kind", "capital_repair"])
    )
)
_named = ((pl.col("document") == pl.col("designated_document")) | _named_month).fill_null(False)


def admitted(candidates: pl.DataFrame, *, exact_total_pays_penalty: bool) -> pl.DataFrame:
    """Pairs of items and pots that may meet (one pot an account), with `stage` (smaller first). A stretch of items with
    one set of terms may stand for them, with what is open of it."""
    return (
        candidates.with_columns(is_named=_named)
        .pipe(_with_exact_totals, exact_total_pays_penalty)
        .with_columns(stage=_stage())
        .filter(pl.col("stage").is_not_null())
    )


def with_rule(reached: pl.DataFrame) -> pl.DataFrame:
    """`rule_code` and `is_earmarked` of admitted pairs."""
    return reached.with_columns(rule_code=_rule(), is_earmarked=_earmarked())


def _with_exact_totals(candidates: pl.DataFrame, exact_total_pays_penalty: bool) -> pl.DataFrame:
    """Whether the pot equals the named total with penalty, with voluntary items, or with both (rules 3 and 4)."""
    named = candidates.filter(pl.col("is_named"), _mode == "general", _in_ring)
    beside = named.filter(_kind.is_in(["penalty", "voluntary"]))
    if beside.is_empty():
        return candidates.with_columns(pays_penalty=pl.lit(False), pays_voluntary=pl.lit(False))
    outstanding = pl.col("outstanding_kop")
    totals = (
        named.select("account", "amount_kop", **{
            name: pl.when(part).then(outstanding).otherwise(0) for name, part in (
                ("general_kop", _general), ("penalty_kop", _kind == "penalty"), ("voluntary_kop", _kind == "voluntary"),
            )
        })
        .group_by("account")
        .agg(pl.col("amount_kop").first(), pl.col("general_kop", "penalty_kop", "voluntary_kop").sum())
    )
    amount, base, allowed = pl.col("amount_kop"), pl.col("general_kop"), pl.lit(exact_total_pays_penalty)
    with_penalty = allowed & (amount == base + pl.col("penalty_kop"))
    with_all = allowed & (amount == base + pl.col("penalty_kop") + pl.col("voluntary_kop"))
    with_voluntary = amount == base + pl.col("voluntary_kop")
    exact = totals.select(
        "account", pays_penalty=with_penalty | with_all, pays_voluntary=~with_penalty & (with_voluntary | with_all)
    ).filter(pl.col("pays_penalty") | pl.col("pays_voluntary"))
    return candidates.join(exact, on="account", how="left", maintain_order="left").with_columns(
        pl.col("pays_penalty", "pays_voluntary").fill_null(False)
    )


def _stage() -> pl.Expr:
    of_pot_kind = _kind == pl.col("kind_code")
    by_exact_total = (pl.col("pays_penalty") & (_kind == "penalty")) | (
        pl.col("pays_voluntary") & (_kind == "voluntary")
    )
    writ = (
        pl.when(_in_writ & (_kind == "court_cost")).then(0).when(_in_writ & _general).then(1)
        .when(_in_writ & (_kind == "penalty")).then(2).when(_general & _open_to_unnamed).then(3)
    )
    capital_repair = (
        pl.when(_kind != "capital_repair").then(None).when("is_named").then(0).when(_open_to_unnamed).then(1)
    )
    contract = pl.when(_general & _in_months & _open_to_unnamed).then(0)
    kind = (
        pl.when(of_pot_kind & pl.col("is_named")).then(0).when(of_pot_kind & ~_barred).then(1)
        .when(_general & pl.col("is_named")).then(2).when(_general & _open_to_unnamed).then(3)
    )
    general = (
        pl.when(pl.col("is_named") & (_general | by_exact_total)).then(0).when(_general & _open_to_unnamed).then(1)
    )
    stage = (
        pl.when(~_in_ring).then(None).when(_mode == "writ").then(writ)
        .when(_mode == "capital_repair").then(capital_repair).when(_mode == "contract").then(contract)
        .when(_mode == "kind").then(kind).otherwise(general)
    )
    return stage.cast(pl.UInt8)


def _rule() -> pl.Expr:
    """`placed_as` of a pot overrules: an advance that meets a document; a new version that takes its money over."""
    is_penalty = (_kind == "penalty") & (_mode.is_in(["kind", "general"]))
    return (
        pl.when(pl.col("placed_as") == "advance").then(pl.lit("advance", dtype=RULE))
        .when((pl.col("placed_as") == "superseded") & pl.col("is_named")).then(pl.lit("superseded", dtype=RULE))
        .when((_mode == "writ") & (pl.col("stage") < 3)).then(pl.lit("enforcement", dtype=RULE))
        .when(_mode == "capital_repair").then(pl.lit("own_creditor", dtype=RULE))
        .when(_mode == "contract").then(pl.lit("advance", dtype=RULE))
        .when(is_penalty).then(pl.lit("penalty", dtype=RULE))
        .when((_mode == "kind") & (_kind == pl.col("kind_code"))).then(pl.lit("enforcement", dtype=RULE))
        .when(pl.col("ring_creditor_id").is_not_null()).then(pl.lit("own_creditor", dtype=RULE))
        .when("is_named").then(pl.lit("designated", dtype=RULE))
        .otherwise(pl.lit("oldest", dtype=RULE))
    )


def _earmarked() -> pl.Expr:
    return (
        pl.col("ring_creditor_id").is_not_null()
        | _mode.is_in(["writ", "capital_repair"])
        | ((_mode == "kind") & (pl.col("stage") <= 1))
    )
