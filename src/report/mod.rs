//! What people and machines get to see of a [`Ledger`]: one file for each format, the progress line, and report files written whole or
//! not at all. With `main.rs` the only room that writes.
//!
//! To add a format: one file here, one arm in [`Format::reporter`] and one row in [`FORMATS`].

mod azure;
mod checkstyle;
mod codeclimate;
mod csv;
mod escape;
mod file;
mod github;
mod gitlab;
mod gitleaks;
mod html;
mod human;
mod join;
mod join_stories;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod moment;
mod progress;
mod rdjsonl;
mod read;
mod record;
mod replacements;
mod rule_page;
mod sarif;
mod story;
mod story_record;
mod style;
mod template;
mod time;
mod wrap;

pub use file::write_whole;
pub use human::{notice, suppressed_because};
pub use join::Joining;
pub use progress::with_progress;
pub use read::read_report;
pub use replacements::replacements;
pub use rule_page::{UNDOCUMENTED, pair_page, rule_page};
pub use style::{Environment, Links, Style, When};
pub use template::Template;
pub use time::today;
pub use wrap::count;

use crate::rule::RuleSet;
use crate::suppress::Ledger;
use std::io::{self, Write};

/// Writes one ledger in one format.
pub trait Reporter {
    /// Writes all of it.
    ///
    /// # Errors
    /// Those of `out`.
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()>;
}

/// What is shown, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Colours.
    pub style: Style,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether secrets are written as they are.
    pub show_secrets: bool,
    /// Whether suppressed findings are listed.
    pub show_suppressed: bool,
    /// Whether the inputs that were left out are listed.
    pub list_left_out: bool,
    /// Findings and problems only.
    pub quiet: bool,
    /// References, notes and full details of a finding.
    pub verbose: bool,
    /// Whether the exit status says failure, so that a hook blocks.
    pub failed: bool,
}

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// One object, versioned.
    Json,
    /// One record a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    Github,
    /// GitLab secret detection.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Code Climate issues.
    Codeclimate,
    /// Checkstyle XML.
    Checkstyle,
    /// reviewdog diagnostics.
    Rdjsonl,
    /// Azure Pipelines logging commands.
    Azure,
    /// A table for spreadsheets.
    Csv,
    /// Markdown.
    Markdown,
    /// A page for a browser.
    Html,
    /// What gitleaks writes.
    GitleaksJson,
    /// What a template makes of it.
    Template,
}

/// Every format with its name on the command line and what it is for.
pub const FORMATS: &[(&str, Format, &str)] = &[
    ("human", Format::Human, "for people"),
    ("json", Format::Json, "one versioned object"),
    ("jsonl", Format::Jsonl, "one record a line"),
    ("sarif", Format::Sarif, "SARIF 2.1.0, for code scanning"),
    ("github", Format::Github, "annotations of GitHub Actions"),
    ("gitlab", Format::Gitlab, "GitLab secret detection"),
    ("junit", Format::Junit, "JUnit XML"),
    (
        "codeclimate",
        Format::Codeclimate,
        "Code Climate, GitLab code quality",
    ),
    ("checkstyle", Format::Checkstyle, "Checkstyle XML"),
    ("rdjsonl", Format::Rdjsonl, "reviewdog"),
    ("azure", Format::Azure, "Azure Pipelines"),
    ("csv", Format::Csv, "a table for spreadsheets"),
    ("markdown", Format::Markdown, "step summaries, tickets"),
    ("html", Format::Html, "a page for a browser"),
    (
        "gitleaks-json",
        Format::GitleaksJson,
        "what gitleaks writes",
    ),
    (
        "template",
        Format::Template,
        "what --template makes of it; else lines as compilers print",
    ),
];

impl Format {
    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        FORMATS
            .iter()
            .find(|(known, _, _)| *known == name)
            .map(|(_, format, _)| *format)
    }

    /// Its writer.
    pub fn reporter(self, options: Options) -> Box<dyn Reporter> {
        match self {
            Format::Human => Box::new(human::Human(options)),
            Format::Json => Box::new(json::Json(options)),
            Format::Jsonl => Box::new(jsonl::Jsonl(options)),
            Format::Sarif => Box::new(sarif::Sarif(options)),
            Format::Github => Box::new(github::Github(options)),
            Format::Gitlab => Box::new(gitlab::Gitlab(options)),
            Format::Junit => Box::new(junit::Junit(options)),
            Format::Codeclimate => Box::new(codeclimate::Codeclimate(options)),
            Format::Checkstyle => Box::new(checkstyle::Checkstyle(options)),
            Format::Rdjsonl => Box::new(rdjsonl::Rdjsonl(options)),
            Format::Azure => Box::new(azure::Azure(options)),
            Format::Csv => Box::new(csv::Csv(options)),
            Format::Markdown => Box::new(markdown::Markdown(options)),
            Format::Html => Box::new(html::Html(options)),
            Format::GitleaksJson => Box::new(gitleaks::Gitleaks(options)),
            Format::Template => Template::default().reporter(options),
        }
    }

    /// Whether it says which repository was scanned.
    pub fn names_repository(self) -> bool {
        !matches!(
            self,
            Format::Human | Format::Github | Format::Azure | Format::Markdown
        )
    }

    /// Whether reports of this format say how to mend what was found.
    pub fn needs_fixes(self) -> bool {
        self == Format::Sarif
    }

    /// Whether findings need the hash of their line.
    pub fn needs_line_hashes(self) -> bool {
        self == Format::Sarif
    }
}
