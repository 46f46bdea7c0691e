//! The command line as typed. `--help` shows what fits a screen, `--help-all` everything.
//!
//! A flag stands here only when its feature exists: a flag that is silently ignored would make people believe they are protected.

use crate::report::{FORMATS, Format, When};
use crate::rule::{KnownStatus, Persona};
use crate::text::is_day;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args as Group, Parser, Subcommand};
use std::path::PathBuf;

/// Everything that can be typed.
#[derive(Debug, Parser)]
#[command(
    name = "invoca-scan",
    version,
    about = "Finds Invoca tokens and every other vendor's secrets before they leave the machine.",
    override_usage = "invoca-scan [OPTIONS] [PATHS…]\n       invoca-scan [OPTIONS] --staged [PATHS…]\n       invoca-scan COMMAND …",
    after_help = "Exit status: 0 clean or warnings only, 1 errors, 2 incomplete or misuse, 130 interrupted.",
    args_conflicts_with_subcommands = true,
    disable_help_flag = true,
    disable_help_subcommand = true
)]
pub(super) struct Args {
    /// What to do instead of scanning.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// A scan.
    #[command(flatten)]
    pub(super) scan: ScanArgs,
    /// Print help.
    #[arg(short, long, action = ArgAction::HelpShort, global = true)]
    help: (),
    /// Print help with every option.
    #[arg(long, action = ArgAction::HelpLong, global = true)]
    help_all: (),
}

/// What the program can do beside scanning.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Tell what a rule finds and how to rotate; or what was made of a line, and why.
    Explain {
        /// A rule's id, or a line of a file.
        #[arg(value_name = "RULE|FILE:LINE")]
        what: String,
        #[command(flatten)]
        rules: RuleArgs,
        #[command(flatten)]
        trust: TrustArgs,
        #[command(flatten)]
        color: ColorArg,
    },
    /// Join reports (json, jsonl, sarif) into one, by repository and fingerprint.
    Merge(Box<MergeArgs>),
    /// Walk through what is found and say what it is; or list what has to be rotated.
    Review(Box<ReviewArgs>),
    /// Take over the configuration, ignores and baseline of another scanner.
    Import(Box<ImportArgs>),
    /// Keep the list of findings that were looked at and may stay.
    Baseline {
        #[command(subcommand)]
        command: BaselineCommand,
    },
    /// Let git scan what is committed and pushed, without pre-commit.
    Hook {
        #[command(subcommand)]
        command: HookCommand,
    },
    /// List and prove rules.
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Make a list of known secrets for --known: SHA-256, label, owner and status of each line of standard input.
    Known(KnownArgs),
    /// Show and check the configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Write a completion script for a shell to standard output.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual page to standard output.
    Man,
}

/// What is said of each secret that does not say it itself, behind tabs: label, owner, status.
#[derive(Debug, Group)]
pub(super) struct KnownArgs {
    /// What the secrets are.
    #[arg(long, value_name = "TEXT")]
    pub(super) label: Option<String>,
    /// Whose they are, or who answers for them.
    #[arg(long, value_name = "NAME")]
    pub(super) owner: Option<String>,
    /// Whether they still open something [default: active].
    #[arg(long, value_name = "STATUS", value_parser = KnownStatus::WORDS)]
    pub(super) status: Option<String>,
}

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Tell what counts at the root, and where each value comes from.
    Show {
        #[command(flatten)]
        trust: TrustArgs,
    },
    /// Read every configuration file of the tree.
    Check {
        #[command(flatten)]
        trust: TrustArgs,
    },
    /// Write a JSON schema for editors to standard output.
    Schema,
}

/// Reports to join.
#[derive(Debug, Group)]
pub(super) struct MergeArgs {
    /// The reports.
    #[arg(value_name = "REPORT", required = true)]
    pub(super) reports: Vec<PathBuf>,
    /// A list of repositories, one a line: one without a report, or with an incomplete one, is a problem.
    #[arg(long, value_name = "FILE")]
    pub(super) expect: Option<PathBuf>,
    #[command(flatten)]
    pub(super) failing: FailingArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) showing: Showing,
}

