"""The work queue: one row per thing that a person must decide or chase; each file brings kinds, `ranking` places."""
