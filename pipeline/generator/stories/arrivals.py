"""Stories of what arrives wrong: mistyped accounts, doubled and corrected registries, documents that do not add up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from pipeline.generator.played import ExtraFile
from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import MONTHS, Row, Scene, at, rub
from pipeline.generator.stories.sent_apart import apart, send_registry

LATE_PROVIDER: Final = "enskbank"
LATE_EXPECTED_ON: Final = date(2026, 4, 28)
LATE_RECEIVED_ON: Final = date(2026, 5, 3)
CYRILLIC_ACCOUNT: Final = "77КН120190"


def _suspended(scene: Scene, payment: Row, reason: str, *candidates: str, run: str) -> None:
    scene.promise(suspended={
        "payment_id": payment["payment_id"], "reason_code": reason, "candidate_account_ids": list(candidates),
        "first_run": run, "amount": rub(payment["amount_kop"]),
    })


def _left_to_a_person(scene: Scene, payment: Row, reason: str, *candidates: str) -> None:
    """Nobody has decided it by 20 June."""
    scene.queued("suspended_payment", payment["amount_kop"], payment_id=payment["payment_id"], reason_codes=[reason],
                 candidate_account_ids=list(candidates))


def _refused_document(scene: Scene, month: int, reason: str, kind: str = "M1") -> None:
    scene.queued("quarantined_document", scene.document(month, kind=kind)["payable_kop"],
                 document_id=scene.document_id(month, kind=kind), account_id=scene.ids["main"], reason_codes=[reason])


def one_digit_off(scene: Scene) -> None:
    """The cash office mistypes one digit; a person identifies the money in March."""
    wrong = scene.ids["main"][:2] + "4" + scene.ids["main"][3:]
    astray = scene.pay(scene.charged(1), at(date(2026, 2, 6)), channel="cash_office", account_id=wrong)
    scene.event("payment_identifications", at(date(2026, 3, 20), 16), payment_id=astray["payment_id"],
                account_id=scene.ids["main"], decision_code="identified", evidence="заявление плательщика, чек кассы")
    scene.pays_on_time(0)
    scene.pays_on_time(3, 4, 5)
    scene.pay_document(2)
    scene.granted_not(1)
    _suspended(scene, astray, "unknown_account", scene.ids["main"], run="2026-01")
    scene.promise(identified_in_run="2026-02", open_at_the_end_rub="0.00")


def two_digits_swapped(scene: Scene) -> None:
    """Nobody has identified the money yet: it shields the account that it may belong to."""
    wrong = scene.ids["main"][0] + scene.ids["main"][2] + scene.ids["main"][1] + scene.ids["main"][3:]
    scene.pays_on_time(0, 1, 2, 3)
    astray = scene.pay(scene.charged(4), at(date(2026, 5, 7)), channel="post", account_id=wrong)
    scene.refused(4, "is_paid_in_full", missing_kop=scene.charged(4))
    _suspended(scene, astray, "unknown_account", scene.ids["main"], run="2026-04")
    _left_to_a_person(scene, astray, "unknown_account", scene.ids["main"])
    scene.promise(as_of="2026-06-20", shielded_rub=rub(scene.charged(4)))


def look_alike_letters(scene: Scene) -> None:
    """Latin letters for Cyrillic ones join; the letter O for a zero is only a candidate."""
    typed_in_latin = scene.ids["main"].replace("К", "K").replace("Н", "H")
    for month in MONTHS:
        scene.pay_document(month, account_id=typed_in_latin)
        scene.eligible(month)
    letter = scene.ids["letter"].replace("0", "O")
    scene.pays_on_time(*MONTHS, role="letter")
    astray = scene.pay(50_000, at(date(2026, 4, 7)), channel="post", account_id=letter)
    _suspended(scene, astray, "unknown_account", scene.ids["letter"], run="2026-03")
    _left_to_a_person(scene, astray, "unknown_account", scene.ids["letter"])


def closed_without_debt(scene: Scene) -> None:
    """The account is closed and paid; a stray payment finds nothing and no successor."""
    scene.pays_on_time(0)
    astray = scene.pay(50_000, at(date(2026, 2, 16)), channel="sberbank")
    _suspended(scene, astray, "account_closed", run="2026-01")
    _left_to_a_person(scene, astray, "account_closed")


def unknown_reversal(scene: Scene) -> None:
    """The bank takes back a payment that never came."""
    scene.pays_on_time(*MONTHS)
    never = {"payment_id": "SB-NEVER-CAME", "amount_kop": 77_700, "account_id": None, "received_on": None,
             "provider_code": "sberbank"}
    reversal = scene.reverse(never, at(date(2026, 4, 3), 9), date(2026, 4, 8))
    scene.promise(suspended={"reversal_id": reversal["reversal_id"], "reason_code": "unknown_reversal",
                             "first_run": "2026-03", "amount": "-777.00"})
    scene.queued("suspended_reversal", reversal["amount_kop"], payment_id=reversal["reversal_id"],
                 reason_codes=["unknown_reversal"])


def date_in_future(scene: Scene) -> None:
    """The year of the payment is one too high: the money is suspended, not lost."""
    scene.pays_on_time(0, 1, 2)
    scene.pays_on_time(4, 5, is_eligible=False)
    astray = scene.pay(scene.charged(3), at(date(2027, 4, 6)), received_on=date(2026, 4, 8), channel="sberbank")
    scene.refused(3, "is_paid_in_full", missing_kop=scene.charged(3))
    _suspended(scene, astray, "date_in_future", run="2026-03")
    _left_to_a_person(scene, astray, "date_in_future")


def duplicate_file(scene: Scene) -> None:
    """The provider sends the same file again a week later: it counts once."""
    scene.pays_on_time(*MONTHS)
    of_january = next(p for p in scene.book.payments if p["designated_document_id"] == scene.document_id(1))
    apart(scene, of_january)
    name, came_on = "enerc_online-extra-1", date(2026, 2, 8)
    send_registry(scene, name, came_on, [of_january], name=name, has_money=True)
    again = scene.book.extra_files[-3]
    scene.book.extra_files.append(ExtraFile("payments", came_on + timedelta(days=7), name, again.frame))
    scene.promise(repeated_file_of_registry=name, repeated_rows=1, open_at_the_end_rub="0.00")


def corrected_registry(scene: Scene) -> None:
    """The bank mistyped an amount ten times too high and sends the registry again."""
    scene.pays_on_time(0, 1, 3, 4, 5)
    right = apart(scene, scene.pay_document(2, channel="other_bank"))
    other = apart(scene, scene.pay_document(2, role="neighbour", channel="other_bank"))
    wrong = right | {"amount_kop": right["amount_kop"] * 10}
    name = "enskbank-extra-1"
    send_registry(scene, name, date(2026, 3, 8), [wrong, other], name=name, has_money=False)
    send_registry(scene, name, date(2026, 3, 18), [right, other], name=f"{name}-corrected", has_money=True)
    scene.pays_on_time(0, 1, 3, 4, 5, role="neighbour")
    scene.refused(2, "is_paid_online")
    scene.refused(2, "is_paid_online", role="neighbour")
    scene.promise(corrected_registry_id=name, open_at_the_end_rub="0.00")


def late_registry(scene: Scene) -> None:
    """A whole registry of the bank is five days late, over the end of the cycle: lists of March wait for it."""
    scene.pays_on_time(0, 1, 2, 4, 5)
    scene.pay_document(3, channel="other_bank", on=date(2026, 4, 21))
    scene.refused(3, "is_paid_online")
    scene.promise(late_registry={"provider_code": LATE_PROVIDER, "expected_on": str(LATE_EXPECTED_ON),
                                 "received_on": str(LATE_RECEIVED_ON), "lists_await_it_in_run": "2026-03"})
    scene.queued("late_registry", run="2026-03", provider_code=LATE_PROVIDER, waiting_since_on=str(LATE_EXPECTED_ON),
                 reason_codes=["other_bank"])
    for name in ("sms_list", "debt_receipts", "court_list"):
        scene.queued("list_awaiting_registry", run="2026-03", list_code=name,
                     reason_codes=[f"{LATE_PROVIDER}:other_bank"])


def lines_do_not_add_up(scene: Scene) -> None:
    """March's document prints ten roubles more than its lines: refused whole, the account stays off every list."""
    scene.pays_on_time(*MONTHS, is_eligible=False)
    scene.eligible(0, 1, 2)
    for column in ("charged_kop", "payable_kop", "payable_with_penalty_kop"):
        scene.document(3)[column] += 1000
    scene.promise(quarantined={"table": "billing_documents", "document_id": scene.document_id(3),
                               "rule_id": "lines_do_not_add_up", "run": "2026-03"}, incomplete_bill="document_rejected")
    _refused_document(scene, 3, "lines_do_not_add_up")


