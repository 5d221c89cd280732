//! A number that is fitted, and the scale it is fitted on.

use crate::experiment::is_compiled;
use crate::provenance::Parameter;
use crate::random::maths;
use crate::units::UnitKind;

/// A parameter, of all rows or of those of one group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Name of the parameter.
    pub name: String,
    /// The group, as `column=value`; empty for all rows.
    pub group: String,
}

impl Key {
    /// Whether rows of `group` are moved by it.
    #[must_use]
    pub fn applies(&self, group: &str) -> bool {
        self.group.is_empty() || self.group == group
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.group.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{} ({})", self.name, self.group)
        }
    }
}

/// The logarithm of value plus offset, on which parameters are searched, with its bounds.
///
/// The offset is a fiftieth of the upper bound where the lower one is zero, so that zero is a
/// place like any other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    offset: f64,
    pub(super) start: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Standard deviations in the range of a parameter, which is a belief of 95 %.
const RANGE_DEVIATIONS: f64 = 2.0 * 1.96;

impl Scale {
    pub(super) fn of(parameter: &Parameter) -> Self {
        let offset = if parameter.low > 0.0 { 0.0 } else { parameter.high / 50.0 };
        let log = |value: f64| maths::ln((value + offset).max(1e-300));
        Self {
            offset,
            start: log(parameter.value),
            low: log(parameter.low),
            high: log(parameter.high),
        }
    }

    pub(super) fn value(&self, z: f64) -> f64 {
        (maths::exp(z) - self.offset).max(0.0)
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        maths::ln((value + self.offset).max(1e-300))
    }

    /// Standard deviation of the belief held before any measurement.
    pub(super) fn prior(&self) -> f64 {
        ((self.high - self.low) / RANGE_DEVIATIONS).max(1e-9)
    }

    pub(super) fn clamped(&self, z: f64) -> f64 {
        z.clamp(self.low, self.high)
    }
}

/// Whether a parameter may be moved: not exact, no error of the model itself, and no count of
/// things, which cannot be moved a little.
pub(super) fn movable(parameter: &Parameter) -> bool {
    let whole = parameter.kind == UnitKind::Count && !parameter.name.ends_with("scv");
    !parameter.exact() && is_compiled(&parameter.name) && !whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::Source;

    #[test]
    fn the_scale_goes_there_and_back() {
        let fixed = Parameter::fixed("x", UnitKind::Time, 2.0, Source::Assumed);
        for (low, high) in [(1.0, 8.0), (0.0, 8.0)] {
            let scale = Scale::of(&Parameter { low, high, ..fixed.clone() });
            assert!((scale.value(scale.start) - 2.0).abs() < 1e-12);
            assert!((scale.value(scale.clamped(99.0)) - 8.0).abs() < 1e-9);
            assert!((scale.value(scale.clamped(-99.0)) - low).abs() < 1e-9);
            assert!((scale.place(3.0) - scale.start).abs() > 0.0);
        }
    }
}
