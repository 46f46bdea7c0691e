//! The text of commits and tags.

use crate::blob::BlobId;
use memchr::memchr;

/// A commit as its text has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitText<'a> {
    /// The root tree.
    pub tree: BlobId,
    /// The parents, in order.
    pub parents: Vec<BlobId>,
    /// Who wrote it, when: `Name <mail> seconds zone`.
    pub author: &'a [u8],
    /// Who committed it, when.
    pub committer: &'a [u8],
    /// Where the author line begins: what stands before is made of ids only.
    pub begin: usize,
    /// Where the message begins.
    pub message: usize,
}

/// A tag as its text has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagText<'a> {
    /// What it names.
    pub object: BlobId,
    /// Its name.
    pub name: &'a [u8],
    /// Where the line with the name begins.
    pub begin: usize,
    /// Where the message begins.
    pub message: usize,
}

/// The header lines of `text` with the place where each begins, up to the empty line; and where the message begins.
fn lines(text: &[u8]) -> (Vec<(usize, &[u8])>, usize) {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
        if end == at {
            return (lines, at + 1);
        }
        lines.push((at, &text[at..end]));
        at = end + 1;
    }
    (lines, text.len())
}

impl<'a> CommitText<'a> {
    /// Reads the text of a commit; `None` if it is malformed.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (lines, message) = lines(text);
        let tree = lines.first()?.1.strip_prefix(b"tree ")?;
        let parents: Option<Vec<BlobId>> = lines[1..]
            .iter()
            .map_while(|(_, line)| line.strip_prefix(b"parent "))
            .map(BlobId::from_hex)
            .collect();
        let parents = parents?;
        let rest = &lines[1 + parents.len()..];
        let field = |name: &[u8]| {
            let mut fields = rest.iter().filter_map(|(_, line)| line.strip_prefix(name));
            fields.next().unwrap_or_default()
        };
        Some(CommitText {
            tree: BlobId::from_hex(tree)?,
            author: field(b"author "),
            committer: field(b"committer "),
            begin: rest.first().map_or(message.min(text.len()), |(at, _)| *at),
            message: message.min(text.len()),
            parents,
        })
    }

    /// Which part of the commit stands at `offset`.
    pub fn part(text: &[u8], offset: usize) -> &'static str {
        let (lines, message) = lines(text);
        if offset >= message {
            return "message";
        }
        let line = lines.iter().rev().find(|(at, _)| *at <= offset);
        match line.map(|(_, line)| *line) {
            Some(line) if line.starts_with(b"author ") => "author",
            Some(line) if line.starts_with(b"committer ") => "committer",
            _ => "header",
        }
    }
}

impl<'a> TagText<'a> {
    /// Reads the text of a tag; `None` if it is malformed.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (lines, message) = lines(text);
        let object = lines.first()?.1.strip_prefix(b"object ")?;
        let name = lines
            .iter()
            .find_map(|(at, line)| Some((*at, line.strip_prefix(b"tag ")?)));
        let (begin, name) = name.unwrap_or((message.min(text.len()), &[]));
        Some(TagText {
            object: BlobId::from_hex(object)?,
            name,
            begin,
            message: message.min(text.len()),
        })
    }
}

/// Seconds since 1970 and the zone's minutes, from the end of an author or committer field; 0 where it is malformed.
pub fn time_of(person: &[u8]) -> (i64, i32) {
    let mut words = person.rsplit(|byte| *byte == b' ');
    let zone = words.next().and_then(|word| std::str::from_utf8(word).ok());
    let time = words.next().and_then(|word| std::str::from_utf8(word).ok());
    let zone = zone.and_then(|text| text.parse::<i32>().ok()).unwrap_or(0);
    // More than any clock can mean; whoever writes such a commit must not make the arithmetic overflow.
    const LIMIT: i64 = 1 << 40;
    let time = time.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    (
        time.clamp(-LIMIT, LIMIT),
        (zone / 100 * 60 + zone % 100).clamp(-24 * 60, 24 * 60),
    )
}

/// Name and mail address of an author or committer field, without the time.
pub fn person_of(field: &[u8]) -> &[u8] {
    match memchr::memrchr(b'>', field) {
        Some(end) => &field[..=end],
        None => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits() {
        let hex = "12".repeat(20);
        let text = format!(
            "tree {hex}\nparent {hex}\nauthor A <a@b> 12 +0130\ncommitter C <c@d> 13 -0100\ngpgsig x\n y\n\nauthor of all\n"
        );
        let commit = CommitText::parse(text.as_bytes()).unwrap();
        assert_eq!(commit.parents.len(), 1);
        assert_eq!(person_of(commit.author), b"A <a@b>");
        assert_eq!(time_of(commit.author), (12, 90));
        assert_eq!(time_of(commit.committer), (13, -60));
        assert!(text[commit.begin..].starts_with("author A"));
        assert_eq!(&text[commit.message..], "author of all\n");
        assert_eq!(CommitText::part(text.as_bytes(), commit.message), "message");
        assert_eq!(
            CommitText::part(text.as_bytes(), commit.begin + 9),
            "author"
        );
        assert_eq!(
            CommitText::part(text.as_bytes(), commit.message - 4),
            "header"
        );
    }

    #[test]
    fn tags() {
        let hex = "12".repeat(20);
        let text = format!("object {hex}\ntype commit\ntag v1\ntagger A <a@b> 12 +0000\n\nmessage");
        let tag = TagText::parse(text.as_bytes()).unwrap();
        assert_eq!(tag.name, b"v1");
        assert_eq!(&text[tag.message..], "message");
        assert!(text[tag.begin..].starts_with("tag v1"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: Vec<u8>) {
            let mut commit = format!("tree {}\n", "1".repeat(40)).into_bytes();
            commit.extend(&text);
            if let Some(parsed) = CommitText::parse(&commit) {
                time_of(parsed.author);
                CommitText::part(&commit, commit.len() / 2);
            }
            TagText::parse(&text);
            time_of(&text);
        }
    }
}
