//! The loop: takes the next event and runs the I/O's program to its next visit.

use super::EngineError;
use super::calendar::Calendar;
use super::job::{Job, Jobs, NONE};
use super::plan::RunPlan;
use super::program::{Op, Program};
use super::record::{DirectionRecord, GroupRecord, RunRecord};
use super::source::{Issue, SourceState};
use super::station::{StationState, Window, to_ps};
use crate::network::{Direction, Network, Selector, SelectorKind};
use crate::random::Stream;
use crate::stats::{BatchedSeries, SecondBins};
use std::collections::VecDeque;

/// The bit that tells a station's wake from a job in an event's payload.
pub(super) const WAKE: u32 = 1 << 31;

/// The bit that tells the first departure in a station's order.
pub(super) const HEAD: u32 = 1 << 30;

/// Events between two looks at the cancellation.
const LOOK_EVERY: u64 = 1 << 16;

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
    if let Err(faults) = net.validate()
        && let Some(first) = faults.into_iter().next()
    {
        return Err(EngineError::Network(first));
    }
    let mut simulator = Simulator::new(net, plan);
    simulator.start();
    simulator.run(plan, cancelled)?;
    simulator.finish(net, plan)
}

pub(super) struct PoolState {
    pub(super) available: u64,
    pub(super) waiting: VecDeque<(u32, u64)>,
}

pub(super) struct Simulator<'n> {
    pub(super) net: &'n Network,
    pub(super) now_ps: u64,
    pub(super) calendar: Calendar,
    pub(super) jobs: Jobs,
    pub(super) program: Program,
    pub(super) stations: Vec<StationState>,
    pub(super) sources: Vec<SourceState>,
    pub(super) pools: Vec<PoolState>,
    pub(super) selectors: Vec<(&'n Selector, Vec<u32>)>,
    pub(super) groups: Vec<GroupRecord>,
    /// Jobs that go on at this instant.
    pub(super) ready: VecDeque<u32>,
    pub(super) window: Window,
    pub(super) issued: u64,
    pub(super) completed: u64,
    pub(super) bytes_issued: u64,
    pub(super) bytes_completed: u64,
    pub(super) events: u64,
    pub(super) fingerprint: u64,
}

impl<'n> Simulator<'n> {
    fn new(net: &'n Network, plan: &RunPlan) -> Self {
        let mut labels: Vec<&str> = net.sources.iter().map(|s| s.label.as_str()).collect();
        labels.sort_unstable();
        let rank = |label: &str| labels.partition_point(|l| *l < label) as u32 + 1;
        Self {
            net,
            now_ps: 0,
            calendar: Calendar::default(),
            jobs: Jobs::default(),
            program: Program::of(net, plan.fuse),
            stations: station_states(net),
            sources: net
                .sources
                .iter()
                .map(|s| SourceState::new(s, rank(&s.label), plan.seed, plan.replication))
                .collect(),
            pools: net
                .pools
                .iter()
                .map(|p| PoolState { available: p.tokens, waiting: VecDeque::new() })
                .collect(),
            selectors: net.selectors.iter().map(|s| (s, selector_state(s, plan))).collect(),
            groups: net.groups.iter().map(|_| new_group()).collect(),
            ready: VecDeque::new(),
            window: Window { from_ps: plan.warm_up_ps, to_ps: plan.horizon_ps.unwrap_or(u64::MAX) },
            issued: 0,
            completed: 0,
            bytes_issued: 0,
            bytes_completed: 0,
            events: 0,
            fingerprint: 0xCBF2_9CE4_8422_2325,
        }
    }

    fn start(&mut self) {
        for source in 0..self.sources.len() {
            for issue in self.sources[source].initial() {
                self.schedule_issue(source as u32, issue);
            }
        }
    }

    fn run(&mut self, plan: &RunPlan, cancelled: &dyn Fn() -> bool) -> Result<(), EngineError> {
        let horizon = self.window.to_ps;
        while let Some((key, payload)) = self.calendar.peek() {
            if key.at_ps > horizon {
                break;
            }
            debug_assert!(key.at_ps >= self.now_ps, "time never goes backward");
            self.now_ps = key.at_ps;
            self.events += 1;
            if payload & HEAD != 0 {
                if let Some(job) = self.next_head(payload) {
                    self.advance(job);
                }
            } else {
                self.calendar.pop();
                if payload & WAKE == 0 {
                    self.advance(payload);
                } else {
                    self.wake(payload & !WAKE);
                }
            }
            while let Some(job) = self.ready.pop_front() {
                self.advance(job);
            }
            if self.events.is_multiple_of(LOOK_EVERY) {
                self.look(plan, cancelled)?;
            }
        }
        Ok(())
    }

