//! Charts of a run.

use super::super::chart::{
    Against, Axis, Bar, Bars, Chart, DotRow, Dots, Form, Line, Lines, Plot, Point, Quantity,
    Scatter, Series, Swing, Tone, Tornado,
};
use super::super::csv::port_name;
use super::super::document::Block;
use super::super::layout::{Measured, busiest_port};
use super::super::number::{Shown, quantile};
use super::super::{
    AssumptionRow, LimitRow, PortRow, ReplayReport, ResourceRow, Unit, VariantReport, WorkloadRow,
};
use super::limits::{Judged, judged_chart};
use super::run::tone;

/// Rows of one chart.
const ROWS: usize = 24;
/// Rows of a chart of resources.
const RESOURCES: usize = 15;
/// Rows of a tornado.
const SWINGS: usize = 10;
/// Lines that can be told apart.
const SERIES: usize = 7;

/// What the I/O of a workload does.
fn way(row: &WorkloadRow) -> Tone {
    if row.redirected >= 1.0 {
        Tone::Redirected
    } else if row.redirected > 0.0 {
        Tone::Mixed
    } else {
        Tone::Direct
    }
}

/// Every workload of some variants with a name of its own; how many there are.
fn named(variants: &[VariantReport]) -> Vec<(String, &WorkloadRow)> {
    let several = variants.iter().any(|variant| variant.workloads.len() > 1);
    let all = variants.iter().flat_map(|variant| {
        variant.workloads.iter().map(move |row| {
            let name = match (variants.len(), several) {
                (1, _) => row.name.clone(),
                (_, true) => format!("{}: {}", variant.name, row.name),
                _ => variant.name.clone(),
            };
            (name, row)
        })
    });
    all.collect()
}

fn tones(rows: &[(String, &WorkloadRow)]) -> Vec<(Tone, String)> {
    let known = [
        (Tone::Direct, "not redirected"),
        (Tone::Redirected, "redirected"),
        (Tone::Mixed, "redirected in part"),
    ];
    let used = known.into_iter().filter(|(tone, _)| rows.iter().any(|row| way(row.1) == *tone));
    used.map(|(tone, name)| (tone, name.to_owned())).collect()
}

/// Percentiles of every workload with their prediction intervals.
pub(in super::super) fn latencies(variants: &[VariantReport]) -> Option<Block> {
    let all = named(variants);
    if all.is_empty() {
        return None;
    }
    let rows: Vec<_> = all.iter().take(ROWS).cloned().collect();
    let row = |(name, row): &(String, &WorkloadRow)| DotRow {
        name: format!("{name}\n{}", row.way),
        tone: way(row),
        marks: [&row.latency_p50, &row.latency_p95, &row.latency_p99, &row.latency_p99_9]
            .map(|figure| (!figure.value.is_nan()).then(|| figure.into()))
            .to_vec(),
    };
    let limits = variants.first().map_or(&[][..], |variant| &variant.limits);
    let limits = limits.iter().filter(|row| row.figure.unit == Unit::Seconds).map(line);
    let mut limits: Vec<Line> = limits.collect();
    limits.truncate(1);
    let more = match all.len() - rows.len() {
        0 => String::new(),
        more => format!(" {more} more are in the tables."),
    };
    Some(Block::chart(Chart {
        title: "Latency, direct and redirected".to_owned(),
        about: format!(
            "Percentiles of the latency guests see, each with its prediction interval; every step \
             to the right multiplies.{more}"
        ),
        plot: Plot::Dots(Dots {
            across: Axis::log("latency", Shown::Seconds),
            names: ["p50", "p95", "p99", "p99.9"].map(str::to_owned).to_vec(),
            rows: rows.iter().map(row).collect(),
            tones: tones(&rows),
            limits,
        }),
    }))
}

fn line(row: &LimitRow) -> Line {
    Line { at: row.bound, name: row.limit.clone() }
}

/// Distributions of the latency of the first workloads.
pub(in super::super) fn distributions(variants: &[VariantReport]) -> Option<Block> {
    let all = named(variants);
    let series: Vec<Series> = all
        .iter()
        .filter(|(_, row)| row.latency_distribution.len() > 2)
        .take(SERIES)
        .map(|(name, row)| Series {
            name: name.clone(),
            points: row.latency_distribution.iter().map(|[share, s]| (*s, *share)).collect(),
        })
        .collect();
    if series.is_empty() {
        return None;
    }
    let more = if series.len() < all.len() {
        format!(" The first {} of {}.", series.len(), all.len())
    } else {
        String::new()
    };
    Some(Block::chart(Chart {
        title: "Distribution of the latency".to_owned(),
        about: format!(
            "Share of the I/Os that were complete within a time, as simulated: the further left a \
             line, the faster.{more}"
        ),
        plot: Plot::Lines(Lines {
            across: Axis::log("latency", Shown::Seconds),
            up: Axis::share("share of the I/Os"),
            series,
            form: Form::Straight,
            limits: Vec::new(),
            stretch: None,
        }),
    }))
}

