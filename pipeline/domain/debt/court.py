"""The life of a court case after filing: order, claim, writ; and what has to be taken back because it was paid.

    held    = principal of the last act − what bank and bailiffs have collected since
    open    = what of the case's months is open in the ledger tonight
    paid    = held − open > 0: whoever holds the claim is asked daily to reduce it

Penalties and duty stand beside it (`court_money.py`). The claim is given up as a whole only when nothing is open and
neither penalties nor duty are left, or the creditor has waived them; paid but for those it is reduced to them.

Sums of a case of several accounts say nothing of one account: nothing is asked until a person has said whose it is
(`several_accounts`), and all of them are held. Where penalties or duty that were collected lie on the principal, the
ledger has less open than is owed: nothing is taken back until a person has said for this sum that it is the principal
(`costs_on_principal`).

The bailiffs get a writ when the bank has given it back: after its days are over it is asked to (`return`), in the list
of what is taken back.

A case ends only when everybody who holds its claim has confirmed: the court while it decides, bank and bailiffs while a
writ lies with them. Payment in full before a writ, or a claim collected whole, leaves nobody who holds one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.debt import COURT_STANDING, ENFORCEMENT_LIST, WITHDRAWAL_LIST
from pipeline.contracts.debt_decisions import latest
from pipeline.contracts.table import Table
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR
from pipeline.domain.debt.court_events import known_cases, of_last_filing
from pipeline.domain.debt.court_money import with_costs
from pipeline.domain.debt.court_words import with_reason
from pipeline.domain.debt.debtors import Facts, Standing
from pipeline.domain.debt.holds import OWN
from pipeline.domain.debt.shields import shielded
from pipeline.rules.debt import CourtRules

_HOLDERS = ("court", "bank", "bailiffs")
_TAKEN_BACK = ("reduce", "withdraw", "recall")
_LEFT = ("open_kop", "penalty_left_kop", "duty_left_kop")
_HELD = ("claimed_kop", "penalty_held_kop", "duty_held_kop")
_TO_COLLECT = ("_to_collect_kop", "_penalty_to_collect_kop", "_duty_to_collect_kop")
_NO_DAY = pl.lit(None, dtype=pl.Date)


@dataclass(frozen=True, slots=True)
class CourtFacts:
    """What the life of cases reads beside what the ladder reads."""

    debts: Facts
    cost_movements: pl.DataFrame
    """COST_MOVEMENT since the filing, of accounts with a case: this month's and those of the months before."""


def cases_tonight(
    found: Standing, facts: CourtFacts, *, rules: CourtRules, as_of: date, is_awaiting: bool
) -> pl.DataFrame:
    """Every case whose account lies in the part, with all that its lists are made from (`court_standing`)."""
    known = of_last_filing(facts.debts.court_events, as_of=as_of)
    cases = known_cases(facts.debts.court_cases, known).join(facts.debts.accounts, on="account_id", how="semi")
    held = found.reasons.filter(pl.col("reason_code").is_in([*rules.holds, *OWN]))
    return (
        cases.join(_open(cases, facts.debts.open_items), on="court_case_id", how="left")
        .join(held.group_by(PAIR).agg(_holds=pl.col("reason_code").unique()), on=PAIR, how="left")
        .with_columns(pl.col("open_kop").fill_null(0))
        .pipe(with_costs, known, facts.cost_movements, facts.debts.advances)
        .pipe(_covered, facts.debts)
        .join(_taken_back(facts.debts.debt_decisions), on="court_case_id", how="left")
        .pipe(_staged)
        .pipe(_decided, rules=rules, as_of=as_of, is_awaiting=is_awaiting)
        .pipe(with_reason)
        .with_columns(run_on=pl.lit(as_of))
        .sort("court_case_id")
    )


def court_standing(cases: pl.DataFrame) -> pl.DataFrame:
    """COURT_STANDING of one part."""
    return _shaped(cases, COURT_STANDING)


def enforcement_list(cases: pl.DataFrame) -> pl.DataFrame:
    """ENFORCEMENT_LIST of one part: writs whose day has come, for what is still open."""
    due = cases.filter((pl.col("next_action_code") == "writ") & (pl.col("next_action_on") <= pl.col("run_on")))
    named = due.with_columns(
        addressee_code="_next_addressee", claimed_kop="_to_collect_kop", penalty_kop="_penalty_to_collect_kop",
        duty_kop="_duty_to_collect_kop",
    )
    return _shaped(named, ENFORCEMENT_LIST)


