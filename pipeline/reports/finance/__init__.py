"""Finance: a calendar month by creditor and contract, reconciliation acts and remittance statements.

Other reports ask `turnover.turnover(book, Span.of(month))`: it counts and writes nothing.
"""
