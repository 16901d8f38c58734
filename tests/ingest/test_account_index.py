"""The account index: who gets a position when the register brings accounts."""

from __future__ import annotations

from datetime import date
from typing import Any

from pipeline.contracts import ingest
from tests.ingest.town import A1, A2, A3, REGISTERS, Town, reasons

NEW, TOLD_TWICE = "1000000010", "1000000009"


def _account(account_id: str, premises_id: str) -> dict[str, Any]:
    return REGISTERS["accounts"][0] | {"account_id": account_id, "premises_id": premises_id}


def _positions(town: Town) -> dict[str, int]:
    index = town.run().read_staged(ingest.ACCOUNT_INDEX.name)
    return dict(index.select("account_id", "account_index").iter_rows())


def test_a_new_account_follows_those_that_are_known(town: Town) -> None:
    town.deliver("accounts", date(2026, 1, 10), *REGISTERS["accounts"], _account(NEW, "P-10"))
    assert _positions(town) == {A1: 0, A2: 1, A3: 2, NEW: 3}


def test_an_account_told_twice_and_differently_in_one_register_gets_no_position(town: Town) -> None:
    both = [_account(TOLD_TWICE, "P-9"), _account(TOLD_TWICE, "P-10")]
    town.deliver("accounts", date(2026, 1, 10), *REGISTERS["accounts"], *both, _account(NEW, "P-11"))
    assert _positions(town) == {A1: 0, A2: 1, A3: 2, NEW: 3}


def test_an_account_told_twice_alike_in_one_register_gets_one_position(town: Town) -> None:
    both = [_account(TOLD_TWICE, "P-9")] * 2
    town.deliver("accounts", date(2026, 1, 10), *REGISTERS["accounts"], *both, _account(NEW, "P-11"))
    run = town.run()
    index = run.read_staged(ingest.ACCOUNT_INDEX.name)
    assert index.sort("account_index")["account_id"].to_list() == [A1, A2, A3, TOLD_TWICE, NEW]
    assert reasons(run, "accounts") == {}
