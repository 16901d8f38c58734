"""How much of what was billed stands on actual reads: by contract, carried, and by house, company and supplier."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.metering import service_unit
from pipeline.contracts.table import Stage, Table, code, count, money, text, volume

DIMENSIONS = ("house", "company", "supplier")

_billed = (
    volume("billed_volume", "volume that documents of the charge month billed for metered services", unit=service_unit),
    volume("metered_volume", "of it billed by meter from the start", unit=service_unit),
    volume("confirmed_volume", "of it billed by estimate and since then corrected by an accepted reading or by the "
           "biller's own recalculation", unit=service_unit),
    money("billed_rub", "charged for that volume, before recalculation and benefit"),
    money("metered_rub", "of it charged by meter from the start"),
    money("confirmed_rub", "of it charged by estimate and corrected since"),
)
_months_since = count("months_since", "cycles since that of the charge month, which is 0", unit="month", at_least=0)

CONTRACT_READS = Table(
    "contract_reads", "metering", Stage.PUBLISHED,
    grain="one contract of a metered service and charge month, up to the longest horizon: billed, and known by reads",
    columns=(
        c.contract_id, c.service_code, c.charge_month, _months_since,
        c.house_id.or_null("the contract is not in the register"),
        text("managing_company_id", "managing company (УК) of the house when the month was billed", is_nullable=True),
        text("supplier_id", "supplier of the contract when the month was billed", is_nullable=True),
        *_billed,
    ),
    primary_key=("contract_id", "charge_month"),
)

READ_SHARES = Table(
    "read_shares", "metering", Stage.PUBLISHED,
    grain="one charge month, horizon, service and house, company or supplier: how much of it stands on actual reads",
    columns=(
        c.charge_month, _months_since,
        code("dimension_code", "what the row is about; each dimension adds up to the whole", *DIMENSIONS),
        text("dimension_id", "house, managing company or supplier; `unknown` where no register names it"),
        c.service_code, *_billed,
    ),
    primary_key=("charge_month", "dimension_code", "dimension_id", "service_code"),
    rows={"months_do_not_run_back": pl.col("months_since") >= 0},
)

PUBLISHED = (CONTRACT_READS, READ_SHARES)
