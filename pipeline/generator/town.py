"""The town Энск as registers: houses, who supplies and who is paid, services, channels, calendar. All invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import polars as pl

from pipeline.contracts import registers
from pipeline.contracts.table import Table
from pipeline.generator.norms import norm_register
from pipeline.generator.population import TOWN, Population
from pipeline.generator.tariffs import COLD_WATER_COMMON, ELECTRICITY_COMMON, SINCE, UNIT, tariff_register
from pipeline.generator.timetable import CHANNELS, Cycle, cycles

BIC: Final = "044599901"
FUND: Final = "fund"
WASTE_OPERATOR: Final = "eco"

_CREDITORS: Final = (
    ("uyut", "ООО «УК „Уют“»"), ("rassvet", "ООО «УК „Рассвет“»"), ("water", "МУП «Энский водоканал»"),
    ("heat", "АО «Энская теплосеть»"), ("power", "АО «Энскэнергосбыт»"), ("gas", "ООО «Энскрайгаз»"),
    (WASTE_OPERATOR, "ООО «ЭкоЭнск», региональный оператор"), (FUND, "Фонд капитального ремонта Энской области"),
    ("insurer", "АО СК «Энский дом»"),
)
SUPPLIER: Final = {
    "cold_water": "water", "sewage": "water", "hot_water": "heat", "heating": "heat", "electricity": "power",
    "gas": "gas", "waste": WASTE_OPERATOR, "capital_repair": FUND, "insurance": "insurer",
}
#: The only house of a town that bills common property apart, by its meter.
COMMON_HOUSE: Final = 10
#: All its premises are flats of the book: what the book does not bill would leave it uncorrected.
_COMMON_HOUSE_M2_E7: Final = 11_851_000_000
_TERRITORIES: Final = ("ensk_north", "ensk_south", "zarechye")


@dataclass(frozen=True)
class House:
    """One house; everything about it follows from its number and the population."""

    number: int
    population: Population = TOWN

    @property
    def house_id(self) -> str:
        return f"h-{self.number:05d}"

    @property
    def managing_company(self) -> str:
        return "rassvet" if self.number % 2 else "uyut"

    @property
    def has_fund_documents(self) -> bool:
        """The fund sends its own documents and is paid to its own bank account."""
        return self.number % self.population.fund_every == 1

    @property
    def has_special_account(self) -> bool:
        """Capital repair is saved on the house's own special account, owned by the managing company."""
        return self.number % 12 == 6

    @property
    def has_waste_documents(self) -> bool:
        """The waste operator bills directly."""
        return self.number % self.population.waste_every == 3

    @property
    def has_gas(self) -> bool:
        return self.number % 3 != 2

    @property
    def has_insurance(self) -> bool:
        return self.managing_company == "uyut"

    @property
    def has_intercom(self) -> bool:
        return self.population.is_region and self.number % 3 != 0

    @property
    def bills_common(self) -> bool:
        """Common property is billed apart from maintenance."""
        return self.population.is_region or self.number == COMMON_HOUSE

    @property
    def is_collected_only(self) -> bool:
        """Served under a creditor's mandate: the centre collects, and does nothing else."""
        every = self.population.mandate_every
        return every > 0 and self.number % every == every - 1

    def services(self) -> list[str]:
        skipped = {"gas": not self.has_gas, "insurance": not self.has_insurance, "intercom": not self.has_intercom}
        skipped |= dict.fromkeys((COLD_WATER_COMMON.code, ELECTRICITY_COMMON.code), not self.bills_common)
        return [service.code for service in self.population.services if not skipped.get(service.code, False)]

    def shares(self) -> dict[str, Any]:
        """In a town: that the house pays for common property by its meter; the area of its flats."""
        by_meter = self.bills_common and not self.population.is_region
        return {"common_mode_code": "monthly", "premises_area_m2_e7": _COMMON_HOUSE_M2_E7} if by_meter else {}

    def contract_id(self, service_code: str) -> str:
        return f"c-{self.number:05d}-{service_code}"

    def creditor(self, service_code: str) -> str:
        if service_code == "capital_repair" and self.has_special_account:
            return self.managing_company
        return SUPPLIER.get(service_code, self.managing_company)

    def scheme(self, service_code: str) -> str:
        if service_code == "capital_repair":
            return "special_account" if self.has_special_account else "regional_operator"
        if service_code == "waste":
            return "regional_operator"
        return "direct" if service_code in SUPPLIER else "via_company"

    def territory(self) -> str:
        if self.population.is_region:
            return f"district_{(self.number - 1) // self.population.district_houses + 1:03d}"
        return _TERRITORIES[self.number % len(_TERRITORIES)]


