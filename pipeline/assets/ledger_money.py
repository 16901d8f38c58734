"""Before the parts: money of closed accounts and of reversals finds the account that holds it. Small frames only."""

from datetime import date

import polars as pl

from pipeline.contracts import billing, ingest, ledger, payments, registers
from pipeline.domain.ledger.placing import Placed, irregular_accounts, out_of_time, placed
from pipeline.domain.ledger.posting import identified_money, identified_reversals
from pipeline.domain.ledger.taking_back import reversals_to_post
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.state import RUN_MONTH

#: Staged by the ledger for its parts.
MOVED, SET_ASIDE, REVERSALS = "ledger_moved", "ledger_set_aside", "ledger_reversals"


def money_placed(run: MonthRun, *, window_months: int) -> None:
    """Stage the payments that move or are set aside, and the reversals of the month."""
    moves = _moves(run)
    run.write_staged(MOVED, WHOLE, moves.moved)
    run.write_staged(SET_ASIDE, WHOLE, moves.set_aside)
    run.write_staged(REVERSALS, WHOLE, _reversals(run, moves, window_months))


def own_accounts(run: MonthRun, part: str) -> pl.DataFrame:
    """account_id, house_id and account_kind_code of a part's accounts; missing where the register lacks the account."""
    index = run.read(ingest.ACCOUNT_INDEX, part, columns=["account_id"])
    known = run.register(registers.ACCOUNTS, part).select("account_id", "house_id", "account_kind_code")
    return index.join(known, on="account_id", how="left").sort("account_id")


def of_part(rows: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Rows of the part's accounts."""
    return rows.join(accounts, on="account_id", how="semi")


def _moves(run: MonthRun) -> Placed:
    """Of the book's accounts and payments only the few rows are read that can be out of time."""
    accepted = pl.scan_parquet(run.staged_parquet(payments.PAYMENTS.name)).filter(~pl.col("is_identified"))
    earliest = accepted.select(pl.col("paid_at").min().dt.date()).collect().item() or run.as_of
    accounts = _accounts_that_change(run, earliest)
    irregular = irregular_accounts(accounts, paid_from=earliest)
    out = (
        accepted.filter(pl.col("account_id").is_in(irregular["account_id"].implode()))
        .join(irregular.lazy(), on="account_id").filter(out_of_time(pl.col("paid_at"))).collect()
        .sort("payment_id")
    )
    ids = out["account_id"].unique()
    documents = pl.scan_parquet(run.staged_parquet(billing.BILLING_DOCUMENTS.name)).select("account_id")
    live = pl.concat([
        run.state.keyed(ledger.OPEN_ITEMS, [run.state.month], account_ids=ids, columns=["account_id"])["account_id"],
        documents.filter(pl.col("account_id").is_in(ids.implode())).collect()["account_id"],
    ]).unique()
    successors = accounts["successor_account_id"].drop_nulls().unique()
    known = (
        pl.scan_parquet(run.staged_parquet(ingest.ACCOUNT_INDEX.name)).select("account_id")
        .filter(pl.col("account_id").is_in(successors.implode())).collect()["account_id"]
    )
    return placed(out, accounts, live, known)


def _accounts_that_change(run: MonthRun, earliest: date) -> pl.DataFrame:
    """Accounts of the register that closed, opened after `earliest` or were renumbered."""
    changes = (
        pl.col("closed_on").is_not_null() | (pl.col("opened_on") > pl.lit(earliest))
        | pl.col("successor_account_id").is_not_null()
    )
    register = pl.scan_parquet(run.staged_parquet(registers.ACCOUNTS.name))
    return (
        register.select("account_id", "opened_on", "closed_on", "successor_account_id").filter(changes).collect()
        .unique().sort("account_id")
    )


def _reversals(run: MonthRun, moves: Placed, window_months: int) -> pl.DataFrame:
    sent = run.read_staged(payments.PAYMENT_REVERSALS.name)
    decided = run.read_staged(payments.PAYMENT_IDENTIFICATIONS.name)
    identified = identified_reversals(decided)
    ids = pl.concat([sent["payment_id"], identified["payment_id"]]).drop_nulls().unique()
    columns = ["payment_id", "account_id", "registry_id"]
    before = run.state.newest(
        ledger.POSTED_PAYMENTS, run.state.months_back(window_months), "payment_id", ids, columns=columns
    )
    now = pl.scan_parquet(run.staged_parquet(payments.PAYMENTS.name)).select(columns)
    held_now = pl.concat([
        now.filter(pl.col("payment_id").is_in(ids.implode())).collect().sort("payment_id"),
        identified_money(decided).select(columns), moves.moved.select(columns),
    ])
    holders = pl.concat([before, held_now.with_columns(pl.lit(run.month.first_day).alias(RUN_MONTH))])
    return reversals_to_post(
        sent, identified,
        holders.select(
            "payment_id", holder_id="account_id", payment_registry_id="registry_id", posted_month=RUN_MONTH
        ),
    )