def unknown_service(scene: Scene) -> None:
    """A line of April is for an antenna that no register knows: the document falls with it."""
    scene.pays_on_time(0, 1, 2, 3)
    antenna = scene.line(4, "housing") | {"service_code": "antenna", "charged_kop": 8_500}
    scene.lines(4).append(antenna)
    scene.resum(4)
    scene.promise(quarantined={"table": "charges", "document_id": scene.document_id(4), "rule_id": "unknown_service",
                               "run": "2026-04"}, incomplete_bill="document_rejected")
    _refused_document(scene, 4, "line_rejected")


def two_live_versions(scene: Scene) -> None:
    """Two documents of April, neither replaces the other: both are refused."""
    scene.pays_on_time(0, 1, 2, 3)
    first = scene.document(4)
    twin = first | {"document_id": scene.document_id(4, kind="M2"), "version": 2}
    scene.book.documents[twin["document_id"]] = twin
    scene.book.charges[twin["document_id"]] = [
        line | {"document_id": twin["document_id"]} for line in scene.lines(4)
    ]
    scene.promise(quarantined={"table": "billing_documents", "document_id": [first["document_id"],
                  twin["document_id"]], "rule_id": "two_live_versions", "run": "2026-04"},
                  incomplete_bill="document_rejected")
    for kind in ("M1", "M2"):
        _refused_document(scene, 4, "two_live_versions", kind)


