//! Everything that the object store of a repository holds, reachable or not: packs, loose objects and alternates.
//!
//! A pack is read once, in delta order ([`traverse`]): its index names the entries, their headers say what is derived from what, and each delta tree is
//! decoded from its root. While a delta is applied, the pieces that were copied are known, and with them what is new: that is what makes a whole
//! history cheap. The rest of git's questions (refs, index, configuration) go to the room `git`.
//!
//! Nothing here knows rules or findings: who looks at the objects implements [`Visit`] and says what it wants back for derived objects.

mod file;
mod forest;
mod ids;
mod index;
mod loose;
mod open;
mod queue;
#[doc(hidden)]
pub mod raw;
mod reader;
mod store;
mod traverse;

pub use crate::pack::{Damage, Kind};
pub use reader::Reader;
pub use store::Store;
pub use traverse::{Derived, LIMIT, Object, Visit, traverse};
