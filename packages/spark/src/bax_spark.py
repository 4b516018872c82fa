"""bax on Apache Spark: Spark schedules, shuffles and stores; bax, a child process of each task, does the arithmetic."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import IO, Any

import pyarrow as pa
from pyspark import Accumulator, Broadcast, SparkContext, SparkFiles, StorageLevel, TaskContext
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

_TEXT = "__bax_text"
_PARCEL = pa.schema([("block", pa.int32()), ("part", pa.int32()), ("seq", pa.int32()), ("bytes", pa.binary())])
_FACTS = -1  # The block of parcels that tell of their whole partition.
_BATCH = "spark.sql.execution.arrow.maxBytesPerBatch"  # Of what a task holds in memory at once.
_PIECE = 16 << 20  # Bytes of parameters that a task joins, and the driver takes at once.
_FEWEST = 1000  # Rows of a partition, unless partitions are asked for: few make rounds swing.
_HASHES = 1 << 20  # Rows are dealt by hash; those with the lowest remainders are held out.
_Words = Callable[[], list[str]]


def counts(context: SparkContext) -> dict[str, Accumulator[Any]]:
    """Give `score` what to count in, over all tasks: rows, errors and seconds; what ran twice counts twice."""
    return {"rows": context.accumulator(0), "errors": context.accumulator(0), "seconds": context.accumulator(0.0)}


def score(
    df: DataFrame, model: str, *, text: str = "text", prefix: str = "", k: int = 1,
    counts: dict[str, Accumulator[Any]] | None = None, package: str | None = None, node: str = "node", **options: Any,
) -> DataFrame:  # fmt: skip
    """Add a model's answers to the rows: `label`, `probability` and `error`, or lists where `k` is not 1.

    A row without a text has no label. `model`: a file here, which travels to the executors; so does `package`, bax as
    npm packs it, without which they must have the command `bax`; `node`: Node.js there. `prefix` stands before the
    names of the new columns. `options`: those of `bax pipe`, as `threshold=0.5` or `labels=["one", "other"]`.
    """
    names = [
        prefix + name for name in (*(("label", "probability") if k == 1 else ("labels", "probabilities")), "error")
    ]
    kinds: list[T.DataType] = [T.StringType(), T.DoubleType()]
    kinds = [*(kinds if k == 1 else [T.ArrayType(kind) for kind in kinds]), T.StringType()]
    added = [T.StructField(name, kind) for name, kind in zip(names, kinds, strict=True)]
    if clash := set(names) & set(df.columns):
        raise ValueError(f"bax: there is a column {min(clash)} already: give the new ones another prefix=")
    context = df.sparkSession.sparkContext
    bax, (file, _) = _program(context, package, node), _send(context, model)
    given = {"threads": 1, **options, "text": _TEXT, "format": "arrow", "quiet": True}

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        sent: deque[pa.RecordBatch] = deque()

        def texts() -> Iterator[pa.RecordBatch]:
            for batch in batches:
                sent.append(batch)
                yield batch.select([_TEXT])

        began = time.monotonic()
        for answers in _through([*bax(), "pipe", *file(), "-k", str(k), *_flags(given)], texts()):
            own = sent.popleft()
            if counts:
                counts["rows"].add(own.num_rows)
                counts["errors"].add(own.num_rows - answers.column(2).null_count)
                counts["seconds"].add(time.monotonic() - began)
                began = time.monotonic()
            yield pa.RecordBatch.from_arrays([*own.columns[:-1], *answers.columns], [*own.schema.names[:-1], *names])

    rows = df.withColumn(_TEXT, F.col(f"`{text}`").cast("string"))
    return rows.mapInArrow(answer, T.StructType([*df.schema.fields, *added]))


def train(
    df: DataFrame, model: str, *, text: str = "text", label: str = "label", weight: str | None = None,
    partitions: int | None = None, rounds: int = 1, progress: Callable[[dict[str, Any]], None] | None = None,
    package: str | None = None, node: str = "node", **options: Any,
) -> dict[str, Any]:  # fmt: skip
    """Learn from the rows of a data frame, write a model's file here, and give what there is to tell of it.

    `label`: a column of strings or lists of them; rows without a text or a label are left out. `partitions`: parts
    that learn apart (default: one a core, of 1,000 rows or more), averaged `rounds` times while every row is seen
    once. The same rows, options, partitions and rounds give the same bytes, whatever fails and is run again.
    `options`: those of `bax train`, as `word_ngrams=3`. `progress` is told of each round. `package`, `node`: as in
    `score`.
    """
    context, run = df.sparkSession.sparkContext, uuid.uuid4().hex
    bax = _program(context, package, node)
    rows = _rows(df, text, label, weight, int(options.get("seed", 1)))
    total = rows.count()
    parts = partitions or max(1, min(context.defaultParallelism, total // _FEWEST))
    order, conf = ["hash", "text", "labels", "weight"], df.sparkSession.conf
    with tempfile.TemporaryDirectory(prefix="bax-") as folder:

        def here(name: str, lines: Iterable[str] = ()) -> str:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in lines)
            return file.name

        def step(*arguments: str, data: DataFrame | None = None) -> dict[str, Any]:
            return dict(json.loads(_run([*bax(), "cluster", *arguments], data)))

        def spread(data: DataFrame, *words: str | _Words) -> DataFrame:
            return data.mapInArrow(_task(bax, words), "block int, part int, seq int, bytes binary")

        def together(data: DataFrame, size: int) -> DataFrame:
            return data.repartition(parts + size // _PIECE, "block").sortWithinPartitions("block", "part", "seq")

        label_rows = rows.select(F.explode("labels").alias("label")).groupBy("label").count().collect()
        labels = here("labels.jsonl", (json.dumps([row["label"], row["count"]]) for row in label_rows))
        shape = ["--partitions", str(parts), "--rounds", str(rounds), "--rows", str(total)]
        plan = here("plan.json")
        planned = step("plan", labels, "-o", plan, *shape, *_flags(options))
        is_held = F.pmod("hash", F.lit(_HASHES)) < F.lit(int(planned["heldOut"] * _HASHES))
        learned = rows.where(~is_held).repartition(parts, "hash").sortWithinPartitions(*order)
        learned = learned.select("text", "labels", "weight").persist(StorageLevel.DISK_ONLY)
        tallied = spread(learned, "tally", _send(context, plan)[0], "--part").persist(StorageLevel.DISK_ONLY)
        batch_before = conf.get(_BATCH, None)
        conf.set(_BATCH, "16m")
        try:
            told = tallied.where(F.col("block") == _FACTS).orderBy("part").collect()
            facts = here("facts.jsonl", (bytes(row["bytes"]).decode() for row in told))
            counted = together(tallied.where(F.col("block") != _FACTS), 0)
            selected = spread(counted, "select", _send(context, plan)[0], _send(context, facts)[0])
            state = here("state-0")
            last = int(step("start", plan, facts, "-o", state, data=selected)["rounds"])
            tallied.unpersist()
            for number in range(1, last + 1):
                place, sent = _send(context, state, run)
                changed = spread(learned, "learn", place, f"--threads={options.get('threads', 1)}", "--part")
                joined = spread(together(changed, os.path.getsize(state)), "join").persist(StorageLevel.DISK_ONLY)
                joined.count()  # All at once; then the driver takes a part at a time.
                following = here(f"state-{number}")
                found = step("advance", state, "-o", following, data=joined)
                joined.unpersist()
                sent.destroy()
                os.unlink(state)
                state = following
                if progress:
                    progress({**found, "rounds": last})
            kept = rows.where(is_held).orderBy(*order).select(F.to_json(F.struct("text", "labels")))
            held_out = here("held-out.jsonl", (row[0] for row in kept.toLocalIterator()))
            return step("finish", state, held_out, "-o", os.path.abspath(model))
        finally:
            tallied.unpersist()
            learned.unpersist()
            conf.unset(_BATCH) if batch_before is None else conf.set(_BATCH, batch_before)


def _rows(df: DataFrame, text: str, label: str, weight: str | None, seed: int) -> DataFrame:
    """Give text, labels (an array), weight and a hash of the three, of the rows that have a text and a label."""
    value = F.col(f"`{label}`")
    is_list = isinstance(df.select(value).schema[0].dataType, T.ArrayType)
    labels: Column = F.array_compact(value.cast("array<string>") if is_list else F.array(value.cast("string")))
    weights = F.col(f"`{weight}`").cast("double") if weight else F.lit(1.0)
    rows = df.select(F.col(f"`{text}`").cast("string").alias("text"), labels.alias("labels"), weights.alias("weight"))
    rows = rows.where(F.col("text").isNotNull() & (F.size("labels") > 0) & F.col("weight").isNotNull())
    return rows.withColumn("hash", F.xxhash64("text", "labels", "weight", F.lit(seed)))


def _task(bax: _Words, words: Iterable[str | _Words]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Give a step as Spark's tasks run it; behind a last word --part stands the number of the partition."""

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        command, context = [*bax(), "cluster"], TaskContext.get()
        for word in words:
            command += [word] if isinstance(word, str) else word()
        part = [str(context.partitionId())] if command[-1] == "--part" and context else []
        return _through([*command, *part], batches)

    return task


