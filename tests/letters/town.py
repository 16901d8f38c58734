"""Three flats that owe for December and January, with a list published by hand: what letters are printed from.

A1 owes U for heat and F for capital repair; A2 has paid a part; A3 owes as A1 does, and nobody knows its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.assets import ledger
from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.debt import COURT_LIST, DEBT_RECEIPTS, DEBTOR_LISTS
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.table import Table
from pipeline.generator.town import BIC, bank_account
from pipeline.storage.describe import published_tables
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from tests.debt.town import full
from tests.ingest.town import A1, A2, A3, REGISTERS, Town, frame_of, opened_town, payment, registry
from tests.kept import taken_once, write

FEBRUARY = BillingMonth(2026, 2)
RUN_ON = date(2026, 3, 25)
CENTRE = """centre:
  name: АО «Энский расчётный центр»
  inn: "0099000107"
  address: 600000, г. Энск, ул. Расчётная, д. 1
  phone: 8 (4900) 00-00-00
  representative: Зорькина Анна Петровна
  position: начальник юридического отдела
  authority: доверенность от 12.01.2026 № 7
"""
OGRN = "1029900000019"
UTILITY, FUND = "ООО «Тёплый дом „Уют“»", "Фонд капитального ремонта"


def lay(town: Town, table: str, *rows: dict[str, Any]) -> None:
    """A directory, or a register anew, as of the first issue."""
    folder = town.root / "landing" / table / "as_of=2025-12-20"
    folder.mkdir(parents=True, exist_ok=True)
    frame_of(TABLES[table], *rows).write_parquet(folder / "papers.parquet")


def flat(account_id: str, **more: Any) -> dict[str, Any]:
    """A row of the register of accounts: A1 under another number."""
    return REGISTERS["accounts"][0] | {"account_id": account_id, "premises_id": f"P-{account_id}"} | more


def indebted_town(root: Path, settings: str = CENTRE, also: Sequence[str] = ()) -> Town:
    """December and January closed; the accounts `also` owe as A1 does."""
    town = opened_town(root, settings)
    if also:
        lay(town, "accounts", *map(flat, (A1, A2, A3, *also)))
    owing = {A1: "1", A2: "2", A3: "3"} | {account: account[-2:] for account in also}
    lay(town, "creditors", {"creditor_id": "U", "name": UTILITY, "inn": "0099000014", "bank_account": bank_account(1),
                            "bic": BIC, "ogrn": OGRN}, {"creditor_id": "F", "name": FUND})
    lay(town, "payment_details", {"creditor_id": "U", "kpp": "009901001", "bank_name": "АО «Энский банк», г. Энск",
                                  "correspondent_account": "30101810500000000901",
                                  "legal_address": "600000, г. Энск, ул. Тёплая, д. 3"})
    lay(town, "services", {"service_code": "heat", "name": "Отопление", "class_code": "utility"},
        {"service_code": "fund", "name": "Взнос на капитальный ремонт", "class_code": "capital_repair"})
    lay(town, "addresses", *(
        {"premises_id": f"P-{account}", "address": f"600000, г. Энск, ул. Мира, д. 5, кв. {owing[account]}"}
        for account in (A1, A2)
    ))
    for account, number in owing.items():
        town.bill(f"D{number}", account)
    town.deliver("payments", date(2026, 1, 6), payment("P1", "60.00", account_id=A2))
    town.deliver("registries", date(2026, 1, 6), registry("R1", 1, "60.00"))
    town.close()
    for account, number in owing.items():
        town.bill(f"J{number}", account, date(2026, 2, 1), heat="1234.56", billing_month=date(2026, 1, 1))
    town.close(BillingMonth(2026, 1), date(2026, 3, 1))
    return town


def computed(town: Town) -> MonthRun:
    """The open month up to the ledger; computed once for all tests that ask it of the same deliveries."""
    number = town.runs + 1

    def anew() -> MonthRun:
        run = town.run(RUN_ON, FEBRUARY)
        ledger.compute(run)
        return run

    run = taken_once(town.root, f"letters r{number}", anew)
    town.runs = number
    return run


def published(town: Town, run: MonthRun, **lists: pl.DataFrame) -> Town:
    """The month published with lists of ours; every list is ready."""
    ready = [{"list_code": table.name, "run_on": RUN_ON} for table in (DEBT_RECEIPTS, COURT_LIST)]
    rows = {DEBTOR_LISTS.name: full(DEBTOR_LISTS, *ready), **lists}
    for table in published_tables():
        if table.name in rows:
            run.write(table, run.parts[0], rows[table.name])
        elif not run.has(table):
            for part in run.parts:
                write(run, table, part)
    publish(run)
    return town


def listed(run: MonthRun, table: Table, *pairs: tuple[str, str], **more: Any) -> pl.DataFrame:
    """Rows of a list for (account, creditor): everything overdue is claimed."""
    items = run.read(OPEN_ITEMS).filter(pl.col("days_overdue") > 0)
    rows = []
    for place, (account, creditor) in enumerate(pairs):
        owed = items.filter(account_id=account, creditor_id=creditor)
        rows.append({
            "run_on": RUN_ON, "action_id": f"a{place}", "account_id": account, "creditor_id": creditor,
            "premises_id": f"P-{account}", "claimed_kop": owed["outstanding_kop"].sum(), **more,
        })
    return full(table, *rows)


def overdue(run: MonthRun, account: str, creditor: str) -> Decimal:
    """What an account owes a creditor overdue, from the ledger alone."""
    items = run.read(OPEN_ITEMS).filter(pl.col("days_overdue") > 0, account_id=account, creditor_id=creditor)
    return Decimal(int(items["outstanding_kop"].sum())).scaleb(-2)
