//! What a timeline comes to.

use std::collections::BTreeMap;

use super::cause::Cause;
use super::clock::{Epoch, Followed};
use super::evaluate::Solved;
use super::exposure::{self, Exposed, Unavailable};
use super::figures::{Figures, over_port};
use super::limits::{beyond, subjects};
use super::log::{Entry, EntryKind};
use super::migrate::Moved;
use super::setting::Places;
use super::worst::{self, WINDOW_US, Worst};
use crate::experiment::{Ratio, predict};
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::{Limit, LimitOp, LimitQuantity, Scenario};
use crate::schedule::{Moment, TimelinePlan};
use crate::topology::VmId;

/// The month in which a limit is crossed first.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// The month by the stated growth, as `2027-03`; none within the horizon.
    pub month: Option<String>,
    /// The month if load grows as fast, and things are as slow, as may be.
    pub earliest: Option<String>,
    /// The month if they are not; none within the horizon.
    pub latest: Option<String>,
}

/// A limit over the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitOver {
    /// As written.
    pub limit: String,
    /// Seconds in which it was not kept.
    pub seconds_beyond: f64,
    /// What came worst: subject, value, and when it began.
    pub worst: Option<(String, f64, Moment)>,
    /// The prediction interval of the worst, relative to its value.
    pub prediction: Option<Ratio>,
    /// The month in which it was crossed first, where load grows.
    pub crossing: Option<Crossing>,
    /// The quantity, so that values can be shown in their unit.
    pub quantity: LimitQuantity,
}

/// A timeline that was followed to its end.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// What was planned.
    pub plan: TimelinePlan,
    /// Its epochs, in order, without gaps.
    pub epochs: Vec<Epoch>,
    /// What each setting comes to.
    pub figures: Vec<Figures>,
    /// Where machines and volumes are in each setting.
    pub places: Vec<Places>,
    /// Seconds that each setting lasted.
    pub lasted_s: Vec<f64>,
    /// What happened.
    pub log: Vec<Entry>,
    /// Machines that were moved.
    pub moves: Vec<Moved>,
    /// By machine and cause: what it spent redirected.
    pub exposure: BTreeMap<VmId, BTreeMap<Cause, Exposed>>,
    /// By machine: what it spent out of use.
    pub unavailable: BTreeMap<VmId, Unavailable>,
    /// The worst five minutes of the port that had them.
    pub worst: Option<Worst>,
    /// The limits.
    pub limits: Vec<LimitOver>,
    /// I/Os simulated.
    pub ios: u64,
    /// Settings simulated; the others were solved, and corrected by those.
    pub simulated: usize,
}

impl Epoch {
    /// What it comes to.
    #[must_use]
    pub fn figures<'t>(&self, of: &'t Timeline) -> &'t Figures {
        &of.figures[self.setting]
    }

    /// Where machines and volumes are in it.
    #[must_use]
    pub fn places<'t>(&self, of: &'t Timeline) -> &'t Places {
        &of.places[self.setting]
    }

    /// I/Os of a load that wait at its begin.
    #[must_use]
    pub fn backlog_of(&self, workload: usize) -> f64 {
        let own = self.backlog.iter().filter(|((load, _), _)| *load == workload);
        own.map(|(_, waiting)| waiting).sum::<f64>() + 0.0
    }

    /// I/Os that wait at its begin, all loads together.
    #[must_use]
    pub fn waiting(&self) -> f64 {
        self.backlog.values().sum::<f64>() + 0.0
    }
}

impl Timeline {
    pub(super) fn of(
        scenario: &Scenario,
        plan: &TimelinePlan,
        parameters: &FrozenParameters,
        ((central, fast), figures): (Solved, Vec<Figures>),
        sides: Option<&(Solved, Solved)>,
    ) -> Self {
        let judge = Judge { scenario, plan, parameters };
        let limits = judge.limits((&central, &fast), &figures, sides);
        let exposure = exposure::exposure(scenario, &central, &figures);
        let unavailable = exposure::unavailable(scenario, &central);
        let worst = worst_of((scenario, plan, parameters), &central, &figures);
        Self {
            plan: plan.clone(),
            places: central.settings.iter().map(super::setting::Setting::places).collect(),
            lasted_s: exposure::lasted(&central),
            simulated: figures.iter().filter(|figures| figures.simulated).count(),
            ios: figures.iter().map(|figures| figures.ios).sum(),
            epochs: central.epochs,
            figures,
            log: central.log,
            moves: central.moves,
            exposure,
            unavailable,
            worst,
            limits,
        }
    }

    /// Entries of one sort.
    pub fn entries(&self, kind: EntryKind) -> impl Iterator<Item = &Entry> {
        self.log.iter().filter(move |entry| entry.kind == kind)
    }

