//! A patch as a source: unified diffs as git, GNU diff and others write them, from a file or a pipe. What it adds is scanned under the real paths and
//! line numbers; what was there before is context, and findings that the old side has as well are not new.

mod hunk;
mod names;

use super::stdin::broken;
use super::{Sink, Source};
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;
use hunk::{Body, Hunk};
use names::Names;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Mutex, PoisonError};

/// The patch source.
pub struct Patch {
    input: Mutex<Box<dyn Read + Send>>,
    name: Name,
}

impl Patch {
    /// A source that reads a patch from `input`; `name` is how the user called it.
    pub fn new(input: Box<dyn Read + Send>, name: Name) -> Self {
        Patch {
            input: Mutex::new(input),
            name,
        }
    }
}

impl Source for Patch {
    fn run(&self, sink: &dyn Sink) {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        let mut input = BufReader::new(&mut *input);
        let mut parser = Parser::new(sink, &self.name);
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => parser.line(&line),
                Err(error) => {
                    sink.problem(broken(error));
                    break;
                }
            }
            if sink.interrupted() {
                return;
            }
        }
        parser.end();
    }
}

/// Reads line by line; one file of the patch is held at a time.
struct Parser<'a> {
    sink: &'a dyn Sink,
    patch: &'a Name,
    /// Of the current line, from 1.
    number: usize,
    names: Names,
    body: Body,
    hunk: Option<Hunk>,
    /// Inside of a base85 block.
    binary: bool,
    /// Whether the file at hand was called malformed: once is enough.
    complained: bool,
    /// Whether anything was seen that only a patch has.
    is_patch: bool,
    /// Whether there was anything but blank lines.
    is_text: bool,
}

impl<'a> Parser<'a> {
    fn new(sink: &'a dyn Sink, patch: &'a Name) -> Self {
        Parser {
            sink,
            patch,
            number: 0,
            names: Names::default(),
            body: Body::default(),
            hunk: None,
            binary: false,
            complained: false,
            is_patch: false,
            is_text: false,
        }
    }

    fn line(&mut self, line: &[u8]) {
        self.number += 1;
        self.is_text |= !line.trim_ascii().is_empty();
        if let Some(hunk) = &mut self.hunk {
            if hunk.is_full() && !line.starts_with(b"\\") {
                self.hunk = None;
            } else if self.body.take(hunk, line) {
                return;
            } else {
                self.malformed("a hunk is shorter than its header says");
                self.hunk = None;
            }
        }
        self.header(line);
    }

    fn header(&mut self, line: &[u8]) {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if self.binary && !text.is_empty() {
            return;
        }
        self.binary = false;
        if text.starts_with(b"@@") {
            self.begin_hunk(text);
        } else if names::begins_file(text) || names::begins_commit(text) {
            self.end_file();
            self.is_patch = true;
            self.names.line(text);
        } else if text == b"-- " {
            // The signature under a mailed patch.
            self.end_file();
        } else if text.starts_with(b"--- ") && (self.names.has_new() || self.body.has_hunks()) {
            // Plain diffs have no other line between two files.
            self.end_file();
            self.names.line(text);
        } else if text == b"GIT binary patch" || self.is_binary_note(text) {
            self.binary = text == b"GIT binary patch";
            if let Some(object) = self.names.path() {
                let why = Why::NotInPatch;
                self.sink.left_out(LeftOut { object, why });
            }
        } else if text.starts_with(b"+") && !text.starts_with(b"+++ ") && self.body.has_hunks() {
            // Added lines that no hunk header counts: somebody edited the patch. Better to look at them than not.
            self.malformed("lines are added outside of a hunk");
            self.body.stray(line);
        } else {
            self.names.line(text);
        }
    }

    fn is_binary_note(&self, text: &[u8]) -> bool {
        text.starts_with(b"Binary files ") && text.ends_with(b" differ")
    }

    fn begin_hunk(&mut self, text: &[u8]) {
        self.is_patch = true;
        match Hunk::parse(text) {
            Some(hunk) => {
                self.body.begin(&hunk);
                self.hunk = Some(hunk);
            }
            None => self.malformed("a hunk header cannot be read"),
        }
    }

    fn malformed(&mut self, cause: &str) {
        if std::mem::replace(&mut self.complained, true) {
            return;
        }
        let object = Name::new(
            [
                self.patch.as_bytes(),
                format!(":{}", self.number).as_bytes(),
            ]
            .concat(),
        );
        self.sink.problem(
            Problem::new("malformed-patch", object, cause)
                .consequence("scanned as far as it could be understood")
                .next("make the patch again with `git diff` or `git format-patch`"),
        );
    }

    fn end_file(&mut self) {
        self.hunk = None;
        self.complained = false;
        let names = std::mem::take(&mut self.names);
        let body = std::mem::take(&mut self.body);
        body.push(names.path(), self.sink);
    }

    fn end(mut self) {
        if self.hunk.as_ref().is_some_and(|hunk| !hunk.is_full()) {
            self.malformed("it ends in the middle of a hunk");
        }
        self.end_file();
        if self.is_text && !self.is_patch {
            self.sink.problem(
                Problem::new(
                    "malformed-patch",
                    self.patch.clone(),
                    "it is no unified diff",
                )
                .next("give the output of `git diff`, or scan the text itself with --stdin"),
            );
        }
    }
}
