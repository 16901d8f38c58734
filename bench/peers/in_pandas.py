"""The job in pandas, by hand and without a loop over rows.

    python -m bench.peers.in_pandas FILES ANSWER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

KEY = ["account_id", "document_id", "creditor_id", "contract_id", "service_code", "debt_kind_code", "charge_month"]
PLACES = {"main": 0, "capital_repair": 1, "waste": 2}


def job(files: Path, answer: Path) -> None:
    """Movements, open items and volumes as Parquet."""
    terms = json.loads((files / "terms.json").read_text(encoding="utf-8"))
    items, pots = billed(files, terms), pots_of(files)
    moved = []
    for turn in range(int(pots["turn"].max()) + 1 if len(pots) else 0):
        lines = laid(items, pots[pots["turn"] == turn])
        moved.append(lines)
        items = after(items, lines)
    movements = pd.concat(moved) if moved else items.iloc[:0]
    movements[["payment_id", *KEY, "allocated_kop", "rule_code"]].to_parquet(answer / "movements.parquet", index=False)
    aged(items, terms).to_parquet(answer / "open_items.parquet", index=False)
    volumes(files, terms).to_parquet(answer / "volumes.parquet", index=False)


def billed(files: Path, terms: dict[str, Any]) -> pd.DataFrame:
    """Items of the state and of the cycle, in item order, each document with its place in the account's line."""
    lines = pd.read_parquet(files / "lines.parquet").merge(
        pd.read_parquet(files / "documents.parquet"), on=["account_id", "document_id"]
    )
    lines = lines.merge(pd.read_parquet(files / "contracts.parquet"), on="contract_id", how="left")
    lines = lines.merge(pd.read_parquet(files / "services.parquet"), on="service_code", how="left")
    lines["debt_kind_code"] = lines["class_code"].replace({"utility": "principal", "housing": "principal"})
    new = lines.groupby(KEY, as_index=False, sort=False, dropna=False).agg(
        document_type_code=("document_type_code", "first"), billing_month=("billing_month", "first"),
        billed_kop=("payable_kop", "sum"),
    )
    new["due_on"] = pd.Timestamp(terms["due_on"]).date()
    new["paid_kop"], new["outstanding_kop"], new["epoch_base_kop"] = 0, new["billed_kop"], new["billed_kop"]
    items = pd.concat([pd.read_parquet(files / "items.parquet"), new], ignore_index=True)
    items["place"] = items["document_type_code"].map(PLACES)
    items = items.sort_values(KEY, kind="stable", ignore_index=True)
    items["item"] = np.arange(len(items))
    documents = items[["account_id", "due_on", "billing_month", "place", "document_id"]].drop_duplicates(
        ["account_id", "document_id"]
    ).sort_values(["account_id", "due_on", "billing_month", "place", "document_id"], ignore_index=True)
    documents["line"] = np.arange(len(documents))
    return items.merge(documents[["account_id", "document_id", "line"]], on=["account_id", "document_id"])


def pots_of(files: Path) -> pd.DataFrame:
    """Payments with their turn in the account."""
    pots = pd.read_parquet(files / "payments.parquet").sort_values(
        ["account_id", "posted_at", "registry_id", "registry_row", "payment_id"], ignore_index=True
    )
    pots["turn"] = pots.groupby("account_id").cumcount()
    is_named = pots["designation_code"].isin(["document", "typed"])
    pots["named_document"] = pots["designated_document_id"].where(is_named)
    pots["named_month"] = pots["designated_month"].where(is_named)
    pots["ring"] = pots["designated_creditor_id"]
    named = ["named_document", "named_month", "ring"]
    return pots[["account_id", "payment_id", "amount_kop", "purpose_code", *named, "turn"]]


def laid(items: pd.DataFrame, pots: pd.DataFrame) -> pd.DataFrame:
    """What each item gets of at most one payment an account."""
    met = items[items["outstanding_kop"] > 0].merge(pots, on="account_id")
    is_repair = met["purpose_code"] == "capital_repair"
    in_ring = met["ring"].isna() | (met["ring"] == met["creditor_id"])
    met = met[in_ring & (~is_repair | (met["debt_kind_code"] == "capital_repair"))].copy()
    is_repair = met["purpose_code"] == "capital_repair"
    has_document = met["named_document"].notna()
    month_counts = (met["document_type_code"] == "main") | met["ring"].notna() | is_repair
    named = (has_document & (met["named_document"] == met["document_id"])) | (
        ~has_document & (met["named_month"] == met["billing_month"]) & month_counts
    )
    met["stage"] = np.where(named, 0, 1)
    # insurance is paid only by who named the document and paid it to the kopeck with the insurance
    voluntary = met["debt_kind_code"] == "voluntary"
    total = met["outstanding_kop"].where(named & ~is_repair, 0).groupby(met["account_id"]).transform("sum")
    kept = ~voluntary | (named & (total == met["amount_kop"]))
    met, named, is_repair = met[kept].copy(), named[kept], is_repair[kept]
    met["is_earmarked"] = met["ring"].notna() | is_repair
    met["rule_code"] = np.where(met["is_earmarked"], "own_creditor", np.where(named, "designated", "oldest"))
    return spread(reached(met))


