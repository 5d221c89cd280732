//! `run --profile`: where the time went, on standard error.

use std::fmt::Write as _;

use crate::app::Profile;

/// Stations shown.
const STATIONS: usize = 10;

/// The whole of it, for a terminal.
pub(super) fn text(profile: &Profile) -> String {
    let mut text = String::from("\nProfile\n-------\n\n");
    // Writing to a text never fails.
    let _ = phases(profile, &mut text);
    let _ = speed(profile, &mut text);
    let _ = stations(profile, &mut text);
    text
}

fn phases(profile: &Profile, text: &mut String) -> std::fmt::Result {
    let all: f64 = profile.phases.iter().map(|phase| phase.seconds).sum();
    for phase in &profile.phases {
        let share = percent(phase.seconds, all);
        writeln!(text, "  {:<10} {:>10.3} s  {share}", phase.name, phase.seconds)?;
    }
    writeln!(text, "  {:<10} {all:>10.3} s\n", "all")
}

fn speed(profile: &Profile, text: &mut String) -> std::fmt::Result {
    if profile.replications == 0 {
        return writeln!(text, "  No replication was simulated.");
    }
    let (events, ios) = (profile.events as f64, profile.ios as f64);
    let wall = profile.seconds_of("simulate");
    let ns = profile.on_threads_s * 1e9;
    for (what, value) in [
        ("replications simulated", short(profile.replications as f64)),
        ("simulated time, warm-up included", format!("{} s", short(profile.simulated_s))),
        ("simulated seconds a second", short(profile.simulated_s / wall)),
        ("events", short(events)),
        ("I/Os", short(ios)),
        ("events an I/O", short(events / ios)),
        ("time an I/O, on one core", format!("{} ns", short(ns / ios))),
        ("time an event, on one core", format!("{} ns", short(ns / events))),
        ("I/Os a second, on one core", short(ios / profile.on_threads_s)),
        ("I/Os a second, on all threads", short(ios / wall)),
    ] {
        writeln!(text, "  {what:<34} {value:>12}")?;
    }
    Ok(())
}

fn stations(profile: &Profile, text: &mut String) -> std::fmt::Result {
    let all: f64 = profile.visits.values().map(|visits| *visits as f64).sum();
    let mut order: Vec<(&String, f64)> =
        profile.visits.iter().map(|(label, visits)| (label, *visits as f64)).collect();
    // The sort is stable, so equals stay in the order of their labels.
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    if order.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n  {:<34} {:>12}  {:>9}", "station", "visits, share", "per I/O")?;
    for (label, visits) in order.iter().take(STATIONS) {
        let per_io = visits / profile.ios_measured as f64;
        writeln!(text, "  {label:<34} {:>13}  {per_io:>9.2}", percent(*visits, all))?;
    }
    let rest = &order[order.len().min(STATIONS)..];
    if !rest.is_empty() {
        let visits: f64 = rest.iter().map(|(_, visits)| visits).sum();
        let what = format!("{} more", rest.len());
        let per_io = visits / profile.ios_measured as f64;
        writeln!(text, "  {what:<34} {:>13}  {per_io:>9.2}", percent(visits, all))?;
    }
    Ok(())
}

fn percent(part: f64, all: f64) -> String {
    let share = 100.0 * part / all;
    if share.is_finite() { format!("{share:.1} %") } else { "-".to_owned() }
}

/// Three digits or more, with a letter for thousands; `-` for what is no number.
fn short(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let steps = [(1e9, " G"), (1e6, " M"), (1e3, " k")];
    let step = steps.into_iter().find(|(size, _)| value.abs() >= 10.0 * size);
    let (value, letter) = step.map_or((value, ""), |(size, letter)| (value / size, letter));
    let decimals = match value.abs() {
        x if x >= 100.0 => 0,
        x if x >= 10.0 => 1,
        _ => 2,
    };
    let whole = letter.is_empty() && value.fract() == 0.0;
    if whole { format!("{value:.0}") } else { format!("{value:.decimals$}{letter}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Phase;

    #[test]
    fn rates_are_of_the_right_things() {
        let phase = |name, seconds| Phase { name, seconds };
        let visits = (0..12).map(|n| (format!("s{n:02}"), if n == 3 { 890 } else { 10 }));
        let profile = Profile {
            phases: vec![phase("read", 0.5), phase("simulate", 1.5)],
            replications: 4,
            simulated_s: 6.0,
            on_threads_s: 2.0,
            events: 40_000_000,
            ios: 10_000_000,
            ios_measured: 500,
            visits: visits.collect(),
        };
        let text = text(&profile);
        let line = |start: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(start));
            let line = line.unwrap_or_else(|| panic!("{start}: {text}"));
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("simulate "), "simulate 1.500 s 75.0 %");
        assert_eq!(line("all"), "all 2.000 s");
        assert_eq!(line("simulated seconds"), "simulated seconds a second 4");
        assert_eq!(line("events an"), "events an I/O 4");
        // 2 s over 10 million I/Os and 40 million events.
        assert_eq!(line("time an I/O"), "time an I/O, on one core 200 ns");
        assert_eq!(line("time an event"), "time an event, on one core 50 ns");
        assert_eq!(line("I/Os a second, on one"), "I/Os a second, on one core 5000 k");
        assert_eq!(line("s03"), "s03 89.0 % 1.78");
        assert_eq!(line("2 more"), "2 more 2.0 % 0.04");
    }

    #[test]
    fn nothing_simulated_is_no_division() {
        let text = text(&Profile::default());
        assert!(text.contains("No replication was simulated.") && !text.contains("NaN"), "{text}");
    }
}
