//! Where decisions go: the nearest baseline, or a marker in the file; and how one is taken back.

use super::super::args::TrustArgs;
use super::super::baseline::{self, File};
use crate::finding::Finding;
use crate::report::write_whole;
use crate::rule::RuleSet;
use crate::suppress::{Baseline, Decision, Status};
use crate::text::{LineIndex, Name};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The baselines and the files of a project, as far as a review writes to them.
pub(super) struct Keep<'a> {
    /// Those that were asked for until now; the one at the root first.
    books: Vec<Book>,
    /// By the folder of a file, which of them is nearest.
    nearest: BTreeMap<PathBuf, usize>,
    trust: &'a TrustArgs,
    rules: &'a RuleSet,
    root: &'a Path,
    author: String,
    undo: Vec<Undo>,
}

/// A baseline.
struct Book {
    path: PathBuf,
    name: Name,
    baseline: Baseline,
    /// Whether it was there before.
    exists: bool,
}

impl Book {
    fn new(file: File) -> Self {
        Book {
            exists: file.path.exists(),
            baseline: file.or_new(),
            path: file.path,
            name: file.name,
        }
    }
}

/// How things were before a decision.
enum Undo {
    /// The baseline of that number.
    Baseline(usize, Box<Baseline>, bool),
    File {
        path: PathBuf,
        before: Vec<u8>,
        after: Vec<u8>,
    },
}

impl<'a> Keep<'a> {
    pub(super) fn new(
        file: File,
        trust: &'a TrustArgs,
        rules: &'a RuleSet,
        root: &'a Path,
    ) -> Self {
        Keep {
            books: vec![Book::new(file)],
            nearest: BTreeMap::new(),
            trust,
            rules,
            root,
            author: baseline::author(None),
            undo: Vec::new(),
        }
    }

    /// The number of the baseline that is nearest to a finding.
    fn book_of(&mut self, finding: &Finding) -> Result<usize, String> {
        let Some(path) = finding.origin.path() else {
            return Ok(0);
        };
        let path = self.root.join(path.to_text());
        let folder = path.parent().unwrap_or(self.root);
        if let Some(number) = self.nearest.get(folder) {
            return Ok(*number);
        }
        let file = File::nearest(self.trust, &path).map_err(|failure| failure.message)?;
        let known = self.books.iter().position(|book| book.path == file.path);
        let number = known.unwrap_or_else(|| {
            self.books.push(Book::new(file));
            self.books.len() - 1
        });
        self.nearest.insert(folder.to_owned(), number);
        Ok(number)
    }

    /// Whether somebody said of a finding that stands what there is to say: that it is real.
    pub(super) fn knows(&mut self, finding: &Finding) -> bool {
        // One that cannot be read is told when something is written to it.
        let nearest = self.book_of(finding).unwrap_or_default();
        [0, nearest].into_iter().any(|number| {
            let entry = self.books[number].baseline.entry_of(finding);
            entry.is_some_and(|entry| matches!(entry.status, Status::Real { .. }))
        })
    }

    /// Writes an entry.
    pub(super) fn decide(
        &mut self,
        finding: &Finding,
        status: Status,
        reason: &str,
    ) -> Result<String, String> {
        let number = self.book_of(finding)?;
        let book = &mut self.books[number];
        let before = book.baseline.clone();
        let decision = Decision {
            status,
            reason: reason.to_owned(),
            author: self.author.clone(),
        };
        book.baseline.add([finding], self.rules, &decision);
        if let Err(why) = save(&book.path, &book.baseline) {
            book.baseline = before;
            return Err(why);
        }
        self.undo
            .push(Undo::Baseline(number, Box::new(before), book.exists));
        book.exists = true;
        Ok(format!("written to {}", book.name))
    }

