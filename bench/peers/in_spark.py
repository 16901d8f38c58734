"""The job in Spark SQL on two local cores.

    python -m bench.peers.in_spark FILES ANSWER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from bench.peers.sql_job import INPUTS, OUTPUTS, SPARK, steps

ROUNDS = 3


def job(files: Path, answer: Path) -> None:
    """Movements, open items and volumes as Parquet."""
    terms = json.loads((files / "terms.json").read_text(encoding="utf-8"))
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "8g").config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.session.timeZone", "Europe/Moscow").getOrCreate()
    )
    for name in INPUTS:
        spark.read.parquet(str(files / f"{name}.parquet")).createOrReplaceTempView(name)
    for name, query in steps(SPARK, terms, ROUNDS):
        found = spark.sql(query)
        # a step is read by several later ones: without this the rounds would be computed again and again
        found.cache().createOrReplaceTempView(name)
    for name, step in OUTPUTS.items():
        spark.table(step).write.mode("overwrite").parquet(str(answer / name))
    spark.stop()


if __name__ == "__main__":
    job(Path(sys.argv[1]), Path(sys.argv[2]))
