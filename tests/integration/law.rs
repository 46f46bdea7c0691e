//! The law of fresh ranges: what is found in a history, where each blob is looked at only as far as it differs from the one it was derived from, is
//! exactly what is found by looking at every blob in full, whatever the packing and the number of threads.

use crate::support::{Repo, git_command};
use invoca_scan::blob::{BlobId, Fresh};
use invoca_scan::detect::{Detector, Generator, Scratch};
use invoca_scan::finding::Identity;
use invoca_scan::progress::Progress;
use invoca_scan::rule::{RuleId, RuleSet};
use invoca_scan::scan::Scan;
use invoca_scan::source::history::{Kind, Reader, Store};
use invoca_scan::suppress::Judge;
use invoca_scan::text::{Secret, Span, utf8_from_utf16};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;

type Found = (BlobId, Span, RuleId, Secret);

/// What looking at every blob in full gives.
fn in_full(detector: &Detector, store: &Store) -> Vec<Found> {
    let mut reader = Reader::new(store, 1 << 30);
    let mut scratch = Scratch::default();
    let mut bytes = Vec::new();
    let mut found = Vec::new();
    for number in 0..store.len() {
        if reader.object(number, &mut bytes) != Ok(Kind::Blob) {
            continue;
        }
        // As everywhere, UTF-16 is looked at in UTF-8.
        let converted = utf8_from_utf16(&bytes);
        let text = converted.as_deref().unwrap_or(&bytes);
        let detection = detector.detect(text, Fresh::All, &mut scratch);
        for item in detector.resolve(text, detection) {
            let secret = match &item.raw.encoded {
                Some(encoded) => encoded.value.clone(),
                // A lint points at a place that holds no secret.
                None if detector.rules().rule(item.raw.rule).spec.lint => Secret::new(b""),
                None => Secret::new(item.raw.span.of(text)),
            };
            found.push((store.id(number), item.raw.span, item.raw.rule, secret));
        }
    }
    found.sort();
    found
}

fn detector() -> Detector {
    Detector::new(Arc::new(RuleSet::builtin()))
}

fn in_delta_order(detector: &Detector, store: &Store, threads: usize) -> Vec<Found> {
    let scan = Scan {
        detector,
        judge: &Judge::default(),
        identity: &Identity::default(),
        progress: &Progress::new(),
        line_hashes: false,
        fixes: false,
        archives: invoca_scan::container::Kinds::default(),
    };
    let mut found = scan.claims(store, threads);
    found.sort();
    found
}

/// The law holds for `repo` as it is packed now; the number of findings.
#[track_caller]
fn assert_law(detector: &Detector, repo: &Repo, packing: &str) -> usize {
    let store = Store::open(&[repo.dir().join(".git/objects")], 20);
    assert_eq!(store.problems(), []);
    let full = in_full(detector, &store);
    for threads in [1, 3] {
        let found = in_delta_order(detector, &store, threads);
        let shown = |(id, span, rule, secret): &Found| {
            format!(
                "{id} {span:?} {} {}",
                detector.rules().rule(*rule).id(),
                secret.len()
            )
        };
        let (found, full): (BTreeSet<&Found>, BTreeSet<&Found>) =
            (found.iter().collect(), full.iter().collect());
        let extra: Vec<String> = found.difference(&full).copied().map(shown).collect();
        let lost: Vec<String> = full.difference(&found).copied().map(shown).collect();
        assert!(
            extra.is_empty() && lost.is_empty(),
            "{packing}, {threads} threads: {} extra, {} lost of {}\nextra {extra:#?}\nlost {lost:#?}",
            extra.len(),
            lost.len(),
            full.len()
        );
    }
    full.len()
}

const PACKINGS: &[&[&str]] = &[
    &["repack", "-adf", "--window=10", "--depth=50"],
    &["repack", "-adf", "--window=50", "--depth=250"],
    &["repack", "-adf", "--window=3", "--depth=1"],
    &[
        "-c",
        "pack.packSizeLimit=1m",
        "repack",
        "-adf",
        "--window=20",
        "--depth=10",
    ],
];

