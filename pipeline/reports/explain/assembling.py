"""One account of one published month, whole: facts → sections → `Explanation`. The way in for commands and servers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.rendering.russian import day, moment, month_name
from pipeline.reports.explain import (
    answer,
    balances,
    bonus,
    bonus_turning,
    corrections,
    debts,
    documents,
    meters,
    papers,
    payments,
    penalties,
    rating,
    readings,
)
from pipeline.reports.explain.brief import brief
from pipeline.reports.explain.explanation import BAD, Explanation, Grid, Saying
from pipeline.reports.explain.facts import Facts, read_facts
from pipeline.reports.explain.finding import find
from pipeline.reports.explain.quoting import Quoting, rule_book_of
from pipeline.reports.explain.turning import Trial
from pipeline.reports.explain.wording import Names
from pipeline.rules.debt import DebtRules
from pipeline.rules.ledger import LedgerRules
from pipeline.storage.book import Book

#: Never shown: they may be of other people, or lead to one.
_UNTOLD: Final = frozenset({"person_id", "account_ids", "candidate_account_ids", "original_values", "episode_ids"})
_UNTOLD_IN: Final = {"suspended_payments": {"account_id"}}


def explain(book: Book, account: str, month: BillingMonth | None = None) -> Explanation:
    """The answer about one account; NothingToExplain when there is no such account or month. The newest month without
    `month`."""
    found = find(book, month, account.strip())
    facts = read_facts(book, found.version, found.account_id, found.position)
    return explained(book, facts, written=account.strip())


def explained(book: Book, facts: Facts, *, written: str) -> Explanation:
    """The answer from facts already read."""
    quoting, names = Quoting(rule_book_of(book)), Names(facts)
    trial = trial_of(facts, quoting)
    turned, bonus_turns = debts.turns(facts, trial, quoting), bonus_turning.turns(facts, trial, quoting)
    short = answer.answer(facts, names, quoting, turned, bonus_turns, written=written)
    sections = (
        balances.section(facts, names, quoting), penalties.section(facts, names, quoting),
        debts.section(facts, names, quoting, turned), papers.section(facts, names),
        bonus.section(facts, bonus_turns, quoting), documents.section(facts, names, quoting),
        rating.section(facts, names), payments.section(facts, names, quoting), readings.section(facts, names),
        meters.section(facts, names, quoting), corrections.section(facts, names, quoting),
    )
    changed = quoting.changed_since(facts.version.content["rules"]["values"])
    if changed:
        short = (Saying(
            f"Внимание: с тех пор, как месяц рассчитан, изменились правила ({'; '.join(changed)}). Что изменит "
            "решения, сказано по нынешним правилам; пересчитайте месяц.", tone=BAD,
        ), *short)
    return Explanation(
        account_id=facts.account_id, month=facts.month, book_name=book.settings.name, as_of=facts.as_of,
        is_closed=facts.version.is_closed, answer=short, brief=brief(facts, names), sections=sections,
        quotes=quoting.all(), appendix=tuple(_appendix(facts)), origin=tuple(_origin(book, facts)),
    )


def trial_of(facts: Facts, quoting: Quoting) -> Trial:
    """The account under the rules of the month."""
    ledger = LedgerRules.in_force(quoting.rule_book, facts.month.first_day)
    return Trial(
        facts, DebtRules.in_force(quoting.rule_book, facts.as_of),
        exact_total_pays_penalty=ledger.exact_total_pays_penalty,
    )


def as_page(told: Explanation) -> str:
    """The self-contained page, to be printed or sent."""
    from pipeline.rendering.html import page  # the screen does without templates

    titles = {quote.reference: quote.title for quote in told.quotes}
    return page("explain.html.j2", told=told, rules=rules_grid(told), titles=titles)


def rules_grid(told: Explanation) -> Grid:
    """Every rule that was quoted: what it says, from when, on what ground, how sure we are."""
    lines = tuple(
        (quote.title, quote.value, "всегда" if quote.valid_from == date.min else day(quote.valid_from),
         "настройка участка" if quote.is_set_by_book else quote.source, quote.confidence,
         "не сверялось" if quote.reviewed is None else day(quote.reviewed), quote.key)
        for quote in told.quotes
    )
    return Grid("Правила, на которые ссылается ответ",
                ("Правило", "Значение", "Действует с", "Источник", "Уверенность", "Сверено", "Ключ"), lines)


def _origin(book: Book, facts: Facts) -> Iterator[str]:
    version = facts.version
    state = "закрыт" if version.is_closed else "открыт, цифры предварительные"
    yield f"Месяц {month_name(facts.month)}, {state}; учтено поступившее по {day(version.as_of)} включительно."
    yield f"Запуск {version.run_id}; версия программы {version.manifest['run'].get('code_version') or 'неизвестна'}."
    if book.settings.rules:
        yield f"Свои правила участка: {', '.join(sorted(book.settings.rules))}."
    yield f"Отпечаток правил {version.content['rules']['fingerprint']}; отпечаток месяца {version.content_hash}."


def _appendix(facts: Facts) -> Iterator[Grid]:
    """The rows themselves, as published: for whoever has to prove a number."""
    for name, rows in facts.rows.items():
        if rows and name not in ("awaited_registries", "account_index"):
            untold = _UNTOLD | _UNTOLD_IN.get(name, set())
            columns = [column for column in TABLES[name].names if column not in untold]
            # a month published before a column was added says nothing in it
            lines = tuple(tuple(_shown(row.get(column)) for column in columns) for row in rows)
            yield Grid(name, tuple(columns), lines, is_closed=True)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, datetime):
        return moment(value)
    return day(value) if isinstance(value, date) else str(value)



