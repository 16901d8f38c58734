"""Penalties of one part for one month: late payments, items, segments, totals.

    penalty of an item = Σ over its parts (base × weight ÷ denominator), rounded half up once    ЖК РФ, ст. 155, ч. 14
    segment            = growth of that rounded sum along the item's segments: they add up to the item
    change             = penalty − penalty of the month before: what the biller is asked to bill, or to take back

Everything is counted anew from the late payments and what is open, so a reversal, a recalculation, a hold that became
known late or a decree with force for the past moves the penalty of every open item by itself. An item that is settled
keeps its penalty of that month, unless a reversal opens it again. The claim to penalties expires with the claim to the
item (ГК РФ, ст. 207): from the month in which an item is time-barred its penalty stands still, less what was proposed
and no document has billed. Not here: what a document did with a proposal (`proposals.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import PENALTIES, PENALTY_ACCRUALS
from pipeline.domain.allocation.runs import starts
from pipeline.domain.penalty.bases import is_overdue, late_payments
from pipeline.domain.penalty.credited import lowered
from pipeline.domain.penalty.exempt import without_exempt_days
from pipeline.domain.penalty.proposals import batch_id
from pipeline.domain.penalty.scales import Payers, first_day, reason_of_organisation, scale_of
from pipeline.domain.penalty.stretches import LawOfDays, law_of_days
from pipeline.domain.penalty.weights import CLASS, denominator, weighed
from pipeline.domain.tenancy.empty_flats import with_owners_items
from pipeline.rules.penalty import RATE_DIGITS, PenaltyRules

#: What is read of an open item.
ITEM: Final = (*ITEM_KEY, "billing_month", "due_on", "outstanding_kop", "is_disputed", "is_time_barred")
#: What is read of the penalties of the month before.
BEFORE: Final = (*ITEM_KEY, "billing_month", "due_on", "outstanding_kop", "penalty_kop", "reason_code")
_BARRED: Final = "time_barred"
_DISPUTED: Final = "disputed"
_RATE_TO_E7: Final = 10 ** (7 - RATE_DIGITS)


@dataclass(frozen=True)
class Facts:
    """What the room knows of one part. `before`: BEFORE of items that may still change; `payers`: its organisations;
    `exempt`: inside PENALTY_EXEMPTIONS; `unbilled`: ITEM_KEY and unbilled_kop of items that `newly_barred` names;
    `credited`: inside CREDITED_CHARGES, of earlier months and of this one; `accounts`: account_id, account_kind_code;
    `empty`: empty_flats.EMPTY; movements and carried as in `bases.py`."""

    open_items: pl.DataFrame
    movements: pl.DataFrame
    carried: pl.DataFrame
    before: pl.DataFrame
    payers: Payers
    exempt: pl.DataFrame
    unbilled: pl.DataFrame
    credited: pl.DataFrame
    accounts: pl.DataFrame
    empty: pl.DataFrame


@dataclass(frozen=True)
class PenaltyMonth:
    """Inside PENALTIES, PENALTY_ACCRUALS, LATE_PAYMENTS and CREDITED_CHARGES of the part."""

    penalties: pl.DataFrame
    accruals: pl.DataFrame
    late_payments: pl.DataFrame
    credited: pl.DataFrame


def penalty_month(facts: Facts, *, rules: PenaltyRules, as_of: date, month: date) -> PenaltyMonth:
    """Count the penalties of one part to the end of `as_of`; `month` names the batches."""
    law = law_of_days(rules)
    late = late_payments(facts.movements, facts.carried, first_day=first_day(facts.payers, rules.scales))
    items = _items(facts, late, rules, as_of)
    bases = lowered(_bases(items, late, as_of), items, facts.credited)
    segments = (
        bases.join(weighed(bases, law, rules=rules), on=CLASS)
        .pipe(without_exempt_days, items, facts.exempt, scales=rules.scales)
        .sort("item", "paid_on", "from_on").pipe(_rounded, denominator(rules.scales))
    )
    return PenaltyMonth(
        penalties=_penalties(items, bases, segments, law, as_of, month),
        accruals=_accruals(items, segments, rules), late_payments=late,
        credited=facts.credited.sort(*ITEM_KEY, "credit_document_id"),
    )


def newly_barred(open_items: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """ITEM_KEY of items whose limitation has passed since the month before told a penalty of them."""
    grown = before.filter(pl.col("penalty_kop") > 0, pl.col("reason_code").ne_missing(_BARRED))
    return open_items.filter("is_time_barred").join(grown, on=ITEM_KEY, how="semi", nulls_equal=True).select(ITEM_KEY)


def grown_before(facts: Facts, *, rules: PenaltyRules, as_of: date) -> pl.DataFrame:
    """BEFORE of the items open at the cut of a month that told no penalties: what had grown by then was for others to
    bill, and only what grows since is proposed."""
    return penalty_month(facts, rules=rules, as_of=as_of, month=as_of).penalties.filter(
        pl.col("outstanding_kop") > 0
    ).select(BEFORE)


def _items(facts: Facts, late: pl.DataFrame, rules: PenaltyRules, as_of: date) -> pl.DataFrame:
    """Items that may bear penalty or did, numbered: `item`, their terms, before_kop, unbilled_kop, reason_code,
    scale."""
    overdue = facts.open_items.select(ITEM).filter(is_overdue(first_day(facts.payers, rules.scales), as_of))
    gone = {"outstanding_kop": pl.lit(0, dtype=pl.Int64), "is_disputed": pl.lit(False), "is_time_barred": pl.lit(False)}
    settled = late.select(*ITEM_KEY, "billing_month", "due_on").unique(ITEM_KEY).join(
        overdue, on=ITEM_KEY, how="anti", nulls_equal=True
    ).with_columns(**gone).pipe(with_owners_items, facts.accounts, facts.empty).with_columns(is_disputed="is_owners")
    known = pl.concat([overdue, settled.select(ITEM)])
    lost = facts.before.filter(pl.col("penalty_kop") != 0).join(known, on=ITEM_KEY, how="anti", nulls_equal=True)
    told = facts.before.select(*ITEM_KEY, before_kop="penalty_kop", told_reason="reason_code")
    baseless = lost.with_columns(**gone, has_base=False).select(*ITEM, "has_base")
    return (
        pl.concat([known.with_columns(has_base=True), baseless])
        .join(told, on=ITEM_KEY, how="left", nulls_equal=True)
        .join(facts.unbilled, on=ITEM_KEY, how="left", nulls_equal=True)
        .with_columns(
            pl.col("before_kop", "unbilled_kop").fill_null(0), reason_code=_reason(facts.payers),
            scale=scale_of(facts.payers),
        )
        .sort(*ITEM_KEY).with_row_index("item")
    )


def _reason(payers: Payers) -> pl.Expr:
    # what was paid or written off after its limitation, or while disputed, is not open and keeps the reason that it had
    is_settled, told = pl.col("outstanding_kop") == 0, pl.col("told_reason")
    is_barred = pl.col("is_time_barred") | is_settled & told.eq_missing(_BARRED)
    is_disputed = pl.col("is_disputed") | is_settled & told.eq_missing(_DISPUTED)
    return pl.coalesce(
        reason_of_organisation(payers),
        pl.when(pl.col("charge_month").is_null()).then(pl.lit("lump_sum"))
        .when(is_barred).then(pl.lit(_BARRED))
        .when(is_disputed).then(pl.lit(_DISPUTED))
        .when(~pl.col("has_base")).then(pl.lit("no_base")),
    )


def _bases(items: pl.DataFrame, late: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """item, CLASS, paid_on, base_kop: each late payment to its day, what is open to the cut."""
    bearing = items.filter(pl.col("reason_code").is_null())
    columns = ("item", *CLASS, "paid_on", "base_kop")
    still = bearing.filter(pl.col("outstanding_kop") > 0).with_columns(
        counted_on=pl.lit(as_of), paid_on=pl.lit(None, dtype=pl.Date), base_kop="outstanding_kop"
    )
    paid = late.filter(pl.col("paid_kop") > 0).join(
        bearing.select("item", "scale", *ITEM_KEY), on=ITEM_KEY, nulls_equal=True
    ).with_columns(counted_on="paid_on", base_kop="paid_kop")
    return pl.concat([still.select(columns), paid.select(columns)])


def _rounded(segments: pl.DataFrame, below: int) -> pl.DataFrame:
    """`penalty_kop` of each segment: the rounded running sum of its item, less the one before."""
    exact = money.widened("base_kop") * pl.col("weight")
    running = segments.with_columns(
        reached=exact.cum_sum(), before=exact.cum_sum() - exact, is_first=starts("item")
    ).with_columns(start=pl.when("is_first").then("before").forward_fill())
    return running.with_columns(
        penalty_kop=money.divided(pl.col("reached") - pl.col("start"), below)
        - money.divided(pl.col("before") - pl.col("start"), below)
    )


def _penalties(
    items: pl.DataFrame, bases: pl.DataFrame, segments: pl.DataFrame, law: LawOfDays, as_of: date, month: date
) -> pl.DataFrame:
    grown = segments.group_by("item").agg(money.total("penalty_kop"))
    ends = pl.col("counted_on") if law.known_to is None else pl.min_horizontal("counted_on", pl.lit(law.known_to))
    is_stopped = pl.lit(False) if law.known_to is None else (pl.col("counted_on") > law.known_to).any()
    counted = bases.group_by("item").agg(
        counted_to_on=ends.max(), missing_rule=pl.when(is_stopped).then(pl.lit(law.missing_rule, dtype=pl.String))
    )
    is_changed = pl.col("change_kop") != 0
    return (
        items.join(grown, on="item", how="left").join(counted, on="item", how="left")
        .with_columns(
            penalty_kop=pl.when(pl.col("reason_code") == _BARRED).then(pl.col("before_kop") - pl.col("unbilled_kop"))
            .otherwise(pl.col("penalty_kop").fill_null(0))
        )
        .with_columns(change_kop=pl.col("penalty_kop") - pl.col("before_kop"))
        .with_columns(
            batch_id=pl.when(is_changed).then(batch_id(month)),
            status_code=pl.when(is_changed).then(pl.lit("proposed"))
            .when(pl.col("reason_code").is_not_null()).then(pl.lit("not_accrued")).otherwise(pl.lit("unchanged")),
        )
        .sort("item").select(PENALTIES.inside_names)
    )


def _accruals(items: pl.DataFrame, segments: pl.DataFrame, rules: PenaltyRules) -> pl.DataFrame:
    return (
        pl.concat([items.select(ITEM_KEY)[segments["item"]], segments], how="horizontal")
        .with_columns(
            article=pl.col("scale").replace_strict(rules.articles, return_dtype=pl.String),
            rate_percent_e7=pl.col("rate_e4") * _RATE_TO_E7,
            fraction_denominator="denominator",
        )
        .select(PENALTY_ACCRUALS.inside_names)
        .cast(PENALTY_ACCRUALS.inside_schema)  # type: ignore[arg-type]
    )

