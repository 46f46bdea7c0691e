//! Names of files and refs as git and Unix have them: bytes, with `/` between the parts.

use std::fmt;
use std::path::Path;

/// A path or ref name: any bytes, `/` as the separator everywhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(Box<[u8]>);

impl Name {
    /// A name of these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Name(bytes.into().into_boxed_slice())
    }

    /// The name of a path of this system; separators become `/`.
    pub fn from_path(path: &Path) -> Self {
        let bytes = path.as_os_str().as_encoded_bytes();
        if std::path::MAIN_SEPARATOR == '/' {
            return Name::new(bytes);
        }
        Name::new(
            bytes
                .iter()
                .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
                .collect::<Vec<u8>>(),
        )
    }

    /// The bytes as they are.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &[u8] {
        let at = memchr::memrchr(b'/', &self.0).map_or(0, |at| at + 1);
        &self.0[at..]
    }

    /// As text, reversibly: what is not UTF-8, and the backslash itself where that occurs, is written `\xNN`. For machine formats.
    pub fn to_text(&self) -> String {
        match std::str::from_utf8(&self.0) {
            Ok(text) => text.to_owned(),
            Err(_) => self
                .0
                .utf8_chunks()
                .flat_map(|chunk| {
                    let valid = chunk.valid().replace('\\', "\\x5C");
                    let invalid: String = chunk
                        .invalid()
                        .iter()
                        .map(|byte| format!("\\x{byte:02X}"))
                        .collect();
                    [valid, invalid]
                })
                .collect(),
        }
    }
}

impl fmt::Display for Name {
    /// For people: control and bidirectional characters are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::escape_controls(&self.to_text()))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::new(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        assert_eq!(Name::new(&b"a\xFFb"[..]).to_text(), "a\\xFFb");
        assert_eq!(Name::from("a\\xFFb").to_text(), "a\\xFFb");
        assert_eq!(Name::new(&b"\\\xFF"[..]).to_text(), "\\x5C\\xFF");
    }
}
