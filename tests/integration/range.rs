//! Commits, one by one; and which ones are chosen for hooks and CI jobs.

use crate::pushed::{Collector, Pushed};
use crate::support::{Repo, env, git_in};
use invoca_scan::blob::BlobId;
use invoca_scan::git::Repository;
use invoca_scan::problem::Problem;
use invoca_scan::source::range::{Plan, View, expression, of_job, pre_push, pre_receive};
use invoca_scan::source::{Message, Range, Source as _};
use invoca_scan::text::Name;
use std::collections::BTreeMap;
use std::path::Path;

fn open(dir: &Path) -> Repository {
    Repository::discover(dir, &env(&[])).unwrap().unwrap()
}

/// What the commits of a plan bring, without their messages: `path: fresh text`.
fn brings(dir: &Path, plan: Plan) -> Vec<String> {
    let mut pushed = everything(dir, plan);
    pushed.blobs.retain(|blob| blob.origin.path().is_some());
    let mut lines = pushed.summary();
    lines.sort();
    lines
}

fn everything(dir: &Path, plan: Plan) -> Pushed {
    Collector::from(&Range::new(&open(dir), plan, &[], None).unwrap())
}

fn range(dir: &Path, text: &str) -> Vec<String> {
    brings(dir, expression(text, &open(dir)).unwrap())
}

/// `main` with `a`; `topic` adds a secret and removes it again, then merges what `main` got meanwhile.
fn branches() -> Repo {
    let repo = Repo::new();
    repo.write("a", "one\ntwo\nthree\n");
    repo.commit("first");
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("t", "kept\nadded\n");
    repo.commit("add");
    repo.write("t", "kept\n");
    repo.commit("remove");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("a", "one\nmain\nthree\n");
    repo.write("m", "of main\n");
    repo.commit("main goes on");
    repo.git(&["checkout", "--quiet", "topic"]);
    repo
}

#[test]
fn what_was_added_and_removed_again_is_seen() {
    let repo = branches();
    assert_eq!(range(repo.dir(), "main..topic"), ["t: ", "t: all"]);
    assert_eq!(range(repo.dir(), "main...topic"), ["t: ", "t: all"]);
    assert_eq!(range(repo.dir(), "main.."), ["t: ", "t: all"]);
    assert_eq!(range(repo.dir(), "topic..main"), ["a: main", "m: all"]);
    assert_eq!(range(repo.dir(), "topic..topic"), [""; 0]);
}

#[test]
fn messages_of_commits_are_looked_at() {
    let repo = branches();
    let pushed = everything(
        repo.dir(),
        expression("HEAD~..HEAD", &open(repo.dir())).unwrap(),
    );
    let message = pushed
        .blobs
        .iter()
        .find(|blob| blob.origin.kind() == "message")
        .unwrap();
    assert_eq!(message.text, "remove\n");
}

#[test]
fn a_merge_counts_by_what_no_parent_has() {
    let repo = branches();
    repo.write("a", "one\ntwo\nthree\ntopic\n");
    repo.commit("topic changes a");
    repo.git(&["merge", "--quiet", "--no-commit", "main"]);
    repo.write("a", "one\nmain\nthree\ntopic\nevil\n");
    repo.write("new", "evil\n");
    repo.commit("merge");
    assert_eq!(
        range(repo.dir(), "topic~..topic"),
        ["a: evil", "a: main", "m: all", "new: all"]
    );
    assert_eq!(
        range(repo.dir(), "main..topic"),
        ["a: evil", "a: topic", "new: all", "t: ", "t: all"]
    );
}

#[test]
fn expressions_that_name_nothing_are_refused() {
    let repo = branches();
    let refused = |text: &str| expression(text, &open(repo.dir())).unwrap_err().to_string();
    assert!(refused("topic").contains("topic^..topic") || refused("topic").contains("A..B"));
    assert!(refused("..").contains("no range"));
    assert!(refused("nothing..topic").contains("git fetch --no-tags origin"));
    repo.git(&["update-ref", "refs/remotes/origin/release", "main"]);
    assert!(refused("release..topic").contains("origin/release"));
}

