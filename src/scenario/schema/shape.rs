//! What may stand in a field.

use serde_json::Value;

use crate::scenario::models::{Catalogue, Family};
use crate::units::UnitKind;

/// What may stand somewhere.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Text that is not blank.
    Text,
    /// Text of a certain form.
    Pattern(&'static str),
    /// True or false.
    Flag,
    /// A plain number, zero or more.
    Number,
    /// A whole number within bounds.
    Whole(u64, u64),
    /// A quantity with its unit.
    Quantity(UnitKind),
    /// A length of time on the calendar; months and years too where that is true.
    Length(bool),
    /// A date and time, or a length since the start.
    Instant,
    /// One of several words.
    Words(Vec<String>),
    /// The name of something.
    Name,
    /// A name, or a list of names.
    Names,
    /// A list.
    List(Box<Shape>),
    /// One of several shapes.
    OneOf(Vec<Shape>),
    /// A table with these fields and no others.
    Table(Vec<Field>),
    /// A list of such tables.
    Array(Vec<Field>),
    /// A table whose keys are told by others: a pattern they fit, if any, and what they hold.
    Named(Option<&'static str>, Box<Shape>),
    /// Numbers of the model; names of several parts, or `FAMILY.NAME.FIELD` of hardware.
    Tree(Vec<Field>, Vec<(&'static str, Field)>),
    /// Whatever there is.
    Anything,
}

/// A field of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Its name.
    pub(super) name: String,
    /// What it holds.
    pub(super) shape: Shape,
    /// What it means.
    pub(super) about: String,
    /// What it is where it is not stated.
    pub(super) default: Option<Value>,
    /// Whether it must be there.
    pub(super) required: bool,
}

pub(crate) fn field(name: &str, shape: Shape, about: &str) -> Field {
    let (name, about) = (name.to_owned(), about.to_owned());
    Field { name, shape, about, default: None, required: false }
}

impl Field {
    /// With what it is where it is not stated.
    pub(crate) fn or(self, default: impl Into<Value>) -> Self {
        Self { default: Some(default.into()), ..self }
    }

    /// Must be there.
    pub(crate) fn needed(self) -> Self {
        Self { required: true, ..self }
    }
}

pub(crate) const fn text() -> Shape {
    Shape::Text
}

pub(crate) const fn flag() -> Shape {
    Shape::Flag
}

pub(crate) const fn number() -> Shape {
    Shape::Number
}

pub(crate) const fn name() -> Shape {
    Shape::Name
}

pub(crate) const fn names() -> Shape {
    Shape::Names
}

pub(crate) const fn counts(low: u64, high: u64) -> Shape {
    Shape::Whole(low, high)
}

/// A whole number from `low` on.
pub(crate) const fn count(low: u64) -> Shape {
    Shape::Whole(low, u64::MAX)
}

pub(crate) const fn time() -> Shape {
    Shape::Quantity(UnitKind::Time)
}

pub(crate) const fn size() -> Shape {
    Shape::Quantity(UnitKind::Bytes)
}

pub(crate) const fn rate() -> Shape {
    Shape::Quantity(UnitKind::Rate)
}

pub(crate) const fn operations() -> Shape {
    Shape::Quantity(UnitKind::Iops)
}

pub(crate) const fn ratio() -> Shape {
    Shape::Quantity(UnitKind::Ratio)
}

pub(crate) fn words(words: &[&str]) -> Shape {
    Shape::Words(words.iter().map(|word| (*word).to_owned()).collect())
}

/// The words that a reader knows.
pub(crate) fn words_of<T>(options: &[(&str, T)]) -> Shape {
    Shape::Words(options.iter().map(|(word, _)| (*word).to_owned()).collect())
}

/// The models of a family.
pub(crate) fn model(catalogue: &Catalogue, family: Family) -> Shape {
    Shape::Words(catalogue.names(family).map(str::to_owned).collect())
}

pub(crate) fn list(of: Shape) -> Shape {
    Shape::List(Box::new(of))
}

pub(crate) fn one_of(shapes: impl Into<Vec<Shape>>) -> Shape {
    Shape::OneOf(shapes.into())
}

pub(crate) fn table(fields: impl Into<Vec<Field>>) -> Shape {
    Shape::Table(fields.into())
}

pub(crate) fn array(fields: impl Into<Vec<Field>>) -> Shape {
    Shape::Array(fields.into())
}

/// A table whose keys are names.
pub(crate) fn named(of: Shape) -> Shape {
    Shape::Named(None, Box::new(of))
}

/// The kind of a number of the model, where it is one.
pub(super) fn parameter_kind(shape: &Shape) -> Option<UnitKind> {
    let Shape::OneOf(shapes) = shape else { return None };
    match shapes.as_slice() {
        [Shape::Quantity(kind), Shape::Table(_)] => Some(*kind),
        [Shape::Number, Shape::Table(_)] => Some(UnitKind::Count),
        _ => None,
    }
}

/// A number of the model: plain, or with what is known of it.
pub(crate) fn parameter(kind: UnitKind) -> Shape {
    let plain = if kind == UnitKind::Count { Shape::Number } else { Shape::Quantity(kind) };
    let sources = crate::provenance::Source::ALL.map(crate::provenance::Source::name);
    one_of([
        plain.clone(),
        table([
            field("value", plain.clone(), "The best estimate."),
            field(
                "range",
                list(plain),
                "The two ends of what is believed, at 95 %, with the value between them. Left \
                 out, the value is exact and takes no part in the prediction interval.",
            ),
            field("source", words(&sources), "Where the number comes from.").or("given"),
            field("link", text(), "Where the evidence can be read."),
            field("note", text(), "What to know before trusting it."),
        ]),
    ])
}
