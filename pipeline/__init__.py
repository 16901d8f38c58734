"""Raschet: the monthly debt, penalty and recalculation run of a settlement centre (ГИС ЖКХ formats in, lists out)."""
