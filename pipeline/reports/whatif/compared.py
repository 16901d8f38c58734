"""Two versions of a month side by side: the published one and a scenario of it.

An entry is one row of a list by its ids: a person to write to, a debt to send or to take to court, a debtor on a track,
a service on its way to restriction, a case and who is asked of it, an instalment, penalties and what limitation takes
by account and creditor, a document with a bonus (of the month itself or of earlier ones that it still decides), a
recalculation in whatever state. Money is what the row claims, holds, prints or proposes. Nothing of a person but ids.
Not here: causes of single differences (`reports/changes`), the page (`page.py`).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Self

import polars as pl

from pipeline.contracts.scenarios import SCENARIO_FIGURES, SCENARIO_MOVES, WHOLE_LIST
from pipeline.money import total
from pipeline.reports.published import published_month
from pipeline.rules.debt import CostRules
from pipeline.rules.registry import Rules
from pipeline.storage.files import read_parquet
from pipeline.storage.shapes import to_inside

_SIDES: Final = ("before", "after")
#: Columns of every entry: list, key, account, person, creditor, stage, sum, segments. `{in}` is the schema of a side.
_ENTRIES: Final = """
    SELECT 'sms_list' AS list_code, person_id AS entry_key, NULL AS account_id, person_id, NULL AS creditor_id,
           stage_code, claimed_rub, segments FROM {in}.sms_list
    UNION ALL
    SELECT 'call_list', person_id, NULL, person_id, NULL, NULL, claimed_rub, NULL FROM {in}.call_list
    UNION ALL
    SELECT 'debt_receipts', account_id || '|' || creditor_id, account_id, NULL, creditor_id, NULL, claimed_rub, NULL
    FROM {in}.debt_receipts
    UNION ALL
    SELECT 'court_list', account_id || '|' || creditor_id, account_id, NULL, creditor_id, stage_code, claimed_rub, NULL
    FROM {in}.court_list
    UNION ALL
    SELECT 'pretrial_notices', account_id || '|' || creditor_id, account_id, NULL, creditor_id, NULL, claimed_rub, NULL
    FROM {in}.pretrial_notices
    UNION ALL
    SELECT 'claim_list', court_case_id, account_id, NULL, creditor_id, NULL, (claimed_rub + penalty_rub)::DECIMAL(18,2),
           NULL FROM {in}.claim_list
    UNION ALL
    SELECT 'debtors', account_id || '|' || creditor_id || '|' || track_code, account_id, NULL, creditor_id, stage_code,
           claimed_rub, NULL FROM {in}.debtors
    UNION ALL
    SELECT 'restriction_list', account_id || '|' || creditor_id || '|' || service_code, account_id, NULL, creditor_id,
           CASE WHEN len(blocked_by) > 0 THEN 'blocked' ELSE next_action_code END, claimed_rub, NULL
    FROM {in}.restriction_list
    UNION ALL
    SELECT 'court_standing', court_case_id, account_id, NULL, creditor_id, stage_code, open_rub, NULL
    FROM {in}.court_standing
    UNION ALL
    SELECT 'enforcement_list', court_case_id || '|' || addressee_code, account_id, NULL, creditor_id, addressee_code,
           claimed_rub, NULL FROM {in}.enforcement_list
    UNION ALL
    SELECT 'withdrawal_list', court_case_id || '|' || addressee_code, account_id, NULL, creditor_id, addressee_code,
           paid_rub, NULL FROM {in}.withdrawal_list
    UNION ALL
    SELECT 'instalments', account_id || '|' || creditor_id, account_id, NULL, creditor_id, status_code, agreed_rub, NULL
    FROM {in}.instalments
    UNION ALL
    SELECT 'penalties', account_id || '|' || creditor_id, account_id, NULL, creditor_id, NULL,
           SUM(penalty_rub)::DECIMAL(18,2), NULL
    FROM {in}.penalties GROUP BY account_id, creditor_id HAVING SUM(penalty_rub) <> 0
    UNION ALL
    SELECT 'limitation_radar', account_id || '|' || creditor_id, account_id, NULL, creditor_id, NULL,
           lost_in_90_days_rub, NULL FROM {in}.limitation_radar
    UNION ALL
    SELECT 'eligibility', account_id || '|' || document_id || '|' || programme_code, account_id, NULL, NULL,
           strftime(billing_month, '%Y-%m'), net_total_rub, NULL FROM {in}.eligibility WHERE is_eligible
    UNION ALL
    SELECT 'recalculations', proposal_id, account_id, NULL, NULL, status_code, difference_rub, NULL
    FROM {in}.recalculations
