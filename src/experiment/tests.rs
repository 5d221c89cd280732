//! Rounds, the window, going on from a checkpoint, and single I/Os.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::engine::RunRecord;
use crate::network::{Arrivals, Network, Service, Source, Station, TraceIo, Visit};
use crate::random::{Seed, Shape};

/// A closed and an open load at a server of 1 ms, by a port.
fn net() -> Network {
    let mut net = Network::default();
    let server = net.add_station(Station::fifo("server", 1));
    let port = net.add_station(Station::port("tx", 10e9, 1_000_000));
    let service = Service::time(1e8, 0.0, Shape::Exponential);
    let wire =
        Service::Wire { header_bytes: 0, payload: true, framing: crate::network::Framing::NONE };
    let steps =
        vec![Visit::new(port, "wire", wire).into(), Visit::new(server, "s", service).into()];
    let route = net.add_route("r", steps);
    net.add_source(Source::closed("closed", route, 2));
    net.add_source(Source::poisson("open", route, 1000.0));
    for source in &mut net.sources {
        source.mix[0].bytes = 8192;
    }
    net
}

fn plan() -> Plan {
    Plan {
        duration_s: Some(0.2),
        warm_up: WarmUp::Fixed(0.02),
        threads: Some(1),
        ..Plan::default()
    }
}

fn asking(relative: f64, replications_max: u64) -> Plan {
    Plan { precision: Some(Precision { relative, replications_max }), ..plan() }
}

/// Everything that was measured, as text: equal texts are equal bits.
///
/// A sketch may have grown in other steps; what it holds is in what is written down of it.
fn text(measured: &Measurements) -> String {
    let mut measured = measured.clone();
    let mut text = String::new();
    for group in &mut measured.groups {
        text += &serde_json::to_string(&std::mem::take(&mut group.latencies)).unwrap();
    }
    text + &format!("{measured:?}")
}

fn measured(plan: &Plan) -> Measurements {
    run(&net(), plan, &|| false, &|_| {}).unwrap()
}

#[test]
fn replications_are_added_until_the_precision_is_reached() {
    let plan = asking(0.02, 200);
    let all = measured(&plan);
    assert_eq!((all.ended, all.partial()), (Ended::Reached, false));
    for group in &all.groups {
        assert!(group.latency_s.relative() <= 0.02 && group.iops.relative() <= 0.02, "{group:?}");
        assert_eq!(group.samples.len() as u64, all.replications);
        assert!(group.precision() <= 0.02);
    }
    // It ended with a round, and the round before was not enough.
    let next = |done: &u64| Some(plan.after(*done)).filter(|next| next > done);
    let rounds: Vec<u64> = std::iter::successors(Some(plan.first()), next).collect();
    let place = rounds.iter().position(|round| *round == all.replications).unwrap();
    assert!(place > 0, "the first round was enough, which shows nothing");
    let before = measured(&Plan { replications: rounds[place - 1], precision: None, ..plan });
    assert!(before.groups.iter().any(|group| group.precision() > 0.02));
    assert_eq!(before.ended, Ended::Planned);
}

#[test]
fn the_number_of_threads_decides_nothing() {
    let on = |threads| measured(&Plan { threads: Some(threads), ..asking(0.02, 200) });
    let one = text(&on(1));
    assert_eq!(one, text(&on(4)));
    assert_eq!(one, text(&on(3)));
}

#[test]
fn the_bound_stops_what_is_never_reached() {
    let all = measured(&asking(1e-6, 12));
    assert_eq!((all.ended, all.replications), (Ended::Bound, 12));
    assert!(all.groups.iter().all(|group| group.precision() > 1e-6));
    // A workload that does nothing is not known to any precision.
    let mut net = net();
    net.sources.iter_mut().nth(1).unwrap().arrivals = Arrivals::Poisson { interval_ps: 1e18 };
    let all = run(&net, &asking(0.5, 12), &|| false, &|_| {}).unwrap();
    assert_eq!((all.ended, all.replications), (Ended::Bound, 12));
    assert!(all.groups[0].precision() <= 0.5 && all.groups[1].precision().is_nan());
}

#[test]
fn progress_tells_rounds_and_what_was_reached() {
    let told = Mutex::new(Vec::new());
    let progress = |of: &Progress| told.lock().unwrap().push(*of);
    let watch = Watch { progress: &progress, ..Watch::silent() };
    let all = resume(&net(), &asking(0.02, 200), Vec::new(), &watch).unwrap();
    let told = told.into_inner().unwrap();
    assert_eq!(told.len() as u64, all.replications);
    assert_eq!((told[0].round, told[0].done, told[0].round_end, told[0].reached), (1, 1, 10, None));
    let last = told.last().unwrap();
    assert_eq!((last.done, last.round_end), (all.replications, all.replications));
    assert!(last.round > 1 && last.reached.unwrap() > 0.02);
    assert!(told.iter().all(|of| (0.0..=1.0).contains(&of.share()) && of.expected >= of.round_end));
}