def _flags(options: dict[str, Any]) -> list[str]:
    """Give options as flags: `word_ngrams=3` is --word-ngrams=3, `lowercase=False` is --no-lowercase."""
    flags = []
    for name, value in ((name.replace("_", "-"), value) for name, value in options.items() if value is not None):
        text = value if isinstance(value, str) else json.dumps(value)
        flags.append(f"--{name}={text}" if not isinstance(value, bool) else f"--{name}" if value else f"--no-{name}")
    return flags


def _program(context: SparkContext, package: str | None, node: str) -> _Words:
    """Give the command that runs bax, to be asked for where it is run; executors get this module, too."""
    context.addPyFile(__file__)
    if package is None:
        return lambda: ["bax"]
    name = f"bax-{hashlib.sha256(_read(package)).hexdigest()[:16]}"
    context.addArchive(f"{os.path.abspath(package)}#{name}")
    return lambda: [node, os.path.join(SparkFiles.get(name), "package", "bin", "bax.js")]


def _send(context: SparkContext, path: str, run: str = "") -> tuple[_Words, Broadcast[bytes]]:
    """Send a file; give where it lies. An executor keeps one copy for all of its tasks, and of a run the last alone."""
    content = _read(path)
    name = f"bax-{run}-{hashlib.sha256(content).hexdigest()[:16]}{os.path.splitext(path)[1]}"
    sent = context.broadcast(content)

    def place() -> list[str]:
        copy = SparkFiles.get(name)
        if not os.path.exists(copy):
            for old in glob.glob(SparkFiles.get(f"bax-{run}-*")) if run else []:
                with suppress(FileNotFoundError):
                    os.unlink(old)
            with tempfile.NamedTemporaryFile(dir=os.path.dirname(copy), delete=False) as file:
                file.write(sent.value)
            os.replace(file.name, copy)
        return [copy]

    return place, sent


