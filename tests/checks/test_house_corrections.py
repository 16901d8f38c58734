"""The second path in SQL agrees with every case of corrections by meters of houses, of a month and of a year."""

from pathlib import Path
from typing import Any

import pytest

import pipeline.checks.house_corrections  # noqa: F401 (declares the check)
from pipeline.checks.room import finding_of
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import SERVICE_CONTRACTS
from tests.domain.metering.folders import Folder
from tests.domain.recalculation.houses import CASES, balances_of, billed_of, told_of

NAME = "houses_share_what_their_meters_tell"


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_check_holds_over_every_case(case: dict[str, Any], tmp_path: Path) -> None:
    told, billed = told_of(case), billed_of(case)
    published = {HOUSE_CORRECTIONS.name: told.found.corrections, RECALCULATIONS.name: told.proposals}
    staged = {
        "lines_of_houses": billed.lines, "balances_of_houses": balances_of(case),
        SERVICE_CONTRACTS.name: billed.contracts,
    }
    state = Folder(tmp_path / "state", {RECALCULATIONS.name: RECALCULATIONS.empty_inside()})
    files = Folder(tmp_path / "run", published, staged, state, told.run).lay()

    assert finding_of(NAME, files).passed  # type: ignore[arg-type]
    files.frames[RECALCULATIONS.name] = told.proposals.head(-1)
    is_spoiled = told.proposals.height > 0
    assert finding_of(NAME, files.lay()).passed is not is_spoiled  # type: ignore[arg-type]
