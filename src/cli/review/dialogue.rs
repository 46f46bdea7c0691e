//! The conversation, line by line, with whoever reviews: over any reader and writer, so that it can be tried without a terminal.

use crate::report::count;
use crate::suppress::Status;
use crate::text::is_day;
use std::io::{self, BufRead, Write};

/// One thing to decide.
pub(super) struct Case {
    /// What is shown of it; nothing in it tells the value.
    pub(super) text: String,
}

/// What there is to decide, and where decisions go.
pub(super) trait Desk {
    /// How many there are.
    fn len(&self) -> usize;
    /// One of them.
    fn case(&self, number: usize) -> Case;
    /// Writes a decision down, and tells where.
    fn decide(&mut self, number: usize, status: Status, reason: &str) -> Result<String, String>;
    /// Writes a marker beside it, and tells where.
    fn mark(&mut self, number: usize, reason: &str) -> Result<String, String>;
    /// Takes the last decision back.
    fn undo(&mut self) -> Result<(), String>;
}

/// What somebody typed.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Decide(Status, String),
    Mark(String),
    Later,
    Undo,
    Quit,
    Help,
    /// It is none of these, and what would be.
    Wrong(String),
}

const PROMPT: &str = "[f]alse [a]ccepted [v] revoked [r]eal [m]arker [l]ater [u]ndo [q]uit [?] > ";

const HELP: &str = "\
  f REASON             false: it is no secret
  a [DATE] REASON      accepted: it may stay, perhaps until that day (2027-01-31)
  v [DATE] REASON      revoked: it opens nothing any more, since that day or today
  r [REASON]           real: it goes on being reported, and `invoca-scan review --open` lists it until it is revoked
  m REASON             a marker beside it in the file, instead of an entry of the baseline
  l                    later: it comes again the next time
  u                    undo the last answer
  q                    quit: what was answered is written already";

/// Asks about everything on the desk. Returns how many are left.
///
/// # Errors
/// Those of `input` and `out`.
pub(super) fn dialogue(
    input: &mut dyn BufRead,
    out: &mut dyn Write,
    desk: &mut dyn Desk,
    today: &str,
) -> io::Result<usize> {
    let total = desk.len();
    if total == 0 {
        writeln!(
            out,
            "nothing to review: nothing is found that nobody has said anything of"
        )?;
        return Ok(0);
    }
    let mut at = 0;
    // What was answered: the place, and whether something was written for it.
    let mut answered: Vec<(usize, bool)> = Vec::new();
    let mut show = true;
    while at < total {
        if show {
            writeln!(out, "\n{}/{total}  {}", at + 1, desk.case(at).text)?;
        }
        write!(out, "{PROMPT}")?;
        out.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            writeln!(out)?;
            break;
        }
        show = false;
        let result = match parse(&line, today) {
            Answer::Decide(status, reason) => desk.decide(at, status, &reason).map(Some),
            Answer::Mark(reason) => desk.mark(at, &reason).map(Some),
            Answer::Later => Ok(None),
            Answer::Quit => break,
            Answer::Help => {
                writeln!(out, "{HELP}")?;
                continue;
            }
            Answer::Wrong(why) => {
                writeln!(out, "  {why}")?;
                continue;
            }
            Answer::Undo => {
                match undo(desk, &mut answered) {
                    Ok(back) => {
                        at = back;
                        show = true;
                    }
                    Err(why) => writeln!(out, "  {why}")?,
                }
                continue;
            }
        };
        match result {
            Ok(said) => {
                if let Some(said) = &said {
                    writeln!(out, "  {said}")?;
                }
                answered.push((at, said.is_some()));
                at += 1;
                show = true;
            }
            Err(why) => writeln!(out, "  not written: {why}")?,
        }
    }
    let decided = answered.iter().filter(|(_, written)| *written).count();
    let left = total - decided;
    let more = match left {
        0 => String::new(),
        _ => "; `invoca-scan review` goes on from there".to_owned(),
    };
    writeln!(
        out,
        "\n{}, {left} left{more}",
        count(decided as u64, "decision", "decisions")
    )?;
    Ok(left)
}

fn undo(desk: &mut dyn Desk, answered: &mut Vec<(usize, bool)>) -> Result<usize, String> {
    let (at, written) = *answered.last().ok_or("there is nothing to undo")?;
    if written {
        desk.undo()?;
    }
    answered.pop();
    Ok(at)
}

