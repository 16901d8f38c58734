"""What documents leave of open proposals: every line of a batch is billed once, to one proposal."""

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.metering import UNCONFIRMED_CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.carried import carried
from pipeline.storage.shapes import to_outside
from tests.domain.metering.town import charge_row, frame

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
BATCH = "2026-07:absence:c1:h1"
Became = dict[str, tuple[str, int | None]]


def _proposal(name: str, month: date, kop: int, **more: Any) -> dict[str, Any]:
    return {
        "proposal_id": name, "batch_id": BATCH, "account_id": "acc", "contract_id": "k1", "service_code": "cold_water",
        "charge_month": month, "difference_kop": kop, "cause_code": "absence", "status_code": "proposed",
        "volume_difference_e7": 0, **more,
    }


#: The worked example of the law: an absence from 25 June to 12 July.
ABSENCE = (_proposal("june", JUNE, -3948), _proposal("july", JULY, -8404))


def _line(recalculated: str, month: str = "2026-06", batch: str | None = BATCH, **more: Any) -> dict[str, Any]:
    return {"document": "d08", "month": month, "basis": "act", "recalculated": recalculated, "batch": batch, **more}


def _carried(before: pl.DataFrame, *lines: dict[str, Any]) -> pl.DataFrame:
    charges = frame(CHARGES, [charge_row(number, line) for number, line in enumerate(lines, start=1)])
    now = carried(before, charges, BILLING_DOCUMENTS.empty_inside(), UNCONFIRMED_CHARGES.empty_inside())
    ours = charges.filter(pl.col("batch_id") == BATCH)["recalculated_kop"].sum()
    told = now.filter(pl.col("status_code") != "settled_by_biller")["billed_kop"].sum()
    assert told - before["billed_kop"].sum() == ours, "Σ billed of the proposals is Σ of the lines of their batch"
    return now


def _became(now: pl.DataFrame) -> Became:
    return {name: (status, kop) for name, status, kop in now.select("proposal_id", "status_code", "billed_kop").rows()}


@pytest.mark.parametrize(("month", "kop", "first"), [
    ("2026-06", "-39.48", "june"), ("2026-07", "-84.04", "july"),
    ("2026-08", "-39.48", "june"), ("2026-08", "-84.04", "july"),  # named by the month of the document: by its sum
])
def test_a_line_of_one_month_leaves_the_other_open(month: str, kop: str, first: str) -> None:
    second = {"june": "july", "july": "june"}[first]
    sums = {"june": -3948, "july": -8404}

    now = _carried(frame(RECALCULATIONS, list(ABSENCE)), _line(kop, month))
    assert _became(now) == {first: ("billed", sums[first]), second: ("proposed", None)}

    rest = now.filter(pl.col("status_code") == "proposed")
    later = _carried(rest, _line({"june": "-39.48", "july": "-84.04"}[second], "2026-09"))
    assert _became(later) == {second: ("billed", sums[second])}


def test_another_sum_is_a_mismatch_of_its_month_alone() -> None:
    now = _carried(frame(RECALCULATIONS, list(ABSENCE)), _line("-30.00"))
    assert _became(now) == {"june": ("mismatch", -3000), "july": ("proposed", None)}
    later = _carried(now, _line("-9.48", "2026-06"), _line("-84.04", "2026-07"))
    assert _became(later) == {"june": ("billed", -3948), "july": ("billed", -8404)}


def test_whatever_lines_come_each_is_counted_once() -> None:
    told = [_line("-39.48"), _line("-84.04", "2026-07"), _line("-1.00", "2026-09"), _line("5.00", zone="day")]
    before = frame(RECALCULATIONS, [*ABSENCE, _proposal("twin", JUNE, -3948)])
    for length in range(len(told) + 1):
        found = {str(sorted(_became(_carried(before, *one)).items())) for one in permutations(told, length) if
                 list(one) == sorted(one, key=told.index)}
        assert found
    straight, turned = _carried(before, *told), _carried(before.reverse(), *reversed(told))
    assert straight.equals(turned)


