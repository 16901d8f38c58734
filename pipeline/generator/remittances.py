"""How the centre of Энск passes money on: three times a month, to each creditor, less its fee.

    collected   a payment of the single document, up to what the document asks, by the shares of its creditors' lines
    remitted    what came until the 10th, the 20th and the last day, two days later; money that a provider took back,
                money without a known account and advances are not passed on
    fee         1.2 % of what is passed on

A rough reckoning on purpose, from payments and printed lines only: the exact spreading is the ledger's. One story:
the waterworks are paid 5 000 ₽ too little in the middle of February; a remittance of March makes it good.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts import payments
from pipeline.generator.town import SUPPLIER

SHORT_CREDITOR: Final = "water"
SHORT_KOP: Final = 500_000
SHORT_UNTIL: Final = date(2026, 2, 20)
CORRECTED_ON: Final = date(2026, 3, 17)
_FEE_PER_MILLE: Final = 12
_ON_ACCOUNT: Final = 2
_CUTS: Final = (10, 20)
_PAID: Final = ("rassvet", "uyut", *sorted(set(SUPPLIER.values())))
_PLACES: Final = {service: _PAID.index(creditor) for service, creditor in SUPPLIER.items()}
_SHARED: Final = ("account_id", "document", "creditor_id", "issued_on", "line_kop")
_DOCUMENTS: Final = 2**32
"""More than one block bills in a month: numbers of its documents are apart from those of other months."""
_COLLECTED: Final = {"creditor_id": pl.String(), "received_on": pl.Date(), "amount_kop": pl.Int64()}


def shares(documents: pl.DataFrame, charges: pl.DataFrame, month_number: int) -> pl.DataFrame:
    """What each creditor's lines ask on the single documents, numbered; insurance and penalty apart from them.

    Lines of a document stand together: their run in place of the document's id, and the place of the creditor in
    place of its name, make one integer to group by.
    """
    single = documents.filter(pl.col("document_id").str.ends_with("M1")).select("document_id", "issued_on")
    lines = charges.select(
        "account_id", "document_id", "service_code", "contract_id", "payable_kop", run=pl.col("document_id").rle_id()
    )
    creditor = pl.col("service_code").replace_strict(_PLACES, default=len(_PAID), return_dtype=pl.UInt32)
    house = pl.col("contract_id").str.slice(2, 5).cast(pl.Int64)
    is_special = (pl.col("service_code") == "capital_repair") & (house % 12 == 6)
    company = pl.when(house % 2 == 1).then(_PAID.index("rassvet")).otherwise(_PAID.index("uyut"))
    is_company = is_special | (creditor == len(_PAID))
    return (
        lines.filter(~pl.col("service_code").is_in(["insurance", "penalty", "court_cost"]))
        .with_columns(_key=pl.col("run") * 16 + pl.when(is_company).then(company).otherwise(creditor))
        .group_by("_key").agg(pl.col("account_id", "document_id").first(), line_kop=pl.col("payable_kop").sum())
        .filter(pl.col("line_kop") > 0)
        .join(single, on="document_id")
        .with_columns(
            document=pl.col("_key").cast(pl.Int64) // 16 + month_number * _DOCUMENTS,
            creditor_id=pl.lit(pl.Series(_PAID)).gather(pl.col("_key") % 16),
        )
        .select(_SHARED)
    )


def collected(made: pl.DataFrame, reversals: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """creditor_id, received_on, amount_kop of the payments that came to the centre's own account."""
    own = made.filter(pl.col("designated_creditor_id").is_null()).join(reversals, on="payment_id", how="anti")
    issued = asked.group_by("document").agg(
        pl.col("account_id", "issued_on").first(), asked_kop=pl.col("line_kop").sum()
    )
    met = own.select("account_id", "received_on", "amount_kop", "voluntary_kop").sort("received_on").join_asof(
        issued.sort("issued_on"), left_on="received_on", right_on="issued_on", by="account_id", strategy="backward",
        check_sortedness=False,
    )
    taken = pl.min_horizontal(pl.col("amount_kop") - pl.col("voluntary_kop"), "asked_kop")
    by_line = (
        met.select("received_on", "document", "asked_kop", taken_kop=taken)
        .join(asked.select("document", "creditor_id", "line_kop"), on="document")
        .with_columns(amount_kop=pl.col("taken_kop") * pl.col("line_kop") // pl.col("asked_kop")).select(*_COLLECTED)
    )
    insured = met.select(
        "received_on", creditor_id=pl.lit(SUPPLIER["insurance"]), amount_kop=pl.col("voluntary_kop")
    )
    return pl.concat([by_line, insured.select(*_COLLECTED)]).group_by("creditor_id", "received_on").agg(
        pl.col("amount_kop").sum()
    ).filter(pl.col("amount_kop") > 0).sort("creditor_id", "received_on")


def remittances(came: pl.DataFrame, *, last_day: date, has_stories: bool) -> pl.DataFrame:
    """Rows of `remittances` on their way until `last_day`; one for each creditor and cut."""
    day = pl.col("received_on")
    until = day.dt.month_end()
    for cut in reversed(_CUTS):
        until = pl.when(day.dt.day() <= cut).then(day.dt.month_start().dt.offset_by(f"{cut - 1}d")).otherwise(until)
    gross = came.with_columns(counted_until=until).group_by("creditor_id", "counted_until").agg(
        gross_kop=pl.col("amount_kop").sum()
    ).with_columns(
        remitted_on=pl.col("counted_until").dt.offset_by(f"{_ON_ACCOUNT}d"),
        corrects_remittance_id=pl.lit(None, dtype=pl.String()),
    )
    told = _with_story(gross) if has_stories else gross
    return (
        told.filter(pl.col("remitted_on") <= last_day, pl.col("gross_kop") > 0)
        .with_columns(commission_kop=(pl.col("gross_kop") * _FEE_PER_MILLE + 500) // 1000)
        .with_columns(
            remittance_id=_remittance_id("creditor_id", pl.col("remitted_on")),
            contract_id=pl.lit(None, dtype=pl.String()), net_kop=pl.col("gross_kop") - pl.col("commission_kop"),
        )
        .select(payments.REMITTANCES.inside_names).sort("remittance_id")
    )


def _with_story(gross: pl.DataFrame) -> pl.DataFrame:
    """The waterworks short in February and made good in March."""
    is_short = (pl.col("creditor_id") == SHORT_CREDITOR) & (pl.col("counted_until") == SHORT_UNTIL)
    correction = gross.filter(is_short).with_columns(
        corrects_remittance_id=_remittance_id("creditor_id", pl.col("remitted_on")),
        gross_kop=pl.lit(SHORT_KOP, dtype=pl.Int64), remitted_on=pl.lit(CORRECTED_ON),
    )
    too_little = pl.col("gross_kop") - pl.when(is_short).then(SHORT_KOP).otherwise(0)
    return pl.concat([gross.with_columns(gross_kop=too_little), correction])


def _remittance_id(creditor: str, remitted_on: pl.Expr) -> pl.Expr:
    return pl.format("rm-{}-{}", creditor, remitted_on.dt.strftime("%Y%m%d"))
