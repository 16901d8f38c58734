"""Where a court case stands and what is asked of whom: one Russian sentence with the sums."""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.debt.reasons import HOLD_NAMES, rub

_STAGES: Final = {
    "unknown": "о деле нет ни одного события", "filed": "подано в суд ", "ordered": "приказ вынесен ",
    "cancelled": "приказ отменён ", "decided": "решение вынесено ", "writ": "исполнительный документ отправлен ",
    "ended": "дело окончено ",
}
_ACTIONS: Final = {
    "claim": "подать иск", "writ": "отправить исполнительный документ", "reduce": "уменьшить требование на ",
    "return": "вернуть исполнительный документ из банка, чтобы отправить приставам",
    "withdraw": "отозвать заявление, всё оплачено", "recall": "отозвать исполнительный документ, всё оплачено",
}
_PARTS: Final = (
    ("claimed_kop", "open_kop"), ("penalty_held_kop", "penalty_left_kop"), ("duty_held_kop", "duty_left_kop"),
)
_BLOCKS: Final = {
    **HOLD_NAMES, "registries_awaited": "ждём реестры платежей", "covered": "долг могут закрыть другие деньги",
    "costs_on_principal": "взысканные пени или пошлина легли на основной долг",
    "several_accounts": "под номером дела несколько лицевых счетов",
}


def with_reason(cases: pl.DataFrame) -> pl.DataFrame:
    """Cases with `reason`."""
    def told(column: str, words: dict[str, str]) -> pl.Expr:
        return pl.col(column).replace_strict(words, default="", return_dtype=pl.String)

    paid = cases.with_columns(_paid_kop=pl.sum_horizontal(
        (pl.col(held) - pl.col(left)).clip(lower_bound=0).fill_null(0) for held, left in _PARTS
    ))
    stood = told("stage_code", _STAGES) + pl.col("stage_on").dt.to_string("%d.%m.%Y").fill_null("")
    sums = pl.when(pl.col("claimed_kop").is_not_null()).then(
        pl.lit("; требование ") + rub("claimed_kop") + pl.lit(", открыто ") + rub("open_kop")
    ).otherwise(pl.lit("; открыто ") + rub("open_kop"))
    costs = [
        pl.when(pl.col(f"{kind}_base_kop") > 0).then(
            pl.lit(f"; {word} ") + rub(f"{kind}_base_kop") + pl.lit(", осталось ") + rub(f"{kind}_left_kop")
        ).otherwise(pl.lit("")) for kind, word in (("penalty", "пени"), ("duty", "пошлина"))
    ]
    waived = pl.when(pl.col("waived_on").is_not_null()).then(
        pl.lit("; от остатка пеней и пошлины взыскатель отказался ") + pl.col("waived_on").dt.to_string("%d.%m.%Y")
    ).otherwise(pl.lit(""))
    action = pl.col("next_action_code")
    goes_on = action.is_in(["claim", "writ", "return"])
    names = pl.col("blocked_by").list.eval(pl.element().replace(_BLOCKS)).list.join(", ")
    follows = (
        pl.when(~goes_on & (pl.col("blocked_by").list.len() > 0)).then(pl.lit("; дальше нельзя: ") + names)
        .when(action == "none").then(pl.lit(""))
        .when(action == "reduce").then(pl.lit("; ") + told("next_action_code", _ACTIONS) + rub("_paid_kop"))
        .when(action.is_in(["withdraw", "recall"])).then(pl.lit("; ") + told("next_action_code", _ACTIONS))
        .when(pl.col("blocked_by").list.len() > 0)
        .then(pl.lit("; ") + told("next_action_code", _ACTIONS) + pl.lit(" нельзя: ") + names)
        .otherwise(pl.lit("; ") + told("next_action_code", _ACTIONS) + pl.lit(" с ")
                   + pl.col("next_action_on").dt.to_string("%d.%m.%Y"))
    )
    twice = pl.when(pl.col("double_kop") > 0).then(
        pl.lit("; взыскано дважды, вернуть ") + rub("double_kop")
    ).otherwise(pl.lit(""))
    return paid.with_columns(reason=pl.concat_str(stood, sums, *costs, waived, follows, twice)).drop("_paid_kop")
