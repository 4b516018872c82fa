"""Asks fastText as PyPI ships it. One JSON list of jobs on standard input, one JSON list of answers on standard output.

A job is {"model": path, "data": path}; its answer has each line's best label with its probability, and what `test` says. Or it is
{"train": path, "test": path, "model": path or null, …arguments of train_supervised}: then the seconds of training and P@1.
"""

import json
import sys
import time

import fasttext

fasttext.FastText.eprint = lambda *args: None


def ask(job):
    model = fasttext.load_model(job["model"])
    answers = []
    with open(job["data"], "rb") as lines:
        # Only the newline ends a line here; text() would also cut at others.
        texts = [line.decode("utf8", "surrogateescape").rstrip("\n") for line in lines]
    began = time.perf_counter()
    # What is below Python's own wrapper: that one needs NumPy 1.
    for text in texts:
        answers.append([[label, probability] for probability, label in model.f.predict(text + "\n", 1, 0.0, "surrogateescape")])
    seconds = time.perf_counter() - began
    return {"answers": answers, "test": model.test(job["data"]), "seconds": seconds}


def train(job):
    arguments = {key: value for key, value in job.items() if key not in ("train", "test", "model")}
    began = time.perf_counter()
    model = fasttext.train_supervised(input=job["train"], thread=1, verbose=0, **arguments)
    seconds = time.perf_counter() - began
    _, precision, _ = model.test(job["test"])
    if job.get("model"):
        model.save_model(job["model"])
    return {"seconds": seconds, "precision": precision}


json.dump([train(job) if "train" in job else ask(job) for job in json.load(sys.stdin)], sys.stdout)
