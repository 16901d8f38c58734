"""What an older application is told when the book contradicts it: once, and without proposals that nobody follows."""

from datetime import date

import polars as pl

from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.recalculation.contradicted import BACK, PROPOSED, Said, fallen
from tests.domain.metering.town import frame

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
FAULTS = frame(RETURNED_APPLICATIONS, [{
    "event_id": "e1", "kind_code": "absence", "account_id": "a1", "field_code": "residents",
    "reason_code": "other_count", "reason": "Иначе.", "registered_on": JUNE,
}])


def _said(*proposed: tuple[str, date, str, int], back: tuple[str, ...] = ()) -> Said:
    rows = [{"proposal_id": name, "event_id": "e1", "charge_month": month, "status_code": code, "difference_kop": kop}
            for name, month, code, kop in proposed]
    returned = [{"event_id": "e1", "field_code": field} for field in back]
    return Said(frame(RECALCULATIONS, rows).select(PROPOSED), frame(RETURNED_APPLICATIONS, returned).select(BACK))


def _told(said: Said) -> list[str]:
    return fallen(FAULTS, said)["reason"].to_list()


def test_months_and_the_sum_of_what_stands_are_told() -> None:
    said = _said(("b", JULY, "proposed", -8404), ("a", JUNE, "billed", -3948), ("c", JUNE, "rejected", -100))
    assert _told(said) == [
        "Иначе. Дальше по заявлению не считают. Раньше по заявлению пересчитано −123,52\u00a0₽ за июнь 2026, "
        "июль 2026: это остаётся, пока человек не решит иное."
    ]


def test_nothing_brought_is_told_too() -> None:
    assert _told(_said()) == ["Иначе. Дальше по заявлению не считают. Раньше по заявлению ничего не пересчитано."]


def test_what_went_back_before_does_not_go_back_again() -> None:
    assert _told(_said(back=("residents",))) == []
    # that there is no act about meters leaves waste standing
    assert len(_told(_said(back=("no_meter_act",)))) == 1


def test_columns_are_those_of_the_table() -> None:
    told: pl.DataFrame = fallen(FAULTS, _said())
    assert told.schema == FAULTS.schema
