"""TF-IDF and a linear SVM on fastText lines: linear_svc.py TRAIN TEST words+characters|characters

Prints {"accuracy", "seconds", "features"} as JSON. Seconds are those of fitting, from text in memory to a trained model.
"""

import json
import sys
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

LARGEST = 500_000


def read(path):
    labels, texts = [], []
    with open(path, encoding="utf8") as lines:
        for line in lines:
            label, _, text = line.rstrip("\n").partition(" ")
            labels.append(label)
            texts.append(text)
    return labels, texts


def vectorizer(analyzer, shortest, longest):
    return TfidfVectorizer(
        analyzer=analyzer, ngram_range=(shortest, longest), sublinear_tf=True, max_features=LARGEST
    )


train, test, kind = sys.argv[1:]
labels, texts = read(train)
gold, unseen = read(test)
if kind == "characters":
    features = vectorizer("char_wb", 1, 3)
else:
    features = make_union(vectorizer("word", 1, 2), vectorizer("char_wb", 2, 5))
began = time.perf_counter()
model = make_pipeline(features, LinearSVC(C=1)).fit(texts, labels)
seconds = time.perf_counter() - began
right = sum(a == b for a, b in zip(model.predict(unseen), gold))
print(json.dumps({"accuracy": right / len(gold), "seconds": seconds, "features": model[-1].coef_.shape[1]}))
