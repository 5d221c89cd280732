//! Types that can be read from a value.

use std::ops::RangeInclusive;

use super::field::Field;
use super::node::{Origin, Value};

/// A type that can be read from a value of a document.
pub trait FromNode: Sized {
    /// The value as this type; `None` after at least one fault was reported.
    fn from_node(field: &mut Field<'_, '_>) -> Option<Self>;
}

/// A value together with where it was written, for faults that show only later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub at: Origin,
    /// Its dotted path.
    pub path: String,
}

/// A quantity above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Positive<T>(pub T);

impl<T: FromNode> FromNode for Located<T> {
    fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
        let value = T::from_node(field)?;
        Some(Self { value, at: field.origin(), path: field.path().to_owned() })
    }
}

/// Each element is read, also when one before it is wrong.
impl<T: FromNode> FromNode for Vec<T> {
    fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
        let Value::Array(items) = field.value() else {
            return field.mismatch("an array", Some("write the values in [ ]".to_owned()));
        };
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| T::from_node(&mut field.element(index, item)))
            .collect();
        read.into_iter().collect()
    }
}

impl FromNode for bool {
    fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
        match field.value() {
            Value::Boolean(flag) => Some(*flag),
            Value::String(text) if text == "true" || text == "false" => {
                let help = format!("write {text} without quotes");
                field.mismatch("true or false", Some(help))
            }
            _ => field.mismatch("true or false", None),
        }
    }
}

/// Any text that is not blank.
impl FromNode for String {
    fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
        match field.value() {
            Value::String(text) if text.trim().is_empty() => field.fault("the text is empty", None),
            Value::String(text) => Some(text.clone()),
            Value::Integer(number) => {
                let help = format!("write \"{number}\"");
                field.mismatch("text", Some(help))
            }
            _ => field.mismatch("text", None),
        }
    }
}

/// A plain number; whole numbers are numbers too. Infinity is refused.
impl FromNode for f64 {
    fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
        match field.value() {
            Value::Float(number) if number.is_finite() => Some(*number),
            Value::Float(number) => {
                let problem = format!("`{number}` is not a finite number");
                field.fault(problem, None)
            }
            Value::Integer(number) => Some(*number as Self),
            _ => field.mismatch("a number", None),
        }
    }
}

/// A whole number within a range.
pub(super) fn whole(field: &mut Field<'_, '_>, range: &RangeInclusive<i64>) -> Option<i64> {
    let (low, high) = (range.start(), range.end());
    match field.value() {
        Value::Integer(number) if range.contains(number) => Some(*number),
        Value::Integer(number) if number < low => {
            let problem = format!("{number} is too small");
            field.fault(problem, Some(bounds(*low, *high)))
        }
        Value::Integer(number) => {
            let problem = format!("{number} is too large");
            field.fault(problem, Some(bounds(*low, *high)))
        }
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            let help = format!("write {number:.0}");
            field.mismatch("a whole number", Some(help))
        }
        Value::String(text) => {
            let help = text.trim().parse::<i64>().ok().map(|number| format!("write {number}"));
            field.mismatch("a whole number", help)
        }
        _ => field.mismatch("a whole number", None),
    }
}

fn bounds(low: i64, high: i64) -> String {
    match (low, high) {
        (i64::MIN, _) => format!("write at most {high}"),
        (_, i64::MAX) => format!("write at least {low}"),
        _ => format!("write {low} to {high}"),
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl FromNode for $type {
            fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
                let low = i64::try_from(<$type>::MIN).unwrap_or(i64::MIN);
                let high = i64::try_from(<$type>::MAX).unwrap_or(i64::MAX);
                Self::try_from(whole(field, &(low..=high))?).ok()
            }
        }
    )*};
}
whole_numbers!(u16, u32, u64, usize, i64);
