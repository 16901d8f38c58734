"""Help and complaints of the command-line library in Russian: it ships no translation of its own.

Here: wording only. Not here: exit codes (`mistakes.py`), our own errors (`RaschetError`).
"""

from __future__ import annotations

from collections.abc import Sequence

from typer import _click as click
from typer.core import TyperCommand, TyperOption


class RaschetCommand(TyperCommand):
    """A command whose help page has no English left on it."""

    def get_help_option(self, ctx: click.Context) -> TyperOption | None:
        return help_option_in_russian(super().get_help_option(ctx))

    def get_usage(self, ctx: click.Context) -> str:
        return usage_in_russian(super().get_usage(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        titles_in_russian()
        super().format_help(ctx, formatter)


def help_option_in_russian(option: TyperOption | None) -> TyperOption | None:
    """`--help` explains itself in Russian."""
    if option is not None:
        option.help = "Показать эту справку."
    return option


def usage_in_russian(usage: str) -> str:
    """The first line of a help page."""
    usage = usage.replace("Usage: ", "Вызов: ", 1)
    return usage.replace("[OPTIONS]", "[ПАРАМЕТРЫ]").replace("COMMAND [ARGS]...", "КОМАНДА …")


def titles_in_russian() -> None:
    """The library keeps its titles as names of a module, which is loaded only for a help page."""
    from typer import rich_utils

    rich_utils.OPTIONS_PANEL_TITLE = "Параметры"
    rich_utils.ARGUMENTS_PANEL_TITLE = "Что указать"
    rich_utils.COMMANDS_PANEL_TITLE = "Команды"
    rich_utils.DEFAULT_STRING = "[если не указано: {}]"
    rich_utils.REQUIRED_LONG_STRING = "[обязательно]"


def in_russian(wrong: click.exceptions.ClickException) -> str:
    """The library's English complaint about a call, in Russian."""
    if isinstance(wrong, click.exceptions.NoSuchOption):
        return f"нет параметра {wrong.option_name}{_instead(wrong.possibilities)}"
    if isinstance(wrong, click.exceptions.MissingParameter):
        return f"не указано: {_spelled(wrong)}"
    if isinstance(wrong, click.exceptions.BadParameter):
        return f"{_spelled(wrong)}: {_unfit(wrong)}"
    if isinstance(wrong, click.exceptions.BadOptionUsage):
        return f"параметру {wrong.option_name} нужно значение"
    if wrong.message.startswith("No such command"):
        return f"нет команды {wrong.message.split(chr(39))[1]}"
    if wrong.message.startswith("Got unexpected extra argument"):
        return f"лишнее в вызове: {wrong.message.rpartition('(')[2].rstrip(')')}"
    return wrong.message


def where(wrong: click.exceptions.ClickException) -> str:
    """The command whose help explains."""
    context = getattr(wrong, "ctx", None)
    return str(context.command_path) if context else "raschet"


def _instead(possibilities: Sequence[str] | None) -> str:
    return f"; есть {', '.join(sorted(possibilities))}" if possibilities else ""


def _spelled(wrong: click.exceptions.BadParameter) -> str:
    parameter = wrong.param
    if parameter is None:
        return str(wrong.param_hint or "параметр")
    named = [name for name in parameter.opts if name.startswith("--")]
    return named[0] if named else str(parameter.metavar or parameter.name).upper()


def _unfit(wrong: click.exceptions.BadParameter) -> str:
    """Our own readers complain in Russian; the library's number reader does not."""
    if "valid integer" in wrong.message:
        return "нужно целое число"
    if "greater than or equal" in wrong.message:
        return f"нужно не меньше {wrong.message.rpartition(' ')[2]}"
    return wrong.message
