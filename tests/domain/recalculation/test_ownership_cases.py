"""Every case of `cases/ownership.yaml`: what moves from whom to whom, what belongs to whom, what goes to a person."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import registers
from pipeline.contracts.gate import gate
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.metering import CONSUMPTION
from pipeline.contracts.recalculation import OWNER_SHARES, RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.recalculation_events import OWNERSHIP_TRANSFERS
from pipeline.domain.recalculation import owners
from pipeline.domain.recalculation.fees import EARLIER
from pipeline.domain.recalculation.halves import other_half
from pipeline.domain.recalculation.ownership import READING
from pipeline.domain.recalculation.ownership_debts import OPEN_ITEM
from pipeline.domain.recalculation.ownership_judged import Flats, judged
from pipeline.money import format_rub
from pipeline.rules.recalculation_owners import OwnerRules
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.town import BOOK_ID, KOP, frame, scaled
from tests.domain.recalculation.applications import _moment, billed, lines, rule_book, services, terms

ALL = cases("ownership.yaml")
APRIL = date(2026, 4, 1)
_E7 = 10**7


def transfers(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return frame(OWNERSHIP_TRANSFERS, [
        {"event_id": f"e{number}", "registered_at": _moment(row.get("registered", row["day"] + timedelta(days=1))),
         "account_id": row.get("account", "A1"), "new_account_id": row.get("new", "A2"), "effective_from": row["day"],
         "share": row.get("share"), "status_code": row.get("status", "confirmed"),
         "evidence": row.get("evidence", "выписка из ЕГРН")}
        for number, row in enumerate(rows, 1)
    ])


def flats(case: dict[str, Any]) -> Flats:
    first = case["transfers"][0]["day"]
    closed = case.get("closed_on", first - timedelta(days=1))
    told = [("A1", "f1", closed), ("A2", "f1", None), ("A3", "f3", None), ("A4", "f1", None)]
    accounts = frame(registers.ACCOUNTS, [
        {"account_id": account, "premises_id": flat, "house_id": "h1", "opened_on": date(2015, 1, 1),
         "closed_on": closed_on, "account_kind_code": case.get("kind", "citizen"), "is_served": True,
         "mode_code": "full"} for account, flat, closed_on in told if account not in case.get("unknown", [])
    ])
    rights = frame(registers.RIGHTS, [
        {"premises_id": "f1", "person_id": row["person"], "role_code": "owner", "valid_from": row["from"],
         "valid_to": row.get("to")} for row in case.get("rights", [])
    ])
    return Flats(accounts, rights)


def readings(case: dict[str, Any]) -> pl.DataFrame:
    """Registers since 100.000; the last of them is the month's."""
    rows = case.get("readings", [])
    told = frame(CONSUMPTION, [
        {"account_id": "A1", "contract_id": f"c-{case['service']}", "service_code": case["service"],
         "charge_month": row["day"].replace(day=1), "meter_id": "m1", "read_on": row["day"],
         "submitted_at": _moment(row["day"]), "reading_id": f"r{number}",
         "volume_e7": scaled(row["value"], _E7) - 100 * _E7, "month_volume_e7": scaled(row["value"], _E7) - 100 * _E7,
         "verdict_code": "accepted" if row is rows[-1] else "outranked"} for number, row in enumerate(rows)
    ])
    return told.select(READING)


def _of_services() -> pl.DataFrame:
    more = frame(registers.SERVICES, [
        {"service_code": code, "class_code": code} for code in ("capital_repair", "penalty")
    ])
    return pl.concat([services(), more])


def _bills(case: dict[str, Any]) -> pl.DataFrame:
    service = case.get("service", "housing")
    rows = [billed(month, fee, service=service, account_id="A1", basis_code="fixed", document_id=f"d1-{month}")
            for month, fee in case.get("bills", {"2026-04": "300.00"}).items()]
    rows += [billed(month, fee, service=service, account_id="A2", basis_code="fixed", document_id=f"d2-{month}")
             for month, fee in case.get("new_bills", {}).items()]
    return lines(*rows)


def _open_items(case: dict[str, Any]) -> pl.DataFrame:
    return frame(OPEN_ITEMS, [
        {"account_id": "A1", "contract_id": f"c-{case['service']}", "service_code": case["service"],
         "charge_month": date.fromisoformat(f"{row['month']}-01"), "debt_kind_code": row["kind"],
         "outstanding_kop": scaled(row["left"], KOP), "is_time_barred": row.get("barred", False),
         "is_disputed": row.get("disputed", False)} for row in case.get("open", [])
    ]).select(OPEN_ITEM)


