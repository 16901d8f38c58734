"""The state with which the book starts: debts of up to forty months, advances, meters, dunning under way."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from pipeline import money
from pipeline.billing_month import BillingMonth, start_of_day
from pipeline.contracts import opening
from pipeline.generator.draws import Draws
from pipeline.generator.population import Population
from pipeline.generator.tariffs import CAPITAL_REPAIR, HOUSING, Service
from pipeline.generator.timetable import Cycle
from pipeline.generator.town import SUPPLIER


def old_debts(accounts: pl.DataFrame, first_month: BillingMonth, population: Population) -> pl.DataFrame:
    """`opening_items` of old debtors: whole months in a row up to the last one before the book."""
    debtors = accounts.filter(pl.col("months_in_debt") > 0)
    numbered = debtors.with_columns(ago=pl.int_ranges(1, pl.col("months_in_debt") + 1)).explode("ago")
    return pl.concat(debt_items(numbered, service, first_month) for service in population.owed).sort(
        opening.OPENING_ITEMS.primary_key
    )


def debt_items(owing: pl.DataFrame, service: Service, first_month: BillingMonth) -> pl.DataFrame:
    """Items of one service of months `ago` before the book, unpaid in full."""
    billed_in = {ago: Cycle(first_month.plus(-ago)) for ago in range(1, 61)}
    is_fund = (pl.lit(service == CAPITAL_REPAIR)) & pl.col("has_fund_documents")
    volume = pl.col("area_e7") if service.unit == "m2" else service.norm_e7 * pl.col("people")
    company = pl.when(pl.col("house_number") % 2 == 1).then(pl.lit("rassvet")).otherwise(pl.lit("uyut"))
    creditor = pl.lit(SUPPLIER[service.code]) if service.code in SUPPLIER else company
    if service == CAPITAL_REPAIR:
        creditor = pl.when(pl.col("house_number") % 12 == 6).then(company).otherwise(creditor)
    house = pl.col("house_number").cast(pl.String()).str.zfill(5)

    def of_month(attribute: str) -> pl.Expr:
        days = {ago: getattr(cycle, attribute) for ago, cycle in billed_in.items()}
        return pl.col("ago").replace_strict(days, return_dtype=pl.Date())

    months = pl.col("ago").replace_strict(
        {ago: cycle.month.first_day for ago, cycle in billed_in.items()}, return_dtype=pl.Date()
    )
    return owing.with_columns(billing_month=months).with_columns(
        document_id=pl.format(
            "{}-{}-{}", "account_id", pl.col("billing_month").dt.strftime("%y%m"),
            pl.when(is_fund).then(pl.lit("F1")).otherwise(pl.lit("M1")),
        ),
        creditor_id=creditor, contract_id=pl.format(f"c-{{}}-{service.code}", house),
        service_code=pl.lit(service.code),
        debt_kind_code=pl.lit("capital_repair" if service == CAPITAL_REPAIR else "principal"),
        charge_month="billing_month",
        document_type_code=pl.when(is_fund).then(pl.lit("capital_repair")).otherwise(pl.lit("main")),
        issued_on=of_month("issue_on"), due_on=of_month("due_on"),
        outstanding_kop=money.amount_of(volume, pl.lit(service.before_e6)),
    ).select(opening.OPENING_ITEMS.inside_names)


def old_advances(accounts: pl.DataFrame, draws: Draws, first_month: BillingMonth) -> pl.DataFrame:
    """`opening_advances`: a few punctual payers have paid ahead."""
    paid_on = Cycle(first_month).issue_on - timedelta(days=15)
    yymm = f"{first_month.previous.first_day:%y%m}"
    return accounts.filter((pl.col("pays") == "in_time") & draws.per_mille("advance", 30)).select(
        "account_id", payment_id=pl.format(f"EO-{{}}-{yymm}-9", "account_id"),
        creditor_id=pl.lit(None, dtype=pl.String()), contract_reference=pl.lit(None, dtype=pl.String()),
        channel_code=pl.lit("own_site"), paid_at=pl.lit(start_of_day(paid_on)).dt.cast_time_unit("us"),
        received_on=pl.lit(paid_on + timedelta(days=3)), amount_kop=draws.between("advance sum", 200, 2500) * 100,
    )


def old_dunning(accounts: pl.DataFrame, items: pl.DataFrame, first_month: BillingMonth) -> pl.DataFrame:
    """`opening_dunning`: who has owed a managing company for three months has had a debt receipt."""
    stage_on = first_month.previous.first_day.replace(day=5)
    return (
        items.join(accounts.select("account_id"), on="account_id", how="semi")
        .filter(pl.col("service_code") == HOUSING.code)
        .group_by("account_id", "creditor_id").agg(oldest=pl.col("due_on").min(), months=pl.len())
        .filter(pl.col("months") >= 3)
        .select(
            "account_id", "creditor_id", track_code=pl.lit("notice"),
            episode_id=pl.format("e-{}-{}-{}", "account_id", "creditor_id", pl.col("oldest").dt.strftime("%Y%m%d")),
            stage_code=pl.lit("debt_receipt"), stage_on=pl.lit(stage_on),
        ).sort("account_id", "creditor_id")
    )
