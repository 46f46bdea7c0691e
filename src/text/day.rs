//! Days of the calendar as people write them in configurations, baselines and on the command line.

/// Whether a text is a day of the calendar, `YYYY-MM-DD`: there is no 31 February.
pub fn is_day(text: &str) -> bool {
    date(text).is_some()
}

/// Seconds from 1970 to midnight UTC of a day, `YYYY-MM-DD`; `None` where the text is none.
pub fn midnight(text: &str) -> Option<i64> {
    let (year, month, day) = date(text)?;
    // Years are counted from March, so that the leap day is a year's last (Howard Hinnant's `days_from_civil`).
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400)
}

/// Year, month and day.
fn date(text: &str) -> Option<(i64, i64, i64)> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return None;
    };
    let number = |part: &str, length: usize| -> Option<i64> {
        let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (year > 0 && (1..=days).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for day in ["2026-01-31", "2024-02-29", "2000-02-29", "9999-12-31"] {
            assert!(is_day(day), "{day}");
        }
        for text in [
            "2026-02-31",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-1-1",
            "26-01-01",
            "+026-01-01",
            "2026-01-01-01",
            "soon",
            "",
        ] {
            assert!(!is_day(text), "{text}");
        }
    }
}
