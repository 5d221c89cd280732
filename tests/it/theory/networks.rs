//! Several stations. Times are milliseconds, rates a second.

use csvnet::network::{
    Amount, Direction, Network, SelectorId, SelectorKind, Service, Source, Station, StationId,
    StationKind, Step, Wait,
};
use csvnet::random::Shape;

use super::brute::{Place, Solution};
use super::case::Case;
use super::formulas::{erlang_c, pollaczek_khinchine};
use super::models::SERVICE;
use crate::support::{
    MS, at, busy_servers, constant, count, exponential, mean_latency, mean_response, mean_wait,
    outstanding, sized, window_s,
};

/// A station and behind it one server with a constant service.
fn before_a_constant(first: StationKind, service: Service, rate: f64, behind: f64) -> Behind {
    let mut net = Network::default();
    let first = net.add_station(Station::new("first", first));
    let second = net.add_station(Station::fifo("second", 1));
    let constant = constant((behind * 1e12) as u64);
    let steps = vec![at(first, "first", service), at(second, "second", constant)];
    let route = net.add_route("tandem", steps);
    net.add_source(Source::poisson("guests", route, rate));
    (net, first, second)
}

type Behind = (Network, StationId, StationId);

/// Departures of M/M/3 are Poisson and their past is independent of the number inside (Burke
/// 1956), so the second station is M/D/1: its wait would differ for any other arrivals.
pub(super) fn departures_of_several_servers_are_poisson() -> Case {
    let (servers, rate, behind) = (3, 2_100.0, 0.35 * SERVICE);
    let kind = StationKind::Fifo { servers, cost_rise: 0.0 };
    let (net, first, second) = before_a_constant(kind, exponential(MS), rate, behind);
    let wait = erlang_c(servers, rate * SERVICE) / (f64::from(servers) / SERVICE - rate);
    Case::new(net, 50).claim("first wait", wait, move |r| mean_wait(r, first)).claim(
        "second wait",
        pollaczek_khinchine(rate, behind, 0.0),
        move |r| mean_wait(r, second),
    )
}

/// The same of M/D/1 with processor sharing (Kelly 1979, theorem 3.6).
pub(super) fn departures_of_a_shared_server_are_poisson() -> Case {
    let rate = 700.0;
    let kind = StationKind::Shared { servers: 1 };
    let (net, first, second) = before_a_constant(kind, constant(MS), rate, SERVICE);
    Case::new(net, 100)
        .claim("first response", SERVICE / (1.0 - rate * SERVICE), move |r| mean_response(r, first))
        .claim("second wait", pollaczek_khinchine(rate, SERVICE, 0.0), move |r| {
            mean_wait(r, second)
        })
}

/// Roles of the passes of an I/O through the processor, at most: there, whether it goes on, and at
/// the disk. Draws are keyed by them, so each is another.
const PASSES: [[&str; 3]; 4] = [
    ["cpu 1", "again 1", "disk 1"],
    ["cpu 2", "again 2", "disk 2"],
    ["cpu 3", "again 3", "disk 3"],
    ["cpu 4", "", ""],
];

/// What is left to do from pass `k` on: the processor, and then perhaps the disk and once more.
fn passes(cpu: StationId, disk: StationId, again: SelectorId, k: usize) -> Vec<Step> {
    let [at_cpu, role, at_disk] = PASSES[k];
    let mut steps = vec![at(cpu, at_cpu, exponential(MS))];
    if k + 1 < PASSES.len() {
        let mut more = vec![at(disk, at_disk, exponential(2 * MS))];
        more.extend(passes(cpu, disk, again, k + 1));
        steps.push(Step::Choose { selector: again, role, branches: vec![more, Vec::new()] });
    }
    steps
}

/// A network with feedback: half go on to the disk and return, three times at most. Each station
/// is M/M/1 at its total rate, although its arrivals are not Poisson (Jackson 1957; for routes of
/// limited length, Kelly 1975).
pub(super) fn feedback() -> Case {
    let (rate, half) = (400.0, 0.5);
    let mut net = Network::default();
    let cpu = net.add_station(Station::fifo("cpu", 1));
    let disk = net.add_station(Station::fifo("disk", 1));
    let again = net.add_selector("again", SelectorKind::Weights(vec![half, 1.0 - half]));
    let route = net.add_route("round", passes(cpu, disk, again, 0));
    net.add_source(Source::poisson("guests", route, rate));
    let visits: f64 =
        PASSES.iter().scan(1.0, |left, _| Some(std::mem::replace(left, *left * half))).sum();
    let at_cpu = SERVICE / (1.0 - rate * visits * SERVICE);
    let at_disk = 2.0 * SERVICE / (1.0 - rate * (visits - 1.0) * 2.0 * SERVICE);
    Case::new(net, 150)
        .claim("cpu response", at_cpu, move |r| mean_response(r, cpu))
        .claim("disk response", at_disk, move |r| mean_response(r, disk))
        .claim("latency", visits * at_cpu + (visits - 1.0) * at_disk, |r| mean_latency(r, 0))
        .claim("visits an I/O", visits, move |r| {
            r.stations[cpu.index()].visits as f64 / count(r, 0) as f64
        })
}

