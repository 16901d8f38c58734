"""What must be true of any recalculation from an act, and of any reductions together: nothing out of nothing, parts
that sum to the whole, opposite causes that cancel, no fee below zero."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline import money
from pipeline.billing_month import BillingMonth
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.metering.soundness import spoilt
from pipeline.domain.recalculation.act_proposals import BILLED, PROPOSED, Of
from pipeline.domain.recalculation.by_register import Counting, by_register
from pipeline.domain.recalculation.fees import EARLIER, LINE_MONTH
from pipeline.domain.recalculation.inspection import SEEN, Checks, inspections
from pipeline.domain.recalculation.reductions import REDUCTION, proposals
from pipeline.rules.recalculation_by_register import ByRegisterRules
from pipeline.rules.recalculation_inspection import InspectionRules
from tests.domain.metering.town import BOOK_ID, CONTRACTS, E6, E7, RULES, Town, charge_row, frame, moment, scaled
from tests.domain.recalculation.acts import seen_row
from tests.examples import examples

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
OF = Of(BOOK_ID, MAY, JUNE)
QUICK = examples(12)
VOLUMES = st.integers(0, 60_000).map(lambda thousandths: f"{Decimal(thousandths) / 1000:.3f}")
TARIFFS = st.sampled_from(["46.98", "49.19", "0.01", "2371.72"])
METERS = Town.of([{}], last="0.000", last_on=date(2026, 4, 25)).meters
NOBODY = frame(RECALCULATIONS, [])


def _act(code: str, on: date, value: str) -> pl.DataFrame:
    return frame(METER_ACTS, [{
        "event_id": "a1", "registered_at": moment("2026-05-28 12:00"), "account_id": "acc", "meter_id": "A",
        "act_code": code, "effective_from": on, "value_e7": scaled(value, E7), "evidence": "акт",
    }])


def _lines(*lines: dict[str, str]) -> pl.DataFrame:
    rows = [charge_row(number, {"document": f"d{number}", "charged": "1.00"} | line)
            for number, line in enumerate(lines)]
    return frame(CHARGES, rows).select(BILLED)


def _checked(seen: str, billed: str, tariff: str) -> pl.DataFrame:
    """A check of May against what was billed for it since 100.000 of April."""
    value, day = str(Decimal(100) + Decimal(seen)), date(2026, 5, 20)
    act = _act("inspected", day, value)
    reading = seen_row({"day": day, "value": value, "previous": "100.000", "previous_on": date(2026, 4, 25)})
    found = inspections(
        Checks(
            act, METERS, spoilt(METERS, act, [day]), frame(CONSUMPTION, [reading]).select(SEEN),
            _lines({"month": "2026-05", "basis": "meter", "volume": billed, "tariff": tariff}),
            NOBODY.select(PROPOSED), CONTRACTS,
        ),
        rules=InspectionRules.in_force(RULES, MAY), of=OF,
    )
    assert found.returned.is_empty()
    return found.proposals


@QUICK
@given(volume=VOLUMES, tariff=TARIFFS)
def test_a_check_that_finds_what_was_billed_changes_nothing(volume: str, tariff: str) -> None:
    assert _checked(volume, volume, tariff).is_empty()


@QUICK
@given(seen=VOLUMES, billed=VOLUMES, tariff=TARIFFS)
def test_a_difference_and_its_reverse_cancel(seen: str, billed: str, tariff: str) -> None:
    more, less = _checked(seen, billed, tariff), _checked(billed, seen, tariff)

    assert more["difference_kop"].sum() + less["difference_kop"].sum() == 0
    assert more["volume_difference_e7"].sum() + less["volume_difference_e7"].sum() == 0


def _counted(since: date, volume: str, tariff: str, norm: str) -> pl.DataFrame:
    """February to May billed by norm, sealed on the day before `since`, read once at the end of May."""
    value = str(Decimal(100) + Decimal(volume))
    reading = seen_row({"day": date(2026, 5, 20), "value": value, "previous": "90.000",
                        "previous_on": date(2026, 1, 25)})
    acts = _act("sealed", since - timedelta(days=1), "100.000")
    charged = money.format_rub(_charged(norm, tariff)).replace("\u00a0", "").replace("₽", "").replace(",", ".").strip()
    lines = _lines(*(
        {"month": str(month), "basis": "norm", "volume": norm, "tariff": tariff, "charged": charged}
        for month in BillingMonth.range(BillingMonth(2026, 2), BillingMonth(2026, 5))
    ))
    found = by_register(
        Counting(acts, acts, METERS, frame(CONSUMPTION, [reading]).select(SEEN), lines, NOBODY.select(PROPOSED),
                 CONTRACTS),
        rules=ByRegisterRules.in_force(RULES, MAY), of=OF,
    )
    assert found.returned.is_empty()
    return found.proposals


def _charged(volume: str, tariff: str) -> int:
    return money.amount_of(scaled(volume, E7) or 0, scaled(tariff, E6) or 0)


@QUICK
@given(since=st.dates(date(2026, 2, 1), date(2026, 5, 31)), volume=VOLUMES, tariff=TARIFFS)
def test_months_by_days_sum_to_the_whole(since: date, volume: str, tariff: str) -> None:
    # a norm so large that a day of it is never what the register says: every month is a proposal
    norm = "99999.000"
    found, months = _counted(since, volume, tariff, norm), 6 - since.month

    assert found.height == months
    assert abs(found["charged_again_kop"].sum() - _charged(volume, tariff)) * 2 <= months + 1
    assert (found["charged_again_kop"] >= 0).all()
    assert (found["reversed_kop"] <= _charged(norm, tariff)).all()
    taken_e7 = sum(_days_of(month, since, scaled(norm, E7) or 0) for month in range(since.month, 6))
    assert found["volume_difference_e7"].sum() == (scaled(volume, E7) or 0) - taken_e7


def _days_of(month: int, since: date, volume_e7: int) -> int:
    """A month's part of its norm from a day on."""
    days = BillingMonth(2026, month).days
    return money.divided(volume_e7 * (days - since.day + 1 if month == since.month else days), days)


