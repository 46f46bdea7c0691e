//! Finding and opening a repository, and what it says of itself.

use super::env::Env;
use super::index::Index;
use super::objects::{Objects, oid};
use super::{Unread, options, plumbing, regular};
use crate::blob::BlobId;
use crate::problem::Problem;
use crate::text::Name;
use git2::{ErrorCode, RepositoryOpenFlags};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An opened repository. Belongs to one thread; what the others need is in [`Repository::objects`].
pub struct Repository {
    pub(super) inner: git2::Repository,
    objects: Arc<Objects>,
    git_dir: PathBuf,
    work_dir: Option<PathBuf>,
    index_file: PathBuf,
    /// Whether references are stored in tables, which libgit2 does not read.
    pub(super) reftable: bool,
}

fn problem(at: &Path, cause: impl Into<String>) -> Problem {
    Problem::new("repository", Name::from_path(at), cause).consequence("nothing was scanned")
}

impl Repository {
    /// The repository that git would use when it is started in `start`: the one that the environment names, else the one around
    /// `start`. `None` if there is none.
    ///
    /// # Errors
    /// There is one and it cannot be opened.
    pub fn discover(start: &Path, env: &Env) -> Result<Option<Self>, Problem> {
        let ceilings: Vec<PathBuf> = env
            .get("GIT_CEILING_DIRECTORIES")
            .map(|list| std::env::split_paths(list).collect())
            .unwrap_or_default();
        let named = env.path("GIT_DIR");
        let (path, flags) = match &named {
            Some(dir) => (start.join(dir), RepositoryOpenFlags::NO_SEARCH),
            None => (start.to_owned(), RepositoryOpenFlags::CROSS_FS),
        };
        let Some(inner) = open(&path, flags, &ceilings)? else {
            return match named {
                None => Ok(None),
                Some(_) => Err(problem(&path, "GIT_DIR names no repository")
                    .next("unset GIT_DIR, or let it name a repository")),
            };
        };
        let common = env.path("GIT_COMMON_DIR").map(|dir| start.join(dir));
        if let Some(common) = common.filter(|common| !same_place(common, inner.commondir())) {
            return Err(problem(
                &path,
                format!(
                    "GIT_COMMON_DIR names {}, but the repository says {}",
                    Name::from_path(&common),
                    Name::from_path(inner.commondir())
                ),
            )
            .next("unset GIT_COMMON_DIR"));
        }
        let work_dir = match env.path("GIT_WORK_TREE") {
            Some(dir) => Some(start.join(dir)),
            // Without a word on the work tree, git takes the current directory for it.
            None if named.is_some() && !inner.is_bare() => Some(start.to_owned()),
            None => inner.workdir().map(Path::to_owned),
        };
        let mut folders = Vec::new();
        if let Some(folder) = env.path("GIT_OBJECT_DIRECTORY") {
            folders.push(start.join(folder));
        }
        if let Some(list) = env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            folders.extend(std::env::split_paths(list).map(|folder| start.join(folder)));
        }
        let index_file = env.path("GIT_INDEX_FILE").map(|file| {
            // git has changed into the work tree before it opens this file.
            work_dir.as_deref().unwrap_or(start).join(file)
        });
        Self::assemble(inner, work_dir, folders, index_file).map(Some)
    }

    /// The repository whose work tree or git directory is `path`, whatever the environment says. `None` if there is none.
    ///
    /// # Errors
    /// There is one and it cannot be opened.
    pub fn open(path: &Path) -> Result<Option<Self>, Problem> {
        let Some(inner) = open(path, RepositoryOpenFlags::NO_SEARCH, &[])? else {
            return Ok(None);
        };
        let work_dir = inner.workdir().map(Path::to_owned);
        Self::assemble(inner, work_dir, Vec::new(), None).map(Some)
    }

    fn assemble(
        inner: git2::Repository,
        work_dir: Option<PathBuf>,
        mut folders: Vec<PathBuf>,
        index_file: Option<PathBuf>,
    ) -> Result<Self, Problem> {
        let git_dir = inner.path().to_owned();
        let failed = |error: git2::Error| problem(&git_dir, error.message());
        let config = inner.config().map_err(failed)?;
        let partial = config.get_entry("extensions.partialclone").is_ok()
            || config
                .entries(Some(r"^remote\..*\.promisor$"))
                .is_ok_and(|mut entries| entries.next().is_some());
        let reftable = config
            .get_string("extensions.refstorage")
            .is_ok_and(|format| format.eq_ignore_ascii_case("reftable"));
        folders.push(inner.commondir().join("objects"));
        let objects = Objects::open(&folders, inner.object_format(), partial)?;
        inner.set_odb(objects.odb()).map_err(failed)?;
        Ok(Repository {
            objects: Arc::new(objects),
            work_dir,
            index_file: index_file.unwrap_or_else(|| git_dir.join("index")),
            git_dir,
            reftable,
            inner,
        })
    }

    /// Its objects, for all threads.
    pub fn objects(&self) -> &Arc<Objects> {
        &self.objects
    }

    /// The git directory; of a linked worktree its own.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The git directory that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        self.inner.commondir()
    }

    /// The root of the working tree; `None` in a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// Whether history ends at commits whose parents were not fetched.
    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow()
    }

    /// The commits at which a shallow history ends.
    pub fn shallow_commits(&self) -> BTreeSet<BlobId> {
        let text = fs::read(self.common_dir().join("shallow")).unwrap_or_default();
        text.split(|byte| *byte == b'\n')
            .filter_map(|line| BlobId::from_hex(line.trim_ascii()))
            .collect()
    }

    /// Whether objects may be missing because they were never fetched.
    pub fn is_partial(&self) -> bool {
        self.objects.is_partial()
    }

    /// The index, or the one that the environment names; without a file it is empty.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or has a form that this version does not know.
    pub fn index(&self) -> Result<Index, Problem> {
        let failed = |cause: String| {
            Problem::new("index", Name::from_path(&self.index_file), cause)
                .consequence("what is staged or tracked is unknown")
                .next("`git status` tells whether git can read it; `rm` it and `git reset` builds it again")
        };
        let Some(bytes) = read_regular(&self.index_file).map_err(failed)? else {
            return Ok(Index::default());
        };
        let base = |id: BlobId| {
            let file = self.git_dir.join(format!("sharedindex.{id}"));
            read_regular(&file)?.ok_or_else(|| format!("its shared index {id} is missing"))
        };
        Index::parse(&bytes, self.objects.id_len(), &base).map_err(failed)
    }

    /// The commit that HEAD names; `None` before the first commit.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub fn head(&self) -> Result<Option<BlobId>, Problem> {
        if self.reftable {
            return plumbing::resolve(self, "HEAD");
        }
        match self.inner.refname_to_id("HEAD") {
            Ok(id) => Ok(BlobId::from_bytes(id.as_bytes())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(Problem::new("ref", "HEAD".into(), error.message())),
        }
    }

    /// The parents that a commit made now would have: HEAD (none before the first commit) and, in a merge, the other ones.
    ///
    /// # Errors
    /// HEAD or the file that names the others cannot be read.
    pub fn parents_to_be(&self, env: &Env) -> Result<Vec<BlobId>, Problem> {
        let mut parents: Vec<BlobId> = self.head()?.into_iter().collect();
        let file = self.git_dir.join("MERGE_HEAD");
        let merged =
            read_regular(&file).map_err(|cause| Problem::new("ref", "MERGE_HEAD".into(), cause))?;
        let others: Vec<BlobId> = match &merged {
            Some(text) => text
                .split(|byte| *byte == b'\n')
                .filter_map(|line| BlobId::from_hex(line.trim_ascii()))
                .collect(),
            // While `git merge` runs the hook pre-merge-commit, the file does not exist yet; the parents are in names of variables.
            None => env
                .names_after("GITHEAD_")
                .filter_map(|hex| BlobId::from_hex(hex.as_bytes()))
                .filter(|id| self.objects.has(*id))
                .collect(),
        };
        for id in others {
            if !parents.contains(&id) {
                parents.push(id);
            }
        }
        Ok(parents)
    }

    /// The commit that an expression like `main~3`, a tag or an abbreviated id names; `None` if it names nothing that is here.
    ///
    /// # Errors
    /// What it names cannot be read.
    pub fn resolve(&self, expression: &str) -> Result<Option<BlobId>, Problem> {
        if self.reftable {
            return plumbing::resolve(self, expression);
        }
        let Ok(object) = self.inner.revparse_single(expression) else {
            return Ok(None);
        };
        let Some(id) = BlobId::from_bytes(object.id().as_bytes()) else {
            return Ok(None);
        };
        self.objects.peel(id).map_err(Unread::into_problem)
    }

    /// All references and what they name, tags not followed; sorted by name.
    ///
    /// # Errors
    /// They cannot be listed at all. A single broken reference is left out of the list.
    pub fn refs(&self) -> Result<Vec<(Name, BlobId)>, Problem> {
        if self.reftable {
            return plumbing::refs(self);
        }
        let failed = |error: git2::Error| problem(&self.git_dir, error.message());
        let mut refs = Vec::new();
        for reference in self.inner.references().map_err(failed)? {
            let Ok(reference) = reference else { continue };
            let id = reference.resolve().ok().and_then(|direct| direct.target());
            if let Some(id) = id.and_then(|id| BlobId::from_bytes(id.as_bytes())) {
                refs.push((Name::new(reference.name_bytes()), id));
            }
        }
        refs.sort();
        Ok(refs)
    }

    /// The best common ancestor of two commits; `None` if they have none.
    ///
    /// # Errors
    /// A commit on the way is missing.
    pub fn merge_base(&self, one: BlobId, two: BlobId) -> Result<Option<BlobId>, Problem> {
        let found = oid(one).and_then(|one| self.inner.merge_base(one, oid(two)?));
        match found {
            Ok(id) => Ok(BlobId::from_bytes(id.as_bytes())),
            Err(error) if error.code() == ErrorCode::NotFound && self.has_both(one, two) => {
                Ok(None)
            }
            Err(error) => Err(Problem::new(
                "missing-commit",
                Name::from(format!("{one}...{two}").as_str()),
                error.message(),
            )),
        }
    }

    fn has_both(&self, one: BlobId, two: BlobId) -> bool {
        self.objects.has(one) && self.objects.has(two)
    }

    /// A value of the repository's own configuration.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.inner.config().ok()?.get_string(name).ok()
    }

    /// Where it comes from: the URL of `origin` (or of the only remote), without user and password.
    pub fn remote_url(&self) -> Option<String> {
        let names = self.inner.remotes().ok()?;
        let only = names
            .iter()
            .flatten()
            .flatten()
            .next()
            .filter(|_| names.len() == 1);
        let remote = self
            .inner
            .find_remote("origin")
            .ok()
            .or_else(|| self.inner.find_remote(only?).ok())?;
        remote.url().ok().map(without_credentials)
    }
}

