"""Money keeps every kopeck. Checked against Python integers and Decimals, over the whole range of a column."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import money

KOPECKS = st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1)
INT64 = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)


def _only(expression: pl.Expr) -> object:
    return pl.select(expression).item()


@given(amount=KOPECKS)
def test_kopecks_and_roubles_are_each_other_inverse(amount: int) -> None:
    frame = pl.DataFrame({"kop": [amount, None]}, schema={"kop": pl.Int64})

    outside = frame.select(rub=money.roubles(pl.col("kop")))
    inside = outside.select(kop=money.kopecks(pl.col("rub")))

    assert outside.schema["rub"] == pl.Decimal(18, 2)
    assert outside["rub"].to_list() == [money.roubles_of(amount), None]
    assert inside.equals(frame)


@given(volume=KOPECKS, tariff=KOPECKS)
def test_volumes_and_tariffs_come_back_exactly(volume: int, tariff: int) -> None:
    frame = pl.DataFrame({"v": [volume], "t": [tariff]}, schema={"v": pl.Int64, "t": pl.Int64})

    outside = frame.select(v=money.volume_of(pl.col("v")), t=money.tariff_of(pl.col("t")))
    inside = outside.select(v=money.volume_e7(pl.col("v")), t=money.tariff_e6(pl.col("t")))

    assert outside.row(0) == (Decimal(volume).scaleb(-7), Decimal(tariff).scaleb(-6))
    assert inside.equals(frame)


@pytest.mark.parametrize("dtype", [pl.Decimal(38, 2), pl.Decimal(18, 2), pl.Decimal(12, 1), pl.Int64])
def test_a_column_of_fewer_digits_is_widened_not_misread(dtype: pl.DataType) -> None:
    assert _only(money.kopecks(pl.lit(12).cast(dtype))) == 1200


def test_a_sum_that_does_not_fit_raises_instead_of_wrapping() -> None:
    too_many_roubles = pl.DataFrame({"rub": [Decimal(10) ** 20]}, schema={"rub": pl.Decimal(38, 2)})
    with pytest.raises(pl.exceptions.InvalidOperationError):
        too_many_roubles.select(money.kopecks(pl.col("rub")))
    with pytest.raises(pl.exceptions.InvalidOperationError):
        pl.select(money.roubles(pl.lit(2**62)))
    with pytest.raises(pl.exceptions.InvalidOperationError):
        pl.select(money.amount_of(pl.lit(2**62), pl.lit(2**62)))
    with pytest.raises(pl.exceptions.InvalidOperationError):
        pl.DataFrame({"kop": [2**62, 2**62]}).select(money.total("kop"))


@given(numerator=INT64, denominator=INT64.filter(bool))
def test_division_rounds_half_away_from_zero(numerator: int, denominator: int) -> None:
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    expected = sign * ((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))

    assert money.divided(numerator, denominator) == expected
    assert _only(money.divided(pl.lit(numerator), denominator)) == expected
    assert _only(money.divided(pl.lit(numerator), pl.lit(denominator))) == expected


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"),
    [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (25, 10, 3), (-25, 10, -3), (1, 3, 0), (2, 3, 1)],
)
def test_halves_go_away_from_zero_on_both_sides(numerator: int, denominator: int, quotient: int) -> None:
    assert money.divided(numerator, denominator) == quotient
    assert _only(money.divided(pl.lit(numerator), denominator)) == quotient


def test_zero_denominators() -> None:
    with pytest.raises(ZeroDivisionError):
        money.divided(1, 0)
    with pytest.raises(ZeroDivisionError):
        money.divided(pl.lit(1), 0)
    assert _only(money.divided(pl.lit(1), pl.lit(0))) is None


@given(volume=st.integers(-(10**12), 10**12), tariff=st.integers(-(10**11), 10**11))
def test_volume_times_tariff_equals_exact_arithmetic(volume: int, tariff: int) -> None:
    exact = Decimal(volume).scaleb(-7) * Decimal(tariff).scaleb(-6)
    expected = int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(2))

    assert money.amount_of(volume, tariff) == expected
    assert _only(money.amount_of(pl.lit(volume), pl.lit(tariff))) == expected


@pytest.mark.parametrize(
    ("volume", "tariff", "amount_kop"),
    [
        ("4.32", "49.19", 212_50),  # 212.5008
        ("4.29", "55.21", 236_85),  # 236.8509
        ("0.12", "10.3749", 1_24),  # 1.244988: polars' own Decimal product gives 1.25
        ("0.5", "0.01", 1),  # 0.005: half a kopeck goes up
        ("-0.5", "0.01", -1),  # and its reversal goes down
    ],
)
def test_published_charges_come_out_to_the_kopeck(volume: str, tariff: str, amount_kop: int) -> None:
    assert money.amount_of(money.scaled(Decimal(volume), 7), money.scaled(Decimal(tariff), 6)) == amount_kop


def test_a_rule_value_loses_no_digit() -> None:
    assert money.kopecks_of(Decimal("500.10")) == 500_10
    with pytest.raises(ValueError, match=r"0\.005 has more than 2 digits"):
        money.kopecks_of(Decimal("0.005"))


@pytest.mark.parametrize(
    ("amount_kop", "written"),
    [
        (2_340_00, "2\u00a0340,00\u00a0₽"),
        (0, "0,00\u00a0₽"),
        (-5, "\u22120,05\u00a0₽"),
        (123_456_789_01, "123\u00a0456\u00a0789,01\u00a0₽"),
    ],
)
def test_roubles_are_written_the_russian_way(amount_kop: int, written: str) -> None:
    assert money.format_rub(amount_kop) == written
