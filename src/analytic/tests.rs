//! Hand-computed values and properties.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::network::{
    Amount, Arrivals, Direction, Framing, Mix, SelectorKind, Service, Source, Station, StationKind,
    Step, Visit, Wait,
};
use crate::random::Shape;

/// A microsecond in picoseconds.
const US: f64 = 1e6;

fn time(us: f64, shape: Shape) -> Service {
    Service::time(us * US, 0.0, shape)
}

fn at(net: &mut Network, station: Station, us: f64, shape: Shape) -> Step {
    let id = net.add_station(station);
    Visit::new(id, "work", time(us, shape)).into()
}

fn open_station(station: Station, shape: Shape, arrivals: Arrivals) -> Analytic {
    let mut net = Network::default();
    let step = at(&mut net, station, 1.0, shape);
    let route = net.add_route("r", vec![step]);
    net.add_source(Source::of("s", route, arrivals));
    solve(&net).unwrap()
}

fn poisson(rate_per_us: f64) -> Arrivals {
    Arrivals::Poisson { interval_ps: US / rate_per_us }
}

fn close(value: f64, expected: f64, relative: f64) {
    assert!((value / expected - 1.0).abs() < relative, "{value} instead of {expected}");
}

#[test]
fn an_open_exponential_station_is_exact() {
    // M/M/1: R = S / (1 - rho).
    let out = open_station(Station::fifo("a", 1), Shape::Exponential, poisson(0.8));
    close(out.groups[0].latency_s, 5e-6, 1e-6);
    close(out.stations[0].queue, 4.0, 1e-6);
    close(out.stations[0].utilisation, 0.8, 1e-9);
    close(out.groups[0].iops, 0.8e6, 1e-9);
    assert!(out.converged);
}

#[test]
fn an_open_constant_station_is_exact() {
    // M/D/1: W = rho S / (2 (1 - rho)).
    let out = open_station(Station::fifo("a", 1), Shape::Constant, poisson(0.8));
    close(out.groups[0].latency_s, 3e-6, 1e-6);
    // M/G/1 with scv 4: W = rho S (1 + 4) / (2 (1 - rho)).
    let shape = Shape::hyper_exponential(4.0).unwrap();
    let out = open_station(Station::fifo("a", 1), shape, poisson(0.5));
    close(out.groups[0].latency_s, 3.5e-6, 1e-6);
}

#[test]
fn open_stations_with_several_servers_are_exact() {
    // M/M/2 at rho 0.8: C = 2 rho^2 / (1 + rho) = 0.7111, W = C S / (2 (1 - rho)) = 1.7778.
    let out = open_station(Station::fifo("a", 2), Shape::Exponential, poisson(1.6));
    close(out.groups[0].latency_s, 2.777_777_8e-6, 1e-6);
    let shared = Station::new("a", StationKind::Shared { servers: 2 });
    let out = open_station(shared, Shape::hyper_exponential(3.0).unwrap(), poisson(1.6));
    close(out.groups[0].latency_s, 2.777_777_8e-6, 1e-6);
}

#[test]
fn saturation_is_named_and_leaves_no_nan() {
    let out = open_station(Station::fifo("a", 1), Shape::Exponential, poisson(1.25));
    assert!(out.groups[0].saturated);
    close(out.stations[0].utilisation, 1.25, 1e-9);
    close(out.groups[0].iops, 1e6, 1e-9);
    assert_eq!(out.groups[0].latency_s, f64::INFINITY);
}

#[test]
fn priorities_follow_cobham() {
    // Two classes at 0.4 each: R0 = 0.8 S; W0 = R0 / (1 - 0.4), W1 = R0 / ((1 - 0.4)(1 - 0.8)).
    let mut net = Network::default();
    let id = net.add_station(Station::new("a", StationKind::Priority { classes: 2 }));
    for class in 0..2 {
        let visit = Visit::new(id, "work", time(1.0, Shape::Exponential)).in_class(class);
        let route = net.add_route("r", vec![visit.into()]);
        net.add_source(Source::of(format!("s{class}"), route, poisson(0.4)));
    }
    let out = solve(&net).unwrap();
    close(out.groups[0].latency_s, (1.0 + 0.8 / 0.6) * 1e-6, 1e-5);
    close(out.groups[1].latency_s, (1.0 + 0.8 / (0.6 * 0.2)) * 1e-6, 1e-5);
}

