//! Page one and charts of failures.

use super::super::chart::{Axis, Bar, Bars, Chart, DotRow, Dots, Mark, Plot, Tone};
use super::super::document::{Block, Cover, Item, Number, Said};
use super::super::number::{self, Shown, plural};
use super::super::{FailureRow, FailuresOf, FailuresReport};
use super::{calibrated, sentence};

/// Rows of a chart.
const ROWS: usize = 16;
/// Failures that page one names.
const NAMED: usize = 4;

/// What has failed, in words.
pub(in super::super) fn what(row: &FailureRow) -> String {
    if row.elements.is_empty() { "(nothing)".to_owned() } else { row.elements.join(" and ") }
}

fn harms(row: &FailureRow) -> bool {
    row.stopped || row.machines_off > 0 || row.machines_waiting > 0
}

/// Whether any machine is out of use, for good or until it is on again elsewhere.
fn stops(row: &FailureRow) -> bool {
    harms(row) || row.out_of_use_s > 0.0
}

fn tone(row: &FailureRow) -> Tone {
    match row {
        row if row.elements.is_empty() => Tone::Plain,
        row if row.stopped || row.machines_off > 0 => Tone::Bad,
        row if row.machines_waiting > 0 || !row.latency_s.is_finite() => Tone::Unsure,
        _ => Tone::Good,
    }
}

fn failures(report: &FailuresReport) -> impl Iterator<Item = (&FailuresOf, &FailureRow)> {
    let all = report.variants.iter().flat_map(|of| of.rows.iter().map(move |row| (of, row)));
    all.filter(|(_, row)| !row.elements.is_empty())
}

fn within(report: &FailuresReport, of: &FailuresOf) -> String {
    if report.variants.len() > 1 { format!(", {}", of.name) } else { String::new() }
}

/// Page one.
pub(in super::super) fn cover(report: &FailuresReport) -> Cover {
    let worst = failures(report).find(|(_, row)| row.machines_off + row.machines_waiting > 0);
    let number = worst.map(|(of, row)| Number {
        name: "machines off after the worst failure".to_owned(),
        value: row.machines_off.to_string(),
        interval: match row.machines_waiting {
            0 => String::new(),
            n => format!("{} more whose I/O waits", plural(n, "machine")),
        },
        note: format!("{}{}", what(row), within(report, of)),
    });
    let mut beside = beside(report).into_iter();
    let number = number.or_else(|| beside.next());
    Cover {
        verdict: Some(verdict(report)),
        number,
        beside: beside.collect(),
        binds: failures(report)
            .take(NAMED)
            .map(|(of, row)| {
                let undamaged = of.rows.first();
                Item::new(format!("{}{}", what(row), within(report, of)), left(row, undamaged))
            })
            .collect(),
        changes: Vec::new(),
        trust: vec![
            calibrated(&report.calibration),
            Said::new(
                Tone::Unsure,
                "By the approximate solver, without intervals; every load, backup and traffic at \
                 its full level, those with `when` too.",
            ),
        ],
    }
}

fn verdict(report: &FailuresReport) -> Said {
    let all = failures(report).count();
    let stops = failures(report).filter(|(_, row)| row.stopped).count();
    let harmed = failures(report).filter(|(_, row)| !row.stopped && harms(row)).count();
    let narrow =
        failures(report).filter(|(_, row)| !harms(row) && !row.latency_s.is_finite()).count();
    let failures = plural(all, "failure");
    if stops + harmed + narrow == 0 {
        return Said::new(
            Tone::Good,
            format!("After each of {failures} every machine is on again within the hour."),
        );
    }
    let mut parts = Vec::new();
    if stops > 0 {
        parts.push(format!("{stops} stop the cluster"));
    }
    if harmed > 0 {
        parts.push(format!("{harmed} leave machines off or waiting"));
    }
    if narrow > 0 {
        parts.push(format!("{narrow} leave a way too narrow for its load"));
    }
    let tone = if stops + harmed > 0 { Tone::Bad } else { Tone::Unsure };
    Said::new(tone, format!("Of {failures}, {}.", parts.join(", ")))
}

/// Which failure of a variant is worst and why, and which of those that stop nothing.
pub(in super::super) fn answer(of: &FailuresOf) -> Option<String> {
    let (undamaged, failures) = of.rows.split_first()?;
    let worst = failures.first()?;
    let told = |row: &FailureRow| format!("{}: {}", what(row), words(row, Some(undamaged)));
    let first = format!("The worst to lose is {}.", told(worst));
    if !stops(worst) {
        return Some(first);
    }
    Some(match failures.iter().find(|row| !stops(row)) {
        Some(row) => format!("{first} The worst that stops nothing is {}.", told(row)),
        None => format!("{first} There is none that stops nothing."),
    })
}

/// What a failure leaves, in a sentence, beside the undamaged state.
fn left(row: &FailureRow, undamaged: Option<&FailureRow>) -> String {
    sentence(&words(row, undamaged))
}

fn words(row: &FailureRow, undamaged: Option<&FailureRow>) -> String {
    let mut parts = Vec::new();
    if row.stopped {
        parts.push("the cluster stops for want of votes".to_owned());
    }
    if row.machines_off > 0 {
        parts.push(format!("{} off", plural(row.machines_off, "machine")));
    }
    if row.machines_waiting > 0 {
        parts.push(format!("{} whose I/O waits", plural(row.machines_waiting, "machine")));
    }
    if row.latency_s == f64::INFINITY {
        parts.push("a queue that grows without limit".to_owned());
    }
    if row.out_of_use_s > 0.0 {
        parts.push(format!("longest out of use {:.0} s", row.out_of_use_s));
    }
    if row.latency_s > 0.0 && row.latency_s.is_finite() {
        let before = undamaged.map(|of| format!(" ({} before)", number::latency(of.latency_s)));
        let latency = number::latency(row.latency_s);
        parts.push(format!("highest mean latency {latency}{}", before.unwrap_or_default()));
    }
    if let Some((port, busy)) = row.port.as_ref().zip(row.utilisation.filter(|busy| *busy > 0.0)) {
        let before = undamaged.and_then(|of| of.utilisation);
        let before = before.map(|busy| format!(" ({} before)", Shown::Percent.text(busy)));
        let busy = Shown::Percent.text(busy);
        parts.push(format!("busiest port {port} {busy}{}", before.unwrap_or_default()));
    }
    parts.join(", ")
}

