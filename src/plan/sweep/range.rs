//! Ranges: low, high, and what lies between.

use super::level::literal;
use crate::random::maths;
use crate::scenario::document::{Node, Reader, Value};
use crate::units::{Bytes, UnitKind, parse_as};

/// How the values of a range lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Equal steps.
    Linear,
    /// Equal ratios.
    Log,
}

/// A number as written, with its unit.
#[derive(Clone, Debug, PartialEq)]
struct Amount {
    /// In the base unit.
    value: f64,
    /// None for a plain number.
    unit: Option<(UnitKind, String)>,
    whole: bool,
}

/// The kinds whose numbers carry units.
const KINDS: [UnitKind; 5] =
    [UnitKind::Time, UnitKind::Bytes, UnitKind::Rate, UnitKind::Iops, UnitKind::Ratio];

impl Amount {
    /// What a value is; none where it is no number.
    fn of(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Integer(n) => Some(Self { value: *n as f64, unit: None, whole: true }),
            Value::Float(x) if x.is_finite() => Some(Self { value: *x, unit: None, whole: false }),
            Value::String(text) => {
                let of = |kind: &UnitKind| Some((*kind, parse_as(*kind, text).ok()?));
                let (kind, value) = KINDS.iter().find_map(of)?;
                Some(Self { value, unit: Some((kind, unit(text)?)), whole: false })
            }
            _ => None,
        }
    }

    fn kind(&self) -> Option<UnitKind> {
        self.unit.as_ref().map(|(kind, _)| *kind)
    }
}

/// What stands behind the number.
fn unit(text: &str) -> Option<String> {
    let text = text.trim();
    let ends = (0..=text.len()).rev().filter(|end| text.is_char_boundary(*end));
    let number = |end: &usize| text[..*end].trim_end().parse::<f64>().is_ok_and(f64::is_finite);
    let end = ends.into_iter().find(number)?;
    Some(text[end..].trim().to_owned())
}

/// A range of numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    low: Amount,
    high: Amount,
    scale: Scale,
    /// Values are multiples of it, in the base unit.
    multiple: Option<f64>,
}

impl Range {
    /// Reads `low`, `high`, `scale` and `multiple-of` of an axis.
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Option<Self> {
        let scale = reader.choice("scale", &[("linear", Scale::Linear), ("log", Scale::Log)]);
        let low = amount(reader, "low");
        let high = amount(reader, "high");
        let multiple = reader.has("multiple-of").then(|| amount(reader, "multiple-of"));
        let (low, high) = (low?, high?);
        if low.kind() != high.kind() {
            let problem = "it is of another kind than `low`";
            reader.fault_at("high", problem, Some("write both with the same unit".to_owned()));
            return None;
        }
        if low.value >= high.value {
            reader.fault_at("high", "it is not above `low`", None);
            return None;
        }
        let scale = scale.unwrap_or(Scale::Linear);
        if scale == Scale::Log && low.value <= 0.0 {
            let help = "begin above zero, or write scale = \"linear\"".to_owned();
            reader.fault_at("low", "equal ratios cannot begin at zero", Some(help));
            return None;
        }
        let multiple = match multiple {
            None => None,
            Some(multiple) => {
                let multiple = multiple?;
                if multiple.kind() != low.kind() || multiple.value <= 0.0 {
                    let help = format!("write it as `low`, such as {}", low.text(low.value));
                    let problem = "it is no amount of the kind of `low` above zero";
                    reader.fault_at("multiple-of", problem, Some(help));
                    return None;
                }
                Some(multiple.value)
            }
        };
        Some(Self { low, high, scale, multiple })
    }

    fn whole(&self) -> bool {
        self.low.whole && self.high.whole
    }

    /// The levels of a grid: so many steps from low to high, both included.
    pub(super) fn steps(&self, steps: u64) -> Vec<String> {
        let last = (steps.max(2) - 1) as f64;
        (0..steps.max(2)).map(|k| self.text(self.at(k as f64 / last))).collect()
    }

    /// The level at a place in (0, 1). Each whole number has an equal part of it.
    pub(super) fn level(&self, place: f64) -> String {
        if !self.whole() {
            return self.text(self.at(place));
        }
        let (low, beyond) = (self.low.value, self.high.value + 1.0);
        let value = self.between(low, beyond, place).floor();
        self.text(value.clamp(low, self.high.value))
    }

    fn at(&self, place: f64) -> f64 {
        // Both ends are met exactly.
        if place <= 0.0 {
            self.low.value
        } else if place >= 1.0 {
            self.high.value
        } else {
            self.between(self.low.value, self.high.value, place)
        }
    }

