//! Page one and charts of a timeline.

use super::super::chart::{
    Axis, Bar, Bars, Chart, DotRow, Dots, Form, Line, Lines, Mark, Plot, Quantity, Series, Tone,
};
use super::super::document::{Block, Cover, Item, Number, Said};
use super::super::number::{Shown, plural, share};
use super::super::timeline::{
    LimitOverRow, StepRow, TimelineOf, TimelineReport, amount, lasting, shown,
};
use super::limits::{Judged, judged_chart};
use super::{Count, calibrated};

/// Kinds of traffic that can be told apart; the rest is one.
const KINDS: usize = 6;
/// Rows of a chart.
const ROWS: usize = 15;

fn tone(verdict: &str) -> Tone {
    match verdict {
        "met" => Tone::Good,
        "missed" => Tone::Bad,
        _ => Tone::Unsure,
    }
}

fn within(report: &TimelineReport, of: &TimelineOf) -> String {
    if report.variants.len() > 1 { format!(", {}", of.name) } else { String::new() }
}

/// Page one.
pub(in super::super) fn cover(report: &TimelineReport) -> Cover {
    let worst = report.variants.iter().filter_map(|of| Some((of, of.worst.as_ref()?)));
    let worst = worst.reduce(
        |most, next| {
            if next.1.utilisation > most.1.utilisation { next } else { most }
        },
    );
    let binds = worst.map(|(of, row)| {
        let by: Vec<String> =
            row.by.iter().take(3).map(|of| format!("{} {}", of.name, share(of.share))).collect();
        let by = if by.is_empty() {
            String::new()
        } else {
            format!(" Of its bytes on the wire: {}.", by.join(", "))
        };
        let after = row.after.as_ref().map(|after| format!(" Last before: {after}."));
        let text = format!(
            "In its worst five minutes, from {}{}, {} busy.{by}{}",
            row.from,
            within(report, of),
            Shown::Percent.text(row.utilisation),
            after.unwrap_or_default()
        );
        Item::new(row.port.clone(), text)
    });
    let busy = worst.map(|(of, row)| Number {
        name: "worst five minutes of a port".to_owned(),
        value: Shown::Percent.text(row.utilisation),
        interval: String::new(),
        note: format!("{} from {}{}", row.port, row.from, within(report, of)),
    });
    let limited = number(report);
    let (number, beside) = match limited {
        Some(number) => (Some(number), busy),
        None => (busy, None),
    };
    let mut beside: Vec<Number> = beside.into_iter().collect();
    beside.extend(redirected(report));
    Cover {
        verdict: Some(verdict(report)),
        number,
        beside,
        binds: binds.into_iter().collect(),
        changes: changes(report),
        trust: trust(report),
    }
}

fn limits(report: &TimelineReport) -> impl Iterator<Item = (&TimelineOf, &LimitOverRow)> {
    report.variants.iter().flat_map(|of| of.limits.iter().map(move |row| (of, row)))
}

fn verdict(report: &TimelineReport) -> Said {
    let mut count = Count::default();
    limits(report).for_each(|(_, row)| count.add(tone(&row.verdict)));
    let worst = count.tone();
    let which: Vec<String> = limits(report)
        .filter(|(_, row)| tone(&row.verdict) == worst)
        .map(|(of, row)| {
            let beyond = match row.seconds_beyond {
                s if s > 0.0 => format!(", beyond it for {}", lasting(s)),
                _ => String::new(),
            };
            format!("{}{beyond}{}", row.limit, within(report, of))
        })
        .collect();
    Said::new(worst, count.words(&which))
}

/// The worst of the limit that is kept worst.
fn number(report: &TimelineReport) -> Option<Number> {
    let severity = |row: &LimitOverRow| match tone(&row.verdict) {
        Tone::Bad => 2,
        Tone::Unsure => 1,
        _ => 0,
    };
    let known = limits(report).filter(|(_, row)| row.worst.is_some());
    let near = |row: &LimitOverRow| judged(row, String::new()).map_or(0.0, |of| of.nearness());
    let (of, row) = known.reduce(|most, next| {
        let order = severity(next.1).cmp(&severity(most.1));
        if order.then(near(next.1).total_cmp(&near(most.1))).is_gt() { next } else { most }
    })?;
    let shown = shown(&row.unit);
    let text = |value: f64| {
        if value.is_finite() { shown.text(value) } else { "without limit".to_owned() }
    };
    let interval = row.prediction.filter(|[low, _]| low.is_finite());
    Some(Number {
        name: format!("worst against {}", row.limit),
        value: row.worst.map(text).unwrap_or_default(),
        interval: interval
            .map(|[low, high]| format!("{} to {} at 95 %", text(low), text(high)))
            .unwrap_or_default(),
        note: format!(
            "{}, {}{}",
            row.subject.as_deref().unwrap_or_default(),
            row.at.as_deref().unwrap_or_default(),
            within(report, of)
        ),
    })
}