/// Runs until `after` replications were finished, and gives what a checkpoint of them holds.
fn interrupted(plan: &Plan, after: u64) -> (Option<Measurements>, Vec<u8>) {
    let identity = [Identity::of("base", &net(), plan)];
    let kept = Mutex::new(Checkpoint::new(&identity));
    let done = AtomicU64::new(0);
    let finished = |record: &RunRecord, _| {
        kept.lock().unwrap().add(0, record);
        done.fetch_add(1, Ordering::Relaxed);
    };
    let cancelled = || done.load(Ordering::Relaxed) >= after;
    let watch = Watch { cancelled: &cancelled, finished: &finished, ..Watch::silent() };
    let measured = resume(&net(), plan, Vec::new(), &watch);
    let mut bytes = Vec::new();
    kept.into_inner().unwrap().write(&mut bytes).unwrap();
    match measured {
        Ok(measured) => (Some(measured), bytes),
        Err(ExperimentError::Cancelled) => (None, bytes),
        Err(error) => panic!("{error}"),
    }
}

fn read(bytes: &[u8], plan: &Plan) -> Result<Vec<RunRecord>, CheckpointError> {
    let (again, mut kept) = Checkpoint::read(bytes, &[Identity::of("base", &net(), plan)])?;
    let mut written = Vec::new();
    again.write(&mut written).unwrap();
    assert_eq!(written, bytes, "what was read is what would be written");
    Ok(kept.remove(0))
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bits() {
    for plan in [Plan { replications: 7, ..plan() }, asking(0.02, 200)] {
        let whole = text(&measured(&plan));
        for (after, threads, then) in [(0, 1, 2), (1, 1, 1), (3, 2, 1), (6, 4, 3), (11, 3, 4)] {
            let (part, bytes) =
                interrupted(&Plan { threads: Some(threads), ..plan.clone() }, after);
            if let Some(part) = part.as_ref().filter(|part| part.partial()) {
                assert!(part.replications >= after.min(1) && part.ended == Ended::Cancelled);
            }
            assert_eq!(part.is_none(), after == 0);
            let kept = read(&bytes, &plan).unwrap();
            // What is done has no gaps, so that a part is that of a run that was planned shorter.
            let numbers: BTreeSet<u64> = kept.iter().map(|record| record.replication).collect();
            assert_eq!(numbers, (0..kept.len() as u64).collect());
            let then = Plan { threads: Some(then), ..plan.clone() };
            let rest = resume(&net(), &then, kept, &Watch::silent()).unwrap();
            assert_eq!(text(&rest), whole, "after {after} on {threads} threads");
        }
    }
}

#[test]
fn more_replications_may_be_asked_of_a_checkpoint_and_fewer() {
    let (_, bytes) = interrupted(&Plan { replications: 5, ..plan() }, 5);
    for other in
        [Plan { replications: 8, ..plan() }, Plan { replications: 2, level: 0.8, ..plan() }]
    {
        let kept = read(&bytes, &other).unwrap();
        let rest = resume(&net(), &other, kept, &Watch::silent()).unwrap();
        assert_eq!(text(&rest), text(&measured(&other)));
    }
}

#[test]
fn what_decides_the_replications_must_be_the_same() {
    let of = |name: &str, net: &Network, plan: &Plan| [Identity::of(name, net, plan)];
    let mut bytes = Vec::new();
    Checkpoint::new(&of("base", &net(), &plan())).write(&mut bytes).unwrap();
    let told = |identity: &[Identity]| Checkpoint::read(&bytes, identity).unwrap_err().to_string();
    assert!(Checkpoint::read(&bytes, &of("base", &net(), &plan())).is_ok());
    let (mut loads, mut hardware, mut paths) = (net(), net(), net());
    loads.sources.iter_mut().next().unwrap().arrivals = Arrivals::Poisson { interval_ps: 1e9 };
    hardware.stations.iter_mut().next().unwrap().label = "other".into();
    paths.routes.iter_mut().next().unwrap().steps.pop();
    for (identity, words) in [
        (of("other", &net(), &plan()), "it has the variants `base`, and this run has `other`"),
        (of("base", &loads, &plan()), "variant `base` differs in the workloads or traces"),
        (of("base", &hardware, &plan()), "variant `base` differs in the hardware or its rates"),
        (of("base", &paths, &plan()), "variant `base` differs in the paths or what they cost"),
        (of("base", &net(), &Plan { seed: Seed(2), ..plan() }), "differs in the seed"),
        (of("base", &net(), &Plan { duration_s: None, ..plan() }), "differs in the duration"),
        (
            of("base", &net(), &Plan { duration_s: Some(0.3), warm_up: WarmUp::Auto, ..plan() }),
            "differs in the duration, the warm-up",
        ),
    ] {
        assert!(told(&identity).ends_with(words), "{}", told(&identity));
    }
    assert!(told(&[]).contains("this run has "));
    // A trace is compared I/O by I/O.
    let trace = |at_ps| {
        let mut net = net();
        let io = TraceIo { at_ps, bytes: 512, mix: 0 };
        net.sources.iter_mut().next().unwrap().arrivals = Arrivals::Trace([io].into());
        of("base", &net, &plan())
    };
    assert_eq!(trace(5), trace(5));
    assert_ne!(trace(5), trace(6));
}

#[test]
fn a_damaged_checkpoint_is_refused_and_never_a_panic() {
    let plan = Plan { replications: 2, ..plan() };
    let (_, bytes) = interrupted(&plan, 2);
    assert_eq!(read(&bytes, &plan).unwrap().len(), 2);
    let mut cut = 0;
    for length in (0..bytes.len()).step_by(10) {
        match read(&bytes[..length], &plan).unwrap_err() {
            CheckpointError::Cut => cut += 1,
            CheckpointError::Other => assert_eq!(length, 0),
            other => panic!("{length}: {other}"),
        }
    }
    assert!(cut > 100);
    for place in (MAGIC_LENGTH..bytes.len()).step_by(97) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(read(&changed, &plan).is_err(), "byte {place} was changed");
    }
    let text = String::from_utf8(bytes).unwrap();
    let told = |text: &str| read(text.as_bytes(), &plan).unwrap_err().to_string();
    assert_eq!(told("title = \"a scenario\"\n"), "it is no checkpoint of csvnet");
    assert!(told(&text.replacen(":1,", ":7,", 1)).contains("its format is 7"));
    let doubled = format!("{text}{text}");
    assert!(told(&doubled).contains("was changed"), "{}", told(&doubled));
    assert!(read(&[b'{'; 40], &plan).is_err() && read(&[0xFF; 40], &plan).is_err());
}

