//! What all points together say.

use std::collections::BTreeMap;

use super::super::quote::quoted;
use super::{EffectRow, PointError, RangeRow, SweptLimit, SweptRow};
use crate::plan::sweep::{Effort, FigureUnit, Head, LimitVerdict, Metric, Row};
use crate::units::parse_as;

/// Levels that are compared one by one.
const APART: usize = 8;
/// Groups of neighbouring levels, where there are more.
const GROUPS: usize = 5;
/// Errors told apart.
const ERRORS: usize = 20;

/// What points are ordered by: what is asked for, else the first of these that was recorded.
pub(super) fn order(rows: &[Row], asked: Option<Metric>) -> Option<Metric> {
    let usual = [
        Metric::LatencyMean,
        Metric::LatencyP99,
        Metric::Iops,
        Metric::Throughput,
        Metric::CsvPortUtilisation,
        Metric::Redirected,
    ];
    let recorded = |metric: &Metric| {
        rows.iter().any(|row| row.figures.iter().any(|figure| figure.metric == *metric))
    };
    let any = rows.iter().flat_map(|row| &row.figures).map(|figure| figure.metric);
    let mut any = any.filter(|metric| *metric != Metric::Limit);
    asked.filter(recorded).or_else(|| usual.into_iter().find(recorded)).or_else(|| any.next())
}

/// Whether more of it is better.
const fn more_is_better(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::Iops | Metric::Throughput | Metric::ReadThroughput | Metric::WriteThroughput
    )
}

/// What a row comes to in a metric: what workloads do together, else the highest of its subjects;
/// infinite where it grows without limit. None where it was not recorded.
pub(super) fn value(row: &Row, metric: Metric) -> Option<f64> {
    let own = row.figures.iter().filter(|figure| figure.metric == metric);
    let own = own.map(|figure| figure.value.unwrap_or(f64::INFINITY));
    if more_is_better(metric) || metric == Metric::Redirected {
        own.reduce(|a, b| a + b)
    } else {
        own.reduce(f64::max)
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The value in the middle, the lower of two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// Lowest, median and highest; an end is none where it grows without limit.
pub(super) fn spread(values: Vec<f64>) -> Option<[Option<f64>; 3]> {
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some([low, median(values), high].map(finite))
}

pub(super) fn errors(rows: &[Row]) -> Vec<PointError> {
    let mut found: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in rows {
        if let Some(error) = &row.error {
            found.entry(error).or_insert((0, row.point)).0 += 1;
        }
    }
    let mut all: Vec<PointError> = found
        .into_iter()
        .map(|(error, (points, first))| PointError { error: error.to_owned(), points, first })
        .collect();
    all.sort_by_key(|error| (std::cmp::Reverse(error.points), error.first));
    all.truncate(ERRORS);
    all
}

pub(super) fn limits(rows: &[Row]) -> Vec<SweptLimit> {
    let mut limits: Vec<(&str, BTreeMap<LimitVerdict, u64>)> = Vec::new();
    for row in rows {
        // A profile of several loads makes one limit several; the row counts by the worst.
        let mut worst: BTreeMap<&str, LimitVerdict> = BTreeMap::new();
        for figure in &row.figures {
            let (Some(limit), Some(verdict)) = (&figure.limit, figure.verdict) else { continue };
            let known = worst.entry(limit).or_insert(verdict);
            *known = verdict.max(*known);
            if limits.iter().all(|(name, _)| name != limit) {
                limits.push((limit, BTreeMap::new()));
            }
        }
        for (name, verdicts) in &mut limits {
            if let Some(verdict) = worst.get(name) {
                *verdicts.entry(*verdict).or_insert(0) += 1;
            }
        }
    }
    let limit = |(limit, verdicts): (&str, BTreeMap<LimitVerdict, u64>)| SweptLimit {
        limit: limit.to_owned(),
        verdicts: verdicts.into_iter().collect(),
    };
    limits.into_iter().map(limit).collect()
}

/// Each figure over all points. Of what names the busiest the subject is left out: it is another at
/// each point.
pub(super) fn ranges(rows: &[Row]) -> Vec<RangeRow> {
    type Key<'r> = (Metric, &'r str);
    let mut order: Vec<Key<'_>> = Vec::new();
    let mut all: BTreeMap<Key<'_>, (FigureUnit, Vec<(f64, u64)>)> = BTreeMap::new();
    for row in rows {
        for figure in row.figures.iter().filter(|figure| figure.metric != Metric::Limit) {
            let names = matches!(
                figure.metric,
                Metric::CsvPortUtilisation | Metric::CpuUtilisation | Metric::Utilisation
            );
            let key = (figure.metric, if names { "" } else { figure.subject.as_str() });
            let (_, values) = all.entry(key).or_insert_with(|| {
                order.push(key);
                (figure.unit, Vec::new())
            });
            values.push((figure.value.unwrap_or(f64::INFINITY), row.point));
        }
    }
    let of = |key: Key<'_>| {
        let (unit, values) = all.get(&key)?;
        // Of equals the first point.
        let lowest = values.iter().min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
        let highest = values.iter().max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        let (metric, subject) = key;
        Some(RangeRow {
            subject: subject.to_owned(),
            metric,
            unit: *unit,
            lowest: (finite(lowest.0), lowest.1),
            median: finite(median(values.iter().map(|(value, _)| *value).collect())),
            highest: (finite(highest.0), highest.1),
        })
    };
    order.into_iter().filter_map(of).collect()
}

/// The largest error of the solver that is usual at any point.
pub(super) fn usual_error(rows: &[Row]) -> Option<[f64; 2]> {
    let known = rows.iter().filter_map(|row| row.usual_error);
    let known = known.filter_map(|[iops, latency]| Some([iops?, latency?]));
    known.reduce(|a, b| [a[0].max(b[0]), a[1].max(b[1])])
}

