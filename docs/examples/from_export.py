"""From the export of a billing program to a book: the CSV files in `export/` become `landing/` and `settings.yaml`.

    python docs/examples/from_export.py docs/examples/export var/my-book

The files look as such exports do: windows-1251, semicolons, decimal commas, days as 01.02.2026. Copy this script and
change the names on the right: on the left are the columns of docs/tables.md. Money stays exact: text → Decimal.
"""

import csv
import sys
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.contracts.catalogue import TABLES

MONTH, ISSUED_ON, NEXT_ISSUE_ON = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
MOSCOW = ZoneInfo("Europe/Moscow")
UNITS = {"кв.м": "m2", "куб.м": "m3"}
#: Their names → our codes. What is not in these lists stops the script: better here than in the ledger.
SERVICES = {
    "Содержание жилья": ("maintenance", "housing", "m2"),
    "Холодная вода": ("cold_water", "utility", "m3"),
    "Взнос на капремонт": ("capital_repair", "capital_repair", "m2"),
}
CREDITORS = {"УК Берег": "bereg", "Водоканал": "water", "Фонд": "fund"}
CHANNELS = {"Личный кабинет": ("site", True, 1), "Банк": ("bank", False, 3)}
PROVIDER = {"site": "centre", "bank": "bank"}

Row = dict[str, Any]


