//! What a path says of the file: written by people for use, by machines, by somebody else, or for tests and documentation. A rule that
//! recognises its vendor's mark counts everywhere; one that goes by names and looks only does not, where the look is common.

/// What kind of file a path names, as far as it matters to findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathClass {
    /// Written by people, for use.
    Ordinary,
    /// Tests, their data, documentation, examples.
    Illustration,
    /// Code that a program made smaller, and maps of such code.
    Minified,
    /// Written by a program.
    Generated,
    /// Somebody else's code, copied or installed here.
    Vendored,
    /// Names, versions and digests of packages.
    Lockfile,
}

impl PathClass {
    /// The class of a path with `/` between its parts; the most telling one where several fit.
    pub fn of(path: &[u8]) -> Self {
        let lower = path.to_ascii_lowercase();
        let mut parts = lower.split(|byte| *byte == b'/').rev();
        let name = parts.next().unwrap_or_default();
        let folders: Vec<&[u8]> = parts.collect();
        let within = |names: &[&str]| {
            folders
                .iter()
                .any(|folder| names.iter().any(|name| name.as_bytes() == *folder))
        };
        if LOCKFILES.iter().any(|lock| lock.as_bytes() == name)
            || (name == b"record"
                && folders
                    .first()
                    .is_some_and(|folder| folder.ends_with(b".dist-info")))
        {
            PathClass::Lockfile
        } else if within(VENDORED) {
            PathClass::Vendored
        } else if ends_with_any(name, GENERATED) {
            PathClass::Generated
        } else if ends_with_any(name, MINIFIED) {
            PathClass::Minified
        } else if within(ILLUSTRATIONS) || is_test_or_text(name) {
            PathClass::Illustration
        } else {
            PathClass::Ordinary
        }
    }

    /// Whether findings of rules without a vendor's mark do not count there at all.
    pub fn is_noise(self) -> bool {
        self > PathClass::Illustration
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            PathClass::Ordinary => "ordinary file",
            PathClass::Illustration => "test, example or documentation",
            PathClass::Minified => "minified code",
            PathClass::Generated => "generated file",
            PathClass::Vendored => "vendored code",
            PathClass::Lockfile => "lockfile",
        }
    }
}

fn ends_with_any(name: &[u8], endings: &[&str]) -> bool {
    endings
        .iter()
        .any(|ending| name.ends_with(ending.as_bytes()))
}

const LOCKFILES: &[&str] = &[
    ".terraform.lock.hcl",
    "bun.lock",
    "cabal.project.freeze",
    "cargo.lock",
    "cartfile.resolved",
    "composer.lock",
    "conan.lock",
    "deno.lock",
    "flake.lock",
    "gemfile.lock",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "mix.lock",
    "module.bazel.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.resolved",
    "packages.lock.json",
    "paket.lock",
    "pdm.lock",
    "pipfile.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "podfile.lock",
    "poetry.lock",
    "pubspec.lock",
    "pylock.toml",
    "rebar.lock",
    "shard.lock",
    "stack.yaml.lock",
    "uv.lock",
    "verification-metadata.xml",
    "yarn.lock",
];

const VENDORED: &[&str] = &[
    ".bundle",
    ".tox",
    ".venv",
    ".yarn",
    "3rdparty",
    "bower_components",
    "carthage",
    "dist",
    "dist-packages",
    "godeps",
    "jspm_packages",
    "node_modules",
    "pods",
    "site-packages",
    "third-party",
    "third_party",
    "thirdparty",
    "vendor",
    "vendored",
];

const GENERATED: &[&str] = &[
    // Digests of what another scanner found.
    ".secrets.baseline",
    ".designer.cs",
    ".g.cs",
    ".g.dart",
    ".freezed.dart",
    ".pb.cc",
    ".pb.go",
    ".pb.h",
    ".pnp.cjs",
    "_pb2.py",
    "_pb2_grpc.py",
    "_pb.js",
    "_generated.go",
];

const MINIFIED: &[&str] = &[
    ".min.css",
    ".min.js",
    ".min.mjs",
    "-min.js",
    ".bundle.js",
    ".chunk.js",
    ".js.map",
    ".css.map",
    ".mjs.map",
    ".ts.map",
    ".svg",
    ".min.html",
];

const ILLUSTRATIONS: &[&str] = &[
    "__fixtures__",
    "__mocks__",
    "__snapshots__",
    "__tests__",
    "demo",
    "demos",
    "doc",
    "docs",
    "documentation",
    "e2e",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "javadoc",
    "mock",
    "mocks",
    "sample",
    "samples",
    "snapshots",
    "spec",
    "specs",
    "test",
    "testdata",
    "test-data",
    "test_data",
    "testing",
    "tests",
    "tutorial",
    "tutorials",
];

/// Names of test files, and text that people read.
fn is_test_or_text(name: &[u8]) -> bool {
    const TEXTS: &[&str] = &[
        ".adoc",
        ".asciidoc",
        ".markdown",
        ".md",
        ".mdx",
        ".rdoc",
        ".rst",
        ".1",
        ".texi",
        ".example",
        ".sample",
        ".template",
    ];
    const CLASSES: &[&str] = &[
        "test.cs",
        "tests.cs",
        "test.java",
        "tests.java",
        "test.kt",
        "test.php",
        "test.scala",
        "spec.scala",
        "tests.swift",
    ];
    if matches!(name, b"tests.py" | b"tests.rs")
        || ends_with_any(name, TEXTS)
        || ends_with_any(name, CLASSES)
        || name == b"conftest.py"
    {
        return true;
    }
    let stem = memchr::memrchr(b'.', name).map_or(name, |at| &name[..at]);
    let tested = |word: &[u8]| {
        stem.strip_suffix(word)
            .is_some_and(|rest| matches!(rest.last(), Some(b'.' | b'_' | b'-')))
            || stem
                .strip_prefix(word)
                .is_some_and(|rest| matches!(rest.first(), Some(b'_' | b'-' | b'.')))
    };
    [
        &b"test"[..],
        b"tests",
        b"spec",
        b"fixture",
        b"example",
        b"examples",
        b"sample",
        b"samples",
    ]
    .iter()
    .any(|word| tested(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_what_files_are() {
        for (path, class) in [
            ("src/main.rs", PathClass::Ordinary),
            ("contest/latest.py", PathClass::Ordinary),
            ("Cargo.lock", PathClass::Lockfile),
            ("web/package-lock.json", PathClass::Lockfile),
            ("x/foo-1.0.dist-info/RECORD", PathClass::Lockfile),
            ("node_modules/a/index.js", PathClass::Vendored),
            ("vendor/github.com/x/y_test.go", PathClass::Vendored),
            ("assets/app.min.js", PathClass::Minified),
            ("assets/app.js.map", PathClass::Minified),
            ("api/v1/x.pb.go", PathClass::Generated),
            (".secrets.baseline", PathClass::Generated),
            ("docs/setup.html", PathClass::Illustration),
            ("README.md", PathClass::Illustration),
            ("pkg/server_test.go", PathClass::Illustration),
            ("tests/common.rs", PathClass::Illustration),
            ("src/a.spec.ts", PathClass::Illustration),
            (".env.example", PathClass::Illustration),
            ("config/test.py", PathClass::Ordinary),
            (".env", PathClass::Ordinary),
        ] {
            assert_eq!(PathClass::of(path.as_bytes()), class, "{path}");
        }
    }
}
