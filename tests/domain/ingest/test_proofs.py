"""A look at whole columns never excuses a row: what it proves, the rules of every row say too."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.billing_month import MOSCOW, MOSCOW_NAME
from pipeline.contracts.billing import CHARGES
from pipeline.domain.ingest.fates import REASONS, undecided, with_reasons
from pipeline.domain.ingest.row_rules import contract_proofs, contract_rules
from tests.examples import examples

TEXTS = st.sampled_from([None, "", " ", "\t", "\u00a0", "\u200b", "d1", "d 1", "d\u200b1", "~", "Я", "!"])
MONTHS = st.sampled_from([None, date(2026, 1, 1), date(2026, 1, 2)])
NUMBERS = st.sampled_from([None, 1, 0])


def lines(drawn: list[tuple[object, ...]]) -> pl.DataFrame:
    """Charge lines of which only some columns say anything."""
    schema = {"document_id": pl.String, "line_number": pl.Int64, "account_id": pl.String, "charge_month": pl.Date}
    rows = pl.DataFrame(drawn, schema=schema, orient="row")
    arrived = pl.lit(datetime(2026, 2, 1, tzinfo=MOSCOW)).cast(pl.Datetime("us", MOSCOW_NAME))
    others = [
        pl.lit("a" if dtype == pl.String else None, dtype=dtype).alias(name)
        for name, dtype in CHARGES.outside_schema.items() if name not in schema
    ]
    return undecided(rows.with_columns(*others, received_at=arrived).select(*CHARGES.names, "received_at"))


@examples(75)
@given(st.lists(st.tuples(TEXTS, NUMBERS, TEXTS, MONTHS), max_size=4))
def test_a_proof_excuses_no_row(drawn: list[tuple[object, ...]]) -> None:
    rows, rules, proofs = lines(drawn), contract_rules(CHARGES), contract_proofs(CHARGES)

    asked, proved = with_reasons(rows, rules), with_reasons(rows, rules, proofs)

    assert proved[REASONS].to_list() == asked[REASONS].to_list()


def test_sound_rows_need_no_rule_of_the_proved() -> None:
    rows = lines([("d1", 1, "a", date(2026, 1, 1)), ("d1", 2, "a", None)])

    told = rows.select(proof.alias(rule_id) for rule_id, proof in contract_proofs(CHARGES).items()).row(0, named=True)

    assert told == {"missing_key": True, "malformed_key": True, "missing_value": False, "month_not_first_day": True}
