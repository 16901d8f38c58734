"""Before the parts: money of closed accounts and of reversals finds the account that holds it. Small frames only."""

import polars as pl

from pipeline.contracts import billing, ingest, ledger, payments, registers
from pipeline.domain.ledger.placing import Placed, irregular_accounts, out_of_time, placed
from pipeline.domain.ledger.posting import identified_money, identified_reversals
from pipeline.domain.ledger.taking_back import reversals_to_post
from pipeline.storage.parts import WHOLE, part_of
from pipeline.storage.run import MonthRun

#: Staged by the ledger for its parts.
ACCOUNTS, MOVED, SET_ASIDE, REVERSALS = "ledger_accounts", "ledger_moved", "ledger_set_aside", "ledger_reversals"


def money_placed(run: MonthRun, *, window_months: int) -> None:
    """Stage each part's accounts, the payments that move or are set aside, and the reversals of the month."""
    _stage_accounts(run)
    moves = _moves(run)
    run.write_staged(MOVED, WHOLE, moves.moved)
    run.write_staged(SET_ASIDE, WHOLE, moves.set_aside)
    run.write_staged(REVERSALS, WHOLE, _reversals(run, moves, window_months))


def own_accounts(run: MonthRun, part: str) -> pl.DataFrame:
    """account_id and house_id of a part's accounts; the house is missing where the register lacks the account."""
    return run.read_staged(ACCOUNTS, part)


def of_part(rows: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Rows of the part's accounts."""
    return rows.join(accounts, on="account_id", how="semi")


def _stage_accounts(run: MonthRun) -> None:
    index = run.read_staged(ingest.ACCOUNT_INDEX.name).select("account_id", part=part_of(pl.col("account_index")))
    houses = run.register(registers.ACCOUNTS).select("account_id", "house_id")
    told = index.join(houses, on="account_id", how="left").sort("account_id").partition_by("part", as_dict=True)
    empty = pl.DataFrame(schema={"account_id": pl.String, "house_id": pl.String})
    for part in run.parts:
        run.write_staged(ACCOUNTS, part, told.get((part,), empty).select("account_id", "house_id"))


def _moves(run: MonthRun) -> Placed:
    accepted = pl.scan_parquet(run.staged_parquet(payments.PAYMENTS.name)).filter(~pl.col("is_identified"))
    accounts = run.register(registers.ACCOUNTS)
    earliest = accepted.select(pl.col("paid_at").min().dt.date()).collect().item() or run.as_of
    irregular = irregular_accounts(accounts, paid_from=earliest)
    out = (
        accepted.join(irregular.lazy(), on="account_id").filter(out_of_time(pl.col("paid_at"))).collect()
        .sort("payment_id")
    )
    ids = out["account_id"].unique()
    documents = pl.scan_parquet(run.staged_parquet(billing.BILLING_DOCUMENTS.name)).select("account_id")
    live = pl.concat([
        run.state.keyed(ledger.OPEN_ITEMS, [run.state.month], account_ids=ids, columns=["account_id"])["account_id"],
        documents.filter(pl.col("account_id").is_in(ids.implode())).collect()["account_id"],
    ]).unique()
    known = run.read_staged(ingest.ACCOUNT_INDEX.name)["account_id"]
    return placed(out, accounts, live, known)


def _reversals(run: MonthRun, moves: Placed, window_months: int) -> pl.DataFrame:
    sent = run.read_staged(payments.PAYMENT_REVERSALS.name)
    decided = run.read_staged(payments.PAYMENT_IDENTIFICATIONS.name)
    identified = identified_reversals(decided)
    ids = pl.concat([sent["payment_id"], identified["payment_id"]]).drop_nulls().unique()
    columns = ["payment_id", "account_id", "registry_id"]
    before = run.state.keyed(
        ledger.POSTED_PAYMENTS, run.state.months_back(window_months), payment_ids=ids, columns=columns
    )
    now = pl.scan_parquet(run.staged_parquet(payments.PAYMENTS.name)).select(columns)
    holders = pl.concat([
        before, now.filter(pl.col("payment_id").is_in(ids.implode())).collect().sort("payment_id"),
        identified_money(decided).select(columns), moves.moved.select(columns),
    ])
    return reversals_to_post(
        sent, identified,
        holders.select("payment_id", holder_id="account_id", payment_registry_id="registry_id"),
    )