#[test]
fn a_shallow_clone_says_what_to_fetch() {
    let repo = branches();
    let clone = repo.beside("shallow");
    let url = format!("file://{}", repo.dir().display());
    git_in(
        repo.dir(),
        &[
            "clone",
            "--quiet",
            "--depth=1",
            "--no-single-branch",
            &url,
            clone.to_str().unwrap(),
        ],
    );
    let plan = expression("origin/main..origin/topic", &open(&clone)).unwrap();
    let pushed = everything(&clone, plan);
    assert_eq!(pushed.problems.len(), 1);
    let text = pushed.problems[0].to_string();
    assert!(text.contains("git fetch --unshallow"), "{text}");
    git_in(&clone, &["fetch", "--quiet", "--unshallow"]);
    assert_eq!(
        range(&clone, "origin/main..origin/topic"),
        ["t: ", "t: all"]
    );
}

#[test]
fn a_first_commit_can_be_in_a_range() {
    let repo = branches();
    let first = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let plan = Plan {
        tips: vec![BlobId::from_hex(first.as_bytes()).unwrap()],
        ..Plan::default()
    };
    assert_eq!(brings(repo.dir(), plan), ["a: all"]);
}

#[test]
fn clocks_that_went_wrong_do_not_widen_a_range() {
    let repo = Repo::new();
    let dated = |message: &str, date: &str| {
        repo.write(message, message);
        repo.git(&["add", "--all"]);
        let date = format!("{date} +0000");
        let mut commit = crate::support::git_command(repo.dir());
        commit.env("GIT_COMMITTER_DATE", date);
        assert!(
            commit
                .args(["commit", "--quiet", "-m", message])
                .status()
                .unwrap()
                .success()
        );
    };
    dated("a", "1700000000");
    dated("b", "1500000000");
    dated("c", "1400000000");
    repo.git(&["branch", "base"]);
    dated("d", "1600000000");
    dated("e", "1300000000");
    assert_eq!(range(repo.dir(), "base..main"), ["d: all", "e: all"]);
}

fn pushing(
    dir: &Path,
    input: &str,
    remote: Option<&str>,
    variables: &[(&str, &str)],
) -> (Vec<String>, String) {
    let repository = open(dir);
    let plan = pre_push(input, remote, &env(variables), &repository).unwrap();
    let reason = Range::new(&repository, plan.clone(), &[], None)
        .unwrap()
        .describe()
        .unwrap();
    (brings(dir, plan), reason)
}