@QUICK
@given(day=st.integers(2, 31), norm=st.sampled_from(["8.660", "12.990", "4.330"]), tariff=TARIFFS)
def test_splitting_a_month_takes_back_its_norm_by_days(day: int, norm: str, tariff: str) -> None:
    # what stays by norm and what is taken back are the whole charge, whatever the day
    taken = _counted(date(2026, 3, day), "0.000", tariff, norm).filter(pl.col("charge_month") == date(2026, 3, 1))
    charged = _charged(norm, tariff)
    stays = money.divided(charged * (day - 1), 31)

    assert abs(taken["reversed_kop"].sum() + stays - charged) <= 1


@QUICK
@given(fee=st.integers(1, 100_000), wanted=st.lists(st.integers(1, 60_000), min_size=1, max_size=6))
def test_reductions_together_never_exceed_the_fee(fee: int, wanted: list[int]) -> None:
    line = {"account_id": "acc", "contract_id": "k1", "service_code": "cold_water", "zone_code": None,
            "charge_month": MAY}
    ground = pl.DataFrame([line | {"left_kop": fee}], schema_overrides={"zone_code": pl.String})
    asked = pl.DataFrame([
        line | {"event_id": f"e{number}", "registered_at": moment("2026-05-28 12:00"), "cause_code": "bad_quality",
                "wanted_kop": one, "volume_part_e7": 0, "article": "статья", "formula": "Сумма.",
                "answer_due_on": None} for number, one in enumerate(wanted)
    ], schema_overrides={"zone_code": pl.String, "answer_due_on": pl.Date}).select(REDUCTION)
    places = CONTRACTS.with_columns(house_id=pl.lit("h"))

    found = proposals(asked, ground.select(*LINE_MONTH, "left_kop"), NOBODY.select(EARLIER), places,
                      book_id=BOOK_ID, month=MAY, lands_in_month=JUNE)

    assert found["difference_kop"].sum() == -min(fee, sum(wanted))
    assert (found["charged_again_kop"] >= 0).all()
    assert (found["difference_kop"] < 0).all()
    again = proposals(asked, ground.select(*LINE_MONTH, "left_kop"), found.select(EARLIER), places,
                      book_id=BOOK_ID, month=MAY, lands_in_month=JUNE)
    taken = set(found["event_id"])
    assert taken.isdisjoint(again["event_id"])
