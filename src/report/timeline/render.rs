//! A timeline for machines.

use std::io::{self, Write};

use super::TimelineReport;
use crate::report::Render;
use crate::report::csv::{Csv, Rows};
use crate::report::json::Kind;

impl Kind for TimelineReport {
    const KIND: &'static str = "timeline";
}

impl Render<TimelineReport> for Csv {
    fn render(&self, report: &TimelineReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for variant in &report.variants {
            rows.enter(&variant.name, "steps");
            for step in &variant.steps {
                let at = &step.at;
                rows.number(at, "lasts", "seconds", step.to_s - step.from_s, "")?;
                rows.number(at, "utilisation", "fraction", step.utilisation, "")?;
                rows.number(at, "wire", "bytes_per_second", step.wire_bytes_per_s, "")?;
                rows.number(at, "redirected", "bytes_per_second", step.redirected_bytes_per_s, "")?;
                for (name, rate) in variant.traffic.iter().zip(&step.traffic_bytes_per_s) {
                    rows.number(at, "payload", "bytes_per_second", *rate, name)?;
                }
                if let Some(latency) = step.latency_s_mean {
                    rows.number(at, "latency_mean", "seconds", latency, "")?;
                }
                if let Some(latency) = step.latency_s_p99 {
                    rows.number(at, "latency_p99", "seconds", latency, "")?;
                }
            }
            rows.enter(&variant.name, "redirected");
            for row in &variant.redirected {
                rows.number(&row.name, "payload", "bytes", row.bytes, "")?;
            }
            rows.enter(&variant.name, "exposure");
            for row in &variant.exposure {
                let subject = format!("{}, {}", row.vm, row.cause);
                rows.number(&subject, "exposed", "seconds", row.seconds, "")?;
                rows.number(&subject, "payload", "bytes", row.bytes, "")?;
            }
            rows.enter(&variant.name, "unavailable");
            for row in &variant.unavailable {
                rows.number(&row.vm, "off", "seconds", row.off_s, "")?;
                rows.number(&row.vm, "waiting", "seconds", row.waiting_s, "")?;
            }
            rows.enter(&variant.name, "migrations");
            for row in &variant.migrations {
                let subject = format!("{}, {} to {}, {}", row.vm, row.from, row.to, row.began);
                rows.number(&subject, "took", "seconds", row.seconds, "")?;
                rows.number(&subject, "sent", "bytes", row.bytes, "")?;
            }
            rows.enter(&variant.name, "limits");
            for row in &variant.limits {
                rows.number(&row.limit, "beyond", "seconds", row.seconds_beyond, "")?;
                if let Some(worst) = row.worst {
                    rows.number(&row.limit, "worst", &row.unit, worst, &row.verdict)?;
                }
            }
        }
        rows.finish()
    }
}
