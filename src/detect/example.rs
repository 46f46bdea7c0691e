//! Tokens for the examples of rules, made when they are needed: `{{class:length}}` in a text becomes random characters of that class, from a
//! fixed seed. So no rule file holds a whole token, and every run proves the rules on the same ones.

use super::checks;

/// A source of random characters (splitmix64: good enough to make examples, no cryptography).
#[derive(Clone, Debug)]
pub struct Generator {
    state: u64,
}

impl Generator {
    /// Equal seeds make equal examples.
    pub fn new(seed: u64) -> Self {
        Generator { state: seed }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit` (0 for a limit of 0).
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 {
            0
        } else {
            (self.bits() % limit as u64) as usize
        }
    }

    /// `len` characters of a class: a name (`hex`, `base62`, …) or the inside of a bracket expression (`A-Z2-7`).
    ///
    /// # Errors
    /// A class that is empty or not understood.
    pub fn chars(&mut self, class: &str, len: usize) -> Result<String, String> {
        let alphabet = alphabet(class)?;
        Ok((0..len)
            .map(|_| char::from(alphabet[self.below(alphabet.len())]))
            .collect())
    }

    /// `text` with every `{{…}}` replaced.
    ///
    /// # Errors
    /// What cannot be understood between the braces.
    pub fn expand(&mut self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            out.push_str(&rest[..open]);
            let after = &rest[open + 2..];
            let Some(close) = after.find("}}") else {
                break;
            };
            match self.one(&after[..close])? {
                Some(made) => out.push_str(&made),
                None => out.push_str(&rest[open..open + close + 4]),
            }
            rest = &after[close + 2..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What stands between two braces; `None` for a template of another language (`{{ token }}`), which stays.
    fn one(&mut self, inside: &str) -> Result<Option<String>, String> {
        if inside == "uuid" {
            return Ok(Some(self.uuid()?));
        }
        if let Some(call) = inside.strip_prefix("valid:") {
            let (check, prefix) = call.split_once(':').unwrap_or((call, ""));
            return checks::example(check, prefix, self)
                .map(Some)
                .ok_or_else(|| format!("no check {check:?} makes examples"));
        }
        let Some((class, len)) = inside.rsplit_once(':') else {
            return Ok(None);
        };
        let Ok(len) = len.parse::<usize>() else {
            return Ok(None);
        };
        if class.is_empty() || class.contains(' ') || len > 100_000 {
            return Ok(None);
        }
        self.chars(class, len).map(Some)
    }

    fn uuid(&mut self) -> Result<String, String> {
        Ok(format!(
            "{}-{}-4{}-{}{}-{}",
            self.chars("hex", 8)?,
            self.chars("hex", 4)?,
            self.chars("hex", 3)?,
            self.chars("89ab", 1)?,
            self.chars("hex", 3)?,
            self.chars("hex", 12)?
        ))
    }
}

/// The characters of a class.
fn alphabet(class: &str) -> Result<Vec<u8>, String> {
    let ranges = match class {
        "digit" => "0-9",
        "lower" => "a-z",
        "upper" => "A-Z",
        "alpha" => "A-Za-z",
        "hex" => "0-9a-f",
        "HEX" => "0-9A-F",
        "base62" => "A-Za-z0-9",
        "alnum" => "a-z0-9",
        "ALNUM" => "A-Z0-9",
        "base64" => "A-Za-z0-9+/",
        "base64url" => "A-Za-z0-9_-",
        "base32" => "A-Z2-7",
        other => other,
    };
    let bytes = ranges.as_bytes();
    let mut alphabet = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes.get(at + 1) == Some(&b'-') && at + 2 < bytes.len() {
            alphabet.extend(bytes[at]..=bytes[at + 2]);
            at += 3;
        } else {
            alphabet.push(bytes[at]);
            at += 1;
        }
    }
    if alphabet.is_empty() || !alphabet.is_ascii() {
        return Err(format!("class {class:?}: no characters"));
    }
    Ok(alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_classes_and_leaves_templates_alone() {
        let made = Generator::new(1)
            .expand("a={{hex:8}} b={{ user }} c={{A-B:3}} {{uuid}}")
            .unwrap();
        assert_eq!(
            made,
            Generator::new(1)
                .expand("a={{hex:8}} b={{ user }} c={{A-B:3}} {{uuid}}")
                .unwrap()
        );
        assert!(
            made.contains("{{ user }}")
                && made.len() == "a=12345678 b={{ user }} c=ABA ".len() + 36,
            "{made}"
        );
    }
}