fn balanced(stations: usize, outstanding: u32) -> Network {
    let mut net = Network::default();
    let steps = (0..stations)
        .map(|i| at(&mut net, Station::fifo(format!("st{i}"), 1), 2.0, Shape::Exponential))
        .collect();
    let route = net.add_route("r", steps);
    net.add_source(Source::closed("s", route, outstanding));
    net
}

#[test]
fn a_balanced_closed_network_is_exact() {
    // X = N / (D (N + M - 1)), but for the picosecond between two I/Os.
    let out = solve(&balanced(5, 8)).unwrap();
    assert_eq!(out.method, Method::ExactMva);
    close(out.groups[0].iops, 8.0 / (2e-6 * 12.0), 1e-5);
    close(out.stations[3].queue, 8.0 / 5.0, 1e-5);
    // Schweitzer gives the same for balanced networks of one chain: R = D (1 + (N-1)/M) each.
    let approximate = solve_with(&balanced(5, 8), false).unwrap();
    assert_eq!(approximate.method, Method::Approximate);
    close(approximate.groups[0].iops, 8.0 / (2e-6 * 12.0), 1e-4);
}

#[test]
fn a_repaired_machine_park_is_exact_and_within_its_bounds() {
    // N = 3, Z = 4 S, one server: Q(1) = 1/5; R(2) = 1.2, X = 2/5.2, Q = 0.461538;
    // R(3) = 1.461538, X = 3/5.461538.
    let mut net = Network::default();
    let step = at(&mut net, Station::fifo("a", 1), 1.0, Shape::Exponential);
    let route = net.add_route("r", vec![step]);
    let think = 4.0 * US;
    let arrivals =
        Arrivals::Closed { outstanding: 3, think_ps: think, think_shape: Shape::Exponential };
    net.add_source(Source::of("s", route, arrivals));
    let out = solve(&net).unwrap();
    assert_eq!(out.method, Method::ExactMva);
    close(out.groups[0].iops, 3e6 / 5.461_538_46, 1e-8);
    close(out.groups[0].latency_s, 1.461_538_46e-6, 1e-8);
    close(out.groups[0].bound_iops, 3e6 / 5.0, 1e-9);
    close(out.groups[0].bound_latency_s, 1e-6, 1e-9);
    // One server of constant time and no think time: work never stops.
    let mut net = Network::default();
    let step = at(&mut net, Station::fifo("a", 1), 1.0, Shape::Constant);
    let route = net.add_route("r", vec![step]);
    net.add_source(Source::closed("s", route, 4));
    let out = solve(&net).unwrap();
    close(out.groups[0].iops, 1e6, 1e-4);
    close(out.groups[0].latency_s, 4e-6, 1e-4);
}

#[test]
fn a_throttle_caps_the_rate_and_keeps_the_latency_short() {
    let mut net = Network::default();
    let step = at(&mut net, Station::fifo("a", 1), 1.0, Shape::Exponential);
    let route = net.add_route("r", vec![step]);
    let throttled =
        |interval_ps| Arrivals::Throttled { outstanding: 4, lanes: 2, interval_ps, clock: None };
    net.add_source(Source::of("s", route, throttled(20.0 * US)));
    let out = solve(&net).unwrap();
    close(out.groups[0].iops, 1e5, 1e-9);
    assert!(out.groups[0].latency_s < 1.2e-6);
    assert!(out.groups[0].latency_s > 1.0e-6);
}

