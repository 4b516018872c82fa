#!/usr/bin/env python3
"""Makes cases.json.gz anew: random answers of a classifier, and what scikit-learn and SciPy say of them. ../README.md tells how.

A case is what a model answered: a row of probabilities for each example, its labels (indices; those from `labels` on are labels that the
model lacks), a weight each where the case has weights. Probabilities are whole numbers of 1/scale, scale a power of 2, so that they are
the same in float32 and float64; a small scale makes many ties. Where scikit-learn has no such figure, or refuses an edge case, it is
written out here in NumPy, from its definition.
"""

import gzip
import json
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics

CASES = 200
OUTPUT = Path(__file__).resolve().parent / "cases.json.gz"
NO_ZERO = {"zero_division": 0}
warnings.filterwarnings("ignore")


def random_case(rng, number):
    kind = number % 4  # single-label, single-label softmax with ties, multi-label judged one by one, multi-label softmax
    multi = kind >= 2
    labels = 1 if number % 23 == 7 else int(rng.integers(2 if multi else 1, 13))
    unknown = int(rng.integers(1, 3)) if number % 5 == 3 else 0
    examples = 1 if number % 41 == 11 else int(rng.integers(1, 61))
    scale = int(rng.choice([16, 32] if kind == 1 or number % 6 < 2 else [65536]))
    if kind == 2:
        ticks = rng.integers(0, scale + 1, (examples, labels))
    else:  # rows that sum to 1, no probability of 0
        sharpness = rng.choice([0.3, 1, 5])
        rows = [rng.multinomial(scale - labels, rng.dirichlet(np.full(labels, sharpness))) + 1 for _ in range(examples)]
        ticks = np.array(rows)
    columns = labels + unknown
    # Some labels occur in no example; good models are commoner than bad ones.
    possible = rng.permutation(columns)[: int(rng.integers(1, columns + 1))]
    gold = []
    for row in ticks:
        if multi:
            chances = 0.15 + 0.6 * np.append(row / scale, np.zeros(unknown))
            own = [int(j) for j in possible if rng.random() < chances[j]] or [int(rng.choice(possible))]
        else:
            chances = np.append(row / scale, np.full(unknown, 0.1))[possible] + 0.05
            own = [int(rng.choice(possible, p=chances / chances.sum()))]
        gold.append(sorted(own))
    # A label that the model lacks and that no example has is no label at all.
    lacking = sorted({label for own in gold for label in own if label >= labels})
    unknown = len(lacking)
    gold = [[label if label < labels else labels + lacking.index(label) for label in own] for own in gold]
    case = {"labels": labels, "unknown": unknown, "k": int(rng.integers(1, 5)), "scale": scale, "ticks": ticks.tolist(), "gold": gold}
    if number % 3 == 2:
        case["weights"] = [float(w) for w in rng.integers(1, 13, examples) / 4]
    if multi and number % 8 >= 4:
        case["thresholds"] = [int(t) for t in rng.integers(1, scale, labels)]
    return case


def mean(values, weights):
    return float(np.average(values, weights=weights))


def number_or_none(value):
    return None if value is None or np.isnan(value) else float(value)


def averaged(values, weights):
    kept = [(v, w) for v, w in zip(values, weights) if v is not None and w > 0]
    return float(np.average([v for v, _ in kept], weights=[w for _, w in kept])) if kept else None


def ranking(truth, scores, weights):
    """Average precision and ROC AUC of one column."""
    positives = truth.sum()
    precision = metrics.average_precision_score(truth, scores, sample_weight=weights) if positives else None
    area = metrics.roc_auc_score(truth, scores, sample_weight=weights) if 0 < positives < len(truth) else None
    return number_or_none(precision), number_or_none(area)


def scores_of(truth, decided, weights, average, labels):
    kept = {"labels": labels} if average in ("macro", "weighted") else {}
    found = metrics.precision_recall_fscore_support(
        truth, decided, average=average, sample_weight=weights, **kept, **NO_ZERO
    )
    return {"precision": float(found[0]), "recall": float(found[1]), "f1": float(found[2])}


def equal_mass_bins(confidence, right, count=15):
    order = np.argsort(confidence, kind="stable")
    confidence, right = confidence[order], right[order]
    total, start, bins = len(order), 0, []
    for n in range(1, count + 1):
        end = max(start, int(np.floor(n * total / count + 0.5)))
        while start < end < total and confidence[end] == confidence[end - 1]:
            end += 1
        if end > start:
            bins.append([end - start, float(confidence[start:end].mean()), float(right[start:end].mean())])
        start = end
    return bins


