"""What must hold for any debts: order of rows is nothing, no shield counts twice, paying never worsens anyone."""

import datetime as dt
from dataclasses import fields, replace
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts import ledger, registers
from pipeline.contracts.debt import STAGES
from pipeline.domain.debt.debtors import Facts, standing
from tests.domain.debt import town
from tests.domain.debt.town import DAY, frame, item
from tests.examples import examples

ITEM = st.fixed_dictionaries({
    "due_on": st.dates(dt.date(2022, 1, 10), DAY), "rub": st.integers(1, 900_000).map(lambda kop: f"{kop / 100:.2f}"),
    "creditor": st.sampled_from(["c1", "c2", "fund"]), "account": st.sampled_from(["A", "B"]),
    "kind": st.sampled_from(["principal", "principal", "capital_repair", "penalty"]),
    "is_time_barred": st.booleans(), "is_disputed": st.just(False),
})
SHIELD = st.tuples(st.sampled_from(["A", "B"]), st.sampled_from([None, "c1", "c2"]), st.integers(1, 600_000))
RANK = {stage: rank for rank, stage in enumerate(STAGES)}
MANY = examples(20)


def facts_of(items: list[dict[str, Any]], shields: list[tuple[str, str | None, int]]) -> Facts:
    rows = [item(number, DAY, **told) for number, told in enumerate(items)]
    advances = [{"account_id": a, "creditor_id": c, "amount_kop": kop} for a, c, kop in shields]
    return replace(
        town.nothing(), open_items=frame(ledger.OPEN_ITEMS, *rows), advances=frame(ledger.ADVANCES, *advances),
        accounts=frame(registers.ACCOUNTS, town.account("A"), town.account("B")),
    )


def debtors(facts: Facts) -> pl.DataFrame:
    return standing(facts, rules=town.RULES, as_of=DAY, book_id=town.BOOK).debtors


@MANY
@given(st.lists(ITEM, max_size=12), st.lists(SHIELD, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_nothing(items: list[Any], shields: list[Any], random: Any) -> None:
    facts = facts_of(items, shields)
    seed = random.randint(0, 10_000)
    shuffled = Facts(**{
        field.name: getattr(facts, field.name).sample(fraction=1.0, shuffle=True, seed=seed) for field in fields(Facts)
    })

    assert debtors(facts).equals(debtors(shuffled))


@MANY
@given(st.lists(ITEM, max_size=12), st.lists(SHIELD, max_size=4))
def test_no_kopeck_covers_twice(items: list[Any], shields: list[Any]) -> None:
    found = debtors(facts_of(items, shields)).filter(pl.col("track_code") == "notice")

    for account in ("A", "B"):
        covered = found.filter(pl.col("account_id") == account)["shielded_kop"].sum()
        assert covered <= sum(kop for owner, _, kop in shields if owner == account)
    assert (found["claimed_kop"] == found["total_kop"] - found["shielded_kop"]).all()
    assert (found["claimed_kop"] >= 0).all()


@MANY
@given(st.lists(ITEM, min_size=1, max_size=10), st.lists(SHIELD, max_size=3), st.data())
def test_paying_never_worsens_anyone(items: list[Any], shields: list[Any], data: st.DataObject) -> None:
    facts = facts_of(items, shields)
    number = data.draw(st.integers(0, len(items) - 1), label="item paid")
    owed = facts.open_items["outstanding_kop"][number]
    paid = data.draw(st.integers(1, owed), label="kopecks paid")
    left = facts.open_items.with_columns(
        outstanding_kop=pl.when(pl.int_range(pl.len()) == number).then(owed - paid).otherwise("outstanding_kop")
    ).filter(pl.col("outstanding_kop") > 0)

    before, after = debtors(facts), debtors(replace(facts, open_items=left))

    both = after.join(before, on=["account_id", "creditor_id", "track_code"], how="left", suffix="_before")
    assert not both["stage_code_before"].has_nulls()
    rank = [pl.col(name).replace_strict(RANK) for name in ("stage_code", "stage_code_before")]
    assert both.filter(rank[0] > rank[1]).is_empty()
    assert both.filter(pl.col("claimed_kop") > pl.col("claimed_kop_before")).is_empty()
    assert both.filter(pl.col("claim_due_on") < pl.col("claim_due_on_before")).is_empty()
    assert both.filter(pl.col("months_overdue") > pl.col("months_overdue_before")).is_empty()
