"""How the crowd of Энск pays: who pays when, how much, through which channel, and which registry brings the money.

Habits (`pays`): in_time, after_due, every_second_month, in_part, stopped (from some month on), old_debtor (now and
then a little). A payer of the fund's or the waste operator's own document pays it apart, to its own bank account.
Not here: registries and statements (`registries.py`), slips of the crowd (`slips.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts import payments
from pipeline.generator.draws import Draws, days_after
from pipeline.generator.timetable import CHANNELS, Cycle
from pipeline.generator.town import FUND, WASTE_OPERATOR

PREFIX: Final = {
    "own_site": "EO", "own_app": "EA", "sberbank": "SB", "other_bank": "EB", "post": "PO", "cash_office": "KA",
}
OWN_ACCOUNTS: Final = (("F1", FUND, "capital_repair"), ("W1", WASTE_OPERATOR, "regular"))
EXTRA: Final = ("provider_code", "voluntary_kop")
"""Columns of a payments frame beside the contract's: who delivers it, and how much of it is voluntary insurance."""


def owed_at_start(accounts: pl.DataFrame, advances: pl.DataFrame) -> pl.DataFrame:
    """What the single document of each account owes when the book starts, less its advance (kopecks, signed)."""
    return accounts.select("account_id").join(
        advances.select("account_id", owed_kop=-pl.col("amount_kop")), on="account_id", how="left"
    ).with_columns(pl.col("owed_kop").fill_null(0))


