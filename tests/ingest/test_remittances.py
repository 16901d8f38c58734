"""Money passed on to creditors: what is taken in, what is refused, and that a book may do without it."""

from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.contracts.ingest import DELIVERIES, POSTED_REMITTANCES, QUARANTINE
from tests.ingest.town import JANUARY, Town

DAY = date(2026, 1, 12)
FEBRUARY, FEBRUARY_NIGHT = date(2026, 2, 12), date(2026, 2, 20)


def remittance(remittance_id: str = "RM1", **more: Any) -> dict[str, Any]:
    return {
        "remittance_id": remittance_id, "creditor_id": "U", "contract_id": None, "remitted_on": DAY,
        "counted_until": date(2026, 1, 10), "gross_rub": Decimal("1000.00"), "commission_rub": Decimal("12.00"),
        "net_rub": Decimal("988.00"), "corrects_remittance_id": None,
    } | more


def refused(town: Town, **wrong: Any) -> list[str]:
    town.deliver("remittances", DAY, remittance("RM1"), remittance("RM2", **wrong))
    run = town.run()
    assert run.read(POSTED_REMITTANCES)["remittance_id"].to_list() == ["RM1"]
    rules: list[str] = run.read(QUARANTINE)["rule_ids"].explode().to_list()
    return rules


def test_a_remittance_is_posted_with_its_delivery(town: Town) -> None:
    town.deliver("remittances", DAY, remittance(contract_id="C-heat"))

    posted = town.run().read(POSTED_REMITTANCES)

    assert posted.select("creditor_id", "contract_id", "gross_kop", "commission_kop", "net_kop").rows() == [
        ("U", "C-heat", 100_000, 1_200, 98_800)
    ]
    assert posted["delivery_id"].str.len_chars().to_list() == [64]


def test_the_fee_that_does_not_add_up_is_refused(town: Town) -> None:
    assert refused(town, net_rub=Decimal("988.01")) == ["broken_net_is_gross_less_fee"]


def test_an_unknown_creditor_is_refused(town: Town) -> None:
    assert refused(town, creditor_id="NOBODY") == ["unknown_creditor"]


def test_an_unknown_contract_is_refused(town: Town) -> None:
    assert refused(town, contract_id="C-none") == ["unknown_contract"]


def test_money_not_yet_collected_cannot_be_passed_on(town: Town) -> None:
    assert refused(town, counted_until=date(2026, 1, 13)) == ["broken_counts_the_past"]


def test_the_same_again_repeats_and_the_id_with_another_sum_is_refused(town: Town) -> None:
    town.deliver("remittances", DAY, remittance())
    town.close()
    town.deliver("remittances", FEBRUARY, remittance(), name="again")
    town.deliver("remittances", FEBRUARY, remittance(gross_rub=Decimal("1001.00"), net_rub=Decimal("989.00")))

    run = town.run(FEBRUARY_NIGHT, JANUARY)

    assert run.read(POSTED_REMITTANCES).is_empty()
    fates = run.read(DELIVERIES).filter(table_name="remittances").select("repeated_rows", "quarantined_rows").rows()
    assert sorted(fates) == [(0, 1), (1, 0)]
    assert run.read(QUARANTINE)["rule_ids"].to_list() == [["duplicate_id"]]


def test_a_book_without_remittances_has_none(town: Town) -> None:
    assert town.run().read(POSTED_REMITTANCES).is_empty()
