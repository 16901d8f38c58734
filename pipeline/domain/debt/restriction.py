"""Restriction of one service for debt: who is warned, who may be cut off, and who must be given the service back.

    debt       overdue items of ONE service under a contract of the creditor in force tonight; no lump, barred or
               disputed sums; less all that could cover debts to the creditor
    threshold  claimed > two monthly fees by the norm, meter or not (ПП 354, п. 118); a norm that nobody has told is a
               doubt, and nothing is done
    stages     warning → 20 days from its proven delivery → restriction → 10 days → suspension (п. 119)
    too early  cut off within the 20 days, or with no delivery proven: a doubt (`restricted_too_early`) until the
               act `restored` or a proof comes; never a suspension: decided to be given back, it is asked for by a day
    back       within two days of payment in full or of an instalment that is kept (п. 120), or of the day on which the
               account was closed: whoever lives there now owes nothing by it

Gas goes by rules of its own and by no norm (`gas.py`).

How far the provider has gone is told by its acts alone. A warning counts for a debt of which an item that is open
tonight was overdue when it came: paid in full, the debt ends, and the next one is warned of anew. The last day of a
period is still the debtor's (ГК РФ, ст. 191, 194), so an action comes on the day after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.debt import ACCOUNT_CLOSED, RESTRICTION_LIST
from pipeline.contracts.debt_decisions import latest, subject_of
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.debtors import Standing
from pipeline.domain.debt.gas import UNREVIEWED, is_over, periods_in_a_row
from pipeline.domain.debt.holds import OWN
from pipeline.domain.debt.instalments import kept
from pipeline.domain.debt.restriction_acts import TRIPLE, acted
from pipeline.domain.debt.restriction_words import EARLY, with_reason
from pipeline.rules.debt import RestrictionRules

_DOUBT = "early_restriction"
_CUT = ("restriction", "suspension")
_NO_DAY = pl.lit(None, dtype=pl.Date)


@dataclass(frozen=True, slots=True)
class RestrictionFacts:
    """What restriction reads beside the debts of a part; `before` is RESTRICTION_LIST of the month before."""

    accounts: pl.DataFrame
    services: pl.DataFrame
    service_contracts: pl.DataFrame
    service_norms: pl.DataFrame
    restriction_acts: pl.DataFrame
    holds: pl.DataFrame
    debt_decisions: pl.DataFrame
    payment_allocations: pl.DataFrame
    before: pl.DataFrame


def restriction_list(
    found: Standing, facts: RestrictionFacts, *, rules: RestrictionRules, as_of: date, is_awaiting: bool
) -> pl.DataFrame:
    """RESTRICTION_LIST of one part, inside shape."""
    owed = _owed(found, facts, rules=rules, as_of=as_of)
    fee, claimed = pl.col("norm_fee_kop"), pl.col("claimed_kop")
    return (
        owed.join(acted(facts.restriction_acts, owed, as_of=as_of), on=TRIPLE, how="full", coalesce=True)
        .with_columns(pl.col("total_kop", "claimed_kop", "months_overdue", "_months", "_in_a_row").fill_null(0))
        .with_columns(_is_gas=pl.col("service_code").is_in(list(rules.gas.services)))
        .with_columns(
            pl.col("stage_code").fill_null("none"),
            _is_over=pl.when("_is_gas").then(is_over(rules.gas))
            .otherwise((claimed > rules.fees_min * fee).fill_null(False)),
            _is_doubt=fee.is_null() & (pl.col("_months") > rules.doubt_months) & ~pl.col("_is_gas"),
        )
        .with_columns(_is_cut=pl.col("stage_code").is_in(_CUT), _is_warned=pl.col("stage_code") != "none")
        .filter(
            pl.col("_is_cut") | pl.col("_is_over") | pl.col("_is_doubt")
            | (pl.col("_is_warned") & (pl.col("total_kop") > 0))
        )
        .join(_instalments(facts.holds, as_of), on="account_id", how="left")
        .join(kept(found.instalments).drop("reason_code"), on=PAIR, how="left")
        .join(_held(found.reasons, rules), on=PAIR, how="left")
        .join(_paid(facts), on=TRIPLE, how="left")
        .join(facts.accounts.select("account_id", "premises_id", "closed_on"), on="account_id", how="left")
        .with_columns(subject_id=subject_of(_DOUBT))
        .join(_given_back(facts.debt_decisions), on="subject_id", how="left")
        .pipe(_decided, rules=rules, as_of=as_of, is_awaiting=is_awaiting)
        .pipe(with_reason, rules=rules)
        .with_columns(run_on=pl.lit(as_of))
        .select(RESTRICTION_LIST.inside_names)
        .cast(pl.Schema(RESTRICTION_LIST.inside_schema))
        .sort(RESTRICTION_LIST.primary_key)
    )


def restrictable(items: pl.DataFrame, services: pl.DataFrame, *, rules: RestrictionRules) -> pl.DataFrame:
    """Overdue items (`overdue_items`) of services that may be restricted: no lump and no time-barred sums."""
    may_restrict = services.filter(
        pl.col("may_restrict") & (pl.col("class_code") == "utility")
        & ~pl.col("service_code").is_in(list(rules.never_services))
    )["service_code"]
    return items.filter(
        pl.col("service_code").is_in(may_restrict.implode()) & (pl.col("debt_kind_code") == "principal")
        & ~pl.col("is_lump") & ~pl.col("is_time_barred")
    )


def under_contract(items: pl.DataFrame, contracts: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Items whose contract with their creditor runs tonight: a provider that has left cuts nobody off."""
    has_ended = (pl.col("valid_to") < as_of).fill_null(False)
    in_force = (
        contracts.filter(pl.col("contract_id").is_in(items["contract_id"].unique().implode()))
        .filter((pl.col("valid_from") <= as_of) & ~has_ended)
        .select("contract_id", "creditor_id")
    )
    return items.join(in_force, on=["contract_id", "creditor_id"], how="semi")


