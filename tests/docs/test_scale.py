"""`docs/scale.md`: what is computed on paper follows from the figures on the same page."""

from __future__ import annotations

from bench.country import PAGE, Figures, computed


def test_the_country_follows_from_the_measured_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert computed(page) == page, "run `python -m bench.country`"
    assert Figures.of(page).parts(60_000_000) == 916
    assert computed(page.replace("| 2.7 s", "| 5.4 s")) != page or "| 2.7 s" not in page