/// What is reviewed.
#[derive(Debug, Group)]
pub(super) struct ReviewArgs {
    /// List what was found to be real and is not revoked yet, and ask nothing.
    #[arg(long)]
    pub(super) open: bool,
    #[command(flatten)]
    pub(super) scan: BaselineScan,
}

/// Files of another scanner.
#[derive(Debug, Group)]
pub(super) struct ImportArgs {
    /// .gitleaks.toml, .gitleaksignore, .betterleaks.toml, .secrets.baseline, or a report of gitleaks in JSON.
    #[arg(value_name = "FILE", required_unless_present = "compare")]
    pub(super) files: Vec<PathBuf>,
    /// Tell what this report (or baseline) of theirs has and we have not, the reverse, and why.
    #[arg(long, value_name = "REPORT")]
    pub(super) compare: Option<PathBuf>,
    /// Where the configuration goes [default: invoca-scan.toml if there is none, else standard output].
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The baseline that old findings are added to [default: the one at the root].
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
}

/// What can be done with the baseline.
#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Make one of everything that is found now.
    Create {
        /// Why these findings may stay.
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "there when the baseline was made"
        )]
        reason: String,
        #[command(flatten)]
        scan: BaselineScan,
    },
    /// Add what is found in one line.
    Add {
        /// The line, as reports name it; for the message of a commit, COMMIT:LINE.
        #[arg(value_name = "PATH:LINE")]
        place: String,
        #[command(flatten)]
        decision: DecisionArgs,
        #[command(flatten)]
        trust: TrustArgs,
    },
    /// Let entries follow renamed files, and take out those whose finding is gone.
    Update {
        #[command(flatten)]
        scan: BaselineScan,
    },
    /// Take out the entries whose finding is gone or whose last day is over.
    Prune {
        #[command(flatten)]
        scan: BaselineScan,
    },
    /// List the entries, secrets redacted.
    Show {
        /// List only what was added or removed since this commit.
        #[arg(long, value_name = "REV")]
        diff: Option<String>,
        #[command(flatten)]
        trust: TrustArgs,
    },
}

/// The scan behind a change of the baseline.
#[derive(Debug, Group)]
pub(super) struct BaselineScan {
    /// Files and folders to scan [default: the current one].
    #[arg(value_name = "PATHS")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
}

/// Why a finding may stay.
#[derive(Debug, Group)]
pub(super) struct DecisionArgs {
    /// Why it may stay.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
    /// It is no secret.
    #[arg(long, conflicts_with_all = ["until", "revoked"])]
    pub(super) false_alarm: bool,
    /// It may stay up to this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, conflicts_with = "revoked")]
    pub(super) until: Option<String>,
    /// It was revoked on this day and opens nothing any more, wherever it stands.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(super) revoked: Option<String>,
    /// Who revoked it.
    #[arg(long, value_name = "NAME", requires = "revoked")]
    pub(super) by: Option<String>,
    /// It is a secret and has to be rotated: it goes on being reported, and `review --open` lists it.
    #[arg(long, conflicts_with_all = ["until", "revoked", "false_alarm"])]
    pub(super) real: bool,
    /// Where that is written down.
    #[arg(long, value_name = "TICKET")]
    pub(super) ticket: Option<String>,
    /// Whose word this is [default: you, as git and the environment name you].
    #[arg(long, value_name = "NAME")]
    pub(super) author: Option<String>,
}

/// What can be done with git's hooks.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Install the hooks pre-commit and pre-merge-commit; an earlier hook still runs.
    Install(HookArgs),
    /// Take our hooks away, or only those named; an earlier hook is put back.
    Uninstall(HookArgs),
}

