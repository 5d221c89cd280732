//! Judges the model by families of measurements, one a folder.

use std::path::{Path, PathBuf};

use super::measured::table;
use super::{AppError, Hooks};
use crate::calibrate::{
    CalibrationError, Family, Setup, ValidationError, Watch, validate as judge,
};
use crate::diagnostic::{Diagnostic, SourceFile};
use crate::experiment::ExperimentError;
use crate::report::{FamilyReport, ValidationReport};
use crate::scenario::document::DiskFiles;

/// The files of a family.
const FILES: [&str; 4] = ["family.toml", "scenario.toml", "map.toml", "calibration.csv"];

/// Fits and scores every family in `folder`, or only those named.
///
/// # Errors
/// When there is no family, a file of one has faults, or one cannot be fitted.
pub fn validate(
    folder: &Path,
    only: &[String],
    threads: Option<usize>,
    command: String,
    hooks: &Hooks<'_>,
) -> Result<ValidationReport, AppError> {
    let families = families(folder, only)?;
    let mut reports = Vec::new();
    for (i, (name, path)) in families.iter().enumerate() {
        let [family, scenario, map, observations] = FILES.map(|file| path.join(file));
        let family = Family::load(&family, &DiskFiles)?;
        let table = table(&observations)?;
        let setup = Setup::load(&scenario, &table, Some(&map), &DiskFiles)?;
        let progress = |share: f64, doing: &str| {
            let share = (i as f64 + share) / families.len() as f64;
            (hooks.progress)(share, &format!("{name}: {doing}"));
        };
        let watch = Watch { cancelled: hooks.cancelled, progress: &progress, threads };
        let validation = judge(&setup, &family, &watch).map_err(|error| match error {
            ValidationError::Calibration {
                source: CalibrationError::Experiment(ExperimentError::Cancelled),
                ..
            }
            | ValidationError::Experiment(ExperimentError::Cancelled) => {
                AppError::Interrupted("every fold was judged")
            }
            ValidationError::Calibration { source, .. } => AppError::Calibration(source),
            ValidationError::Experiment(source) => {
                AppError::Experiment { variant: name.clone(), source }
            }
            ValidationError::File(faults) => AppError::Input(faults),
            other => AppError::Validation(other),
        })?;
        reports.push(FamilyReport::of(name.clone(), &validation, &setup.mapping));
    }
    Ok(ValidationReport::new(reports, command))
}

/// Names and folders, in order of name.
fn families(folder: &Path, only: &[String]) -> Result<Vec<(String, PathBuf)>, AppError> {
    let fault = |problem: String, help: &str| {
        let file = SourceFile::new(folder.display().to_string(), "");
        AppError::Input(Diagnostic::of_file(file, problem).with_help(help).into())
    };
    let help = format!("a family is a folder with {}", FILES.join(", "));
    let entries = std::fs::read_dir(folder)
        .map_err(|error| fault(format!("the folder cannot be read: {error}"), &help))?;
    let mut found: Vec<(String, PathBuf)> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.join(FILES[0]).is_file())
        .map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(fault("there is no family in it".into(), &help));
    }
    if let Some(name) = only.iter().find(|name| !found.iter().any(|(own, _)| own == *name)) {
        let known: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        return Err(fault(
            format!("there is no family `{name}`"),
            &format!("there are {}", known.join(", ")),
        ));
    }
    found.retain(|(name, _)| only.is_empty() || only.contains(name));
    Ok(found)
}
