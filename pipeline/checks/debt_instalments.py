"""Promises of instalments: kept by the ledger, offered to whom the law and the book offer them, asked for once.

SQL over the files of the run (`audit/debt_*.sql`). A journal cannot be mended, so what is wrong there only warns.
"""

from pipeline.checks.asked import Broken
from pipeline.checks.debt_files import nothing_found, of_debts, of_lists
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.instalments import FEES_COMPARED, INSTALMENTS, INSTALMENTS_OFFERED, SERVICE_FEES
from pipeline.domain.debt.seasonal import months_asked_for
from pipeline.money import roubles_of
from pipeline.rules.debt_instalments import PERCENT, InstalmentRules
from pipeline.storage.run import MonthRun


@room_check(INSTALMENTS, blocking=True)
def whoever_keeps_an_instalment_is_left_in_peace(run: MonthRun) -> Finding:
    """Рассрочка соблюдается или нарушена по учёту; кто её соблюдает, не стоит ни в одном списке."""
    return of_lists(run, "debt_instalments").finding("Рассрочки считаются по учёту и защищают, пока соблюдаются")


@room_check(INSTALMENTS_OFFERED, blocking=True)
def an_instalment_is_offered_to_whom_it_is_due(run: MonthRun) -> Finding:
    """Рассрочку предлагают всем, кому пора, и никому больше: после квитанции, при росте платы, получателям субсидии."""
    rules = InstalmentRules.in_force(run.rule_book, run.as_of)
    told = {
        "contact_least": str(roubles_of(rules.contact_min_kop)), "offer_least": str(roubles_of(rules.offer_min_kop)),
        "wait_days": str(rules.days_after_receipt), "part_kop": str(rules.part_min_kop),
        "months_most": str(rules.months_max), "seasonal_months": str(rules.seasonal_months),
    }
    finding = of_debts(run, "debt_offers", **told)
    return finding.finding("Рассрочку предлагают тем, кому положено, на верном основании")


@room_check(SERVICE_FEES, blocking=True)
def fees_are_what_documents_charged(run: MonthRun) -> Finding:
    """Плата за сам месяц — строки документов цикла за этот месяц, без перерасчётов."""
    staged = {table.name: run.staged_parquet(table.name) for table in (CHARGES, BILLING_DOCUMENTS)}
    is_proven = nothing_found(run, "debt_service_fees_look", **staged)
    found = Broken() if is_proven else of_debts(run, "debt_service_fees", **staged)
    return found.finding("Плата за месяц сходится со строками документов")


@room_check(FEES_COMPARED, blocking=True)
def a_fee_is_compared_with_its_own_month_a_year_before(run: MonthRun) -> Finding:
    """Плату за месяц сравнивают с платой за тот же месяц прошлого года; чего не с чем сравнить, о том сказано."""
    rules = InstalmentRules.in_force(run.rule_book, run.as_of)
    finding = of_debts(
        run, "debt_fees_compared", fees_told=_fees_told(run, rules),
        contact_least=str(roubles_of(rules.contact_min_kop)), seasonal_months=str(rules.seasonal_months),
        seasonal_percent=_percent(rules), month=str(run.month.first_day),
    )
    return finding.finding("Плата за месяц сравнена с тем же месяцем прошлого года")


@room_check(INSTALMENTS_OFFERED, blocking=False)
def requests_are_handed_over_once(run: MonthRun) -> Finding:
    """В журнале переданного нет повторов за день, рассрочка предложена раз за эпизод, поручения названы целиком."""
    return of_lists(run, "debt_handovers").finding("Поручения и предложения переданы по одному разу")


def _percent(rules: InstalmentRules) -> str:
    return f"{rules.seasonal_percent // PERCENT}.{rules.seasonal_percent % PERCENT:04d}"


def _fees_told(run: MonthRun, rules: InstalmentRules) -> list[str]:
    """Fees of this month and of those that it can be compared with."""
    name = SERVICE_FEES.name
    months = run.state.months_back(months_asked_for(rules) - 1)
    told = [month for month in months if (run.book.published(month) / name).is_dir()]
    return [run.parquet(name), *(str(run.book.published(month) / name / "*.parquet") for month in told)]