    /// Writes a marker behind the line, or above it where what stands behind would belong to the value.
    pub(super) fn mark(&mut self, finding: &Finding, reason: &str) -> Result<String, String> {
        let name = finding.origin.path().map_or(String::new(), Name::to_text);
        let path = self.root.join(&name);
        let before = std::fs::read(&path).map_err(|error| format!("{name}: {error}"))?;
        let Comment { open, close, above } = comment_of(&name)
            .ok_or("no comment can stand in such a file: write an entry of the baseline instead")?;
        let line = finding.location.line;
        let index = LineIndex::new(&before);
        let span = index.line_span(&before, line);
        let text = span.of(&before);
        let end = span.start + text.trim_ascii_end().len();
        // By the line: a marker further up has moved the bytes.
        let still = finding.location.end_line == line
            && memchr::memmem::find(text, finding.secret.expose()).is_some();
        if !still {
            return Err("it is no longer on that line, or not on one alone: write an entry of the baseline instead".to_owned());
        }
        if before.get(..end).is_some_and(|text| text.ends_with(b"\\")) {
            return Err(
                "the line goes on in the next one: write an entry of the baseline instead"
                    .to_owned(),
            );
        }
        let id = self.rules.rule(finding.rule).id();
        let (at, marker) = if above {
            let indent = text.len() - text.trim_ascii_start().len();
            let indent = String::from_utf8_lossy(&text[..indent]);
            let ending = if before[span.end..].starts_with(b"\r\n") || text.ends_with(b"\r") {
                "\r\n"
            } else {
                "\n"
            };
            let marker =
                format!("{indent}{open} invoca-scan:allow-next-line={id} {reason}{close}{ending}");
            (span.start, marker)
        } else {
            (
                end,
                format!("  {open} invoca-scan:allow={id} {reason}{close}"),
            )
        };
        let after = [&before[..at], marker.as_bytes(), &before[at..]].concat();
        overwrite(&path, &after)?;
        self.undo.push(Undo::File {
            path,
            before,
            after,
        });
        Ok(format!("a marker stands in {name}:{line}"))
    }

    /// Takes the last one back.
    pub(super) fn undo(&mut self) -> Result<(), String> {
        match self.undo.pop() {
            None => Err("there is nothing to undo".to_owned()),
            Some(Undo::Baseline(number, before, existed)) => {
                let book = &mut self.books[number];
                match existed {
                    true => save(&book.path, &before)?,
                    false => std::fs::remove_file(&book.path)
                        .map_err(|error| format!("{}: {error}", book.name))?,
                }
                book.exists = existed;
                book.baseline = *before;
                Ok(())
            }
            Some(Undo::File {
                path,
                before,
                after,
            }) => {
                if std::fs::read(&path).ok().as_deref() != Some(&after) {
                    return Err(format!("{} was changed since", path.display()));
                }
                overwrite(&path, &before)
            }
        }
    }
}

fn save(path: &Path, baseline: &Baseline) -> Result<(), String> {
    baseline::write(path, baseline).map_err(|failure| failure.message)
}

fn overwrite(path: &Path, bytes: &[u8]) -> Result<(), String> {
    write_whole(path, false, |out| out.write_all(bytes))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// How a comment is written in a file.
struct Comment {
    open: &'static str,
    close: &'static str,
    /// Whether it needs a line of its own: what follows a value belongs to it.
    above: bool,
}

/// How a comment is written in a file of that name; `None` where there is none.
fn comment_of(name: &str) -> Option<Comment> {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let ending = file.rsplit('.').next().unwrap_or_default();
    const HASH: &[&str] = &[
        "py",
        "rb",
        "sh",
        "bash",
        "zsh",
        "yml",
        "yaml",
        "toml",
        "tf",
        "pl",
        "r",
        "ps1",
        "dockerfile",
        "makefile",
        "jl",
        "ex",
        "exs",
    ];
    const SLASHES: &[&str] = &[
        "js", "jsx", "ts", "tsx", "mjs", "go", "rs", "java", "kt", "kts", "c", "h", "cc", "cpp",
        "cs", "swift", "php", "scala", "dart", "groovy",
    ];
    const DASHES: &[&str] = &["sql", "lua", "hs", "elm"];
    const TAGS: &[&str] = &["html", "xml", "md", "vue"];
    const ABOVE: &[&str] = &[
        "env",
        "properties",
        "conf",
        "cfg",
        "ini",
        "npmrc",
        "pypirc",
        "netrc",
        "envrc",
    ];
    let is = |list: &[&str]| list.contains(&ending);
    let behind = |open, close| {
        Some(Comment {
            open,
            close,
            above: false,
        })
    };
    if is(HASH) {
        behind("#", "")
    } else if is(SLASHES) {
        behind("//", "")
    } else if is(DASHES) {
        behind("--", "")
    } else if is(TAGS) {
        behind("<!--", " -->")
    } else if is(ABOVE) || file.starts_with(".env.") {
        Some(Comment {
            open: if ending == "ini" { ";" } else { "#" },
            close: "",
            above: true,
        })
    } else {
        None
    }
}
