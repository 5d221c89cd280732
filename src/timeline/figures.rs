//! What a setting comes to: load, latency and utilisation, by either solver.

use std::collections::BTreeMap;

use super::setting::{Built, Part};
use crate::analytic::{Analytic, Folded};
use crate::cluster::{CompileError, Compiled, compile};
use crate::experiment::{ExperimentError, Measurements, Plan, WarmUp, run};
use crate::network::StationId;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::stats::Estimate;

/// Of one part of a load.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadFigures {
    /// Which.
    pub part: Part,
    /// I/Os a second of all its disks; of an open load that saturates its path what that carries.
    pub iops: f64,
    /// Bytes a second.
    pub bytes_per_s: f64,
    /// Mean latency in seconds; infinite where a queue grows without limit.
    pub latency_s: Estimate,
    /// Percentiles 50, 95, 99 and 99.9 of the latency in seconds, where it was simulated.
    pub quantiles_s: Option<[Estimate; 4]>,
    /// Whether it asks for more than its path can carry.
    pub saturated: bool,
    /// I/Os a second it asks for, where it does so by rate.
    pub offered_iops: Option<f64>,
}

/// Of one direction of a port.
#[derive(Clone, Debug, PartialEq)]
pub struct PortFigures {
    /// Node.
    pub node: String,
    /// Port.
    pub nic: String,
    /// True for the transmit side.
    pub transmit: bool,
    /// Whether it belongs to a network that carries CSV traffic.
    pub csv: bool,
    /// Bits a second it can carry.
    pub rate_bits_per_s: f64,
    /// Wire bytes a second.
    pub wire_bytes_per_s: f64,
    /// Busy share.
    pub utilisation: f64,
}

impl PortFigures {
    /// `node/port/tx` or `rx`.
    #[must_use]
    pub fn label(&self) -> String {
        side(&self.node, &self.nic, self.transmit)
    }
}

fn side(node: &str, nic: &str, transmit: bool) -> String {
    format!("{node}/{nic}/{}", if transmit { "tx" } else { "rx" })
}

/// What a setting comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Parts of the loads.
    pub loads: Vec<LoadFigures>,
    /// Ports by name.
    pub ports: Vec<PortFigures>,
    /// Busy share of the processors of each node, by name.
    pub cpus: Vec<(String, f64)>,
    /// Payload bytes a second of what runs beside the loads, by name.
    pub beside: BTreeMap<String, f64>,
    /// Whether it was simulated, I/O by I/O.
    pub simulated: bool,
    /// I/Os simulated.
    pub ios: u64,
    /// Widest relative half width of a mean latency; infinite where one is not known.
    pub precision: f64,
}

/// Percentiles where no simulation has told them: those of an exponential latency, as it is behind
/// one queue with random arrivals and services (M/M/1), `-mean ln(1 - q)`.
fn exponential(mean: Estimate) -> [Estimate; 4] {
    [0.5, 0.95, 0.99, 0.999].map(|q: f64| {
        let times = -(1.0 - q).ln();
        Estimate { mean: times * mean.mean, half_width: times * mean.half_width, ..mean }
    })
}

impl Figures {
    /// The busiest port that may carry CSV traffic.
    #[must_use]
    pub fn busiest(&self) -> Option<&PortFigures> {
        let csv = self.ports.iter().filter(|port| port.csv);
        csv.fold(None, |most: Option<&PortFigures>, port| match most {
            Some(most) if most.utilisation >= port.utilisation => Some(most),
            _ => Some(port),
        })
    }

    /// The same with latencies and processors corrected by what a simulation of a setting like it
    /// found: times as much above or below its solution.
    #[must_use]
    pub fn corrected(&self, solved: &Self, simulated: &Self) -> Self {
        let mut figures = self.clone();
        for load in &mut figures.loads {
            let own = |other: &&LoadFigures| {
                other.part.workload == load.part.workload && other.part.cause == load.part.cause
            };
            let near = |of: &Self| {
                let same = of.loads.iter().find(own);
                let same = same.or_else(|| {
                    of.loads.iter().find(|other| other.part.workload == load.part.workload)
                });
                same.cloned()
            };
            // Where a queue grows without limit every percentile does.
            if load.latency_s.mean.is_infinite() {
                load.quantiles_s = Some([load.latency_s; 4]);
                continue;
            }
            let (Some(solved), Some(simulated)) = (near(solved), near(simulated)) else {
                load.quantiles_s = Some(exponential(load.latency_s));
                continue;
            };
            let times = simulated.latency_s.mean / solved.latency_s.mean;
            if !times.is_finite() || simulated.latency_s.mean <= 0.0 {
                load.quantiles_s = Some(exponential(load.latency_s));
                continue;
            }
            load.latency_s.mean *= times;
            load.latency_s.half_width = load.latency_s.mean * simulated.latency_s.relative();
            let mean = load.latency_s.mean / simulated.latency_s.mean;
            load.quantiles_s = simulated.quantiles_s.map(|all| {
                all.map(|of| Estimate {
                    mean: of.mean * mean,
                    half_width: of.half_width * mean,
                    ..of
                })
            });
        }
        for (name, cpu) in &mut figures.cpus {
            let of = |of: &Self| of.cpus.iter().find(|(other, _)| other == name).map(|(_, c)| *c);
            if let (Some(solved), Some(simulated)) = (of(solved), of(simulated))
                && solved > 0.0
            {
                *cpu *= simulated / solved;
            }
        }
        figures.precision = simulated.precision;
        figures
    }