def _owed(found: Standing, facts: RestrictionFacts, *, rules: RestrictionRules, as_of: date) -> pl.DataFrame:
    """Debts for one service that may be restricted: total, claimed, norm fee, ages. Small debts that nobody was warned
    of are left out before contracts are looked at."""
    items = restrictable(found.items, facts.services, rules=rules)
    fees = _fees(facts.service_norms, as_of)
    sums = items.group_by(TRIPLE).agg(
        _all_kop=money.total("outstanding_kop"), _all_months=pl.col("billing_month").n_unique()
    ).join(fees, on=["account_id", "service_code"], how="left")
    is_gas = pl.col("service_code").is_in(list(rules.gas.services))
    may_matter = sums.filter(
        (pl.col("_all_kop") > rules.fees_min * pl.col("norm_fee_kop"))
        | (pl.col("norm_fee_kop").is_null() & (pl.col("_all_months") > rules.doubt_months))
        | (is_gas & (pl.col("_all_months") >= rules.gas.periods_min))
    ).select(TRIPLE)
    looked_at = pl.concat([may_matter, facts.restriction_acts.select(TRIPLE)]).unique()
    inside = items.join(looked_at, on=TRIPLE, how="semi")
    covered = pl.min_horizontal("total_kop", pl.col("shielded_kop").fill_null(0))
    of_contract = under_contract(inside, facts.service_contracts, as_of=as_of)
    return (
        of_contract
        .group_by(TRIPLE)
        .agg(
            total_kop=money.total("outstanding_kop"), oldest_due_on=pl.col("due_on").min(),
            months_overdue=pl.col("months_overdue").max(), _months=pl.col("billing_month").n_unique(),
        )
        .join(found.shielded.select(*PAIR, "shielded_kop"), on=PAIR, how="left")
        .with_columns(claimed_kop=pl.col("total_kop") - covered)
        .join(fees, on=["account_id", "service_code"], how="left")
        .join(periods_in_a_row(of_contract.filter(is_gas)), on=TRIPLE, how="left")
        .drop("shielded_kop")
    )


