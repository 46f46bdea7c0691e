//! Text in UTF-16, as some editors and PowerShell write it, turned into UTF-8: everything behind this point knows one encoding.

/// Bytes that are looked at to tell UTF-16 without a byte order mark from binary data.
const SAMPLE: usize = 512;

/// `bytes` in UTF-8 (unpaired halves become U+FFFD), if they are UTF-16: by their byte order mark, or because every other byte at their start is zero,
/// as in text of mostly western letters. `None` if they are anything else.
pub fn utf8_from_utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let (order, body) = order_of(bytes)?;
    let units = body
        .chunks_exact(2)
        .map(|pair| order.unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(body.len() / 2 + body.len() / 8);
    text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    Some(text.into_bytes())
}

/// `text` in the UTF-16 that `model` is written in: with its order of bytes, and with a byte order mark where it has one. `None` if `model` is not
/// UTF-16 or `text` not UTF-8.
pub fn utf16_like(model: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let (order, body) = order_of(model)?;
    let mut out = model[..model.len() - body.len()].to_vec();
    for unit in std::str::from_utf8(text).ok()?.encode_utf16() {
        out.extend(order.bytes(unit));
    }
    Some(out)
}

/// Which byte of a pair comes first.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            Order::Little => u16::from_le_bytes(pair),
            Order::Big => u16::from_be_bytes(pair),
        }
    }

    fn bytes(self, unit: u16) -> [u8; 2] {
        match self {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        }
    }
}

/// The order of UTF-16's bytes, and what stands behind the byte order mark; `None` for anything else.
fn order_of(bytes: &[u8]) -> Option<(Order, &[u8])> {
    Some(match bytes {
        // Of UTF-32 every fourth byte would be text; nobody writes it.
        [0xFF, 0xFE, 0, 0, ..] => return None,
        [0xFF, 0xFE, rest @ ..] => (Order::Little, rest),
        [0xFE, 0xFF, rest @ ..] => (Order::Big, rest),
        _ => (zeros_say(bytes)?, bytes),
    })
}

/// Which byte of a pair is the zero one: the second (little endian) or the first; `None` if the pairs are not like that.
fn zeros_say(bytes: &[u8]) -> Option<Order> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    if sample.len() < 8 || memchr::memchr(0, &sample[..8]).is_none() {
        return None;
    }
    let pairs = sample.len() / 2;
    let zeros = |from: usize| {
        sample
            .iter()
            .skip(from)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let printable = |from: usize| {
        let text = sample.iter().skip(from).step_by(2);
        text.filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
            .count()
    };
    let is_text = |text: usize, zero: usize| {
        zeros(zero) * 10 >= pairs * 7 && zeros(text) == 0 && printable(text) * 10 >= pairs * 7
    };
    match (is_text(0, 1), is_text(1, 0)) {
        (true, _) => Some(Order::Little),
        (_, true) => Some(Order::Big),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_recognised_with_and_without_a_mark() {
        let text = "Schlüssel = \u{1F511}\r\nzwei\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [
            [&[0xFF, 0xFE], &little[..]].concat(),
            [&[0xFE, 0xFF], &big[..]].concat(),
            little,
            big,
        ] {
            assert_eq!(utf8_from_utf16(&bytes).as_deref(), Some(text.as_bytes()));
            assert_eq!(utf16_like(&bytes, text.as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn other_bytes_are_left_alone() {
        let table: Vec<u8> = (0..64u32).flat_map(|number| number.to_le_bytes()).collect();
        for bytes in [
            &b"plain text"[..],
            b"",
            b"\0\0\0\0\0\0\0\0\0\0",
            &table,
            b"a\0b\0",
        ] {
            assert_eq!(utf8_from_utf16(bytes), None, "{bytes:?}");
            assert_eq!(utf16_like(bytes, b"x"), None, "{bytes:?}");
        }
    }
}