def crowd_payments(
    accounts: pl.DataFrame, documents: pl.DataFrame, owed: pl.DataFrame, draws: Draws, month_number: int, months: int,
    cycle: Cycle, *, split: int = 0,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Payments made in one cycle, and what is owed after it. `split` of a thousand pay in two halves."""
    billed = _billed(documents).join(owed, on="account_id")
    decided = (
        accounts.join(billed, on="account_id")
        .with_columns(stops_in=draws.whole("stops", months))
        .with_columns(main_kop=_amount(draws, month_number), paid_on=_paid_on(draws, month_number, cycle))
    )
    left = decided.select("account_id", owed_kop=pl.col("owed_kop") + pl.col("charged_kop") - pl.col("main_kop"))
    single = _single(decided, draws, month_number, cycle, split)
    made = pl.concat([single, *_own_accounts(decided, draws, month_number, cycle)])
    return made.filter(pl.col("amount_kop") > 0), left


def _billed(documents: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("document_id").str.slice(-2, 2)
    own = {f"{code}_kop": pl.col("charged_kop").filter(kind == code).sum() for code, *_ in OWN_ACCOUNTS}
    main = kind == "M1"
    return documents.group_by("account_id").agg(
        charged_kop=pl.col("charged_kop").filter(main).sum(),
        insurance_kop=pl.col("voluntary_insurance_kop").filter(main).sum(), **own,
    )


def _amount(draws: Draws, month_number: int) -> pl.Expr:
    """Paid on the single document without insurance; an advance left from before is taken off."""
    pays, charged, owed = pl.col("pays"), pl.col("charged_kop"), pl.col("owed_kop")
    zero = pl.lit(0, dtype=pl.Int64)
    in_full = pl.max_horizontal(charged + pl.min_horizontal(owed, zero), zero)
    a_little = draws.between(f"little {month_number}", 10, 30) * 10_000
    return (
        pl.when(pays == "every_second_month")
        .then(pl.max_horizontal(owed + charged, zero) if month_number % 2 else zero)
        .when(pays == "in_part").then(charged * 7 // 10 // 10_000 * 10_000)
        .when((pays == "stopped") & (pl.col("stops_in") <= month_number)).then(zero)
        .when(pays == "old_debtor")
        .then(pl.when(draws.per_mille(f"pays a little {month_number}", 300)).then(a_little).otherwise(zero))
        .otherwise(in_full)
    )


def _paid_on(draws: Draws, month_number: int, cycle: Cycle) -> pl.Expr:
    until_due = (cycle.due_on - cycle.issue_on).days - 1
    after = (cycle.next_issue_on - cycle.due_on).days - 3
    in_time = draws.between(f"paid day {month_number}", 1, until_due)
    late = draws.between(f"late day {month_number}", 1, after) + until_due + 1
    days = pl.when(pl.col("pays") == "after_due").then(late).otherwise(in_time)
    return days_after(cycle.issue_on, days)


def _single(decided: pl.DataFrame, draws: Draws, month_number: int, cycle: Cycle, split: int) -> pl.DataFrame:
    insured = pl.when("pays_insurance", pl.col("main_kop") > 0).then("insurance_kop").otherwise(0)
    channel, yymm = pl.col("channel_code"), f"{cycle.month.first_day:%y%m}"
    is_online = channel.is_in(["own_site", "own_app"])
    names_bill = pl.col("pays").is_in(["in_time", "after_due", "stopped"])
    typed = draws.per_mille(f"typed {month_number}", 600)
    how = (
        pl.when(is_online & names_bill).then(pl.lit("document"))
        .when((channel == "sberbank") & typed & names_bill).then(pl.lit("typed"))
        .when(channel == "post").then(pl.lit("default")).otherwise(pl.lit("none"))
    )
    return decided.with_columns(voluntary_kop=insured, designation_code=how).with_columns(
        amount_kop=pl.col("main_kop") + pl.col("voluntary_kop"), kind=pl.lit("1"),
    ).pipe(_in_halves, draws.per_mille(f"split {month_number}", split), cycle).with_columns(
        designated_document_id=pl.when(pl.col("designation_code") == "document")
        .then(pl.format(f"{{}}-{yymm}-M1", "account_id")),
        designated_month=pl.when(pl.col("designation_code").is_in(["typed", "default"]))
        .then(pl.lit(cycle.month.first_day)),
        designated_creditor_id=pl.lit(None, dtype=pl.String()), purpose_code=pl.lit("regular"),
    ).pipe(_as_payments, draws, month_number, yymm)


def _in_halves(decided: pl.DataFrame, is_split: pl.Expr, cycle: Cycle) -> pl.DataFrame:
    """Some payments come in two: half now, the rest (with the insurance) some days later, not after the due date."""
    halved = decided.filter(is_split)
    if halved.is_empty():
        return decided
    half = pl.col("amount_kop") // 2
    later = pl.max_horizontal("paid_on", pl.min_horizontal(pl.col("paid_on").dt.offset_by("3d"), pl.lit(cycle.due_on)))
    return pl.concat([
        decided.filter(~is_split),
        halved.with_columns(amount_kop=half, voluntary_kop=pl.lit(0, dtype=pl.Int64)),
        halved.with_columns(amount_kop=pl.col("amount_kop") - half, paid_on=later, kind=pl.lit("2")),
    ])


def _own_accounts(decided: pl.DataFrame, draws: Draws, month_number: int, cycle: Cycle) -> list[pl.DataFrame]:
    yymm = f"{cycle.month.first_day:%y%m}"
    paying = decided.filter((pl.col("main_kop") > 0) & pl.col("pays").is_in(["in_time", "after_due", "stopped"]))
    return [
        paying.filter(pl.col(f"{code}_kop") > 0).with_columns(
            amount_kop=pl.col(f"{code}_kop"), kind=pl.lit(code), voluntary_kop=pl.lit(0, dtype=pl.Int64),
            designation_code=pl.lit("document"), designated_creditor_id=pl.lit(creditor), purpose_code=pl.lit(purpose),
            designated_document_id=pl.format(f"{{}}-{yymm}-{code}", "account_id"),
            designated_month=pl.lit(None, dtype=pl.Date()),
        ).pipe(_as_payments, draws, month_number, yymm)
        for code, creditor, purpose in OWN_ACCOUNTS
    ]


def _as_payments(decided: pl.DataFrame, draws: Draws, month_number: int, yymm: str) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.String())
    paid_on, channel = pl.col("paid_on"), pl.col("channel_code")
    by_day = channel.is_in(["post", "other_bank"])
    minute = pl.when(by_day).then(0).otherwise(draws.between(f"minute {month_number}", 420, 1320))
    received = pl.lit(None, dtype=pl.Date())
    for known in CHANNELS:
        received = pl.when(channel == known.code).then(known.received_on_expr(paid_on)).otherwise(received)
    return decided.with_columns(
        payment_id=pl.concat_str(
            channel.replace_strict(PREFIX, return_dtype=pl.String), "account_id", pl.lit(yymm), "kind", separator="-"
        ),
        paid_at=(paid_on.cast(pl.Datetime("us")) + pl.duration(minutes=minute))
        .dt.replace_time_zone(MOSCOW_NAME),
        paid_at_precision_code=pl.when(by_day).then(pl.lit("day")).otherwise(pl.lit("moment")),
        received_on=received, commission_kop=pl.lit(None, dtype=pl.Int64()), payer_code=pl.lit("resident"),
        court_case_id=nothing, contract_reference=nothing, registry_id=nothing,
        registry_row=pl.lit(None, dtype=pl.Int64()),
        provider_code=channel.replace_strict({c.code: c.provider for c in CHANNELS}, return_dtype=pl.String),
    ).select(*payments.PAYMENTS.inside_names, *EXTRA)
