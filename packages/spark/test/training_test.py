"""Learning on a cluster comes close to learning on one machine, and always to the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import PACKAGE, bax
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import bax_spark


@pytest.fixture(scope="module")
def examples(spark: SparkSession, data: Path) -> DataFrame:
    """Pieces of texts in twenty languages."""
    rows = spark.read.schema("id long, text string, language string").json(str(data / "rows.jsonl"))
    return rows.where("id % 20 = 0").select("text", F.col("language").alias("label")).cache()


def accuracy(model: str, test: Path) -> float:
    """How often a model is right."""
    return float(json.loads(bax("test", model, str(test), "--json", "--quiet"))["accuracy"])


def test_close_to_one_machine(examples: DataFrame, data: Path, tmp_path: Path) -> None:
    cases = [(row["text"], row["label"]) for row in examples.collect() if row["text"] is not None]
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    train.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in cases))
    rows = (json.loads(line) for line in (data / "rows.jsonl").read_text().split("\n") if line)
    others = [{"text": row["text"], "label": row["language"]} for row in rows if row["id"] % 20 == 11 and row["text"]]
    test.write_text("".join(json.dumps(row) + "\n" for row in others))
    alone = str(tmp_path / "alone.safetensors")
    bax("train", str(train), "-o", alone, "--epochs", "3", "--quiet")
    told: list[dict[str, Any]] = []
    together = str(tmp_path / "together.safetensors")
    report = bax_spark.train(examples, together, partitions=4, epochs=3, package=PACKAGE, progress=told.append)
    assert accuracy(together, test) > accuracy(alone, test) - 0.005
    assert accuracy(together, test) > 0.9
    assert [step["round"] for step in told] == [1, 2, 3]
    assert told[2]["loss"] < told[0]["loss"]
    assert report["labels"] == 20
    assert report["examples"] + report["valid"]["examples"] == len(cases)
    assert report["valid"]["accuracy"] > 0.9
    assert report["calibration"] is not None
    info = bax("info", together)
    assert "cluster of 4 partitions" in info


def test_the_same_bytes_from_any_order(examples: DataFrame, tmp_path: Path) -> None:
    some = examples.where(F.xxhash64("text") % 4 == 0)
    bytes_of = []
    for name, df in [("one", some), ("other", some.orderBy(F.desc("text")).repartition(7))]:
        path = tmp_path / f"{name}.safetensors"
        bax_spark.train(df, str(path), partitions=3, epochs=2, package=PACKAGE)
        bytes_of.append(path.read_bytes())
    assert bytes_of[0] == bytes_of[1]


def test_odd_partitions(spark: SparkSession, tmp_path: Path) -> None:
    large = "five million bytes " * (5_000_000 // 19)
    rows = [("one two three", ["a"], 1.0), ("four five six", ["b"], 2.0), (None, ["a"], 1.0), ("seven", None, 1.0)]
    # Half of all rows are the same, hence in one partition; of sixteen partitions several have one row or none.
    rows += (
        [("one two", ["a"], 1.0)] * 20 + [(f"five six {n}", ["b", "c"], 1.0) for n in range(16)] + [(large, ["a"], 1.0)]
    )
    df = spark.createDataFrame(rows, "words string, kinds array<string>, weight double")
    model = str(tmp_path / "odd.safetensors")
    options: dict[str, Any] = {"text": "words", "label": "kinds", "weight": "weight", "valid": 0, "epochs": 4}
    report = bax_spark.train(df, model, partitions=16, package=PACKAGE, **options)
    assert report["examples"] == 39
    assert report["valid"] is None
    answers = bax_spark.score(spark.createDataFrame([("one two",), ("five six 3",)], ["text"]), model, package=PACKAGE)
    assert [row["label"] for row in answers.collect()] == ["a", "b"]


@pytest.mark.parametrize("loss", ["ova", "hs", "ns"])
def test_other_losses(examples: DataFrame, tmp_path: Path, loss: str) -> None:
    some = examples.where(F.xxhash64("text") % 4 == 0)
    options: dict[str, Any] = {"loss": loss, "epochs": 3, "class_weights": "balanced", "lowercase": False}
    report = bax_spark.train(some, str(tmp_path / "m.safetensors"), partitions=2, package=PACKAGE, **options)
    assert report["valid"]["accuracy"] > 0.8
    assert report["options"]["loss"] == loss


def test_what_is_refused(spark: SparkSession, examples: DataFrame, tmp_path: Path) -> None:
    model = str(tmp_path / "refused.safetensors")
    with pytest.raises(AnalysisException, match="`kind` cannot be resolved"):
        bax_spark.train(examples, model, label="kind", package=PACKAGE)
    with pytest.raises(RuntimeError, match=r"--epochs: got 0, expected a whole number"):
        bax_spark.train(examples, model, epochs=0, package=PACKAGE)
    with pytest.raises(RuntimeError, match=r"unknown option '--epoch=3'"):
        bax_spark.train(examples, model, epoch=3, package=PACKAGE)
    with pytest.raises(RuntimeError, match=r"1 of 1 labels have 1 rows or more"):
        bax_spark.train(examples.where("label = 'eng'"), model, package=PACKAGE)
    with pytest.raises(RuntimeError, match=r"not learned on a cluster"):
        bax_spark.train(examples, model, tokenizer="fasttext", package=PACKAGE)
    assert not Path(model).exists()
