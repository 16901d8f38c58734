"""Proposed recalculations: the arithmetic in words, its ground, the event behind it, where it lands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pipeline.billing_month import BillingMonth
from pipeline.rendering.russian import month_name, roubles
from pipeline.reports.explain.explanation import Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names, cause, proposal


def section(facts: Facts, names: Names, quoting: Quoting) -> Section:
    return Section("corrections", "Перерасчёты", tuple(_pieces(facts, names, quoting)))


def _pieces(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying]:
    if not facts.of("recalculations"):
        yield Saying("Предложений перерасчёта нет.")
    on = facts.month.first_day
    for row in facts.of("recalculations"):
        yield _proposal(row, facts.month, names, quoting)
        yield Saying(row["formula"], rows=(reference("recalculations", proposal_id=_short(row["proposal_id"])),))
        yield Saying(fact(row, quoting, on), rules=_approval(row, quoting, on), tone="fact")


def _proposal(row: Row, month: BillingMonth, names: Names, quoting: Quoting) -> Saying:
    months = ", ".join(month_name(BillingMonth.parse(month)) for month in row["corrected_months"])
    difference = row["difference_rub"]
    direction = "к доплате" if difference > 0 else "в пользу жильца" if difference < 0 else "без изменения суммы"
    sum_told = f" {roubles(abs(difference))}" if difference else ""
    return Saying(
        f"{names.service(row['service_code'])}, {names.creditor_of(row['contract_id'])}, за {months}:"
        f"{sum_told} {direction}. Причина: {cause(row['cause_code'])}. {landing(row, month)}.",
        rows=(reference("recalculations", proposal_id=_short(row["proposal_id"]), event_id=row["event_id"]),),
        rules=quoting.keys(row["charge_month"], f"recalculation.{row['cause_code']}_months"), ground=row["article"],
    )


def landing(row: Row, month: BillingMonth) -> str:
    """With which document the proposal comes. The documents of `month` are out: what was meant for them is late."""
    meant, status = month_name(row["lands_in_month"]), row["status_code"]
    is_late = row["lands_in_month"] <= month.first_day
    if status == "proposed":
        return (f"Предложен для квитанции за {meant}, но она вышла без него; ждёт следующей" if is_late
                else f"Предложен, войдёт в квитанцию за {meant}")
    if status == "waits_for_approval":
        return (f"Ждёт решения сотрудника; квитанция за {meant}, для которой он предложен, вышла без него" if is_late
                else f"Ждёт решения сотрудника; с его согласия войдёт в квитанцию за {meant}")
    return f"Предложен для квитанции за {meant}; сейчас: {proposal(status)}"


def fact(row: Row, quoting: Quoting, on: date) -> str:
    """What would change the proposal; the threshold of approval is read on the first day of the run month."""
    if row["status_code"] == "proposed":
        return "Изменит предложение только другое принятое показание за эти месяцы или строка квитанции с иной суммой."
    if row["status_code"] == "waits_for_approval":
        limit = quoting.quote("recalculation.approval_from_rub", on).value
        return f"Ждёт решения сотрудника, потому что сумма не меньше {limit}: он одобрит или отклонит."
    if row["status_code"] == "mismatch":
        billed, proposed = roubles(row["billed_rub"]), roubles(row["difference_rub"])
        return f"В квитанции стоит {billed} вместо {proposed}: решает сотрудник."
    if row["status_code"] == "settled_by_biller" and row["billed_rub"] not in (None, row["difference_rub"]):
        billed, proposed = roubles(row["billed_rub"]), roubles(row["difference_rub"])
        gap = roubles(row["billed_rub"] - row["difference_rub"])
        return (f"Расчётчик пересчитал сам: {billed} вместо предложенных {proposed}, разница {gap}. Наше предложение "
                "на этом закрыто; разницу отдел начислений выясняет с расчётчиком.")
    return "Решение состоялось и больше не меняется."


def _approval(row: Row, quoting: Quoting, on: date) -> tuple[str, ...]:
    is_waiting = row["status_code"] == "waits_for_approval"
    return quoting.keys(on, "recalculation.approval_from_rub") if is_waiting else ()


def _short(proposal_id: str) -> str:
    return proposal_id[:12]