def houses(first: int, count: int, population: Population) -> list[House]:
    return [House(number, population) for number in range(first, first + count)]


def house_registers(of: list[House]) -> dict[str, pl.DataFrame]:
    """`houses`, `service_contracts` and `tariffs` of some houses."""
    return {
        "houses": _frame(registers.HOUSES, (
            {"house_id": house.house_id, "territory_code": house.territory(),
             "managing_company_id": house.managing_company, "common_area_m2_e7": (300 + house.number % 90) * UNIT,
             "heating_mode_code": "season", **house.shares()}
            for house in of
        )),
        "tariffs": tariff_register({house.territory() for house in of}, of[0].population.services),
        "service_contracts": _frame(registers.SERVICE_CONTRACTS, (
            {"contract_id": house.contract_id(code), "house_id": house.house_id, "service_code": code,
             "supplier_id": house.creditor(code), "creditor_id": house.creditor(code),
             "scheme_code": house.scheme(code), "valid_from": SINCE, "valid_to": None}
            for house in of for code in house.services()
        )),
    }


def common_registers(of: list[Cycle], population: Population) -> dict[str, pl.DataFrame]:
    """Registers that do not grow with the town; the calendar reaches one cycle further than the documents."""
    following = cycles(of[0].month, len(of) + 1)
    span = (of[0].issue_on, following[-1].next_issue_on + timedelta(days=30))
    return {
        "creditors": _frame(registers.CREDITORS, (
            {"creditor_id": code, "name": name, "inn": _inn(number), "bank_account": bank_account(number),
             "bic": BIC, "ogrn": _ogrn(number)} for number, (code, name) in enumerate(_CREDITORS, start=1)
        )),
        "services": _frame(registers.SERVICES, (
            {"service_code": s.code, "name": s.name, "unit_code": s.unit, "class_code": s.class_code,
             "may_restrict": s.may_restrict, "kind_code": s.kind_code or s.code} for s in population.services
        )),
        "consumption_norms": norm_register(population.services),
        "channels": _frame(registers.CHANNELS, (
            {"channel_code": c.code, "is_own_online": c.is_own_online, "fee_class_code": c.fee_class,
             "usual_delay_days": c.usual_delay_days} for c in CHANNELS
        )),
        "cycles": _frame(registers.CYCLES, (
            {"billing_month": cycle.month.first_day, "issue_on": cycle.issue_on,
             "next_issue_on": cycle.next_issue_on, "payments_counted_until": cycle.payments_counted_until,
             "readings_counted_until": cycle.readings_counted_until} for cycle in following
        )),
        "issue_calendar": _frame(registers.ISSUE_CALENDAR, (
            {"provider_code": c.provider, "channel_code": c.code, "expected_on": expected_on,
             "covers_until": covers_until}
            for c in CHANNELS for expected_on, covers_until in c.registries(*span) if covers_until >= span[0]
        )),
    }


def _frame(table: Table, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=table.inside_schema)


def _inn(number: int) -> str:
    """An invented ИНН with a right check digit, of a region code that no tax office has."""
    digits = f"0099{number:05d}"
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return digits + str(sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11 % 10)


def _ogrn(number: int) -> str:
    """An invented ОГРН with a right check digit, of a region code that no tax office has."""
    digits = f"102990000{number:03d}"
    return digits + str(int(digits) % 11 % 10)


def bank_account(number: int) -> str:
    """An invented settlement account whose key (ninth digit) fits the town's БИК."""
    for key in range(10):
        account = f"40702810{key}{number:011d}"
        keyed = BIC[6:] + account
        if sum(int(digit) * (7, 1, 3)[place % 3] for place, digit in enumerate(keyed)) % 10 == 0:
            return account
    raise AssertionError("one of ten keys always fits")