"""
_MOVES: Final = """
WITH earlier AS ({before}), later AS ({after})
SELECT list_code, entry_key,
       CASE WHEN earlier.claimed_rub IS NULL THEN 'enters' WHEN later.claimed_rub IS NULL THEN 'leaves'
            ELSE 'stays' END AS move_code,
       coalesce(earlier.account_id, later.account_id) AS account_id,
       coalesce(earlier.person_id, later.person_id) AS person_id,
       coalesce(earlier.creditor_id, later.creditor_id) AS creditor_id,
       earlier.stage_code AS stage_before, later.stage_code AS stage_after,
       earlier.claimed_rub AS before_rub, later.claimed_rub AS after_rub,
       earlier.segments AS segments_before, later.segments AS segments_after
FROM earlier FULL JOIN later USING (list_code, entry_key)
"""
_KEY: Final = ("list_code", "part_code", "entry_key")
#: Lists that are told by part too: by stage, documents with a bonus by billing month.
_IN_PARTS: Final = ("debtors", "restriction_list", "court_standing", "instalments", "eligibility")


@dataclass(frozen=True, slots=True)
class Prices:
    """What a message segment, a receipt and a court order cost on each side, in kopecks."""

    before: CostRules
    after: CostRules

    @classmethod
    def of(cls, before: Rules, after: Rules, on: date) -> Self:
        """As in force on the night of the lists."""
        return cls(CostRules.in_force(before, on), CostRules.in_force(after, on))


def moves(before: Path, after: Path) -> pl.DataFrame:
    """SCENARIO_MOVES, inside shape: every entry of the compared lists in two version folders."""
    sides = {"before": _ENTRIES.replace("{in}", "main"), "after": _ENTRIES.replace("{in}", '"after"')}
    with published_month(before) as month, tempfile.TemporaryDirectory() as folder:
        month.attach("after", after)
        file = Path(folder) / "moves.parquet"
        month.write(_MOVES.format(**sides), file)
        found = read_parquet([file]).cast(pl.Schema(SCENARIO_MOVES.outside_schema))
    return to_inside(found, SCENARIO_MOVES).sort(SCENARIO_MOVES.primary_key)


def figures(moved: pl.DataFrame, prices: Prices) -> pl.DataFrame:
    """SCENARIO_FIGURES, inside shape: each list whole, debtors by stage and documents with a bonus by month too."""
    whole = moved.with_columns(part_code=pl.lit(WHOLE_LIST))
    sums = ["before_kop", "after_kop", "segments_before", "segments_after"]
    stages = [f"stage_{side}" for side in _SIDES]
    parts = _in_parts(moved).select(*_KEY, *sums)
    entries = pl.concat([whole.select(*_KEY, *sums, *stages), parts], how="diagonal")
    was, is_there = pl.col("before_kop").is_not_null(), pl.col("after_kop").is_not_null()
    counted = entries.group_by("list_code", "part_code").agg(
        rows_before=was.sum(), rows_after=is_there.sum(), enters=(~was).sum(), leaves=(~is_there).sum(),
        stays=(was & is_there).sum(), before_kop=total("before_kop"), after_kop=total("after_kop"),
        enters_kop=total(pl.col("after_kop").filter(~was)), leaves_kop=total(pl.col("before_kop").filter(~is_there)),
        stays_change_kop=total((pl.col("after_kop") - pl.col("before_kop")).filter(was & is_there)),
        segments_before=pl.col("segments_before").sum(), segments_after=pl.col("segments_after").sum(),
        **{f"orders_{side}": (pl.col(f"stage_{side}") == "court_order").sum() for side in _SIDES},
    )
    priced = counted.with_columns(
        cost_before_kop=_cost(prices.before, "before"), cost_after_kop=_cost(prices.after, "after")
    )
    told = priced.select(SCENARIO_FIGURES.inside_names).cast(pl.Schema(SCENARIO_FIGURES.inside_schema))
    return told.sort(SCENARIO_FIGURES.primary_key)


def _in_parts(moved: pl.DataFrame) -> pl.DataFrame:
    """The same once more, each stage or month a part: who moves on leaves one and enters the next."""
    told = moved.filter(pl.col("list_code").is_in(_IN_PARTS))
    sides = [
        told.drop_nulls(f"stage_{side}").select(
            "list_code", "entry_key", f"{side}_kop", f"segments_{side}", part_code=f"stage_{side}"
        )
        for side in _SIDES
    ]
    return sides[0].join(sides[1], on=list(_KEY), how="full", coalesce=True)


def _cost(prices: CostRules, side: str) -> pl.Expr:
    """Only lists that leave cost anything; a claim has no price of its own, its duty goes by its sum."""
    rows, is_list = pl.col(f"rows_{side}"), pl.col("list_code")
    return (
        pl.when(is_list == "sms_list").then(pl.col(f"segments_{side}") * prices.sms_segment_kop)
        .when(is_list == "debt_receipts").then(rows * prices.receipt_kop)
        .when(is_list == "court_list").then(pl.col(f"orders_{side}") * prices.court_order_kop)
        .otherwise(0)
    )
