"""Proposals of recalculation: computed from events, billed by whoever bills."""

import polars as pl

from pipeline.contracts import advance_discounts
from pipeline.contracts import columns as c
from pipeline.contracts.house_corrections import CLOSED_CREDIT, HOUSE_CORRECTIONS, KINDS
from pipeline.contracts.table import Stage, Table, code, codes, date, integer, money, month, text, volume

#: A proposal that no document has brought yet. Its credit keeps its account off lists, approved or not: the law of the
#: house is that nobody is troubled while a person still has to look.
UNBILLED_STATUSES = ("proposed", "waits_for_approval")
#: Causes that are applications and acts; the others come from registers of meters, or are about debts.
APPLIED_CAUSES = ("absence", "bad_quality", "housing_days", "change_of_owner", "benefit", "benefit_ended",
                  "advance_discount", "advance_ended")
#: Causes that rate a billed month anew, because a register says something else of it now. The first that holds is the
#: cause of a line; the formula names all.
RERATED_CAUSES = ("changed_persons", "corrected_area", "corrected_norm", "corrected_tariff")
#: Causes that are acts on meters: those that put something else in the place of a billed month, and all of them.
METER_MONTH_CAUSES = ("commissioning", "verification", "meter_failed", "dismantling", "verification_lapse",
                      "verification_restored")
ACT_CAUSES = ("tampering", "inspection", *METER_MONTH_CAUSES)
#: Causes that a reading brings: months billed by estimate.
TRUE_UP_CAUSES = ("true_up_average", "true_up_norm")
#: Causes whose billed lines change the fee of a month, which then is not the sum of the biller's own lines any more.
FEE_CAUSES = (*TRUE_UP_CAUSES, *RERATED_CAUSES, *METER_MONTH_CAUSES, "change_of_owner",
              "benefit_ended", "advance_ended")
#: Why a proposal waits for a person; `domain/recalculation/limits.py`.
OTHER_HALF = "other_half"
WAITING_REASONS = ("large_proposal", "by_policy", "account_month", "account_history", "house_total", "creditor_total",
                   "cause_total", OTHER_HALF)

RECALCULATIONS = Table(
    "recalculations", "recalculation", Stage.PUBLISHED,
    grain="one proposed line; carried until a document bills it, published once with what became of it",
    columns=(
        text("proposal_id", "hash of book, cause, event, account, contract, service, months; basis if by meter"),
        c.batch_id.meaning_here("batch the proposal leaves in; a document's line that bills it carries it"),
        c.account_id, c.contract_id, c.service_code, c.zone_code.or_null("a service without zones"),
        c.charge_month.meaning_here("month it corrects; the last one where a line corrects several"),
        codes("corrected_months", "all months that it corrects as YYYY-MM, sorted"),
        month("lands_in_month", "billing month whose document should carry it"),
        money("reversed_rub", "billed before and taken back"),
        money("charged_again_rub", "charged in its place"),
        money("difference_rub", "charged again less reversed, signed"),
        code("cause_code", "cause", *TRUE_UP_CAUSES, *APPLIED_CAUSES, "capital_repair_debt",
             *ACT_CAUSES, *RERATED_CAUSES, *KINDS, CLOSED_CREDIT),
        text("article", "article of law or policy it rests on"),
        text("formula", "the arithmetic in words, in Russian"),
        text("event_id", "reading or event that caused it"),
        code("status_code", "where it stands", "proposed", "billed", "mismatch", "waits_for_approval",
             "settled_by_biller", "rejected"),
        volume("volume_difference", "actual less billed volume of these months, signed", unit="unit of the service"),
        money("billed_rub", "what a document billed for it", is_nullable=True),
        integer("covered_months", "months it corrects", unit="month", at_least=1),
        date("answer_due_on", "last day to answer the application, by working days; missing where nobody applied",
             is_nullable=True),
        code("waiting_reason_code", "limit for which a person was asked, decided by now or not; missing where none",
             *WAITING_REASONS, is_nullable=True),
    ),
    primary_key=("proposal_id",),
    rows={
        "difference_adds_up": pl.col("difference_rub") == pl.col("charged_again_rub") - pl.col("reversed_rub"),
        "billed_means_equal": (pl.col("status_code") != "billed") | (pl.col("billed_rub") == pl.col("difference_rub")),
    },
)