    /// Payload bytes that were redirected, by cause.
    #[must_use]
    pub fn redirected(&self) -> BTreeMap<Cause, f64> {
        let mut all = BTreeMap::new();
        for (figures, seconds) in self.figures.iter().zip(&self.lasted_s) {
            for load in &figures.loads {
                if let Some(cause) = load.part.cause {
                    *all.entry(cause).or_insert(0.0) += load.bytes_per_s * seconds;
                }
            }
        }
        all
    }

    /// Payload bytes that ran beside the loads, by name.
    #[must_use]
    pub fn beside(&self) -> BTreeMap<&str, f64> {
        let mut all = BTreeMap::new();
        for (figures, seconds) in self.figures.iter().zip(&self.lasted_s) {
            for (name, rate) in &figures.beside {
                *all.entry(name.as_str()).or_insert(0.0) += rate * seconds;
            }
        }
        all
    }
}

/// The worst five minutes over all ports that may carry CSV traffic.
fn worst_of(
    (scenario, plan, parameters): (&Scenario, &TimelinePlan, &FrozenParameters),
    followed: &Followed,
    figures: &[Figures],
) -> Option<Worst> {
    let mut labels: Vec<String> = Vec::new();
    let mut busy: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (k, figures) in figures.iter().enumerate() {
        for port in figures.ports.iter().filter(|port| port.csv) {
            let label = port.label();
            let line = busy.entry(label.clone()).or_insert_with(|| {
                labels.push(label);
                Vec::new()
            });
            line.resize(k, (0.0, 0.0));
            line.push((port.utilisation, port.wire_bytes_per_s));
        }
    }
    let mut best: Option<(String, Moment, f64)> = None;
    for label in labels {
        let line = &busy[&label];
        let value = |setting: usize| line.get(setting).map_or(0.0, |(busy, _)| *busy);
        let found = worst::highest(&followed.epochs, WINDOW_US, &value);
        if let Some((from, mean)) = found
            && best.as_ref().is_none_or(|(_, _, most)| mean > *most)
        {
            best = Some((label, from, mean));
        }
    }
    let (port, from, utilisation) = best.filter(|(_, _, mean)| *mean > 0.0)?;
    let stream = super::numbers::Numbers::of(parameters).ok()?.stream_bits_per_s;
    let mut known: BTreeMap<usize, BTreeMap<String, f64>> = BTreeMap::new();
    let end = followed.epochs.last()?.to;
    let to = from.plus_us(WINDOW_US).min(end);
    let mut by: BTreeMap<String, f64> = BTreeMap::new();
    let mut wire = 0.0;
    for epoch in followed.epochs.iter().filter(|epoch| epoch.to > from && epoch.from < to) {
        let seconds = epoch.to.min(to).secs_since(epoch.from.max(from));
        wire += busy[&port].get(epoch.setting).map_or(0.0, |(_, wire)| *wire) * seconds;
        let of = known.entry(epoch.setting).or_insert_with(|| {
            let built = followed.settings[epoch.setting].build(scenario, plan, stream);
            // What was solved before can be solved again.
            over_port(&built, parameters, &port).unwrap_or_default()
        });
        for (name, rate) in of {
            *by.entry(name.clone()).or_insert(0.0) += *rate * seconds;
        }
    }
    let all: f64 = by.values().sum();
    let mut by: Vec<(String, f64)> = by
        .into_iter()
        .filter(|(_, bytes)| *bytes > 0.0)
        .map(|(name, bytes)| (name, bytes / all))
        .collect();
    by.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let last = followed.log.iter().rev().find(|entry| entry.at <= from);
    Some(Worst {
        port,
        utilisation,
        wire_bytes_per_s: wire / to.secs_since(from),
        from,
        to,
        by,
        after: last.map(|entry| format!("{}: {}", entry.subject, entry.text)),
    })
}

/// Holds limits against settings.
struct Judge<'a> {
    scenario: &'a Scenario,
    plan: &'a TimelinePlan,
    parameters: &'a FrozenParameters,
}

