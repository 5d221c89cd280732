//! One server with arrivals that are not Poisson. Times are milliseconds, rates a second.

use csvnet::network::{Arrivals, Network, Source, Station, StationId};
use csvnet::random::Shape;

use super::case::Case;
use super::formulas::{Interrupted, arrival_root, daley, kingman, marchal, paced_least};
use super::models::{SERVICE, quantile, shaped};
use crate::support::{busy_servers, mean_latency, mean_wait};

/// One server, first in, first out.
fn server(arrivals: Arrivals, shape: Shape) -> (Network, StationId) {
    let mut net = Network::default();
    let station = net.add_station(Station::fifo("station", 1));
    let visit = crate::support::at(station, "service", shaped(shape));
    let route = net.add_route("route", vec![visit]);
    net.add_source(Source::of("guests", route, arrivals));
    (net, station)
}

fn paced(rate: f64) -> Arrivals {
    Arrivals::Paced { interval_ps: 1e12 / rate }
}

/// Bursts of 1.5 ms on average at 1,800 a second, silences of 3 ms: 600 a second.
const BURSTS: Interrupted = Interrupted { rate: 1_800.0, burst: 1.5e-3, idle: 3e-3 };

fn bursty() -> Arrivals {
    Arrivals::Bursty {
        interval_ps: 1e12 / BURSTS.rate,
        burst_ps: BURSTS.burst * 1e12,
        idle_ps: BURSTS.idle * 1e12,
    }
}

/// GI/M/1: with `root` the share of arrivals that wait, the latency is exponential with mean
/// `service / (1 - root)` (Kendall 1953).
fn exponential_server(source: Arrivals, rate: f64, root: f64, window_s: u64) -> Case {
    let (net, station) = server(source, Shape::Exponential);
    let latency = SERVICE / (1.0 - root);
    Case::new(net, window_s)
        .claim("wait", latency - SERVICE, move |r| mean_wait(r, station))
        .claim("latency", latency, |r| mean_latency(r, 0))
        .claim("median latency", latency * f64::ln(2.0), |r| quantile(r, 0.5))
        .claim("p99 latency", latency * f64::ln(100.0), |r| quantile(r, 0.99))
        .claim("busy", rate * SERVICE, move |r| busy_servers(r, station))
}

/// D/M/1.
pub(super) fn paced_arrivals_at_an_exponential_server() -> Case {
    let rate = 700.0;
    let root = arrival_root(|s| f64::exp(-s / rate), SERVICE);
    exponential_server(paced(rate), rate, root, 130)
}

/// IPP/M/1: what arrives in exponential bursts is a renewal process (Kuczura 1973).
pub(super) fn bursty_arrivals_at_an_exponential_server() -> Case {
    let root = arrival_root(|s| BURSTS.transform(s), SERVICE);
    exponential_server(bursty(), BURSTS.mean_rate(), root, 450)
}

/// D/G/1, gamma service with a squared coefficient of variation of 4.
pub(super) fn paced_arrivals_within_the_bounds() -> Case {
    let (rate, scv) = (500.0, 4.0);
    let (net, station) = server(paced(rate), Shape::gamma(scv).expect("4 is in range"));
    let (low, high) = (paced_least(rate, SERVICE, scv), kingman(rate, 0.0, SERVICE, scv));
    assert!(high / low < 1.34, "bounds that are far apart say little");
    Case::new(net, 250).between("wait", low, high, move |r| mean_wait(r, station)).claim(
        "busy",
        rate * SERVICE,
        move |r| busy_servers(r, station),
    )
}

/// IPP/G/1, hyper-exponential service with a squared coefficient of variation of 4.
pub(super) fn bursty_arrivals_within_the_bounds() -> Case {
    let (rate, scv) = (BURSTS.mean_rate(), 4.0);
    let shape = Shape::hyper_exponential(scv).expect("4 is in range");
    let (net, station) = server(bursty(), shape);
    let low = marchal(rate, SERVICE, scv);
    let high = daley(rate, BURSTS.scv(), SERVICE, scv);
    assert!(high < kingman(rate, BURSTS.scv(), SERVICE, scv), "Daley's bound is the sharper");
    Case::new(net, 400).between("wait", low, high, move |r| mean_wait(r, station)).claim(
        "busy",
        rate * SERVICE,
        move |r| busy_servers(r, station),
    )
}
