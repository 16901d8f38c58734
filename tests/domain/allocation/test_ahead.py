"""Which contracts' discounts are over, by what all months said of them; what becomes of their money."""

from datetime import date

import polars as pl
import pytest

from pipeline.domain.allocation.ahead import OVER, TERM_TOLD, over, released

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
Told = list[tuple[str, str, str, date]]


@pytest.mark.parametrize(("told", "ended"), [
    ([], []),
    ([("A", "Д-1", "running", JANUARY), ("A", "Д-1", "running", FEBRUARY)], []),
    ([("A", "Д-1", "running", JANUARY), ("A", "Д-1", "ended", FEBRUARY)], [("A", "Д-1")]),
    # long ago, published once; another contract of the account and a namesake of another account go on
    ([("A", "Д-1", "ended", JANUARY), ("A", "Д-2", "running", MARCH), ("B", "Д-1", "running", MARCH)], [("A", "Д-1")]),
    # applied for anew, in the month of the end or later
    ([("A", "Д-1", "ended", JANUARY), ("A", "Д-1", "planned", JANUARY)], []),
    ([("A", "Д-1", "refused", JANUARY), ("A", "Д-1", "planned", FEBRUARY)], []),
    ([("A", "Д-1", "planned", JANUARY), ("A", "Д-1", "refused", FEBRUARY)], [("A", "Д-1")]),
    ([("A", "Д-1", "finished", JANUARY), ("A", "Д-1", "ended", FEBRUARY)], [("A", "Д-1")]),
])
def test_over(told: Told, ended: list[tuple[str, str]]) -> None:
    terms = pl.DataFrame(told, schema=TERM_TOLD, orient="row")

    assert over(terms).rows() == ended
    assert over(terms.reverse()).rows() == ended


def test_released_money_belongs_to_no_contract() -> None:
    money = pl.DataFrame({"account_id": ["B", "A", "A", "A"], "contract_reference": ["Д-1", None, "Д-1", "Д-2"],
                          "amount_kop": [1, 2, 3, 4]})
    ended = pl.DataFrame([("A", "Д-1")], schema=OVER, orient="row")

    assert released(money, ended)["contract_reference"].to_list() == ["Д-1", None, None, "Д-2"]
    assert released(money, ended).drop("contract_reference").equals(money.drop("contract_reference"))
    assert released(money, ended.clear()).equals(money)