fn parse(line: &str, today: &str) -> Answer {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let reasoned = |reason: &str, answer: fn(String) -> Answer| match reason.is_empty() {
        true => Answer::Wrong(format!("say why in a few words: `{word} …`")),
        false => answer(reason.to_owned()),
    };
    match word.to_ascii_lowercase().as_str() {
        "f" | "false" => reasoned(rest, |reason| Answer::Decide(Status::False, reason)),
        "a" | "accepted" | "accept" => {
            let (day, reason) = day_first(rest);
            if let Some(wrong) = &day.filter(|day| !is_day(day) || *day < today) {
                return Answer::Wrong(format!("{wrong} is no day to come: write it as 2027-01-31"));
            }
            match reasoned(reason, Answer::Mark) {
                Answer::Mark(reason) => Answer::Decide(
                    Status::Accepted {
                        until: day.map(str::to_owned),
                    },
                    reason,
                ),
                wrong => wrong,
            }
        }
        "v" | "revoked" | "revoke" => {
            let (day, reason) = day_first(rest);
            if let Some(wrong) = &day.filter(|day| !is_day(day)) {
                return Answer::Wrong(format!("{wrong} is no day: write it as 2026-08-30"));
            }
            let on = day.unwrap_or(today).to_owned();
            match reasoned(reason, Answer::Mark) {
                Answer::Mark(reason) => Answer::Decide(
                    Status::Revoked {
                        on,
                        by: String::new(),
                        ticket: String::new(),
                    },
                    reason,
                ),
                wrong => wrong,
            }
        }
        "r" | "real" => {
            let reason = if rest.is_empty() {
                "found in a review"
            } else {
                rest
            };
            Answer::Decide(
                Status::Real {
                    ticket: String::new(),
                },
                reason.to_owned(),
            )
        }
        "m" | "marker" => reasoned(rest, Answer::Mark),
        "l" | "later" => Answer::Later,
        "u" | "undo" => Answer::Undo,
        "q" | "quit" => Answer::Quit,
        "?" | "h" | "help" => Answer::Help,
        _ => Answer::Wrong("answer with one of these letters; `?` tells what they mean".to_owned()),
    }
}

/// A day at the beginning, perhaps behind `until` or `on`, and the rest.
fn day_first(text: &str) -> (Option<&str>, &str) {
    let text = ["until ", "on "]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(text);
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let looks = first.len() == 10
        && first
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    match looks {
        true => (Some(first), rest.trim()),
        false => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remembers what was decided.
    #[derive(Default)]
    struct Notes {
        cases: usize,
        list: Vec<String>,
    }

    impl Desk for Notes {
        fn len(&self) -> usize {
            self.cases
        }
        fn case(&self, number: usize) -> Case {
            Case {
                text: format!("case {number}"),
            }
        }
        fn decide(
            &mut self,
            number: usize,
            status: Status,
            reason: &str,
        ) -> Result<String, String> {
            if reason == "refuse" {
                return Err("the disk is full".to_owned());
            }
            self.list.push(format!("{number} {status:?} {reason}"));
            Ok("written".to_owned())
        }
        fn mark(&mut self, number: usize, reason: &str) -> Result<String, String> {
            self.list.push(format!("{number} marker {reason}"));
            Ok("marked".to_owned())
        }
        fn undo(&mut self) -> Result<(), String> {
            self.list
                .pop()
                .map(|_| ())
                .ok_or_else(|| "nothing".to_owned())
        }
    }

    fn hold(cases: usize, typed: &str) -> (Vec<String>, String, usize) {
        let mut notes = Notes {
            cases,
            ..Notes::default()
        };
        let mut out = Vec::new();
        let left = dialogue(&mut typed.as_bytes(), &mut out, &mut notes, "2026-08-30").unwrap();
        (notes.list, String::from_utf8(out).unwrap(), left)
    }

    #[test]
    fn every_word_is_written_down() {
        let typed = "f a sample\na until 2027-01-31 until we move\na for good\nv SEC-1 done\nreal\nm see there\n";
        let (list, out, left) = hold(6, typed);
        assert_eq!(
            list,
            [
                "0 False a sample",
                "1 Accepted { until: Some(\"2027-01-31\") } until we move",
                "2 Accepted { until: None } for good",
                "3 Revoked { on: \"2026-08-30\", by: \"\", ticket: \"\" } SEC-1 done",
                "4 Real { ticket: \"\" } found in a review",
                "5 marker see there",
            ]
        );
        assert!(out.ends_with("6 decisions, 0 left\n"), "{out}");
        assert_eq!(left, 0);
    }

    #[test]
    fn one_may_leave_wait_and_undo() {
        let (list, out, left) = hold(4, "l\nf one\nu\nf two\nq\n");
        assert_eq!(list, ["1 False two"]);
        assert!(
            out.ends_with("1 decision, 3 left; `invoca-scan review` goes on from there\n"),
            "{out}"
        );
        assert_eq!(left, 3);
        let (list, out, _) = hold(2, "u\nl\nu\nf one\n");
        assert_eq!(list, ["0 False one"], "later is undone as well");
        assert!(out.contains("there is nothing to undo"), "{out}");
    }

    #[test]
    fn what_makes_no_sense_is_asked_again() {
        let (list, out, left) = hold(
            1,
            "\nx\nf\na 2020-01-31 too late\nv 2026-02-30 no such day\nf refuse\n?\n",
        );
        assert!(list.is_empty(), "{list:?}");
        for text in [
            "say why",
            "2020-01-31 is no day to come",
            "2026-02-30 is no day",
            "not written: the disk is full",
            "it comes again the next time",
        ] {
            assert!(out.contains(text), "{text}\n{out}");
        }
        assert_eq!(left, 1);
    }
}
