//! How far the analytic solver is off, by kind of network: random networks of each kind are
//! solved and simulated, and 95 of 100 workloads must lie within the tolerance stated for the kind.
//!
//! Closed sources keep 1 to 32 I/Os outstanding, half of them with think times; open sources load
//! their busiest station to between 30 and 75 %, together with closed sources beside them. The length of a run grows with the load so that
//! the sampling error stays near 1 %.

use csvnet::analytic::{Analytic, Kind, solve};
use csvnet::engine::{RunPlan, simulate};
use csvnet::network::{
    Active, Amount, Arrivals, Direction, Framing, Mix, Network, Port, SelectorKind, Service,
    Source, Station, StationId, StationKind, Step, Visit, Wait,
};
use csvnet::random::{Shape, Stream};

use crate::support::{SEED, US, count, mean_latency, window_s};

/// Networks of each kind.
const NETWORKS: u64 = 40;

/// Visits of a run at no load.
const VISITS: f64 = 45_000.0;

/// What the module's documentation states of the median errors: of rates, of latencies, of
/// latencies under bursts.
const MEDIANS: [f64; 3] = [0.015, 0.04, 0.08];

const ROLES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// What a source does between its first and its last visit.
type Middle<'a> = &'a mut dyn FnMut(&mut Draw, &[(StationId, f64)]) -> Vec<Step>;

/// A network in the making, and the numbers that decide it.
struct Draw {
    net: Network,
    stream: Stream,
    next: u64,
    roles: usize,
}

impl Draw {
    fn new(kind: Kind, number: u64) -> Self {
        let stream = Stream::new(SEED, number, kind.name());
        Self { net: Network::default(), stream, next: 0, roles: 0 }
    }

    fn unit(&mut self) -> f64 {
        self.next += 1;
        self.stream.unit(self.next)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.unit())
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let k = (self.unit() * all.len() as f64) as usize;
        all[k.min(all.len() - 1)]
    }

    fn station(&mut self, kind: StationKind) -> StationId {
        let label = format!("station {}", self.net.stations.len());
        self.net.add_station(Station::new(label, kind))
    }

    fn fifo(&mut self, servers: &[u32]) -> (StationId, f64) {
        let servers = self.of(servers);
        let id = self.station(StationKind::Fifo { servers, cost_rise: 0.0 });
        (id, f64::from(servers))
    }

    fn shape(&mut self) -> Shape {
        match self.of(&[0, 1, 1, 2, 3, 4]) {
            0 => Shape::Constant,
            1 => Shape::Exponential,
            2 => Shape::log_normal(0.5).expect("0.5 is in range"),
            3 => Shape::log_normal(2.0).expect("2 is in range"),
            _ => Shape::gamma(0.3).expect("0.3 is in range"),
        }
    }

    fn role(&mut self) -> &'static str {
        self.roles += 1;
        ROLES[self.roles % ROLES.len()]
    }

    /// A visit of about the time the station's servers make of 3 to 30 microseconds.
    fn visit(&mut self, (station, servers): (StationId, f64)) -> Step {
        let mean = self.between(3.0, 30.0) * servers * US as f64;
        let shape = self.shape();
        Visit::new(station, self.role(), Service::time(mean, 0.0, shape)).into()
    }

    fn stations(&mut self, n: usize) -> Vec<(StationId, f64)> {
        (0..n).map(|_| self.fifo(&[1, 1, 2, 4, 16])).collect()
    }

    fn port(&mut self, weights: &[u32]) -> StationId {
        let rate = self.of(&[10e9, 25e9, 25e9]);
        self.station(StationKind::Port(Port {
            ps_per_byte: 8e12 / rate,
            latency_ps: 500_000,
            weights: weights.to_vec(),
            changes: Vec::new(),
            link: None,
        }))
    }

    fn wire(&mut self, port: StationId, class: u8) -> Step {
        let framing = Framing { payload: 1460, overhead: 78 };
        let service = Service::Wire { header_bytes: 200, payload: true, framing };
        Visit::new(port, self.role(), service).in_class(class).into()
    }

    fn closed(&mut self) -> Arrivals {
        let outstanding = self.of(&[1, 2, 4, 8, 16, 32]);
        let think = if self.unit() < 0.5 { 0.0 } else { self.between(20.0, 2_000.0) };
        let think_shape = Shape::Exponential;
        Arrivals::Closed { outstanding, think_ps: think * US as f64, think_shape }
    }

    fn open(&mut self) -> Arrivals {
        let interval_ps = self.between(0.5, 2.0) * 100.0 * US as f64;
        if self.unit() < 0.7 {
            Arrivals::Poisson { interval_ps }
        } else {
            Arrivals::Paced { interval_ps }
        }
    }

    fn either(&mut self) -> Arrivals {
        if self.unit() < 0.6 { self.closed() } else { self.open() }
    }

    fn source(&mut self, steps: Vec<Step>, bytes: u64, arrivals: Arrivals) {
        let number = self.net.sources.len();
        let route = self.net.add_route(format!("route {number}"), steps);
        let mix = vec![Mix { weight: 1.0, direction: Direction::Read, bytes, route }];
        let label = format!("source {number}");
        self.net.add_source(Source {
            label,
            group: None,
            arrivals,
            mix,
            active: Active::default(),
        });
        self.roles = 0;
    }

    /// One to three sources over shared stations; `middle` says what each does between a station
    /// before and one behind.
    fn around(&mut self, bytes: &[u64], arrivals: fn(&mut Self) -> Arrivals, middle: Middle<'_>) {
        let shared = self.stations(3);
        for _ in 0..self.of(&[1, 2, 3]) {
            let first = self.visit(shared[0]);
            let mut steps = vec![first];
            steps.extend(middle(self, &shared));
            let last = self.visit(shared[2]);
            steps.push(last);
            let (bytes, arrivals) = (self.of(bytes), arrivals(self));
            self.source(steps, bytes, arrivals);
        }
    }
}

