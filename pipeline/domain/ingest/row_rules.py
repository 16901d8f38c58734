"""Rules that one row keeps or breaks by itself: `rule_id -> expression that is true on a bad row`.

Two tables: what the contract of a table promises (over columns as delivered), and what the registers must know
(over columns in the inside shape). Not here: rules between rows (repeats, documents, payments).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.contracts.table import Column, Kind, Table
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT

#: Blanks, control and invisible characters have no place in an id.
_UNFIT: Final = r"[\s\p{Cc}\p{Cf}]"
#: How recalculation names its proposals and batches.
_PROPOSAL: Final = r"^[0-9a-f]{64}$"
_BATCH: Final = r"^\d{4}-(0[1-9]|1[0-2]):[a-z_]+:.+$"

#: What must not lie after the day of arrival.
HAPPENED: Final[Mapping[str, tuple[str, ...]]] = {
    "payments": ("paid_at", "received_on"),
    "payment_reversals": ("reversed_at", "original_received_on"),
    "registries": ("received_on",),
    "bank_statements": ("booked_on",),
    "remittances": ("remitted_on",),
    "payment_identifications": ("registered_at",),
    "billing_documents": ("issued_on", "delivered_on"),
    "charges": ("charge_month",),
    "meter_readings": ("read_on", "submitted_at"),
    "house_meter_readings": ("read_on",),
    "holds": ("registered_at",),
    "court_cases": ("registered_at",),
    "advance_contracts": ("registered_at",),
    "quarantine_decisions": ("registered_at",),
    "approvals": ("registered_at",),
    "court_events": ("registered_at", "event_on"),
    "restriction_acts": ("registered_at", "act_on"),
    "service_norms": ("registered_at",),
    "instalment_agreements": ("registered_at", "signed_on"),
    "dunning_outcomes": ("registered_at", "outcome_on"),
    "mandates": ("registered_at",),
    "mandate_accounts": ("registered_at",),
    "debt_decisions": ("registered_at",),
    "person_statuses": ("registered_at",),
    "absences": ("registered_at",),
    "quality_acts": ("registered_at",),
    "ownership_transfers": ("registered_at",),
    "benefits": ("registered_at",),
    "advance_discounts": ("registered_at",),
    "meter_acts": ("registered_at", "effective_from"),
}

#: What cannot be ten years old on the day of arrival, the longest limitation there is (ГК РФ, ст. 196, ч. 2): a slip
#: of the pen, and for a document a month whose due date no calendar knows.
RECENT: Final[Mapping[str, tuple[str, ...]]] = {
    "payments": ("paid_at", "received_on"),
    "payment_reversals": ("reversed_at",),
    "billing_documents": ("billing_month", "issued_on"),
}
_LONGEST_LIMITATION: Final = "-10y"

#: Months that are billed after they have begun.
BILLED: Final[Mapping[str, tuple[str, ...]]] = {"billing_documents": ("billing_month",)}

#: A billion roubles on one line or in one payment is a slip of the pen, and near the limit of exact spreading
#: (`allocation/spread.py`).
COUNTABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "charges": ("payable_rub",), "opening_items": ("outstanding_rub",), "payments": ("amount_rub",),
}
_BILLION: Final = 1_000_000_000

#: Rules that a person may waive by re-admitting a row; the others would break a table or a sum.
WAIVABLE: Final = ("date_in_future",)


@dataclass(frozen=True)
class Known:
    """Ids that the registers and events know at the cut."""

    services: pl.Series
    contracts: pl.Series
    creditors: pl.Series
    contracts_of_unknown_creditors: pl.Series
    channels: pl.Series
    meters: pl.Series
    houses: pl.Series
    court_cases: pl.Series


def contract_rules(table: Table) -> dict[str, pl.Expr]:
    """What the contract promises of every row, over the columns as delivered."""
    keys = [table[name] for name in table.primary_key if not table[name].is_nullable]
    others = [column for column in table.columns if not column.is_nullable and column not in keys]
    texts = [key.name for key in keys if key.kind is Kind.TEXT and key.name != "account_id"]
    rules = {
        "missing_key": _any(map(_is_missing, keys)),
        "malformed_key": _any(pl.col(name).str.contains(_UNFIT).fill_null(False) for name in texts),
        "missing_value": _any(map(_is_missing, others)),
        "unknown_code": _any(_is_of_no_list(column) for column in table.columns if column.allowed),
        "below_least": _any(_is_below(column) for column in table.columns if column.at_least is not None),
        "month_not_first_day": _any(
            (pl.col(column.name).dt.day() != 1).fill_null(False)
            for column in table.columns if column.kind is Kind.MONTH
        ),
        "date_in_future": _any(
            _is_later_than_arrival(table[name]) for name in HAPPENED.get(table.name, ())
        ),
        "date_too_old": _any(_is_too_old(table[name]) for name in RECENT.get(table.name, ())),
        "amount_too_large": _any(_is_too_large(table[name]) for name in COUNTABLE.get(table.name, ())),
        "month_not_begun": _any(_is_later_than_arrival(table[name]) for name in BILLED.get(table.name, ())),
    }
    promises = {f"broken_{name}": ~promise.fill_null(False) for name, promise in table.rows.items()}
    return {rule_id: rule for rule_id, rule in {**rules, **promises}.items() if rule is not None}


def contract_proofs(table: Table) -> dict[str, pl.Expr]:
    """For some of the rules, one look at whole columns that shows at a fraction of the cost that no row breaks them:
    whoever is not convinced asks the rule of every row."""
    filled = [column for column in table.columns if not column.is_nullable]
    keys = [column for column in filled if column.name in table.primary_key]
    proofs = {
        "missing_key": _all(map(_is_plainly_filled, keys)),
        "missing_value": _all(_is_plainly_filled(column) for column in filled if column not in keys),
        "month_not_first_day": _all(
            (pl.col(column.name).drop_nulls().unique().dt.day() == 1).all()
            for column in table.columns if column.kind is Kind.MONTH
        ),
    }
    if len(table.primary_key) > 1:
        # rows of one id (lines of a document) lie together: each id is read once
        proofs["malformed_key"] = _all(
            ~pl.col(key.name).filter(pl.col(key.name).ne_missing(pl.col(key.name).shift(1))).str.contains(_UNFIT).any()
            for key in keys if key.kind is Kind.TEXT and key.name != "account_id"
        )
    return {rule_id: proof for rule_id, proof in proofs.items() if proof is not None}


def register_rules(table: str, known: Known) -> dict[str, pl.Expr]:
    """What the registers must know of a row; the frame has passed `accounts.placed` where it names an account."""
    rules = _REGISTER_RULES.get(table)
    return rules(known) if rules else {}


def _is_unknown(column: str, ids: pl.Series) -> pl.Expr:
    """A given id that the register lacks; a missing one is the contract's to refuse."""
    return (~pl.col(column).is_in(ids.implode())).fill_null(False)


