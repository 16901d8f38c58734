"""The one fact of a bonus: the least payment, and before when, that would change the decision; or what else would.

The least sum is found by trying payments (`turning.py`) against the tolerances of the rules in force. Not here: the
conditions as they are shown (`bonus.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW, start_of_day
from pipeline.money import kopecks_of, roubles_of
from pipeline.rendering.russian import day, moment, roubles
from pipeline.reports.explain.explanation import FACT, Row, Saying, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.turning import Trial, least
from pipeline.rules.eligibility import EligibilityRules

ROOM: Final = "eligibility.communal_bonus_"
RULES: Final = {
    "is_paid_in_full": ("tolerance_rub",), "is_paid_online": ("needs_own_online_channel",),
    "is_free_of_past_debt": ("needs_no_past_debt", "past_debt_tolerance_rub", "same_visit_minutes"),
    "has_no_reversed_bonus": ("documents_blocked_by_reversal",),
}
ONLINE: Final = "в личном кабинете или приложении центра"
_DECISION: Final = "bonus"


@dataclass(frozen=True, slots=True)
class Needed:
    """The fact: a payment of so much made before a moment, through an own channel where the programme asks for it."""

    amount_kop: int
    before: datetime
    is_still_possible: bool

    @property
    def text(self) -> str:
        return f"{roubles(roubles_of(self.amount_kop))} до {_until(self.before)}"


def turns(facts: Facts, trial: Trial, quoting: Quoting) -> dict[str, Saying]:
    """document_id → the one fact that would change its decision."""
    return {row["document_id"]: fact(facts, row, trial, quoting) for row in facts.of("eligibility")}


def fact(facts: Facts, row: Row, trial: Trial, quoting: Quoting) -> Saying:
    """What would change this decision."""
    failed, rows = row["first_failed_code"], (reference("eligibility", document_id=row["document_id"]),)
    keys = quoting.keys(row["billing_month"], *(ROOM + name for name in RULES.get(failed or "", ())))
    if row["is_final"]:
        later = " Отзыв платежа лишит бонуса следующую квитанцию, но не эту." if row["is_eligible"] else ""
        return Saying("Решение окончательное: новые платежи его не изменят." + later, rows, keys, tone=FACT)
    if row["is_eligible"]:
        paid = ", ".join(row["covering_payment_ids"])
        return Saying(f"Изменит решение только отзыв (сторно) платежа, которым оплачена квитанция: {paid or 'аванс'}.",
                      rows, keys, tone=FACT)
    if failed in ("is_paid_in_full", "is_free_of_past_debt"):
        found = needed(facts, row, trial, quoting)
        if found is not None:
            return Saying(_told(found, failed), rows, keys, tone=FACT)
    return Saying(_otherwise(facts, row), rows, keys, tone=FACT)


def needed(facts: Facts, row: Row, trial: Trial, quoting: Quoting) -> Needed | None:
    """The least payment that makes the document eligible, and before when; None when no payment can."""
    if row["is_final"] or row["is_eligible"]:
        return None
    rules = EligibilityRules.in_force(quoting.rule_book, row["billing_month"])
    if row["first_failed_code"] == "is_free_of_past_debt":
        return _past_debt(row, rules)
    if row["first_failed_code"] != "is_paid_in_full" or not _others_hold(facts, row, rules):
        return None
    amount = least([_DECISION], trial.open_kop, _covering(facts, row, trial, rules)).get(_DECISION)
    before = start_of_day(row["next_issue_on"])
    return None if amount is None else Needed(amount, before, is_still_possible=facts.cut < before)


def _past_debt(row: Row, rules: EligibilityRules) -> Needed | None:
    """Earlier debt had to be paid by the moment the document was covered, or in the same visit."""
    if not (row["has_no_reversed_bonus"] and row["covered_at"]):
        return None
    amount = kopecks_of(row["missing_rub"]) - rules.past_debt_tolerance_kop
    until = row["covered_at"].astimezone(MOSCOW) + timedelta(minutes=rules.same_visit_minutes)
    return Needed(amount, until, is_still_possible=False)


def _others_hold(facts: Facts, row: Row, rules: EligibilityRules) -> bool:
    """No other condition stands in the way of a payment made now."""
    is_spoilt = rules.needs_own_online_channel and _paid_elsewhere(facts, row["document_id"])
    return bool(row["is_served"] and row["is_bill_complete"] and row["has_no_reversed_bonus"] and not is_spoilt)


def _paid_elsewhere(facts: Facts, document_id: str) -> bool:
    """Money of a channel that is not the centre's own lies on the document."""
    laid: dict[str, Decimal] = {}
    for _, row in facts.ever("payment_allocations"):
        is_offline = row["origin_code"] != "credit" and not facts.channel(row["channel_code"]).get("is_own_online")
        if row["document_id"] == document_id and is_offline:
            laid[row["payment_id"]] = laid.get(row["payment_id"], Decimal(0)) + row["allocated_rub"]
    return any(amount > 0 for amount in laid.values())


