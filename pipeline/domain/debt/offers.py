"""Who is to be offered an instalment tonight, and on which ground.

    receipt    a debt receipt has left in this episode and so many days have passed; the claim is large enough
    seasonal   the fee of a month for one utility service has risen above the law's share (`seasonal.py`): what is open
               of it is spread by right, without a receipt or a smallest debt
    subsidy    somebody with a right in the flat gets a subsidy, and something has left in this episode: an agreement
               that is kept keeps the subsidy (ЖК РФ, ст. 159, ч. 5), whatever the sum

In every case the claim reaches the smallest contact, nothing holds the account on the notice track, no agreement is in
force, nothing of it goes to court, and no month is out of limitation: who signs for it would make it claimable again
(ГК РФ, ст. 206, п. 2). Not here: the parts (`schedule.py`), whether an offer has left already (`storage/handover.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.instalments import INSTALMENTS_OFFERED
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.schedule import months_offered
from pipeline.rules.debt_instalments import InstalmentRules


def may_be_offered(debtors: pl.DataFrame, agreed: pl.DataFrame, *, rules: InstalmentRules) -> pl.DataFrame:
    """Rows of DEBTORS on the notice track to whom one may be offered, whatever the ground. agreed: INSTALMENTS.

    An agreement that was broken, or a doubt, is no reason for another one of our own accord.
    """
    to_court = debtors.filter((pl.col("track_code") == "court") & (pl.col("stage_code") != "none"))
    return (
        debtors.filter(
            (pl.col("track_code") == "notice") & (pl.col("claimed_kop") >= rules.contact_min_kop)
            & (pl.col("holds").list.len() == 0) & (pl.col("overdue_longer_kop") == 0)
        )
        .join(to_court, on=PAIR, how="anti")
        .join(agreed.filter(pl.col("status_code") != "finished"), on=PAIR, how="anti")
    )


def offers(
    allowed: pl.DataFrame, rises: pl.DataFrame, subsidised: pl.Series, *, rules: InstalmentRules, as_of: date
) -> pl.DataFrame:
    """INSTALMENTS_OFFERED, inside shape. allowed: `may_be_offered`; rises: `seasonal.risen`; subsidised: account_id."""
    since = pl.col("previous_stage_on") + pl.duration(days=rules.days_after_receipt)
    by_receipt = (
        (pl.col("previous_stage_code") == "debt_receipt") & (since <= pl.lit(as_of))
        & (pl.col("claimed_kop") >= rules.offer_min_kop)
    ).fill_null(False)
    by_subsidy = pl.col("account_id").is_in(subsidised.implode()) & pl.col("previous_stage_code").is_not_null()
    by_season = pl.col("seasonal_kop") > 0
    grounds = [
        pl.when(holds).then(pl.lit(ground))
        for holds, ground in ((by_receipt, "receipt"), (by_season, "seasonal"), (by_subsidy, "subsidy"))
    ]
    return (
        allowed.join(rises, on=PAIR, how="left")
        .with_columns(
            pl.col("seasonal_kop").fill_null(0), pl.col("seasonal_services").fill_null(pl.lit([], pl.List(pl.String))),
            run_on=pl.lit(as_of),
        )
        .with_columns(ground_codes=pl.concat_list(grounds).list.drop_nulls())
        .filter(pl.col("ground_codes").list.len() > 0)
        .with_columns(
            months=pl.when(by_season).then(rules.seasonal_months).otherwise(months_offered("claimed_kop", rules)),
            # the receipt that an offer follows is the last paper of its episode; by right one is made once an episode
            once_since_on=pl.when(by_season | by_subsidy).then("episode_from").otherwise("previous_stage_on"),
        )
        .select(INSTALMENTS_OFFERED.inside_names)
        .cast(pl.Schema(INSTALMENTS_OFFERED.inside_schema))
        .sort(PAIR)
    )
