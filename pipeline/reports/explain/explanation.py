"""What an explanation is: plain immutable pieces that the screen and the page draw in their own way.

A `Saying` is one Russian sentence with the rows and the rules behind it; a `Grid` is a table whose last column names
the row that each line comes from. No code of a table is shown raw here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pipeline.billing_month import BillingMonth

Row = dict[str, Any]

GOOD: Final = "good"
BAD: Final = "bad"
FACT: Final = "fact"
"""Tone of the sentence that names the one fact which would change a decision."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One rule as it was in force: what it says, on what ground, how sure we are."""

    key: str
    title: str
    value: str
    valid_from: date
    source: str
    confidence: str
    reviewed: date | None
    is_set_by_book: bool
    note: str = ""

    @property
    def reference(self) -> str:
        """This value among the rules quoted: another value of the same rule has another."""
        return f"{self.key}@{self.valid_from}"


@dataclass(frozen=True, slots=True)
class Saying:
    """One sentence; `rows` are references to published rows, `rules` references of quotes, `ground` an article."""

    text: str
    rows: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    ground: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """One table of ready texts; `numbers` are the columns aligned to the right."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    total: tuple[str, ...] | None = None
    is_closed: bool = False
    """Shown on demand: long lists that nobody reads aloud."""


@dataclass(frozen=True, slots=True)
class Section:
    """One chapter of the page."""

    code: str
    title: str
    pieces: tuple[Saying | Grid, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer about one account in one published month."""

    account_id: str
    month: BillingMonth
    book_name: str
    as_of: date
    is_closed: bool
    answer: tuple[Saying, ...]
    brief: tuple[Saying | Grid, ...]
    """What was decided and why, without the proofs."""
    sections: tuple[Section, ...]
    quotes: tuple[Quote, ...]
    appendix: tuple[Grid, ...]
    origin: tuple[str, ...]
    """Run, code version, fingerprints: what the page was made from."""


def reference(table: str, **key: object) -> str:
    """«open_items: документ 77-2604-M1, договор c-1» — the row of a published table that a number comes from."""
    told = ", ".join(f"{_KEY_WORDS.get(name, name)} {value}" for name, value in key.items() if value is not None)
    return f"{table}: {told}" if told else table


_KEY_WORDS: Final = {
    "document_id": "документ", "contract_id": "договор", "creditor_id": "получатель", "payment_id": "платёж",
    "movement_number": "движение", "track_code": "направление", "account_id": "счёт", "proposal_id": "предложение",
    "line_number": "строка", "list_code": "список", "suspended_id": "невыясненный", "service_code": "услуга",
    "reversal_id": "сторно", "rows": "строк", "billing_month": "месяц", "run_month": "месяц", "event_id": "событие",
    "meter_id": "счётчик", "charge_month": "месяц", "reading_id": "показание",
}