/// What every variant gets through, and how long it takes.
pub(in super::super) fn trade(variants: &[VariantReport]) -> Option<Block> {
    let all = named(variants);
    let points = all.iter().map(|(name, row)| Point {
        at: (row.throughput.value, row.latency_p99.value),
        interval: row.latency_p99.prediction,
        told: format!(
            "{name}: {}, p99 {}",
            Shown::Bytes.with_prediction(&row.throughput, ' '),
            Shown::Seconds.with_prediction(&row.latency_p99, ' ')
        ),
        name: name.clone(),
        tone: way(row),
    });
    let points: Vec<Point> = points.collect();
    if !(3..=ROWS).contains(&points.len()) {
        return None;
    }
    Some(Block::chart(Chart {
        title: "Throughput and latency of the variants".to_owned(),
        about: "Further right is more throughput, further down a lower p99 latency; the lines are \
                its prediction intervals."
            .to_owned(),
        plot: Plot::Scatter(Scatter {
            across: Axis::log("throughput", Shown::Bytes),
            up: Axis::log("p99 latency", Shown::Seconds),
            points,
            tones: tones(&all),
            against: Against::Nothing,
            frontier: Vec::new(),
        }),
    }))
}

/// The busiest port of the CSV network of every variant.
pub(in super::super) fn port_use(variants: &[VariantReport]) -> Option<Block> {
    let rows = variants.iter().filter_map(|variant| {
        let (name, row) = busiest_port(&variant.ports)?;
        let any = variant.workloads.iter().any(|row| row.redirected > 0.0);
        Some(Bar {
            name: format!("{}: {name}", variant.name),
            mark: (&row.utilisation).into(),
            tone: if any { Tone::Redirected } else { Tone::Direct },
        })
    });
    let rows: Vec<Bar> = rows.take(ROWS).collect();
    let on_ports = |row: &&LimitRow| row.limit.contains("port");
    let limits = variants.first().map_or(&[][..], |variant| &variant.limits);
    if rows.len() < 2 {
        return None;
    }
    Some(Block::chart(Chart {
        title: "Busiest port of the CSV network, by variant".to_owned(),
        about: "Share of its rate in use, with the prediction interval.".to_owned(),
        plot: Plot::Bars(Bars {
            across: Axis::share("in use"),
            rows,
            limits: limits.iter().filter(on_ports).map(line).take(1).collect(),
        }),
    }))
}

/// The busiest resources of a variant.
pub(in super::super) fn resources(rows: &[ResourceRow]) -> Option<Block> {
    let shown: Vec<Bar> = rows
        .iter()
        .take(RESOURCES)
        .map(|row| Bar {
            name: row.resource.clone(),
            mark: (&row.utilisation).into(),
            tone: Tone::Plain,
        })
        .collect();
    if shown.is_empty() {
        return None;
    }
    let about = format!(
        "Busy share of the {} busiest of {} resources, with the prediction interval.",
        shown.len(),
        rows.len()
    );
    Some(Block::chart(Chart {
        title: "Utilisation".to_owned(),
        about,
        plot: Plot::Bars(Bars { across: Axis::share("busy"), rows: shown, limits: Vec::new() }),
    }))
}

/// Where everything is and what flows.
pub(in super::super) fn layout(variant: &VariantReport) -> Option<Block> {
    let title = format!("The cluster: {}", variant.name);
    let measured =
        Measured { ports: &variant.ports, cpus: &variant.cpus, resources: &variant.resources };
    variant.layout.map(&title, measured).map(|map| Block::Map(Box::new(map)))
}

/// Limits with intervals against the line.
pub(in super::super) fn limits(rows: &[LimitRow]) -> Option<Block> {
    let judged = |row: &LimitRow| Judged {
        name: format!("{} ({})", row.limit, row.subject),
        value: row.figure.value,
        interval: row.figure.prediction,
        bound: row.bound,
        at_most: row.at_most,
        told: Shown::from(row.figure.unit).with_prediction(&row.figure, ' '),
        tone: tone(row.verdict),
    };
    judged_chart("Limits", &rows.iter().map(judged).collect::<Vec<_>>())
}

