"""A chart's text tells the width that it was laid out with; what is not known is left as it is."""

from pipeline.rendering.charts import Point, bars
from pipeline.rendering.letter_widths import width_px, with_widths


def test_a_text_is_as_wide_as_its_letters() -> None:
    assert width_px("май", 12) == "21.6"  # (1408 + 1139 + 1144) × 12 / 2048


def test_letters_that_are_not_known_and_bold_text_are_left_alone() -> None:
    assert width_px("₽ 1", 12) is None
    bold = '<text font-size="12px" font-weight="bold">май</text>'
    assert with_widths(bold) == bold


def test_legend_and_labels_of_a_chart_tell_their_width() -> None:
    drawn = bars([Point("площадь не та", 1, "житель переплачивает"), Point("площадь не та", 2, "недоплачивает")],
                 unit="₽", title="Расхождения")

    for text in ("площадь не та", "житель переплачивает", "недоплачивает"):
        width = width_px(text, 12)
        assert width and f'textLength="{width}" lengthAdjust="spacingAndGlyphs">{text}</text>' in drawn
