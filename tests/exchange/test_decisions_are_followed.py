"""From the queue to a workbook, back as deliveries, and through the next night: what was decided has happened."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.contracts.events import HOLDS
from pipeline.storage.book import Book
from pipeline.storage.files import write_parquet
from tests.exchange.filled import Workbook, rows_of
from tests.robustness.small import AFTER, DECEMBER, EARLY
from tests.town import direct
from tests.town.books import LAST, MAY, RanBook, copied, raschet_here, succeeded

NIGHT = "2026-06-21"
#: Every proposal needs a person.
LOW_THRESHOLD = "rules:\n  recalculation.approval_from_rub: \"0.01\""


def table(root: Path, name: str, month: str = LAST) -> pl.DataFrame:
    return pl.read_parquet(root / "published" / f"run_month={month}" / name / "*.parquet", hive_partitioning=False)


def landed(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in (root / "landing").rglob("queue-*.parquet")}


def test_the_next_night_follows_the_decisions(town_copy: Path, tmp_path: Path) -> None:
    before = rows_of(town_copy)
    money = next(row for row in before if row["kind_code"] == "suspended_payment" and row["candidate_account_ids"])
    back = next(row for row in before if row["kind_code"] == "suspended_payment"
                and not row["candidate_account_ids"] and row["reason_codes"] == ["account_closed"])
    first, second = sorted(
        (row for row in before if row["reason_codes"] == ["two_live_versions"]), key=lambda row: row["document_id"]
    )
    account = money["candidate_account_ids"][0]
    file = (
        Workbook(town_copy).decide(money, "зачислить на счёт", account).decide(back, "вернуть плательщику")
        .decide(first, "принять").decide(second, "отклонить").save(tmp_path / "q.xlsx")
    )

    said = succeeded(raschet_here(town_copy, "decide", str(file), "--on", NIGHT))
    assert "Принято: 4\u00a0решения" in said
    files = landed(town_copy)
    again = succeeded(raschet_here(town_copy, "decide", str(file), "--on", NIGHT))
    assert "Уже были приняты раньше: 4\u00a0решения" in again
    assert landed(town_copy) == files and len(files) == 2
    direct.published(Book.at(town_copy), MAY, date.fromisoformat(NIGHT))

    posted = table(town_copy, "posted_payments").filter(pl.col("payment_id") == money["payment_id"])
    assert posted.select("account_id", "is_identified").rows() == [(account, True)]
    documents = table(town_copy, "billed_documents")["document_id"].unique().to_list()
    assert first["document_id"] in documents and second["document_id"] not in documents
    after = rows_of(town_copy)
    gone = {row["queue_id"] for row in (money, back, first, second)}
    assert {row["queue_id"] for row in before} - {row["queue_id"] for row in after} == gone
    assert [row["rank"] for row in after] == list(range(1, len(after) + 1))
    suspended = table(town_copy, "suspended_payments")["amount_rub"].sum()
    queued = sum(row["effect_kop"] * (1 if row["kind_code"] == "suspended_payment" else -1) for row in after
                 if row["kind_code"].startswith("suspended"))
    assert Decimal(queued).scaleb(-2) == suspended
    once_more = succeeded(raschet_here(town_copy, "decide", str(file), "--on", "2026-06-22"))
    assert "Новых решений нет" in once_more and landed(town_copy) == files


def test_a_bad_line_keeps_the_whole_file_out_unless_asked(town_copy: Path, tmp_path: Path) -> None:
    rows = rows_of(town_copy)
    money = next(row for row in rows if row["kind_code"] == "suspended_payment" and row["candidate_account_ids"])
    document = next(row for row in rows if row["kind_code"] == "quarantined_document")
    file = (
        Workbook(town_copy).decide(money, "зачислить на счёт", "1").decide(document, "отклонить")
        .save(tmp_path / "q.xlsx")
    )

    whole = raschet_here(town_copy, "decide", str(file), "--on", NIGHT)
    assert whole.exit_code == 2
    assert "счёта «1» нет в участке" in whole.stderr and "ни одно решение не записано" in whole.stdout
    assert landed(town_copy) == {}
    good = raschet_here(town_copy, "decide", str(file), "--on", NIGHT, "--accept-good")
    assert good.exit_code == 2
    assert "Принято: 1\u00a0решение" in good.stdout
    assert [name.split("/")[1] for name in landed(town_copy)] == ["quarantine_decisions"]


def test_one_proposal_is_approved_and_another_rejected(small: RanBook, tmp_path: Path) -> None:
    root = copied(small.root, tmp_path / "book")
    settings = root / "settings.yaml"
    written = settings.read_text(encoding="utf-8")
    assert "rules:\n" in written
    settings.write_text(written.replace("rules:", LOW_THRESHOLD, 1), encoding="utf-8")
    direct.published(Book.at(root), DECEMBER, date.fromisoformat(EARLY), is_asked=False)
    first, second, *others = (row for row in rows_of(root) if row["kind_code"] == "proposal_to_approve")
    assert others
    file = Workbook(root).decide(first, "согласовать").decide(second, "отказать").save(tmp_path / "q.xlsx")

    succeeded(raschet_here(root, "decide", str(file), "--on", "2026-01-16"))
    direct.published(Book.at(root), DECEMBER, date(2026, 1, 16))

    status = dict(table(root, "recalculations", "2025-12").select("proposal_id", "status_code").rows())
    assert (status[first["proposal_id"]], status[second["proposal_id"]]) == ("proposed", "rejected")
    still = {row["queue_id"] for row in rows_of(root)}
    assert {row["queue_id"] for row in others} <= still
    assert not {first["queue_id"], second["queue_id"]} & still


def test_a_row_refused_again_is_asked_for_once_more_in_the_next_cycle(small: RanBook, tmp_path: Path) -> None:
    root = copied(small.root, tmp_path / "book")
    hold = {"event_id": "h1", "registered_at": datetime(2026, 1, 15, 9, tzinfo=MOSCOW), "account_id": "no such account",
            "reason_code": "dispute", "from_on": date(2026, 1, 15)}
    rows = pl.DataFrame([hold], schema=HOLDS.outside_schema)
    write_parquet(root / "landing/holds/received=2026-01-16/h.parquet", rows)
    direct.published(Book.at(root), DECEMBER, date(2026, 1, 16), is_asked=False)

    def asked(day: str) -> str:
        row = next(row for row in rows_of(root) if row["table_name"] == "holds")
        month = "2025-12" if day < "2026-02" else "2026-01"
        file = Workbook(root, month=month).decide(row, "принять").save(tmp_path / "q.xlsx")
        return succeeded(raschet_here(root, "decide", str(file), "--on", day))

    first = asked("2026-01-17")
    assert "Принято: 1\u00a0решение" in first
    assert "отклонены ещё раз" in first and "неизвестный лицевой счёт" in first
    assert "Уже были приняты раньше: 1\u00a0решение" in asked("2026-01-17")
    direct.closed(Book.at(root), DECEMBER, DECEMBER.next, date.fromisoformat(AFTER))
    assert "Принято: 1\u00a0решение" in asked("2026-02-11")
    assert "Уже были приняты раньше: 1\u00a0решение" in asked("2026-02-11")
    direct.published(Book.at(root), DECEMBER.next, date(2026, 2, 11))
    taken = table(root, "deliveries", "2026-01").filter(pl.col("table_name") == "holds")
    assert taken["status_code"].to_list() == ["readmitted"]
    assert len(landed(root)) == 2
