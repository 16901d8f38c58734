"""The ledger: what is owed, where money goes, what is left. Open items, movements, advances, suspense, balances."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from pipeline.assets.discounts_over import discounts_over
from pipeline.assets.empty_flats import empty_flats
from pipeline.assets.ledger_money import MOVED, REVERSALS, SET_ASIDE, money_placed, of_part, own_accounts
from pipeline.assets.room import room_assets
from pipeline.billing_month import start_of_day
from pipeline.contracts import billing, events, ingest, ledger, payments, registers
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS, SCHEDULE_AT_START, TERMS_AT_START
from pipeline.domain.allocation import Allocated
from pipeline.domain.ledger.balances import CONSERVATION_KEY, conservation, summed
from pipeline.domain.ledger.billing import contracts_added
from pipeline.domain.ledger.collected import added as added_up
from pipeline.domain.ledger.collected import collected_money, creditor_funds, looked_up
from pipeline.domain.ledger.history import items_since, needed_since, replaced_before, touched_movements
from pipeline.domain.ledger.lines import CHARGED
from pipeline.domain.ledger.month import Arrived, LedgerMonth, Registers, Stood, ledger_month
from pipeline.domain.ledger.posting import identified_money, posted_payments
from pipeline.domain.ledger.reconciliation import (
    added,
    registry_flows,
    registry_reconciliation,
    reversal_flows,
    suspense_flows,
)
from pipeline.domain.ledger.suspense import not_found_rows, suspense
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.ledger import LedgerRules
from pipeline.storage.parts import UNPLACED, WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import RELEASED
from pipeline.storage.state import RUN_MONTH

#: An item older than its limitation and a year has long been settled; movements are not looked for further back.
_MONTHS_OF_HISTORY = 48
_PER_PART = (
    ledger.OPEN_ITEMS, ledger.PAYMENT_ALLOCATIONS, ledger.ADVANCES, ledger.POSTED_PAYMENTS, ledger.BILLED_DOCUMENTS,
    ledger.ACCOUNT_BALANCES,
)


@dataclass(frozen=True)
class PartSums:
    """What a part adds to tables of the whole book."""

    conservation: pl.DataFrame
    registries: pl.DataFrame
    not_found: pl.DataFrame
    billed_contracts: pl.DataFrame
    collected: pl.DataFrame


@room_assets("ledger", ledger.PUBLISHED, after=ingest.PUBLISHED)
def ledger_tables(run: MonthRun) -> None:
    """Items, movements, advances, suspended money and balances of the cycle, in order of arrival."""
    compute(run)


def compute(run: MonthRun) -> None:
    """The room's tables in the work folder."""
    rules = LedgerRules.in_force(run.rule_book, run.month.first_day)
    working_days = WorkingCalendar.known(run.rule_book).working_days()
    money_placed(run, window_months=rules.payment_id_window_months)
    sums = run.map_parts(ledger_part, rules=rules, working_days=working_days)
    for table in _PER_PART:
        run.write(table, UNPLACED, table.empty_inside())
    _whole_tables(run, sums)


def ledger_part(run: MonthRun, part: str, *, rules: LedgerRules, working_days: pl.DataFrame) -> PartSums:
    """One part of the ledger."""
    accepted = run.read_staged(payments.PAYMENTS.name, part)
    accounts = own_accounts(run, part)
    arrived = _arrived(run, part, accepted, accounts)
    told = ledger_month(
        _stood(run, part, arrived), arrived, _registers(run, part, accounts, working_days),
        rules=rules, cut_on=run.as_of, cycle_start=_cycle_start(run),
    )
    houses = _write(run, part, told, arrived.payments, accounts)
    allocated = told.allocated
    return PartSums(
        houses, registry_flows(accepted, allocated.log, allocated.sources, allocated.advances),
        allocated.not_found, told.billed_contracts, _collected(run, part, allocated, arrived.payments),
    )


