"""Contacts that the shields saved: whom somebody would have written to tonight, and what stood before them.

A shield is a hold, money that may have covered the debt already, a sum too small to trouble anybody with, a registry
that is still awaited, or a person who was written to lately. Ages and sums are those of the rule book as the month read
it. The debt is taken without its shield: whole, by the age of its oldest item; limitation and lump sums are left out.
"""

from __future__ import annotations

from typing import Any, Final

from pipeline.rendering import words
from pipeline.reports.month.section import Bar, Chart, Section, count, key, money
from pipeline.reports.month.source import Source, sql_file
from pipeline.reports.month.thresholds import roubles, whole

_ALL: Final = "all"
#: When the next stage is ripe by the due date of an item; the night is put in as a literal.
_RIPE: Final = """
    CREATE OR REPLACE TEMP MACRO ripe(due_on, next_action_code) AS CASE next_action_code
        WHEN 'reminder' THEN due_on + {reminder_days} <= DATE '{night}'
        WHEN 'sms' THEN due_on + INTERVAL {sms_months} MONTH <= DATE '{night}'
        WHEN 'call' THEN due_on + INTERVAL {call_months} MONTH <= DATE '{night}'
        WHEN 'debt_receipt' THEN due_on + INTERVAL {receipt_months} MONTH <= DATE '{night}'
        ELSE due_on + INTERVAL {court_months} MONTH <= DATE '{night}' END
"""


def shields(source: Source) -> Section:
    """By shield; a debt before which several stand is counted at each."""
    source.sql.execute(_RIPE.format(night=source.as_of.isoformat(), **_ages(source)))
    found = source.sql.rows(sql_file("shields"), night=source.as_of, **_sums(source))
    rows = [row | {"shared": row["pairs"] - row["alone"]} for row in found if row["shield"] != _ALL]
    total: dict[str, Any] = next(row for row in found if row["shield"] == _ALL)
    total = {name: value for name, value in total.items() if name not in {"shield", "alone"}}
    bars = [
        Bar(words.shield(row["shield"]), row[column], name)
        for row in rows for name, column in (("только этот щит", "alone"), ("вместе с другими", "shared"))
    ]
    return Section(
        code="shields", title="Кого не побеспокоили: щиты", sheet="Щиты",
        question="К кому этой ночью обратились бы, не будь запретов и денег, которые могут закрыть долг?",
        counted=(
            "Долги (счёт и получатель), чей черёд настал бы по старшему сроку и полной сумме, но которых нет в списках "
            "ночи. Долг с несколькими щитами стоит у каждого, в итоге он один; «только этот» — других щитов у него нет."
        ),
        columns=(
            key("shield", "Щит", words.shield), count("pairs", "Долгов", fold="none"),
            count("accounts", "Счетов", fold="none"), money("total_rub", "Просрочено"),
            count("alone", "Только этот щит"),
        ),
        hidden=(count("shared", "Вместе с другими"),), rows=rows, total=total, empty="Щиты этой ночью не понадобились.",
        chart=Chart("bars", bars, "долгов", "Долги, по которым никого не побеспокоили") if rows else None,
    )


def _ages(source: Source) -> dict[str, int]:
    return {
        "reminder_days": whole(source, "debt.reminder_days_overdue_min", 0),
        "sms_months": whole(source, "debt.sms_months_overdue_min", 0),
        "call_months": whole(source, "debt.call_months_overdue_min", 0),
        "receipt_months": whole(source, "debt.debt_receipt_months_overdue_min", 0),
        "court_months": whole(source, "debt.court_months_overdue_min", 0),
    }


def _sums(source: Source) -> dict[str, Any]:
    least = roubles(source, "debt.contact_min_rub")
    stages = {"reminder_min": "reminder_min_rub", "sms_min": "sms_min_rub", "call_min": "call_min_rub",
              "receipt_min": "debt_receipt_min_rub",
              "court_min": "court_min_rub"}
    return {
        **{name: max(least, roubles(source, f"debt.{rule}")) for name, rule in stages.items()},
        "sms_wait": whole(source, "debt.sms_days_after_previous", 0),
        "call_wait": whole(source, "debt.call_days_after_previous", 0),
        "receipt_wait": whole(source, "debt.debt_receipt_days_after_previous", 0),
        "court_wait": whole(source, "debt.court_days_after_debt_receipt", 0),
    }
