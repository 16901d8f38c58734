"""Each payment: when, through whom, which kopeck of it paid what by which rule; advances, reversals, suspense."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.rendering.russian import day, moment, month_name, roubles
from pipeline.rendering.words import debt_kind, reversal
from pipeline.reports.explain.advance import bound_money
from pipeline.reports.explain.explanation import Grid, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import (
    PAYERS,
    PLACED,
    PURPOSES,
    SPREAD_GROUND,
    Names,
    channel,
    of_contract_money,
    suspense,
)

_HEADS: Final = ("Квитанция", "Услуга", "Получатель", "Сумма", "Почему туда", "Основание", "Строка")
Movement = tuple[BillingMonth, Row]


def section(facts: Facts, names: Names, quoting: Quoting) -> Section:
    """Newest payment first; allocations of earlier months on demand."""
    return Section("payments", "Платежи и куда они пошли", tuple(_pieces(facts, names, quoting)))


def _pieces(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying | Grid]:
    moved: dict[str, list[Movement]] = {}
    for month, row in facts.ever("payment_allocations"):
        moved.setdefault(row["payment_id"], []).append((month, row))
    payments = sorted(facts.ever("posted_payments"), key=lambda told: (told[1]["paid_at"], told[1]["payment_id"]),
                      reverse=True)
    if not payments:
        yield Saying(f"С {_since(facts)} платежей не поступало.")
    else:
        yield how_spread()
    for month, row in payments:
        yield _payment(month, row, moved.get(row["payment_id"], []), facts, quoting)
        yield from _moved(moved.pop(row["payment_id"], []), facts, names)
    for payment_id in sorted(moved):
        yield from _other_money(payment_id, moved[payment_id], facts, names)
    yield from _reversals(facts)
    yield from _advances(facts, names)
    yield from _suspended(facts)


def _since(facts: Facts) -> str:
    first = min([*facts.past, facts.month])
    return f"01.{first.month:02d}.{first.year}"


def _payment(month: BillingMonth, row: Row, moved: list[Movement], facts: Facts, quoting: Quoting) -> Saying:
    when = day(row["paid_at"]) if row["paid_at_precision_code"] == "day" else moment(row["paid_at"])
    more = [text for text in (PAYERS.get(row["payer_code"], ""), PURPOSES.get(row["purpose_code"], "")) if text]
    if row["paid_account_id"] != row["account_id"]:
        more.append("номер счёта в реестре был написан иначе")
    if row["is_identified"]:
        more.append("опознан решением сотрудника")
    laid = sum((one["allocated_rub"] for _, one in moved), Decimal(0))
    left = row["amount_rub"] - laid
    where = "разнесено полностью" if not left else f"разнесено {roubles(laid)}, осталось {roubles(left)}"
    by_exact_total = any(one["rule_code"] == "penalty" for _, one in moved)
    rules = quoting.keys(facts.month.first_day, "ledger.exact_total_pays_penalty") if by_exact_total else ()
    return Saying(
        f"{when} — {roubles(row['amount_rub'])}, {channel(row['channel_code'])}"
        f"{''.join(f', {text}' for text in more)}; в центр поступило {day(row['received_on'])} "
        f"(реестр {row['registry_id']}), учтено в месяце {month_name(month)}; {where}.",
        rows=(reference("posted_payments", payment_id=row["payment_id"]),), rules=rules,
    )


def _moved(moved: list[Movement], facts: Facts, names: Names) -> Iterator[Grid]:
    if moved:
        lines = tuple(_movement(month, row, names) for month, row in moved)
        total = ("Всего", "", "", roubles(sum((row["allocated_rub"] for _, row in moved), Decimal(0))), "", "", "")
        yield Grid(_grid_title(moved), _HEADS, lines, (3,), total,
                   is_closed=all(month != facts.month for month, _ in moved))


def _grid_title(moved: list[Movement]) -> str:
    """The places in one line, for those who do not open the table."""
    places = []
    ordered = sorted(moved, key=lambda told: (told[1]["billing_month"], told[1]["rule_code"]))
    for (billed, rule), rows in groupby(ordered, key=lambda told: (told[1]["billing_month"], told[1]["rule_code"])):
        laid = sum((row["allocated_rub"] for _, row in rows), Decimal(0))
        places.append(f"{month_name(billed)} — {roubles(laid)} ({PLACED[rule][0]})")
    return "Разнесение: " + "; ".join(places)


def _movement(month: BillingMonth, row: Row, names: Names) -> tuple[str, ...]:
    of_contract = row["rule_code"] == "advance" and row["contract_reference"]
    told, ground = of_contract_money(of_contract) if of_contract else PLACED[row["rule_code"]]
    kind = "" if row["debt_kind_code"] == "principal" else f" ({debt_kind(row['debt_kind_code'])})"
    return (
        names.document(row), names.service(row["service_code"]) + kind, names.creditor(row["creditor_id"]),
        roubles(row["allocated_rub"]), told, ground,
        reference("payment_allocations", run_month=month, movement_number=row["movement_number"]),
    )


def _other_money(payment_id: str, moved: list[Movement], facts: Facts, names: Names) -> Iterator[Saying | Grid]:
    """Money without a payment of the months told: negative lines, advances from before."""
    origin = moved[0][1]["origin_code"]
    # a credit is taken from one line and laid on others: what it moved is what came to them
    laid = sum((row["allocated_rub"] for _, row in moved if origin != "credit" or row["allocated_rub"] > 0), Decimal(0))
    what = {
        "credit": "Уменьшение начислений", "opening": "Деньги, которые были на счёте при открытии участка",
    }.get(origin, f"Платёж от {moment(moved[0][1]['paid_at'])}, принятый раньше показанных месяцев")
    yield Saying(f"{what}: разнесено {roubles(laid)}.",
                 rows=(reference("payment_allocations", payment_id=payment_id),))
    yield from _moved(moved, facts, names)


def _reversals(facts: Facts) -> Iterator[Saying]:
    for month, row in facts.ever("posted_reversals"):
        why = "исправленный реестр" if row["is_correction"] else reversal.get(row["reason_code"], "причина не названа")
        yield Saying(
            f"Платёж от {moment(row['paid_at'])} отозван {moment(row['reversed_at'])} на {roubles(row['amount_rub'])} "
            f"({why}); учтено в месяце {month_name(month)}.",
            rows=(reference("posted_reversals", reversal_id=row["reversal_id"], payment_id=row["payment_id"]),),
            tone="bad",
        )


def _advances(facts: Facts, names: Names) -> Iterator[Saying]:
    bound_here = bound_money(facts)
    for row in facts.of("advances"):
        waits = "ждёт следующей квитанции"
        if row["creditor_id"]:
            bound = f" только для получателя «{names.creditor(row['creditor_id'])}»"
        elif row["contract_reference"]:
            bound = f" по договору аванса {row['contract_reference']}"
            waits = ("ждёт постоянных строк следующих месяцев, других не платит"
                     if row in bound_here else "ждёт квитанций месяцев договора")
        else:
            bound = ""
        yield Saying(
            f"Аванс {roubles(row['amount_rub'])}{bound}: из денег от {moment(row['paid_at'])}, {waits}.",
            rows=(reference("advances", payment_id=row["payment_id"]),), tone="good",
        )


def _suspended(facts: Facts) -> Iterator[Saying]:
    """Money that may be this account's: whose number was written stays untold."""
    for row in facts.of("suspended_payments"):
        paid = f" от {moment(row['paid_at'])}" if row["paid_at"] else ""
        own = row["account_id"] == facts.account_id
        whose = "с этим номером счёта" if own else "с похожим номером счёта"
        yield Saying(
            f"Есть невыясненный платёж {whose}: {roubles(row['amount_rub'])}{paid}, "
            f"{channel(row['channel_code'] or '')}; причина: {suspense(row['reason_code'])}. Пока сотрудник не решит, "
            "чей он, сумма защищает счёт от взыскания, но долга не закрывает.",
            rows=(reference("suspended_payments", suspended_id=row["suspended_id"]),),
        )


def how_spread() -> Saying:
    """How one sum is divided inside a document."""
    return Saying(f"Сумма, которой не хватает на всю квитанцию, делится {SPREAD_GROUND}.")
