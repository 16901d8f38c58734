"""Set-offs to propose: every case of tests/cases/offsets.yaml, told by the query of the night too."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

from pipeline.contracts import debt, events, ledger
from pipeline.contracts.gate import gate
from pipeline.contracts.offsets import ARTICLE, OFFSETS_PROPOSED
from pipeline.domain.debt.debtors import standing
from pipeline.domain.debt.offsets import AGAINST, offsets_proposed
from pipeline.money import roubles_of
from pipeline.rules.debt_offsets import OffsetRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.shapes import to_outside
from tests.domain.debt import town
from tests.domain.debt.town import DAY, frame, kop

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "offsets.yaml").read_text(encoding="utf-8"))
QUERY = (Path(debt.__file__).parents[1] / "audit" / "debt_offsets.sql").read_text(encoding="utf-8")
RULES = OffsetRules.in_force(RuleBook.read(), DAY)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_offsets(case: dict[str, Any], tmp_path: Path) -> None:
    listed, files = night(case["given"])
    gate(listed, OFFSETS_PROPOSED)

    told = {row["creditor_id"]: [f"{row[name]:.2f}" for name in ("credit_rub", "debt_rub", "offset_rub")]
            for row in listed.to_dicts()}
    assert told == case["expect"]
    assert set(listed["article"]) <= {ARTICLE}
    assert broken(files | {"offsets_proposed": listed}, tmp_path) == []


@pytest.mark.parametrize("column", ["credit_rub", "debt_rub", "offset_rub"])
def test_a_wrong_sum_is_seen(column: str, tmp_path: Path) -> None:
    listed, files = night(CASES[0]["given"])
    wrong = listed.with_columns(pl.col(column) + 1)

    assert broken(files | {"offsets_proposed": wrong}, tmp_path) == ["A"]


def test_a_proposal_too_many_or_missing_is_seen(tmp_path: Path) -> None:
    due, of_due = night(CASES[0]["given"])
    _, of_none = night(next(case["given"] for case in CASES if case["name"] == "Not in a bankruptcy"))

    assert broken(of_due | {"offsets_proposed": due.clear()}, tmp_path) == ["A"]
    assert broken(of_none | {"offsets_proposed": due}, tmp_path) == ["A"]


def test_the_credit_shields_the_debt_while_it_waits() -> None:
    """Nobody is asked for what may be set off: 1 000 ₽ less 300 ₽."""
    facts = _facts(CASES[0]["given"])
    found = standing(facts, rules=town.RULES, as_of=DAY, book_id=town.BOOK)

    assert found.notice.select("total_kop", "shielded_kop", "claimed_kop").rows() == [
        (kop("1000.00"), kop("300.00"), kop("700.00"))]


def night(given: dict[str, Any]) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The proposals in their outside shape, and the files that the query reads."""
    facts = _facts(given)
    found = standing(facts, rules=town.RULES, as_of=DAY, book_id=town.BOOK)
    proposed = offsets_proposed(found.items, found.notice, facts.advances, rules=RULES, as_of=DAY)
    return to_outside(proposed, OFFSETS_PROPOSED), {
        "open_items": to_outside(facts.open_items, ledger.OPEN_ITEMS),
        "advances": to_outside(facts.advances, ledger.ADVANCES), "debtors": to_outside(found.debtors, debt.DEBTORS),
    }


def _facts(given: dict[str, Any]) -> Any:
    advances = [
        {"account_id": "A", "payment_id": f"p{number}", "creditor_id": creditor, "amount_kop": kop(rub),
         "contract_reference": contract[0] if contract else None}
        for number, (creditor, rub, *contract) in enumerate(given["advances"])
    ]
    holds = [{"account_id": "A", "reason_code": reason, "from_on": DAY} for reason in given.get("holds", [])]
    return town.owing(DAY, *given["items"], advances=frame(ledger.ADVANCES, *advances),
                      holds=frame(events.HOLDS, *holds))


def broken(files: dict[str, pl.DataFrame], folder: Path) -> list[str]:
    values = {"least_rub": str(roubles_of(RULES.min_kop)), "against": ",".join(AGAINST)}
    for name, rows in files.items():
        rows.write_parquet(folder / f"{name}.parquet")
        values[name] = str(folder / f"{name}.parquet")
    return [row[0] for row in duckdb.execute(QUERY, values).fetchall()]