#[test]
fn a_push_sends_what_the_remote_does_not_have() {
    let repo = branches();
    let remote = repo.beside("remote.git");
    repo.git(&["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    let id = |name: &str| repo.git(&["rev-parse", name]);
    let zero = "0".repeat(40);
    let (main, topic) = (id("main"), id("topic"));
    // The first push: everything.
    let first = format!("refs/heads/main {main} refs/heads/main {zero}\n");
    assert_eq!(
        pushing(repo.dir(), &first, Some("origin"), &[]).0,
        ["a: all", "a: main", "m: all"]
    );
    repo.git(&["push", "--quiet", "origin", "main"]);
    // A new branch: what no remote branch has. Two references at once: both.
    repo.git(&["checkout", "--quiet", "-b", "other", "main"]);
    repo.write("o", "other\n");
    let other = repo.commit("other");
    let both = format!(
        "refs/heads/topic {topic} refs/heads/topic {zero}\nrefs/heads/other {other} refs/heads/other {zero}\n"
    );
    let (brought, reason) = pushing(repo.dir(), &both, Some("origin"), &[]);
    assert_eq!(brought, ["o: all", "t: ", "t: all"]);
    assert!(
        reason.contains("refs/heads/topic") && reason.ends_with("3 commits"),
        "{reason}"
    );
    // An old commit of the other side that is not here.
    let unknown = format!(
        "refs/heads/topic {topic} refs/heads/topic {}\n",
        "7".repeat(40)
    );
    assert_eq!(
        pushing(repo.dir(), &unknown, Some("origin"), &[]).0,
        ["t: ", "t: all"]
    );
    // To a URL, or to a remote that nothing was fetched from.
    assert_eq!(
        pushing(repo.dir(), &unknown, Some("/some/where"), &[]).0,
        ["t: ", "t: all"]
    );
    let deleted = format!("(delete) {zero} refs/heads/topic {topic}\n");
    let (brought, reason) = pushing(repo.dir(), &deleted, Some("origin"), &[]);
    assert!(brought.is_empty() && reason.contains("deleted"), "{reason}");
    let (brought, reason) = pushing(repo.dir(), "", Some("origin"), &[]);
    assert!(
        brought.is_empty() && reason.contains("nothing is pushed"),
        "{reason}"
    );
    // A tag on what is there already: only its own text.
    repo.git(&["tag", "-a", "v1", "-m", "tag message", "main"]);
    let tag = id("v1");
    let input = format!("refs/tags/v1 {tag} refs/tags/v1 {zero}\n");
    let plan = pre_push(&input, Some("origin"), &env(&[]), &open(repo.dir())).unwrap();
    let pushed = everything(repo.dir(), plan);
    assert_eq!(pushed.blobs.len(), 1);
    assert!(pushed.blobs[0].text.ends_with("tag message\n"));
    let refused = pre_push("no such line\n", None, &env(&[]), &open(repo.dir()));
    assert_eq!(refused.unwrap_err().kind, "hook");
}

#[test]
fn under_pre_commit_every_local_branch_is_looked_at() {
    let repo = branches();
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    repo.git(&["checkout", "--quiet", "-b", "other", "main"]);
    repo.write("o", "other\n");
    repo.commit("other");
    let variables = [
        ("PRE_COMMIT", "1"),
        ("PRE_COMMIT_REMOTE_NAME", "origin"),
        ("PRE_COMMIT_FROM_REF", "main"),
        ("PRE_COMMIT_TO_REF", "topic"),
    ];
    assert_eq!(
        pushing(repo.dir(), "", None, &variables).0,
        ["o: all", "t: ", "t: all"]
    );
    assert_eq!(
        pushing(repo.dir(), "", None, &variables[..2]).0,
        ["o: all", "t: ", "t: all"]
    );
}

#[test]
fn a_server_looks_at_what_no_reference_has() {
    let repo = branches();
    let zero = "0".repeat(40);
    repo.git(&["branch", "old", "topic~"]);
    let topic = repo.git(&["rev-parse", "topic"]);
    repo.git(&["checkout", "--quiet", "--detach"]);
    repo.git(&["branch", "--quiet", "-D", "topic"]);
    let input = format!("{zero} {topic} refs/heads/topic\n");
    let plan = pre_receive(&input, &open(repo.dir())).unwrap();
    assert_eq!(brings(repo.dir(), plan), ["t: "]);
}

#[test]
fn the_message_file_of_a_commit() {
    let repo = branches();
    repo.write("message", "subject\n# token in a comment\n");
    let read = |variables: &[(&str, &str)]| {
        let message = Message::read(repo.dir(), Path::new("message"), &env(variables)).unwrap();
        Collector::from(&message).blobs[0].text.clone()
    };
    assert_eq!(read(&[]), "subject\n\n");
    // `git commit -m` keeps what looks like a comment.
    assert_eq!(
        read(&[("GIT_EDITOR", ":")]),
        "subject\n# token in a comment\n"
    );
    repo.git(&["config", "core.commentChar", ";"]);
    assert_eq!(read(&[]), "subject\n# token in a comment\n");
    assert!(Message::read(repo.dir(), Path::new("nothing"), &env(&[])).is_err());
    assert!(Message::read(repo.dir(), Path::new("."), &env(&[])).is_err());
}

/// A repository of which only names are known. Commits are single digits; a commit contains those with smaller numbers of its line:
/// 1-2-3 is `main`, 2-6-7 the topic.
#[derive(Default)]
struct Fake {
    names: BTreeMap<String, u8>,
    shallow: bool,
}

fn fake(names: &[(&str, u8)]) -> Fake {
    Fake {
        names: names
            .iter()
            .map(|(name, number)| ((*name).to_owned(), *number))
            .collect(),
        shallow: false,
    }
}

fn sha(number: u8) -> String {
    number.to_string().repeat(40)
}

fn number(id: BlobId) -> u8 {
    id.as_bytes()[0] & 15
}

impl View for Fake {
    fn commit(&self, name: &str) -> Option<BlobId> {
        let here = |number: u8| [1, 2, 3, 6, 7].contains(&number);
        let id = match self.names.get(name) {
            Some(number) => BlobId::from_hex(sha(*number).as_bytes()),
            None => BlobId::from_hex(name.as_bytes()),
        };
        id.filter(|id| here(number(*id)))
    }

    fn has(&self, id: BlobId) -> bool {
        self.commit(&id.to_string()).is_some()
    }

    fn contains(&self, commit: BlobId, ancestor: BlobId) -> bool {
        let line: &[u8] = if number(commit) >= 6 {
            &[1, 2, 6, 7]
        } else {
            &[1, 2, 3]
        };
        line.contains(&number(ancestor)) && number(ancestor) <= number(commit)
    }

    fn refs(&self, prefix: &str) -> Vec<(Name, BlobId)> {
        let below = self
            .names
            .iter()
            .filter(|(name, _)| name.starts_with(prefix));
        below
            .filter_map(|(name, _)| Some((Name::from(name.as_str()), self.commit(name)?)))
            .collect()
    }

    fn is_shallow(&self) -> bool {
        self.shallow
    }
}

/// `tips not without`, or the problem.
fn chosen(plan: Result<Plan, Problem>) -> Result<String, String> {
    let plan = plan.map_err(|problem| problem.to_string())?;
    let digits =
        |ids: &[BlobId]| -> String { ids.iter().map(|id| number(*id).to_string()).collect() };
    assert!(!plan.reason.is_empty());
    Ok(format!(
        "{} not {}",
        digits(&plan.tips),
        digits(&plan.without)
    ))
}

fn github(name: &str, event: &str, view: &Fake) -> Result<String, String> {
    let event = (0..10).fold(event.to_owned(), |text, number| {
        text.replace(&format!("<{number}>"), &sha(number))
    });
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", name),
        ("GITHUB_REF", "refs/heads/topic"),
        ("GITHUB_SHA", &sha(7)),
    ];
    chosen(of_job(&env(&variables), &event, view))
}

const PUSH: &str = include_str!("events/github-push.json");

#[test]
fn github_pull_requests_and_the_merge_queue() {
    let event = include_str!("events/github-pull-request.json");
    assert_eq!(
        github("pull_request", event, &fake(&[])).unwrap(),
        "7 not 2"
    );
    // main has gone on, and the author merged it: main's commits are not the author's.
    let main = fake(&[("refs/remotes/origin/main", 3)]);
    assert_eq!(github("pull_request", event, &main).unwrap(), "7 not 23");
    let mut cut = fake(&[]);
    cut.shallow = true;
    let problem = github("pull_request", &event.replace("<2>", "<9>"), &cut).unwrap_err();
    let line = format!(
        "git fetch --no-tags --unshallow origin {} {}",
        sha(9),
        sha(7)
    );
    assert!(
        problem.contains(&line) && problem.contains("fetch-depth: 0"),
        "{problem}"
    );
    let event = include_str!("events/github-merge-group.json");
    assert_eq!(github("merge_group", event, &main).unwrap(), "7 not 3");
    assert_eq!(github("merge_group", event, &fake(&[])).unwrap(), "7 not 6");
    let merged = fake(&[("refs/remotes/origin/main", 7)]);
    assert_eq!(github("merge_group", event, &merged).unwrap(), "7 not 6");
}

#[test]
fn github_pushes() {
    let main = fake(&[("refs/remotes/origin/main", 3)]);
    assert_eq!(github("push", PUSH, &main).unwrap(), "7 not 63");
    assert_eq!(github("push", PUSH, &fake(&[])).unwrap(), "7 not 6");
    let created = PUSH
        .replace("<6>", "<0>")
        .replace("\"created\": false", "\"created\": true");
    assert_eq!(github("push", &created, &main).unwrap(), "7 not 3");
    let problem = github("push", &created, &fake(&[])).unwrap_err();
    assert!(
        problem.contains("git fetch --no-tags origin +refs/heads/main:refs/remotes/origin/main"),
        "{problem}"
    );
    let forced = PUSH
        .replace("<6>", "<9>")
        .replace("\"forced\": false", "\"forced\": true");
    assert_eq!(github("push", &forced, &main).unwrap(), "7 not 3");
    let mut cut = fake(&[("refs/remotes/origin/main", 3)]);
    cut.shallow = true;
    let lost = PUSH.replace("<6>", "<9>");
    assert!(
        github("push", &lost, &cut)
            .unwrap_err()
            .contains("--unshallow")
    );
    let deleted = PUSH.replace("<7>", "<0>");
    assert_eq!(github("push", &deleted, &main).unwrap(), " not ");
    let tag = PUSH.replace("refs/heads/topic", "refs/tags/v1");
    assert_eq!(github("push", &tag, &main).unwrap(), " not ");
    // To the branch that others are compared with.
    let to_main = PUSH.replace("refs/heads/topic", "refs/heads/main");
    assert_eq!(github("push", &to_main, &main).unwrap(), "7 not 6");
    let first = to_main
        .replace("<6>", "<0>")
        .replace("\"created\": false", "\"created\": true");
    assert_eq!(github("push", &first, &main).unwrap(), "7 not ");
    let forced = to_main
        .replace("<6>", "<9>")
        .replace("\"forced\": false", "\"forced\": true");
    let moved = fake(&[("refs/remotes/origin/main", 7)]);
    let problem = github("push", &forced, &moved).unwrap_err();
    assert!(
        problem.contains(&format!("git fetch --no-tags origin {}", sha(9))),
        "{problem}"
    );
}

#[test]
fn github_jobs_that_no_change_started() {
    let main = fake(&[("refs/remotes/origin/main", 3)]);
    let event = include_str!("events/github-schedule.json");
    assert_eq!(github("schedule", event, &main).unwrap(), "7 not 3");
    let on_main = event.replace("\"main\"", "\"topic\"");
    assert!(
        github("schedule", &on_main, &main)
            .unwrap_err()
            .contains("--history")
    );
    assert!(
        github("push", "", &main)
            .unwrap_err()
            .contains("event file")
    );
}

fn gitlab(variables: &[(&str, &str)], view: &Fake) -> Result<String, String> {
    let mut all = vec![("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "main")];
    let (tip, zero) = (sha(7), sha(0));
    all.extend([
        ("CI_COMMIT_SHA", tip.as_str()),
        ("CI_COMMIT_BEFORE_SHA", zero.as_str()),
    ]);
    all.extend(variables);
    chosen(of_job(&env(&all), "", view))
}

#[test]
fn gitlab_jobs() {
    let main = fake(&[("refs/remotes/origin/main", 3)]);
    let (base, head, before) = (sha(2), sha(6), sha(6));
    let merge_request = [
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_IID", "5"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str()),
    ];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&str, String)> {
        let all = merge_request.iter().chain(more);
        all.map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    };
    let run = |variables: Vec<(&str, String)>, view: &Fake| {
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        gitlab(&variables, view)
    };
    assert_eq!(run(with(&[]), &fake(&[])).unwrap(), "7 not 2");
    let merged = [
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", head.as_str()),
    ];
    assert_eq!(run(with(&merged), &main).unwrap(), "6 not 23");
    let train = [("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train")];
    assert_eq!(run(with(&train), &main).unwrap(), "7 not 3");
    assert!(
        run(with(&train), &fake(&[]))
            .unwrap_err()
            .contains("+refs/heads/main")
    );
    let push = ("CI_PIPELINE_SOURCE", "push");
    let topic = ("CI_COMMIT_BRANCH", "topic");
    assert_eq!(
        gitlab(&[push, topic, ("CI_COMMIT_BEFORE_SHA", &before)], &main).unwrap(),
        "7 not 63"
    );
    assert_eq!(gitlab(&[push, topic], &main).unwrap(), "7 not 3");
    assert_eq!(
        gitlab(&[push, ("CI_COMMIT_BRANCH", "main")], &main).unwrap(),
        "7 not "
    );
    assert_eq!(
        gitlab(&[push, ("CI_COMMIT_TAG", "v1")], &main).unwrap(),
        " not "
    );
    let nightly = ("CI_PIPELINE_SOURCE", "schedule");
    assert!(
        gitlab(&[nightly, ("CI_COMMIT_BRANCH", "main")], &main)
            .unwrap_err()
            .contains("--history")
    );
    assert_eq!(gitlab(&[nightly, topic], &main).unwrap(), "7 not 3");
    let mut cut = fake(&[]);
    cut.shallow = true;
    let lost = gitlab(&[push, topic, ("CI_COMMIT_BEFORE_SHA", &sha(9))], &cut).unwrap_err();
    assert!(
        lost.contains("--unshallow") && lost.contains("GIT_DEPTH: 0"),
        "{lost}"
    );
}

#[test]
fn azure_jobs() {
    let main = fake(&[("refs/remotes/origin/main", 3)]);
    let (tip, head) = (sha(7), sha(6));
    let job = |variables: &[(&str, &str)], view: &Fake| {
        let mut all = vec![("TF_BUILD", "True"), ("BUILD_SOURCEVERSION", tip.as_str())];
        all.extend(variables);
        chosen(of_job(&env(&all), "", view))
    };
    let pull_request = [
        ("BUILD_REASON", "PullRequest"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", head.as_str()),
        ("BUILD_SOURCEBRANCH", "refs/pull/5/merge"),
    ];
    assert_eq!(job(&pull_request, &main).unwrap(), "6 not 3");
    let problem = job(&pull_request, &fake(&[])).unwrap_err();
    assert!(
        problem.contains("+refs/heads/main") && problem.contains("fetchDepth: 0"),
        "{problem}"
    );
    let push = |branch| {
        [
            ("BUILD_REASON", "IndividualCI"),
            ("BUILD_SOURCEBRANCH", branch),
        ]
    };
    assert_eq!(job(&push("refs/heads/topic"), &main).unwrap(), "7 not 3");
    assert!(
        job(&push("refs/heads/main"), &main)
            .unwrap_err()
            .contains("--range A..B")
    );
    assert_eq!(job(&push("refs/tags/v1"), &main).unwrap(), " not ");
    let trunk = fake(&[
        ("refs/remotes/origin/HEAD", 3),
        ("refs/remotes/origin/trunk", 3),
    ]);
    assert_eq!(job(&push("refs/heads/topic"), &trunk).unwrap(), "7 not 3");
    assert!(job(&push("refs/heads/trunk"), &trunk).is_err());
}

#[test]
fn without_ci_there_is_no_range() {
    let problem = chosen(of_job(&env(&[]), "", &fake(&[]))).unwrap_err();
    assert!(problem.contains("--range A..B"));
}
