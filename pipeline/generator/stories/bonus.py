"""Stories of «Коммунальный бонус»: every condition met, missed by a kopeck or a day, saved by the value date."""

from __future__ import annotations

from typing import Final

from pipeline.generator.stories.roles import FUND_HOUSE, INSURED_HOUSE, WASTE_HOUSE, Role, Story
from pipeline.generator.stories.scene import MONTHS, Scene, at, rub


def exact_online(scene: Scene) -> None:
    scene.pays_on_time(*MONTHS)
    scene.promise(open_at_the_end_rub="0.00")


def within_tolerance(scene: Scene) -> None:
    """99 kopecks short is covered, 101 are not; two small debts together are a past debt."""
    scene.pay_document(0, amount_kop=scene.charged(0) - 99)
    scene.pays_on_time(1, 2)
    scene.pay_document(3, amount_kop=scene.charged(3) - 101)
    scene.pay_document(4)
    scene.pay(scene.charged(5) + 200, at(scene.day(5)))
    scene.eligible(0, 5)
    scene.refused(3, "is_paid_in_full", missing_kop=101)
    scene.refused(4, "is_free_of_past_debt", missing_kop=200)
    scene.promise(open_at_the_end_rub="0.00")


def mixed_channels(scene: Scene) -> None:
    scene.pays_on_time(0, 2, 3, 4, 5)
    online = scene.charged(1) * 6 // 10
    scene.pay_document(1, amount_kop=online, channel="own_app")
    scene.pay_document(1, amount_kop=scene.charged(1) - online, channel="sberbank", on=scene.day(1, 7))
    scene.refused(1, "is_paid_online")


def slow_registry(scene: Scene) -> None:
    """January's payment is made in time and arrives after February's: the ledger lays them by arrival, the bonus by
    value date."""
    scene.pays_on_time(0, 3, 4, 5)
    early = scene.pay(scene.charged(1), at(scene.day(2, -2)), received_on=scene.day(2, 7))
    scene.pay(scene.charged(2), at(scene.day(2, 1)))
    scene.eligible(1, 2)
    scene.promise(late_payment_id=early["payment_id"], open_at_the_end_rub="0.00")


def after_next_issue(scene: Scene) -> None:
    """Half on the last day, which arrives with the first registry of the next month, half two days later."""
    scene.pays_on_time(0, 2, 3, 4, 5)
    half = scene.charged(1) // 2
    scene.pay_document(1, amount_kop=half, on=scene.day(2, -1))
    scene.pay_document(1, amount_kop=scene.charged(1) - half, on=scene.day(2, 1))
    scene.refused(1, "is_paid_before_next_issue", missing_days=2)


def same_visit(scene: Scene) -> None:
    """The bill first, the arrears twenty minutes later: one visit."""
    scene.pay_document(1, hour=10)
    scene.pay_document(0, on=scene.day(1), hour=10, minute=20)
    scene.pays_on_time(2, 3, 4, 5)
    scene.refused(0, "is_paid_in_full", missing_kop=scene.charged(0))
    scene.eligible(1)


def past_debt_an_hour_later(scene: Scene) -> None:
    """The arrears come 61 minutes after the bill: another visit."""
    scene.pay_document(1, hour=10)
    scene.pay_document(0, on=scene.day(1), hour=11, minute=1)
    scene.pays_on_time(2, 3, 4, 5)
    scene.refused(0, "is_paid_in_full", missing_kop=scene.charged(0))
    scene.refused(1, "is_free_of_past_debt", missing_kop=scene.charged(0))


def advance_payer(scene: Scene) -> None:
    """40 000 roubles at once: documents are covered, oldest first, until the advance is used up."""
    left = 4_000_000
    scene.pay(left, at(scene.day(0, 2)))
    short = False
    for month in MONTHS:
        charged = scene.charged(month)
        if left >= charged and not short:
            scene.eligible(month)
            left -= charged
            continue
        scene.refused(month, "is_paid_in_full", missing_kop=charged - left)
        left, short = 0, True
    scene.promise(open_at_the_end_rub=rub(sum(scene.charged(m) for m in MONTHS) - 4_000_000))