const SMALL: [u64; 3] = [4_096, 8_192, 65_536];
const LARGE: [u64; 3] = [131_072, 262_144, 1_048_576];

/// A random network of a kind.
fn draw(kind: Kind, number: u64) -> Network {
    let mut d = Draw::new(kind, number);
    match kind {
        Kind::ProductForm => product_form(&mut d),
        Kind::Open => d.around(&SMALL, Draw::open, &mut |d, s| vec![d.visit(s[1])]),
        Kind::Closed => d.around(&SMALL, Draw::closed, &mut |d, s| vec![d.visit(s[1])]),
        Kind::OpenAndClosed => {
            d.around(&SMALL, Draw::closed, &mut |d, s| vec![d.visit(s[1])]);
            let shared: Vec<_> = d.net.stations.ids().take(3).map(|id| (id, 1.0)).collect();
            let steps = shared.iter().map(|&s| d.visit(s)).collect();
            let arrivals = d.open();
            d.source(steps, 4_096, arrivals);
        }
        Kind::Ports => {
            let ports = [d.port(&[1]), d.port(&[1]), d.port(&[1])];
            d.around(&[8_192, 65_536, 262_144], Draw::either, &mut |d, _| {
                let from = if d.unit() < 0.5 { ports[0] } else { ports[1] };
                vec![d.wire(from, 0), d.wire(ports[2], 0)]
            });
        }
        Kind::Forks => {
            let copies = d.stations(3);
            let ports = [d.port(&[1]), d.port(&[1])];
            d.around(&LARGE, Draw::either, &mut |d, _| forked(d, &copies, ports));
        }
        Kind::Tokens => {
            let tokens = d.of(&[4, 8, 32]);
            let pool = d.net.add_pool("credits", tokens);
            d.around(&SMALL, Draw::either, &mut |d, s| {
                let amount = Amount::PerBytes { unit: 65_536 };
                let visit = d.visit(s[1]);
                vec![Step::Acquire { pool, amount }, visit, Step::Release { pool, amount }]
            });
        }
        Kind::Balanced => {
            let ways = d.of(&[2, 4]);
            let paths: Vec<_> = (0..ways).map(|_| d.fifo(&[1])).collect();
            d.around(&SMALL, Draw::either, &mut |d, _| vec![balanced(d, &paths)]);
        }
        Kind::Regulated => regulated(&mut d),
        Kind::Mixed => mixed(&mut d),
        _ => {
            d.around(&SMALL, bursty, &mut |d, s| vec![d.visit(s[1])]);
        }
    }
    load(&mut d);
    d.net
}

fn product_form(d: &mut Draw) {
    let own =
        [StationKind::Fifo { servers: 1, cost_rise: 0.0 }, StationKind::Shared { servers: 1 }];
    let stations: Vec<StationId> = (0..3).map(|k| d.station(own[k % 2].clone())).collect();
    let means: Vec<f64> = stations.iter().map(|_| d.between(3.0, 30.0)).collect();
    let closed = d.unit() < 0.6;
    for _ in 0..d.of(&[1, 2, 3]) {
        let steps = stations.iter().zip(&means).enumerate().map(|(k, (&station, &mean))| {
            let shape = if k % 2 == 0 { Shape::Exponential } else { d.shape() };
            let service = Service::time(mean * US as f64, 0.0, shape);
            Visit::new(station, ROLES[k], service).into()
        });
        let steps = steps.collect();
        let arrivals = if closed {
            d.closed()
        } else {
            Arrivals::Poisson { interval_ps: d.between(0.5, 2.0) * 100.0 * US as f64 }
        };
        d.source(steps, 4_096, arrivals);
    }
}

