"""The whole country on paper: `python -m bench.country` writes the tables of docs/scale.md from the figures in it.

The figures stand once, in the table «Measured» of that page; a test holds the computed tables to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scale.md"
START, END = "<!-- computed: python -m bench.country -->", "<!-- end -->"
COUNTRY, REGION, LARGEST = 60_000_000, 4_400_000, 8_000_000
#: Tasks that wait for the last one of their room, a busy file server, nodes that are not alike.
SLACK = 1.25
MONTHS, NIGHTS = 36, 7
_ROW = re.compile(r"^\|[^|]*\|[^|\d]*([\d.]+)[^|]*\|[^|]*\| <!-- (\w+) -->$", re.MULTILINE)
CLUSTERS = ((1, 2), (1, 16), (4, 16), (10, 16))


@dataclass(frozen=True)
class Figures:
    """The measured table of the page; seconds of one processor, GiB, MB, all for one part and month."""

    accounts: float
    part_s: float
    outside_s: float
    peak_gib: float
    version_mb: float
    landing_mb: float
    written_mb: float

    @classmethod
    def of(cls, page: str) -> Figures:
        """The first number of the second column, by the key in the comment of each row."""
        return cls(**{key: float(number) for number, key in _ROW.findall(page)})

    def parts(self, accounts: int) -> int:
        return -(-accounts // int(self.accounts))


def tables(figures: Figures) -> str:
    """Both tables, as Markdown."""
    return f"{_hours(figures)}\n\n{_storage(figures)}"


def _hours(figures: Figures) -> str:
    heads = ["nodes × processors", "region, 4.4 million", "largest region, 8 million", "country, 60 million, 85 books",
             "memory for workers, a node", "written to the shared folder"]
    rows = []
    for nodes, cores in CLUSTERS:
        total = nodes * cores
        country = _seconds(figures, COUNTRY, total, books=85)
        rate = figures.parts(COUNTRY) * figures.written_mb / country
        rows.append([
            f"{nodes} × {cores}", _time(_seconds(figures, REGION, total)), _time(_seconds(figures, LARGEST, total)),
            _time(country), f"{figures.peak_gib * cores:.0f} GiB", f"{rate:.0f} MB/s",
        ])
    return _table(heads, rows)


def _seconds(figures: Figures, accounts: int, cores: int, books: int = 1) -> float:
    """Parts over all processors; outside of them one process a book, never shorter than the largest book's."""
    parts, largest = figures.parts(accounts), figures.parts(min(accounts, LARGEST))
    shared = SLACK * parts * (figures.part_s + (figures.outside_s if books > 1 else 0)) / cores
    chain = largest * figures.outside_s
    return shared + chain if books == 1 else max(shared, chain + SLACK * largest * figures.part_s / cores)


def _storage(figures: Figures) -> str:
    heads = ["", "one month", f"{MONTHS} months", f"and {NIGHTS} nights of the open month"]
    rows = []
    for name, accounts in (("region, 4.4 million", REGION), ("country, 60 million", COUNTRY)):
        parts = figures.parts(accounts)
        # deliveries lie twice: in the landing and as copies by content
        month = parts * (figures.version_mb + 2 * figures.landing_mb)
        nights = NIGHTS * parts * figures.version_mb
        rows.append([name, _size(month), _size(MONTHS * month), _size(MONTHS * month + nights)])
    return _table(heads, rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(mb: float) -> str:
    return f"{mb / 1000:.0f} GB" if mb < 1_000_000 else f"{mb / 1_000_000:.1f} TB"


def computed(page: str) -> str:
    """The page with its tables computed anew."""
    before, rest = page.split(START)
    after = rest.split(END)[1]
    return f"{before}{START}\n\n{tables(Figures.of(page))}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(computed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
