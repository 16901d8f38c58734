"""The job as SQL steps, one text for DuckDB and Spark. `{name}` of the six input views is given by the engine.

Each step is a table that later steps read; what differs between the engines is spelled in `Dialect`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

KEY: Final = "account_id, document_id, creditor_id, contract_id, service_code, debt_kind_code, charge_month"
INPUTS: Final = ("documents", "lines", "payments", "items", "contracts", "services", "readings", "memory")
OUTPUTS: Final = {"movements": "movements", "open_items": "aged", "volumes": "volumes"}


@dataclass(frozen=True)
class Dialect:
    """Whole division, a row per number of a range, days between two days."""

    divided: str
    numbers: str
    days: str


DUCKDB: Final = Dialect("({0} // {1})", "unnest(generate_series({0}, {1}))", "date_diff('day', {0}, {1})")
SPARK: Final = Dialect("({0} div {1})", "explode(sequence({0}, {1}))", "datediff({1}, {0})")


def steps(dialect: Dialect, terms: dict[str, Any], rounds: int) -> Iterator[tuple[str, str]]:
    """Name and query of each step, in order."""
    yield "billed", f"""
        SELECT account_id, document_id, creditor_id, contract_id, service_code,
               CASE WHEN class_code IN ('utility', 'housing') THEN 'principal' ELSE class_code END AS debt_kind_code,
               charge_month, first(document_type_code) AS document_type_code, first(billing_month) AS billing_month,
               DATE '{terms["due_on"]}' AS due_on, CAST(sum(payable_kop) AS BIGINT) AS billed_kop
        FROM lines JOIN documents USING (account_id, document_id)
        LEFT JOIN contracts USING (contract_id) LEFT JOIN services USING (service_code)
        GROUP BY account_id, document_id, creditor_id, contract_id, service_code, class_code, charge_month"""
    yield "summed", f"""
        SELECT {KEY}, first(document_type_code) AS document_type_code, first(billing_month) AS billing_month,
               first(due_on) AS due_on, CAST(sum(billed_kop) AS BIGINT) AS billed_kop
        FROM billed GROUP BY {KEY}"""
    yield "joined", f"""
        SELECT {KEY}, document_type_code, billing_month, due_on, billed_kop, paid_kop, outstanding_kop, epoch_base_kop
        FROM items
        UNION ALL
        SELECT {KEY}, document_type_code, billing_month, due_on, billed_kop, CAST(0 AS BIGINT), billed_kop, billed_kop
        FROM summed"""
    yield "standing_0", f"""
        SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY {KEY}) AS item,
               dense_rank() OVER (PARTITION BY account_id ORDER BY due_on, billing_month,
                   CASE document_type_code WHEN 'main' THEN 0 WHEN 'capital_repair' THEN 1 ELSE 2 END,
                   document_id) AS line
        FROM joined"""
    yield "pots", """
        SELECT account_id, payment_id, amount_kop, purpose_code, designated_creditor_id AS ring,
               CASE WHEN designation_code IN ('document', 'typed') THEN designated_document_id END AS named_document,
               CASE WHEN designation_code IN ('document', 'typed') THEN designated_month END AS named_month,
               row_number() OVER (PARTITION BY account_id
                   ORDER BY posted_at, registry_id, registry_row, payment_id) AS turn
        FROM payments"""
    for turn in range(1, rounds + 1):
        yield from _round(dialect, turn)
    moved = " UNION ALL ".join(
        f"SELECT payment_id, {KEY}, allocated_kop, rule_code FROM moved_{turn}" for turn in range(1, rounds + 1)
    )
    yield "movements", moved
    yield "aged", _aged(dialect, terms, rounds)
    yield "volumes", _volumes(terms)


def _round(dialect: Dialect, turn: int) -> Iterator[tuple[str, str]]:
    """The payment of this turn of every account at once."""
    yield from _reached(turn)
    yield from _shared(dialect, turn)
    yield from _laid(turn)


def _reached(turn: int) -> Iterator[tuple[str, str]]:
    """Items that the payment may pay, and how much of it comes to each document."""
    # insurance is paid only by who named the document and paid it to the kopeck with the insurance
    yield f"met_{turn}", f"""
        SELECT * FROM (
        SELECT *, CASE WHEN is_named THEN 0 ELSE 1 END AS stage,
               CASE WHEN is_earmarked THEN 'own_creditor' WHEN is_named THEN 'designated' ELSE 'oldest' END
                   AS rule_code,
               CAST(sum(CASE WHEN is_named THEN outstanding_kop ELSE 0 END) OVER (PARTITION BY account_id) AS BIGINT)
                   AS named_kop
        FROM (
            SELECT i.*, p.payment_id, p.amount_kop,
                   p.ring IS NOT NULL OR p.purpose_code = 'capital_repair' AS is_earmarked,
                   coalesce(p.named_document = i.document_id, p.named_month = i.billing_month AND (
                       i.document_type_code = 'main' OR p.ring IS NOT NULL OR p.purpose_code = 'capital_repair'
                   ), false) AS is_named
            FROM standing_{turn - 1} i JOIN pots p ON p.account_id = i.account_id AND p.turn = {turn}
            WHERE i.outstanding_kop > 0 AND (p.ring IS NULL OR p.ring = i.creditor_id)
              AND (p.purpose_code <> 'capital_repair' OR i.debt_kind_code = 'capital_repair')
        ) candidates
        ) named WHERE debt_kind_code <> 'voluntary' OR (is_named AND named_kop = amount_kop)"""
    yield f"reached_{turn}", f"""
        SELECT * FROM (
            SELECT account_id, stage, line, open_kop,
                   least(open_kop, amount_kop - CAST(sum(open_kop) OVER (
                       PARTITION BY account_id ORDER BY stage, line ROWS UNBOUNDED PRECEDING
                   ) AS BIGINT) + open_kop) AS laid_kop
            FROM (
                SELECT account_id, stage, line, CAST(sum(outstanding_kop) AS BIGINT) AS open_kop,
                       max(amount_kop) AS amount_kop
                FROM met_{turn} GROUP BY account_id, stage, line
            ) documents
        ) laid WHERE laid_kop > 0"""


def _shared(dialect: Dialect, turn: int) -> Iterator[tuple[str, str]]:
    """Documents that the payment does not cover: whole shares by D'Hondt, then the kopecks that are missing."""
    weight = "CASE WHEN is_earmarked THEN outstanding_kop ELSE epoch_base_kop END"
    yield f"partly_{turn}", f"""
        SELECT *, {dialect.divided.format("weight * money", "total")} AS low,
               least(weight, {dialect.divided.format("weight * (money + items)", "total")}) AS high
        FROM (
            SELECT *, CAST(sum(weight) OVER bucket AS BIGINT) AS total, count(*) OVER bucket AS items,
                   CAST(sum(weight - outstanding_kop) OVER bucket AS BIGINT) + laid_kop AS money
            FROM (
                SELECT m.*, r.laid_kop, {weight} AS weight
                FROM met_{turn} m JOIN reached_{turn} r USING (account_id, stage, line) WHERE r.laid_kop < r.open_kop
            ) weighed WINDOW bucket AS (PARTITION BY account_id, stage, line)
        ) summed_up"""
    yield f"claims_{turn}", f"""
        SELECT account_id, stage, line, item, weight, kopeck, missing, weight % kopeck AS rest FROM (
            SELECT account_id, stage, line, item, weight, missing,
                   {dialect.numbers.format("low + 1", "high")} AS kopeck
            FROM (
                SELECT *, money - CAST(sum(low) OVER (PARTITION BY account_id, stage, line) AS BIGINT) AS missing
                FROM partly_{turn}
            ) missed WHERE missing > 0 AND high > low
        ) kopecks"""
    first = dialect.divided.format("rest * 1073741824", "kopeck")
    second = dialect.divided.format("((rest * 1073741824) % kopeck) * 1073741824", "kopeck")
    yield f"won_{turn}", f"""
        SELECT account_id, item, count(*) AS won FROM (
            SELECT account_id, item, missing, row_number() OVER (
                PARTITION BY account_id, stage, line
                ORDER BY {dialect.divided.format("weight", "kopeck")} DESC, {first} DESC, {second} DESC, item
            ) AS place FROM claims_{turn}
        ) placed WHERE place <= missing GROUP BY account_id, item"""