#[test]
fn tokens_and_limiters_cap_the_rate() {
    // Two tokens, held 10 us: no more than 0.2 a microsecond.
    let mut net = Network::default();
    let step = at(&mut net, Station::new("d", StationKind::Delay), 10.0, Shape::Exponential);
    let pool = net.add_pool("credits", 2);
    let amount = Amount::Fixed(1);
    let steps = vec![Step::Acquire { pool, amount }, step, Step::Release { pool, amount }];
    let route = net.add_route("r", steps);
    net.add_source(Source::closed("s", route, 16));
    let out = solve(&net).unwrap();
    close(out.groups[0].iops, 0.2e6, 5e-3);
    close(out.groups[0].latency_s, 80e-6, 5e-3);
    close(out.groups[0].bound_iops, 0.2e6, 1e-6);
    // A limiter of one token a microsecond behind a delay of 1 us, 16 outstanding.
    let mut net = Network::default();
    let limiter = Station::new("l", StationKind::Limiter { burst_ps: 3_000_000 });
    let limit = at(&mut net, limiter, 1.0, Shape::Constant);
    let delay = at(&mut net, Station::new("d", StationKind::Delay), 1.0, Shape::Constant);
    let route = net.add_route("r", vec![limit, delay]);
    net.add_source(Source::closed("s", route, 16));
    let out = solve(&net).unwrap();
    close(out.groups[0].iops, 1e6, 1e-3);
    close(out.groups[0].latency_s, 16e-6, 1e-3);
}

#[test]
fn a_throttled_source_beside_a_saturating_one_waits_as_long_as_it() {
    // A limiter passes one a microsecond. 16 I/Os that always ask and a throttled source of 0.1 a
    // microsecond with 32 lanes: its I/Os wait in the same line, whatever the number of lanes.
    let mut net = Network::default();
    let limiter = Station::new("l", StationKind::Limiter { burst_ps: 1_000_000 });
    let step = at(&mut net, limiter, 1.0, Shape::Constant);
    let route = net.add_route("r", vec![step]);
    net.add_source(Source::closed("greedy", route, 16));
    let interval_ps = 320.0 * US;
    net.add_source(Source::of(
        "throttled",
        route,
        Arrivals::Throttled { outstanding: 1, lanes: 32, interval_ps, clock: None },
    ));
    let out = solve(&net).unwrap();
    close(out.groups[0].iops, 0.9e6, 1e-3);
    close(out.groups[1].iops, 0.1e6, 1e-9);
    close(out.groups[1].latency_s, out.groups[0].latency_s, 0.1);
}

#[test]
fn invalid_networks_are_refused() {
    let mut net = balanced(1, 1);
    net.add_station(Station::fifo("st0", 1));
    assert!(matches!(solve(&net), Err(AnalyticError::Network(_))));
    assert_eq!(solve(&Network::default()).unwrap().groups, []);
}

/// A choice of numbers that makes a network.
#[derive(Clone, Debug)]
struct Recipe {
    stations: Vec<(u8, u32)>,
    steps: Vec<(u8, u8, f64, u8)>,
    sources: Vec<(u8, u32, f64, u64)>,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let station = (0..7_u8, 1..6_u32);
    let step = (0..9_u8, 0..=255_u8, 0.05..20.0_f64, 0..5_u8);
    let source = (0..7_u8, 1..200_u32, 0.01..50.0_f64, 1..300_000_u64);
    (
        prop::collection::vec(station, 2..7),
        prop::collection::vec(step, 1..9),
        prop::collection::vec(source, 1..5),
    )
        .prop_map(|(stations, steps, sources)| Recipe { stations, steps, sources })
}

fn shape(n: u8) -> Shape {
    match n {
        0 => Shape::Constant,
        1 => Shape::Exponential,
        2 => Shape::log_normal(1.5).unwrap(),
        3 => Shape::gamma(0.3).unwrap(),
        _ => Shape::hyper_exponential(6.0).unwrap(),
    }
}

/// Builds what the recipe says; every network it builds is valid.
fn cook(recipe: &Recipe) -> Network {
    cook_copies(recipe, 1)
}

