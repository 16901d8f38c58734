"""Books in an S3-compatible store: a working copy is pulled, a month runs in it as in any folder, and is pushed back.

    <store>/published.json                  the pointer: which version of each month readers see; written last
    <store>/versions/<month>/<run>/…        as in the book's folder; never changed once the pointer names them
    <store>/landing, inputs, journal, …     as in the book's folder
    <store>/lock.json                       who has the book in hand

Rooms: `objects.py` the store, `claim.py` its lock, `pointer.py` the pointer, `working_copy.py` what the folder
remembers, `pull.py`, `push.py`. boto3 is imported in `objects.py` alone, and only when a command asks for a store.
"""
