//! Every rule of Invoca's guideline, shown in every language it has an example in: a file that fires, its nearest look-alike that does not, the
//! explanation, the repair as a diff, and the file clean afterwards. `docs/lints-shown.md` is what comes out.

use crate::support::{Repo, Run, Tokens, root};
use invoca_scan::rule::{RuleSet, RuleSpec};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

/// What the guideline asks for, and the rules that watch over it.
const GUIDELINE: &[(&str, &[&str])] = &[
    ("HTTPS only", &["http-plaintext", "http-plaintext-client"]),
    ("No token in a URL", &["token-in-url"]),
    ("No token in a body", &["token-in-body"]),
    (
        "Certificates are verified",
        &["tls-verify-off", "tls-verify-off-curl"],
    ),
    (
        "No token in a log",
        &[
            "token-logged",
            "request-logged",
            "token-traced",
            "token-xtrace",
            "token-ci-trace",
        ],
    ),
    (
        "No token in a mail or a chat",
        &["token-emailed", "token-in-mail"],
    ),
    (
        "No token in a browser",
        &["client-side-token", "client-side-token-name"],
    ),
    (
        "No token in CI files and images",
        &["invoca-api-token-named", "token-in-ci", "token-in-image"],
    ),
    ("Each user makes a token of its own", &["on-behalf-token"]),
    ("No one-time logins for others", &["sso-token-mint"]),
    ("No refresh tokens", &["refresh-flow"]),
    (
        "Tokens instead of passwords",
        &["basic-auth", "basic-auth-curl", "invoca-curl-login"],
    ),
    (
        "The scheme and the host that expect it",
        &["wrong-scheme", "missing-bearer", "token-to-wrong-host"],
    ),
    ("No files that collect credentials", &["bad-token-file"]),
    // What git itself keeps, and the label of a token, are no files: they have tests of their own below.
    ("No token in what git keeps", &["invoca-api-token"]),
    ("Tokens with a label", &["invoca-api-token"]),
];

