"""A history with generated secrets, audited, rewritten by git filter-repo with the file of --write-replacements, and audited again."""

import base64
import json
import os
import random
import re
import shlex
import string
import subprocess
import sys
import tempfile
import textwrap

SCAN = os.environ["INVOCA_SCAN"]
LETTERS = string.ascii_letters + string.digits
random.seed(11)


def token(length=32, letters=LETTERS):
    return "".join(random.choice(letters) for _ in range(length))


def git(repo, *words, text=None):
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.com"}
    run = subprocess.run(["git", "-C", repo, *words], env=env, input=text, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def private_key():
    """An Ed25519 key as PKCS #8: a value of several lines."""
    body = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420") + random.randbytes(32)).decode()
    kind = "PRIVATE KEY"
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"


def plant(repo):
    """Secrets by name."""
    secrets = {name: token() for name in ("head", "gone", "message", "tag", "merged", "encoded")}
    # A form that filter-repo would read as an instruction.
    secrets["arrow"] = token(12) + "==>" + token(12)
    # The part of another one.
    secrets["long"] = secrets["head"] + token(8)
    secrets["short"] = token(6, string.ascii_lowercase) + "7#" + token(4, string.ascii_uppercase)
    secrets["key"] = private_key()
    invoca = "INVOCA_OAUTH_TOKEN={}\n".format

    def write(path, text):
        with open(os.path.join(repo, path), "w", encoding="utf-8") as file:
            file.write(text)

    def commit(message):
        git(repo, "add", "--all")
        git(repo, "commit", "-q", "--allow-empty", "-m", message)

    git(repo, "init", "-q", "-b", "main")
    write("head", invoca(secrets["head"]))
    write("long", f"AWS_SECRET_ACCESS_KEY={secrets['long']}\n")
    write("gone", invoca(secrets["gone"]))
    write("id", secrets["key"])
    write("login", f"redis://svc:{secrets['short']}@cache.prod.acme.io/0\n")
    write(".pgpass", f"db.prod.acme.io:5432:main:svc:{secrets['arrow']}\n")
    write("words", f"x{secrets['short']}y stays, for it is another word\n")
    write("secret.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  INVOCA_OAUTH_TOKEN: "
          + base64.b64encode(secrets["encoded"].encode()).decode() + "\n")
    commit("first")
    git(repo, "rm", "-q", "gone", "id")
    commit("second\n\n" + invoca(secrets["message"]))
    git(repo, "checkout", "-q", "-b", "side", "HEAD~1")
    commit("side")
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "--no-commit", "side")
    write("merged", invoca(secrets["merged"]))
    commit("merge")
    git(repo, "rm", "-q", "merged")
    commit("after")
    git(repo, "tag", "-a", "v1", "-m", invoca(secrets["tag"]))
    return secrets


def audit(repo, *words):
    run = subprocess.run([SCAN, "--history", repo, "--isolated", "--no-progress", *words], capture_output=True, text=True)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return run


def stories(repo):
    report = json.loads(audit(repo, "-f", "json", "--show-secrets").stdout)
    return {story["secret"] for story in report.get("stories", []) if not story["only_here"] and story["level"] == "error"}


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        repo, fresh, file = (os.path.join(work, name) for name in ("repo", "fresh", "the file"))
        os.mkdir(repo)
        secrets = plant(repo)
        found = stories(repo)
        plan = audit(repo, "--write-replacements", file).stdout
        print(textwrap.indent(plan[plan.index("What to do") :], "  | "))
        git(work, "clone", "-q", "--no-local", repo, fresh)
        # The very line of the plan.
        line = re.search(r"`git (filter-repo .*?)`", " ".join(plan.split()))
        git(fresh, *shlex.split(line[1]))
        after = stories(fresh)
        history = git(fresh, "log", "--all", "-p", "-m", "--format=%B", "--text") + git(fresh, "cat-file", "tag", "v1")
        for name, secret in secrets.items():
            forms = [secret.strip()]
            if name == "encoded":
                forms.append(base64.b64encode(secret.encode()).decode())
            if name == "short":
                # It stays where it is a part of something else.
                history = history.replace(f"x{secret}y", "")
            was_found = any(secret.strip() in value for value in found)
            gone = not any(form in history for form in forms)
            failed += not (was_found and gone)
            print(f"{'ok' if was_found and gone else 'FAILED'}: {name}: found {was_found}, gone {gone}")
        kept = "stays, for it is another word" in git(fresh, "show", "HEAD:words") and secrets["short"] in git(fresh, "show", "HEAD:words")
        print(f"{'ok' if kept else 'FAILED'}: a part of another word stays: {kept}")
        print(f"{'ok' if not after else 'FAILED'}: secrets found after the rewrite: {len(after)}")
        failed += (not kept) + bool(after)
    print(f"{len(secrets) + 2 - failed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