fn open(
    path: &Path,
    flags: RepositoryOpenFlags,
    ceilings: &[PathBuf],
) -> Result<Option<git2::Repository>, Problem> {
    options::apply();
    let search = !flags.contains(RepositoryOpenFlags::NO_SEARCH);
    if let Some(obstacle) = regular::obstacle(path, search) {
        return Err(problem(
            &obstacle,
            "git reads this file to open a repository, and it is not a regular file",
        ));
    }
    match git2::Repository::open_ext(path, flags, ceilings) {
        Ok(repository) => Ok(Some(repository)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(problem(
            path,
            format!("the repository cannot be opened: {}", error.message()),
        )
        .next("`git status` there tells whether git can open it")),
    }
}

/// The content of a regular file; `None` if there is none. Nothing else is opened: a FIFO would make us wait.
pub(super) fn read_regular(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match fs::metadata(path) {
        Ok(about) if about.is_file() => fs::read(path).map(Some).map_err(|error| error.to_string()),
        Ok(_) => Err("it is not a regular file".into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn same_place(one: &Path, two: &Path) -> bool {
    matches!((one.canonicalize(), two.canonicalize()), (Ok(one), Ok(two)) if one == two)
}

/// `scheme://user:password@host/…` without what stands before the `@`.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn a_remote_url_is_shown_without_its_credentials() {
        let shown = without_credentials("https://me:t0ken@git.example/a/b@c.git");
        assert_eq!(shown, "https://git.example/a/b@c.git");
        assert_eq!(without_credentials("git@host:a/b"), "git@host:a/b");
        assert_eq!(without_credentials("/srv/a.git"), "/srv/a.git");
    }
}
