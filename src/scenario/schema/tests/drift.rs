//! What readers ask for against the schema.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fields;
use super::super::shape::{Field, Shape, counts, field as told};
use super::samples::{blocks, faults, read_all};
use super::walk::{at_path, field, places};
use crate::scenario::document::asked::{Asked, How, gather};
use crate::scenario::document::path_steps;
use crate::units::UnitKind;

/// Fields that are not like the others.
#[derive(Clone, Copy, Default)]
pub(crate) struct Apart<'a> {
    /// Read otherwise than by a reader, or whatever they hold: their tests are elsewhere.
    pub(crate) otherwise: &'a [&'a str],
    /// With bounds that depend on other fields.
    pub(crate) dynamic: &'a [&'a str],
    /// Asked for only to be refused with a word: table and field.
    pub(crate) refused: &'a [(&'a str, &'a str)],
    /// Whose reader looks at the value as it is for one of its shapes.
    pub(crate) as_they_are: &'a [&'a str],
}

const APART: Apart<'_> = Apart {
    otherwise: &[
        ".include",
        ".calibration",
        ".apart",
        ".variants[].set",
        ".parameters",
        ".parameters.*",
    ],
    dynamic: &[".storage.*.controllers-lost", ".nodes.*.hbas.*.ports", ".nodes.*.hbas.*.lost.*"],
    refused: &[(".backups.*.when", "stagger"), (".traffic.*.when", "stagger")],
    as_they_are: &[
        ".cluster.windows",
        ".vms.*.disks.*.growth",
        ".curves.*.growth.range",
        ".vms.*.needs",
        ".vms.*.disks.*.needs",
        ".timeline.start",
        "number.range",
    ],
};

/// In what schema and readers differ.
pub(crate) fn differences(fields: Vec<Field>, asked: &[Asked], apart: &Apart<'_>) -> Vec<String> {
    let root = Shape::Table(fields);
    let known = compare(&root, asked, apart);
    let unread = unread(&root, &known, apart);
    known.wrong.into_iter().chain(unread).collect()
}

/// The last word of a type without what it is wrapped in, and how many lists are around it.
fn plain(name: &str) -> (String, usize) {
    let lists = name.matches("::Vec<").count();
    let inner = name.rsplit('<').next().unwrap_or(name).trim_end_matches('>');
    (inner.rsplit("::").next().unwrap_or(inner).to_owned(), lists)
}

fn kind_of(name: &str) -> Option<UnitKind> {
    Some(match name {
        "SimDuration" | "SimTime" => UnitKind::Time,
        "Bytes" => UnitKind::Bytes,
        "BitRate" => UnitKind::Rate,
        "Iops" => UnitKind::Iops,
        "Ratio" => UnitKind::Ratio,
        _ => return None,
    })
}

/// Whether a shape is what was asked for.
fn fits(how: &How, shape: &Shape) -> bool {
    match (how, shape) {
        (How::Raw, _)
        // The words that `names` reads are checked by the reader one by one.
        | (How::Names, Shape::Names | Shape::Words(_))
        | (How::Table, Shape::Table(_) | Shape::Named(..) | Shape::Tree(..))
        | (How::Array, Shape::Array(_))
        | (How::Quantity(UnitKind::Count), Shape::Number) => true,
        (How::Tables, Shape::Named(_, held)) => {
            matches!(**held, Shape::Table(_) | Shape::Named(..))
        }
        (How::Quantity(kind), Shape::Quantity(of)) => kind == of,
        (How::Whole(low, high), Shape::Whole(from, to)) => from == low && high <= to,
        (How::Words(words), Shape::Words(of)) => {
            words.iter().collect::<BTreeSet<_>>() == of.iter().collect()
        }
        (How::Names, Shape::List(item)) => matches!(**item, Shape::Words(_)),
        (How::Typed(name), shape) => {
            let (name, lists) = plain(name);
            let mut shape = shape;
            for _ in 0..lists {
                let Shape::List(item) = shape else { return false };
                shape = item;
            }
            match shape {
                Shape::Flag => name == "bool",
                Shape::Number => name == "f64",
                Shape::Quantity(kind) => kind_of(&name) == Some(*kind),
                Shape::Text
                | Shape::Name
                | Shape::Pattern(_)
                | Shape::Length(_)
                | Shape::Instant
                | Shape::Words(_) => name == "String",
                _ => false,
            }
        }
        _ => false,
    }
}

/// What readers asked for, by place.
struct Known {
    by_place: BTreeMap<String, Vec<How>>,
    wrong: Vec<String>,
}