def _collected(run: MonthRun, part: str, allocated: Allocated, posted: pl.DataFrame) -> pl.DataFrame:
    older = run.state.newest(
        ledger.POSTED_PAYMENTS, run.state.months_back(_MONTHS_OF_HISTORY), "payment_id",
        looked_up(allocated.log, allocated.sources, posted), part=part,
        columns=["payment_id", "designated_creditor_id"],
    )
    return collected_money(
        allocated.log, allocated.sources, posted, older, run.register(registers.CHANNELS),
        cycle_start=_cycle_start(run).date(),
    )


def _arrived(run: MonthRun, part: str, accepted: pl.DataFrame, accounts: pl.DataFrame) -> Arrived:
    moved, set_aside = run.read_staged(MOVED, WHOLE), run.read_staged(SET_ASIDE, WHOLE)
    decided = identified_money(of_part(run.read_staged(payments.PAYMENT_IDENTIFICATIONS.name), accounts))
    leaving = pl.concat([moved["payment_id"], set_aside["payment_id"]])
    return Arrived(
        documents=run.read_staged(billing.BILLING_DOCUMENTS.name, part),
        charges=partial(run.read_staged, billing.CHARGES.name, part, columns=CHARGED),
        payments=posted_payments(accepted, leaving, of_part(moved, accounts), decided),
        # a payment that is set aside lies on no account: its reversal takes it out of the suspense
        reversals=of_part(run.read_staged(REVERSALS, WHOLE), accounts).join(
            set_aside, on="payment_id", how="anti"
        ),
    )


def _stood(run: MonthRun, part: str, arrived: Arrived) -> Stood:
    terms, schedule = run.state.read(ADVANCE_TERMS, part), run.state.read(ADVANCE_SCHEDULE, part)
    # months that an older version closed have neither
    run.write_staged(TERMS_AT_START, part, terms)
    run.write_staged(SCHEDULE_AT_START, part, schedule)
    advances = run.state.read(ledger.ADVANCES, part)
    moved_before = _moved_before(run, part, arrived.documents, arrived.reversals)
    return Stood(
        items=run.state.read(ledger.OPEN_ITEMS, part), advances=advances, moved_before=moved_before, terms=terms,
        schedule=schedule, over=discounts_over(run.state, part, advances, arrived.payments, moved_before),
    )