def changed(case: dict[str, Any], earlier: pl.DataFrame | None = None) -> owners.Changed:
    month = case.get("run", APRIL)
    rules = OwnerRules.in_force(rule_book(), month)
    told = transfers(case["transfers"])
    known = owners.Known(
        *judged(told, flats(case), rules=rules), new_ids=told["event_id"], lines=_bills(case),
        earlier=(RECALCULATIONS.empty_inside() if earlier is None else earlier).select(EARLIER),
        readings=readings(case) if "readings" in case else CONSUMPTION.empty_inside().select(READING),
        open_items=_open_items(case) if "open" in case else OPEN_ITEMS.empty_inside().select(OPEN_ITEM),
        services=_of_services(), contracts=pl.DataFrame(
            {"contract_id": [f"c-{case.get('service', 'housing')}"], "creditor_id": ["uk"], "house_id": ["h1"]}),
    )
    return owners.changed(
        known, rules=rules, working_days=terms(month).working_days, book_id=BOOK_ID, month=month,
        lands_in_month=date(2026, 6, 1),
    )


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_a_change_of_owner_moves_what_the_case_says(case: dict[str, Any]) -> None:
    found = changed(case)

    gate(to_outside(found.proposals, RECALCULATIONS), RECALCULATIONS)
    gate(to_outside(found.returned, RETURNED_APPLICATIONS), RETURNED_APPLICATIONS)
    gate(to_outside(found.shares, OWNER_SHARES), OWNER_SHARES)
    by_account: dict[str, dict[str, int]] = {}
    for account, month, kop in found.proposals.group_by("account_id", "charge_month").agg(
        pl.col("difference_kop").sum()
    ).rows():
        by_account.setdefault(account, {})[f"{month:%Y-%m}"] = kop
    expected = {account: {str(month): scaled(rub, KOP) for month, rub in months.items()}
                for account, months in case["expect"].items()}
    assert by_account == expected
    assert found.proposals["difference_kop"].sum() == 0
    back = [(row["event_id"], row["field_code"], row["reason_code"]) for row in found.returned.to_dicts()]
    assert sorted(back) == sorted(
        (f"e{row.get('of', 1)}", row["field"], row["reason"]) for row in case.get("returned", [])
    )
    if "shares" in case:
        told = {f"{row['charge_month']:%Y-%m}": (row["former_kop"], row["new_kop"], row["split_code"])
                for row in found.shares.to_dicts()}
        assert told == {str(month): (scaled(one["former"], KOP), scaled(one["new"], KOP), one["basis"])
                        for month, one in case["shares"].items()}


def test_the_formula_says_whose_days_they_are() -> None:
    found = changed(ALL[0]).proposals

    assert set(found["formula"]) == {
        "Право нового собственника зарегистрировано 11.04.2026: дней прежнего собственника 10 из 30. Плата "
        f"{format_rub(30000)}: прежнему {format_rub(10000)}, новому {format_rub(20000)}."
    }


def test_what_was_proposed_is_not_proposed_again() -> None:
    first = changed(ALL[0]).proposals

    assert changed(ALL[0], first).proposals.is_empty()


def test_what_absences_took_off_does_not_move() -> None:
    """250 of 300 have been taken off: 50 are left, so 50 move."""
    taken = changed(ALL[0]).proposals.head(1).with_columns(
        event_id=pl.lit("a1"), cause_code=pl.lit("absence"), difference_kop=pl.lit(-25000, dtype=pl.Int64),
        account_id=pl.lit("A1"), proposal_id=pl.lit("p"),
    )

    found = changed(ALL[0], taken).proposals

    assert sorted(found["difference_kop"]) == [-5000, 5000]


def test_a_day_corrected_after_money_has_moved_goes_to_a_person() -> None:
    """Whether the second telling or the first is right, nobody knows: neither moves anything more."""
    told = {"transfers": [{"day": date(2026, 4, 11)}], "expect": {}}
    first = changed(told).proposals
    corrected = {"transfers": [{"day": date(2026, 4, 11)}, {"day": date(2026, 5, 10)}], "run": date(2026, 5, 1),
                 "bills": {"2026-04": "300.00", "2026-05": "310.00"}}

    found = changed(corrected, first)
    again = changed(corrected, first.with_columns(status_code=pl.lit("rejected")))

    assert found.proposals.is_empty() and found.shares.is_empty()
    assert found.returned.select("event_id", "field_code", "reason_code", "reason").rows() == [(
        "e2", "effective_from", "told_otherwise",
        "День перехода права: раньше назван другой день, и по нему плата уже перенесена, решает человек.")]
    # a person has rejected what the first telling moved: the second counts
    assert sorted(again.proposals["difference_kop"]) == [-22000, 22000]


def test_a_wrong_day_of_the_registration_is_called_by_its_name() -> None:
    late = {"transfers": [{"day": date(2023, 5, 1), "registered": date(2026, 5, 2)}], "run": date(2026, 5, 1)}

    assert changed(late).returned["reason"].to_list() == ["День перехода права: срок заявления прошёл."]


def test_each_half_is_named_by_the_other() -> None:
    found = changed(ALL[0]).proposals.sort("account_id")

    former, new = found["proposal_id"]
    assert other_half(pl.Series([former])).to_list() == [new]
    assert former != new
