//! A scenario, a table and a mapping, put together.

use std::collections::BTreeSet;
use std::path::Path;

use super::file::{self, ParameterFile};
use super::fit::Entry;
use super::glob::Glob;
use super::key::{Key, Scale, movable};
use super::mapping::Mapping;
use super::observation::{Observation, Observations, Point};
use super::standard;
use super::subject::{Subject, subjects};
use crate::diagnostic::{Diagnostics, suggest};
use crate::scenario::document::FileAccess;
use crate::trace::TraceError;
use crate::trace::table::Table;
use crate::units::UnitKind;

/// Why measurements and scenario do not come together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The scenario or the mapping has faults, or the scenario with the values of a row.
    #[error(transparent)]
    Scenario(#[from] Diagnostics),
    /// The table has faults.
    #[error(transparent)]
    Table(#[from] TraceError),
    /// The scenario cannot be modelled with the values of a row.
    #[error("{table}, line {line}: the scenario cannot be modelled with these values: {reason}")]
    Refused {
        /// The table.
        table: String,
        /// Its line.
        line: u64,
        /// Why.
        reason: String,
    },
}

/// Everything that is known before anything is fitted or scored.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the columns mean.
    pub mapping: Mapping,
    /// The rows.
    pub observations: Observations,
    pub(super) points: Vec<Point>,
    pub(super) subjects: Vec<Subject>,
}

impl Setup {
    /// Reads scenario and mapping and sees `table` through them. Without a mapping the headers of
    /// the table say what its columns are.
    ///
    /// # Errors
    /// Every fault of the mapping, then of the table, then of the scenario with any row's values.
    pub fn load(
        scenario: &Path,
        table: &Table,
        map: Option<&Path>,
        files: &dyn FileAccess,
    ) -> Result<Self, SetupError> {
        let mapping = match map {
            Some(map) => Mapping::load(map, files)?,
            None => standard::mapping(table)?,
        };
        let observations = Observations::of(table, &mapping)?;
        let points = observations.points();
        let subjects = subjects(scenario, files, &mapping, &observations, &points)?;
        unknown(&mapping, &subjects, &table.name).into_result(())?;
        for (subject, point) in subjects.iter().zip(&points) {
            if let Some(reason) = subject.refused() {
                let line = point.rows.first().map_or(1, |&i| observations.rows[i].line);
                return Err(SetupError::Refused { table: table.name.clone(), line, reason });
            }
        }
        Ok(Self { mapping, observations, points, subjects })
    }

    /// The same with only the rows that `wanted` says, told the cells of a row by column.
    #[must_use]
    pub fn only(&self, wanted: &dyn Fn(usize, &Observation) -> bool) -> Self {
        let mut observations = self.observations.clone();
        observations.rows.clear();
        let (mut points, mut subjects) = (Vec::new(), Vec::new());
        for (p, (point, subject)) in self.points.iter().zip(&self.subjects).enumerate() {
            let rows = point.rows.iter().map(|&i| &self.observations.rows[i]);
            let rows: Vec<Observation> = rows.filter(|row| wanted(p, row)).cloned().collect();
            if rows.is_empty() {
                continue;
            }
            let first = observations.rows.len();
            observations.rows.extend(rows);
            points
                .push(Point { rows: (first..observations.rows.len()).collect(), ..point.clone() });
            subjects.push(subject.clone());
        }
        Self { mapping: self.mapping.clone(), observations, points, subjects }
    }

    /// Parameters of any row that may be moved, in order of name and group.
    pub(super) fn candidates(&self) -> Vec<(Key, Scale)> {
        let mut found = std::collections::BTreeMap::new();
        for subject in &self.subjects {
            for id in subject.parameters.ids() {
                let parameter = subject.parameters.parameter(id);
                let name = &parameter.name;
                // Sizes are known of hardware and protocols; who doubts one names it.
                let size = parameter.kind == UnitKind::Bytes && self.mapping.fit == Glob::all();
                if !movable(parameter) || size || self.mapping.keep.matches(name) {
                    continue;
                }
                let apart = self.mapping.apart.parameters.matches(name);
                let group = if apart { subject.group.clone() } else { String::new() };
                let key = Key { name: name.clone(), group };
                found.entry(key).or_insert_with(|| Scale::of(parameter));
            }
        }
        found.into_iter().collect()
    }

