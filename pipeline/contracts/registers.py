"""Registers: dated snapshots `landing/<table>/as_of=YYYY-MM-DD/` that say what is true, not what happened."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, count, date, tariff, text, volume, yes_no

SCHEMES = ("via_company", "direct", "regional_operator", "special_account")
#: What a service is by law: its formula, its norm, its uplift and what a break of it costs follow from this.
SERVICE_KINDS = (
    "cold_water", "hot_water", "hot_water_heat", "sewage", "electricity", "gas", "heating", "waste", "housing",
    "common_property", "capital_repair", "fixed", "other",
)
#: Kinds of organisations by which penalties on resources differ (Федеральный закон от 03.11.2015 № 307-ФЗ).
ORGANISATION_KINDS = ("consumer", "partnership", "manager")
NORM_PER = ("person", "m2", "account", "m3", "common_m2")

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
        code("organisation_kind_code", "of an organisation: it uses the resources itself, is a partnership of owners "
             "(ТСЖ, ЖК, ЖСК), or buys resources for the services that it renders (УК); missing: it is not known, no "
             "penalties are charged to it", *ORGANISATION_KINDS, is_nullable=True, is_later=True),
    ),
    primary_key=("account_id",),
)

PREMISES = Table(
    "premises", "ingest", Stage.REGISTER, grain="one flat or other premises",
    columns=(
        c.premises_id, c.house_id, volume("area_m2", "total area", unit="m2"),
        volume("heated_area_m2", "heated area; missing is the total area", unit="m2", is_nullable=True, is_later=True),
        codes("meter_impossible_services", "services for which an act says that no meter can be installed; missing: no "
              "act is known", is_nullable=True, is_later=True),
        code("use_code", "whether people live there; missing: it is a flat", "residential", "non_residential",
             is_nullable=True, is_later=True),
    ),
    primary_key=("premises_id",),
)

HOUSES = Table(
    "houses", "ingest", Stage.REGISTER, grain="one house",
    columns=(c.house_id, c.territory_code, text("managing_company_id", "managing company (УК)"),
             volume("common_area_m2", "area of common property", unit="m2"),
             volume("premises_area_m2", "area of all its flats and other premises together; missing: shares of the "
                    "house cannot be counted", unit="m2", is_nullable=True, is_later=True),
             code("heating_mode_code", "heating is paid in the heating season, or evenly over the year; missing: it is "
                  "not known", "season", "evenly", is_nullable=True, is_later=True),
             code("common_mode_code", "how its owners pay for the resources of common property: by the meter of the "
                  "house each month, or by average or norm with a correction once a year; missing: it is not known, "
                  "nothing is corrected", "monthly", "average_corrected", "norm_corrected", is_nullable=True,
                  is_later=True)),
    primary_key=("house_id",),
)

RIGHTS = Table(
    "rights", "ingest", Stage.REGISTER, grain="one person's right in one premises",
    columns=(c.premises_id, c.person_id,
             code("role_code", "role", "owner", "joint_owner", "tenant", "minor_owner"),
             c.valid_from, c.valid_to,
             text("share", "share of the right as the land register writes it, like 1/3; missing when unknown, and of "
                  "joint owners and tenants", is_nullable=True, is_later=True)),
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
             text("bank_account", "settlement account", is_nullable=True), text("bic", "БИК", is_nullable=True),
             text("ogrn", "ОГРН", is_nullable=True, is_later=True), text("kpp", "КПП", is_nullable=True, is_later=True),
             text("legal_address", "legal address, as a court wants it (ГПК РФ, ст. 124)", is_nullable=True,
                  is_later=True)),
    primary_key=("creditor_id",),
)

SERVICES = Table(
    "services", "ingest", Stage.REGISTER, grain="one service",
    columns=(c.service_code, text("name", "name on the document"), c.unit_code,
             code("class_code", "class: decides the kind of debt of its lines",
                  "utility", "housing", "capital_repair", "voluntary", "penalty", "court_cost"),
             yes_no("may_restrict", "may be restricted for debt"),
             code("kind_code", "what the service is by law; missing: its code itself, where it is one of these",
                  *SERVICE_KINDS, is_nullable=True, is_later=True)),
    primary_key=("service_code",),
)


def service_kind() -> pl.Expr:
    """`kind_code` of rows of `services`: as delivered, else the own code where it names a kind, else other."""
    own = pl.when(pl.col("service_code").is_in(list(SERVICE_KINDS))).then("service_code")
    return pl.coalesce("kind_code", own, pl.lit("other")).alias("kind_code")


TARIFFS = Table(
    "tariffs", "ingest", Stage.REGISTER,
    grain="one price of one service, for a contract, a territory or the whole book, from a day",
    columns=(
        c.contract_id.or_null("not for one contract"), c.territory_code.or_null("not for one territory"),
        c.service_code, c.zone_code.or_null("a service without zones"),
        code("part_code", "part of the price: for the volume, or the fixed part of a two-part tariff, for an account "
             "and month", "variable", "fixed"),
        tariff("tariff_rub", "price with taxes", at_least=0), c.valid_from, c.valid_to,
    ),
    primary_key=("contract_id", "territory_code", "service_code", "zone_code", "part_code", "valid_from"),
    rows={"tariff_has_one_scope": pl.col("contract_id").is_null() | pl.col("territory_code").is_null(),
          "tariff_runs_forward": (pl.col("valid_to") >= pl.col("valid_from")).fill_null(True)},
)

CONSUMPTION_NORMS = Table(
    "consumption_norms", "ingest", Stage.REGISTER,
    grain="one norm of consumption of one service, for a house, a territory or the whole book, from a day",
    columns=(
        c.territory_code.or_null("not for one territory"), c.house_id.or_null("not for one house"), c.service_code,
        code("per_code", "what the norm is for, a month: a person, a m2 of the flat, an account, a m3 of hot water "
             "(heat to warm it, Gcal), a m2 of common property of the house", *NORM_PER),
        volume("norm_volume", "volume a month, without any uplift", unit="unit of the service", at_least=0),
        c.valid_from, c.valid_to,
    ),
    primary_key=("territory_code", "house_id", "service_code", "per_code", "valid_from"),
    rows={"norm_has_one_scope": pl.col("territory_code").is_null() | pl.col("house_id").is_null(),
          "norm_runs_forward": (pl.col("valid_to") >= pl.col("valid_from")).fill_null(True)},
)

REGISTRATIONS = Table(
    "registrations", "ingest", Stage.REGISTER,
    grain="one person registered in one premises, or a number of persons whose names are not told",
    columns=(
        c.premises_id, c.person_id.or_null("persons are counted, not named"),
        count("persons_count", "how many persons; missing where one is named", unit="person", is_nullable=True,
              at_least=0),
        c.valid_from, c.valid_to,
    ),
    primary_key=("premises_id", "person_id", "valid_from"),
    rows={"registration_names_or_counts": pl.col("person_id").is_null() != pl.col("persons_count").is_null(),
          "registration_runs_forward": (pl.col("valid_to") >= pl.col("valid_from")).fill_null(True)},
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
             CHANNELS, METERS, CYCLES, ISSUE_CALENDAR, TARIFFS, CONSUMPTION_NORMS, REGISTRATIONS)
