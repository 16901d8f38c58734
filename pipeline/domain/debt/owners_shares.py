"""How several holders of a flat answer for one debt: jointly, or each by his share of the right.

    jointly    all are joint owners (СК РФ, ст. 34; ГК РФ, ст. 253) or tenants of one flat (ЖК РФ, ст. 69)
    by share   any other owners (ГК РФ, ст. 249; Пленум ВС РФ от 27.06.2017 № 22, п. 27): debt × share, in kopecks
               rounded down, the kopecks left over to the largest remainders, of equal ones to the first

Shares count when the register tells all of them and they make up the whole; otherwise nobody's part is guessed: papers
leave blanks and the case warns. Not here: who holds the flat (`reports/letters/holders.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

JOINT_ROLES: Final = frozenset({"joint_owner", "tenant"})
_WRITTEN: Final = re.compile(r"\s*([0-9]{1,9})\s*(?:/\s*([0-9]{1,9})\s*)?")


def share_of(written: str | None) -> Fraction | None:
    """A share as the land register writes it, «1/3» or «1»; None for one that is missing, no share, or above the whole.
    """
    found = _WRITTEN.fullmatch(written or "")
    if found is None or not int(found[2] or 1):
        return None
    share = Fraction(int(found[1]), int(found[2] or 1))
    return share if 0 < share <= 1 else None


def are_joint(roles: Sequence[str]) -> bool:
    """Whether holders of these roles answer for the whole debt together."""
    return set(roles) <= JOINT_ROLES


def known_shares(written: Sequence[str | None]) -> list[Fraction] | None:
    """Shares of all holders of a flat; None unless all are known and make up the whole."""
    shares = [share for share in map(share_of, written) if share is not None]
    return shares if len(shares) == len(written) and sum(shares) == 1 else None


def parts(total_kop: int, shares: Sequence[Fraction]) -> list[int]:
    """Kopecks of each share of a sum; they make up the sum. ValueError unless the shares make up the whole."""
    if sum(shares) != 1:
        raise ValueError("shares do not make up the whole")
    exact = [total_kop * share for share in shares]
    whole = [each.numerator // each.denominator for each in exact]
    remainders = sorted(range(len(shares)), key=lambda place: (whole[place] - exact[place], place))
    for place in remainders[: total_kop - sum(whole)]:
        whole[place] += 1
    return whole