/// The same with every source several times. Each copy has every other station for itself.
fn cook_copies(recipe: &Recipe, copies: usize) -> Network {
    let mut net = Network::default();
    let stations = recipe.stations.iter().cycle().take(recipe.stations.len() * copies);
    for (i, &(kind, servers)) in stations.enumerate() {
        let label = format!("st{i}");
        net.add_station(match kind {
            0 => Station::fifo(label, servers),
            1 => Station::new(label, StationKind::Fifo { servers, cost_rise: 0.7 }),
            2 => Station::new(label, StationKind::Delay),
            3 => Station::new(label, StationKind::Shared { servers }),
            4 => Station::new(label, StationKind::Priority { classes: 5 }),
            5 => Station::port(label, 1e11, 200_000),
            _ => Station::new(label, StationKind::Limiter { burst_ps: 5_000_000 }),
        });
    }
    let pool = net.add_pool("pool", 8);
    let kinds = [
        SelectorKind::Weights(vec![1.0, 0.0, 2.5]),
        SelectorKind::RoundRobin(3),
        SelectorKind::LeastOutstanding(3),
        SelectorKind::Hash(3),
    ];
    let selectors: Vec<_> = kinds.into_iter().map(|k| net.add_selector("sel", k)).collect();
    let sources = recipe.sources.iter().cycle().take(recipe.sources.len() * copies);
    for (number, source) in sources.enumerate() {
        let (copy, r) = (number / recipe.sources.len(), number % recipe.sources.len());
        let mut steps: Vec<Step> = Vec::new();
        for (i, &(kind, pick, us, form)) in recipe.steps.iter().enumerate() {
            let visit = |shift: usize, net: &Network| -> Step {
                let ids: Vec<_> = net.stations.ids().collect();
                let which = (pick as usize + shift + r) % recipe.stations.len();
                let own = if which % 2 == 1 { copy * recipe.stations.len() } else { 0 };
                let id = ids[which + own];
                let service = if net.stations[id].as_port().is_some() {
                    let framing = Framing { payload: 1460, overhead: 78 };
                    Service::Wire { header_bytes: 100, payload: form > 1, framing }
                } else {
                    time(us, shape(form))
                };
                Visit::new(id, "role", service).in_class(0).into()
            };
            let branches = vec![
                vec![visit(0, &net), visit(1, &net)],
                vec![visit(2, &net)],
                vec![visit(3, &net)],
            ];
            let role = "choice";
            let next = match kind {
                0 => Step::Fork { wait: Wait::All, branches },
                1 => Step::Fork { wait: Wait::None, branches },
                2 => Step::Fork { wait: Wait::First(2), branches },
                3 => Step::Choose { selector: selectors[form as usize % 4], role, branches },
                4 => {
                    let window = (form > 0).then_some(u32::from(form));
                    Step::Split { chunk_bytes: 30_000, window, body: branches.concat() }
                }
                5 if i + 1 < recipe.steps.len() => {
                    let amount = Amount::PerBytes { unit: 65_536 };
                    steps.push(Step::Acquire { pool, amount });
                    steps.push(visit(0, &net));
                    Step::Release { pool, amount }
                }
                _ => visit(0, &net),
            };
            steps.push(next);
        }
        let route = net.add_route(format!("route{r}"), steps);
        let &(kind, n, us, bytes) = source;
        let interval_ps = us * 10.0 * US;
        let arrivals = match kind {
            0 => Arrivals::Poisson { interval_ps },
            1 => Arrivals::Paced { interval_ps },
            2 => Arrivals::Bursty { interval_ps, burst_ps: 1e9, idle_ps: 2e9 },
            3 => Arrivals::Throttled { outstanding: n, lanes: 3, interval_ps, clock: None },
            _ => Arrivals::Closed {
                outstanding: n,
                think_ps: if n % 2 == 0 { 0.0 } else { us * US },
                think_shape: Shape::Exponential,
            },
        };
        let mut source = Source::of(format!("source{number}"), route, arrivals);
        source.mix = vec![
            Mix { weight: 3.0, direction: Direction::Read, bytes, route },
            Mix { weight: 1.0, direction: Direction::Write, bytes: bytes / 2, route },
        ];
        net.add_source(source);
    }
    net
}

