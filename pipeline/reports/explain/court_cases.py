"""Court cases in the answer about one account: where each stands, what is still open, what was paid past it.

Not here: whether a debt may go to court at all (`debts.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipeline.contracts.debt_decisions import DOUBTS
from pipeline.rendering import claim_words
from pipeline.rendering.queue_words import decision, kind
from pipeline.rendering.russian import day, roubles
from pipeline.rendering.words import addressee, court_action
from pipeline.reports.explain.explanation import BAD, FACT, GOOD, Saying, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names

_OF_CLAIM: Final = ("claim_credits_order_duty", "claim_months_after_cancelled_order")
_RULES: Final = ("court_order_in_force_days", "court_decision_in_force_days", "court_days_with_bank")


def cases(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying]:
    """One saying a case, one more for everybody who is asked tonight."""
    for row in facts.of("court_standing"):
        yield Saying(
            f"Дело {row['court_case_id']}, {names.creditor(row['creditor_id'])}: {row['reason']}.",
            rows=(reference("court_standing", court_case_id=row["court_case_id"]),),
            rules=quoting.keys(facts.as_of, *(f"debt.{name}" for name in _RULES)),
            tone=GOOD if row["stage_code"] == "ended" else FACT,
        )
        for doubt in sorted(set(row["blocked_by"]) & set(DOUBTS)):
            yield Saying(
                f"Дело {row['court_case_id']} стоит, пока сотрудник не решит в очереди «{kind(doubt)}»: "
                f"{' или '.join(f'«{decision(one)}»' for one in DOUBTS[doubt][1])}.",
                rows=(reference("court_standing", court_case_id=row["court_case_id"]),),
            )
    for row in facts.of("withdrawal_list"):
        yield Saying(
            f"Этой ночью просят ({addressee(row['addressee_code'])}): {court_action(row['action_code'])}, "
            f"дело {row['court_case_id']}.",
            rows=(reference("withdrawal_list", court_case_id=row["court_case_id"]),), tone=GOOD,
        )
    for row in facts.of("claim_list"):
        told = claim_words.sums(claim_words.CLAIM_PRICE, row["claimed_rub"], row["penalty_rub"], row["duty_rub"])
        paid = f", из неё заплачено за приказ {roubles(row['order_duty_rub'])}" if row["order_duty_rub"] else ""
        left_out = claim_words.doubtful(row["penalty_doubt_rub"])
        yield Saying(
            f"Приказ по делу {row['court_case_id']} отменён {day(row['cancelled_on'])}, пора подать иск: {told}{paid}. "
            f"До {day(row['file_by_on'])} давность точно не истечёт. {left_out}".rstrip(),
            rows=(reference("claim_list", court_case_id=row["court_case_id"]),),
            rules=quoting.keys(facts.as_of, *(f"debt.{name}" for name in _OF_CLAIM)), tone=BAD,
        )
    for row in facts.of("enforcement_list"):
        yield Saying(
            f"Этой ночью исполнительный документ по делу {row['court_case_id']} уходит: "
            f"{addressee(row['addressee_code'])}.",
            rows=(reference("enforcement_list", court_case_id=row["court_case_id"]),), tone=BAD,
        )
