//! Points in time as machine formats want them: RFC 3339, UTC.

use crate::text::midnight;
use std::time::{SystemTime, UNIX_EPOCH};

/// `2026-08-30T12:34:56Z`; a time before 1970 is shown as 1970.
pub(super) fn rfc3339(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Seconds since 1970 of what [`rfc3339`] wrote; `None` for anything else.
pub(super) fn from_rfc3339(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| -> Option<u32> { text.get(range)?.parse().ok() };
    let seconds = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    let time = midnight(text.get(..10)?)? + i64::from(seconds);
    (text.len() == 20 && time >= 0).then_some(time)
}

/// `2026-08-30`.
pub fn today(time: SystemTime) -> String {
    let mut date = rfc3339(time);
    date.truncate("2026-08-30".len());
    date
}

/// The day of a point in time that a commit states: seconds since 1970.
pub(super) fn day(seconds: i64) -> String {
    let since = std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    today(UNIX_EPOCH + since)
}

/// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the leap day is a year's last
/// (Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates_of_leap_years_and_turns_of_the_year() {
        let at = |seconds: u64| {
            let text = rfc3339(UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(from_rfc3339(&text), Some(seconds as i64));
            text
        };
        assert_eq!(from_rfc3339("2026-02-30T00:00:00Z"), None);
        assert_eq!(from_rfc3339("yesterday"), None);
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
