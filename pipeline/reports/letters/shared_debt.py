"""A debt of several holders on paper: how they answer, and the part of each, as texts of the templates.

    how     empty for one debtor; «солидарно»; «по доле каждого в праве общей собственности»
    parts   one row a holder: name, share, sums of the kinds that the paper claims; blanks where shares are not known
    totals  the sums of the paper

A child holds a share too: his row names nobody, whoever answers for him is to be written in. Not here: the arithmetic
(`domain/debt/owners_shares.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from pipeline.domain.debt.owners_shares import are_joint, known_shares, parts
from pipeline.reports.letters.letter_values import amount

JOINTLY: Final = "солидарно"
BY_SHARE: Final = "по доле каждого в праве общей собственности"
_NO_NAME: Final = "_" * 20
_OF_CHILD: Final = f"законный представитель несовершеннолетнего собственника {_NO_NAME}"


class Answer(NamedTuple):
    """How holders answer, `parts` and `totals` of the templates, and what to check (codes of `court_lacking`)."""

    how: str
    heads: list[str]
    parts: list[list[str]]
    totals: list[str]
    lacks: frozenset[str]

    @property
    def values(self) -> dict[str, Any]:
        return {"how": self.how, "shares": {"heads": self.heads, "rows": self.parts, "totals": self.totals}}


def answer(holders: Sequence[Mapping[str, Any]], sums: Mapping[str, int]) -> Answer:
    """holders: of `holders_of`, children too. sums: what the paper claims by the head of its column, kopecks."""
    adults = [one for one in holders if not one["is_minor"]]
    written = [one["share"] for one in holders]
    shares = known_shares(written)
    is_part_told = any(written) and (shares is None or len(shares) > 1)
    if are_joint([one["role_code"] for one in holders]) or (len(adults) < 2 and not is_part_told):
        return Answer(JOINTLY if len(adults) > 1 else "", [], [], [], frozenset())
    claimed = {head: kop for head, kop in sums.items() if kop}
    if shares is None:
        blanks = [[_name(one), "_" * 8, *("_" * 12 for _ in claimed)] for one in holders]
        return _by_share(blanks, claimed, {"shares_unknown"})
    split = [parts(kop, shares) for kop in claimed.values()]
    rows = [[_name(one), one["share"].replace(" ", ""), *(amount(each[place]) for each in split)]
            for place, one in enumerate(holders)]
    return _by_share(rows, claimed, set())


def _by_share(rows: list[list[str]], claimed: Mapping[str, int], lacks: set[str]) -> Answer:
    heads = ["Должник", "Доля", *(f"{head}, ₽" for head in claimed)]
    return Answer(BY_SHARE, heads, rows, ["Всего", "", *map(amount, claimed.values())], frozenset(lacks))


def _name(holder: Mapping[str, Any]) -> str:
    return _OF_CHILD if holder["is_minor"] else holder["full_name"] or _NO_NAME
