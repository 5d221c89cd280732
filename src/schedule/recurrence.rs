//! Once, every so often, or as a cron expression says.

use cronexpr::{Crontab, FallbackTimezoneOption, ParseOptions};
use thiserror::Error;

use super::{Calendar, Moment};

/// Why a cron expression is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no cron expression: {why}")]
pub struct RecurrenceError {
    /// As written.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// A cron expression in the time zone of a calendar.
#[derive(Clone, Debug)]
pub struct Cron {
    text: String,
    parsed: Box<Crontab>,
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// When something happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Recurrence {
    /// At one instant.
    Once(Moment),
    /// At an instant, and again and again.
    Every {
        /// The first time.
        first: Moment,
        /// Milliseconds to the next, above zero.
        period_ms: u64,
    },
    /// As a cron expression says, in local time.
    Cron(Cron),
}

impl Recurrence {
    /// Reads a cron expression of five fields (minute, hour, day of month, month, day of week), in
    /// the local time of a calendar.
    ///
    /// # Errors
    /// When it is none.
    pub fn cron(text: &str, calendar: &Calendar) -> Result<Self, RecurrenceError> {
        let zone = calendar.zone();
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::None;
        let shown = text.trim().to_owned();
        let wrong = |why: String| RecurrenceError { text: shown, why };
        let text = format!("{} {zone}", text.trim());
        let parsed = cronexpr::parse_crontab_with(&text, options).map(Box::new);
        parsed.map(|parsed| Self::Cron(Cron { text: text.clone(), parsed })).map_err(|error| {
            let why = error.to_string();
            // The parser shows the expression with a pointer; the last line says what is wrong.
            wrong(why.lines().last().unwrap_or_default().trim_matches(['^', ' ']).to_owned())
        })
    }

    /// The first time at or after an instant.
    #[must_use]
    pub fn at_or_after(&self, calendar: &Calendar, moment: Moment) -> Option<Moment> {
        match self {
            Self::Once(at) => (*at >= moment).then_some(*at),
            Self::Every { first, period_ms } => {
                let since = moment.us().saturating_sub(first.us());
                let times = since.div_ceil(period_ms.saturating_mul(1000).max(1));
                Some(first.plus_ms(times.saturating_mul(*period_ms)))
            }
            Self::Cron(cron) => {
                // The parser gives what lies strictly behind an instant.
                let local = calendar.local(moment);
                let before = local.checked_sub(jiff::SignedDuration::from_micros(1)).ok()?;
                let next = cron.parsed.find_next(before.timestamp()).ok()?;
                calendar.moment(&next)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        Calendar::new("2026-11-23 00:00", "Europe/Berlin").unwrap()
    }

    const HOUR: u64 = 3_600_000;

    #[test]
    fn cron_speaks_local_time() {
        let (calendar, at) = (calendar(), Moment::from_ms);
        // Tuesdays at 22:00, from Monday 0:00 on.
        let patch = Recurrence::cron("0 22 * * TUE", &calendar).unwrap();
        assert_eq!(patch.at_or_after(&calendar, Moment::START), Some(at(46 * HOUR)));
        assert_eq!(patch.at_or_after(&calendar, at(46 * HOUR)), Some(at(46 * HOUR)));
        assert_eq!(patch.at_or_after(&calendar, at(46 * HOUR + 1)), Some(at((46 + 168) * HOUR)));
        let error = Recurrence::cron("0 25 * * *", &calendar).unwrap_err();
        assert!(!error.why.is_empty() && error.to_string().contains("0 25 * * *"), "{error}");
        assert!(Recurrence::cron("daily", &calendar).is_err());
    }

    #[test]
    fn every_starts_at_its_first_time() {
        let (calendar, at) = (calendar(), Moment::from_ms);
        let every = Recurrence::Every { first: at(10), period_ms: 15 };
        let next = |ms| every.at_or_after(&calendar, at(ms)).unwrap().ms();
        assert_eq!([next(0), next(10), next(11), next(25), next(26)], [10, 10, 25, 25, 40]);
        let once = Recurrence::Once(at(7));
        assert_eq!(once.at_or_after(&calendar, at(8)), None);
        assert_eq!(once.at_or_after(&calendar, at(7)), Some(at(7)));
    }
}