/// What was redirected, and who was out of use longest.
fn redirected(report: &TimelineReport) -> Vec<Number> {
    let mut numbers = Vec::new();
    let sum = |of: &TimelineOf| of.redirected.iter().map(|row| row.bytes).sum::<f64>() + 0.0;
    let most =
        report.variants.iter().reduce(|most, next| if sum(next) > sum(most) { next } else { most });
    if let Some(of) = most {
        numbers.push(Number {
            name: "redirected in all".to_owned(),
            value: amount(sum(of)),
            interval: String::new(),
            note: format!("{} to {}{}", of.start, of.end, within(report, of)),
        });
    }
    let out = report.variants.iter().flat_map(|of| of.unavailable.iter().map(move |row| (of, row)));
    let most =
        out.max_by(|a, b| (a.1.off_s + a.1.waiting_s).total_cmp(&(b.1.off_s + b.1.waiting_s)));
    if let Some((of, row)) = most {
        numbers.push(Number {
            name: "longest out of use".to_owned(),
            value: lasting(row.off_s + row.waiting_s),
            interval: String::new(),
            note: format!("{}{}", row.vm, within(report, of)),
        });
    }
    numbers
}

fn changes(report: &TimelineReport) -> Vec<Item> {
    let mut items = Vec::new();
    for (of, row) in limits(report).filter(|(_, row)| row.grows) {
        let month = |month: &Option<String>| {
            month.clone().unwrap_or_else(|| "not in the horizon".to_owned())
        };
        let text = format!(
            "With the growth stated first crossed in {} (earliest {}, latest {}){}.",
            month(&row.month),
            month(&row.month_earliest),
            month(&row.month_latest),
            within(report, of)
        );
        items.push(Item::new(row.limit.clone(), text));
    }
    items.truncate(3);
    for of in &report.variants {
        let Some(worst) = &of.worst else { continue };
        if report.variants.len() > 1 {
            let busy = Shown::Percent.text(worst.utilisation);
            let bytes = of.redirected.iter().map(|row| row.bytes).sum::<f64>() + 0.0;
            let text = format!(
                "Worst five minutes {busy} on {}; {} redirected in all.",
                worst.port,
                amount(bytes)
            );
            items.push(Item::new(of.name.clone(), text));
        }
    }
    if let [of] = report.variants.as_slice() {
        items.extend(kinds(of).into_iter().take(3));
    }
    items.truncate(6);
    items
}

/// What crosses the network most, and would be missed least.
fn kinds(of: &TimelineOf) -> Vec<Item> {
    let amounts: Vec<(String, f64)> = ordered(of)
        .into_iter()
        .map(|(name, place)| {
            let own = of.steps.iter().map(|step| rate(step, &[place]) * (step.to_s - step.from_s));
            (name, own.sum::<f64>())
        })
        .collect();
    let all: f64 = amounts.iter().map(|(_, bytes)| bytes).sum();
    let item = |(name, bytes): (String, f64)| {
        let text =
            format!("{} of what crosses the network, {}.", share(bytes / all), amount(bytes));
        Item::new(name, text)
    };
    amounts.into_iter().filter(|(_, bytes)| *bytes > 0.0).map(item).collect()
}

/// Traffic, the most first, with its place.
fn ordered(of: &TimelineOf) -> Vec<(String, usize)> {
    let total = |place: usize| -> f64 {
        of.steps.iter().map(|step| rate(step, &[place]) * (step.to_s - step.from_s)).sum()
    };
    let mut kinds: Vec<(String, usize)> =
        of.traffic.iter().cloned().enumerate().map(|(place, name)| (name, place)).collect();
    // The sort is stable: what is alike stays in the order of its names.
    kinds.sort_by(|a, b| total(b.1).total_cmp(&total(a.1)));
    kinds
}

/// Payload of some traffic in a step.
fn rate(step: &StepRow, places: &[usize]) -> f64 {
    places.iter().filter_map(|place| step.traffic_bytes_per_s.get(*place)).sum::<f64>() + 0.0
}

fn trust(report: &TimelineReport) -> Vec<Said> {
    let mut said = vec![calibrated(&report.calibration)];
    if let Some(of) = report.variants.first() {
        said.push(match of.precision {
            Some(precision) if precision.is_finite() => {
                let text = format!("Mean latencies are known to {} or better.", share(precision));
                Said::new(Tone::Plain, text)
            }
            Some(_) => {
                let text = "Of some loads too few I/Os completed to tell how well latencies are \
                            known.";
                Said::new(Tone::Unsure, text)
            }
            None => Said::new(
                Tone::Unsure,
                "By the approximate solver alone, which knows no percentiles.",
            ),
        });
    }
    if !report.warnings.is_empty() {
        let text = format!("{} below.", plural(report.warnings.len(), "note"));
        said.push(Said::new(Tone::Unsure, text));
    }
    said
}

