"""What a user reads when something is wrong: one line and the remedy, never a traceback.

Exit codes: 1 a month stopped by a blocking check or by an unforeseen failure, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from typer import Exit
from typer import _click as click
from typer.core import TyperGroup, TyperOption

from pipeline.billing_month import MOSCOW
from pipeline.cli.russian import help_option_in_russian, in_russian, titles_in_russian, usage_in_russian, where
from pipeline.errors import RaschetError

STOPPED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130


class RaschetGroup(TyperGroup):
    """Turns every exception into an exit code and at most a few Russian lines on stderr."""

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = True, windows_expand_args: bool = True, **extra: Any,
    ) -> Any:
        code = self._answered(args, {"prog_name": prog_name, "complete_var": complete_var, **extra})
        if standalone_mode:
            sys.exit(code)
        return code

    def get_help_option(self, ctx: click.Context) -> TyperOption | None:
        return help_option_in_russian(super().get_help_option(ctx))

    def get_usage(self, ctx: click.Context) -> str:
        return usage_in_russian(super().get_usage(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        titles_in_russian()
        super().format_help(ctx, formatter)

    def _answered(self, args: Sequence[str] | None, extra: dict[str, Any]) -> int:
        try:
            outcome = super().main(args, standalone_mode=False, **extra)
            return outcome if isinstance(outcome, int) else 0
        except click.exceptions.NoArgsIsHelpError:
            return WRONG_USE
        except click.exceptions.ClickException as wrong:
            complain(in_russian(wrong), hint=f"Справка: {where(wrong)} --help")
            return WRONG_USE
        except RaschetError as wrong:
            complain(str(wrong))
            return WRONG_USE
        except (KeyboardInterrupt, EOFError):
            complain("прервано. Опубликованный месяц не изменился")
            return INTERRUPTED
        except BrokenPipeError:
            return STOPPED
        except Exit as ended:
            return ended.exit_code
        except Exception as unforeseen:
            if is_disk_full(unforeseen):
                complain("На диске кончилось место; опубликованный месяц не изменился. "
                         "Освободите место и повторите команду")
                return WRONG_USE
            complain(unforeseen_fault(unforeseen))
            return STOPPED


def complain(message: str, *, hint: str = "") -> None:
    """One line on stderr, and where to look for help."""
    print(f"Ошибка: {message}", file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)


def is_disk_full(fault: BaseException | None) -> bool:
    """Whether something below says so: the system, or SQLite where Dagster keeps its record."""
    while fault is not None:
        if getattr(fault, "errno", None) == errno.ENOSPC or "disk is full" in str(fault):
            return True
        fault = fault.__cause__ or fault.__context__
    return False


def unforeseen_fault(fault: Exception) -> str:
    """A fault of the program: the trace goes to a private log, since an error's text may hold a row's values."""
    from pipeline.cli.instance import dagster_home
    from pipeline.resources import book_root

    log = dagster_home(book_root()) / "raschet-errors.log"
    trace = "".join(traceback.format_exception(fault))
    written = _written(log, f"--- {datetime.now(MOSCOW).isoformat(timespec='seconds')}\n{trace}\n")
    place = f"подробности: {log}" if written else "журнал записать не удалось"
    return f"непредвиденный сбой ({type(fault).__name__}); опубликованный месяц не изменился; {place}"


def _written(log: Path, text: str) -> bool:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch(mode=0o600, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return False
    return True
