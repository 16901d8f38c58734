"""How audit queries are asked: part by part where a promise is about accounts, over the book where parts meet.

An account lies in one part, and tables of a month name their parts alike. So a promise about accounts, documents,
meters or payments of an account is asked of one part after another, several at once in the processes of the run, and
memory is that of a part. `$name` in a query stands for the files of a table, in a part for the part's own file (a table
that is not cut is read whole); `$all_name` always stands for all files.

What crosses parts (registries, totals, ids of the whole book) is asked of all files in one database that keeps to the
memory of a process (`storage/memory.py`): such queries add up, or keep little of a row; what does not fit goes to disk.

Here: asking, and what was found in sum. Not here: what is promised (`audit/*.sql`), how it is told (`room.py`).
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from threading import Lock
from typing import Any, Final

import duckdb

from pipeline.audit.queries import query
from pipeline.checks.room import SAMPLE, Finding
from pipeline.money import format_rub
from pipeline.storage.files import parquet_files
from pipeline.storage.memory import query_mb
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun, NotComputed

#: By the words of a query: the glob of a table's files, several for a table of several months; texts and numbers.
Values = Mapping[str, Any]
ALL: Final = "all_"
_ROWS_AT_ONCE: Final = 10_000
#: How DuckDB says that a glob meets no file; its other faults of files, like a full disk, leave no check out.
_NO_FILES: Final = "No files found"
#: By the name of a look: the files that it saw, and its figures.
_looks: Final[dict[str, tuple[object, dict[str, int]]]] = {}
#: Checks are asked several at once: whichever comes first takes the look, or makes the database, and the others wait.
_looking: Final = Lock()
_making: Final = Lock()
_TABLE: Final = re.compile(r"read_parquet\(\$(\w+)(?:, filename = true)?\)")


@dataclass(frozen=True)
class Broken:
    """Rows that break one promise, in sum: how many, by how many kopecks, and the first few ids."""

    rows: int = 0
    kop: int = 0
    ids: tuple[str, ...] = ()

    def __add__(self, other: "Broken") -> "Broken":
        ids = nsmallest(SAMPLE, {*self.ids, *other.ids})
        return Broken(self.rows + other.rows, self.kop + other.kop, tuple(ids))

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> "Broken":
        """Of rows that name an account, or what else the promise is about, and by how much, where money is compared."""
        ids = {str(row["account_id"] if "account_id" in row else row["subject"]) for row in rows}
        kop = sum(int(row.get("difference_kop") or 0) + int(100 * (row.get("difference_rub") or 0)) for row in rows)
        return cls(len(rows), kop, tuple(nsmallest(SAMPLE, ids)))

    def finding(self, sentence: str, *, broken: str = "Нарушено строк") -> Finding:
        """The sentence where no row breaks it; else how many do, by how much and where to start."""
        if not self.rows:
            return Finding(True, sentence)
        return Finding(
            False, f"{broken}: {self.rows}. Должно быть: {sentence}", found=self.rows,
            difference=format_rub(self.kop) if self.kop else 0,
            direction=("больше" if self.kop > 0 else "меньше") if self.kop else "", sample_ids=list(self.ids),
        )


def rows_of(run: MonthRun, text: str, **values: Any) -> list[dict[str, Any]]:
    """Rows of a query over the whole book that answers with few; `values` fill its `$name` globs and texts."""
    with _database_of(run, _threads(run)).cursor() as connection:
        return [row for rows in _answer(connection, text, values) for row in rows]


def broken(run: MonthRun, name: str, values: Values) -> Broken:
    """What breaks a promise that crosses parts."""
    with _database_of(run, _threads(run)).cursor() as connection:
        return _folded(connection, query(name), values)


def broken_in_parts(run: MonthRun, name: str, values: Values) -> Broken:
    """What breaks a promise about accounts, part by part."""
    return sum(_in_parts(run, broken_in_part, name, values), Broken())


def sums_in_parts(run: MonthRun, name: str, values: Values) -> dict[str, int]:
    """The row of figures that a query gives for each part, added up over the parts; none where they are too large."""
    rows = _in_parts(run, figures_in_part, name, values)
    return {figure: sum(row[figure] for row in rows) for figure in rows[0]} if all(rows) else {}


def looked(run: MonthRun, name: str, values: Values) -> dict[str, int]:
    """`sums_in_parts` of one look that several checks share: taken once as long as no file has changed."""
    with _looking:
        seen = as_they_are(name, values)
        if name not in _looks or _looks[name][0] != seen:
            _looks[name] = seen, sums_in_parts(run, name, values)
        return dict(_looks[name][1])


def ids_in_parts(run: MonthRun, name: str, values: Values) -> list[str]:
    """Ids that a query finds in the parts, each once, in order."""
    return sorted({found for ids in _in_parts(run, ids_in_part, name, values) for found in ids})


def broken_in_part(run: MonthRun, part: str, *, name: str, values: Values) -> Broken:
    """What breaks a promise in one part."""
    text, filled = of_part(query(name), values, part)
    with _database_of(run, 1).cursor() as connection:
        return _folded(connection, text, filled)


def figures_in_part(run: MonthRun, part: str, *, name: str, values: Values) -> dict[str, int]:
    """The row of figures of one part; empty where a product is too large for it."""
    text, filled = of_part(query(name), values, part)
    with _database_of(run, 1).cursor() as connection:
        try:
            return {figure: int(told or 0) for figure, told in next(_answer(connection, text, filled))[0].items()}
        except duckdb.OutOfRangeException:
            return {}


def ids_in_part(run: MonthRun, part: str, *, name: str, values: Values) -> list[str]:
    """Ids that a query finds in one part."""
    text, filled = of_part(query(name), values, part)
    with _database_of(run, 1).cursor() as connection:
        return [str(found) for rows in _answer(connection, text, filled) for row in rows for found in row.values()]


def _in_parts(run: MonthRun, task: Any, name: str, values: Values) -> list[Any]:
    """The answers of the parts that any table of the query has, in order of their names."""
    files = as_they_are(name, values)
    for table, seen in files.items():
        if not seen:
            raise NotComputed(f"Таблицы {table} нет: её файлы отложены или ещё не рассчитаны")
    stems = {Path(path).stem for table, seen in files.items() if not table.startswith(ALL) for path, *_ in seen}
    parts = sorted(stems - {WHOLE}) or [WHOLE]
    return run.map_parts(task, parts, name=name, values=_filled(query(name), values))


def as_they_are(name: str, values: Values) -> dict[str, list[tuple[str, int, int]]]:
    """Files of each table that a query names, with when they were written and their size."""
    return {
        table: [(str(file), (told := file.stat()).st_mtime_ns, told.st_size)
                for glob in _globs(_filled(query(name), values)[table]) for file in parquet_files(Path(glob).parent)]
        for table in sorted(set(_TABLE.findall(query(name))))
    }


def of_part(text: str, values: Values, part: str) -> tuple[str, dict[str, Any]]:
    """The query and its values for a part. A table without a file of the part gives its columns and no rows."""
    filled = _filled(text, values)
    for table in set(_TABLE.findall(text)):
        if table.startswith(ALL):
            continue
        own = [path for glob in _globs(filled[table]) for path in _own(Path(glob).parent, part)]
        if own:
            filled[table] = own
        else:
            text = re.sub(rf"(read_parquet\(\${table}\b[^)]*\))", r"(FROM \1 LIMIT 0)", text)
    return text, filled


def _own(folder: Path, part: str) -> list[str]:
    return [str(file) for file in (folder / f"{part}.parquet", folder / f"{WHOLE}.parquet") if file.is_file()]


def _globs(files: str | list[str]) -> list[str]:
    return [files] if isinstance(files, str) else files


def _filled(text: str, values: Values) -> dict[str, Any]:
    """Values of the words of a query, DuckDB takes no others."""
    words = set(re.findall(r"\$(\w+)", text))
    return {word: values[word.removeprefix(ALL) if word not in values else word] for word in words}


def _named(text: str, filled: dict[str, Any]) -> str:
    """The query with its files in it: of a file behind a parameter DuckDB learns too late and reads the query twice."""
    def named(table: re.Match[str]) -> str:
        files = ", ".join("'" + file.replace("'", "''") + "'" for file in _globs(filled[table[1]]))
        return table[0].replace(f"${table[1]}", f"[{files}]")

    return _TABLE.sub(named, text)


def _folded(connection: duckdb.DuckDBPyConnection, text: str, values: Values) -> Broken:
    return sum(map(Broken.of, _answer(connection, text, values)), Broken())


def _answer(
    connection: duckdb.DuckDBPyConnection, text: str, values: Values
) -> Iterator[list[dict[str, Any]]]:
    """Rows of a query, a few thousand at once: a fault of the whole book must not fill memory either. NotComputed
    where files of a table are set aside."""
    filled = _filled(text, values)
    tables = set(_TABLE.findall(text))
    try:
        cursor = connection.execute(_named(text, filled), {word: filled[word] for word in filled.keys() - tables})
    except duckdb.IOException as fault:
        if _NO_FILES not in str(fault):
            raise
        raise NotComputed("Файлов, которые нужны проверке, нет: они отложены или ещё не рассчитаны") from None
    names = [column[0] for column in cursor.description or []]
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield [dict(zip(names, row, strict=True)) for row in rows]


def _threads(run: MonthRun) -> int:
    """As many as the run has processes: those have nothing to do meanwhile. Queries order what they answer."""
    workers = run.book.workers
    return workers if isinstance(workers, int) else len(os.sched_getaffinity(0))


def _scratch(run: MonthRun) -> Path:
    """Where a query goes that does not fit; DuckDB makes the folder when it must and clears it away."""
    return run.book.scratch(f"{run.run_id}-{os.uname().nodename}-{os.getpid()}")


def _database_of(run: MonthRun, threads: int) -> duckdb.DuckDBPyConnection:
    with _making:
        return _database(_scratch(run), threads, query_mb(run.book))


@lru_cache(maxsize=2)
def _database(scratch: Path, threads: int, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """One empty database for all queries of a process: making one costs as much as a query over a town.

    It remembers no file: a file that is written anew within the same second must be read anew.
    """
    scratch.parent.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(config={
        "threads": threads, "memory_limit": f"{memory_mb}MiB", "temp_directory": str(scratch),
        "enable_external_file_cache": False,
    })
