"""Change of owner: what of each billed month belongs to whom, and what moves to the account of the new owner.

    former = fee × his days ÷ days of the month, or fee × volume up to the closing reading ÷ volume of the month,
             rounded once
    new    = fee − former: both are the fee to the kopeck

A fee is owed from the moment of the right (ЖК РФ, ст. 153, ч. 2, п. 5); the day of registration is the new owner's.
What the former owner's account was billed for later days goes back there and is charged to the account of the new one,
as far as anything of the fee is left. Where the account number stays nothing moves, and what belongs to whom is said.
A change divides the months up to the next one of the same flat.
Penalties, court costs and insurance are a person's own. Debts are not touched here (`ownership_debts.py`).

Nothing is guessed: no account of the new owner, a share, two changes in a month, a flat sold on while the first owner
is billed, both accounts billed, a closing reading that contradicts the month's go to a person. A reading of the
registration day, or of shortly before, is the closing one.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation import OWNER_SHARES, RECALCULATIONS
from pipeline.contracts.recalculation_events import OWNERSHIP_TRANSFERS
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty, returned
from pipeline.domain.recalculation.fees import LINE_MONTH
from pipeline.domain.recalculation.halves import other_half
from pipeline.domain.recalculation.reductions import REDUCTION, proposals
from pipeline.domain.recalculation.true_up import LINE
from pipeline.rules.recalculation_owners import OwnerRules

KIND: Final = "ownership"
CAUSE: Final = "change_of_owner"
#: What this room reads of a judged reading.
READING: Final = (*LINE, "charge_month", "meter_id", "read_on", "submitted_at", "reading_id", "volume_e7",
                  "month_volume_e7", "verdict_code")
_EVENT: Final = ("event_id", "registered_at", "account_id", "new_account_id", "effective_from")
_SAME_LINE: Final = ("contract_id", "service_code", "zone_code", "charge_month")


class Split(NamedTuple):
    """`shares`: OWNER_SHARES rows with `registered_at`; `back`: `faulty` rows."""

    shares: pl.DataFrame
    back: pl.DataFrame


def split(
    sound: pl.DataFrame, fees: pl.DataFrame, readings: pl.DataFrame, services: pl.DataFrame, *, rules: OwnerRules
) -> Split:
    """What belongs to whom. `sound`: of `ownership_judged.judged`, × `charge_month` to be counted; `fees`: of
    `fees.fees`, of both accounts; `readings`: READING of the months of registration."""
    divided = services.filter(pl.col("class_code").is_in(list(rules.classes))).select("service_code").unique()
    lines = (
        sound.select(*_EVENT, "next_month", "charge_month")
        .join(fees.select(*LINE_MONTH, "fee_kop"), on=["account_id", "charge_month"])
        .join(divided, on="service_code", how="semi")
        .join(_closing(sound, readings, rules), on=["event_id", *LINE_MONTH], how="left", nulls_equal=True)
        .filter(_moves() | ~_is_of_the_next())
        .with_columns(former_days=_former_days(rules), month_days=_month_days())
        .sort("event_id", *LINE_MONTH, nulls_last=True)
    )
    others = fees.select(*_SAME_LINE, new_account_id="account_id", is_billed_too=pl.lit(True))
    told = lines.join(others, on=["new_account_id", *_SAME_LINE], how="left", nulls_equal=True, maintain_order="left")
    is_both = pl.col("is_billed_too").fill_null(False) & _moves()
    is_sold_on = _is_of_the_next() & ~is_both
    is_doubtful = (pl.col("former_volume_e7") > pl.col("month_volume_e7")).fill_null(False)
    back = faulty(told, [
        Fault("new_account_id", "billed_to_both", is_both), Fault("effective_from", "two_changes", is_sold_on),
        Fault("closing_reading", "wrong", is_doubtful & ~is_both & ~is_sold_on),
    ])
    return Split(told.filter(~is_both & ~is_sold_on & ~is_doubtful).pipe(_with_parts), back)


def _moves() -> pl.Expr:
    """Whether the new owner has an account of his own."""
    return pl.col("new_account_id") != pl.col("account_id")


def _is_of_the_next() -> pl.Expr:
    """Whether the month is one in which the flat has changed hands once more, or a later one."""
    return (pl.col("charge_month") >= pl.col("next_month")).fill_null(False)


def _with_parts(lines: pl.DataFrame) -> pl.DataFrame:
    by_volume = pl.col("month_volume_e7").is_not_null()
    part = pl.when(by_volume).then("former_volume_e7").otherwise("former_days")
    whole = pl.when(by_volume).then("month_volume_e7").otherwise("month_days")
    return lines.with_columns(
        split_code=pl.when(pl.col("former_days") == 0).then(pl.lit("whole_month"))
        .when(by_volume).then(pl.lit("closing_reading")).otherwise(pl.lit("days")),
        former_kop=money.divided(money.widened("fee_kop") * part, whole),
    ).with_columns(new_kop=pl.col("fee_kop") - pl.col("former_kop")).select(
        "registered_at", *OWNER_SHARES.inside_names
    ).cast(OWNER_SHARES.inside_schema)  # type: ignore[arg-type]


def moved(
    shares: pl.DataFrame, fees: pl.DataFrame, earlier: pl.DataFrame, contracts: pl.DataFrame,
    *, rules: OwnerRules, working_days: pl.Series, book_id: str, month: date, lands_in_month: date,
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, of both accounts: what one gives back the other is charged, line by line.
    `shares`, `fees`: of `split`; `earlier`: fees.EARLIER of these accounts."""
    due = shares.filter(pl.col("new_account_id") != pl.col("account_id"), pl.col("new_kop") > 0)
    wanted = due.with_columns(
        cause_code=pl.lit(CAUSE), wanted_kop="new_kop", article=pl.lit(rules.article), formula=_formula(),
        volume_part_e7=pl.col("month_volume_e7").fill_null(0) - pl.col("former_volume_e7").fill_null(0),
        answer_due_on=answer_due("registered_at", rules.answer_working_days, working_days),
    ).select(REDUCTION)
    taken = proposals(
        wanted, fees, earlier, contracts, book_id=book_id, month=month, lands_in_month=lands_in_month
    )
    names = due.select("event_id", "account_id", "new_account_id").unique()
    return pl.concat([taken, charged_to(taken, names)])


