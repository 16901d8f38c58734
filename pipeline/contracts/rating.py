"""Rating: lines of bills against what the registers say they cost."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, count, integer, money, tariff, text, volume

#: Why a billed sum differs from the rated one, the first that holds.
CAUSES = (
    "not_open", "billed_twice", "basis_not_allowed", "tariff", "norm", "persons", "area", "volume", "arithmetic",
    "rounding",
)
#: Why a line could not be rated.
REASONS = (
    "recalculation", "formula_unknown", "basis_not_allowed", "by_act", "unknown_premises", "shared_premises",
    "not_in_force", "no_volume", "no_tariffs", "unknown_tariff", "no_norms", "unknown_norm", "no_registrations",
    "no_persons", "unknown_heating_mode", "no_house_area", "house_meter", "no_water_lines", "superseded", "mixed_bases",
    "unlikely_tariff", "unlikely_norm",
)
AGREES = "agrees"

_house = c.house_id.or_null("an account whose flat no register knows")

CHARGE_AUDIT = Table(
    "charge_audit", "rating", Stage.PUBLISHED,
    grain="one line of a document of the cycle whose charge differs from what tariffs, norms, persons and areas of the "
          "registers make of it",
    columns=(
        c.document_id, integer("line_number", "line of the document", at_least=1), c.account_id, _house, c.contract_id,
        c.service_code, c.zone_code.or_null("a service without zones"), c.charge_month, c.basis_code,
        money("billed_rub", "charged by the line before recalculation and benefit"),
        money("rated_rub", "the same by the registers; of several lines that are one charge, the part of this one"),
        money("difference_rub", "billed less rated: above zero the resident pays too much"),
        code("cause_code", "the first of the causes that hold, in this order", *CAUSES),
        codes("findings", "all causes that hold, sorted"),
        volume("billed_volume", "volume of the line", is_nullable=True, unit="unit of the service"),
        volume("rated_volume", "volume by the registers, of all lines that are one charge",
               unit="unit of the service"),
        tariff("billed_tariff_rub", "tariff of the line", is_nullable=True),
        tariff("rated_tariff_rub", "tariff by the register; missing where it changed inside the month",
               is_nullable=True),
        text("formula", "the arithmetic in words, in Russian"),
        text("article", "act it rests on"),
    ),
    primary_key=("document_id", "line_number"),
    rows={"difference_is_told": pl.col("difference_rub") == pl.col("billed_rub") - pl.col("rated_rub")},
)

CHARGE_AUDIT_TOTALS = Table(
    "charge_audit_totals", "rating", Stage.PUBLISHED,
    grain="lines of one service in one house with one outcome, over all documents of the cycle",
    columns=(
        _house, c.service_code,
        code("outcome_code", "agrees with the registers, differs, or could not be rated", AGREES, "differs",
             "not_audited"),
        code("cause_code", "why it differs, or why it could not be rated; missing where it agrees", *CAUSES,
             *(reason for reason in REASONS if reason not in CAUSES), is_nullable=True),
        count("lines", "lines", at_least=1),
        money("billed_rub", "charged by them before recalculation and benefit"),
        money("rated_rub", "the same by the registers; 0 where they could not be rated"),
        money("difference_rub", "billed less rated, of lines that were rated"),
        money("too_much_rub", "of the difference, what residents pay too much", at_least=0),
    ),
    primary_key=("house_id", "service_code", "outcome_code", "cause_code"),
    rows={"difference_follows": pl.when(pl.col("outcome_code") == "not_audited").then(pl.col("difference_rub") == 0)
          .otherwise(pl.col("difference_rub") == pl.col("billed_rub") - pl.col("rated_rub"))},
)

PUBLISHED = (CHARGE_AUDIT, CHARGE_AUDIT_TOTALS)
