//! Bursts of a clock in steps, and who takes them down: worked out by hand.

use csvnet::engine::{IoRecord, RunPlan};
use csvnet::network::{
    Amount, Arrivals, Clock, Direction, Network, Rise, SelectorKind, Source, Station, StationKind,
    Step, Visit,
};

use crate::support::{MS, SEED, US, at, constant, instants, run, sized, to_the_end};

/// The I/Os of a run, in the order of their numbers.
fn ios(net: &Network, plan: RunPlan) -> Vec<IoRecord> {
    let mut ios = run(net, &RunPlan { trace_ios: u64::MAX, ..plan }).ios;
    ios.sort_by_key(|io| (io.source, io.number));
    ios
}

/// Latencies in whole microseconds of I/Os issued at `at_us`.
fn latencies(net: &mut Network, steps: Vec<Step>, at_us: &[u64]) -> Vec<u64> {
    let route = net.add_route("read", steps);
    let at_ps: Vec<u64> = at_us.iter().map(|at| at * US).collect();
    net.add_source(sized("guest", route, Direction::Read, 1, instants(1, &at_ps)));
    let taken = |io: &IoRecord| io.completed_ps.map_or(0, |end| (end - io.issued_ps) / US);
    ios(net, to_the_end()).iter().map(taken).collect()
}

#[test]
fn what_became_due_between_two_steps_of_the_clock_goes_at_once() {
    // 1 ms apart, seen every 16 ms: 16 at each step, none between, at depths that allow it.
    let mut net = Network::default();
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let route = net.add_route("read", vec![at(delay, "media", constant(10 * US))]);
    let clock = |lag: u64| {
        Some(Clock { label: "vm".into(), tick_ps: (16 * MS) as f64, lag_ps: (lag * MS) as f64 })
    };
    for (label, lag) in [("prompt", 0), ("also prompt", 0), ("late", 8)] {
        let (interval_ps, clock) = (MS as f64, clock(lag));
        let arrivals = Arrivals::Throttled { outstanding: 32, lanes: 1, interval_ps, clock };
        net.add_source(Source::of(label, route, arrivals));
    }
    let ios = ios(&net, RunPlan::new(SEED, 0, 200 * MS));
    // Issues of one step, the first of which may be short, and the instants of the steps.
    let steps = |source: u32| {
        let mut steps: Vec<(u64, u32)> = Vec::new();
        for io in ios.iter().filter(|io| io.source == source) {
            match steps.last_mut() {
                Some((at, n)) if io.issued_ps - *at < US => *n += 1,
                _ => steps.push((io.issued_ps, 1)),
            }
        }
        steps
    };
    let [prompt, also, late] = [0, 1, 2].map(steps);
    assert!(prompt.len() >= 11, "{prompt:?}");
    for pair in prompt[1..].windows(2) {
        assert_eq!(pair[1].1, 16);
        assert!((pair[1].0 - pair[0].0).abs_diff(16 * MS) <= US);
    }
    // Loads of one machine share its steps, but for how late each looks.
    assert!(prompt[1].0.abs_diff(also[1].0) <= US);
    let behind = (late[1].0 + 32 * MS - prompt[1].0) % (16 * MS);
    assert!(behind > 0 && behind < 8 * MS, "{behind}");
}

#[test]
fn who_comes_alone_is_spared_the_handover() {
    // The first of three finds nobody: 10 us. The others wait 100 us for a thread, in parallel,
    // then for each other. The last comes when all are gone.
    let mut net = Network::default();
    let worker = net.add_station(Station::fifo("worker", 1));
    let thread = net.add_station(Station::new("thread", StationKind::Delay));
    let selector = net.add_selector("handover", SelectorKind::Vacant { expected: 0.5 });
    let down = at(worker, "down", constant(10 * US));
    let branches = vec![vec![down.clone()], vec![at(thread, "call", constant(100 * US)), down]];
    let steps = vec![Step::Choose { selector, role: "whether", branches }];
    assert_eq!(latencies(&mut net, steps, &[0, 1, 2, 500]), [10, 110, 119, 10]);
}

#[test]
fn a_second_worker_is_called_by_what_waits() {
    // Six at once, 10 us each, two workers: in pairs, or one by one where nobody calls the second.
    let taken = |backlog| {
        let mut net = Network::default();
        let delay = net.add_station(Station::new("work", StationKind::Delay));
        let pool = net.add_pool("workers", 2);
        net.pools[pool].backlog = backlog;
        let amount = Amount::Fixed(1);
        let work = at(delay, "down", constant(10 * US));
        let steps = vec![Step::Acquire { pool, amount }, work, Step::Release { pool, amount }];
        latencies(&mut net, steps, &[0; 6])
    };
    assert_eq!(taken(0), [10, 10, 20, 20, 30, 30]);
    assert_eq!(taken(9), [10, 20, 30, 40, 50, 60]);
    // With the fourth three wait, and the second starts. At 10 us four wait: the first worker takes
    // the third, the second with three waiting the fourth. At 20 us two wait: one goes on alone.
    assert_eq!(taken(3), [10, 10, 20, 20, 30, 40]);
}

#[test]
fn times_rise_with_the_power_of_what_is_busy() {
    // 10 us on five cores, doubled with all others busy, by the square: 1 + (others / 4) ^ 2.
    let mut net = Network::default();
    let rise = Rise { most: 1.0, power: 2.0, beside: 0.0, span: 4.0 };
    let cores = net
        .add_station(Station::new("cores", StationKind::Cores { servers: 5, rise, batched: 0.5 }));
    let steps = vec![at(cores, "work", constant(16 * US))];
    assert_eq!(latencies(&mut net, steps, &[0; 5]), [16, 17, 20, 25, 32]);
    // A straight line is that of the older kind.
    let mut net = Network::default();
    let rise = Rise::linear(1.0, 5);
    let cores = net
        .add_station(Station::new("cores", StationKind::Cores { servers: 5, rise, batched: 0.5 }));
    let steps = vec![at(cores, "work", constant(16 * US))];
    assert_eq!(latencies(&mut net, steps, &[0; 5]), [16, 20, 24, 28, 32]);
}

#[test]
fn work_in_batches_sees_its_share_of_the_rise() {
    // Two of the cores at once: 16 us alone, 1 + 1 / 4 beside another, half of that in batches.
    let second = |class| {
        let mut net = Network::default();
        let rise = Rise::linear(1.0, 5);
        let kind = StationKind::Cores { servers: 5, rise, batched: 0.5 };
        let cores = net.add_station(Station::new("cores", kind));
        let visit = Visit::new(cores, "work", constant(16 * US)).in_class(class);
        latencies(&mut net, vec![visit.into()], &[0; 2])
    };
    assert_eq!((second(0), second(1)), (vec![16, 20], vec![16, 18]));
}
