"""Columns that several tables share, each declared once. A column of one table only lives with that table."""

from pipeline.contracts.table import code, date, integer, moment, money, month, tariff, text, volume

# Who and what
account_id = text("account_id", "account (лицевой счёт) as its centre writes it")
creditor_id = text("creditor_id", "creditor (получатель платежа): who is owed")
contract_id = text("contract_id", "service contract of the house with its supplier")
service_code = text("service_code", "service of the register `services`")
zone_code = text("zone_code", "tariff zone of a multi-tariff meter (t1, t2, t3)")
person_id = text("person_id", "person of the register `persons`; names and phones stay under `personal/`")
premises_id = text("premises_id", "flat or other premises")
house_id = text("house_id", "house")
territory_code = text("territory_code", "territory (district) of the house")
meter_id = text("meter_id", "meter, one serial number")
service_point_id = text("service_point_id", "place of measurement, kept when its meter is replaced")
provider_code = text("provider_code", "who delivers registries: a bank, the post, the centre's own site")
registry_id = text("registry_id", "payment registry (реестр платежей) as its provider numbers it")
registry_row = integer("registry_row", "row of the registry, from 1")
payment_id = text("payment_id", "payment, unique at its provider (СУИП)")
document_id = text("document_id", "billing document version (ЕПД)")
batch_id = text("batch_id", "batch of our recalculation proposals that a charge line bills")
event_id = text("event_id", "event of a person's decision or act")

DOCUMENT_TYPES = ("main", "capital_repair", "waste", "debt", "penalty", "correction")
DEBT_KINDS = ("principal", "capital_repair", "voluntary", "penalty", "court_cost")
BASES = ("meter", "average", "norm", "norm_uplift", "area", "person", "house", "fixed", "act")
PURPOSES = ("regular", "penalty", "capital_repair", "court_cost", "enforcement", "advance_contract")

document_type_code = code("document_type_code", "type of the billing document", *DOCUMENT_TYPES)
debt_kind_code = code("debt_kind_code", "kind of debt; only principal and capital repair are arrears", *DEBT_KINDS)
basis_code = code("basis_code", "what the volume was taken from", *BASES)
purpose_code = code("purpose_code", "what the payer said the money is for", *PURPOSES)
channel_code = text("channel_code", "payment channel of the register `channels`")
payer_code = code(
    "payer_code", "who paid", "resident", "third_party", "social_protection", "bailiff", "bank_writ", "employer"
)
precision_code = code(
    "paid_at_precision_code", "how exact `paid_at` is; a day counts from its start", "moment", "day", "registry"
)

# When
billing_month = month("billing_month", "month whose document bills it")
charge_month = month("charge_month", "month of consumption")
issued_on = date("issued_on", "day the document was issued")
due_on = date("due_on", "last day to pay in time (срок внесения платы)")
paid_at = moment("paid_at", "moment of payment on the payer's side")
received_on = date("received_on", "day the money or registry reached the centre")
valid_from = date("valid_from", "first day in force")
valid_to = date("valid_to", "last day in force", is_nullable=True)
registered_at = moment("registered_at", "moment the event was registered")

# How much
amount_rub = money("amount_rub", "amount")
billed_rub = money("billed_rub", "billed by the document")
paid_rub = money("paid_rub", "allocated to it from payments and advances, less reversals")
outstanding_rub = money("outstanding_rub", "still open", at_least=0)
tariff_rub = tariff("tariff_rub", "tariff")
consumed_volume = volume("volume", "volume consumed")
unit_code = text("unit_code", "physical unit (m3, kwh, gcal, m2, person)")

# Where a row came from
delivery_id = text("delivery_id", "delivery: SHA-256 of its file")
row_number = integer("row_number", "row of the delivery, from 1")
received_at = moment("received_at", "start of the day the delivery arrived, by its folder, never by a clock")

PROVENANCE = (delivery_id, row_number, received_at)

