"""What a person needs to know of each thing in the queue, as rows of sheets: the queue joined with the tables it names.

Here: which facts stand beside which kind, read from one published version. No personal data: accounts, sums, days,
words. Not here: how a sheet looks (`rendering/workbook.py`), what is filled in (`queue_workbook.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from pipeline.contracts import ingest, ledger, recalculation
from pipeline.contracts.queue import WORK_QUEUE
from pipeline.money import roubles_of
from pipeline.rendering import proposal_words, queue_words, words
from pipeline.rendering.russian import SPACE
from pipeline.rendering.workbook import Head
from pipeline.storage.state import State

Row = dict[str, Any]
Fact = tuple[Head, Callable[[Row], Any]]
_LONGEST: Final = 400
#: Kinds whose subject is «house|service|…».
_OF_HOUSES: Final = ("charges_differ", "house_balance", "house_correction")
_NAMES_OF_ROW: Final = ("table_name", "refused_delivery_id", "refused_row_number")


@dataclass(frozen=True)
class Called:
    """Names by code, as the registers of the month tell them."""

    services: Mapping[str, str]
    creditors: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """One sheet of decisions: its kind, names, facts, and whether an account is to be named."""

    kind: str
    sheet: str
    title: str
    facts: tuple[Fact, ...]
    asks_account: bool = False


def _of(name: str) -> Callable[[Row], Any]:
    return lambda row: row.get(name)


def _rub(name: str) -> Callable[[Row], Any]:
    return lambda row: None if row.get(name) is None else roubles_of(row[name])


def _joined(name: str) -> Callable[[Row], str]:
    return lambda row: ", ".join(row.get(name) or [])


def _why(row: Row) -> str:
    return queue_words.reasons(row["reason_codes"])


def _channel(row: Row) -> str:
    return words.channel(row.get("channel_code") or "")


def _table(row: Row) -> str:
    return words.table(row["table_name"])


def _values(row: Row) -> str:
    """The refused row as delivered, «имя: значение»; personal columns never got into the quarantine."""
    told = json.loads(row.get("original_values") or "{}")
    return "; ".join(f"{name}: {value}" for name, value in told.items() if value not in (None, ""))[:_LONGEST]


_EFFECT: Final = (Head("Сумма", "money"), _rub("effect_kop"))
_SINCE: Final = (Head("Ждёт с", "date"), _of("waiting_since_on"))
_DUE: Final = (Head("Срок", "date"), _of("deadline_on"))
_WHY: Final = (Head("Почему", "text", 34), _why)
_PAYMENT: Final = (
    (Head("Платёж", "text", 26), _of("payment_id")), _EFFECT,
    (Head("Счёт в платеже"), _of("written_account_id")),
    (Head("Похожие счета", "text", 24), _joined("candidate_account_ids")),
    (Head("Заплачено", "moment"), _of("paid_at")), (Head("Канал", "text", 18), _channel),
    (Head("Реестр", "text", 22), _of("registry_id")), _WHY, _SINCE, _DUE,
)
_REFUSED: Final = (
    (Head("Таблица", "text", 22), _table), (Head("Лицевой счёт"), _of("account_id")), _EFFECT, _WHY,
    (Head("Что прислано", "text", 46), _values), (Head("Строка поставки", "count"), _of("refused_row_number")),
    (Head("Поставка", "text", 16), _of("refused_delivery_id")), _SINCE, _DUE,
)
_DOUBT: Final = (
    (Head("Лицевой счёт"), _of("account_id")), (Head("Получатель", "text", 30), _of("creditor")), _EFFECT,
    (Head("О чём", "text", 40), _of("subject_id")), _WHY, _SINCE, _DUE,
)
LAYOUTS: Final = (
    Layout("suspended_payment", "Невыясненные платежи", "Чьи это деньги", _PAYMENT, asks_account=True),
    Layout("suspended_reversal", "Невыясненные сторно", "С чьего счёта отозван платёж", _PAYMENT, asks_account=True),
    Layout("quarantined_document", "Документы в карантине", "Принять документ или отклонить", (
        (Head("Документ", "text", 26), _of("document_id")), *_REFUSED[1:],
    )),
    Layout("quarantined_row", "Строки в карантине", "Принять строку или отклонить", _REFUSED),
    Layout("proposal_to_approve", "Перерасчёты", "Согласовать перерасчёт или отказать", (
        (Head("Лицевой счёт"), _of("account_id")), (Head("Разница", "money"), _rub("difference_kop")),
        (Head("Услуга", "text", 24), _of("service")), (Head("Месяцы", "text", 18), _joined("corrected_months")),
        (Head("Почему ждёт", "text", 24), lambda row: proposal_words.waiting(row.get("waiting_reason_code") or "")),
        (Head("Расчёт", "text", 46), _of("formula")), (Head("Основание расчёта", "text", 34), _of("article")),
        (Head("Пачка", "text", 26), _of("batch_id")), (Head("Предложение", "text", 16), _of("proposal_id")), _SINCE,
        _DUE,
    )),
    Layout("instalment_doubt", "Рассрочки", "Считать по графику или недействительной", _DOUBT),
    Layout("early_restriction", "Ранние отключения", "Вернуть услугу", _DOUBT),
    Layout("double_recovery", "Взыскано дважды", "Вернуть деньги или оставить авансом", _DOUBT),
    Layout("several_accounts", "Дела нескольких счетов", "Чьё это дело", _DOUBT),
    Layout("costs_on_principal", "Пошлина в основном долге", "Отзывать лишнее или исправить учёт", _DOUBT),
)
CHASED: Final[tuple[Fact, ...]] = (
    (Head("Место", "count"), _of("rank")),
    (Head("Что", "text", 30), lambda row: queue_words.kind(row["kind_code"])),
    (Head("Кто", "text", 24), lambda row: queue_words.owner(row["owner_code"])), _EFFECT,
    (Head("Лицевой счёт"), _of("account_id")), (Head("Предмет", "text", 40), lambda row: subject_of(row)),
    (Head("Почему", "text", 40), _why), _SINCE, _DUE,
)


def subject_of(row: Row) -> str:
    """What a thing is about, in a few words."""
    kind = row["kind_code"]
    if kind == "duplicate_payment":
        return f"платёж {row['payment_id']}, раньше такой же {row['other_payment_id']}"
    if kind == "late_registry":
        return f"реестр {row['provider_code']}"
    if kind == "registry_difference":
        return f"реестр {row['registry_id']}"
    if kind == "list_awaiting_registry":
        return f"список {words.list_title(row['list_code'])}"
    if kind in ("quarantined_row", "quarantined_document"):
        place = f"{words.table(row['table_name'])}, строка {row['refused_row_number']}"
        return f"документ {row['document_id']}" if row["document_id"] else place
    if kind in ("suspended_payment", "suspended_reversal"):
        return f"платёж {row['payment_id']}, написан счёт {row['written_account_id'] or SPACE + '—'}"
    if kind in _OF_HOUSES:
        house = row["subject_id"].partition("|")[0]
        return "весь участок" if house == "*" else f"дом {house}, {row['service']}"
    if kind == "returned_application" and (row["house_id"] or row["premises_id"] or row["from_on"]):
        return _applied_for(row)
    if row["subject_id"]:
        return str(row["subject_id"])
    return _proposed(row) if row["proposal_id"] else ""


def _proposed(row: Row) -> str:
    """«Отопление, АО «Теплосеть», перерасчёт f8240cdb8ff9»: who reads finds the fee before the hash."""
    return ", ".join([*filter(None, (row["service"], row["creditor"])), f"перерасчёт {row['proposal_id'][:12]}"])


def _applied_for(row: Row) -> str:
    """«дом H1, услуга hot_water, с 05.06.2026 по 06.06.2026, обращение q1»."""
    told = [
        f"{name} {row[column]}" for name, column in (
            ("дом", "house_id"), ("помещение", "premises_id"), ("услуга", "service")
        ) if row[column]
    ]
    days = " ".join(
        f"{name} {row[column]:%d.%m.%Y}" for name, column in (("с", "from_on"), ("по", "to_on")) if row[column]
    )
    return ", ".join([*told, *([days] if days else []), f"обращение {row['subject_id']}"])


def queue_rows(version: State, called: Called | None = None) -> list[Row]:
    """The queue of a version in order of its places, each row with the facts of the tables that it names, `service`
    and `creditor` in words."""
    queue = version.read(WORK_QUEUE)
    suspended = version.read(ledger.SUSPENDED_PAYMENTS).select(
        payment_id="suspended_id", paid_at="paid_at", channel_code="channel_code"
    )
    waiting = queue.filter(pl.col("kind_code") == "proposal_to_approve")["account_id"]
    proposals = version.keyed(recalculation.RECALCULATIONS, [version.month], account_ids=waiting).select(
        "proposal_id", "difference_kop", "service_code", "corrected_months", "formula", "article", "batch_id",
        "waiting_reason_code", "event_id",
    )
    refused = version.keyed(ingest.QUARANTINE, delivery_ids=queue["refused_delivery_id"]).select(
        "table_name", "original_values", refused_delivery_id="delivery_id", refused_row_number="row_number"
    ).unique(list(_NAMES_OF_ROW), keep="last", maintain_order=True)
    rows = (
        queue.join(suspended, on="payment_id", how="left")
        .join(proposals, on="proposal_id", how="left", suffix="_proposed")
        .with_columns(service_code=pl.coalesce("service_code", "service_code_proposed"))
        .join(refused, on=list(_NAMES_OF_ROW), how="left")
        .sort("rank")
        .to_dicts()
    )
    return [row | _in_words(row, called or Called({}, {})) for row in rows]


def _in_words(row: Row, called: Called) -> Row:
    """A code that no register knows stays as it is."""
    about_house = row["kind_code"] in _OF_HOUSES and "|" in (row["subject_id"] or "")
    service = row["subject_id"].split("|")[1] if about_house else row["service_code"]
    return {"service": called.services.get(service, service), "creditor": called.creditors.get(
        row["creditor_id"], row["creditor_id"])}
