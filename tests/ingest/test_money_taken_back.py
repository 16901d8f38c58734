"""Money taken back and money identified: reversals of payments, decisions of persons about suspended ones."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pipeline.billing_month import MOSCOW
from tests.ingest.town import A1, A2, JANUARY, Town, fates, money, payment, reasons, refused, reversal, suspended

DAY = date(2026, 1, 6)
FEBRUARY_NIGHT = date(2026, 2, 10)


def test_a_reversal_gets_the_account_and_moment_of_its_payment(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1"))
    town.deliver("payment_reversals", date(2026, 1, 8), reversal("V1", "P1", "10.00"), reversal("V2", "P1", "100.00"))

    rows = town.run().read_staged("payment_reversals", "part-000").to_dicts()

    assert [(row["account_id"], row["amount_kop"], row["is_correction"]) for row in rows] == [
        (A1, 1000, False), (A1, 10000, False)
    ]
    assert rows[0]["paid_at"] == datetime(2026, 1, 5, 12, tzinfo=MOSCOW)


def test_a_reversal_that_cannot_be_made_is_suspended_with_a_minus(town: Town) -> None:
    told = (
        (reversal("V1", "NONE"), "unknown_reversal"),
        (reversal("V2", "P1", "110.01"), "reversal_exceeds_payment"),
        (reversal("V3", "P2", reversed_at=datetime(2026, 2, 1, tzinfo=MOSCOW)), "date_in_future"),
        (reversal("V4", "P3", reason_code="whim"), "unreadable_row"),
    )
    town.deliver("payments", DAY, *(payment(f"P{number}", registry_row=number) for number in (1, 2, 3)))
    town.deliver("payment_reversals", DAY, *(row for row, _ in told))

    run = town.run()

    assert suspended(run) == {row["reversal_id"]: reason for row, reason in told}
    minus = dict(run.read_staged("suspended_new").select("suspended_id", "amount_kop").rows())
    assert minus == {"V1": -11000, "V2": -11001, "V3": -11000, "V4": -11000}
    total = Decimal("-440.01")
    assert money(run, "payment_reversals") == {"received": total, "suspended": total}


def test_a_reversal_of_a_closed_month_s_payment_is_known(december: Town) -> None:
    december.deliver(
        "payment_reversals", date(2026, 2, 3), reversal("V1", "P1", "60.00"), reversal("V2", "P1", "60.00")
    )

    run = december.run(FEBRUARY_NIGHT, JANUARY)

    assert run.read_staged("payment_reversals").select("reversal_id", "account_id").rows() == [("V1", A1)]
    assert suspended(run) == {"V2": "reversal_exceeds_payment"}


def test_the_same_reversal_again_repeats(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1"))
    town.deliver("payment_reversals", DAY, reversal("V1", "P1", "50.00"))
    town.close()
    town.deliver("payment_reversals", date(2026, 2, 3), reversal("V1", "P1", "50.00"), reversal("V3", "P1", "1.00"))

    run = town.run(FEBRUARY_NIGHT, JANUARY)

    assert fates(run, "payment_reversals") == {"received": 2, "accepted": 1, "repeated": 1}


def test_a_reversal_that_came_before_its_payment_is_made_when_the_payment_comes(town: Town) -> None:
    town.deliver("payment_reversals", DAY, reversal("V1", "P1", "50.00"))
    town.close()
    town.deliver("payments", date(2026, 2, 3), payment("P1"))

    run = town.run(FEBRUARY_NIGHT, JANUARY)

    assert run.read_staged("payment_reversals").select("reversal_id", "account_id", "posted_at").rows() == [
        ("V1", A1, datetime(2026, 2, 3, tzinfo=MOSCOW))
    ]
    assert run.read_staged("suspense_released")["suspended_id"].to_list() == ["V1"]


def decision(event_id: str, payment_id: str, account_id: str | None = A2, **more: object) -> dict[str, object]:
    return {"event_id": event_id, "payment_id": payment_id, "account_id": account_id,
            "registered_at": datetime(2026, 1, 9, tzinfo=MOSCOW)} | more


def test_a_decision_identifies_a_suspended_payment(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1", account_id="9999999999"))
    town.deliver("payment_identifications", date(2026, 1, 9), decision("E1", "P1"))

    row = town.run().read_staged("payment_identifications", "part-000").row(0, named=True)

    assert (row["account_id"], row["paid_account_id"], row["suspended_id"]) == (A2, "9999999999", "P1")
    assert (row["amount_kop"], row["posted_at"]) == (11000, datetime(2026, 1, 9, tzinfo=MOSCOW))


def test_a_decision_to_return_goes_to_no_account(december: Town) -> None:
    december.deliver("payment_identifications", date(2026, 2, 3),
                     decision("E1", "P3", None, decision_code="returned"))

    run = december.run(FEBRUARY_NIGHT, JANUARY)

    assert run.read_staged("payment_identifications", "unplaced")["decision_code"].to_list() == ["returned"]


def test_a_decision_that_cannot_be_carried_out_is_refused(town: Town) -> None:
    told = (
        (decision("E1", "P9"), "unknown_suspended_payment"),
        (decision("E2", "P1", "8888888888"), "unknown_account"),
        (decision("E3", "P2", None), "unknown_account"),
    )
    town.deliver("payments", DAY, *(
        payment(f"P{number}", account_id="9999999999", registry_row=number) for number in (1, 2)
    ))
    town.deliver("payment_identifications", date(2026, 1, 9), *(row for row, _ in told))

    assert reasons(town.run(), "payment_identifications") == {n: [rule] for n, (_, rule) in enumerate(told, 1)}


def test_two_decisions_on_one_payment_the_second_has_nothing_to_decide(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1", account_id="9999999999"))
    town.deliver("payment_identifications", date(2026, 1, 9), decision("E1", "P1"), decision("E2", "P1", A1))

    assert refused(town.run(), "payment_identifications") == [["already_decided"]]


def test_a_reversal_is_not_returned_to_a_payer(town: Town) -> None:
    """There is no money to return: it is said on whose account the payment is taken back."""
    town.deliver("payment_reversals", DAY, reversal("V1", "P1", "50.00"), reversal("V2", "P2", "50.00"))
    town.deliver("payment_identifications", date(2026, 1, 9), decision("E1", "V1", None, decision_code="returned"),
                 decision("E2", "V2", A1))

    run = town.run()

    assert refused(run, "payment_identifications") == [["reversal_not_returned"]]
    assert run.read_staged("payment_identifications")["suspended_id"].to_list() == ["V2"]
