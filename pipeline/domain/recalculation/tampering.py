"""Tampering with a meter: what an act adds to the bill, and which acts cannot be charged and go to a person.

    volume  = Σ over the months (norm of all who live there × 10 × days ÷ days of the month), each rounded to 10⁻⁷
    charged = volume × tariff of this month's documents, rounded once

Days run from the proven day, or from three months before the finding where that is later, up to the day before it was
found; the act is registered on the day of the finding (ПП 354, п. 62, where nobody knows the power of the equipment).
A day of an account's service is charged once, however many meters and acts name it: what an earlier cycle charged
stays as it is, else the first registered act keeps the day. The norm is that of each month.
It is an addition: nothing that was billed is taken back. Nothing is guessed: without a norm of every month or one
tariff of the service nothing is charged, a person is told, and the act stays open. One line an act, its own months
named, in the document that comes next.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.applications import on_day
from pipeline.domain.recalculation.true_up import CREDITOR, SERVICE, batch_id, sha256
from pipeline.rules.recalculation_meters import TamperingRules

CAUSE: Final = "tampering"
ACT: Final = "tampered"
#: What this room reads of a charge line.
LINE: Final = (*SERVICE, "charge_month", "tariff_e6", "unit_code")
#: What a later month may tell, so the act stays open; a wrong day never changes: it comes anew, as another act.
OPEN_FIELDS: Final = ("meter_id", "norm_volume", "tariff_rub")
_HOME: Final = ("account_id", "service_code")


class Found(NamedTuple):
    """Of one part, inside shapes: METER_ACTS of these accounts, ids of those that nobody has charged, METERS, norms
    (account_id, service_code, charge_month, norm_e7), LINE of these accounts, contracts."""

    acts: pl.DataFrame
    open_ids: pl.Series
    meters: pl.DataFrame
    norms: pl.DataFrame
    lines: pl.DataFrame
    contracts: pl.DataFrame


class Claimed(NamedTuple):
    """RECALCULATIONS and RETURNED_APPLICATIONS rows, inside shape, of the open acts."""

    proposals: pl.DataFrame = RECALCULATIONS.empty_inside()
    returned: pl.DataFrame = RETURNED_APPLICATIONS.empty_inside()


def claims(found: Found, *, rules: TamperingRules, book_id: str, month: date, lands_in_month: date) -> Claimed:
    """What the open acts add to the bill, and those that cannot be charged."""
    acts = with_days(found.acts, rules).with_columns(is_open=pl.col("event_id").is_in(found.open_ids.implode())).join(
        found.meters.select("meter_id", *SERVICE), on=["account_id", "meter_id"], how="left", maintain_order="left"
    )
    counted = (
        acts.filter("is_open")
        .join(_volumes(acts, found.norms, rules), on="event_id", how="left", maintain_order="left")
        .join(_tariffs(found.lines, month), on=SERVICE, how="left", maintain_order="left")
        .with_columns(fault=_fault()).sort("event_id")
    )
    due = counted.filter(pl.col("fault").is_null())
    return Claimed(
        _proposals(due, found.contracts, rules, book_id, month, lands_in_month),
        _returned(counted.drop_nulls("fault")),
    )


def with_days(acts: pl.DataFrame, rules: TamperingRules) -> pl.DataFrame:
    """Acts of tampering: event_id, registered_at, account_id, meter_id, charged `since` a day up to `found_on`."""
    found_on = on_day("registered_at")
    return acts.filter(pl.col("act_code") == ACT).select(
        "event_id", "registered_at", "account_id", "meter_id", found_on=found_on,
        since=pl.max_horizontal("effective_from", found_on.dt.offset_by(f"-{rules.months_max}mo")),
    )


def _volumes(acts: pl.DataFrame, norms: pl.DataFrame, rules: TamperingRules) -> pl.DataFrame:
    """event_id, months and volume of the days that are left to each open act; no volume where a norm is unknown."""
    days = pl.date_ranges("since", "found_on", interval="1d", closed="left")
    months = (
        acts.drop_nulls("service_code").with_columns(day=days).explode("day", empty_as_null=True).drop_nulls("day")
        .sort("is_open", "registered_at", "event_id").unique([*_HOME, "day"], keep="first", maintain_order=True)
        .filter("is_open").group_by("event_id", *_HOME, charge_month=pl.col("day").dt.month_start())
        .agg(days=pl.len().cast(pl.Int64))
        .join(norms, on=[*_HOME, "charge_month"], how="left").sort("event_id", "charge_month")
    )
    all_days = pl.col("charge_month").dt.days_in_month().cast(pl.Int64)
    part = money.divided(money.widened("norm_e7") * rules.norm_factor * pl.col("days"), all_days)
    is_known = pl.col("norm_e7").is_not_null().all()
    return months.with_columns(part=part, month=pl.col("charge_month").dt.strftime("%Y-%m")).group_by(
        "event_id", maintain_order=True
    ).agg(
        pl.col("charge_month", "norm_e7").last(), corrected_months=pl.col("month"),
        covered_months=pl.len().cast(pl.Int64), volume_difference_e7=pl.when(is_known).then(pl.col("part").sum()),
    )


def _tariffs(lines: pl.DataFrame, month: date) -> pl.DataFrame:
    """SERVICE, tariffs (how many the month's documents have), tariff_e6, unit_code."""
    priced = lines.filter(pl.col("charge_month") == month, pl.col("tariff_e6") > 0)
    return priced.sort(*SERVICE, "unit_code", nulls_last=True).group_by(SERVICE, maintain_order=True).agg(
        pl.col("unit_code").first(), tariffs=pl.col("tariff_e6").n_unique(), tariff_e6=pl.col("tariff_e6").first()
    )


def _fault() -> pl.Expr:
    """The first thing for which an act cannot be charged: field_code, reason_code and the reason in words."""
    asked = (
        (pl.col("service_code").is_null(), "meter_id", "wrong", "Счётчик: в реестре у этого счёта такого нет."),
        (pl.col("since") >= pl.col("found_on"), "effective_from", "missing",
         "Начало вмешательства: не установлено, доначислять не за что."),
        (pl.col("covered_months").is_null(), "effective_from", "told_already",
         "Дни вмешательства: эта услуга за них уже доначислена по другому акту."),
        (pl.col("volume_difference_e7").fill_null(0) == 0, "norm_volume", "missing",
         "Норматив или число жильцов: известны не за все месяцы вмешательства."),
        (pl.col("tariffs").is_null(), "tariff_rub", "nothing_billed",
         "Тариф: документы месяца не начисляют эту услугу."),
        (pl.col("tariffs") > 1, "tariff_rub", "wrong", "Тариф: у услуги их в документах месяца несколько."),
    )
    return pl.coalesce(
        pl.when(holds).then(pl.struct(
            field_code=pl.lit(field), reason_code=pl.lit(reason), reason=pl.lit(words)
        )) for holds, field, reason, words in asked
    )


def _returned(counted: pl.DataFrame) -> pl.DataFrame:
    return counted.unnest("fault").with_columns(
        kind_code=pl.lit(CAUSE), registered_on="found_on", answer_due_on=pl.lit(None, dtype=pl.Date),
        house_id=pl.lit(None, dtype=pl.String), premises_id=pl.lit(None, dtype=pl.String), from_on="since",
        to_on="found_on",
    ).select(RETURNED_APPLICATIONS.inside_names).cast(RETURNED_APPLICATIONS.inside_schema)  # type: ignore[arg-type]


def _proposals(
    due: pl.DataFrame, contracts: pl.DataFrame, rules: TamperingRules, book_id: str, month: date, lands_in_month: date
) -> pl.DataFrame:
    creditors = contracts.select(CREDITOR).unique("contract_id", keep="first", maintain_order=True)
    return (
        due.join(creditors, on="contract_id", how="left", maintain_order="left")
        .with_columns(charged_again_kop=money.amount_of(pl.col("volume_difference_e7"), pl.col("tariff_e6")))
        .filter(pl.col("charged_again_kop") > 0)
        .with_columns(
            batch_id=batch_id(month, pl.lit(CAUSE), pl.col("creditor_id").fill_null("-")),
            lands_in_month=pl.lit(lands_in_month), cause_code=pl.lit(CAUSE), article=pl.lit(rules.article),
            reversed_kop=pl.lit(0, dtype=pl.Int64), difference_kop="charged_again_kop", formula=_formula(rules),
            status_code=pl.lit("proposed"), waiting_reason_code=pl.lit(None, dtype=pl.String),
            billed_kop=pl.lit(None, dtype=pl.Int64), zone_code=pl.lit(None, dtype=pl.String),
            answer_due_on=pl.lit(None, dtype=pl.Date), proposal_id=_proposal_ids(book_id),
        )
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
    )


def _formula(rules: TamperingRules) -> pl.Expr:
    """«Вмешательство в работу счётчика с 16.04.2026, обнаружено 11.05.2026: норматив 8,660 м³ × 10 по дням …»."""
    unit = wording.unit_text(pl.col("unit_code"))
    return pl.concat_str(
        pl.lit("Вмешательство в работу счётчика с "), wording.day_text(pl.col("since")), pl.lit(", обнаружено "),
        wording.day_text(pl.col("found_on")), pl.lit(": норматив на всех жильцов "),
        wording.volume_text(pl.col("norm_e7")), pl.lit(" "), unit, pl.lit(f" × {rules.norm_factor} по дням месяцев = "),
        wording.volume_text(pl.col("volume_difference_e7")), pl.lit(" "), unit, pl.lit(" × "),
        wording.tariff_text(pl.col("tariff_e6")), pl.lit(" = "), wording.money_text(pl.col("charged_again_kop")),
        pl.lit("."),
    )


def _proposal_ids(book_id: str) -> pl.Expr:
    written = pl.concat_str(pl.lit(book_id), pl.lit(CAUSE), "event_id", *SERVICE, separator="|")
    return written.map_batches(sha256, return_dtype=pl.String)
