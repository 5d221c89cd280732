//! Local time: from instants of a timeline to days and hours, and back.
//!
//! The rules of time zones are those built in (IANA), not those of the machine, so that the same
//! scenario gives the same timeline everywhere.

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use thiserror::Error;

use super::Moment;

/// Longest timeline: fifty years.
const LONGEST_MONTHS: i64 = 600;

/// Why an instant cannot be placed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// No such time zone.
    #[error("there is no time zone `{0}`")]
    Zone(String),
    /// No date and time of day.
    #[error("`{0}` is no date and time")]
    Date(String),
    /// Before the start, or too far behind it.
    #[error("`{0}` is before the start of the timeline")]
    Before(String),
    /// No length of time.
    #[error("`{0}` is no length of time")]
    Span(String),
}

/// A length of time that may hold months, which differ in length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Months of the calendar.
    pub months: i64,
    /// Days of the calendar, which may have 23 or 25 hours.
    pub days: i64,
    /// Milliseconds.
    pub ms: u64,
}

impl Span {
    /// Reads a number with a unit: `ms`, `s`, `min`, `h`, `d`, `wk`, `mo` or `y`.
    ///
    /// # Errors
    /// When it is none, or is longer than fifty years.
    ///
    /// ```
    /// use csvnet::schedule::Span;
    /// assert_eq!(Span::parse("18 mo").unwrap().months, 18);
    /// assert_eq!(Span::parse("1.5 h").unwrap().ms, 5_400_000);
    /// assert!(Span::parse("12").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let wrong = || CalendarError::Span(text.trim().to_owned());
        let text = text.trim();
        let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(split);
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        if !number.is_finite() || number < 0.0 {
            return Err(wrong());
        }
        let whole = |most: f64| {
            let fits = number.fract() == 0.0 && number <= most;
            if fits { Ok(number as i64) } else { Err(wrong()) }
        };
        let ms = |scale: f64| {
            let ms = (number * scale).round();
            let longest = LONGEST_MONTHS as f64 * 31.0 * 86_400e3;
            if ms <= longest { Ok(Self { ms: ms as u64, ..Self::default() }) } else { Err(wrong()) }
        };
        let days = LONGEST_MONTHS as f64 * 31.0;
        match unit.trim() {
            "ms" => ms(1.0),
            "s" => ms(1e3),
            "min" => ms(60e3),
            "h" => ms(3600e3),
            "d" if number.fract() == 0.0 => Ok(Self { days: whole(days)?, ..Self::default() }),
            "d" => ms(86_400e3),
            "wk" => Ok(Self { days: 7 * whole(days / 7.0)?, ..Self::default() }),
            "mo" => Ok(Self { months: whole(LONGEST_MONTHS as f64)?, ..Self::default() }),
            "y" => {
                Ok(Self { months: 12 * whole(LONGEST_MONTHS as f64 / 12.0)?, ..Self::default() })
            }
            _ => Err(wrong()),
        }
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.months == 0 && self.days == 0 && self.ms == 0
    }
}

/// The calendar of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    start: Zoned,
}

impl Calendar {
    /// A calendar that starts at a local date and time of day in a time zone (an IANA name).
    ///
    /// # Errors
    /// When either is none.
    pub fn new(start: &str, zone: &str) -> Result<Self, CalendarError> {
        let unknown = |_| CalendarError::Zone(zone.to_owned());
        let zone = TimeZone::get(zone.trim()).map_err(unknown)?;
        let local = parse(start)?;
        let wrong = |_| CalendarError::Date(start.to_owned());
        Ok(Self { start: local.to_zoned(zone).map_err(wrong)? })
    }

