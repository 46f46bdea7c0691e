//! Colours and links: only where somebody looks at them.

use ansi_term::{Color, Style as Paint};
use std::path::Path;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// On a terminal that can.
    #[default]
    Auto,
    /// Also into a pipe.
    Always,
    /// Nowhere.
    Never,
}

/// What the environment says about colour. Empty variables count as absent, as their conventions have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment {
    /// `NO_COLOR` is set.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set and not 0.
    pub force: bool,
    /// `TERM` is `dumb`.
    pub dumb: bool,
}

/// Where a link to a line of a file leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// Nowhere: there are none.
    #[default]
    None,
    /// To the file, as terminals open it.
    File,
    /// To the line, in the editor whose terminal this is.
    VsCode,
}

/// How text is dressed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    colour: bool,
    links: Links,
}

impl Style {
    /// No colour at all.
    pub fn plain() -> Self {
        Style::default()
    }

    /// The flag decides; else `NO_COLOR`, then `CLICOLOR_FORCE`, then whether the stream is a terminal that is not dumb.
    pub fn new(when: When, is_terminal: bool, environment: Environment) -> Self {
        let colour = match when {
            When::Always => true,
            When::Never => false,
            When::Auto if environment.no_color => false,
            When::Auto => environment.force || (is_terminal && !environment.dumb),
        };
        Style {
            colour,
            links: Links::None,
        }
    }

    /// The same with links.
    #[must_use]
    pub fn with_links(self, links: Links) -> Self {
        Style { links, ..self }
    }

    /// `text` as a link to a web page.
    pub fn page(self, text: &str, address: &str) -> String {
        if self.links == Links::None || !address.starts_with("https://") {
            return text.to_owned();
        }
        linked(
            text,
            &address.replace(|letter: char| letter.is_control(), ""),
        )
    }

    /// `text` as a link to a line of a file.
    pub fn line(self, text: &str, path: &Path, line: usize) -> String {
        let path = percent(path.as_os_str().as_encoded_bytes());
        match self.links {
            Links::None => text.to_owned(),
            Links::File => linked(text, &format!("file://{path}")),
            Links::VsCode => linked(text, &format!("vscode://file{path}:{line}")),
        }
    }

    /// Whether there is colour.
    pub fn is_coloured(self) -> bool {
        self.colour
    }

    fn paint(self, paint: Paint, text: &str) -> String {
        if self.colour && !text.is_empty() {
            paint.paint(text).to_string()
        } else {
            text.to_owned()
        }
    }

    /// An error's word, the headline of a failed scan.
    pub fn error(self, text: &str) -> String {
        self.paint(Color::Red.bold(), text)
    }

    /// A warning's word.
    pub fn warning(self, text: &str) -> String {
        self.paint(Color::Yellow.bold(), text)
    }

    /// What went well.
    pub fn good(self, text: &str) -> String {
        self.paint(Color::Green.bold(), text)
    }

    /// A place: path, line, column.
    pub fn place(self, text: &str) -> String {
        self.paint(Color::Cyan.normal(), text)
    }

    /// A title.
    pub fn strong(self, text: &str) -> String {
        self.paint(Paint::new().bold(), text)
    }

    /// What is secondary.
    pub fn faint(self, text: &str) -> String {
        self.paint(Paint::new().dimmed(), text)
    }
}

/// An escape sequence of the kind OSC 8: shown is the text alone.
fn linked(text: &str, address: &str) -> String {
    format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
}

/// A path in a URL.
fn percent(path: &[u8]) -> String {
    path.iter()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                char::from(*byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_then_the_environment_then_the_terminal() {
        let none = Environment::default();
        let no_color = Environment {
            no_color: true,
            force: true,
            dumb: false,
        };
        let dumb = Environment { dumb: true, ..none };
        let force = Environment {
            force: true,
            ..none
        };
        let coloured = |when, terminal, environment| Style::new(when, terminal, environment).colour;
        assert!(coloured(When::Auto, true, none));
        assert!(!coloured(When::Auto, false, none));
        assert!(!coloured(When::Auto, true, no_color));
        assert!(!coloured(When::Auto, true, dumb));
        assert!(coloured(When::Auto, false, force));
        assert!(coloured(When::Always, false, no_color));
        assert!(!coloured(When::Never, true, force));
    }

    #[test]
    fn links_lead_to_the_line_and_never_carry_control_characters() {
        let style = Style::plain().with_links(Links::VsCode);
        assert_eq!(
            style.line("a.py:3", Path::new("/my shop/a\u{1b}.py"), 3),
            "\u{1b}]8;;vscode://file/my%20shop/a%1B.py:3\u{1b}\\a.py:3\u{1b}]8;;\u{1b}\\"
        );
        assert_eq!(style.page("x", "javascript:1"), "x");
        assert_eq!(Style::plain().page("x", "https://example.com"), "x");
    }
}