    /// Takes the first departure of a station and puts the second in its place.
    #[inline]
    fn next_head(&mut self, payload: u32) -> Option<u32> {
        let departures = &mut self.stations[(payload & !HEAD) as usize].departures;
        let first = departures.pop_front();
        match departures.front() {
            Some(&(key, _)) => self.calendar.replace_top(key, payload),
            None => {
                self.calendar.pop();
            }
        }
        first.map(|(_, job)| job)
    }

    fn look(&self, plan: &RunPlan, cancelled: &dyn Fn() -> bool) -> Result<(), EngineError> {
        let at_s = self.now_ps as f64 * 1e-12;
        if self.jobs.len() > plan.under_way_max as usize {
            let most = self.sources.iter().enumerate().max_by_key(|(_, s)| s.under_way);
            let most = most.and_then(|(i, _)| self.net.sources.as_slice().get(i));
            return Err(EngineError::Unstable {
                limit: plan.under_way_max,
                at_s,
                source_label: most.map_or_else(String::new, |s| s.label.clone()),
            });
        }
        if self.events > plan.events_max {
            return Err(EngineError::TooManyEvents { limit: plan.events_max, at_s });
        }
        if cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }

    pub(super) fn schedule_issue(&mut self, source: u32, issue: Issue) {
        let state = &self.sources[source as usize];
        let route = crate::units::Id::index(state.mix(issue.mix).route);
        let job = Job {
            tie: Job::pack_tie(state.rank, issue.number),
            number: issue.number,
            issued_ps: issue.at_ps,
            intended_ps: issue.intended_ps,
            bytes: issue.bytes,
            pc: self.program.starts[route],
            source,
            parent: NONE,
            born: NONE,
            lane: issue.lane,
            mix: issue.mix,
            fresh: true,
            ..Job::default()
        };
        let key = job.key(issue.at_ps);
        let index = self.jobs.insert(job);
        self.calendar.push(key, index);
    }

    pub(super) fn issue(&mut self, index: u32) {
        let job = self.jobs.get_mut(index);
        job.fresh = false;
        let (source, bytes) = (job.source as usize, job.bytes);
        self.issued += 1;
        self.bytes_issued += u64::from(bytes);
        self.sources[source].under_way += 1;
        if !self.sources[source].is_closed()
            && let Some(next) = self.sources[source].next_arrival()
        {
            self.schedule_issue(source as u32, next);
        }
    }

    /// Runs a job's program until it waits.
    pub(super) fn advance(&mut self, index: u32) {
        if self.jobs.get(index).fresh {
            self.issue(index);
        }
        // Runs ahead of the clock within a fused stretch.
        let mut now = self.now_ps;
        loop {
            let pc = self.jobs.get(index).pc;
            match self.program.ops[pc as usize] {
                Op::Jump { to } => self.jobs.get_mut(index).pc = to,
                Op::Choose { selector, role, table, ways } => {
                    self.choose(index, selector, role, table, ways);
                }
                Op::IfRoom { station, places, refused } => {
                    let state = &mut self.stations[station as usize];
                    let full = state.departures.len() >= places as usize;
                    if full && now >= self.window.from_ps {
                        state.record.refused += 1;
                    }
                    self.jobs.get_mut(index).pc = if full { refused } else { pc + 1 };
                }
                Op::Leave { selector, way } => {
                    self.selectors[selector as usize].1[way as usize] -= 1;
                    self.jobs.get_mut(index).pc += 1;
                }
                Op::Acquire { pool, amount } => {
                    self.jobs.get_mut(index).pc += 1;
                    if !self.acquire(index, pool, amount) {
                        return;
                    }
                }
                Op::Release { pool, amount } => {
                    self.jobs.get_mut(index).pc += 1;
                    self.release(index, pool, amount);
                }
                Op::Fork { table, branches, wait, next } => {
                    self.jobs.get_mut(index).pc = next;
                    self.fork(index, pc, table, branches, wait);
                    if wait > 0 {
                        return;
                    }
                }
                Op::Split { chunk, window, next } => {
                    self.jobs.get_mut(index).pc += 1;
                    if self.jobs.get(index).bytes > chunk {
                        self.jobs.get_mut(index).pc = next;
                        self.split(index, pc, chunk, window);
                        return;
                    }
                }
                Op::EndChunk { split, next } => {
                    if self.jobs.get(index).born == split {
                        return self.end_child(index);
                    }
                    self.jobs.get_mut(index).pc = next;
                }
                Op::EndBranch => return self.end_child(index),
                Op::End => return self.complete(index),
                Op::Single { station, role, fused, time } => {
                    let service = to_ps(self.demand(index, role, &time));
                    let leave = self.stations[station as usize].serve(now, service, self.window);
                    if !fused {
                        return self.depart_in_order(index, station, leave);
                    }
                    self.jobs.get_mut(index).pc += 1;
                    now = leave;
                }
                visit => return self.visit(index, visit),
            }
        }
    }

