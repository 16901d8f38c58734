"""The work queue: one row per thing that a person must decide or chase. Each file brings kinds, `ranking` the places."""
