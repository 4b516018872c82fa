"""Trains fastText as PyPI ships it: train_fasttext.py TRAIN ARGUMENTS [TEST]

ARGUMENTS: of train_supervised, as JSON. With TEST, prints P@1 on it.
"""

import json
import sys

import fasttext

train, arguments, *test = sys.argv[1:]
model = fasttext.train_supervised(input=train, **json.loads(arguments))
if test:
    _, precision, _ = model.test(test[0])
    print(precision)
