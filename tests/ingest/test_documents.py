"""Defects of billing documents and their lines, each through real files."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, A3, ISSUED, JANUARY, NIGHT, Town, fates, line, reasons, refused, staged_ids

LATER = ISSUED + timedelta(days=5)


def incomplete(run: MonthRun) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for account, reason in run.read(TABLES["incomplete_bills"]).select("account_id", "reason_code").rows():
        found.setdefault(account, set()).add(reason)
    return found


def test_a_sound_document_is_taken_with_its_lines(town: Town) -> None:
    for account in (A1, A2, A3):
        town.bill(f"D-{account}", account)

    run = town.run()

    assert fates(run, "billing_documents") == {"received": 3, "accepted": 3}
    assert fates(run, "charges") == {"received": 6, "accepted": 6}
    assert incomplete(run) == {}
    staged = run.read_staged("charges", "part-000")
    assert staged["account_id"].is_sorted()
    assert staged.columns[-3:] == ["delivery_id", "row_number", "received_at"]


def test_lines_that_do_not_add_up_refuse_the_whole_document_and_mark_the_account(town: Town) -> None:
    town.bill("D1", A1, charged_rub=Decimal("110.01"))
    town.bill("D2", A2)

    run = town.run()

    assert refused(run, "billing_documents") == [["lines_do_not_add_up"]]
    assert refused(run, "charges") == [["document_rejected"], ["document_rejected"]]
    assert staged_ids(run, "billing_documents", "document_id") == ["D2"]
    assert incomplete(run)[A1] == {"document_missing", "document_rejected"}
    assert A2 not in incomplete(run)


def test_voluntary_and_penalty_lines_have_their_own_totals(town: Town) -> None:
    town.bill("D1", A1, payable_with_penalty_rub=Decimal(110), voluntary_insurance_rub=Decimal("5.00"))
    town.bill("D2", A2, payable_with_penalty_rub=Decimal(115), penalty_rub=Decimal("5.00"))

    assert refused(town.run(), "billing_documents") == [["lines_do_not_add_up"]] * 2


#: What is wrong with a line, and the rule that it breaks.
BAD_LINES: tuple[tuple[dict[str, object], str], ...] = (
    ({"service_code": "steam"}, "unknown_service"),
    ({"contract_id": "C-none"}, "unknown_contract"),
    ({"contract_id": "C-lost"}, "unknown_creditor"),
    ({"account_id": A2}, "account_differs_from_document"),
    ({"payable_rub": Decimal("99.00")}, "broken_line_adds_up"),
    ({"basis_code": "guess"}, "unknown_code"),
    ({"contract_id": None}, "missing_value"),
    ({"charge_month": date(2026, 2, 1)}, "date_in_future"),
    ({"charge_month": date(2025, 12, 2)}, "month_not_first_day"),
)


def test_a_bad_line_refuses_its_document(town: Town) -> None:
    """Each a document of an earlier month of its own, so that none is another version of another."""
    for number, (said, _) in enumerate(BAD_LINES):
        document, month = f"D{number}", date(2025, 1 + number, 1)
        town.bill(document, billing_month=month)
        town.deliver("charges", ISSUED, line(document, 1, "100.00", **said),
                     line(document, 2, "10.00", contract_id="C-fund", service_code="fund"), name=document)

    run = town.run()

    rows = run.read(TABLES["quarantine"]).with_columns(
        document_id=pl.col("original_values").str.json_path_match("$.document_id")
    )
    of_lines = rows.filter(table_name="charges").group_by("document_id").agg(pl.col("rule_ids"))
    of_documents = rows.filter(table_name="billing_documents").select("document_id", "rule_ids")
    rules, refused_with = [[rule] for _, rule in BAD_LINES], ["line_rejected"] * len(BAD_LINES)
    for told, wanted in ((of_lines, rules), (of_documents, refused_with)):
        found = dict(told.rows())
        assert {number for number, one in enumerate(wanted) if one not in found[f"D{number}"]} == set()
    assert all(["document_rejected"] in found for found in of_lines["rule_ids"])
    assert staged_ids(run, "charges", "document_id") == []


#: What is wrong with a document, and the rule that it breaks.
BAD_DOCUMENTS: tuple[tuple[dict[str, object], str], ...] = (
    ({"account_id": "9999999999"}, "unknown_account"),
    ({"creditor_id": "NOBODY"}, "unknown_creditor"),
    ({"issued_on": ISSUED + timedelta(days=1)}, "date_in_future"),
    ({"document_id": None}, "missing_key"),
    ({"document_id": "D 1"}, "malformed_key"),
    ({"debt_before_rub": Decimal("-0.01")}, "below_least"),
    ({"payable_with_penalty_rub": Decimal("1.00")}, "broken_total_with_penalty_adds_up"),
)


def test_a_bad_document_is_refused(town: Town) -> None:
    town.deliver("billing_documents", ISSUED, *(
        {"document_id": f"D{number}", "account_id": A1, "issued_on": ISSUED, "billing_month": date(2025, number, 1)}
        | said for number, (said, _) in enumerate(BAD_DOCUMENTS, 1)
    ))

    run = town.run()

    assert reasons(run, "billing_documents") == {number: [rule] for number, (_, rule) in enumerate(BAD_DOCUMENTS, 1)}
    assert fates(run, "billing_documents") == {"received": 7, "quarantined": 7}


def test_a_line_without_a_document_is_an_orphan(town: Town) -> None:
    town.deliver("charges", ISSUED, line("D9", 1, "100.00"))

    run = town.run()

    assert refused(run, "charges") == [["orphan_charge"]]
    assert incomplete(run)[A1] == {"document_missing", "document_rejected"}


def test_the_account_is_joined_whatever_keyboard_it_was_typed_on(town: Town) -> None:
    town.bill("D1", f" {A1[:5]} {A1[5:]}")

    staged = town.run().read_staged("billing_documents")

    assert staged["account_id"].to_list() == [A1]


def test_two_live_versions_refuse_each_other(town: Town) -> None:
    town.bill("D1")
    town.bill("D1v2", version=2)

    run = town.run()

    assert refused(run, "billing_documents") == [["two_live_versions"], ["two_live_versions"]]
    assert incomplete(run)[A1] == {"document_missing", "document_rejected"}


def test_a_version_that_supersedes_is_taken(town: Town) -> None:
    town.bill("D1")
    town.bill("D1v2", on=LATER, version=2, supersedes_document_id="D1", heat="90.00")

    run = town.run()

    assert staged_ids(run, "billing_documents", "document_id") == ["D1", "D1v2"]
    assert A1 not in incomplete(run)


def test_a_refused_document_that_is_superseded_no_longer_marks_its_account(town: Town) -> None:
    town.bill("D1", charged_rub=Decimal("1.00"))
    town.bill("D1v2", on=LATER, version=2, supersedes_document_id="D1")

    run = town.run()

    assert staged_ids(run, "billing_documents", "document_id") == ["D1v2"]
    assert A1 not in incomplete(run)


def test_several_types_and_creditors_live_side_by_side(town: Town) -> None:
    town.bill("D1")
    town.bill("D2", document_type_code="capital_repair", creditor_id="F")
    town.bill("D3", document_type_code="main", creditor_id="F")

    assert refused(town.run(), "billing_documents") == []


def test_a_document_of_a_closed_month_that_comes_again_repeats_with_its_lines(december: Town) -> None:
    december.bill("D1", on=date(2026, 2, 2), issued_on=ISSUED, name="again")

    run = december.run(date(2026, 2, 10), JANUARY)

    assert fates(run, "billing_documents") == {"received": 1, "repeated": 1}
    assert fates(run, "charges") == {"received": 2, "repeated": 2}


def test_a_document_of_a_closed_month_with_another_line_is_a_duplicate(december: Town) -> None:
    day, total = date(2026, 2, 2), Decimal(110)
    sums = {"charged_rub": total, "payable_rub": total, "payable_with_penalty_rub": total}
    december.bill("D1", on=day, issued_on=ISSUED, heat="100.01", fund="9.99", name="again")
    # the header alone would be the same file again
    december.deliver("billing_documents", day, {"document_id": "D1", "account_id": A1, "issued_on": ISSUED} | sums,
                     {"document_id": "D2", "account_id": A2, "issued_on": ISSUED}, name="again")

    run = december.run(date(2026, 2, 10), JANUARY)

    assert refused(run, "billing_documents") == [["duplicate_id"]]
    assert refused(run, "charges") == [["document_rejected"], ["document_rejected"]]


def test_a_second_live_version_of_a_closed_month_is_refused_alone(december: Town) -> None:
    december.bill("D1v2", on=date(2026, 2, 2), version=2)

    assert refused(december.run(date(2026, 2, 10), JANUARY), "billing_documents") == [["two_live_versions"]]


@pytest.mark.parametrize("older", ["2025-12-01", "2025-11-01"])
def test_a_document_of_a_closed_month_is_not_replaced_by_one_of_another_account(town: Town, older: str) -> None:
    town.bill("D1", A1, billing_month=date.fromisoformat(older))
    town.close()
    new = {"billing_month": date(2026, 1, 1), "supersedes_document_id": "D1", "version": 2}
    town.bill("D1v2", A2, on=date(2026, 2, 2), **new)
    town.bill("D1v3", A1, on=date(2026, 2, 2), **new)

    run = town.run(date(2026, 2, 10), JANUARY)

    assert refused(run, "billing_documents") == [["supersedes_other_account"]]
    assert staged_ids(run, "billing_documents", "document_id") == ["D1v3"]


def test_the_same_document_twice_counts_once(town: Town) -> None:
    town.bill("D1")
    town.bill("D1", on=LATER, issued_on=ISSUED, name="again")

    run = town.run()

    assert fates(run, "billing_documents") == {"received": 2, "accepted": 1, "repeated": 1}
    assert fates(run, "charges") == {"received": 4, "accepted": 2, "repeated": 2}


def test_a_later_header_with_other_content_is_refused_and_the_first_stands(town: Town) -> None:
    town.bill("D1")
    town.deliver("billing_documents", LATER, {"document_id": "D1", "account_id": A1, "issued_on": ISSUED})

    run = town.run()

    assert refused(run, "billing_documents") == [["duplicate_id"]]
    assert staged_ids(run, "billing_documents", "document_id") == ["D1"]


def test_two_contents_at_once_have_no_first(town: Town) -> None:
    town.bill("D1")
    town.deliver("billing_documents", ISSUED, {"document_id": "D1", "account_id": A1, "issued_on": ISSUED}, name="b")

    run = town.run()

    assert refused(run, "billing_documents") == [["duplicate_id"], ["duplicate_id"]]
    assert staged_ids(run, "charges", "document_id") == []


def test_accounts_without_a_document_are_incomplete_only_while_served_and_open(town: Town) -> None:
    rows = [{"account_id": A1, "opened_on": date(2020, 1, 1), "is_served": True},
            {"account_id": A2, "opened_on": date(2020, 1, 1), "is_served": False},
            {"account_id": A3, "opened_on": date(2020, 1, 1), "is_served": True, "closed_on": date(2025, 12, 31)},
            {"account_id": "1000000004", "opened_on": date(2026, 1, 1), "is_served": True}]
    town.deliver("accounts", date(2026, 1, 1), *rows)

    assert incomplete(town.run(NIGHT)) == {A1: {"document_missing"}}


def test_quarantine_keeps_the_row_as_delivered(town: Town) -> None:
    town.bill("D1", charged_rub=Decimal("110.01"))

    rows = town.run().read(TABLES["quarantine"]).filter(pl.col("table_name") == "billing_documents")

    assert rows["account_id"].to_list() == [A1]
    assert rows["original_values"].str.json_path_match("$.charged_rub").to_list() == ["110.01"]


def test_a_refused_document_of_an_earlier_month_leaves_the_bill_of_this_month_whole(town: Town) -> None:
    town.bill("D1", billing_month=date(2025, 11, 1), charged_rub=Decimal("1.00"))
    town.bill("D2")
    town.deliver("charges", ISSUED, line("D9", 1, "100.00", account_id=A2))
    town.bill("D3", A2)

    found = incomplete(town.run())

    assert found[A1] == {"earlier_document_rejected"}
    assert found[A2] == {"document_rejected"}, "a line of no known document may be of this month"
