//! Where reports go, and how they look: on standard output, in files, and what standard error says beside them.

use super::args::{OutputArgs, Showing};
use super::{Console, ExitStatus, Failure, environment};
use crate::report::{Format, Links, Options, Reporter, Style, Template, notice, write_whole};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The reports of one run.
#[derive(Debug)]
pub(super) struct Outputs {
    /// The format of standard output, or of the file of `--output`.
    format: Format,
    output: Option<PathBuf>,
    reports: Vec<(Format, PathBuf)>,
    template: Template,
    showing: Showing,
}

impl Outputs {
    /// Resolves what was typed.
    ///
    /// # Errors
    /// Two reports in one file, or a template that is none.
    pub(super) fn new(args: OutputArgs, showing: Showing) -> Result<Self, Failure> {
        let outputs = Outputs {
            format: args.format,
            output: args.output,
            reports: args.report,
            template: template(args.template.as_deref())?,
            showing,
        };
        let mut paths: Vec<&PathBuf> = outputs.paths().collect();
        paths.sort();
        match paths.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Failure::new(
                format!("two reports go to {}", pair[0].display()),
                "give each report a file of its own",
            )),
            None => Ok(outputs),
        }
    }

    /// The files that are written.
    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.output
            .iter()
            .chain(self.reports.iter().map(|(_, path)| path))
    }

    /// Whether only findings and problems are wanted.
    pub(super) fn is_quiet(&self) -> bool {
        self.showing.quiet
    }

    /// Writes every report that was asked for. The status is `status`, or that something could not be written.
    pub(super) fn write(
        &self,
        ledger: &Ledger,
        rules: &RuleSet,
        status: ExitStatus,
        console: &mut Console,
    ) -> ExitStatus {
        let report = Report {
            outputs: self,
            ledger,
            rules,
            options: self.options(console, status != ExitStatus::Clean),
        };
        if report.write(console) {
            status
        } else {
            ExitStatus::Incomplete
        }
    }

    /// The writer of a report.
    fn reporter(&self, format: Format, options: Options) -> Box<dyn Reporter> {
        match format {
            Format::Template => self.template.clone().reporter(options),
            _ => format.reporter(options),
        }
    }

    /// The formats of all reports.
    pub(super) fn formats(&self) -> impl Iterator<Item = Format> {
        std::iter::once(self.format).chain(self.reports.iter().map(|(format, _)| *format))
    }

    /// Whether a report needs the hash of each finding's line.
    pub(super) fn needs_line_hashes(&self) -> bool {
        self.formats().any(Format::needs_line_hashes)
    }

    /// Whether a report has room for repairs.
    pub(super) fn needs_fixes(&self) -> bool {
        self.formats().any(Format::needs_fixes)
    }

    /// Whether secrets are shown as they are.
    pub(super) fn shows_secrets(&self) -> bool {
        self.showing.show_secrets
    }

    /// How reports look on standard output.
    pub(super) fn options(&self, console: &Console, failed: bool) -> Options {
        Options {
            style: console
                .style(self.showing.color.color)
                .with_links(links(console)),
            width: self.width(console),
            show_secrets: self.showing.show_secrets,
            show_suppressed: self.showing.show_suppressed,
            list_left_out: self.showing.list_skipped,
            quiet: self.showing.quiet,
            verbose: self.showing.verbose,
            failed,
        }
    }

    /// How words on standard error look.
    fn error_style(&self, console: &Console) -> Style {
        Style::new(
            self.showing.color.color,
            console.err_is_terminal,
            environment(),
        )
    }

    /// Columns: of the terminal, or as many as read well.
    pub(super) fn width(&self, console: &Console) -> usize {
        const READS_WELL: usize = 100;
        if !console.out_is_terminal && !console.err_is_terminal {
            return READS_WELL;
        }
        match terminal_size::terminal_size() {
            Some((terminal_size::Width(columns), _)) => usize::from(columns).clamp(40, 120),
            None => READS_WELL,
        }
    }

    /// Whether somebody watches standard error. pre-commit runs hooks in a pseudo-terminal, so its own variable has to be asked.
    pub(super) fn draws_progress(&self, console: &Console) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some();
        let unwatched = ["CI", "PRE_COMMIT"].into_iter().any(set) || environment().dumb;
        console.err_is_terminal && !unwatched && !self.showing.quiet && !self.showing.no_progress
    }
}