/// A repository of these blobs, in one commit; packed, or each object in a file.
fn repository_of(blobs: &[Vec<u8>], loose: bool) -> Repo {
    let repo = Repo::new();
    let limit = if loose { 1 << 20 } else { 0 };
    let mut import = git_command(repo.dir())
        .args(["-c", &format!("fastimport.unpackLimit={limit}")])
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = import.stdin.take().unwrap();
    input
        .write_all(b"commit refs/heads/main\ncommitter A <a@b> 1 +0000\ndata 0\n\n")
        .unwrap();
    for (at, blob) in blobs.iter().enumerate() {
        // Names by which git takes the versions of one file for related.
        writeln!(input, "M 100644 inline v{at}/file.txt\ndata {}", blob.len()).unwrap();
        input.write_all(blob).unwrap();
        input.write_all(b"\n").unwrap();
    }
    drop(input);
    assert!(import.wait().unwrap().success());
    repo
}

/// Versions of a file that is edited in every way that could break the law.
struct Editor {
    random: Generator,
    /// Pieces of one or several lines that rules find, or nearly.
    pieces: Vec<Vec<u8>>,
    lines: Vec<Vec<u8>>,
}

impl Editor {
    fn new(seed: u64) -> Self {
        let mut random = Generator::new(seed);
        let rules = RuleSet::builtin();
        let mut pieces: Vec<Vec<u8>> = Vec::new();
        for (_, rule) in rules.iter() {
            let spec = &rule.spec;
            for text in spec.examples.iter().chain(spec.counterexamples.iter()) {
                let mut text = random.expand(text).unwrap();
                text.push('\n');
                pieces.push(text.into_bytes());
            }
        }
        for host in [
            "invoca.net",
            "ringrevenue.com",
            "[invoca]",
            "name,oauth_token,id",
        ] {
            pieces.push(format!("see {host}\n").into_bytes());
        }
        let token = random.chars("base64url", 43).unwrap();
        pieces.push(format!("Authorization: {token}\n").into_bytes());
        pieces.push(format!("{token}\n").into_bytes());
        pieces.push(token.into_bytes());
        // Some of what rules find, encoded and wrapped, between other lines.
        for at in (0..pieces.len()).step_by(97) {
            let mut text = b"x: \"some text before; ".to_vec();
            text.extend_from_slice(&pieces[at]);
            let mut wrapped = wrapped_base64(&text);
            wrapped.push(b'\n');
            pieces.push(wrapped);
            pieces.push(escaped(&pieces[at], at));
        }
        let lines =
            (0..80).map(|at| format!("line {at} of ordinary text, (a + b) * {at};\n").into_bytes());
        Editor {
            lines: lines.collect(),
            pieces,
            random,
        }
    }

    fn content(&self) -> Vec<u8> {
        self.lines.concat()
    }

    fn edit(&mut self) {
        let count = self.lines.len();
        let at = self.random.below(count + 1);
        match self.random.below(12) {
            0..=3 => {
                let piece = self.random.below(self.pieces.len());
                let piece = self.pieces[piece].split_inclusive(|byte| *byte == b'\n');
                let piece: Vec<Vec<u8>> = piece.map(<[u8]>::to_vec).collect();
                self.lines.splice(at..at, piece);
            }
            4..=6 => {
                let end = count.min(at + 1 + self.random.below(6));
                self.lines.drain(at..end);
            }
            7 => {
                // A block moves.
                let end = count.min(at + self.random.below(20));
                let block: Vec<Vec<u8>> = self.lines.drain(at..end).collect();
                let to = self.random.below(self.lines.len() + 1);
                self.lines.splice(to..to, block);
            }
            8 => {
                // A block is doubled.
                let end = count.min(at + self.random.below(10));
                let block: Vec<Vec<u8>> = self.lines[at..end].to_vec();
                self.lines.splice(at..at, block);
            }
            _ if at < count => {
                // Bytes within a line change, join it with the next, or break it.
                let line = &mut self.lines[at];
                let place = self.random.below(line.len());
                match self.random.below(4) {
                    0 => line[place] = b'x',
                    1 => drop(line.remove(place)),
                    2 => line.insert(place, b'\n'),
                    _ => {
                        line.pop();
                    }
                }
            }
            _ => {}
        }
        if self.lines.is_empty() {
            self.lines.push(b"\n".to_vec());
        }
    }

