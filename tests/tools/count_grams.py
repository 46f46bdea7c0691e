#!/usr/bin/env python3
"""Counts which four-byte grams are common in source code: rules/grams.txt, by which the prefilter chooses the rarest gram of a keyword.

    python3 tests/tools/count_grams.py FILE… > rules/grams.txt

Writes the 6,000 most common grams (case folded the way `src/rule/prefilter.rs` folds: every byte | 0x20) as eight hex digits and one
letter, `a` for grams that turn up once in two million bytes, one letter more for each doubling. Grams that are not listed are rarer. Any few thousand source files in several languages will do. Needs numpy.
"""
import math
import sys

import numpy

counts = numpy.zeros(1 << 26, dtype=numpy.int64)
keys = {}
total = 0
grams = {}
chunk = []
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        data = numpy.frombuffer(file.read(1 << 20), dtype=numpy.uint8).astype(numpy.uint32) | 0x20
    if len(data) < 4:
        continue
    chunk.append(data[:-3] | data[1:-2] << 8 | data[2:-1] << 16 | data[3:] << 24)
    total += len(data)
values, amounts = numpy.unique(numpy.concatenate(chunk), return_counts=True)
order = numpy.argsort(-amounts, kind="stable")[:6000]
for at in sorted(order, key=lambda at: int(values[at])):
    per_two_million = amounts[at] * 2_000_000 / total
    level = max(0, min(25, int(math.log2(max(per_two_million, 1)))))
    print(f"{int(values[at]):08x}{chr(ord('a') + level)}")
