//! Ticks of local time.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _, Unit};

use super::scale::Tick;

/// Steps of local time, the shortest first: how long each is, about, in seconds.
const STEPS: [(i64, Unit, i64); 22] = [
    (1, Unit::Second, 1),
    (2, Unit::Second, 2),
    (5, Unit::Second, 5),
    (10, Unit::Second, 10),
    (30, Unit::Second, 30),
    (1, Unit::Minute, 60),
    (2, Unit::Minute, 120),
    (5, Unit::Minute, 300),
    (10, Unit::Minute, 600),
    (30, Unit::Minute, 1800),
    (1, Unit::Hour, 3600),
    (3, Unit::Hour, 10_800),
    (6, Unit::Hour, 21_600),
    (12, Unit::Hour, 43_200),
    (1, Unit::Day, 86_400),
    (2, Unit::Day, 172_800),
    (7, Unit::Day, 604_800),
    (14, Unit::Day, 1_209_600),
    (1, Unit::Month, 2_629_746),
    (3, Unit::Month, 7_889_238),
    (6, Unit::Month, 15_778_476),
    (12, Unit::Month, 31_556_952),
];

/// Ticks at round local times, at most about `most`. A start that is no date gives seconds.
pub(super) fn ticks(start: &str, zone: &str, (low, high): (f64, f64), most: usize) -> Vec<Tick> {
    let wanted = (high - low) / most.max(1) as f64;
    let fits = |step: &&(i64, Unit, i64)| step.2 as f64 >= wanted;
    let step = STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
    local(start, zone, (low, high), *step).unwrap_or_default()
}

/// The date and time of a label, with or without its day of the week.
fn parse(label: &str) -> Option<DateTime> {
    let rest = label.split_once(' ').map_or(label, |(_, rest)| rest);
    label.parse().or_else(|_| rest.parse()).ok()
}

fn local(
    start: &str,
    zone: &str,
    (low, high): (f64, f64),
    (count, unit, _): (i64, Unit, i64),
) -> Option<Vec<Tick>> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let start = parse(start)?.to_zoned(zone.clone()).ok()?;
    let begin = start.checked_add(Span::new().try_seconds(low as i64).ok()?).ok()?;
    let mut at = floor(begin.datetime(), count, unit)?;
    let mut ticks = Vec::new();
    // Bounded, whatever the file says.
    for _ in 0..200 {
        let instant = at.to_zoned(zone.clone()).ok()?;
        let value = (instant.timestamp().as_millisecond() - start.timestamp().as_millisecond())
            as f64
            / 1e3;
        if value > high {
            break;
        }
        if value >= low {
            ticks.push(Tick { value, label: label(at, unit) });
        }
        at = at.checked_add(span(count, unit)?).ok()?;
    }
    Some(ticks)
}

fn span(count: i64, unit: Unit) -> Option<Span> {
    Some(match unit {
        Unit::Second => count.seconds(),
        Unit::Minute => count.minutes(),
        Unit::Hour => count.hours(),
        Unit::Day => count.days(),
        Unit::Month => count.months(),
        _ => return None,
    })
}

/// The last round time at or before a time.
fn floor(at: DateTime, count: i64, unit: Unit) -> Option<DateTime> {
    let down = |value: i8| i64::from(value) / count * count;
    let time = at.time();
    let time = match unit {
        Unit::Second => time.with().second(down(time.second()) as i8).subsec_nanosecond(0),
        Unit::Minute => {
            time.with().minute(down(time.minute()) as i8).second(0).subsec_nanosecond(0)
        }
        Unit::Hour => {
            time.with().hour(down(time.hour()) as i8).minute(0).second(0).subsec_nanosecond(0)
        }
        _ => Time::midnight().with(),
    };
    let date = match unit {
        Unit::Month => {
            let month = (i64::from(at.month()) - 1) / count * count + 1;
            at.date().with().month(month as i8).day(1).build().ok()?
        }
        // Weeks begin on Mondays.
        Unit::Day if count % 7 == 0 => {
            let days = i64::from(at.weekday().to_monday_zero_offset());
            at.date().checked_sub(days.days()).ok()?
        }
        _ => at.date(),
    };
    Some(date.to_datetime(time.build().ok()?))
}

fn label(at: DateTime, unit: Unit) -> String {
    let form = match unit {
        Unit::Second => "%H:%M:%S",
        Unit::Minute | Unit::Hour if at.time() == Time::midnight() => "%a %-d %b",
        Unit::Minute | Unit::Hour => "%H:%M",
        Unit::Day => "%a %-d %b",
        _ => "%b %Y",
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(start: &str, zone: &str, seconds: f64, most: usize) -> Vec<String> {
        ticks(start, zone, (0.0, seconds), most).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn a_week_has_days_and_a_year_months() {
        let start = "Mon 2026-11-23 00:00:00";
        let week = told(start, "Europe/Berlin", 7.0 * 86_400.0, 8);
        assert_eq!(week[..2], ["Mon 23 Nov", "Tue 24 Nov"]);
        assert_eq!(week.len(), 8);
        let year = told(start, "Europe/Berlin", 365.0 * 86_400.0, 12);
        assert_eq!(year.first().map(String::as_str), Some("Dec 2026"));
        assert_eq!(year.len(), 12);
        let hours = told("2026-11-23 21:10:00", "UTC", 6.0 * 3600.0, 8);
        assert_eq!(hours, ["22:00", "23:00", "Tue 24 Nov", "01:00", "02:00", "03:00"]);
    }

    #[test]
    fn the_clocks_go_back_in_between() {
        // 2026-10-25 has 25 hours in Berlin.
        let ticks = ticks("2026-10-25 00:00:00", "Europe/Berlin", (0.0, 2.0 * 86_400.0), 4);
        let midnight = ticks.iter().find(|tick| tick.label == "Mon 26 Oct").unwrap();
        assert_eq!(midnight.value, 25.0 * 3600.0);
    }

    #[test]
    fn what_is_no_date_has_no_ticks() {
        assert!(told("soon", "Mars/Olympus", 60.0, 5).is_empty());
        assert!(told("2026-11-23 00:00:00", "Mars/Olympus", 60.0, 5).len() == 3);
    }
}