    /// Every measured value.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (point, of) in self.points.iter().enumerate() {
            for &row in &of.rows {
                let measured = &self.observations.rows[row].measured;
                for (metric, (m, value)) in self.mapping.measured.iter().zip(measured).enumerate() {
                    if let Some(value) = value {
                        let log = m.metric.log(*value);
                        entries.push(Entry { row, point, metric, log, weight: 1.0, fit: m.fit });
                    }
                }
            }
        }
        entries
    }

    /// Whether the parameters of a file are numbers of the kind that the scenario has.
    ///
    /// # Errors
    /// Each that is not.
    pub fn accepts(&self, file: &ParameterFile, name: &str) -> Result<(), Diagnostics> {
        let mut faults = Diagnostics::new();
        for (key, parameter) in &file.parameters {
            let own = self.subjects.iter().find_map(|subject| {
                let id = subject.parameters.id(&key.name)?;
                Some(subject.parameters.parameter(id).kind)
            });
            faults.extend(file::wrong_kind(name, parameter, own));
        }
        faults.into_result(())
    }

    /// Kinds of path that any row takes.
    pub(super) fn path_kinds(&self) -> Vec<String> {
        let kinds = self.subjects.iter().flat_map(Subject::path_kinds);
        kinds.collect::<BTreeSet<String>>().into_iter().collect()
    }

    /// Relative repeatability of each metric.
    pub(super) fn noise(&self) -> Vec<f64> {
        let of = |m: &super::mapping::Measured| m.noise.unwrap_or(m.metric.usual_noise());
        self.mapping.measured.iter().map(of).collect()
    }
}

/// Names of parameters in the mapping that no row's scenario has.
fn unknown(mapping: &Mapping, subjects: &[Subject], table: &str) -> Diagnostics {
    let mut known = BTreeSet::new();
    for subject in subjects {
        let ids = subject.parameters.ids();
        known.extend(ids.map(|id| subject.parameters.parameter(id).name.as_str()));
    }
    let fault = |keys: &[&str], pattern: &String| {
        let one = Glob::any_of(std::slice::from_ref(pattern));
        if known.iter().any(|name| one.matches(name)) {
            return None;
        }
        let help = match pattern.split_once('*') {
            None => suggest(pattern, known.iter().copied()).map(str::to_owned),
            Some((head, _)) => {
                // What stands before the star is held against as many parts of the names.
                let parts = head.trim_end_matches('.').split('.').count();
                let heads: BTreeSet<String> = known
                    .iter()
                    .map(|name| name.split('.').take(parts).collect::<Vec<_>>().join("."))
                    .collect();
                let near = suggest(head.trim_end_matches('.'), heads.iter().map(String::as_str));
                near.map(|near| format!("{near}.*"))
            }
        };
        let problem = if pattern.contains('*') {
            format!("`{pattern}` fits no parameter of the scenario")
        } else {
            format!("`{pattern}` is no parameter of the scenario")
        };
        let fault = mapping.fault(table, keys, Some(pattern), &problem);
        Some(match help {
            Some(near) => fault.with_help(format!("did you mean `{near}`?")),
            None => fault,
        })
    };
    let lists: [(&[&str], &Glob); 3] = [
        (&["fit", "parameters"], &mapping.fit),
        (&["fit", "keep"], &mapping.keep),
        (&["apart", "parameters"], &mapping.apart.parameters),
    ];
    let of = |(keys, glob): (&[&str], &Glob)| -> Vec<_> {
        glob.patterns().iter().filter_map(|pattern| fault(keys, pattern)).collect()
    };
    lists.into_iter().flat_map(of).collect()
}
