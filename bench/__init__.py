"""Measurements of a month: against the floor of the machine, at several sizes, and beside other engines.

Nothing here decides a test; `tests/bench` runs each measurement once on a small book, so that it keeps working.
"""
