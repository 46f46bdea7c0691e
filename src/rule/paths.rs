//! Kinds of files by their paths, so that rules can say `@browser` instead of many globs.

/// A kind of files: its name and its globs.
type Class = (&'static str, &'static [&'static str]);

const CLASSES: &[Class] = &[
    (
        "browser",
        &[
            "**/*.html",
            "**/*.htm",
            "**/*.xhtml",
            "**/*.jsx",
            "**/*.tsx",
            "**/*.vue",
            "**/*.svelte",
            "**/*.astro",
            "**/public/**/*.js",
            "**/static/**/*.js",
            "**/assets/**/*.js",
            "**/wwwroot/**/*.js",
            "**/frontend/**/*.{js,ts,mjs}",
            "**/client/**/*.{js,ts,mjs}",
            "**/browser/**/*.{js,ts,mjs}",
            "**/gtm/**",
            "**/*gtm*.{js,json,html}",
            "**/js_tags/**",
            "**/*.user.js",
        ],
    ),
    (
        "ci",
        &[
            "**/.github/workflows/*.{yml,yaml}",
            "**/.github/actions/**/*.{yml,yaml}",
            "**/.gitlab-ci.yml",
            "**/.gitlab-ci.yaml",
            "**/.gitlab/**/*.{yml,yaml}",
            "**/azure-pipelines*.{yml,yaml}",
            "**/.circleci/*.yml",
            "**/.travis.yml",
            "**/bitbucket-pipelines.yml",
            "**/Jenkinsfile*",
            "**/.drone.yml",
            "**/.woodpecker*.yml",
            "**/.buildkite/*.{yml,yaml}",
            "**/cloudbuild*.yaml",
            "**/buildspec*.yml",
            "**/appveyor.yml",
        ],
    ),
    (
        "container",
        &[
            "**/Dockerfile*",
            "**/*.Dockerfile",
            "**/*.dockerfile",
            "**/Containerfile*",
            "**/docker-compose*.{yml,yaml}",
            "**/compose*.{yml,yaml}",
        ],
    ),
    (
        "mail",
        &[
            "**/*.eml",
            "**/*.msg",
            "**/*.mbox",
            "**/*.mjml",
            "**/*.oft",
            "**/{mail,mails,email,emails,mailer,mailers,newsletter}/**",
            "**/*{mailer,_mail,-mail,_email,-email}.*",
            "**/*{Mailer,Mail,Email}.*",
            "**/*{mail,email}_template*",
            "**/*{mail,email}-template*",
        ],
    ),
    (
        "env",
        &[
            "**/.env",
            "**/.env.{local,dev,development,prod,production,staging,test}",
            "**/*.env",
            "**/network_config.env",
            "**/profiles.json",
        ],
    ),
    (
        "recording",
        &[
            "**/*.har",
            "**/*.postman_environment.json",
            "**/*.postman_collection.json",
            "**/*.saz",
            "**/*.http-log",
            "**/*.eml",
            "**/*.mbox",
        ],
    ),
];

/// The names of all kinds.
pub fn path_classes() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(name, _)| *name)
}

/// The globs that an entry of `paths` means: those of a kind for `@kind`, itself otherwise. `None` where there is no such kind.
pub fn expand(entry: &str) -> Option<Vec<&str>> {
    let Some(name) = entry.strip_prefix('@') else {
        return Some(vec![entry]);
    };
    let class = CLASSES.iter().find(|(known, _)| *known == name);
    class.map(|(_, globs)| globs.to_vec())
}
