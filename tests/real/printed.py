"""Texts and charts of docs/real-data.md that the tests make: between two marks of it, and as SVG beside it."""

from __future__ import annotations

from difflib import ndiff
from pathlib import Path
from typing import Final

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "real-data.md"
IMAGES: Final = DOCUMENT.parent / "images"


def differing(part: str, text: str, *, update: bool, document: Path = DOCUMENT) -> list[str]:
    """Lines that a part of the document has instead of the text's, and the other way round; `update` puts it there."""
    begin, end = (f"<!-- made by tests/real, {part}: {word} -->\n" for word in ("begin", "end"))
    written = document.read_text(encoding="utf-8")
    before, found, rest = written.partition(begin)
    if not found:
        return [f"no place for {part} in {document.name}"]
    if update:
        document.write_text(f"{before}{begin}{text}{end}{rest.partition(end)[2]}", encoding="utf-8")
        return []
    held = rest.partition(end)[0]
    return [line for line in ndiff(held.splitlines(True), text.splitlines(True)) if line[0] in "+-"]


def differing_results(part: str, extent: str, text: str, charts: dict[str, str], *, update: bool) -> list[str]:
    """Lines of the text, and charts, of one run that are not as printed: `docs/images/real-<name>-six-months.svg`."""
    names = {name: f"real-{name}-{extent.replace(' ', '-')}.svg" for name in charts}
    shown = "".join(f"\n![{name.replace('-', ' ')}](images/{file})\n" for name, file in names.items())
    found = differing(f"{part}, {extent}", text + shown, update=update)
    for name, svg in charts.items():
        file = IMAGES / names[name]
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(svg, encoding="utf-8")
        elif not file.is_file() or file.read_text(encoding="utf-8") != svg:
            found.append(names[name])
    return found


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, the first column text and the others figures."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{'--:|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


def number(count: int) -> str:
    return f"{count:,}".replace("-", "−")


def money(amount_kop: int) -> str:
    """Kopecks as roubles."""
    sign = "−" if amount_kop < 0 else ""
    return f"{sign}{abs(amount_kop) // 100:,}.{abs(amount_kop) % 100:02}"


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