def withdrawal_list(cases: pl.DataFrame) -> pl.DataFrame:
    """WITHDRAWAL_LIST of one part: everybody who holds more than is left, and the bank that has had its days."""
    is_asked = pl.col("next_action_code").is_in([*_TAKEN_BACK, "return"]) & (
        # its day is missing while something blocks it
        (pl.col("next_action_on") <= pl.col("run_on")).fill_null(False)
    )
    asked = cases.filter(is_asked).with_columns(
        pl.col("claimed_kop").fill_null(0), action_code="next_action_code"
    ).with_columns(open_kop=pl.min_horizontal("open_kop", "claimed_kop")).with_columns(
        paid_kop=pl.col("claimed_kop") - pl.col("open_kop")
    )
    each = [asked.filter(f"_held_by_{who}").with_columns(addressee_code=pl.lit(who)) for who in _HOLDERS]
    return _shaped(pl.concat(each), WITHDRAWAL_LIST)


def _open(cases: pl.DataFrame, open_items: pl.DataFrame) -> pl.DataFrame:
    """court_case_id: what of its months is open tonight, disputed or not."""
    items = open_items.filter(pl.col("debt_kind_code").is_in(ARREARS_KINDS))
    return (
        items.join(cases.select(*PAIR, "court_case_id", "from_month", "to_month"), on=PAIR)
        .filter(pl.col("billing_month").is_between("from_month", "to_month"))
        .group_by("court_case_id")
        .agg(open_kop=money.total("outstanding_kop"))
    )


def _covered(cases: pl.DataFrame, debts: Facts) -> pl.DataFrame:
    """*_to_collect_kop: what no money at hand could cover; it covers the principal first, then penalties, then duty, of
    several cases of a pair the older one first."""
    needed = cases.group_by(PAIR).agg(total_kop=money.total(pl.sum_horizontal(_LEFT)))
    cover = shielded(
        needed, debts.advances, debts.recalculations, debts.suspended_payments, debts.service_contracts
    ).select(*PAIR, _cover_kop="shielded_kop")

    def uncovered(left: str, before: pl.Expr) -> pl.Expr:
        reached = before + pl.col(left).cum_sum().over(PAIR, order_by=["from_month", "court_case_id"])
        return pl.min_horizontal(left, (reached - pl.col("_cover_kop")).clip(lower_bound=0))

    opened, penalty = pl.col("open_kop").sum().over(PAIR), pl.col("penalty_left_kop").sum().over(PAIR)
    return cases.join(cover, on=PAIR, how="left").with_columns(
        _uncovered_kop=uncovered("open_kop", pl.lit(0)),
        _to_collect_kop=pl.min_horizontal("claimed_kop", uncovered("open_kop", pl.lit(0))),
        _penalty_to_collect_kop=pl.min_horizontal("penalty_held_kop", uncovered("penalty_left_kop", opened)),
        _duty_to_collect_kop=pl.min_horizontal("duty_held_kop", uncovered("duty_left_kop", opened + penalty)),
    )


def _taken_back(decisions: pl.DataFrame) -> pl.DataFrame:
    """court_case_id: the sum of collected costs that, a person has said, may count as principal."""
    return latest(decisions, "costs_on_principal").filter(pl.col("decision_code") == "take_back").select(
        court_case_id="subject_id", _taken_back_kop="amount_kop"
    )


def _staged(cases: pl.DataFrame) -> pl.DataFrame:
    """stage_code, stage_on, and who holds the claim."""
    act, is_open, is_left = pl.col("act_code"), pl.col("open_kop") > 0, pl.sum_horizontal(_LEFT) > 0
    is_final = act.is_in(["ordered", "decided"])
    has_writ = is_final & (pl.col("writ_to_bank_on").is_not_null() | pl.col("writ_to_bailiffs_on").is_not_null())
    is_collected = pl.col("claimed_kop") + pl.col("penalty_held_kop") + pl.col("duty_held_kop") == 0
    is_collected = is_collected.fill_null(False)
    with_court = (act == "filed") & pl.col("withdrawn_by_court_on").is_null()
    with_bank, with_bailiffs = (
        is_final & ~is_collected & pl.col(f"writ_to_{who}_on").is_not_null()
        & pl.col(f"withdrawn_by_{who}_on").is_null()
        for who in ("bank", "bailiffs")
    )
    holders = cases.with_columns(
        _held_by_court=with_court, _held_by_bank=with_bank, _held_by_bailiffs=with_bailiffs
    )
    is_with_writ = pl.col("_held_by_bank") | pl.col("_held_by_bailiffs")
    has_ended = (
        ((act == "filed") & ~pl.col("_held_by_court")) | (is_final & is_collected)
        | ((act == "cancelled") & ~is_open) | (is_final & ~is_with_writ & ~is_left)
    )
    stage = (
        pl.when(act.is_null()).then(pl.lit("unknown"))
        .when(has_ended).then(pl.lit("ended"))
        .when(has_writ & is_with_writ).then(pl.lit("writ"))
        .otherwise(act)
    )
    writ_on = pl.max_horizontal("writ_to_bank_on", "writ_to_bailiffs_on")
    ended_on = pl.coalesce(
        pl.max_horizontal(*(f"withdrawn_by_{who}_on" for who in _HOLDERS)), "enforced_on", "act_on"
    )
    return holders.with_columns(stage_code=stage).with_columns(
        stage_on=pl.when(pl.col("stage_code") == "ended").then(ended_on)
        .when(pl.col("stage_code") == "writ").then(writ_on).otherwise("act_on")
    )