/// Charts of one variant over time.
pub(in super::super) fn over_time(of: &TimelineOf) -> Vec<Block> {
    if of.steps.is_empty() {
        return Vec::new();
    }
    [traffic(of, None), around(of), busy(of), latency(of)].into_iter().flatten().collect()
}

fn since(of: &TimelineOf) -> Axis {
    let start = Quantity::Since(of.start.clone(), of.time_zone.clone());
    Axis { quantity: start, ..Axis::of(&format!("local time ({})", of.time_zone), Shown::Seconds) }
}

/// A value of each step, held until its end.
fn line(of: &TimelineOf, name: &str, value: &dyn Fn(&StepRow) -> f64) -> Series {
    let last = of.steps.last().map(|step| (step.to_s, value(step)));
    let points = of.steps.iter().map(|step| (step.from_s, value(step))).chain(last);
    Series { name: name.to_owned(), points: points.collect() }
}

fn stretch(of: &TimelineOf) -> Option<(f64, f64, String)> {
    let worst = of.worst.as_ref()?;
    Some((worst.from_s, worst.from_s + 300.0, "worst five minutes".to_owned()))
}

/// What crosses the network, by cause; of a part of the time only, where there is one.
fn traffic(of: &TimelineOf, part: Option<(f64, f64)>) -> Option<Block> {
    let kinds = ordered(of);
    let (kept, rest) = kinds.split_at(kinds.len().min(KINDS));
    let series = |name: &str, place: usize| line(of, name, &|step| rate(step, &[place]));
    let mut series: Vec<Series> = kept.iter().map(|(name, place)| series(name, *place)).collect();
    if !rest.is_empty() {
        let places: Vec<usize> = rest.iter().map(|(_, place)| *place).collect();
        let name = format!("{} more", rest.len());
        series.push(line(of, &name, &|step| rate(step, &places)));
    }
    if let Some(part) = part {
        for series in &mut series {
            cut(series, part);
        }
    }
    if !series.iter().any(|series| series.points.iter().any(|point| point.1 > 0.0)) {
        return None;
    }
    let title = match part {
        None => "What crosses the network, by cause",
        Some(_) => "The same about the worst five minutes",
    };
    Some(Block::chart(Chart {
        title: title.to_owned(),
        about: "Payload of redirected I/O by its cause and of what runs beside the loads, one on \
                top of the other; where many steps fall together, the highest of them."
            .to_owned(),
        plot: Plot::Lines(Lines {
            across: since(of),
            up: Axis::of("payload", Shown::Bytes),
            series,
            form: Form::Stacked,
            limits: Vec::new(),
            stretch: stretch(of),
        }),
    }))
}

/// Leaves what stands between two places.
fn cut(series: &mut Series, (from, to): (f64, f64)) {
    let at = |place: f64| {
        let before = series.points.iter().rev().find(|point| point.0 <= place);
        before.map(|point| (place, point.1))
    };
    let ends = (at(from), at(to));
    series.points.retain(|point| point.0 > from && point.0 < to);
    series.points.splice(0..0, ends.0);
    series.points.extend(ends.1);
}

/// Half an hour before the worst five minutes to an hour after, where that is a small part of the
/// whole.
fn around(of: &TimelineOf) -> Option<Block> {
    let worst = of.worst.as_ref()?;
    let end = of.steps.last()?.to_s;
    let (from, to) = ((worst.from_s - 1800.0).max(0.0), (worst.from_s + 3900.0).min(end));
    if end < 6.0 * (to - from) { None } else { traffic(of, Some((from, to))) }
}

fn bounds(of: &TimelineOf, unit: &str, about: &str) -> Vec<Line> {
    let own = |row: &&LimitOverRow| row.unit == unit && row.limit.contains(about);
    let line = |row: &LimitOverRow| Line { at: row.bound, name: row.limit.clone() };
    of.limits.iter().filter(own).take(2).map(line).collect()
}

fn busy(of: &TimelineOf) -> Option<Block> {
    let busiest = |step: &StepRow| step.utilisation_highest;
    of.steps.iter().any(|step| busiest(step) > 0.0).then(|| {
        Block::chart(Chart {
            title: "Busiest port of the CSV network".to_owned(),
            about: "Busy share of whichever port is the busiest, over a second. Limits are held \
                    against means of five minutes, so that a short peak may stand above their line."
                .to_owned(),
            plot: Plot::Lines(Lines {
                across: since(of),
                up: Axis::share("busy"),
                series: vec![line(of, "busiest port", &busiest)],
                form: Form::Steps,
                limits: bounds(of, "fraction", "port"),
                stretch: stretch(of),
            }),
        })
    })
}