def _fees(norms: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """account × service: the monthly fee by the norm last stated for tonight."""
    return (
        norms.filter(pl.col("valid_from") <= as_of)
        .sort("account_id", "service_code", "valid_from", "registered_at", "event_id")
        .unique(["account_id", "service_code"], keep="last", maintain_order=True)
        .select(
            "account_id", "service_code", norm_fee_kop=money.amount_of(pl.col("norm_volume_e7"), pl.col("tariff_e6"))
        )
    )


def _held(reasons: pl.DataFrame, rules: RestrictionRules) -> pl.DataFrame:
    counted = reasons.filter(pl.col("reason_code").is_in([*rules.holds, *OWN, ACCOUNT_CLOSED]))
    return counted.group_by(PAIR).agg(_holds=pl.col("reason_code").unique())


def _instalments(holds: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """account: since when it has an instalment; whether one holds for a creditor is told by the reasons in force."""
    runs = (pl.col("from_on") <= as_of) & (pl.col("to_on").is_null() | (pl.col("to_on") >= as_of))
    kept = holds.filter((pl.col("reason_code") == "instalment") & runs).drop_nulls("account_id")
    return kept.group_by("account_id").agg(_agreed_on=pl.col("from_on").min())


def _paid(facts: RestrictionFacts) -> pl.DataFrame:
    """account × creditor × service: day of the last payment of this month, and the day asked for before."""
    touched = facts.restriction_acts.select(TRIPLE).unique()
    # few accounts were ever warned: the movements of all others are not looked at
    of_touched = pl.col("account_id").is_in(touched["account_id"].unique().implode())
    paid = (
        facts.payment_allocations.filter(of_touched).join(touched, on=TRIPLE, how="semi")
        .filter(pl.col("allocated_kop") > 0)
        .group_by(TRIPLE).agg(_paid_on=pl.col("paid_at").dt.date().max())
    )
    asked = facts.before.filter(pl.col("next_action_code") == "restore").select(*TRIPLE, _asked_on="next_action_on")
    return touched.join(paid, on=TRIPLE, how="left").join(asked, on=TRIPLE, how="left")


def _given_back(decisions: pl.DataFrame) -> pl.DataFrame:
    """subject_id: when a person decided that the service is to be given back."""
    return latest(decisions, _DOUBT).select("subject_id", _back_on="decided_on")


def _decided(rows: pl.DataFrame, *, rules: RestrictionRules, as_of: date, is_awaiting: bool) -> pl.DataFrame:
    """The next action, what blocks it and its day."""
    stage = pl.col("stage_code")
    is_agreed = pl.col("_holds").list.contains("instalment").fill_null(False)
    is_left = pl.col("_holds").list.contains(ACCOUNT_CLOSED).fill_null(False)
    is_back = pl.col("_is_cut") & ((pl.col("total_kop") == 0) | is_agreed | is_left)
    is_gas = pl.col("_is_gas")
    days_to_pay = pl.when(is_gas).then(rules.gas.notice_days).otherwise(rules.notice_days)
    is_lawful = (pl.col("cut_on") > pl.col("warned_on") + pl.duration(days=days_to_pay)).fill_null(False)
    is_early = pl.col("_is_cut") & ~is_lawful & ~is_back
    following = (
        pl.when(is_back | is_early).then(pl.lit("restore"))
        .when(stage == "suspension").then(pl.lit("none"))
        .when((stage == "restriction") | (is_gas & pl.col("_is_warned"))).then(pl.lit("suspension"))
        .when("_is_warned").then(pl.lit("restriction"))
        .otherwise(pl.lit("notice"))
    )
    is_asked_back = is_early & pl.col("_back_on").is_not_null()
    since = pl.coalesce(
        pl.when(is_asked_back).then("_back_on"), pl.when(is_left).then("closed_on"),
        pl.when(pl.col("total_kop") > 0).then(pl.coalesce("signed_on", "_agreed_on")), "_paid_on",
        pl.col("_asked_on").dt.offset_by(f"-{rules.restore_days}d"), pl.lit(as_of),
    )
    action, after_warning = pl.col("next_action_code"), pl.col("delivered_on") + pl.duration(days=days_to_pay + 1)
    day = (
        pl.when(action == "restore").then(since.dt.offset_by(f"{rules.restore_days}d"))
        .when((action == "restriction") | is_gas & (action == "suspension")).then(after_warning)
        .when(action == "suspension").then(
            pl.col("restricted_on").dt.offset_by(f"{rules.days_before_suspension + 1}d"))
        .when(action == "notice").then(pl.lit(as_of))
    )
    is_held_back = action.is_in(["notice", "restriction", "suspension"])
    early = pl.lit([EARLY], dtype=pl.List(pl.String))
    doubts = [
        pl.when(pl.col("norm_fee_kop").is_null() & ~is_gas).then(pl.lit("norm_unknown")),
        pl.when((pl.col("norm_fee_kop").is_not_null() | is_gas) & ~pl.col("_is_over")).then(pl.lit("below_threshold")),
        pl.when(((action == "restriction") | is_gas & (action == "suspension")) & pl.col("delivered_on").is_null())
        .then(pl.lit("no_delivery_proof")),
        pl.when(is_gas & pl.lit(not rules.gas.is_open)).then(pl.lit(UNREVIEWED)),
        pl.when(pl.lit(is_awaiting)).then(pl.lit("registries_awaited")),
    ]
    none = pl.lit([], dtype=pl.List(pl.String))
    blocked = pl.concat_list(pl.col("_holds").fill_null(none), pl.concat_list(doubts).list.drop_nulls())
    return (
        rows.with_columns(next_action_code=following, _is_early=is_early & ~is_asked_back)
        .with_columns(
            blocked_by=pl.when("_is_early").then(early)
            .when(is_held_back).then(blocked.list.unique().list.sort()).otherwise(none)
        )
        .with_columns(next_action_on=pl.when(pl.col("blocked_by").list.len() == 0).then(day).otherwise(_NO_DAY))
    )
