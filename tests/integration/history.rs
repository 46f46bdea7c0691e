//! Reading whole object stores: every object that git wrote is there and right, in whatever form it is stored; what is damaged is named, and the
//! rest is read.

use crate::support::Repo;
use invoca_scan::source::history::{Damage, Derived, Kind, Object, Reader, Store, Visit, traverse};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const ALL: &[Kind] = &[Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag];

/// The id of an object.
type Hash = dyn Fn(Kind, &[u8]) -> Vec<u8> + Sync;

/// Checks every object against its id and its base, and keeps what it saw.
struct Check {
    hash: Box<Hash>,
    seen: Mutex<BTreeMap<Vec<u8>, usize>>,
    failed: Mutex<Vec<(u32, Damage)>>,
}

impl Check {
    fn new(hash: impl Fn(Kind, &[u8]) -> Vec<u8> + Sync + 'static) -> Self {
        Check {
            hash: Box::new(hash),
            seen: Mutex::default(),
            failed: Mutex::default(),
        }
    }
}

impl Visit for Check {
    type Known = Vec<u8>;

    fn object(&self, object: Object<'_>, base: Option<Derived<'_, Vec<u8>>>) -> Vec<u8> {
        assert_eq!(
            object.id.as_bytes(),
            (self.hash)(object.kind, object.bytes),
            "the content belongs to the id"
        );
        if let Some(base) = base {
            assert_eq!(base.bytes, base.known, "the base is what was seen before");
            let mut end = 0;
            for piece in base.copies {
                assert!(piece.child >= end, "copies are in order");
                end = piece.child + piece.len;
                let copy = &object.bytes[piece.child..end];
                assert_eq!(copy, &base.bytes[piece.base..piece.base + piece.len]);
            }
        }
        if object.wanted {
            let mut seen = self.seen.lock().unwrap();
            *seen.entry(object.id.as_bytes().to_vec()).or_default() += 1;
        }
        object.bytes.to_vec()
    }

    fn failed(&self, number: u32, damage: &Damage) {
        self.failed.lock().unwrap().push((number, damage.clone()));
    }

    fn interrupted(&self) -> bool {
        false
    }
}

fn sha1(kind: Kind, bytes: &[u8]) -> Vec<u8> {
    let kind = match kind {
        Kind::Commit => git2::ObjectType::Commit,
        Kind::Tree => git2::ObjectType::Tree,
        Kind::Blob => git2::ObjectType::Blob,
        Kind::Tag => git2::ObjectType::Tag,
    };
    let id = git2::Oid::hash_object_ext(kind, bytes, git2::ObjectFormat::Sha1).unwrap();
    id.as_bytes().to_vec()
}

/// Reads everything; the store and what was seen of it.
fn read(objects: &Path, threads: usize) -> (Store, Check) {
    let store = Store::open(&[objects.to_owned()], 20);
    let check = Check::new(sha1);
    traverse(&store, ALL, &check, threads);
    (store, check)
}

/// All ids that git knows, each as often as once.
fn known_to_git(repo: &Repo) -> Vec<String> {
    let list = repo.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname)",
    ]);
    list.lines().map(str::to_owned).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every object of `repo` is seen once, by any number of threads, and nothing else.
#[track_caller]
fn assert_all_seen(repo: &Repo) {
    let objects = repo.dir().join(".git/objects");
    for threads in [1, 2, 5] {
        let (store, check) = read(&objects, threads);
        assert_eq!(store.problems(), []);
        assert_eq!(check.failed.into_inner().unwrap(), []);
        let seen = check.seen.into_inner().unwrap();
        assert!(seen.values().all(|count| *count == 1), "each object once");
        let seen: Vec<String> = seen.keys().map(|id| hex(id)).collect();
        assert_eq!(seen, known_to_git(repo));
    }
}

/// A history with long delta chains, a wide tree of deltas, copies that move, large and empty files, a tag.
fn history() -> Repo {
    let repo = Repo::new();
    let mut lines: Vec<String> = (0..400)
        .map(|at| format!("line {at} of the file\n"))
        .collect();
    for at in 0..60 {
        lines[(at * 37) % 400].push_str("changed\n");
        if at % 7 == 0 {
            lines.rotate_left(50);
        }
        repo.write("dir/a.txt", lines.concat());
        repo.write("dir/deep/b.txt", lines[..at * 5].concat());
        repo.write(&format!("other/{at}"), format!("{at}\n"));
        repo.commit(&format!("commit {at}\n\nSome text."));
    }
    let mut noise = 1_u64;
    let large: Vec<u8> = (0..900_000)
        .map(|_| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (noise >> 56) as u8
        })
        .collect();
    repo.write("large", &large);
    repo.write("empty", "");
    repo.commit("large");
    repo.git(&["tag", "-a", "v1", "-m", "a tag"]);
    repo
}

