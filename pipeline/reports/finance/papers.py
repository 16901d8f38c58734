"""The two papers of a creditor as values for their templates: reconciliation act and remittance statement.

Here: which figures and sentences stand where. Not here: the figures themselves (`settlements.py`), the layout
(`reports/templates/act.typ`, `remittance.typ`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.rendering.russian import day, decimal, month_name, roubles
from pipeline.rendering.sums_in_words import in_words
from pipeline.rendering.words import debt_kind, money_source
from pipeline.reports.finance.settlements import NOTHING, Settlement
from pipeline.reports.finance.turnover import Turnover

#: What residents owe, in the order of the annex.
DEBT_COLUMNS = (
    "opening_rub", "billed_rub", "withdrawn_rub", "paid_rub", "reversed_rub", "transferred_rub", "closing_rub",
)


def act_values(told: Turnover, one: Settlement, centre: str) -> dict[str, Any]:
    """Values of `act.typ`."""
    entries = one.entries()
    debit, credit = (sum((getattr(entry, side) for entry in entries), NOTHING) for side in ("debit", "credit"))
    return _heading(told, one, centre) | {
        "opening": _sides(one.money["opening_rub"]), "closing": _sides(one.money["closing_rub"]),
        "entries": [
            {"on": day(entry.on), "text": entry.text, "debit": _sum(entry.debit), "credit": _sum(entry.credit)}
            for entry in entries
        ],
        "turnover": {"debit": amount(debit), "credit": amount(credit)},
        "conclusion": _conclusion(told, one), "own_account": _own_account(one),
        "debts": [
            {"name": name, "kind": kind, "sums": [amount(rub) for rub in sums]}
            for name, kind, *sums in debts_of(told, one.creditor_id).rows()
        ],
    }


def remittance_values(told: Turnover, one: Settlement, centre: str) -> dict[str, Any]:
    """Values of `remittance.typ`."""
    sources = one.sources
    return _heading(told, one, centre) | {
        "sources": [money_source(source) for source in sources],
        "days": [
            {"on": day(each.on), "sources": [_sum(each.sources.get(source, NOTHING)) for source in sources],
             "collected": _sum(each.collected), "reversed": _sum(each.reversed), "moved": _sum(each.moved),
             "remitted": _sum(each.remitted), "held": "" if each.held is None else amount(each.held)}
            for each in one.days
        ],
        "totals": {
            "sources": [amount(sum((each.sources.get(source, NOTHING) for each in one.days), NOTHING))
                        for source in sources],
            **{name: _known(one.money[f"{name}_rub"]) for name in (
                "collected", "reversed", "moved", "remitted", "commission", "net", "opening", "closing")},
        },
        "remittances": [
            {"id": row["remittance_id"], "on": day(row["remitted_on"]), "until": day(row["counted_until"]),
             "contract": row["contract_id"] or "", "corrects": row["corrects_remittance_id"] or "",
             "gross": amount(row["gross_rub"]), "commission": amount(row["commission_rub"]),
             "net": amount(row["net_rub"])}
            for row in one.remittances.to_dicts()
        ],
        "own_account": _own_account(one),
        "net_in_words": in_words(one.money["net_rub"]) if one.is_known else "",
    }


def debts_of(told: Turnover, creditor_id: str) -> pl.DataFrame:
    """service name × kind in words × `DEBT_COLUMNS`: what residents owe one creditor, contracts added up."""
    mine = told.rows.filter(pl.col("creditor_id") == creditor_id)
    summed = mine.group_by("service_code", "debt_kind_code").agg(
        pl.col(name).sum().cast(pl.Decimal(18, 2)) for name in DEBT_COLUMNS
    ).sort("service_code", "debt_kind_code", nulls_last=True)
    names = [told.parties.services.get(code, code or "услуга не указана") for code in summed["service_code"]]
    kinds = [debt_kind(code) for code in summed["debt_kind_code"]]
    return summed.select(
        pl.Series("service", names, dtype=pl.String), pl.Series("kind", kinds, dtype=pl.String), *DEBT_COLUMNS
    )


def amount(rub: Decimal) -> str:
    """«1 234,50», without the sign of the rouble: its column names it."""
    return decimal(rub, 2)


def standing(told: Turnover) -> str:
    """Why the paper is not final yet; empty when it is."""
    if not told.is_provisional:
        return ""
    if told.last_day < told.span.last:
        return f"Предварительно: посчитано по {day(told.last_day)}"
    return "Предварительно: расчётный месяц ещё не закрыт"


def unknown(told: Turnover) -> str:
    """Why balances of the centre's money are not told; empty when they are."""
    if not told.is_remittance_known:
        return "Сведений о перечислениях нет: остатки денег у центра не выводятся."
    if not told.is_balance_known:
        return "Сведения о перечислениях есть не за все месяцы участка: остатки денег у центра не выводятся."
    return ""


def _heading(told: Turnover, one: Settlement, centre: str) -> dict[str, Any]:
    return {
        "month": month_name(told.span.first), "from": day(told.first_day), "to": day(told.last_day), "centre": centre,
        "creditor": one.creditor, "standing": standing(told), "is_known": one.is_known,
        "unknown": unknown(told),
        "opened": f"Участок открыт {day(told.first_day)}: входящие остатки — на этот день."
        if told.first_day > told.span.first else "",
    }


def _sides(balance: Decimal | None) -> dict[str, str]:
    """A balance in the creditor's favour is credit."""
    if balance is None:
        return {"debit": "", "credit": ""}
    if balance < 0:
        return {"debit": amount(-balance), "credit": ""}
    return {"debit": "", "credit": amount(balance)}


def _conclusion(told: Turnover, one: Settlement) -> str:
    closing = one.money["closing_rub"]
    if closing is None:
        return unknown(told)
    start = f"На {day(told.last_day)} по данным центра"
    if not closing:
        return f"{start} взаимной задолженности нет."
    owed = f"{roubles(abs(closing))} ({in_words(abs(closing))})"
    if closing > 0:
        return f"{start} задолженность в пользу получателя составляет {owed}."
    return f"{start} получателю перечислено больше собранного на {owed}."


def _own_account(one: Settlement) -> str:
    paid = one.money["own_account_rub"]
    if not paid:
        return ""
    return (f"Кроме того, жители заплатили {roubles(paid)} прямо на расчётный счёт получателя: "
            "эти деньги у центра не лежат и в остаток не входят.")


def _known(rub: Decimal | None) -> str:
    return "" if rub is None else amount(rub)


def _sum(rub: Decimal) -> str:
    return amount(rub) if rub else ""
