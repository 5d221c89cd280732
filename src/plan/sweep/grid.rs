//! The grid file: what is swept, written by people.
//!
//! ```
//! use csvnet::plan::sweep::Grid;
//! use csvnet::scenario::document::Document;
//!
//! let text = "scenario = 'cluster.toml'\n\
//!             [axes.depth]\npath = 'workloads.web.outstanding'\nvalues = [1, 4, 16]\n\
//!             [axes.block]\npath = 'workloads.web.block'\n\
//!             low = '4 KiB'\nhigh = '64 KiB'\nsteps = 5\nscale = 'log'\n";
//! let grid = Grid::read(Document::from_text("grid.toml", text)?)?;
//! assert_eq!(grid.axes().map(|axis| axis.levels.len()).collect::<Vec<_>>(), [3, 5]);
//! # Ok::<(), csvnet::diagnostic::Diagnostics>(())
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use super::hypercube::strata;
use super::level::{Axis, Draft, Level, literal};
use super::points::{Design, Effort, Seeds};
use super::range::Range;
use super::record::Recorded;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::random::Seed;
use crate::scenario::document::{
    Document, FileAccess, Located, Node, Origin, Reader, Table, Value, path_steps,
};

/// Axes beyond these are a mistake.
const MOST_AXES: usize = 64;
/// Levels of an axis of a grid.
pub(super) const MOST_LEVELS: u64 = 10_000;
/// Points of a sweep, all variants together.
pub(super) const MOST_POINTS: u64 = 1_000_000;

/// A grid file as read: what it says by itself is sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    pub(super) document: Document,
    /// What it is about.
    pub title: Option<String>,
    /// The scenario, relative to the grid file.
    pub scenario: String,
    /// How points are evaluated.
    pub effort: Effort,
    /// What is recorded of each.
    pub record: Vec<Recorded>,
    /// Seed of every point instead of the scenario's.
    pub seed: Option<u64>,
    /// Whether all points have the same seed.
    pub seeds: Seeds,
    /// Variants; all of the scenario where none is named.
    pub variants: Vec<Located<String>>,
    /// Values that all points have.
    pub set: Vec<(String, String)>,
    /// Grid or Latin hypercube.
    pub design: Design,
    pub(super) drafts: Vec<Draft>,
    /// Of a Latin hypercube: the levels of each of its points.
    pub(super) samples: Vec<Vec<u32>>,
}

/// How the levels of an axis are written.
enum Written {
    Values(Vec<(String, Origin)>),
    Range(Range, Option<u64>, Origin),
    Named(Vec<(Level, Origin)>),
}

/// An axis as written.
struct Column {
    name: String,
    at: Origin,
    paths: Vec<String>,
    written: Option<Written>,
}

impl Grid {
    /// Reads a grid file.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn load(path: &Path, files: &dyn FileAccess) -> Result<Self, Diagnostics> {
        Self::read(Document::load(path, files)?)
    }

    /// The grid in a document.
    ///
    /// # Errors
    /// Every fault of it, in order of place.
    pub fn read(document: Document) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::new();
        let mut more = Diagnostics::new();
        let mut root = Reader::root(&document, &mut faults);
        let title = root.text("title");
        let scenario: Option<String> = root.required("scenario");
        let effort = root.choice("fidelity", &Effort::WORDS).unwrap_or(Effort::Fast);
        let record = record(&mut root, effort, &document, &mut more);
        let seed = root.count("seed", ..);
        let seeds = root.choice("seeds", &Seeds::WORDS).unwrap_or(Seeds::Common);
        let variants = root.names("variants").unwrap_or_default();
        let set = root.raw("set").map(|node| settings(&document, node, "set", &mut more));
        let design = root.table("latin-hypercube", |reader| {
            reader.must_have("points");
            let points = reader.count("points", 2..=MOST_POINTS).unwrap_or(2);
            Design::LatinHypercube { points, seed: reader.count("seed", ..).unwrap_or(1) }
        });
        let design = design.unwrap_or(Design::Grid);
        let columns = columns(&mut root, design, &document, &mut more);
        root.finish();
        let set = set.unwrap_or_default();
        more.append(twice(&document, &columns, &set));
        faults.append(more);
        if faults.is_empty() {
            faults.extend(too_many(&document, design, &columns, variants.len()));
        }
        let (drafts, samples) = match design {
            _ if !faults.is_empty() => (Vec::new(), Vec::new()),
            Design::Grid => (columns.iter().map(full).collect(), Vec::new()),
            Design::LatinHypercube { points, seed } => sampled(&columns, points, Seed(seed)),
        };
        let mut ordered: Vec<&Diagnostic> = faults.iter().collect();
        ordered.sort_by_key(|fault| fault.span.as_ref().map_or(0, |span| span.start));
        let ordered: Diagnostics = ordered.into_iter().cloned().collect();
        let set = set.into_iter().map(|(path, value, _)| (path, value)).collect();
        let scenario = scenario.unwrap_or_default();
        ordered.into_result(())?;
        Ok(Self {
            document,
            title,
            scenario,
            effort,
            record,
            seed,
            seeds,
            variants,
            set,
            design,
            drafts,
            samples,
        })
    }

    /// Its axes, in the order of the file.
    #[must_use]
    pub fn axes(&self) -> impl ExactSizeIterator<Item = &Axis> {
        self.drafts.iter().map(|draft| &draft.axis)
    }
}