    /// Versions of the file; now and then one in another form.
    fn versions(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut versions = Vec::new();
        for _ in 0..count {
            for _ in 0..1 + self.random.below(3) {
                self.edit();
            }
            let content = self.content();
            let changed = match self.random.below(14) {
                0 => String::from_utf8_lossy(&content)
                    .replace('\n', "\r\n")
                    .into_bytes(),
                1 => {
                    let text = String::from_utf8_lossy(&content).into_owned();
                    let units = text.encode_utf16();
                    [0xFEFF]
                        .into_iter()
                        .chain(units)
                        .flat_map(u16::to_le_bytes)
                        .collect()
                }
                // Cut at the ends, in the midst of whatever stands there.
                2 => content[self.random.below(content.len())..].to_vec(),
                3 => content[..self.random.below(content.len())].to_vec(),
                4 => {
                    let mut binary = content.clone();
                    binary.insert(self.random.below(content.len()), 0);
                    binary
                }
                5 => wrapped_base64(&content),
                _ => content,
            };
            versions.push(changed);
        }
        versions
    }
}

/// The same with escapes in it, but for its line ends.
fn escaped(bytes: &[u8], form: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => out.push(b'\n'),
            byte if at % (1 + form % 11) != 0 => out.push(*byte),
            byte => out.extend(match form % 4 {
                0 => format!("%{byte:02X}").into_bytes(),
                1 => format!("\\u{byte:04x}").into_bytes(),
                2 => format!("&#{byte};").into_bytes(),
                _ => [b"\" + \"", &[*byte][..]].concat(),
            }),
        }
    }
    out
}

fn wrapped_base64(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for (at, three) in bytes.chunks_exact(3).enumerate() {
        let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        out.extend(
            (0..4)
                .rev()
                .map(|digit| ALPHABET[(bits >> (6 * digit)) as usize & 63]),
        );
        if at % 19 == 18 {
            out.push(b'\n');
        }
    }
    out
}

#[test]
fn what_is_carried_is_what_a_full_scan_finds() {
    let detector = detector();
    for seed in [1, 2] {
        let versions = Editor::new(seed).versions(120);
        let repo = repository_of(&versions, true);
        let found = assert_law(&detector, &repo, "loose");
        assert!(found > 120, "only {found} findings prove nothing");
        for packing in PACKINGS {
            repo.git(packing);
            assert_law(&detector, &repo, &format!("seed {seed}, {packing:?}"));
        }
    }
}

/// A claim that rests on a line beside it comes and goes with that line, though its own was copied; also where long lines part the two.
#[test]
fn a_changed_neighbour_takes_the_claim_along() {
    let mut rules = RuleSet::builtin();
    let ids: Vec<RuleId> = rules.iter().map(|(id, _)| id).collect();
    let login = rules.find("invoca-client-login").unwrap();
    ids.iter()
        .for_each(|id| rules.set_enabled(*id, *id == login));
    let detector = Detector::new(Arc::new(rules));
    let mut random = Generator::new(7);
    let password = random.chars("alnum", 20).unwrap();
    let user = random.chars("alpha", 70).unwrap();
    let filler = |from: usize| {
        (from..from + 150)
            .map(|line| format!("value_{line} = compute({line})\n"))
            .collect::<String>()
    };
    for between in [
        "a = 1\nb = 2\nc = 3\n".to_owned(),
        format!("# {}\n", "x ".repeat(990)),
    ] {
        let version = |host: &str, last: &str| {
            format!(
                "# https://www.invoca.net\n{}auth = (\"{user}\", \"{password}\")\n{between}requests.get(\"https://{host}/\")\n{}{last}",
                filler(0),
                filler(200)
            )
            .into_bytes()
        };
        let blobs = [
            version("www.example.org", ""),
            version("www.invoca.net", "last = 1\n"),
            version("api.invoca.net", "last = 2\n"),
        ];
        let repo = repository_of(&blobs, false);
        repo.git(PACKINGS[0]);
        let found = assert_law(&detector, &repo, "a neighbour changed");
        assert_eq!(found, 2, "the host stands near by in two of three");
    }
}
