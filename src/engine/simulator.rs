//! The loop: takes the next event and runs the I/O's program to its next visit.

use std::collections::VecDeque;

use super::EngineError;
use super::calendar::{Calendar, Entry};
use super::job::{Job, Jobs, NONE};
use super::plan::RunPlan;
use super::port::PortState;
use super::program::{Op, Program};
use super::record::{HopRecord, IoRecord, RunRecord};
use super::slots::Slots;
use super::source::{Issue, SourceState};
use super::station::{Departures, Servers, StationRest, StationState, Window};
use super::steps::Chooser;
use super::tally::{Completion, Tally};
use super::trail::{Sink, drain};
use crate::network::{Network, Source, Station};
use crate::processor::prefetch;

/// The bit that tells a station's wake from a job in an event's payload.
pub(super) const WAKE: u32 = 1 << 31;

/// The bit that tells the first to leave in a station's order.
pub(super) const HEAD: u32 = 1 << 30;

/// How many departures ahead of its turn a job is asked for.
const AHEAD: usize = 6;

/// Events between two looks at the cancellation.
const LOOK_EVERY: u64 = 1 << 16;

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
    /// Beside `stations`, as are `ports`, `servers` and `rests`.
    pub(super) departures: Vec<Departures>,
    pub(super) ports: Vec<PortState>,
    pub(super) servers: Vec<Servers>,
    pub(super) rests: Vec<StationRest>,
    pub(super) sources: Vec<SourceState>,
    pub(super) pools: Vec<PoolState>,
    pub(super) choosers: Vec<Chooser>,
    groups: Vec<Tally>,
    /// Jobs that go on at this instant.
    pub(super) ready: VecDeque<u32>,
    pub(super) window: Window,
    pub(super) hops: Vec<HopRecord>,
    pub(super) ios: Vec<IoRecord>,
    trace_ios: u64,
    /// Most jobs, and whether an I/O was denied its branches for it.
    pub(super) under_way_max: usize,
    pub(super) overfull: bool,
    issued: u64,
    completed: u64,
    bytes_issued: u64,
    bytes_completed: u64,
    events: u64,
    fingerprint: u64,
}

impl<'n> Simulator<'n> {
    pub(super) fn new(
        net: &'n Network,
        plan: &RunPlan,
        (program, slots): (Program, &Slots),
    ) -> Self {
        let ranks = ranks(net.sources.iter().map(|source| source.label.as_str()));
        let random = (plan.seed, plan.replication);
        let source = |(index, source): (usize, &Source)| {
            let slots = (slots.of_source[index].as_slice(), slots.forks[index]);
            // Rank 0 is below every source.
            let rank = ranks[index] + 1;
            SourceState::new((index, source), rank, random, &program.starts, slots)
        };
        let sources = net.sources.iter().enumerate().map(source).collect();
        let (stations, rests) = station_states(net);
        let by_second = net.is_clocked();
        Self {
            net,
            now_ps: 0,
            calendar: Calendar::default(),
            jobs: Jobs::new(slots.stride),
            program,
            departures: vec![Departures::new(); stations.len()],
            ports: net.stations.iter().map(PortState::new).collect(),
            servers: net.stations.iter().map(Servers::new).collect(),
            stations,
            rests,
            sources,
            pools: net
                .pools
                .iter()
                .map(|p| PoolState { available: p.tokens, waiting: VecDeque::new() })
                .collect(),
            choosers: net.selectors.iter().map(|s| Chooser::new(s, plan)).collect(),
            groups: net.groups.iter().map(|_| Tally::new(by_second)).collect(),
            ready: VecDeque::new(),
            window: Window { from_ps: plan.warm_up_ps, to_ps: plan.horizon_ps.unwrap_or(u64::MAX) },
            hops: Vec::new(),
            ios: Vec::new(),
            trace_ios: plan.trace_ios,
            under_way_max: plan.under_way_max as usize,
            overfull: false,
            issued: 0,
            completed: 0,
            bytes_issued: 0,
            bytes_completed: 0,
            events: 0,
            fingerprint: 0xCBF2_9CE4_8422_2325,
        }
    }

    pub(super) fn start(&mut self) {
        for source in 0..self.sources.len() {
            for issue in self.sources[source].initial() {
                self.schedule_issue(source as u32, &issue);
            }
        }
    }

    pub(super) fn run(
        &mut self,
        plan: &RunPlan,
        cancelled: &dyn Fn() -> bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let horizon = self.window.to_ps;
        while let Some(Entry { at_ps, payload, .. }) = self.calendar.pop() {
            if at_ps > horizon {
                break;
            }
            debug_assert!(at_ps >= self.now_ps, "time never goes backward");
            self.now_ps = at_ps;
            self.events += 1;
            self.look_ahead();
            let mut next = Some(payload & !HEAD);
            if payload & HEAD != 0 {
                self.next_head(payload & !HEAD);
            } else if payload & WAKE != 0 {
                self.wake(payload & !WAKE);
                next = self.ready.pop_front();
            }
            while let Some(job) = next {
                self.advance(job);
                next = self.ready.pop_front();
            }
            if self.overfull || self.events.is_multiple_of(LOOK_EVERY) {
                self.look(plan, cancelled)?;
                drain(&mut self.hops, &mut self.ios, sink);
            }
        }
        Ok(())
    }

