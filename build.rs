//! Turns `rules/*.toml` into constants: the rules themselves, and the prefilter tables over their keywords. Parsing the rules and building the
//! tables at every start would cost more than the scan of a typical commit.
//!
//! Reads the rules with the same types, and builds the tables with the same code, as the program does for users' rules.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[allow(dead_code, unreachable_pub)]
#[path = "src/rule/prefilter.rs"]
mod prefilter;
#[allow(dead_code, unreachable_pub)]
#[path = "src/rule/spec.rs"]
mod spec;

use spec::{EvidenceSpec, Neighbour, RuleFile, RuleSpec};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule/prefilter.rs");
    println!("cargo::rerun-if-changed=src/rule/spec.rs");
    let mut paths: Vec<_> = fs::read_dir("rules")
        .expect("the folder `rules` stands beside Cargo.toml")
        .map(|entry| entry.expect("the folder `rules` can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let mut all = RuleFile::default();
    let mut sources = String::new();
    // FNV-1a, 64 bits: tells rule sets apart, protects nothing.
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for path in &paths {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file: RuleFile =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for byte in text.bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let _ = writeln!(sources, "    ({name:?}, {}),", file.rules.len());
        all.rules.extend(file.rules);
        all.evidence.extend(file.evidence);
    }
    all.rules.sort_by(|a, b| a.id.cmp(&b.id));
    for pair in all.rules.windows(2) {
        assert!(
            pair[0].id != pair[1].id,
            "two rules are called {:?}",
            pair[0].id
        );
    }
    let out = Path::new(&env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("rules.rs");
    fs::write(out, generate(&all, &sources, digest)).expect("OUT_DIR can be written");
}

fn generate(all: &RuleFile, sources: &str, digest: u64) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "/// The rule files and how many rules each holds.\npub const SOURCES: &[(&str, usize)] = &[\n{sources}];"
    );
    let _ = writeln!(out, "const DIGEST: &str = \"{digest:016x}\";");
    let _ = writeln!(out, "pub(super) static RULES: &[RuleSpec] = &[");
    all.rules.iter().for_each(|rule| write_rule(&mut out, rule));
    let _ = writeln!(
        out,
        "];\npub(super) static EVIDENCE_SPECS: &[EvidenceSpec] = &["
    );
    all.evidence
        .iter()
        .for_each(|spec| write_evidence(&mut out, spec));
    let _ = writeln!(out, "];");
    let (keywords, targets) = spec::keyword_table(all);
    let words: Vec<&str> = keywords.iter().map(String::as_str).collect();
    let tables = prefilter::Prefilter::build(&words);
    let _ = writeln!(
        out,
        "pub(super) static TARGETS: &[Cow<'static, [u32]>] = &["
    );
    for list in targets {
        let _ = writeln!(out, "    Cow::Borrowed(&{list:?}),");
    }
    let _ = writeln!(
        out,
        "];\npub(super) static PREFILTER: Prefilter = Prefilter {{"
    );
    let _ = writeln!(out, "    bitmap: Cow::Borrowed(&{:?}),", tables.bitmap);
    let _ = writeln!(out, "    slots: Cow::Borrowed(&{:?}),", tables.slots);
    let _ = writeln!(out, "    buckets: Cow::Borrowed(&{:?}),", tables.buckets);
    let _ = writeln!(out, "    entries: Cow::Borrowed(&{:?}),", tables.entries);
    let _ = writeln!(out, "    keywords: {},\n}};", texts(&tables.keywords));
    out
}

fn text(value: &str) -> String {
    format!("Cow::Borrowed({value:?})")
}

fn texts(list: &[std::borrow::Cow<'static, str>]) -> String {
    let items: Vec<String> = list.iter().map(|item| text(item)).collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}

fn neighbours(list: &[Neighbour]) -> String {
    let items: Vec<String> = list
        .iter()
        .map(|neighbour| {
            format!(
                "Neighbour {{ pattern: {}, evidence: {}, lines: {} }}",
                text(&neighbour.pattern),
                text(&neighbour.evidence),
                neighbour.lines
            )
        })
        .collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}

fn write_rule(out: &mut String, rule: &RuleSpec) {
    // Destructured in full, so that a new field cannot be forgotten here.
    let RuleSpec {
        id,
        aliases,
        since,
        title,
        vendor,
        severity,
        confidence,
        persona,
        pattern,
        value,
        assign,
        bare,
        keywords,
        names,
        near,
        reach,
        boundary,
        entropy,
        checks,
        requires,
        forbids,
        paths,
        not_paths,
        lint,
        why,
        fix,
        example,
        references,
        facts,
        examples,
        counterexamples,
        known_misses,
    } = rule;
    let fields = [
        ("id", text(id)),
        ("aliases", texts(aliases)),
        ("since", text(since)),
        ("title", text(title)),
        ("vendor", text(vendor)),
        ("severity", format!("Severity::{severity:?}")),
        ("confidence", format!("Confidence::{confidence:?}")),
        ("persona", format!("Persona::{persona:?}")),
        ("pattern", text(pattern)),
        ("value", text(value)),
        ("assign", assign.to_string()),
        ("bare", format!("Cow::Borrowed(&{bare:?})")),
        ("keywords", texts(keywords)),
        ("names", text(names)),
        ("near", near.to_string()),
        ("reach", reach.to_string()),
        ("boundary", text(boundary)),
        ("entropy", format!("{entropy:?}")),
        ("checks", texts(checks)),
        ("requires", neighbours(requires)),
        ("forbids", neighbours(forbids)),
        ("paths", texts(paths)),
        ("not_paths", texts(not_paths)),
        ("lint", lint.to_string()),
        ("why", text(why)),
        ("fix", text(fix)),
        ("example", text(example)),
        ("references", texts(references)),
        ("facts", format!("Facts::{facts:?}")),
        ("examples", texts(examples)),
        ("counterexamples", texts(counterexamples)),
        ("known_misses", texts(known_misses)),
    ];
    out.push_str("    RuleSpec {\n");
    for (name, value) in fields {
        let _ = writeln!(out, "        {name}: {value},");
    }
    out.push_str("    },\n");
}

fn write_evidence(out: &mut String, spec: &EvidenceSpec) {
    let EvidenceSpec {
        id,
        keywords,
        pattern,
    } = spec;
    let _ = writeln!(
        out,
        "    EvidenceSpec {{ id: {}, keywords: {}, pattern: {} }},",
        text(id),
        texts(keywords),
        text(pattern)
    );
}