/// What is recorded.
fn record(
    root: &mut Reader<'_, '_>,
    effort: Effort,
    document: &Document,
    faults: &mut Diagnostics,
) -> Vec<Recorded> {
    let simulated = effort == Effort::Simulate;
    let Some(names) = root.names("record") else { return Recorded::usual(simulated) };
    let mut all = Vec::new();
    for name in names {
        let plain = name.value.trim().to_lowercase().replace(['_', ' '], "-");
        let mut refuse = |problem: String, help: String| {
            faults.push(document.fault(&name.at, &name.path, problem).with_help(help));
        };
        match Recorded::ALL.iter().find(|(known, _)| *known == plain) {
            None => {
                let known: Vec<&str> = Recorded::ALL.iter().map(|(name, _)| *name).collect();
                let near = crate::diagnostic::suggest(&plain, known.iter().copied());
                let help = near.map_or_else(
                    || format!("there is {}", known.join(", ")),
                    |near| format!("did you mean \"{near}\"?"),
                );
                refuse(format!("`{}` is nothing that can be recorded", name.value), help);
            }
            Some((known, recorded)) if recorded.needs_simulation() && !simulated => refuse(
                format!("only a simulation tells `{known}`"),
                "write fidelity = \"simulate\", or leave it out".to_owned(),
            ),
            Some((_, recorded)) if !all.contains(recorded) => all.push(*recorded),
            Some(_) => {}
        }
    }
    all
}

/// Paths and values of a table; an unquoted dotted key is a path.
fn settings(
    document: &Document,
    node: &Node,
    field: &str,
    faults: &mut Diagnostics,
) -> Vec<(String, String, Origin)> {
    let Some(table) = node.as_table() else {
        let fault = document.fault(&node.origin(), field, "expected a table of paths and values");
        let help = "write \"volumes.CSV1.owner\" = \"HV2\" below its header";
        faults.push(fault.with_help(help));
        return Vec::new();
    };
    let mut all = Vec::new();
    collect(document, table, "", &mut all);
    for (path, _, at) in &all {
        if path_steps(path).is_none() {
            let problem = format!("`{path}` is no path");
            let help = "write it as in \"volumes.CSV1.owner\"";
            faults.push(document.fault(at, field, problem).with_help(help));
        }
    }
    all
}

fn collect(
    document: &Document,
    table: &Table,
    path: &str,
    all: &mut Vec<(String, String, Origin)>,
) {
    for (key, entry) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let text = &document.file(entry.node.file).text;
        let braced = text.get(entry.node.span.clone()).is_some_and(|text| text.starts_with('{'));
        match entry.node.as_table() {
            Some(table) if !braced => collect(document, table, &path, all),
            _ => all.push((path, literal(&entry.node), entry.key.clone())),
        }
    }
}

/// The axes, in the order in which they are written.
fn columns(
    root: &mut Reader<'_, '_>,
    design: Design,
    document: &Document,
    faults: &mut Diagnostics,
) -> Vec<Column> {
    let places = root.raw("axes").and_then(Node::as_table);
    let place = |name: &str| {
        let entry = places.and_then(|table| table.get(name));
        entry.map(|entry| entry.key.clone()).map(|at| ((at.file, at.span.start), at))
    };
    let mut columns = root.tables("axes", |name, reader| {
        let (order, at) = place(name).unzip();
        let at = at.unwrap_or_else(|| document.root().origin());
        (order, column(name, at, reader, design, document, faults))
    });
    columns.sort_by_key(|(order, _)| *order);
    let columns: Vec<Column> = columns.into_iter().map(|(_, column)| column).collect();
    if columns.is_empty() {
        let help = "add [axes.depth] with path = \"workloads.NAME.outstanding\" and \
                    values = [1, 4, 16]";
        root.fault_at("axes", "there is no axis", Some(help.to_owned()));
    } else if columns.len() > MOST_AXES {
        root.fault_at("axes", format!("there are more than {MOST_AXES} axes"), None);
    }
    columns
}

const HOW: &str = "write values = [1, 4, 16]; or low, high and steps; or [axes.NAME.is.LEVEL] with \
                   paths and values of its own";

