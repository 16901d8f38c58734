"""Instalments in the answer about one account: agreements kept or broken, what comes next, and why one is offered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipeline.rendering.russian import counted, day, month_name, roubles
from pipeline.rendering.words import fee_outcome, instalment, instalment_ground
from pipeline.reports.explain.explanation import BAD, GOOD, Saying, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names

_FOLLOWS: Final = {
    "kept": "Пока она соблюдается, о долге не напоминают, услугу не ограничивают и в суд не идут.",
    "broken": "Долг нужно внести сразу, шаги взыскания идут дальше.", "finished": "Старый долг оплачен.",
    "does_not_match_debt": "Что она покрывает, неясно: шаги взыскания ждут, пока человек не проверит соглашение.",
}


def agreed(facts: Facts, names: Names) -> Iterator[Saying]:
    """One saying an agreement that counts."""
    for row in facts.of("instalments"):
        status = row["status_code"]
        ahead = f" Следующая часть — {roubles(row['next_rub'])} до {day(row['next_on'])}." if row["next_on"] else ""
        yield Saying(
            f"Рассрочка {row['agreement_id']} от {day(row['signed_on'])}, {names.creditor(row['creditor_id'])}: "
            f"{instalment(status)}, оплачено {roubles(row['paid_rub'])} из {roubles(row['agreed_rub'])}.{ahead} "
            f"{_FOLLOWS[status]}",
            rows=(reference("instalments", creditor_id=row["creditor_id"]),),
            tone=GOOD if status in ("kept", "finished") else BAD,
        )


def offered(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying]:
    """On which ground an instalment is offered tonight, and what of it is the payer's right."""
    for row in facts.of("instalments_offered"):
        grounds = "; ".join(map(instalment_ground, row["ground_codes"]))
        services = ", ".join(map(names.service, row["seasonal_services"]))
        by_right = f" По праву — {roubles(row['seasonal_rub'])} ({services})." if row["seasonal_services"] else ""
        yield Saying(
            f"Рассрочку предлагают: {names.creditor(row['creditor_id'])}, {roubles(row['claimed_rub'])} на "
            f"{counted(row['months'], 'месяц')}. Основание: {grounds}.{by_right}",
            rows=(reference("instalments_offered", creditor_id=row["creditor_id"]),),
            rules=quoting.keys(facts.as_of, "debt.instalment_seasonal_percent", "debt.instalment_offer_min_rub"),
            tone=GOOD,
        )


def compared(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying]:
    """Fees that have risen, with both sums; overdue fees that nothing can be compared with, together."""
    cited = quoting.keys(facts.as_of, "debt.instalment_seasonal_percent")
    rows = facts.of("fees_compared")
    for row in (row for row in rows if row["outcome_code"] == "risen"):
        yield Saying(
            f"{names.service(row['service_code'])}, плата за {month_name(row['billing_month'])}: "
            f"{roubles(row['fee_rub'])}, год назад {roubles(row['before_rub'])}: {fee_outcome('risen')}. "
            f"{names.creditor(row['creditor_id'])}, открыто {roubles(row['outstanding_rub'])}.",
            rows=(reference("fees_compared", creditor_id=row["creditor_id"], service_code=row["service_code"]),),
            rules=cited,
        )
    for outcome in ("nothing_before", "not_told"):
        blind = [row for row in rows if row["outcome_code"] == outcome]
        if blind:
            services = ", ".join(sorted({names.service(row["service_code"]) for row in blind}))
            months = sorted({row["billing_month"] for row in blind})
            span = " – ".join(dict.fromkeys((month_name(months[0]), month_name(months[-1]))))
            yield Saying(
                f"Выросла ли плата к прошлому году, сравнить не с чем ({span}; {services}): {fee_outcome(outcome)}. "
                "Право на рассрочку человек может показать прежними квитанциями.",
                rows=(reference("fees_compared", outcome_code=outcome),), rules=cited,
            )
