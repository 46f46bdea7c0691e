//! Tokens planted in every encoded form and container, and how many of them are found: all, within the limits that `docs/encodings.md` states.

use crate::support::{Repo, Sandbox, Tokens, snapshot};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::fmt::Write as _;
use std::io::Write as _;

/// Tokens planted in each form.
const EACH: usize = 8;

type Encode = fn(&[u8]) -> Vec<u8>;

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for three in bytes.chunks(3) {
        let all = three
            .iter()
            .fold(0_u32, |all, byte| all << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        let digits = (0..4).map(|at| DIGITS[(all >> (18 - 6 * at) & 63) as usize]);
        out.extend(digits.take(three.len() + 1));
        out.extend(std::iter::repeat_n(b'=', 3 - three.len()));
    }
    out
}

fn each_byte(bytes: &[u8], of: impl Fn(u8) -> String) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| of(*byte).into_bytes())
        .collect()
}

fn wrapped(bytes: &[u8], indent: &str) -> Vec<u8> {
    let lines = base64(bytes);
    let lines = lines
        .chunks(64)
        .map(|line| format!("{indent}{}", String::from_utf8_lossy(line)));
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Archives of 7z whose entries stand packed in one block.
fn seven(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = sevenz_rust2::ArchiveWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
    let names = entries
        .iter()
        .map(|(name, _)| sevenz_rust2::ArchiveEntry::new_file(name));
    let inputs = entries
        .iter()
        .map(|(_, bytes)| sevenz_rust2::SourceReader::new(*bytes));
    writer
        .push_archive_entries(names.collect(), inputs.collect())
        .unwrap();
    writer.finish().unwrap().into_inner()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZlibEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Forms of text: all of it is encoded.
const FORMS: &[(&str, Encode)] = &[
    ("as it is", |bytes| bytes.to_vec()),
    ("base64", base64),
    ("base64, url-safe", |bytes| {
        let of = |byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
        base64(bytes).into_iter().map(of).collect()
    }),
    ("base64, no padding", |bytes| {
        base64(bytes)
            .into_iter()
            .filter(|byte| *byte != b'=')
            .collect()
    }),
    ("base64, in lines", |bytes| {
        wrapped(&[bytes, b"\n"].concat().repeat(3), "")
    }),
    ("base64, in indented lines", |bytes| {
        wrapped(&[bytes, b"\n"].concat().repeat(3), "    ")
    }),
    ("hex", |bytes| {
        each_byte(bytes, |byte| format!("{byte:02x}"))
    }),
    ("hex, upper case", |bytes| {
        each_byte(bytes, |byte| format!("{byte:02X}"))
    }),
    ("percent", |bytes| {
        each_byte(bytes, |byte| format!("%{byte:02X}"))
    }),
    ("\\uXXXX", |bytes| {
        each_byte(bytes, |byte| format!("\\u{byte:04x}"))
    }),
    ("\\xXX", |bytes| {
        each_byte(bytes, |byte| format!("\\x{byte:02x}"))
    }),
    ("octal escapes", |bytes| {
        each_byte(bytes, |byte| format!("\\{byte:03o}"))
    }),
    ("entities, decimal", |bytes| {
        each_byte(bytes, |byte| format!("&#{byte};"))
    }),
    ("entities, hexadecimal", |bytes| {
        each_byte(bytes, |byte| format!("&#x{byte:x};"))
    }),
    ("gzip in base64", |bytes| base64(&gzip(bytes))),
    ("zlib in base64", |bytes| base64(&zlib(bytes))),
    ("gzip in hex", |bytes| {
        each_byte(&gzip(bytes), |byte| format!("{byte:02x}"))
    }),
    ("UTF-16 in base64", |bytes| {
        base64(&bytes.iter().flat_map(|byte| [*byte, 0]).collect::<Vec<_>>())
    }),
    ("base64 in base64", |bytes| base64(&base64(bytes))),
    ("base64, five times", |bytes| {
        (0..5).fold(bytes.to_vec(), |bytes, _| base64(&bytes))
    }),
    ("percent in base64", |bytes| {
        base64(&each_byte(bytes, |byte| format!("%{byte:02x}")))
    }),
    ("base64 in \\xXX", |bytes| {
        each_byte(&base64(bytes), |byte| format!("\\x{byte:02x}"))
    }),
    ("JSON in JSON in JSON", |bytes| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let inner = serde_json::json!({ "key": text }).to_string();
        serde_json::json!({ "a": serde_json::json!({ "b": inner }).to_string() })
            .to_string()
            .into_bytes()
    }),
    ("joined with +", |bytes| {
        let (one, two) = bytes.split_at(bytes.len() / 2);
        [b"\"", one, b"\" + \"", two, b"\""].concat()
    }),
    ("quoted-printable", |bytes| {
        let mut out = b"\nContent-Transfer-Encoding: quoted-printable\n\n".to_vec();
        for (at, byte) in bytes.iter().enumerate() {
            out.push(*byte);
            if at == 12 {
                out.extend(b"=\n");
            }
        }
        out
    }),
];

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in entries {
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        head[156] = b'0';
        head[257..263].copy_from_slice(b"ustar\0");
        head[148..156].fill(b' ');
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(bytes);
        out.resize(out.len().div_ceil(512) * 512, 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn zip(name: &str, bytes: &[u8], method: u16) -> Vec<u8> {
    let packed = match method {
        8 => {
            let mut writer = DeflateEncoder::new(Vec::new(), Compression::default());
            writer.write_all(bytes).unwrap();
            writer.finish().unwrap()
        }
        12 => bzip2(bytes),
        93 => zstd(bytes),
        95 => xz(bytes),
        _ => bytes.to_vec(),
    };
    let mut fields = vec![20, 0, 0, 0];
    fields.extend(method.to_le_bytes());
    fields.extend([0; 8]);
    fields.extend((packed.len() as u32).to_le_bytes());
    fields.extend((bytes.len() as u32).to_le_bytes());
    fields.extend((name.len() as u16).to_le_bytes());
    fields.extend([0, 0]);
    let mut out = [b"PK\x03\x04", &fields[..], name.as_bytes(), &packed].concat();
    let directory = [b"PK\x01\x02\x14\0", &fields[..], &[0; 14], name.as_bytes()].concat();
    let at = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn pdf(text: &[u8]) -> Vec<u8> {
    let content = [b"BT /F1 9 Tf (", text, b") Tj ET"].concat();
    let head: &[u8] = b"%PDF-1.7\n1 0 obj << /Filter /FlateDecode >> stream\n";
    [head, &zlib(&content), b"\nendstream endobj\n"].concat()
}

/// A pack of one blob.
fn pack(text: &[u8]) -> Vec<u8> {
    let head: &[u8] = b"PACK\0\0\0\x02\0\0\0\x01";
    let len = [
        0xB0 | text.len() as u8 & 15,
        0x80 | (text.len() >> 4) as u8 & 127,
        (text.len() >> 11) as u8,
    ];
    [head, &len, &zlib(text), &[0; 20]].concat()
}

fn class(text: &[u8]) -> Vec<u8> {
    let len = (text.len() as u16).to_be_bytes();
    let head: &[u8] = b"\xCA\xFE\xBA\xBE\0\0\0\x41\0\x03\x01";
    [head, &len, text, b"\x08\0\x01\0\x21\0\0"].concat()
}

/// Containers, by the name of the file; the text is an entry.
const CONTAINERS: &[(&str, Encode)] = &[
    ("stored.zip", |text| zip("a.txt", text, 0)),
    ("deflated.zip", |text| zip("a.txt", text, 8)),
    ("archive.tar", |text| tar(&[("a.txt", text)])),
    ("a.txt.gz", gzip),
    ("archive.tgz", |text| gzip(&tar(&[("a.txt", text)]))),
    ("zip-in-tar-in-gzip.tgz", |text| {
        gzip(&tar(&[("a.zip", &zip("b.txt", text, 8))]))
    }),
    ("archive.7z", |text| {
        seven(&[("a.txt", b"text"), ("b.txt", text)])
    }),
    ("7z-in.tar", |text| {
        tar(&[("a.7z", &seven(&[("b.txt", text)]))])
    }),
    ("bzip2.zip", |text| zip("a.txt", text, 12)),
    ("zstd.zip", |text| zip("a.txt", text, 93)),
    ("xz.zip", |text| zip("a.txt", text, 95)),
    ("a.txt.bz2", bzip2),
    ("a.txt.xz", xz),
    ("a.txt.zst", zstd),
    ("two-frames.zst", |text| {
        [zstd(b"one\n"), zstd(text)].concat()
    }),
    ("archive.tbz2", |text| bzip2(&tar(&[("a.txt", text)]))),
    ("archive.txz", |text| xz(&tar(&[("a.txt", text)]))),
    ("archive.tar.zst", |text| zstd(&tar(&[("a.txt", text)]))),
    ("image.tar", |text| {
        tar(&[
            ("1f/layer.tar", &tar(&[("app/.env", text)])),
            ("2e/layer.tar", &tar(&[("app/.wh..env", b"")])),
        ])
    }),
    ("layout.tar", |text| {
        tar(&[("blobs/sha256/1f", &gzip(&tar(&[("app/.env", text)])))])
    }),
    ("page.pdf", pdf),
    ("Login.class", class),
    ("app.jar", |text| zip("Login.class", &class(text), 8)),
    ("with-pack.tar", |text| {
        tar(&[("p.git/objects/pack/pack-1.pack", &pack(text))])
    }),
    ("with-git.tar", |text| {
        tar(&[(
            "p/.git/objects/ab/cdef0123456789abcdef0123456789abcdef01",
            &zlib(&[b"blob 9\0", text].concat()),
        )])
    }),
];

/// Scans one file a token and counts those whose token is the value of a finding.
fn recall(
    file: &str,
    form: &str,
    tokens: &mut Tokens,
    of: impl Fn(&[u8]) -> Vec<u8>,
) -> (String, usize) {
    let sandbox = Sandbox::new();
    let mut planted = Vec::new();
    for number in 0..EACH {
        let token = format!("glp{}{}", "at-", tokens.base62(20));
        sandbox.write(&format!("{number}/{file}"), of(token.as_bytes()));
        planted.push(token);
    }
    let run = sandbox.scan(["-f", "json", "--show-secrets", "."]);
    let found = planted
        .iter()
        .filter(|token| run.out.contains(&format!("\"{token}\"")))
        .count();
    (format!("{form:28} {EACH:4} {found:4}\n"), found)
}

#[test]
fn planted_tokens_are_found_in_every_form_and_container() {
    let mut tokens = Tokens::new(41);
    let mut table = format!("{:28} {:>4} {:>4}\n", "in", "of", "are");
    let mut missing = 0;
    for (form, encode) in FORMS {
        let of = |token: &[u8]| [b"value = ", &encode(token)[..], b"\n"].concat();
        let (line, found) = recall("a.txt", form, &mut tokens, of);
        let _ = write!(table, "{line}");
        missing += EACH - found;
    }
    for (name, pack) in CONTAINERS {
        let (line, found) = recall(name, name, &mut tokens, pack);
        let _ = write!(table, "{line}");
        missing += EACH - found;
    }
    assert_eq!(missing, 0, "{table}");
    snapshot("recall.txt", &table);
}

#[test]
fn what_archives_of_the_past_held_is_found_and_named() {
    let mut tokens = Tokens::new(43);
    let repo = Repo::new();
    let mut planted = Vec::new();
    for (name, pack) in CONTAINERS {
        let token = format!("glp{}{}", "at-", tokens.base62(20));
        repo.write(&format!("lib/{name}"), pack(token.as_bytes()));
        planted.push((name, token));
    }
    repo.write("lib/empty.zip", zip("a.txt", b"nothing at all", 8));
    repo.commit("in");
    // Nothing is left in the working tree, which is no gap.
    repo.git(&["rm", "-q", "-r", "lib"]);
    repo.commit("out");
    let sandbox = Sandbox::new();
    let audit = |args: &[&str]| {
        let mut all = vec!["--history", repo.dir().to_str().unwrap(), "-f", "json"];
        all.extend(args);
        let run = sandbox.scan(&all);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        (run.code, report)
    };
    let (code, first) = audit(&["--show-secrets"]);
    assert_eq!(code, 1, "{}", first["problems"]);
    for (name, token) in &planted {
        let findings = first["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["secret"] == **token);
        let found = found.unwrap_or_else(|| panic!("nothing in {name}"));
        let path = found["path"].as_str().unwrap();
        assert!(path.starts_with(&format!("lib/{name}!")), "{path}");
    }
    // What was clean is known, what was found is found again, and nothing is lost on the way.
    let (_, again) = audit(&["--show-secrets"]);
    assert_eq!(again["findings"], first["findings"]);
    let (_, closed) = audit(&["--archives=none"]);
    let left_out = closed["summary"]["left_out"].as_u64().unwrap();
    assert_eq!(
        left_out,
        CONTAINERS.len() as u64 + 1,
        "{}",
        closed["summary"]
    );
    let plan = sandbox
        .scan(["--history", repo.dir().to_str().unwrap()])
        .out;
    let plan = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        plan.contains("git filter-repo --invert-paths") && plan.contains("--path lib/stored.zip"),
        "{plan}"
    );
}
