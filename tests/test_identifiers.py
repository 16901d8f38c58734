"""Identifiers: published vectors, and the vectorised search against the pairwise definition of nearness."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import identifiers
from pipeline.identifiers import difference_code, is_near, nearest_accounts, normalised_account_id
from tests.examples import examples

TYPED = st.text(alphabet="0123456789АВОдaboO З\u00a0-", max_size=12)
SHORT_IDS = st.lists(st.text(alphabet="012OА", min_size=1, max_size=4), max_size=12, unique=True)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("80КХ145231", "80KX145231"),  # Cyrillic КХ
        ("80KX145231", "80KX145231"),  # Latin KX
        ("75да533315-01", "75ДA533315-01"),  # Д has no Latin twin and stays
        (" 75da\u00a0533315 ", "75DA533315"),
        ("0001234567", "0001234567"),  # leading zeros matter
    ],
)
def test_look_alike_letters_join(typed: str, key: str) -> None:
    assert normalised_account_id(typed) == key


@given(typed=TYPED)
def test_a_column_is_normalised_as_one_id_is(typed: str) -> None:
    column = pl.DataFrame({"account_id": [typed]}).select(identifiers.normalised_account("account_id"))
    assert column.item() == normalised_account_id(typed)
    assert normalised_account_id(normalised_account_id(typed)) == normalised_account_id(typed)


@pytest.mark.parametrize(
    ("unknown", "known", "code"),
    [
        ("1000234567", "1000234568", "one_digit_off"),
        ("1000234567", "1000243567", "adjacent_swapped"),
        ("75АВ533315", "75AB533315", "look_alike_letters"),
        ("1000O34567", "1000034567", "look_alike_letters"),
        ("34567", "0034567", "leading_zeros"),
        ("1000234567", "1000234567", None),
        ("1000234567", "1000234578", None),
        ("1000234567", "100023456", None),
        ("1000234567", "2000234568", None),
        ("75AB533315", "75AC533315", None),  # a letter is not a digit
    ],
)
def test_a_slip_of_one_hand(unknown: str, known: str, code: str | None) -> None:
    assert difference_code(unknown, known) == difference_code(known, unknown) == code
    assert is_near(unknown, known) is (code is not None)


@examples(60)
@given(unknown=SHORT_IDS, known=SHORT_IDS)
def test_the_search_finds_exactly_the_near_pairs(unknown: list[str], known: list[str]) -> None:
    def ids(values: list[str]) -> pl.DataFrame:
        return pl.DataFrame({"account_id": values}, schema={"account_id": pl.String})

    found = nearest_accounts(ids(unknown), ids(known))

    expected = {(one, two, difference_code(one, two)) for one in unknown for two in known if is_near(one, two)}
    assert set(found.rows()) == expected
    assert found.height == len(expected)
    assert found.equals(nearest_accounts(ids(unknown[::-1]), ids(known[::-1])))


def test_the_search_is_not_quadratic() -> None:
    known = pl.DataFrame({"account_id": pl.int_range(0, 300_000, eager=True).cast(pl.String).str.zfill(10)})
    unknown = pl.DataFrame({"account_id": [f"{number:010d}" for number in range(300_000, 301_000)]})

    found = nearest_accounts(unknown, known)

    assert found.filter(pl.col("account_id") == "0000300007").rows() == [
        ("0000300007", "0000030007", "adjacent_swapped"),
        ("0000300007", "0000000007", "one_digit_off"),
        ("0000300007", "0000100007", "one_digit_off"),
        ("0000300007", "0000200007", "one_digit_off"),
    ]


@pytest.mark.parametrize("number", ["1654019570", "6311095616", "500110474504", "7830002293", "7707083893"])
def test_inn(number: str) -> None:
    assert identifiers.is_inn(number)
    assert not identifiers.is_inn(number[:-1] + str((int(number[-1]) + 1) % 10))


def test_snils() -> None:
    assert identifiers.is_snils("112-233-445 95")
    assert identifiers.is_snils("087-654-303 00")
    assert identifiers.is_snils("001-001-998 77")  # before control numbers
    assert not identifiers.is_snils("112-233-445 96")
    assert not identifiers.is_snils("112-233-445")


ACCOUNTS_AND_BICS = """
40647859100000003330/040033685 50300807000000002104/044712578 50286516400000008106/823397286
40702810138250123017/044525225 40702810268000010356/049401601 40702810631000007404/040407627
40702810455000024248/044030653 40702810000000074935/044525411 40702810400000004583/046015804
40802810700020000317/044525201 40101810400000010002/046015001 30101810200000000827/044030827
30101810400000000225/044525225 30101810145250000411/044525411 30101810745250000659/044525659
30101810500000000653/044030653
"""


@pytest.mark.parametrize("pair", ACCOUNTS_AND_BICS.split())
def test_bank_account_keys(pair: str) -> None:
    account, bic = pair.split("/")
    assert identifiers.is_bank_account(account, bic)
    assert not identifiers.is_bank_account(account[:-1] + str((int(account[-1]) + 1) % 10), bic)


@pytest.mark.parametrize(
    ("account", "bic"), [("50300807000003002104", "044712576"), ("4070281013825012301", "044525225"), ("", "")]
)
def test_wrong_bank_accounts(account: str, bic: str) -> None:
    assert not identifiers.is_bank_account(account, bic)


@pytest.mark.parametrize("written", ["89161234567", "+7 (916) 123-45-67", "79161234567", "9161234567"])
def test_mobile_phones(written: str) -> None:
    assert identifiers.mobile_phone(written) == "+79161234567"


@pytest.mark.parametrize("written", ["8-495-123-45-67", "+77011234567", "1234567890", "", "нет телефона"])
def test_phones_that_get_no_sms(written: str) -> None:
    assert identifiers.mobile_phone(written) is None