fn latency(of: &TimelineOf) -> Option<Block> {
    let mean = |step: &StepRow| step.latency_s_mean.unwrap_or(f64::NAN);
    let p99 = |step: &StepRow| step.latency_s_p99.unwrap_or(f64::NAN);
    let mut series = vec![line(of, "mean of all loads", &mean)];
    if of.steps.iter().any(|step| step.latency_s_p99.is_some()) {
        series.push(line(of, "highest p99 of a load", &p99));
    }
    of.steps.iter().any(|step| step.latency_s_mean.is_some_and(f64::is_finite)).then(|| {
        Block::chart(Chart {
            title: "Latency".to_owned(),
            about:
                "As guests see it; every step upwards multiplies. A line at the upper edge is a \
                    queue that grew without limit, a gap is a time without I/O."
                    .to_owned(),
            plot: Plot::Lines(Lines {
                across: since(of),
                up: Axis::log("latency", Shown::Seconds),
                series,
                form: Form::Steps,
                limits: bounds(of, "seconds", "latency"),
                stretch: None,
            }),
        })
    })
}

fn judged(row: &LimitOverRow, name: String) -> Option<Judged> {
    let shown = shown(&row.unit);
    let value = row.worst?;
    let told = if value.is_finite() { shown.text(value) } else { "without limit".to_owned() };
    let ends = row.prediction.filter(|[low, _]| low.is_finite());
    let told = match ends {
        Some([low, high]) if high.is_finite() => {
            format!("{told} ({} to {})", shown.text(low), shown.text(high))
        }
        _ => told,
    };
    let at_most = row.at_most;
    let tone = tone(&row.verdict);
    Some(Judged { name, value, interval: row.prediction, bound: row.bound, at_most, told, tone })
}

/// Limits with the worst that came of each.
pub(in super::super) fn limit_chart(of: &TimelineOf) -> Option<Block> {
    let rows = of.limits.iter().filter(|row| row.judged);
    let rows: Vec<Judged> = rows.filter_map(|row| judged(row, row.limit.clone())).collect();
    judged_chart("The worst of each limit", &rows)
}

/// Ports over the whole time.
pub(in super::super) fn port_chart(of: &TimelineOf) -> Option<Block> {
    let mut ports: Vec<_> = of.ports.iter().filter(|row| row.wire_bytes > 0.0).collect();
    ports.sort_by(|a, b| b.utilisation_highest.total_cmp(&a.utilisation_highest));
    let rows = ports.iter().take(ROWS).map(|row| DotRow {
        name: row.port.clone(),
        tone: Tone::Plain,
        marks: [row.utilisation_mean, row.utilisation_highest]
            .map(|busy| Some(Mark::plain(busy, Shown::Percent)))
            .to_vec(),
    });
    let rows: Vec<DotRow> = rows.collect();
    (!rows.is_empty()).then(|| {
        Block::chart(Chart {
            title: "Ports that may carry CSV traffic".to_owned(),
            about: format!(
                "Mean over the whole time and over the busiest second, of the {} busiest of {}.",
                rows.len(),
                plural(ports.len(), "port")
            ),
            plot: Plot::Dots(Dots {
                across: Axis::share("busy"),
                names: vec!["mean".to_owned(), "busiest second".to_owned()],
                rows,
                tones: Vec::new(),
                limits: bounds(of, "fraction", "port"),
            }),
        })
    })
}

/// Who was redirected for how long.
pub(in super::super) fn exposure_chart(of: &TimelineOf) -> Option<Block> {
    let rows: Vec<Bar> = of
        .exposure
        .iter()
        .take(ROWS)
        .map(|row| Bar {
            name: format!("{}: {}", row.vm, row.cause),
            mark: Mark {
                value: row.seconds / 3600.0,
                interval: None,
                told: format!("{}, {}", lasting(row.seconds), amount(row.bytes)),
            },
            tone: Tone::Redirected,
        })
        .collect();
    (!rows.is_empty()).then(|| {
        Block::chart(Chart {
            title: "Time spent redirected".to_owned(),
            about: format!(
                "Machines and causes, the longest {} of {}, with the payload that was redirected.",
                rows.len(),
                of.exposure.len()
            ),
            plot: Plot::Bars(Bars { across: hours(), rows, limits: Vec::new() }),
        })
    })
}

fn hours() -> Axis {
    Axis { quantity: Quantity::Number("h"), ..Axis::of("time", Shown::Seconds) }
}
