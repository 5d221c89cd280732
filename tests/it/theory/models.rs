//! The cases. Times are milliseconds, rates a second.

use csvnet::engine::RunRecord;
use csvnet::network::{
    Arrivals, Network, Service, Source, Station, StationId, StationKind, Step, Visit,
};
use csvnet::random::Shape;

use super::case::Case;
use super::formulas::{
    cobham, erlang_c, limited_line, mean_value_analysis, pollaczek_khinchine, repairer_utilisation,
};
use crate::support::{
    MS, at, busy_servers, constant, count, exponential, mean_latency, mean_response, mean_wait,
    window_s,
};

/// Mean service in seconds, the same everywhere so that only the load differs.
pub(super) const SERVICE: f64 = 1e-3;

pub(super) fn shaped(shape: Shape) -> Service {
    Service::time(MS as f64, 0.0, shape)
}

/// One station with Poisson arrivals.
fn open(kind: StationKind, service: Service, rate: f64) -> (Network, StationId) {
    let mut net = Network::default();
    let station = net.add_station(Station::new("station", kind));
    let route = net.add_route("route", vec![at(station, "service", service)]);
    net.add_source(Source::poisson("guests", route, rate));
    (net, station)
}

/// Claims of a first-in-first-out station that is one visit of an open route.
fn waiting_line(net: Network, station: StationId, rate: f64, wait: f64, window_s: u64) -> Case {
    Case::new(net, window_s)
        .claim("wait", wait, move |r| mean_wait(r, station))
        .claim("latency", wait + SERVICE, |r| mean_latency(r, 0))
        .claim("busy servers", rate * SERVICE, move |r| busy_servers(r, station))
        .claim("arrivals a second", rate, arrivals(station))
}

/// Percentile of the latency of the reads of the first group, in seconds.
pub(super) fn quantile(record: &RunRecord, q: f64) -> f64 {
    record.groups[0].reads.latency.quantile_secs(q).expect("I/Os were completed")
}

fn arrivals(station: StationId) -> impl Fn(&RunRecord) -> f64 + 'static {
    move |r| r.stations[station.index()].visits as f64 / window_s(r)
}

fn single(shape: Shape, rate: f64, window_s: u64) -> Case {
    let (net, station) =
        open(StationKind::Fifo { servers: 1, cost_rise: 0.0 }, shaped(shape), rate);
    let wait = pollaczek_khinchine(rate, SERVICE, shape.scv());
    waiting_line(net, station, rate, wait, window_s)
}

/// M/M/1. The latency is exponential, so its quantiles are known as well.
pub(super) fn one_exponential_server() -> Case {
    let rate = 700.0;
    let mean = SERVICE / (1.0 - rate * SERVICE);
    let mut case = single(Shape::Exponential, rate, 200);
    for (what, q) in [("median latency", 0.5), ("p95 latency", 0.95), ("p99 latency", 0.99)] {
        case = case.claim(what, -mean * f64::ln(1.0 - q), move |r| quantile(r, q));
    }
    case
}

/// M/M/4.
pub(super) fn several_exponential_servers() -> Case {
    let (servers, rate) = (4, 3_200.0);
    let kind = StationKind::Fifo { servers, cost_rise: 0.0 };
    let (net, station) = open(kind, exponential(MS), rate);
    let wait = erlang_c(servers, rate * SERVICE) / (f64::from(servers) / SERVICE - rate);
    waiting_line(net, station, rate, wait, 110)
}

/// M/D/1.
pub(super) fn constant_service() -> Case {
    single(Shape::Constant, 800.0, 120)
}

/// M/G/1, log-normal service.
pub(super) fn log_normal_service() -> Case {
    single(Shape::log_normal(0.5).expect("0.5 is in range"), 700.0, 150)
}

/// M/G/1, hyper-exponential service.
pub(super) fn hyper_exponential_service() -> Case {
    single(Shape::hyper_exponential(4.0).expect("4 is in range"), 500.0, 300)
}

/// M/G/1 processor sharing: the mean latency knows nothing of the law of the demand.
fn shared(service: Service) -> Case {
    let rate = 700.0;
    let (net, station) = open(StationKind::Shared { servers: 1 }, service, rate);
    let latency = SERVICE / (1.0 - rate * SERVICE);
    Case::new(net, 120)
        .claim("latency", latency, |r| mean_latency(r, 0))
        .claim("response", latency, move |r| mean_response(r, station))
        .claim("busy servers", rate * SERVICE, move |r| busy_servers(r, station))
}

pub(super) fn sharing_an_exponential_demand() -> Case {
    shared(exponential(MS))
}

pub(super) fn sharing_a_constant_demand() -> Case {
    shared(constant(MS))
}

/// Departures of M/M/1 are Poisson (Burke 1956): the second station is M/M/1 again.
pub(super) fn tandem() -> Case {
    let rate = 600.0;
    let mut net = Network::default();
    let first = net.add_station(Station::fifo("first", 1));
    let second = net.add_station(Station::fifo("second", 1));
    let steps = vec![at(first, "first", exponential(MS)), at(second, "second", exponential(MS))];
    let route = net.add_route("tandem", steps);
    net.add_source(Source::poisson("guests", route, rate));
    let response = SERVICE / (1.0 - rate * SERVICE);
    Case::new(net, 120)
        .claim("first response", response, move |r| mean_response(r, first))
        .claim("second response", response, move |r| mean_response(r, second))
        .claim("latency", 2.0 * response, |r| mean_latency(r, 0))
}

