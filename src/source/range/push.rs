//! The range of a push, on the machine that pushes and on the server.

use super::plan::{Plan, View, short};
use crate::blob::BlobId;
use crate::git::Env;
use crate::problem::Problem;
use std::collections::BTreeSet;

/// One line that git gives to a hook: what a reference was and what it shall be. `None` instead of zeros.
struct Update<'a> {
    name: &'a str,
    old: Option<BlobId>,
    new: Option<BlobId>,
}

fn id(hex: &str) -> Result<Option<BlobId>, Problem> {
    let id = BlobId::from_hex(hex.as_bytes()).ok_or_else(|| not_git(hex))?;
    Ok((!id.is_zero()).then_some(id))
}

fn not_git(text: &str) -> Problem {
    Problem::new(
        "hook",
        "standard input".into(),
        format!("{text:?} is not what git gives to this hook"),
    )
    .consequence("nothing was scanned")
    .next("let git run the hook, or use `--range A..B`")
}

fn lines(input: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let lines = input.lines().map(|line| (line, line.split(' ').collect()));
    lines.filter(|(line, _): &(&str, Vec<&str>)| !line.is_empty())
}

/// What `git push` is about to send. `input` is the hook's standard input; `remote` its first argument, where it was passed on. Under
/// pre-commit there is no input, and its variables tell of one reference only: then every local branch is looked at.
///
/// # Errors
/// The input is not git's.
pub fn pre_push(
    input: &str,
    remote: Option<&str>,
    env: &Env,
    view: &dyn View,
) -> Result<Plan, Problem> {
    let mut updates = Vec::new();
    for (line, fields) in lines(input) {
        let [name, new, _, old] = fields[..] else {
            return Err(not_git(line));
        };
        updates.push(Update {
            name,
            old: id(old)?,
            new: id(new)?,
        });
    }
    if updates.is_empty() && env.get("PRE_COMMIT").is_some() {
        return Ok(under_pre_commit(env, view));
    }
    let mut plan = of_updates(&updates, view);
    if !plan.tips.is_empty() {
        let reached = reached_by(remote, view);
        plan.reason.push_str(&reached.1);
        plan.without.extend(reached.0);
    }
    Ok(plan)
}

/// What somebody pushes to this server. `input` is the hook's standard input.
///
/// # Errors
/// The input is not git's.
pub fn pre_receive(input: &str, view: &dyn View) -> Result<Plan, Problem> {
    let mut updates = Vec::new();
    for (line, fields) in lines(input) {
        let [old, new, name] = fields[..] else {
            return Err(not_git(line));
        };
        updates.push(Update {
            name,
            old: id(old)?,
            new: id(new)?,
        });
    }
    let mut plan = of_updates(&updates, view);
    if !plan.tips.is_empty() {
        // No reference is moved before the hook has ended.
        plan.without
            .extend(view.refs("refs/").into_iter().map(|(_, id)| id));
        plan.reason
            .push_str(", as far as no reference of this repository reaches it");
    }
    Ok(plan)
}

fn of_updates(updates: &[Update<'_>], view: &dyn View) -> Plan {
    let mut plan = Plan::default();
    let mut names = Vec::new();
    for update in updates {
        let Some(new) = update.new else { continue };
        let Some(tip) = view.commit(&new.to_string()) else {
            // A tag of a tree or blob has no commits; what is not here at all is named by the walk.
            if view.has(new) {
                plan.tags.push(new);
            } else {
                plan.tips.push(new);
            }
            continue;
        };
        if tip != new {
            plan.tags.push(new);
        }
        plan.tips.push(tip);
        // An old commit that is not here says nothing about what the other side has.
        let old = update.old.and_then(|old| view.commit(&old.to_string()));
        plan.without.extend(old);
        names.push(format!("{} ({})", update.name, short(tip)));
    }
    plan.reason = match (updates.len(), plan.tips.len() + plan.tags.len()) {
        (0, _) => "nothing is pushed".to_owned(),
        (_, 0) => "only references are deleted: nothing to scan".to_owned(),
        _ => names.join(", "),
    };
    plan
}

/// What the remote has, as far as is known here: the references that were fetched from it, or from any remote if there are none.
fn reached_by(remote: Option<&str>, view: &dyn View) -> (Vec<BlobId>, String) {
    let of = |prefix: &str| -> Vec<BlobId> {
        let ids: BTreeSet<BlobId> = view.refs(prefix).into_iter().map(|(_, id)| id).collect();
        ids.into_iter().collect()
    };
    if let Some(remote) = remote {
        let ids = of(&format!("refs/remotes/{remote}/"));
        if !ids.is_empty() {
            return (ids, format!(", as far as {remote} does not have it"));
        }
    }
    (
        of("refs/remotes/"),
        ", as far as no remote has it".to_owned(),
    )
}

fn under_pre_commit(env: &Env, view: &dyn View) -> Plan {
    let commit = |name: &str| env.text(name).and_then(|name| view.commit(name));
    let mut tips: BTreeSet<BlobId> = view
        .refs("refs/heads/")
        .into_iter()
        .map(|(_, id)| id)
        .collect();
    tips.extend(commit("PRE_COMMIT_TO_REF"));
    let (mut without, reached) = reached_by(env.text("PRE_COMMIT_REMOTE_NAME"), view);
    without.extend(commit("PRE_COMMIT_FROM_REF"));
    Plan {
        tips: tips.into_iter().collect(),
        without,
        tags: Vec::new(),
        reason: format!("all local branches (pre-commit does not say which are pushed){reached}"),
    }
}
