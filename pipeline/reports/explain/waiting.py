"""What of the account waits for a person: bills in quarantine, payments made twice, applications sent back, the rest.

From the work queue of the month and its applications; one line each, what is alike together. Not here: money that
nobody has placed (`answer.py`), why a step of the debt waits (`holds.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pipeline.contracts.recalculation import TRUE_UP_CAUSES
from pipeline.rendering import proposal_words, queue_words
from pipeline.rendering.russian import day, roubles
from pipeline.reports.explain.explanation import BAD, Row, Saying, reference
from pipeline.reports.explain.facts import Facts

#: Kinds that nobody has applied for: each says its own reason.
UNASKED: Final = ("register", *TRUE_UP_CAUSES)
#: Kinds that have lines of their own.
_ALONE: Final = ("quarantined_document", "duplicate_payment", "returned_application")


def waiting(facts: Facts) -> Iterator[Saying]:
    """Everything of this account in the queue, and every application of the month that went back."""
    queued = sorted(
        (row for row in facts.of("work_queue") if row["account_id"] == facts.account_id), key=lambda row: row["rank"]
    )
    for row in queued:
        if row["kind_code"] == "quarantined_document":
            yield Saying(f"Квитанция {row['document_id']} на {roubles(row['effect_rub'])} в карантине и не начислена: "
                         f"{queue_words.reasons(row['reason_codes'])}. Ждёт решения сотрудника{_until(row)}.",
                         rows=_row(row), tone=BAD)
        if row["kind_code"] == "duplicate_payment":
            yield Saying(f"Возможно, оплачено дважды: платёж {row['payment_id']} на {roubles(row['effect_rub'])} "
                         f"повторяет {row['other_payment_id']} ({queue_words.reasons(row['reason_codes'])}). Ждёт "
                         f"проверки{_until(row)}.", rows=_row(row), tone=BAD)
    yield from _returned(facts)
    yield from _rest([row for row in queued if row["kind_code"] not in _ALONE])


def applications(facts: Facts) -> list[list[Row]]:
    """Applications that went back, each with a row for every field that was wrong, in order of registration."""
    found: dict[str, list[Row]] = {}
    for row in sorted(facts.of("returned_applications"), key=lambda row: (row["registered_on"], row["event_id"])):
        found.setdefault(row["event_id"], []).append(row)
    return list(found.values())


def sent_back(rows: Sequence[Row]) -> str:
    """What was applied for and when; field by field what is wrong and what would mend it; until when to answer."""
    first = rows[0]
    due = f" Ответить заявителю надо до {day(first['answer_due_on'])}." if first["answer_due_on"] else ""
    return (f"Обращение {first['event_id']} от {day(first['registered_on'])} "
            f"({proposal_words.application(first['kind_code'])}{_days(first)}) возвращено: "
            f"{'; '.join(map(_fault, rows))}.{due}")


def _fault(row: Row) -> str:
    """«подтверждающий документ: не заполнено (нужно: документ об отсутствии …)»."""
    why, bring = row["reason"].rstrip("."), proposal_words.to_bring(row["field_code"], row["reason_code"])
    return f"{why[:1].lower()}{why[1:]}" + (f" (нужно: {bring})" if bring else "")


def _days(row: Row) -> str:
    if row["from_on"] is None:
        return ""
    return f", с {day(row['from_on'])}" + (f" по {day(row['to_on'])}" if row["to_on"] else "")


def _returned(facts: Facts) -> Iterator[Saying]:
    for rows in applications(facts):
        if rows[0]["kind_code"] not in UNASKED:
            yield Saying(sent_back(rows), rows=(reference("returned_applications", event_id=rows[0]["event_id"]),),
                         tone=BAD)


def _rest(queued: Sequence[Row]) -> Iterator[Saying]:
    """One line a kind: how many, on how much, the nearest deadline."""
    kinds: dict[str, list[Row]] = {}
    for row in queued:
        kinds.setdefault(row["kind_code"], []).append(row)
    for kind, rows in kinds.items():
        total = sum((row["effect_rub"] for row in rows), Decimal(0))
        told = f" на {roubles(total)}" if total else ""
        nearest = min(rows, key=lambda row: (row["deadline_on"] is None, row["deadline_on"]))
        yield Saying(f"Ждёт сотрудника ({queue_words.owner(rows[0]['owner_code'])}): {queue_words.kind(kind)} — "
                     f"{len(rows)}{told}{_until(nearest)}.", rows=(reference("work_queue", rows=len(rows)),))


def _until(row: Row) -> str:
    if row["deadline_on"] is None:
        return ""
    until = day(row["deadline_on"])
    return f", срок {until} уже прошёл" if row["is_overdue"] else f", срок до {until}"


def _row(row: Row) -> tuple[str, ...]:
    return (reference("work_queue", document_id=row["document_id"], payment_id=row["payment_id"]),)
