"""Why did the number move: two versions compared fact by fact, each changed fact with one cause found in the tables.

    told = compare(before, after, into)        # folders with `_manifest.json`; a night, a month, a scenario
    told.causes, told.totals                   # rows of change_causes and change_totals
    into/changes/part-*.parquet                # every changed fact

`sides.py` reads what the manifests say of both as a whole, `*.sql` find facts and causes part by part, `compare.py`
goes through the parts and holds the sums against the manifests, `page.py` draws. Not here: which versions (`named.py`
finds them by their names), where the page lies, Dagster.
"""