def charged_to(taken: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """The same RECALCULATIONS rows as charges to the new owner's account, the other halves of these (`halves.py`).
    `accounts`: event_id, account_id, new_account_id."""
    return (
        taken.join(accounts, on=["event_id", "account_id"])
        .with_columns(
            account_id="new_account_id", reversed_kop=pl.lit(0, dtype=pl.Int64),
            charged_again_kop=-pl.col("difference_kop"), difference_kop=-pl.col("difference_kop"),
            volume_difference_e7=-pl.col("volume_difference_e7"), proposal_id=other_half(pl.col("proposal_id")),
        )
        .select(RECALCULATIONS.inside_names)
    )


def told_otherwise(sound: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """`faulty` rows of changes that correct a telling of which anything was proposed, unless a person rejected it."""
    standing = earlier.filter(pl.col("cause_code") == CAUSE, pl.col("status_code") != "rejected").select("event_id")
    moved = sound.select("event_id", replaced="replaces").explode("replaced", empty_as_null=True).join(
        standing, left_on="replaced", right_on="event_id", how="semi"
    )
    corrected = sound.join(moved, on="event_id", how="semi")
    return faulty(corrected, [Fault("effective_from", "told_otherwise", pl.lit(True))])


def months_counted(sound: pl.DataFrame, new_ids: pl.Series, *, rules: OwnerRules, month: date) -> pl.DataFrame:
    """Sound changes × `charge_month`: all months billed since for those that this cycle brought, this month alone for
    others, as long as they are followed."""
    first = pl.col("effective_from").dt.month_start()
    is_new = pl.col("event_id").is_in(new_ids.implode())
    is_followed = first.dt.offset_by(f"{rules.follow_months}mo") >= pl.lit(month)
    looked_at = sound.filter(first <= pl.lit(month), is_new | is_followed)
    since = pl.when(is_new).then(first).otherwise(pl.lit(month))
    return (
        looked_at.with_columns(charge_month=pl.date_ranges(since, pl.lit(month), interval="1mo"))
        .explode("charge_month", empty_as_null=True).drop_nulls("charge_month").select(
            *OWNERSHIP_TRANSFERS.inside_names, "next_month", "charge_month")
    )


def back(faults: pl.DataFrame, *, rules: OwnerRules, working_days: pl.Series) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows of `faulty` ones."""
    return returned(faults, KIND, answer_due("registered_at", rules.answer_working_days, working_days))


def _former_days(rules: OwnerRules) -> pl.Expr:
    own = pl.col("effective_from").dt.day().cast(pl.Int64) - int(rules.registration_day_is_new)
    is_first = pl.col("charge_month") == pl.col("effective_from").dt.month_start()
    return pl.when(is_first).then(own).otherwise(0)


def _month_days() -> pl.Expr:
    return pl.col("charge_month").dt.days_in_month().cast(pl.Int64)


def _closing(sound: pl.DataFrame, readings: pl.DataFrame, rules: OwnerRules) -> pl.DataFrame:
    """event_id, LINE_MONTH, former_volume_e7, month_volume_e7 of lines all of whose meters have a closing reading in
    the month of registration; what the gap before the month used is nobody's of it."""
    changes = sound.select("event_id", "account_id", "effective_from").unique()
    day, on = pl.col("effective_from"), pl.col("read_on")
    of_month = readings.filter(pl.col("verdict_code") != "rejected").join(changes, on="account_id").filter(
        pl.col("charge_month") == day.dt.month_start()
    )
    meter = ["event_id", *LINE_MONTH, "meter_id"]
    closing = (
        of_month.filter(on <= day, on >= day.dt.offset_by(f"-{rules.closing_days}d"))
        .sort(*meter, "read_on", "submitted_at", "reading_id", nulls_last=True)
        .unique(meter, keep="last", maintain_order=True).select(*meter, closing_e7="volume_e7")
    )
    accepted = of_month.filter(pl.col("verdict_code") == "accepted")
    before = pl.col("volume_e7") - pl.col("month_volume_e7")
    has_all = pl.col("closing_e7").is_not_null().all()
    return (
        accepted.join(closing, on=meter, how="left", nulls_equal=True)
        .group_by("event_id", *LINE_MONTH)
        .agg(former_volume_e7=(pl.col("closing_e7") - before).clip(lower_bound=0).sum(),
             month_volume_e7=pl.col("month_volume_e7").sum(), has_all=has_all)
        .filter("has_all", pl.col("month_volume_e7") > 0).drop("has_all")
    )


def _formula() -> pl.Expr:
    """«Право нового собственника зарегистрировано 11.04.2026: прежнему 10 дн. из 30. Плата …: прежнему …, новому …»."""
    days = pl.concat_str(
        pl.lit("дней прежнего собственника "), pl.col("former_days").cast(pl.String), pl.lit(" из "),
        _month_days().cast(pl.String),
    )
    volume = pl.concat_str(
        pl.lit("до показания при передаче "), wording.volume_text(pl.col("former_volume_e7")), pl.lit(" из "),
        wording.volume_text(pl.col("month_volume_e7")),
    )
    how = pl.when(pl.col("split_code") == "closing_reading").then(volume).otherwise(days)
    return pl.concat_str(
        pl.lit("Право нового собственника зарегистрировано "), wording.day_text(pl.col("effective_from")), pl.lit(": "),
        how, pl.lit(". Плата "), wording.money_text(pl.col("fee_kop")), pl.lit(": прежнему "),
        wording.money_text(pl.col("former_kop")), pl.lit(", новому "), wording.money_text(pl.col("new_kop")),
        pl.lit("."),
    )
