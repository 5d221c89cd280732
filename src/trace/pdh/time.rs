//! Times of a log: local, to the millisecond.

use std::fmt;
use std::str::FromStr;

const DAY_MS: i64 = 86_400_000;
/// Days from the first of March of year 0 to the first of January 1970.
const DAYS_TO_1970: i64 = 719_468;

/// A local time as a log has it, in milliseconds since 1970; which zone, its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PdhTime {
    ms: i64,
}

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no time; write \"MM/DD/YYYY HH:MM:SS\" as the log does, or \"YYYY-MM-DD HH:MM:SS\""
)]
pub struct NotATime {
    /// What was written.
    pub text: String,
}

impl PdhTime {
    /// The time `ms` milliseconds after the begin of 1970.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self { ms }
    }

    /// Milliseconds since the begin of 1970, local time.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.ms
    }

    /// `MM/DD/YYYY HH:MM:SS.mmm`; the fraction may be missing.
    #[must_use]
    pub fn parse_log(text: &str) -> Option<Self> {
        let (date, clock) = text.trim().split_once(' ')?;
        let mut date = date.split('/');
        let (month, day, year) =
            (digits(date.next()?, 2)?, digits(date.next()?, 2)?, digits(date.next()?, 4)?);
        if date.next().is_some() {
            return None;
        }
        Self::of(year, month, day, clock)
    }

    fn of(year: i64, month: i64, day: i64, clock: &str) -> Option<Self> {
        let (clock, ms) = match clock.split_once('.') {
            Some((clock, fraction)) if (1..=9).contains(&fraction.len()) => {
                let all: i64 = digits(fraction, fraction.len())?;
                let ms = match fraction.len() {
                    1 => all * 100,
                    2 => all * 10,
                    n => all / 10_i64.pow(n as u32 - 3),
                };
                (clock, ms)
            }
            Some(_) => return None,
            None => (clock, 0),
        };
        let mut parts = clock.split(':');
        let (hour, minute, second) =
            (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        let in_range = parts.next().is_none()
            && (1..=12).contains(&month)
            && (1..=days_of(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        in_range.then(|| Self {
            ms: days_since_1970(year, month, day) * DAY_MS
                + ((hour * 60 + minute) * 60 + second) * 1000
                + ms,
        })
    }
}

impl FromStr for PdhTime {
    type Err = NotATime;

    /// What a person writes: as in the log, or year first, with a space or `T` between.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let iso = || {
            let (date, clock) = text.trim().split_once([' ', 'T'])?;
            let mut date = date.split('-');
            let (year, month, day) =
                (digits(date.next()?, 4)?, digits(date.next()?, 2)?, digits(date.next()?, 2)?);
            let ended = date.next().is_none();
            ended.then(|| Self::of(year, month, day, clock)).flatten()
        };
        Self::parse_log(text).or_else(iso).ok_or_else(|| NotATime { text: text.to_owned() })
    }
}

impl fmt::Display for PdhTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, ms) = (self.ms.div_euclid(DAY_MS), self.ms.rem_euclid(DAY_MS));
        let (year, month, day) = date_of(days);
        let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        write!(f, "{month:02}/{day:02}/{year:04} {h:02}:{m:02}:{s:02}.{:03}", ms % 1000)
    }
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let all = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the Gregorian calendar, years counted from March so that a leap day is the last.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970
}

/// The inverse: 400 years have 146,097 days.
const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (cycle, of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + cycle * 400 + (month <= 2) as i64;
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_by_hand() {
        let time = |text: &str| PdhTime::parse_log(text).map(PdhTime::ms);
        assert_eq!(time("01/01/1970 00:00:00.000"), Some(0));
        assert_eq!(time("01/02/1970 01:00:01.5"), Some(86_400_000 + 3_601_500));
        // 2024-09-08 is day 19,974: 54 years with 13 leap days are 19,723, and 251 more.
        assert_eq!(time("09/08/2024 12:35:45.166"), Some(19_974 * DAY_MS + 45_345_166));
        assert_eq!(time("02/29/2024 00:00:00"), Some((19_723 + 59) * DAY_MS));
        for wrong in [
            "",
            "09/08/2024",
            "9/8/2024 12:35",
            "13/01/2024 00:00:00.000",
            "02/29/2023 00:00:00.000",
            "02/29/2100 00:00:00.000",
            "01/01/2024 24:00:00.000",
            "01/01/2024 00:00:00,000",
            "01/01/2024 00:00:00.",
            "01.01.2024 00:00:00.000",
            "01/01/2024 00:00:60.000",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
        for text in ["2024-09-08 12:35:45.166", "2024-09-08T12:35:45.166"] {
            assert_eq!(text.parse::<PdhTime>().unwrap().to_string(), "09/08/2024 12:35:45.166");
        }
        assert!("yesterday".parse::<PdhTime>().unwrap_err().to_string().contains("YYYY-MM-DD"));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read(ms in -62_000_000_000_000_i64..250_000_000_000_000) {
            let time = PdhTime::from_ms(ms);
            prop_assert_eq!(PdhTime::parse_log(&time.to_string()), Some(time));
        }
    }
}