fn compare(root: &Shape, asked: &[Asked], apart: &Apart<'_>) -> Known {
    let mut known = Known { by_place: BTreeMap::new(), wrong: Vec::new() };
    for Asked { table, field: name, how } in asked {
        let steps = if table.is_empty() { Vec::new() } else { path_steps(table).unwrap() };
        at_path(root, &steps, |at| {
            let found = at.and_then(|at| field(at, name));
            match found {
                None if at.is_some_and(|at| apart.refused.contains(&(&at.place, name))) => {}
                None => known.wrong.push(format!("{table}: the schema has no `{name}`")),
                Some(found) => {
                    let dynamic = apart.dynamic.contains(&found.place.as_str());
                    if !found.shapes.iter().any(|shape| fits(how, shape)) && !dynamic {
                        let told = format!("{}: {how:?}, not {:?}", found.place, found.shapes);
                        known.wrong.push(told);
                    }
                    let all = known.by_place.entry(found.place).or_default();
                    if !all.contains(how) {
                        all.push(how.clone());
                    }
                }
            }
        });
    }
    known.wrong.sort();
    known.wrong.dedup();
    known
}

/// Places in the schema that nobody asks for, and shapes that nobody reads.
fn unread(root: &Shape, known: &Known, apart: &Apart<'_>) -> Vec<String> {
    let mut unread = Vec::new();
    for (place, shapes) in places(root) {
        if apart.otherwise.contains(&place.as_str()) {
            continue;
        }
        let Some(hows) = known.by_place.get(&place) else {
            unread.push(format!("{place}: no reader asks for it"));
            continue;
        };
        if place == "number" || apart.as_they_are.contains(&place.as_str()) {
            continue;
        }
        for shape in shapes {
            let read = hows.iter().any(|how| *how != How::Raw && fits(how, &shape));
            let one_word = matches!(&shape, Shape::Words(words) if words.len() == 1);
            let same_high = |how: &How| match (how, &shape) {
                (How::Whole(_, high), Shape::Whole(_, to)) => high == to,
                _ => true,
            };
            let bounds = hows.iter().any(|how| matches!(how, How::Whole(..)) && same_high(how));
            let bounded = !matches!(shape, Shape::Whole(..)) || bounds;
            if !(read && bounded || one_word || apart.dynamic.contains(&place.as_str())) {
                unread.push(format!("{place}: {shape:?} is not what is read: {hows:?}"));
            }
        }
    }
    unread
}

#[test]
fn schema_and_readers_know_the_same_fields_of_the_same_types_and_choices() {
    let asked = gather(read_all);
    assert!(asked.len() > 10_000, "{}", asked.len());
    let differences = differences(fields(), &asked, &APART);
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn a_drift_is_seen() {
    let asked = gather(|| {
        blocks().iter().take(5).for_each(|block| _ = faults(block));
    });
    let mut fields = fields();
    let run = fields.iter_mut().find(|field| field.name == "run").unwrap();
    let Shape::Table(of_run) = &mut run.shape else { panic!("a table") };
    let seed = of_run.remove(0);
    of_run.push(told("sead", seed.shape, ""));
    of_run.retain(|field| field.name != "level");
    of_run.push(told("level", Shape::Flag, ""));
    of_run.retain(|field| field.name != "replications");
    of_run.push(told("replications", counts(2, 100), ""));
    let events = fields.iter_mut().find(|field| field.name == "events").unwrap();
    let Shape::Array(of_events) = &mut events.shape else { panic!("a list of tables") };
    let does = of_events.iter_mut().find(|field| field.name == "do").unwrap();
    let Shape::Words(does) = &mut does.shape else { panic!("words") };
    does.pop();
    let differences = differences(fields, &asked, &APART);
    let seen = |begins: &str| differences.iter().any(|told| told.starts_with(begins));
    assert!(seen("run: the schema has no `seed`"), "{differences:#?}");
    assert!(seen(".run.sead: no reader asks for it"));
    assert!(seen(".run.level: Typed"));
    assert!(seen(".run.replications: Whole"));
    assert!(seen(".events[].do: Words"));
}

#[test]
fn every_field_is_explained() {
    fn look(place: &str, shape: &Shape, silent: &mut Vec<String>) {
        match shape {
            Shape::Table(fields) | Shape::Array(fields) | Shape::Tree(fields, _) => {
                for field in fields {
                    let place = format!("{place}.{}", field.name);
                    let told = field.about.len() > 3 && !field.about.contains(": .");
                    if !told || !field.about.ends_with('.') {
                        silent.push(format!("{place}: {}", field.about));
                    }
                    look(&place, &field.shape, silent);
                }
            }
            Shape::OneOf(shapes) => shapes.iter().for_each(|shape| look(place, shape, silent)),
            Shape::Named(_, held) | Shape::List(held) => look(place, held, silent),
            _ => {}
        }
    }
    let mut silent = Vec::new();
    look("", &Shape::Table(fields()), &mut silent);
    assert!(silent.is_empty(), "{silent:#?}");
}
