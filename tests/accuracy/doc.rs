//! Tables for people, and the list of misses for those who mend them.

use crate::case::{Case, Expect};
use crate::floor::percent;
use crate::measure::{Measured, Miss, Tally};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const BEGIN: &str = "<!-- written by `ACCURACY=write cargo test --test accuracy`: begin -->\n";
const END: &str = "<!-- end -->\n";

fn row(out: &mut String, name: &str, tally: &Tally) {
    let share = |part, whole| {
        if whole == 0 {
            "–".to_owned()
        } else {
            format!("{:.1} %", percent(part, whole))
        }
    };
    let _ = writeln!(
        out,
        "| {name} | {} | {} | {} | {} | {} | {} |",
        tally.secrets,
        share(tally.found, tally.secrets),
        share(tally.at_level, tally.secrets),
        tally.clean,
        share(tally.red, tally.clean),
        share(tally.yellow, tally.clean),
    );
}

const HEAD: &str = "| | secrets | found | at the level asked for | texts without | with an error | with a warning |\n|---|--:|--:|--:|--:|--:|--:|\n";

/// All tables: by kind, then by form.
pub(crate) fn tables(measured: &Measured) -> String {
    let mut out = format!("\n{HEAD}");
    for (kind, tally) in measured.kinds() {
        row(&mut out, kind, &tally);
    }
    for (kind, _) in measured.kinds() {
        let _ = write!(out, "\n### {}\n\n{HEAD}", crate::words::capital(kind));
        for ((_, form), tally) in measured.groups.iter().filter(|((of, _), _)| of == kind) {
            row(&mut out, form, tally);
        }
        let low: Vec<String> = measured
            .vendors
            .iter()
            .filter(|((of, _), tally)| of == kind && percent(tally.at_level, tally.secrets) < 90.0)
            .map(|((_, vendor), tally)| {
                format!("{vendor} {:.0} %", percent(tally.at_level, tally.secrets))
            })
            .collect();
        if !low.is_empty() {
            let _ = writeln!(out, "\nBelow 90 % over all templates: {}.", low.join(", "));
        }
    }
    out.push('\n');
    out
}

/// Puts the tables into the page, between its marks.
pub(crate) fn rewrite(page: &Path, tables: &str) -> Result<(), String> {
    let text =
        std::fs::read_to_string(page).map_err(|error| format!("{}: {error}", page.display()))?;
    let (before, rest) = text.split_once(BEGIN).ok_or("the page has no begin mark")?;
    let (_, after) = rest.split_once(END).ok_or("the page has no end mark")?;
    std::fs::write(page, format!("{before}{BEGIN}{tables}{END}{after}"))
        .map_err(|error| error.to_string())
}

/// What was missed or raised without cause, in the order of the cases; of products of two lists one line a vendor.
pub(crate) fn misses(cases: &[Case], measured: &Measured) -> String {
    let mut out = String::new();
    let mut kind = "";
    let mut vendors: BTreeMap<(&str, &str), Vec<(&Case, &Miss)>> = BTreeMap::new();
    for (case, (fillings, misses)) in cases.iter().zip(&measured.misses) {
        let Some(first) = misses.first() else {
            continue;
        };
        if !case.vendor.is_empty() {
            vendors
                .entry((&case.kind, &case.vendor))
                .or_default()
                .push((case, first));
            continue;
        }
        if case.kind != kind {
            kind = &case.kind;
            let _ = write!(out, "\n=== {kind}\n");
        }
        let expect = match case.expect {
            Expect::Error => "error",
            Expect::Warning => "warning",
            Expect::None => "none",
        };
        let _ = writeln!(
            out,
            "\n--- {} ({}) expected {expect}, wrong in {} of {fillings}\n   got: {}",
            case.form,
            case.path,
            misses.len(),
            first.got
        );
        let mut text: String = first.text.chars().take(2500).collect();
        if text.len() < first.text.len() {
            text.push('…');
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }
    for ((kind, vendor), missed) in vendors {
        let of = measured.vendors.get(&(kind.to_owned(), vendor.to_owned()));
        let tally = of.copied().unwrap_or_default();
        let _ = writeln!(
            out,
            "\n=== {kind}: {vendor}: {} of {} at the right level",
            tally.at_level, tally.secrets
        );
        let mut forms: BTreeMap<&str, usize> = BTreeMap::new();
        for (case, miss) in &missed {
            *forms.entry(&case.form).or_default() += 1;
            if forms.len() == 1 && forms[case.form.as_str()] == 1 {
                let _ = writeln!(out, "   got: {} in {}", miss.got, miss.text.trim());
            }
        }
        let forms: Vec<String> = forms
            .iter()
            .map(|(form, times)| format!("{form} ×{times}"))
            .collect();
        let _ = writeln!(out, "   {}", forms.join(", "));
    }
    out
}