_NO_ACCOUNT: Final = pl.col(KNOWN_ACCOUNT).is_null() & pl.col("account_id").is_not_null()

_REGISTER_RULES: Final[Mapping[str, Callable[[Known], dict[str, pl.Expr]]]] = {
    "billing_documents": lambda known: {
        "unknown_account": _NO_ACCOUNT,
        "unknown_creditor": _is_unknown("creditor_id", known.creditors),
    },
    "charges": lambda known: {
        "unknown_service": _is_unknown("service_code", known.services),
        "unknown_contract": _is_unknown("contract_id", known.contracts),
        "unknown_creditor": pl.col("contract_id").is_in(known.contracts_of_unknown_creditors.implode())
        .fill_null(False),
    },
    "meter_readings": lambda known: {
        "unknown_meter": _is_unknown("meter_id", known.meters),
        "unknown_account": _NO_ACCOUNT,
    },
    "house_meter_readings": lambda known: {
        "unknown_house": _is_unknown("house_id", known.houses),
        "unknown_service": _is_unknown("service_code", known.services),
    },
    "holds": lambda known: {
        "unknown_account": _NO_ACCOUNT,
        "unknown_creditor": _is_unknown("creditor_id", known.creditors),
    },
    "court_cases": lambda known: {
        "unknown_account": _NO_ACCOUNT, "unknown_creditor": _is_unknown("creditor_id", known.creditors),
    },
    "advance_contracts": lambda known: {"unknown_account": _NO_ACCOUNT},
    "court_events": lambda known: {"unknown_court_case": _is_unknown("court_case_id", known.court_cases)},
    "restriction_acts": lambda known: {
        "unknown_account": _NO_ACCOUNT, "unknown_creditor": _is_unknown("creditor_id", known.creditors),
        "unknown_service": _is_unknown("service_code", known.services),
    },
    "instalment_agreements": lambda known: {
        "unknown_account": _NO_ACCOUNT, "unknown_creditor": _is_unknown("creditor_id", known.creditors),
    },
    "mandates": lambda known: {"unknown_creditor": _is_unknown("creditor_id", known.creditors)},
    "mandate_accounts": lambda known: {"unknown_account": _NO_ACCOUNT},
    "meter_acts": lambda known: {"unknown_account": _NO_ACCOUNT},
    "service_norms": lambda known: {
        "unknown_account": _NO_ACCOUNT, "unknown_service": _is_unknown("service_code", known.services),
    },
    "absences": lambda known: {"unknown_account": _NO_ACCOUNT},
    "ownership_transfers": lambda known: {"unknown_account": _NO_ACCOUNT},
    "benefits": lambda known: {"unknown_account": _NO_ACCOUNT},
    "advance_discounts": lambda known: {"unknown_account": _NO_ACCOUNT},
    "quality_acts": lambda known: {"unknown_service": _is_unknown("service_code", known.services)},
    "remittances": lambda known: {
        "unknown_creditor": _is_unknown("creditor_id", known.creditors),
        "unknown_contract": _is_unknown("contract_id", known.contracts),
    },
    "approvals": lambda known: {"unknown_subject": _names_no_subject()},
    "payments": lambda known: {
        "unknown_account": pl.col(KNOWN_ACCOUNT).is_null(),
        "unknown_channel": _is_unknown("channel_code", known.channels),
        "unknown_creditor": _is_unknown("designated_creditor_id", known.creditors),
        "unknown_court_case": _is_unknown("court_case_id", known.court_cases),
    },
}


