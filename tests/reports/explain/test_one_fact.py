"""The one fact is proved: the stated payment comes in by a registry, the month is run again, the decision is another;
a kopeck less, and it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from pipeline.billing_month import start_of_day
from pipeline.contracts import payments
from pipeline.generator.landing import Landing
from pipeline.reports.explain import bonus_turning, debts
from pipeline.reports.explain.assembling import trial_of
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting, rule_book_of
from pipeline.reports.explain.turning import is_reproduced
from pipeline.storage.book import Book
from tests.town import direct
from tests.town.books import AS_OF, LAST, MAY, copied

ON: Final = date.fromisoformat(AS_OF)
PROVIDER, CHANNEL = "enerc_online", "own_site"
#: So many accounts of each kind are paid in one run.
EACH: Final = 3
#: Conditions of the bonus that money can mend: the document itself, and the debt before it.
UNPAID: Final = ("is_paid_in_full", "is_free_of_past_debt")
FactsOf = Callable[[str], Facts]


@dataclass(frozen=True)
class Stated:
    """What the explanation says would change one decision of one account."""

    account_id: str
    decision: str
    creditor_id: str | None
    amount_kop: int
    paid_at: datetime


def published(book: Path, table: str) -> pl.DataFrame:
    folder = book / "published" / f"run_month={LAST}" / table
    return pl.read_parquet(sorted(folder.glob("*.parquet")))


def asked(book: Path, facts_of: FactsOf, account_id: str) -> list[Stated]:
    facts, quoting = facts_of(account_id), Quoting(rule_book_of(Book.at(book)))
    trial = trial_of(facts, quoting)
    said = [
        Stated(account_id, debts.LIST_OF[turn.action_code], turn.creditor_id, turn.amount_kop, start_of_day(ON))
        for turn in debts.turns(facts, trial, quoting) if turn.until == ON
    ]
    for row in facts.of("eligibility"):
        needed = bonus_turning.needed(facts, row, trial, quoting)
        if needed is not None:
            paid_at = start_of_day(ON) if needed.is_still_possible else needed.before - timedelta(minutes=1)
            said.append(Stated(account_id, row["first_failed_code"], None, needed.amount_kop, paid_at))
    return said


@pytest.fixture(scope="module")
def stated(town_book: Path, facts_of: FactsOf) -> list[Stated]:
    """Facts of each kind, every one of another account: decisions of one account may turn on different sums."""
    court = published(town_book, "court_list")["account_id"].unique().sort().to_list()
    texted = published(town_book, "sms_list").filter(pl.col("account_ids").list.len() == 1)
    alone = texted["account_ids"].list.first().sort().to_list()
    refused = published(town_book, "eligibility").filter(~pl.col("is_final"), ~pl.col("is_eligible"))

    def failing(code: str) -> list[str]:
        return refused.filter(first_failed_code=code)["account_id"].unique().sort().to_list()

    of_kind = {"court_list": court, "sms_list": alone} | {code: failing(code) for code in UNPAID}
    chosen: list[Stated] = []
    for decision, accounts in of_kind.items():
        found: list[Stated] = []
        for account_id in accounts:
            if len(found) < EACH and account_id not in {one.account_id for one in chosen}:
                said = [one for one in asked(town_book, facts_of, account_id) if one.decision == decision]
                found += said[:1]
        chosen += found
    return chosen


def stands(book: Path, one: Stated) -> bool:
    """Whether the decision still is what was explained."""
    if one.decision in UNPAID:
        rows = published(book, "eligibility").filter(~pl.col("is_eligible"), billing_month=date(2026, 5, 1))
        return rows.filter(account_id=one.account_id).height == 1
    if one.decision == "sms_list":
        return published(book, "sms_list").filter(pl.col("account_ids").list.contains(one.account_id)).height == 1
    return published(book, one.decision).filter(account_id=one.account_id, creditor_id=one.creditor_id).height == 1


def paid_and_run(town_book: Path, to: Path, stated: list[Stated], less_kop: int) -> Path:
    """A copy of the town where every account has paid its fact less some kopecks, and May run once more."""
    book = copied(town_book, to / "book")
    registry_id = f"{PROVIDER}-explained"
    rows = pl.DataFrame({
        "payment_id": [f"explained-{one.account_id}" for one in stated],
        "account_id": [one.account_id for one in stated],
        "amount_kop": [one.amount_kop - less_kop for one in stated],
        "paid_at": [one.paid_at for one in stated],
        "registry_row": list(range(1, len(stated) + 1)),
    })
    fixed = {
        "paid_at_precision_code": "moment", "received_on": ON, "channel_code": CHANNEL,
        "payer_code": "resident", "designation_code": "none", "purpose_code": "regular", "registry_id": registry_id,
    }
    columns = [
        (pl.col(name) if name in rows.columns else pl.lit(fixed.get(name))).cast(dtype).alias(name)
        for name, dtype in payments.PAYMENTS.inside_schema.items()
    ]
    landing, total = Landing(book), int(rows["amount_kop"].sum())
    landing.deliver(payments.PAYMENTS, ON, rows.select(columns), "explained")
    landing.deliver(payments.REGISTRIES, ON, pl.DataFrame([{
        "registry_id": registry_id, "provider_code": PROVIDER, "received_on": ON, "rows": rows.height,
        "total_kop": total,
    }], schema=payments.REGISTRIES.inside_schema), "explained")
    landing.deliver(payments.BANK_STATEMENTS, ON, pl.DataFrame([{
        "operation_id": f"op-{registry_id}", "bank_account": "centre", "booked_on": ON, "amount_kop": total,
        "registry_id": registry_id, "direction_code": "in",
    }], schema=payments.BANK_STATEMENTS.inside_schema), "explained")
    # the books differ by kopecks: the checks of one have spoken for both
    direct.published(Book.at(book), MAY, date.fromisoformat(AS_OF), is_asked=not less_kop)
    return book


@pytest.fixture(scope="module")
def rerun(town_book: Path, stated: list[Stated], tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The town after exactly the facts, and after a kopeck less of each."""
    return {less: paid_and_run(town_book, tmp_path_factory.mktemp(f"less-{less}"), stated, less) for less in (0, 1)}


