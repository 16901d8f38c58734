"""Results on the real debtors as docs/real-data.md prints them: the text between its two marks is made here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from tests.real.agreement import GROUPS, by_bill, classed, own_rule

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "real-data.md"
BEGIN: Final = "<!-- made by tests/real: begin -->\n"
END: Final = "<!-- made by tests/real: end -->\n"
_DOCUMENTED: Final = ~pl.col("code_of_month").is_in([0, -2])


def printed(document: Path = DOCUMENT) -> str:
    """What the document holds between its marks."""
    return document.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def rewritten(text: str, document: Path = DOCUMENT) -> None:
    """Put the text between the marks."""
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    document.write_text(f"{before}{begin}{text}{END}{rest.partition(END)[2]}", encoding="utf-8")


def results(pairs: pl.DataFrame) -> str:
    """Every table of the results. `pairs`: `agreement.cuts` with `missed`."""
    return "\n".join([*_classes(pairs), "", *_codes(classed(pairs)), "", *_readings(pairs), ""])


def _classes(pairs: pl.DataFrame) -> list[str]:
    readings = [classed(pairs), classed(by_bill(pairs))]
    of_codes = "share of documented codes"
    lines = [
        f"| group | class | main reading | share | {of_codes} | as a word on the bill | share | {of_codes} |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for group, names in GROUPS.items():
        lines += [_line(group if name == names[0] else "", f"`{name}`", readings, [name]) for name in names]
        if len(names) > 1:
            lines.append(_line("", "**together**", readings, list(names)))
    return lines


def _line(group: str, name: str, readings: list[pl.DataFrame], classes: list[str]) -> str:
    cells = []
    for reading in readings:
        found, documented = reading.filter(pl.col("class_code").is_in(classes)), reading.filter(_DOCUMENTED)
        cells += [_number(found.height), _share(found.height, reading.height)]
        cells.append(_share(found.filter(_DOCUMENTED).height, documented.height))
    return f"| {' | '.join([group, name, *cells])} |"


def _codes(found: pl.DataFrame) -> list[str]:
    """Main reading by code: how many pairs, how many months of ours stand against it."""
    ours = range(6)
    lines = [
        f"| code | pairs | {' | '.join(f'ours {months}' for months in ours)} |", f"|--:|--:|{'--:|' * len(ours)}",
    ]
    for code in sorted(found["code_of_month"].unique()):
        of_code = found.filter(pl.col("code_of_month") == code)
        cells = [_number(of_code.filter(pl.col("missed") == months).height) for months in ours]
        lines.append(f"| {_signed(code)} | {_number(of_code.height)} | {' | '.join(cells)} |")
    return lines


def _readings(pairs: pl.DataFrame) -> list[str]:
    lines = [
        "| reading | equal | equal, or both late and one apart | both late or both not "
        "| the same three of documented codes |",
        "|---|--:|--:|--:|--:|",
    ]
    for told, frame in (("status in its month (main)", pairs), ("word on the bill of its month", by_bill(pairs))):
        for unit in ("missed due dates", "whole months"):
            judged = own_rule(frame, whole_months=unit == "whole months")
            documented = " / ".join(_measures(judged.filter(_DOCUMENTED)))
            lines.append(f"| {told}, {unit} | {' | '.join(_measures(judged))} | {documented} |")
    return lines


def _measures(judged: pl.DataFrame) -> list[str]:
    return [_share(int(judged[name].sum()), judged.height) for name in ("is_equal", "is_near", "is_same_side")]


def _number(count: int) -> str:
    return f"{count:,}"


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %"


def _signed(code: int) -> str:
    return str(code).replace("-", "−")
