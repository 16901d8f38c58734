"""Why an account is left in peace: holds by hand, statuses of its persons with their papers, and what the book knows.

Not here: which step comes next (`debts.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from pipeline.contracts.debt import ACCOUNT_CLOSED
from pipeline.contracts.person_statuses import HOLD_OF
from pipeline.domain.debt.reasons import HOLD_NAMES
from pipeline.rendering.russian import day
from pipeline.rendering.words import person_status
from pipeline.reports.explain.explanation import GOOD, Row, Saying, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import incomplete

_HELD_BACK: Final = {"notice": "нет ни напоминаний, ни долговых квитанций", "court": "в суд не подают"}


def held(facts: Facts, quoting: Quoting) -> Iterator[Saying]:
    """Every reason in force not to trouble the account, since when, by which paper, and what it keeps back."""
    reasons = sorted({reason for row in facts.of("debtors") for reason in row["holds"]})
    for reason in reasons:
        since = [row for row in _told_of(facts) if row["reason_code"] == reason and _runs(row, facts.as_of)]
        until = "".join(f" с {day(row['from_on'])}" + (f" по {day(row['to_on'])}" if row["to_on"] else "")
                        + row["paper"] for row in since[-1:])
        more = "; ".join(incomplete(row["reason_code"]) for row in facts.of("incomplete_bills"))
        detail = f" ({more})" if reason == "incomplete_bill" and more else ""
        held = {row["track_code"] for row in facts.of("debtors") if reason in row["holds"]}
        if reason == ACCOUNT_CLOSED:
            yield Saying("Счёт закрыт, в квартире могут жить другие: квитанции и предложения туда не посылают, услуги "
                         "не ограничивают. Долг остаётся за прежним владельцем (ЖК РФ, ст. 153).", tone=GOOD)
            continue
        yield Saying(
            f"Не беспокоить: {HOLD_NAMES.get(reason, reason)}{until}{detail}. Пока это так, "
            f"{' и '.join(_HELD_BACK[one] for one in sorted(held, reverse=True))}; изменит только снятие этой причины.",
            rows=tuple(reference(row["table"], event_id=row["event_id"]) for row in since[-1:]),
            rules=quoting.keys(facts.as_of, "debt.holds_of_notice", "debt.holds_of_court"), tone=GOOD,
        )


def _told_of(facts: Facts) -> Iterator[Row]:
    """Holds of the account and statuses of its persons, in one shape: a status names its paper."""
    for row in facts.registers["holds"]:
        yield row | {"table": "holds", "paper": ""}
    for row in facts.registers["person_statuses"]:
        if row["status_code"] in HOLD_OF:
            yield {"table": "person_statuses", "event_id": row["event_id"], "from_on": row["valid_from"],
                   "to_on": row["valid_to"], "reason_code": HOLD_OF[row["status_code"]],
                   "paper": f" ({person_status(row['status_code'])}: {row['document']})"}


def _runs(row: Row, on: date) -> bool:
    return bool(row["from_on"] <= on and (row["to_on"] is None or row["to_on"] >= on))
