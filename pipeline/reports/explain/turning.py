"""The one fact: the least payment that changes a decision, found by the calculation's own functions.

The account is copied as many times as there are sums to try; each copy gets one undesignated payment, laid by
`domain.allocation` as the ledger would lay it, and its debts are judged by `domain.debt` as the night would judge them.
A larger payment only ever makes a claim smaller and younger, so the least sum is found by narrowing a bracket. Nothing
is claimed unless the trial without any payment gives exactly what was published (`is_reproduced`).

Not here: sentences; the programme's own conditions (`bonus.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from pipeline.billing_month import end_of_day
from pipeline.contracts import ledger, recalculation
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.debt import STAGES
from pipeline.contracts.events import COURT_CASES
from pipeline.contracts.registers import SERVICE_CONTRACTS
from pipeline.contracts.table import Table
from pipeline.domain.allocation import allocate
from pipeline.domain.debt import arrears, ladder, shields
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR
from pipeline.domain.ledger.ageing import with_age
from pipeline.money import kopecks_of
from pipeline.reports.explain.explanation import Row
from pipeline.reports.explain.facts import Facts
from pipeline.rules.debt import DebtRules
from pipeline.storage.shapes import to_inside

#: Sums tried at once; the bracket becomes so many times narrower with each pass: three passes for a hundred thousand
#: roubles. A pass costs the same whatever it tries, so few passes are what counts.
_TRIES: Final = 220


@dataclass(frozen=True)
class Paid:
    """What stands after each of the tried payments: frames with `tried_kop` in place of the account."""

    items: pl.DataFrame
    advances: pl.DataFrame
    laid: pl.DataFrame


class Trial:
    """One account to try payments on."""

    def __init__(self, facts: Facts, rules: DebtRules, *, exact_total_pays_penalty: bool) -> None:
        self._facts, self._rules, self._exact = facts, rules, exact_total_pays_penalty
        self._items = inside(facts.of("open_items"), ledger.OPEN_ITEMS).with_columns(
            present_from=pl.lit(0, dtype=pl.Int64)
        )
        self._advances = shields.may_cover(
            inside(facts.of("advances"), ledger.ADVANCES), inside(facts.of("advance_terms"), ADVANCE_TERMS)
        )
        self._suspended = inside(facts.of("suspended_payments"), ledger.SUSPENDED_PAYMENTS)
        self._proposed = inside(facts.of("recalculations"), recalculation.RECALCULATIONS)
        self._contracts = raw(facts.registers["service_contracts"], SERVICE_CONTRACTS)
        self._court_cases = raw(facts.registers["court_cases"], COURT_CASES)

    @property
    def open_kop(self) -> int:
        """Everything that undesignated money may ever have to pay."""
        is_general = pl.col("debt_kind_code").is_in(ARREARS_KINDS)
        return int(self._items.filter(is_general)["outstanding_kop"].sum())

    def paid(self, sums_kop: Sequence[int], on: date) -> Paid:
        """Lay each sum on a copy of the account."""
        tried = pl.DataFrame({"tried": [f"{one:015d}" for one in sorted(set(sums_kop))]})
        items = self._copied(self._items, tried)
        if self._items.is_empty():
            nothing = ledger.PAYMENT_ALLOCATIONS.empty_inside()
            return Paid(items, self._copied(self._advances, tried), nothing)
        laid = allocate(
            items, ledger.ADVANCES.empty_inside(), _payments(tried, on),
            ledger.PAYMENT_ALLOCATIONS.empty_inside(), exact_total_pays_penalty=self._exact,
        )
        left = _whole(laid.items.filter(pl.col("outstanding_kop") > 0).select(items.columns))
        advances = pl.concat([self._copied(self._advances, tried), laid.advances])
        return Paid(left, advances, laid.movements)

    def debts(self, sums_kop: Sequence[int], on: date) -> dict[tuple[str, str], dict[int, Row]]:
        """(creditor, track) → sum tried → how the pair stands on a day after it; absent when nothing is overdue."""
        paid = self.paid(sums_kop, on)
        found: dict[tuple[str, str], dict[int, Row]] = {}
        for row in self._judged(paid, on).to_dicts():
            found.setdefault((row["creditor_id"], row["track_code"]), {})[int(row["account_id"])] = row
        return found

    # ---- the night's own judgement

    def _judged(self, paid: Paid, on: date) -> pl.DataFrame:
        aged = with_age(paid.items, on=on)
        tried = paid.items.select(tried="account_id").unique()
        items = arrears.overdue_items(aged, self._copied(self._court_cases, tried))
        owed = arrears.owed(items)
        shielded = shields.shielded(
            owed, paid.advances, self._copied(self._proposed, tried),
            self._copied(self._suspended, tried).with_columns(
                candidate_account_ids=pl.lit([], dtype=pl.List(pl.String))
            ),
            self._contracts,
        )
        notice, firm = self._claims(items, shielded, on), self._claims(items.filter(~pl.col("is_lump")), shielded, on)
        court = self._claims(items.filter("may_go_to_court"), shielded, on)
        return pl.concat([self._notice(notice, firm, on), self._court(court, on)])

    def _claims(self, items: pl.DataFrame, shielded: pl.DataFrame, on: date) -> pl.DataFrame:
        return arrears.claims(
            items, shielded, as_of=on, bands_months=self._rules.age_bands_months,
            contact_min_kop=self._rules.contact_min_kop,
        )

    def _notice(self, notice: pl.DataFrame, firm: pl.DataFrame, on: date) -> pl.DataFrame:
        part = firm.select(*PAIR, firm_total_kop="total_kop", firm_claimed_kop="claimed_kop",
                           firm_claim_due_on="claim_due_on")
        known = self._known("notice").with_columns(
            may_remind=pl.col("published_action") == "reminder",
            may_text=pl.col("published_action").is_in(["reminder", "sms"]),
            may_call=pl.col("published_action") == "call",
            # what a closed account keeps from its flat stands among the published holds
            is_closed=False,
        )
        pairs = notice.join(part, on=PAIR, how="left").join(known, on="creditor_id").with_columns(
            pl.col("firm_total_kop", "firm_claimed_kop").fill_null(0)
        )
        return _shown(ladder.notice_stages(pairs, rules=self._rules, as_of=on), "notice")

    def _court(self, court: pl.DataFrame, on: date) -> pl.DataFrame:
        receipts = {
            row["creditor_id"]: row["previous_stage_on"] for row in self._facts.of("debtors")
            if row["track_code"] == "notice" and row["previous_stage_code"] == "debt_receipt"
        }
        known = self._known("court").with_columns(receipt_on=pl.col("creditor_id").replace_strict(
            receipts, default=None, return_dtype=pl.Date))
        # every sum tried is a flat of its own: a case of several accounts is tried by this one alone
        pairs = court.join(known, on="creditor_id").with_columns(
            premises_id="account_id", _debtors=pl.lit(""), penalty_kop=pl.lit(0)
        )
        reached = ladder.reached_court(pairs, rules=self._rules.court, as_of=on)
        stages = ladder.court_stages(
            reached, rules=self._rules.court, contact_min_kop=self._rules.contact_min_kop, as_of=on,
            book_id=self._facts.book.settings.book_id,
        )
        return _shown(stages, "court")

    def _known(self, track: str) -> pl.DataFrame:
        """What the published rows say of each creditor beside its items: what was sent, what holds."""
        rows = [
            (row["creditor_id"], row["previous_stage_code"], row["previous_stage_on"],
             STAGES.index(row["previous_stage_code"]) if row["previous_stage_code"] else 0,
             row["holds"], row["next_action_code"])
            for row in self._facts.of("debtors") if row["track_code"] == track
        ]
        return pl.DataFrame(rows, orient="row", schema={
            "creditor_id": pl.String, "last_stage_code": pl.String, "last_stage_on": pl.Date, "last_rank": pl.Int32,
            "holds": pl.List(pl.String), "published_action": pl.String,
        })

    def _copied(self, rows: pl.DataFrame, tried: pl.DataFrame) -> pl.DataFrame:
        """The rows once for every sum tried, under its own account."""
        return _whole(rows.join(tried, how="cross").with_columns(account_id="tried").select(rows.columns))


def is_reproduced(facts: Facts, trial: Trial) -> bool:
    """Whether the trial without any payment stands exactly where the published debtors stand."""
    told = trial.debts([0], facts.as_of)
    published = {(row["creditor_id"], row["track_code"]): row for row in facts.of("debtors")}
    return set(told) == set(published) and all(
        (row := told[pair][0])["claimed_kop"] == kopecks_of(debtor["claimed_rub"])
        and row["next_action_code"] == debtor["next_action_code"] and row["next_action_on"] == debtor["next_action_on"]
        for pair, debtor in published.items()
    )


def least(
    names: Sequence[str], most_kop: int, judged: Callable[[Sequence[int]], Callable[[str, int], bool]]
) -> dict[str, int]:
    """The least sum in kopecks, up to `most_kop`, from which each named decision changes; no entry where none does.

    `judged` tries many sums at once and answers whether a decision has changed after one of them; all decisions are
    narrowed together, so that the number of trials does not grow with their number.
    """
    if most_kop < 1:
        return {}
    verdict = judged([most_kop])
    brackets = {name: (0, most_kop) for name in names if verdict(name, most_kop)}
    while open_ones := {name: _steps(*bracket) for name, bracket in brackets.items() if bracket[1] - bracket[0] > 1}:
        verdict = judged(sorted({one for sums in open_ones.values() for one in sums}))
        for name, sums in open_ones.items():
            low, high = brackets[name]
            brackets[name] = (
                max((one for one in sums if not verdict(name, one)), default=low),
                min((one for one in sums if verdict(name, one)), default=high),
            )
    return {name: high for name, (_, high) in brackets.items()}


def _steps(low: int, high: int) -> list[int]:
    step = max(1, -(-(high - low) // _TRIES))
    return list(range(low + step, high, step))


def inside(rows: Sequence[Row], table: Table) -> pl.DataFrame:
    """Published rows as a frame of the inside shape."""
    return to_inside(raw(rows, table), table)


def raw(rows: Sequence[Row], table: Table) -> pl.DataFrame:
    """Rows of a table as a frame of its outside shape."""
    told = [{name: row.get(name) for name in table.names} for row in rows]
    return pl.DataFrame(told, schema=table.outside_schema, orient="row")


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows in columns of their own: a join with a frame of one row keeps its values as scalars, and
    `offset_by` of the ageing bands takes a scalar for a column of one row."""
    return pl.DataFrame(rows.get_columns())


def _shown(pairs: pl.DataFrame, track: str) -> pl.DataFrame:
    return pairs.select(
        *PAIR, pl.lit(track).alias("track_code"), "claimed_kop", "claim_due_on", "next_action_code", "next_action_on",
        "is_due",
    )


def _payments(tried: pl.DataFrame, on: date) -> pl.DataFrame:
    """One undesignated payment of each sum, made at the end of the day; a sum of nothing is no payment."""
    moment: Any = pl.lit(end_of_day(on)).cast(pl.Datetime("us", "Europe/Moscow"))
    return tried.select(
        account_id="tried", event_number=pl.lit(1, dtype=pl.Int64),
        event_code=pl.when(pl.col("tried").cast(pl.Int64) > 0).then(pl.lit("money")).otherwise(pl.lit("none")),
        posted_at=moment, paid_at=moment, payment_id=pl.lit("tried"), origin_code=pl.lit("payment"),
        registry_id=pl.lit(None, dtype=pl.String), channel_code=pl.lit(None, dtype=pl.String),
        amount_kop=pl.col("tried").cast(pl.Int64), purpose_code=pl.lit("regular"), designation_code=pl.lit("none"),
    )
