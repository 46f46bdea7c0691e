//! The language of a file, from its name and its first line.

/// A language for which there are examples, and for most of which there are repairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Language {
    Shell,
    Python,
    Ruby,
    JavaScript,
    Php,
    Go,
    Java,
    CSharp,
    Rust,
    Actions,
    Gitlab,
    Compose,
    Yaml,
    Terraform,
    Dotenv,
    Dockerfile,
    Json,
    Html,
    PowerShell,
    Mail,
}

use Language::{
    Actions, CSharp, Compose, Dockerfile, Dotenv, Gitlab, Go, Html, Java, JavaScript, Json, Mail,
    Php, PowerShell, Python, Ruby, Rust, Shell, Terraform, Yaml,
};

const ENDINGS: &[(&str, Language)] = &[
    ("sh", Shell),
    ("bash", Shell),
    ("zsh", Shell),
    ("ksh", Shell),
    ("py", Python),
    ("pyi", Python),
    ("rb", Ruby),
    ("rake", Ruby),
    ("js", JavaScript),
    ("jsx", JavaScript),
    ("mjs", JavaScript),
    ("cjs", JavaScript),
    ("ts", JavaScript),
    ("tsx", JavaScript),
    ("mts", JavaScript),
    ("cts", JavaScript),
    ("php", Php),
    ("go", Go),
    ("java", Java),
    ("cs", CSharp),
    ("rs", Rust),
    ("yml", Yaml),
    ("yaml", Yaml),
    ("tf", Terraform),
    ("env", Dotenv),
    ("json", Json),
    ("har", Json),
    ("html", Html),
    ("htm", Html),
    ("vue", Html),
    ("svelte", Html),
    ("ps1", PowerShell),
    ("psm1", PowerShell),
    ("eml", Mail),
    ("mjml", Mail),
];

impl Language {
    /// The language of the file at `path` that begins with `text`.
    pub fn of(path: &[u8], text: &[u8]) -> Option<Self> {
        let path = String::from_utf8_lossy(path).to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        if name.starts_with(".env") {
            return Some(Dotenv);
        }
        if name.starts_with("dockerfile")
            || name.starts_with("containerfile")
            || ending == Some("dockerfile")
        {
            return Some(Dockerfile);
        }
        let known = ending.and_then(|ending| ENDINGS.iter().find(|(known, _)| *known == ending));
        match known {
            Some((_, Yaml)) => Some(yaml_kind(&path, name)),
            Some((_, language)) => Some(*language),
            None => by_first_line(text),
        }
    }

    /// Its name in rules and in what is printed.
    pub fn word(self) -> &'static str {
        match self {
            Shell => "shell",
            Python => "python",
            Ruby => "ruby",
            JavaScript => "javascript",
            Php => "php",
            Go => "go",
            Java => "java",
            CSharp => "csharp",
            Rust => "rust",
            Actions => "actions",
            Gitlab => "gitlab",
            Compose => "compose",
            Yaml => "yaml",
            Terraform => "terraform",
            Dotenv => "dotenv",
            Dockerfile => "dockerfile",
            Json => "json",
            Html => "html",
            PowerShell => "powershell",
            Mail => "mail",
        }
    }
}

fn yaml_kind(path: &str, name: &str) -> Language {
    if path.contains(".github/workflows/") || path.contains(".github/actions/") {
        Actions
    } else if name.starts_with(".gitlab-ci") || path.contains(".gitlab/") {
        Gitlab
    } else if name.starts_with("docker-compose") || name.starts_with("compose") {
        Compose
    } else {
        Yaml
    }
}

fn by_first_line(text: &[u8]) -> Option<Language> {
    let line = text.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line.strip_prefix(b"#!")?).into_owned();
    let words = [
        ("python", Python),
        ("ruby", Ruby),
        ("node", JavaScript),
        ("deno", JavaScript),
        ("php", Php),
        ("pwsh", PowerShell),
        ("sh", Shell),
    ];
    let named = words.iter().find(|(word, _)| line.contains(word));
    named.map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_language() {
        for (path, text, language) in [
            ("a/b.py", "", Some(Python)),
            ("deploy", "#!/usr/bin/env bash\n", Some(Shell)),
            ("x", "#!/usr/bin/python3\n", Some(Python)),
            (".github/workflows/ci.yml", "", Some(Actions)),
            ("docker-compose.prod.yaml", "", Some(Compose)),
            ("k8s/secret.yaml", "", Some(Yaml)),
            (".env.production", "", Some(Dotenv)),
            ("web/App.TSX", "", Some(JavaScript)),
            ("Dockerfile", "", Some(Dockerfile)),
            ("notes.txt", "hello", None),
        ] {
            assert_eq!(
                Language::of(path.as_bytes(), text.as_bytes()),
                language,
                "{path}"
            );
        }
    }
}
