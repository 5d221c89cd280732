//! Values of fields, as a scenario file spells them.

use super::part::Part;
use crate::units::{BitRate, Bytes, Iops, Ratio, SimDuration};

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field(pub(super) toml::Value);

impl Field {
    /// Several values.
    #[must_use]
    pub fn list<F: Into<Self>>(values: impl IntoIterator<Item = F>) -> Self {
        Self(toml::Value::Array(values.into_iter().map(|value| value.into().0).collect()))
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self(toml::Value::String(text.to_owned()))
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self(toml::Value::String(text))
    }
}

impl From<bool> for Field {
    fn from(is: bool) -> Self {
        Self(toml::Value::Boolean(is))
    }
}

impl From<u32> for Field {
    fn from(count: u32) -> Self {
        Self(toml::Value::Integer(count.into()))
    }
}

impl From<f64> for Field {
    fn from(number: f64) -> Self {
        Self(toml::Value::Float(number))
    }
}

impl From<Part> for Field {
    fn from(part: Part) -> Self {
        Self(toml::Value::Table(part.table))
    }
}

impl<F: Into<Self>> From<Vec<F>> for Field {
    fn from(values: Vec<F>) -> Self {
        Self::list(values)
    }
}

/// Quantities are written with their unit, exactly.
macro_rules! quantities {
    ($($quantity:ty),*) => {
        $(impl From<$quantity> for Field {
            fn from(quantity: $quantity) -> Self {
                Self::from(format!("{quantity:#}"))
            }
        })*
    };
}

quantities!(BitRate, Bytes, Iops, Ratio, SimDuration);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As a scenario has it.
    fn written(field: impl Into<Field>) -> String {
        let field = field.into();
        field.0.as_str().expect("quantities are texts").to_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// What is written reads back as the same quantity.
        #[test]
        fn quantities_read_back(
            bytes in 0_u64..1 << 50,
            ps in 0_u64..u64::MAX / 4,
            bits in 1_u64..1 << 45,
            share in 0.0_f64..1.0,
            rate in 0.001_f64..1e9,
        ) {
            prop_assert_eq!(written(Bytes::new(bytes)).parse(), Ok(Bytes::new(bytes)));
            let time = SimDuration::from_ps(ps);
            prop_assert_eq!(written(time).parse(), Ok(time));
            let speed = BitRate::from_bps(bits);
            prop_assert_eq!(written(speed).parse(), Ok(speed));
            let share = Ratio::from_fraction(share).unwrap();
            let back: Ratio = written(share).parse().unwrap();
            prop_assert!((back.fraction() - share.fraction()).abs() <= 1e-15);
            let rate = Iops::new(rate).unwrap();
            prop_assert_eq!(written(rate).parse(), Ok(rate));
        }
    }
}