def exported(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of one file of the export as text, blanks stripped."""
    with (folder / name).open(encoding="windows-1251", newline="") as file:
        return [{key: value.strip() for key, value in row.items()} for row in csv.DictReader(file, delimiter=";")]


def number(text: str) -> Decimal:
    """«1 234,50» exactly; no float on the way."""
    return Decimal(text.replace("\u00a0", "").replace(" ", "").replace(",", "."))


def day(text: str) -> date:
    return datetime.strptime(text, "%d.%m.%Y").date()


def day_if_any(text: str) -> date | None:
    return day(text) if text else None


def month(text: str) -> date:
    return datetime.strptime(text, "%m.%Y").date()


def deliver(
    book: Path, table: str, rows: Iterable[Row], *, received: date | None = None, as_of: date | None = None
) -> None:
    """One Parquet file with exactly the columns and types of the contract; a column that is not given is empty."""
    contract = TABLES[table]
    folder = f"received={received}" if received else f"as_of={as_of}"
    file = book / "landing" / table / folder / "export.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    full = [{name: row.get(name) for name in contract.names} for row in rows]
    pl.DataFrame(full, schema=contract.outside_schema).write_parquet(file)


def contract_of(house: str, service: str) -> str:
    return f"{house}/{SERVICES[service][0]}"


def registers(book: Path, export: Path) -> None:
    """Who and what there is: all of it as of the first day that the book knows."""
    accounts, charges = exported(export, "accounts.csv"), exported(export, "charges_2026-01.csv")
    house_of = {row["Лицевой счет"]: row["Дом"] for row in accounts}
    since = date(2019, 3, 1)
    deliver(book, "accounts", [
        {"account_id": row["Лицевой счет"], "premises_id": f"{row['Дом']}/{row['Квартира']}", "house_id": row["Дом"],
         "opened_on": day(row["Дата открытия"]), "closed_on": day_if_any(row["Дата закрытия"]),
         "account_kind_code": "citizen", "is_served": True, "mode_code": "full"} for row in accounts
    ], as_of=since)
    deliver(book, "services", [
        {"service_code": code, "name": name, "unit_code": unit, "class_code": kind, "may_restrict": False}
        for name, (code, kind, unit) in SERVICES.items()
    ], as_of=since)
    deliver(book, "creditors", [{"creditor_id": code, "name": name} for name, code in CREDITORS.items()], as_of=since)
    deliver(book, "channels", [
        {"channel_code": code, "is_own_online": own, "usual_delay_days": delay}
        for code, own, delay in CHANNELS.values()
    ], as_of=since)
    contracts = {(house_of[row["Лицевой счет"]], row["Услуга"]): row["Поставщик"] for row in charges}
    deliver(book, "service_contracts", [
        {"contract_id": contract_of(house, service), "house_id": house, "service_code": SERVICES[service][0],
         "supplier_id": CREDITORS[creditor], "creditor_id": CREDITORS[creditor], "scheme_code": "via_company",
         "valid_from": since} for (house, service), creditor in contracts.items()
    ], as_of=since)
    deliver(book, "cycles", [
        {"billing_month": MONTH, "issue_on": ISSUED_ON, "next_issue_on": NEXT_ISSUE_ON,
         "payments_counted_until": date(2026, 1, 26), "readings_counted_until": date(2026, 1, 25)},
    ], as_of=ISSUED_ON)


def opening(book: Path, export: Path) -> None:
    """What was owed before the first month, item by item; the other opening feeds are empty, which is not missing."""
    house_of = {row["Лицевой счет"]: row["Дом"] for row in exported(export, "accounts.csv")}
    received = ISSUED_ON - timedelta(days=1)
    deliver(book, "opening_items", [
        {"account_id": row["Лицевой счет"], "document_id": row["Документ"], "creditor_id": CREDITORS[row["Поставщик"]],
         "contract_id": contract_of(house_of[row["Лицевой счет"]], row["Услуга"]),
         "service_code": SERVICES[row["Услуга"]][0],
         "debt_kind_code": "capital_repair" if SERVICES[row["Услуга"]][1] == "capital_repair" else "principal",
         "charge_month": month(row["Период"]), "document_type_code": "main", "billing_month": month(row["Период"]),
         "issued_on": day(row["Дата документа"]), "due_on": day(row["Срок оплаты"]),
         "outstanding_rub": number(row["Остаток"])} for row in exported(export, "debts_2026-02-01.csv")
    ], received=received)
    for empty in ("opening_advances", "opening_meters", "opening_dunning"):
        deliver(book, empty, [], received=received)


def bills(book: Path, export: Path) -> None:
    """Lines as exported; a document is the sum of its lines."""
    lines = exported(export, "charges_2026-01.csv")
    house_of = {row["Лицевой счет"]: row["Дом"] for row in exported(export, "accounts.csv")}
    charges: list[Row] = []
    documents: dict[str, Row] = {}
    for row in lines:
        account, payable = row["Лицевой счет"], number(row["К оплате"])
        document = documents.setdefault(row["Документ"], {
            "document_id": row["Документ"], "account_id": account, "document_type_code": "main", "version": 1,
            "billing_month": month(row["Период"]), "issued_on": day(row["Дата документа"]), "charged_rub": Decimal(0),
            "debt_before_rub": Decimal(0), "advance_before_rub": Decimal(0), "penalty_rub": Decimal(0),
            "voluntary_insurance_rub": Decimal(0), "lines": 0,
        })
        document["charged_rub"] += payable
        document["lines"] += 1
        charges.append({
            "document_id": row["Документ"], "line_number": document["lines"], "account_id": account,
            "contract_id": contract_of(house_of[account], row["Услуга"]), "service_code": SERVICES[row["Услуга"]][0],
            "charge_month": month(row["Период"]), "basis_code": "meter" if row["Единица"] == "куб.м" else "area",
            "volume": number(row["Объем"]), "unit_code": UNITS[row["Единица"]], "tariff_rub": number(row["Тариф"]),
            "charged_rub": number(row["Начислено"]), "recalculated_rub": number(row["Перерасчет"]),
            "benefit_rub": number(row["Льгота"]), "payable_rub": payable,
        })
    for document in documents.values():
        document["payable_rub"] = document["payable_with_penalty_rub"] = document["charged_rub"]
    deliver(book, "billing_documents", documents.values(), received=ISSUED_ON)
    deliver(book, "charges", charges, received=ISSUED_ON)


def money(book: Path, export: Path) -> None:
    """Payments by the day of their registry, and the registry with its control total beside them."""
    by_registry: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in exported(export, "payments_2026-02.csv"):
        by_registry.setdefault((row["Реестр"], row["Дата реестра"]), []).append(row)
    for (registry, told), rows in by_registry.items():
        received = day(told)
        deliver(book, "payments", [
            {"payment_id": row["Номер операции"], "account_id": row["Лицевой счет"],
             "paid_at": datetime.strptime(row["Дата и время платежа"], "%d.%m.%Y %H:%M:%S").replace(tzinfo=MOSCOW),
             "paid_at_precision_code": "moment", "received_on": received, "amount_rub": number(row["Сумма"]),
             "channel_code": CHANNELS[row["Канал"]][0], "payer_code": "resident", "designation_code": "none",
             "purpose_code": "regular", "registry_id": registry, "registry_row": place}
            for place, row in enumerate(rows, start=1)
        ], received=received)
        deliver(book, "registries", [
            {"registry_id": registry, "provider_code": PROVIDER[CHANNELS[rows[0]["Канал"]][0]], "received_on": received,
             "rows": len(rows), "total_rub": sum((number(row["Сумма"]) for row in rows), Decimal(0))},
        ], received=received)


def main() -> None:
    export, book = Path(sys.argv[1]), Path(sys.argv[2])
    for step in (registers, opening, bills, money):
        step(book, export)
    settings = 'book_id: bereg\nname: Берег, расчётный центр\nfirst_month: "2026-01"\n'
    (book / "settings.yaml").write_text(settings, encoding="utf-8")
    print(f"Готово: {book}. Дальше: raschet open --book {book}")


if __name__ == "__main__":
    main()
