"""The centre itself, as its papers name it: the section `centre` of settings.yaml.

    centre:
      name: АО «Энский расчётный центр»       # as papers are signed; the name of the book where it is missing
      inn: "0099000107"
      address: 600000, г. Энск, ул. Расчётная, д. 1
      phone: 8 (4900) 00-00-00
      site: https://erc.example
      hours: пн–пт с 9 до 18
      representative: Зорькина Анна Петровна   # who signs for the centre
      position: начальник юридического отдела
      authority: доверенность от 12.01.2026 № 7

Texts only; nothing is guessed: a paper that cannot do without a line stops and names it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

from pipeline.errors import RaschetError
from pipeline.storage.settings import FILE, BookSettings

SECTION = "centre"


class CentreUnknown(RaschetError):
    """A paper needs a line about the centre that the settings do not have, or a line is wrong."""


@dataclass(frozen=True, slots=True)
class Centre:
    """Lines about the centre; a line that is not set is empty."""

    name: str
    inn: str = ""
    address: str = ""
    phone: str = ""
    site: str = ""
    hours: str = ""
    representative: str = ""
    position: str = ""
    authority: str = ""

    @classmethod
    def of(cls, settings: BookSettings) -> Self:
        """From the settings of a book; CentreUnknown for a line that no paper knows or that is no text."""
        written: dict[str, Any] = dict(settings.section(SECTION))
        known = [field.name for field in fields(cls)]
        wrong = [key for key, value in written.items() if key not in known or not isinstance(value, str)]
        if wrong:
            raise CentreUnknown(
                f"В разделе {SECTION} файла {FILE} неверны строки: {', '.join(wrong)}",
                f"Есть строки {', '.join(known)}; значения — текст в кавычках",
            )
        return cls(**{"name": settings.name, **written})

    def require(self, *names: str, paper: str) -> Self:
        """The same centre, when it has these lines; CentreUnknown names those that a paper lacks."""
        missing = [name for name in names if not getattr(self, name)]
        if missing:
            raise CentreUnknown(
                f"{paper}: в {FILE} участка нет сведений о центре: {', '.join(missing)}",
                f"Впишите их в раздел {SECTION} файла {FILE} (docs/letters.md)",
            )
        return self
