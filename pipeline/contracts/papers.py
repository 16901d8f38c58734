"""Papers that leave the building: directories that only papers read, and what a printed batch or folder says of itself.

Directories lie in the landing as dated snapshots, like registers. No month reads them, so a book without them computes
all the same; a paper that needs a row which is missing says so. Not here: the lists that papers are made from.
"""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.debt import action_id, addressee_code, court_case_id
from pipeline.contracts.table import Stage, Table, code, codes, count, date, integer, money, month, text, yes_no

ADDRESSES = Table(
    "addresses", "letters", Stage.DIRECTORY, grain="postal address of one premises; personal data",
    columns=(c.premises_id, text("address", "address in one line, as it stands on an envelope", is_personal=True)),
    primary_key=("premises_id",),
)

PAYMENT_DETAILS = Table(
    "payment_details", "letters", Stage.DIRECTORY,
    grain="what a payment order to one creditor needs besides the register `creditors`",
    columns=(
        c.creditor_id, text("kpp", "КПП", is_nullable=True), text("bank_name", "bank of the settlement account"),
        text("correspondent_account", "correspondent account of the bank; missing for a treasury account",
             is_nullable=True),
        text("legal_address", "legal address of the organisation", is_nullable=True),
    ),
    primary_key=("creditor_id",),
)

IDENTITIES = Table(
    "identities", "letters", Stage.DIRECTORY,
    grain="what a court wants to know of one debtor (ГПК РФ, ст. 124); personal data",
    columns=(
        c.person_id, text("birth_place", "place of birth", is_nullable=True, is_personal=True),
        text("snils", "СНИЛС", is_nullable=True, is_personal=True),
        text("inn", "ИНН of the person", is_nullable=True, is_personal=True),
        text("document", "identity document or driving licence: kind, series, number, issued by whom and when",
             is_nullable=True, is_personal=True),
    ),
    primary_key=("person_id",),
)

COURT_SECTIONS = Table(
    "court_sections", "letters", Stage.DIRECTORY, grain="justice of the peace (судебный участок) of one house",
    columns=(
        c.house_id, text("court_name", "section of the justice of the peace, as an application is addressed"),
        text("court_address", "postal address of the section", is_nullable=True),
    ),
    primary_key=("house_id",),
)

BAILIFF_DIVISIONS = Table(
    "bailiff_divisions", "letters", Stage.DIRECTORY, grain="division of the bailiffs that one house belongs to",
    columns=(
        c.house_id, text("division_name", "division, as an application is addressed"),
        text("division_address", "postal address of the division", is_nullable=True),
    ),
    primary_key=("house_id",),
)

DIRECTORIES = (ADDRESSES, PAYMENT_DETAILS, IDENTITIES, COURT_SECTIONS, BAILIFF_DIVISIONS)

#: Why a paper was not printed, or what it lacks.
NOT_PRINTED = ("sums_differ", "never_restricted", "gas_has_other_rules")
LACKING = ("no_address", "no_payment_details", "wrong_bank_account")

_batch_file = text("file_name", "PDF of the batch", is_nullable=True)
_number = text("number", "number printed on it: kind, night, what it is about")
_number_if_printed = text("number", "number printed on it: kind, night, account, creditor", is_nullable=True)
_letter_number = integer("letter_number", "place of the letter among those of its list; from 1 through all batches",
                         is_nullable=True, at_least=1)
_envelope_number = integer("envelope_number", "envelope of the flat: its letters of the night go together",
                           is_nullable=True, at_least=1)
_has_qr = yes_no("has_qr", "a payment code is on it")
_lacks = codes("lacks", "what it lacks, or why it was not printed, sorted")
_PRINTED_OR_TOLD_WHY = {"printed_or_told_why": pl.col("file_name").is_not_null() | (pl.col("lacks").list.len() > 0)}

