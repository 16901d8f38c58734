"""Registers: dated snapshots `landing/<table>/as_of=YYYY-MM-DD/` that say what is true, not what happened."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, count, date, text, volume, yes_no

SCHEMES = ("via_company", "direct", "regional_operator", "special_account")

ACCOUNTS = Table(
    "accounts", "ingest", Stage.REGISTER, grain="one account of the book",
    columns=(
        c.account_id,
        text("unified_account", "ЕЛС of ГИС ЖКХ", is_nullable=True),
        c.premises_id, c.house_id,
        date("opened_on", "first day of the account"),
        date("closed_on", "last day of the account", is_nullable=True),
        text("successor_account_id", "account that follows it (new owner, renumbering)", is_nullable=True),
        code("account_kind_code", "who holds it", "citizen", "municipal_tenant", "organisation"),
        yes_no("is_served", "served by the centre in full"),
        code("mode_code", "full billing, or collection only", "full", "collection_only"),
    ),
    primary_key=("account_id",),
)

PREMISES = Table(
    "premises", "ingest", Stage.REGISTER, grain="one flat or other premises",
    columns=(c.premises_id, c.house_id, volume("area_m2", "total area", unit="m2")),
    primary_key=("premises_id",),
)

HOUSES = Table(
    "houses", "ingest", Stage.REGISTER, grain="one house",
    columns=(c.house_id, c.territory_code, text("managing_company_id", "managing company (УК)"),
             volume("common_area_m2", "area of common property", unit="m2")),
    primary_key=("house_id",),
)

RIGHTS = Table(
    "rights", "ingest", Stage.REGISTER, grain="one person's right in one premises",
    columns=(c.premises_id, c.person_id,
             code("role_code", "role", "owner", "joint_owner", "tenant", "minor_owner"),
             c.valid_from, c.valid_to),
    primary_key=("premises_id", "person_id", "valid_from"),
)

PERSONS = Table(
    "persons", "ingest", Stage.REGISTER, grain="one person; personal data, kept under `personal/` only",
    columns=(c.person_id, text("full_name", "name", is_personal=True),
             date("birth_on", "date of birth", is_nullable=True, is_personal=True)),
    primary_key=("person_id",),
)

CONTACTS = Table(
    "contacts", "ingest", Stage.REGISTER, grain="one phone or e-mail of one person; personal data",
    columns=(c.person_id,
             text("phone", "phone as given", is_nullable=True, is_personal=True),
             code("phone_source_code", "where the phone came from", "resident", "office", "site", "acquired",
                  is_nullable=True),
             date("phone_verified_on", "day the person confirmed the phone", is_nullable=True),
             text("email", "e-mail", is_nullable=True, is_personal=True),
             yes_no("has_sms_consent", "agreed to reminders"),
             yes_no("has_opted_out", "asked not to be written to"),
             yes_no("has_call_consent", "agreed to calls; missing is no", is_nullable=True, is_later=True)),
    primary_key=("person_id",),
)

SERVICE_CONTRACTS = Table(
    "service_contracts", "ingest", Stage.REGISTER, grain="one contract of one service in one house",
    columns=(c.contract_id, c.house_id, c.service_code, text("supplier_id", "supplier"), c.creditor_id,
             code("scheme_code", "how the money goes", *SCHEMES), c.valid_from, c.valid_to),
    primary_key=("contract_id",),
)

CREDITORS = Table(
    "creditors", "ingest", Stage.REGISTER, grain="one creditor",
    columns=(c.creditor_id, text("name", "name of the organisation"), text("inn", "ИНН", is_nullable=True),
             text("bank_account", "settlement account", is_nullable=True), text("bic", "БИК", is_nullable=True)),
    primary_key=("creditor_id",),
)

SERVICES = Table(
    "services", "ingest", Stage.REGISTER, grain="one service",
    columns=(c.service_code, text("name", "name on the document"), c.unit_code,
             code("class_code", "class: decides the kind of debt of its lines",
                  "utility", "housing", "capital_repair", "voluntary", "penalty", "court_cost"),
             yes_no("may_restrict", "may be restricted for debt")),
    primary_key=("service_code",),
)

CHANNELS = Table(
    "channels", "ingest", Stage.REGISTER, grain="one payment channel",
    columns=(c.channel_code, yes_no("is_own_online", "the centre's own online channel"),
             text("fee_class_code", "class of the bank's fee", is_nullable=True),
             count("usual_delay_days", "days from a payment to its registry at most, waiting for the next one included",
                   unit="day", at_least=0)),
    primary_key=("channel_code",),
)

METERS = Table(
    "meters", "metering", Stage.REGISTER, grain="one meter of one service point",
    columns=(c.meter_id, c.service_point_id, c.account_id, c.premises_id, c.contract_id, c.service_code,
             count("digits", "whole digits of the register", unit="digit", at_least=1),
             date("installed_on", "installed"),
             date("commissioned_on", "accepted for billing", is_nullable=True),
             date("verified_until", "verification holds until", is_nullable=True),
             date("removed_on", "removed", is_nullable=True),
             volume("initial_value", "register at installation", unit="unit of the service")),
    primary_key=("meter_id",),
)

CYCLES = Table(
    "cycles", "ingest", Stage.REGISTER, grain="one billing month of the book: when its documents go out",
    columns=(c.billing_month, date("issue_on", "day its documents are issued; the cycle starts"),
             date("next_issue_on", "day the next documents are issued; the cycle has ended"),
             date("payments_counted_until", "last day whose payments the document counted"),
             date("readings_counted_until", "last day whose readings the document counted")),
    primary_key=("billing_month",),
    rows={"cycle_runs_forward": pl.col("issue_on") < pl.col("next_issue_on")},
)

ISSUE_CALENDAR = Table(
    "issue_calendar", "ingest", Stage.REGISTER, grain="one registry expected from one provider",
    columns=(c.provider_code, c.channel_code, date("expected_on", "day the registry should be in"),
             date("covers_until", "last day of payments that it brings")),
    primary_key=("provider_code", "channel_code", "expected_on"),
)

REGISTERS = (ACCOUNTS, PREMISES, HOUSES, RIGHTS, PERSONS, CONTACTS, SERVICE_CONTRACTS, CREDITORS, SERVICES,
             CHANNELS, METERS, CYCLES, ISSUE_CALENDAR)
