"""Trains fastText as PyPI ships it: train_fasttext.py TRAIN DIM WORD_NGRAMS EPOCHS [TEST]. With TEST, prints P@1 on it."""

import sys

import fasttext

train, dim, word_ngrams, epochs, *test = sys.argv[1:]
model = fasttext.train_supervised(
    input=train, dim=int(dim), wordNgrams=int(word_ngrams), epoch=int(epochs), lr=0.1, thread=1, minCount=1, verbose=0
)
if test:
    _, precision, _ = model.test(test[0])
    print(precision)