fn column(
    name: &str,
    at: Origin,
    reader: &mut Reader<'_, '_>,
    design: Design,
    document: &Document,
    faults: &mut Diagnostics,
) -> Column {
    let mut paths: Vec<Located<String>> = reader.names("paths").unwrap_or_default();
    paths.extend(reader.name("path"));
    for path in &paths {
        if path_steps(&path.value).is_none() {
            let problem = format!("`{}` is no path", path.value);
            let help = "write it as in \"volumes.CSV1.owner\"";
            faults.push(document.fault(&path.at, &path.path, problem).with_help(help));
        }
    }
    let ways: Vec<&str> =
        ["values", "low", "is"].into_iter().filter(|way| reader.has(way)).collect();
    let written = match ways[..] {
        ["values"] => values(reader).map(Written::Values),
        ["low"] => {
            let range = Range::read(reader);
            let steps = steps(reader, design);
            range.map(|range| Written::Range(range, steps, at.clone()))
        }
        [_] => {
            let prefix = reader.path().to_owned();
            let node = reader.raw("is");
            node.map(|node| Written::Named(named(document, node, &prefix, faults)))
        }
        [] => {
            for field in ["high", "steps", "scale", "multiple-of"] {
                reader.raw(field);
            }
            reader.fault("it has no values", Some(HOW.to_owned()));
            None
        }
        [first, second, ..] => {
            for field in ["values", "low", "high", "steps", "scale", "multiple-of", "is"] {
                reader.raw(field);
            }
            let problem = format!("`{first}` and `{second}` exclude each other");
            reader.fault_at(second, problem, Some("keep one of the two".to_owned()));
            None
        }
    };
    match written {
        Some(Written::Named(_)) if !paths.is_empty() => {
            let problem = "each level has paths of its own, so the axis has none";
            reader.fault(problem, Some("leave out `path` and `paths`".to_owned()));
        }
        Some(Written::Values(_) | Written::Range(..)) if paths.is_empty() => {
            let help = "add path = \"workloads.NAME.outstanding\"".to_owned();
            reader.fault("it sets nothing", Some(help));
        }
        _ => {}
    }
    let paths = paths.into_iter().map(|path| path.value).collect();
    Column { name: name.to_owned(), at, paths, written }
}

fn values(reader: &mut Reader<'_, '_>) -> Option<Vec<(String, Origin)>> {
    let items = match reader.raw("values").map(|node| &node.value) {
        Some(Value::Array(items)) if !items.is_empty() => items,
        _ => {
            let help = "write values = [1, 4, 16] or values = [\"4 KiB\", \"64 KiB\"]".to_owned();
            reader.fault_at("values", "expected a list of values", Some(help));
            return None;
        }
    };
    Some(items.iter().map(|item| (literal(item), item.origin())).collect())
}

/// The steps of a range, which a grid needs and a hypercube does not take.
fn steps(reader: &mut Reader<'_, '_>, design: Design) -> Option<u64> {
    match design {
        Design::Grid => {
            if !reader.has("steps") {
                let help = "add steps = 5; a Latin hypercube, [latin-hypercube] with points = 100, \
                            needs none";
                reader.fault_at("steps", "the field `steps` is missing", Some(help.to_owned()));
            }
            reader.count("steps", 2..=MOST_LEVELS)
        }
        Design::LatinHypercube { .. } => {
            if reader.has("steps") {
                let help = "leave it out: each of the points has a value of its own".to_owned();
                reader.raw("steps");
                reader.fault_at("steps", "a Latin hypercube has no steps", Some(help));
            }
            None
        }
    }
}

/// Levels with names and values of their own, in the order in which they are written.
fn named(
    document: &Document,
    node: &Node,
    axis: &str,
    faults: &mut Diagnostics,
) -> Vec<(Level, Origin)> {
    let field = format!("{axis}.is");
    let levels = match node.as_table() {
        Some(table) if !table.is_empty() => table,
        _ => {
            let fault = document.fault(&node.origin(), &field, "expected a table of levels");
            let help = format!("write [{field}.far] and \"volumes.CSV1.owner\" = \"HV2\" below it");
            faults.push(fault.with_help(help));
            return Vec::new();
        }
    };
    let mut all = Vec::new();
    for (name, entry) in levels {
        let set = settings(document, &entry.node, &format!("{field}.{name}"), faults);
        let set = set.into_iter().map(|(path, value, _)| (path, value)).collect();
        all.push((Level { name: name.clone(), set }, entry.key.clone()));
    }
    all.sort_by_key(|(_, at)| (at.file, at.span.start));
    all
}

