//! Time spans and dates as PowerShell writes them.

/// Units of a time span in a second.
pub(super) const TICKS: i128 = 10_000_000;

/// A time span in units of 100 ns: ISO 8601 (`P1DT2H3M4.5S`) or .NET's own (`1.02:03:04.5`).
pub(super) fn span_ticks(text: &str) -> Option<i128> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let ticks = match text.strip_prefix('P') {
        Some(iso) => iso_ticks(iso)?,
        None => net_ticks(text)?,
    };
    Some(sign * ticks)
}

fn iso_ticks(text: &str) -> Option<i128> {
    let (days, time) = text.split_once('T').unwrap_or((text, ""));
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut ticks = 0;
    let mut rest = days;
    if !days.is_empty() {
        let (number, after) = days.split_once('D')?;
        ticks += whole(number)? * 86_400 * TICKS;
        rest = after;
    }
    if !rest.is_empty() {
        return None;
    }
    rest = time;
    for (unit, seconds) in [('H', 3_600), ('M', 60)] {
        if let Some((number, after)) = rest.split_once(unit) {
            ticks += whole(number)? * seconds * TICKS;
            rest = after;
        }
    }
    if let Some(number) = rest.strip_suffix('S') {
        ticks += seconds_ticks(number)?;
    } else if !rest.is_empty() {
        return None;
    }
    Some(ticks)
}

fn net_ticks(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let (first, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = first.split_once('.').unwrap_or(("0", first));
    let (days, hours, minutes) = (whole(days)?, whole(hours)?, whole(minutes)?);
    Some(((days * 24 + hours) * 60 + minutes) * 60 * TICKS + seconds_ticks(seconds)?)
}

/// Digits, few enough to be a time.
fn whole(text: &str) -> Option<i128> {
    let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Seconds with up to seven decimals.
fn seconds_ticks(text: &str) -> Option<i128> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.len() > 7 {
        return None;
    }
    let scale = 10_i128.pow(7 - u32::try_from(fraction.len()).ok()?);
    Some(whole(seconds)? * TICKS + whole(fraction)? * scale)
}

/// A date in milliseconds since 1970: `/Date(…)/`, or ISO 8601 with an offset, `Z` or neither,
/// which is taken as UTC.
pub(super) fn date_ms(text: &str) -> Option<i64> {
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|t| t.strip_suffix(")/")) {
        // An offset only tells how to show the instant.
        let end = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
        return inner.get(..end.map_or(inner.len(), |(at, _)| at))?.parse().ok();
    }
    let (day, time) = text.split_once('T')?;
    let mut day = day.split('-').map(whole);
    let (year, month, date) = (day.next()??, day.next()??, day.next()??);
    if day.next().is_some() || !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let (time, offset) = match time.char_indices().find(|(_, c)| matches!(c, 'Z' | '+' | '-')) {
        None => (time, 0),
        Some((at, 'Z')) if at + 1 == time.len() => (&time[..at], 0),
        Some((_, 'Z')) => return None,
        Some((at, sign)) => {
            let (hours, minutes) = time[at + 1..].split_once(':')?;
            let minutes = whole(hours)? * 60 + whole(minutes)?;
            (&time[..at], if sign == '-' { -minutes } else { minutes })
        }
    };
    let ticks = net_ticks(time)?;
    if !(1..=31).contains(&date) || time.split(':').next().is_none_or(|h| h.contains('.')) {
        return None;
    }
    let ms = days_since_1970(year, month, date) * 86_400_000 + ticks / (TICKS / 1000);
    i64::try_from(ms - offset * 60_000).ok()
}

/// Days of the Gregorian calendar: counted from March, so that the leap day comes last.
fn days_since_1970(year: i128, month: i128, date: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let days = year * 365 + year / 4 - year / 100 + year / 400;
    days + (153 * ((month + 9) % 12) + 2) / 5 + date - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_both_notations() {
        assert_eq!(span_ticks("PT0S"), Some(0));
        assert_eq!(span_ticks("P1DT2H3M4.5S"), Some((93_784 * 10 + 5) * TICKS / 10));
        assert_eq!(span_ticks("1.02:03:04.5000000"), span_ticks("P1DT2H3M4.5S"));
        assert_eq!(span_ticks("-00:00:01"), Some(-TICKS));
        assert_eq!(span_ticks("P2D"), Some(172_800 * TICKS));
        for wrong in ["", "P", "PT", "1:2", "a:b:c", "PT1X", "P1", "1:2:3:4", "00:00:0.123456789"] {
            assert!(span_ticks(wrong).is_none_or(|ticks| wrong == "PT" && ticks == 0), "{wrong}");
        }
        assert_eq!(span_ticks("999999999999:0:0"), Some(999_999_999_999 * 3600 * TICKS));
        assert_eq!(span_ticks("9999999999999:0:0"), None, "too many digits");
    }

    #[test]
    fn dates_of_both_versions() {
        // 2024-03-01T00:00:00Z is day 19783: 54 years with 13 leap days, 31 + 29 days.
        let day = 54 * 365 + 13 + 60;
        assert_eq!(date_ms("2024-03-01T00:00:00Z"), Some(day * 86_400_000));
        assert_eq!(date_ms("2024-03-01T01:30:00.2500000+01:30"), Some(day * 86_400_000 + 250));
        assert_eq!(date_ms("1970-01-01T00:00:00"), Some(0));
        assert_eq!(date_ms("/Date(1709251200000)/"), Some(day * 86_400_000));
        assert_eq!(date_ms("/Date(-1500+0100)/"), Some(-1500));
        for wrong in
            ["", "/Date()/", "2024", "2024-13-01T00:00:00", "01/02/2024 00:00:00", "/Date(é)/"]
        {
            assert_eq!(date_ms(wrong), None, "{wrong}");
        }
    }
}
