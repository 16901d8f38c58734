"""Bills that went on by a meter after its verification had ended, and what a certificate that comes late undoes.

    charged again = volume due × tariff + uplift due × tariff, each rounded as a line is (`by_substitute.py`)
    reversed      = what the lines by meter charged for the month
    restored      = what documents have billed for the above, taken off again

From the month after the end of a verification the meter counts as failed (ПП 354, п. 81(12) «д»): the average, then the
norm with its uplift (п. 59 «а», 60), without any act: the register of meters says it. Each month looks at its own
bill. Every proposal waits for a person, since a verification in time may become known later; when an act tells it,
open proposals of the months that it covers fall and billed ones are given back. A month is covered when its last day
is, as the status of a meter is that of the last day. What cannot be counted stays in `substitute_mismatches`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.domain.rating import wording
from pipeline.domain.recalculation import act_proposals, by_substitute
from pipeline.domain.recalculation.act_proposals import DUE, Found, Of
from pipeline.domain.recalculation.by_substitute import SUBSTITUTE, VERIFICATION_LAPSE, Substituted
from pipeline.domain.recalculation.true_up import LINE
from pipeline.rules.recalculation_by_substitute import BySubstituteRules

RESTORED: Final = "verification_restored"
STATUS: Final = "verification_expired"
_EVENT: Final = "lapse:"
_OPEN: Final = ("proposed", "waits_for_approval")
_BILLED: Final = ("billed", "mismatch")


class Lapsed(NamedTuple):
    """Of one part, inside shapes: SUBSTITUTE_VOLUMES of the month, METERS of their accounts, live lines of the cycle
    (act_proposals.BILLED), proposals known so far (act_proposals.PROPOSED); contracts."""

    due: pl.DataFrame
    meters: pl.DataFrame
    lines: pl.DataFrame
    known: pl.DataFrame
    contracts: pl.DataFrame


def lapses(found: Lapsed, *, rules: BySubstituteRules, of: Of) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape: the month by a meter whose verification has ended becomes what was due."""
    since = pl.col("status_since_on")
    due = found.due.filter(pl.col("meter_status_code") == STATUS, since < of.month).with_columns(
        event_id=pl.concat_str(pl.lit(_EVENT), "meter_id", pl.lit(":"), since.cast(pl.String))
    )
    ended = due.select(
        "event_id", "account_id", "meter_id", act_code=pl.lit(STATUS), effective_from=since,
        registered_at=since.cast(pl.Datetime("us")),
    ).unique("event_id", maintain_order=True)
    lines = found.lines.filter(pl.col("charge_month") == of.month)
    return by_substitute.by_substitute(
        Substituted(ended, found.meters, due.select(SUBSTITUTE), lines, found.known, found.contracts),
        rules=rules, of=of,
    ).proposals


def undone(known: pl.DataFrame, acts: pl.DataFrame) -> pl.DataFrame:
    """RECALCULATIONS rows as they stand, in their order: open ones of a month that a verification covers have fallen.
    acts: METER_ACTS of the part."""
    covered = _covered(known, acts)["proposal_id"]
    falls = pl.col("proposal_id").is_in(covered.implode()) & pl.col("status_code").is_in(list(_OPEN))
    return known.with_columns(status_code=pl.when(falls).then(pl.lit("rejected")).otherwise("status_code"))


def restored(
    acts: pl.DataFrame, earlier: pl.DataFrame, contracts: pl.DataFrame, *, rules: BySubstituteRules, of: Of
) -> Found:
    """What verifications that the month is told of give back. earlier: act_proposals.PROPOSED of their accounts."""
    month = [*LINE, "charge_month"]
    given_back = earlier.filter(pl.col("cause_code") == RESTORED).select(month)
    billed = _covered(earlier, acts).filter(
        pl.col("status_code").is_in(list(_BILLED)), pl.col("billed_kop").fill_null(0) != 0
    ).join(given_back, on=month, how="anti", nulls_equal=True)
    due = billed.with_columns(
        event_id="act_id", reversed_kop=pl.col("billed_kop").clip(lower_bound=0),
        charged_again_kop=-pl.col("billed_kop").clip(upper_bound=0),
        volume_difference_e7=-pl.col("volume_difference_e7"),
    ).with_columns(formula=_formula()).select(*DUE)
    return Found(act_proposals.proposals(
        due, contracts, cause=RESTORED, article=rules.verification_restored_article, of=of
    ))


def _covered(proposals: pl.DataFrame, acts: pl.DataFrame) -> pl.DataFrame:
    """Proposals for a lapse whose month a verification of the same meter covers, the first told, with act_id,
    effective_from, verified_until."""
    verified = acts.filter(pl.col("act_code") == "verified").select(
        "account_id", "effective_from", "verified_until", "registered_at", act_id="event_id",
        prefix=pl.concat_str(pl.lit(_EVENT), "meter_id", pl.lit(":")),
    )
    last_day = pl.col("charge_month").dt.month_end()
    return (
        proposals.filter(pl.col("cause_code") == VERIFICATION_LAPSE).join(verified, on="account_id")
        .filter(pl.col("event_id").str.starts_with(pl.col("prefix")),
                last_day.is_between("effective_from", "verified_until"))
        .sort("registered_at", "act_id").unique("proposal_id", keep="first", maintain_order=True)
        .sort("proposal_id")
    )


def _formula() -> pl.Expr:
    """«Поверка действовала с 18.04.2026 по 17.04.2032, узнали о ней позже. За май 2026 возвращается …»."""
    return pl.concat_str(
        pl.lit("Поверка действовала с "), wording.day_text(pl.col("effective_from")), pl.lit(" по "),
        wording.day_text(pl.col("verified_until")), pl.lit(", узнали о ней позже. За "),
        wording.month_text(pl.col("charge_month")),
        pl.lit(" снимается пересчёт за просрочку поверки, проведённый на "), wording.money_text(pl.col("billed_kop")),
        pl.lit("."),
    )
