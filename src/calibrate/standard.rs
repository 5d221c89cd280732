//! What the headers of a table say where no mapping does.
//!
//! Measured are the columns `csvnet read` writes (`iops`, `read_iops`, `lat_us_mean`,
//! `read_lat_us_p99`, `cpu_pct` and so on). A header with a dot is the path it sets, with its unit
//! in brackets: `workloads.load.block [B]`. Every other column is carried along.

use super::glob::Glob;
use super::mapping::{Apart, Mapping, Measured, SetColumn, Setter};
use super::metric::{CpuOf, Direction, Metric};
use super::overlap;
use crate::trace::table::{Table, cell_fault};
use crate::trace::{Gathered, TraceError};

/// The mapping that the headers are.
///
/// # Errors
/// When no header is a metric.
pub(super) fn mapping(table: &Table) -> Result<Mapping, TraceError> {
    let mut set = Vec::new();
    let mut measured = Vec::new();
    for column in &table.columns {
        if let Some((metric, scale)) = metric(column) {
            measured.push(Measured {
                name: column.clone(),
                column: column.clone(),
                metric,
                scale,
                workloads: Glob::all(),
                nodes: Glob::all(),
                noise: None,
                fit: metric.is_mean(),
            });
        } else if column.contains('.') {
            let (path, unit) = match column.split_once('[') {
                Some((path, unit)) => (path, Some(unit.trim_end_matches(']').trim().to_owned())),
                None => (column.as_str(), None),
            };
            let paths = vec![path.trim().to_owned()];
            let setter = Setter::Paths { paths, unit, times: 1.0 };
            set.push(SetColumn { column: column.clone(), setter });
        }
    }
    if measured.is_empty() {
        let mut gathered = Gathered::default();
        let help = "name a column iops, lat_us_mean, lat_us_p99, read_lat_us_mean, read_mb_s or \
                    cpu_pct, or give a mapping with --map";
        gathered.push(cell_fault(1, 0, "", "no column is a metric", help));
        gathered.into_result(&table.name)?;
    }
    let mapping = Mapping {
        rows: Vec::new(),
        set,
        measured,
        apart: Apart::default(),
        fit: Glob::all(),
        keep: Glob::default(),
        written: None,
    };
    let mut gathered = Gathered::default();
    for twice in overlap::found(&mapping) {
        let place = table.column(&twice.second).unwrap_or(0);
        gathered.push(cell_fault(1, place, &twice.second, &twice.problem(), overlap::HELP));
    }
    gathered.into_result(&table.name)?;
    Ok(mapping)
}

fn metric(column: &str) -> Option<(Metric, f64)> {
    let (direction, rest) = match column.split_once('_') {
        Some(("read", rest)) => (Some(Direction::Read), rest),
        Some(("write", rest)) => (Some(Direction::Write), rest),
        _ => (None, column),
    };
    if rest == "iops" {
        return Some((Metric::Iops(direction), 1.0));
    }
    if rest == "mb_s" {
        return Some((Metric::Throughput(direction), 1e6));
    }
    if column == "cpu_pct" {
        return Some((Metric::Cpu(CpuOf::Node), 0.01));
    }
    let latency = match rest.strip_prefix("lat_us_")? {
        "mean" => Metric::LatencyMean(direction),
        "p50" => Metric::LatencyQuantile(0.5, direction),
        "p90" => Metric::LatencyQuantile(0.9, direction),
        "p95" => Metric::LatencyQuantile(0.95, direction),
        "p99" => Metric::LatencyQuantile(0.99, direction),
        _ => return None,
    };
    Some((latency, 1e-6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_they_are() {
        let text = "file,workloads.load.block [B],iops,read_lat_us_p99,cpu_pct\na,8192,5,6,7\n";
        let mapping = mapping(&Table::read("t", text.as_bytes()).unwrap()).unwrap();
        assert_eq!(mapping.set.len(), 1);
        let metrics: Vec<Metric> = mapping.measured.iter().map(|m| m.metric).collect();
        let p99 = Metric::LatencyQuantile(0.99, Some(Direction::Read));
        assert_eq!(metrics, [Metric::Iops(None), p99, Metric::Cpu(CpuOf::Node)]);
    }

    #[test]
    fn two_headers_of_one_path_are_refused() {
        let text = "workloads.a.block [B],workloads.a.block [KiB],iops\n1,1,1\n";
        let error = mapping(&Table::read("t", text.as_bytes()).unwrap()).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "t, line 1, column 2 (workloads.a.block [KiB]): columns `workloads.a.block [B]` \
                 and `workloads.a.block [KiB]` both set `workloads.a.block`"
            ),
            "{error}"
        );
    }

    #[test]
    fn a_table_without_metrics_is_refused() {
        let error = mapping(&Table::read("t", &b"a,b\n1,2\n"[..]).unwrap()).unwrap_err();
        assert!(error.to_string().contains("no column is a metric"));
    }
}