/// Length of what every checkpoint begins with.
const MAGIC_LENGTH: usize = 22;

#[test]
fn a_record_of_another_run_is_refused_with_its_number() {
    let (_, bytes) = interrupted(&plan(), 3);
    let kept = read(&bytes, &plan()).unwrap();
    let refused = |change: &dyn Fn(&mut Vec<RunRecord>)| {
        let mut kept = kept.clone();
        change(&mut kept);
        let error = resume(&net(), &plan(), kept, &Watch::silent()).unwrap_err();
        assert!(matches!(error, ExperimentError::Foreign { .. }), "{error}");
    };
    refused(&|kept| kept[1].replication = 0);
    refused(&|kept| kept[1].warm_up_ps = 0);
    refused(&|kept| kept[1].window_ps = u64::MAX);
    refused(&|kept| kept[1].window_ps = 0);
    refused(&|kept| kept[1].groups.truncate(1));
    refused(&|kept| kept[1].stations.clear());
    // Numbers that no run ever counts are added up without a panic.
    let mut absurd = kept;
    for record in &mut absurd {
        (record.events, record.completed) = (u64::MAX, u64::MAX);
        record.groups[0].reads.count = u64::MAX;
        record.groups[0].writes.count = u64::MAX;
        for station in &mut record.stations {
            (station.visits, station.busy_ps) = (u64::MAX, u64::MAX);
            (station.wait_ps, station.response_ps) = (u128::MAX, u128::MAX);
        }
    }
    assert_eq!(resume(&net(), &plan(), absurd, &Watch::silent()).unwrap().events, u64::MAX);
}

#[test]
fn a_failure_is_told_whatever_the_threads() {
    let mut net = net();
    net.routes.iter_mut().next().unwrap().steps.clear();
    net.sources.iter_mut().next().unwrap().mix[0].weight = -1.0;
    let told = |threads| {
        let plan = Plan { threads: Some(threads), ..plan() };
        run(&net, &plan, &|| false, &|_| {}).unwrap_err().to_string()
    };
    assert_eq!(told(1), told(4));
    assert!(told(1).contains("the network is not valid"));
}

