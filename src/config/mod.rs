//! What a project wants: configuration files, where they are found, what they say together.
//!
//! Decides names and meanings of the fields, which file has the last word, and how an error is told. Leaves to `cli` what to make of the values:
//! this room builds no rule set and no judge.

mod effective;
mod file;
mod find;
mod place;

pub use effective::{Accept, Allow, Config, Switch, load};
pub use file::{FailOn, LevelName};
pub use find::{NAMES, Read, find_in};
pub use place::{ConfigError, Place, Placed};

/// A JSON schema of a configuration file, for editors.
pub const SCHEMA: &str = include_str!("schema.json");
