"""Promises of `answers.yaml` that `tests/generator/planted.py` does not judge, in its shape: "" or what differs."""

from __future__ import annotations

from typing import Any

from tests.generator.planted import MONTHS, Published

Row = dict[str, Any]
OPEN = MONTHS[-1]

#: Told for the reader, or read by the check of another promise.
DETAILS = frozenset({
    "account_kind_code", "accounts_in_message", "as_of", "contract_reference", "is_phone_verified", "is_time_barred",
    "limitation_on", "run",
})


def differs(wanted: Any, found: Any) -> str:
    return "" if wanted == found else f"{wanted} expected, {found} found"


def total(rows: list[Row], column: str) -> str:
    return f"{sum((row[column] for row in rows), start=0):.2f}"


def everywhere(published: Published, table: str, **wanted: Any) -> list[Row]:
    """Rows of all months, with the month of their run."""
    return [row | {"run": month} for month in MONTHS for row in published.rows(month, table, **wanted)]


def month_of(row: Row, column: str = "billing_month") -> str:
    return f"{row[column]:%Y-%m}"


def came_late(published: Published, ids: Row, promises: Row) -> str:
    posted = everywhere(published, "posted_payments", account_id=ids["main"])
    late = next(row for row in posted if row["payment_id"] == promises["late_payment_id"])
    overtaken = [row for row in posted if row["paid_at"] > late["paid_at"] and row["posted_at"] < late["posted_at"]]
    return "" if overtaken else "no later payment was posted before it"


def creditor_of(kind: str, promise: str) -> Any:
    def check(published: Published, ids: Row, promises: Row) -> str:
        rows = everywhere(published, "billed_documents", account_id=ids["main"])
        found = {row["creditor_id"] for row in rows if kind in (row["debt_kind_code"], row["document_type_code"])}
        return differs({promises[promise]}, found)

    return check


