"""The open month of the sample town as files to look at and to compare: `reports/sample/2026-05/`.

Small tables as CSV, the summary of the screen, texts of messages, the report with its figures, and two digests:
`content.json` says what every table of the month holds, by hashes of its rows, and from what it was made; `files.json`
the very bytes of its Parquet files. The version of the code, run ids and times are in none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.debt import SMS_LIST
from pipeline.contracts.reports import REPORT_FIGURES
from pipeline.contracts.table import Stage
from pipeline.rendering.sms import with_texts
from pipeline.storage.describe import described_files, tables_from
from pipeline.storage.manifest import BY_ROWS, Version
from pipeline.storage.run import MonthRun
from tests.town.books import LAST, MAY, ROOT, RanBook, version_of

FOLDER: Final = ROOT / "reports" / "sample" / LAST
CONTENT, FILES, SUMMARY, TEXTS = "content.json", "files.json", "summary.txt", "sms.txt"
#: Too long to be read: their digests are in `content.json`, and other tables show what is in them.
LONG: Final = frozenset({
    "account_balances", "account_index", "billed_documents", "meter_memory", "open_items", "payment_allocations",
})
TABLES: Final = [f"{table.name}.csv" for table in tables_of(Stage.PUBLISHED) if table.name not in LONG]
#: What people read of the month: the page as it is, and every figure of it.
PAGE, FIGURES = "report.html", "report_figures.csv"
NAMES: Final = [CONTENT, FILES, SUMMARY, TEXTS, PAGE, FIGURES, *TABLES]
_SHOWN: Final = 60


def rendered(town: RanBook, name: str) -> str:
    """One golden file as the town makes it now."""
    if name == CONTENT:
        return _json(_content(version_of(town.root)))
    if name == FILES:
        return _json(version_of(town.root).manifest["files"])
    if name == SUMMARY:
        return _summary(town.said)
    if name == TEXTS:
        return _texts(town)
    if name == PAGE:
        return (town.book.latest_reports(MAY) / PAGE).read_text(encoding="utf-8")
    if name == FIGURES:
        return _csv(town.book.latest_reports(MAY) / REPORT_FIGURES.name)
    return _csv(town.root / "published" / f"run_month={LAST}" / name.removesuffix(".csv"))


def difference(golden: str, found: str) -> str:
    """The first lines that differ; nothing when none does."""
    lines: Iterator[str] = unified_diff(golden.splitlines(), found.splitlines(), "golden", "found", n=0, lineterm="")
    return "\n".join(line[:300] for line in islice(lines, _SHOWN))


def _content(version: Version) -> dict[str, Any]:
    """What the manifest says, whatever the encoding of files: rows of tables are hashed instead."""
    files = described_files(version.folder, sorted(version.manifest["files"]), 1, BY_ROWS)
    content = version.content
    return {
        **content, "registers": sorted(content["registers"]), "state": content["state"]["month"],
        "tables": tables_from(files, BY_ROWS),
    }


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _summary(said: str) -> str:
    """From the title of the last month to the place of its files, which is another on every machine."""
    told = said[said.rindex(f"Месяц {LAST}"):]
    return told[:told.index("Файлы месяца")]


def _texts(town: RanBook) -> str:
    run = MonthRun.resume(town.book, MAY, version_of(town.root).folder.name)
    texts = with_texts(run.read(SMS_LIST), centre=town.book.settings.name)
    return "".join(f"{person}: {text}\n" for person, text in texts.select("person_id", "text").rows())


def _csv(folder: Path) -> str:
    rows = pl.read_parquet(sorted(folder.glob("*.parquet")), glob=False)
    return rows.with_columns(pl.col(pl.List(pl.String)).list.join(" ")).write_csv()
