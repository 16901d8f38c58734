"""What corrected registers change in billed months: persons, area, norm, tariff. Each is a cause of `rerated.py`.

One proposal a line and month, however many registers have changed: its cause is the first of RERATED_CAUSES that
changes the sum. An event is the correction of one register, in one flat or for one contract, that one cycle heard of.
Not here: what counts as a change (`register_changes.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

import polars as pl

from pipeline.contracts.recalculation import RERATED_CAUSES
from pipeline.domain.rating.ground import Known
from pipeline.domain.recalculation.register_changes import FLATS, HOUSES, NORMS, PERSONS, TARIFFS, Change, Register
from pipeline.domain.recalculation.rerated import Billed, Cause, rerated, within_reach
from pipeline.domain.recalculation.rerated_rows import Landing, proposals, unrated
from pipeline.rules.rating import RatingRules
from pipeline.rules.recalculation_registers import RegisterRules

#: Where the rating keeps a register.
_KEPT_AS: Final = {
    PERSONS.table.name: "registrations", FLATS.table.name: "premises", HOUSES.table.name: "houses",
    NORMS.table.name: "norms", TARIFFS.table.name: "tariffs",
}
_FIELDS: Final = {
    "changed_persons": "persons_count", "corrected_area": "area_m2", "corrected_norm": "norm_volume",
    "corrected_tariff": "tariff_rub",
}
_BY_NORM: Final = ("norm", "norm_uplift", "person", "area", "house")
_OF_FLATS: Final = ("changed_persons", "corrected_area")


class Touched(NamedTuple):
    """Of one part: changes of registers, the accounts that they touch (`touched_accounts`), what was billed to these,
    what is known of their flats, inside shapes; the last day on which one of the registers came."""

    changes: Sequence[Change]
    accounts: pl.DataFrame
    billed: Billed
    known: Known
    told_on: date


class RegisterTerms(NamedTuple):
    """By what corrected registers are computed."""

    rules: RegisterRules
    rating: RatingRules


def touched_accounts(
    changes: Sequence[Change], accounts: pl.DataFrame, houses: pl.DataFrame, contracts: pl.DataFrame
) -> pl.DataFrame:
    """account_id, cause_code, since: whom changes touch, from which day. `accounts`: ACCOUNTS; a tariff of a contract
    touches its house, a row of no scope the whole book."""
    homes = accounts.select("account_id", "premises_id", "house_id").unique("account_id").join(
        houses.select("house_id", "territory_code").unique("house_id"), on="house_id", how="left"
    )
    of_contract = contracts.select("contract_id", "house_id").unique("contract_id")
    found = []
    for change in changes:
        touched = change.touched
        if "contract_id" in touched.columns:
            of_contracts = touched.join(of_contract, on="contract_id").select("house_id", "since")
            found.append(_named(homes.join(of_contracts, on="house_id"), change))
            touched = touched.filter(pl.col("contract_id").is_null())
        scopes = [name for name in ("premises_id", "house_id", "territory_code") if name in touched.columns]
        found += [_named(homes.join(touched.drop_nulls(scope).select(scope, "since"), on=scope), change)
                  for scope in scopes]
        everywhere = touched.filter(pl.all_horizontal(pl.col(scope).is_null() for scope in scopes))
        if everywhere.height:
            found.append(_named(homes.with_columns(since=everywhere["since"].min()), change))
    return pl.concat(found).group_by("account_id", "cause_code").agg(pl.col("since").min()).sort(
        "account_id", "cause_code"
    )


def _named(rows: pl.DataFrame, change: Change) -> pl.DataFrame:
    return rows.select("account_id", cause_code=pl.lit(change.register.cause), since=pl.col("since").cast(pl.Date))


def corrected(touched: Touched, terms: RegisterTerms, at: Landing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RECALCULATIONS rows and RETURNED_APPLICATIONS rows, inside shape, of one part."""
    now = _in_state(touched.known, touched.changes, "now")
    was = _in_state(touched.known, touched.changes, "before")
    causes = _causes(touched, now, was)
    found = rerated(touched.billed, now, was, causes, rules=terms.rating)
    months = within_reach(
        found.months, at.month, reduction_months=terms.rules.reduction_months, charge_months=terms.rules.charge_months
    )
    events = _events(months, touched, at.month)
    return (
        proposals(found, months, events, terms.rules.articles, at),
        unrated(months, events, causes, touched.known.services, touched.told_on),
    )


def _causes(touched: Touched, now: Known, was: Known) -> list[Cause]:
    """Changed registers in order of precedence: `now` with only this one as before."""
    codes = [code for code in RERATED_CAUSES if any(one.register.cause == code for one in touched.changes)]
    causes = []
    for code in codes:
        own = [one for one in touched.changes if one.register.cause == code]
        without = was if len(codes) == 1 else _in_state(now, own, "before")
        since = touched.accounts.filter(pl.col("cause_code") == code).select("account_id", "since")
        causes.append(Cause(code, without, since, _reads(code, own), _FIELDS[code]))
    return causes


def _reads(code: str, changes: Sequence[Change]) -> pl.Expr:
    """Lines whose sum may rest on the register."""
    if code == "changed_persons":
        return pl.col("basis_code").is_in(["norm", "norm_uplift", "person"])
    if code == "corrected_area":
        return pl.col("basis_code").is_in(["area", "house"])
    services = pl.concat([change.touched["service_code"] for change in changes]).unique()
    of_services = pl.col("service_code").is_in(services.implode())
    return of_services if code == "corrected_tariff" else of_services & pl.col("basis_code").is_in(_BY_NORM)


def _in_state(known: Known, changes: Sequence[Change], state: str) -> Known:
    """The registers with what has changed as it was `before`, or as it is `now`."""
    told: dict[str, Any] = {
        kept: _with(getattr(known, kept), getattr(change, state), change)
        for change in changes for kept in (_KEPT_AS[change.register.table.name],)
    }
    return replace(known, **told)


def _with(rows: pl.DataFrame, told: pl.DataFrame, change: Change) -> pl.DataFrame:
    register: Register = change.register
    key = [name for name in change.touched.columns if name != "since"]
    rest = rows.join(change.touched, on=key, how="anti", nulls_equal=True)
    if register.is_dated:
        return pl.concat([rest, told.select(rows.columns)])
    mine = rows.drop(register.told).join(told, on=key).select(rows.columns)
    return pl.concat([rest, mine])


def _events(months: pl.DataFrame, touched: Touched, month: date) -> pl.Series:
    """`registrations:<flat>:2026-05`: whose correction each month rests on; of a norm or tariff the contract."""
    flats = touched.known.accounts.select("account_id", "premises_id").unique("account_id")
    cause = pl.col("causes").list.first()
    names = {one.register.cause: one.register.table.name for one in reversed(touched.changes)}
    place = pl.when(cause.is_in(_OF_FLATS)).then("premises_id").otherwise("contract_id")
    return months.join(flats, on="account_id", how="left", maintain_order="left").select(pl.concat_str(
        cause.replace_strict(names, return_dtype=pl.String), place.fill_null("-"), pl.lit(f"{month:%Y-%m}"),
        separator=":",
    ).alias("event_id")).to_series()