#[test]
fn the_warm_up_says_where_it_comes_from() {
    let of = |plan: &Plan| measured(plan).warm_up;
    let stated = of(&plan());
    assert_eq!((stated.rule, stated.reliable, stated.pilot_s), (WarmUpRule::Stated, true, None));
    // This network settles in some milliseconds, so a twentieth of a second decides.
    let auto = Plan { warm_up: WarmUp::Auto, duration_s: Some(1.0), ..plan() };
    let found = measured(&auto);
    assert_eq!(found.warm_up.rule, WarmUpRule::Share);
    assert!((found.warm_up_s - 0.05).abs() < 1e-9 && found.warm_up.settled_s.unwrap() < 0.05);
    assert!(found.warm_up.reliable && found.warm_up.pilot_s.unwrap() >= 1.0);
    // What settles late is found, and what was stated too short is told.
    let mut slow = net();
    slow.sources = [late("late", &slow)].into_iter().collect();
    let run = |plan: &Plan| run(&slow, plan, &|| false, &|_| {}).unwrap();
    let found = run(&Plan { replications: 2, ..auto.clone() });
    assert_eq!(found.warm_up.rule, WarmUpRule::Mser, "{:?}", found.warm_up);
    assert!((found.warm_up_s - found.warm_up.settled_s.unwrap()).abs() < 1e-9);
    let short = Plan { warm_up: WarmUp::Fixed(0.001), duration_s: None, replications: 2, ..auto };
    let short = run(&short).warm_up;
    assert_eq!((short.rule, short.reliable), (WarmUpRule::Stated, false), "{short:?}");
}

/// A closed load of so many that the first of them wait less than all later ones for a while.
fn late(label: &str, net: &Network) -> Source {
    let route = net.routes.ids().next().unwrap();
    Source { group: net.groups.ids().next(), ..Source::closed(label, route, 2000) }
}

#[test]
fn traces_alone_have_no_warm_up_and_beside_other_loads_they_wait_for_its_end() {
    let mut net = net();
    let ios: Vec<TraceIo> =
        (0..100).map(|n| TraceIo { at_ps: n * 10_000_000_000, bytes: 512, mix: 0 }).collect();
    net.sources.iter_mut().nth(1).unwrap().arrivals = Arrivals::Trace(ios.into());
    let beside = |plan: &Plan| run(&net, plan, &|| false, &|_| {}).unwrap();
    // Whole seconds of warm-up, then from the first arrival to the last, 0.99 s later.
    let auto = beside(&Plan { warm_up: WarmUp::Auto, duration_s: None, ..plan() });
    assert_eq!((auto.warm_up_s, auto.warm_up.rule), (1.0, WarmUpRule::Mser));
    assert!(auto.warm_up.delays_traces && auto.warm_up.reliable);
    assert!((auto.window_s - 0.99).abs() < 1e-9);
    // The last arrives at the end; all others were replayed, and none before.
    assert!((495..=500).contains(&auto.groups[1].ios), "{}", auto.groups[1].ios);
    assert_eq!(auto.groups[1].completions.amounts[0], 0.0);
    // What is stated is taken.
    let stated = beside(&plan());
    assert_eq!((stated.warm_up_s, stated.window_s), (0.02, 0.2));
    let none = beside(&Plan { warm_up: WarmUp::Fixed(0.0), ..plan() });
    assert!(!none.warm_up.delays_traces && none.warm_up_s == 0.0);
    net.sources = net.sources.into_iter().skip(1).collect();
    let alone = run(&net, &plan(), &|| false, &|_| {}).unwrap();
    assert_eq!((alone.warm_up.rule, alone.warm_up_s), (WarmUpRule::Trace, 0.0));
    assert_eq!(alone.groups[1].ios, 500);
}

#[test]
fn a_traced_run_is_the_first_replication() {
    let plan = plan();
    let first = Mutex::new(None);
    let keep = |record: &RunRecord, _| {
        if record.replication == 0 {
            *first.lock().unwrap() = Some(record.clone());
        }
    };
    resume(&net(), &plan, Vec::new(), &Watch { finished: &keep, ..Watch::silent() }).unwrap();
    let first = first.into_inner().unwrap().unwrap();
    let traced = trace(&net(), &plan, 5, &|| false).unwrap();
    assert_eq!(traced.fingerprint, first.fingerprint);
    assert_eq!(traced.groups, first.groups);
    let cancelled = trace(&net(), &Plan { duration_s: Some(30.0), ..plan }, 5, &|| true);
    assert!(matches!(cancelled, Err(ExperimentError::Cancelled)));
}

#[test]
fn replications_are_timed_by_the_clock_given() {
    let ticks = AtomicU64::new(0);
    let clock = || ticks.fetch_add(1, Ordering::Relaxed) as f64;
    let took = Mutex::new(Vec::new());
    let finished = |_: &RunRecord, seconds| took.lock().unwrap().push(seconds);
    let watch = Watch { clock: &clock, finished: &finished, ..Watch::silent() };
    resume(&net(), &plan(), Vec::new(), &watch).unwrap();
    assert_eq!(took.into_inner().unwrap(), [1.0; 5]);
}
