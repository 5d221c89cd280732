//! Serialization of quantities as text with a unit.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Visitor};

use super::{QuantityError, UnitKind};

/// Reads a quantity from text, and tells who writes a bare number that the unit is missing.
pub(super) struct QuantityVisitor<T> {
    pub(super) kind: UnitKind,
    pub(super) quantity: PhantomData<T>,
}

impl<T> QuantityVisitor<T> {
    fn bare<E: Error>(&self, number: &impl ToString) -> E {
        explained(&QuantityError::UnitMissing { kind: self.kind, number: number.to_string() })
    }
}

fn explained<E: Error>(error: &QuantityError) -> E {
    E::custom(format_args!("{error}; {}", error.help()))
}

impl<T: FromStr<Err = QuantityError>> Visitor<'_> for QuantityVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} written as text with a unit", self.kind.noun())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(|error| explained(&error))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        Err(self.bare(&number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        Err(self.bare(&number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        Err(self.bare(&number))
    }
}

/// Writes the exact text of a quantity and reads it back through `FromStr`.
macro_rules! serde_as_text {
    ($type:ty, $kind:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&format_args!("{self:#}"))
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any($crate::units::text::QuantityVisitor {
                    kind: $kind,
                    quantity: std::marker::PhantomData,
                })
            }
        }
    };
}
pub(super) use serde_as_text;
