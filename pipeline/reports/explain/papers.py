"""What left for this account and what came back: messages, receipts, acts, agreements, events of its cases, by day.

From the journal of what left and the registers of what came back, as far as the months told took them in; newest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from pipeline.rendering.claim_words import SUM_OF_LIST
from pipeline.rendering.russian import day, roubles
from pipeline.rendering.words import addressee, list_title, stage
from pipeline.reports.explain.explanation import Grid, Row, Saying, Section
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.wording import ACTS, ASKED, COURT_EVENTS, HANDED_TO, OUTCOMES, Names

TITLE: Final = "Какие бумаги уходили и что вернулось"
HEADS: Final = ("Когда", "Что", "Получатель", "Сумма", "Подробности")
NUMBERS: Final = (3,)


class Paper(NamedTuple):
    """One paper or act of a day; `key` keeps papers of one day in one order."""

    on: date
    key: str
    what: str
    creditor: str
    rub: Decimal | None
    more: str


def section(facts: Facts, names: Names) -> Section:
    told = lines(facts, names)
    piece = Grid(TITLE, HEADS, told, NUMBERS) if told else Saying("Ни писем, ни актов, ни событий дел нет.")
    return Section("papers", TITLE, (piece,))


def lines(facts: Facts, names: Names) -> tuple[tuple[str, ...], ...]:
    """Ready texts under `HEADS`."""
    found = [
        *_sent(facts, names), *_handed(facts, names), *_acts(facts, names), *_agreements(facts, names),
        *_of_cases(facts, names),
    ]
    known = [paper for paper in found if paper.on <= facts.as_of]
    ordered = sorted(known, key=lambda paper: (paper.on, paper.key), reverse=True)
    return tuple(
        (day(paper.on), paper.what, paper.creditor, "" if paper.rub is None else roubles(paper.rub), paper.more)
        for paper in ordered
    )


def _sent(facts: Facts, names: Names) -> Iterator[Paper]:
    """One line an action: a message is one for all creditors; what came back of it stands beside it."""
    actions: dict[str, list[Row]] = {}
    for row in facts.journal:
        actions.setdefault(row["action_id"], []).append(row)
    for action_id, rows in actions.items():
        back = [row for row in facts.registers["dunning_outcomes"] if row["action_id"] == action_id]
        told = "; ".join(f"{OUTCOMES(row['outcome_code'])} {day(row['outcome_on'])}" for row in back)
        first = rows[0]
        whom = ", ".join(dict.fromkeys(names.creditor(row["creditor_id"]) for row in rows))
        yield Paper(first["dispatched_on"], action_id, f"{stage(first['stage_code'])}, список "
                    f"«{list_title(first['list_code'])}»", whom,
                    sum((row["claimed_rub"] for row in rows), Decimal(0)),
                    "; ".join([*_numbered(first), told or "ответа нет"]))
    for row in facts.of("debtors"):
        is_told = any(row["previous_stage_on"] == sent["dispatched_on"] for sent in facts.journal)
        if row["previous_stage_code"] and not is_told:
            yield Paper(row["previous_stage_on"], row["creditor_id"], stage(row["previous_stage_code"]),
                        names.creditor(row["creditor_id"]), None, "отправлено до начала участка")


def _handed(facts: Facts, names: Names) -> Iterator[Paper]:
    """Requests to others and offers to the debtor."""
    for row in facts.handed:
        about = f": {names.service(row['service_code'])}" if row["service_code"] else ""
        case = [f"дело {row['court_case_id']}"] if row["court_case_id"] else []
        yield Paper(row["handed_on"], row["action_id"], f"{HANDED_TO(row['handed_to_code'])} передано: "
                    f"{ASKED(row['asked_code'])}{about}", names.creditor(row["creditor_id"]), row["claimed_rub"],
                    "; ".join([*_numbered(row), *case, *_of_what(row)]))


def _of_what(row: Row) -> list[str]:
    """What the sum of a request about a court case is made of."""
    told = SUM_OF_LIST.get(row["list_code"])
    return [f"сумма — {told}"] if told else []


def _numbered(row: Row) -> list[str]:
    return [f"№ {row['paper_number']}"] if row["paper_number"] else []


def _acts(facts: Facts, names: Names) -> Iterator[Paper]:
    for row in facts.registers["restriction_acts"]:
        yield Paper(row["act_on"], row["event_id"], f"{ACTS(row['act_code'])}: {names.service(row['service_code'])}",
                    names.creditor(row["creditor_id"]), None, str(row["evidence"]))


def _agreements(facts: Facts, names: Names) -> Iterator[Paper]:
    """One line an agreement and creditor, whatever the number of its parts."""
    signed: dict[tuple[str, str], list[Row]] = {}
    for row in facts.registers["instalment_agreements"]:
        signed.setdefault((row["agreement_id"], row["creditor_id"]), []).append(row)
    for (agreement, creditor), rows in signed.items():
        parts = sorted(rows, key=lambda row: (row["part_due_on"], row["event_id"]))
        told = "; ".join(f"{roubles(row['part_rub'])} до {day(row['part_due_on'])}" for row in parts)
        yield Paper(parts[0]["signed_on"], f"{agreement}{creditor}", f"рассрочка {agreement}", names.creditor(creditor),
                    sum((row["part_rub"] for row in rows), Decimal(0)), told)


def _of_cases(facts: Facts, names: Names) -> Iterator[Paper]:
    creditor_of = {row["court_case_id"]: row["creditor_id"] for row in facts.registers["court_cases"]}
    for row in facts.registers["court_events"]:
        whom = f": {addressee(row['addressee_code'])}" if row["addressee_code"] else ""
        more = [*costs(row, "penalty_rub", "duty_rub"), *([f"платёж {row['payment_id']}"] if row["payment_id"] else [])]
        yield Paper(row["event_on"], row["event_id"], f"дело {row['court_case_id']} — "
                    f"{COURT_EVENTS(row['event_code'])}{whom}", names.creditor(creditor_of[row["court_case_id"]]),
                    row["principal_rub"], "; ".join(more))


def costs(row: Row, penalty: str, duty: str) -> list[str]:
    """«пени 120,00 ₽», «пошлина 2 000,00 ₽»: what there is of them."""
    return [f"{word} {roubles(row[name])}" for name, word in ((penalty, "пени"), (duty, "пошлина")) if row[name]]
