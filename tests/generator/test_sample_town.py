"""The sample town: the seed makes what is committed, every table keeps its contract, sums agree with themselves."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.gate import gate
from pipeline.generator import generate_sample
from pipeline.generator.book import SAMPLE_ACCOUNTS
from pipeline.generator.stories.programme import CAST_SIZE, STORIES
from pipeline.identifiers import is_bank_account, is_inn, mobile_phone
from tests.case_files import told

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"
LANDING = SAMPLE / "landing"
FILES = sorted(LANDING.rglob("*.parquet"))
ANSWERS = told(SAMPLE / "answers.yaml")["stories"]


def table(name: str) -> pl.DataFrame:
    return pl.concat(pl.read_parquet(file) for file in sorted((LANDING / name).rglob("*.parquet")))


def relative(path: Path) -> str:
    return path.relative_to(LANDING).as_posix()


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = tmp_path_factory.mktemp("book")
    generate_sample(book)
    return book


def test_the_seed_makes_the_committed_town_to_the_byte(remade: Path) -> None:
    made = {path.relative_to(remade): path.read_bytes() for path in remade.rglob("*") if path.is_file()}
    committed = {path.relative_to(SAMPLE): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
    committed.pop(Path("README.md"))

    assert sorted(made) == sorted(committed)
    assert [path for path in made if made[path] != committed[path]] == []


def test_the_town_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 3_000_000


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_every_file_keeps_its_contract(file: Path) -> None:
    delivered = pl.read_parquet(file)

    assert gate(delivered, TABLES[file.relative_to(LANDING).parts[0]]).equals(delivered)


def test_the_generator_learns_nothing_from_what_it_tests() -> None:
    allowed = {"contracts", "money", "billing_month", "identifiers", "generator", "storage"}
    imported = set()
    for source in (ROOT / "pipeline" / "generator").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline."):
                imported.add((node.module or "").split(".")[1])

    assert imported <= allowed


def test_accounts_are_as_many_as_promised() -> None:
    assert table("accounts")["account_id"].n_unique() == SAMPLE_ACCOUNTS


# ---- sums


def planted(*names: str) -> set[str]:
    found: set[str] = set()
    for story in ANSWERS.values():
        defect = story.get("promises", {}).get("quarantined", {})
        if defect.get("rule_id") in names:
            ids = defect["document_id"]
            found |= set(ids if isinstance(ids, list) else [ids])
    return found


def test_lines_add_up_to_their_documents_but_for_the_planted_one() -> None:
    classes = table("services").select("service_code", "class_code")
    lines = table("charges").join(classes, on="service_code", how="left")
    apart = pl.col("class_code").is_in(["voluntary", "penalty"]).fill_null(False)
    sums = lines.group_by("document_id").agg(told_rub=pl.col("payable_rub").filter(~apart).sum())
    differing = table("billing_documents").join(sums, on="document_id").filter(
        pl.col("told_rub") != pl.col("charged_rub")
    )

    assert set(differing["document_id"]) == planted("lines_do_not_add_up")


def test_every_document_has_lines_and_every_line_a_document() -> None:
    assert set(table("charges")["document_id"]) == set(table("billing_documents")["document_id"])


def test_registries_announce_what_they_bring() -> None:
    paid = table("payments").unique(["registry_id", "payment_id"])
    undone = table("payment_reversals").select("registry_id", amount_rub=-pl.col("amount_rub"))
    brought = pl.concat([paid.select("registry_id", "amount_rub"), undone.select("registry_id", "amount_rub")])
    extra = ["enskbank-extra-1"]
    sums = (
        brought.filter(~pl.col("registry_id").is_in(extra)).group_by("registry_id")
        .agg(brought_rub=pl.col("amount_rub").sum())
    )
    announced = table("registries").filter(~pl.col("registry_id").is_in(extra))
    told = announced.join(sums, on="registry_id", how="left").with_columns(pl.col("brought_rub").fill_null(0))

    assert announced["registry_id"].is_unique().all()
    assert set(sums["registry_id"]) <= set(announced["registry_id"])
    assert told.filter(pl.col("brought_rub") != pl.col("total_rub"))["registry_id"].to_list() == []


def test_the_bank_has_booked_every_registry_with_money() -> None:
    booked = table("bank_statements").select("registry_id", "amount_rub")
    announced = table("registries").filter(pl.col("total_rub") != 0).unique("registry_id", keep="last")

    assert set(booked["registry_id"]) == set(announced["registry_id"])
    assert booked.height == announced.height


def queued(kind: str) -> list[dict[str, Any]]:
    """Rows that the stories promise to the queue of May."""
    promised = [row for story in ANSWERS.values() for row in story.get("promises", {}).get("queued", [])]
    return [row for row in promised if row["kind_code"] == kind and row["run"] == "2026-05"]


def test_the_bank_credits_what_registries_announce_but_for_the_planted_one() -> None:
    booked = table("bank_statements").group_by("registry_id").agg(booked_rub=pl.col("amount_rub").sum())
    announced = table("registries").unique("registry_id", keep="last")
    differing = announced.join(booked, on="registry_id").with_columns(
        short_rub=pl.col("total_rub").abs() - pl.col("booked_rub")
    ).filter(pl.col("short_rub") != 0)

    assert {(name, str(short)) for name, short in differing.select("registry_id", "short_rub").rows()} == {
        (row["registry_id"], row["effect_rub"]) for row in queued("registry_difference")
    }


def test_only_the_planted_payments_look_like_one_payment_made_twice() -> None:
    alike = ["account_id", "amount_rub", "channel_code", "purpose_code", "designated_document_id", "designated_month"]
    paid = table("payments").unique("payment_id").sort("paid_at", "payment_id")
    pairs = paid.with_columns(
        other_payment_id=pl.col("payment_id").shift(1).over(alike), minutes=pl.col("paid_at").diff().over(alike)
    ).filter(pl.col("minutes") <= pl.duration(days=1))

    assert set(pairs.select("payment_id", "other_payment_id").rows()) == {
        (row["payment_id"], row["other_payment_id"]) for row in queued("duplicate_payment")
    }


def test_lines_that_bill_a_proposal_are_planted() -> None:
    lines = table("charges").drop_nulls("batch_id").with_columns(pl.col("document_id").str.slice(0, 10))
    billed = {
        (story["accounts"]["main"], service): told["billed"] for story in ANSWERS.values()
        for service, told in story.get("promises", {}).get("billed_proposals", {}).items()
    }

    assert {
        (account, service): str(rub)
        for account, service, rub in lines.select("document_id", "service_code", "recalculated_rub").rows()
    } == billed != {}


def test_a_provider_sends_one_registry_for_every_expected_day() -> None:
    came = table("registries").filter(~pl.col("registry_id").str.contains("extra"))
    due = table("issue_calendar").select("provider_code", "expected_on").unique()
    within = due.filter(pl.col("expected_on") < pl.date(2026, 7, 1))

    assert came.height == within.height


def test_cycles_are_contiguous() -> None:
    cycles = table("cycles").sort("billing_month")

    assert cycles["next_issue_on"].to_list()[:-1] == cycles["issue_on"].to_list()[1:]


# ---- invented, and recognisable as such


def test_phones_are_mobile_numbers_of_the_invented_range() -> None:
    phones = table("contacts")["phone"].drop_nulls().to_list()

    assert phones and all(phone.startswith(("+79000", "+79009")) for phone in phones)
    assert all(mobile_phone(phone) == phone for phone in phones)
    assert len(set(phones)) == len(phones)


def test_requisites_are_well_formed() -> None:
    requisites = table("creditors").select("inn", "bank_account", "bic").rows()

    assert requisites
    for inn, account, bic in requisites:
        assert is_inn(inn) and inn.startswith("00")
        assert is_bank_account(account, bic)


# ---- the cast


def test_the_readme_names_every_story_and_account() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")

    assert len(STORIES) == len(ANSWERS)
    for slug, story in ANSWERS.items():
        assert f"| {slug} |" in readme
        assert all(f"`{account}`" in readme for account in story["accounts"].values())
    assert f"{CAST_SIZE} story accounts" in readme


def test_every_story_account_is_in_the_register_once() -> None:
    cast = [account for story in ANSWERS.values() for account in story["accounts"].values()]

    assert len(cast) == len(set(cast)) == CAST_SIZE
    assert set(cast) <= set(table("accounts")["account_id"])


def test_every_story_promises_something() -> None:
    assert [slug for slug, story in ANSWERS.items() if not {"eligibility", "promises"} & story.keys()] == []
