//! Colours and links: only where somebody looks at them.

use ansi_term::{Color, Style as Paint};

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

/// How text is dressed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    colour: bool,
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
        Style { colour }
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
}
