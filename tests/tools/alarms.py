#!/usr/bin/env python3
"""Alarms on real code: scans large bodies of code that nobody planted anything in, and sets every alarm beside its judgement.

    python3 tests/tools/alarms.py --binary target/release/invoca-scan NAME=FOLDER…            alarms not judged yet, in their context
    python3 tests/tools/alarms.py … --all                                                   all alarms
    python3 tests/tools/alarms.py … --write docs/accuracy.md                                the table of docs/accuracy.md
    python3 tests/tools/alarms.py … --learn sample:'examples-1.json' --learn false:RULE …     judges those not judged yet, the first that matches

Judgements are kept in `tests/accuracy/judged.toml`: for each file the first eight hex digits of the SHA-256 of every value that was judged. The versions of
packages are taken off the names of files, so that a judgement survives the next release. `always` judges all that one rule finds (private keys that parse).
Values are masked unless `--show-secrets`.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tomllib

VERDICTS = {
    "key": "keys and tokens, live or of tests",
    "sample": "made-up credentials of documents and examples",
    "false": "no credential",
}
BEGIN, END = "<!-- written by tests/tools/alarms.py: begin -->\n", "<!-- written by tests/tools/alarms.py: end -->\n"


def lines_of(folder):
    """Lines of all files that are text."""
    count = 0
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if b"\0" not in data[:8000]:
                count += data.count(b"\n")
    return count


def plain(path, folder):
    """The path from the folder on, without the versions of packages."""
    path = pathlib.PurePath(path)
    relative = path.relative_to(folder) if path.is_relative_to(folder) else path
    return re.sub(r"-v?\d+(\.\d+)+[^/]*", "", str(relative))


def scan(binary, folder):
    command = [binary, "--isolated", "--no-ignore", "--no-inline-allow", "--no-baseline", "--no-progress", "--show-secrets", "-f", "jsonl", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if record.get("type") == "finding":
            yield record


def context(record, show):
    try:
        text = pathlib.Path(record["path"]).read_text(errors="replace").split("\n")[record["line"] - 1]
    except (OSError, IndexError):
        return ""
    at = record["column"] - 1
    shown = text[max(0, at - 120) : at + 120].strip()
    first = record["secret"].split("\n")[0]
    return shown if show else shown.replace(first, "*" * min(len(first), 12))


def add(path, judged, learned):
    """Writes the judgements, old and new, by file."""
    files = collections.defaultdict(lambda: collections.defaultdict(set))
    for (file, text), verdict in {**judged, **learned}.items():
        files[file][verdict].add(text)
    head = path.read_text().split("[[file]]")[0].rstrip() + "\n"
    tables = []
    for file in sorted(files):
        lines = [f"{verdict} = {json.dumps(sorted(files[file][verdict]))}" for verdict in VERDICTS if files[file][verdict]]
        tables.append("\n[[file]]\nname = " + json.dumps(file) + "\n" + "\n".join(lines) + "\n")
    path.write_text(head + "".join(tables))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/invoca-scan")
    parser.add_argument("--judged", default="tests/accuracy/judged.toml")
    parser.add_argument("--level", default="error")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--verdict", default="none", help="only alarms judged so (none: those not judged)")
    parser.add_argument("--show-secrets", action="store_true")
    parser.add_argument("--write")
    parser.add_argument("--learn", action="append", default=[], metavar="VERDICT:TEXT")
    parser.add_argument("corpora", nargs="+", metavar="NAME=FOLDER")
    args = parser.parse_args()
    written = tomllib.loads(pathlib.Path(args.judged).read_text()) if pathlib.Path(args.judged).exists() else {}
    always = written.get("always", {})
    judged = {(entry["name"], text): verdict for entry in written.get("file", []) for verdict in VERDICTS for text in entry.get(verdict, [])}
    rows, learned = [], {}
    for corpus in args.corpora:
        name, _, folder = corpus.partition("=")
        folder = pathlib.Path(folder)
        count, levels = collections.Counter(), collections.Counter()
        for record in scan(args.binary, folder):
            levels[record["level"]] += 1
            if record["level"] != args.level:
                continue
            file = plain(record["path"], folder)
            text = hashlib.sha256(record["secret"].encode()).hexdigest()[:8]
            verdict = judged.get((file, text), always.get(record["rule_id"]))
            count[verdict] += 1
            shown = context(record, args.show_secrets)
            for rule in args.learn:
                what, _, part = rule.partition(":")
                if verdict is None and part in f"{record['rule_id']} {file}:{record['line']} {context(record, True)}":
                    learned[file, text] = what
                    break
            if args.write is None and not args.learn and (args.all or (verdict or "none") == args.verdict):
                print(f"{verdict or '?'} [{record['rule_id']}] {file}:{record['line']}\n    {shown}")
        rows.append((name, lines_of(folder), levels, count))
    if args.learn:
        add(pathlib.Path(args.judged), judged, learned)
        return
    table = make_table(rows)
    if args.write:
        page = pathlib.Path(args.write)
        before, rest = page.read_text().split(BEGIN)
        page.write_text(before + BEGIN + "\n" + table + "\n" + END + rest.split(END)[1])
    print(table, file=sys.stderr)


def make_table(rows):
    head = ["corpus", "million lines", "errors", *(f"{word}" for word in VERDICTS.values()), "not judged", "no credential, per million lines", "warnings, per million lines"]
    out = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    total = ("all", sum(row[1] for row in rows), sum((row[2] for row in rows), collections.Counter()), sum((row[3] for row in rows), collections.Counter()))
    for name, lines, levels, count in [*rows, total]:
        million = max(lines, 1) / 1e6
        cells = [name, f"{million:.1f}", levels["error"], *(count[verdict] for verdict in VERDICTS), count[None]]
        cells += [f"{count['false'] / million:.2f}", f"{levels['warning'] / million:.1f}"]
        out.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    main()
