#!/usr/bin/env python3
"""Counts what is common in source code: rules/grams.txt and rules/pairs.txt, by which the prefilter chooses what a keyword is represented by.

    python3 tests/tools/count_grams.py FILE… > rules/grams.txt
    python3 tests/tools/count_grams.py --pairs FILE… > rules/pairs.txt

The first writes the 6,000 most common grams of four bytes (case folded the way `src/rule/prefilter.rs` folds: every byte | 0x20) as eight hex digits and one
letter, `a` for grams that turn up once in two million bytes, one letter more for each doubling. Grams that are not listed are rarer. The second writes how often
each pair of classes of bytes (`CLASS` of `src/text/lanes.rs`) begins in 100,000 positions, a line for each class of the first byte. Any few thousand source
files in several languages will do. Needs numpy.
"""
import math
import sys

import numpy


def texts(names):
    for name in names:
        with open(name, "rb") as file:
            data = numpy.frombuffer(file.read(1 << 20), dtype=numpy.uint8)
        if len(data) >= 4:
            yield data


def byte_class(byte):
    letter = (byte | 0x20) - ord("a")
    if 0 <= letter < 26:
        return letter
    sign = chr(byte & 31 | 0x20)
    return 26 if sign.isdigit() else {"-": 27, "?": 28, " ": 29, ".": 30, "/": 30, ":": 30, "=": 30}.get(sign, 31)


def write_pairs(names):
    classes = numpy.array([byte_class(byte) for byte in range(256)])
    counts = numpy.zeros(1024)
    for data in texts(names):
        kinds = classes[data]
        counts += numpy.bincount(kinds[:-1] * 32 + kinds[1:], minlength=1024)
    for row in (counts * 100_000 / counts.sum()).reshape(32, 32):
        print(*(f"{count:.0f}" if count >= 10 else f"{count:.1f}" for count in row))


def write_grams(names):
    total = 0
    chunk = []
    for data in texts(names):
        data = data.astype(numpy.uint32) | 0x20
        chunk.append(data[:-3] | data[1:-2] << 8 | data[2:-1] << 16 | data[3:] << 24)
        total += len(data)
    values, amounts = numpy.unique(numpy.concatenate(chunk), return_counts=True)
    order = numpy.argsort(-amounts, kind="stable")[:6000]
    for at in sorted(order, key=lambda at: int(values[at])):
        per_two_million = amounts[at] * 2_000_000 / total
        level = max(0, min(25, int(math.log2(max(per_two_million, 1)))))
        print(f"{int(values[at]):08x}{chr(ord('a') + level)}")


if sys.argv[1:2] == ["--pairs"]:
    write_pairs(sys.argv[2:])
else:
    write_grams(sys.argv[1:])