#[test]
fn nearly_all_random_networks_come_to_rest() {
    let mut runner = TestRunner::deterministic();
    let total = 2000;
    let mut restless = Vec::new();
    for case in 0..total {
        let recipe = recipe().new_tree(&mut runner).unwrap().current();
        if !solve(&cook(&recipe)).unwrap().converged {
            restless.push((case, recipe));
        }
    }
    println!("{} of {total} do not come to rest", restless.len());
    assert!(restless.len() < total / 100, "{}", restless.len());
    // All of them hold tokens, and have work that comes whatever the queues.
    for (case, recipe) in &restless {
        let holds = recipe.steps.iter().any(|s| s.0 == 5);
        let given = recipe.sources.iter().any(|s| s.0 <= 2)
            || recipe.steps.iter().any(|s| matches!(s.0, 1 | 2));
        assert!(holds && given, "{case}: {recipe:?}");
    }
}

#[test]
fn several_closed_sources_of_product_form_are_solved_exactly() {
    // Two I/Os of unlike sources at one shared processor, demands 1 and 2 us, think times 3 and
    // 1 us: X_1 = 3/14, X_2 = 2/7 a microsecond (see `exact`).
    let mut net = Network::default();
    let cpu = net.add_station(Station::new("cpu", StationKind::Shared { servers: 1 }));
    for (i, (us, think)) in [(1.0, 3.0), (2.0, 1.0)].into_iter().enumerate() {
        let visit = Visit::new(cpu, "work", time(us, Shape::Constant));
        let route = net.add_route("r", vec![visit.into()]);
        let arrivals = Arrivals::Closed {
            outstanding: 1,
            think_ps: think * US,
            think_shape: Shape::Exponential,
        };
        net.add_source(Source::of(format!("s{i}"), route, arrivals));
    }
    let out = solve(&net).unwrap();
    assert_eq!(out.method, Method::ExactMva);
    close(out.groups[0].iops, 3e6 / 14.0, 1e-12);
    close(out.groups[1].iops, 2e6 / 7.0, 1e-12);
    close(out.groups[0].latency_s, 5e-6 / 3.0, 1e-12);
    close(out.stations[0].queue, 3.0 / 14.0 * 5.0 / 3.0 + 2.0 / 7.0 * 2.5, 1e-12);
}

#[test]
fn sources_alike_are_exact_whether_they_share_all_stations_or_not() {
    // Three sources of two I/Os each at one disk, and the same with a station of its own each.
    // All six at one: one chain of six. Demands 2 us at the disk, 1 us at the other.
    let shared = |private: bool| {
        let mut net = Network::default();
        let disk = net.add_station(Station::fifo("disk", 1));
        for i in 0..3 {
            let mut steps = vec![Visit::new(disk, "disk", time(2.0, Shape::Exponential)).into()];
            if private {
                let own = Station::fifo(format!("own{i}"), 1);
                steps.push(at(&mut net, own, 1.0, Shape::Exponential));
            }
            let route = net.add_route("r", steps);
            net.add_source(Source::closed(format!("s{i}"), route, 2));
        }
        net
    };
    let out = solve(&shared(false)).unwrap();
    assert_eq!(out.method, Method::ExactMva);
    close(out.groups.iter().map(|g| g.iops).sum(), 0.5e6, 1e-5);
    close(out.groups[1].latency_s, 12e-6, 1e-5);
    let net = shared(true);
    let out = solve(&net).unwrap();
    assert_eq!(out.method, Method::ExactMva);
    assert_eq!(out.groups[0], out.groups[2]);
    // Between the bounds for the disk, and above what the approximation's error allows.
    let approximate = solve_with(&net, false).unwrap();
    close(out.groups[0].iops, approximate.groups[0].iops, 0.05);
}