    /// A calendar in UTC that starts at some midnight, for what has no date.
    #[must_use]
    pub fn utc() -> Self {
        Self { start: jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC) }
    }

    /// Local time at an instant. Beyond what a calendar can tell it is the last that can be told.
    #[must_use]
    pub fn local(&self, moment: Moment) -> Zoned {
        let us = i64::try_from(moment.us()).unwrap_or(i64::MAX);
        let later = jiff::SignedDuration::from_micros(us);
        self.start.checked_add(later).unwrap_or_else(|_| self.start.clone())
    }

    /// The instant of a local time; none before the start.
    #[must_use]
    pub fn moment(&self, local: &Zoned) -> Option<Moment> {
        let since = local.duration_since(&self.start);
        u64::try_from(since.as_micros()).ok().map(Moment::from_us)
    }

    /// The instant of a local date and time of day, such as `2026-11-24 22:00`.
    ///
    /// # Errors
    /// When it is none, or lies before the start.
    pub fn parse(&self, text: &str) -> Result<Moment, CalendarError> {
        let local = parse(text)?;
        let wrong = |_| CalendarError::Date(text.to_owned());
        let zoned = local.to_zoned(self.start.time_zone().clone()).map_err(wrong)?;
        self.moment(&zoned).ok_or_else(|| CalendarError::Before(text.to_owned()))
    }

    /// The instant a length of time after another.
    #[must_use]
    pub fn after(&self, moment: Moment, span: Span) -> Moment {
        if span.months == 0 && span.days == 0 {
            return moment.plus_ms(span.ms);
        }
        let (months, days) = (span.months, span.days);
        let later = jiff::Span::new().try_months(months).and_then(|span| span.try_days(days));
        let later = later.and_then(|later| self.local(moment).checked_add(later));
        let later = later.ok().and_then(|later| self.moment(&later));
        later.map_or(Moment::NEVER, |later| later.plus_ms(span.ms))
    }

    /// Whole months of the calendar since that of the start.
    #[must_use]
    pub fn months(&self, moment: Moment) -> u32 {
        let of = |z: &Zoned| i32::from(z.year()) * 12 + i32::from(z.month());
        u32::try_from(of(&self.local(moment)) - of(&self.start)).unwrap_or(0)
    }

    /// The month of the calendar so many months after that of the start, such as `2027-03`.
    #[must_use]
    pub fn month_label(&self, months: u32) -> String {
        let months = i32::from(self.start.month()) - 1 + i32::try_from(months).unwrap_or(0);
        let year = i32::from(self.start.year()) + months.div_euclid(12);
        format!("{year:04}-{:02}", months.rem_euclid(12) + 1)
    }

    /// Local date and time, such as `Tue 2026-11-24 22:00:00`.
    #[must_use]
    pub fn label(&self, moment: Moment) -> String {
        self.local(moment).strftime("%a %Y-%m-%d %H:%M:%S").to_string()
    }

    /// Its time zone.
    #[must_use]
    pub fn zone(&self) -> String {
        self.start.time_zone().iana_name().unwrap_or("UTC").to_owned()
    }
}

fn parse(text: &str) -> Result<DateTime, CalendarError> {
    // A date alone is its midnight.
    let text = text.trim();
    text.parse().map_err(|_| CalendarError::Date(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(start: &str) -> Calendar {
        Calendar::new(start, "Europe/Berlin").unwrap()
    }

    #[test]
    fn a_day_may_have_23_hours() {
        // Clocks go from 02:00 to 03:00 on 28 March 2027.
        let calendar = berlin("2027-03-28 00:00");
        let next = calendar.parse("2027-03-29 00:00").unwrap();
        assert_eq!(next, Moment::from_ms(23 * 3_600_000));
        assert_eq!(calendar.after(Moment::START, Span::parse("1 d").unwrap()), next);
        assert_eq!(calendar.label(next), "Mon 2027-03-29 00:00:00");
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let calendar = berlin("2026-11-30");
        let end = calendar.after(Moment::START, Span::parse("3 mo").unwrap());
        assert_eq!(calendar.label(end), "Sun 2027-02-28 00:00:00");
        assert_eq!(calendar.months(end), 3);
        assert_eq!(calendar.month_label(3), "2027-02");
        assert_eq!(calendar.month_label(2), "2027-01");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(
            Calendar::new("2026-11-30", "Berlin"),
            Err(CalendarError::Zone("Berlin".into()))
        );
        let calendar = berlin("2026-11-30");
        assert_eq!(calendar.parse("soon"), Err(CalendarError::Date("soon".into())));
        assert_eq!(
            calendar.parse("2026-11-29 12:00"),
            Err(CalendarError::Before("2026-11-29 12:00".into()))
        );
        for wrong in ["", "7", "7 fortnights", "-1 h", "1.5 mo", "1e9 y", "nan h"] {
            assert!(Span::parse(wrong).is_err(), "{wrong}");
        }
    }
}
