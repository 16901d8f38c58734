"""The month's report: sections over the published tables, each a part of one page and a sheet of one workbook.

A new section is one module with `section(source) -> Section` and its name in `sections.py`.
"""