def _laid(turn: int) -> Iterator[tuple[str, str]]:
    """What moved, and how the items stand after it."""
    yield f"moved_{turn}", f"""
        SELECT payment_id, item, line, {KEY}, is_earmarked, rule_code, allocated_kop FROM (
            SELECT m.payment_id, m.item, m.line, m.is_earmarked, m.rule_code, {_of("m", KEY)},
                   m.outstanding_kop AS allocated_kop
            FROM met_{turn} m JOIN reached_{turn} r USING (account_id, stage, line) WHERE r.laid_kop = r.open_kop
            UNION ALL
            SELECT p.payment_id, p.item, p.line, p.is_earmarked, p.rule_code, {_of("p", KEY)},
                   p.low + coalesce(w.won, 0) - (p.weight - p.outstanding_kop)
            FROM partly_{turn} p LEFT JOIN won_{turn} w USING (account_id, item)
        ) laid WHERE allocated_kop > 0"""
    yield f"standing_{turn}", f"""
        SELECT {_of("i", KEY)}, i.document_type_code, i.billing_month, i.due_on, i.item, i.line, i.billed_kop,
               i.paid_kop + coalesce(m.moved_kop, 0) AS paid_kop,
               i.outstanding_kop - coalesce(m.moved_kop, 0) AS outstanding_kop,
               CASE WHEN e.line IS NOT NULL THEN i.outstanding_kop - coalesce(m.moved_kop, 0)
                    ELSE i.epoch_base_kop END AS epoch_base_kop
        FROM standing_{turn - 1} i
        LEFT JOIN (
            SELECT account_id, item, CAST(sum(allocated_kop) AS BIGINT) AS moved_kop
            FROM moved_{turn} GROUP BY account_id, item
        ) m ON m.account_id = i.account_id AND m.item = i.item
        LEFT JOIN (SELECT DISTINCT account_id, line FROM moved_{turn} WHERE is_earmarked) e
            ON e.account_id = i.account_id AND e.line = i.line"""


