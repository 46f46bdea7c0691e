//! Stores `rules/*.toml` in a form that costs nothing at the start: one JSON text a rule, the prefilter tables over all keywords, and a list of what has to be known of every rule. Parsing the rules and building the
//! tables at every start would cost more than the scan of a typical commit.
//!
//! Reads the rules with the same types, and builds the tables with the same code, as the program does for users' rules.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[allow(dead_code, unreachable_pub)]
#[path = "src/rule/prefilter.rs"]
mod prefilter;
#[allow(dead_code)]
#[path = "src/text"]
mod text {
    pub(crate) mod lanes;
}
#[allow(dead_code, unreachable_pub)]
#[path = "src/rule/spec.rs"]
mod spec;

use spec::{EvidenceSpec, Meta, RuleFile};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule/prefilter.rs");
    println!("cargo::rerun-if-changed=src/text/lanes.rs");
    println!("cargo::rerun-if-changed=build.rs");
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
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(Path::new(&out).join(name), bytes).expect("OUT_DIR can be written")
    };
    let (keywords, targets) = spec::keyword_table(&all);
    let words: Vec<&str> = keywords.iter().map(String::as_str).collect();
    let tables = prefilter::Prefilter::build(&words);
    write("bitmap.bin", &tables.bitmap);
    write("slots.bin", &tables.slots);
    write("entries.bin", &tables.entries);
    write("words.bin", &tables.text);
    write("pairs.bin", &tables.pairs);
    write("targets.bin", &spec::target_bytes(&targets));
    let mut stored = String::new();
    let mut code = format!(
        "/// The rule files and how many rules each holds.\npub const SOURCES: &[(&str, usize)] = &[\n{sources}];\n"
    );
    let _ = writeln!(
        code,
        "const DIGEST: &str = \"{digest:016x}\";\npub(super) const KEYWORDS: usize = {};",
        words.len()
    );
    let _ = writeln!(
        code,
        "/// Id, what is needed at the start, and where the rest is stored.\npub(super) static RULES: &[(&str, Meta, usize, usize)] = &["
    );
    for rule in &all.rules {
        let from = stored.len();
        stored.push_str(&serde_json::to_string(rule).expect("a rule can be written as JSON"));
        let Meta {
            kind,
            persona,
            lines,
            unmistakable,
            bound,
            lint,
        } = Meta::of(rule);
        let meta = format!(
            "Meta {{ kind: Kind::{kind:?}, persona: Persona::{persona:?}, lines: {lines}, unmistakable: {unmistakable}, bound: {bound}, lint: {lint} }}"
        );
        let _ = writeln!(
            code,
            "    ({:?}, {meta}, {from}, {}),",
            rule.id,
            stored.len()
        );
    }
    let _ = writeln!(
        code,
        "];\npub(super) static EVIDENCE_SPECS: &[EvidenceSpec] = &["
    );
    all.evidence
        .iter()
        .for_each(|spec| write_evidence(&mut code, spec));
    code.push_str("];\n");
    write("rules.json", stored.as_bytes());
    write("rules.rs", code.as_bytes());
}

fn text(value: &str) -> String {
    format!("Cow::Borrowed({value:?})")
}

fn texts(list: &[std::borrow::Cow<'static, str>]) -> String {
    let items: Vec<String> = list.iter().map(|item| text(item)).collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}

fn write_evidence(out: &mut String, spec: &EvidenceSpec) {
    let EvidenceSpec {
        id,
        keywords,
        pattern,
        at_start,
    } = spec;
    let _ = writeln!(
        out,
        "    EvidenceSpec {{ id: {}, keywords: {}, pattern: {}, at_start: {at_start} }},",
        text(id),
        texts(keywords),
        text(pattern)
    );
}
