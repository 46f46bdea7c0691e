//! One scan, from the resolved command line to the last report.

use super::args::ScanArgs;
use super::settings::{Mode, Settings};
use super::{Console, ExitStatus, Failure, Outcome};
use crate::progress::Progress;
use crate::report::{Format, Options, Style, notice, with_progress, write_whole};
use crate::rule::RuleSet;
use crate::scan::Scan;
use crate::suppress::Ledger;
use crate::text::escape_controls;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Scans and reports.
pub(super) fn run(args: ScanArgs, console: &mut Console) -> Outcome {
    let settings = Settings::new(args)?;
    let progress = Progress::new();
    limit_threads(&settings)?;
    listen_for_interrupt(&settings, &progress)?;
    let ledger = scan(&settings, &progress, console)?;
    let status = settings.failing.status(&ledger);
    let report = Report {
        settings: &settings,
        ledger: &ledger,
        rules: settings.rules(),
        options: settings.options(console, status != ExitStatus::Clean),
    };
    Ok(if report.write(console) {
        status
    } else {
        ExitStatus::Incomplete
    })
}

fn limit_threads(settings: &Settings) -> Result<(), Failure> {
    let Some(threads) = settings.threads else {
        return Ok(());
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| Failure::new(format!("cannot start {threads} threads: {error}"), ""))
}

/// The first Ctrl-C asks the scan to stop, a second one ends the program at once.
fn listen_for_interrupt(settings: &Settings, progress: &Progress) -> Result<(), Failure> {
    // Nothing is found before a stream has ended: there, the first Ctrl-C may end the program.
    if matches!(settings.mode, Mode::Stdin(_)) {
        return Ok(());
    }
    use signal_hook::consts::SIGINT;
    let flag = progress.interrupt_flag();
    signal_hook::flag::register_conditional_shutdown(SIGINT, 130, flag.clone())
        .and_then(|_| signal_hook::flag::register(SIGINT, flag))
        .map(|_| ())
        .map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}"), ""))
}

fn scan(
    settings: &Settings,
    progress: &Progress,
    console: &mut Console,
) -> Result<Ledger, Failure> {
    let source = settings.source()?;
    let (detector, judge, identity) = (settings.detector(), settings.judge()?, settings.identity());
    let scan = Scan {
        detector: &detector,
        judge: &judge,
        identity: &identity,
        progress,
        line_hashes: settings.needs_line_hashes(),
    };
    // On standard error: a range that somebody else chose has to be seen, and a report must stay a report.
    if let Some(line) = source.describe().filter(|_| !settings.showing.quiet) {
        console.say(&escape_controls(&line));
    }
    let work = || scan.run(&*source, settings.info());
    Ok(if settings.draws_progress(console) {
        with_progress(progress, settings.width(console), work)
    } else {
        work()
    })
}

struct Report<'a> {
    settings: &'a Settings,
    ledger: &'a Ledger,
    rules: &'a RuleSet,
    options: Options,
}

impl Report<'_> {
    /// Writes every report that was asked for; whether all of them could be written.
    fn write(&self, console: &mut Console) -> bool {
        let mut all = true;
        let files = self.settings.reports.iter();
        let output = self
            .settings
            .output
            .as_ref()
            .map(|path| (self.settings.format, path));
        for (format, path) in files.map(|(format, path)| (*format, path)).chain(output) {
            if let Err(error) = self.to_file(format, path) {
                console.say(&format!(
                    "error: cannot write the report {}: {error}\n  next: name a file in a folder that exists and can be written",
                    path.display()
                ));
                all = false;
            }
        }
        if self.settings.output.is_none() {
            all &= self.to_console(console);
        }
        if self.settings.output.is_some() || self.settings.format != Format::Human {
            self.notify(console);
        }
        if self.settings.format == Format::Github {
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
        let reporter = self.settings.reporter(format, options);
        write_whole(path, options.show_secrets, |out| {
            reporter.write(out, self.ledger, self.rules)
        })
    }

    fn to_console(&self, console: &mut Console) -> bool {
        let reporter = self.settings.reporter(self.settings.format, self.options);
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
                style: self.settings.error_style(console),
                ..self.options
            };
            console.say(&notice(self.ledger, self.rules, &options));
        }
    }
}
