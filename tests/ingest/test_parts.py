"""Rows that hang together over several parts are judged as if the book had one: parts change nothing that is said."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.storage import homes, parts, routing, staging_parts
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, A3, Town, line, payment, registry

DAY = date(2026, 1, 6)
STAGED = ("billing_documents", "charges", "meter_readings", "payments", "payment_reversals", "suspended_new",
          "premises", "accounts", "meters", "rights", "persons")
PUBLISHED = ("deliveries", "quarantine", "incomplete_bills", "account_index", "known_registries")


def told(run: MonthRun) -> dict[str, pl.DataFrame]:
    """All that ingest says, whatever part it lies in."""
    staged = {name: run.read_staged(name) for name in STAGED}
    published = {name: run.read(TABLES[name]) for name in PUBLISHED}
    return {name: rows.unique().sort(*TABLES[name].primary_key if name in TABLES else rows.columns[:1])
            for name, rows in {**staged, **published}.items()}


def in_parts(town: Town, monkeypatch: pytest.MonkeyPatch, accounts: int, rows: int) -> dict[str, pl.DataFrame]:
    """The night of a copy of the town with so many accounts in a part and so many rows in a batch."""
    copy = town.root.with_name(f"parts-of-{accounts}-{rows}")
    shutil.copytree(town.root, copy, symlinks=True)
    for module in (homes, parts, staging_parts):
        monkeypatch.setattr(module, "PART_SIZE", accounts)
    monkeypatch.setattr(routing, "BATCH_ROWS", rows)
    monkeypatch.setattr(routing, "_LARGE", rows)
    return told(Town(copy).run())


@pytest.fixture
def crossed(town: Town) -> Town:
    """A town whose rows cross its accounts in every way that is judged."""
    town.bill("D1", A1)
    town.bill("D2", A2)
    town.deliver("charges", DAY, line("D2", 3, "0.00", account_id=A1), line("D2", 4, "0.00", account_id=A1),
                 name="stray")
    town.bill("D3", A3, name="three")
    town.deliver("charges", DAY, line("NOBODY", 1, "5.00", account_id=A1), line("NOBODY", 1, "6.00", account_id=A2),
                 line("NOBODY", 2, "6.00", account_id=A2), name="orphans")
    town.bill("D4", A2, DAY, supersedes_document_id="D3", document_type_code="correction")
    town.bill("D5", A3, DAY, heat="7.00", fund="0.00", document_type_code="capital_repair")
    town.bill("D5", A1, DAY, heat="7.00", fund="0.00", document_type_code="capital_repair", name="again")
    town.bill("D6", "7777777777", DAY, name="nobody")
    meters = {"service_point_id": "S", "contract_id": "C-heat", "service_code": "heat", "digits": 5,
              "installed_on": date(2020, 1, 1)}
    town.deliver("meters", date(2025, 12, 1), {"meter_id": "M1", "account_id": A1} | meters,
                 {"meter_id": "M2", "account_id": A2} | meters, {"meter_id": "M3", "account_id": A3} | meters,
                 {"meter_id": "M3", "account_id": A1} | meters)
    town.deliver("meter_readings", DAY, *({"reading_id": name, "meter_id": meter, "read_on": date(2025, 12, 24)}
                                          for name, meter in (("r1", "M1"), ("r1", "M2"), ("r2", "M2"), ("r3", "M3"),
                                                              ("r4", "M9"))))
    town.deliver("rights", date(2025, 12, 1), *({"premises_id": f"P-{account}", "person_id": person,
                                                 "valid_from": date(2020, 1, 1)}
                                                for account, person in ((A1, "p1"), (A2, "p1"), (A3, "p3"))))
    town.deliver("persons", date(2025, 12, 1), {"person_id": "p1"}, {"person_id": "p3"}, {"person_id": "p9"})
    town.deliver("premises", date(2025, 12, 1), *({"premises_id": f"P-{account}", "house_id": "H1"}
                                                  for account in (A1, A2, A3)))
    town.deliver("registries", DAY, registry("R1", 5, "550.00"))
    town.deliver("payments", DAY, payment("P1"), payment("P1", account_id=A2), payment("P2", account_id=A2),
                 payment("P3", account_id=A3), payment("P4", account_id="1000000 003"), payment("P5", account_id="9"))
    town.deliver("payment_reversals", DAY, {"reversal_id": "V1", "payment_id": "P3", "amount_rub": Decimal("110.00"),
                                            "registry_id": "R1"})
    return town


@pytest.mark.parametrize("rows", [1, 2, 524_288])
def test_parts_and_batches_change_nothing(crossed: Town, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    whole = told(crossed.run())

    cut = in_parts(crossed, monkeypatch, 1, rows)

    assert {name for name, frame in whole.items() if not frame.equals(cut[name])} == set()


def test_what_crosses_parts_is_refused_where_it_should_be(
    crossed: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = in_parts(crossed, monkeypatch, 1, 1)

    refused = cut["quarantine"].explode("rule_ids")
    rules = set(refused.select("table_name", "rule_ids").rows())
    assert {("charges", "account_differs_from_document"), ("charges", "orphan_charge"),
            ("billing_documents", "supersedes_other_account"), ("billing_documents", "duplicate_id"),
            ("meter_readings", "duplicate_id"), ("meters", "duplicate_id"), ("meter_readings", "unknown_meter"),
            ("billing_documents", "unknown_account")} <= rules
    assert sorted(cut["payments"]["payment_id"].to_list()) == ["P2", "P3", "P4"]
    assert cut["payment_reversals"]["payment_id"].to_list() == ["P3"]
    assert cut["persons"]["person_id"].to_list() == ["p1", "p3", "p9"]


def test_a_person_with_flats_in_two_parts_is_counted_once(crossed: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = in_parts(crossed, monkeypatch, 1, 1)

    persons = cut["deliveries"].filter(pl.col("table_name") == "persons")
    assert (persons["received_rows"].item(), persons["accepted_rows"].item()) == (3, 3)


def test_no_file_of_work_is_left(crossed: Town) -> None:
    crossed.run()

    assert list(Path(crossed.root).rglob("*.arrow")) == []