def test_each_kind_of_decision_is_tried(town_book: Path, stated: list[Stated]) -> None:
    kinds = [one.decision for one in stated]

    assert {kind: kinds.count(kind) for kind in ("court_list", "sms_list", "is_paid_in_full")} == {
        "court_list": EACH, "sms_list": EACH, "is_paid_in_full": EACH,
    }
    assert "is_free_of_past_debt" in kinds
    assert [one for one in stated if not stands(town_book, one)] == []


def test_the_stated_payment_changes_the_decision(rerun: dict[int, Path], stated: list[Stated]) -> None:
    assert [one for one in stated if stands(rerun[0], one)] == []


def test_a_kopeck_less_changes_nothing(rerun: dict[int, Path], stated: list[Stated]) -> None:
    assert [one for one in stated if not stands(rerun[1], one)] == []


def test_the_trial_stands_where_the_night_stood(town_book: Path, facts_of: FactsOf) -> None:
    """Nothing is claimed of an account whose published debts the trial does not meet: there is none in the town."""
    quoting = Quoting(rule_book_of(Book.at(town_book)))
    accounts = published(town_book, "debtors")["account_id"].unique().sort().to_list()

    apart = [
        one for one in accounts if not is_reproduced(facts_of(one), trial_of(facts_of(one), quoting))
    ]
    assert apart == []


def test_a_shield_hides_the_fact_when_the_trial_is_tampered_with(town_book: Path, facts_of: FactsOf) -> None:
    """The guard is seen failing: one kopeck more in an open item, and no fact is stated."""
    account_id = published(town_book, "court_list")["account_id"][0]
    facts, quoting = facts_of(account_id), Quoting(rule_book_of(Book.at(town_book)))
    row = facts.of("open_items")[0]
    changed = {**row, "outstanding_rub": row["outstanding_rub"] + Decimal("0.01"),
               "epoch_base_rub": row["epoch_base_rub"] + Decimal("0.01")}
    tampered = Facts(**{**vars(facts), "rows": {**facts.rows, "open_items": [changed, *facts.of("open_items")[1:]]}})

    assert debts.turns(facts, trial_of(facts, quoting), quoting) != ()
    assert debts.turns(tampered, trial_of(tampered, quoting), quoting) == ()