def _moved_before(run: MonthRun, part: str, documents: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    """Older movements that are touched now, read by key: of each account only the months that can hold them."""
    replaced = replaced_before(documents)
    since = needed_since(replaced, _billed_in(run, part, replaced["document_id"]), reversals)
    read = _movements_of(run, part, since.with_columns(until=pl.lit(None, pl.Date)))
    touched = touched_movements(read, documents, reversals)
    earlier = _movements_of(run, part, items_since(touched, _billed_in(run, part, touched["document_id"]), since))
    return touched_movements(pl.concat([earlier, read]), documents, reversals)


def _billed_in(run: MonthRun, part: str, document_ids: pl.Series) -> pl.DataFrame:
    """document_id and the month that posted it (`since`); documents of the opening are not among them."""
    billed = run.state.newest(
        ledger.BILLED_DOCUMENTS, run.state.months_back(_MONTHS_OF_HISTORY), "document_id", document_ids, part=part,
        columns=["document_id"],
    )
    return billed.select("document_id", since=RUN_MONTH).unique()


def _movements_of(run: MonthRun, part: str, accounts: pl.DataFrame) -> pl.DataFrame:
    """Movements of accounts from month `since` to before month `until`."""
    found = [ledger.PAYMENT_ALLOCATIONS.empty_inside()]
    for month in run.state.months_back(_MONTHS_OF_HISTORY):
        day = pl.lit(month.first_day)
        ids = accounts.filter(pl.col("since") <= day, pl.col("until").is_null() | (day < pl.col("until")))["account_id"]
        found.append(run.state.keyed(ledger.PAYMENT_ALLOCATIONS, [month], part=part, account_ids=ids))
    return pl.concat(found)


def _registers(run: MonthRun, part: str, accounts: pl.DataFrame, working_days: pl.DataFrame) -> Registers:
    return Registers(
        accounts=accounts, contracts=run.register(registers.SERVICE_CONTRACTS),
        services=run.register(registers.SERVICES), court_cases=run.register(events.COURT_CASES),
        advance_contracts=run.register(events.ADVANCE_CONTRACTS), holds=run.register(events.HOLDS),
        empty=empty_flats(run, part), working_days=working_days,
    )


def _cycle_start(run: MonthRun) -> datetime:
    cycles = run.register(registers.CYCLES).filter(pl.col("billing_month") == run.month.first_day)
    return start_of_day(cycles["issue_on"].item())


def _write(
    run: MonthRun, part: str, told: LedgerMonth, posted: pl.DataFrame, accounts: pl.DataFrame
) -> pl.DataFrame:
    """The part's tables; its balances added up by house come back."""
    run.write(ledger.OPEN_ITEMS, part, told.open_items())
    run.write(ledger.PAYMENT_ALLOCATIONS, part, told.allocated.movements)
    run.write(ledger.ADVANCES, part, told.allocated.advances)
    run.write(ledger.POSTED_PAYMENTS, part, posted)
    run.write(ledger.BILLED_DOCUMENTS, part, told.billed_documents())
    run.write(ledger.SUSPENDED_PAYMENTS, part, ledger.SUSPENDED_PAYMENTS.empty_inside())
    balances = told.balances()
    run.write(ledger.ACCOUNT_BALANCES, part, balances)
    return conservation(balances, accounts)


def _whole_tables(run: MonthRun, sums: list[PartSums]) -> None:
    """Tables of the whole book: conservation by house, the suspense, registries."""
    run.write(ledger.CONSERVATION, WHOLE, summed([part.conservation for part in sums], CONSERVATION_KEY))
    run.write(ledger.BILLED_CONTRACTS, WHOLE, contracts_added([part.billed_contracts for part in sums]))
    collected = added_up([part.collected for part in sums])
    run.write(ledger.COLLECTED_MONEY, WHOLE, collected)
    run.write(ledger.CREDITOR_FUNDS, WHOLE, _funds(run, collected))
    new, reversals = run.read_staged("suspended_new"), run.read_staged(REVERSALS, WHOLE)
    set_aside, decided = run.read_staged(SET_ASIDE, WHOLE), run.read_staged(payments.PAYMENT_IDENTIFICATIONS.name)
    released = run.read_staged(RELEASED)
    waiting = suspense(
        run.state.read(ledger.SUSPENDED_PAYMENTS), pl.concat([new, set_aside]),
        settled=pl.concat([decided["suspended_id"], released["suspended_id"]]),
        reversals=reversals.join(set_aside, on="payment_id", how="semi"),
        not_found=not_found_rows(pl.concat([part.not_found for part in sums]), reversals),
    )
    run.write(ledger.SUSPENDED_PAYMENTS, UNPLACED, waiting.rows)
    flows = added([
        *(part.registries for part in sums), reversal_flows(reversals),
        suspense_flows(new, decided, released, waiting.shifted, waiting.rows),
    ])
    run.write(ledger.REGISTRY_RECONCILIATION, WHOLE, registry_reconciliation(
        run.state.read(ledger.REGISTRY_RECONCILIATION), flows, run.read(ingest.KNOWN_REGISTRIES),
        run.read_staged(payments.BANK_STATEMENTS.name), cut_on=run.as_of,
    ))


def _funds(run: MonthRun, collected: pl.DataFrame) -> pl.DataFrame:
    before, is_first = run.state.read(ledger.CREDITOR_FUNDS), run.state.is_opening
    delivered = run.read(ingest.DELIVERIES).filter(pl.col("table_name") == payments.REMITTANCES.name)
    return creditor_funds(
        before, collected, run.read(ingest.POSTED_REMITTANCES),
        is_opening_known=is_first
        or (run.state.holds(ledger.CREDITOR_FUNDS) and before["closing_kop"].null_count() == 0),
        is_remittance_known=bool(before["is_remittance_known"].any()) or not delivered.is_empty(),
    )
