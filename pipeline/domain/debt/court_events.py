"""What is known of each court case on a night: the last act of the court, writs, money collected, confirmations.

Events count in order of their days, then of their registration. The claim is what the last act that names a sum says
(filed, ordered, decided, reduced), less what bank and bailiffs have collected. Not here: what follows (`court.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.domain.debt.arrears import PAIR

_ACTS = ("filed", "ordered", "cancelled", "decided")
_SUMS = ("filed", "ordered", "decided", "reduced")


def known_cases(cases: pl.DataFrame, events: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """court_case_id: its account, creditor and months; act_code, act_on (null when nothing is known), claimed_kop,
    enforced_kop, duty_kop, writ_to_*_on, withdrawn_by_*_on."""
    last_told = cases.sort("registered_at", "event_id").unique("court_case_id", keep="last", maintain_order=True)
    known = events.filter(pl.col("event_on") <= as_of).sort("court_case_id", "event_on", "registered_at", "event_id")
    code, to = pl.col("event_code"), pl.col("addressee_code")
    acts, sums = code.is_in(_ACTS), code.is_in(_SUMS) & pl.col("principal_kop").is_not_null()
    enforced = pl.col("principal_kop").filter(code == "enforced")
    told = known.group_by("court_case_id", maintain_order=True).agg(
        act_code=code.filter(acts).last(), act_on=pl.col("event_on").filter(acts).last(),
        principal_kop=pl.col("principal_kop").filter(sums).last(),
        duty_kop=pl.col("duty_kop").drop_nulls().last(),
        enforced_kop=enforced.cast(pl.Int128).sum().cast(pl.Int64),
        enforced_on=pl.col("event_on").filter(code == "enforced").last(),
        # an application filed anew is not the one that was withdrawn
        filed_on=pl.col("event_on").filter(code == "filed").last(),
        **{f"writ_to_{who}_on": pl.col("event_on").filter((code == "writ_sent") & (to == who)).last()
           for who in ("bank", "bailiffs")},
        **{f"withdrawn_by_{who}_on": pl.col("event_on").filter((code == "withdrawn") & (to == who)).last()
           for who in ("court", "bank", "bailiffs")},
    )
    since = {"court": "filed_on", "bank": "writ_to_bank_on", "bailiffs": "writ_to_bailiffs_on"}
    return (
        last_told.select("court_case_id", *PAIR, "from_month", "to_month")
        .join(told, on="court_case_id", how="left")
        .with_columns(
            pl.when(pl.col(f"withdrawn_by_{who}_on") >= pl.col(day)).then(f"withdrawn_by_{who}_on")
            .alias(f"withdrawn_by_{who}_on") for who, day in since.items()
        )
        .with_columns(pl.col("enforced_kop").fill_null(0))
        .with_columns(claimed_kop=(pl.col("principal_kop") - pl.col("enforced_kop")).clip(lower_bound=0))
        .drop("filed_on", "principal_kop")
    )
