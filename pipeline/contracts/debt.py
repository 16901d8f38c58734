"""Debt: who owes what since when, on which step of the ladder, and the lists that may leave."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.claims import CLAIM_LIST, application
from pipeline.contracts.events import ADDRESSEES, mandate_id
from pipeline.contracts.instalments import FEES_COMPARED, INSTALMENTS, INSTALMENTS_OFFERED, SERVICE_FEES
from pipeline.contracts.owner_debts import OWNER_DEBTS
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.contracts.table import Stage, Table, code, codes, count, date, integer, money, month, text, yes_no

TRACKS = ("notice", "court")
STAGES = ("none", "reminder", "sms", "call", "debt_receipt", "court_order", "claim")
#: Lists of the night that may leave. The reminder and the SMS leave by one list: a person is written to once a night.
LISTS = ("sms_list", "call_list", "debt_receipts", "court_list")

#: Why nobody is to be troubled: a person's decision (register `holds`), or what the book itself knows.
OWN_HOLDS = ("incomplete_bill", "organisation", "not_served", "in_court", "hold_refused", "does_not_match_debt",
             "hold_out")
#: Others may live in the flat of a closed account now: no paper goes there, and no service of theirs is cut off.
ACCOUNT_CLOSED = "account_closed"

track_code = code("track_code", "track of the ladder", *TRACKS)
stage_code = code("stage_code", "stage of the track", *STAGES)
list_code = code("list_code", "list", *LISTS)
episode_id = text("episode_id", "one uninterrupted stay in arrears of an account towards a creditor on a track")
action_id = text("action_id", "hash of book, person or account, episode and stage: nothing is sent twice")
paper_number = text("paper_number", "number of the paper that left; missing for what is none, and before numbers were "
                    "kept", is_nullable=True)

AGES = (
    money("overdue_1_month_rub", "overdue up to 1 month"), money("overdue_3_months_rub", "over 1 up to 3 months"),
    money("overdue_6_months_rub", "over 3 up to 6 months"), money("overdue_12_months_rub", "over 6 up to 12 months"),
    money("overdue_36_months_rub", "over 12 up to 36 months"), money("overdue_longer_rub", "over 36 months"),
)

DEBTORS = Table(
    "debtors", "debt", Stage.PUBLISHED, grain="account × creditor × track with overdue arrears at the cut",
    columns=(
        c.account_id, c.creditor_id, track_code,
        stage_code.meaning_here("stage to dispatch now, otherwise the last one dispatched in this episode"),
        code("previous_stage_code", "last stage dispatched in this episode", *STAGES, is_nullable=True),
        date("previous_stage_on", "day it was dispatched", is_nullable=True),
        episode_id, date("episode_from", "due date of the oldest overdue item when the episode began"),
        money("total_rub", "overdue arrears of this creditor, without voluntary, penalty, court cost and disputed "
              "sums; on the court track also without lump sums, time-barred months and months already in court"),
        money("shielded_rub", "what of it advances, proposed credits and suspended candidates could cover", at_least=0),
        money("claimed_rub", "overdue less shielded: what a list may name", at_least=0),
        money("barred_rub", "what of the total is out of limitation: a message asks for the claim less it", at_least=0),
        *AGES,
        date("oldest_due_on", "due date of the oldest overdue item"),
        date("claim_due_on", "due date of the item with which the claim reaches the smallest contact, the oldest items "
             "being covered first: ages of the thresholds run from it; missing when it never does", is_nullable=True),
        count("months_overdue", "whole months since the oldest due date", unit="month", at_least=0),
        count("days_overdue", "days since the oldest due date", unit="day", at_least=0),
        codes("holds", "reasons not to trouble this account on this track, sorted"),
        code("next_action_code", "next stage to dispatch; none after the last", *STAGES),
        date("next_action_on", "day it may be dispatched; missing while a hold or too small a sum stands against it",
             is_nullable=True),
        text("reason", "why it stands here, in Russian"),
        mandate_id.or_null("worked under no mandate"),
    ),
    primary_key=("account_id", "creditor_id", "track_code"),
    rows={
        "ages_add_up": pl.col("total_rub") == pl.sum_horizontal(*(age.name for age in AGES)),
        "something_is_overdue": pl.col("total_rub") > 0,
        "claim_is_the_rest": pl.col("claimed_rub") == pl.col("total_rub") - pl.col("shielded_rub"),
        "held_means_no_action": (pl.col("holds").list.len() == 0) | pl.col("next_action_on").is_null(),
    },
)

DEBTOR_LISTS = Table(
    "debtor_lists", "debt", Stage.PUBLISHED, grain="one list of the night and whether it may leave",
    columns=(
        list_code, date("run_on", "night of the list"),
        code("status_code", "ready, or waiting for a registry", "ready", "awaiting_registries"),
        codes("awaited", "provider:channel whose registry could hold an earlier payment, sorted"),
        integer("rows", "rows of the list", at_least=0), money("total_rub", "claimed by the list"),
    ),
    primary_key=("list_code",),
)

#: Texts of `reports/templates/sms.txt.j2`: with the sum, or neutral for a phone that nobody has confirmed.
TEMPLATES = ("reminder_sum", "reminder_neutral", "sms_sum", "sms_neutral")

SMS_LIST = Table(
    "sms_list", "debt", Stage.PUBLISHED,
    grain="one person to write to this night, over all accounts and creditors; the phone is joined under `personal/`",
    columns=(
        date("run_on", "night of the list"), action_id, c.person_id,
        codes("account_ids", "accounts in arrears of the person, sorted"),
        codes("episode_ids", "their episodes, sorted"),
        stage_code, money("claimed_rub", "what of them may be claimed: nothing out of limitation", at_least=0),
        yes_no("is_phone_verified", "the person has confirmed the phone: only then the text names a sum"),
        code("template_code", "template of the text", *TEMPLATES),
        integer("segments", "SMS segments of the rendered text", at_least=1),
    ),
    primary_key=("person_id",),
)

CALL_LIST = Table(
    "call_list", "debt", Stage.PUBLISHED,
    grain="one person to call, over all accounts and creditors; nobody of tonight's messages, the phone is joined "
          "under `personal/`",
    columns=(
        date("run_on", "night of the list"), action_id, c.person_id,
        codes("account_ids", "accounts in arrears of the person, sorted"),
        codes("episode_ids", "their episodes, sorted"),
        stage_code, money("claimed_rub", "what of them may be claimed: nothing out of limitation", at_least=0),
        text("reason", "why the call is due and what allows it, in Russian"),
    ),
    primary_key=("person_id",),
)

DEBT_RECEIPTS = Table(
    "debt_receipts", "debt", Stage.PUBLISHED,
    grain="account × creditor to send a debt receipt to; the addressee is the flat, its address is joined at printing",
    columns=(
        date("run_on", "night of the list"), action_id, c.account_id, c.creditor_id, episode_id, c.premises_id,
        money("claimed_rub", "overdue less shielded, without lump sums", at_least=0),
        count("months_overdue", "whole months since the oldest due date", unit="month", at_least=0),
    ),
    primary_key=("account_id", "creditor_id"),
)

COURT_LIST = Table(
    "court_list", "debt", Stage.PUBLISHED, grain="account × creditor to take to court",
    columns=(
        date("run_on", "night of the list"), action_id, c.account_id, c.creditor_id, episode_id, c.premises_id,
        application,
        money("claimed_rub", "principal to claim", at_least=0), month("from_month", "first billing month claimed"),
        money("penalty_rub", "penalties to claim: counted on items that nothing may cover, less paid and doubtful ones",
              at_least=0),
        money("penalty_paid_rub", "counted penalties of months that documents name, paid already", at_least=0),
        money("penalty_doubt_rub", "counted penalties that may have been paid: no month is named, or they had grown "
              "before the book; not claimed", at_least=0),
        month("to_month", "last billing month claimed"),
        date("limitation_on", "first day on which a part would be lost", is_nullable=True),
        count("months_overdue", "whole months since the oldest due date", unit="month", at_least=0),
        text("case_id", "one application: creditor × premises × set of debtors; its accounts stand in it together"),
        money("duty_rub", "state duty for the price of the whole case, principal and penalties: of an order half that "
              "of a claim", at_least=0),
        money("expected_rub", "what the whole case is expected to bring beyond its duty, by the book's estimates"),
    ),
    primary_key=("account_id", "creditor_id"),
)

LIMITATION_RADAR = Table(
    "limitation_radar", "debt", Stage.PUBLISHED,
    grain="account × creditor with sums that will be lost within 90 days if nothing is filed",
    columns=(
        c.account_id, c.creditor_id,
        money("lost_in_30_days_rub", "last day to go to court passes within 30 days of the night", at_least=0),
        money("lost_in_60_days_rub", "the same within 60 days, those of 30 included", at_least=0),
        money("lost_in_90_days_rub", "the same within 90 days, those of 60 included", at_least=0),
        date("limitation_on", "first last day of them"),
    ),
    primary_key=("account_id", "creditor_id"),
    rows={"nearer_is_part": pl.col("lost_in_30_days_rub").le(pl.col("lost_in_60_days_rub"))
          & pl.col("lost_in_60_days_rub").le(pl.col("lost_in_90_days_rub"))},
)

RESTRICTION_STAGES = ("none", "notice_sent", "notice_delivered", "restriction", "suspension")
RESTRICTION_ACTIONS = ("none", "notice", "restriction", "suspension", "restore")

RESTRICTION_LIST = Table(
    "restriction_list", "debt", Stage.PUBLISHED,
    grain="account × creditor × service whose debt is above the threshold of restriction, or that was warned or cut",
    columns=(
        date("run_on", "night of the list"), c.account_id, c.creditor_id, c.service_code, c.premises_id,
        code("stage_code", "how far the provider has gone, by its acts", *RESTRICTION_STAGES),
        date("stage_on", "day of that act", is_nullable=True),
        money("total_rub", "overdue for this service under a contract in force, without lump sums, time-barred and "
              "disputed sums", at_least=0),
        money("claimed_rub", "the same less all that could cover debts to this creditor", at_least=0),
        money("norm_fee_rub", "monthly fee by the norm; missing when nobody has told it", is_nullable=True),
        count("months_overdue", "whole months since the oldest due date", unit="month", at_least=0),
        codes("blocked_by", "why the next action must wait, sorted"),
        code("next_action_code", "next action; none after suspension", *RESTRICTION_ACTIONS),
        date("next_action_on", "first day it may be done, for a restoring the last; missing while something stands "
             "against it", is_nullable=True),
        text("reason", "why it stands here, in Russian"),
    ),
    primary_key=("account_id", "creditor_id", "service_code"),
    rows={
        "blocked_means_no_action": (pl.col("blocked_by").list.len() == 0) | pl.col("next_action_on").is_null(),
        "claimed_is_part_of_total": pl.col("claimed_rub") <= pl.col("total_rub"),
    },
)

COURT_STAGES = ("unknown", "filed", "ordered", "cancelled", "decided", "writ", "ended")
COURT_KINDS = {"principal": "principal", "penalty": "penalties", "duty": "state duty"}
COURT_ACTIONS = ("none", "claim", "writ", "return", "reduce", "withdraw", "recall")

court_case_id = text("court_case_id", "court case of `court_cases`")
addressee_code = code("addressee_code", "whom it goes to", *ADDRESSEES)

COURT_STANDING = Table(
    "court_standing", "debt", Stage.PUBLISHED, grain="one court case: where it stands and what is to be done",
    columns=(
        court_case_id, c.account_id, c.creditor_id,
        month("from_month", "first billing month of the case"), month("to_month", "last billing month of the case"),
        code("stage_code", "how far it has gone, by its events", *COURT_STAGES),
        date("stage_on", "day of that event", is_nullable=True),
        money("claimed_rub", "principal that the last act names, less what was collected; missing when none names one",
              is_nullable=True, at_least=0),
        money("open_rub", "what of its months is open in the ledger", at_least=0),
        money("enforced_rub", "principal collected by bank and bailiffs", at_least=0),
        money("double_rub", "collected though nothing was left: to be refunded", at_least=0),
        money("on_principal_rub", "collected penalties and duty that met no line and may lie on the principal",
              at_least=0),
        *(money(f"filed_{kind}_rub", f"{what} that the last filing named", is_nullable=True, at_least=0)
          for kind, what in COURT_KINDS.items()),
        *(money(f"granted_{kind}_rub", f"{what} by the order or decision in force", is_nullable=True, at_least=0)
          for kind, what in COURT_KINDS.items()),
        money("received_penalty_rub", "penalties collected, told as received, or laid by documents since the filing",
              at_least=0),
        money("received_duty_rub", "the same of the duty, by court-cost lines", at_least=0),
        money("penalty_left_rub", "penalties not received and not waived", at_least=0),
        money("duty_left_rub", "duty not received and not waived", at_least=0),
        date("waived_on", "day the creditor gave up what was left of penalties and duty", is_nullable=True),
        codes("blocked_by", "why the next action must wait, sorted"),
        code("next_action_code", "what is to be done next", *COURT_ACTIONS),
        date("next_action_on", "first day of it; missing while something stands against it", is_nullable=True),
        text("reason", "why it stands here, in Russian"),
    ),
    primary_key=("court_case_id",),
)

ENFORCEMENT_LIST = Table(
    "enforcement_list", "debt", Stage.PUBLISHED, grain="one writ to send tonight: court case × addressee",
    columns=(
        date("run_on", "night of the list"), court_case_id, c.account_id, c.creditor_id, addressee_code,
        money("claimed_rub", "principal to collect: claimed and still open, less what could cover it", at_least=0),
        money("penalty_rub", "penalties to collect: held, still left, less what could cover them", at_least=0),
        money("duty_rub", "duty to collect: the same", at_least=0),
    ),
    primary_key=("court_case_id", "addressee_code"),
)

WITHDRAWAL_LIST = Table(
    "withdrawal_list", "debt", Stage.PUBLISHED,
    grain="court case × addressee that still holds more than is left, or the bank whose writ goes on to the bailiffs",
    columns=(
        date("run_on", "night of the list"), court_case_id, c.account_id, c.creditor_id, addressee_code,
        code("action_code", "what the addressee is asked to do", "reduce", "withdraw", "recall", "return"),
        money("claimed_rub", "principal that it holds", at_least=0),
        money("open_rub", "what of it is still open", at_least=0),
        money("paid_rub", "paid past it: the reduction", at_least=0),
        money("penalty_held_rub", "penalties that it holds", at_least=0),
        money("penalty_left_rub", "what of them is left", at_least=0),
        money("duty_held_rub", "duty that it holds", at_least=0),
        money("duty_left_rub", "what of it is left", at_least=0),
        money("double_rub", "collected though nothing was left: to be refunded", at_least=0),
    ),
    primary_key=("court_case_id", "addressee_code"),
    rows={"reduction_adds_up": pl.col("paid_rub") == pl.col("claimed_rub") - pl.col("open_rub")},
)

DISPATCHES = Table(
    "dispatches", "debt", Stage.JOURNAL, grain="one action that left the building",
    columns=(
        action_id, list_code, date("dispatched_on", "day it left"),
        month("run_month", "month of the list"), text("run_id", "run of the list"),
        c.person_id.or_null("not addressed to a person"), c.account_id, c.creditor_id, track_code, episode_id,
        stage_code,
        money("claimed_rub", "what was claimed", at_least=0), paper_number,
    ),
    primary_key=("action_id", "account_id", "creditor_id", "track_code"),
)

PUBLISHED = (
    DEBTORS, DEBTOR_LISTS, SMS_LIST, CALL_LIST, DEBT_RECEIPTS, COURT_LIST, RESTRICTION_LIST, COURT_STANDING,
    ENFORCEMENT_LIST, WITHDRAWAL_LIST, CLAIM_LIST, PRETRIAL_NOTICES, LIMITATION_RADAR, INSTALMENTS,
    INSTALMENTS_OFFERED,
    SERVICE_FEES, FEES_COMPARED, OWNER_DEBTS,
)
JOURNALS = (DISPATCHES,)

#: Staged by the room: the journal as far as the night of the run, one view for every part and check.
DISPATCHES_SEEN = "dispatches_seen"
#: Staged by the room: the register of court cases without what a person has called a mistake.
CASES_TOLD = "court_cases_told"