def _names_no_subject() -> pl.Expr:
    """A subject that no proposal or batch could bear. Whether one of this very month bears it is known only once
    recalculation has spoken (`checks/recalculation.py`)."""
    form = pl.when(pl.col("subject_code") == "batch").then(pl.col("subject_id").str.contains(_BATCH))
    return (~form.otherwise(pl.col("subject_id").str.contains(_PROPOSAL))).fill_null(False)


def _any(rules: Iterable[pl.Expr]) -> pl.Expr | None:
    listed = list(rules)
    return pl.any_horizontal(listed) if listed else None


def _all(proofs: Iterable[pl.Expr]) -> pl.Expr | None:
    listed = list(proofs)
    return pl.all_horizontal(listed) if listed else None


def _is_plainly_filled(column: Column) -> pl.Expr:
    """No value is missing, and every text begins with a letter or sign of ASCII: such a text is not blank."""
    value = pl.col(column.name)
    is_there = value.null_count() == 0
    return is_there & value.is_between(pl.lit("!"), pl.lit("~")).all() if column.kind is Kind.TEXT else is_there


def _is_missing(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if column.kind is Kind.TEXT:
        return value.str.strip_chars().fill_null("") == ""
    return value.is_null()


def _is_of_no_list(column: Column) -> pl.Expr:
    return (~pl.col(column.name).is_in(list(column.allowed or ()))).fill_null(False)


def _is_below(column: Column) -> pl.Expr:
    return (pl.col(column.name) < column.at_least).fill_null(False)


def _is_later_than_arrival(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if column.kind is Kind.MOMENT:
        return (value >= pl.col("received_at").dt.offset_by("1d")).fill_null(False)
    return (value > pl.col("received_at").dt.date()).fill_null(False)


def _is_too_old(column: Column) -> pl.Expr:
    earliest = pl.col("received_at").dt.offset_by(_LONGEST_LIMITATION)
    value = pl.col(column.name)
    return (value < (earliest if column.kind is Kind.MOMENT else earliest.dt.date())).fill_null(False)


def _is_too_large(column: Column) -> pl.Expr:
    return (pl.col(column.name).abs() >= _BILLION).fill_null(False)
