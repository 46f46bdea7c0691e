"""Makes trees with generated findings, writes every report of each with the program, and has each report read by somebody else.

Called by `run`, which installs what is needed. A check is a function that raises when the report is not what its readers expect.
"""

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import junitparser
import markdown_it

WORK = Path(sys.argv[1])
PROGRAM = os.environ["INVOCA_SCAN"]
NODE_MODULES = WORK / "npm" / "node_modules"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
FORMATS = [
    "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "codeclimate", "checkstyle", "rdjsonl", "azure", "csv", "markdown",
    "gitleaks-json", "html", "template",
]
LEVELS = {"error", "warning", "note"}


class Tree:
    """A tree, the arguments to scan it with, and the exit status to expect."""

    def __init__(self, name, files, args=(), status=1):
        self.name, self.files, self.args, self.status = name, files, list(args), status
        self.dir = WORK / "trees" / name

    def make(self):
        subprocess.run(["rm", "-rf", self.dir], check=True)
        self.dir.mkdir(parents=True)
        for path, text in self.files.items():
            target = os.fsencode(self.dir) + b"/" + path
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(text)
        subprocess.run(["git", "init", "--quiet", "."], cwd=self.dir, check=True)

    def scan(self, *args):
        environment = {"PATH": os.environ["PATH"], "HOME": str(WORK), "LC_ALL": "C.UTF-8"}
        done = subprocess.run([PROGRAM, *args, *self.args], cwd=self.dir, env=environment, capture_output=True)
        if done.returncode != self.status:
            raise AssertionError(f"exit status {done.returncode}, not {self.status}: {done.stderr.decode()[:300]}")
        return done.stdout


class History(Tree):
    """A repository in which secrets came and went over the years; one of its authors has a name that tries to be markup."""

    def make(self):
        super().make()
        environment = {"PATH": os.environ["PATH"], "HOME": str(WORK), "GIT_CONFIG_NOSYSTEM": "1"}

        def git(when, author, *args):
            named = {"GIT_AUTHOR_NAME": author, "GIT_COMMITTER_NAME": author, "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_EMAIL": "a@example.com"}
            dated = {"GIT_AUTHOR_DATE": f"{when}T12:00:00Z", "GIT_COMMITTER_DATE": f"{when}T12:00:00Z"}
            subprocess.run(["git", *args], cwd=self.dir, env={**environment, **named, **dated}, check=True)

        authors = ["Ann Example", "Bert Beispiel", "<script>alert(2)</script>"]
        for number, path in enumerate(sorted(self.files)):
            git(f"{2019 + number // 3}-0{1 + number % 9}-11", authors[number % 3], "add", os.fsdecode(path))
            git(f"{2019 + number // 3}-0{1 + number % 9}-11", authors[number % 3], "commit", "--quiet", "-m", "in")
            if number % 2:
                git(f"{2020 + number // 3}-0{1 + number % 9}-21", authors[0], "rm", "--quiet", os.fsdecode(path))
                git(f"{2020 + number // 3}-0{1 + number % 9}-21", authors[0], "commit", "--quiet", "-m", "out")


def trees():
    dice = random.Random(20260830)

    def token(length=32):
        return "".join(dice.choice(URL_SAFE) for _ in range(length)).encode()

    def many():
        files = {}
        for number in range(40):
            idioms = [
                b'INVOCA_TOKEN = "%s"\n' % token(),
                b'invoca:\n  oauth_token: %s\n' % token(43),
                b'curl "https://acme.invoca.net/api/2025-01-01/calls.json?oauth_token=%s"\n' % token(),
                b'x = "%s"\n' % token(43),
                b'{"invoca_api_token": "%s"}\n' % token(),
            ]
            files[b"src/part%02d/file %d.txt" % (number % 7, number)] = b"# a line\n\n" + idioms[number % 5] + idioms[(number + 1) % 5]
        return files

    one = b'INVOCA_TOKEN = "%s"\n'
    hostile = {
        b"a\x1b[2J\n::error::b.py": one % token(),
        b"percent%0A%25,comma;semi]bracket.py": one % token(),
        b"=cmd|' /C calc'!A0.csv": one % token(),
        b"<script>alert(1)</script>&amp;.html": one % token(),
        "`täb|le` \u202eé.md".encode(): one % token(),
        b"not-utf8-\xff\xfe.py": one % token(),
        b"long.py": b"y = 1; " * 20000 + one % token() + b"z = 2; " * 20000,
        b"controls.py": b"\x00\x1b[31m\x07 \xff\xfe " + one % token() + b"\r\n\r" + one % token(),
        b"wide.py": "\U0001f600\U0001f600 ".encode() + one % token(),
    }
    return [
        Tree("many", many()),
        Tree("clean", {b"a.txt": b"nothing to see\n"}, status=0),
        Tree("hostile", hostile),
        Tree("problem", {b"a.py": one % token()}, args=[".", "no/such/path"], status=2),
        History("history", {b"src/part%02d.py" % number: one % token() for number in range(14)}, args=["--history", "--no-cache"]),
        Tree("suppressed", {b"a.py": one % token()}, args=["--show-suppressed", "--list-skipped"]),
    ]


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def findings(tree):
    return json.loads(tree.scan("-f", "json"))["findings"]