/// The nearest text that is not found: rule, language, text. Every pair of a lint about Invoca has one.
const LOOK_ALIKES: &[(&str, &str, &str)] = &[
    (
        "http-plaintext",
        "shell",
        r#"curl -H "Authorization: $T" "http://localhost:8080/api/x.json?for=acme.invoca.net""#,
    ),
    (
        "http-plaintext",
        "python",
        r#"requests.get("http://api.invoca.net/pixels/1.gif", headers={"Authorization": token})"#,
    ),
    (
        "http-plaintext",
        "csharp",
        r#"var page = new Uri("http://www.invoca.com/blog/api/");"#,
    ),
    (
        "http-plaintext",
        "javascript",
        r#"await fetch("http://invoca.net.test/api/x.json", { headers: { Authorization: token } });"#,
    ),
    (
        "http-plaintext",
        "ruby",
        r##"# Net::HTTP.get(URI("http://acme.invoca.net/api/x.json"), "Authorization" => token)"##,
    ),
    (
        "http-plaintext",
        "php",
        r#"$help = "http://developers.invoca.net/en/latest/api_documentation/api/index.html";"#,
    ),
    (
        "http-plaintext",
        "go",
        r#"req, err := http.NewRequest("GET", "http://acme.invoca.example/api/x.json", nil)"#,
    ),
    (
        "http-plaintext",
        "java",
        r#"String namespace = "http://acme.invoca.net/schema";"#,
    ),
    (
        "http-plaintext",
        "rust",
        r#"let reply = client.get("https://acme.invoca.net/api/x.json").header("Authorization", token).send()?;"#,
    ),
    (
        "http-plaintext",
        "powershell",
        r#"Invoke-RestMethod "http://127.0.0.1/api/invoca.net" -Headers @{ Authorization = $token }"#,
    ),
    (
        "http-plaintext-client",
        "ruby",
        "http = Net::HTTP.new(\"localhost\", 80)\nhttp.use_ssl = true",
    ),
    (
        "http-plaintext-client",
        "python",
        r#"connection = http.client.HTTPSConnection("acme.invoca.net")"#,
    ),
    (
        "token-in-url",
        "shell",
        r#"curl -H "Authorization: $T" "https://acme.invoca.net/api/x.json?oauth_tokens=1""#,
    ),
    (
        "token-in-url",
        "python",
        r#"requests.get("https://acme.invoca.net/api/x.json", params={"limit": 1}, headers={"Authorization": oauth_token})"#,
    ),
    (
        "token-in-url",
        "javascript",
        r#"// never: `https://acme.invoca.net/api/x.json?oauth_token=${token}`"#,
    ),
    (
        "token-in-url",
        "ruby",
        r##"uri = URI("https://acme.invoca.net/api/x.json?limit=#{limit}")"##,
    ),
    (
        "token-in-url",
        "php",
        r#"$calls = file_get_contents("https://acme.invoca.net/api/x.json?limit=$limit");"#,
    ),
    (
        "token-in-url",
        "go",
        r#"url := "https://acme.invoca.net/api/x.json?from=" + from"#,
    ),
    (
        "token-in-url",
        "java",
        r#"URL url = new URL("https://acme.invoca.net/api/x.json?from=" + from);"#,
    ),
    (
        "token-in-url",
        "csharp",
        r#"var reply = await client.GetAsync($"https://acme.invoca.net/api/x.json?from={from}");"#,
    ),
    (
        "token-in-body",
        "python",
        r#"settings = {"oauth_token": token}"#,
    ),
    (
        "token-in-body",
        "javascript",
        r#"const { oauth_token: token } = settings;"#,
    ),
    (
        "token-in-body",
        "shell",
        r#"curl -H "Authorization: $T" -d '{"search_timestamp": 1}' https://acme.invoca.net/api/x.json"#,
    ),
    (
        "tls-verify-off",
        "python",
        r#"requests.get("https://acme.invoca.net/api/x.json", headers=headers, verify="ca.pem")"#,
    ),
    (
        "tls-verify-off",
        "javascript",
        r#"axios.get("https://acme.invoca.net/api/x.json", { httpsAgent: new https.Agent({ rejectUnauthorized: strict }) });"#,
    ),
    (
        "tls-verify-off",
        "ruby",
        "http = Net::HTTP.new(\"acme.invoca.net\", 443)\nhttp.verify_mode = OpenSSL::SSL::VERIFY_PEER",
    ),
    (
        "tls-verify-off",
        "php",
        "curl_setopt($c, CURLOPT_URL, \"https://acme.invoca.net/api/x.json\");\ncurl_setopt($c, CURLOPT_SSL_VERIFYPEER, 1);",
    ),
    (
        "tls-verify-off",
        "go",
        "client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}}\nclient.Get(\"https://acme.invoca.net/api/x.json\")",
    ),
    (
        "tls-verify-off",
        "rust",
        "let client = reqwest::Client::builder().danger_accept_invalid_certs(false).build()?;\nclient.get(\"https://acme.invoca.net/api/x.json\");",
    ),
    (
        "tls-verify-off-curl",
        "shell",
        "curl -k https://localhost/\ncurl https://acme.invoca.net/api/x.json",
    ),
    (
        "token-logged",
        "javascript",
        r#"console.log("INVOCA_API_TOKEN is not set");"#,
    ),
    (
        "token-logged",
        "python",
        r#"logger.debug("Invoca token: %s", mask(invoca_api_token))"#,
    ),
    (
        "token-logged",
        "ruby",
        r##"puts "Invoca tokens: #{tokens.count}""##,
    ),
    (
        "token-logged",
        "shell",
        r#"echo "$INVOCA_API_TOKEN" | docker login --password-stdin"#,
    ),
    (
        "token-logged",
        "php",
        r#"error_log("Invoca token is missing");"#,
    ),
    (
        "token-logged",
        "go",
        r#"log.Printf("no invocaToken in %s", path)"#,
    ),
    (
        "token-logged",
        "java",
        r#"logger.info("Invoca token expires: " + invocaTokenExpiry);"#,
    ),
    (
        "token-logged",
        "csharp",
        r#"Console.WriteLine("set invocaToken first");"#,
    ),
    (
        "token-logged",
        "rust",
        r#"println!("no invoca_token in {path}");"#,
    ),
    (
        "token-logged",
        "powershell",
        r#"Write-Host "set InvocaToken first""#,
    ),
    (
        "request-logged",
        "javascript",
        "console.error(error.message);",
    ),
    ("request-logged", "python", "print(request.path)"),
    (
        "token-traced",
        "shell",
        r#"curl -v "https://acme.invoca.net/""#,
    ),
    (
        "token-xtrace",
        "shell",
        "set -x\nmake all\nset +x\ncurl -H \"Authorization: $INVOCA_API_TOKEN\" https://acme.invoca.net/api/x.json",
    ),
    (
        "token-xtrace",
        "actions",
        "- run: |\n    set -e\n    report --oauth-token \"$INVOCA_API_TOKEN\"",
    ),
    (
        "token-xtrace",
        "gitlab",
        "script:\n  - set -x\n  - report --network acme.invoca.net",
    ),
    (
        "token-ci-trace",
        "gitlab",
        "variables:\n  CI_DEBUG_TRACE: \"false\"\nscript:\n  - report --oauth-token \"$INVOCA_API_TOKEN\"",
    ),
    (
        "token-emailed",
        "python",
        r#"send_mail("Invoca access", "Make an invoca_api_token of your own.", sender, [user.email])"#,
    ),
    (
        "token-emailed",
        "javascript",
        r#"await slack.postMessage({ channel, text: `Invoca calls: ${invocaCalls}` });"#,
    ),
    (
        "token-emailed",
        "ruby",
        r##"mail.deliver(body: "Invoca report: #{invoca_report}")"##,
    ),
    (
        "token-emailed",
        "php",
        r#"wp_mail($to, "Invoca access", "Your invoca_token is in the vault.");"#,
    ),
    (
        "token-in-mail",
        "mail",
        "<p>Keep the oauth_token of Invoca secret, {{ user.name }}.</p>",
    ),
    (
        "client-side-token",
        "javascript",
        r#"fetch(`https://api.other.example/x.json?access=${token}`);"#,
    ),
    (
        "client-side-token",
        "html",
        "<script>\n  fetch(\"/api/calls?from=\" + from);\n</script>",
    ),
    (
        "client-side-token-name",
        "javascript",
        "const network = import.meta.env.VITE_INVOCA_NETWORK_ID;",
    ),
    (
        "client-side-token-name",
        "dotenv",
        "NEXT_PUBLIC_INVOCA_NETWORK_ID=",
    ),
    (
        "token-in-ci",
        "actions",
        "- run: report --oauth-token \"$INVOCA_API_TOKEN\"\n  env:\n    INVOCA_API_TOKEN: ${{ secrets.INVOCA_API_TOKEN }}",
    ),
    ("token-in-image", "dockerfile", "ARG INVOCA_NETWORK_ID"),
    ("on-behalf-token", "python", "advertiser_ids = load()"),
    (
        "sso-token-mint",
        "ruby",
        r##"redirect_to "https://graph.example.org/me?access_token=#{token}""##,
    ),
    (
        "sso-token-mint",
        "python",
        "token = create_access_token(identity=user)",
    ),
    (
        "refresh-flow",
        "python",
        "data = {\"oauth_refresh_token\": null}",
    ),
    ("refresh-flow", "javascript", "const refresh_tokens = 0;"),
    (
        "basic-auth-curl",
        "shell",
        r#"curl -u "$USER:$PASSWORD" https://example.org/"#,
    ),
    (
        "basic-auth",
        "python",
        r#"requests.get("https://www.invoca.net/api/x.json", headers={"Authorization": token})"#,
    ),
    ("basic-auth", "ruby", "request[\"Authorization\"] = token"),
    (
        "basic-auth",
        "php",
        "curl_setopt($c, CURLOPT_USERAGENT, \"$user:$version\");",
    ),
    (
        "wrong-scheme",
        "shell",
        r#"curl -H "Authorization: Bearer $T" https://messaging.invoca.net/sms/2022-01-01/messages"#,
    ),
    (
        "wrong-scheme",
        "python",
        r#"requests.get("https://api.other.example/", headers={"Authorization": f"Bearer {token}"})"#,
    ),
    (
        "wrong-scheme",
        "javascript",
        r#"fetch("https://acme.invoca.net/api/x.json", { headers: { Authorization: bearerless } });"#,
    ),
    (
        "missing-bearer",
        "shell",
        r#"curl -H "Authorization: $T" https://acme.invoca.net/api/x.json"#,
    ),
    (
        "missing-bearer",
        "python",
        r#"requests.post("https://messaging.invoca.net/sms/2022-01-01/messages", headers={"Authorization": bearer(api_token)})"#,
    ),
    (
        "token-to-wrong-host",
        "shell",
        r#"curl https://developers.invoca.net/en/latest/index.html"#,
    ),
    (
        "token-to-wrong-host",
        "javascript",
        r#"fetch("https://pnapi.invoca.net/1234/na.json?page=1");"#,
    ),
    ("bad-token-file", "dotenv", "INVOCA_NETWORK_ID=1234"),
    (
        "basic-auth",
        "javascript",
        r#"axios.get("https://acme.invoca.net/api/x.json", { auth: session, headers: { Authorization: token } });"#,
    ),
    (
        "basic-auth",
        "go",
        r#"req.Header.Set("Authorization", token) // https://acme.invoca.net/api/x.json"#,
    ),
    (
        "basic-auth",
        "java",
        r#"request.header("Authorization", credentials.token()).url("https://acme.invoca.net/api/x.json");"#,
    ),
    (
        "basic-auth",
        "csharp",
        r#"client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(token);"#,
    ),
    (
        "basic-auth",
        "rust",
        r#"let answer = client.get("https://acme.invoca.net/api/x.json").header("Authorization", token).basic(false).send()?;"#,
    ),
    (
        "basic-auth",
        "powershell",
        r#"Invoke-RestMethod -Uri "https://acme.invoca.net/api/x.json" -Authentication OAuth -Token $token"#,
    ),
    (
        "tls-verify-off",
        "java",
        r#"HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> known.contains(host));"#,
    ),
    (
        "tls-verify-off",
        "csharp",
        r#"handler.ServerCertificateCustomValidationCallback = Check;"#,
    ),
    (
        "tls-verify-off",
        "powershell",
        r#"Invoke-RestMethod -SkipHeaderValidation -Uri "https://acme.invoca.net/api/x.json""#,
    ),
    (
        "token-emailed",
        "java",
        r#"mailer.sendEmail(user, "Invoca access", "Your report: " + invocaReport);"#,
    ),
    (
        "token-emailed",
        "csharp",
        r#"await smtp.SendMail(user, "Invoca access", "The invocaApiToken is in the vault.");"#,
    ),
    (
        "token-emailed",
        "go",
        r#"err := smtp.SendMail(host, auth, from, to, []byte("Invoca: "+invocaReport))"#,
    ),
    (
        "token-emailed",
        "rust",
        r#"mailer.send_email(&user, format!("Invoca: {}", invoca_report))?;"#,
    ),
    (
        "token-emailed",
        "powershell",
        r#"Send-MailMessage -To $user -Subject "Invoca" -Body $invocaReport"#,
    ),
    (
        "token-emailed",
        "shell",
        r#"mail -s "Invoca access" "$ADDRESS" <<< "$INVOCA_REPORT""#,
    ),
    ("request-logged", "ruby", r#"logger.info(request.path)"#),
    ("request-logged", "php", r#"error_log($request->getUri());"#),
    ("request-logged", "go", r#"log.Printf("%v", request.URL)"#),
    (
        "request-logged",
        "java",
        r#"logger.info("sent {}", request.url());"#,
    ),
    (
        "request-logged",
        "csharp",
        r#"logger.LogInformation("sent {Uri}", request.RequestUri);"#,
    ),
    (
        "request-logged",
        "rust",
        r#"println!("{:?}", request.url());"#,
    ),
    (
        "token-in-body",
        "ruby",
        r#"oauth_token = ENV.fetch("INVOCA_API_TOKEN")"#,
    ),
    (
        "token-in-body",
        "php",
        r#"$client->post("https://acme.invoca.net/api/x.json", ["json" => ["limit" => 1], "headers" => ["Authorization" => $oauth_token]]);"#,
    ),
    (
        "token-in-body",
        "go",
        r#"body, err := json.Marshal(map[string]string{"limit": limit})"#,
    ),
    (
        "token-in-body",
        "java",
        r#"String body = "{\"limit\": 1}";"#,
    ),
    (
        "token-in-body",
        "csharp",
        r#"var body = JsonSerializer.Serialize(new Dictionary<string, string> { { "limit", limit } });"#,
    ),
    (
        "token-in-body",
        "rust",
        r#"client.post("https://acme.invoca.net/api/x.json").header("Authorization", oauth_token).json(&json!({ "limit": 1 })).send()?;"#,
    ),
    (
        "token-in-body",
        "powershell",
        r#"Invoke-RestMethod -Method Post -Uri "https://acme.invoca.net/api/x.json" -Headers $headers -Body (@{ limit = 1 } | ConvertTo-Json)"#,
    ),
    (
        "token-in-url",
        "rust",
        r#"client.get("https://acme.invoca.net/api/x.json").query(&[("limit", 1)]).header("Authorization", oauth_token).send()?;"#,
    ),
    (
        "token-in-url",
        "powershell",
        r#"Invoke-RestMethod -Uri "https://acme.invoca.net/api/x.json?limit=$limit" -Headers @{ Authorization = $oauth_token }"#,
    ),
    ("refresh-flow", "ruby", r#"def refresh_tokens = reload"#),
    (
        "refresh-flow",
        "php",
        r#"$refresh = refresh_tokens_of($client);"#,
    ),
    (
        "refresh-flow",
        "go",
        r#"grantTypes := refreshTokens(client)"#,
    ),
    (
        "refresh-flow",
        "java",
        r#"// grant_type=refresh_token is none of what Invoca knows"#,
    ),
    (
        "refresh-flow",
        "csharp",
        r#"var refreshed = await RefreshTokens(client);"#,
    ),
    (
        "refresh-flow",
        "rust",
        r#"let refreshed = client.refresh_tokens()?;"#,
    ),
    (
        "refresh-flow",
        "shell",
        r#"# curl -d grant_type=refresh_token https://acme.invoca.net/oauth/token"#,
    ),
    (
        "on-behalf-token",
        "javascript",
        r#"const advertisers = load();"#,
    ),
    ("on-behalf-token", "ruby", r#"advertisers = load"#),
    ("on-behalf-token", "php", r#"$advertisers = load();"#),
    (
        "sso-token-mint",
        "javascript",
        r#"res.redirect(`https://invoca.net/affiliates/1?page=${page}`);"#,
    ),
    (
        "sso-token-mint",
        "php",
        r#"header("Location: https://invoca.net/affiliates/1?page=$page");"#,
    ),
    (
        "sso-token-mint",
        "shell",
        r#"curl -H "Authorization: $T" https://www.invoca.net/api/2014-01-01/33/network/bob@acme.io/access.json"#,
    ),
    (
        "token-to-wrong-host",
        "python",
        r#"requests.get("https://acme.invoca.net/api/x.json", headers={"Authorization": token})
requests.get("https://pnapi.invoca.net/1234/na.json")"#,
    ),
    (
        "token-to-wrong-host",
        "ruby",
        r#"HTTParty.get("https://pnapi.invoca.net/1234/na.json", headers: { "Accept" => "application/json" })"#,
    ),
    (
        "token-to-wrong-host",
        "php",
        r#"$client->get("https://pnapi.invoca.net/1234/na.json", ["headers" => ["Accept" => "application/json"]]);"#,
    ),
    (
        "token-to-wrong-host",
        "java",
        r#"client.get("https://acme.invoca.net/api/x.json").header("Authorization", token);"#,
    ),
    (
        "token-to-wrong-host",
        "rust",
        r#"client.get("https://pnapi.invoca.net/1234/na.json").header("Accept", "application/json").send()?;"#,
    ),
    (
        "wrong-scheme",
        "ruby",
        r#"HTTParty.get("https://api.example.com/x.json", headers: { "Authorization" => "Bearer #{token}" })"#,
    ),
    (
        "wrong-scheme",
        "php",
        r#"$client->get("https://api.example.com/x.json", ["headers" => ["Authorization" => "Bearer $token"]]);"#,
    ),
    (
        "wrong-scheme",
        "java",
        r#"HttpRequest.newBuilder(URI.create("https://acme.invoca.net/api/x.json")).header("Authorization", bearer).build();"#,
    ),
    (
        "wrong-scheme",
        "powershell",
        r#"Invoke-RestMethod -Uri "https://acme.invoca.net/api/x.json" -Headers @{ Authorization = "$token" }"#,
    ),
    (
        "missing-bearer",
        "javascript",
        r#"fetch("https://messaging.invoca.net/sms/2022-01-01/messages", { method: "POST", headers: { Authorization: `Bearer ${apiToken}` } });"#,
    ),
    (
        "missing-bearer",
        "ruby",
        r#"HTTParty.post("https://messaging.invoca.net/sms/2022-01-01/messages", headers: { "Authorization" => bearer })"#,
    ),
    (
        "missing-bearer",
        "php",
        r#"$client->post("https://messaging.invoca.net/sms/2022-01-01/messages", ["headers" => ["Authorization" => "Bearer $token"]]);"#,
    ),
    (
        "missing-bearer",
        "java",
        r#"HttpRequest.newBuilder(URI.create("https://messaging.invoca.net/sms/2022-01-01/messages")).header("Authorization", "Bearer " + apiToken).build();"#,
    ),
    (
        "missing-bearer",
        "rust",
        r#"client.post("https://messaging.invoca.net/sms/2022-01-01/messages").bearer_auth(api_token).send()?;"#,
    ),
    (
        "missing-bearer",
        "powershell",
        r#"Invoke-RestMethod -Method Post -Uri "https://messaging.invoca.net/sms/2022-01-01/messages" -Headers @{ Authorization = "Bearer $token" }"#,
    ),
];

/// Repairs that only some languages have: the others take a person.
const BY_HAND: &[(&str, &str)] = &[
    ("missing-bearer", "python"),
    ("missing-bearer", "javascript"),
    ("missing-bearer", "ruby"),
    ("missing-bearer", "php"),
    ("missing-bearer", "java"),
    ("missing-bearer", "rust"),
    ("missing-bearer", "powershell"),
    ("token-in-url", "python"),
    ("token-in-url", "javascript"),
    ("token-in-url", "ruby"),
    ("token-in-url", "php"),
    ("token-in-url", "go"),
    ("token-in-url", "java"),
    ("token-in-url", "csharp"),
    ("token-in-url", "rust"),
    ("token-in-url", "powershell"),
    ("tls-verify-off", "java"),
    ("tls-verify-off", "csharp"),
];

/// Literals where the guideline forbids them most: rule, language, file, wrong, look-alike, mended.
type Literal<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, Option<&'a str>);

const LITERALS: &[Literal<'_>] = &[
    (
        "invoca-api-token-named",
        "actions",
        ".github/workflows/ci.yml",
        "env:\n  INVOCA_API_TOKEN: TOKEN_HERE\n",
        "env:\n  INVOCA_API_TOKEN: ${{ secrets.INVOCA_API_TOKEN }}\n",
        Some("env:\n  INVOCA_API_TOKEN: ${{ secrets.INVOCA_API_TOKEN }}\n"),
    ),
    (
        "invoca-api-token-named",
        "gitlab",
        ".gitlab-ci.yml",
        "variables:\n  INVOCA_API_TOKEN: TOKEN_HERE\n",
        "variables:\n  INVOCA_API_TOKEN: $REPORTING_TOKEN_OF_THE_GROUP_01234\n",
        Some("variables:\n  INVOCA_API_TOKEN: \"\"\n"),
    ),
    (
        "invoca-api-token-named",
        "compose",
        "compose.yml",
        "services:\n  report:\n    environment:\n      INVOCA_API_TOKEN: TOKEN_HERE\n",
        "services:\n  report:\n    environment:\n      INVOCA_API_TOKEN: ${INVOCA_API_TOKEN:?}\n",
        Some(
            "services:\n  report:\n    environment:\n      INVOCA_API_TOKEN: ${INVOCA_API_TOKEN}\n",
        ),
    ),
    (
        "invoca-api-token-named",
        "yaml",
        "k8s/report.yaml",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - env:\n        - name: INVOCA_API_TOKEN\n          value: TOKEN_HERE\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - env:\n        - name: INVOCA_API_TOKEN\n          value: $(INVOCA_API_TOKEN_OF_THE_CLUSTER)\n",
        Some(
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - env:\n        - name: INVOCA_API_TOKEN\n          valueFrom:\n            secretKeyRef:\n              name: invoca-api-token\n              key: INVOCA_API_TOKEN\n",
        ),
    ),
    (
        "invoca-api-token-named",
        "dockerfile",
        "Dockerfile",
        "FROM scratch\nENV INVOCA_API_TOKEN=TOKEN_HERE\n",
        "FROM scratch\nENV INVOCA_NETWORK_ID=1234\n",
        None,
    ),
    (
        "invoca-curl-login",
        "shell",
        "login.sh",
        "curl -u 'bob@callcenter.api:PASSWORD_HERE' https://api0.invoca.net/api/2014-04-15/calls/23.xml\n",
        "curl -u '<user>:<password>' https://api0.invoca.net/api/2014-04-15/calls/23.xml\n",
        Some(
            "curl -u 'bob@callcenter.api:'\"$INVOCA_PASSWORD\"'' https://api0.invoca.net/api/2014-04-15/calls/23.xml\n",
        ),
    ),
];

struct Show {
    rule: String,
    language: String,
    path: String,
    wrong: String,
    alike: String,
    /// What `--fix` makes of it; `None` where that takes a person.
    mended: Option<String>,
    /// Whether the rule has examples to explain it with.
    explained: bool,
}

fn lints() -> Vec<RuleSpec> {
    let rules = RuleSet::builtin();
    let ours = rules
        .iter()
        .filter(|(_, rule)| rule.meta.lint && rule.spec.vendor == "Invoca");
    ours.map(|(_, rule)| (*rule.spec).clone()).collect()
}

/// A file of `language` in which `rule` applies.
pub(crate) fn file_of(rule: &str, language: &str) -> &'static str {
    match (rule, language) {
        ("client-side-token", "javascript") => "src/Calls.jsx",
        ("bad-token-file", _) => ".env",
        (_, "actions") => ".github/workflows/ci.yml",
        (_, "csharp") => "A.cs",
        (_, "dockerfile") => "Dockerfile",
        (_, "dotenv") => "app.env",
        (_, "gitlab") => ".gitlab-ci.yml",
        (_, "go") => "a.go",
        (_, "html") => "a.html",
        (_, "java") => "A.java",
        (_, "javascript") => "a.js",
        (_, "mail") => "mails/a.mjml",
        (_, "php") => "a.php",
        (_, "powershell") => "a.ps1",
        (_, "python") => "a.py",
        (_, "ruby") => "a.rb",
        (_, "rust") => "a.rs",
        (_, "shell") => "a.sh",
        _ => panic!("{rule}: no file of {language}"),
    }
}

/// A file that speaks of Invoca, and does what `code` does.
fn file_with(language: &str, code: &str) -> String {
    let about = "about https://acme.invoca.net";
    let code = code.trim();
    match language {
        "html" | "mail" => format!("<!-- {about} -->\n{code}\n"),
        "php" => format!("<?php\n// {about}\n{code}\n"),
        "javascript" | "go" | "java" | "csharp" | "rust" => format!("// {about}\n{code}\n"),
        _ => format!("# {about}\n{code}\n"),
    }
}

fn shows() -> Vec<Show> {
    let mut shows = Vec::new();
    for spec in lints() {
        for pair in spec.pairs.iter() {
            let (rule, language) = (&*spec.id, &*pair.language);
            let alike = LOOK_ALIKES
                .iter()
                .find(|(of, in_language, _)| *of == rule && *in_language == language);
            let (_, _, alike) = alike.unwrap_or_else(|| {
                panic!("{rule} in {language} has no look-alike: add a row to LOOK_ALIKES")
            });
            let by_hand = spec.repair.is_empty() || BY_HAND.contains(&(rule, language));
            shows.push(Show {
                rule: rule.to_owned(),
                language: language.to_owned(),
                path: format!("r{}/{}", shows.len(), file_of(rule, language)),
                wrong: file_with(language, &pair.wrong),
                alike: file_with(language, alike),
                mended: (!by_hand).then(|| file_with(language, &pair.right)),
                explained: true,
            });
        }
    }
    let mut tokens = Tokens::new(77);
    for (rule, language, path, wrong, alike, mended) in LITERALS {
        let wrong = wrong
            .replace("TOKEN_HERE", &tokens.base62(32))
            .replace("PASSWORD_HERE", &tokens.base62(14));
        shows.push(Show {
            rule: (*rule).to_owned(),
            language: (*language).to_owned(),
            path: format!("r{}/{path}", shows.len()),
            wrong,
            alike: (*alike).to_owned(),
            mended: mended.map(str::to_owned),
            explained: false,
        });
    }
    shows
}

/// A committed file for each show.
fn repository(shows: &[Show], text: impl Fn(&Show) -> &str) -> Repo {
    let repo = Repo::new();
    for show in shows {
        repo.write(&show.path, text(show));
    }
    repo.commit("shows");
    repo
}

fn scan(repo: &Repo, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_invoca-scan"));
    command.current_dir(repo.dir()).args(args);
    crate::support::run(command, b"")
}

const AUDITOR: [&str; 2] = ["--persona", "auditor"];

/// For each path the rules that found something in it, with the line.
fn found(repo: &Repo) -> BTreeMap<String, Vec<(String, u64)>> {
    let run = scan(
        repo,
        &[&AUDITOR[..], &["-f", "json", "--fail-on", "never"]].concat(),
    );
    assert_eq!(run.code, 0, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let mut found: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let path = finding["path"].as_str().unwrap().to_owned();
        let line = finding["line"].as_u64().unwrap();
        let notes = finding["notes"].as_array().into_iter().flatten();
        let rules = std::iter::once(&finding["rule_id"]).chain(notes);
        found
            .entry(path)
            .or_default()
            .extend(rules.map(|rule| (rule.as_str().unwrap().to_owned(), line)));
    }
    found
}

fn read(repo: &Repo, path: &str) -> String {
    std::fs::read_to_string(repo.dir().join(path)).unwrap()
}

/// The hunks of each file of a diff.
fn hunks(diff: &str) -> BTreeMap<String, String> {
    let mut hunks: BTreeMap<String, String> = BTreeMap::new();
    let mut path = String::new();
    for line in diff.lines() {
        if let Some(new) = line.strip_prefix("+++ b/") {
            path = new.to_owned();
        } else if let Some(text) = hunks.get_mut(&path).filter(|_| !line.starts_with("@@")) {
            if matches!(line.as_bytes().first(), Some(b'+' | b'-' | b' '))
                && !line.starts_with("--- ")
            {
                let _ = writeln!(text, "{line}");
            }
        } else if line.starts_with("@@") {
            hunks.entry(path.clone()).or_default();
        }
    }
    hunks
}

#[test]
fn the_table_misses_no_rule_of_the_guideline() {
    assert_eq!(GUIDELINE.len(), 16);
    let shown: BTreeSet<String> = shows().into_iter().map(|show| show.rule).collect();
    let named: BTreeSet<&str> = GUIDELINE
        .iter()
        .flat_map(|(_, rules)| rules.iter().copied())
        .collect();
    for spec in lints() {
        assert!(
            named.contains(&*spec.id),
            "{}: no line of the guideline",
            spec.id
        );
        assert!(shown.contains(&*spec.id), "{}: shown nowhere", spec.id);
    }
    for rule in named.iter().filter(|rule| **rule != "invoca-api-token") {
        assert!(shown.contains(*rule), "{rule}: shown nowhere");
    }
    for (rule, language, _) in LOOK_ALIKES {
        let pair = |spec: &RuleSpec| spec.pairs.iter().any(|pair| pair.language == *language);
        let known = lints().iter().any(|spec| spec.id == *rule && pair(spec));
        assert!(known, "{rule} in {language}: a row without a pair");
    }
}

#[test]
fn each_fires_is_explained_is_mended_and_is_clean_afterwards() {
    let shows = shows();
    let repo = repository(&shows, |show| &show.wrong);
    let wrong = found(&repo);
    let mut failures = Vec::new();
    let mut check = |show: &Show, holds: bool, what: &str, detail: &str| {
        if !holds {
            failures.push(format!(
                "{} {} {}: {what}\n{detail}",
                show.rule, show.language, show.path
            ));
        }
    };
    for show in &shows {
        let hits = wrong.get(&show.path).cloned().unwrap_or_default();
        let hit = hits.iter().find(|(rule, _)| *rule == show.rule);
        check(
            show,
            hit.is_some(),
            "does not fire",
            &format!("{}{hits:?}", show.wrong),
        );
        let Some((_, line)) = hit.filter(|_| show.explained) else {
            continue;
        };
        let place = format!("{}:{line}", show.path);
        let run = scan(&repo, &[&["explain", &place][..], &AUDITOR].concat());
        for heading in ["wrong", "right"] {
            let heading = format!("{heading}, in {}", show.language);
            check(show, run.out.contains(&heading), &heading, &run.out);
        }
    }
    // The other rules that speak of the same statement do not matter here.
    let alike = found(&repository(&shows, |show| &show.alike));
    for show in &shows {
        let hits = alike.get(&show.path).cloned().unwrap_or_default();
        let silent = hits.iter().all(|(rule, _)| *rule != show.rule);
        check(show, silent, "its look-alike fires", &show.alike);
    }
    let diff = scan(&repo, &[&["--fix", "--diff"][..], &AUDITOR].concat());
    let diffs = hunks(&diff.out);
    for show in &shows {
        let same = read(&repo, &show.path) == show.wrong;
        check(show, same, "--diff wrote", "");
        let has = diffs.contains_key(&show.path);
        check(show, has == show.mended.is_some(), "its diff", &diff.out);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    scan(&repo, &[&["--fix"][..], &AUDITOR].concat());
    let after = found(&repo);
    let hygiene: BTreeSet<String> = lints().iter().map(|spec| spec.id.to_string()).collect();
    let mut failures = Vec::new();
    for show in &shows {
        let text = read(&repo, &show.path);
        let expected = show.mended.as_ref().unwrap_or(&show.wrong);
        if text != *expected {
            failures.push(format!(
                "{} in {}: {text}instead of\n{expected}",
                show.rule, show.language
            ));
        }
        let hits = after.get(&show.path).into_iter().flatten();
        // Where a password was, its place is still one for a token.
        let left: Vec<_> = hits
            .filter(|(rule, _)| show.explained || !hygiene.contains(rule))
            .collect();
        if show.mended.is_some() && !left.is_empty() {
            failures.push(format!(
                "{} in {}: not clean: {left:?}\n{text}",
                show.rule, show.language
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The page that shows it all.
fn page() -> String {
    let mut page = String::from(
        "# Lints, shown\n\nWhat Invoca's guideline asks for, and for each rule and language a file that fires, the nearest one that does not, and what `--fix` changes,\nwhere it can be mended without a person. Each is run by a test, and this page is what came out: `SNAPSHOTS=overwrite cargo test shows`.\n[Lints](lints.md) tells who sees which.\n",
    );
    let shows = shows();
    let repo = repository(&shows, |show| &show.wrong);
    let diff = scan(&repo, &[&["--fix", "--diff"][..], &AUDITOR].concat());
    let diffs = hunks(&diff.out);
    for (title, rules) in GUIDELINE {
        let _ = write!(page, "\n## {title}\n");
        match *title {
            "No token in what git keeps" => page.push_str("\nMessages, names of branches and tags, remotes, `.gitmodules` and stashes are looked at by `--history`, a message before it is one by\n`--commit-msg`.\n"),
            "Tokens with a label" => page.push_str("\nNothing in a file tells it: what `invoca-scan explain invoca-api-token` advises says so.\n"),
            _ => {}
        }
        for show in shows.iter().filter(|show| rules.contains(&&*show.rule)) {
            let _ = write!(page, "\n`{}`, {}:\n\n", show.rule, show.language);
            let code = |text: &str| {
                let lines = text.lines().filter(|line| {
                    !line.contains("about https://acme.invoca.net") && *line != "<?php"
                });
                lines.fold(String::new(), |all, line| all + line + "\n")
            };
            match diffs.get(&show.path) {
                Some(diff) => {
                    let lines = diff.lines().filter(|line| {
                        !line.contains("about https://acme.invoca.net") && *line != " <?php"
                    });
                    let diff = lines.fold(String::new(), |all, line| all + line + "\n");
                    let _ = write!(page, "```diff\n{diff}```\n");
                }
                None => {
                    let literal = LITERALS
                        .iter()
                        .find(|row| show.path.ends_with(row.2) && row.0 == show.rule);
                    let wrong = literal.map_or(show.wrong.clone(), |row| {
                        row.3.replace("TOKEN_HERE", "<token>")
                    });
                    let _ = write!(page, "```text\n{}```\n", code(&wrong));
                }
            }
            let _ = write!(page, "\nnot found:\n\n```text\n{}```\n", code(&show.alike));
        }
    }
    page
}

#[test]
fn reports_carry_the_repairs() {
    let shows = shows();
    let repo = repository(&shows, |show| &show.wrong);
    let run = scan(
        &repo,
        &[&AUDITOR[..], &["-f", "sarif", "--fail-on", "never"]].concat(),
    );
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let results = report["runs"][0]["results"].as_array().unwrap();
    let mut seen = 0;
    for show in &shows {
        let here = |result: &&Value| {
            let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            result["ruleId"] == show.rule.as_str() && place == show.path.as_str()
        };
        let Some(result) = results.iter().find(here) else {
            continue;
        };
        let change = &result["fixes"][0]["artifactChanges"][0];
        let replaced = change["replacements"].as_array().map_or(0, Vec::len);
        assert_eq!(
            replaced > 0,
            show.mended.is_some(),
            "{}: {result}",
            show.path
        );
        seen += usize::from(replaced > 0);
    }
    assert!(seen >= 30, "{seen}");
}

#[test]
fn the_page_shows_what_came_out() {
    let path = root().join("docs/lints-shown.md");
    let new = page();
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::write(&path, new).unwrap();
    } else {
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = new.lines().zip(old.lines()).find(|(new, old)| new != old);
        assert!(
            new == old,
            "{differs:?}: SNAPSHOTS=overwrite cargo test shows"
        );
    }
}

#[test]
fn what_git_keeps_is_looked_at() {
    let mut tokens = Tokens::new(15);
    let url = |token: &str| {
        format!(
            "https://acme.invoca.net/api/2020-10-01/networks/transactions/1.json?oauth_token={token}"
        )
    };
    let places = ["message", "branch", "tag", "remote", "gitmodules", "stash"];
    let planted: Vec<(&str, String)> = places.map(|place| (place, tokens.base62(32))).into();
    let token = |place: &str| &planted.iter().find(|(name, _)| *name == place).unwrap().1;
    let repo = Repo::new();
    repo.write("a", "1\n");
    repo.commit(&format!("see {}", url(token("message"))));
    repo.git(&[
        "branch",
        &format!("try-INVOCA_API_TOKEN={}", token("branch")),
    ]);
    repo.git(&["tag", "-a", "one", "-m", &url(token("tag"))]);
    repo.git(&["config", "remote.invoca.url", &url(token("remote"))]);
    repo.write(
        ".gitmodules",
        format!("[submodule \"m\"]\n\turl = {}\n", url(token("gitmodules"))),
    );
    repo.commit("two");
    repo.write("a", format!("{}\n", url(token("stash"))));
    repo.git(&["stash"]);
    let run = scan(&repo, &["--history", "-f", "json", "--show-secrets"]);
    assert_eq!(run.code, 1, "{}", run.err);
    for (place, token) in &planted {
        assert!(run.out.contains(token.as_str()), "{place}: {}", run.out);
    }
    // A message before it is one.
    repo.write("message", format!("call it\n\n{}\n", url(token("message"))));
    let run = scan(&repo, &["--commit-msg", "message"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
}

#[test]
fn new_tokens_are_to_get_a_label() {
    let repo = Repo::new();
    for rule in [
        "invoca-api-token",
        "invoca-api-token-header",
        "invoca-api-token-named",
    ] {
        let run = scan(&repo, &["explain", rule]);
        assert!(run.out.contains("label"), "{rule}: {}", run.out);
    }
}
