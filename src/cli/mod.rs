//! The command line: `args` is what was typed, `settings` what that means; one file for each command. Everything that is read from the
//! environment is read here.

mod args;
mod baseline;
mod config;
mod date;
mod exit;
mod explain;
mod fix;
mod foreign;
mod help;
mod history;
mod hook;
mod import;
mod known;
mod man;
mod merge;
mod outputs;
mod project;
mod ranges;
mod review;
mod rules;
mod scan;
mod settings;
mod shelf;

pub use exit::{ExitStatus, Failing};

use crate::report::{Environment, Style, When};
use args::{Args, Command, HookCommand, RulesCommand};
use clap::{CommandFactory as _, Parser as _};
use std::ffi::OsString;
use std::io::{self, Write};

/// The two streams of the program, and whether somebody sits there.
pub struct Console {
    /// Results.
    pub out: Box<dyn Write>,
    /// Everything else.
    pub err: Box<dyn Write>,
    /// Whether results go to a terminal.
    pub out_is_terminal: bool,
    /// Whether the rest goes to a terminal.
    pub err_is_terminal: bool,
}

impl Console {
    /// Dress for results.
    fn style(&self, when: When) -> Style {
        Style::new(when, self.out_is_terminal, environment())
    }

    fn say(&mut self, text: &str) {
        // Whoever closed standard error does not want to hear it.
        let _ = writeln!(self.err, "{text}");
    }
}

fn environment() -> Environment {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    Environment {
        no_color: set("NO_COLOR").is_some(),
        force: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
        dumb: set("TERM").is_some_and(|value| value == "dumb"),
    }
}

/// Why nothing was done: the command line, or something it names, makes no sense.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    next: String,
}

impl Failure {
    /// An object and its trouble, and what to do.
    pub(crate) fn new(message: impl Into<String>, next: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            next: next.into(),
        }
    }
}

/// How a command ends, unless it fails.
type Outcome = Result<ExitStatus, Failure>;

/// Runs what was typed.
pub fn run(words: impl IntoIterator<Item = OsString>, console: &mut Console) -> ExitStatus {
    let words: Vec<OsString> = words.into_iter().collect();
    let args = match Args::try_parse_from(&words) {
        Ok(args) => args,
        Err(error) if help::is_wanted(&error, &words) => {
            return written(write!(console.out, "{}", help::PAGE), console);
        }
        Err(error) => return refuse(&help::suggest_visible(error), console),
    };
    if let Some(hint) = args
        .command
        .as_ref()
        .and_then(|_| foreign::folder_hint(&words))
    {
        console.say(&hint);
    }
    let outcome = match args.command {
        None => scan::run(args.scan, console),
        Some(Command::Explain {
            what,
            rules,
            trust,
            color,
        }) => explain::run(&what, (rules, trust), color.color, console),
        Some(Command::Merge(args)) => merge::run(*args, console),
        Some(Command::Review(args)) => review::run(*args, console),
        Some(Command::Import(args)) => import::run(&args, console),
        Some(Command::Baseline { command }) => baseline::run(command, console),
        Some(Command::Known(args)) => known::run(&args, console),
        Some(Command::Config { command }) => config::run(command, console),
        Some(Command::Hook { command }) => hooks(command, console),
        Some(Command::Rules { command }) => match command {
            RulesCommand::List {
                sources,
                rules,
                color,
            } => rules::list(sources, &rules, color.color, console),
            RulesCommand::Check { file } => rules::check(file.as_deref(), console),
        },
        Some(Command::Completions { shell }) => completions(shell, console),
        Some(Command::Man) => man::run(console),
    };
    outcome.unwrap_or_else(|failure| {
        console.say(&format!("error: {}", failure.message));
        if !failure.next.is_empty() {
            console.say(&format!("  next: {}", failure.next));
        }
        ExitStatus::Incomplete
    })
}

/// Help and version are printed; anything else is an error, with our word for a flag of another scanner where we know it.
fn refuse(error: &clap::Error, console: &mut Console) -> ExitStatus {
    let text = error.render();
    let styled = |style: Style| match style.is_coloured() {
        true => text.ansi().to_string(),
        false => text.to_string(),
    };
    if !error.use_stderr() {
        let text = styled(console.style(When::Auto));
        return written(write!(console.out, "{text}"), console);
    }
    let style = Style::new(When::Auto, console.err_is_terminal, environment());
    console.say(styled(style).trim_end());
    if let Some(hint) = foreign::hint(error) {
        console.say(&hint);
    }
    ExitStatus::Incomplete
}

fn hooks(command: HookCommand, console: &mut Console) -> Outcome {
    let start = settings::current_dir()?;
    let said = match command {
        HookCommand::Install(args) => hook::install(args.into(), &start)?,
        HookCommand::Uninstall(args) => hook::uninstall(args.into(), &start)?,
    };
    Ok(written(
        writeln!(console.out, "{}", said.join("\n")),
        console,
    ))
}

fn completions(shell: clap_complete::Shell, console: &mut Console) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "invoca-scan", &mut script);
    Ok(written(console.out.write_all(&script), console))
}

/// The status after writing results that are not a scan's.
fn written(result: io::Result<()>, console: &mut Console) -> ExitStatus {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            console.say(&format!("error: cannot write the output: {error}"));
            ExitStatus::Incomplete
        }
        _ => ExitStatus::Clean,
    }
}