#[test]
fn loose_objects_are_read() {
    assert_all_seen(&history());
}

#[test]
fn packs_of_every_form_are_read() {
    let repo = history();
    repo.git(&["repack", "-adf", "--depth=250", "--window=50"]);
    assert_all_seen(&repo);
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adf"]);
    assert_all_seen(&repo);
    repo.git(&["-c", "pack.indexVersion=1", "repack", "-adf"]);
    assert_all_seen(&repo);
    repo.git(&["-c", "pack.compression=0", "repack", "-adf", "--window=0"]);
    assert_all_seen(&repo);
    repo.git(&["-c", "pack.packSizeLimit=1m", "repack", "-adf"]);
    repo.git(&["multi-pack-index", "write"]);
    assert_all_seen(&repo);
}

#[test]
fn an_object_in_two_packs_and_loose_is_seen_once() {
    let repo = history();
    repo.git(&["repack", "-ad"]);
    repo.git(&["repack", "-adfk", "--depth=3"]);
    let pack = repo.dir().join(".git/objects/pack");
    let kept = repo.beside("kept");
    copy_dir(&pack, &kept);
    repo.git(&["repack", "-adf", "--depth=40", "--window=60"]);
    for file in fs::read_dir(&kept).unwrap() {
        let from = file.unwrap().path();
        let to = pack.join(from.file_name().unwrap());
        if !to.exists() {
            fs::copy(&from, &to).unwrap();
        }
    }
    repo.write("new", "new\n");
    repo.commit("loose");
    assert_all_seen(&repo);
}

#[test]
fn alternates_are_followed_once() {
    let repo = history();
    repo.git(&["repack", "-ad"]);
    let clone = Repo::new();
    let info = clone.dir().join(".git/objects/info");
    let other = repo.dir().join(".git/objects");
    let other = other.to_str().unwrap();
    fs::write(
        info.join("alternates"),
        format!("# comment\n{other}\n{other}\n"),
    )
    .unwrap();
    // A circle ends.
    let back = clone.dir().join(".git/objects");
    fs::write(
        repo.dir().join(".git/objects/info/alternates"),
        format!("{}\n", back.display()),
    )
    .unwrap();
    clone.write("own", "own\n");
    clone.commit("own");
    assert_all_seen(&clone);
}

#[test]
fn sha256_repositories_are_read() {
    let repo = Repo::with(&["--object-format=sha256"]);
    for at in 0..20 {
        repo.write("a", "some line of text\n".repeat(30 + at));
        repo.commit("c");
    }
    repo.git(&["repack", "-ad"]);
    repo.write("a", "loose");
    repo.commit("loose");
    let store = Store::open(&[repo.dir().join(".git/objects")], 32);
    let check = Check::new(|kind, bytes| {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new_with_prefix(format!("{} {}\0", kind.word(), bytes.len()));
        hash.update(bytes);
        hash.finalize().to_vec()
    });
    traverse(&store, ALL, &check, 2);
    let seen: Vec<String> = check
        .seen
        .lock()
        .unwrap()
        .keys()
        .map(|id| hex(id))
        .collect();
    assert_eq!(seen, known_to_git(&repo));
}

#[test]
fn single_objects_are_read_from_their_chains() {
    let repo = history();
    repo.git(&["repack", "-adf", "--depth=100", "--window=100"]);
    let store = Store::open(&[repo.dir().join(".git/objects")], 20);
    let mut reader = Reader::new(&store, 1 << 20);
    let mut bytes = Vec::new();
    let mut blobs = 0;
    for number in (0..store.len()).rev() {
        let kind = reader.object(number, &mut bytes).unwrap();
        blobs += u64::from(kind == Kind::Blob);
        assert_eq!(store.id(number).as_bytes(), sha1(kind, &bytes));
        assert_eq!(store.find(store.id(number).as_bytes()), Some(number));
    }
    assert_eq!(store.packed_blobs(), blobs);
    let mut small = Reader::new(&store, 100_000);
    let large = repo.git(&["rev-parse", "HEAD:large"]);
    let large = (0..store.len()).find(|number| store.id(*number).to_string() == large);
    let refused = small.object(large.unwrap(), &mut bytes);
    assert_eq!(refused, Err(Damage::TooLarge(900_000)));
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// The only pack of `repo`, writable.
fn pack_of(repo: &Repo) -> PathBuf {
    let dir = repo.dir().join(".git/objects/pack");
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.collect();
    for file in &files {
        let mut permissions = fs::metadata(file).unwrap().permissions();
        #[allow(clippy::permissions_set_readonly_false)]
        permissions.set_readonly(false);
        fs::set_permissions(file, permissions).unwrap();
    }
    let mut packs = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "pack"));
    packs.next().unwrap()
}

