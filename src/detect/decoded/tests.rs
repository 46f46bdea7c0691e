//! What stands encoded is found, where it stands and as what.

use crate::blob::Fresh;
use crate::detect::decode::encode_base64;
use crate::detect::{Detector, Generator, Scratch};
use crate::rule::RuleSet;
use crate::text::Span;
use std::io::Write;
use std::sync::Arc;

/// A token of a kind that needs no name, and random.
pub(super) fn token() -> String {
    let tail = Generator::new(7).chars("base62", 20).unwrap();
    format!("glpat-{tail}")
}

/// Findings with the token as their value: what encodes it, and the layers.
fn found(text: &[u8], token: &str) -> Vec<(Vec<u8>, String)> {
    let detector = Detector::new(Arc::new(RuleSet::builtin()));
    let mut scratch = Scratch::default();
    let detection = detector.detect(text, Fresh::All, &mut scratch);
    assert_eq!(scratch.take_unread(), []);
    let resolved = detector.resolve(text, detection).into_iter();
    resolved
        .filter_map(|item| {
            let encoded = item.raw.encoded?;
            (encoded.value.expose() == token.as_bytes())
                .then(|| (item.raw.span.of(text).to_vec(), encoded.layers))
        })
        .collect()
}

#[track_caller]
fn assert_found(text: &[u8], token: &str, encoding: &[u8], layers: &str) {
    let shown = String::from_utf8_lossy(text);
    assert_eq!(
        found(text, token),
        [(encoding.to_vec(), layers.to_owned())],
        "{shown}"
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn base64_and_hex_point_at_what_encodes_the_secret() {
    let token = token();
    // Three bytes before the token and three behind: whole groups of four characters encode it or not.
    let content = format!("abc def {token} ");
    let encoded = encode_base64(content.as_bytes());
    let part = &encoded.as_bytes()[10..10 + 36];
    assert_found(format!("x: {encoded}\n").as_bytes(), &token, part, "base64");
    let unpadded = encoded.trim_end_matches('=');
    assert_found(unpadded.as_bytes(), &token, part, "base64");
    let digits = hex(content.as_bytes());
    let part = hex(token.as_bytes());
    assert_found(digits.as_bytes(), &token, part.as_bytes(), "hex");
    let upper = digits.to_uppercase();
    assert_found(
        upper.as_bytes(),
        &token,
        part.to_uppercase().as_bytes(),
        "hex",
    );
}

#[test]
fn wrapped_base64_is_read_as_one() {
    let token = token();
    let content = format!(
        "{}{token}{}",
        "some text. ".repeat(9),
        " and more text".repeat(9)
    );
    let encoded = encode_base64(content.as_bytes());
    for width in [60, 64, 70, 76] {
        for (before, between) in [
            ("", "\n"),
            ("", "\r\n"),
            ("    ", "\n    "),
            ("x = \"", "\\n"),
            ("x = \"", "\" +\n  \""),
            ("x = '", "'\n  '"),
            ("# ", "\n# "),
        ] {
            let lines: Vec<&str> = encoded
                .as_bytes()
                .chunks(width)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            let text = format!("{before}{}\nend\n", lines.join(between));
            let found = found(text.as_bytes(), &token);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].1, "base64", "{text}");
        }
    }
}

#[test]
fn a_long_run_is_read_to_its_end() {
    let token = token();
    let content = format!("{}{token} ", "some text and more. ".repeat(100_000));
    let encoded = encode_base64(content.as_bytes());
    assert_eq!(found(encoded.as_bytes(), &token).len(), 1);
    // A window that begins within the run.
    for from in 1..5 {
        assert_eq!(found(&encoded.as_bytes()[from..], &token).len(), 1);
    }
}

#[test]
fn layers_are_taken_off_one_by_one() {
    let token = token();
    let content = format!("some words around {token} and behind");
    let once = encode_base64(content.as_bytes());
    let twice = encode_base64(once.as_bytes());
    let found_twice = found(twice.as_bytes(), &token);
    assert_eq!(found_twice.len(), 1);
    assert_eq!(found_twice[0].1, "base64, base64");
    assert!(found_twice[0].0.len() < twice.len());
    for (packed, layers) in [
        (gzip(content.as_bytes()), "base64, gzip"),
        (zlib(content.as_bytes()), "base64, zlib"),
    ] {
        let text = encode_base64(&packed);
        assert_found(text.as_bytes(), &token, text.as_bytes(), layers);
    }
    let units: Vec<u8> = content
        .encode_utf16()
        .flat_map(|unit| unit.to_le_bytes())
        .collect();
    let found = found(encode_base64(&units).as_bytes(), &token);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, "base64, utf-16");
}

#[test]
fn a_limit_that_is_reached_is_told() {
    let detector = Detector::new(Arc::new(RuleSet::builtin()));
    let mut scratch = Scratch::default();
    let bomb = encode_base64(&gzip(&vec![b' '; 64 << 20]));
    detector.detect(bomb.as_bytes(), Fresh::All, &mut scratch);
    let unread = scratch.take_unread();
    assert_eq!(unread.len(), 1);
    assert_eq!(unread[0].span, Span::new(0, bomb.len()));
    let mut text = "nothing at all, but text".to_owned();
    for _ in 0..8 {
        text = encode_base64(text.as_bytes());
    }
    detector.detect(text.as_bytes(), Fresh::All, &mut scratch);
    assert_eq!(scratch.take_unread().len(), 1);
    assert_eq!(scratch.take_unread(), []);
}

