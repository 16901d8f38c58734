"""A doubt of the debt room decided in the queue comes back as an event that names it and the sum that was seen."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.exchange.queue_decisions import Decision
from pipeline.exchange.queue_events import event_ids, handed_over, landed_decisions
from tests.ingest.town import A1, opened_town

DAY, AT = date(2026, 1, 6), datetime(2026, 1, 6, 9, tzinfo=MOSCOW)
DOUBT = {"queue_id": "q", "kind_code": "instalment_doubt", "decided_by_feed": "debt_decisions", "effect_kop": 50_000,
         "subject_id": f"{A1}:U:r1", "reason_codes": ["does_not_match_debt"]}


def test_a_decided_doubt_lands_with_its_subject_and_sum(tmp_path: Path) -> None:
    town = opened_town(tmp_path / "book")
    decided = Decision(DOUBT, "void", None, "подписано не тем, кто должен", "строка 2")

    told = handed_over(town.book, [decided], landed_decisions(town.book), at=AT, on=DAY, only_if_all=True)

    assert (told.refusals, told.taken) == ((), (decided,))
    named = pl.read_parquet(told.files[0]).select("subject_code", "subject_id", "decision_code", "amount_rub").row(0)
    assert (*named[:3], str(named[3])) == ("instalment_doubt", f"{A1}:U:r1", "void", "500.00")
    again = landed_decisions(town.book)
    assert len(event_ids(again)) == 1
    repeated = handed_over(town.book, [decided], again, at=AT, on=DAY, only_if_all=True)
    assert (repeated.known, repeated.files) == ((decided,), ())


def test_a_decision_of_another_kind_of_doubt_is_refused(tmp_path: Path) -> None:
    town = opened_town(tmp_path / "book")
    wrong = Decision(DOUBT, "restore", None, "акт 7", "строка 2")

    told = handed_over(town.book, [wrong], landed_decisions(town.book), at=AT, on=DAY, only_if_all=True)

    assert (told.taken, told.files) == ((), ()) and told.refusals
