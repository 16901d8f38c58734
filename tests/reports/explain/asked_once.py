"""Tables of a book that many accounts are asked about, each read once for all of them.

The program reads by key, account by account: right for one account of a region, a minute for all of a town.
`test_facts.py` compares what is told here with what the command reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.contracts.table import Table
from pipeline.reports.explain.delivered import Deliveries
from pipeline.reports.explain.explanation import Row
from pipeline.reports.explain.facts import Reader

#: The condition of the program that picks one account's rows of a file.
OWN: Final = "account_id = $account"


class AskedOnce:
    """Answers by question; inside `remembering` the program's readers ask here first."""

    def __init__(self) -> None:
        self._answers: dict[str, Any] = {}

    def _answer(self, question: object, ask: Callable[[], Any]) -> Any:
        key = repr(question)
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]

    @contextmanager
    def remembering(self) -> Iterator[None]:
        select, of_file, published = Reader.select, Deliveries._of_file, Deliveries._published

        def selected(
            self_: Reader, files: Iterable[str | Path], where: str = "TRUE", order: str = "", **parameters: Any
        ) -> list[Row]:
            named = [str(file) for file in files]
            if where == OWN:
                whole = self._answer((named, order), lambda: _grouped(
                    (row["account_id"], row) for row in select(self_, named, order=order)))
                return list(whole.get(parameters["account"], []))
            return list(self._answer(
                (named, where, order, parameters), lambda: select(self_, named, where, order, **parameters)))

        def found_in_file(
            self_: Deliveries, table: Table, delivery_id: str, where: str, parameters: Mapping[str, Any]
        ) -> Iterator[tuple[int, Row]]:
            if where == OWN:
                whole = self._answer((table.name, delivery_id), lambda: _grouped(
                    (row["account_id"], (number, row)) for number, row in of_file(
                        self_, table, delivery_id, "TRUE", {})))
                return iter(whole.get(parameters["account"], []))
            return iter(self._answer((table.name, delivery_id, where, parameters), lambda: list(
                of_file(self_, table, delivery_id, where, parameters))))

        def told(self_: Deliveries, table: str, where: str, columns: str, **parameters: Any) -> list[Any]:
            question = (self_.version.folder, table, where, columns, sorted(parameters.items()))
            return list(self._answer(question, lambda: published(self_, table, where, columns, **parameters)))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Reader, "select", selected)
            patch.setattr(Deliveries, "_of_file", found_in_file)
            patch.setattr(Deliveries, "_published", told)
            yield


def _grouped(rows: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Rows by account, in the order in which they come."""
    found = defaultdict(list)
    for account_id, row in rows:
        found[account_id].append(row)
    return dict(found)
