//! `template`: whatever a template makes of the report, with the fields of `json`. Without a template of one's own, lines as compilers print
//! them, which editors know how to open.

use super::record::ReportRecord;
use super::{Options, Reporter};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use crate::text::escape_controls;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, escape_formatter};
use std::io::{self, Write};

const LIKE_A_COMPILER: &str = "{% for finding in findings %}{{ finding.path or finding.origin }}:{{ finding.line }}:{{ finding.column }}: \
     {{ finding.level }}: {{ finding.title }} ({{ finding.secret }}) [{{ finding.rule_id }}]\n{% endfor %}";

/// A template, known to be one.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its ending decides what is escaped: markup in `.html` and `.xml`, JSON in `.json`.
    name: String,
    text: String,
}

impl Default for Template {
    fn default() -> Self {
        Template {
            name: "lines.txt".to_owned(),
            text: LIKE_A_COMPILER.to_owned(),
        }
    }
}

impl Template {
    /// The template `text` of the file `name`.
    ///
    /// # Errors
    /// Where it is no template, and why.
    pub fn new(name: &str, text: &str) -> Result<Self, String> {
        let template = Template {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        template.environment().map_err(|error| told(&error))?;
        Ok(template)
    }

    /// Its writer.
    pub fn reporter(self, options: Options) -> Box<dyn Reporter> {
        Box::new(Filled {
            template: self,
            options,
        })
    }

    fn environment(&self) -> Result<Environment<'_>, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
            Some("html" | "htm" | "xml") => AutoEscape::Html,
            Some("json") => AutoEscape::Json,
            _ => AutoEscape::None,
        });
        // A name from a scanned tree must not steer the terminal that the result is printed on.
        environment.set_formatter(|out, state, value| match value.as_str() {
            Some(text) if *state.auto_escape() != AutoEscape::Json && !value.is_safe() => {
                escape_formatter(out, state, &escape_controls(text).into())
            }
            _ => escape_formatter(out, state, value),
        });
        environment.add_template(&self.name, &self.text)?;
        Ok(environment)
    }
}

/// The cause with its line.
fn told(error: &minijinja::Error) -> String {
    match error.line() {
        Some(line) => format!("line {line}: {error}"),
        None => error.to_string(),
    }
}

struct Filled {
    template: Template,
    options: Options,
}

impl Reporter for Filled {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let record = ReportRecord::new(ledger, rules, &self.options);
        let environment = self.template.environment();
        let text = environment
            .as_ref()
            .map_err(told)
            .and_then(|environment| {
                environment
                    .get_template(&self.template.name)
                    .and_then(|template| template.render(minijinja::Value::from(Serde(&record))))
                    .map_err(|error| told(&error))
            })
            .map_err(io::Error::other)?;
        out.write_all(text.as_bytes())
    }
}
