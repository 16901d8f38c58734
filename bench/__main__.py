"""`python -m bench …` (or `make bench`): measure, keep the figures in bench/results/, write docs/performance.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import compared, estimates, month, page

RESULTS = Path(__file__).parent / "results"
app = typer.Typer(add_completion=False, no_args_is_help=True, help="Measurements of a month. Figures: bench/results/.")
Place = Annotated[Path, typer.Option(help="Folder for books; they are kept and used again.")]
Python = Annotated[str, typer.Option(help="Python of the peers' environment.")]


@app.command()
def peers(
    accounts: int = 440_000, place: Place = Path("var/bench"), python: Python = sys.executable,
    engines: str = "pandas,duckdb", rounds: int = 3,
) -> None:
    """Ledger, ageing and meters by several engines; all answers must be the same rows."""
    _keep(f"peers-{accounts}", compared.compared(place, accounts, engines.split(","), python, rounds=rounds))


@app.command()
def whole(accounts: int = 440_000, workers: int = 2, place: Place = Path("var/bench"), rounds: int = 1) -> None:
    """The whole month by `raschet run` against the floor."""
    _keep(f"month-{accounts}-{workers}", month.month_of(place, accounts, workers=workers, rounds=rounds))


@app.command()
def stages(accounts: int = 131_072, place: Place = Path("var/bench")) -> None:
    """CPU of every room and check."""
    _keep(f"stages-{accounts}", {"accounts": accounts, "stages": month.stages_of(place, accounts)})


@app.command()
def history(accounts: int = 8_192, months: int = 36, place: Place = Path("var/bench")) -> None:
    """Months rolled one after another."""
    _keep(f"history-{accounts}", {"accounts": accounts, "months": month.history_of(place, accounts, months)})


@app.command("estimates")
def write_estimates(
    data: Annotated[Path, typer.Option(help="Folder with the two files of real water use.")] = Path("../shared/data"),
) -> None:
    """Back-test of estimates on real reads: docs/estimates.md and its charts."""
    estimates.write(data)


@app.command("page")
def write_page() -> None:
    """Write docs/performance.md and its charts from the kept figures."""
    page.write(RESULTS)


def _keep(name: str, told: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    told = {"machine": page.machine(), **told}
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    app()
