"""Meters of houses: readings judged, and each house held against what its flats were billed."""
