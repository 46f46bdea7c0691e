//! What archives hold is seen under its path; what they claim is not believed.

use super::{Inside, Kinds, open};
use crate::blob::{Blob, Old, Origin};
use crate::problem::{LeftOut, Problem};
use crate::text::Name;
use std::cell::RefCell;
use std::io::Write;

#[derive(Default)]
struct Seen {
    entries: RefCell<Vec<(String, Vec<u8>, usize)>>,
    unopened: RefCell<Vec<String>>,
    limits: RefCell<Vec<String>>,
}

impl Inside for Seen {
    fn entry(&self, blob: Blob<'_>) {
        let path = blob.origin.path().unwrap().to_string();
        let entry = (path, blob.bytes.to_vec(), blob.old.len());
        self.entries.borrow_mut().push(entry);
    }
    fn unopened(&self, item: LeftOut) {
        self.unopened.borrow_mut().push(item.object.to_string());
    }
    fn limit(&self, problem: Problem) {
        self.limits.borrow_mut().push(problem.object.to_string());
    }
    fn stopped(&self) -> bool {
        false
    }
}

impl Seen {
    fn paths(&self) -> Vec<String> {
        let entries = self.entries.borrow();
        entries.iter().map(|(path, _, _)| path.clone()).collect()
    }
}

fn look(name: &str, bytes: &[u8]) -> Seen {
    let seen = Seen::default();
    let path = Name::new(name.as_bytes().to_vec());
    let blob = Blob::whole(bytes, Origin::File { path });
    open(&blob, Kinds::default(), &seen);
    seen
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in entries {
        let mut head = [0u8; 512];
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

/// A zip archive; each entry says that it has `promised` bytes, if given.
fn zip(entries: &[(&str, &[u8])], method: u16, flags: u16) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let packed = match method {
            8 => {
                let level = flate2::Compression::default();
                let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), level);
                writer.write_all(bytes).unwrap();
                writer.finish().unwrap()
            }
            _ => bytes.to_vec(),
        };
        let at = out.len() as u32;
        let mut fields = Vec::new();
        fields.extend([20, 0]);
        fields.extend(flags.to_le_bytes());
        fields.extend(method.to_le_bytes());
        fields.extend([0; 8]);
        fields.extend((packed.len() as u32).to_le_bytes());
        fields.extend((bytes.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(name.as_bytes());
        out.extend(packed);
        central.extend(b"PK\x01\x02\x14\0");
        central.extend(&fields);
        central.extend([0; 10]);
        central.extend(at.to_le_bytes());
        central.extend(name.as_bytes());
    }
    let at = out.len() as u32;
    out.extend(&central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes().repeat(2));
    out.extend((central.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

#[test]
fn entries_have_the_way_in_as_their_path() {
    let inner = tar(&[("c.env", b"KEY=1"), ("d/e", b"")]);
    let text: &[u8] = b"some text, some text, some text";
    for method in [0, 8] {
        let bytes = zip(
            &[("b.tar", &inner), ("dir/", b""), ("f.gz", &gzip(text))],
            method,
            0,
        );
        let seen = look("a.zip", &bytes);
        assert_eq!(seen.paths(), ["a.zip!b.tar!c.env", "a.zip!f.gz!f"]);
        assert_eq!(seen.entries.borrow()[1].1, text);
        assert!(seen.unopened.borrow().is_empty() && seen.limits.borrow().is_empty());
        // Bytes before it change nothing.
        let shifted = [b"PK\x03\x04 not an entry", &bytes[..]].concat();
        assert_eq!(look("a.zip", &shifted).paths(), seen.paths());
    }
    let seen = look("x/a.tgz", &gzip(&inner));
    assert_eq!(seen.paths(), ["x/a.tgz!a.tar!c.env"]);
}

#[test]
fn images_are_read_by_layer() {
    // In a later layer the file is gone: what it held is still there.
    let lower = tar(&[("app/.env", b"KEY=1")]);
    let upper = tar(&[("app/.wh..env", b""), ("app/main", b"text")]);
    let image = tar(&[
        ("1f/layer.tar", &lower),
        ("blobs/sha256/2e", &gzip(&upper)),
        ("manifest.json", b"[]"),
    ]);
    let seen = look("image.tar", &image);
    let paths = [
        "image.tar!1f/layer.tar!app/.env",
        "image.tar!blobs/sha256/2e!content!app/main",
        "image.tar!manifest.json",
    ];
    assert_eq!(seen.paths(), paths);
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn pages_of_a_pdf_are_text() {
    let content = b"BT /F1 12 Tf [(KEY=\\(a)-20(b\\051)] TJ (second) Tj <0041 0042> Tj ET";
    let mut pdf = b"%PDF-1.7\n1 0 obj << /Filter /FlateDecode >>\nstream\r\n".to_vec();
    pdf.extend(zlib(content));
    pdf.extend(b"\nendstream endobj\n2 0 obj << /Filter /DCTDecode >> stream\n\xFF\xD8 endstream");
    let seen = Seen::default();
    let path = Name::new(b"a.pdf".to_vec());
    // The rest stands in the file as it is.
    let blob = Blob::whole(&pdf, Origin::File { path });
    assert!(!open(&blob, Kinds::default(), &seen));
    assert_eq!(seen.paths(), ["a.pdf!stream-1"]);
    assert_eq!(seen.entries.borrow()[0].1, b"KEY=(ab)\nsecond\nAB\n");
    assert!(seen.unopened.borrow().is_empty());
    assert_eq!(
        *look("a.pdf", b"%PDF-1.7 /Encrypt 3 0 R").unopened.borrow(),
        ["a.pdf"]
    );
    // In an archive, the bytes of the file come along.
    let seen = look("a.tar", &tar(&[("b.pdf", &pdf)]));
    assert_eq!(seen.paths(), ["a.tar!b.pdf", "a.tar!b.pdf!stream-1"]);
}

#[test]
fn constants_of_a_class_are_lines() {
    let mut class = b"\xCA\xFE\xBA\xBE\0\0\0\x41\0\x07".to_vec();
    class.extend(b"\x01\0\x03one\x05\0\0\0\0\0\0\0\x01\x08\0\x01\x0F\x01\0\x01\x01\0\x032nd\0\x21");
    let seen = look("A.class", &class);
    assert_eq!(seen.paths(), ["A.class!constants"]);
    assert_eq!(seen.entries.borrow()[0].1, b"one\n2nd\n");
    for cut in 8..class.len() - 3 {
        assert!(look("A.class", &class[..cut]).entries.borrow().is_empty());
    }
}

#[test]
fn what_nothing_here_can_open_is_said() {
    for begin in super::UNKNOWN {
        let seen = look("a.bin", &[begin, &b"rest of it"[..]].concat());
        assert_eq!(*seen.unopened.borrow(), ["a.bin"]);
    }
}

/// A number of 7z; up to 16,383.
fn number(value: usize) -> Vec<u8> {
    match value {
        0..0x80 => vec![value as u8],
        _ => vec![0x80 | (value >> 8) as u8, value as u8],
    }
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// How the bytes of an archive of 7z that are packed are unpacked: what a coder says of itself.
type Coder<'a> = &'a [u8];
const COPY: Coder<'_> = &[1, 0];
/// With four bytes of a dictionary's size behind it.
const LZMA: Coder<'_> = &[0x23, 3, 1, 1, 5, 0x5D];
const ENCRYPTED: Coder<'_> = &[0x24, 6, 0xF1, 7, 1, 0];

/// The streams of an archive of 7z: blocks of one coder each.
fn streams(blocks: &[(Coder<'_>, &[usize])]) -> Vec<u8> {
    let sums = blocks.iter().map(|(_, sizes)| number(sizes.iter().sum()));
    let sums: Vec<Vec<u8>> = sums.collect();
    let coders = blocks.iter().map(|(coder, _)| [&[1], *coder].concat());
    let counts = blocks.iter().map(|(_, sizes)| number(sizes.len()));
    let firsts = |sizes: &[usize]| sizes[..sizes.len() - 1].to_vec();
    let firsts = blocks.iter().flat_map(|(_, sizes)| firsts(sizes));
    [
        &[6, 0, blocks.len() as u8, 9][..],
        &sums.concat(),
        &[0, 7, 0x0B, blocks.len() as u8, 0],
        &coders.collect::<Vec<_>>().concat(),
        &[0x0C],
        &sums.concat(),
        &[0, 8, 0x0D],
        &counts.collect::<Vec<_>>().concat(),
        &[9],
        &firsts.map(number).collect::<Vec<_>>().concat(),
        &[0, 0],
    ]
    .concat()
}

/// An archive of 7z of what is packed and its list of entries.
fn sealed(packed: &[u8], list: &[u8]) -> Vec<u8> {
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((list.len() as u64).to_le_bytes());
    start.extend(crc(list));
    [
        super::seven::SIGN,
        &[0, 4],
        &crc(&start),
        &start,
        packed,
        list,
    ]
    .concat()
}

/// The list of entries of an archive of 7z, all of whose entries hold something.
fn listed(names: &[&str], blocks: &[(Coder<'_>, &[usize])]) -> Vec<u8> {
    let text = names.iter().map(|name| format!("{name}\0"));
    let text = text.collect::<String>();
    let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [
        &[1, 4][..],
        &streams(blocks),
        &[5, names.len() as u8, 0x11],
        &number(text.len() + 1),
        &[0],
        &text,
        &[0, 0],
    ]
    .concat()
}

#[test]
fn blocks_of_7z_hold_entries() {
    let inner = tar(&[("c.env", b"KEY=1")]);
    let packed = [b"text", &inner[..], b"more"].concat();
    let blocks: &[(Coder<'_>, &[usize])] = &[(COPY, &[4, inner.len()]), (COPY, &[4])];
    let list = listed(&["a", "d/b.tar", "e"], blocks);
    let seen = look("x.7z", &sealed(&packed, &list));
    assert_eq!(seen.paths(), ["x.7z!a", "x.7z!d/b.tar!c.env", "x.7z!e"]);
    assert!(seen.unopened.borrow().is_empty() && seen.limits.borrow().is_empty());
    // The list, packed as well.
    let at = number(packed.len());
    let len = number(list.len());
    let packed_list = [
        &[0x17, 6][..],
        &at,
        &[1, 9],
        &len,
        &[0, 7, 0x0B, 1, 0, 1],
        COPY,
        &[0x0C],
        &len,
        &[0, 0],
    ];
    let bytes = sealed(&[packed, list].concat(), &packed_list.concat());
    assert_eq!(look("x.7z", &bytes).paths(), seen.paths());
}

#[test]
fn what_is_wrong_with_a_block_of_7z_hides_no_other() {
    let names = ["a", "b", "c"];
    let archive = |coder: Coder<'_>| {
        let list = listed(&names, &[(coder, &[4, 4]), (COPY, &[4])]);
        look("x.7z", &sealed(b"texttextmore", &list))
    };
    let seen = archive(ENCRYPTED);
    assert_eq!(*seen.unopened.borrow(), ["x.7z!a", "x.7z!b"]);
    assert_eq!(seen.paths(), ["x.7z!c"]);
    let seen = archive(&[LZMA, &[0, 0, 16, 0]].concat());
    assert_eq!(*seen.unopened.borrow(), ["x.7z!a", "x.7z!b"]);
    assert_eq!(seen.paths(), ["x.7z!c"]);
    let seen = archive(&[LZMA, &[0, 0, 0, 64]].concat());
    assert_eq!(*seen.limits.borrow(), ["x.7z"]);
    assert_eq!(seen.paths(), ["x.7z!c"]);
}

#[test]
fn a_list_of_7z_is_not_believed() {
    let list = listed(&["a"], &[(COPY, &[4])]);
    let bytes = sealed(b"text", &list);
    for cut in 6..bytes.len() {
        assert_eq!(*look("x.7z", &bytes[..cut]).unopened.borrow(), ["x.7z"]);
    }
    for list in damaged(&list) {
        look("x.7z", &sealed(b"text", &list));
    }
    // It would unpack to 4 GB.
    let bomb = [&[0x17, 6, 0, 1, 9, 4, 0, 7, 0x0B, 1, 0, 1][..], LZMA];
    let bomb = [
        &bomb.concat()[..],
        &[0, 0, 16, 0, 0x0C, 0xF0],
        &[0xFF; 4],
        &[0, 0],
    ]
    .concat();
    assert_eq!(
        *look("x.7z", &sealed(b"text", &bomb)).limits.borrow(),
        ["x.7z"]
    );
}

/// A frame of zstd with one block of `bytes`, as they are.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let block = ((bytes.len() as u32) << 3 | 1).to_le_bytes();
    let head = [0x28, 0xB5, 0x2F, 0xFD, 0x20, bytes.len() as u8];
    [&head, &block[..3], bytes].concat()
}

#[test]
fn frames_of_zstd_are_read_to_the_last() {
    let skipped: &[u8] = b"\x5A\x2A\x4D\x18\x03\0\0\0abc";
    let bytes = [&zstd(b"one\n"), skipped, &zstd(b"two\n"), skipped].concat();
    let seen = look("a.env.zst", &bytes);
    assert_eq!(seen.paths(), ["a.env.zst!a.env"]);
    assert_eq!(seen.entries.borrow()[0].1, b"one\ntwo\n");
    assert!(seen.unopened.borrow().is_empty());
    for cut in 5..bytes.len() - 1 {
        let seen = look("a.env.zst", &bytes[..cut]);
        let whole = [13, 24, 37].contains(&cut);
        assert_eq!(seen.unopened.borrow().is_empty(), whole, "{cut}");
    }
}

#[test]
fn a_window_that_is_too_large_is_not_believed() {
    // A block that repeats one byte, over and over: nothing would come out before the window is full.
    let block = (131_072_u32 << 3 | 1 << 1).to_le_bytes();
    let blocks = [&block[..3], b"a"].concat().repeat(4000);
    let head = |window| [0x28, 0xB5, 0x2F, 0xFD, 0, window];
    let bomb = [&head(0xB0)[..], &blocks].concat();
    assert_eq!(*look("a.zst", &bomb).limits.borrow(), ["a.zst!a"]);
    let bomb = [&b"\x28\xB5\x2F\xFD\xE0"[..], &[0xFF; 8], &blocks].concat();
    assert_eq!(*look("a.zst", &bomb).limits.borrow(), ["a.zst!a"]);
    let bomb = [&head(0x50)[..], &blocks].concat();
    assert_eq!(*look("a.zst", &bomb).limits.borrow(), ["a.zst!a"]);
}

#[test]
fn what_is_inside_has_the_name_without_its_end() {
    let bytes = zstd(b"text");
    for (name, inside) in [
        ("b/a.tzst", "b/a.tzst!a.tar"),
        ("a.zstd", "a.zstd!a"),
        ("a.bin", "a.bin!content"),
    ] {
        assert_eq!(look(name, &bytes).paths(), [inside]);
    }
}

/// A pack of git of these entries: the type, what stands between header and data, and what is compressed.
fn pack(entries: &[(u8, &[u8], &[u8])]) -> Vec<u8> {
    let mut out = b"PACK\0\0\0\x02".to_vec();
    out.extend((entries.len() as u32).to_be_bytes());
    for (kind, base, content) in entries {
        out.extend([0x80 | kind << 4 | content.len() as u8 & 15]);
        out.extend([(content.len() >> 4) as u8]);
        out.extend(*base);
        out.extend(zlib(content));
    }
    out.extend([0; 20]);
    out
}

/// Of `text\n`, as git counts it.
const TEXT: &str = "8e27be7d6154a1f68ea9160ef0e18691d20560dc";

#[test]
fn git_directories_in_archives_are_read_to_the_last_object() {
    let id = crate::blob::BlobId::from_hex(TEXT.as_bytes()).unwrap();
    let root: (u8, &[u8], &[u8]) = (3, b"", b"text\n");
    let first = pack(&[root]).len() - HEAD_AND_TRAILER;
    let distance = [first as u8];
    // Copies all of its base and adds to it; then the base is named by its id, before it comes.
    let child: (u8, &[u8], &[u8]) = (6, &distance, b"\x05\x08\x90\x05\x03one");
    let other: (u8, &[u8], &[u8]) = (7, id.as_bytes(), b"\x05\x08\x90\x05\x03two");
    let archive = tar(&[
        ("p/.git/config", b"[core]"),
        (
            "p/.git/objects/ab/cdef0123456789abcdef0123456789abcdef01",
            &zlib(b"blob 5\0KEY=1"),
        ),
        ("p/.git/objects/pack/pack-1.pack", &pack(&[root, child])),
        ("p/.git/objects/pack/pack-2.pack", &pack(&[other, root])),
    ]);
    let seen = look("a.tar", &archive);
    let entries = seen.entries.borrow();
    let texts: Vec<&[u8]> = entries.iter().map(|entry| &entry.1[..]).collect();
    assert_eq!(
        texts,
        [
            &b"[core]"[..],
            b"KEY=1",
            b"text\n",
            b"text\none",
            b"text\n",
            b"text\ntwo"
        ]
    );
    let path = format!("a.tar!p/.git/objects/pack/pack-1.pack!{TEXT}");
    assert_eq!(entries[2].0, path);
    assert!(seen.unopened.borrow().is_empty() && seen.limits.borrow().is_empty());
}

/// The sign, the count and the checksum of a pack.
const HEAD_AND_TRAILER: usize = 32;

#[test]
fn what_is_wrong_with_a_pack_hides_nothing_else() {
    let root: (u8, &[u8], &[u8]) = (3, b"", b"text\n");
    let lost: (u8, &[u8], &[u8]) = (7, &[9; 20], b"\x05\x05\x90\x05");
    let broken: (u8, &[u8], &[u8]) = (6, &[1], b"\x05\x05\x90\x05");
    for wrong in [lost, broken, (5, b"", b"")] {
        let seen = look("a.pack", &pack(&[root, wrong]));
        assert_eq!(*seen.unopened.borrow(), ["a.pack"]);
        assert_eq!(seen.paths(), [format!("a.pack!{TEXT}")]);
    }
    // 300 MB of one byte would come out: more than one entry may have.
    let bomb = b"\x05\x80\x80\x80\x8F\x01\x90\x05";
    let distance = [(pack(&[root]).len() - HEAD_AND_TRAILER) as u8];
    let seen = look("a.pack", &pack(&[root, (6, &distance, bomb)]));
    assert_eq!(*seen.limits.borrow(), ["a.pack"]);
    for bytes in damaged(&pack(&[root, lost])) {
        look("a.pack", &bytes);
    }
}

#[test]
fn what_an_older_version_holds_comes_along() {
    let old = zip(&[("a", b"1"), ("b", b"2")], 8, 0);
    let new = zip(&[("a", b"1"), ("c", b"3")], 8, 0);
    let seen = Seen::default();
    let path = Name::new(b"x.zip".to_vec());
    let old = [Old {
        bytes: &old,
        copies: &[],
    }];
    let blob = Blob {
        old: &old,
        ..Blob::whole(&new, Origin::File { path })
    };
    assert!(open(&blob, Kinds::default(), &seen));
    let entries = seen.entries.borrow();
    let with_old: Vec<usize> = entries.iter().map(|entry| entry.2).collect();
    assert_eq!(with_old, [1, 0]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let encrypted = zip(&[("a", b"text")], 0, 1);
    assert_eq!(*look("a.zip", &encrypted).unopened.borrow(), ["a.zip!a"]);
    let unknown = zip(&[("a", b"text")], 99, 0);
    assert_eq!(*look("a.zip", &unknown).unopened.borrow(), ["a.zip!a"]);
    let cut = gzip(&b"some text".repeat(1000));
    let cut = &cut[..cut.len() - 12];
    assert_eq!(*look("a.gz", cut).unopened.borrow(), ["a.gz!a"]);
    assert_eq!(*look("a.zip", b"PK\x03\x04").unopened.borrow(), ["a.zip"]);
}

#[test]
fn only_the_kinds_that_are_asked_for_are_opened() {
    let bytes = tar(&[("a.gz", &gzip(b"text")), ("b", b"more")]);
    let seen = Seen::default();
    let path = Name::new(b"x.tar".to_vec());
    let blob = Blob::whole(&bytes, Origin::File { path });
    assert!(open(&blob, Kinds::parse("zip,tar").unwrap(), &seen));
    assert_eq!(seen.paths(), ["x.tar!a.gz", "x.tar!b"]);
    assert_eq!(*seen.unopened.borrow(), ["x.tar!a.gz"]);
    assert!(!open(
        &blob,
        Kinds::parse("none").unwrap(),
        &Seen::default()
    ));
    assert!(Kinds::parse("zip,zap").unwrap_err().contains("gzip"));
    assert_eq!(Kinds::parse("all"), Ok(Kinds::default()));
}

#[test]
fn bombs_are_cut_and_told() {
    let zeros = vec![0; 80 << 20];
    let seen = look("a.gz", &gzip(&zeros));
    assert_eq!(*seen.limits.borrow(), ["a.gz!a"]);
    assert!(seen.entries.borrow()[0].1.len() < zeros.len());
    let mut nested = b"text".to_vec();
    for _ in 0..9 {
        nested = gzip(&nested);
    }
    assert_eq!(look("a.gz", &nested).limits.borrow().len(), 1);
}

#[test]
fn no_bytes_break_it() {
    let whole = [
        zip(&[("a", b"text"), ("b.gz", &gzip(b"more"))], 8, 0),
        tar(&[("a", b"text"), ("b", b"more")]),
        gzip(&tar(&[("a", b"text")])),
    ];
    for bytes in whole.iter().flat_map(|whole| damaged(whole)) {
        look("x", &bytes);
    }
}

/// The same with one to four of its bytes changed, now and then cut: 4,000 of them.
fn damaged(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut random = 7_u64;
    (0..4000).map(move |round| {
        let mut bytes = whole.to_vec();
        for _ in 0..1 + round % 4 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let at = (random >> 33) as usize % bytes.len();
            bytes[at] = (random >> 20) as u8;
        }
        bytes.truncate(bytes.len() - round % 7);
        bytes
    })
}