/// Every byte of `text` written by `write`.
fn each(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

#[test]
fn escapes_are_seen_through() {
    let token = token();
    let percent = each(&token, |byte| format!("%{byte:02X}"));
    let unicode = each(&token, |byte| format!("\\u{byte:04x}"));
    let braces = each(&token, |byte| format!("\\u{{{byte:x}}}"));
    let hexed = each(&token, |byte| format!("\\x{byte:02x}"));
    let octal = each(&token, |byte| format!("\\{byte:03o}"));
    let decimal = each(&token, |byte| format!("&#{byte};"));
    let hexadecimal = each(&token, |byte| format!("&#x{byte:X};"));
    for (text, encoded, layers) in [
        (
            format!("see https://host/?x={percent}&y=1\n"),
            &percent,
            "percent",
        ),
        (format!("x = \"{unicode}\"\n"), &unicode, "escapes"),
        (format!("x = \"{braces}\"\n"), &braces, "escapes"),
        (format!("x = \"{hexed}\"\n"), &hexed, "escapes"),
        (format!("x = \"{octal}\"\n"), &octal, "escapes"),
        (format!("<a b=\"{decimal}\">\n"), &decimal, "entities"),
        (
            format!("<a b=\"{hexadecimal}\">\n"),
            &hexadecimal,
            "entities",
        ),
    ] {
        assert_found(text.as_bytes(), &token, encoded.as_bytes(), layers);
        // Far within a file, and at its very end.
        let long = format!(
            "{}{}",
            "ordinary = lines(of, text)\n".repeat(3000),
            text.trim_end()
        );
        assert_found(long.as_bytes(), &token, encoded.as_bytes(), layers);
    }
}

#[test]
fn a_single_escape_within_a_secret_hides_nothing() {
    let token = token();
    let (head, tail) = token.split_at(9);
    let (sign, tail) = tail.split_at(1);
    let code = u32::from(sign.as_bytes()[0]);
    for (escape, layers) in [
        (format!("%{code:02x}"), "percent"),
        (format!("\\u{code:04X}"), "escapes"),
        (format!("\\x{code:02X}"), "escapes"),
        (format!("&#{code};"), "entities"),
    ] {
        let written = format!("{head}{escape}{tail}");
        assert_found(
            format!("x: '{written}'").as_bytes(),
            &token,
            written.as_bytes(),
            layers,
        );
    }
    let written = format!("{head}\\\n   {sign}{tail}");
    assert_found(
        format!("x: '{written}'").as_bytes(),
        &token,
        written.as_bytes(),
        "escapes",
    );
}

#[test]
fn mail_in_quoted_printable_is_read() {
    let token = token();
    let (head, tail) = token.split_at(12);
    let written = format!("{head}=\r\n{tail}");
    let text = format!(
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nThe key=3D{written} is it.\r\n"
    );
    assert_found(
        text.as_bytes(),
        &token,
        written.as_bytes(),
        "quoted-printable",
    );
}

#[test]
fn joined_literals_are_one() {
    let token = token();
    let (head, tail) = token.split_at(14);
    for join in [
        "\" + \"",
        "\"+\"",
        "\" . \"",
        "\" .. \"",
        "\" & \"",
        "\" ~ \"",
        "\" <> \"",
        "\" || \"",
        "\" +\n      \"",
        "\"\n      + \"",
        "\"\n    \"",
        "\" \\\n  \"",
        "\" & _\r\n  \"",
        "\" + b\"",
        "\" ++ \"",
    ] {
        let written = format!("{head}{join}{tail}");
        let text = format!("call(a, \"{written}\");\n");
        assert_found(
            text.as_bytes(),
            &token,
            written.as_bytes(),
            "joined literals",
        );
    }
    for not in ["\", \"", "\" == \"", "\": \"", "\"\n\n\n\n\""] {
        let text = format!("call(a, \"{head}{not}{tail}\");\n");
        assert_eq!(found(text.as_bytes(), &token), [], "{text}");
    }
}

#[test]
fn forms_stand_in_each_other() {
    let token = token();
    let content = format!("some words, {token}, and more");
    let base64 = encode_base64(content.as_bytes());
    let twice = each(
        &each(&token, |byte| format!("%{byte:02X}")),
        |byte| match byte {
            b'%' => "%25".to_owned(),
            byte => char::from(byte).to_string(),
        },
    );
    for (text, layers) in [
        (format!("u={twice}"), "percent, percent"),
        (
            format!("u={}", each(&base64, |byte| format!("%{byte:02X}"))),
            "percent, base64",
        ),
        (
            encode_base64(
                format!("\"{}\"", each(&token, |byte| format!("\\u{byte:04x}"))).as_bytes(),
            ),
            "base64, escapes",
        ),
        (hex(base64.as_bytes()), "hex, base64"),
    ] {
        let found = found(text.as_bytes(), &token);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].1, layers, "{text}");
    }
}

#[test]
fn short_values_of_kubernetes_are_looked_into() {
    let password = Generator::new(11).chars("base62", 8).unwrap() + "#7x";
    let encoded = encode_base64(password.as_bytes());
    assert!(encoded.len() < 20);
    // Padding is no part of what is pointed at.
    let digits = encoded.trim_end_matches('=');
    for (kind, seen) in [("Secret", 1), ("ConfigMap", 0)] {
        let yaml = format!(
            "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: db\ndata:\n  user: YWRtaW4=\n  password: {encoded}\n"
        );
        let all = found(yaml.as_bytes(), &password);
        assert_eq!(all.len(), seen, "{yaml}");
        assert!(
            all.iter()
                .all(|(place, layers)| place == digits.as_bytes() && layers == "base64")
        );
    }
    let json =
        format!("{{\"kind\":\"Secret\",\n \"data\": {{\n  \"password\": \"{encoded}\"\n }}\n}}\n");
    assert_eq!(found(json.as_bytes(), &password).len(), 1);
}
