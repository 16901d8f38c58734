"""The answer to whoever bills as files: what they hold, how a wrong call is told, and a month without any batch."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from pipeline.contracts.acceptance import ACCEPTANCE_LINES, BATCH_ACCEPTANCE, OUTCOMES
from pipeline.reports.acceptance import BATCHES, LINES, WORKBOOK, Answer, answer_files
from tests.ingest.town import Town, opened_town
from tests.town.books import raschet_here, succeeded

MONTH = date(2026, 7, 1)
BATCH = "2026-06:absence:c1:h1"


def _answer() -> Answer:
    nothing = {name: value for one in OUTCOMES for name, value in ((one, 0), (f"{one}_rub", Decimal("0.00")))}
    batch = nothing | {
        "batch_id": BATCH, "creditor_id": "c1", "cause_code": "absence", "lands_in_month": MONTH, "proposals": 2,
        "proposed_rub": Decimal("-123.52"), "accepted": 1, "accepted_rub": Decimal("-39.48"), "open": 1,
        "open_rub": Decimal("-84.04"), "mismatched_billed_rub": Decimal("0.00"), "unmet": 0,
        "unmet_rub": Decimal("0.00"),
    }
    strange = nothing | {
        "batch_id": "=cmd", "creditor_id": "c2", "proposals": 0, "proposed_rub": Decimal("0.00"),
        "mismatched_billed_rub": Decimal("0.00"), "unmet": 1, "unmet_rub": Decimal("-5.00"),
    }
    line = {"account_id": "0001", "contract_id": "k1", "service_code": "cold_water", "charge_month": MONTH}
    lines = [
        line | {"answer_id": "p1", "batch_id": BATCH, "creditor_id": "c1", "outcome_code": "accepted",
                "proposed_rub": Decimal("-39.48"), "billed_rub": Decimal("-39.48")},
        line | {"answer_id": "d1|4", "batch_id": "=cmd", "creditor_id": "c2", "outcome_code": "unmet",
                "proposed_rub": Decimal("0.00"), "billed_rub": Decimal("-5.00")},
    ]
    return Answer(MONTH, pl.DataFrame([batch, strange], schema=BATCH_ACCEPTANCE.outside_schema),
                  pl.DataFrame(lines, schema=ACCEPTANCE_LINES.outside_schema))


def _read(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return [row.split(";") for row in content.decode("utf-8-sig").splitlines()]


def test_tables_to_load_have_russian_heads_codes_and_words() -> None:
    files = dict(answer_files(_answer()))
    heads, first, second = _read(files[BATCHES])
    batch = dict(zip(heads, first, strict=True))
    assert (batch["Пачка"], batch["Код причины"], batch["Причина"]) == (BATCH, "absence", "временное отсутствие")
    assert (batch["Предложено, ₽"], batch["Принято: предложено, ₽"], batch["Ждёт документа: предложено, ₽"]) == (
        "-123,52", "-39,48", "-84,04"
    )
    assert batch["Выставить в месяце"] == "2026-07"
    assert second[0] == "'=cmd"

    heads, first, _ = _read(files[LINES])
    line = dict(zip(heads, first, strict=True))
    assert (line["Лицевой счёт"], line["Код исхода"], line["Исход"]) == ("0001", "accepted", "принято")


def test_the_workbook_has_both_lists_and_is_the_same_every_time() -> None:
    files = dict(answer_files(_answer()))
    assert fastexcel.read_excel(files[WORKBOOK]).sheet_names == ["Пачки", "Строки"]
    assert dict(answer_files(_answer())) == files
    rows = pl.read_excel(BytesIO(files[WORKBOOK]), sheet_name="Строки", read_options={"header_row": 2})
    assert rows["Лицевой счёт"].to_list()[:2] == ["0001", "0001"]


def test_one_creditor_gets_his_own() -> None:
    own = _answer().of("c2")
    assert (own.batches["batch_id"].to_list(), own.lines["answer_id"].to_list()) == (["=cmd"], ["d1|4"])


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = opened_town(tmp_path_factory.mktemp("bare") / "book")
    town.bill("D1")
    town.close()
    return town


def test_a_month_without_batches_says_so(bare: Town, tmp_path: Path) -> None:
    said = succeeded(raschet_here(bare.root, "acceptance", "--month", "2025-12"))
    assert "Пачек перерасчётов в этом месяце нет" in said
    assert (bare.root / "reports" / "run_month=2025-12" / "acceptance" / WORKBOOK).is_file()

    stranger = raschet_here(bare.root, "acceptance", "--month", "2025-12", "--creditor", "c9", "--out", str(tmp_path))
    early = raschet_here(bare.root, "acceptance", "--month", "2024-01")
    assert (stranger.exit_code, early.exit_code) == (2, 2) and not list(tmp_path.iterdir())
    assert "пачек получателя «c9» в этом месяце нет; есть: ни одного" in " ".join(stranger.output.split())