/// Which hooks.
#[derive(Clone, Copy, Debug, Group)]
pub(super) struct HookArgs {
    /// The hook that scans what is pushed.
    #[arg(long)]
    pub(super) pre_push: bool,
    /// The hook that scans commit messages.
    #[arg(long)]
    pub(super) commit_msg: bool,
    /// For all repositories of this user.
    #[arg(long)]
    pub(super) global: bool,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List every rule.
    List {
        /// List the built-in rule files instead, and for each rule the vendor's page its facts come from, or that none documents them.
        #[arg(long)]
        sources: bool,
        #[command(flatten)]
        rules: RuleArgs,
        #[command(flatten)]
        color: ColorArg,
    },
    /// Prove the built-in rules, or those of a file: examples are found, counterexamples are not.
    Check {
        /// A rule file.
        file: Option<PathBuf>,
    },
}

/// One scan.
#[derive(Debug, Group)]
pub(super) struct ScanArgs {
    #[command(flatten)]
    pub(super) mode: ModeArgs,
    #[command(flatten)]
    pub(super) history: HistoryArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
    #[command(flatten)]
    pub(super) failing: FailingArgs,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) showing: Showing,
    #[command(flatten)]
    pub(super) identity: IdentityArgs,
    #[command(flatten)]
    pub(super) running: RunningArgs,
    #[command(flatten)]
    pub(super) fixing: FixArgs,
}

/// Whether and how files are mended.
#[derive(Clone, Copy, Debug, Default, Group)]
pub(super) struct FixArgs {
    /// Mend what can be mended: literals become environment variables, http becomes https.
    #[arg(
        long,
        conflicts_with = "mode",
        help_heading = "Fixing",
        hide_short_help = true
    )]
    pub(super) fix: bool,
    /// Show what would be changed, and change nothing.
    #[arg(
        long,
        requires = "fix",
        help_heading = "Fixing",
        hide_short_help = true
    )]
    pub(super) diff: bool,
    /// Mend also files that git does not have as they are now.
    #[arg(
        long,
        requires = "fix",
        help_heading = "Fixing",
        hide_short_help = true
    )]
    pub(super) allow_dirty: bool,
}

impl ScanArgs {
    /// As if nothing had been typed.
    pub(super) fn plain() -> Self {
        Args::parse_from(["invoca-scan"]).scan
    }
}

/// What is scanned. Two modes at once make no sense.
#[derive(Debug, Group)]
pub(super) struct ModeArgs {
    /// Files and folders to scan [default: the current one].
    #[arg(value_name = "PATHS", conflicts_with_all = ["stdin", "patch"])]
    pub(super) paths: Vec<PathBuf>,
    /// Scan what is staged and no parent has.
    #[arg(long, group = "mode", help_heading = "What to scan")]
    pub(super) staged: bool,
    /// Scan the files that pre-commit names, as they are in the index.
    #[arg(
        long,
        group = "mode",
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) pre_commit: bool,
    /// Scan the message of a commit to be made: the hook commit-msg.
    #[arg(
        long,
        value_name = "FILE",
        group = "mode",
        conflicts_with = "paths",
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) commit_msg: Option<PathBuf>,
    /// Scan what is pushed: the hook pre-push, with its arguments.
    #[arg(
        long,
        group = "mode",
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) pre_push: bool,
    /// Scan what somebody pushes to this server: the hook pre-receive.
    #[arg(
        long,
        group = "mode",
        conflicts_with = "paths",
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) pre_receive: bool,
    /// Scan each commit that B has and A does not: A..B or A...B.
    #[arg(
        long,
        value_name = "A..B",
        group = "mode",
        conflicts_with = "paths",
        allow_hyphen_values = true,
        help_heading = "What to scan"
    )]
    pub(super) range: Option<String>,
    /// Scan the commits of this CI job (GitHub, GitLab, Azure).
    #[arg(
        long,
        group = "mode",
        conflicts_with = "paths",
        help_heading = "What to scan"
    )]
    pub(super) ci: bool,
    /// Audit all that a repository holds, reachable or not.
    #[arg(
        long,
        value_name = "REACH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "all",
        value_parser = ["all", "reachable"],
        hide_possible_values = true,
        group = "mode",
        help_heading = "What to scan"
    )]
    pub(super) history: Option<String>,
    /// Scan standard input.
    #[arg(long, group = "mode", help_heading = "What to scan")]
    pub(super) stdin: bool,
    /// The path that standard input stands for.
    #[arg(
        long,
        value_name = "PATH",
        requires = "stdin",
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) stdin_path: Option<PathBuf>,
    /// Scan what a patch adds; `-` reads it from standard input.
    #[arg(
        long,
        value_name = "FILE",
        group = "mode",
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) patch: Option<PathBuf>,
}

