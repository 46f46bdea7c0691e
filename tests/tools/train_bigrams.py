#!/usr/bin/env python3
"""Trains the model that tells words and identifiers from random characters: rules/bigrams.txt.

    python3 tests/tools/train_bigrams.py FOLDER… > rules/bigrams.txt

Reads every text file below the folders (any large body of source code will do: the checked-in table was made from the sources of this
package's dependencies and of Python's standard library), takes each distinct identifier once, and counts which token character
follows which. Of the 64 characters of url-safe base64 every row says how much likelier (in eighths of a bit) each next character is
in an identifier than in a random token. Written as two hex digits a cell, offset by 128. No text of the sources is kept.
"""
import math
import os
import re
import sys

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
INDEX = {byte: at for at, byte in enumerate(ALPHABET)}
WORD = re.compile(rb"[A-Za-z0-9_-]{3,40}")
HASH = re.compile(rb"^[0-9a-fA-F]{16,}$")


def words(folders):
    seen = set()
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                if not name.endswith((".rs", ".py", ".c", ".h", ".js", ".ts", ".md", ".toml", ".go", ".java", ".rb")):
                    continue
                with open(os.path.join(root, name), "rb") as file:
                    for word in WORD.findall(file.read(1 << 20)):
                        # Long runs without a separator are likelier data than names; they would teach the wrong thing.
                        if len(word) <= 24 and not HASH.match(word):
                            seen.add(word)
    return seen


def main():
    counts = [[0.5] * 64 for _ in range(64)]
    for word in words(sys.argv[1:]):
        for first, second in zip(word, word[1:]):
            counts[INDEX[first]][INDEX[second]] += 1
    for row in counts:
        total = sum(row)
        cells = (round(8 * math.log2(count / total * 64)) for count in row)
        print("".join(f"{max(-127, min(127, cell)) + 128:02x}" for cell in cells))


main()
