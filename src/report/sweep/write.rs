//! Every point of a sweep for programs: one long table, or one document.

use std::io::{self, Write};

use super::super::Render;
use super::super::csv::{Csv, error};
use super::super::json::Kind;
use super::{SweepReport, axis_unit};
use crate::plan::sweep::{Figure, Row};
use crate::units::parse_as;

impl Kind for SweepReport {
    const KIND: &'static str = "sweep";
}

/// A row for each figure of each point. An axis is a column with what was set; where that is a
/// quantity, another column has it in its base unit.
impl Render<SweepReport> for Csv {
    fn render(&self, report: &SweepReport, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        let axes = &report.sweep.axes;
        let units: Vec<Option<&str>> = axes.iter().map(|axis| axis_unit(axis.kind)).collect();
        let mut head = vec!["point".to_owned(), "variant".to_owned()];
        head.extend(axes.iter().map(|axis| axis.name.clone()));
        let plain = axes.iter().zip(&units);
        head.extend(plain.filter_map(|(axis, unit)| Some(format!("{} [{}]", axis.name, (*unit)?))));
        let figures = [
            "subject",
            "metric",
            "unit",
            "value",
            "sampling_low",
            "sampling_high",
            "prediction_low",
            "prediction_high",
            "verdict",
            "note",
        ];
        head.extend(figures.map(str::to_owned));
        writer.write_record(&head).map_err(error)?;
        for row in &report.rows {
            let mut keys = vec![row.point.to_string(), row.variant.clone()];
            let level = |name: &str| row.at.get(name).cloned().unwrap_or_default();
            keys.extend(axes.iter().map(|axis| level(&axis.name)));
            for (axis, _) in axes.iter().zip(&units).filter(|(_, unit)| unit.is_some()) {
                let value = axis.kind.and_then(|kind| parse_as(kind, &level(&axis.name)).ok());
                keys.push(value.map_or_else(String::new, |value| value.to_string()));
            }
            for cells in lines(row) {
                let cells = keys.iter().chain(&cells);
                writer.write_record(cells).map_err(error)?;
            }
        }
        writer.flush()
    }
}

/// The cells of each figure; of a point that failed, why.
fn lines(row: &Row) -> Vec<[String; 10]> {
    let Some(why) = &row.error else { return row.figures.iter().map(cells).collect() };
    let mut cells = [const { String::new() }; 10];
    "error".clone_into(&mut cells[1]);
    cells[9].clone_from(why);
    vec![cells]
}

fn cells(of: &Figure) -> [String; 10] {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let ends = |ends: Option<[Option<f64>; 2]>| ends.unwrap_or_default().map(number);
    let ([a, b], [c, d]) = (ends(of.sampling), ends(of.prediction));
    let note = match (&of.limit, of.value) {
        (Some(limit), _) => limit.clone(),
        (None, None) => "grows without limit".to_owned(),
        (None, Some(_)) => String::new(),
    };
    [
        of.subject.clone(),
        of.metric.name().to_owned(),
        of.unit.name().to_owned(),
        number(of.value),
        a,
        b,
        c,
        d,
        of.verdict.map_or("", crate::plan::sweep::LimitVerdict::name).to_owned(),
        note,
    ]
}