def bank_only(scene: Scene) -> None:
    for month in MONTHS:
        scene.pay_document(month, channel="sberbank")
        scene.refused(month, "is_paid_online")


def not_served(scene: Scene) -> None:
    scene.pays_on_time(*MONTHS, is_eligible=False)
    for month in MONTHS:
        scene.refused(month, "is_served")


def fund_account(scene: Scene) -> None:
    """The fund's own documents of February and March are paid after March's bill: March is refused, April granted."""
    scene.pays_on_time(0, 1)
    for month in (2, 3):
        scene.pay_document(month)
        scene.pay_document(month, kind="F1", on=scene.day(3, 19))
    scene.pays_on_time(4, 5)
    scene.eligible(2)
    scene.refused(3, "is_free_of_past_debt", missing_kop=scene.charged(2, kind="F1"))
    scene.promise(creditor_of_capital_repair="fund")


def waste_direct(scene: Scene) -> None:
    scene.pays_on_time(*MONTHS)
    scene.promise(waste_document_rub=rub(scene.charged(0, kind="W1")), creditor_of_waste="eco")


def insurance(scene: Scene) -> None:
    """The total with voluntary insurance pays it; the total without leaves it open, and it never becomes arrears."""
    for month in MONTHS:
        with_it = scene.document(month)["voluntary_insurance_kop"]
        scene.pay_document(month, amount_kop=scene.charged(month) + with_it, voluntary_kop=with_it)
        scene.pay_document(month, role="declines")
        scene.eligible(month)
        scene.eligible(month, role="declines")
    unpaid = sum(scene.document(month, "declines")["voluntary_insurance_kop"] for month in MONTHS)
    scene.promise(voluntary_left_open_rub={"main": "0.00", "declines": rub(unpaid)}, is_debtor=False)


STORIES: Final = (
    Story("exact_online", "Платит через личный кабинет копейка в копейку: бонус каждый месяц.", exact_online),
    Story("within_tolerance", "Недоплачивает 99 копеек, потом 1 ₽ 01 коп.: допуск и мелкие долги вместе.",
          within_tolerance),
    Story("mixed_channels", "Январь оплачен частью в приложении, частью через банк: бонуса нет.", mixed_channels),
    Story("slow_registry", "Оплачено вовремя, реестр пришёл позже следующего платежа: бонус по дате оплаты.",
          slow_registry),
    Story("after_next_issue", "Половина января оплачена на следующий день после выпуска новых квитанций.",
          after_next_issue),
    Story("same_visit", "Долг и новый счёт оплачены за одно посещение, счёт первым.", same_visit),
    Story("past_debt_an_hour_later", "Долг оплачен через 61 минуту после счёта: уже другое посещение.",
          past_debt_an_hour_later),
    Story("advance_payer", "Внёс 40 000 ₽ вперёд: аванс закрывает счета, пока не кончится.", advance_payer),
    Story("bank_only", "Платит в срок, но через банк: бонуса нет.", bank_only),
    Story("not_served", "Счёт только на взыскании, центр его не обслуживает.", not_served, (Role(is_served=False),)),
    Story("fund_account", "Капремонт у фонда своим счётом; февраль фонду оплачен поздно.", fund_account,
          (Role(house=FUND_HOUSE),)),
    Story("waste_direct", "Вывоз мусора собирает сам региональный оператор, своей квитанцией.", waste_direct,
          (Role(house=WASTE_HOUSE),)),
    Story("insurance", "Добровольное страхование: один платит с ним, другой без него.", insurance,
          (Role(house=INSURED_HOUSE), Role("declines", house=INSURED_HOUSE))),
)
