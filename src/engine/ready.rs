//! A network made ready, and run.

use super::EngineError;
use super::plan::RunPlan;
use super::program::Program;
use super::record::RunRecord;
use super::simulator::Simulator;
use super::slots::Slots;
use super::trail::{Sink, drain};
use crate::network::Network;

/// Runs one replication. `cancelled` is looked at now and then.
///
/// # Errors
/// When the network is not valid, a bound is exceeded, the run is cancelled or conservation fails.
///
/// ```
/// use csvnet::engine::{RunPlan, simulate};
/// use csvnet::network::{Network, Service, Source, Station, Step, Visit};
/// use csvnet::random::{Seed, Shape};
///
/// // M/M/1 at utilisation 0.8: the mean response is 1 ms / (1 - 0.8) = 5 ms.
/// let mut net = Network::default();
/// let disk = net.add_station(Station::fifo("disk", 1));
/// let service = Service::time(1e9, 0.0, Shape::Exponential);
/// let route = net.add_route("read", vec![Visit::new(disk, "media", service).into()]);
/// net.add_source(Source::poisson("guest", route, 800.0));
/// let plan = RunPlan::new(Seed(1), 10_000_000_000_000, 500_000_000_000_000);
/// let run = simulate(&net, &plan, &|| false)?;
/// let mean = run.groups[0].reads.latency.mean_secs().unwrap_or_default();
/// assert!((mean - 5e-3).abs() < 0.5e-3, "{mean}");
/// # Ok::<(), csvnet::engine::EngineError>(())
/// ```
pub fn simulate(
    net: &Network,
    plan: &RunPlan,
    cancelled: &dyn Fn() -> bool,
) -> Result<RunRecord, EngineError> {
    Ready::to_fuse(net, fuses(plan))?.simulate(plan, cancelled)
}

/// The same, and shows `sink` the visits and the I/Os that leave a trail while the run goes on, in
/// the order in which they are recorded. What the sink says it has taken is dropped, so that all
/// I/Os of a long run can be watched in little memory.
///
/// # Errors
/// As for [`simulate`].
pub fn observe(
    net: &Network,
    plan: &RunPlan,
    cancelled: &dyn Fn() -> bool,
    sink: &mut Sink<'_>,
) -> Result<RunRecord, EngineError> {
    Ready::to_fuse(net, fuses(plan))?.observe(plan, cancelled, sink)
}

/// Whether stretches are fused: an I/O that leaves a trail stops at every station.
fn fuses(plan: &RunPlan) -> bool {
    plan.fuse && plan.trace_ios == 0
}

/// A network checked and made ready, to be run as often as wanted.
#[derive(Debug)]
pub struct Ready<'n> {
    net: &'n Network,
    program: Program,
    slots: Slots,
    fused: bool,
}

impl<'n> Ready<'n> {
    /// Checks a network and makes it ready.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn new(net: &'n Network) -> Result<Self, EngineError> {
        Self::to_fuse(net, true)
    }

    fn to_fuse(net: &'n Network, fuse: bool) -> Result<Self, EngineError> {
        if let Err(faults) = net.validate()
            && let Some(first) = faults.into_iter().next()
        {
            return Err(EngineError::Network(first));
        }
        let (program, slots) = flattened(net, fuse);
        Ok(Self { net, program, slots, fused: fuse })
    }

    /// Runs one replication, as [`simulate`] does.
    ///
    /// # Errors
    /// When a bound is exceeded, the run is cancelled or conservation fails.
    pub fn simulate(
        &self,
        plan: &RunPlan,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<RunRecord, EngineError> {
        self.observe(plan, cancelled, &mut |_, _| false)
    }

    /// The same, watched as by [`observe`].
    fn observe(
        &self,
        plan: &RunPlan,
        cancelled: &dyn Fn() -> bool,
        sink: &mut Sink<'_>,
    ) -> Result<RunRecord, EngineError> {
        let mut simulator = if fuses(plan) == self.fused {
            Simulator::new(self.net, plan, (self.program.clone(), &self.slots))
        } else {
            let (program, slots) = flattened(self.net, fuses(plan));
            Simulator::new(self.net, plan, (program, &slots))
        };
        simulator.start();
        simulator.run(plan, cancelled, sink)?;
        let mut record = simulator.finish(plan)?;
        drain(&mut record.hops, &mut record.ios, sink);
        Ok(record)
    }
}

fn flattened(net: &Network, fuse: bool) -> (Program, Slots) {
    let mut program = Program::of(net, fuse);
    let slots = Slots::assign(&mut program, net);
    (program, slots)
}
