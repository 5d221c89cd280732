//! How long was measured, how often, and why: warm-up and precision.

use std::borrow::Borrow;

use crate::experiment::{Ended, GroupMeasure, Measurements, WarmUpFound, WarmUpRule};

use super::super::model::{PrecisionRow, WarmUpRow};
use super::super::number::{Shown, share};

pub(super) fn warm_up(measured: &Measurements) -> WarmUpRow {
    let found = &measured.warm_up;
    WarmUpRow {
        rule: match found.rule {
            WarmUpRule::Stated => "stated".into(),
            WarmUpRule::Mser => "mser5".into(),
            WarmUpRule::Share => "share".into(),
            WarmUpRule::Trace => "trace".into(),
        },
        reliable: found.reliable,
        pilot_s: found.pilot_s,
        settled_s: found.settled_s,
        delays_traces: found.delays_traces,
        words: words(found),
    }
}

fn words(found: &WarmUpFound) -> String {
    let seconds = |s: Option<f64>| Shown::Seconds.text(s.unwrap_or(f64::NAN));
    let pilot = seconds(found.pilot_s);
    let seen = match (found.pilot_s, found.reliable || found.rule == WarmUpRule::Stated) {
        (None, _) => String::new(),
        (Some(_), true) if found.settled_s == Some(0.0) => {
            format!("; MSER-5 saw no start-up in a pilot run of {pilot}")
        }
        (Some(_), true) => {
            let settled = seconds(found.settled_s);
            format!("; MSER-5 saw the start-up end after {settled} of a pilot run of {pilot}")
        }
        (Some(_), false) => {
            format!("; uncertain, as MSER-5 saw no settled state in a pilot run of {pilot}")
        }
    };
    let rule = match found.rule {
        WarmUpRule::Stated => "The warm-up is as stated",
        WarmUpRule::Mser => "The warm-up was found in a pilot run",
        WarmUpRule::Share => "The warm-up is 5 % of the time measured, more than was found",
        WarmUpRule::Trace => "Traces have no warm-up: first I/O to last completion is measured",
    };
    let traces = if found.delays_traces { ". The traces begin when it ends" } else { "" };
    format!("{rule}{seen}{traces}.")
}

pub(super) fn precision(measured: &Measurements) -> Option<PrecisionRow> {
    let asked = measured.precision?;
    let quantities = measured.workloads().flat_map(|group| {
        let name = group.name.as_str();
        [(name, "latency_mean", group.latency_s), (name, "iops", group.iops)]
    });
    let widths = quantities.map(|(name, quantity, estimate)| {
        let width = estimate.relative();
        // What is not known at all is the least known.
        (name, quantity, if width.is_nan() { f64::INFINITY } else { width })
    });
    let (workload, quantity, reached) = widths.max_by(|a, b| a.2.total_cmp(&b.2))?;
    Some(PrecisionRow {
        asked: asked.relative,
        reached,
        workload: workload.to_owned(),
        quantity: quantity.into(),
        met: measured.ended == Ended::Reached,
        replications_max: asked.replications_max,
    })
}