/// Values that are set twice: only one of them could count.
fn twice(document: &Document, columns: &[Column], set: &[(String, String, Origin)]) -> Diagnostics {
    let mut faults = Diagnostics::new();
    let steps = |path: &str| path_steps(path).unwrap_or_else(|| vec![path.to_owned()]);
    let of_set: Vec<Vec<String>> = set.iter().map(|(path, ..)| steps(path)).collect();
    let mut seen: Vec<(Vec<String>, &str)> = Vec::new();
    for column in columns {
        let named = match &column.written {
            Some(Written::Named(levels)) => levels.as_slice(),
            _ => &[],
        };
        let own = named.iter().flat_map(|(level, _)| level.set.iter().map(|(path, _)| path));
        let mut own: Vec<&String> = column.paths.iter().chain(own).collect();
        own.sort_unstable();
        own.dedup();
        for path in &own {
            let whole = steps(path);
            let other = seen.iter().find(|(part, _)| part.starts_with(&whole));
            // A later axis may set a part of what an earlier one puts there.
            let constant = of_set.iter().any(|part| part.starts_with(&whole));
            let first = match other {
                Some((_, first)) => format!("axis `{first}`"),
                None if constant => "[set]".to_owned(),
                None => continue,
            };
            let problem = format!("`{path}` is set by {first} as well, and only one can count");
            let field = format!("axes.{}", column.name);
            let help = "keep one of the two, or set both in the levels of one axis";
            faults.push(document.fault(&column.at, &field, problem).with_help(help));
        }
        seen.extend(own.iter().map(|path| (steps(path), column.name.as_str())));
    }
    faults
}

/// A fault where there are more points than a sweep may have.
fn too_many(
    document: &Document,
    design: Design,
    columns: &[Column],
    variants: usize,
) -> Option<Diagnostic> {
    let count = |column: &Column| match &column.written {
        Some(Written::Values(values)) => values.len() as u64,
        Some(Written::Named(levels)) => levels.len() as u64,
        Some(Written::Range(_, steps, _)) => steps.unwrap_or(1),
        None => 1,
    };
    let points = match design {
        Design::Grid => columns.iter().map(count).fold(1_u64, u64::saturating_mul),
        Design::LatinHypercube { points, .. } => points,
    };
    let points = points.saturating_mul(variants.max(1) as u64);
    if points <= MOST_POINTS {
        return None;
    }
    let at = document.get("axes").map_or_else(|| document.root().origin(), Node::origin);
    let problem = format!("{points} points are more than the {MOST_POINTS} a sweep may have");
    let help = "take fewer levels, or a Latin hypercube: [latin-hypercube] with points = 1000";
    Some(document.fault(&at, "axes", problem).with_help(help))
}

/// All levels of an axis of a grid.
fn full(column: &Column) -> Draft {
    match &column.written {
        Some(Written::Values(values)) => {
            Draft::of(&column.name, column.paths.clone(), values.clone())
        }
        Some(Written::Range(range, steps, at)) => {
            let levels = range.steps(steps.unwrap_or(2)).into_iter();
            let levels = levels.map(|level| (level, at.clone())).collect();
            Draft::of(&column.name, column.paths.clone(), levels)
        }
        Some(Written::Named(levels)) => {
            let axis = Axis {
                name: column.name.clone(),
                kind: None,
                paths: Vec::new(),
                levels: levels.iter().map(|(level, _)| level.clone()).collect(),
            };
            Draft { axis, places: levels.iter().map(|(_, at)| at.clone()).collect() }
        }
        None => Draft::of(&column.name, column.paths.clone(), Vec::new()),
    }
}

/// The axes of a Latin hypercube with the levels that its points have, and those points.
fn sampled(columns: &[Column], points: u64, seed: Seed) -> (Vec<Draft>, Vec<Vec<u32>>) {
    let mut samples = vec![Vec::with_capacity(columns.len()); points as usize];
    let mut drafts = Vec::new();
    for column in columns {
        let places = strata(points as usize, seed, &column.name);
        let draft = if let Some(Written::Range(range, _, at)) = &column.written {
            let names: Vec<String> = places.iter().map(|place| range.level(*place)).collect();
            let levels = names.iter().map(|name| (name.clone(), at.clone())).collect();
            let draft = Draft::of(&column.name, column.paths.clone(), levels);
            let of: BTreeMap<&str, u32> =
                (0..).zip(&draft.axis.levels).map(|(k, l)| (l.name.as_str(), k)).collect();
            for (sample, name) in samples.iter_mut().zip(&names) {
                sample.push(of.get(name.as_str()).copied().unwrap_or(0));
            }
            draft
        } else {
            let draft = full(column);
            let count = draft.axis.levels.len();
            for (sample, place) in samples.iter_mut().zip(&places) {
                let level = ((place * count as f64) as usize).min(count.saturating_sub(1));
                sample.push(level as u32);
            }
            draft
        };
        drafts.push(draft);
    }
    (drafts, samples)
}