impl Judge<'_> {
    fn limits(
        &self,
        central: (&Followed, &[Figures]),
        figures: &[Figures],
        sides: Option<&(Solved, Solved)>,
    ) -> Vec<LimitOver> {
        let limits = self.scenario.limits.iter();
        limits.map(|limit| self.limit(limit, central, figures, sides)).collect()
    }

    fn limit(
        &self,
        limit: &Limit,
        (central, fast): (&Followed, &[Figures]),
        figures: &[Figures],
        sides: Option<&(Solved, Solved)>,
    ) -> LimitOver {
        let mut seconds_beyond = 0.0;
        let mut worst: Option<(String, f64, Moment, usize)> = None;
        // The nearest to the limit that still keeps it.
        let mut edge: Option<(String, f64, usize)> = None;
        for (epoch, found) in central.epochs.iter().zip(self.over_time(limit, central, figures)) {
            let Some((subject, value)) = found else { continue };
            if beyond(limit, value) {
                seconds_beyond += epoch.to.secs_since(epoch.from);
            }
            let worse = |known: f64| match limit.op {
                LimitOp::AtMost => value > known,
                LimitOp::AtLeast => value < known,
            };
            if !beyond(limit, value) && edge.as_ref().is_none_or(|(_, known, _)| worse(*known)) {
                edge = Some((subject.clone(), value, epoch.setting));
            }
            if worst.as_ref().is_none_or(|(_, known, _, _)| worse(*known)) {
                worst = Some((subject, value, epoch.from, epoch.setting));
            }
        }
        let spread = |setting: usize, subject: &str| {
            self.spread(limit, central, &figures[setting], setting, subject)
        };
        let prediction =
            worst.as_ref().and_then(|(subject, _, _, setting)| spread(*setting, subject));
        let crossing = self.grows().then(|| {
            let month = self.first_month(limit, (central, fast), 1.0);
            // How sure the month is depends on how sure things are where the limit is crossed, and
            // a queue that grows without limit tells nothing of that.
            let near = edge.as_ref().and_then(|(subject, _, setting)| spread(*setting, subject));
            let finite = |ratio: &Ratio| ratio.high.is_finite();
            let ratio = near.filter(finite).or(prediction.filter(finite)).unwrap_or(Ratio::EXACT);
            // What is bad for a limit from above is high, for one from below low.
            let (bad, good) = match limit.op {
                LimitOp::AtMost => (ratio.high, ratio.low),
                LimitOp::AtLeast => (ratio.low, ratio.high),
            };
            let both = (central, fast);
            let (slow, quick) = sides
                .map_or((both, both), |(low, high)| ((&low.0, &low.1[..]), (&high.0, &high.1[..])));
            Crossing {
                month,
                earliest: self.first_month(limit, quick, bad),
                latest: self.first_month(limit, slow, good),
            }
        });
        LimitOver {
            limit: limit.text.clone(),
            seconds_beyond,
            worst: worst.map(|(subject, value, at, _)| (subject, value, at)),
            prediction,
            crossing,
            quantity: limit.quantity,
        }
    }

    fn grows(&self) -> bool {
        self.plan.curves.iter().any(|curve| curve.growth.is_some())
    }

    /// The first month with an epoch that does not keep a limit, by the analytic solver, with
    /// values multiplied.
    fn first_month(
        &self,
        limit: &Limit,
        (followed, fast): (&Followed, &[Figures]),
        times: f64,
    ) -> Option<String> {
        let values = self.over_time(limit, followed, fast);
        let of = followed.epochs.iter().zip(values);
        let broken = |value: &Option<(String, f64)>| {
            value.as_ref().is_some_and(|(_, value)| beyond(limit, value * times))
        };
        let (first, _) = of.into_iter().find(|(_, value)| broken(value))?;
        let calendar = &self.plan.calendar;
        Some(calendar.month_label(calendar.months(first.from)))
    }

    /// What a limit is held against in each epoch. What flows and what is busy is a mean over time,
    /// so that a moment in which a backlog is worked off does not count as if it lasted; I/O that
    /// waits in a backlog waits as long as that takes.
    fn over_time(
        &self,
        limit: &Limit,
        followed: &Followed,
        figures: &[Figures],
    ) -> Vec<Option<(String, f64)>> {
        let values: Vec<Vec<(String, f64)>> =
            figures.iter().map(|of| subjects(self.scenario, limit, of)).collect();
        let smooth = !matches!(
            limit.quantity,
            LimitQuantity::MeanLatency
                | LimitQuantity::P50Latency
                | LimitQuantity::P95Latency
                | LimitQuantity::P99Latency
                | LimitQuantity::P999Latency
        );
        let mut names: Vec<&String> = values.iter().flatten().map(|(name, _)| name).collect();
        if limit.quantity.of_workload() {
            let named = |load: &&String| limit.workload.as_ref().is_none_or(|w| w == *load);
            names.extend(self.scenario.workloads.iter().map(|load| &load.name).filter(named));
        }
        names.sort_unstable();
        names.dedup();
        let mut found: Vec<Option<(String, f64)>> = vec![None; followed.epochs.len()];
        for name in names {
            let of = |setting: usize| {
                let own = values[setting].iter().filter(|(subject, _)| subject == name);
                let own = own.map(|(_, value)| *value);
                match limit.op {
                    LimitOp::AtMost => own.reduce(f64::max),
                    LimitOp::AtLeast => own.reduce(f64::min),
                }
            };
            // A port that is not there carries nothing; a load that is not there is not judged.
            // One that is asked for and not served does nothing.
            let empty = |setting: usize| {
                let asked = followed.settings[setting].asks(self.scenario, self.plan, name);
                (!limit.quantity.of_workload() || asked).then_some(0.0)
            };
            let line: Vec<Option<f64>> = if smooth {
                let of = |setting: usize| of(setting).or_else(|| empty(setting));
                worst::about(&followed.epochs, WINDOW_US, limit.op == LimitOp::AtMost, &of)
            } else {
                let waits = |epoch: &Epoch| self.waits(epoch, &figures[epoch.setting], name);
                followed.epochs.iter().map(|e| of(e.setting).map(|v| v + waits(e))).collect()
            };
            for (found, value) in found.iter_mut().zip(line) {
                let Some(value) = value else { continue };
                let worse = found.as_ref().is_none_or(|(_, known)| match limit.op {
                    LimitOp::AtMost => value > *known,
                    LimitOp::AtLeast => value < *known,
                });
                if worse {
                    *found = Some((name.clone(), value));
                }
            }
        }
        found
    }

    /// Seconds that an I/O of a load waits in its backlog at the begin of an epoch.
    fn waits(&self, epoch: &Epoch, figures: &Figures, load: &str) -> f64 {
        let own = |workload: usize| self.scenario.workloads[workload].name == load;
        let waiting: f64 =
            epoch.backlog.iter().filter(|((load, _), _)| own(*load)).map(|(_, n)| n).sum();
        if waiting <= 0.0 {
            return 0.0;
        }
        let parts = figures.loads.iter().filter(|l| own(l.part.workload) && l.part.behind);
        let carried = parts.map(|l| l.iops).sum::<f64>();
        // While nothing is carried nobody has waited to the end.
        if carried > 0.0 { waiting / carried } else { 0.0 }
    }

    /// What parameters and the model's own error add to the uncertainty of a subject.
    fn spread(
        &self,
        limit: &Limit,
        followed: &Followed,
        figures: &Figures,
        setting: usize,
        subject: &str,
    ) -> Option<Ratio> {
        let stream = super::numbers::Numbers::of(self.parameters).ok()?.stream_bits_per_s;
        let built = followed.settings[setting].build(self.scenario, self.plan, stream);
        let compile = |parameters: &FrozenParameters| {
            crate::cluster::compile(&built.cluster, &built.loads, parameters).ok()
        };
        let compiled = compile(self.parameters)?;
        let network = |parameters: &FrozenParameters| compile(parameters).map(|c| c.network);
        let prediction = predict(self.parameters, Seed(self.scenario.run.seed), &network)?;
        let error = compiled
            .disks
            .iter()
            .map(|path| path.evidence.error_parameter())
            .filter_map(|name| self.parameters.id(name))
            .map(|id| self.parameters.value(id))
            .fold(0.0, f64::max);
        let ratio = match limit.quantity {
            LimitQuantity::CsvPortUtilisation | LimitQuantity::PortUtilisation => {
                let net = &compiled.network;
                let (id, _) = net.stations.iter_ids().find(|(_, station)| {
                    let link = station.as_port().and_then(|port| port.link.as_ref());
                    link.is_some_and(|link| {
                        let side = if link.transmit { "tx" } else { "rx" };
                        format!("{}/{}/{side}", link.node, link.nic) == subject
                    })
                })?;
                // What is asked for by rate is carried, as long as nothing is saturated.
                let open = figures.loads.iter().all(|l| l.offered_iops.is_some() && !l.saturated);
                let ratio = prediction.stations[id.index()];
                if open { ratio } else { ratio.widened(error) }
            }
            LimitQuantity::CpuUtilisation => {
                let named = |(_, a): &(_, &crate::network::Account)| {
                    a.label.trim_end_matches("/cpu") == subject
                };
                let (id, _) = compiled.network.accounts.iter_ids().find(named)?;
                prediction.accounts[id.index()].widened(error)
            }
            quantity => {
                let own = |part: &super::setting::Part| {
                    self.scenario.workloads[part.workload].name == subject
                };
                let group = built.parts.iter().position(own)?;
                let spread = prediction.groups[group];
                if matches!(quantity, LimitQuantity::Iops | LimitQuantity::Throughput) {
                    let mut own = figures.loads.iter().filter(|load| own(&load.part));
                    // What is asked for by rate is carried, as long as nothing is saturated.
                    let carried = own.all(|l| l.offered_iops.is_some() && !l.saturated);
                    let error = if carried { 0.0 } else { error };
                    spread.throughput.widened(error)
                } else {
                    spread.latency.widened(error)
                }
            }
        };
        Some(ratio)
    }
}
