"""Debt: who owes what since when, on which stage of the ladder, what may leave tonight, and to whom."""
