//! `.gitleaksignore`: a fingerprint on each line, `commit:path:rule:line`, or `path:rule:line` for a scan of files.

use super::{Old, Taken, Wanted, accepted};

/// Adds what the file says.
pub(super) fn take(taken: &mut Taken, file: &str, text: &str) {
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match fingerprint(line) {
            Some((commit, path, rule, at)) => taken.old.push(Old {
                file: file.to_owned(),
                line: number,
                path: path.to_owned(),
                lines: Some((at, at)),
                commit: commit.map(str::to_owned),
                rule: rule.to_owned(),
                wanted: Wanted::Nothing,
                status: accepted(),
            }),
            None => taken.lose(
                (file, number),
                format!("{line:?}"),
                "no fingerprint (`commit:path:rule:line` or `path:rule:line`)",
            ),
        }
    }
}

/// Commit, path, rule and line of a fingerprint.
pub(super) fn fingerprint(text: &str) -> Option<(Option<&str>, &str, &str, usize)> {
    let (front, line) = text.rsplit_once(':')?;
    let line = line.parse().ok().filter(|line| *line > 0)?;
    let (front, rule) = front.rsplit_once(':')?;
    let is_commit =
        |text: &str| text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (commit, path) = match front.split_once(':') {
        Some((commit, path)) if is_commit(commit) => (Some(commit), path),
        _ => (None, front),
    };
    (!path.is_empty() && !rule.is_empty()).then_some((commit, path, rule, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_from_both_ends() {
        let commit = "0123456789012345678901234567890123456789";
        let text = format!("{commit}:src/a:b.py:generic-api-key:12");
        assert_eq!(
            fingerprint(&text),
            Some((Some(commit), "src/a:b.py", "generic-api-key", 12))
        );
        assert_eq!(
            fingerprint("src/a.py:some-rule:3"),
            Some((None, "src/a.py", "some-rule", 3))
        );
        for wrong in [
            "",
            "src/a.py",
            "src/a.py:3",
            "src/a.py:rule:0",
            "src/a.py:rule:x",
            ":rule:3",
        ] {
            assert_eq!(fingerprint(wrong), None, "{wrong}");
        }
        let mut taken = Taken::default();
        take(
            &mut taken,
            ".gitleaksignore",
            "# old\n\nsrc/a.py:rule:3\nwhat\n",
        );
        assert_eq!((taken.old.len(), taken.lost.len()), (1, 1));
        assert_eq!(taken.lost[0].line, 4);
    }
}