/// Whether two solutions are the same but for `relative`.
fn same(a: &Analytic, b: &Analytic, relative: f64) -> Result<(), String> {
    let close = |what: &str, x: f64, y: f64| {
        if x == y || (x - y).abs() <= relative * x.abs().max(y.abs()) {
            return Ok(());
        }
        Err(format!("{what}: {x} and {y}, {:e} apart", (x / y - 1.0).abs()))
    };
    for (a, b) in a.groups.iter().zip(&b.groups) {
        close("iops", a.iops, b.iops)?;
        close("latency", a.latency_s, b.latency_s)?;
        close("read", a.read_bytes_per_s, b.read_bytes_per_s)?;
        close("written", a.write_bytes_per_s, b.write_bytes_per_s)?;
        close("bound", a.bound_iops, b.bound_iops)?;
        close("least", a.bound_latency_s, b.bound_latency_s)?;
        if a.saturated != b.saturated {
            return Err("saturation".into());
        }
    }
    for (a, b) in a.stations.iter().zip(&b.stations) {
        close("utilisation", a.utilisation, b.utilisation)?;
        close("queue", a.queue, b.queue)?;
        close("visits", a.visits_per_s, b.visits_per_s)?;
        close("wire", a.wire_bytes_per_s, b.wire_bytes_per_s)?;
        close("payload", a.payload_bytes_per_s, b.payload_bytes_per_s)?;
        close("residence", a.residence_s, b.residence_s)?;
    }
    Ok(())
}

/// A cluster whose nodes are alike: every node owns a disk, and its guests use in turn the disks of
/// all nodes, each over its node's port and the owner's.
fn cluster(nodes: usize, guests: usize) -> Network {
    let mut net = Network::default();
    let wire = Service::Wire {
        header_bytes: 200,
        payload: true,
        framing: Framing { payload: 1460, overhead: 78 },
    };
    let mut parts = Vec::new();
    for n in 0..nodes {
        let cores = net.add_station(Station::fifo(format!("{n}/cores"), 16));
        let send = net.add_station(Station::port(format!("{n}/tx"), 25e9, 500_000));
        let receive = net.add_station(Station::port(format!("{n}/rx"), 25e9, 500_000));
        let disk = net.add_station(Station::fifo(format!("{n}/disk"), 8));
        parts.push((cores, send, receive, disk));
    }
    for guest in 0..guests {
        let (home, owner) = (guest % nodes, (guest % nodes + guest / nodes) % nodes);
        let visit =
            |id, role, us| -> Step { Visit::new(id, role, time(us, Shape::Exponential)).into() };
        let own = Station::fifo(format!("guest{guest}/vcpu"), 2);
        let mut steps = vec![at(&mut net, own, 12.0, Shape::Exponential)];
        steps.push(visit(parts[home].0, "host", 8.0));
        if home != owner {
            steps.push(Visit::new(parts[home].1, "out", wire).into());
            steps.push(Visit::new(parts[owner].2, "in", wire).into());
            steps.push(visit(parts[owner].0, "owner", 10.0));
        }
        steps.push(visit(parts[owner].3, "disk", 90.0));
        let route = net.add_route(format!("guest{guest}"), steps);
        let arrivals = Arrivals::Closed {
            outstanding: 4,
            think_ps: 500.0 * US,
            think_shape: Shape::Exponential,
        };
        let mut source = Source::of(format!("guest{guest}"), route, arrivals);
        source.mix[0].bytes = 8192;
        net.add_source(source);
    }
    net
}

#[test]
fn a_port_tells_apart_what_is_alike_elsewhere() {
    // Two sources that are alike, each over a port of its own, and a third over the first port.
    let mut net = Network::default();
    let wire = |payload| Service::Wire {
        header_bytes: 100,
        payload,
        framing: Framing { payload: 1460, overhead: 78 },
    };
    let ports = ["a", "b"].map(|name| net.add_station(Station::port(name, 25e9, 0)));
    let groups = ["a", "b", "c"].map(|name| net.add_group(name));
    let mut add = |group, port, rate: f64, payload| {
        let label = format!("s{}", net.sources.len());
        let route =
            net.add_route(label.clone(), vec![Visit::new(port, "out", wire(payload)).into()]);
        let mut source = Source::poisson(label, route, rate);
        source.group = Some(group);
        source.mix[0].bytes = 8192;
        net.add_source(source);
    };
    add(groups[0], ports[0], 1000.0, true);
    add(groups[1], ports[1], 1000.0, true);
    add(groups[2], ports[0], 500.0, false);
    // 8292 bytes are six frames of 78 bytes more; 100 bytes one.
    let folded = Folded::new(&net).unwrap();
    let (large, small) = (1000.0 * (8292.0 + 6.0 * 78.0), 500.0 * 178.0);
    for (port, expected) in [(ports[0], [large, 0.0, small]), (ports[1], [0.0, large, 0.0])] {
        for (found, expected) in folded.wire_by_group(port).unwrap().into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }
}