def reached(met: pd.DataFrame) -> pd.DataFrame:
    """Documents in line until the money ends: `open_kop` of each and `laid_kop` on it."""
    bucket = ["account_id", "stage", "line"]
    documents = met.groupby(bucket, as_index=False).agg(
        open_kop=("outstanding_kop", "sum"), amount_kop=("amount_kop", "first")
    )
    before = documents.groupby("account_id")["open_kop"].cumsum() - documents["open_kop"]
    documents["laid_kop"] = np.minimum(documents["amount_kop"] - before, documents["open_kop"])
    documents = documents[documents["laid_kop"] > 0].reset_index(drop=True)
    documents["bucket"] = np.arange(len(documents))
    return met.drop(columns="amount_kop").merge(documents.drop(columns="amount_kop"), on=bucket)


def spread(met: pd.DataFrame) -> pd.DataFrame:
    """All of a document, or D'Hondt over its items, exact in 64 bits (sums under ten million roubles)."""
    is_full = met["laid_kop"] == met["open_kop"]
    full, partly = met[is_full].copy(), met[~is_full].copy()
    full["allocated_kop"] = full["outstanding_kop"]
    weight = np.where(partly["is_earmarked"], partly["outstanding_kop"], partly["epoch_base_kop"])
    partly["weight"], partly["had"] = weight, weight - partly["outstanding_kop"]
    of = partly.groupby("bucket")
    total, count = of["weight"].transform("sum"), of["weight"].transform("size")
    money = of["had"].transform("sum") + partly["laid_kop"]
    partly["low"] = partly["weight"] * money // total
    partly["high"] = np.minimum(partly["weight"], partly["weight"] * (money + count) // total)
    partly["missing"] = money - partly.groupby("bucket")["low"].transform("sum")
    partly = partly.merge(_won(partly), on="item", how="left")
    partly["allocated_kop"] = partly["low"] + partly["won"].fillna(0).astype("int64") - partly["had"]
    told = pd.concat([full, partly])
    return told[told["allocated_kop"] > 0]


def _won(partly: pd.DataFrame) -> pd.DataFrame:
    """Kopecks above the lower bound: the largest claims weight / kopeck win, equal ones by item."""
    claims = partly.loc[(partly["missing"] > 0) & (partly["high"] > partly["low"]),
                        ["bucket", "item", "weight", "low", "high", "missing"]]
    claims = claims.loc[claims.index.repeat(claims["high"] - claims["low"])].copy()
    kopeck = claims["low"] + 1 + claims.groupby("item").cumcount()
    rest = claims["weight"] % kopeck
    claims["whole"], claims["first"] = claims["weight"] // kopeck, rest * 2**30 // kopeck
    claims["second"] = (rest * 2**30 % kopeck) * 2**30 // kopeck
    claims = claims.sort_values(
        ["bucket", "whole", "first", "second", "item"], ascending=[True, False, False, False, True]
    )
    winners = claims[claims.groupby("bucket").cumcount() < claims["missing"]]
    return winners.groupby("item", as_index=False).size().rename(columns={"size": "won"})


def after(items: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Items with the movements on them; earmarked money starts a new epoch of its documents."""
    change = lines.groupby("item")["allocated_kop"].sum().reindex(items["item"], fill_value=0).to_numpy()
    items["paid_kop"], items["outstanding_kop"] = items["paid_kop"] + change, items["outstanding_kop"] - change
    ended = items["line"].isin(lines.loc[lines["is_earmarked"], "line"].unique())
    items["epoch_base_kop"] = np.where(ended, items["outstanding_kop"], items["epoch_base_kop"])
    return items


def aged(items: pd.DataFrame, terms: dict[str, Any]) -> pd.DataFrame:
    """Open items with days and whole months since the due date."""
    left = items[items["outstanding_kop"] > 0].copy()
    cut, due = pd.Timestamp(terms["cut_on"]), pd.to_datetime(left["due_on"])
    months = (cut.year - due.dt.year) * 12 + cut.month - due.dt.month - (due.dt.day > cut.day)
    left["days_overdue"], left["months_overdue"] = (cut - due).dt.days.clip(lower=0), months.clip(lower=0)
    return left[[*KEY, "billed_kop", "paid_kop", "outstanding_kop", "epoch_base_kop", "days_overdue", "months_overdue"]]


def volumes(files: Path, terms: dict[str, Any]) -> pd.DataFrame:
    """Each reading's volume since the remembered register, and whether the limit of the average lets it pass."""
    read = pd.read_parquet(files / "readings.parquet").merge(
        pd.read_parquet(files / "memory.parquet"), on="meter_id", suffixes=("", "_remembered")
    )
    read_on, last = pd.to_datetime(read["read_on"]), pd.to_datetime(read["last_read_on"])
    gap = (read_on.dt.year - last.dt.year) * 12 + read_on.dt.month - last.dt.month
    read["volume_e7"] = read["value_e7"] - read["last_value_e7"]
    within_floor = read["volume_e7"] <= gap * terms["floor_e7"]
    within_average = (
        read["volume_e7"] * read["actual_months"] * 10_000 <= read["actual_volume_e7"] * gap * terms["factor_e4"]
    )
    plausible = within_floor | (read["actual_months"] < terms["history_months_min"]) | within_average
    read["is_accepted"] = plausible | read["source_code"].isin(terms["confirming_sources"])
    return read[["reading_id", "meter_id", "volume_e7", "is_accepted"]]


if __name__ == "__main__":
    job(Path(sys.argv[1]), Path(sys.argv[2]))