    /// Redirected payload bytes a second.
    #[must_use]
    pub fn redirected_bytes_per_s(&self) -> f64 {
        let crossing = self.loads.iter().filter(|load| load.part.cause.is_some());
        // A sum of nothing is minus zero.
        crossing.map(|load| load.bytes_per_s).sum::<f64>() + 0.0
    }
}

/// Why a setting could not be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// It cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It cannot be solved.
    #[error(transparent)]
    Solve(#[from] crate::analytic::AnalyticError),
    /// It cannot be simulated.
    #[error(transparent)]
    Run(#[from] ExperimentError),
}

/// A setting with its network.
pub(super) struct Ready {
    pub(super) built: Built,
    compiled: Compiled,
    solution: Analytic,
}

impl Ready {
    pub(super) fn new(built: Built, parameters: &FrozenParameters) -> Result<Self, EvaluateError> {
        let compiled = compile(&built.cluster, &built.loads, parameters)?;
        let solution = Folded::new(&compiled.network)?.solve()?;
        Ok(Self { built, compiled, solution })
    }

    /// The solution; its first groups are the parts of the loads.
    pub(super) const fn solution(&self) -> &Analytic {
        &self.solution
    }

    /// The busiest station by the analytic solver, the first of equals.
    pub(super) fn busiest(&self) -> Option<(String, f64)> {
        let net = &self.compiled.network;
        let busy = net.stations.iter().zip(&self.solution.stations);
        let busy = busy.map(|(station, of)| (&station.label, of.utilisation));
        let most = busy.filter(|(_, busy)| *busy > 0.0).fold(None, |most: Option<_>, next| {
            if most.is_some_and(|(_, busy)| busy >= next.1) { most } else { Some(next) }
        });
        most.map(|(label, busy)| (label.clone(), busy))
    }

    /// By the analytic solver.
    pub(super) fn fast(&self) -> Figures {
        let (net, solution) = (&self.compiled.network, &self.solution);
        let known = |mean: f64| Estimate { mean, half_width: 0.0, level: 0.95, n: 1 };
        let loads = self.built.parts.iter().enumerate().map(|(g, part)| {
            let of = &solution.groups[g];
            LoadFigures {
                part: part.clone(),
                iops: of.iops,
                bytes_per_s: of.bytes_per_s,
                latency_s: known(of.latency_s),
                quantiles_s: None,
                saturated: of.saturated,
                offered_iops: self.offered(g),
            }
        });
        let mut figures = Figures { loads: loads.collect(), ..Figures::default() };
        figures.ports = self.ports(&|id| {
            let of = &solution.stations[id.index()];
            // Of what open loads ask for beyond it a port carries nothing.
            (of.wire_bytes_per_s / of.utilisation.max(1.0), of.utilisation.min(1.0))
        });
        let accounts = net.accounts.iter_ids().map(|(id, account)| {
            let own = net.stations.iter_ids().filter(|(_, station)| station.account == Some(id));
            let busy: f64 = own
                .map(|(id, station)| {
                    let servers = station.servers();
                    solution.stations[id.index()].utilisation.min(1.0) * servers
                })
                .sum();
            (node_of(&account.label), account.load + busy / account.servers)
        });
        figures.cpus = accounts.collect();
        for (id, name) in net.groups.iter_ids().filter(|(id, _)| !net.is_workload(*id)) {
            *figures.beside.entry(name.clone()).or_insert(0.0) +=
                solution.groups[id.index()].bytes_per_s;
        }
        figures
    }

    fn offered(&self, group: usize) -> Option<f64> {
        let load = &self.built.loads[group];
        load.intensity.offered().map(|each| each * load.disks.len() as f64)
    }

    fn ports(&self, of: &dyn Fn(StationId) -> (f64, f64)) -> Vec<PortFigures> {
        let mut ports = Vec::new();
        for (id, station) in self.compiled.network.stations.iter_ids() {
            let Some(port) = station.as_port() else { continue };
            let Some(link) = &port.link else { continue };
            let (wire_bytes_per_s, utilisation) = of(id);
            ports.push(PortFigures {
                node: link.node.clone(),
                nic: link.nic.clone(),
                transmit: link.transmit,
                csv: link.csv,
                rate_bits_per_s: 8e12 / port.ps_per_byte,
                wire_bytes_per_s,
                utilisation,
            });
        }
        ports.sort_by(|a, b| (&a.node, &a.nic, !a.transmit).cmp(&(&b.node, &b.nic, !b.transmit)));
        ports
    }

    /// I/O by I/O, until the mean latency of every load is known to `precision` or the bound of
    /// what a setting may cost is reached.
    pub(super) fn simulated(
        &self,
        seed: Seed,
        precision: f64,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Figures, EvaluateError> {
        let net = &self.compiled.network;
        let slowest = self.slowest();
        let mut duration_s = (IOS_LEAST / slowest.max(1e-9)).clamp(WINDOW_S.0, WINDOW_S.1);
        loop {
            let warm_up_s = (0.2 * duration_s).max(WARM_UP_LEAST_S);
            let plan = Plan {
                seed,
                replications: REPLICATIONS,
                duration_s: Some(duration_s),
                warm_up: WarmUp::Fixed(warm_up_s),
                threads: Some(1),
                ..Plan::default()
            };
            let measured = run(net, &plan, cancelled, &|_| {})?;
            let figures = self.measured(&measured);
            let total: f64 = self.solution.groups.iter().map(|g| g.iops).sum();
            let next_s = 2.0 * duration_s;
            let affordable = next_s * total * REPLICATIONS as f64 <= IOS_MOST;
            if figures.precision <= precision || !affordable || next_s > WINDOW_MOST_S {
                return Ok(figures);
            }
            duration_s = next_s;
        }
    }

    /// I/Os a second of the slowest part, as far as it issues any.
    fn slowest(&self) -> f64 {
        let parts = self.built.parts.len();
        let rates = self.solution.groups[..parts].iter().map(|g| g.iops).filter(|i| *i > 0.0);
        rates.fold(f64::INFINITY, f64::min)
    }

    fn measured(&self, measured: &Measurements) -> Figures {
        let net = &self.compiled.network;
        let loads = self.built.parts.iter().enumerate().map(|(g, part)| {
            let (of, saturated) = (&measured.groups[g], self.solution.groups[g].saturated);
            let endless = Estimate { mean: f64::INFINITY, half_width: 0.0, level: 0.95, n: 1 };
            LoadFigures {
                part: part.clone(),
                iops: of.iops.mean,
                bytes_per_s: of.bytes_per_s.mean,
                latency_s: if saturated { endless } else { of.latency_s },
                quantiles_s: Some(if saturated { [endless; 4] } else { of.quantiles_s }),
                saturated,
                offered_iops: self.offered(g),
            }
        });
        let loads: Vec<LoadFigures> = loads.collect();
        let busy = loads.iter().filter(|load| load.iops > 0.0 && !load.saturated);
        let precision = busy.map(|load| load.latency_s.relative()).fold(0.0, f64::max);
        let accounts = net.accounts.iter_ids();
        let cpus = accounts
            .map(|(id, account)| (node_of(&account.label), measured.account(id).mean))
            .collect();
        let mut beside = BTreeMap::new();
        for (id, name) in net.groups.iter_ids().filter(|(id, _)| !net.is_workload(*id)) {
            *beside.entry(name.clone()).or_insert(0.0) +=
                measured.groups[id.index()].bytes_per_s.mean;
        }
        let ports = self.ports(&|id| {
            let of = &measured.stations[id.index()];
            (of.wire_per_s.mean, of.utilisation.mean)
        });
        Figures { loads, ports, cpus, beside, simulated: true, ios: measured.completed, precision }
    }
}

/// Wire bytes a second on one direction of a port, by what they are for: all that it carries,
/// headers, requests and acknowledgements included, by the analytic solver.
pub(super) fn over_port(
    built: &Built,
    parameters: &FrozenParameters,
    label: &str,
) -> Result<BTreeMap<String, f64>, EvaluateError> {
    let net = compile(&built.cluster, &built.loads, parameters)?.network;
    let mut all = BTreeMap::new();
    let named = |station: &crate::network::Station| {
        let link = station.as_port().and_then(|port| port.link.as_ref());
        link.is_some_and(|link| side(&link.node, &link.nic, link.transmit) == label)
    };
    let Some((port, _)) = net.stations.iter_ids().find(|(_, station)| named(station)) else {
        return Ok(all);
    };
    let bytes = Folded::new(&net)?.wire_by_group(port)?;
    for ((group, name), bytes) in net.groups.iter_ids().zip(bytes) {
        let name = match built.parts.get(group.index()).map(|part| part.cause) {
            Some(Some(cause)) => format!("redirected, {}", cause.name()),
            Some(None) => "I/O that is not redirected".to_owned(),
            None => name.clone(),
        };
        *all.entry(name).or_insert(0.0) += bytes;
    }
    Ok(all)
}

/// Replications of a setting.
const REPLICATIONS: u64 = 4;
/// I/Os of the slowest load that the first window is to hold.
const IOS_LEAST: f64 = 1_000.0;
/// Shortest and longest first window in seconds.
const WINDOW_S: (f64, f64) = (0.1, 2.0);
/// Longest window in seconds.
const WINDOW_MOST_S: f64 = 60.0;
/// Shortest warm-up in seconds.
const WARM_UP_LEAST_S: f64 = 0.02;
/// I/Os a setting may cost.
const IOS_MOST: f64 = 2e6;

fn node_of(account: &str) -> String {
    account.trim_end_matches("/cpu").to_owned()
}
