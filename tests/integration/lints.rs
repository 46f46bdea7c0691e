//! Lints, as a user meets them: what fires by default and what does not, what is shown of it, and one finding for one statement.

use crate::support::{Repo, Sandbox, Tokens};
use invoca_scan::finding::Level;
use invoca_scan::rule::{Persona, RuleSet};
use serde_json::Value;

/// The findings of a scan of one file: rule and level, in their order.
fn found(path: &str, text: &str, args: &[&str]) -> Vec<(String, String)> {
    let sandbox = Sandbox::new();
    sandbox.write(path, text);
    let mut all = vec!["-f", "json", "--fail-on", "never"];
    all.extend(args);
    let run = sandbox.scan(all);
    assert_eq!(run.code, 0, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let word = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    findings
        .iter()
        .map(|item| (word(item, "rule_id"), word(item, "level")))
        .collect()
}

#[track_caller]
fn assert_error(path: &str, text: &str, rule: &str) {
    let expected = vec![(rule.to_owned(), "error".to_owned())];
    assert_eq!(found(path, text, &[]), expected, "{path}: {text}");
}

#[track_caller]
fn assert_silent(path: &str, text: &str) {
    assert_eq!(found(path, text, &[]), [], "{path}: {text}");
}

const CALL: &str = "https://acme.invoca.net/api/2020-10-01/networks/transactions/1.json";

#[test]
fn a_reviewer_would_stop_these() {
    assert_error(
        "call.sh",
        "curl -H \"Authorization: $INVOCA_TOKEN\" \\\n  http://acme.invoca.net/api/2020-10-01/x.json\n",
        "http-plaintext",
    );
    assert_error(
        "src/Calls.tsx",
        &format!("fetch(`{CALL}?oauth_token=${{token}}`)\n"),
        "client-side-token",
    );
    assert_error(
        "deploy.yml",
        "env:\n  NEXT_PUBLIC_INVOCA_API_TOKEN: ${{ secrets.INVOCA_TOKEN }}\n",
        "client-side-token-name",
    );
    assert_error(
        "a.py",
        &format!("URL = '{CALL}'\nlogger.info('using %s', oauth_token)\n"),
        "token-logged",
    );
    assert_error(
        "a.js",
        "sendMail({ to, text: `Invoca: ${invocaToken}` });\n// https://acme.invoca.net\n",
        "token-emailed",
    );
    assert_error(
        "app/emails/welcome.html",
        "<p>Invoca API token: {{ user.oauth_token }}</p>\n",
        "token-in-mail",
    );
}

#[test]
fn their_look_alikes_are_silent() {
    assert_silent(
        "call.sh",
        "curl -H \"Authorization: $INVOCA_TOKEN\" \\\n  https://acme.invoca.net/api/2020-10-01/x.json\n",
    );
    assert_silent(
        "call.sh",
        "curl http://example.com/api/ # not acme.invoca.net\n",
    );
    // Other vendors' parameters, and the word in other languages.
    assert_silent(
        "src/Calls.tsx",
        "fetch(`https://api.other.example/x?oauth_token=${token}`)\n",
    );
    assert_silent(
        "a.py",
        "def invoca(self, token):\n    # O método invoca a API\n    print(token)\n    logger.info('x %s', oauth_token)\n",
    );
    assert_silent(
        "src/Calls.tsx",
        &format!("\"use server\";\nfetch(`{CALL}?oauth_token=${{token}}`)\n"),
    );
    // Documentation shows how it is done, tests do it with what opens nothing.
    let wrong = "curl -H \"Authorization: $T\" http://acme.invoca.net/api/2020-10-01/x.json\n";
    for path in [
        "README.md",
        "docs/setup.sh",
        "tests/call.sh",
        "call.spec.js",
    ] {
        assert_silent(path, wrong);
    }
    assert_silent("node_modules/x/call.sh", wrong);
}

#[test]
fn one_statement_gives_one_finding_and_the_secret_names_it() {
    let token = Tokens::new(5).base62(32);
    let text = format!(
        "curl -H 'Authorization: {token}' \\\n  http://acme.invoca.net/api/2020-10-01/x.json\n"
    );
    let sandbox = Sandbox::new();
    sandbox.write("call.sh", text);
    let run = sandbox.scan(["-f", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0]["rule_id"], "invoca-api-token-header");
    let notes = findings[0]["notes"].as_array().unwrap();
    assert!(notes.contains(&"http-plaintext".into()), "{notes:?}");
}

#[test]
fn a_lint_never_shows_a_value_whose_own_rule_is_off() {
    let token = Tokens::new(6).base62(32);
    let sandbox = Sandbox::new();
    sandbox.write(
        "call.sh",
        format!("curl -u bob:hunter2 -H 'Authorization: {token}' http://acme.invoca.net/api/x\n"),
    );
    for format in [
        "human", "json", "sarif", "gitlab", "csv", "junit", "github", "markdown",
    ] {
        let run = sandbox.scan(["--rule", "http-plaintext", "-f", format]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(
            run.out.contains("http-plaintext") || run.out.contains("plain HTTP"),
            "{format}: {}",
            run.out
        );
        assert!(!run.out.contains(&token), "{format}: {}", run.out);
        assert!(!run.out.contains("hunter2"), "{format}: {}", run.out);
    }
}

#[test]
fn explain_shows_wrong_and_right_in_the_language_at_hand() {
    let sandbox = Sandbox::new();
    let python = "requests.get('http://acme.invoca.net/api/x', headers={'Authorization': t})\n";
    sandbox.write("a.py", python);
    let run = sandbox.scan(["explain", "a.py:1"]);
    assert!(run.out.contains("right, in python"), "{}", run.out);
    assert!(!run.out.contains("in shell"), "{}", run.out);
    let run = sandbox.scan(["explain", "http-plaintext"]);
    assert!(run.out.contains("wrong, in shell") && run.out.contains("wrong, in csharp"));
}

#[test]
fn what_head_says_already_is_not_new() {
    let wrong = "curl -H \"Authorization: $T\" http://acme.invoca.net/api/x.json\n";
    let repo = Repo::new();
    repo.write("a.sh", wrong);
    repo.commit("one");
    let scan = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_invoca-scan"));
        command.current_dir(repo.dir()).arg("--staged");
        command.output().unwrap().status.code()
    };
    repo.write("a.sh", format!("echo begin\n{wrong}"));
    repo.git(&["add", "--all"]);
    assert_eq!(scan(), Some(0));
    repo.write("a.sh", format!("echo begin\n{wrong}\n{wrong}"));
    repo.git(&["add", "--all"]);
    assert_eq!(scan(), Some(1));
}

#[test]
fn the_past_is_not_linted() {
    let repo = Repo::new();
    repo.write(
        "a.sh",
        "curl -H \"Authorization: $T\" http://acme.invoca.net/api/x.json\n",
    );
    repo.commit("one");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_invoca-scan"));
    command.current_dir(repo.dir()).arg("--history");
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}

#[test]
fn users_compose_rules_of_their_own() {
    let sandbox = Sandbox::new();
    let rule = r#"
[[rule]]
id = "acme-insecure"
since = "1"
title = "Acme called without verification"
severity = "medium"
lint = true
level = "warning"
pattern = '(?i)verify\s*=\s*False'
keywords = ["verify"]
requires = [{ pattern = 'acme\.example', within = "statement" }]
forbids = [{ pattern = 'localhost', within = "statement" }]
why = "x"
fix = "x"
examples = ['''get(
  "https://acme.example/",
  verify=False,
)''']
counterexamples = ['''get("https://acme.example/")
get("https://other.example/", verify=False)''', '''get("https://acme.example/", via="localhost", verify=False)''']

[[rule.pair]]
language = "python"
wrong = 'get("https://acme.example/", verify=False)'
right = 'get("https://acme.example/")'
"#;
    sandbox.write("rules.toml", rule);
    let run = sandbox.scan(["rules", "check", "rules.toml"]);
    assert_eq!(run.code, 0, "{}", run.out);
    sandbox.write(
        "rules.toml",
        rule.replace(
            "right = 'get(\"https://acme.example/\")'",
            "right = 'get(\"https://acme.example/\", verify=False)'",
        ),
    );
    let run = sandbox.scan(["rules", "check", "rules.toml"]);
    assert!(
        run.code == 1 && run.out.contains("what is right is found"),
        "{}",
        run.out
    );
    let typo = rule.replace("level = \"warning\"", "paths = [\"@brauser\"]");
    sandbox.write("rules.toml", typo);
    let run = sandbox.scan(["rules", "check", "rules.toml"]);
    assert!(run.code == 2 && run.err.contains("@browser"), "{}", run.err);
}

fn lints() -> Vec<invoca_scan::rule::RuleSpec> {
    let rules = RuleSet::builtin();
    let lints = rules.iter().filter(|(_, rule)| rule.meta.lint);
    lints.map(|(_, rule)| (*rule.spec).clone()).collect()
}

#[test]
fn every_lint_fires_where_it_is_wrong_and_is_silent_where_it_is_right() {
    for spec in lints() {
        assert!(!spec.pairs.is_empty(), "{} shows no right way", spec.id);
        for pair in spec.pairs.iter() {
            let path = crate::shows::file_of(&spec.id, &pair.language);
            // The file speaks of Invoca somewhere.
            let text = |code: &str| format!("# about https://acme.invoca.net\n{}\n", code.trim());
            let args = ["--persona", "auditor"];
            let fires = |code: &str| {
                let found = found(path, &text(code), &args);
                found.iter().any(|(rule, _)| *rule == *spec.id)
            };
            let id = &spec.id;
            if &**id == "bad-token-file" || !id.starts_with("any-") {
                let alone = found(path, &text(&pair.wrong), &["--rule", id]);
                assert!(!alone.is_empty(), "{id}: {}", pair.wrong);
            }
            assert!(!fires(&pair.right), "{id}: {}", pair.right);
            // What is not for everybody is silent by default.
            if spec.persona != Persona::Regular {
                let silent = found(path, &text(&pair.wrong), &[]);
                let named = silent.iter().any(|(rule, _)| *rule == **id);
                assert!(!named, "{id}: {}", pair.wrong);
            }
        }
    }
}

#[test]
fn hygiene_is_for_those_who_ask_and_stops_nobody() {
    let text = format!("curl -k -H \"Authorization: Bearer $T\" \"{CALL}?oauth_token=$T\"\n");
    assert_silent("a.sh", &text);
    let sandbox = Sandbox::new();
    sandbox.write("a.sh", &text);
    let run = sandbox.scan(["--persona", "pedantic", "-v"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("warning"), "{}", run.out);
    let run = sandbox.scan(["--persona", "pedantic", "--fail-on", "warning"]);
    assert_eq!(run.code, 1, "{}", run.out);
    // By name, without a persona.
    sandbox.write("invoca-scan.toml", "enable = [\"token-in-url\"]\n");
    let run = sandbox.scan(["-f", "csv"]);
    assert!(run.out.contains("token-in-url"), "{}", run.out);
}

/// The table of all lints, as `docs/lints.md` shows it.
fn table() -> String {
    let mut out = String::from(
        "| lint | finds | shown to | level | severity | `--fix` |\n|---|---|---|---|---|---|\n",
    );
    for spec in lints() {
        let persona = match spec.persona {
            Persona::Regular => "everybody",
            Persona::Pedantic => "pedantic",
            Persona::Auditor => "auditor",
        };
        let level = Level::of_rule(spec.level, spec.confidence).word();
        let fix = match &*spec.repair {
            "" => "–",
            "https" => "`https://`",
            "flag-k" => "takes `-k` out",
            "flag-v" => "takes `-v` out",
            "trace" => "takes `-x` out",
            "bare" => "takes the scheme out",
            "bearer" => "adds `Bearer`",
            "argument" => "switches it on",
            "header" => "Authorization header (curl)",
            other => panic!("{other}: a repair that the table does not know"),
        };
        out += &format!(
            "| `{}` | {} | {persona} | {level} | {} | {fix} |\n",
            spec.id,
            spec.title,
            spec.severity.word()
        );
    }
    out
}

#[test]
fn the_table_of_lints_is_that_of_the_rules() {
    let path = crate::support::root().join("docs/lints.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let begin = text.find("| lint |").unwrap();
    let end = text[begin..]
        .find("\n\n")
        .map_or(text.len(), |at| begin + at + 1);
    let new = format!("{}{}{}", &text[..begin], table(), &text[end..]);
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::write(&path, new).unwrap();
    } else {
        assert_eq!(text, new, "SNAPSHOTS=overwrite cargo test lints");
    }
}

/// What is no mishandling of an Invoca token, whatever it looks like.
const HARMLESS: &[(&str, &str)] = &[
    // Invoca's own kind of documentation.
    (
        "source/api_documentation/transactions_api/index.rst",
        "Use -k if your computer requires extra configuration::\n\n  curl -k 'http://acme.invoca.net/api/2020-10-01/networks/transactions/33.json?oauth_token=<YOUR OAUTH TOKEN>'\n\n  curl -k -u '<user>:<password>' http://www.invoca.net/api/2014-01-01/33/advertisers.json\n",
    ),
    (
        "api-reference/signal.mdx",
        "```python\nrequests.post('http://acme.invoca.net/api/2020-10-01/transactions.json', json={'oauth_token': oauth_token})\nprint(oauth_token)\n```\n",
    ),
    (
        "docs/examples/ring_pool.html",
        "<script>fetch('http://acme.invoca.net/api/2012-01-01/ring_pools/1/allocate_number.json?ring_pool_key=<RING_POOL_KEY>')</script>\n",
    ),
    (
        "README.md",
        "Set `INVOCA_API_TOKEN`, then\n\n    echo $INVOCA_API_TOKEN\n    curl -H \"Authorization: $INVOCA_API_TOKEN\" http://acme.invoca.net/api/x.json\n",
    ),
    // The word in other languages.
    (
        "src/Servicio.java",
        "class Servicio {\n  /** Invoca la API con el token del usuario. */\n  String invocaTokenProvider(String token) {\n    log.info(\"se invoca el servicio con token\" + id);\n    return gateway.invocaServicio(token);\n  }\n}\n",
    ),
    (
        "infra/gateway.tf",
        "resource \"aws_lambda_permission\" \"gateway_invoca_authorizer\" {\n  statement_id = \"invoca_api_de_delecao\"\n  source_arn   = aws_api_gateway_rest_api.invoca.arn\n}\n",
    ),
    (
        "app/cliente.py",
        "# Chama o método que invoca a API\ndef invoca_api(oauth_token):\n    logger.info('invocando com %s', oauth_token)\n    print('invoca', oauth_token)\n    return requests.get('http://api.interna/', params={'oauth_token': oauth_token})\n",
    ),
    (
        "lib/richiesta.php",
        "<?php\n// Questa funzione invoca il servizio\n$invoca = new Servizio($oauth_token);\nmail($a, 'invoca', \"il token $token\");\nerror_log(\"invoca con token $oauth_token\");\n",
    ),
    (
        "js/llamar.js",
        "// invoca la función\nconst invocaFuncion = (oauth_token) => console.log('invoca', oauth_token);\nfetch(`http://localhost/api?oauth_token=${oauth_token}`);\n",
    ),
    (
        "web/Formulario.vue",
        "<script>\nexport default { methods: { invoca() { this.axios.get('/api', { headers: { authorization: this.token } }) } } }\n</script>\n",
    ),
    // Obvious fakes where tests keep them.
    (
        "spec/fixtures/call.json",
        "{\"url\": \"http://acme.invoca.net/api/x.json?oauth_token=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}\n",
    ),
    (
        "tests/test_client.py",
        "client = Invoca(oauth_token='YOUR_INVOCA_API_TOKEN_GOES_HERE_1')\nrequests.get('http://acme.invoca.net/api/x.json?oauth_token=dummy', verify=False)\nprint(client.oauth_token)\n",
    ),
    (
        "config/test.env.example",
        "INVOCA_API_TOKEN=<token>\nINVOCA_NETWORK_ID=1234\n",
    ),
    // Other vendors' tokens.
    (
        "src/twitter.jsx",
        "// also on invoca.net\nfetch(`https://api.twitter.com/oauth/authenticate?oauth_token=${oauth_token}&oauth_verifier=${v}`)\n",
    ),
    (
        "src/metrika.js",
        "console.log('yandex', oauth_token);\nfetch(`http://api-metrika.yandex.net/stat?oauth_token=${oauth_token}`);\n",
    ),
    (
        "src/Foursquare.tsx",
        "fetch(`http://api.foursquare.com/v2/venues?oauth_token=${oauth_token}&v=20140101`)\n",
    ),
    (
        "hosts.yml",
        "github.com:\n  user: octocat\n  oauth_token: ${GH_TOKEN}\n",
    ),
    (
        "salesforce.rb",
        "client = Restforce.new(oauth_token: token, instance_url: 'http://na1.force.com/api/')\nputs client.oauth_token\n",
    ),
    (
        "app/mailers/digest.rb",
        "mail(to: user.email, body: \"https://www.flickr.com/?oauth_token=#{token}\")\n",
    ),
    // What is public by design, and what no token is sent to.
    (
        "public/tag.html",
        "<script>var InvocaTagId = '1234/0000000000';\nvar s = document.createElement('script'); s.src = '//solutions.invocacdn.com/js/invoca-latest.min.js';</script>\n<img src=\"http://api.invoca.net/pixels/1.gif\">\n",
    ),
    (
        "src/track.jsx",
        "window.Invoca.PNAPI.run({ networkId: 1234, invoca_id: 'i-1', campaignId: INVOCA_CAMPAIGN_ID });\n",
    ),
    (
        "src/safe.py",
        "# https://acme.invoca.net\ntoken = os.environ['INVOCA_OAUTH_TOKEN']\nlogger.info('token is %s', 'set' if token else 'missing')\nlogger.info('invoca token: %s', mask(invoca_token))\nraise SystemExit('INVOCA_API_TOKEN is missing: http://developers.invoca.net/api/')\n",
    ),
    (
        "deploy.sh",
        "if [ -z \"$INVOCA_API_TOKEN\" ]; then echo \"INVOCA_API_TOKEN is not set\"; exit 1; fi\necho \"INVOCA_API_TOKEN=$INVOCA_API_TOKEN\" >> \"$GITHUB_ENV\"\nprintf '%s' \"$INVOCA_API_TOKEN\" | vault kv put secret/invoca token=-\ncurl -H \"Authorization: $INVOCA_API_TOKEN\" https://acme.invoca.net/api/x.json\n",
    ),
    (
        "proxy.conf",
        "# http://acme.invoca.net is redirected\nserver_name acme.invoca.net;\nreturn 301 https://acme.invoca.net$request_uri;\n",
    ),
];

#[test]
fn whoever_does_not_ask_is_not_bothered() {
    let sandbox = Sandbox::new();
    for (path, text) in HARMLESS {
        sandbox.write(path, text);
    }
    let run = sandbox.scan(["-f", "csv"]);
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn those_who_care_for_style_see_nothing_of_other_vendors_and_languages() {
    let sandbox = Sandbox::new();
    let others = [
        "src/Servicio.java",
        "infra/gateway.tf",
        "app/cliente.py",
        "lib/richiesta.php",
        "js/llamar.js",
        "web/Formulario.vue",
        "src/metrika.js",
        "src/Foursquare.tsx",
        "hosts.yml",
        "salesforce.rb",
        "app/mailers/digest.rb",
    ];
    for (path, text) in HARMLESS.iter().filter(|(path, _)| others.contains(path)) {
        sandbox.write(path, text);
    }
    let run = sandbox.scan(["-f", "csv", "--persona", "pedantic"]);
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
}
