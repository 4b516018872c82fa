"""Asks a real Spark for times: `spark.py score|train JSON`, one line of JSON at the end."""

import json
import os
import sys
import tempfile
import time

os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
sys.path.insert(0, sys.argv[3])

import bax_spark  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402


def start(executors: int) -> SparkSession:
    """Start Spark with so many executors of one core."""
    session = (
        SparkSession.builder.master(f"local-cluster[{executors},1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", str(executors))
        .config("spark.local.dir", tempfile.mkdtemp(prefix="bax-spark-"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    while session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < executors + 1:
        time.sleep(0.1)
    return session


def shuffled(session: SparkSession) -> int:
    """Give the bytes that tasks have written for others."""
    executors = session.sparkContext._jsc.sc().statusStore().executorList(True)
    return sum(executors.apply(i).totalShuffleWrite() for i in range(executors.size()))


def score(asked: dict) -> dict:
    """Label rows of Parquet into Parquet, some times over."""
    session = start(asked["executors"])
    session.read.schema("id long, text string").json(asked["data"]).repartition(8).write.parquet(asked["rows"])
    rows = session.read.parquet(asked["rows"])
    seconds, own = [], []
    for _ in range(asked["runs"] + 1):
        counts = bax_spark.counts(session.sparkContext)
        began = time.time()
        scored = bax_spark.score(rows, asked["model"], package=asked["package"], counts=counts)
        scored.write.mode("overwrite").parquet(asked["output"])
        seconds.append(time.time() - began)
        own.append(counts["seconds"].value)
    plain = []
    for _ in range(asked["runs"] + 1):
        began = time.time()
        rows.mapInArrow(lambda batches: batches, rows.schema).write.mode("overwrite").parquet(asked["output"])
        plain.append(time.time() - began)
    # The first run starts Python and reads classes.
    return {"seconds": seconds[1:], "inBax": own[1:], "plain": plain[1:], "rows": rows.count()}


def train(asked: dict) -> dict:
    """Learn from fastText's lines."""
    session = start(asked["executors"])
    lines = session.read.text(asked["data"])
    rows = lines.selectExpr("regexp_extract(value, '^__label__(\\\\S+)', 1) label", "regexp_replace(value, '^__label__\\\\S+ ?', '') text")
    times: list[float] = []
    began = time.time()
    report = bax_spark.train(
        rows,
        asked["model"],
        partitions=asked["partitions"],
        package=asked["package"],
        progress=lambda _: times.append(time.time() - began),
        **asked["options"],
    )
    whole = time.time() - began
    return {
        "seconds": whole,
        "rounds": [b - a for a, b in zip(times, times[1:], strict=False)],
        "first": times[0],
        "shuffledBytes": shuffled(session),
        "modelBytes": report["model"]["bytes"],
        "features": report["features"],
        "examples": report["examples"],
        "options": {key: report["options"][key] for key in ("epochs", "dim", "lr")},
    }


print(json.dumps({"score": score, "train": train}[sys.argv[1]](json.loads(sys.argv[2]))))
