"""The charge audit in the answer about one account: which lines do not follow from the registers."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.rendering.rating_words import cause
from pipeline.rendering.russian import month_name, roubles
from pipeline.reports.explain.explanation import BAD, GOOD, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.wording import Names

TITLE = "Проверка начислений"


def section(facts: Facts, names: Names) -> Section:
    """One saying a line that differs, and its arithmetic."""
    return Section("audit", TITLE, tuple(_pieces(facts, names)))


def _pieces(facts: Facts, names: Names) -> Iterator[Saying]:
    rows = facts.of("charge_audit")
    if not rows:
        yield Saying("Начисления этих квитанций, которые можно посчитать по реестрам, с ними сошлись.", tone=GOOD)
    for row in rows:
        yield differs(row, names.service(row["service_code"]))
        yield Saying(f"По реестрам: {row['formula']}.", ground=row["article"])


def differs(row: Row, service: str) -> Saying:
    """One line that differs: what was billed, what the registers make of it, who loses by it, why."""
    difference = row["difference_rub"]
    direction = "житель переплачивает" if difference > 0 else "житель недоплачивает"
    return Saying(
        f"{service} за {month_name(row['charge_month'])}: начислено "
        f"{roubles(row['billed_rub'])}, по реестрам {roubles(row['rated_rub'])} — {direction} "
        f"{roubles(abs(difference))}. Причина: {'; '.join(cause(code) for code in row['findings'])}.",
        rows=(reference("charge_audit", document_id=row["document_id"], line_number=row["line_number"]),), tone=BAD,
    )