def _read(path: str) -> bytes:
    if not os.path.isfile(path):
        raise FileNotFoundError(f"bax: {path}: no such file")
    with open(path, "rb") as file:
        return file.read()


def _run(command: list[str], data: DataFrame | None) -> bytes:
    """Run bax here, with parcels on its standard input; give what it wrote."""
    with _child(command) as (given, written):
        with given, pa.ipc.new_stream(given, _PARCEL) as writer:
            for row in data.toLocalIterator() if data else ():
                writer.write_batch(pa.RecordBatch.from_pylist([row.asDict()], _PARCEL))
        return written.read()


def _through(command: list[str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Send batches through bax, as Arrow streams; where there are none it is not even started."""
    first = next(batches, None)
    if first is None:
        return
    failures: list[Exception] = []
    with _child(command) as (given, written):

        def feed() -> None:
            try:
                with given, pa.ipc.new_stream(given, first.schema) as writer:
                    for batch in chain([first], batches):
                        writer.write_batch(batch)
            except Exception as failure:
                failures.append(failure)

        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        with pa.ipc.open_stream(written) as answers:
            yield from answers
        feeder.join()
        if failures:
            raise failures[0]


@contextmanager
def _child(command: list[str]) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Start bax and see that it ends: well, or with its own words as the error."""
    with tempfile.TemporaryFile() as told:
        try:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told)
        except OSError as error:
            where = f"bax: cannot run {command[0]} on {socket.gethostname()}: {error.strerror}"
            raise RuntimeError(f"{where}. Install Node.js 20 or newer there, or say where it is by node=.") from None
        assert child.stdin and child.stdout
        try:
            yield child.stdin, child.stdout
        except (OSError, pa.ArrowInvalid):
            if child.wait() == 0:
                raise
        except BaseException:
            child.kill()  # Nobody wants the rest.
            raise
        finally:
            child.stdout.close()
        if child.wait() != 0:
            told.seek(0)
            words = told.read().decode("utf-8", "replace").strip()[-4000:]
            raise RuntimeError(f"bax ended with status {child.returncode} on {socket.gethostname()}: {words}")
