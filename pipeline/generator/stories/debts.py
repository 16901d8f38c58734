"""Stories of debt: who is written to, who goes to court, who is left alone and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import polars as pl

from pipeline.generator.opening import debt_items
from pipeline.generator.stories.roles import Role, Story
from pipeline.generator.stories.scene import MONTHS, Book, Scene, at, rub
from pipeline.generator.tariffs import COLD_WATER, ELECTRICITY, HOUSING, Service

_OWED: Final = (HOUSING, COLD_WATER, ELECTRICITY)


def owe(
    scene: Scene, months_ago: Iterable[int], role: str = "main", services: tuple[Service, ...] = _OWED
) -> pl.DataFrame:
    """Opening items of whole months before the book."""
    traits = scene.book.traits[scene.ids[role]]
    owing = pl.DataFrame([traits | {"ago": ago} for ago in months_ago])
    first = scene.cycle(0).month
    items = pl.concat(debt_items(owing, service, first) for service in services)
    scene.book.items.append(items)
    return items


def _open(items: pl.DataFrame) -> int:
    return sum(items["outstanding_kop"].to_list())


def _noticed(
    scene: Scene, creditors: Iterable[str], stage_on: date, role: str = "main", stage: str = "debt_receipt"
) -> None:
    """A debt receipt, or another stage, left before the book began."""
    for creditor in creditors:
        scene.book.dunning.append({
            "account_id": scene.ids[role], "creditor_id": creditor, "track_code": "notice",
            "episode_id": f"e-{scene.ids[role]}-{creditor}", "stage_code": stage, "stage_on": stage_on,
        })


def _overdue(scene: Scene, months: Iterable[int], role: str = "main", opening_kop: int = 0) -> str:
    return rub(sum(scene.charged(month, role) for month in months) + opening_kop)


def _two_months_behind(scene: Scene, role: str = "main") -> None:
    scene.pays_on_time(0, 1, 2, 3, role=role)
    for month in (4, 5):
        scene.refused(month, "is_paid_in_full", role=role, missing_kop=scene.charged(month, role))


def debtor_sms(scene: Scene) -> None:
    _two_months_behind(scene)
    scene.promise(as_of="2026-06-20", track_code="notice", months_overdue=1, overdue_rub=_overdue(scene, (4, 5)),
                  holds=[], person_is_on_sms_list=True, is_phone_verified=True)


def debtor_unverified_phone(scene: Scene) -> None:
    _two_months_behind(scene)
    scene.promise(as_of="2026-06-20", track_code="notice", months_overdue=1, overdue_rub=_overdue(scene, (4, 5)),
                  person_is_on_sms_list=True, is_phone_verified=False)


def debtor_opted_out(scene: Scene) -> None:
    _two_months_behind(scene)
    scene.promise(as_of="2026-06-20", track_code="notice", months_overdue=1, person_is_on_sms_list=False,
                  left_alone_by_mandate_of=["power"])


def two_flats(scene: Scene) -> None:
    """One owner, two flats in arrears: one message."""
    for role in ("main", "second"):
        _two_months_behind(scene, role)
    scene.promise(as_of="2026-06-20", messages=1, accounts_in_message=2)


def _held(scene: Scene, reason: str, on: date) -> None:
    scene.event("holds", at(on, 15), account_id=scene.ids["main"], person_id=None, creditor_id=None,
                reason_code=reason, from_on=on, to_on=None)


def debtor_hold(scene: Scene) -> None:
    _two_months_behind(scene)
    _held(scene, "instalment", date(2026, 5, 20))
    scene.promise(as_of="2026-06-20", track_code="notice", months_overdue=1, overdue_rub=_overdue(scene, (4, 5)),
                  holds=["instalment"], person_is_on_sms_list=False)


def disputed_debt(scene: Scene) -> None:
    """April is disputed: it is no arrears, it calls nobody, and it does not spoil the bonus of May."""
    scene.pays_on_time(0, 1, 2, 3, 5)
    _held(scene, "dispute", date(2026, 5, 12))
    scene.refused(4, "is_paid_in_full", missing_kop=scene.charged(4))
    scene.promise(as_of="2026-06-20", is_debtor=False, disputed_rub=rub(scene.charged(4)))


def five_months(scene: Scene) -> None:
    """Warned in May about electricity, which costs the flat two fees by the norm at most: it may be restricted."""
    for code, on in (("notice_sent", date(2026, 5, 18)), ("notice_delivered", date(2026, 5, 25))):
        scene.event("restriction_acts", at(on, 16), account_id=scene.ids["main"], creditor_id="power",
                    service_code=ELECTRICITY.code, act_code=code, act_on=on, evidence="заказное письмо")
    for month in MONTHS:
        scene.refused(month, "is_paid_in_full", missing_kop=scene.charged(month))
    scene.promise(as_of="2026-06-20", months_overdue=5, overdue_rub=_overdue(scene, MONTHS), restriction={
        "service_code": ELECTRICITY.code, "stage_code": "notice_delivered", "next_action_code": "restriction",
        "next_action_on": "2026-06-15",
    })


def court_ready(scene: Scene) -> None:
    """Ten months of debt, the receipt was handed over in autumn."""
    items = owe(scene, range(1, 5))
    _noticed(scene, ("rassvet", "water", "power"), date(2025, 11, 20))
    for month in MONTHS:
        scene.refused(month, "is_paid_in_full", missing_kop=scene.charged(month))
    scene.promise(
        as_of="2026-06-20", oldest_billing_month="2025-08", months_overdue=9,
        overdue_rub=_overdue(scene, MONTHS, opening_kop=_open(items)),
    )


def time_barred(scene: Scene) -> None:
    """Autumn 2022 is past limitation: it stays in the balance, takes no money and spoils no bonus."""
    items = owe(scene, (38, 39))
    for month in MONTHS:
        scene.pay(scene.charged(month), at(scene.day(month)))
    scene.eligible(*MONTHS)
    scene.promise(time_barred_rub=rub(_open(items)), billing_months=["2022-09", "2022-10"])


def three_year_old(scene: Scene) -> None:
    """The debt of May 2023 passes limitation on 13 June 2026, between two runs of the last month."""
    items = owe(scene, (31,))
    scene.pays_on_time(*MONTHS, is_eligible=False)
    for month in MONTHS[:-1]:
        scene.refused(month, "is_free_of_past_debt", missing_kop=_open(items))
    scene.promise(as_of="2026-06-20", is_time_barred=True, due_on=str(items["due_on"][0]),
                  old_debt_rub=rub(_open(items)))


def lump_sum(scene: Scene) -> None:
    """25 000 roubles taken over without months: soft contact only, no court, no limitation date. An SMS left in autumn,
    the person has agreed to calls."""
    _noticed(scene, ("rassvet",), date(2025, 11, 20), stage="sms")
    scene.book.lump_items.append({
        "account_id": scene.ids["main"], "document_id": f"{scene.ids['main']}-LUMP-M1", "creditor_id": "rassvet",
        "contract_id": "c-00007-housing", "service_code": "housing", "debt_kind_code": "principal",
        "charge_month": None, "document_type_code": "debt", "billing_month": date(2025, 6, 1),
        "issued_on": date(2025, 7, 1), "due_on": date(2025, 7, 10), "outstanding_kop": 2_500_000,
    })
    scene.pays_on_time(*MONTHS, is_eligible=False)
    for month in MONTHS:
        scene.refused(month, "is_free_of_past_debt", missing_kop=2_500_000)
    scene.promise(as_of="2026-06-20", lump_sum_rub="25000.00", is_on_court_list=False, limitation_on=None,
                  is_on_call_list=True)


def organisation(scene: Scene) -> None:
    for month in MONTHS:
        scene.pay_document(month, channel="other_bank", paid_at_precision_code="day")
        scene.refused(month, "is_paid_online")
    scene.promise(account_kind_code="organisation")


#: Stories whose debts the power supplier gave over by its mandate; of their accounts the hash leaves one alone.
GIVEN_OVER: Final = ("debtor_sms", "debtor_unverified_phone", "debtor_opted_out", "two_flats", "five_months",
                     "court_ready")
MANDATE: Final = "power-2026-48"


def give_over(book: Book, accounts: pl.DataFrame) -> None:
    """The mandate of the power supplier and its accounts (slug, account_id), with ids of their own."""
    moment, from_on = at(date(2026, 2, 16), 10), date(2026, 2, 17)
    book.events[moment.date(), "mandates"].append({
        "event_id": "ev-mandate", "registered_at": moment, "mandate_id": MANDATE, "creditor_id": "power",
        "from_on": from_on, "holdout_percent": 20, "paid_within_days": 14, "has_reminder": True, "has_sms": True,
        "has_call": True, "has_debt_receipt": True,
    })
    book.events[moment.date(), "mandate_accounts"] += [
        {"event_id": f"ev-mandate-{account_id}", "registered_at": moment, "mandate_id": MANDATE,
         "account_id": account_id, "from_on": from_on}
        for account_id in accounts.filter(pl.col("slug").is_in(GIVEN_OVER))["account_id"].sort()
    ]


_UNVERIFIED: Final[dict[str, Any]] = {"phone_verified_on": None, "phone_source_code": "acquired"}
STORIES: Final = (
    Story("debtor_sms", "Не платит второй месяц: напоминание на проверенный телефон.", debtor_sms),
    Story("debtor_unverified_phone", "Телефон не проверен: текст без суммы.", debtor_unverified_phone,
          (Role(contact=_UNVERIFIED),)),
    Story("debtor_opted_out", "Просил не писать: в список не попадает; по поручению в контрольной группе.",
          debtor_opted_out,
          (Role(contact={"has_opted_out": True}),)),
    Story("two_flats", "Один собственник, две квартиры с долгом: одно сообщение.", two_flats,
          (Role(), Role("second", person_of="main"))),
    Story("debtor_hold", "Договорился о рассрочке: должника не беспокоят.", debtor_hold),
    Story("disputed_debt", "Апрель оспорен: это не долг, и бонусу мая он не мешает.", disputed_debt),
    Story("five_months", "Не платит с декабря: полгода счетов, просрочка пять месяцев.", five_months),
    Story("court_ready", "Долг с августа, квитанция о долге вручена осенью: в суд.", court_ready),
    Story("time_barred", "Долг осени 2022 года: срок давности прошёл, платежи идут мимо него.", time_barred),
    Story("three_year_old", "Долг мая 2023 года: срок давности кончается в июне 2026-го.", three_year_old),
    Story("lump_sum", "Долг принят одной суммой без месяцев: только мягкие напоминания, пора позвонить.", lump_sum,
          (Role(contact={"has_call_consent": True}),)),
    Story("organisation", "Счёт организации, платит через банк.", organisation, (Role(kind="organisation"),)),
)
