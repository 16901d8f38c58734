"""Proposed recalculations: the arithmetic in words, its ground, the event behind it, where it lands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

from pipeline.billing_month import BillingMonth
from pipeline.contracts.house_corrections import CLOSED_CREDIT, KINDS
from pipeline.contracts.recalculation import ACT_CAUSES, APPLIED_CAUSES, OTHER_HALF, RERATED_CAUSES, UNBILLED_STATUSES
from pipeline.rendering.russian import month_name, roubles
from pipeline.reports.explain import advance
from pipeline.reports.explain.explanation import Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.waiting import UNASKED, applications, sent_back
from pipeline.reports.explain.wording import Names, cause, proposal

#: Which rule says why, where it is not the month's basis.
_RULES: Final = {
    "absence": "recalculation_absence.article", "bad_quality": "recalculation_quality.article",
    "housing_days": "recalculation_quality.housing_article", "tampering": "recalculation_meters.tampering_article",
    **{code: f"recalculation_registers.article_{code}" for code in RERATED_CAUSES},
    "change_of_owner": "recalculation_owners.article",
    "capital_repair_debt": "recalculation_owners.capital_repair_article",
    "benefit": "recalculation_benefits.article", "benefit_ended": "recalculation_benefits.ended_article",
    "advance_discount": "recalculation_advance.article", "advance_ended": "recalculation_advance.ended_article",
    "inspection": "recalculation_inspection.inspection_article",
    "commissioning": "recalculation_by_register.commissioning_article",
    "verification": "recalculation_by_register.verification_article",
    "meter_failed": "recalculation_by_substitute.meter_failed_article",
    "dismantling": "recalculation_by_substitute.dismantling_article",
    "verification_lapse": "recalculation_by_substitute.verification_lapse_article",
    "verification_restored": "recalculation_by_substitute.verification_restored_article",
    "common_property": "house_corrections.common_article", "annual_heating": "house_corrections.heating_article",
    "closed_account_credit": "house_corrections.heating_article",
}


class Limit(NamedTuple):
    """A limit that asks for a person: its rule, and how it is told with its value."""

    rule: str
    told: str


_LIMITS: Final = {
    "large_proposal": Limit("recalculation.approval_from_rub", "сумма не меньше {}"),
    "by_policy": Limit("recalculation_limits.waiting_causes", "такие перерасчёты всегда смотрит человек: {}"),
    "account_month": Limit("recalculation_limits.account_month_rub", "перерасчёты счёта в одной квитанции больше {}"),
    "account_history": Limit("recalculation_limits.account_history_times",
                             "перерасчёты счёта больше его обычной платы за месяц, взятой раз: {}"),
    "house_total": Limit("recalculation_limits.house_percent", "перерасчёты дома больше {} его начислений"),
    "creditor_total": Limit("recalculation_limits.creditor_percent", "перерасчёты получателя больше {} его начислений"),
    "cause_total": Limit("recalculation_limits.cause_percent", "перерасчёты по этой причине больше {} всех начислений"),
}


def section(facts: Facts, names: Names, quoting: Quoting) -> Section:
    return Section("corrections", "Перерасчёты", tuple(_pieces(facts, names, quoting)))


def _pieces(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying]:
    if not facts.of("recalculations"):
        yield Saying("Предложений перерасчёта нет.")
    on = facts.month.first_day
    closed_on = facts.account["closed_on"] if facts.account else None
    for row in _in_order(facts.of("recalculations"), names):
        yield _proposal(row, facts.month, closed_on, names, quoting)
        yield Saying(row["formula"], rows=(reference("recalculations", proposal_id=_short(row["proposal_id"])),))
        yield Saying(fact(row, quoting, on), rules=_approval(row, quoting, on), tone="fact")
    yield from _owners(facts.of("owner_shares"))
    yield from advance.sayings(facts, quoting)
    for rows in applications(facts):
        yield from _returned(rows)


def _in_order(rows: Sequence[Row], names: Names) -> list[Row]:
    """By month, service and id: an id is a hash."""
    return sorted(rows, key=lambda row: (min(row["corrected_months"]), names.service(row["service_code"]),
                                         row["charge_month"], row["proposal_id"]))


def _proposal(
    row: Row, month: BillingMonth, closed_on: date | None, names: Names, quoting: Quoting
) -> Saying:
    months = ", ".join(month_name(BillingMonth.parse(month)) for month in row["corrected_months"])
    difference = row["difference_rub"]
    direction = "к доплате" if difference > 0 else "в пользу жильца" if difference < 0 else "без изменения суммы"
    sum_told = f" {roubles(abs(difference))}" if difference else ""
    rule = _RULES.get(row["cause_code"], f"recalculation.{row['cause_code']}_months")
    return Saying(
        f"{names.service(row['service_code'])}, {names.creditor_of(row['contract_id'])}, за {months}:"
        f"{sum_told} {direction}. Причина: {cause(row['cause_code'])}. {landing(row, month, closed_on)}.",
        rows=(reference("recalculations", proposal_id=_short(row["proposal_id"]), event_id=row["event_id"]),),
        rules=quoting.keys(row["charge_month"], rule),
        ground=row["article"],
    )


def _owners(rows: Sequence[Row]) -> Iterator[Saying]:
    """What of each month belongs to whom where the flat changed hands."""
    told = sorted(rows, key=lambda row: (row["event_id"], row["charge_month"]))
    for (event_id, month, since), lines in groupby(
        told, key=lambda row: (row["event_id"], row["charge_month"], row["effective_from"])
    ):
        shares = list(lines)
        former, new = (sum(row[name] for row in shares) for name in ("former_rub", "new_rub"))
        stays = " Номер счёта прежний: сумма счёта не меняется." if shares[0]["new_account_id"] == shares[0][
            "account_id"] else ""
        yield Saying(
            f"Новый собственник с {since:%d.%m.%Y}: из платы за {month_name(BillingMonth.of(month))} прежний должен "
            f"{roubles(former)}, новый {roubles(new)}.{stays}",
            rows=(reference("owner_shares", event_id=event_id),), ground="ЖК РФ, ст. 153, ч. 2, п. 5", tone="fact",
        )


def _returned(rows: Sequence[Row]) -> Iterator[Saying]:
    """What nobody has applied for names its own reasons; an application tells all of them at once."""
    told = [row["reason"] for row in rows] if rows[0]["kind_code"] in UNASKED else [sent_back(rows)]
    for text in told:
        yield Saying(text, rows=(reference("returned_applications", event_id=rows[0]["event_id"]),))


def landing(row: Row, month: BillingMonth, closed_on: date | None = None) -> str:
    """With which document the proposal comes. The documents of `month` are out: what was meant for them is late; an
    account closed before the proposal's month gets none."""
    meant, status = month_name(row["lands_in_month"]), row["status_code"]
    is_late = row["lands_in_month"] <= month.first_day
    if closed_on and closed_on < row["lands_in_month"] and status in UNBILLED_STATUSES:
        settle = "доплату" if row["difference_rub"] > 0 else "выплату или зачёт"
        waits = "Ждёт решения сотрудника" if status == "waits_for_approval" else "Предложен"
        return f"{waits}; счёт закрыт {closed_on:%d.%m.%Y}, квитанций больше не будет: {settle} проводит сотрудник"
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
        if row["billed_rub"] is not None:
            return "Расчётчик пересчитал по этой услуге другую сумму; предложение остаётся, решает сотрудник."
        if row["cause_code"] in RERATED_CAUSES:
            return "Изменит предложение только новое исправление реестра, решение сотрудника или строка с иной суммой."
        if row["cause_code"] in (*APPLIED_CAUSES, *ACT_CAUSES, *KINDS, CLOSED_CREDIT):
            return "Изменит предложение только решение сотрудника или строка квитанции с иной суммой."
        return "Изменит предложение только другое принятое показание за эти месяцы или строка квитанции с иной суммой."
    if row["status_code"] == "waits_for_approval":
        if row.get("waiting_reason_code") == OTHER_HALF:
            return ("Ждёт решения сотрудника, потому что ждёт такая же сумма на счёте другого собственника: решение об "
                    "одной относится к обеим.")
        limit = _LIMITS[row.get("waiting_reason_code") or "large_proposal"]
        said = limit.told.format(quoting.quote(limit.rule, on).value)
        return f"Ждёт решения сотрудника, потому что {said}: он одобрит или отклонит."
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
    reason = row.get("waiting_reason_code") or "large_proposal"
    is_limited = row["status_code"] == "waits_for_approval" and reason != OTHER_HALF
    return quoting.keys(on, _LIMITS[reason].rule) if is_limited else ()


def _short(proposal_id: str) -> str:
    return proposal_id[:12]
