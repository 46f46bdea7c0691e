//! Since when and for how long each secret of a history could be seen: a bar for each, the longest exposed first; and whose commits brought them in.

use super::Page;
use crate::finding::Story;
use crate::report::escape::xml;
use crate::report::time::day;
use crate::text::{Name, escape_controls};
use std::io::{self, Write};
use std::time::UNIX_EPOCH;

/// Bars shown at most.
const BARS: usize = 40;

/// Names of ages, and the days up to which each goes.
const AGES: &[(&str, i64)] = &[
    ("less than a week", 7),
    ("less than a month", 30),
    ("less than a year", 365),
    ("one to three years", 3 * 365),
    ("more than three years", i64::MAX),
];

impl Page<'_> {
    /// Stories of secrets that count.
    fn stories(&self) -> impl Iterator<Item = &Story> {
        self.ledger
            .stories
            .iter()
            .filter(|story| story.level.is_some())
    }

    /// The end of the scan, in seconds since 1970.
    fn now(&self) -> i64 {
        let end = self.ledger.scan.started + self.ledger.scan.elapsed;
        let since = end.duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// How many secrets each author brought in.
    pub(super) fn by_author(&self) -> Vec<(String, usize)> {
        super::overview::frequent(self.stories().filter_map(author))
    }

    /// How many secrets were exposed for how long, the shortest time first.
    pub(super) fn by_age(&self) -> Vec<(String, usize)> {
        let now = self.now();
        let days: Vec<i64> = self.stories().filter_map(|story| story.days(now)).collect();
        let mut least = i64::MIN;
        let mut counts = Vec::new();
        for (name, most) in AGES {
            let number = days
                .iter()
                .filter(|days| (least..*most).contains(days))
                .count();
            least = *most;
            if number > 0 {
                counts.push(((*name).to_owned(), number));
            }
        }
        counts
    }

    pub(super) fn timeline(&self, out: &mut dyn Write) -> io::Result<()> {
        let now = self.now();
        let mut stories: Vec<(&Story, i64, i64)> = self
            .stories()
            .filter_map(|story| {
                let from = story.from?;
                Some((story, from, story.until.unwrap_or(now).max(from)))
            })
            .collect();
        let (Some(first), Some(last)) = (
            stories.iter().map(|(_, from, _)| *from).min(),
            stories.iter().map(|(.., until)| *until).max(),
        ) else {
            return Ok(());
        };
        stories.sort_by_key(|(_, from, until)| (from - until, *from));
        writeln!(
            out,
            "<section aria-labelledby=\"exposure\">\n<h2 id=\"exposure\">Exposure</h2>\n<div class=\"card scroll\" tabindex=\"0\" role=\"group\" aria-labelledby=\"exposure\"><table class=\"timeline\">\n\
             <caption>From {} to {}; a bar that is not over still stands in some branch or tag.</caption>\n\
             <thead><tr><th scope=\"col\">secret</th><th scope=\"col\">brought in by</th><th scope=\"col\">days</th><th scope=\"col\">since</th><th scope=\"col\">until</th><th scope=\"col\" class=\"when\">when</th></tr></thead>\n<tbody>",
            day(first),
            day(last)
        )?;
        for (story, from, until) in stories.iter().take(BARS) {
            self.bar(out, story, (*from, *until), (first, last))?;
        }
        writeln!(out, "</tbody></table></div>")?;
        if stories.len() > BARS {
            let more = stories.len() - BARS;
            writeln!(
                out,
                "<p class=\"facts\">{more} more, exposed for a shorter time.</p>"
            )?;
        }
        writeln!(out, "</section>")
    }

    fn bar(
        &self,
        out: &mut dyn Write,
        story: &Story,
        (from, until): (i64, i64),
        (first, last): (i64, i64),
    ) -> io::Result<()> {
        let whole = (last - first).max(1) as f64;
        let part = |time: i64| (time - first) as f64 * 100.0 / whole;
        // A day must still be seen.
        let width = (part(until) - part(from)).max(0.8);
        let left = part(from).min(100.0 - width);
        let (class, end) = match story.until {
            Some(until) => ("over", day(until)),
            None => ("open", "now".to_owned()),
        };
        let rule = &self.rules.rule(story.rule).spec;
        let shown = |text: &str| xml(&escape_controls(text));
        writeln!(
            out,
            "<tr><th scope=\"row\"><a href=\"#rule-{}\">{}</a> <code>{}</code></th><td>{}</td><td class=\"number\">{}</td><td>{}</td><td>{end}</td>\
             <td class=\"when\"><svg class=\"bar {class}\" aria-hidden=\"true\"><rect x=\"{left:.2}%\" width=\"{width:.2}%\" height=\"100%\" rx=\"3\"/></svg></td></tr>",
            xml(&rule.id),
            shown(&rule.title),
            shown(&self.secret_of(story)),
            shown(&author(story).unwrap_or_default()),
            (until - from) / 86_400,
            day(from),
        )
    }

    fn secret_of(&self, story: &Story) -> String {
        match &story.reported {
            Some(reported) => reported.secret.clone(),
            None if self.options.show_secrets => Name::new(story.secret.expose()).to_text(),
            None => story.secret.redacted(),
        }
    }
}

/// Who brought a secret in, without the mail address.
fn author(story: &Story) -> Option<String> {
    let author = &story.introduced.first()?.author;
    let name = author.split(" <").next().unwrap_or(author).trim();
    Some(if name.is_empty() {
        author.clone()
    } else {
        name.to_owned()
    })
}
