"""Labels by Spark are those of `bax predict`, row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import PACKAGE, ROWS, bax
from pyspark import SparkFiles
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import bax_spark

SKIP = ["--on-error", "skip"]


@pytest.fixture(scope="module")
def rows(spark: SparkSession, data: Path) -> DataFrame:
    """The rows as a table of Parquet, in several files."""
    path = str(data / "rows.parquet")
    schema = "id long, text string, language string"
    spark.read.schema(schema).json(str(data / "rows.jsonl")).repartition(6, "id").write.parquet(path)
    return spark.read.parquet(path)


@pytest.fixture(scope="module")
def predicted(data: Path, model: str) -> dict[int, tuple[str | None, float | None]]:
    """What `bax predict` says of each row; of one without a text nothing."""
    flags = ["--json", "--keep", "--quiet", *SKIP]
    answers = bax("predict", model, str(data / "rows.jsonl"), *flags).split("\n")[:-1]
    found: dict[int, tuple[str | None, float | None]] = {}
    for line in answers:
        row = json.loads(line)
        found[row["id"]] = (row.get("label"), row.get("probability"))
    assert len(found) == ROWS
    return found


def check(answers: DataFrame, rows: DataFrame, predicted: dict[int, tuple[str | None, float | None]]) -> None:
    """Compare with `bax predict`, and the text with what it was."""
    found = answers.select("id", "text", "label", "probability", "error").collect()
    assert len(found) == ROWS
    assert [row for row in found if row["error"] is not None] == []
    wrong = [row for row in found if predicted[row["id"]] != (row["label"], row["probability"])]
    assert wrong == []
    assert len({row["id"] for row in found}) == ROWS
    texts = {row["id"]: row["text"] for row in rows.select("id", "text").collect()}
    assert [row["id"] for row in found if texts[row["id"]] != row["text"]] == []


def test_python(spark: SparkSession, rows: DataFrame, data: Path, model: str, predicted: Any) -> None:
    counts = bax_spark.counts(spark.sparkContext)
    scored = bax_spark.score(rows, model, package=PACKAGE, counts=counts)
    scored.write.parquet(str(data / "scored.parquet"))
    check(spark.read.parquet(str(data / "scored.parquet")), rows, predicted)
    assert counts["rows"].value == ROWS
    assert counts["errors"].value == 0
    assert counts["seconds"].value > 0


def test_sql(spark: SparkSession, rows: DataFrame, data: Path, model: str, predicted: Any) -> None:
    spark.sparkContext.addFile(model)
    spark.sparkContext.addArchive(f"{PACKAGE}#bax")
    rows.createOrReplaceTempView("rows")
    answers = spark.sql("""
        SELECT from_json(answer, 'id long, text string, label string, probability double, error string') AS row FROM (
          SELECT TRANSFORM (to_json(struct(*), map('ignoreNullFields', 'false')))
          USING 'node bax/package/bin/bax.js pipe model.safetensors --quiet'
          AS (answer STRING) FROM rows)
    """)
    answers.select("row.*").write.parquet(str(data / "sql.parquet"))
    check(spark.read.parquet(str(data / "sql.parquet")), rows, predicted)


def test_several_answers(rows: DataFrame, data: Path, model: str) -> None:
    some = rows.where("id < 2000")
    scored = bax_spark.score(some, model, k=3, prefix="top_", package=PACKAGE, threshold=0.01)
    (row,) = scored.where("id = 0").collect()
    line = bax("predict", model, str(data / "rows.jsonl"), "-k", "3", "--threshold", "0.01", "--json", "--quiet", *SKIP)
    answers = [json.loads(answer) for answer in line.split("\n")[:3]]
    assert row["top_labels"][0] == answers[0]["label"]
    assert row["top_probabilities"][0] == answers[0]["probability"]
    assert row["top_error"] is None
    assert scored.columns == ["id", "text", "language", "top_labels", "top_probabilities", "top_error"]
    assert scored.where(F.size("top_labels") > 3).count() == 0


def test_a_newer_model_of_the_same_name(spark: SparkSession, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    df = spark.createDataFrame([("one two",)], ["text"])
    found = []
    for label in ("first", "second"):
        texts.write_text(f"__label__{label} one two\n__label__other three four\n" * 3)
        bax("train", str(texts), "-o", str(tmp_path / "model.safetensors"), "--quiet")
        found.append(bax_spark.score(df, str(tmp_path / "model.safetensors"), package=PACKAGE).collect()[0]["label"])
    assert found == ["first", "second"]


def test_what_is_refused(spark: SparkSession, rows: DataFrame, model: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.safetensors: no such file"):
        bax_spark.score(rows, "nowhere.safetensors", package=PACKAGE)
    with pytest.raises(AnalysisException, match="`txt` cannot be resolved"):
        bax_spark.score(rows, model, text="txt", package=PACKAGE)
    with pytest.raises(ValueError, match="another prefix="):
        bax_spark.score(rows.withColumn("label", F.lit("x")), model, package=PACKAGE)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"this is no model")
    with pytest.raises(Exception, match=r"bax ended with status 1 .*not a bax model"):
        bax_spark.score(rows, str(broken), package=PACKAGE).collect()
    with pytest.raises(Exception, match=r"cannot run /nowhere/node on .*Install Node\.js 20"):
        bax_spark.score(rows, model, package=PACKAGE, node="/nowhere/node").collect()
    with pytest.raises(Exception, match=r'the model has no label "Klingon"'):
        bax_spark.score(rows, model, package=PACKAGE, labels=["Klingon"]).collect()


def test_odd_partitions(spark: SparkSession, model: str) -> None:
    text = "Alle Menschen sind frei und gleich an Würde und Rechten geboren."
    large = text * (5_000_000 // len(text.encode()))
    few = spark.createDataFrame([(1, text), (2, None), (3, large)], "id int, text string").repartition(8, "id")
    scored = bax_spark.score(few, model, package=PACKAGE).orderBy("id").collect()
    assert [(row["id"], row["label"]) for row in scored] == [(1, "deu_1996"), (2, None), (3, "deu_1996")]
    assert scored[2]["text"] == large
    none = spark.createDataFrame([], "id int, text string")
    assert bax_spark.score(none, model, package=PACKAGE).collect() == []
    assert SparkFiles.getRootDirectory() != ""
