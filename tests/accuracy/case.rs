//! Cases as they are written in `cases/*.toml`.

use serde::Deserialize;
use std::path::Path;

/// What the scanner should say of the marked parts of a case, or of the whole where nothing is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Expect {
    /// Every marked part is found, as an error.
    Error,
    /// Every marked part is found; a warning is enough.
    Warning,
    /// Nothing is found.
    None,
}

/// A text to scan.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The large group it counts in.
    pub(crate) kind: String,
    /// The small one: a language, a file format, a tool.
    pub(crate) form: String,
    /// The name the file would have.
    pub(crate) path: String,
    /// The text, with placeholders, and the secrets between `«` and `»`.
    pub(crate) text: String,
    /// What should come of it.
    pub(crate) expect: Expect,
    /// What the id of the rule should begin with; empty when it does not matter.
    pub(crate) rule: String,
    /// The vendor or rule it counts for as well; empty for most.
    pub(crate) vendor: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: String,
    expect: Expect,
    #[serde(default)]
    path: String,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    case: Vec<Written>,
}

/// Cases of one form; what is not said is taken from the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    form: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    expect: Option<Expect>,
    #[serde(default)]
    rule: Option<String>,
    texts: Vec<String>,
}

/// All cases of a folder, in the order of the files' names.
pub(crate) fn read_all(folder: &Path) -> Result<Vec<Case>, String> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let file: File =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        for written in file.case {
            cases.extend(written.texts.iter().map(|text| Case {
                kind: written.kind.clone().unwrap_or_else(|| file.kind.clone()),
                form: written.form.clone(),
                path: written.path.clone().unwrap_or_else(|| file.path.clone()),
                text: text.clone(),
                expect: written.expect.unwrap_or(file.expect),
                rule: written.rule.clone().unwrap_or_else(|| file.rule.clone()),
                vendor: String::new(),
            }));
        }
    }
    Ok(cases)
}
