//! `[curves]`: load over hours, days, months and years.

use super::history;
use crate::scenario::context::{Context, nearest, place};
use crate::scenario::document::{Located, Reader, Value};
use crate::scenario::names::Names;
use crate::schedule::{Curve, Growth, GrowthForm};
use crate::units::{Ratio, UnitKind, parse_as};

/// A load ten times as high is a slip.
const HIGHEST: f64 = 10.0;

const FORMS: [(&str, GrowthForm); 2] =
    [("compound", GrowthForm::Compound), ("linear", GrowthForm::Linear)];

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The curves, with their names.
pub(super) fn read(context: &mut Context<'_>, root: &mut Reader<'_, '_>) -> (Names, Vec<Curve>) {
    let mut names = Names::new("load curve");
    let curves = root.tables("curves", |name, reader| {
        let entry = place(reader, name);
        let mut curve = Curve::flat(names.add(context, &entry, None).swap_remove(0));
        if let Some(hours) = reader.table("hours", hours)
            && !hours.is_empty()
        {
            curve.hours = hours;
        }
        reader.table("days", |reader| named(reader, &DAYS, "day", &mut curve.days));
        reader.table("months", |reader| named(reader, &MONTHS, "month", &mut curve.months));
        curve.growth = reader.table("growth", |reader| growth(context, reader)).flatten();
        curve
    });
    (names, curves)
}

/// A level in a table whose keys are hours, days or months.
fn level(reader: &mut Reader<'_, '_>, key: &str) -> Option<f64> {
    let level = reader.optional::<Ratio>(key)?.fraction();
    if level > HIGHEST {
        reader.fault_at(key, "is more than 1000 %", None);
        return None;
    }
    Some(level)
}

/// Levels from a minute of the day on, in order.
fn hours(reader: &mut Reader<'_, '_>) -> Vec<(u16, f64)> {
    let mut steps = Vec::new();
    for key in reader.keys() {
        let level = level(reader, key);
        let Some(minute) = minute(key) else {
            let help = "write \"00:00\" to \"23:59\"".to_owned();
            reader.fault_at(key, "is no time of day", Some(help));
            continue;
        };
        steps.extend(level.map(|level| (minute, level)));
    }
    steps.sort_unstable_by_key(|(minute, _)| *minute);
    steps
}

/// The minute of the day of `HH:MM`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |text: &str, most: u16| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number: &u16| digits && *number <= most)
    };
    Some(two(hour, 23)? * 60 + two(minute, 59)?)
}

/// Factors of the days or months, by their names or the first three letters of these.
fn named(reader: &mut Reader<'_, '_>, names: &[&'static str], what: &str, factors: &mut [f64]) {
    let mut seen = vec![false; names.len()];
    for key in reader.keys() {
        let level = level(reader, key);
        let given = key.trim().to_lowercase();
        let found = names.iter().position(|name| given == *name || given == name[..3]);
        let Some(found) = found else {
            let help = nearest(&given, || names.iter().copied());
            reader.fault_at(key, format!("there is no {what} `{key}`"), help);
            continue;
        };
        if std::mem::replace(&mut seen[found], true) {
            reader.fault_at(key, format!("the {what} is given twice"), None);
        }
        if let Some(level) = level {
            factors[found] = level;
        }
    }
}

fn growth(context: &mut Context<'_>, reader: &mut Reader<'_, '_>) -> Option<Growth> {
    let form = reader.choice("form", &FORMS).unwrap_or_default();
    let stated = ["rate", "per", "range"].map(|field| reader.raw(field).is_some());
    if let Some(file) = reader.optional::<Located<String>>("history") {
        if let Some(at) = stated.iter().position(|stated| *stated) {
            let field = ["rate", "per", "range"][at];
            let problem = format!("`history` tells it, so `{field}` does not go with it");
            reader.fault_at(field, problem, None);
            return None;
        }
        return history::growth(context, &file, form);
    }
    if reader.has("history") {
        return None;
    }
    let there = reader.must_have("rate");
    let rate = if there { level(reader, "rate") } else { None };
    let there = reader.must_have("per");
    let months = [("month", 1.0), ("year", 12.0)];
    let per = if there { reader.choice("per", &months) } else { None };
    let range = if stated[2] { range(reader, rate) } else { rate.map(|rate| (rate, rate)) };
    let (rate, per, (low, high)) = (rate?, per?, range?);
    let monthly = |share: f64| match form {
        GrowthForm::Compound => (1.0 + share).powf(1.0 / per) - 1.0,
        GrowthForm::Linear => share / per,
    };
    let range = (monthly(low), monthly(high));
    Some(Growth { form, per_month: monthly(rate), range, source: "stated".to_owned() })
}

/// The ends of what is believed, which hold the rate.
fn range(reader: &mut Reader<'_, '_>, rate: Option<f64>) -> Option<(f64, f64)> {
    let share = |text: Option<&str>| parse_as(UnitKind::Ratio, text?).ok();
    let ends = match reader.raw("range").map(|node| &node.value) {
        Some(Value::Array(ends)) if ends.len() == 2 => {
            share(ends[0].as_str()).zip(share(ends[1].as_str()))
        }
        _ => None,
    };
    let Some((low, high)) = ends else {
        let help = "write range = [\"2 %\", \"4 %\"]".to_owned();
        reader.fault_at("range", "expected the two ends of a range", Some(help));
        return None;
    };
    if high > HIGHEST {
        reader.fault_at("range", "is more than 1000 %", None);
        return None;
    }
    if rate.is_some_and(|rate| rate < low || high < rate) {
        reader.fault_at("range", "the range does not hold the rate", None);
        return None;
    }
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::minute;

    #[test]
    fn a_time_of_day_has_two_digits_each() {
        assert_eq!(minute("00:00"), Some(0));
        assert_eq!(minute("18:30"), Some(1110));
        assert_eq!(minute("23:59"), Some(1439));
        for wrong in ["8:00", "24:00", "12:60", "12", "noon", "+1:00", "12:5", "12:00:00"] {
            assert_eq!(minute(wrong), None, "{wrong}");
        }
    }
}
