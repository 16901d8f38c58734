"""What is known of each court case on a night: the last act of the court, writs, money collected, confirmations.

Events count in order of their days, then of their registration. The claim is what the last act that names a sum says
(filed, ordered, decided, reduced), less what bank and bailiffs have collected. Not here: what documents have laid on
penalties and costs (`court_money.py`), what follows (`court.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.debt import COURT_KINDS
from pipeline.domain.debt.arrears import PAIR

_COSTS = ("penalty", "duty")
_ACTS = ("filed", "ordered", "cancelled", "decided")
_FINAL = ("ordered", "decided")
_SUMS = ("filed", "ordered", "decided", "reduced")


def known_cases(cases: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """COURT_CASES with what the events known by the night tell.

    court_case_id: its account, creditor and months; act_code, act_on (null when nothing is known), claimed_kop,
    enforced_kop, writ_to_*_on, withdrawn_by_*_on, since_on (first act), waived_on; of penalty and duty *_base_kop (last
    named), enforced_*_kop and told_*_kop (collected or received), and filed_*_kop, granted_*_kop of all three kinds."""
    last_told = cases.sort("registered_at", "event_id").unique("court_case_id", keep="last", maintain_order=True)
    known = events.sort("court_case_id", "event_on", "registered_at", "event_id")
    code, to = pl.col("event_code"), pl.col("addressee_code")
    acts = code.is_in(_ACTS)
    told = known.group_by("court_case_id", maintain_order=True).agg(
        act_code=code.filter(acts).last(), act_on=pl.col("event_on").filter(acts).last(),
        since_on=pl.col("event_on").filter(acts).first(),
        waived_on=pl.col("event_on").filter(code == "waived").last(),
        **{f"{kind}_base_kop": _sum(kind).filter(code.is_in(_SUMS)).drop_nulls().last() for kind in COURT_KINDS},
        **{f"filed_{kind}_kop": _sum(kind).filter(code == "filed").last() for kind in COURT_KINDS},
        **{f"granted_{kind}_kop": _sum(kind).filter(acts).last() for kind in COURT_KINDS},
        **{f"enforced_{kind}_kop": money.total(_sum(kind).filter(code == "enforced")) for kind in COURT_KINDS},
        **{f"told_{kind}_kop": money.total(_sum(kind).filter(code.is_in(["enforced", "received"]))) for kind in _COSTS},
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
        .with_columns(pl.col("^(enforced|told)_.*_kop$").fill_null(0), waived_on=_since_filing("waived_on"))
        .with_columns(
            pl.when(pl.col("act_code").is_in(_FINAL)).then(f"granted_{kind}_kop").alias(f"granted_{kind}_kop")
            for kind in COURT_KINDS
        )
        .with_columns(
            claimed_kop=(pl.col("principal_base_kop") - pl.col("enforced_principal_kop")).clip(lower_bound=0),
            enforced_kop="enforced_principal_kop",
        )
        .drop("filed_on", "principal_base_kop", "enforced_principal_kop")
    )


def running(cases: pl.DataFrame, events: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Cases that the court has not given back, also those of which no event is known: account, creditor, months."""
    known = known_cases(cases, events.filter(pl.col("event_on") <= as_of))
    is_given_back = (pl.col("act_code") == "filed") & pl.col("withdrawn_by_court_on").is_not_null()
    return known.filter(~is_given_back.fill_null(False)).select(*PAIR, "from_month", "to_month")


def _sum(kind: str) -> pl.Expr:
    return pl.col(f"{kind}_kop")


def _since_filing(day: str) -> pl.Expr:
    """The day, unless an application filed later has made it another case's."""
    return pl.when(pl.col("filed_on").is_null() | (pl.col(day) >= pl.col("filed_on"))).then(day)
