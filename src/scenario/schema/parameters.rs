//! `[parameters]`: the numbers of the model, by names of several parts.

use std::collections::BTreeMap;

use super::shape::{Field, Shape, field, named, parameter, table};
use super::storage::meaning;
use crate::provenance::Parameter;
use crate::scenario::models::{Catalogue, Family};
use crate::units::{UnitKind, format_as};

/// A number of the model.
pub(super) fn number_of(kind: UnitKind) -> Shape {
    parameter(kind)
}

/// A tree of names: what a part stands for, or what is below it.
#[derive(Default)]
struct Names<'p> {
    below: BTreeMap<&'p str, Names<'p>>,
    whole: BTreeMap<&'p str, &'p Parameter>,
}

pub(super) fn field_of(catalogue: &Catalogue) -> Field {
    let mut names = Names::default();
    for parameter in catalogue.parameters().iter() {
        names.add(&parameter.name, parameter);
    }
    let mut fields = names.fields();
    let mut patterns = Vec::new();
    for family in Family::ALL {
        let numbers = family.numbers();
        if !numbers.is_empty() && !matches!(family, Family::Arrays | Family::Devices | Family::S2d)
        {
            hardware(family.name(), "model", numbers, &mut fields, &mut patterns);
        }
    }
    let families = [("", Family::Arrays), ("", Family::Devices), ("", Family::S2d)];
    let drives = ["cache-", "capacity-"].map(|part| (part, Family::Devices));
    let numbers = families.into_iter().chain(drives).flat_map(|(part, family)| {
        family.numbers().iter().map(move |(number, kind)| (format!("{part}{number}"), *kind))
    });
    let numbers: BTreeMap<String, UnitKind> = numbers.collect();
    let numbers: Vec<(&str, UnitKind)> =
        numbers.iter().map(|(number, kind)| (number.as_str(), *kind)).collect();
    hardware("storage", "storage system", &numbers, &mut fields, &mut patterns);
    field(
        "parameters",
        Shape::Tree(fields, patterns),
        "Numbers of the model, of the hardware and of the storage. A plain number is exact; \
         { value, range } says how far it is known.",
    )
}

/// Numbers of hardware: a table by family, model and number, or names with dots.
fn hardware(
    family: &'static str,
    what: &str,
    numbers: &[(&str, UnitKind)],
    fields: &mut Vec<Field>,
    patterns: &mut Vec<(&'static str, Field)>,
) {
    let of = |number: &str, kind: UnitKind| {
        let drive = number.strip_prefix("cache-").filter(|_| meaning(number).is_empty());
        let plain = drive.or_else(|| number.strip_prefix("capacity-")).unwrap_or(number);
        let told = if meaning(number).is_empty() { meaning(plain) } else { meaning(number) };
        let mut letters = told.chars();
        let first = letters.next().map_or(String::new(), |c| c.to_uppercase().to_string());
        field(number, parameter(kind), &format!("{first}{}.", letters.as_str()))
    };
    let own: Vec<Field> = numbers.iter().map(|(number, kind)| of(number, *kind)).collect();
    for (number, kind) in numbers {
        patterns.push((family, of(number, *kind)));
    }
    fields.push(field(family, named(table(own)), &format!("By name of the {what}.")));
}

impl<'p> Names<'p> {
    fn add(&mut self, name: &'p str, parameter: &'p Parameter) {
        self.whole.insert(name, parameter);
        if let Some((part, rest)) = name.split_once('.') {
            self.below.entry(part).or_default().add(rest, parameter);
        }
    }

    /// A field for each part, and for each name that is written whole.
    fn fields(&self) -> Vec<Field> {
        let below = self.below.iter().map(|(part, names)| {
            field(part, table(names.fields()), &format!("Parameters of {part}."))
        });
        let whole = self.whole.iter().map(|(name, known)| {
            let part = known.name != *name && name.contains('.');
            let about = if part { format!("Parameter {}.", known.name) } else { about(known) };
            field(name, parameter(known.kind), &about)
        });
        below.chain(whole).collect()
    }
}

/// Value, range and what is known of it.
fn about(parameter: &Parameter) -> String {
    let text = |value| format_as(parameter.kind, value);
    let range = if parameter.low < parameter.high {
        format!(" ({} to {})", text(parameter.low), text(parameter.high))
    } else {
        String::new()
    };
    let about = format!("Built in: {}{range}", text(parameter.value));
    match &parameter.note {
        Some(note) => format!("{about}; {note}."),
        None => format!("{about}."),
    }
}
