"""What is known of each court case on a night: the last act of the court, writs, money collected, confirmations.

Events count in order of their days, then of their registration, and from the day of the last filing: what was done
before is of another claim. The claim is what the last act that names a sum says (filed, ordered, decided, reduced),
less what bank and bailiffs have collected since. A reduction knows what was paid by its day, an act of the court does
not. Not here: what documents have laid on penalties and costs (`court_money.py`), what follows (`court.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.debt import COURT_KINDS
from pipeline.contracts.debt_decisions import latest
from pipeline.domain.debt.arrears import PAIR

_COSTS = ("penalty", "duty")
_ACTS = ("filed", "ordered", "cancelled", "decided")
_FINAL = ("ordered", "decided")
_SUMS = ("filed", "ordered", "decided", "reduced")


def known_cases(cases: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """COURT_CASES with what the events of the last filing tell (`of_last_filing`).

    court_case_id: the account, creditor and months last told of it; is_shared, when other accounts are told of under
    the same id; act_code, act_on (null when nothing is known), claimed_kop, enforced_kop, writ_to_*_on,
    withdrawn_by_*_on, since_on (first act), waived_on; of penalty and duty *_base_kop (last named), *_named_kop (the
    same without reductions), *_held_kop (base less what was collected since), enforced_*_kop and told_*_kop (collected
    or received), and filed_*_kop, granted_*_kop of all three kinds."""
    accounts = cases.group_by("court_case_id").agg(is_shared=pl.col("account_id").n_unique() > 1)
    known = events.sort("court_case_id", "event_on", "registered_at", "event_id")
    code, to = pl.col("event_code"), pl.col("addressee_code")
    acts, on = code.is_in(_ACTS), pl.col("event_on")

    def named(kind: str, value: pl.Expr, *without: str) -> pl.Expr:
        return value.filter(code.is_in(_SUMS) & ~code.is_in(without) & _sum(kind).is_not_null()).last()

    def enforced(kind: str) -> pl.Expr:
        return money.total(_sum(kind).filter(code == "enforced"))

    def held(kind: str) -> pl.Expr:
        since = _sum(kind).filter((code == "enforced") & (on >= named(kind, counts_from())))
        return (named(kind, _sum(kind)) - money.total(since)).clip(lower_bound=0)

    told = known.group_by("court_case_id", maintain_order=True).agg(
        act_code=code.filter(acts).last(), act_on=pl.col("event_on").filter(acts).last(),
        since_on=pl.col("event_on").filter(acts).first(),
        waived_on=pl.col("event_on").filter(code == "waived").last(),
        **{f"{kind}_base_kop": named(kind, _sum(kind)) for kind in _COSTS},
        **{f"{kind}_named_kop": named(kind, _sum(kind), "reduced") for kind in _COSTS},
        **{f"{kind}_held_kop": held(kind) for kind in _COSTS},
        claimed_kop=held("principal"), enforced_kop=enforced("principal"),
        **{f"filed_{kind}_kop": _sum(kind).filter(code == "filed").last() for kind in COURT_KINDS},
        **{f"granted_{kind}_kop": _sum(kind).filter(acts).last() for kind in COURT_KINDS},
        **{f"enforced_{kind}_kop": enforced(kind) for kind in _COSTS},
        **{f"told_{kind}_kop": money.total(_sum(kind).filter(code.is_in(["enforced", "received"]))) for kind in _COSTS},
        enforced_on=pl.col("event_on").filter(code == "enforced").last(),
        **{f"writ_to_{who}_on": pl.col("event_on").filter((code == "writ_sent") & (to == who)).last()
           for who in ("bank", "bailiffs")},
        **{f"withdrawn_by_{who}_on": pl.col("event_on").filter((code == "withdrawn") & (to == who)).last()
           for who in ("court", "bank", "bailiffs")},
    )
    since = {"bank": "writ_to_bank_on", "bailiffs": "writ_to_bailiffs_on"}
    return (
        last_told(cases, "court_case_id").join(accounts, on="court_case_id")
        .join(told, on="court_case_id", how="left")
        .with_columns(
            pl.when(pl.col(f"withdrawn_by_{who}_on") >= pl.col(day)).then(f"withdrawn_by_{who}_on")
            .alias(f"withdrawn_by_{who}_on") for who, day in since.items()
        )
        .with_columns(pl.col("^(enforced|told)_.*kop$").fill_null(0))
        .with_columns(
            pl.when(pl.col("act_code").is_in(_FINAL)).then(f"granted_{kind}_kop").alias(f"granted_{kind}_kop")
            for kind in COURT_KINDS
        )
    )


def of_last_filing(events: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Events known by the night of the last application or claim of each case; all of a case that names no filing."""
    known = events.filter(pl.col("event_on") <= as_of)
    filed_on = pl.col("event_on").filter(pl.col("event_code") == "filed").max().over("court_case_id")
    return known.filter(pl.col("event_on") >= pl.coalesce(filed_on, "event_on"))


def counts_from() -> pl.Expr:
    """First day whose payments an act does not know: the court decides on what was claimed, a reduction on the rest."""
    on = pl.col("event_on")
    return pl.when(pl.col("event_code") == "reduced").then(on.dt.offset_by("1d")).otherwise(on)


def sums_named(events: pl.DataFrame, kind: str) -> pl.DataFrame:
    """court_case_id, counts_from, named_kop: every act that names a sum of the kind."""
    acts = events.filter(pl.col("event_code").is_in(_SUMS) & _sum(kind).is_not_null())
    return acts.select("court_case_id", counts_from=counts_from(), named_kop=_sum(kind))


def running(cases: pl.DataFrame, events: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Cases that the court has not given back, also those of which no event is known: account, creditor, months.

    Every account that was ever told of under the case's id: one application may cover several.
    """
    known = known_cases(cases, of_last_filing(events, as_of=as_of))
    given_back = known.filter((pl.col("act_code") == "filed") & pl.col("withdrawn_by_court_on").is_not_null())
    told = last_told(cases, "court_case_id", "account_id")
    return told.join(given_back, on="court_case_id", how="anti").select(*PAIR, "from_month", "to_month")


def cases_told(cases: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """COURT_CASES without rows that named another account by mistake: a person has said, after they were told, that the
    case is of the account told last."""
    decided = latest(decisions, "several_accounts").filter(pl.col("decision_code") == "one_account")
    right = last_told(cases, "court_case_id").select("court_case_id", _right="account_id")
    known = cases.join(
        decided.select(court_case_id="subject_id", _on="decided_on"), on="court_case_id", how="left"
    ).join(right, on="court_case_id", how="left")
    was_known = pl.col("registered_at").dt.date() <= pl.col("_on")
    is_wrong = was_known & (pl.col("account_id") != pl.col("_right"))
    return known.filter(~is_wrong.fill_null(False)).select(cases.columns)


def last_told(cases: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Of each of these the case as it was told last: court_case_id, account, creditor, months."""
    told = cases.sort("registered_at", "event_id").unique(by, keep="last", maintain_order=True)
    return told.select("court_case_id", *PAIR, "from_month", "to_month")


def _sum(kind: str) -> pl.Expr:
    return pl.col(f"{kind}_kop")
