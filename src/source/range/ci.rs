//! The range of a CI job, from the variables and event files of GitHub, GitLab and Azure. Never narrower than what was pushed, in silence,
//! and never the full history instead: where the start is unknown, that is an error with the line that fetches it.

use super::plan::{Plan, View, known, missing, short};
use crate::blob::BlobId;
use crate::git::Env;
use crate::problem::Problem;
use serde_json::Value;

/// The range of the job that this environment belongs to. `event` is the text of the file that `GITHUB_EVENT_PATH` names.
///
/// # Errors
/// No CI system is recognised, the event has no range, or commits of it are not here.
pub fn of_job(env: &Env, event: &str, view: &dyn View) -> Result<Plan, Problem> {
    let is = |name: &str| {
        env.text(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    };
    if is("GITHUB_ACTIONS") {
        github(env, event, view)
            .map_err(|problem| hint(problem, "fetch-depth: 0` of actions/checkout"))
    } else if is("GITLAB_CI") {
        gitlab(env, view)
            .map_err(|problem| hint(problem, "GIT_DEPTH: 0` among the job's variables"))
    } else if is("TF_BUILD") {
        azure(env, view).map_err(|problem| hint(problem, "fetchDepth: 0` of the checkout step"))
    } else {
        Err(unknown(
            "CI",
            "no variables of GitHub, GitLab or Azure are set",
            "name the range: `--range A..B`",
        ))
    }
}

fn unknown(object: &str, cause: &str, next: &str) -> Problem {
    Problem::new("ci", object.into(), cause)
        .consequence("nothing was scanned")
        .next(next)
}

fn hint(mut problem: Problem, setting: &str) -> Problem {
    if problem.kind == "missing-commit" {
        problem
            .next
            .push_str(&format!(", or for every job: `{setting}"));
    }
    problem
}

/// A text of the event, at a path like `/pull_request/base/sha`; empty where it is not there.
fn text<'a>(event: &'a Value, path: &str) -> &'a str {
    event
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn flag(event: &Value, path: &str) -> bool {
    event
        .pointer(path)
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

fn is_nothing(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

fn range(tip: BlobId, without: BlobId, why: &str) -> Plan {
    Plan {
        tips: vec![tip],
        without: vec![without],
        tags: Vec::new(),
        reason: format!("{}..{}: {why}", short(without), short(tip)),
    }
}

fn github(env: &Env, event: &str, view: &dyn View) -> Result<Plan, Problem> {
    let name = env.text("GITHUB_EVENT_NAME").unwrap_or_default();
    let event: Value = serde_json::from_str(event).map_err(|error| {
        unknown(
            "GITHUB_EVENT_PATH",
            &format!("the event file cannot be read: {error}"),
            "name the range: `--range A..B`",
        )
    })?;
    match name {
        "pull_request" | "pull_request_target" | "pull_request_review" => {
            let base = text(&event, "/pull_request/base/sha");
            let head = text(&event, "/pull_request/head/sha");
            let target = text(&event, "/pull_request/base/ref");
            let number = event.pointer("/pull_request/number");
            let number = number.and_then(Value::as_u64).unwrap_or_default();
            let (Some(without), Some(tip)) = (view.commit(base), view.commit(head)) else {
                let what = format!("the base or the head of pull request {number}");
                return Err(missing(view, name, &what, &[base, head]));
            };
            let why = format!("the commits of pull request {number}");
            Ok(range(tip, without, &why).without_branch(view, target))
        }
        "merge_group" => {
            let head = text(&event, "/merge_group/head_sha");
            let tip = known(view, head, "the head of the merge group")?;
            let base = text(&event, "/merge_group/base_sha");
            let target = text(&event, "/merge_group/base_ref").trim_start_matches("refs/heads/");
            queue(view, tip, base, target, "the batch of the merge queue")
        }
        "push" => {
            let reference = text(&event, "/ref");
            Push {
                before: text(&event, "/before"),
                after: text(&event, "/after"),
                branch: reference.strip_prefix("refs/heads/"),
                what: reference,
                default: text(&event, "/repository/default_branch"),
                first: flag(&event, "/created"),
                forced: flag(&event, "/forced"),
            }
            .plan(view)
        }
        _ => {
            let default = text(&event, "/repository/default_branch");
            let branch = env
                .text("GITHUB_REF")
                .and_then(|name| name.strip_prefix("refs/heads/"));
            without_before(
                view,
                name,
                env.text("GITHUB_SHA").unwrap_or("HEAD"),
                branch,
                default,
            )
        }
    }
}

/// What a push changed, as CI systems tell it.
struct Push<'a> {
    /// What the branch was; zeros where there was none, or it is not told.
    before: &'a str,
    /// What it is now; zeros where it is gone.
    after: &'a str,
    /// `None` for a tag.
    branch: Option<&'a str>,
    /// The full name of the reference.
    what: &'a str,
    /// The branch that others are merged into; empty where it is not told.
    default: &'a str,
    /// Whether it is certain that there was nothing before.
    first: bool,
    /// Whether it is certain that `before` is no ancestor of `after`.
    forced: bool,
}

impl Push<'_> {
    fn plan(&self, view: &dyn View) -> Result<Plan, Problem> {
        if is_nothing(self.after) {
            return Ok(Plan::nothing(format!(
                "{} was deleted: nothing to scan",
                self.what
            )));
        }
        let Some(branch) = self.branch else {
            return Ok(Plan::nothing(format!(
                "{} is a tag: its commits are scanned when their branch is pushed",
                self.what
            )));
        };
        let after = known(view, self.after, "the pushed commit")?;
        let new = is_nothing(self.before);
        if !new && let Some(before) = view.commit(self.before) {
            let plan = range(after, before, &format!("the push to {branch}"));
            return Ok(if branch == self.default {
                plan
            } else {
                plan.without_branch(view, self.default)
            });
        }
        if branch == self.default {
            if new && self.first {
                return Ok(Plan {
                    tips: vec![after],
                    reason: format!("the first push of {branch}: all its commits"),
                    ..Plan::default()
                });
            }
            // The branch itself is what others are compared with: without its old commit there is nothing to compare it with.
            let what = format!("the old commit of {branch}, {},", self.before);
            return Err(missing(view, branch, &what, &[self.before]));
        }
        if !new && !self.forced && view.is_shallow() {
            let what = format!("the old commit of {branch}, {},", self.before);
            return Err(missing(view, branch, &what, &[self.before]));
        }
        let why = if new {
            format!("the new branch {branch}")
        } else {
            format!("{branch}, whose old commit is gone")
        };
        since_default(view, after, self.default, &why)
    }
}