#[test]
fn what_groups_send_is_what_their_port_carries() {
    let mut net = cluster(4, 16);
    let groups = [0, 1].map(|n| net.add_group(format!("{n}")));
    for (n, source) in net.sources.iter_mut().enumerate() {
        source.group = Some(groups[n % 2]);
    }
    let folded = Folded::new(&net).unwrap();
    let solved = folded.solve().unwrap();
    for (id, of) in net.stations.ids().zip(&solved.stations) {
        let sum: f64 = folded.wire_by_group(id).unwrap().iter().sum();
        assert!((sum - of.wire_bytes_per_s).abs() <= 1e-9 * sum, "{sum} of {of:?}");
    }
}

#[test]
fn one_of_each_kind_stands_for_a_symmetric_cluster() {
    let net = cluster(8, 64);
    let folded = Folded::new(&net).unwrap();
    // Guests whose disk is at home, and guests whose disk is not.
    assert_eq!(folded.source_classes(), 2);
    let apart = Folded::with(&net, symmetry::none(&net));
    assert_eq!(apart.source_classes(), 64);
    same(&folded.solve().unwrap(), &apart.solve().unwrap(), 1e-9).unwrap();
    // One guest that asks for more makes its node unlike the others, and so their guests.
    let mut net = net;
    let mut ids = net.sources.ids();
    let id = ids.next().unwrap();
    drop(ids);
    net.sources[id].mix[0].bytes = 65_536;
    let folded = Folded::new(&net).unwrap();
    assert!(folded.source_classes() > 2, "{}", folded.source_classes());
    let apart = Folded::with(&net, symmetry::none(&net));
    same(&folded.solve().unwrap(), &apart.solve().unwrap(), 1e-9).unwrap();
}

#[test]
fn steps_in_common_fold_as_if_they_were_written_out() {
    let common = |shared: bool| {
        let mut net = Network::default();
        let disk = net.add_station(Station::fifo("disk", 2));
        let step = Visit::new(disk, "disk", time(5.0, Shape::Exponential)).into();
        let steps: std::sync::Arc<[Step]> = vec![step].into();
        for i in 0..6 {
            let own = Station::fifo(format!("own{i}"), 1);
            let mut route = vec![at(&mut net, own, 1.0 + f64::from(i % 2), Shape::Constant)];
            if shared {
                route.push(Step::Common(steps.clone()));
            } else {
                route.extend(steps.iter().cloned());
            }
            let route = net.add_route("r", route);
            net.add_source(Source::closed(format!("s{i}"), route, 3));
        }
        net
    };
    let (shared, written) = (common(true), common(false));
    assert_eq!(Folded::new(&shared).unwrap().source_classes(), 2);
    same(&solve(&shared).unwrap(), &solve(&written).unwrap(), 1e-12).unwrap();
}

