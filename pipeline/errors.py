"""Mistakes that a user can mend: the text is one Russian line that says what is wrong and what to do."""


class RaschetError(Exception):
    """Wrong use, a broken input file or a month that may not run: shown as it is, without a traceback."""
