"""Why a service stands where it stands on the way to restriction: one Russian sentence with the numbers."""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.debt import ACCOUNT_CLOSED
from pipeline.domain.debt.gas import UNREVIEWED
from pipeline.domain.debt.reasons import HOLD_NAMES, rub
from pipeline.rules.debt import RestrictionRules

#: The service was cut off before the debtor's days to pay had passed.
EARLY: Final = "restricted_too_early"
BLOCK_NAMES: Final = {
    **HOLD_NAMES, "norm_unknown": "неизвестна плата по нормативу", "no_delivery_proof": "нет подтверждения вручения",
    "below_threshold": "долг не больше порога", "registries_awaited": "ждём реестры платежей",
    EARLY: "услугу отключили раньше, чем прошёл срок после вручения предупреждения",
    UNREVIEWED: "правила поставки газа (ПП 549) не сверены с текстом, газ не отключают",
}
ACTION_NAMES: Final = {
    "notice": "предупредить", "restriction": "ограничить", "suspension": "приостановить", "restore": "восстановить",
}
_STAGE_NAMES: Final = {
    "notice_sent": "предупреждение отправлено ", "notice_delivered": "предупреждение вручено ",
    "restriction": "услуга ограничена ", "suspension": "услуга приостановлена ",
}


def with_reason(rows: pl.DataFrame, *, rules: RestrictionRules) -> pl.DataFrame:
    """Rows of the restriction list with `reason`."""
    threshold = rows.with_columns(_threshold_kop=pl.col("norm_fee_kop") * rules.fees_min)
    norm = (
        pl.when("_is_gas").then(pl.format(", не оплачено расчётных периодов подряд: {}", "_in_a_row"))
        .when(pl.col("norm_fee_kop").is_null()).then(pl.lit(", плата по нормативу неизвестна"))
        .otherwise(pl.lit(f", порог {rules.fees_min} платы по нормативу — ") + rub("_threshold_kop"))
    )
    owed = pl.when(pl.col("total_kop") == 0).then(pl.lit("долга за услугу нет")).otherwise(
        pl.lit("долг за услугу ") + rub("claimed_kop") + norm
    )
    went = pl.when(pl.col("stage_on").is_null()).then(pl.lit("")).otherwise(
        pl.lit("; ") + pl.col("stage_code").replace_strict(_STAGE_NAMES, default="", return_dtype=pl.String)
        + pl.col("stage_on").dt.to_string("%d.%m.%Y")
    )
    named = pl.col("next_action_code").replace_strict(ACTION_NAMES, default="", return_dtype=pl.String)
    on = pl.when(pl.col("next_action_code") == "restore").then(pl.lit(" до ")).otherwise(pl.lit(" с "))
    names = pl.col("blocked_by").list.eval(pl.element().replace(BLOCK_NAMES)).list.join(", ")
    is_left = (pl.col("next_action_code") == "restore") & pl.col("_holds").list.contains(ACCOUNT_CLOSED)
    why = pl.when(is_left.fill_null(False)).then(pl.lit(f": {HOLD_NAMES[ACCOUNT_CLOSED]}")).otherwise(pl.lit(""))
    follows = (
        pl.when(pl.col("next_action_code") == "none").then(pl.lit("; дальше шагов нет"))
        .when(pl.col("blocked_by").list.contains(EARLY)).then(pl.lit("; восстановить или проверить акты: ") + names)
        .when(pl.col("blocked_by").list.len() > 0).then(pl.lit("; ") + named + pl.lit(" нельзя: ") + names)
        .otherwise(pl.lit("; ") + named + on + pl.col("next_action_on").dt.to_string("%d.%m.%Y") + why)
    )
    return threshold.with_columns(reason=owed + went + follows).drop("_threshold_kop")
