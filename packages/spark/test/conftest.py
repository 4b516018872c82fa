"""A real Spark for the tests: two executors that are processes of their own, on the packed npm package."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src"
sys.path.insert(0, str(SOURCE))
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"

ROWS = 200_000
PACKAGE = os.environ["BAX_PACKAGE"]
BAX = ["node", str(HERE.parents[1] / "cli" / "bin" / "bax.js")]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Spark with two executors of one core each."""
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .appName("bax")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.local.dir", str(tmp_path_factory.mktemp("spark")))
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        # Executors that are killed on purpose are no sign that the program is at fault.
        .config("spark.deploy.maxExecutorRetries", "-1")
        .config("spark.task.maxFailures", "8")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows.jsonl and model.safetensors."""
    folder = tmp_path_factory.mktemp("data")
    subprocess.run(["node", str(HERE / "rows.mjs"), str(folder), str(ROWS)], check=True)
    return folder


@pytest.fixture(scope="session")
def model(data: Path) -> str:
    """A model of languages."""
    return str(data / "model.safetensors")


def bax(*arguments: str) -> str:
    """Run the command on this machine."""
    done = subprocess.run([*BAX, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