fn bursty(d: &mut Draw) -> Arrivals {
    let interval_ps = d.between(0.5, 2.0) * 100.0 * US as f64;
    let burst_ps = d.between(2.0, 10.0) * interval_ps;
    Arrivals::Bursty { interval_ps, burst_ps, idle_ps: d.between(0.5, 2.0) * burst_ps }
}

fn forked(d: &mut Draw, copies: &[(StationId, f64)], ports: [StationId; 2]) -> Vec<Step> {
    match d.of(&[0, 1, 2, 3, 3]) {
        0 | 1 => {
            let branches = copies.iter().map(|&copy| vec![d.visit(copy)]).collect();
            vec![Step::Fork { wait: Wait::All, branches }]
        }
        2 => {
            let branches = copies.iter().map(|&copy| vec![d.visit(copy)]).collect();
            vec![Step::Fork { wait: Wait::First(2), branches }]
        }
        _ => {
            let window = d.of(&[None, Some(2), Some(4)]);
            let body = vec![d.wire(ports[0], 0), d.wire(ports[1], 0), d.visit(copies[0])];
            vec![Step::Split { chunk_bytes: 65_536, window, body }]
        }
    }
}

fn balanced(d: &mut Draw, paths: &[(StationId, f64)]) -> Step {
    let kind = SelectorKind::LeastOutstanding(paths.len() as u32);
    let selector = d.net.add_selector(format!("paths {}", d.net.selectors.len()), kind);
    let (mean, shape) = (d.between(6.0, 60.0) * US as f64, d.shape());
    let role = d.role();
    let way = |&(station, _): &(StationId, f64)| {
        vec![Visit::new(station, role, Service::time(mean, 0.0, shape)).into()]
    };
    Step::Choose { selector, role: "path", branches: paths.iter().map(way).collect() }
}

fn regulated(d: &mut Draw) {
    let which = d.of(&[0, 1, 2]);
    let station = match which {
        0 => d.station(StationKind::Priority { classes: 2 }),
        1 => d.port(&[1, 3]),
        _ => d.station(StationKind::Limiter { burst_ps: 100 * US }),
    };
    d.around(&SMALL, Draw::either, &mut |d, _| {
        let class = d.of(&[0, 1]);
        vec![match which {
            0 => {
                let service = Service::time(d.between(3.0, 30.0) * US as f64, 0.0, d.shape());
                Visit::new(station, "priority", service).in_class(class).into()
            }
            1 => d.wire(station, class),
            _ => {
                let service = Service::time(d.between(3.0, 30.0) * US as f64, 0.0, Shape::Constant);
                Visit::new(station, "limit", service).into()
            }
        }]
    });
}

/// Redirected I/O: tokens, one of several channels, ports, a mirrored or a split part.
fn mixed(d: &mut Draw) {
    let tokens = d.of(&[16, 64]);
    let pool = d.net.add_pool("credits", tokens);
    let channels: Vec<_> = (0..2).map(|_| d.fifo(&[1])).collect();
    let copies = d.stations(2);
    let ports = [d.port(&[1]), d.port(&[1])];
    d.around(&LARGE[..2], Draw::either, &mut |d, _| {
        let amount = Amount::PerBytes { unit: 65_536 };
        let mut steps = vec![Step::Acquire { pool, amount }];
        if d.unit() < 0.5 {
            steps.push(balanced(d, &channels));
        } else {
            let visit = d.visit(channels[0]);
            steps.push(visit);
        }
        steps.extend([d.wire(ports[0], 0), d.wire(ports[1], 0)]);
        steps.extend(forked(d, &copies, ports));
        steps.push(Step::Release { pool, amount });
        steps
    });
}