/// What is read of a damaged repository is right (the check sees to that), and the rest is named: together they are everything.
#[track_caller]
fn assert_seen_or_named(repo: &Repo, all: &[String]) -> Vec<(u32, Damage)> {
    let (store, check) = read(&repo.dir().join(".git/objects"), 2);
    let mut together: Vec<String> = check
        .seen
        .lock()
        .unwrap()
        .keys()
        .map(|id| hex(id))
        .collect();
    let failed = check.failed.into_inner().unwrap();
    together.extend(
        failed
            .iter()
            .map(|(number, _)| store.id(*number).to_string()),
    );
    together.sort();
    assert_eq!(together, all);
    failed
}

#[test]
fn a_truncated_pack_yields_what_is_left() {
    let repo = history();
    repo.git(&["repack", "-adf"]);
    let all = known_to_git(&repo);
    let pack = pack_of(&repo);
    let bytes = fs::read(&pack).unwrap();
    fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();
    let failed = assert_seen_or_named(&repo, &all);
    assert!(!failed.is_empty() && failed.len() < all.len());
}

#[test]
fn a_flipped_byte_costs_only_what_rests_on_it() {
    let repo = history();
    repo.git(&["repack", "-adf"]);
    let all = known_to_git(&repo);
    let pack = pack_of(&repo);
    let bytes = fs::read(&pack).unwrap();
    let mut lost = 0;
    for part in 1..20 {
        let mut damaged = bytes.clone();
        damaged[bytes.len() * part / 20] ^= 0x55;
        fs::write(&pack, &damaged).unwrap();
        lost += assert_seen_or_named(&repo, &all).len();
    }
    assert!(lost > 0);
    // A second copy of everything makes up for it.
    let mut damaged = bytes.clone();
    (40..bytes.len() - 40)
        .step_by(60)
        .for_each(|at| damaged[at] ^= 0x55);
    fs::write(&pack, &bytes).unwrap();
    let whole = repo.beside("whole");
    copy_dir(pack.parent().unwrap(), &whole);
    fs::write(&pack, &damaged).unwrap();
    repo.git(&[
        "init",
        "--quiet",
        "--bare",
        whole.with_extension("git").to_str().unwrap(),
    ]);
    let other = whole.with_extension("git").join("objects");
    copy_dir(&whole, &other.join("pack"));
    let info = repo.dir().join(".git/objects/info/alternates");
    fs::write(info, format!("{}\n", other.display())).unwrap();
    assert_eq!(assert_seen_or_named(&repo, &all), []);
}

#[test]
fn damaged_loose_objects_are_named() {
    let repo = history();
    let all = known_to_git(&repo);
    let blob = repo.git(&["rev-parse", "HEAD:large"]);
    let path = repo
        .dir()
        .join(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"").unwrap();
    let failed = assert_seen_or_named(&repo, &all);
    assert_eq!(failed.len(), 1);
    fs::write(&path, b"\x78\x9c\x03\x00\x00\x00\x00\x01").unwrap();
    assert_eq!(assert_seen_or_named(&repo, &all).len(), 1);
}

/// A repository whose only pack has these entries: an id, and header and content as they stand in the pack.
fn crafted(entries: &[(u8, Vec<u8>)]) -> Repo {
    let repo = Repo::new();
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((entries.len() as u32).to_be_bytes());
    // Version 1 of the index, which has no checksums.
    let mut index = Vec::new();
    for first in 0..=255_u8 {
        let count = entries.iter().filter(|(id, _)| *id <= first).count() as u32;
        index.extend(count.to_be_bytes());
    }
    for (id, bytes) in entries {
        index.extend((pack.len() as u32).to_be_bytes());
        index.extend([*id; 20]);
        pack.extend(bytes);
    }
    pack.extend([0; 20]);
    index.extend([0; 40]);
    let dir = repo.dir().join(".git/objects/pack");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("pack-1.pack"), pack).unwrap();
    fs::write(dir.join("pack-1.idx"), index).unwrap();
    repo
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 1000];
    let config = zlib_rs::DeflateConfig::default();
    let (done, code) = zlib_rs::compress_slice(&mut out, bytes, config);
    assert_eq!(code, zlib_rs::ReturnCode::Ok);
    done.to_vec()
}