/// What of a history is read, and what becomes of it.
#[derive(Clone, Debug, Group)]
pub(super) struct HistoryArgs {
    /// Accept a clone that was not fetched in full.
    #[arg(
        long,
        requires = "history",
        help_heading = "History",
        hide_short_help = true
    )]
    pub(super) allow_shallow: bool,
    /// Tell only what commits since then have, and references reach.
    #[arg(
        long,
        value_name = "DATE",
        requires = "history",
        help_heading = "History",
        hide_short_help = true
    )]
    pub(super) since: Option<String>,
    /// Tell only what commits until then have, and references reach.
    #[arg(
        long,
        value_name = "DATE",
        requires = "history",
        help_heading = "History",
        hide_short_help = true
    )]
    pub(super) until: Option<String>,
    /// Tell only what the commits of this branch have.
    #[arg(
        long,
        value_name = "NAME",
        requires = "history",
        help_heading = "History",
        hide_short_help = true
    )]
    pub(super) branch: Option<String>,
    /// Tell only what the newest N of the commits have.
    #[arg(
        long,
        value_name = "N",
        requires = "history",
        help_heading = "History",
        hide_short_help = true
    )]
    pub(super) max_count: Option<usize>,
    /// Write the secrets for `git filter-repo --replace-text`, outside of any repository.
    #[arg(
        long,
        value_name = "FILE",
        requires = "history",
        help_heading = "History",
        hide_short_help = true
    )]
    pub(super) write_replacements: Option<PathBuf>,
}

/// What of it is read.
#[derive(Debug, Group)]
pub(super) struct ReadArgs {
    /// Scan also files that git ignores.
    #[arg(long, help_heading = "What to scan", hide_short_help = true)]
    pub(super) no_ignore: bool,
    /// Leave out what fits a glob, as in .gitignore (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "What to scan")]
    pub(super) exclude: Vec<String>,
    /// Leave out larger files: bytes, or with K, M, G.
    #[arg(
        long,
        value_name = "N",
        value_parser = size,
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) max_file_size: Option<u64>,
    /// Open only these containers: zip, tar, 7z, gzip, bzip2, xz, zstd, pdf, class, with commas between them; all or none.
    #[arg(
        long,
        value_name = "LIST",
        value_parser = crate::container::Kinds::parse,
        help_heading = "What to scan",
        hide_short_help = true
    )]
    pub(super) archives: Option<crate::container::Kinds>,
}

/// Which rules look.
#[derive(Clone, Debug, Default, Group)]
pub(super) struct RuleArgs {
    /// Use only this rule (repeatable).
    #[arg(long, value_name = "ID", help_heading = "Rules")]
    pub(super) rule: Vec<String>,
    /// Do without this rule (repeatable).
    #[arg(
        long,
        value_name = "ID",
        help_heading = "Rules",
        hide_short_help = true
    )]
    pub(super) skip_rule: Vec<String>,
    /// Who reads the findings [default: regular].
    #[arg(long, value_name = "WHO", value_parser = persona(), help_heading = "Rules", hide_short_help = true)]
    pub(super) persona: Option<Persona>,
    /// Find the secrets of this list, wherever they stand (repeatable); `invoca-scan known` writes one.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Rules",
        hide_short_help = true
    )]
    pub(super) known: Vec<PathBuf>,
}