def _of(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{name}" for name in columns.split(", "))


def _aged(dialect: Dialect, terms: dict[str, Any], rounds: int) -> str:
    cut = f"DATE '{terms['cut_on']}'"
    return f"""
        SELECT {KEY}, billed_kop, paid_kop, outstanding_kop, epoch_base_kop,
               greatest(0, {dialect.days.format("due_on", cut)}) AS days_overdue,
               greatest(0, (year({cut}) - year(due_on)) * 12 + month({cut}) - month(due_on)
                   - CASE WHEN day(due_on) > day({cut}) THEN 1 ELSE 0 END) AS months_overdue
        FROM standing_{rounds} WHERE outstanding_kop > 0"""


def _volumes(terms: dict[str, Any]) -> str:
    sources = ", ".join(f"'{name}'" for name in terms["confirming_sources"])
    return f"""
        SELECT reading_id, meter_id, volume_e7,
               volume_e7 <= gap * {terms["floor_e7"]} OR actual_months < {terms["history_months_min"]}
               OR volume_e7 * actual_months * 10000 <= actual_volume_e7 * gap * {terms["factor_e4"]}
               OR source_code IN ({sources}) AS is_accepted
        FROM (
            SELECT r.reading_id, r.meter_id, r.source_code, r.value_e7 - m.last_value_e7 AS volume_e7,
                   m.actual_months, m.actual_volume_e7,
                   (year(r.read_on) - year(m.last_read_on)) * 12 + month(r.read_on) - month(m.last_read_on) AS gap
            FROM readings r JOIN memory m USING (meter_id)
        ) told"""
