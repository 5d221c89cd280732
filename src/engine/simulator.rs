//! The loop: takes the next event and runs the I/O's program to its next visit.

use super::EngineError;
use super::calendar::Calendar;
use super::job::{Job, Jobs, NONE};
use super::program::{Message, Op, Program, Time};
use super::record::{DirectionRecord, GroupRecord, RunRecord};
use super::source::{Issue, SourceState};
use super::station::{StationState, Waiting, Window, to_ps};
use crate::network::{Amount, Direction, Network, Selector, SelectorKind};
use crate::random::{Seed, Shape, Stream};
use crate::stats::{BatchedSeries, SecondBins};
use std::collections::VecDeque;

/// The bit that tells a station's wake from a job in an event's payload.
const WAKE: u32 = 1 << 31;

/// The bit that tells the first departure in a station's order.
const HEAD: u32 = 1 << 30;

/// Events between two looks at the cancellation.
const LOOK_EVERY: u64 = 1 << 16;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct RunPlan {
    /// Seed.
    pub seed: Seed,
    /// Which replication; each has streams of its own.
    pub replication: u64,
    /// Start of the measured window, in picoseconds.
    pub warm_up_ps: u64,
    /// End of the run in picoseconds; none: until every source is exhausted.
    pub horizon_ps: Option<u64>,
    /// Most events.
    pub events_max: u64,
    /// Most I/Os (and branches of I/Os) under way.
    pub under_way_max: u32,
    /// Whether stretches of stations that feed only each other run without events between them.
    /// The completions are the same with and without.
    pub fuse: bool,
}

impl RunPlan {
    /// A run of `horizon_ps` measured from `warm_up_ps` on, with generous bounds.
    #[must_use]
    pub fn new(seed: Seed, warm_up_ps: u64, horizon_ps: u64) -> Self {
        Self {
            seed,
            replication: 0,
            warm_up_ps,
            horizon_ps: Some(horizon_ps),
            events_max: u64::MAX,
            under_way_max: 4_000_000,
            fuse: true,
        }
    }

    /// The same run as another replication.
    #[must_use]
    pub const fn replication(mut self, replication: u64) -> Self {
        self.replication = replication;
        self
    }
}

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
/// let run = simulate(&net, &RunPlan::new(Seed(1), 10_000_000_000_000, 500_000_000_000_000), &|| false)?;
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

struct PoolState {
    available: u64,
    waiting: VecDeque<(u32, u64)>,
}

