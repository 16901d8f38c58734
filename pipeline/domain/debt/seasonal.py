"""The seasonal right to an instalment: whose fee for a month of one utility service has risen above the law's share.

    fee      what was charged for the month itself: lines with charge month = billing month, before recalculations and
             benefits, by account × service, whichever creditor billed it and however many documents
    risen    fee > fee of the same month a year before × (1 + share)                                   ПП 354, п. 72

A fee is compared while its parts could still run: older than the months of the right, they would all have been due. A
fee that the book does not know, of this month or of the one a year before, is told as not compared. Not here: who may
be offered an instalment, and the other grounds (`offers.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.instalments import FEES_COMPARED, SERVICE_FEES
from pipeline.contracts.key_order import in_key_order
from pipeline.domain.debt.arrears import PAIR
from pipeline.rules.debt_instalments import PERCENT, InstalmentRules

#: What is read of a charge line and of its document.
LINE: Final = ("document_id", "service_code", "charge_month", "charged_kop")
DOCUMENT: Final = ("document_id", "account_id", "supersedes_document_id", "billing_month")
#: What is read of an open item.
FEE: Final = (*PAIR, "service_code", "debt_kind_code", "charge_month", "billing_month", "outstanding_kop",
              "days_overdue", "is_disputed")
MONTHS_A_YEAR: Final = 12
_FEE_OF: Final = ("account_id", "service_code", "billing_month")
_WHOLE: Final = 100 * PERCENT


def months_asked_for(rules: InstalmentRules) -> int:
    """How many months, the run's own included, hold what a comparison may ask for."""
    return rules.seasonal_months + MONTHS_A_YEAR


def service_fees(charges: pl.DataFrame, documents: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """SERVICE_FEES of the documents of one cycle. charges: LINE; documents: DOCUMENT, whose lines are of its account.

    A fee is named by the number of its document and service in the order of the key: whole numbers are grouped and
    sorted in a third of the time of three texts.
    """
    utilities = _utilities(services).unique().sort()
    numbered = in_key_order(documents, ("account_id", "document_id")).with_row_index("document")
    lines = charges.filter(pl.col("service_code").is_in(utilities.implode())).join(
        numbered.select("document", "document_id", "billing_month"), on="document_id", how="inner"
    ).filter(pl.col("charge_month") == pl.col("billing_month"))
    many, service = max(utilities.len(), 1), pl.col("service_code").cast(pl.Enum(utilities)).to_physical()
    fee = pl.col("document").cast(pl.Int64) * many + service.cast(pl.Int64)
    fees = lines.group_by(fee=fee).agg(fee_kop=money.total("charged_kop"))
    named = fees.sort("fee").select(
        "fee_kop", document=(pl.col("fee") // many).cast(pl.UInt32),
        service_code=pl.lit(utilities).gather(pl.col("fee") % many),
    )
    return named.join(numbered, on="document", how="left", maintain_order="left").select(SERVICE_FEES.inside_names)


def compared(
    items: pl.DataFrame, fees: pl.DataFrame, services: pl.DataFrame, *, rules: InstalmentRules, month: date, as_of: date
) -> pl.DataFrame:
    """FEES_COMPARED, inside shape: fees that have risen above the law's share, and those with nothing to compare.

    items: FEE of open items; fees: SERVICE_FEES of the months that may be asked for, `month` the last of them.
    """
    first = pl.lit(month).dt.offset_by(f"-{rules.seasonal_months - 1}mo")
    still_open = items.filter(
        (pl.col("debt_kind_code") == "principal") & (pl.col("days_overdue") > 0) & ~pl.col("is_disputed")
        & (pl.col("charge_month") == pl.col("billing_month")) & (pl.col("billing_month") >= first)
        & pl.col("service_code").is_in(_utilities(services).implode())
    ).group_by(*PAIR, "service_code", "billing_month").agg(outstanding_kop=money.total("outstanding_kop"))
    asked = still_open["billing_month"].unique()
    now = _of_month(fees, pl.concat([asked, asked.dt.offset_by(f"-{MONTHS_A_YEAR}mo")]))
    then = now.select(
        "account_id", "service_code", pl.col("billing_month").dt.offset_by(f"{MONTHS_A_YEAR}mo"), before_kop="fee_kop"
    )
    is_above = pl.col("fee_kop") * _WHOLE > pl.col("before_kop") * (_WHOLE + rules.seasonal_percent)
    outcome = (
        pl.when(pl.col("fee_kop").is_null()).then(pl.lit("not_told"))
        .when(pl.col("before_kop").is_null() | (pl.col("before_kop") <= 0)).then(pl.lit("nothing_before"))
        .when(is_above).then(pl.lit("risen"))
    )
    return (
        still_open.join(now, on=_FEE_OF, how="left").join(then, on=_FEE_OF, how="left")
        .with_columns(outcome_code=outcome, run_on=pl.lit(as_of))
        .drop_nulls("outcome_code")
        .select(FEES_COMPARED.inside_names)
        .sort(FEES_COMPARED.primary_key)
    )


def risen(compared_fees: pl.DataFrame) -> pl.DataFrame:
    """account × creditor: seasonal_services, seasonal_kop: what is open of the fees that have risen."""
    return (
        compared_fees.filter(pl.col("outcome_code") == "risen")
        .group_by(PAIR)
        .agg(seasonal_services=pl.col("service_code").unique().sort(), seasonal_kop=money.total("outstanding_kop"))
    )


def _of_month(fees: pl.DataFrame, months: pl.Series) -> pl.DataFrame:
    """account × service × billing month of these: fee_kop, documents that a later version replaces left out."""
    replaced = fees["supersedes_document_id"].drop_nulls()
    in_force = fees.filter(
        pl.col("billing_month").is_in(months.implode()), ~pl.col("document_id").is_in(replaced.implode())
    )
    return in_force.group_by(_FEE_OF).agg(fee_kop=money.total("fee_kop"))


def _utilities(services: pl.DataFrame) -> pl.Series:
    return services.filter(pl.col("class_code") == "utility")["service_code"]