def human(tree, report):
    text = report.decode()
    check(not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), "a control character reaches the terminal")


def json_(tree, report):
    data = json.loads(report)
    check(data["version"] == 1, "version")
    check(set(data) >= {"version", "scan", "findings", "suppressed", "problems", "summary"}, "top-level fields")
    check(data["scan"]["complete"] == (tree.status != 2), "complete")
    for finding in data["findings"]:
        check(finding["level"] in LEVELS and finding["line"] >= 1 and finding["column"] >= 1, "a finding's place")
        check(re.fullmatch("[0-9a-f]{32}", finding["fingerprint"]), "fingerprint")
    errors = sum(finding["level"] == "error" for finding in data["findings"])
    check(errors == data["summary"]["errors"], "the summary counts otherwise")


def jsonl(tree, report):
    records = [json.loads(line) for line in report.splitlines()]
    kinds = [record["type"] for record in records]
    check(kinds[0] == "scan" and kinds[-1] == "summary", "scan first, summary last")
    check(kinds.count("finding") == len(findings(tree)), "as many findings as in json")


def sarif(tree, report):
    path, out = WORK / "report.sarif", WORK / "validated.sarif"
    path.write_bytes(report)
    tool = NODE_MODULES / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    # It would ask for every address of every rule, which says nothing about the report: a proxy that nobody answers at ends that at once.
    offline = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    subprocess.run(
        [tool, "validate", path, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "-o", out, "--log", "ForceOverwrite"],
        check=True, capture_output=True, env={**os.environ, **offline, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    # Its exit status is 0 whatever it finds.
    results = json.loads(out.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    check(not results, f"{len(results)} complaints, first: {json.dumps(results[:1])[:600]}")
    log = json.loads(report)["runs"][0]
    check(len(log["results"]) == len(findings(tree)), "as many results as findings")
    hashed = [result for result in log["results"] if "primaryLocationLineHash" in result["partialFingerprints"]]
    check(len(hashed) >= len(log["results"]) * 0.8, "line hashes are missing")


def sarif_tools(tree, report):
    path, out = WORK / "report.sarif", WORK / "summary.txt"
    path.write_bytes(report)
    subprocess.run([WORK / "venv" / "bin" / "sarif", "summary", "--output", out, path], check=True, capture_output=True)
    counted = {word: int(number) for word, number in re.findall(r"^(error|warning|note): (\d+)", out.read_text(), re.M)}
    ours = [finding["level"] for finding in findings(tree)]
    check(counted == {level: ours.count(level) for level in counted} and len(counted) == 3, f"sarif-tools counts {counted}")


def github(tree, report):
    for line in report.decode().splitlines():
        check(re.fullmatch(r"::(error|warning|notice) [^:]*::.*", line), f"no workflow command: {line[:200]}")
        check("\x1b" not in line, "an escape character")
    kinds = [line.split(" ")[0] for line in report.decode().splitlines()]
    check(kinds.count("::error") <= 10 and kinds.count("::warning") <= 10, "more than GitHub shows")


def gitlab(tree, report):
    data = json.loads(report)
    check(re.fullmatch(r"15\.\d+\.\d+", data["version"]), "version")
    scan = data["scan"]
    for time in ("start_time", "end_time"):
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", scan[time]), time)
    check(scan["type"] == "secret_detection" and scan["status"] in {"success", "failure"}, "scan")
    for tool in (scan["analyzer"], scan["scanner"]):
        check(all(tool[key] for key in ("id", "name", "version")) and tool["vendor"]["name"], "tool")
    check(all(message["level"] in {"info", "warn", "fatal"} and message["value"] for message in scan["messages"]), "messages")
    ids = [item["id"] for item in data["vulnerabilities"]]
    check(len(ids) == len(set(ids)) == len(findings(tree)), "ids are unique, one for each finding")
    for item in data["vulnerabilities"]:
        check(item["identifiers"] and all(item["identifiers"][0][key] for key in ("type", "name", "value")), "identifiers")
        check(item["location"]["commit"]["sha"] and item["location"]["start_line"] >= 1, "location")
        check(item["severity"] in {"Info", "Unknown", "Low", "Medium", "High", "Critical"}, "severity")
        check(len(item["name"]) <= 255 and len(item["solution"]) <= 7000 and len(item["description"]) <= 1048576, "length")
        check(all(re.match("(https?|ftp)://.", link["url"]) for link in item["links"]), "links")
        check("raw_source_code_extract" not in item, "source text")


def junit(tree, report):
    path = WORK / "junit.xml"
    path.write_bytes(report)
    suites = list(junitparser.JUnitXml.fromfile(str(path)))
    check(len(suites) == 1, "one suite")
    cases = list(suites[0])
    check(suites[0].tests == len(cases) >= 1, "tests are counted")
    kinds = [type(result).__name__ for case in cases for result in case.result]
    errors = sum(finding["level"] == "error" for finding in findings(tree))
    check(kinds.count("Failure") == errors or tree.status == 2, f"{kinds.count('Failure')} failures for {errors} errors")
    check((kinds.count("Error") > 0) == (tree.status == 2), "problems are errors")


def codeclimate(tree, report):
    issues = json.loads(report)
    fingerprints = [issue["fingerprint"] for issue in issues]
    check(len(fingerprints) == len(set(fingerprints)), "fingerprints are unique")
    check(len(issues) >= len(findings(tree)), "an issue for each finding")
    for issue in issues:
        check(issue["type"] == "issue" and issue["check_name"] and issue["description"], "fields")
        check(issue["severity"] in {"info", "minor", "major", "critical", "blocker"}, "severity")
        check(issue["location"]["path"] and issue["location"]["lines"]["begin"] >= 1, "location")


def checkstyle(tree, report):
    document = xml.etree.ElementTree.fromstring(report)
    check(document.tag == "checkstyle" and all(file.tag == "file" and file.get("name") for file in document), "files")
    errors = [error for file in document for error in file]
    check(len(errors) >= len(findings(tree)), "an error for each finding")
    for error in errors:
        check(error.get("severity") in {"error", "warning", "info"} and int(error.get("line")) >= 1 and error.get("message"), "error")


def rdjsonl(tree, report):
    lines = report.decode().splitlines()
    check(len(lines) >= len(findings(tree)), "a line for each finding")
    if not lines:
        return
    path = WORK / "diagnostics.json"
    path.write_text(json.dumps([json.loads(line) for line in lines]))
    tool = NODE_MODULES / ".bin" / "rdformat-validator"
    done = subprocess.run([tool, path], capture_output=True, text=True)
    check(done.returncode == 0, (done.stdout + done.stderr)[:600])


def azure(tree, report):
    script = """
        const { commandFromString } = require('azure-pipelines-task-lib/taskcommand');
        const lines = require('fs').readFileSync(0, 'utf8').split('\\n').filter(line => line);
        console.log(JSON.stringify(lines.map(line => commandFromString(line))));
    """
    done = subprocess.run(["node", "-e", script], input=report, capture_output=True, cwd=WORK / "npm", check=True)
    commands = json.loads(done.stdout)
    ours = findings(tree)
    check(len(commands) >= sum(finding["level"] != "note" for finding in ours), "a command for each finding")
    for command in commands:
        check(command["command"] == "task.logissue" and command["properties"]["type"] in {"error", "warning"}, "command")
        check(command["message"], "message")
    paths = {command["properties"].get("sourcepath") for command in commands}
    plain = {finding["path"] for finding in ours if re.fullmatch(r"[ -~]*", finding["path"])}
    check(plain <= paths, f"paths come back as they are: {plain - paths}")


def csv_(tree, report):
    rows = list(csv.DictReader(report.decode().splitlines(keepends=True)))
    check(sum(row["status"] == "reported" for row in rows) == len(findings(tree)), "a row for each finding")
    for row in rows:
        check(None not in row and None not in row.values(), "as many cells as columns")
        check(not any(cell[:1] in tuple("=+-@") for cell in row.values() if cell), "a formula")


def markdown(tree, report):
    text = report.decode()
    check(len(report) < 1_000_000, "larger than GitHub takes")
    html = markdown_it.MarkdownIt("gfm-like", {"linkify": False}).render(text)
    check("<script" not in html, "a script gets through")
    rows = html.count("<tr>")
    check(rows == (len(findings(tree)) + 1 if findings(tree) else 0), f"{rows} rows")
    check(html.count("<td") == 4 * max(rows - 1, 0), "a cell leaves its row")


def gitleaks_json(tree, report):
    records = json.loads(report)
    check(len(records) == len(findings(tree)), "a record for each finding")
    for record in records:
        fields = {"RuleID", "Description", "StartLine", "EndLine", "StartColumn", "EndColumn", "Match", "Secret", "File", "SymlinkFile",
                  "Commit", "Entropy", "Author", "Email", "Date", "Message", "Tags", "Fingerprint"}
        check(set(record) == fields, "gitleaks' fields")
        place = f"{record['File']}:{record['RuleID']}:{record['StartLine']}"
        check(record["Fingerprint"] == (f"{record['Commit']}:{place}" if record["Commit"] else place), "gitleaks' fingerprint")


def html(tree, report):
    path, config = WORK / "report.html", WORK / "html-validate.json"
    path.write_bytes(report)
    config.write_text('{"root": true, "extends": ["html-validate:recommended"]}')
    tool = NODE_MODULES / ".bin" / "html-validate"
    done = subprocess.run([tool, "-c", config, "-f", "text", path], capture_output=True, text=True)
    check(done.returncode == 0, (done.stdout + done.stderr)[:600])
    check(report.decode().count('<details class="finding') == len(findings(tree)), "as many as findings")
    if tree.name == "history":
        check(report.decode().count('class="bar open"') == 7 and report.decode().count('class="bar over"') == 7, "bars of the timeline")
    scripts = re.findall(r"<script[^>]*>", report.decode())
    check(scripts == ["<script>"], f"scripts: {scripts}")


def template(tree, report):
    lines = report.decode().splitlines()
    check(len(lines) == len(findings(tree)), "a line for each finding")
    check(all(re.fullmatch(r".+:\d+:\d+: (error|warning|note): .+", line) for line in lines), "lines as compilers print them")


def browser(tree, report):
    if not CHROMIUM or not findings(tree):
        return
    path, shots = WORK / "report.html", WORK / "shots" / tree.name
    path.write_bytes(report)
    shots.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["node", "tests/reports/browser.mjs", NODE_MODULES, path, shots], capture_output=True, text=True, env={**os.environ, "CHROMIUM": CHROMIUM}
    )
    check(done.returncode == 0, (done.stdout + done.stderr)[:900])


CHECKS = {name: [globals().get(name.replace("-", "_")) or globals()[name + "_"]] for name in FORMATS if name not in ("json", "csv")}
CHECKS["json"], CHECKS["csv"] = [json_], [csv_]
CHECKS["sarif"].append(sarif_tools)
CHECKS["html"].append(browser)


def main():
    passed = failed = 0
    for tree in trees():
        tree.make()
        for name in FORMATS:
            for reader in CHECKS[name]:
                try:
                    reader(tree, tree.scan("-f", name))
                    outcome, passed = "ok", passed + 1
                except Exception as error:  # noqa: BLE001: whatever a reader does not like is a failure of the report
                    detail = getattr(error, "stderr", None) or b""
                    outcome, failed = f"FAILED: {type(error).__name__}: {error} {detail[:300]}", failed + 1
                print(f"{tree.name}: {name} ({reader.__name__.strip('_')}): {outcome}")
    if not CHROMIUM:
        print("no chromium on the PATH: the HTML report was not looked at in a browser")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
