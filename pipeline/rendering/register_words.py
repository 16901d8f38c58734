"""What is not done in a month that reads no file of a register, in the words of the trade.

Registers without which no month runs are not here: their absence stops it.
"""

from __future__ import annotations

from typing import Final

from pipeline.rendering.words import Words

not_done: Final = Words({
    "premises": "помещения: площади неизвестны, начисления по ним не проверяются, печатать некуда",
    "houses": "дома: показания домов не принимаются, начисления по ним не проверяются",
    "rights": "права на помещения: должников не назвать, писать некому, дел в суд нет",
    "persons": "люди: должников не назвать",
    "contacts": "контакты: SMS и звонков нет",
    "meters": "счётчики: показания не принимаются, по ним ничего не проверяется",
    "issue_calendar": "календарь реестров: опоздавшие реестры не видны, списки их не ждут",
    "tariffs": "тарифы: начисления не сверяются с реестрами, перерасчётов по тарифу нет",
    "consumption_norms": "нормативы потребления: начисления по нормативу не сверяются, перерасчётов по нему нет",
    "registrations": "зарегистрированные: начисления по числу проживающих не сверяются, перерасчётов по нему нет",
})
