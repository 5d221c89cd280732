//! One number of the model, with its range and its source.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Source;
use crate::units::{UnitKind, format_as};

/// One number of the model.
///
/// `low` and `high` bound what the author believes: the true value lies between them with a
/// probability of 95 %. All three are in the base unit of `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Parameter {
    /// Dotted path, such as `smb.server.tcp.per_io`.
    pub name: String,
    /// What the number counts.
    pub kind: UnitKind,
    /// The best estimate, in the base unit of `kind`.
    pub value: f64,
    /// The lower end of the 95 % belief, at most `value`.
    pub low: f64,
    /// The upper end of the 95 % belief, at least `value`.
    pub high: f64,
    /// Where the number comes from.
    pub source: Source,
    /// Where the evidence can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What a reader should know before trusting it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why a parameter makes no sense.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// A value or an end of the range is infinite or not a number.
    #[error("`{name}`: {part} is not a finite number")]
    NotFinite {
        /// The parameter.
        name: String,
        /// Which of the three numbers.
        part: &'static str,
    },
    /// A value or an end of the range is below zero.
    #[error("`{name}`: {part} is negative")]
    Negative {
        /// The parameter.
        name: String,
        /// Which of the three numbers.
        part: &'static str,
    },
    /// The value lies outside its own range, or the range is upside down.
    #[error("`{name}`: the value {value} is outside its range {low} to {high}")]
    OutOfRange {
        /// The parameter.
        name: String,
        /// The value, with its unit.
        value: String,
        /// The lower end, with its unit.
        low: String,
        /// The upper end, with its unit.
        high: String,
    },
}

impl Parameter {
    /// A parameter known exactly: its range is the value itself.
    #[must_use]
    pub fn fixed(name: impl Into<String>, kind: UnitKind, value: f64, source: Source) -> Self {
        let name = name.into();
        Self { name, kind, value, low: value, high: value, source, link: None, note: None }
    }

    /// Whether the range has no width, so that no sampling over belief can move the value.
    #[must_use]
    pub fn exact(&self) -> bool {
        self.low == self.high
    }

    /// Checks that the three numbers are finite, not negative, and in order.
    ///
    /// # Errors
    /// Names the first number that is not.
    pub fn validate(&self) -> Result<(), ParameterError> {
        for (part, number) in [("value", self.value), ("low", self.low), ("high", self.high)] {
            let name = self.name.clone();
            if !number.is_finite() {
                return Err(ParameterError::NotFinite { name, part });
            }
            if number < 0.0 {
                return Err(ParameterError::Negative { name, part });
            }
        }
        if self.low <= self.value && self.value <= self.high {
            return Ok(());
        }
        let text = |number| format_as(self.kind, number);
        Err(ParameterError::OutOfRange {
            name: self.name.clone(),
            value: text(self.value),
            low: text(self.low),
            high: text(self.high),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency(low: f64, value: f64, high: f64) -> Parameter {
        let fixed = Parameter::fixed("disk.latency", UnitKind::Time, value, Source::Assumed);
        Parameter { low, high, ..fixed }
    }

    #[test]
    fn a_range_must_hold_its_value() {
        assert_eq!(latency(1e-3, 2e-3, 3e-3).validate(), Ok(()));
        assert_eq!(latency(2e-3, 2e-3, 2e-3).validate(), Ok(()));
        let fault = latency(3e-3, 2e-3, 3e-3).validate().unwrap_err().to_string();
        assert_eq!(
            fault,
            "`disk.latency`: the value 2.00 ms is outside its range 3.00 ms to 3.00 ms"
        );
        assert!(latency(1e-3, 2e-3, 1e-3).validate().is_err());
    }

    #[test]
    fn numbers_must_be_finite_and_not_negative() {
        let fault = |p: Parameter| p.validate().unwrap_err().to_string();
        assert_eq!(fault(latency(-1.0, 1.0, 2.0)), "`disk.latency`: low is negative");
        assert_eq!(
            fault(latency(0.0, 1.0, f64::INFINITY)),
            "`disk.latency`: high is not a finite number"
        );
    }

    #[test]
    fn only_a_range_without_width_is_exact() {
        assert!(latency(1.0, 1.0, 1.0).exact());
        assert!(!latency(1.0, 1.0, 2.0).exact());
    }
}