struct Simulator<'n> {
    net: &'n Network,
    now_ps: u64,
    calendar: Calendar,
    jobs: Jobs,
    program: Program,
    stations: Vec<StationState>,
    sources: Vec<SourceState>,
    pools: Vec<PoolState>,
    selectors: Vec<(&'n Selector, Vec<u32>)>,
    groups: Vec<GroupRecord>,
    /// Jobs that go on at this instant.
    ready: VecDeque<u32>,
    window: Window,
    issued: u64,
    completed: u64,
    bytes_issued: u64,
    bytes_completed: u64,
    events: u64,
    fingerprint: u64,
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

    fn schedule_issue(&mut self, source: u32, issue: Issue) {
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

    fn issue(&mut self, index: u32) {
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
    fn advance(&mut self, index: u32) {
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

    fn visit(&mut self, index: u32, op: Op) {
        let now = self.now_ps;
        let window = self.window;
        let leave = match op {
            Op::Several { station, role, time } => {
                let demand = self.demand(index, role, &time);
                self.stations[station as usize].serve_several(now, demand, window)
            }
            Op::Delay { station, role, time } => {
                let end = now.saturating_add(to_ps(self.demand(index, role, &time)));
                self.stations[station as usize].book(now, now, end, window);
                end
            }
            Op::Limiter { station, role, time } => {
                let token = to_ps(self.demand(index, role, &time));
                self.stations[station as usize].pass(now, token, window)
            }
            Op::Port { station, piped, message } => {
                let leave = self.transfer(index, station, piped, message);
                if piped {
                    // First bits enter the next port in the order in which they left this one.
                    return self.depart_in_order(index, station, leave);
                }
                leave
            }
            Op::Weighted { station, piped, class, message } => {
                let (_, wire) = message.bytes(self.jobs.get(index).bytes);
                let service_ps = to_ps(wire as f64 * self.stations[station as usize].ps_per_byte);
                let waiting =
                    Waiting { job: index, arrived_ps: now, service_ps, bytes: wire, piped };
                return self.enqueue(station, class, waiting);
            }
            Op::Priority { station, role, class, time } => {
                let service_ps = to_ps(self.demand(index, role, &time));
                let waiting =
                    Waiting { job: index, arrived_ps: now, service_ps, bytes: 0, piped: false };
                return self.enqueue(station, class, waiting);
            }
            Op::Shared { station, role, time } => {
                let service_ps = to_ps(self.demand(index, role, &time));
                return self.share(index, station, service_ps);
            }
            _ => unreachable!("only visits come here"),
        };
        self.depart(index, leave);
    }

    /// Schedules a job to go on after its visit.
    #[inline]
    fn depart(&mut self, index: u32, at_ps: u64) {
        let job = self.jobs.get_mut(index);
        job.pc += 1;
        let key = job.key(at_ps);
        self.calendar.push(key, index);
    }

    /// Schedules a job to go on after a visit to a station whose departures come in order.
    #[inline]
    fn depart_in_order(&mut self, index: u32, station: u32, at_ps: u64) {
        let job = self.jobs.get_mut(index);
        job.pc += 1;
        let key = job.key(at_ps);
        let departures = &mut self.stations[station as usize].departures;
        if departures.is_empty() {
            self.calendar.push(key, station | HEAD);
        }
        departures.push_back((key, index));
    }

    /// The time a visit asks, shaped by the draw that belongs to this I/O and role.
    #[inline]
    fn demand(&self, index: u32, role: u64, time: &Time) -> f64 {
        let job = self.jobs.get(index);
        let mean = time.mean_ps(job.bytes);
        if time.shape == Shape::Constant {
            return mean;
        }
        let role = role ^ (u64::from(job.branch) << 32);
        mean * time.shape.at(self.sources[job.source as usize].stream.child(role), job.number)
    }

    /// Sends through a port of one class: when the job may go on.
    #[inline]
    fn transfer(&mut self, index: u32, station: u32, piped: bool, message: Message) -> u64 {
        let now = self.now_ps;
        let job = self.jobs.get_mut(index);
        let (payload, wire) = message.bytes(job.bytes);
        let state = &mut self.stations[station as usize];
        let service = to_ps(wire as f64 * state.ps_per_byte);
        let start = state.free_ps.max(now);
        state.count(start, payload, wire, self.window);
        let end = state.serve(now, service, self.window).max(job.tail_ps);
        pipe(job, start, end, state.latency_ps, piped)
    }

    fn enqueue(&mut self, station: u32, class: u8, waiting: Waiting) {
        let state = &mut self.stations[station as usize];
        state.classes.push(class, waiting);
        if state.wake_ps == u64::MAX {
            self.start_next(station);
        }
    }

    /// Starts the next service of a station with classes, if anything waits.
    fn start_next(&mut self, station: u32) {
        let now = self.now_ps;
        let state = &mut self.stations[station as usize];
        let Some(next) = state.classes.pop() else {
            state.wake_ps = u64::MAX;
            return;
        };
        let end = now.saturating_add(next.service_ps);
        state.book(next.arrived_ps, now, end, self.window);
        let key = state.wake_at(end);
        self.calendar.push(key, station | WAKE);
        let job = self.jobs.get_mut(next.job);
        let leave = if state.ps_per_byte > 0.0 {
            // The payload of a message is what the operation's message says of the job's bytes.
            let Op::Weighted { message, .. } = self.program.ops[job.pc as usize] else { return };
            let (payload, wire) = message.bytes(job.bytes);
            state.count(now, payload, wire, self.window);
            let end = end.max(job.tail_ps);
            pipe(job, now, end, state.latency_ps, next.piped)
        } else {
            end
        };
        self.depart(next.job, leave);
    }

    fn share(&mut self, index: u32, station: u32, service_ps: u64) {
        let now = self.now_ps;
        let key = self.jobs.get(index).key(now);
        let state = &mut self.stations[station as usize];
        state.sharers.enter(key, service_ps, index, self.window);
        self.schedule_sharer(station);
    }

    fn schedule_sharer(&mut self, station: u32) {
        let state = &mut self.stations[station as usize];
        match state.sharers.next_ps() {
            Some(at) => {
                let key = state.wake_at(at);
                self.calendar.push(key, station | WAKE);
            }
            None => state.wake_ps = u64::MAX,
        }
    }

    fn wake(&mut self, station: u32) {
        let now = self.now_ps;
        let state = &mut self.stations[station as usize];
        if state.wake_ps != now {
            return;
        }
        if state.classes.queues.is_empty() {
            if let Some((job, arrived)) = state.sharers.leave(now, self.window) {
                if arrived >= self.window.from_ps {
                    state.record.visits += 1;
                    state.record.response_ps += u128::from(now - arrived);
                }
                self.jobs.get_mut(job).pc += 1;
                self.ready.push_back(job);
            }
            self.schedule_sharer(station);
        } else {
            self.start_next(station);
        }
    }

    fn choose(&mut self, index: u32, selector: u32, role: u64, table: u32, ways: u32) {
        let job = self.jobs.get(index);
        let source = &self.sources[job.source as usize];
        let (kind, inside) = &mut self.selectors[selector as usize];
        let way = match &kind.kind {
            SelectorKind::Weights(weights) => {
                let role = role ^ (u64::from(job.branch) << 32);
                let total: f64 = weights.iter().sum();
                let mut at = source.stream.child(role).unit(job.number) * total;
                let mut way = 0;
                for (i, weight) in weights.iter().enumerate() {
                    if *weight > 0.0 {
                        way = i;
                        at -= weight;
                        if at < 0.0 {
                            break;
                        }
                    }
                }
                way
            }
            SelectorKind::RoundRobin(_) => {
                ((job.number + u64::from(job.turn)) % u64::from(ways)) as usize
            }
            SelectorKind::LeastOutstanding(_) => {
                let mut best = 0;
                for (i, n) in inside.iter().enumerate() {
                    if *n < inside[best] {
                        best = i;
                    }
                }
                inside[best] += 1;
                best
            }
            // The hash of the flow was drawn at the start.
            SelectorKind::Hash(_) => inside[0] as usize,
        };
        self.jobs.get_mut(index).pc = self.program.table[table as usize + way];
    }

    /// Takes tokens or queues for them: whether the job may go on.
    fn acquire(&mut self, index: u32, pool: u32, amount: Amount) -> bool {
        let bytes = self.jobs.get(index).bytes;
        let pool = &mut self.pools[pool as usize];
        let n = amount.of(bytes.into());
        if pool.waiting.is_empty() && pool.available >= n {
            pool.available -= n;
            return true;
        }
        pool.waiting.push_back((index, n));
        false
    }

    fn release(&mut self, index: u32, pool: u32, amount: Amount) {
        let bytes = self.jobs.get(index).bytes;
        let pool = &mut self.pools[pool as usize];
        pool.available += amount.of(bytes.into());
        while let Some(&(job, n)) = pool.waiting.front() {
            if pool.available < n {
                break;
            }
            pool.available -= n;
            pool.waiting.pop_front();
            self.ready.push_back(job);
        }
    }

    fn fork(&mut self, index: u32, pc: u32, table: u32, branches: u32, wait: u32) {
        self.jobs.get_mut(index).pending = wait;
        for branch in 0..branches {
            let start = self.program.table[(table + branch) as usize];
            let bytes = self.jobs.get(index).bytes;
            self.spawn(index, pc, start, bytes, wait > 0);
        }
    }

    fn split(&mut self, index: u32, pc: u32, chunk: u32, window: u32) {
        let job = self.jobs.get_mut(index);
        job.unsplit = job.bytes;
        job.pending = 0;
        let first = job.bytes.div_ceil(chunk).min(window);
        for _ in 0..first {
            self.spawn_chunk(index, pc, chunk);
        }
    }

    fn spawn_chunk(&mut self, index: u32, split: u32, chunk: u32) {
        let job = self.jobs.get_mut(index);
        let bytes = job.unsplit.min(chunk);
        job.unsplit -= bytes;
        job.pending += 1;
        self.spawn(index, split, split + 1, bytes, true);
    }

    fn spawn(&mut self, parent: u32, born: u32, pc: u32, bytes: u32, waited: bool) {
        let p = self.jobs.get_mut(parent);
        p.children += 1;
        let branch =
            p.branch.wrapping_mul(0x9E37_79B1).wrapping_add(p.children).wrapping_mul(0x85EB_CA6B);
        let branch = branch ^ (branch >> 15);
        let mut child = *p;
        child.parent = if waited { parent } else { NONE };
        child.parent_generation = p.generation;
        child.born = born;
        child.pc = pc;
        child.bytes = bytes;
        child.branch = branch;
        child.children = 0;
        child.pending = 0;
        child.turn = p.turn.wrapping_add(p.children - 1);
        let child = self.jobs.insert(child);
        self.ready.push_back(child);
    }

    fn end_child(&mut self, index: u32) {
        let child = *self.jobs.get(index);
        self.jobs.remove(index);
        if child.parent == NONE {
            return;
        }
        let parent = self.jobs.get_mut(child.parent);
        if parent.generation != child.parent_generation {
            return;
        }
        parent.pending -= 1;
        if parent.unsplit > 0
            && let Op::Split { chunk, .. } = self.program.ops[child.born as usize]
        {
            return self.spawn_chunk(child.parent, child.born, chunk);
        }
        if parent.pending == 0 {
            // Children that end later belong to a fork gone by.
            parent.generation = parent.generation.wrapping_add(1);
            self.ready.push_back(child.parent);
        }
    }

    fn complete(&mut self, index: u32) {
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
            events: self.events,
            fingerprint: self.fingerprint,
        })
    }
}

/// When a transfer that holds a port from `start` to `end` may go on: with its first bit into the
/// next port, with its last bit anywhere else.
#[inline]
fn pipe(job: &mut Job, start_ps: u64, end_ps: u64, latency_ps: u64, piped: bool) -> u64 {
    if piped {
        job.tail_ps = end_ps.saturating_add(latency_ps);
        start_ps.saturating_add(latency_ps.max(1))
    } else {
        job.tail_ps = 0;
        end_ps.saturating_add(latency_ps)
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