/// Everything since the merge base with the branch that others are merged into.
fn since_default(view: &dyn View, tip: BlobId, default: &str, why: &str) -> Result<Plan, Problem> {
    let target = format!("refs/remotes/origin/{default}");
    let Some(base) = view.commit(&target) else {
        let what = format!("the branch {default}, with which {why} is compared,");
        return Err(missing(view, &target, &what, &[default]));
    };
    Ok(range(tip, base, &format!("{why}, since it left {default}")))
}

/// A job that no push started: a branch is compared with the default one, and for that one there is no range.
fn without_before(
    view: &dyn View,
    event: &str,
    commit: &str,
    branch: Option<&str>,
    default: &str,
) -> Result<Plan, Problem> {
    let Some(branch) = branch.filter(|branch| *branch != default && !default.is_empty()) else {
        return Err(unknown(
            event,
            "such a job has no range: nothing says what was there before",
            "scan the tree with `invoca-scan .`, audit the past with `--history`, or name a range with `--range A..B`",
        ));
    };
    let tip = known(view, commit, "the commit of this job")?;
    since_default(view, tip, default, &format!("the branch {branch}"))
}

fn gitlab(env: &Env, view: &dyn View) -> Result<Plan, Problem> {
    let get = |name: &str| env.text(name).unwrap_or_default();
    let source = get("CI_PIPELINE_SOURCE");
    let commit = get("CI_COMMIT_SHA");
    if source == "merge_request_event" {
        return gitlab_merge_request(env, view);
    }
    let default = get("CI_DEFAULT_BRANCH");
    let branch = env.text("CI_COMMIT_BRANCH");
    let before = get("CI_COMMIT_BEFORE_SHA");
    if source == "push" || !is_nothing(before) {
        return Push {
            before,
            after: commit,
            branch,
            what: env
                .text("CI_COMMIT_TAG")
                .or(branch)
                .unwrap_or("this reference"),
            default,
            // GitLab gives zeros also for a job that somebody started by hand, but not as the answer to a push.
            first: source == "push",
            forced: false,
        }
        .plan(view);
    }
    without_before(view, source, commit, branch, default)
}

