//! The message of a commit to be made, from the file that git gives to the hook commit-msg: without what git will drop.

use super::{Sink, Source};
use crate::blob::{Blob, Origin};
use crate::git::{Env, Repository};
use crate::problem::Problem;
use crate::text::Name;
use std::path::Path;

/// The message source.
#[derive(Clone)]
pub struct Message {
    path: Name,
    text: Vec<u8>,
}

const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";

impl Message {
    /// Reads `file`, in the directory `start`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(start: &Path, file: &Path, env: &Env) -> Result<Self, Problem> {
        let path = Name::from_path(file);
        let failed = |cause: String| {
            Problem::new("file", Name::from_path(file), cause)
                .next("give the file with the commit message, as git does for the hook commit-msg")
        };
        let full = start.join(file);
        let about = full.metadata().map_err(|error| failed(error.to_string()))?;
        if !about.is_file() {
            return Err(failed("it is not a regular file".into()));
        }
        let mut text = std::fs::read(&full).map_err(|error| failed(error.to_string()))?;
        // git sets this editor when it opens none; then comments stay in the message.
        if env.text("GIT_EDITOR") != Some(":") {
            let repository = Repository::discover(start, env).ok().flatten();
            let setting = |name| repository.as_ref().and_then(|all| all.setting(name));
            let comment = setting("core.commentString").or_else(|| setting("core.commentChar"));
            text = without_comments(&text, comment.as_deref().unwrap_or("#").as_bytes());
        }
        Ok(Message { path, text })
    }
}

/// `text` up to the scissors line, with every comment line emptied, so that the others keep their numbers.
fn without_comments(text: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        // With `auto`, git chooses a character that begins no line of the message.
        let any = comment == b"auto" && bare.first().is_some_and(u8::is_ascii_punctuation);
        let rest = match bare.strip_prefix(comment) {
            Some(rest) => Some(rest),
            None => bare.get(1..).filter(|_| any),
        };
        match rest {
            Some(rest) if rest == SCISSORS => break,
            Some(_) if !any => kept.push(b'\n'),
            _ => kept.extend_from_slice(line),
        }
    }
    kept
}

impl Source for Message {
    fn run(&self, sink: &dyn Sink) {
        let path = self.path.clone();
        sink.blob(Blob::whole(&self.text, Origin::File { path }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_drops_is_not_looked_at() {
        let text = "subject\n\n# comment\nbody # stays\n# ------------------------ >8 ------------------------\n# Do not modify\ndiff --git a/x b/x\n-old secret\n";
        let kept = without_comments(text.as_bytes(), b"#");
        assert_eq!(kept, b"subject\n\n\nbody # stays\n");
        let text = text.replace("# -", "; -");
        let kept = without_comments(text.as_bytes(), b"auto");
        assert_eq!(kept, b"subject\n\n# comment\nbody # stays\n");
        assert_eq!(without_comments(b"// x\n# y", b"//"), b"\n# y");
    }
}
