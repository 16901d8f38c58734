"""The file of overrides: what is read, and the sentence for every way of writing it wrong."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.rules.registry import RuleBook
from pipeline.storage.overrides import BadOverride, Overrides, read_overrides

RULES = RuleBook.read()

WRONG = [
    ("rules:\n  debt.sms_min: 3", "строка 2, ключ debt.sms_min: такого правила нет. Похоже на: debt.sms_min_rub"),
    ("rules:\n  x: 1\n", "строка 2, ключ x: такого правила нет. Все правила с пояснениями: raschet rules"),
    ("rules:\n  debt.contact_min_rub: \"1.00\"\n  debt.sms_min_rub: 300.5",
     "строка 3, ключ debt.sms_min_rub: 300.5 — дробное число, оно теряет копейки. Напишите так — сумма в кавычках"),
    ("rules:\n  debt.sms_min_rub: 300", "значение «300» не подходит. Напишите так — сумма в кавычках: \"500.00\""),
    ("rules:\n  debt.sms_min_rub: \"-5.00\"", "-5.00 меньше нуля"),
    ("rules:\n  ledger.due_day: 45", "45 — не день месяца"),
    ("rules:\n  ledger.due_day: [10, 15]", "ожидается одно значение"),
    ("rules:\n  debt.age_bands_months: 3", "ожидается список. Напишите так — несколько через запятую в [ ]"),
    ("rules:\n  ledger.due_day: [{from: 2026-03-01, value: 2.5}]", "2.5 — дробное число"),
    ("rules:\n  ledger.due_day: [{since: 2026-03-01, value: 5}]", "не подходит"),
    ("rules:\n  debt.sms_min_rub: \"1.00\"\n  debt.sms_min_rub: \"2.00\"", "строка 3, ключ debt.sms_min_rub: ключ "
     "написан дважды"),
    ("rules:\n  penalty.key_rate: \"16.00\"", "такого правила нет. Похоже на: penalty.key_rate_percent"),
    ("rule:\n  ledger.due_day: 10", "строка 1, ключ rule: раздела «rule» нет. Похоже на: rules"),
    ("rules: 5", "строка 1, ключ rules: ожидается «ключ: значение»"),
    ("- 5", "Файл изменений — это «раздел: …»"),
    ("rules: {a: [", "ошибка YAML в строке 1"),
    ("channels:\n  site: true", "строка 2, ключ site: у канала меняется только is_own_online"),
    ("channels:\n  site: {is_own_online: 1}", "у канала меняется только is_own_online"),
    ("capacity:\n  letters: 50", "ключ letters: списка «letters» нет. Есть списки: sms_list"),
    ("capacity:\n  sms_list: many", "значение «many» не подходит. Сколько строк (в судебном списке — дел) за ночь"),
    ("capacity:\n  sms_list: 5\nrules:\n  debt.capacity_sms_list: 6", "изменено дважды"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_mistake_is_told_with_its_key_line_and_remedy(text: str, told: str) -> None:
    with pytest.raises(BadOverride) as refused:
        read_overrides(text, RULES)

    assert told in str(refused.value)


def test_everything_that_may_be_changed() -> None:
    text = """
rules:
  debt.sms_min_rub: "300.00"
  ledger.due_day:
    - {from: 2026-03-01, value: 20}
  debt.capacity_debt_receipts: null
channels:
  site: {is_own_online: true}
capacity: {sms_list: 7}
"""

    assert read_overrides(text, RULES) == Overrides(
        {
            "debt.sms_min_rub": "300.00", "ledger.due_day": [{"from": date(2026, 3, 1), "value": 20}],
            "debt.capacity_debt_receipts": None, "debt.capacity_sms_list": 7,
        },
        {"site": True},
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "rules:\n", "rules: {}\n"])
def test_an_empty_file_changes_nothing(text: str) -> None:
    assert read_overrides(text, RULES).are_none