/// Three tokens around a delay are M/M/3.
pub(super) fn tokens_are_servers() -> Case {
    let (tokens, rate) = (3, 2_400.0);
    let mut net = Network::default();
    let pool = net.add_pool("tokens", tokens);
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let amount = Amount::Fixed(1);
    let steps = vec![
        Step::Acquire { pool, amount },
        at(delay, "service", exponential(MS)),
        Step::Release { pool, amount },
    ];
    let route = net.add_route("route", steps);
    net.add_source(Source::poisson("guests", route, rate));
    let wait = erlang_c(tokens as u32, rate * SERVICE) / (tokens as f64 / SERVICE - rate);
    Case::new(net, 60).claim("latency", wait + SERVICE, |r| mean_latency(r, 0)).claim(
        "tokens in use",
        rate * SERVICE,
        move |r| busy_servers(r, delay),
    )
}

/// An I/O of four chunks at one server is an I/O with an Erlang service; a chunk waits for half of
/// its siblings besides.
pub(super) fn transfers_in_chunks() -> Case {
    let (chunks, rate) = (4.0, 200.0);
    let mut net = Network::default();
    let station = net.add_station(Station::fifo("station", 1));
    let body = vec![at(station, "chunk", exponential(MS))];
    let split = Step::Split { chunk_bytes: 1_000, window: None, body };
    let route = net.add_route("transfer", vec![split]);
    let mut source = Source::poisson("guests", route, rate);
    source.mix[0].bytes = 4_000;
    net.add_source(source);
    let wait = pollaczek_khinchine(rate, chunks * SERVICE, 1.0 / chunks);
    Case::new(net, 350).claim("latency", wait + chunks * SERVICE, |r| mean_latency(r, 0)).claim(
        "wait of a chunk",
        wait + (chunks - 1.0) / 2.0 * SERVICE,
        move |r| mean_wait(r, station),
    )
}

/// A write mirrored to two servers: `(12 - rho) / 8` times the response of M/M/1 (Flatto and Hahn
/// 1984; Nelson and Tantawi 1988).
pub(super) fn fork_of_two() -> Case {
    let rate = 700.0;
    let mut net = Network::default();
    let sides = ["left", "right"];
    let stations = sides.map(|side| net.add_station(Station::fifo(side, 1)));
    let branches =
        sides.iter().zip(stations).map(|(side, s)| vec![at(s, side, exponential(MS))]).collect();
    let route = net.add_route("mirror", vec![Step::Fork { wait: Wait::All, branches }]);
    net.add_source(Source::poisson("guests", route, rate));
    let alone = SERVICE / (1.0 - rate * SERVICE);
    let [_, right] = stations;
    Case::new(net, 120).claim("one side", alone, move |r| mean_response(r, right)).claim(
        "both",
        alone * (12.0 - rate * SERVICE) / 8.0,
        |r| mean_latency(r, 0),
    )
}

/// Two closed sources at a shared processor, a delay, a disk and an array of two servers.
pub(super) fn closed_with_two_classes() -> Case {
    let population = [4, 3];
    let spread = Shape::hyper_exponential(4.0).expect("4 is in range");
    // Demands in seconds: processor, delay, disk, array. The last two are first in, first out and
    // take the same of both.
    let demands = [[0.4e-3, 2.0e-3, 1.0e-3, 1.5e-3], [1.2e-3, 0.5e-3, 1.0e-3, 1.5e-3]];
    let shapes = [
        [spread, Shape::Constant, Shape::Exponential, Shape::Exponential],
        [Shape::Constant, spread, Shape::Exponential, Shape::Exponential],
    ];
    let kinds = [
        StationKind::Shared { servers: 1 },
        StationKind::Delay,
        StationKind::Fifo { servers: 1, cost_rise: 0.0 },
        StationKind::Fifo { servers: 2, cost_rise: 0.0 },
    ];
    let roles = ["cpu", "delay", "disk", "array"];
    let mut net = Network::default();
    let mut stations = Vec::new();
    let mut places = Vec::new();
    for (k, kind) in kinds.into_iter().enumerate() {
        let station = Station::new(roles[k], kind);
        let servers = station.servers();
        places.push(Place { demands: [demands[0][k], demands[1][k]], servers });
        stations.push(net.add_station(station));
    }
    for (class, label) in ["a", "b"].into_iter().enumerate() {
        let visit = |k: usize| {
            let service = Service::time(demands[class][k] * 1e12, 0.0, shapes[class][k]);
            at(stations[k], roles[k], service)
        };
        let route = net.add_route(label, (0..stations.len()).map(visit).collect());
        let arrivals = outstanding(population[class]);
        net.add_source(sized(label, route, Direction::Read, 1, arrivals));
    }
    let exact = Solution::of(&places, population);
    let [x, y] = exact.throughput;
    let mut case = Case::new(net, 60)
        .claim("throughput of a", x, |r| count(r, 0) as f64 / window_s(r))
        .claim("throughput of b", y, |r| count(r, 1) as f64 / window_s(r))
        .claim("latency of a", f64::from(population[0]) / x, |r| mean_latency(r, 0))
        .claim("latency of b", f64::from(population[1]) / y, |r| mean_latency(r, 1));
    for (k, what) in [(0, "cpu response"), (2, "disk response"), (3, "array response")] {
        let station = stations[k];
        case = case.claim(what, exact.inside[k] / (x + y), move |r| mean_response(r, station));
    }
    case
}