/// What makes the scan fail.
#[derive(Debug, Group)]
pub(super) struct FailingArgs {
    /// The least level that fails the scan: error, warning, never [default: error].
    #[arg(
        long,
        value_name = "LEVEL",
        value_parser = ["error", "warning", "never"],
        hide_possible_values = true,
        help_heading = "Failing"
    )]
    pub(super) fail_on: Option<String>,
    /// What was left out counts as a problem.
    #[arg(long, help_heading = "Failing")]
    pub(super) strict: bool,
    /// For those who come from gitleaks: the exit status instead of 1.
    #[arg(long, value_name = "N", hide = true)]
    pub(super) exit_code: Option<u8>,
}

/// Which suppressions count.
#[derive(Clone, Debug, Default, Group)]
pub(super) struct TrustArgs {
    /// The configuration file, in place of those of the tree.
    #[arg(
        short,
        long,
        value_name = "FILE",
        help_heading = "Running",
        hide_short_help = true
    )]
    pub(super) config: Option<PathBuf>,
    /// A configuration from outside of the tree that has the last word.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Running",
        hide_short_help = true
    )]
    pub(super) policy: Option<PathBuf>,
    /// Believe nothing that stands in the scanned tree: configuration, baseline, ignore rules, markers.
    #[arg(long, help_heading = "Running", hide_short_help = true)]
    pub(super) isolated: bool,
    /// Pay no heed to markers such as `invoca-scan:allow`.
    #[arg(long, help_heading = "Failing", hide_short_help = true)]
    pub(super) no_inline_allow: bool,
    /// Report only what is not in a baseline or an earlier JSON report.
    #[arg(
        long,
        alias = "baseline-path",
        value_name = "FILE",
        help_heading = "Failing"
    )]
    pub(super) baseline: Option<PathBuf>,
    /// Pay no heed to the baseline.
    #[arg(
        long,
        conflicts_with = "baseline",
        help_heading = "Failing",
        hide_short_help = true
    )]
    pub(super) no_baseline: bool,
    /// Fail where the scanned commits add a marker or an entry.
    #[arg(long, help_heading = "Failing", hide_short_help = true)]
    pub(super) deny_new_suppressions: bool,
    /// Fail where a marker or an entry allows nothing any more.
    #[arg(long, help_heading = "Failing", hide_short_help = true)]
    pub(super) check_suppressions: bool,
}

impl TrustArgs {
    /// The configuration file that was named, here or in the environment.
    pub(super) fn config_file(&self) -> Option<PathBuf> {
        self.config.clone().or(named_in("INVOCA_SCAN_CONFIG"))
    }

    /// The policy that was named, here or in the environment.
    pub(super) fn policy_file(&self) -> Option<PathBuf> {
        self.policy.clone().or(named_in("INVOCA_SCAN_POLICY"))
    }
}

fn named_in(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

/// Where reports go.
#[derive(Debug, Group)]
pub(super) struct OutputArgs {
    /// Format of the report.
    #[arg(
        short,
        long,
        alias = "report-format",
        value_name = "FORMAT",
        default_value = "human",
        value_parser = format(),
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub(super) format: Format,
    /// Write that report to a file.
    #[arg(
        short,
        long,
        alias = "report-path",
        value_name = "FILE",
        help_heading = "Output"
    )]
    pub(super) output: Option<PathBuf>,
    /// Write a further report (repeatable).
    #[arg(
        long,
        value_name = "FORMAT=PATH",
        value_parser = report,
        help_heading = "Output"
    )]
    pub(super) report: Vec<(Format, PathBuf)>,
    /// The Jinja template of the format `template`.
    #[arg(
        long,
        alias = "report-template",
        value_name = "FILE",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(super) template: Option<PathBuf>,
}

/// What is shown.
#[derive(Clone, Debug, Default, Group)]
pub(super) struct Showing {
    /// Show secrets as they are.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(super) show_secrets: bool,
    /// List suppressed findings too.
    #[arg(long, help_heading = "Output")]
    pub(super) show_suppressed: bool,
    /// List the inputs that were left out.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(super) list_skipped: bool,
    #[command(flatten)]
    pub(super) color: ColorArg,
    /// Print findings and problems only.
    #[arg(short, long, help_heading = "Output")]
    pub(super) quiet: bool,
    /// Print more about each finding.
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Output")]
    pub(super) verbose: bool,
    /// Draw no progress line.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(super) no_progress: bool,
    /// For those who come from gitleaks: secrets are redacted anyway.
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, require_equals = true, default_missing_value = "100", value_parser = clap::value_parser!(u8).range(1..=100), hide = true)]
    pub(super) redact: Option<u8>,
    /// For those who come from gitleaks: there is none.
    #[arg(long, hide = true)]
    pub(super) no_banner: bool,
}

