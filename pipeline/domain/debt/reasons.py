"""Why an account stands where it stands: one Russian sentence with the numbers, for the clerk who answers the phone."""

from __future__ import annotations

import polars as pl

from pipeline.money import format_rub
from pipeline.rules.debt import DebtRules

HOLD_NAMES = {
    "dispute": "спор", "complaint": "жалоба", "instalment": "рассрочка", "bankruptcy": "банкротство",
    "death": "смерть плательщика", "mobilised": "мобилизация", "no_delivery_proof": "нет подтверждения вручения",
    "other": "иная причина", "incomplete_bill": "счёт месяца не получен целиком",
    "organisation": "организация, а не гражданин", "not_served": "счёт не обслуживается", "in_court": "дело в суде",
    "hold_refused": "запрет подан с ошибкой и ждёт решения",
    "account_closed": "счёт закрыт, в квартире могут жить другие",
    "hold_out": "контрольная группа поручения, для сравнения не трогают",
    "does_not_match_debt": "сумма рассрочки не равна долгу, нужна проверка",
}
#: Limitation overrides the wait for a receipt (`ladder.court_stages`).
UNANNOUNCED = "без долговой квитанции: близок срок исковой давности"
STAGE_NAMES = {
    "reminder": "напоминание", "sms": "SMS", "call": "звонок", "debt_receipt": "долговая квитанция",
    "court_order": "судебный приказ", "claim": "исковое заявление",
}


def with_reason(pairs: pl.DataFrame, *, rules: DebtRules) -> pl.DataFrame:
    """Pairs of either track with `reason`; the court's facts are null on the notice track."""
    nothing = pl.lit("")
    unannounced = pl.when(pl.col("is_limitation_near") & pl.col("receipt_on").is_null()).then(
        pl.lit(f", {UNANNOUNCED}")
    ).otherwise(nothing)
    above = pl.when(pl.col("is_above_limit").fill_null(False)).then(
        pl.lit(f" (дело больше предела судебного приказа {format_rub(rules.court.order_limit_kop)})")
    ).otherwise(nothing)
    step = pl.lit("следующий шаг — ") + _stage("next_action_code")
    verdict = (
        pl.when(pl.col("holds").list.len() > 0).then(pl.lit("не беспокоить: ") + _names_of_holds())
        .when(pl.col("next_action_code") == "none").then(_after_the_last())
        .when("is_due").then(pl.lit("пора: ") + _stage("next_action_code") + above + unannounced)
        .when("is_enough").then(step + pl.lit(" с ") + day_of("next_action_on") + above + unannounced)
        .when(pl.col("does_not_pay").fill_null(False))
        .then(pl.lit("подавать невыгодно: ожидаемый возврат не покрывает госпошлину или она неизвестна"))
        .otherwise(step + pl.lit(", ") + _missing(rules))
    )
    covered = pl.when(pl.col("shielded_kop") > 0).then(
        pl.lit(", из них могут быть оплачены ") + rub("shielded_kop")
    ).otherwise(nothing)
    near = pl.when(pl.col("is_limitation_near").fill_null(False)).then(
        pl.lit(", срок исковой давности до ") + day_of("limitation_on")
    ).otherwise(nothing)
    facts = pl.concat_str(
        pl.lit("просрочено "), rub("total_kop"), pl.lit(", старшему долгу "), pl.col("months_overdue").cast(pl.String),
        pl.lit(" мес. ("), pl.col("days_overdue").cast(pl.String), pl.lit(" дн.)"), covered, near,
    )
    return pairs.with_columns(reason=facts + pl.lit("; ") + verdict)


def rub(column: str) -> pl.Expr:
    """Kopecks as "2 340,00 ₽" for a column: a sum is written once for each distinct value."""
    return pl.col(column).map_batches(_written, return_dtype=pl.String)


def _written(sums: pl.Series) -> pl.Series:
    distinct = sums.unique().drop_nulls()
    texts = pl.Series([format_rub(int(value)) for value in distinct.to_list()], dtype=pl.String)
    return sums.replace_strict(distinct, texts, default=None, return_dtype=pl.String)


def day_of(column: str) -> pl.Expr:
    """A date as 31.05.2026."""
    return pl.col(column).dt.to_string("%d.%m.%Y")


def _stage(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(STAGE_NAMES, default="", return_dtype=pl.String)


def _names_of_holds() -> pl.Expr:
    return pl.col("holds").list.eval(pl.element().replace(HOLD_NAMES)).list.join(", ")


def _after_the_last() -> pl.Expr:
    """What was done last and when; an account that nothing can be sent to says so."""
    done = pl.when(pl.col("last_stage_code") == "call").then(pl.lit("сделан: ")).otherwise(pl.lit("отправлено: "))
    sent = done + _stage("last_stage_code") + pl.lit(", ") + day_of("last_stage_on")
    sent = sent + pl.lit("; дальше шагов нет")
    return pl.when(pl.col("last_rank") > 0).then(sent).otherwise(pl.lit("нет способа связи"))


def _missing(rules: DebtRules) -> pl.Expr:
    notice, court = rules.notice, rules.court
    least = {
        "reminder": notice.reminder_min_kop, "sms": notice.sms_min_kop, "call": rules.calls.min_kop,
        "debt_receipt": notice.debt_receipt_min_kop, "court_order": court.min_kop,
        "claim": court.min_kop,
    }
    sums = {stage: f"нужно от {format_rub(max(sum_kop, rules.contact_min_kop))}" for stage, sum_kop in least.items()}
    too_little = pl.col("next_action_code").replace_strict(sums, default="", return_dtype=pl.String)
    duty = pl.lit(f"нужно не меньше госпошлины {format_rub(court.order_duty_min_kop)}")
    is_unannounced = ~pl.col("is_announced").fill_null(True) & (pl.col("claimed_kop") >= court.min_kop)
    return (
        pl.when(is_unannounced).then(pl.lit("нужна долговая квитанция"))
        .when("is_limitation_near").then(duty)
        .otherwise(too_little)
    )

