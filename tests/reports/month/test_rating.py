"""Words of the charge audit in the month's report."""

from decimal import Decimal

from pipeline.reports.month.rating import differing_note

NOTHING = Decimal("0.00")


def test_lines_that_differ_are_told_with_both_sums() -> None:
    rows = [
        {"outcome_code": "agrees", "lines": 100, "too_much_rub": NOTHING, "too_little_rub": NOTHING},
        {"outcome_code": "differs", "lines": 2, "too_much_rub": Decimal("12.01"), "too_little_rub": NOTHING},
        {"outcome_code": "differs", "lines": 1, "too_much_rub": Decimal("1.00"), "too_little_rub": Decimal("5.00")},
    ]
    told = differing_note(rows).replace("\u00a0", " ")
    assert told == "Разошлось строк: 3; жители переплачивают 13,01 ₽, недоплачивают 5,00 ₽."
    assert differing_note(rows[:1]) == "Все проверенные строки сошлись с реестрами."