/// Brings open sources to a load that they carry, and closed ones beside them to leave them room.
fn load(d: &mut Draw) {
    let wanted = 0.3 + 0.45 * d.unit();
    if d.net.sources.iter().all(|s| is_closed(&s.arrivals)) && !solved(&d.net).1 {
        return;
    }
    for source in d.net.sources.ids().collect::<Vec<_>>() {
        slow_down(&mut d.net.sources[source].arrivals, 1e3);
    }
    // Almost nothing comes: use rises with the rates until it is near what is wanted.
    for _ in 0..60 {
        let (used, overloaded) = solved(&d.net);
        let step = if overloaded { 2.0 } else { (used / wanted).max(0.5) };
        if (0.9..1.1).contains(&step) {
            break;
        }
        for source in d.net.sources.ids().collect::<Vec<_>>() {
            slow_down(&mut d.net.sources[source].arrivals, step);
        }
        if overloaded {
            break;
        }
    }
}

fn is_closed(arrivals: &Arrivals) -> bool {
    matches!(arrivals, Arrivals::Closed { .. })
}

/// Use of the busiest station, and whether anything queues without end or nearly so.
fn solved(net: &Network) -> (f64, bool) {
    let solution = solve(net).expect("the network is valid");
    let overloaded = net.sources.iter().zip(&solution.groups).any(|(source, group)| {
        let slow = group.latency_s > 5.0 * group.bound_latency_s;
        group.saturated || (slow && !is_closed(&source.arrivals))
    });
    (busiest(&solution), overloaded)
}

fn slow_down(arrivals: &mut Arrivals, by: f64) {
    match arrivals {
        Arrivals::Poisson { interval_ps } | Arrivals::Paced { interval_ps } => *interval_ps *= by,
        Arrivals::Bursty { interval_ps, burst_ps, idle_ps } => {
            *interval_ps *= by;
            *burst_ps *= by;
            *idle_ps *= by;
        }
        Arrivals::Closed { think_ps, .. } => *think_ps = think_ps.max(20.0 * US as f64) * by,
        _ => {}
    }
}

fn busiest(solution: &Analytic) -> f64 {
    solution.stations.iter().map(|s| s.utilisation).fold(0.0, f64::max)
}

/// Relative errors of rate and latency of every workload.
fn errors(net: &Network, solution: &Analytic, seed: u64) -> Vec<(f64, f64)> {
    // The time to forget grows with the square of the distance to saturation.
    let closed = net.sources.iter().all(|s| is_closed(&s.arrivals));
    let idle = if closed { 0.6 } else { (1.0 - busiest(solution)).max(0.25) };
    let visits: f64 = solution.stations.iter().map(|s| s.visits_per_s).sum();
    let seconds = VISITS / (idle * idle) / visits;
    let horizon = (seconds * 1e12) as u64;
    let plan = RunPlan::new(SEED, horizon / 10, horizon + horizon / 10).replication(seed);
    let run = simulate(net, &plan, &|| false).expect("the network is valid");
    let of = |g: usize| {
        let iops = count(&run, g) as f64 / window_s(&run);
        let group = &solution.groups[g];
        (group.iops / iops - 1.0, group.latency_s / mean_latency(&run, g) - 1.0)
    };
    (0..solution.groups.len()).map(of).collect()
}

/// Median, 95th percentile and largest of absolute values.
fn spread(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut sizes: Vec<f64> = values.map(f64::abs).collect();
    sizes.sort_by(f64::total_cmp);
    let at = |q: f64| sizes[((sizes.len() as f64 * q).ceil() as usize).clamp(1, sizes.len()) - 1];
    [at(0.5), at(0.95), at(1.0)]
}

#[test]
fn the_analytic_solver_is_as_accurate_as_stated() {
    let mut faults = Vec::new();
    println!("kind: workloads; error of I/Os a second, of mean latency: median, p95, worst");
    for kind in Kind::ALL {
        let mut all = Vec::new();
        for number in 0..NETWORKS {
            let net = draw(kind, number);
            let solution = solve(&net).expect("the network is valid");
            assert_eq!(solution.kind, kind, "network {number}");
            let errors = errors(&net, &solution, number);
            if !solution.converged {
                println!("  {kind:?} {number} did not come to rest: {errors:?}");
            }
            all.extend(errors);
        }
        let (iops, latency) = (spread(all.iter().map(|e| e.0)), spread(all.iter().map(|e| e.1)));
        let percent = |e: [f64; 3]| e.map(|x| format!("{:.1} %", 100.0 * x)).join(", ");
        println!("{kind:?}: {}; {}; {}", all.len(), percent(iops), percent(latency));
        let tolerance = kind.tolerance();
        for (what, stated, median, e) in [
            ("rate", tolerance.iops, MEDIANS[0], iops),
            ("latency", tolerance.latency, MEDIANS[1 + usize::from(kind == Kind::Bursty)], latency),
        ] {
            if e[1] > stated || e[0] > median {
                faults.push(format!("{kind:?}, {what}: {}, stated {stated}", percent(e)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