def _covering(
    facts: Facts, row: Row, trial: Trial, rules: EligibilityRules
) -> Callable[[Sequence[int]], Callable[[str, int], bool]]:
    """After a payment: is the document covered within the tolerance, and is nothing of earlier months open."""
    is_counted = pl.col("debt_kind_code").is_in(["principal", "capital_repair"])
    own = pl.col("document_id") == row["document_id"]
    earlier = (pl.col("billing_month") < row["billing_month"]) & ~pl.col("is_disputed") & ~pl.col("is_time_barred")
    total = kopecks_of(row["net_total_rub"])
    laid_before = total - kopecks_of(row["missing_rub"])
    enough = max(total - rules.tolerance_kop, min(total, 1))

    def judged(sums: Sequence[int]) -> Callable[[str, int], bool]:
        paid = trial.paid(sums, facts.as_of)
        left = paid.items.filter(is_counted).group_by("account_id").agg(
            past=pl.col("outstanding_kop").filter(earlier).sum()
        )
        laid = paid.laid.filter(is_counted & own).group_by("account_id").agg(pl.col("allocated_kop").sum())
        past_of, laid_of = dict(left.rows()), dict(laid.rows())

        def is_granted(_: str, amount: int) -> bool:
            key = f"{amount:015d}"
            is_free = past_of.get(key, 0) <= rules.past_debt_tolerance_kop or not rules.needs_no_past_debt
            return is_free and laid_before + laid_of.get(key, 0) >= enough

        return is_granted

    return judged


def _told(found: Needed, failed: str) -> str:
    if failed == "is_free_of_past_debt":
        return (f"Решение было бы другим, если бы в счёт прежнего долга было уплачено {found.text}: это то же "
                "посещение. Новая оплата его не изменит, опоздавший реестр с такой оплатой — изменит.")
    if found.is_still_possible:
        return f"Решение изменит оплата {ONLINE}: {found.text}, без указания месяца."
    return (f"Срок прошёл. Решение изменит только оплата {ONLINE}, которая уже сделана, но ещё не дошла реестром: "
            f"{found.text}.")


def _otherwise(facts: Facts, row: Row) -> str:
    failed, until = row["first_failed_code"], day(row["next_issue_on"] - timedelta(days=1))
    if failed == "is_paid_online" or (failed == "is_paid_in_full" and _paid_elsewhere(facts, row["document_id"])):
        paid = roubles(row["net_total_rub"])
        return (f"Часть квитанции уже оплачена не через каналы центра. Решение изменил бы только отзыв этих денег и "
                f"оплата всех {paid} {ONLINE} до {until} включительно.")
    return {
        "is_served": "Решение изменит только перевод счёта на полное обслуживание в реестре счетов.",
        "is_bill_complete": "Решение изменит приход недостающей квитанции: тогда условия проверят заново.",
        "is_paid_before_next_issue": "Решение изменит только платёж, сделанный вовремя, но ещё не дошедший реестром: "
                                     f"деньги должны быть уплачены до {until} включительно.",
        "has_no_reversed_bonus": "По этой квитанции решение не изменить: бонус снова возможен со следующей.",
    }.get(failed, "Платёж без указания месяца это решение не изменит.")


def _until(before: datetime) -> str:
    """«30.06.2026 включительно» for a midnight, else the moment."""
    if before == start_of_day(before.date()):
        return f"{day(before.date() - timedelta(days=1))} включительно"
    return moment(before)