def test_two_events_of_one_month_share_its_lines() -> None:
    before = frame(RECALCULATIONS, [_proposal("a", JUNE, -100), _proposal("b", JUNE, -200), ABSENCE[1]])
    assert _became(_carried(before, _line("-3.00"))) == {
        "a": ("billed", -100), "b": ("billed", -200), "july": ("proposed", None),
    }
    assert _became(_carried(before, _line("-2.00"))) == {
        "a": ("proposed", None), "b": ("billed", -200), "july": ("proposed", None),
    }


@pytest.mark.parametrize("cause", ["absence", "bad_quality", "housing_days", "tampering"])
@pytest.mark.parametrize("status", ["proposed", "waits_for_approval"])
def test_another_recalculation_of_the_biller_settles_no_application(cause: str, status: str) -> None:
    rows = [{**one, "cause_code": cause, "status_code": status} for one in ABSENCE]
    now = _carried(frame(RECALCULATIONS, rows), _line("3.00", batch=None))
    assert _became(now) == {"june": (status, 0), "july": (status, 0)}, "open, and a person is asked"
    rest = _carried(now, _line("-123.52"))
    assert _became(rest) == {"june": ("billed", -3948), "july": ("billed", -8404)}


def test_the_billers_equal_recalculation_settles_one_proposal() -> None:
    now = _carried(frame(RECALCULATIONS, list(ABSENCE)), _line("-84.04", "2026-07", batch=None))
    assert _became(now) == {"june": ("proposed", None), "july": ("settled_by_biller", -8404)}
    twins = frame(RECALCULATIONS, [_proposal("a", JUNE, -3948), _proposal("b", JUNE, -3948)])
    assert _became(_carried(twins, _line("-39.48", batch=None))) == {
        "a": ("settled_by_biller", -3948), "b": ("proposed", None),
    }


def test_the_billers_recalculation_of_all_of_it_is_shared_out() -> None:
    now = _carried(frame(RECALCULATIONS, list(ABSENCE)), _line("-123.52", batch=None))
    assert _became(now) == {"june": ("settled_by_biller", -3948), "july": ("settled_by_biller", -8404)}


def test_a_true_up_beside_an_application_is_not_settled_by_its_sum() -> None:
    before = frame(RECALCULATIONS, [ABSENCE[0], _proposal("t", JUNE, 6493, cause_code="true_up_average")])
    assert _became(_carried(before, _line("-39.48", batch=None))) == {
        "june": ("settled_by_biller", -3948), "t": ("proposed", None),
    }
    assert _became(_carried(before, _line("70.00", batch=None))) == {
        "june": ("proposed", 0), "t": ("settled_by_biller", 7000),
    }


@pytest.mark.parametrize(("cause", "status", "stays"), [
    ("closed_account_credit", "waits_for_approval", True), ("closed_account_credit", "proposed", False),
    ("common_property", "proposed", True),
])
def test_what_a_closed_account_gets_back_waits_for_a_person_and_then_for_no_bill(
    cause: str, status: str, stays: bool, tmp_path: Path
) -> None:
    before = frame(RECALCULATIONS, [_proposal("credit", JUNE, -1240, cause_code=cause, status_code=status)])

    now = _carried(before)

    assert _became(now) == ({"credit": (status, None)} if stays else {})
    assert _not_carried(before, now, tmp_path) == []
    assert _not_carried(before, before.clear() if stays else before, tmp_path) == ["acc"]


def test_a_line_that_bills_a_closed_account_after_all_is_not_lost(tmp_path: Path) -> None:
    told = _proposal("credit", JUNE, -1240, cause_code="closed_account_credit")
    before = frame(RECALCULATIONS, [told])

    now = _carried(before, _line("-12.40"))

    assert _became(now) == {"credit": ("billed", -1240)}
    assert _not_carried(before, now, tmp_path) == []


def _not_carried(before: pl.DataFrame, now: pl.DataFrame, folder: Path) -> list[str]:
    """What the query of the audit says."""
    files = {"state_recalculations": before, "recalculations": now}
    for name, rows in files.items():
        to_outside(rows, RECALCULATIONS).write_parquet(folder / f"{name}.parquet")
    values = {name: str(folder / f"{name}.parquet") for name in files}
    return [row[0] for row in duckdb.execute(query("recalculation_carried"), values).fetchall()]