/// The first of some names, and how many there are beside them.
pub(super) fn named<T: Borrow<str>>(names: &[T], most: usize) -> String {
    let shown = names.iter().take(most).map(Borrow::borrow).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What the reader must know of a precision that was not reached.
pub(super) fn missed(name: &str, measured: &Measurements) -> Option<String> {
    let asked = measured.precision.filter(|_| measured.ended == Ended::Bound)?;
    let missing: Vec<String> = measured
        .workloads()
        .filter(|group| group.precision().is_nan() || group.precision() > asked.relative)
        .map(|group| format!("{} ({})", group.name, share(group.precision())))
        .collect();
    let shown = named(&missing, NAMED);
    let widest = measured.workloads().map(GroupMeasure::precision);
    let widest = widest.fold(0.0, |a, b| if b.is_nan() { f64::INFINITY } else { b.max(a) });
    let enough = match needed(measured.replications, widest / asked.relative) {
        Some(n) if n <= REPLICATIONS_MAX => format!(
            "some {n} replications would be needed: state `replications-max = {n}` under [run], \
             give `--set run.replications-max={n}`, or state a longer `duration`"
        ),
        Some(n) => format!(
            "some {n} replications would be needed, and {REPLICATIONS_MAX} is the most that \
             `replications-max` takes: state a longer `duration`"
        ),
        None => "how many more are needed cannot be told: state a longer `duration`".to_owned(),
    };
    Some(format!(
        "{name}: the precision of {} was not reached in {} replications by {shown}; {enough}",
        share(asked.relative),
        measured.replications
    ))
}

/// The largest `replications-max` that a scenario may state.
const REPLICATIONS_MAX: u64 = 10_000;

/// Replications after which a half width that is now `times` too wide would do: it falls with the
/// root of their number. Rounded up to two digits; none where nothing is known.
fn needed(done: u64, times: f64) -> Option<u64> {
    let exact = done as f64 * times * times;
    // Beyond this nobody waits for it, and whole numbers of two digits stay exact below.
    if !exact.is_finite() || exact > 1e15 {
        return None;
    }
    let mut step = 1.0;
    while exact / step > 99.0 {
        step *= 10.0;
    }
    Some(((exact / step).ceil() * step) as u64)
}

/// Workloads that a warning names.
const NAMED: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Plan, Precision, WarmUp, run};
    use crate::network::{Network, Service, Source, Station, Visit};
    use crate::random::Shape;

    fn measured(plan: &Plan) -> Measurements {
        let mut net = Network::default();
        let station = net.add_station(Station::fifo("server", 1));
        let service = Service::time(1e8, 0.0, Shape::Exponential);
        let route = net.add_route("r", vec![Visit::new(station, "s", service).into()]);
        for name in ["a", "b", "c", "d", "e", "f"] {
            net.add_source(Source::poisson(name, route, 1000.0));
        }
        let plan = Plan { duration_s: Some(0.05), threads: Some(1), ..plan.clone() };
        run(&net, &plan, &|| false, &|_| {}).unwrap()
    }

    fn asking(relative: f64, replications_max: u64) -> Plan {
        let precision = Some(Precision { relative, replications_max });
        Plan { precision, warm_up: WarmUp::Fixed(0.01), ..Plan::default() }
    }

    #[test]
    fn a_precision_that_was_not_reached_names_who_did_not() {
        let all = measured(&asking(0.001, 11));
        let row = precision(&all).unwrap();
        assert!(!row.met && row.reached > 0.001 && row.replications_max == 11);
        let text = missed("base", &all).unwrap();
        let start = "base: the precision of 0.1 % was not reached in 11 replications by a (";
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains(" and 1 more; some "), "{text}");
        // Tens of per cent in a window of 50 I/Os: too many for a tenth of a per cent.
        assert!(text.ends_with("`replications-max` takes: state a longer `duration`"), "{text}");
        let near = missed("base", &measured(&asking(0.05, 11))).unwrap();
        let n: u64 = near
            .split("replications-max = ")
            .nth(1)
            .unwrap()
            .split('`')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(n > 11 && near.contains(&format!("`--set run.replications-max={n}`")), "{near}");
        let reached = measured(&asking(0.4, 100));
        assert!(precision(&reached).unwrap().met && missed("base", &reached).is_none());
        assert_eq!(precision(&measured(&Plan::default())), None);
    }

    #[test]
    fn twice_as_narrow_takes_four_times_as_many() {
        assert_eq!(needed(12, 2.0), Some(48));
        // 11 * 9 is 99, 12 * 9 is 108.
        assert_eq!((needed(11, 3.0), needed(12, 3.0)), (Some(99), Some(110)));
        assert_eq!((needed(100, 3.5), needed(100, 10.0)), (Some(1300), Some(10_000)));
        assert_eq!((needed(10, f64::INFINITY), needed(10, f64::NAN)), (None, None));
    }

    #[test]
    fn the_widest_of_all_is_the_one_reached() {
        let all = measured(&asking(0.2, 100));
        let row = precision(&all).unwrap();
        let widest = all.groups.iter().map(GroupMeasure::precision).fold(0.0, f64::max);
        assert_eq!(row.reached, widest);
        let group = all.groups.iter().find(|group| group.name == row.workload).unwrap();
        assert_eq!(group.precision(), widest);
    }

    #[test]
    fn words_tell_rule_and_doubt() {
        let found = WarmUpFound {
            rule: WarmUpRule::Mser,
            reliable: true,
            pilot_s: Some(0.25),
            settled_s: Some(0.004),
            delays_traces: false,
        };
        let of = |rule, reliable, pilot_s, delays_traces| {
            words(&WarmUpFound { rule, reliable, pilot_s, delays_traces, ..found })
        };
        let pilot = Some(0.25);
        assert_eq!(of(WarmUpRule::Stated, true, None, false), "The warm-up is as stated.");
        assert_eq!(
            of(WarmUpRule::Mser, true, pilot, true),
            "The warm-up was found in a pilot run; MSER-5 saw the start-up end after 4.00 ms of a \
             pilot run of 250 ms. The traces begin when it ends."
        );
        let none = words(&WarmUpFound { settled_s: Some(0.0), ..found });
        assert!(none.ends_with("; MSER-5 saw no start-up in a pilot run of 250 ms."), "{none}");
        assert!(of(WarmUpRule::Share, false, pilot, false).contains("; uncertain, as MSER-5"));
        assert!(of(WarmUpRule::Stated, false, pilot, false).contains("end after 4.00 ms"));
        assert!(of(WarmUpRule::Trace, true, None, false).starts_with("Traces have no warm-up"));
    }
}
