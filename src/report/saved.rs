//! A report that was saved as JSON, of whatever kind.

use std::io::{self, Write};

use super::json::{Kind, Saved, SavedError};
use super::{
    AlignReport, CalibrationReport, CompareReport, ExplainReport, FailuresReport, Format,
    GateReport, HeadroomReport, MaintenanceReport, ModelReport, ModelsReport, Render, Report,
    ScoreReport, SizeReport, SweepReport, TimelineReport, ValidationReport,
};

/// Every kind of report: one line each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($report:ty),)*) => {
        /// A report of any kind.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum AnyReport {
            $($(#[$doc])* $name(Box<$report>),)*
        }

        impl AnyReport {
            /// What reports call themselves in their field `kind`.
            pub const KINDS: &'static [&'static str] = &[$(<$report>::KIND),*];

            /// The schema of each kind.
            #[cfg(test)]
            pub(super) fn schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, schemars::Schema)> {
                vec![$((<$report>::KIND, generator.subschema_for::<$report>())),*]
            }

            /// Reads what `--format json` wrote.
            ///
            /// # Errors
            /// When the text is no report, or one of another version.
            pub fn read(text: &str) -> Result<Self, SavedError> {
                let saved = Saved::parse(text)?;
                $(if let Some(report) = saved.of::<$report>() {
                    return Ok(Self::$name(Box::new(report?)));
                })*
                let (found, known) = (saved.kind().to_owned(), Self::KINDS.to_vec());
                Err(SavedError::Kind { found, known })
            }

            /// Writes it in a format.
            ///
            /// # Errors
            /// The first error of `out`.
            pub fn render(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
                match self {
                    $(Self::$name(report) => format.render(report.as_ref(), out),)*
                }
            }
        }
    };
}

kinds! {
    /// Of `run`.
    Run(Report),
    /// Of `timeline`.
    Timeline(TimelineReport),
    /// Of `fail`.
    Failures(FailuresReport),
    /// Of `gate`.
    Gate(GateReport),
    /// Of `headroom`.
    Headroom(HeadroomReport),
    /// Of `size`.
    Size(SizeReport),
    /// Of `compare` and `whatif`.
    Compare(CompareReport),
    /// Of `align`.
    Align(AlignReport),
    /// Of `maintenance`.
    Maintenance(MaintenanceReport),
    /// Of `sweep merge`.
    Sweep(SweepReport),
    /// Of `models list`.
    Models(ModelsReport),
    /// Of `models show`.
    Model(ModelReport),
    /// Of `explain`.
    Explain(ExplainReport),
    /// Of `calibrate`.
    Calibration(CalibrationReport),
    /// Of `score`.
    Score(ScoreReport),
    /// Of `validate`.
    Validation(ValidationReport),
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, fixture_all};
    use super::*;

    fn json(report: &AnyReport) -> String {
        let mut out = Vec::new();
        report.render(Format::Json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_was_written_comes_back_byte_by_byte_in_every_format() {
        for report in fixture_all::all() {
            let text = json(&report);
            let back = AnyReport::read(&text).unwrap();
            for format in Format::ALL.iter().copied() {
                let written = |report: &AnyReport| {
                    let mut out = Vec::new();
                    report.render(format, &mut out).unwrap();
                    out
                };
                assert!(written(&report) == written(&back), "{format}");
            }
        }
    }

    #[test]
    fn infinite_numbers_come_back() {
        let text = json(&AnyReport::Run(Box::new(fixture::report())));
        let pointer = "/variants/0/workloads/0/latency_p99_9/prediction/1";
        assert!(text.contains(pointer), "{text}");
        let AnyReport::Run(report) = AnyReport::read(&text).unwrap() else { panic!("a run") };
        let figure = report.variants[0].workloads[0].latency_p99_9;
        assert!(figure.value.is_nan());
        assert_eq!(figure.prediction, Some([0.01, f64::INFINITY]));
    }

    #[test]
    fn a_file_that_is_no_report_is_told_in_one_sentence() {
        let fault = |text: &str| AnyReport::read(text).unwrap_err().to_string();
        assert!(fault("{").starts_with("it is not JSON: EOF"), "{}", fault("{"));
        assert!(fault("[]").contains("no report of csvnet"));
        assert!(fault(r#"{"schema_version": 1}"#).contains("no report of csvnet"));
        assert!(fault(r#"{"schema_version": 9, "kind": "run"}"#).contains("of version 9"));
        let odd = fault(r#"{"schema_version": 1, "kind": "poem"}"#);
        assert!(odd.starts_with("no report is of the kind `poem`; there are run, "), "{odd}");
        let text = json(&AnyReport::Run(Box::new(fixture::report())));
        assert_eq!(
            fault(&text.replacen("\"iops\": {", "\"iops\": 7, \"x\": {", 1)),
            "a report of the kind `run` does not fit: `variants[0].workloads[0].iops`: invalid \
             type: integer `7`, expected struct Figure"
        );
    }
}