/// Which assumptions carry the answer.
pub(in super::super) fn assumptions(rows: &[AssumptionRow]) -> Option<Block> {
    let rows: Vec<Swing> = rows
        .iter()
        .filter(|row| row.effects.iter().any(|effect| *effect != 0.0))
        .take(SWINGS)
        .map(|row| Swing {
            name: row.parameter.clone(),
            ends: ends(&row.range),
            effects: row.effects,
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    Some(Block::chart(Chart {
        title: "What the assumptions do".to_owned(),
        about: "Change of what each assumption moves most (named in the table) at either end of \
                the range believed, all others as they are."
            .to_owned(),
        plot: Plot::Tornado(Tornado { across: Axis::of("change", Shown::Percent), rows }),
    }))
}

/// Both ends of a range in words: `10 us to 40 us`.
fn ends(range: &str) -> [String; 2] {
    match range.split_once(" to ") {
        Some((low, high)) => [low.to_owned(), high.to_owned()],
        None => [String::new(), String::new()],
    }
}

/// Measured against predicted percentiles of a replay.
pub(in super::super) fn replay(replay: &ReplayReport) -> Option<Block> {
    let points: Vec<Point> = replay
        .quantiles
        .iter()
        .map(|row| Point {
            at: (row.measured_s, row.predicted.value),
            interval: row.predicted.prediction,
            told: format!(
                "{}: measured {}, predicted {}",
                quantile(row.quantile),
                Shown::Seconds.text(row.measured_s),
                Shown::Seconds.with_prediction(&row.predicted, ' ')
            ),
            name: quantile(row.quantile),
            tone: Tone::Plain,
        })
        .collect();
    if points.is_empty() {
        return None;
    }
    Some(Block::chart(Chart {
        title: format!("Replay of {}: predicted against measured", replay.workload),
        about: "Percentiles of the latency. On the dashed line both are the same.".to_owned(),
        plot: Plot::Scatter(Scatter {
            across: Axis::log("measured", Shown::Seconds),
            up: Axis::log("predicted", Shown::Seconds),
            points,
            tones: Vec::new(),
            against: Against::Equal,
            frontier: Vec::new(),
        }),
    }))
}

/// The load second by second, and the latencies where something changes in the run.
pub(in super::super) fn seconds(variant: &VariantReport) -> Vec<Block> {
    let seconds = &variant.seconds;
    let width = match seconds.as_slice() {
        [first, second, ..] if second.at_s > first.at_s => second.at_s - first.at_s,
        _ => 1.0,
    };
    if seconds.len() < 2 {
        return Vec::new();
    }
    let across = || Axis { quantity: Quantity::Number("s"), ..Axis::of("time", Shown::Seconds) };
    let line = |name: String, of: &dyn Fn(usize) -> f64| Series {
        name,
        points: (0..seconds.len()).map(|place| (seconds[place].at_s, of(place))).collect(),
    };
    let mut series = vec![line("guests".to_owned(), &|k| seconds[k].guest_bytes / width)];
    for (place, port) in busiest(variant) {
        let of = |k: usize| seconds[k].wire_bytes.get(place).copied().unwrap_or(f64::NAN) / width;
        series.push(line(port_name(port), &of));
    }
    let chart = |title: &str, about: &str, up, series| {
        Block::chart(Chart {
            title: title.to_owned(),
            about: about.to_owned(),
            plot: Plot::Lines(Lines {
                across: across(),
                up,
                series,
                form: Form::Steps,
                limits: Vec::new(),
                stretch: None,
            }),
        })
    };
    let mut blocks = vec![chart(
        "Load second by second",
        "What guests read and write, and what the busiest ports carry on the wire.",
        Axis::of("load", Shown::Bytes),
        series,
    )];
    let names: Vec<&str> = seconds
        .first()
        .map(|second| second.workloads.iter().map(|of| of.workload.as_str()).collect())
        .unwrap_or_default();
    let latencies: Vec<Series> = names
        .iter()
        .take(SERIES)
        .enumerate()
        .map(|(place, name)| {
            let of = |k: usize| {
                let of = seconds[k].workloads.get(place);
                of.and_then(|of| of.latency_s_p99).unwrap_or(f64::NAN)
            };
            line((*name).to_owned(), &of)
        })
        .collect();
    if !latencies.is_empty() {
        blocks.push(chart(
            "p99 latency second by second",
            "Of the I/Os completed in each second.",
            Axis::of("p99 latency", Shown::Seconds),
            latencies,
        ));
    }
    blocks
}

/// The ports with most traffic, with their place.
fn busiest(variant: &VariantReport) -> Vec<(usize, &PortRow)> {
    let total = |place: usize| {
        let bytes = variant.seconds.iter().filter_map(|second| second.wire_bytes.get(place));
        bytes.filter(|bytes| bytes.is_finite()).sum::<f64>()
    };
    let mut ports: Vec<(usize, f64)> =
        (0..variant.ports.len()).map(|place| (place, total(place))).collect();
    ports.retain(|(_, total)| *total > 0.0);
    ports.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ports.into_iter().take(4).map(|(place, _)| (place, &variant.ports[place])).collect()
}