/// Colour.
#[derive(Clone, Copy, Debug, Default, Group)]
pub(super) struct ColorArg {
    /// When to use colour [auto, always, never].
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        value_parser = when(),
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(super) color: When,
}

/// Names in reports.
#[derive(Debug, Group)]
pub(super) struct IdentityArgs {
    /// The repository's name in reports [default: its remote URL without credentials].
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(super) repo_name: Option<String>,
}

/// How it runs.
#[derive(Debug, Group)]
pub(super) struct RunningArgs {
    /// Number of threads [default: one for each core].
    #[arg(
        short = 'j',
        long,
        value_name = "N",
        help_heading = "Running",
        hide_short_help = true
    )]
    pub(super) threads: Option<usize>,
    /// Keep ids of objects without findings for the next audit [default with --history].
    #[arg(
        long,
        requires = "history",
        conflicts_with = "no_cache",
        help_heading = "Running",
        hide_short_help = true
    )]
    pub(super) cache: bool,
    /// Read everything again, and keep nothing for the next audit.
    #[arg(
        long,
        requires = "history",
        help_heading = "Running",
        hide_short_help = true
    )]
    pub(super) no_cache: bool,
}

fn format() -> impl TypedValueParser<Value = Format> {
    let names = FORMATS
        .iter()
        .map(|(name, _, about)| PossibleValue::new(*name).help(*about));
    PossibleValuesParser::new(names).map(|name| Format::named(&name).unwrap_or(Format::Human))
}

/// A day of the calendar, as `2026-08-30`.
fn day(text: &str) -> Result<String, String> {
    match is_day(text) {
        true => Ok(text.to_owned()),
        false => Err("write a day as YYYY-MM-DD".to_owned()),
    }
}

/// A number of bytes: `1000`, `64K`, `10M`, `1G`, also with a `B` behind.
fn size(text: &str) -> Result<u64, String> {
    let upper = text.to_ascii_uppercase();
    let upper = upper.strip_suffix('B').unwrap_or(&upper);
    let (digits, unit) = match upper.find(|letter: char| !letter.is_ascii_digit()) {
        Some(at) => upper.split_at(at),
        None => (upper, ""),
    };
    let factor = match unit.trim() {
        "" => Some(1u64),
        "K" => Some(1 << 10),
        "M" => Some(1 << 20),
        "G" => Some(1 << 30),
        _ => None,
    };
    factor
        .and_then(|factor| digits.parse::<u64>().ok()?.checked_mul(factor))
        .ok_or_else(|| "write a number of bytes, such as 1000, 64K, 10M or 1G".to_owned())
}

fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let names = || {
        let names: Vec<&str> = FORMATS.iter().map(|(name, _, _)| *name).collect();
        names.join(", ")
    };
    let Some((name, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err(format!("write FORMAT=PATH, FORMAT one of {}", names()));
    };
    match Format::named(name) {
        Some(format) => Ok((format, path.into())),
        None => Err(format!("no format {name:?}; there are {}", names())),
    }
}

fn when() -> impl TypedValueParser<Value = When> {
    PossibleValuesParser::new(["auto", "always", "never"]).map(|name| match name.as_str() {
        "always" => When::Always,
        "never" => When::Never,
        _ => When::Auto,
    })
}

fn persona() -> impl TypedValueParser<Value = Persona> {
    PossibleValuesParser::new(Persona::ALL.map(Persona::word)).map(|name| {
        let named = Persona::ALL.into_iter().find(|who| who.word() == name);
        named.unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }
}