def missing_document(scene: Scene) -> None:
    """April's document never came."""
    scene.pays_on_time(0, 1, 2, 3)
    scene.drop_document(4)
    scene.promise(incomplete_bill="document_missing", run="2026-04")
    scene.queued("account_without_bill", scene.charged(3), run="2026-04", account_id=scene.ids["main"],
                 reason_codes=["document_missing"])


def unknown_meter(scene: Scene) -> None:
    scene.pays_on_time(*MONTHS)
    known = next(reading for reading in scene.book.readings if scene.ids["main"] in reading["meter_id"]
                 and reading["month_number"] == 2)
    scene.book.readings.append(known | {"reading_id": "r-unknown-2026-02", "meter_id": "cw-0000000000"})
    scene.promise(quarantined={"table": "meter_readings", "reading_id": "r-unknown-2026-02",
                               "rule_id": "unknown_meter", "run": "2026-01"})
    scene.queued("quarantined_row", 0, table_name="meter_readings", reason_codes=["unknown_meter"])


STORIES: Final = (
    Story("one_digit_off", "Одна цифра счёта неверна: невыясненный платёж, потом опознан.", one_digit_off),
    Story("two_digits_swapped", "Две цифры переставлены, платёж не опознан: деньги прикрывают должника.",
          two_digits_swapped),
    Story("look_alike_letters", "Латинские буквы вместо русских и буква О вместо нуля.", look_alike_letters,
          (Role(account_id=CYRILLIC_ACCOUNT), Role("letter"))),
    Story("closed_without_debt", "Платёж на закрытый счёт без долга и преемника.", closed_without_debt,
          (Role(closed_on=date(2025, 12, 31), last_month=0),)),
    Story("unknown_reversal", "Отзыв платежа, которого не было.", unknown_reversal),
    Story("date_in_future", "Дата платежа из будущего года.", date_in_future),
    Story("duplicate_file", "Один и тот же файл реестра прислан дважды.", duplicate_file),
    Story("corrected_registry", "Банк прислал исправленный реестр.", corrected_registry, (Role(), Role("neighbour"))),
    Story("late_registry", "Реестр банка опоздал на пять дней: списки марта его ждут.", late_registry),
    Story("lines_do_not_add_up", "Строки квитанции не складываются в её итог.", lines_do_not_add_up),
    Story("unknown_service", "Строка неизвестной услуги.", unknown_service),
    Story("two_live_versions", "Две действующие квитанции за один месяц.", two_live_versions),
    Story("missing_document", "Квитанция за апрель не пришла.", missing_document),
    Story("unknown_meter", "Показание прибора, которого нет.", unknown_meter),
)
