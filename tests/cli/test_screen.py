"""Explanations are no wider than the terminal: sums stay whole, proofs make room; other output is not broken."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.cli.explanation_screen import WIDE, show
from pipeline.cli.screen import PLAIN_WIDTH, say
from pipeline.reports.explain.explanation import Explanation, Grid, Saying, Section

SUM = "1\u00a0234\u00a0567,00\u00a0₽"
GRID = Grid(
    "Движение", ("Получатель", "Было", "Стало", "Строка"),
    (("Фонд капитального ремонта домов области", SUM, SUM, "account_balances: получатель fund"),), (1, 2),
)
TOLD = Explanation(
    "7700000010", BillingMonth(2026, 5), "РКЦ", date(2026, 6, 20), False, (Saying("не оплачено " * 30),), (GRID,),
    (Section("balances", "Сальдо", (GRID,)),), (), (), (),
)


def shown(
    width: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *sections: str
) -> str:
    if width is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", str(width))
    show(TOLD, frozenset(sections))
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [80, 100, WIDE])
def test_an_explanation_is_no_wider_than_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(width, monkeypatch, capsys)

    assert max(len(line) for line in said.splitlines()) <= width
    assert said.count(SUM) == 2
    assert ("account_balances" in said) == (width >= WIDE)


def test_proofs_are_shown_in_the_section_that_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Строка" in shown(100, monkeypatch, capsys, "balances")


def test_what_is_piped_keeps_its_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert max(len(line) for line in shown(None, monkeypatch, capsys).splitlines()) > PLAIN_WIDTH
    monkeypatch.setenv("COLUMNS", "60")
    say("путь " * 50)
    assert capsys.readouterr().out == "путь " * 50 + "\n"