def _decided(cases: pl.DataFrame, *, rules: CourtRules, as_of: date, is_awaiting: bool) -> pl.DataFrame:
    """The next action: taking back comes before going on."""
    stage, is_left = pl.col("stage_code"), pl.sum_horizontal(_LEFT) > 0
    is_held = stage.is_in(["filed", "writ"])
    is_too_much = pl.any_horizontal(
        (pl.col(left) < pl.col(held)).fill_null(False) for left, held in zip(_LEFT, _HELD, strict=True)
    )
    taking_back = (
        pl.when(is_held & is_too_much & is_left).then(pl.lit("reduce"))
        .when((stage == "filed") & ~is_left).then(pl.lit("withdraw"))
        .when((stage == "writ") & ~is_left).then(pl.lit("recall"))
    )
    addressee = (
        pl.when(stage.is_in(["ordered", "decided"]) & pl.col("writ_to_bank_on").is_null()).then(pl.lit("bank"))
        .when(stage.is_in(["ordered", "decided"]) & pl.col("writ_to_bailiffs_on").is_null()).then(pl.lit("bailiffs"))
    )
    going_on = (
        pl.when(stage == "cancelled").then(pl.lit("claim"))
        .when(addressee.is_not_null()).then(pl.lit("writ"))
        .when((stage == "writ") & pl.col("_held_by_bank") & ~pl.col("_held_by_bailiffs")).then(pl.lit("return"))
        .otherwise(pl.lit("none"))
    )
    in_force = pl.when(pl.col("act_code") == "ordered").then(
        pl.col("act_on").dt.offset_by(f"{rules.order_in_force_days}d")
    ).otherwise(pl.col("act_on").dt.offset_by(f"{rules.decision_in_force_days}d"))
    after_bank = pl.col("writ_to_bank_on").dt.offset_by(f"{rules.days_with_bank}d")
    day = (
        pl.when(pl.col("next_action_code").is_in(_TAKEN_BACK)).then(pl.lit(as_of))
        .when(pl.col("next_action_code") == "claim").then("act_on")
        .when(pl.col("next_action_code") == "writ").then(pl.max_horizontal(in_force, "withdrawn_by_bank_on"))
        .when(pl.col("next_action_code") == "return").then(pl.max_horizontal(in_force, after_bank))
    )
    none = pl.lit([], dtype=pl.List(pl.String))
    shared = pl.concat_list(pl.when("is_shared").then(pl.lit("several_accounts"))).list.drop_nulls()
    lies_there = (pl.col("on_principal_kop") > 0) & pl.col("on_principal_kop").ne_missing(pl.col("_taken_back_kop"))
    on_principal = pl.concat_list(
        pl.when(lies_there & taking_back.is_not_null()).then(pl.lit("costs_on_principal"))
    ).list.drop_nulls()
    doubts = [
        pl.when(pl.lit(is_awaiting)).then(pl.lit("registries_awaited")),
        pl.when(pl.sum_horizontal(_TO_COLLECT) == 0).then(pl.lit("covered")),
    ]
    blocked = pl.concat_list(pl.col("_holds").fill_null(none), pl.concat_list(doubts).list.drop_nulls(), shared)
    goes_on = pl.col("next_action_code").is_in(["writ", "claim", "return"])
    return (
        cases.with_columns(next_action_code=pl.coalesce(taking_back, going_on), _next_addressee=addressee)
        .with_columns(blocked_by=pl.when(goes_on).then(blocked.list.unique().list.sort()).otherwise(
            pl.concat_list(on_principal, shared)
        ))
        .with_columns(next_action_on=pl.when(pl.col("blocked_by").list.len() == 0).then(day).otherwise(_NO_DAY))
    )


def _shaped(cases: pl.DataFrame, table: Table) -> pl.DataFrame:
    return cases.select(table.inside_names).cast(pl.Schema(table.inside_schema)).sort(table.primary_key)
