"""Executors that are killed in the middle cost time, and nothing else."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import PACKAGE, ROWS
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

import bax_spark

KILLS = 5


def executors() -> list[int]:
    """Processes of the executors."""
    found = subprocess.run(["pgrep", "-f", "CoarseGrainedExecutorBackend"], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


@contextmanager
def killing(times: int, seed: int) -> Iterator[list[int]]:
    """Kill executors at random while the work goes on."""
    chance = random.Random(seed)
    killed: list[int] = []
    ended = threading.Event()

    def kill() -> None:
        while len(killed) < times and not ended.wait(chance.uniform(1, 4)):
            if alive := executors():
                victim = chance.choice(alive)
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        ended.set()
        killer.join()


def until_killed(work: Callable[[], None], seed: int) -> int:
    """Do the work until executors were killed often enough in the middle of it; give how often it was done."""
    done = 0
    with killing(KILLS, seed) as killed:
        while len(killed) < KILLS:
            work()
            done += 1
    return done


def test_scoring(spark: SparkSession, data: Path, model: str) -> None:
    rows = spark.read.schema("id long, text string, language string").json(str(data / "rows.jsonl"))
    expected = bax_spark.score(rows, model, package=PACKAGE).agg(*summary()).collect()
    assert expected[0]["rows"] == ROWS

    def again() -> None:
        assert bax_spark.score(rows, model, package=PACKAGE).agg(*summary()).collect() == expected

    assert until_killed(again, seed=1) >= 1
    left_over(spark)


def summary() -> list[Column]:
    """All rows and answers in some numbers: none is lost, doubled or other than before."""
    whole = F.xxhash64("id", "text", "label", "probability").cast("decimal(38, 0)")
    return [F.count("*").alias("rows"), F.countDistinct("id").alias("ids"), F.sum(whole).alias("hash")]


def test_training(spark: SparkSession, data: Path, tmp_path: Path) -> None:
    rows = spark.read.schema("id long, text string, language string").json(str(data / "rows.jsonl"))
    some: DataFrame = rows.where("id % 40 = 0")
    number = 0

    def again() -> bytes:
        nonlocal number
        number += 1
        path = tmp_path / f"{number}.safetensors"
        bax_spark.train(some, str(path), label="language", partitions=4, epochs=2, package=PACKAGE)
        return path.read_bytes()

    expected = again()

    def compare() -> None:
        assert again() == expected

    assert until_killed(compare, seed=2) >= 1
    left_over(spark)


def left_over(spark: SparkSession) -> None:
    """No bax goes on when its executor is gone."""
    for _ in range(100):
        found = subprocess.run(["pgrep", "-f", "package/bin/bax.js"], capture_output=True, text=True).stdout.split()
        if not found:
            return
        time.sleep(0.1)
    raise AssertionError(f"{found} are left over")