/// How each axis moves a metric, the one that moves it most first.
pub(super) fn effects(head: &Head, rows: &[Row], by: Metric) -> Vec<EffectRow> {
    let mut all: Vec<(f64, EffectRow)> = Vec::new();
    let variants = (head.variants.len() > 1).then_some("variant");
    for axis in variants.into_iter().chain(head.axes.iter().map(|axis| axis.name.as_str())) {
        let kind = head.axes.iter().find(|own| own.name == axis).and_then(|own| own.kind);
        let is_variant = Some(axis) == variants && kind.is_none();
        let level = |row: &Row| match row.at.get(axis) {
            _ if is_variant => row.variant.clone(),
            level => level.cloned().unwrap_or_default(),
        };
        let number = |level: &str| kind.and_then(|kind| parse_as(kind, level).ok());
        let mut levels: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in rows {
            if let Some(value) = value(row, by) {
                levels.entry(level(row)).or_default().push(value);
            }
        }
        let mut levels: Vec<(String, Vec<f64>)> = levels.into_iter().collect();
        levels.sort_by(|a, b| match (number(&a.0), number(&b.0)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.0.cmp(&b.0),
        });
        if levels.len() > APART && kind.is_some() {
            levels = grouped(&levels);
        }
        if levels.len() < 2 {
            continue;
        }
        let medians: Vec<(String, f64)> =
            levels.into_iter().map(|(name, values)| (name, median(values))).collect();
        let order = |a: &&(String, f64), b: &&(String, f64)| a.1.total_cmp(&b.1);
        let (Some(lowest), Some(highest)) =
            (medians.iter().min_by(order), medians.iter().max_by(order))
        else {
            continue;
        };
        let times = if lowest.1 > 0.0 { highest.1 / lowest.1 } else { highest.1 };
        all.push((
            times,
            EffectRow {
                axis: axis.to_owned(),
                lowest_at: lowest.0.clone(),
                lowest: finite(lowest.1),
                highest_at: highest.0.clone(),
                highest: finite(highest.1),
            },
        ));
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter().map(|(_, row)| row).collect()
}

/// Neighbouring levels together.
pub(super) fn grouped(levels: &[(String, Vec<f64>)]) -> Vec<(String, Vec<f64>)> {
    let size = levels.len().div_ceil(GROUPS);
    let group = |group: &[(String, Vec<f64>)]| {
        let (first, last) = (&group[0].0, &group[group.len() - 1].0);
        let name = if first == last { first.clone() } else { format!("{first} to {last}") };
        (name, group.iter().flat_map(|(_, values)| values.iter().copied()).collect())
    };
    levels.chunks(size).map(group).collect()
}

/// The best and the worst points: by the limits they keep, then by the metric.
pub(super) fn ends(
    head: &Head,
    rows: &[Row],
    by: Option<Metric>,
    most: usize,
) -> (Vec<SweptRow>, Vec<SweptRow>) {
    let Some(by) = by else { return (Vec::new(), Vec::new()) };
    let mut good: Vec<(&Row, f64)> =
        rows.iter().filter_map(|row| Some((row, value(row, by)?))).collect();
    good.sort_by(|(a, x), (b, y)| {
        let values = x.total_cmp(y);
        let values = if more_is_better(by) { values.reverse() } else { values };
        let limits = a.limits_bad().cmp(&b.limits_bad());
        limits.then(values).then(a.point.cmp(&b.point))
    });
    let short = |(row, _): &(&Row, f64)| short(head, row);
    let best: Vec<SweptRow> = good.iter().take(most).map(short).collect();
    let left = good.len().saturating_sub(best.len()).min(most);
    (best, good.iter().rev().take(left).map(short).collect())
}

fn short(head: &Head, row: &Row) -> SweptRow {
    let verdicts = || row.figures.iter().filter_map(|figure| figure.verdict);
    let all = verdicts().count();
    SweptRow {
        point: row.point,
        variant: row.variant.clone(),
        at: head
            .axes
            .iter()
            .map(|axis| row.at.get(&axis.name).cloned().unwrap_or_default())
            .collect(),
        iops: value(row, Metric::Iops),
        latency_s: value(row, Metric::LatencyMean).and_then(finite),
        csv_port: value(row, Metric::CsvPortUtilisation),
        redirected_bytes_per_s: value(row, Metric::Redirected),
        limits: (verdicts().filter(|verdict| verdict.is_good()).count(), all),
        command: command(head, row),
    }
}

/// The command that shows a point alone, from the folder of the plan.
fn command(head: &Head, row: &Row) -> String {
    let mut words = vec!["csvnet".to_owned(), "run".to_owned(), quoted(&head.scenario)];
    if head.variants.len() > 1 || row.variant != "base" {
        words.extend(["--variant".to_owned(), quoted(&row.variant)]);
    }
    let mut set = |path: &str, value: &str| {
        words.extend(["--set".to_owned(), quoted(&format!("{path}={value}"))]);
    };
    head.set.iter().for_each(|(path, value)| set(path, value));
    for axis in &head.axes {
        let Some(level) = row.at.get(&axis.name) else { continue };
        axis.paths.iter().for_each(|path| set(path, level));
        let named = axis.named.iter().find(|named| named.name == *level);
        named.iter().flat_map(|named| &named.set).for_each(|(path, value)| set(path, value));
    }
    let seed = match head.fidelity {
        Effort::Fast => head.seed,
        Effort::Simulate => row.seed,
    };
    words.extend(seed.map(|seed| format!("--seed {seed}")));
    words.join(" ")
}
