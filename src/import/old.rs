//! A finding of another scanner that was ignored or baselined there, and how it is known again among our own.

use crate::finding::Finding;
use crate::suppress::Status;
use crate::text::{Name, Secret};
use sha1::{Digest, Sha1};

/// What the other scanner tells of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: it is known by its line alone.
    Nothing,
    /// Its SHA-1.
    Sha1([u8; 20]),
    /// The value.
    Value(Secret),
}

/// One of its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Old {
    /// The file that names it.
    pub file: String,
    /// The line there, from 1; 0 where the format does not tell.
    pub line: usize,
    /// The scanned file.
    pub path: String,
    /// The first and the last line in it, from 1.
    pub lines: Option<(usize, usize)>,
    /// The commit whose version of the file that is, where it is not the working tree's.
    pub commit: Option<String>,
    /// The other scanner's name of the rule.
    pub rule: String,
    /// What it tells of the value.
    pub wanted: Wanted,
    /// What becomes of it here.
    pub status: Status,
}

/// Substrings that are hashed on a line at most.
const TRIES: usize = 20_000;

impl Old {
    /// Whether `finding`, in the version of the file whose bytes are `text`, is what the other scanner found.
    pub fn is(&self, finding: &Finding, text: &[u8]) -> bool {
        let own_path = finding
            .origin
            .path()
            .is_some_and(|path| *path == Name::from(self.path.as_str()));
        own_path
            && match &self.wanted {
                Wanted::Nothing => self.is_on_its_lines(finding),
                Wanted::Sha1(digest) => {
                    Sha1::digest(finding.secret.expose()).as_slice() == digest
                        || lines_of(finding, text).any(|line| holds(line, digest))
                }
                Wanted::Value(value) => {
                    let (ours, theirs) = (finding.secret.expose(), value.expose());
                    let within = |one: &[u8], other: &[u8]| {
                        !one.is_empty() && memchr::memmem::find(other, one).is_some()
                    };
                    within(ours, theirs) || within(theirs, ours)
                }
            }
    }

    /// Whether `line` can be its own: it holds the value, as far as something is known of that.
    pub fn is_in(&self, line: &[u8]) -> bool {
        match &self.wanted {
            Wanted::Nothing => true,
            Wanted::Sha1(digest) => holds(line, digest),
            Wanted::Value(value) => memchr::memmem::find(line, value.expose()).is_some(),
        }
    }

    fn is_on_its_lines(&self, finding: &Finding) -> bool {
        let place = finding.location;
        self.lines
            .is_some_and(|(first, last)| place.line <= last && first <= place.end_line)
    }
}

/// The lines on which a finding stands.
fn lines_of<'a>(finding: &Finding, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let (first, last) = (finding.location.line, finding.location.end_line);
    text.split(|byte| *byte == b'\n')
        .skip(first.saturating_sub(1))
        .take(last + 1 - first.min(last))
}

/// Whether a part of `line`, from the beginning of a word to the end of one, has this digest: two scanners need not cut a value alike.
fn holds(line: &[u8], digest: &[u8; 20]) -> bool {
    let is_word = |at: usize| line.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let edges = (0..=line.len()).filter(|at| {
        let before = at.checked_sub(1).is_some_and(&is_word);
        before != is_word(*at) || !(before || *at == line.len())
    });
    let edges: Vec<usize> = edges.collect();
    let mut tries = 0;
    for (number, start) in edges.iter().enumerate() {
        for end in &edges[number + 1..] {
            tries += 1;
            if tries > TRIES {
                return false;
            }
            if Sha1::digest(&line[*start..*end]).as_slice() == digest {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_line_is_known_by_its_digest() {
        let digest = |text: &str| -> [u8; 20] { Sha1::digest(text).into() };
        let line = br#"url = "https://ann:pa-ss+1@example.com/-----BEGIN X KEY-----""#;
        assert!(holds(line, &digest("pa-ss+1")));
        assert!(holds(line, &digest("BEGIN X KEY")));
        assert!(holds(line, &digest("https://ann:pa-ss+1@example.com")));
        assert!(!holds(line, &digest("a-ss")));
        assert!(!holds(line, &digest("nothing")));
    }
}
