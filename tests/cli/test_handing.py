"""What the command says of a list that was handed over: what left, and how many were left out and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.handing import told
from pipeline.storage.dispatch import HandedOver


def test_what_left_is_counted_with_its_sum() -> None:
    left = HandedOver("sms_list", 1200, 3, 123456, Path("texts.parquet"), Path("gateway.txt"))

    assert told(left) == [
        "Список sms_list: передано строк 1\u00a0200 на 1\u00a0234,56\u00a0₽.",
        "Переданы раньше и не повторены: 3.",
        "Тексты с телефонами (доступ только у владельца участка): texts.parquet",
        "Файл для SMS-шлюза: gateway.txt",
    ]


def test_nothing_to_hand_over_is_said() -> None:
    assert told(HandedOver("call_list", 0, 0, 0, None)) == ["Список call_list: передавать нечего."]


@pytest.mark.parametrize(("name", "why"), [
    ("waiting", "Ждут другой ночи, номер уже есть у другого: 2."),
    ("without_phone", "Не переданы, мобильного номера нет: 2."),
    ("too_old", "Не переданы, отключают только по списку последней ночи: 2. Пересчитайте месяц."),
    ("not_in_gateway", "Внимание: в файл шлюза не вошли (нет номера, номер уже есть у другого или текст длиннее, чем "
                       "берёт шлюз): 2."),
])
def test_whoever_is_left_out_is_counted_with_the_reason(name: str, why: str) -> None:
    assert told(HandedOver("call_list", 1, 0, 100, None, **{name: 2}))[1:] == [why]


@pytest.mark.parametrize(("name", "what"), [
    ("court_list", "основной долг, без пеней и госпошлины"), ("claim_list", "основной долг, пени и госпошлина"),
])
def test_a_sum_for_a_court_says_what_it_is(name: str, what: str) -> None:
    said, = told(HandedOver(name, 1, 0, 1352878, None))

    assert said.replace("\u00a0", " ") == f"Список {name}: передано строк 1 на 13 528,78 ₽ ({what})."
