"""Checks of reductions beside other proposals: nothing that was only proposed falsifies a fee, in SQL as in code."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.recalculation  # noqa: F401 - declares the checks
from pipeline.assets.recalculation_inputs import ABSENCES_HERE, LINES, NO_PROPOSALS, PROPOSALS
from pipeline.checks.room import finding_of
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, SCHEDULE_BEFORE
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.storage.staging import NEW_APPLICATIONS
from tests.domain.metering.folders import Folder
from tests.domain.metering.town import charge_row, frame
from tests.domain.recalculation.applications import absences
from tests.domain.recalculation.applications import lines as fee_lines

JUNE = date(2026, 6, 1)
BATCH = "2026-07:absence:c1:h1"
SUPPLY = {"account_id": "acc", "contract_id": "k1", "service_code": "cold_water", "charge_month": JUNE,
          "corrected_months": ["2026-06"], "covered_months": 1, "status_code": "proposed"}


def _proposal(name: str, cause: str, kop: int, **more: Any) -> dict[str, Any]:
    return {
        **SUPPLY, "proposal_id": name, "event_id": "e1", "batch_id": BATCH, "cause_code": cause, "difference_kop": kop,
        "reversed_kop": 40_685, "charged_again_kop": 40_685 + kop, **more,
    }


TAMPERING = _proposal("t", "tampering", 1_206_479, status_code="waits_for_approval")
TRUE_UPS = [
    _proposal("u", "true_up_average", kop, covered_months=3, corrected_months=["2026-04", "2026-05", "2026-06"])
    for kop in (-90_000, 90_000)
]


def _files(root: Path, *now: dict[str, Any], before: tuple[dict[str, Any], ...] = (),
           billed: tuple[dict[str, Any], ...] = ()) -> Folder:
    fee = {**SUPPLY, "document_id": "d06", "basis_code": "meter", "charged_kop": 40_685, "payable_kop": 40_685}
    older = fee_lines({name: fee.get(name) for name in fee_lines().columns})
    away = absences([{"from": date(2026, 6, 3), "to": date(2026, 6, 20)}]).with_columns(account_id=pl.lit("acc"))
    charges = frame(CHARGES, [charge_row(number, line) for number, line in enumerate(billed, start=1)])
    staged = {LINES: older, PROPOSALS: NO_PROPOSALS, ABSENCES_HERE: away,
              NEW_APPLICATIONS: away.select("event_id"), CHARGES.name: charges,
              BILLING_DOCUMENTS.name: BILLING_DOCUMENTS.empty_inside(),
              SCHEDULE_BEFORE: ADVANCE_SCHEDULE.empty_inside()}
    state = Folder(root / "state", {RECALCULATIONS.name: frame(RECALCULATIONS, list(before))})
    return Folder(root / "run", {RECALCULATIONS.name: frame(RECALCULATIONS, list(now))}, staged, state).lay()


def _holds(name: str, files: Folder) -> bool:
    return finding_of(name, files).passed  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [TAMPERING, *TRUE_UPS], ids=["tampering", "less", "more"])
@pytest.mark.parametrize("is_new", [True, False])
def test_another_proposal_neither_stops_a_reduction_nor_makes_room_for_it(
    tmp_path: Path, other: dict[str, Any], is_new: bool
) -> None:
    def holds(place: str, kop: int) -> bool:
        beside = () if is_new else (other,)
        reduction = _proposal("q", "bad_quality", kop, reversed_kop=-kop, charged_again_kop=0)
        now = [reduction, *([other] if is_new else [])]
        return _holds("no_reduction_exceeds_its_fee", _files(tmp_path / place, *now, before=beside))

    assert holds("within", -4150)
    assert not holds("beyond", -40_686)


@pytest.mark.parametrize(("earlier", "holds"), [
    ({"difference_kop": -36_535}, True), ({"difference_kop": -36_536}, False),
    ({"difference_kop": -36_536, "status_code": "rejected"}, True),
    ({"difference_kop": -36_536, "status_code": "waits_for_approval", "billed_kop": 0}, False),
])
def test_two_reductions_together_are_weighed(tmp_path: Path, earlier: dict[str, Any], holds: bool) -> None:
    first = _proposal("a", "absence", 0) | earlier
    files = _files(tmp_path, _proposal("q", "bad_quality", -4150), before=(first,))
    assert _holds("no_reduction_exceeds_its_fee", files) is holds


@pytest.mark.parametrize("other", [TAMPERING, *TRUE_UPS], ids=["tampering", "less", "more"])
def test_an_absence_beside_another_proposal_is_counted_anew(tmp_path: Path, other: dict[str, Any]) -> None:
    # 406.85 × 16 / 30 = 216.987
    for kop, holds in ((-21_699, True), (-21_698, False)):
        files = _files(tmp_path / str(kop), _proposal("a", "absence", kop), before=(other,))
        assert _holds("absences_are_counted_by_days", files) is holds


@pytest.mark.parametrize(("june", "july", "holds"), [
    (("billed", -3948), ("proposed", None), True), (("mismatch", -3000), ("mismatch", -948), True),
    (("billed", -3948), ("mismatch", -3948), False), (("proposed", None), ("proposed", None), False),
])
def test_every_line_of_a_batch_is_counted_once(
    tmp_path: Path, june: tuple[str, int | None], july: tuple[str, int | None], holds: bool
) -> None:
    before = (_proposal("june", "absence", -3948), _proposal("july", "absence", -8404))
    now = [one | {"status_code": code, "billed_kop": kop}
           for one, (code, kop) in zip(before, (june, july), strict=True)]
    line = {"document": "d08", "month": "2026-06", "recalculated": "-39.48", "batch": BATCH}
    assert _holds("billed_proposals_equal_their_lines", _files(tmp_path, *now, before=before, billed=(line,))) is holds