/// Three equal stations and six I/Os for ever.
pub(super) fn closed_balanced_network() -> Case {
    let outstanding = 6;
    let mut net = Network::default();
    let roles = ["first", "second", "third"];
    let stations = roles.map(|role| net.add_station(Station::fifo(role, 1)));
    let steps = roles.iter().zip(stations).map(|(role, s)| at(s, role, exponential(MS))).collect();
    let route = net.add_route("round", steps);
    net.add_source(Source::closed("guests", route, outstanding));
    let (throughput, response) = mean_value_analysis(&[SERVICE; 3], 0.0, outstanding);
    let [_, _, third] = stations;
    Case::new(net, 60)
        .claim("throughput", throughput, |r| count(r, 0) as f64 / window_s(r))
        .claim("latency", response, |r| mean_latency(r, 0))
        .claim("third response", response / 3.0, move |r| mean_response(r, third))
}

/// Eight machines that run for 5 ms and one repairer who takes 1 ms.
pub(super) fn machine_repair() -> Case {
    let (machines, up) = (8, 5.0 * SERVICE);
    let mut net = Network::default();
    let repairer = net.add_station(Station::fifo("repairer", 1));
    let route = net.add_route("mend", vec![at(repairer, "mend", exponential(MS))]);
    let arrivals = Arrivals::Closed {
        outstanding: machines,
        think_ps: up * 1e12,
        think_shape: Shape::Exponential,
    };
    net.add_source(Source::of("machines", route, arrivals));
    let (throughput, response) = mean_value_analysis(&[SERVICE], up, machines);
    Case::new(net, 60)
        .claim("throughput", throughput, |r| count(r, 0) as f64 / window_s(r))
        .claim("latency", response, |r| mean_latency(r, 0))
        .claim("busy repairer", repairer_utilisation(machines, up, SERVICE), move |r| {
            busy_servers(r, repairer)
        })
}

/// M/M/1 with two classes, without preemption.
pub(super) fn priorities() -> Case {
    let classes = [(300.0, SERVICE), (400.0, SERVICE)];
    let waits = cobham(&classes);
    let mut net = Network::default();
    let server = net.add_station(Station::new("server", StationKind::Priority { classes: 2 }));
    for (class, (label, (rate, _))) in ["urgent", "patient"].iter().zip(classes).enumerate() {
        let visit = Visit::new(server, "service", exponential(MS)).in_class(class as u8);
        let route = net.add_route(*label, vec![visit.into()]);
        net.add_source(Source::poisson(*label, route, rate));
    }
    let busy: f64 = classes.iter().map(|(rate, s)| rate * s).sum();
    Case::new(net, 150)
        .claim("urgent", waits[0] + SERVICE, |r| mean_latency(r, 0))
        .claim("patient", waits[1] + SERVICE, |r| mean_latency(r, 1))
        .claim("busy", busy, move |r| busy_servers(r, server))
}

/// M/G/2 processor sharing, each I/O on at most one server: the number inside is that of M/M/2
/// whatever the law of the demand, because the station is symmetric (Kelly 1979, section 3.3).
pub(super) fn sharing_a_spread_demand_on_two_servers() -> Case {
    let (servers, rate) = (2, 1_400.0);
    let shape = Shape::hyper_exponential(4.0).expect("4 is in range");
    let (net, station) = open(StationKind::Shared { servers }, shaped(shape), rate);
    let wait = erlang_c(servers, rate * SERVICE) / (f64::from(servers) / SERVICE - rate);
    Case::new(net, 80).claim("latency", wait + SERVICE, |r| mean_latency(r, 0)).claim(
        "busy servers",
        rate * SERVICE,
        move |r| busy_servers(r, station),
    )
}

/// M/M/1/K: Poisson arrivals at a finite buffer; what finds it full is lost.
pub(super) fn finite_buffer() -> Case {
    let (rate, places) = (900.0, 5);
    let mut net = Network::default();
    let station = net.add_station(Station::fifo("station", 1));
    let visit = Visit::new(station, "service", exponential(MS));
    let route = net.add_route("route", vec![Step::IfRoom { visit, places, refused: Vec::new() }]);
    net.add_source(Source::poisson("guests", route, rate));
    let (blocked, sojourn) = limited_line(rate, SERVICE, places);
    Case::new(net, 100)
        .claim("share refused", blocked, move |r| {
            let seen = &r.stations[station.index()];
            seen.refused as f64 / (seen.refused + seen.visits) as f64
        })
        .claim("sojourn of the accepted", sojourn, move |r| mean_response(r, station))
        .claim("busy", rate * (1.0 - blocked) * SERVICE, move |r| busy_servers(r, station))
        // The refused go on as if served at once.
        .claim("latency of all", (1.0 - blocked) * sojourn, |r| mean_latency(r, 0))
}
