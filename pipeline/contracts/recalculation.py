"""Proposals of recalculation: computed from events, billed by whoever bills."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, integer, money, month, text, volume

#: A proposal that no document has brought yet. Its credit keeps its account off lists, approved or not: the law of the
#: house is that nobody is troubled while a person still has to look.
UNBILLED_STATUSES = ("proposed", "waits_for_approval")

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
        code("cause_code", "cause", "true_up_average", "true_up_norm"),
        text("article", "article of law or policy it rests on"),
        text("formula", "the arithmetic in words, in Russian"),
        text("event_id", "reading or event that caused it"),
        code("status_code", "where it stands", "proposed", "billed", "mismatch", "waits_for_approval",
             "settled_by_biller", "rejected"),
        volume("volume_difference", "actual less billed volume of these months, signed", unit="unit of the service"),
        money("billed_rub", "what a document billed for it", is_nullable=True),
        integer("covered_months", "months it corrects", unit="month", at_least=1),
    ),
    primary_key=("proposal_id",),
    rows={
        "difference_adds_up": pl.col("difference_rub") == pl.col("charged_again_rub") - pl.col("reversed_rub"),
        "billed_means_equal": (pl.col("status_code") != "billed") | (pl.col("billed_rub") == pl.col("difference_rub")),
    },
)

PUBLISHED = (RECALCULATIONS,)
