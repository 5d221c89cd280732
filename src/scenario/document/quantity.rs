//! Quantities read from text; a bare number is told that its unit is missing.

use std::str::FromStr;

use super::field::Field;
use super::from_node::{FromNode, Positive};
use super::node::Value;
use crate::units::{
    BitRate, Bytes, Iops, QuantityError, Ratio, SimDuration, SimTime, UnitKind, format_as, parse_as,
};

fn refuse<T>(field: &mut Field<'_, '_>, error: &QuantityError) -> Option<T> {
    field.fault(error.to_string(), Some(error.help()))
}

/// The value through `read` when it is text; else a fault that says what is missing.
fn from_text<T>(
    field: &mut Field<'_, '_>,
    kind: UnitKind,
    read: impl FnOnce(&str) -> Result<T, QuantityError>,
) -> Option<T> {
    let number = match field.value() {
        Value::String(text) => {
            return match read(text) {
                Ok(quantity) => Some(quantity),
                Err(error) => refuse(field, &error),
            };
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return field.mismatch(&format!("{} as text with a unit", kind.noun()), None),
    };
    refuse(field, &QuantityError::UnitMissing { kind, number })
}

/// The value in the base unit of a kind that is known only at run time.
pub(super) fn read_as(field: &mut Field<'_, '_>, kind: UnitKind) -> Option<f64> {
    if kind != UnitKind::Count {
        return from_text(field, kind, |text| parse_as(kind, text));
    }
    let number = f64::from_node(field)?;
    if number < 0.0 {
        let problem = format!("`{number}` is negative");
        return field.fault(problem, Some("write a number of zero or more".to_owned()));
    }
    Some(number)
}

macro_rules! quantities {
    ($($type:ty, $kind:ident, $zero:expr;)*) => {$(
        impl FromNode for $type {
            fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
                from_text(field, UnitKind::$kind, Self::from_str)
            }
        }

        impl FromNode for Positive<$type> {
            fn from_node(field: &mut Field<'_, '_>) -> Option<Self> {
                let quantity = <$type>::from_node(field)?;
                if quantity == $zero {
                    let help = format!("write more than {}", format_as(UnitKind::$kind, 0.0));
                    return field.fault("must be above zero", Some(help));
                }
                Some(Self(quantity))
            }
        }
    )*};
}
quantities! {
    SimDuration, Time, SimDuration::ZERO;
    SimTime, Time, SimTime::ZERO;
    Bytes, Bytes, Bytes::ZERO;
    BitRate, Rate, BitRate::ZERO;
    Iops, Iops, Iops::ZERO;
    Ratio, Ratio, Ratio::ZERO;
}
