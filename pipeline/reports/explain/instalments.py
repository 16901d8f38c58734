"""Instalment agreements in the answer about one account: kept or broken, what is paid, what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipeline.rendering.russian import day, roubles
from pipeline.rendering.words import instalment
from pipeline.reports.explain.explanation import BAD, GOOD, Saying, reference
from pipeline.reports.explain.facts import Facts
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
