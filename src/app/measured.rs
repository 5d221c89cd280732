//! Calibrate and score: files in, reports out.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::{AppError, Hooks};
use crate::calibrate::{
    Calibration, CalibrationError, ParameterFile, Setup, SetupError, Watch, write_parameters,
};
use crate::experiment::ExperimentError;
use crate::report::{CalibrationReport, ScoreOf, ScoreReport};
use crate::scenario::document::DiskFiles;
use crate::trace::TraceError;
use crate::trace::table::Table;

/// What measurements are held against, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeasuredOptions {
    /// The table.
    pub observations: std::path::PathBuf,
    /// What its columns mean; none: their headers say it.
    pub map: Option<std::path::PathBuf>,
    /// Fitted parameters; scoring only.
    pub parameters: Option<std::path::PathBuf>,
    /// Worker threads; results do not depend on it.
    pub threads: Option<usize>,
    /// The command line that repeats it, for the report.
    pub command: String,
}

/// A calibration with its report and its file.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The calibration.
    pub calibration: Calibration,
    /// For people.
    pub report: CalibrationReport,
    /// The text of the parameter file.
    pub file: String,
}

/// Reads a table from a file.
pub(super) fn table(path: &Path) -> Result<Table, AppError> {
    let name = path.display().to_string();
    let file = File::open(path)
        .map_err(|source| TraceError::Io { file: name.clone(), line: 1, source })
        .map_err(AppError::Measured)?;
    Table::read(&name, BufReader::new(file)).map_err(AppError::Measured)
}

fn setup(scenario: &Path, options: &MeasuredOptions) -> Result<Setup, AppError> {
    let table = table(&options.observations)?;
    Setup::load(scenario, &table, options.map.as_deref(), &DiskFiles).map_err(AppError::from)
}

impl From<SetupError> for AppError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Scenario(faults) => Self::Input(faults),
            SetupError::Table(error) => Self::Measured(error),
            other => Self::Setup(other),
        }
    }
}

/// Fits the parameters of a scenario to a table of runs.
///
/// # Errors
/// When a file has faults, the table cannot be fitted, or the fit is cancelled.
pub fn calibrate(
    scenario: &Path,
    options: &MeasuredOptions,
    hooks: &Hooks<'_>,
) -> Result<Calibrated, AppError> {
    let setup = setup(scenario, options)?;
    let watch =
        Watch { cancelled: hooks.cancelled, progress: hooks.progress, threads: options.threads };
    let calibration = setup.calibrate(&watch).map_err(|error| match error {
        CalibrationError::Experiment(ExperimentError::Cancelled) => {
            AppError::Interrupted("the fit was done")
        }
        error => error.into(),
    })?;
    let head = [
        format!("Parameters of {} fitted by csvnet {}", name(scenario), env!("CARGO_PKG_VERSION")),
        format!("to {}:", name(&options.observations)),
        format!("  {}", options.command),
        "Include this file in a scenario, or name it with --parameters.".to_owned(),
    ];
    let report = CalibrationReport::of(
        &calibration,
        &setup.mapping,
        scenario.display().to_string(),
        options.observations.display().to_string(),
        options.command.clone(),
    );
    let file = write_parameters(&calibration, &head);
    Ok(Calibrated { calibration, report, file })
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Name of the parameter file.
fn of_file(options: &MeasuredOptions) -> String {
    options.parameters.as_ref().map_or_else(String::new, |path| path.display().to_string())
}

/// Predicts every row of a table and holds it against what was measured.
///
/// # Errors
/// When a file has faults, or the runs are cancelled.
pub fn score(
    scenario: &Path,
    options: &MeasuredOptions,
    hooks: &Hooks<'_>,
) -> Result<ScoreReport, AppError> {
    let file = match &options.parameters {
        Some(path) => ParameterFile::load(path, &DiskFiles)?,
        None => ParameterFile::default(),
    };
    let setup = setup(scenario, options)?;
    setup.accepts(&file, &of_file(options))?;
    let watch =
        Watch { cancelled: hooks.cancelled, progress: hooks.progress, threads: options.threads };
    let score = setup.score(&file, &watch).map_err(|source| match source {
        ExperimentError::Cancelled => AppError::Interrupted("every row was predicted"),
        source => AppError::Experiment { variant: "base".into(), source },
    })?;
    let of = ScoreOf {
        scenario: scenario.display().to_string(),
        observations: options.observations.display().to_string(),
        parameters: options.parameters.as_ref().map(|path| path.display().to_string()),
        command: options.command.clone(),
    };
    Ok(ScoreReport::of(&score, &setup.mapping, &setup.observations.zeros, of))
}
