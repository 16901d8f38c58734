"""Papers as others see them: text of a PDF, its pages as images, and what a phone reads from a code on them."""

from __future__ import annotations

import pypdfium2
import zxingcpp

SCALE = 2.0


def texts(pdf: bytes) -> list[str]:
    """Text of each page: line breaks as spaces, no-break spaces as plain ones, words put together where a line ends."""
    told = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return [" ".join(text.replace("\ufffe", "").replace("\u00a0", " ").split()) for text in told]


def codes(pdf: bytes) -> list[bytes]:
    """Bytes of the codes of all pages, in order, as a decoder that is not ours reads them from the page's image."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        image = page.render(scale=SCALE, grayscale=True)
        pixels = memoryview(bytes(image.buffer)).cast("B", (image.height, image.stride))
        found += [code.bytes for code in zxingcpp.read_barcodes(pixels)]
    return found


def fields(code: bytes) -> dict[str, str]:
    """Details of a payment code (ГОСТ Р 56042-2014), read by the standard and not by our writer."""
    assert code.startswith(b"ST0001")
    text = code.decode({"1": "cp1251", "2": "utf-8"}[chr(code[6])])
    return dict(one.split("=", 1) for one in text[8:].split(text[7]))