def waste_billed(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(MONTHS[0], "billed_documents", account_id=ids["main"], document_type_code="waste")
    return differs(promises["waste_document_rub"], total(rows, "billed_rub"))


def reversed_in_ledger(published: Published, ids: Row, promises: Row) -> str:
    reversals = everywhere(published, "posted_reversals", account_id=ids["main"])
    balances = everywhere(published, "account_balances", account_id=ids["main"])
    wanted = promises["reversed_rub"]
    return differs((wanted, wanted), (total(reversals, "amount_rub"), total(balances, "reversed_rub")))


def live_version(published: Published, ids: Row, promises: Row) -> str:
    live = promises["live_document_id"]
    rows = everywhere(published, "billed_documents", account_id=ids["main"], document_type_code="main")
    billing_month = next(row["billing_month"] for row in rows if row["document_id"] == live)
    found = {row["document_id"]: row["is_superseded"] for row in rows if row["billing_month"] == billing_month}
    return differs([live], [document for document, is_superseded in found.items() if not is_superseded])


def surplus_waits(published: Published, ids: Row, promises: Row) -> str:
    """The money that the newer, smaller version does not need is an advance until the next document."""
    document = promises["live_document_id"]
    run = next(row["run"] for row in everywhere(published, "billed_documents", document_id=document))
    waiting = published.rows(run, "advances", account_id=ids["main"])
    return differs(promises["surplus_rub"], total(waiting, "amount_rub"))


def never_suspended(published: Published, ids: Row, promises: Row) -> str:
    rows = everywhere(published, "suspended_payments", suspended_id=promises["accepted_payment_id"])
    return differs(promises["is_suspended"], bool(rows))


def on_track(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(OPEN, "debtors", account_id=list(ids.values()))
    return differs({promises["track_code"]}, {row["track_code"] for row in rows})


def disputed(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(OPEN, "open_items", account_id=ids["main"], is_disputed=True)
    return differs(promises["disputed_rub"], total(rows, "outstanding_rub"))


def oldest(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(OPEN, "open_items", account_id=ids["main"], debt_kind_code=["principal", "capital_repair"])
    return differs(promises["oldest_billing_month"], min(month_of(row) for row in rows))


def barred_months(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(OPEN, "open_items", account_id=ids["main"], is_time_barred=True)
    return differs(promises["billing_months"], sorted({month_of(row) for row in rows}))


def old_debt(published: Published, ids: Row, promises: Row) -> str:
    rows = [row for row in published.rows(OPEN, "open_items", account_id=ids["main"])
            if str(row["due_on"]) == promises["due_on"]]
    wanted = promises["old_debt_rub"], {promises["is_time_barred"]}
    return differs(wanted, (total(rows, "outstanding_rub"), {row["is_time_barred"] for row in rows}))


def lump_sum(published: Published, ids: Row, promises: Row) -> str:
    rows = [row for row in published.rows(OPEN, "open_items", account_id=ids["main"]) if row["charge_month"] is None]
    wanted = promises["lump_sum_rub"], {promises["limitation_on"]}
    return differs(wanted, (total(rows, "outstanding_rub"), {row["limitation_on"] for row in rows}))


def months_of_proposals(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(promises["proposed_in_run"], "recalculations", account_id=ids["main"])
    found = {(month_of(row, "charge_month"), month_of(row, "lands_in_month")) for row in rows}
    return differs({(promises["charge_month"], promises["lands_in"])}, found)


def identified(published: Published, ids: Row, promises: Row) -> str:
    payment = promises["suspended"]["payment_id"]
    rows = everywhere(published, "posted_payments", payment_id=payment)
    waiting = {row["run"] for row in everywhere(published, "suspended_payments", suspended_id=payment)}
    run = promises["identified_in_run"]
    wanted = [(run, ids["main"], True)], promises["suspended"]["first_run"], True
    posted = [(row["run"], row["account_id"], row["is_identified"]) for row in rows]
    return differs(wanted, (posted, min(waiting), max(waiting) < run))


def repeated_once(published: Published, ids: Row, promises: Row) -> str:
    """The file came twice and its money is counted once."""
    files = [row for row in everywhere(published, "deliveries", table_name="payments")
             if row["status_code"] == "repeated"]
    rows = sum(row["repeated_rows"] for row in files)
    posted = everywhere(published, "posted_payments", registry_id=promises["repeated_file_of_registry"])
    wanted = promises["repeated_rows"]
    return differs((wanted, wanted), (rows, len(posted)))


def corrected(published: Published, ids: Row, promises: Row) -> str:
    rows = everywhere(published, "known_registries", registry_id=promises["corrected_registry_id"])
    return differs({(2, True)}, {(row["version"], row["is_complete"]) for row in rows})


def queue_row(published: Published, wanted: Row) -> list[Row]:
    """Rows of the work queue of the night that a promise names, which say all that it says."""
    facts = {name: value for name, value in wanted.items() if name != "run"}

    def told(row: Row) -> Row:
        return {name: row[name] if isinstance(row[name], list) else str(row[name]) for name in facts}

    return [row for row in published.rows(wanted["run"], "work_queue") if told(row) == facts]


def queued(published: Published, ids: Row, promises: Row) -> str:
    found = {str(wanted): len(queue_row(published, wanted)) for wanted in promises["queued"]}
    return differs(dict.fromkeys(found, 1), found)


def billed_proposals(published: Published, ids: Row, promises: Row) -> str:
    """What became of the proposals when the document that should carry them came."""
    rows = published.rows(promises["lands_in"], "recalculations", account_id=ids["main"])
    found = {row["service_code"]: {"status_code": row["status_code"], "billed": f"{row['billed_rub']:.2f}"}
             for row in rows}
    return differs(promises["billed_proposals"], found)


def owner_shares(published: Published, ids: Row, promises: Row) -> str:
    """What of each line's fee belongs to whom, and that both proposals of each line move the new owner's part."""
    wanted = promises["owner_shares"]
    rows = published.rows(wanted["run"], "owner_shares", account_id=ids["old"])
    found = {row["service_code"]: {"former": f"{row['former_rub']:.2f}", "new": f"{row['new_rub']:.2f}"}
             for row in rows}
    proposed = published.rows(wanted["run"], "recalculations", account_id=[ids["old"], ids["new"]],
                              cause_code="change_of_owner")
    moved = {(row["account_id"], row["service_code"]): f"{row['difference_rub']:.2f}" for row in proposed}
    both = {(ids[role], service): f"{sign}{one['new']}" for service, one in wanted["by_service"].items()
            for role, sign in (("old", "-"), ("new", ""))}
    return differs(wanted["by_service"], found) or differs(both, moved)


def instalments(published: Published, ids: Row, promises: Row) -> str:
    """One agreement over all creditors: one status, sums of all of them."""
    found = {}
    for role in promises["instalments"]:
        rows = published.rows(OPEN, "instalments", account_id=ids[role])
        status, following = ({str(row[name]) for row in rows} for name in ("status_code", "next_on"))
        found[role] = {
            "status_code": "/".join(sorted(status)), "agreed_rub": total(rows, "agreed_rub"),
            "paid_rub": total(rows, "paid_rub"), "next_on": "/".join(sorted(following)),
        }
    return differs(promises["instalments"], found)


def receipts(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(OPEN, "debt_receipts", account_id=list(ids.values()))
    return differs(promises["receipts"], sorted(row["creditor_id"] for row in rows))


def writ(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(OPEN, "enforcement_list", account_id=list(ids.values()))
    wanted = promises["enforcement"]
    return differs([wanted], [{name: str(row[name]) for name in wanted} for row in rows])


def claim(published: Published, ids: Row, promises: Row) -> str:
    rows = published.rows(OPEN, "claim_list", account_id=list(ids.values()))
    wanted = promises["claim"]
    return differs([wanted], [{name: str(row[name]) for name in wanted} for row in rows])


def free_of_penalties(published: Published, ids: Row, promises: Row) -> str:
    left_out = published.rows(OPEN, "penalty_exemptions", account_id=list(ids.values()))
    rows = published.rows(OPEN, "penalties", account_id=list(ids.values()))
    wanted = {promises["free_of_penalties_from"]}, "0.00", True
    return differs(wanted, ({str(row["from_on"]) for row in left_out}, total(rows, "penalty_rub"), bool(rows)))


FURTHER = {
    "instalments": instalments, "receipts": receipts, "enforcement": writ, "claim": claim,
    "free_of_penalties_from": free_of_penalties,
    "queued": queued, "billed_proposals": billed_proposals, "owner_shares": owner_shares,
    "late_payment_id": came_late, "waste_document_rub": waste_billed,
    "creditor_of_capital_repair": creditor_of("capital_repair", "creditor_of_capital_repair"),
    "creditor_of_waste": creditor_of("waste", "creditor_of_waste"), "reversed_rub": reversed_in_ledger,
    "live_document_id": live_version, "surplus_rub": surplus_waits, "is_suspended": never_suspended,
    "track_code": on_track, "disputed_rub": disputed, "oldest_billing_month": oldest, "billing_months": barred_months,
    "due_on": old_debt, "old_debt_rub": old_debt, "lump_sum_rub": lump_sum, "charge_month": months_of_proposals,
    "lands_in": months_of_proposals, "proposed_in_run": months_of_proposals, "identified_in_run": identified,
    "repeated_file_of_registry": repeated_once, "repeated_rows": repeated_once, "corrected_registry_id": corrected,
}