fn gitlab_merge_request(env: &Env, view: &dyn View) -> Result<Plan, Problem> {
    let get = |name: &str| env.text(name).unwrap_or_default();
    let target = get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
    let number = get("CI_MERGE_REQUEST_IID");
    let base = get("CI_MERGE_REQUEST_DIFF_BASE_SHA");
    if get("CI_MERGE_REQUEST_EVENT_TYPE") == "merge_train" {
        let tip = known(view, get("CI_COMMIT_SHA"), "the commit of the merge train")?;
        let base = get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA");
        let why = format!("the merge train up to merge request {number}");
        return queue(view, tip, base, target, &why);
    }
    // Empty unless the job runs on the merged result, whose commit is not the author's.
    let head = env
        .text("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
        .unwrap_or(get("CI_COMMIT_SHA"));
    let (Some(tip), Some(without)) = (view.commit(head), view.commit(base)) else {
        let what = format!("the base or the head of merge request {number}");
        return Err(missing(view, "merge_request_event", &what, &[base, head]));
    };
    let why = format!("the commits of merge request {number}");
    Ok(range(tip, without, &why).without_branch(view, target))
}

/// A batch of changes that wait to be merged. Its base may be the unmerged head of another batch, whose own job may never run: everything
/// that the target branch does not have counts, and the base only where that branch is not here or was moved to this batch already.
fn queue(
    view: &dyn View,
    tip: BlobId,
    base: &str,
    target: &str,
    why: &str,
) -> Result<Plan, Problem> {
    let merged = view
        .commit(&format!("refs/remotes/origin/{target}"))
        .filter(|target| !view.contains(*target, tip));
    let without = match merged {
        Some(merged) => merged,
        None => view.commit(base).ok_or_else(|| {
            let what = format!("the target branch {target}");
            missing(view, target, &what, &[target])
        })?,
    };
    Ok(range(tip, without, &format!("{why}, since {target}")))
}

fn azure(env: &Env, view: &dyn View) -> Result<Plan, Problem> {
    let get = |name: &str| env.text(name).unwrap_or_default();
    let commit = get("BUILD_SOURCEVERSION");
    if get("BUILD_REASON") == "PullRequest" {
        let target = get("SYSTEM_PULLREQUEST_TARGETBRANCH").trim_start_matches("refs/heads/");
        let number = env
            .text("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
            .unwrap_or(get("SYSTEM_PULLREQUEST_PULLREQUESTID"));
        // The commit of the build merges the author's into the target; only the author's is looked at.
        let head = env
            .text("SYSTEM_PULLREQUEST_SOURCECOMMITID")
            .unwrap_or(commit);
        let tip = known(view, head, "the head of the pull request")?;
        return since_default(view, tip, target, &format!("pull request {number}"));
    }
    let reference = get("BUILD_SOURCEBRANCH");
    if reference.starts_with("refs/tags/") {
        return Ok(Plan::nothing(format!(
            "{reference} is a tag: its commits are scanned when their branch is pushed"
        )));
    }
    // Azure tells neither what a branch was before the push nor which branch is the default one.
    let default = view
        .refs("refs/remotes/origin/HEAD")
        .first()
        .and_then(|(_, head)| {
            let all = view.refs("refs/remotes/origin/");
            let same = all
                .into_iter()
                .find(|(name, id)| id == head && name.file_name() != b"HEAD");
            same.map(|(name, _)| name.to_text().replacen("refs/remotes/origin/", "", 1))
        })
        .or_else(|| {
            let here = |name: &&str| {
                view.commit(&format!("refs/remotes/origin/{name}"))
                    .is_some()
            };
            ["main", "master"].into_iter().find(here).map(str::to_owned)
        })
        .unwrap_or_else(|| "main".to_owned());
    without_before(
        view,
        get("BUILD_REASON"),
        commit,
        reference.strip_prefix("refs/heads/"),
        &default,
    )
}