/// An entry of a short object or delta: its type, what stands between header and content, and the content.
fn entry(kind: u8, size: u8, between: &[u8], content: &[u8]) -> Vec<u8> {
    assert!(size < 16);
    let mut entry = vec![kind << 4 | size];
    entry.extend(between);
    entry.extend(deflated(content));
    entry
}

/// Reads a crafted repository: which objects (by the byte their ids are made of) could not be read, and why.
fn damage_of(entries: &[(u8, Vec<u8>)]) -> Vec<(u8, Damage)> {
    struct Failures(Mutex<Vec<(u32, Damage)>>);
    impl Visit for Failures {
        type Known = ();
        fn object(&self, _: Object<'_>, _: Option<Derived<'_, ()>>) {}
        fn failed(&self, number: u32, damage: &Damage) {
            self.0.lock().unwrap().push((number, damage.clone()));
        }
        fn interrupted(&self) -> bool {
            false
        }
    }
    let repo = crafted(entries);
    let store = Store::open(&[repo.dir().join(".git/objects")], 20);
    let failures = Failures(Mutex::default());
    for kind in ALL {
        traverse(&store, &[*kind], &failures, 2);
    }
    let failures = failures.0.into_inner().unwrap();
    let mut failures: Vec<(u8, Damage)> = failures
        .into_iter()
        .map(|(number, damage)| (store.id(number).as_bytes()[0], damage))
        .collect();
    failures.sort_by_key(|(id, _)| *id);
    failures
}

#[test]
fn hostile_packs_are_survived_and_every_object_is_named() {
    const BLOB: u8 = 3;
    const OFFSET: u8 = 6;
    const ID: u8 = 7;
    let id = |byte: u8| invoca_scan::blob::BlobId::from_bytes(&[byte; 20]);
    let good = entry(BLOB, 3, &[], b"abc");
    let delta = [3, 1, 0x90, 1];
    // Two deltas of each other, and one that hangs on them.
    let looping = damage_of(&[
        (1, entry(ID, 4, &[2; 20], &delta)),
        (2, entry(ID, 4, &[1; 20], &delta)),
        (3, entry(ID, 4, &[1; 20], &delta)),
        (4, good.clone()),
    ]);
    assert_eq!(looping, [1, 2, 3].map(|id| (id, Damage::Loop)));
    // A base that is nowhere, by id and by offset.
    let missing = damage_of(&[
        (1, entry(ID, 4, &[9; 20], &delta)),
        (2, entry(ID, 4, &[1; 20], &delta)),
        (3, entry(OFFSET, 4, &[1], &delta)),
    ]);
    let expected = [
        (1, Damage::MissingBase(id(9))),
        (2, Damage::BrokenBase(id(1))),
        (3, Damage::MissingBase(None)),
    ];
    assert_eq!(missing, expected);
    // Promises of far too many bytes, in a header and in a delta.
    let mut bomb = vec![0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
    bomb.extend(deflated(b"abc"));
    let overflowing = [3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x90, 1];
    let promised = (1 << 42) - 1;
    let distance = good.len() as u8;
    let bombs = damage_of(&[
        (1, bomb),
        (2, good.clone()),
        (3, entry(OFFSET, 9, &[distance], &overflowing)),
    ]);
    let expected = [
        (1, Damage::Header("its length is impossible")),
        (3, Damage::TooLarge(promised)),
    ];
    assert_eq!(bombs, expected);
    // A base of another length; content that is shorter and longer than promised; a type that does not exist.
    let wrong = damage_of(&[
        (1, good),
        (2, entry(OFFSET, 4, &[distance], &[7, 1, 0x90, 1])),
        (3, entry(BLOB, 5, &[], b"abc")),
        (4, entry(BLOB, 2, &[], b"abc")),
        (5, entry(5, 3, &[], b"abc")),
    ]);
    let expected = [
        (2, Damage::Delta("it belongs to a base of another length")),
        (3, Damage::Size),
        (4, Damage::Size),
        (5, Damage::Header("its type does not exist")),
    ];
    assert_eq!(wrong, expected);
}