APPLICATION_KINDS = ("absence", "quality", "housing", *ACT_CAUSES, "ownership", "benefit", "advance_discount",
                     "register", *TRUE_UP_CAUSES)
#: Why a billed month that a corrected register touches is not rated anew, but shown to a person.
UNRATED_REASONS = ("cannot_be_rated", "benefit_beside", "true_up_beside", "recalculated_by_biller", "billed_otherwise")

RETURNED_APPLICATIONS = Table(
    "returned_applications", "recalculation", Stage.PUBLISHED,
    grain="one fault of one application or act of this cycle that goes back to whoever brought it",
    columns=(
        c.event_id.meaning_here("application or act"),
        code("kind_code", "what was applied for", *APPLICATION_KINDS),
        c.account_id.or_null("an act about a house"),
        c.house_id.or_null("not an act about a house"),
        c.premises_id.or_null("not an act about one premises"),
        c.service_code.or_null("it names none"),
        date("from_on", "first day that it is about; missing where it names none", is_nullable=True),
        date("to_on", "last day that it is about, of an absence the day of return", is_nullable=True),
        text("field_code", "column of the feed that is missing or wrong"),
        code("reason_code", "what is wrong with it", "missing", "wrong", "runs_backwards", "not_confirmed", "too_late",
             "too_far_ahead", "too_few_days", "not_billed_by_norm", "nothing_billed", "nothing_to_recalculate",
             "told_already", "unknown_place", "cold_tariff_unknown", "other_service", "other_count", "unknown_person",
             "not_of_the_flat", "too_long", "not_over", "comes_to_nothing", *UNRATED_REASONS, "billed_with_uplift",
             "other_meter_not_read", "several_meters", "unknown_account", "only_a_share", "still_an_owner",
             "two_changes", "told_otherwise", "billed_to_both", "not_closed", "former_owner_unknown", "paid_as_money",
             "benefit_billed", "other_benefit", "programme_closed", "unknown_contract", "other_months", "other_term",
             "no_term", "debt_time_barred", "debt_disputed", "meter_not_sound"),
        text("reason", "the same in Russian, for the applicant"),
        date("registered_on", "day of its registration"),
        date("answer_due_on", "last day to answer, by the working calendar; missing beyond the known calendar",
             is_nullable=True),
    ),
    primary_key=("event_id", "account_id", "field_code"),
)

OWNER_SHARES = Table(
    "owner_shares", "recalculation", Stage.PUBLISHED,
    grain="one line and month of an account whose flat changed hands: what of its fee each owner owes, told once",
    columns=(
        c.event_id.meaning_here("change of owner"),
        c.account_id.meaning_here("account that was billed: the former owner's"),
        text("new_account_id", "account of the new owner; the same where the number stays"),
        c.contract_id, c.service_code, c.zone_code.or_null("a service without zones"), c.charge_month,
        date("effective_from", "day of the registration of the right"),
        code("split_code", "how the fee is divided: by calendar days, by the closing reading, or the month is the new "
             "owner's whole", "days", "closing_reading", "whole_month"),
        integer("former_days", "days of the month that are the former owner's", unit="day", at_least=0),
        volume("former_volume", "volume up to the closing reading; missing without one", unit="unit of the service",
               is_nullable=True),
        volume("month_volume", "volume of the month by its last reading; missing without a closing reading",
               unit="unit of the service", is_nullable=True),
        money("fee_rub", "billed for the month"),
        money("former_rub", "the former owner's", at_least=0), money("new_rub", "the new owner's", at_least=0),
    ),
    primary_key=("event_id", "account_id", "contract_id", "service_code", "zone_code", "charge_month"),
    rows={"parts_are_the_fee": pl.col("fee_rub") == pl.col("former_rub") + pl.col("new_rub")},
)

PUBLISHED = (RECALCULATIONS, RETURNED_APPLICATIONS, HOUSE_CORRECTIONS, OWNER_SHARES, *advance_discounts.PUBLISHED)
