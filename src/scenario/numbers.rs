//! One number of the model as files write it: plain, or with its range and source.

use super::document::{Node, Reader, Value};
use crate::provenance::{Parameter, Source};
use crate::units::{QuantityError, UnitKind, format_as, parse_as};

/// Who writes the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The built-in catalogue: the source must be told.
    Catalogue,
    /// The user, who vouches for what has no other source.
    User,
}

/// The parameter in `field`, called `name`.
pub(super) fn parameter(
    reader: &mut Reader<'_, '_>,
    field: &str,
    name: &str,
    kind: UnitKind,
    author: Author,
) -> Option<Parameter> {
    if reader.raw(field)?.as_table().is_some() {
        return reader.table(field, |reader| described(reader, name, kind, author)).flatten();
    }
    if author == Author::Catalogue {
        let help = "write { value = .., source = .. }".to_owned();
        reader.fault_at(field, "expected a table", Some(help));
        return None;
    }
    let value = reader.quantity(field, kind)?;
    let given = Parameter::fixed(name, kind, value, Source::Given);
    within_bounds(reader, field, given)
}

fn described(
    reader: &mut Reader<'_, '_>,
    name: &str,
    kind: UnitKind,
    author: Author,
) -> Option<Parameter> {
    let there = reader.must_have("value");
    let value = if there { reader.quantity("value", kind) } else { None };
    let range = reader.has("range").then(|| range(reader, kind));
    let sources = Source::ALL.map(|source| (source.name(), source));
    let source = match reader.choice("source", &sources) {
        Some(source) => source,
        None if author == Author::User || reader.has("source") => Source::Given,
        None => {
            reader.must_have("source");
            return None;
        }
    };
    let (link, note) = (reader.text("link"), reader.text("note"));
    let value = value?;
    let (low, high) = range.unwrap_or(Some((value, value)))?;
    let fixed = Parameter::fixed(name, kind, value, source);
    let parameter = Parameter { low, high, link, note, ..fixed };
    if !(low <= value && value <= high) {
        let text = |number| format_as(kind, number);
        let problem =
            format!("the range {} to {} does not hold {}", text(low), text(high), text(value));
        reader.fault_at("range", problem, None);
        return None;
    }
    within_bounds(reader, "value", parameter)
}

fn range(reader: &mut Reader<'_, '_>, kind: UnitKind) -> Option<(f64, f64)> {
    let ends = match reader.raw("range").map(|node| &node.value) {
        Some(Value::Array(items)) if items.len() == 2 => {
            let ends: Result<Vec<f64>, _> = items.iter().map(|item| quantity(item, kind)).collect();
            ends
        }
        _ => Err(("expected the two ends of a range".to_owned(), None)),
    };
    match ends {
        Ok(ends) => Some((ends[0], ends[1])),
        Err((problem, help)) => {
            reader.fault_at("range", problem, help);
            None
        }
    }
}

/// The value of a node as a quantity, in the base unit of its kind.
fn quantity(node: &Node, kind: UnitKind) -> Result<f64, (String, Option<String>)> {
    let refuse = |error: QuantityError| (error.to_string(), Some(error.help()));
    let number = match &node.value {
        Value::String(text) if kind != UnitKind::Count => {
            return parse_as(kind, text).map_err(refuse);
        }
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        other => {
            return Err((format!("expected {}, found {}", kind.noun(), other.type_name()), None));
        }
    };
    if kind != UnitKind::Count {
        return Err(refuse(QuantityError::UnitMissing { kind, number: number.to_string() }));
    }
    if number.is_finite() && number >= 0.0 {
        Ok(number)
    } else {
        Err((format!("{number} is not a number of zero or more"), None))
    }
}

/// The kind of a number of which only the text is known: units tell kinds apart.
pub(super) fn kind_of(node: &Node) -> Option<UnitKind> {
    let kinds = [UnitKind::Time, UnitKind::Bytes, UnitKind::Rate, UnitKind::Iops, UnitKind::Ratio];
    match &node.value {
        Value::Integer(_) | Value::Float(_) => Some(UnitKind::Count),
        Value::String(text) => kinds.into_iter().find(|kind| parse_as(*kind, text).is_ok()),
        _ => None,
    }
}

/// Last words of names whose value is a share of a whole.
const SHARES: [&str; 3] = ["cache-share", "sequential-hit", "rotation-share"];
/// Sizes that may be nothing at all.
const OPTIONAL_SIZES: [&str; 6] =
    ["read-cache", "write-cache", "inline-max", "cache-size", "options", "message"];
/// Counts that may be nothing at all.
const OPTIONAL_COUNTS: [&str; 3] = ["cache-drives", "workers", "worker-backlog"];

/// The parameter, when its value can be built.
fn within_bounds(
    reader: &mut Reader<'_, '_>,
    field: &str,
    parameter: Parameter,
) -> Option<Parameter> {
    let last = parameter.name.rsplit('.').next().unwrap_or_default();
    let problem = match parameter.kind {
        UnitKind::Rate | UnitKind::Iops if parameter.value == 0.0 => "must be above zero",
        UnitKind::Bytes if parameter.value == 0.0 && !OPTIONAL_SIZES.contains(&last) => {
            "must be above zero"
        }
        UnitKind::Ratio if parameter.value > 1.0 && SHARES.contains(&last) => "is more than 100 %",
        UnitKind::Ratio if parameter.value == 0.0 && last == "relative-cost" => {
            "must be above zero"
        }
        UnitKind::Count
            if parameter.value < 1.0
                && !last.ends_with("scv")
                && !OPTIONAL_COUNTS.contains(&last) =>
        {
            "must be at least one"
        }
        _ => return Some(parameter),
    };
    reader.fault_at(field, problem, None);
    None
}