RECEIPT_LETTERS = Table(
    "receipt_letters", "letters", Stage.REPORT,
    grain="one debt receipt of the list: in which file it was printed, or why it was not",
    columns=(
        action_id, c.account_id, c.creditor_id, c.premises_id.or_null("the register does not know it"),
        _batch_file, _number_if_printed,
        _letter_number, _envelope_number,
        money("overdue_rub", "overdue by the months of the letter"),
        money("claimed_rub", "to pay by the letter: the claim of the list", at_least=0),
        _has_qr, _lacks,
    ),
    primary_key=("action_id",),
    rows=_PRINTED_OR_TOLD_WHY,
)

RESTRICTION_NOTICES = Table(
    "restriction_notices", "letters", Stage.REPORT,
    grain="one warning of a restriction, account × creditor: in which file it was printed, or why it was not",
    columns=(
        c.account_id, c.creditor_id, c.premises_id.or_null("the register does not know it"),
        codes("service_codes", "services that it warns of, sorted"), _batch_file, _number_if_printed, _letter_number,
        _envelope_number,
        money("overdue_rub", "overdue for these services", at_least=0),
        money("claimed_rub", "to pay for them: the debts of the list less what may cover them, once", at_least=0),
        _has_qr, _lacks,
    ),
    primary_key=("account_id", "creditor_id"),
    rows=_PRINTED_OR_TOLD_WHY,
)

INSTALMENT_OFFERS = Table(
    "instalment_offers", "letters", Stage.REPORT,
    grain="one offer of an instalment, account × creditor: in which file it was printed, or why it was not",
    columns=(
        c.account_id, c.creditor_id, c.premises_id.or_null("the register does not know it"),
        _batch_file, _number_if_printed, _letter_number, _envelope_number,
        money("overdue_rub", "overdue tonight", at_least=0),
        money("claimed_rub", "debt that is offered to be spread: the claim of the night", at_least=0),
        count("months", "parts that it is offered in", unit="month", at_least=1), _has_qr, _lacks,
    ),
    primary_key=("account_id", "creditor_id"),
    rows=_PRINTED_OR_TOLD_WHY,
)

PRETRIAL_LETTERS = Table(
    "pretrial_letters", "letters", Stage.REPORT,
    grain="one pre-trial notice, account × creditor: in which file it was printed, or why it was not",
    columns=(
        c.account_id, c.creditor_id, c.premises_id.or_null("the register does not know it"),
        _batch_file, _number_if_printed, _letter_number, _envelope_number,
        money("overdue_rub", "overdue by the months of the letter", at_least=0),
        money("claimed_rub", "to pay by the letter: what would be claimed", at_least=0),
        date("court_on", "first day on which the application may be filed"), _has_qr, _lacks,
    ),
    primary_key=("account_id", "creditor_id"),
    rows=_PRINTED_OR_TOLD_WHY,
)

AGREEMENT_PARTS = Table(
    "agreement_parts", "letters", Stage.REPORT,
    grain="one part of the schedule of a drafted agreement: rows of `instalment_agreements` once it is signed",
    columns=(
        text("agreement_id", "agreement: account, creditor, day of the signing"), c.account_id, c.creditor_id,
        date("signed_on", "day of the signing; debts due by it are spread"),
        date("part_due_on", "last day to pay the part"), money("part_rub", "the part", at_least=0),
    ),
    primary_key=("agreement_id", "part_due_on"),
)

CERTIFICATES = Table(
    "certificates", "letters", Stage.REPORT, grain="one certificate of debt of one account as of the end of a day",
    columns=(
        c.account_id, date("owed_on", "day at whose end the debt stood"),
        text("number", "number: kind, that day, account, day of the issue"), date("issued_on", "day it was issued"),
        text("file_name", "PDF of the certificate"),
        money("debt_rub", "due by the day and not paid: principal and capital repair", at_least=0),
        money("due_later_rub", "billed by the day, due later", at_least=0),
        money("besides_rub", "penalties and court costs that stand apart", at_least=0),
        money("paid_later_rub", "paid by the day and arrived after it: taken off the debt", at_least=0),
    ),
    primary_key=("account_id", "owed_on"),
)

