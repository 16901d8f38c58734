"""«Почему такие пени»: the published segments in words, to the kopeck, for everybody who is late and for who is not."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.rendering.russian import roubles
from pipeline.reports.explain import penalties
from pipeline.reports.explain.explanation import Grid, Saying
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names
from pipeline.rules.registry import RuleBook
from tests.town.books import MAY, RanBook

FactsOf = Callable[[str], Facts]


def told_of(facts: Facts) -> tuple[list[Grid], list[Saying]]:
    pieces = penalties.section(facts, Names(facts), Quoting(RuleBook.read())).pieces
    grids = [piece for piece in pieces if isinstance(piece, Grid)]
    return grids, [piece for piece in pieces if isinstance(piece, Saying)]


def test_every_late_account_is_told_its_published_segments(town: RanBook, facts_of: FactsOf) -> None:
    files = str(town.root / "published" / f"run_month={MAY}" / "penalties" / "*.parquet")
    published = pl.read_parquet(files, hive_partitioning=False).filter(
        pl.col("penalty_rub") > 0, pl.col("reason_code").is_null()
    )

    assert published["account_id"].n_unique() >= 3
    for account in published["account_id"].unique().sort():
        facts = facts_of(account)
        (runs, grid), sayings = told_of(facts)
        whole = sum((row["penalty_rub"] for row in facts.of("penalties") if not row["reason_code"]), Decimal(0))
        assert len(grid.lines) == len(facts.of("penalty_accruals"))
        assert grid.total is not None and grid.total[8] == roubles(whole)
        assert runs.total is not None and runs.total[5] == roubles(whole)
        assert len(runs.lines) == len({(row["creditor_id"], row["article"], row["rate_percent"],
                                        row["fraction_denominator"]) for row in facts.of("penalty_accruals")})
        assert any("пени" in saying.text for saying in sayings)


def test_a_lower_base_is_told_with_the_document_that_credited_it(town: RanBook, facts_of: FactsOf) -> None:
    folder = town.root / "published" / f"run_month={MAY}"
    credited = pl.read_parquet(str(folder / "credited_charges" / "*.parquet"), hive_partitioning=False)
    counted = pl.read_parquet(str(folder / "penalties" / "*.parquet"), hive_partitioning=False).filter(
        pl.col("reason_code").is_null()
    )
    late = credited.join(counted, on=ITEM_KEY, how="semi", nulls_equal=True)

    assert late.height > 0
    for account, rows in late.group_by("account_id"):
        told = [saying for saying in told_of(facts_of(str(account[0])))[1] if "уменьшила плату на" in saying.text]
        assert len(told) == rows.height
        for row in rows.iter_rows(named=True):
            assert any(roubles(row["credited_rub"]) in saying.text for saying in told)


@pytest.mark.parametrize(("kind", "said", "rule"), [
    ("consumer", "организация сама потребляет ресурс", "penalty.consumer_fraction"),
    ("manager", "управляющая", "penalty.manager_middle_from_day"),
    ("partnership", "товарищество", "penalty.later_from_day"),
])
def test_an_organisation_is_told_the_rule_of_its_kind(
    town: RanBook, facts_of: FactsOf, kind: str, said: str, rule: str
) -> None:
    folder = town.root / "published" / f"run_month={MAY}"
    late = pl.read_parquet(str(folder / "penalty_accruals" / "*.parquet"), hive_partitioning=False)["account_id"].min()
    facts, quoting = facts_of(str(late)), Quoting(RuleBook.read())
    scale = {"account_id": late, "service_code": "heating", "scale_code": kind}
    told = replace(facts, rows={**facts.rows, "penalty_scales": [scale]})

    pieces = list(penalties.section(told, Names(told), quoting).pieces)

    assert any(isinstance(piece, Saying) and f"по виду организации: {said}" in piece.text for piece in pieces)
    assert rule in {quote.key for quote in quoting.all()}
    assert "по виду организации" not in " ".join(saying.text for saying in told_of(facts)[1])


def test_who_is_not_late_is_told_so(town: RanBook, facts_of: FactsOf) -> None:
    folder = town.root / "published" / f"run_month={MAY}"
    late = pl.read_parquet(str(folder / "penalties" / "*.parquet"), hive_partitioning=False)["account_id"]
    every = pl.read_parquet(str(folder / "account_index" / "*.parquet"), hive_partitioning=False)["account_id"]
    grids, sayings = told_of(facts_of(every.filter(~every.is_in(late.implode())).sort()[0]))

    assert grids == []
    assert "Пеней нет" in sayings[0].text
