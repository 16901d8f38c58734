"""Pre-trial notices: every case of tests/cases/pretrial.yaml, told by the query of the night too."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.checks.debt_court import pretrial_values
from pipeline.contracts import debt, events, ledger, registers
from pipeline.contracts.gate import gate
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.domain.debt.debtors import standing
from pipeline.domain.debt.pretrial import pretrial_notices
from pipeline.rules.debt_pretrial import PretrialRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.town import frame

CASES = cases("pretrial.yaml")
QUERY = query("debt_pretrial")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_notice(case: dict[str, Any], tmp_path: Path) -> None:
    listed, files = night(case["given"])
    gate(listed, PRETRIAL_NOTICES)

    told = [[f"{row['claimed_rub']:.2f}", row["court_on"]] for row in listed.to_dicts()]
    assert told == ([] if case["expect"] is None else [case["expect"]])
    if "duty" in case:
        assert [f"{rub:.2f}" for rub in listed["duty_rub"]] == [case["duty"]]
    assert broken(files | {"pretrial_notices": listed}, tmp_path) == []


def test_a_notice_too_many_or_missing_is_seen(tmp_path: Path) -> None:
    due, of_due = night(CASES[0]["given"])
    _, of_none = night(CASES[1]["given"])

    assert broken(of_due | {"pretrial_notices": due.clear()}, tmp_path) == ["A"]
    assert broken(of_none | {"pretrial_notices": due}, tmp_path) == ["A"]


def night(given: dict[str, Any]) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The list in its outside shape, and the files that the query reads."""
    as_of, due = given["as_of"], given["due"]
    left = [town.sent("debt_receipt", given["receipt"], due)] if given["receipt"] else []
    left += [town.sent("court_order", given["filed"], due)] if "filed" in given else []
    held = [{"account_id": "A", "reason_code": given["hold"], "from_on": town.EARLY}] if "hold" in given else []
    alone = [town.mandate(holdout_percent=100)] if given.get("is_hold_out") else []
    facts = town.owing(
        as_of, {"due_on": due, "rub": given["rub"],
               "limitation_on": given.get("limitation_on", due.replace(year=due.year + 3))},
        dispatches=frame(debt.DISPATCHES, *left), holds=frame(events.HOLDS, *held),
        accounts=frame(registers.ACCOUNTS, town.account(closed_on=given.get("closed_on"))),
        mandates=frame(events.MANDATES, *alone),
        mandate_accounts=frame(events.MANDATE_ACCOUNTS, *([town.mandated()] if alone else [])),
        advances=frame(ledger.ADVANCES, *_advance(given)),
        previous=frame(debt.DEBTORS, town.previous_debtor(cut=as_of, episode_from=due)),
    )
    found = standing(facts, rules=town.RULES, as_of=as_of, book_id=town.BOOK)
    pretrial = PretrialRules.in_force(RuleBook.read(), as_of)
    listed = pretrial_notices(found, facts.accounts, rules=town.RULES, pretrial=pretrial, as_of=as_of)
    files = {
        "debtor_lists": pl.DataFrame({"run_on": [as_of], "status_code": ["ready"]}), "accounts": facts.accounts,
        "debtors": to_outside(found.debtors, debt.DEBTORS), "holds": facts.holds, "court_cases": facts.court_cases,
        "open_items": to_outside(facts.open_items, ledger.OPEN_ITEMS), "rights": facts.rights,
        "person_statuses": PERSON_STATUSES.empty_inside(),
    }
    return to_outside(listed, PRETRIAL_NOTICES), files


def _advance(given: dict[str, Any]) -> list[dict[str, Any]]:
    told = given.get("advance")
    return [{"account_id": "A", "payment_id": "p", "amount_kop": town.kop(told)}] if told else []


def broken(files: dict[str, pl.DataFrame], folder: Path) -> list[str]:
    values = pretrial_values(town.RULES, PretrialRules.in_force(RuleBook.read(), town.DAY))
    for name, rows in files.items():
        rows.write_parquet(folder / f"{name}.parquet")
        values[name] = str(folder / f"{name}.parquet")
    return [str(row[0]) for row in duckdb.execute(QUERY, values).fetchall()]
