//! Fitted parameters put in force, with what is known of their error.

use std::path::Path;

use super::AppError;
use crate::calibrate::{ParameterFile, path_kind, wrong_kind};
use crate::cluster::{Compiled, Evidence};
use crate::diagnostic::Diagnostics;
use crate::provenance::{Parameter, ParameterSet, Source};
use crate::scenario::Variant;
use crate::scenario::document::DiskFiles;
use crate::units::UnitKind;

/// A file of fitted parameters, and the rows of it that are meant.
pub(super) struct Fitted {
    file: ParameterFile,
    set: ParameterSet,
    name: String,
}

/// Reads it.
///
/// # Errors
/// When the file has faults, or nothing of the rows meant.
pub(super) fn fitted(path: &Path, rows: &str) -> Result<Fitted, AppError> {
    let file = ParameterFile::load(path, &DiskFiles)?;
    let groups = file.groups();
    if !rows.is_empty() && !groups.contains(rows) {
        let known = groups.iter().map(|group| format!("`{group}`")).collect();
        return Err(AppError::Rows { path: path.to_owned(), rows: rows.to_owned(), known });
    }
    let set = file.of(rows);
    if rows.is_empty() && set.is_empty() && !groups.is_empty() {
        let known = groups.iter().map(|group| format!("`{group}`")).collect();
        return Err(AppError::Rows { path: path.to_owned(), rows: "all rows".into(), known });
    }
    Ok(Fitted { file, set, name: path.display().to_string() })
}

impl Fitted {
    /// Replaces the scenario's values, but for those it states exactly, and says what is outside
    /// of what was measured.
    ///
    /// # Errors
    /// Numbers of another kind than the scenario's.
    pub(super) fn put_into(&self, variant: &mut Variant) -> Result<(), AppError> {
        let scenario = &mut variant.scenario;
        let kind = |name: &str| scenario.parameters.get(name).map(|own| own.kind);
        let wrong = |p: &Parameter| wrong_kind(&self.name, p, kind(&p.name));
        let faults: Diagnostics = self.set.iter().filter_map(wrong).collect();
        faults.into_result(())?;
        for parameter in self.set.iter() {
            match scenario.parameters.get(&parameter.name) {
                None => scenario.notes.push(format!(
                    "`{}` of {} is no parameter of this scenario",
                    parameter.name, self.name
                )),
                Some(own) if own.exact() && own.source == Source::Given => {
                    scenario.notes.push(format!(
                        "`{}` is stated in the scenario, and not taken from {}",
                        parameter.name, self.name
                    ));
                }
                Some(_) => _ = scenario.parameters.insert(parameter.clone()),
            }
        }
        if let Some(error) = self.file.error {
            let name = Evidence::Measured.error_parameter();
            let note = format!("rows left out of the fit, {}", self.name);
            let fixed = Parameter::fixed(name, UnitKind::Ratio, error, Source::Fitted);
            scenario.parameters.insert(Parameter { note: Some(note), ..fixed });
        }
        for range in &self.file.ranges {
            if let Some(outside) = range.outside_scenario(&variant.document) {
                let note = format!("outside of what {} was fitted on: {outside}", self.name);
                scenario.notes.push(note);
            }
        }
        Ok(())
    }

    /// Marks the paths that were measured, and those that only have fitted parts.
    pub(super) fn mark(&self, variant: &Variant, compiled: &mut Compiled) {
        if self.file.measured.is_empty() {
            return;
        }
        for path in &mut compiled.disks {
            let kind = path_kind(&variant.scenario.cluster, path);
            let (evidence, note) = Evidence::of_runs(self.file.measured.contains(&kind));
            if evidence < path.evidence {
                (path.evidence, path.evidence_note) = (evidence, note);
            }
        }
    }
}
