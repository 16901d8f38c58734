"""Offers of an instalment for one part; fees of earlier months are read only for those who may be offered one.

Not here: on which ground it is offered (`domain/debt/offers.py`, `domain/debt/seasonal.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts import billing, ledger, registers
from pipeline.contracts.instalments import FEES_COMPARED, INSTALMENTS_OFFERED, SERVICE_FEES
from pipeline.contracts.person_statuses import PERSON_STATUSES, SUBSIDY, known
from pipeline.domain.debt import offers, seasonal
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.debtors import Facts, Standing
from pipeline.domain.debt.people import holders
from pipeline.rules.debt_instalments import InstalmentRules
from pipeline.storage.run import MonthRun


def write_offers(
    run: MonthRun, part: str, found: Standing, facts: Facts, *, rules: InstalmentRules, is_awaiting: bool
) -> None:
    """What this cycle charged for its own months, whose fee has risen, and who is offered an instalment tonight."""
    services = run.register(registers.SERVICES)
    charges = run.read_staged(billing.CHARGES.name, part, columns=seasonal.LINE)
    documents = run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=seasonal.DOCUMENT)
    fees = seasonal.service_fees(charges, documents, services)
    run.write(SERVICE_FEES, part, fees)
    allowed = offers.may_be_offered(found.debtors, found.instalments, rules=rules)
    ids = allowed["account_id"].unique()
    pairs = allowed.select(PAIR)
    items = run.where(
        ledger.OPEN_ITEMS, part, pl.col("account_id").is_in(ids.implode()), columns=seasonal.FEE
    ).join(pairs, on=PAIR, how="semi")
    compared = seasonal.compared(
        items, _fees_of(run, part, fees, ids, rules), services, rules=rules, month=run.month.first_day, as_of=run.as_of
    )
    run.write(FEES_COMPARED, part, compared)
    due = offers.offers(
        allowed, seasonal.risen(compared), _subsidised(run, facts, ids), rules=rules, as_of=run.as_of
    )
    run.write(INSTALMENTS_OFFERED, part, due.clear() if is_awaiting else due)


def _fees_of(
    run: MonthRun, part: str, fees: pl.DataFrame, account_ids: pl.Series, rules: InstalmentRules
) -> pl.DataFrame:
    """SERVICE_FEES of these accounts: of this cycle, and by key of those that its months may be compared with."""
    months = run.state.months_back(seasonal.months_asked_for(rules) - 1)
    before = run.state.keyed(SERVICE_FEES, months, part=part, account_ids=account_ids)
    return pl.concat([before, fees.filter(pl.col("account_id").is_in(account_ids.implode()))])


def _subsidised(run: MonthRun, facts: Facts, accounts: pl.Series) -> pl.Series:
    """Accounts of these where somebody with a right in the flat gets a subsidy tonight."""
    running = known(run.register(PERSON_STATUSES)).filter(
        (pl.col("status_code") == SUBSIDY) & (pl.col("valid_from") <= run.as_of)
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= run.as_of))
    )
    own = facts.accounts.filter(pl.col("account_id").is_in(accounts.implode()))
    held = holders(own, facts.rights, as_of=run.as_of)
    return held.join(running, on="person_id", how="semi")["account_id"].unique()