fn beside(report: &FailuresReport) -> Vec<Number> {
    let mut numbers = Vec::new();
    let busy = failures(report).filter_map(|(of, row)| Some((of, row, row.utilisation?)));
    if let Some((of, row, share)) = busy.reduce(|a, b| if b.2 > a.2 { b } else { a }) {
        numbers.push(Number {
            name: "busiest port of the CSV network".to_owned(),
            value: Shown::Percent.text(share),
            interval: String::new(),
            note: format!(
                "{} after {}{}",
                row.port.as_deref().unwrap_or_default(),
                what(row),
                within(report, of)
            ),
        });
    }
    let longest =
        failures(report).reduce(|a, b| if b.1.out_of_use_s > a.1.out_of_use_s { b } else { a });
    if let Some((of, row)) = longest {
        numbers.push(Number {
            name: "longest out of use".to_owned(),
            value: format!("{:.0} s", row.out_of_use_s),
            interval: String::new(),
            note: format!("after {}{}", what(row), within(report, of)),
        });
    }
    numbers
}

/// Charts of one variant.
pub(in super::super) fn charts(of: &FailuresOf) -> Vec<Block> {
    [busy(of), latency(of)].into_iter().flatten().collect()
}

fn busy(of: &FailuresOf) -> Option<Block> {
    let rows = of.rows.iter().filter_map(|row| {
        let busy = row.utilisation?;
        let port = row.port.as_deref().filter(|_| busy > 0.0).unwrap_or_default();
        let stops = if row.stopped { ": the cluster stops" } else { "" };
        let told = format!("{} {port}", Shown::Percent.text(busy));
        let mark = Mark { value: busy, interval: None, told: told.trim_end().to_owned() };
        Some(Bar { name: format!("{}{stops}", what(row)), mark, tone: tone(row) })
    });
    let rows: Vec<Bar> = rows.take(ROWS).collect();
    (!rows.is_empty()).then(|| {
        Block::chart(Chart {
            title: "Busiest port of the CSV network after each failure".to_owned(),
            about: format!(
                "An hour after each of {}, the worst on top, below what nothing that fails leaves.",
                plural(rows.len().saturating_sub(1), "failure")
            ),
            plot: Plot::Bars(Bars { across: Axis::share("busy"), rows, limits: Vec::new() }),
        })
    })
}

fn latency(of: &FailuresOf) -> Option<Block> {
    let row = |row: &FailureRow| DotRow {
        name: what(row),
        tone: tone(row),
        marks: vec![Some(Mark::plain(row.latency_s, Shown::Seconds))],
    };
    let rows: Vec<DotRow> = of.rows.iter().take(ROWS).map(row).collect();
    if !of.rows.iter().any(|row| row.latency_s.is_finite() && row.latency_s > 0.0) {
        return None;
    }
    Some(Block::chart(Chart {
        title: "Highest mean latency of a load after each failure".to_owned(),
        about:
            "Every step to the right multiplies; a mark at the right edge is a queue that grows \
                without limit."
                .to_owned(),
        plot: Plot::Dots(Dots {
            across: Axis::log("latency", Shown::Seconds),
            names: vec!["latency".to_owned()],
            rows,
            tones: vec![
                (Tone::Good, "every machine on".to_owned()),
                (Tone::Unsure, "I/O waits, or its way is too narrow".to_owned()),
                (Tone::Bad, "machines off".to_owned()),
            ],
            limits: Vec::new(),
        }),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, out_of_use_s: f64, latency_s: f64, busy: f64) -> FailureRow {
        FailureRow {
            elements: if name.is_empty() { Vec::new() } else { vec![name.to_owned()] },
            stopped: false,
            machines_off: 0,
            machines_waiting: 0,
            out_of_use_s,
            port: Some("HV1/p/tx".to_owned()),
            utilisation: Some(busy),
            redirected_bytes_per_s: 0.0,
            latency_s,
        }
    }

    #[test]
    fn the_answer_names_the_worst_and_the_worst_that_stops_nothing() {
        let node = row("node HV1", 50.0, 348e-6, 0.02);
        let controller = row("a controller of san", 0.0, 985e-6, 0.01);
        let rows = vec![row("", 0.0, 348e-6, 0.01), node, controller.clone()];
        let of = FailuresOf { name: "base".to_owned(), rows };
        assert_eq!(
            answer(&of).unwrap(),
            "The worst to lose is node HV1: longest out of use 50 s, highest mean latency 348 us \
             (348 us before), busiest port HV1/p/tx 2.00 % (1.00 % before). The worst that stops \
             nothing is a controller of san: highest mean latency 985 us (348 us before), busiest \
             port HV1/p/tx 1.00 % (1.00 % before)."
        );
        let rows = vec![row("", 0.0, 348e-6, 0.01), controller];
        let of = FailuresOf { name: "base".to_owned(), rows };
        assert!(answer(&of).unwrap().starts_with("The worst to lose is a controller of san:"));
        assert!(!answer(&of).unwrap().contains("stops nothing"));
    }
}
