"""What moved between two versions: every changed fact with one cause, sums by cause, and the totals they must explain.

Written beside a month for people (Stage.REPORT); no month reads them. Not here: how a cause is found
(`reports/changes`).
"""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, integer, money, text

#: Causes in order of precedence: where several facts could have moved a row, the first one is its cause and the others
#: stand in `other_causes`. The rarest facts come first; what no row tells of comes last.
CAUSES = (
    "corrected_registry", "reversal", "identification", "corrected_document", "late_payment", "new_document",
    "new_payment", "recalculation", "quarantine", "dispatch", "rule", "time", "hold", "register", "event",
    "previous_cycle", "months_between", "previous_month", "code", "unexplained",
)
MEASURES = (
    "outstanding", "overdue", "allocated", "received", "billed", "advance", "suspended", "proposed", "claimed",
    "decision", "rows",
)
#: Measures that are no roubles: their rows are counted.
COUNTED = ("decision", "rows")
KINDS = ("appeared", "vanished", "changed")

_table_name = text("table_name", "published table of the fact")
_measure = code("measure_code", "what of the fact was compared; a decision and rows have no roubles", *MEASURES)
_cause = code(
    "cause_code", "the one cause, by precedence: a registry sent again; a reversal; suspended money identified; a new "
    "version or a correction of a document; a payment made before the earlier cut that came after it; a document that "
    "came; a payment made since; a proposal of recalculation; rows refused; a hold; a list that left; another value of "
    "a rule; another register; another event; days that passed; movements of the cycle before; months between both; "
    "another state of the month before; another version of the code; nothing that the book knows", *CAUSES,
)
_before = money("before_rub", "in the earlier version; 0 where the fact was not there or has no roubles")
_after = money("after_rub", "in the later version; 0 where the fact is not there or has no roubles")
_difference = money("difference_rub", "later less earlier")
_ADDS_UP = {"difference_adds_up": pl.col("difference_rub") == pl.col("after_rub") - pl.col("before_rub")}

CHANGES = Table(
    "changes", "reports", Stage.REPORT,
    grain="one fact of one table that two versions tell differently; between two months open items and advances are "
          "summed by account and cause, and what belongs to one cycle only is in `change_causes` alone",
    columns=(
        _table_name, _measure, text("fact_key", "key of the fact in its table, joined by « · »"),
        c.account_id.or_null("money of no known account, or a list by persons"),
        c.creditor_id.or_null("not by creditor"),
        code("change_code", "only in the later version, only in the earlier one, or told differently", *KINDS),
        text("before_text", "stage, status or decision before", is_nullable=True),
        text("after_text", "stage, status or decision after", is_nullable=True),
        _before, _after, _difference, _cause,
        text("cause_reference", "payment, document, reversal, rule keys, registers or days that it rests on",
             is_nullable=True),
        codes("other_causes", "other facts of the account that may have had a part in it, by precedence"),
        integer("facts", "rows of the table summed here", at_least=1),
    ),
    primary_key=("table_name", "measure_code", "fact_key"),
    rows=_ADDS_UP,
)

CHANGE_CAUSES = Table(
    "change_causes", "reports", Stage.REPORT,
    grain="table × measure × cause: how many facts it moved and by how much",
    columns=(
        _table_name, _measure, _cause,
        integer("facts", "changed rows of the table", at_least=1),
        integer("appeared", "rows only in the later version", at_least=0),
        integer("vanished", "rows only in the earlier version", at_least=0),
        money("increase_rub", "sum of the rises", at_least=0), money("decrease_rub", "sum of the falls, negative"),
        money("net_rub", "both together"),
    ),
    primary_key=("table_name", "measure_code", "cause_code"),
    rows={"net_adds_up": pl.col("net_rub") == pl.col("increase_rub") + pl.col("decrease_rub")},
)

CHANGE_TOTALS = Table(
    "change_totals", "reports", Stage.REPORT,
    grain="table × measure: totals of both versions, by their manifests or their files, and what the causes explain",
    columns=(
        _table_name, _measure,
        integer("before_rows", "rows of the table in the earlier version", at_least=0),
        integer("after_rows", "rows of the table in the later version", at_least=0),
        integer("explained_rows", "rows that appeared less rows that vanished, over all causes"),
        _before, _after, _difference, money("explained_rub", "net over all causes"),
    ),
    primary_key=("table_name", "measure_code"),
    rows=_ADDS_UP,
)

REPORTS = (CHANGES, CHANGE_CAUSES, CHANGE_TOTALS)