    fn between(&self, low: f64, high: f64, place: f64) -> f64 {
        match self.scale {
            Scale::Linear => low + place * (high - low),
            Scale::Log => low * maths::exp(place * maths::ln(high / low)),
        }
    }

    fn text(&self, value: f64) -> String {
        let value = self.multiple.map_or(value, |m| ((value / m).round() * m).max(m));
        if self.whole() {
            return format!("{:.0}", value.round());
        }
        self.low.text(value)
    }
}

impl Amount {
    /// A value in the unit of this one. Nine digits are more than anybody can measure, and fewer
    /// than machines differ in.
    fn text(&self, value: f64) -> String {
        match &self.unit {
            None => {
                let plain = rounded(value);
                // A number with a fraction stays one.
                if self.whole { format!("{value:.0}") } else { format!("{plain:?}") }
            }
            // There is no part of a byte.
            Some((UnitKind::Bytes, _)) if value < 9e15 => {
                format!("{:#}", Bytes::new(value.round() as u64))
            }
            Some((kind, unit)) => {
                let one = parse_as(*kind, &format!("1 {unit}")).unwrap_or(1.0);
                format!("{} {unit}", rounded(value / one))
            }
        }
    }
}

fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

fn amount(reader: &mut Reader<'_, '_>, field: &str) -> Option<Amount> {
    if !reader.must_have(field) {
        return None;
    }
    let node = reader.raw(field)?;
    let amount = Amount::of(node);
    if amount.is_none() {
        let help = "write a number, or one with a unit as text, such as \"64 KiB\"".to_owned();
        let problem = format!("`{}` is no number", literal(node));
        reader.fault_at(field, problem, Some(help));
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::scenario::document::Document;

    fn read(text: &str) -> Result<Range, String> {
        let document = Document::from_text("a.toml", text).unwrap();
        let mut faults = Diagnostics::new();
        let mut root = Reader::root(&document, &mut faults);
        let range = Range::read(&mut root);
        root.finish();
        faults.into_result(()).map_err(|faults| faults.to_string())?;
        Ok(range.unwrap())
    }

    #[test]
    fn steps_meet_both_ends() {
        let range = read("low = 1\nhigh = 64\nscale = 'log'").unwrap();
        assert_eq!(range.steps(7), ["1", "2", "4", "8", "16", "32", "64"]);
        let range = read("low = '4 KiB'\nhigh = '1 MiB'\nscale = 'log'").unwrap();
        assert_eq!(range.steps(5), ["4 KiB", "16 KiB", "64 KiB", "256 KiB", "1 MiB"]);
        let range = read("low = '10 %'\nhigh = '100 %'").unwrap();
        assert_eq!(range.steps(4), ["10 %", "40 %", "70 %", "100 %"]);
        let range = read("low = 0.5\nhigh = 2").unwrap();
        assert_eq!(range.steps(4), ["0.5", "1.0", "1.5", "2.0"]);
        let range = read("low = '1 ms'\nhigh = '1 s'\nscale = 'log'").unwrap();
        assert_eq!(range.steps(4), ["1 ms", "10 ms", "100 ms", "1000 ms"]);
        let range = read("low = '4 KiB'\nhigh = '64 KiB'\nmultiple-of = '4 KiB'").unwrap();
        assert_eq!(range.steps(5), ["4 KiB", "20 KiB", "36 KiB", "48 KiB", "64 KiB"]);
        let range = read("low = '10 Gbit/s'\nhigh = '100 Gbit/s'").unwrap();
        assert_eq!(range.steps(3), ["10 Gbit/s", "55 Gbit/s", "100 Gbit/s"]);
    }

    #[test]
    fn whole_numbers_have_equal_parts() {
        let range = read("low = 1\nhigh = 4").unwrap();
        let levels: Vec<String> = (0..8).map(|k| range.level((f64::from(k) + 0.5) / 8.0)).collect();
        assert_eq!(levels, ["1", "1", "2", "2", "3", "3", "4", "4"]);
        assert_eq!(range.level(1.0), "4");
        let range = read("low = '1 ms'\nhigh = '3 ms'").unwrap();
        assert_eq!(range.level(0.25), "1.5 ms");
    }

    #[test]
    fn what_is_no_range_is_told() {
        for (text, part) in [
            ("low = 1", "the field `high` is missing"),
            ("low = 2\nhigh = 2", "not above `low`"),
            ("low = '1 ms'\nhigh = 2", "another kind"),
            ("low = 0\nhigh = 2\nscale = 'log'", "cannot begin at zero"),
            ("low = 'x'\nhigh = 2", "`x` is no number"),
            ("low = inf\nhigh = 2", "is no number"),
            ("low = 1\nhigh = 2\nmultiple-of = '1 B'", "no amount of the kind"),
            ("low = 1\nhigh = 2\nscale = 'square'", "linear"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}
