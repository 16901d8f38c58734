"""Mistakes that a user can mend: what is wrong and what to do, in Russian, shown without a traceback.

Here: the base class that every floor may raise. Not here: its kinds, which live where they arise.
"""


class RaschetError(Exception):
    """Wrong use, a broken input or a month that may not run. Texts come without personal data and closing stop."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message, self.remedy = message, remedy

    def __str__(self) -> str:
        """"What is wrong. What to do." """
        sentences = (text.rstrip(". ") for text in (self.message, self.remedy) if text)
        return ". ".join(sentences) + ("." if self.remedy else "")