    pub(super) fn complete(&mut self, index: u32) {
        let job = *self.jobs.get(index);
        self.jobs.remove(index);
        let now = self.now_ps;
        self.completed += 1;
        self.bytes_completed += u64::from(job.bytes);
        let source = &mut self.sources[job.source as usize];
        source.under_way -= 1;
        let direction = source.mix(job.mix).direction;
        let group = &mut self.groups[source.group as usize];
        let latency = now - job.issued_ps;
        group.completions.add(now, 1);
        group.bytes.add(now, job.bytes.into());
        group.latency_us.add(now, latency / 1_000_000);
        group.series.push(latency as f64);
        if now >= self.window.from_ps {
            let record: &mut DirectionRecord = match direction {
                Direction::Read => &mut group.reads,
                Direction::Write => &mut group.writes,
            };
            record.count += 1;
            record.bytes += u64::from(job.bytes);
            record.latency.record_ps(latency);
            if job.intended_ps != job.issued_ps {
                record.intended.record_ps(now.saturating_sub(job.intended_ps));
            }
        }
        self.fingerprint = (self.fingerprint ^ now ^ job.tie.rotate_left(32))
            .wrapping_mul(0x0000_0100_0000_01B3)
            .rotate_left(17);
        if source.is_closed() {
            let issue = source.after_completion(now, job.lane);
            self.schedule_issue(job.source, issue);
        }
    }

    fn finish(mut self, net: &Network, plan: &RunPlan) -> Result<RunRecord, EngineError> {
        let whole = || self.jobs.alive().filter(|j| j.born == NONE && !j.fresh);
        let inside = whole().count() as u64;
        let bytes_inside: u64 = whole().map(|j| u64::from(j.bytes)).sum();
        if self.issued != self.completed + inside
            || self.bytes_issued != self.bytes_completed + bytes_inside
        {
            return Err(EngineError::Conservation {
                issued: self.issued,
                completed: self.completed,
                inside,
            });
        }
        let end = plan.horizon_ps.unwrap_or(self.now_ps);
        for state in &mut self.stations {
            state.record.busy_ps =
                state.record.busy_ps.saturating_add(state.sharers.close(end, self.window));
        }
        debug_assert_eq!(net.groups.len(), self.groups.len());
        Ok(RunRecord {
            replication: plan.replication,
            window_ps: end.saturating_sub(plan.warm_up_ps).max(1),
            warm_up_ps: plan.warm_up_ps,
            groups: self.groups,
            stations: self.stations.into_iter().map(|s| s.record).collect(),
            issued: self.issued,
            completed: self.completed,
            inside,
            hops: Vec::new(),
            events: self.events,
            fingerprint: self.fingerprint,
        })
    }
}

/// The stations, each with the rank of its label: wakes of one instant follow it, so that they do
/// not depend on the order of declaration.
fn station_states(net: &Network) -> Vec<StationState> {
    let mut labels: Vec<&str> = net.stations.iter().map(|s| s.label.as_str()).collect();
    labels.sort_unstable();
    let rank = |label: &str| labels.partition_point(|l| *l < label) as u64;
    net.stations.iter().map(|s| StationState::new(s, rank(&s.label))).collect()
}

/// What a selector remembers: the I/Os inside each way, or the one way of a hashed flow.
fn selector_state(selector: &Selector, plan: &RunPlan) -> Vec<u32> {
    let ways = selector.ways().max(1);
    match selector.kind {
        SelectorKind::Hash(_) => {
            let draw = Stream::new(plan.seed, plan.replication, &selector.label).at(0);
            vec![(draw % ways as u64) as u32]
        }
        _ => vec![0; ways],
    }
}

fn new_group() -> GroupRecord {
    GroupRecord {
        reads: DirectionRecord::default(),
        writes: DirectionRecord::default(),
        completions: SecondBins::new(1_000_000_000_000, 4096),
        bytes: SecondBins::new(1_000_000_000_000, 4096),
        latency_us: SecondBins::new(1_000_000_000_000, 4096),
        series: BatchedSeries::new(512, 5),
    }
}
