"""How wide text is in Liberation Sans (as Arial): a chart tells it, so that a page shows it as wide as it was laid out.

Not here: the font itself, which Vega holds; bold text, which has room around it.
"""

from __future__ import annotations

import re
from typing import Final

_EM: Final = 2048
#: Advance of a letter in units of the em, regular weight, Liberation Sans 2.1.5.
_LETTERS: Final = {
    391: "'",
    410: '\u2009\u202f',
    455: 'ijl',
    532: '|',
    569: ' !,./:;I[\\]ft\xa0',
    682: '()-`r²³·“”„',
    684: '{}',
    727: '"',
    747: 'г',
    797: '*',
    819: '°',
    896: 'к',
    938: 'т',
    939: 'з',
    961: '^',
    1024: 'Jcksvxyzсух',
    1045: 'э',
    1067: 'чь',
    1088: 'в',
    1109: 'Гпя',
    1124: '±÷≤≥',
    1131: 'н',
    1139: '#$0123456789?L_abdeghnopqu§«»аеорё–',
    1144: 'ий',
    1173: 'бц',
    1193: 'К',
    1195: 'дл',
    1196: '+<=>~×−',
    1237: 'З',
    1251: 'FTZТ',
    1280: 'ъ',
    1301: 'У',
    1344: 'БЛЬ',
    1365: 'Ч',
    1366: '&ABEKPSVXYАВЕРХ',
    1367: 'Ё',
    1370: 'ж',
    1387: 'Д',
    1408: 'м',
    1472: 'ИЙПЭы',
    1479: 'CDHNRUwНСЯ',
    1515: 'Ц',
    1536: 'ю',
    1557: 'Ф',
    1593: 'GOQО',
    1621: 'Ъ',
    1643: 'ш',
    1685: 'фщ',
    1706: 'MmМ',
    1813: 'Ы',
    1821: '%',
    1877: 'Ш',
    1891: 'Ж',
    1920: 'Щ',
    1933: 'W',
    2048: '—…→',
    2069: 'Ю',
    2079: '@',
    2197: '№',
}
_WIDTHS: Final = {letter: width for width, letters in _LETTERS.items() for letter in letters}
_TEXT: Final = re.compile(r'<text (?P<look>[^>]*?font-size="(?P<size>\d+)px"[^>]*)>(?P<told>[^<&]+)</text>')


def width_px(text: str, size_px: int) -> str | None:
    """Width of a text in pixels with one decimal; None where a letter of it is not known."""
    units = [_WIDTHS.get(letter) for letter in text]
    if None in units:
        return None
    tenths = sum(unit for unit in units if unit is not None) * size_px * 10 // _EM
    return f"{tenths // 10}.{tenths % 10}"


def with_widths(svg: str) -> str:
    """The drawing with the width of each text told: another font of a reader's machine is squeezed into it."""
    return _TEXT.sub(_with_width, svg)


def _with_width(found: re.Match[str]) -> str:
    width = None if "bold" in found["look"] else width_px(found["told"], int(found["size"]))
    if width is None or len(found["told"]) == 1:
        return found[0]
    return f'<text {found["look"]} textLength="{width}" lengthAdjust="spacingAndGlyphs">{found["told"]}</text>'