    /// Asks for the cache lines that the events soon to come will touch: first those of their I/Os,
    /// then those of the operations these stand at.
    #[inline]
    fn look_ahead(&self) {
        let [next, after] = self.calendar.upcoming();
        for entry in after {
            self.jobs.prefetch(entry.payload & !HEAD);
        }
        for entry in next {
            let payload = entry.payload & !HEAD;
            if payload & WAKE == 0 {
                prefetch(&self.program.ops, self.jobs.get(payload).pc as usize);
            }
        }
    }

    /// Takes the first departure of a station, a job, and puts the second into the calendar.
    #[inline]
    fn next_head(&mut self, job: u32) {
        let station = self.jobs.get(job).station;
        let departures = &mut self.departures[station as usize];
        departures.pop_front();
        // Who waited long is out of the cache.
        if let Some(&(_, ahead)) = departures.get(AHEAD) {
            self.jobs.prefetch(ahead);
        }
        if let Some(&(at_ps, next)) = departures.front() {
            self.calendar.push(self.jobs.get(next).key(at_ps), next | HEAD);
        }
    }

    fn look(&self, plan: &RunPlan, cancelled: &dyn Fn() -> bool) -> Result<(), EngineError> {
        let at_s = self.now_ps as f64 * 1e-12;
        if self.overfull || self.jobs.len() > self.under_way_max {
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

    fn schedule_issue(&mut self, source: u32, issue: &Issue) {
        let job = self.sources[source as usize].job(issue);
        let index = self.jobs.insert(job, issue.kin());
        self.schedule(index, source, issue);
    }

    /// Makes the draws of a job that is to be issued, and puts its issue into the calendar.
    #[inline]
    fn schedule(&mut self, index: u32, source: u32, issue: &Issue) {
        self.sources[source as usize].rows.write(issue.number, self.jobs.row_mut(index));
        self.calendar.push(self.jobs.get(index).key(issue.at_ps), index);
    }

    #[inline(never)]
    fn issue(&mut self, index: u32) {
        let job = self.jobs.get_mut(index);
        job.fresh = false;
        job.traced = self.issued < self.trace_ios;
        let (source, bytes) = (job.source, job.bytes);
        self.issued += 1;
        self.bytes_issued += u64::from(bytes);
        let state = &mut self.sources[source as usize];
        state.under_way += 1;
        if !state.is_closed()
            && let Some(next) = state.next_arrival()
        {
            self.schedule_issue(source, &next);
        }
    }

    /// Runs a job's program until it waits.
    #[inline]
    fn advance(&mut self, index: u32) {
        if self.jobs.get(index).fresh {
            self.issue(index);
        }
        // Runs ahead of the clock within a fused stretch.
        let mut now = self.now_ps;
        let mut pc = self.jobs.get(index).pc;
        loop {
            match self.program.ops[pc as usize] {
                Op::Stretch { time, len, next, fused, ahead } => {
                    now = self.stretch(index, now, time, len);
                    if !fused {
                        let station = self.program.times[(time + len - 1) as usize].station;
                        if ahead {
                            return self.go_on(index, next, station, now);
                        }
                        return self.depart_in_order(index, next, station, now);
                    }
                    pc = next;
                }
                Op::Jump { to } => pc = to,
                Op::Choose { choice } => pc = self.choose(index, choice),
                Op::Several { station, time, ahead, rises } => {
                    return self.several(index, pc, [station, time], (ahead, rises));
                }
                Op::Send { station, message } => return self.send(index, pc, station, message),
                Op::Receive { station, message, sender } => {
                    return self.receive(index, pc, station, message, sender);
                }
                Op::Delay { station, time, ahead } => {
                    return self.delay(index, pc, [station, time], ahead);
                }
                Op::End => return self.complete(index),
                op => match self.step(index, pc, op) {
                    Some(next) => pc = next,
                    None => return,
                },
            }
        }
    }

    /// Does the operations that are rarer: the next, or none when the job waits.
    #[inline(never)]
    fn step(&mut self, index: u32, pc: u32, op: Op) -> Option<u32> {
        match op {
            Op::Leave { selector, way } => self.leave(selector, way),
            Op::IfRoom { station, places, refused } => {
                if self.departures[station as usize].len() >= places as usize {
                    if self.now_ps >= self.window.from_ps {
                        self.rests[station as usize].refused += 1;
                    }
                    return Some(refused);
                }
            }
            Op::Acquire { pool, amount } => {
                if !self.acquire(index, pool, amount) {
                    self.jobs.get_mut(index).pc = pc + 1;
                    return None;
                }
            }
            Op::Release { pool, amount } => self.release(index, pool, amount),
            Op::Fork { fork } => {
                let fork = self.program.forks[fork as usize];
                self.jobs.get_mut(index).pc = fork.next;
                self.fork(index, pc, fork);
                return (fork.wait == 0).then_some(fork.next);
            }
            Op::Split { chunk, window, next } => {
                if self.jobs.get(index).bytes > chunk {
                    self.jobs.get_mut(index).pc = next;
                    self.split(index, pc, chunk, window);
                    return None;
                }
            }
            Op::EndChunk { split, next } => {
                if self.jobs.get(index).born != split {
                    return Some(next);
                }
                self.end_child(index);
                return None;
            }
            Op::EndBranch => {
                self.end_child(index);
                return None;
            }
            visit => {
                self.visit(index, pc, visit);
                return None;
            }
        }
        Some(pc + 1)
    }

    #[inline(never)]
    fn complete(&mut self, index: u32) {
        let job = *self.jobs.get(index);
        let now = self.now_ps;
        self.completed += 1;
        self.bytes_completed += u64::from(job.bytes);
        if job.traced {
            self.note_io(&job, Some(now));
        }
        let source = &mut self.sources[job.source as usize];
        source.under_way -= 1;
        let completion = Completion {
            at_ps: now,
            latency_ps: now - job.issued_ps,
            bytes: job.bytes,
            direction: source.direction(job.mix),
            counts: now >= self.window.from_ps,
        };
        let record = self.groups[source.group as usize].add(completion);
        if source.has_kin && completion.counts {
            let intended_ps = self.jobs.kin(index).intended_ps;
            if intended_ps != job.issued_ps {
                record.intended.record_ps(now.saturating_sub(intended_ps));
            }
        }
        self.fingerprint = (self.fingerprint ^ now ^ job.tie.rotate_left(32))
            .wrapping_mul(0x0000_0100_0000_01B3)
            .rotate_left(17);
        if source.is_closed() {
            let lane = if source.has_kin { self.jobs.kin(index).lane } else { 0 };
            let Some(issue) = source.after_completion(now, lane) else {
                return self.jobs.remove(index);
            };
            let next = source.job(&issue);
            self.jobs.replace(index, next, source.has_kin.then(|| issue.kin()));
            self.schedule(index, job.source, &issue);
        } else {
            self.jobs.remove(index);
        }
    }

    pub(super) fn finish(mut self, plan: &RunPlan) -> Result<RunRecord, EngineError> {
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
        let under_way: Vec<Job> = whole().filter(|j| j.traced).copied().collect();
        for job in under_way {
            self.note_io(&job, None);
        }
        let end = plan.horizon_ps.unwrap_or(self.now_ps);
        let window = self.window;
        let close = |((state, rest), port): ((StationState, StationRest), PortState)| {
            rest.close(state, port, end, window)
        };
        let stations = self.stations.into_iter().zip(self.rests).zip(self.ports);
        self.hops.sort_by_key(|h| (h.source, h.number, h.arrived_ps, h.branch, h.leave_ps));
        self.ios.sort_by_key(|io| (io.source, io.number));
        Ok(RunRecord {
            replication: plan.replication,
            window_ps: end.saturating_sub(plan.warm_up_ps).max(1),
            warm_up_ps: plan.warm_up_ps,
            groups: self.groups.into_iter().map(Tally::close).collect(),
            stations: stations.map(close).collect(),
            issued: self.issued,
            completed: self.completed,
            inside,
            hops: self.hops,
            ios: self.ios,
            events: self.events,
            fingerprint: self.fingerprint,
        })
    }
}

/// The stations, each with the rank of its label: wakes of one instant follow it, so that they do
/// not depend on the order of declaration.
fn station_states(net: &Network) -> (Vec<StationState>, Vec<StationRest>) {
    let ranks = ranks(net.stations.iter().map(|station| station.label.as_str()));
    let both =
        |(s, rank): (&Station, u32)| (StationState::default(), StationRest::new(s, rank.into()));
    net.stations.iter().zip(ranks).map(both).unzip()
}

/// The place of each label in their alphabetical order, from 0.
fn ranks<'l>(labels: impl Iterator<Item = &'l str>) -> Vec<u32> {
    let labels: Vec<&str> = labels.collect();
    let mut order: Vec<u32> = (0..labels.len() as u32).collect();
    order.sort_unstable_by_key(|&i| labels[i as usize]);
    let mut ranks = vec![0; labels.len()];
    for (rank, i) in (0..).zip(order) {
        ranks[i as usize] = rank;
    }
    ranks
}