_case_id = text("case_id", "case of `court_list`: creditor × premises × set of debtors")

COURT_FOLDERS = Table(
    "court_folders", "letters", Stage.REPORT, grain="one case of the court list and its folder",
    columns=(
        _case_id, c.creditor_id, c.premises_id.or_null("the register does not know it"),
        codes("account_ids", "accounts of the case, sorted"),
        _number.meaning_here("number of the application: kind, night, first account, creditor"),
        text("folder_name", "folder of its papers; missing when they were not made", is_nullable=True),
        text("court_name", "section of the justice of the peace", is_nullable=True),
        month("from_month", "first billing month claimed", is_nullable=True),
        month("to_month", "last billing month claimed", is_nullable=True),
        money("principal_rub", "principal claimed: that of the list", at_least=0),
        money("penalty_rub", "penalties claimed", at_least=0), money("price_rub", "price of the claim", at_least=0),
        money("duty_rub", "state duty of the court order, or of the claim, on that price; missing above the scale",
              is_nullable=True, at_least=0),
        date("penalty_until_on", "last day of the penalties", is_nullable=True),
        codes("lacks", "what to check before filing, or why there is no folder, sorted"),
    ),
    primary_key=("case_id",),
    rows={
        "price_adds_up": pl.col("price_rub") == pl.col("principal_rub") + pl.col("penalty_rub"),
        "made_or_told_why": pl.col("folder_name").is_not_null() | pl.col("lacks").list.contains("sums_differ"),
    },
)

COURT_FILES = Table(
    "court_files", "letters", Stage.REPORT, grain="one file of a court folder",
    columns=(
        _case_id, text("file_name", "folder and name"), text("title", "what paper it is"),
        text("sha256", "SHA-256 of the file"),
    ),
    primary_key=("file_name",),
)

CASE_LETTERS = Table(
    "case_letters", "letters", Stage.REPORT,
    grain="one letter of a filed case: to the bank or the bailiffs to execute a writ, or to whoever holds too much",
    columns=(
        court_case_id, addressee_code,
        code("asked_code", "what is asked", "writ", "return", "reduce", "withdraw", "recall"),
        _number.meaning_here("number of the letter: kind, night, case, addressee"),
        c.account_id, c.creditor_id, date("act_on", "day of the court's last act", is_nullable=True),
        money("principal_rub", "principal to collect, or what is left of it", at_least=0),
        money("penalty_rub", "the same of penalties", at_least=0),
        money("duty_rub", "the same of the duty", at_least=0),
        money("left_rub", "all three", at_least=0), text("file_name", "folder and name of the letter"),
        text("sha256", "SHA-256 of the file"), codes("lacks", "what to check before it leaves, sorted"),
    ),
    primary_key=("court_case_id", "addressee_code"),
    rows={"sums_add_up": pl.col("left_rub") == pl.sum_horizontal("principal_rub", "penalty_rub", "duty_rub")},
)

PROVIDER_SHEETS = Table(
    "provider_sheets", "letters", Stage.REPORT,
    grain="one service of one account on the sheet that tells its provider what to cut off or to give back",
    columns=(
        c.account_id, c.creditor_id, c.service_code, c.premises_id.or_null("the register does not know it"),
        _number.meaning_here("number of the sheet: kind, night, provider, service"),
        text("file_name", "PDF of the sheet"),
        code("asked_code", "what is asked", "restriction", "suspension", "restore"),
        date("asked_on", "first day to cut it off, last day to give it back"),
        date("delivered_on", "day of the proven delivery of the warning; missing for a restoring without one",
             is_nullable=True), _lacks,
    ),
    primary_key=("account_id", "creditor_id", "service_code"),
)

REPORTS: tuple[Table, ...] = (
    RECEIPT_LETTERS, RESTRICTION_NOTICES, PROVIDER_SHEETS, INSTALMENT_OFFERS, PRETRIAL_LETTERS,
    AGREEMENT_PARTS, CERTIFICATES, COURT_FOLDERS, COURT_FILES, CASE_LETTERS,
)
