"""The command line `raschet`: Russian, one clear line for a mistake, exit codes 0, 1 and 2.

Here: the list of commands. Each group of commands has its file; heavy libraries are imported inside the commands, so
that `raschet --help` answers at once.
"""

import os
from collections.abc import Callable

import typer

from pipeline.cli import (
    acceptance,
    books,
    changes,
    explaining,
    finance,
    handing,
    letters,
    looking,
    months,
    queue,
    reporting,
    scenarios,
    showing,
    store,
    views,
)
from pipeline.cli.mistakes import RaschetGroup
from pipeline.cli.russian import RaschetCommand
from pipeline.polars_settings import settle

# polars is loaded by the first command that needs it and reads its settings then
settle(os.environ)

app = typer.Typer(
    name="raschet",
    cls=RaschetGroup,
    help="Расчёт: ежемесячный расчёт лицевых счетов — сальдо, должники, перерасчёты, льготы.",
    epilog="Коды завершения: 0 — сделано; 1 — месяц остановлен проверкой; 2 — неверный вызов или входные файлы.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

MONTH = "Месяц"
EXPLAINING = "Объяснить"
PRINTING = "Напечатать"
DECIDING = "Решить"
LOOKING = "Посмотреть и проверить"
REST = "Прочее"

COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    MONTH: {"open": books.open_book, "run": months.run, "close": months.close, "dispatch": handing.dispatch},
    EXPLAINING: {"explain": explaining.explain, "rules": explaining.rules},
    PRINTING: {"letters": letters.letters, "certificate": letters.certificate,
               "agreement": letters.agreement, "court-folder": letters.court_folder},
    DECIDING: {"queue": queue.queue, "decide": queue.decide},
    LOOKING: {"status": looking.status, "verify": looking.verify, "check-inputs": looking.check_inputs,
              "report": reporting.report, "diff": changes.diff,
              "finance": finance.finance, "acceptance": acceptance.acceptance,
              "whatif": scenarios.whatif},
    REST: {"ui": showing.ui, "generate": books.generate, "catalogue": showing.catalogue,
           "views": views.views, "pull": store.pull, "push": store.push},
}

for group, commands in COMMANDS.items():
    for name, command in commands.items():
        app.command(name, cls=RaschetCommand, rich_help_panel=group)(command)