def coverage_points(confidence, right):
    """At each different confidence; then for each hundredth of the examples the first that reaches it."""
    total = len(right)
    points = []
    for least in sorted(set(confidence.tolist()), reverse=True):
        taken = confidence >= least
        points.append([float(taken.mean()), float(right[taken].mean()), least, int(taken.sum())])
    chosen = []
    for n in range(1, 101):
        point = next(p for p in points if p[3] * 100 >= n * total)
        if point not in chosen:
            chosen.append(point)
    return [p[:3] for p in chosen]


def area_under_risk_coverage(confidence, right):
    """Mean over every order in which equal confidences may stand: the expected errors among the first n are a straight line."""
    total, seen, wrong, risks = len(right), 0, 0.0, []
    for least in sorted(set(confidence.tolist()), reverse=True):
        tied = right[confidence == least]
        errors = float((1 - tied).sum())
        risks += [(wrong + errors * (i + 1) / len(tied)) / (seen + i + 1) for i in range(len(tied))]
        seen, wrong = seen + len(tied), wrong + errors
    return float(np.sum(risks) / total)


def expected(case):
    labels, unknown, k = case["labels"], case["unknown"], case["k"]
    columns = labels + unknown
    p = np.array(case["ticks"], dtype=float) / case["scale"]
    examples = len(p)
    w = np.array(case.get("weights", np.ones(examples)))
    scores = np.hstack([p, np.zeros((examples, unknown))])
    truth = np.zeros((examples, columns), dtype=int)
    for row, own in zip(truth, case["gold"]):
        row[own] = 1
    multi = bool((truth.sum(axis=1) > 1).any())

    # Best first, the lower index first among equals.
    order = np.argsort(-p, axis=1, kind="stable")
    answered = np.zeros_like(truth)
    np.put_along_axis(answered, order[:, :k], 1, axis=1)
    first = np.zeros_like(truth)
    np.put_along_axis(first, order[:, :1], 1, axis=1)
    right = (truth * first).sum(axis=1)
    hits = (truth * answered).sum(axis=1)
    confidence = p.max(axis=1)
    found = {
        "multi": multi,
        "accuracy": mean(right, w),
        "precisionAtK": float((w * hits).sum() / (w * answered.sum(axis=1)).sum()),
        "recallAtK": float((w * hits).sum() / (w * truth.sum(axis=1)).sum()),
    }
    if not multi:
        gold = truth.argmax(axis=1)
        assert np.isclose(found["accuracy"], metrics.accuracy_score(gold, order[:, 0], sample_weight=w))
        matrix = metrics.confusion_matrix(gold, order[:, 0], labels=range(columns))
        found["confusionMatrix"] = [[int(i), int(j), int(matrix[i, j])] for i, j in np.argwhere(matrix)]

    counted = answered if multi else first
    present = [j for j in range(columns) if truth[:, j].any() or counted[:, j].any()]
    for average in ("micro", "macro", "weighted"):
        kept = {} if average == "micro" else {"labels": present}
        found[f"{average}F1"] = float(
            metrics.f1_score(truth, counted, average=average, sample_weight=w, **kept, **NO_ZERO)
            if columns > 1
            else metrics.f1_score(truth[:, 0], counted[:, 0], sample_weight=w, **NO_ZERO)
        )
    if columns > 1:
        of_label = metrics.precision_recall_fscore_support(truth, counted, average=None, sample_weight=w, **NO_ZERO)
    else:
        of_label = metrics.precision_recall_fscore_support(
            truth[:, 0], counted[:, 0], labels=[1], average=None, sample_weight=w, **NO_ZERO
        )
    ranked = [ranking(truth[:, j], p[:, j], w) for j in range(labels)]
    found["perLabel"] = [
        [j, *(float(figure[j]) for figure in of_label[:3]), float((w * truth[:, j]).sum()), *ranked[j]]
        for j in range(labels)
        if j in present
    ]
    support = [float((w * truth[:, j]).sum()) for j in range(labels)]
    for n, name in enumerate(("AveragePrecision", "RocAuc")):
        figures = [row[n] for row in ranked]
        found[f"macro{name}"] = averaged(figures, np.ones(labels))
        found[f"weighted{name}"] = averaged(figures, support)
        found[f"micro{name}"] = ranking(truth[:, :labels].ravel(), p.ravel(), np.repeat(w, labels))[n]
    # Where scikit-learn averages without an undefined label, it must say the same.
    if labels > 1 and all(row[1] is not None for row in ranked):
        for average in ("macro", "weighted", "micro"):
            own = truth[:, :labels]
            assert np.isclose(found[f"{average}RocAuc"], metrics.roc_auc_score(own, p, average=average, sample_weight=w))
            precision = metrics.average_precision_score(own, p, average=average, sample_weight=w)
            assert np.isclose(found[f"{average}AveragePrecision"], precision)

    known = truth[:, :labels].sum(axis=1) > 0
    if np.all(p[truth[:, :labels] > 0] > 0):
        own = truth[known, :labels]
        losses = -(np.where(own, np.log(np.where(own, p[known], 1)), 0)).sum(axis=1) / own.sum(axis=1)
        found["logLoss"] = mean(losses, w[known]) if known.any() else None
        if not multi and labels > 1 and known.any():
            loss = metrics.log_loss(own.argmax(axis=1), p[known], labels=range(labels), sample_weight=w[known])
            # Logarithms of rows that sum to 1 exactly: nothing is clipped or divided.
            assert np.isclose(found["logLoss"], loss, rtol=1e-12)

    squares = (scores - truth) ** 2
    found["brier"] = mean(squares.mean(axis=1) if multi else squares.sum(axis=1), w)
    by_label = [metrics.brier_score_loss(truth[:, j], scores[:, j], sample_weight=w, pos_label=1) for j in range(columns)]
    assert np.isclose(found["brier"], np.mean(by_label) if multi else np.sum(by_label))

    bins = equal_mass_bins(confidence, right)
    found["reliability"] = bins
    found["ece"] = float(sum(n * abs(share - sure) for n, sure, share in bins) / examples)
    found["coverage"] = coverage_points(confidence, right)
    found["aurc"] = area_under_risk_coverage(confidence, right)
    if "weights" not in case:
        interval = binomtest(int(right.sum()), examples).proportion_ci(method="wilson")
        found["interval"] = [float(interval.low), float(interval.high)]

    if multi:
        thresholds = np.array(case.get("thresholds", [case["scale"] / 2] * labels)) / case["scale"]
        decided = np.hstack([(p >= thresholds).astype(int), np.zeros((examples, unknown), dtype=int)])
        present = [j for j in range(columns) if truth[:, j].any() or decided[:, j].any()]
        found["multiLabel"] = {
            "labelsPerExample": mean(truth.sum(axis=1), w),
            "decisionsPerExample": mean(decided.sum(axis=1), w),
            "subsetAccuracy": float(metrics.accuracy_score(truth, decided, sample_weight=w)),
            "hammingLoss": float(metrics.hamming_loss(truth, decided, sample_weight=w)),
            **{a: scores_of(truth, decided, w, a, present) for a in ("micro", "macro", "weighted", "samples")},
        }
        own = truth[known, :labels]
        names = {
            "labelRankingAveragePrecision": metrics.label_ranking_average_precision_score,
            "coverageError": metrics.coverage_error,
            "rankingLoss": metrics.label_ranking_loss,
        }
        for name, figure in names.items():
            if not known.any():
                found["multiLabel"][name] = None
            elif labels > 1:
                found["multiLabel"][name] = float(figure(own, p[known], sample_weight=w[known]))
            else:  # scikit-learn takes one column for two classes
                found["multiLabel"][name] = 0.0 if name == "rankingLoss" else 1.0
    return found


def paired_tests(rng):
    """McNemar's exact test: how many examples only one of two models has right, and how likely so uneven a split is."""
    pairs = [(0, 0), (0, 1), (1, 1), (0, 5), (5, 5), (3, 17), (0, 60), (40, 41), (120_000, 121_000), (499_000, 501_000)]
    pairs += [(int(rng.integers(0, 40)), int(rng.integers(0, 40))) for _ in range(40)]
    pairs += [(int(n), int(n + rng.integers(-3 * n**0.5, 3 * n**0.5))) for n in rng.integers(100, 20_000, 30)]
    return [[b, c, float(binomtest(b, b + c).pvalue) if b + c > 0 else 1.0] for b, c in pairs]


def main():
    rng = np.random.default_rng(1)
    cases = []
    for number in range(CASES):
        case = random_case(rng, number)
        cases.append({**case, "expected": expected(case)})
    document = {"cases": cases, "mcNemar": paired_tests(rng)}
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    OUTPUT.write_bytes(gzip.compress(text.encode(), mtime=0))
    multi = sum(case["expected"]["multi"] for case in cases)
    print(f"{len(cases)} cases, {multi} of them multi-label; {OUTPUT.name} has {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
