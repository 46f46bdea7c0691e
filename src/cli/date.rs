//! Points in time as people type them, for `--since` and `--until`.

use crate::text::midnight;

/// Seconds since 1970 of `2026-08-30`, `2026-08-30T12:34:56Z` (or with an offset), `@1788088496`, or `3 weeks ago` before `now`. A day without a time begins
/// at midnight UTC.
///
/// # Errors
/// It is none of these.
pub(super) fn seconds(text: &str, now: i64) -> Result<i64, String> {
    let wrong = || "write 2026-08-30, 2026-08-30T12:34:56Z, @SECONDS or `3 weeks ago`".to_owned();
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().map_err(|_| wrong());
    }
    let words: Vec<&str> = text.split([' ', '.']).collect();
    if let [number, unit, "ago"] | [number, unit] = words[..]
        && let Ok(number) = number.parse::<i64>()
    {
        let unit = match unit.trim_end_matches('s') {
            "second" => 1,
            "minute" => 60,
            "hour" => 3600,
            "day" => 86_400,
            "week" => 7 * 86_400,
            "month" => 30 * 86_400,
            "year" => 365 * 86_400,
            _ => return Err(wrong()),
        };
        let back = number.checked_mul(unit).ok_or_else(wrong)?;
        return now.checked_sub(back).ok_or_else(wrong);
    }
    exact(text).ok_or_else(wrong)
}

fn exact(text: &str) -> Option<i64> {
    let number = |text: Option<&str>| -> Option<i64> {
        let text = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        text.parse().ok()
    };
    let midnight = midnight(text.get(..10)?)?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(midnight);
    }
    let time = rest.strip_prefix(['T', ' '])?;
    let colons = time.as_bytes().get(2) == Some(&b':') && time.as_bytes().get(5) == Some(&b':');
    let (hour, minute, second) = (
        number(time.get(..2))?,
        number(time.get(3..5))?,
        number(time.get(6..8))?,
    );
    if !colons || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = time[8..].trim_start().replace(':', "");
    let offset = match zone.as_str() {
        "" | "Z" | "z" => 0,
        zone => {
            let sign = match zone.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let digits = zone.get(1..5).filter(|_| zone.len() == 5);
            let (hours, minutes) = (
                number(digits.and_then(|text| text.get(..2)))?,
                number(digits.and_then(|text| text.get(2..)))?,
            );
            sign * (hours * 3600 + minutes * 60)
        }
    };
    Some(midnight + hour * 3600 + minute * 60 + second - offset)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn what_people_type() {
        let at = |text: &str| seconds(text, 1_000_000).ok();
        assert_eq!(at("1970-01-01"), Some(0));
        assert_eq!(at("2000-02-29T23:59:59Z"), Some(951_868_799));
        assert_eq!(at("2026-08-30 12:34:56 +02:00"), Some(1_788_086_096));
        assert_eq!(at("@12"), Some(12));
        assert_eq!(at("1 week ago"), Some(1_000_000 - 7 * 86_400));
        assert_eq!(at("2.days.ago"), Some(1_000_000 - 2 * 86_400));
        for wrong in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-08-30T1:2",
            "2026-08-30x",
            "@x",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
