"""Runs the scan step of a composite action as GitHub does: expressions are replaced in `env` and `working-directory`, the script is run by bash.

    action.py ACTION.YML TEMP EVENT [NAME=VALUE…]      INPUT_NAME=VALUE sets an input
"""

import os
import re
import subprocess
import sys

import yaml

path, temp, event, *pairs = sys.argv[1:]
action = yaml.safe_load(open(path, encoding="utf-8"))
values = dict(pair.split("=", 1) for pair in pairs)
context = {"runner.temp": temp, "github.event_name": event, "github.workspace": os.getcwd(), "github.action_path": os.path.dirname(path)}
for name, field in action["inputs"].items():
    context["inputs." + name] = values.pop("INPUT_" + name.upper(), str(field.get("default", "")))


def resolve(text):
    for _ in range(2):  # A default may name the workspace.
        text = re.sub(r"\$\{\{\s*([\w.]+)\s*\}\}", lambda found: context[found[1]], text)
    return text


output = os.path.join(temp, "output")
github = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_EVENT_NAME": event, "GITHUB_OUTPUT": output, **values}
for step in action["runs"]["steps"]:
    assert "${{" not in step["run"], "an expression within a script is an injection"
    open(output, "w").close()
    own = {name: resolve(text) for name, text in step.get("env", {}).items()}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    status = subprocess.run(shell, env={**os.environ, **github, **own}, cwd=resolve(step["working-directory"])).returncode
    if status:
        sys.exit(status)
assert "status=0" in open(output).read(), "the outputs are missing"
