"""What the ledger posted answers for most accounts: the same decisions as when everybody is replayed."""

import polars as pl

from pipeline.assets import eligibility as room
from pipeline.assets.eligibility_inputs import posted_by_ledger, this_cycle
from pipeline.contracts import registers
from pipeline.contracts.billing import BILLING_DOCUMENTS
from pipeline.contracts.eligibility import ELIGIBILITY
from pipeline.domain.eligibility import sources, undecided
from pipeline.domain.eligibility.conditions import decided
from pipeline.domain.eligibility.posted import as_posted, out_of_order
from pipeline.domain.eligibility.replay import Replayed, replayed
from pipeline.storage.run import MonthRun

PART = "part-000"


def decisions(run: MonthRun, new: pl.DataFrame, replay: Replayed) -> pl.DataFrame:
    terms = room.terms_of(run)
    asked = new.with_columns(
        next_issue_on=terms.next_issue_on, is_bill_complete=True, blocked_documents=pl.lit(0, dtype=pl.Int32)
    )
    return decided(
        asked, replay, run.register(registers.ACCOUNTS, PART), run.register(registers.CHANNELS), rules=terms.rules,
        cut=terms.cut,
    )


def test_accounts_in_one_order_are_decided_as_their_replay_decides(run: MonthRun) -> None:
    bills = run.read_staged(BILLING_DOCUMENTS.name, PART)
    versions = sources.versions_among(bills)
    posted = posted_by_ledger(run, PART, bills)
    new = undecided.new_documents(bills, posted.documents, versions, run.state.read(ELIGIBILITY, PART))
    everyone = run.register(registers.ACCOUNTS, PART)["account_id"].sort()

    told = as_posted(posted, month=run.month.first_day)
    doubted = out_of_order(posted, told.movements, cut_on=run.as_of)
    few, all_accounts = (
        replayed(this_cycle(run, PART, posted, versions, accounts), exact_total_pays_penalty=True)
        for accounts in (doubted, everyone)
    )

    found = decisions(run, new, few.with_others(told, doubted))
    assert found.equals(decisions(run, new, all_accounts))
    in_order = found.filter(~pl.col("account_id").is_in(doubted.implode()))
    assert in_order["is_eligible"].any()
    assert in_order["is_paid_in_full"].any()
    assert 0 < doubted.len() < everyone.len()
