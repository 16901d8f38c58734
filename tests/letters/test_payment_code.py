"""The payment code of ГОСТ Р 56042-2014: what a decoder reads, its limits, and what cannot be written."""

from __future__ import annotations

import pytest
import typst

from pipeline.rendering.payment_qr import NoPaymentCode, Payee, payment_svg, payment_text
from tests.letters.reading import codes, fields

PAYEE = Payee("ООО «Три кита»", "40702810138250123017", "ОАО \"БАНК\"", "044525225", "30101810400000000225",
              "6200098765", "620001001")


def drawn(written: bytes) -> bytes:
    """The code on a page, as letters place it."""
    page = typst.compile(
        b'#image(bytes(sys.inputs.qr), format: "svg", width: 46mm)', format="pdf",
        sys_inputs={"qr": payment_svg(written)},
    )
    assert isinstance(page, bytes)
    return page


@pytest.mark.parametrize("kopecks", [1, 99, 100, 12_345_678, 99_999_999_999])
def test_a_decoder_reads_back_the_very_bytes(kopecks: int) -> None:
    written = payment_text(PAYEE, sum_kop=kopecks, purpose="Долг за ЖКУ по 31.05.2026", account_id="0000123")

    assert codes(drawn(written)) == [written]
    assert fields(written)["Sum"] == str(kopecks)


def test_the_details_stand_in_the_order_of_the_standard() -> None:
    written = payment_text(PAYEE, sum_kop=100_000, purpose="Оплата", account_id="77").decode()

    assert written == (
        "ST00012|Name=ООО «Три кита»|PersonalAcc=40702810138250123017|BankName=ОАО \"БАНК\"|BIC=044525225|"
        "CorrespAcc=30101810400000000225|Sum=100000|Purpose=Оплата|PayeeINN=6200098765|KPP=620001001|PersAcc=77|"
        "TechCode=02"
    )


def test_a_treasury_account_has_no_correspondent_account() -> None:
    payee = Payee("Фонд", "40102810945370000010", "УФК", "017501500")
    assert fields(payment_text(payee, sum_kop=1, purpose="п", account_id="1"))["CorrespAcc"] == "0"


def test_long_details_are_written_in_windows_1251() -> None:
    payee = Payee("Ы" * 100, *list(vars_of(PAYEE))[1:])
    written = payment_text(payee, sum_kop=1, purpose="п", account_id="1")

    assert written.startswith(b"ST00011|")
    assert fields(written)["Name"] == "Ы" * 100
    assert codes(drawn(written)) == [written]


def test_another_separator_where_a_value_holds_the_usual_one() -> None:
    written = payment_text(PAYEE, sum_kop=1, purpose="Долг | пени", account_id="1")

    assert written[7:8] == b"#"
    assert fields(written)["Purpose"] == "Долг | пени"


@pytest.mark.parametrize(("payee", "kopecks", "told"), [
    (Payee("", "40702810138250123017", "Б", "044525225"), 1, "Name"),
    (Payee("Н", "", "Б", "044525225"), 1, "PersonalAcc"),
    (Payee("Н", "1" * 21, "Б", "044525225"), 1, "PersonalAcc"),
    (Payee("Н", "1" * 20, "Б" * 46, "044525225"), 1, "BankName"),
    (PAYEE, 0, "Sum"), (PAYEE, -1, "Sum"),
    (Payee("水" * 100, *("1" * 20, "Б", "044525225")), 1, "300 байт"),
])
def test_what_makes_no_code(payee: Payee, kopecks: int, told: str) -> None:
    with pytest.raises(NoPaymentCode, match=told):
        payment_text(payee, sum_kop=kopecks, purpose="п", account_id="1")


def vars_of(payee: Payee) -> tuple[str, ...]:
    return (payee.name, payee.account, payee.bank_name, payee.bic, payee.correspondent_account, payee.inn, payee.kpp)
