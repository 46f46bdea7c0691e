//! What a pack of git is made of, one entry at a time: headers, compressed data, deltas, and what can be wrong with them. From where the bytes come is for
//! others to say: packs of a repository are read by `source`, those that lie in archives by `container`.
//! The format: <https://git-scm.com/docs/gitformat-pack>

mod damage;
pub(crate) mod delta;
mod entry;
mod inflate;

pub use damage::Damage;
pub use entry::Kind;
pub(crate) use entry::{Content, Header, MAX_HEADER};
pub(crate) use inflate::{Inflater, plausible};
