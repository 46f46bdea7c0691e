//! One scan, from the resolved command line to the last report.

use super::args::ScanArgs;
use super::fix;
use super::settings::{Mode, Settings};
use super::{Console, ExitStatus, Failure, Outcome};
use crate::progress::Progress;
use crate::report::with_progress;
use crate::scan::Scan;
use crate::suppress::Ledger;
use crate::text::escape_controls;

/// Scans and reports.
pub(super) fn run(args: ScanArgs, console: &mut Console) -> Outcome {
    let settings = Settings::new(args)?;
    let progress = Progress::new();
    limit_threads(&settings)?;
    listen_for_interrupt(&settings, &progress)?;
    let mut ledger = scan(&settings, &progress, console)?;
    if settings.fixing.fix {
        mend(&settings, &ledger, console)?;
        if settings.fixing.diff {
            return Ok(settings.failing.status(&ledger));
        }
        ledger = scan(&settings, &Progress::new(), console)?;
    }
    let written = match &settings.mode {
        Mode::History(audit) => {
            audit.write_replacements(&mut ledger, settings.failing.level, console)
        }
        _ => true,
    };
    let status = match settings.failing.status(&ledger) {
        status if written => status,
        ExitStatus::Interrupted => ExitStatus::Interrupted,
        _ => ExitStatus::Incomplete,
    };
    Ok(settings
        .outputs
        .write(&ledger, settings.rules(), status, console))
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

/// Mends what was found, and tells what became of it.
fn mend(settings: &Settings, ledger: &Ledger, console: &mut Console) -> Result<(), Failure> {
    let (detector, judge, identity) = (settings.detector(), settings.judge()?, settings.identity());
    let progress = Progress::new();
    let scan = Scan {
        fixes: true,
        ..settings.scan(&detector, &judge, &identity, &progress)
    };
    fix::mend(settings, settings.fixing, &scan, ledger, console)?.tell(settings.fixing, console);
    Ok(())
}

fn scan(
    settings: &Settings,
    progress: &Progress,
    console: &mut Console,
) -> Result<Ledger, Failure> {
    let (detector, judge, identity) = (settings.detector(), settings.judge()?, settings.identity());
    let scan = Scan {
        line_hashes: settings.outputs.needs_line_hashes(),
        fixes: settings.fixing.fix || settings.outputs.needs_fixes(),
        ..settings.scan(&detector, &judge, &identity, progress)
    };
    if let Mode::History(audit) = &settings.mode {
        let mut notes = Vec::new();
        let mut work = || audit.run(&scan, settings, &mut notes);
        let ledger = if settings.outputs.draws_progress(console) {
            with_progress(progress, settings.outputs.width(console), work)
        } else {
            work()
        };
        for note in notes.iter().filter(|_| !settings.outputs.is_quiet()) {
            console.say(&escape_controls(note));
        }
        return ledger;
    }
    let source = settings.source()?;
    // On standard error: a range that somebody else chose has to be seen, and a report must stay a report.
    if let Some(line) = source.describe().filter(|_| !settings.outputs.is_quiet()) {
        console.say(&escape_controls(&line));
    }
    let work = || scan.run(&*source, settings.info());
    Ok(if settings.outputs.draws_progress(console) {
        with_progress(progress, settings.outputs.width(console), work)
    } else {
        work()
    })
}
