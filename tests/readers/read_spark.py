"""Facts by PySpark in one local process: run by the Python of the readers, without a line of ours.

    read_spark.py BOOK KINDS    KINDS: {"table": {"column": "kind"}} as JSON; prints the facts as JSON
"""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

SETTINGS = {
    "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "1",
    "spark.driver.memory": "1g", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "Europe/Moscow",
    # small tables: interpreting them is faster than compiling for them
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    # otherwise Spark takes 2026-05 for a date and cannot make one of it
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}


def expression(column, kind):
    if kind in ("money", "volume", "tariff"):
        return F.sum(column).cast("string")
    if kind in ("count", "integer"):
        return F.coalesce(F.sum(column), F.lit(0))
    if kind in ("date", "month"):
        return F.array(F.min(column).cast("string"), F.max(column).cast("string"))
    if kind == "moment":
        form = "yyyy-MM-dd HH:mm:ss.SSSSSS"
        return F.array(F.date_format(F.min(column), form), F.date_format(F.max(column), form))
    if kind == "codes":
        return F.coalesce(F.sum(F.when(F.col(column).isNotNull(), F.size(column))), F.lit(0))
    if kind == "yes_no":
        return F.count(F.when(F.col(column), 1))
    return F.array(F.count(column), F.count_distinct(column))


def main(book, tables):
    builder = SparkSession.builder.master("local[1]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    published, found = f"{book}/published", {}
    for name, kinds in tables.items():
        # basePath keeps the key of the folders; the star goes through the links
        rows = spark.read.option("basePath", published).parquet(f"{published}/*/{name}")
        columns = [expression(column, kind).alias(column) for column, kind in kinds.items()]
        told = rows.groupBy("run_month").agg(F.count(F.lit(1)).alias("rows"), *columns).collect()
        found[name] = {row["run_month"]: row.asDict() for row in sorted(told, key=lambda row: row["run_month"])}
        for facts in found[name].values():
            del facts["run_month"]
            facts.update({column: None for column, value in facts.items() if value == [None, None]})
    print(json.dumps(found))
    spark.stop()


main(sys.argv[1], json.loads(sys.argv[2]))
