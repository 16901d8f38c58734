"""Recalculation: proposals of what a later reading corrects, and what became of them."""
