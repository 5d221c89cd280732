//! Page one of a plan of moves.

use super::super::chart::Tone;
use super::super::document::{Cover, Item, Number, Said};
use super::super::number::{Shown, amount, difference, lasting, level, plural};
use super::super::{AlignOf, AlignReport, ChangedRow};
use super::calibrated;

/// Busy share of a port that is none.
const IDLE: f64 = 1e-4;
/// Moves that page one names.
const NAMED: usize = 3;

fn within(report: &AlignReport, of: &AlignOf) -> String {
    if report.variants.len() > 1 { format!(", {}", of.name) } else { String::new() }
}

/// Good where nothing is to be moved or what is left is proved to be least, unsure else.
fn tone(report: &AlignReport, of: &AlignOf) -> Tone {
    let least = of.redirected_bytes_per_s <= of.redirected_at_least_bytes_per_s;
    match () {
        () if report.interrupted || !least => Tone::Unsure,
        () if of.off.iter().any(|row| row.left.is_some()) => Tone::Unsure,
        () => Tone::Good,
    }
}

/// Page one, of the variant of which most crosses the network.
pub(in super::super) fn cover(report: &AlignReport) -> Cover {
    let now = |of: &AlignOf| of.now.redirected_bytes_per_s;
    let most = report.variants.iter().reduce(|a, b| if now(b) > now(a) { b } else { a });
    let Some(of) = most else { return Cover::default() };
    let after = Shown::Bytes.text(of.then.redirected_bytes_per_s);
    let number = Number {
        name: "redirected now".to_owned(),
        value: Shown::Bytes.text(now(of)),
        interval: String::new(),
        note: format!("{after} after {}{}", plural(of.moves.len(), "move"), within(report, of)),
    };
    let machines = of.moves.iter().filter(|row| row.what == "machine");
    let seconds: f64 = machines.map(|row| row.seconds).sum::<f64>() + 0.0;
    let bytes: f64 = of.moves.iter().map(|row| row.bytes).sum::<f64>() + 0.0;
    let moves = (!of.moves.is_empty()).then(|| Number {
        name: "the moves, one after the other".to_owned(),
        value: lasting(seconds),
        interval: String::new(),
        note: format!("{} over the network", amount(bytes)),
    });
    let simulated = of.simulated.iter().flatten().map(changed);
    let busy = of.now.port.as_ref().zip(of.now.utilisation).filter(|(_, busy)| *busy > 0.0);
    let binds = busy.map(|(port, busy)| {
        let then = of.then.utilisation.filter(|busy| *busy >= IDLE);
        let then = then.map_or_else(
            || "none has anything to carry".to_owned(),
            |busy| format!("the busiest is {} busy", Shown::Percent.text(busy)),
        );
        let busy = Shown::Percent.text(busy);
        Item::new(
            port.clone(),
            format!("The busiest port now, {busy} busy; after the moves {then}."),
        )
    });
    let left = of
        .off
        .iter()
        .filter_map(|row| Some(Item::new(format!("{}/{}", row.vm, row.disk), row.left.clone()?)));
    let mut heaviest: Vec<_> = of.moves.iter().filter(|row| row.saves_bytes_per_s > 0.0).collect();
    heaviest.sort_by(|a, b| b.saves_bytes_per_s.total_cmp(&a.saves_bytes_per_s));
    let changes = heaviest.into_iter().take(NAMED).map(|row| {
        let what = if row.what == "volume" { "owner of " } else { "" };
        let saves = Shown::Bytes.text(row.saves_bytes_per_s);
        let name = format!("{what}{}", row.name);
        Item::new(name, format!("From {} to {}, saves {saves}.", row.from, row.to))
    });
    let mut trust = vec![calibrated(&report.calibration)];
    if report.interrupted {
        trust.push(Said::new(Tone::Bad, "Interrupted: the best plan found by then."));
    }
    trust.push(match of.simulated {
        Some(_) => Said::new(Tone::Plain, "What the moves change is simulated."),
        None => Said::new(Tone::Unsure, "By the approximate solver, without intervals."),
    });
    trust.push(Said::new(Tone::Plain, of.taken()));
    if !of.undone_by.is_empty() {
        let text = "The cluster would undo some of it by itself: see what to take note of.";
        trust.push(Said::new(Tone::Unsure, text));
    }
    Cover {
        verdict: Some(Said::new(tone(report, of), of.verdict())),
        number: Some(number),
        beside: moves.into_iter().chain(simulated).take(4).collect(),
        binds: binds.into_iter().chain(left.take(NAMED)).collect(),
        changes: changes.collect(),
        trust,
    }
}

fn changed(row: &ChangedRow) -> Number {
    let share = |seconds: f64| difference(seconds / row.latency_now_s);
    let [low, high] = row.latency_change_interval_s.map(share);
    Number {
        name: format!("mean latency of {} by the moves", row.workload),
        value: share(row.latency_change_s),
        interval: format!("{low} to {high} at {}", level(row.level)),
        note: String::new(),
    }
}
