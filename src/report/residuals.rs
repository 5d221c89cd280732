//! The residuals of a calibration as one offline page: a chart of each metric.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::CalibrationReport;
use super::number::share;
use super::plot::{Scatter, escaped};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;\
padding:0 1rem;color:#1b1b1b;background:#fff}svg{width:100%;max-width:28rem;margin:.5rem}\
text{font-size:11px;fill:currentColor}.title{font-size:13px;font-weight:600}\
.grid{stroke:#bbb;stroke-width:.5}.zero{stroke:currentColor;stroke-width:1}\
.near{fill:#2563a8;fill-opacity:.7}.far{fill:#c2410c}table{border-collapse:collapse}\
td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #bbb}\
td:first-child,th:first-child{text-align:left}\
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}\
.near{fill:#7db4ea}.far{fill:#fb923c}}";

/// Writes the page.
///
/// # Errors
/// The first error of `out`.
pub fn write_residuals(report: &CalibrationReport, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("{} fitted to {}", report.scenario, report.observations);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title>\
         <style>{STYLE}</style></head><body><main><h1>{0}</h1>\n<p>{1} rows, {2} points, \
         {3} fitted parameters. A point is a row: how far its prediction is off, fitted on the \
         other folds; red ones are told as outliers.</p>\n<table><tr><th>metric</th><th>rows</th>\
         <th>median</th><th>p90</th><th>bias</th></tr>",
        escaped(&title),
        report.rows,
        report.points,
        report.fitted.len()
    );
    for m in &report.metrics {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&m.name),
            m.rows,
            m.shown(m.held_out_median),
            m.shown(m.held_out_p90),
            m.shown(m.bias)
        );
    }
    page.push_str("</table>\n");
    for m in &report.metrics {
        let own: Vec<_> = report.residuals.iter().filter(|r| r.metric == m.name).collect();
        let Some(first) = own.first() else { continue };
        let (scale, unit) = match first.unit.as_ref() {
            "seconds" => (1e6, "us"),
            "bytes_per_second" => (1e-6, "MB/s"),
            "fraction" => (1e2, "%"),
            _ => (1.0, "IOPS"),
        };
        let point = |r: &&super::ResidualRow| {
            let off = 100.0 * r.error_left_out;
            let told = match m.measure.as_ref() {
                "points" => format!("line {}: {} off", r.line, m.shown(off)),
                _ => format!("line {}: {} off", r.line, share(r.error_left_out)),
            };
            (r.measured * scale, off, told, report.outliers.contains(r))
        };
        let chart = Scatter {
            title: &m.name,
            across: &format!("measured, {unit}"),
            up: match m.measure.as_ref() {
                "points" => "predicted less measured, points",
                _ => "predicted less measured, %",
            },
            points: own.iter().map(point).collect(),
        };
        page.push_str(&chart.svg());
        page.push('\n');
    }
    let _ = writeln!(page, "<pre>{}</pre></main></body></html>", escaped(&report.command));
    out.write_all(page.as_bytes())
}
