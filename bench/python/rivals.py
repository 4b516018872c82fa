"""scikit-learn on fastText lines: TF-IDF of words and word pairs, and a linear model.

rivals.py choose LEARNER TRAIN VALID    prints the settings of a small grid that are best on VALID, as JSON
rivals.py learn LEARNER TRAIN SETTINGS [TEST]    learns once; prints {"seconds", "accuracy"}: seconds from the file to the model in
    memory without the start of Python and its imports, P@1 on TEST where it is given

LEARNER: logistic, svc or sgd. Lines with several labels are learned one label against the rest; P@1 counts the best label.
"""

import json
import resource
import sys
import time
import warnings

import numpy
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.svm import LinearSVC

warnings.filterwarnings("ignore", category=ConvergenceWarning)
warnings.filterwarnings("ignore", category=UserWarning)

GRIDS = {
    "logistic": [{"C": c} for c in (1, 10)],
    "svc": [{"C": c} for c in (0.1, 1)],
    "sgd": [{"loss": loss, "alpha": alpha} for loss in ("hinge", "log_loss") for alpha in (1e-5, 1e-4)],
}
"""Rarer features are left out from 2 on."""
LEAST_TEXTS = (1, 2)
MOST_MEMORY = 16 << 30
"""In bytes."""


def read(path):
    labels, texts = [], []
    with open(path, encoding="utf8") as lines:
        for line in lines:
            words = line.rstrip("\n").split(" ")
            count = 0
            while count < len(words) and words[count].startswith("__label__"):
                count += 1
            labels.append(words[:count])
            texts.append(" ".join(words[count:]))
    return labels, texts


def learner(name, settings, several):
    if name == "logistic":
        model = LogisticRegression(max_iter=200, **settings)
    elif name == "svc":
        model = LinearSVC(random_state=1, **settings)
    else:
        model = SGDClassifier(random_state=1, **settings)
    return OneVsRestClassifier(model) if several else model


def vectorizer(least):
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=least)


class Learned:
    def __init__(self, name, settings, several, labels, features):
        self.binarizer = MultiLabelBinarizer(sparse_output=False) if several else None
        goal = self.binarizer.fit_transform(labels) if several else [own[0] for own in labels]
        self.model = learner(name, settings, several).fit(features, goal)

    def accuracy(self, labels, features):
        if self.binarizer is None:
            return float(numpy.mean([a in own for a, own in zip(self.model.predict(features), labels)]))
        scores = self.model.decision_function(features)
        names = self.binarizer.classes_[numpy.argmax(scores, axis=1)]
        return float(numpy.mean([a in own for a, own in zip(names, labels)]))


def choose(name, path, valid):
    labels, texts = read(path)
    gold, unseen = read(valid)
    several = any(len(own) > 1 for own in labels)
    best = None
    # A large set with many labels would take hours with every pair of words.
    for least in LEAST_TEXTS if len(texts) < 30000 else LEAST_TEXTS[1:]:
        words = vectorizer(least)
        features = words.fit_transform(texts)
        held = words.transform(unseen)
        for settings in GRIDS[name]:
            try:
                accuracy = Learned(name, settings, several, labels, features).accuracy(gold, held)
            except MemoryError:
                # Not a setting that can be used here.
                continue
            if best is None or accuracy > best["accuracy"]:
                best = {"min_df": least, "settings": settings, "accuracy": accuracy}
    return best


def learn(name, path, chosen, test=None):
    began = time.perf_counter()
    labels, texts = read(path)
    several = any(len(own) > 1 for own in labels)
    words = vectorizer(chosen["min_df"])
    features = words.fit_transform(texts)
    model = Learned(name, chosen["settings"], several, labels, features)
    seconds = time.perf_counter() - began
    if test is None:
        return {"seconds": seconds}
    gold, unseen = read(test)
    return {"seconds": seconds, "accuracy": model.accuracy(gold, words.transform(unseen))}


# What asks for more is told so, and takes nothing from the others on the machine.
resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
what, name, path, *rest = sys.argv[1:]
print(json.dumps(choose(name, path, *rest) if what == "choose" else learn(name, path, json.loads(rest[0]), *rest[1:])))
