"""Small frames for the tests of penalties: one item of account A, its movements, its month."""

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.contracts import registers
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import CREDITED_CHARGES, LATE_PAYMENTS, PENALTY_EXEMPTIONS
from pipeline.domain.penalty.bases import MOVEMENT
from pipeline.domain.penalty.month import BEFORE, ITEM, Facts, PenaltyMonth, penalty_month
from pipeline.domain.penalty.scales import Payers, payers_of
from pipeline.domain.tenancy.empty_flats import EMPTY
from pipeline.money import kopecks_of
from pipeline.rules.penalty import PenaltyRules
from pipeline.rules.registry import RuleBook
from tests.domain.debt.town import frame

BOOK = RuleBook.read()
MONTH = dt.date(2026, 5, 1)
MOSCOW = dt.timezone(dt.timedelta(hours=3))
_TEXTS = ("account_id", "document_id", "creditor_id", "contract_id", "service_code", "debt_kind_code")
_DAYS = {"charge_month": pl.Date, "billing_month": pl.Date, "due_on": pl.Date}
_ITEM_SCHEMA = dict.fromkeys(_TEXTS, pl.String) | _DAYS | {"outstanding_kop": pl.Int64, "is_disputed": pl.Boolean} | {
    "is_time_barred": pl.Boolean
}
_MOVEMENT_SCHEMA = dict.fromkeys(_TEXTS, pl.String) | _DAYS | {
    "paid_at": pl.Datetime("us", "Europe/Moscow"), "payment_id": pl.String, "origin_code": pl.String,
    "allocated_kop": pl.Int64,
}
_BEFORE_SCHEMA = dict.fromkeys(_TEXTS, pl.String) | _DAYS | {"outstanding_kop": pl.Int64, "penalty_kop": pl.Int64} | {
    "reason_code": pl.String
}


def payers(kind: str | None = None, service_kind: str = "heating", *, is_organisation: bool = True) -> Payers:
    """Account A of an organisation of this kind that pays for a service of this kind."""
    who = {"account_id": "A", "organisation_kind_code": kind}
    held = who | {"account_kind_code": "organisation" if is_organisation else "citizen"}
    service = {"service_code": "heat", "kind_code": service_kind}
    return payers_of(
        frame(registers.ACCOUNTS, held), frame(registers.SERVICES, service), rules=rules(dt.date(2026, 5, 31))
    )


def kop(rub: str) -> int:
    return kopecks_of(Decimal(rub))


def rules(as_of: dt.date, mode: str = "on_payment_date") -> PenaltyRules:
    return PenaltyRules.in_force(BOOK.with_overrides({"penalty.rate_mode": mode}), as_of)


def key(due_on: dt.date, **more: Any) -> dict[str, Any]:
    """An item, without its sums."""
    billed = dt.date(2000, 1, 1)
    return {
        "account_id": "A", "document_id": "d1", "creditor_id": "c1", "contract_id": "k1", "service_code": "heat",
        "debt_kind_code": "principal", "charge_month": billed, "billing_month": billed, "due_on": due_on,
    } | more


def items(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {"is_disputed": False, "is_time_barred": False}
    return pl.DataFrame([plain | row for row in rows], schema=_ITEM_SCHEMA).select(ITEM)


def paid(item: dict[str, Any], on: dt.date, rub: str, **more: Any) -> dict[str, Any]:
    """One movement on an item."""
    noon = dt.datetime(on.year, on.month, on.day, 12, tzinfo=MOSCOW)
    return item | {"paid_at": noon, "payment_id": "p", "origin_code": "payment", "allocated_kop": kop(rub)} | more


def movements(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=_MOVEMENT_SCHEMA).select(MOVEMENT)


def before(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=_BEFORE_SCHEMA).select(BEFORE)


def credited(item: dict[str, Any], *given: dict[str, Any]) -> pl.DataFrame:
    """Inside CREDITED_CHARGES: what later documents credit of the item."""
    rows = [
        item | {"credit_document_id": f"later{number}", "credited_in_month": MONTH, "credited_kop": kop(one["rub"]),
                "laid_kop": kop(one.get("laid", "0.00")), "laid_on": one.get("laid_on")}
        for number, one in enumerate(given)
    ]
    return pl.DataFrame(rows, schema=CREDITED_CHARGES.inside_schema)


CITIZENS = payers(is_organisation=False)


def facts(
    open_items: pl.DataFrame, moved: pl.DataFrame, *, stood: pl.DataFrame | None = None,
    carried: pl.DataFrame | None = None, unbilled: int = 0, payers: Payers = CITIZENS,
    exempt: tuple[tuple[str, str, dt.date, dt.date | None], ...] = (), credited: pl.DataFrame | None = None,
    account_kind: str = "citizen", empty: tuple[tuple[str, dt.date, dt.date | None], ...] = (),
) -> Facts:
    waits = open_items.select(ITEM_KEY).with_columns(unbilled_kop=pl.lit(unbilled, dtype=pl.Int64))
    return Facts(
        unbilled=waits, open_items=open_items, movements=moved, before=before() if stood is None else stood,
        carried=LATE_PAYMENTS.empty_inside() if carried is None else carried,
        payers=payers,
        credited=CREDITED_CHARGES.empty_inside() if credited is None else credited,
        exempt=pl.DataFrame(list(exempt), schema=PENALTY_EXEMPTIONS.inside_schema, orient="row"),
        accounts=pl.DataFrame({"account_id": ["A"], "account_kind_code": [account_kind]}),
        empty=pl.DataFrame(list(empty), schema=EMPTY, orient="row"),
    )


def counted(told: Facts, as_of: dt.date, mode: str = "on_payment_date") -> PenaltyMonth:
    return penalty_month(told, rules=rules(as_of, mode), as_of=as_of, month=MONTH)


def one_item(
    due_on: dt.date, owed: str, as_of: dt.date, *payments: tuple[dt.date, str], mode: str = "on_payment_date",
) -> PenaltyMonth:
    """The month of one item of principal."""
    item = key(due_on)
    rest = kop(owed) - sum(kop(rub) for _, rub in payments)
    standing = items(item | {"outstanding_kop": rest}) if rest else items()
    return counted(facts(standing, movements(*(paid(item, on, rub) for on, rub in payments))), as_of, mode)


def total(told: PenaltyMonth) -> int:
    return int(told.penalties["penalty_kop"].sum())


def segments(told: PenaltyMonth) -> pl.DataFrame:
    return told.accruals.drop(*ITEM_KEY)