struct Report<'a> {
    outputs: &'a Outputs,
    ledger: &'a Ledger,
    rules: &'a RuleSet,
    options: Options,
}

impl Report<'_> {
    /// Writes every report that was asked for; whether all of them could be written.
    fn write(&self, console: &mut Console) -> bool {
        let mut all = true;
        let files = self.outputs.reports.iter();
        let output = self
            .outputs
            .output
            .as_ref()
            .map(|path| (self.outputs.format, path));
        for (format, path) in files.map(|(format, path)| (*format, path)).chain(output) {
            if let Err(error) = self.to_file(format, path) {
                console.say(&format!(
                    "error: cannot write the report {}: {error}\n  next: name a file in a folder that exists and can be written",
                    path.display()
                ));
                all = false;
            }
        }
        if self.outputs.output.is_none() {
            all &= self.to_console(console);
        }
        if self.outputs.output.is_some() || self.outputs.format != Format::Human {
            self.notify(console);
        }
        if self.outputs.format == Format::Github {
            all &= self.to_summary(console);
        }
        all
    }

    /// Annotations are few; the step's summary, which GitHub shows below the job, has room for all.
    fn to_summary(&self, console: &mut Console) -> bool {
        let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
        else {
            return true;
        };
        let mut page = Vec::new();
        let written = Format::Markdown
            .reporter(self.options)
            .write(&mut page, self.ledger, self.rules)
            .and_then(|()| OpenOptions::new().append(true).create(true).open(&path))
            .and_then(|mut file| file.write_all(&page));
        written
            .inspect_err(|error| {
                let path = Path::new(&path).display();
                console.say(&format!("error: cannot write the summary {path}: {error}"));
            })
            .is_ok()
    }

    fn to_file(&self, format: Format, path: &Path) -> io::Result<()> {
        let options = Options {
            style: Style::plain(),
            ..self.options
        };
        let reporter = self.outputs.reporter(format, options);
        write_whole(path, options.show_secrets, |out| {
            reporter.write(out, self.ledger, self.rules)
        })
    }

    fn to_console(&self, console: &mut Console) -> bool {
        let reporter = self.outputs.reporter(self.outputs.format, self.options);
        let written = reporter
            .write(&mut console.out, self.ledger, self.rules)
            .and_then(|()| console.out.flush());
        match written {
            // Whoever closed the pipe has seen enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                console.say(&format!("error: cannot write the report: {error}"));
                false
            }
            _ => true,
        }
    }

    /// Where the report is for a machine, people still learn that the scan failed.
    fn notify(&self, console: &mut Console) {
        if self.options.failed && !self.options.quiet {
            let options = Options {
                style: self.outputs.error_style(console),
                ..self.options
            };
            console.say(&notice(self.ledger, self.rules, &options));
        }
    }
}

/// The template that was named, or the one for those who name none.
fn template(path: Option<&Path>) -> Result<Template, Failure> {
    let Some(path) = path else {
        return Ok(Template::default());
    };
    let failed = |cause: String| {
        Failure::new(
            format!("the template {}: {cause}", path.display()),
            "name a template in the Jinja language; docs/formats.md has one",
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Template::new(&path.to_string_lossy(), &text).map_err(failed)
}

/// Links where a person sits before a terminal that knows them; others would show the addresses, or garbage.
fn links(console: &Console) -> Links {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let set = |name: &str| !variable(name).is_empty();
    let unwatched = ["CI", "PRE_COMMIT"].into_iter().any(set);
    if !console.out_is_terminal || unwatched || environment().dumb || environment().no_color {
        return Links::None;
    }
    if variable("TERM_PROGRAM") == "vscode" {
        return Links::VsCode;
    }
    let known = [
        "VTE_VERSION",
        "WT_SESSION",
        "KONSOLE_VERSION",
        "KITTY_WINDOW_ID",
    ]
    .into_iter()
    .any(set)
        || ["iTerm.app", "WezTerm", "ghostty"].contains(&variable("TERM_PROGRAM").as_str())
        || ["kitty", "alacritty", "foot", "wezterm", "ghostty"]
            .iter()
            .any(|name| variable("TERM").contains(name));
    if known { Links::File } else { Links::None }
}
