"""Money passed on to creditors: what is taken in, what is refused, and that a book may do without it."""

from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.contracts.ingest import DELIVERIES, POSTED_REMITTANCES, QUARANTINE
from tests.ingest.town import JANUARY, Town, reasons

DAY = date(2026, 1, 12)
FEBRUARY, FEBRUARY_NIGHT = date(2026, 2, 12), date(2026, 2, 20)


def remittance(remittance_id: str = "RM1", **more: Any) -> dict[str, Any]:
    return {
        "remittance_id": remittance_id, "creditor_id": "U", "contract_id": None, "remitted_on": DAY,
        "counted_until": date(2026, 1, 10), "gross_rub": Decimal("1000.00"), "commission_rub": Decimal("12.00"),
        "net_rub": Decimal("988.00"), "corrects_remittance_id": None,
    } | more


def test_a_remittance_is_posted_with_its_delivery(town: Town) -> None:
    town.deliver("remittances", DAY, remittance(contract_id="C-heat"))

    posted = town.run().read(POSTED_REMITTANCES)

    assert posted.select("creditor_id", "contract_id", "gross_kop", "commission_kop", "net_kop").rows() == [
        ("U", "C-heat", 100_000, 1_200, 98_800)
    ]
    assert posted["delivery_id"].str.len_chars().to_list() == [64]


def test_what_cannot_have_been_passed_on_is_refused(town: Town) -> None:
    wrong = (
        ({"net_rub": Decimal("988.01")}, "broken_net_is_gross_less_fee"),
        ({"creditor_id": "NOBODY"}, "unknown_creditor"),
        ({"contract_id": "C-none"}, "unknown_contract"),
        # money not yet collected
        ({"counted_until": date(2026, 1, 13)}, "broken_counts_the_past"),
    )
    town.deliver("remittances", DAY, remittance("RM0"), *(
        remittance(f"RM{number}", **said) for number, (said, _) in enumerate(wrong, 1)
    ))

    run = town.run()

    assert run.read(POSTED_REMITTANCES)["remittance_id"].to_list() == ["RM0"]
    assert reasons(run, "remittances") == {number: [rule] for number, (_, rule) in enumerate(wrong, 2)}


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
