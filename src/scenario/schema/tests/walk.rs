//! From a path of a file to the shapes that may stand there.

use super::super::shape::{Field, Shape, parameter_kind};

/// A place in the schema: names of fields, `*` for names that others give, `[]` for elements.
pub(crate) type Place = String;

/// What may stand at a place.
pub(crate) struct At<'s> {
    pub(crate) place: Place,
    pub(crate) shapes: Vec<&'s Shape>,
}

/// The alternatives of a shape.
fn each(shape: &Shape) -> Vec<&Shape> {
    match shape {
        Shape::OneOf(shapes) => shapes.iter().flat_map(each).collect(),
        shape => vec![shape],
    }
}

fn of_field<'s>(place: &str, field: &'s Field) -> At<'s> {
    // There are hundreds of numbers of the model, all alike.
    let place = if parameter_kind(&field.shape).is_some() {
        "number".to_owned()
    } else {
        format!("{place}.{}", field.name)
    };
    At { place, shapes: each(&field.shape) }
}

/// The field of that name.
pub(crate) fn field<'s>(at: &At<'s>, name: &str) -> Option<At<'s>> {
    at.shapes.iter().find_map(|shape| match shape {
        Shape::Table(fields) => {
            fields.iter().find(|field| field.name == name).map(|field| of_field(&at.place, field))
        }
        Shape::Tree(fields, patterns) => {
            let whole = fields.iter().find(|field| field.name == name);
            let fits = |family: &str, field: &Field| {
                name.strip_prefix(family)
                    .and_then(|rest| rest.strip_prefix('.'))
                    .and_then(|rest| rest.strip_suffix(&field.name))
                    .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            };
            let known = patterns.iter().find(|(family, field)| fits(family, field));
            whole.or(known.map(|(_, field)| field)).map(|field| of_field(&at.place, field))
        }
        Shape::Named(_, held) => Some(At { place: format!("{}.*", at.place), shapes: each(held) }),
        _ => None,
    })
}

/// An element of a list.
fn element<'s>(at: &At<'s>, tables: &'s mut Vec<Shape>) -> Option<At<'s>> {
    let place = format!("{}[]", at.place);
    for shape in &at.shapes {
        match shape {
            Shape::List(item) => return Some(At { place, shapes: each(item) }),
            Shape::Array(fields) => {
                tables.push(Shape::Table(fields.clone()));
                return Some(At { place, shapes: vec![tables.last()?] });
            }
            _ => {}
        }
    }
    None
}

/// What may stand at a path, and whatever `then` makes of it.
pub(crate) fn at_path<T>(
    root: &Shape,
    steps: &[String],
    then: impl FnOnce(Option<&At<'_>>) -> T,
) -> T {
    fn go<T>(here: &At<'_>, steps: &[String], then: impl FnOnce(Option<&At<'_>>) -> T) -> T {
        let [step, rest @ ..] = steps else { return then(Some(here)) };
        let mut tables = Vec::new();
        let next = if step.starts_with('[') {
            element(here, &mut tables)
        } else {
            field(here, step.trim_matches('"'))
        };
        match next {
            Some(next) => go(&next, rest, then),
            None => then(None),
        }
    }
    go(&At { place: String::new(), shapes: each(root) }, steps, then)
}

/// Every place with what may stand there.
pub(crate) fn places(root: &Shape) -> Vec<(Place, Vec<Shape>)> {
    let mut all = Vec::new();
    gather("", root, &mut all);
    all
}

fn gather(place: &str, shape: &Shape, all: &mut Vec<(Place, Vec<Shape>)>) {
    for shape in each(shape) {
        match shape {
            Shape::Table(fields) => fields_of(place, fields, all),
            Shape::Array(fields) => fields_of(&format!("{place}[]"), fields, all),
            Shape::Named(_, held) => {
                let place = format!("{place}.*");
                if !matches!(**held, Shape::Anything | Shape::Table(_)) {
                    all.push((place.clone(), each(held).into_iter().cloned().collect()));
                }
                gather(&place, held, all);
            }
            Shape::List(item) => gather(&format!("{place}[]"), item, all),
            _ => {}
        }
    }
}

fn fields_of(place: &str, fields: &[Field], all: &mut Vec<(Place, Vec<Shape>)>) {
    for field in fields {
        let at = of_field(place, field);
        if !all.iter().any(|(known, _)| *known == at.place) {
            let shapes = at.shapes.iter().map(|shape| (*shape).clone()).collect();
            all.push((at.place.clone(), shapes));
            gather(&at.place, &field.shape, all);
        }
    }
}
