//! Where a new file came from: a file that went away in the same change and has much of the same content.

use super::diff::Change;
use super::index::{Item, Kind};
use super::objects::Objects;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

/// With more files than this on both sides, only unchanged files and files of the same name are followed, as git does.
const MOST_PAIRS: usize = 250_000;
/// Larger files are followed only when they are unchanged.
const MOST_BYTES: usize = 4 << 20;

/// How many bytes a file has, and how many of them in lines of each hash.
type Lines = (usize, HashMap<u64, usize>);

/// For each added path of `changes` the item it was renamed from, where there is one.
pub fn rename_sources(objects: &Objects, changes: &[Change]) -> BTreeMap<usize, Item> {
    let file = |item: &Item| item.kind() == Kind::File;
    let gone: Vec<(&Change, Item)> = changes
        .iter()
        .filter(|change| change.new.is_empty())
        .filter_map(|change| Some((change, change.old.filter(file)?)))
        .collect();
    let added: Vec<(usize, Item)> = changes
        .iter()
        .enumerate()
        .filter(|(_, change)| change.old.is_none())
        .filter_map(|(at, change)| Some((at, *change.new.first().filter(|item| file(item))?)))
        .collect();
    let mut sources = BTreeMap::new();
    if gone.is_empty() || added.is_empty() {
        return sources;
    }
    let all_pairs = gone.len() * added.len() <= MOST_PAIRS;
    let hasher = RandomState::new();
    let mut known: HashMap<Item, Option<Lines>> = HashMap::new();
    for (at, item) in added {
        if let Some((_, source)) = gone.iter().find(|(_, source)| source.id == item.id) {
            sources.insert(at, *source);
            continue;
        }
        let name = changes[at].path.file_name();
        let mut best: Option<(usize, Item)> = None;
        for (change, source) in &gone {
            if !all_pairs && change.path.file_name() != name {
                continue;
            }
            for item in [item, *source] {
                known
                    .entry(item)
                    .or_insert_with(|| lines_of(objects, item, &hasher));
            }
            let (Some(Some(new)), Some(Some(old))) = (known.get(&item), known.get(source)) else {
                continue;
            };
            let shared = shared_bytes(old, new);
            if shared * 2 >= old.0.max(new.0) && best.is_none_or(|(most, _)| shared > most) {
                best = Some((shared, *source));
            }
        }
        if let Some((_, source)) = best {
            sources.insert(at, source);
        }
    }
    sources
}

fn lines_of(objects: &Objects, item: Item, hasher: &RandomState) -> Option<Lines> {
    let nameless = crate::text::Name::default();
    if objects.size(item.id, &nameless).ok()? > MOST_BYTES {
        return None;
    }
    let object = objects.blob(item.id, &nameless).ok()?;
    let mut lines = HashMap::new();
    for line in object.bytes().split_inclusive(|byte| *byte == b'\n') {
        *lines.entry(hasher.hash_one(line)).or_default() += line.len();
    }
    Some((object.bytes().len(), lines))
}

fn shared_bytes(old: &Lines, new: &Lines) -> usize {
    // The smaller file cannot share half of a file more than twice its size.
    if old.0.min(new.0) * 2 < old.0.max(new.0) {
        return 0;
    }
    let bytes =
        |(line, bytes): (&u64, &usize)| old.1.get(line).map_or(0, |other| (*other).min(*bytes));
    new.1.iter().map(bytes).sum()
}
