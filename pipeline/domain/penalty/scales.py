"""By which scale of days and fractions an item bears penalty, and what of an organisation bears none.

    capital repair             one scale for all owners                             ЖК РФ, ст. 155, ч. 14.1
    resources, organisation    by its kind in the register: it uses the resource itself, a partnership of owners (ТСЖ,
                               ЖК, ЖСК), or it buys the resource for its services (УК)       Закон 03.11.2015 № 307-ФЗ
    housing, organisation      as citizens                                          ЖК РФ, ст. 155, ч. 14
    other, organisation        no confirmed rule: nothing; nor while nobody has told its kind
    all others                 as citizens

The scale follows from the registers of the night, so a kind that becomes known moves all open items of the account.
Where a part has no such account, an item is looked at as if there were only citizens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.contracts.penalty import PENALTY_SCALES
from pipeline.contracts.registers import ORGANISATION_KINDS, service_kind
from pipeline.rules.in_force import IntegerSteps
from pipeline.rules.penalty import CAPITAL_REPAIR, CITIZEN, PenaltyRules, Scales

#: Reasons why an item of an organisation bears nothing.
ORGANISATION: Final = "organisation"
NO_RULE: Final = "no_rule"


@dataclass(frozen=True)
class Payers:
    """Organisations of the part: account_id of those of no told kind, and by kind; service_code of resources, and of
    what they pay as citizens do."""

    untold: pl.Series
    by_kind: Mapping[str, pl.Series]
    resources: pl.Series
    as_citizens: pl.Series


def payers_of(accounts: pl.DataFrame, services: pl.DataFrame, *, rules: PenaltyRules) -> Payers:
    """`accounts`, `services`: inside shape of the registers."""
    organisations = accounts.filter(pl.col("account_kind_code") == "organisation")
    kinds = services.select("service_code", service_kind())
    kind = pl.col("organisation_kind_code")

    def held(rows: pl.Expr) -> pl.Series:
        return organisations.filter(rows)["account_id"]

    def of_kinds(codes: Collection[str]) -> pl.Series:
        return kinds.filter(pl.col("kind_code").is_in(codes))["service_code"]

    return Payers(
        untold=held(kind.is_null()), by_kind={code: held(kind == code) for code in ORGANISATION_KINDS},
        resources=of_kinds(rules.organisation_resources), as_citizens=of_kinds(rules.organisation_as_citizens),
    )


def scales_told(payers: Payers) -> pl.DataFrame:
    """Inside PENALTY_SCALES: what the night took the registers to say."""
    rows = [
        accounts.to_frame("account_id").join(payers.resources.to_frame("service_code"), how="cross")
        .with_columns(scale_code=pl.lit(kind)) for kind, accounts in payers.by_kind.items()
    ]
    return pl.concat(rows).select(PENALTY_SCALES.inside_names).unique().sort(PENALTY_SCALES.primary_key)


def scale_of(payers: Payers) -> pl.Expr:
    """Code of the scale of an item, over its account_id, service_code and debt_kind_code."""
    codes = (CITIZEN, CAPITAL_REPAIR, *payers.by_kind)
    return _by_scale(payers, {code: pl.lit(code) for code in codes})


def first_day(payers: Payers, scales: Scales) -> pl.Expr:
    """First day of penalty of an item with `due_on`, over the same columns."""
    days = {code: pl.col("due_on") + pl.duration(days=of_due_day(steps[0].from_day)) for code, steps in scales.items()}
    return _by_scale(payers, days)


def reason_of_organisation(payers: Payers) -> pl.Expr:
    """Why an item of an organisation bears nothing; missing where it does."""
    account, service = pl.col("account_id"), pl.col("service_code")
    told = pl.concat([payers.untold.clear(), *payers.by_kind.values()])
    has_rule = service.is_in(pl.concat([payers.resources, payers.as_citizens]).implode())
    is_repair = pl.col("debt_kind_code") == CAPITAL_REPAIR
    return (
        pl.when(account.is_in(payers.untold.implode())).then(pl.lit(ORGANISATION))
        .when(account.is_in(told.implode()) & ~has_rule & ~is_repair).then(pl.lit(NO_RULE))
    )


def of_due_day(steps: IntegerSteps) -> pl.Expr:
    """The value in force on `due_on`; debts older than the first value go by it."""
    value = pl.lit(steps[0][1], dtype=pl.Int64)
    for valid_from, of_step in steps[1:]:
        value = pl.when(pl.col("due_on") >= pl.lit(valid_from)).then(pl.lit(of_step, dtype=pl.Int64)).otherwise(value)
    return value


def _by_scale(payers: Payers, told: Mapping[str, pl.Expr]) -> pl.Expr:
    """What is told of the item's scale."""
    picked, is_resource = told[CITIZEN], pl.col("service_code").is_in(payers.resources.implode())
    for kind, accounts in payers.by_kind.items():
        if not accounts.is_empty():
            picked = pl.when(pl.col("account_id").is_in(accounts.implode()) & is_resource).then(told[kind]).otherwise(
                picked
            )
    return pl.when(pl.col("debt_kind_code") == CAPITAL_REPAIR).then(told[CAPITAL_REPAIR]).otherwise(picked)
