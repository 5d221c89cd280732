//! Visits: what happens at a station, and when the I/O goes on.

use super::job::Job;
use super::program::{Message, Op, Time};
use super::simulator::{HEAD, Simulator, WAKE};
use super::station::{Waiting, to_ps};
use crate::random::Shape;

impl Simulator<'_> {
    pub(super) fn visit(&mut self, index: u32, op: Op) {
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
    pub(super) fn depart(&mut self, index: u32, at_ps: u64) {
        let job = self.jobs.get_mut(index);
        job.pc += 1;
        let key = job.key(at_ps);
        self.calendar.push(key, index);
    }

    /// Schedules a job to go on after a visit to a station whose departures come in order.
    #[inline]
    pub(super) fn depart_in_order(&mut self, index: u32, station: u32, at_ps: u64) {
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
    pub(super) fn demand(&self, index: u32, role: u64, time: &Time) -> f64 {
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
    pub(super) fn transfer(
        &mut self,
        index: u32,
        station: u32,
        piped: bool,
        message: Message,
    ) -> u64 {
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

    pub(super) fn enqueue(&mut self, station: u32, class: u8, waiting: Waiting) {
        let state = &mut self.stations[station as usize];
        state.classes.push(class, waiting);
        if state.wake_ps == u64::MAX {
            self.start_next(station);
        }
    }

    /// Starts the next service of a station with classes, if anything waits.
    pub(super) fn start_next(&mut self, station: u32) {
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

    pub(super) fn share(&mut self, index: u32, station: u32, service_ps: u64) {
        let now = self.now_ps;
        let key = self.jobs.get(index).key(now);
        let state = &mut self.stations[station as usize];
        state.sharers.enter(key, service_ps, index, self.window);
        self.schedule_sharer(station);
    }

    pub(super) fn schedule_sharer(&mut self, station: u32) {
        let state = &mut self.stations[station as usize];
        match state.sharers.next_ps() {
            Some(at) => {
                let key = state.wake_at(at);
                self.calendar.push(key, station | WAKE);
            }
            None => state.wake_ps = u64::MAX,
        }
    }

    pub(super) fn wake(&mut self, station: u32) {
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