#[test]
fn folding_changes_nothing() {
    let mut runner = TestRunner::deterministic();
    let mut at_rest = 0;
    for case in 0..400 {
        let recipe = recipe().new_tree(&mut runner).unwrap().current();
        let copies = 1 + case % 4;
        let net = cook_copies(&recipe, copies);
        let folded = Folded::new(&net).unwrap();
        assert!(folded.source_classes() <= recipe.sources.len());
        let apart = Folded::with(&net, symmetry::none(&net));
        assert_eq!(apart.source_classes(), net.sources.len());
        // Step by step the same ...
        let few = Effort { tolerance: 0.0, iterations: 6 };
        let a = folded.solve_with(false, few).unwrap();
        let b = apart.solve_with(false, few).unwrap();
        assert_eq!(same(&a, &b, 1e-9), Ok(()), "{copies} copies of {recipe:?}");
        // ... and at rest, where rest is reached soon and so does not hang on the last bits. Where
        // tokens run out, many states are nearly at rest.
        let long = Effort { tolerance: 1e-12, iterations: 100 };
        let a = folded.solve_with(true, long).unwrap();
        let b = apart.solve_with(true, long).unwrap();
        if a.converged && b.converged && recipe.steps.iter().all(|step| step.0 != 5) {
            at_rest += 1;
            assert_eq!(same(&a, &b, 1e-9), Ok(()), "{copies} copies of {recipe:?}");
        }
    }
    assert!(at_rest > 120, "{at_rest}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_networks_are_solved_within_their_bounds(recipe in recipe()) {
        let net = cook(&recipe);
        prop_assert_eq!(net.validate(), Ok(()));
        let out = solve(&net).unwrap();
        for group in &out.groups {
            prop_assert!(group.iops.is_finite() && group.iops > 0.0);
            prop_assert!(group.iops <= group.bound_iops * (1.0 + 1e-9), "{:?}", group);
            prop_assert!(group.latency_s >= group.bound_latency_s * (1.0 - 1e-9), "{:?}", group);
            prop_assert!(group.latency_s.is_finite() || group.saturated);
        }
        let saturated = out.groups.iter().any(|g| g.saturated);
        for station in &out.stations {
            prop_assert!(saturated || station.utilisation <= 1.0 + 1e-6, "{:?}", station);
            prop_assert!(station.queue >= 0.0 && station.residence_s >= 0.0);
        }
        prop_assert_eq!(out, solve(&net).unwrap());
    }

    #[test]
    fn the_approximation_keeps_close_to_the_exact_solution(
        demands in prop::collection::vec(0.1..10.0_f64, 1..7),
        outstanding in 1..60_u32,
    ) {
        let mut net = Network::default();
        let mut steps = Vec::new();
        for (i, &us) in demands.iter().enumerate() {
            steps.push(at(&mut net, Station::fifo(format!("{i}"), 1), us, Shape::Exponential));
        }
        let route = net.add_route("r", steps);
        net.add_source(Source::closed("s", route, outstanding));
        let exact = solve(&net).unwrap();
        let approximate = solve_with(&net, false).unwrap();
        prop_assert_eq!(exact.method, Method::ExactMva);
        prop_assert!(approximate.converged);
        let ratio = approximate.groups[0].iops / exact.groups[0].iops;
        // Schweitzer's error for one chain stays within some percent.
        prop_assert!((0.93..1.01).contains(&ratio), "{}", ratio);
    }
}

#[test]
fn finite_buffers_promise_nothing() {
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let visit = Visit::new(disk, "media", Service::time(1e6, 0.0, Shape::Exponential));
    let route = net.add_route("read", vec![Step::IfRoom { visit, places: 3, refused: vec![] }]);
    net.add_source(Source::closed("guest", route, 8));
    let solution = solve(&net).unwrap();
    assert_eq!((solution.kind, solution.method), (Kind::Buffers, Method::Approximate));
    assert!(solution.kind.tolerance().latency.is_infinite());
}

#[test]
fn reads_and_writes_have_their_own_rates_and_latencies() {
    // Three reads of 1 us to a write of 5 us, each at a delay of its own, by four who never rest.
    let mut net = Network::default();
    let read = at(&mut net, Station::new("read", StationKind::Delay), 1.0, Shape::Exponential);
    let write = at(&mut net, Station::new("write", StationKind::Delay), 5.0, Shape::Exponential);
    let (read, write) = (net.add_route("r", vec![read]), net.add_route("w", vec![write]));
    let mix = |weight, direction, route| Mix { weight, direction, bytes: 1, route };
    let closed = Source::closed("s", read, 4);
    let both = vec![mix(3.0, Direction::Read, read), mix(1.0, Direction::Write, write)];
    net.add_source(Source { mix: both, ..closed });
    let group = solve(&net).unwrap().groups[0].clone();
    // 0.75 x 1 + 0.25 x 5 us a round.
    close(group.latency_s, 2e-6, 1e-6);
    close(group.latency_s_by_direction[0], 1e-6, 1e-6);
    close(group.latency_s_by_direction[1], 5e-6, 1e-6);
    close(group.iops, 2e6, 1e-6);
    close(group.iops_by_direction[0], 1.5e6, 1e-6);
    close(group.iops_by_direction[1], 0.5e6, 1e-6);
}
