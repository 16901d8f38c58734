"""Pre-trial notices: the sum of the list, the day of filing, once an episode."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.handovers import HANDOVERS
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.reports.letters.batches import print_letters
from pipeline.reports.letters.pretrial_notices import PRETRIAL_NOTICE
from pipeline.reports.letters.published_list import NoList
from pipeline.storage import journal
from pipeline.storage.run import MonthRun
from tests.debt.town import full
from tests.ingest.town import A1, A2, Town
from tests.letters.reading import codes, fields, texts
from tests.letters.town import FEBRUARY, RUN_ON, computed, published
from tests.town.books import raschet_here, succeeded

COURT_ON = date(2026, 4, 5)


def notice(run: MonthRun, account: str, **more: Any) -> dict[str, Any]:
    owed = run.read(OPEN_ITEMS).filter(pl.col("days_overdue") > 0, account_id=account, creditor_id="U")
    return {
        "run_on": RUN_ON, "account_id": account, "creditor_id": "U", "premises_id": f"P-{account}",
        "claimed_kop": int(owed["outstanding_kop"].sum()), "duty_kop": 200_000, "court_on": COURT_ON,
        "once_since_on": date(2026, 1, 12), **more,
    }


def test_a_notice_names_the_sum_the_day_and_what_court_would_add(town: Town) -> None:
    run = computed(town)
    published(town, run, pretrial_notices=full(PRETRIAL_NOTICES, notice(run, A1), notice(run, A2)))
    said = succeeded(raschet_here(town.root, "letters", "pretrial_notices", "--month", "2026-02"))
    told = print_letters(town.book, FEBRUARY, PRETRIAL_NOTICE)
    file = (told.folder / "batch-001.pdf").read_bytes()
    first = texts(file)[0]

    assert "raschet dispatch pretrial_notices --on" in said
    for words in (f"Уведомление № ПУ-260325-{A1}-U ", "Если до 05.04.2026 долг не будет погашен", "1 334,56 ₽",
                  "пошлина, не меньше 2 000,00 ₽"):
        assert words in first, first
    assert [fields(code)["Sum"] for code in codes(file)] == [str(kop) for kop in told.index["claimed_kop"]]
    assert told.index["court_on"].to_list() == [COURT_ON, COURT_ON]


def test_above_the_limit_of_an_order_a_claim_is_announced(town: Town) -> None:
    run = computed(town)
    published(town, run, pretrial_notices=full(PRETRIAL_NOTICES, notice(run, A1, stage_code="claim")))
    told = print_letters(town.book, FEBRUARY, PRETRIAL_NOTICE)
    said = texts((told.folder / "batch-001.pdf").read_bytes())[0]

    assert "обратиться в суд с иском (ст. 131" in said and "исполнять решение смогут банк" in said
    assert "приказ" not in said


@pytest.mark.parametrize("more", [1, None])
def test_another_sum_than_the_items_is_not_printed(town: Town, more: int | None) -> None:
    run = computed(town)
    owed = notice(run, A1)["claimed_kop"]
    wrong = notice(run, A1, claimed_kop=owed + more if more else 0)
    published(town, run, pretrial_notices=full(PRETRIAL_NOTICES, wrong))
    told = print_letters(town.book, FEBRUARY, PRETRIAL_NOTICE)

    assert (told.letters, "sums_differ" in told.index["lacks"][0]) == (0, True)


def test_one_notice_leaves_in_an_episode(town: Town) -> None:
    run = computed(town)
    published(town, run, pretrial_notices=full(PRETRIAL_NOTICES, notice(run, A1)))
    left = {"list_code": "pretrial_notices", "handed_on": date(2026, 1, 12), "account_id": A1, "creditor_id": "U",
            "service_code": None, "court_case_id": None, "handed_to_code": "debtor", "asked_code": "pretrial"}
    journal.append(town.book, HANDOVERS, "told", full(HANDOVERS, left))

    with pytest.raises(NoList, match="pretrial_notices"):
        print_letters(town.book, FEBRUARY, PRETRIAL_NOTICE)
