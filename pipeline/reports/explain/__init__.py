"""One account explained: what is owed since when, which rule placed which money, what comes next, what would change it.

    facts.py       the account's published rows → `Facts`, with its registers and lines of documents of delivered.py
    quoting.py     rules as they are quoted: value, article, confidence
    turning.py     the one fact: the least payment that changes a decision, by the calculation's own functions
    documents, payments, balances, bonus, debts, papers, corrections.py     one section each; advance.py a part of it
    answer.py      the short answer on top          brief.py          what was decided and why, on one screen
    assembling.py  all of it → `Explanation`

Everything is said from published tables; only lines of documents and registers come from the copies of deliveries.
"""
