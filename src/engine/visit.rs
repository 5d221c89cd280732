//! Visits: what happens at a station, and when the I/O goes on.

use super::job::Job;
use super::program::{CONSTANT, Drawn, Op, Program};
use super::simulator::{HEAD, Simulator, WAKE};
use super::source::SourceState;
use super::station::{Waiting, to_ps};
use super::trail::{Stay, record};

/// The draw of a role for an I/O, made now.
#[cold]
#[inline(never)]
pub(super) fn draw_now(sources: &[SourceState], job: &Job, drawn: Drawn) -> f64 {
    let role = drawn.role ^ (u64::from(job.branch) << 32);
    drawn.draw.at(sources[job.source as usize].stream.child(role), job.number())
}

/// The time a visit asks, shaped by the draw that belongs to this I/O and role.
#[inline]
fn asked(program: &Program, sources: &[SourceState], job: &Job, row: &[f64], time: u32) -> f64 {
    let entry = &program.times[time as usize];
    let mut mean = entry.base_ps + entry.per_byte_ps * f64::from(job.bytes);
    if entry.framed {
        let rest = &program.rests[time as usize];
        mean += rest.per_frame_ps * rest.framing.frames(job.bytes.into()) as f64;
    }
    let draw = if job.drawn & (1 << entry.slot) != 0 {
        row[entry.slot as usize]
    } else {
        draw_now(sources, job, program.rests[time as usize].drawn)
    };
    mean * draw
}

impl Simulator<'_> {
    /// The time a visit asks, shaped by the draw that belongs to this I/O and role.
    #[inline]
    pub(super) fn demand(&self, index: u32, time: u32) -> f64 {
        asked(&self.program, &self.sources, self.jobs.get(index), self.jobs.row(index), time)
    }

    /// Visits stations with one server, one after the other, from `now` on, which is ahead of the
    /// clock within a fused stretch: when the last is left. An I/O with a trail never runs ahead.
    #[inline]
    pub(super) fn stretch(&mut self, index: u32, mut now: u64, time: u32, len: u32) -> u64 {
        let Self { program, jobs, stations, .. } = self;
        let window = self.window;
        let job = jobs.get(index);
        let row = jobs.row(index);
        let (mut arrived_ps, mut start_ps) = (now, now);
        for time in time..time + len {
            let service_ps = to_ps(asked(program, &self.sources, job, row, time));
            let state = &mut stations[program.times[time as usize].station as usize];
            let (start, end) = state.serve(now, service_ps, window);
            (arrived_ps, start_ps, now) = (now, start, end);
        }
        if job.traced {
            let last = (time + len - 1) as usize;
            let stay = Stay { arrived_ps, start_ps, end_ps: now, leave_ps: now };
            let (station, name) = (program.times[last].station, program.rests[last].name);
            record(&mut self.hops, job, station, name, stay);
        }
        now
    }

    pub(super) fn visit(&mut self, index: u32, pc: u32, op: Op) {
        let now = self.now_ps;
        let window = self.window;
        match op {
            Op::Limiter { station, time } => {
                let token = to_ps(self.demand(index, time));
                let burst = self.rests[station as usize].burst_ps;
                let leave = self.stations[station as usize].pass(now, token, burst, window);
                self.note_time(index, station, time, [leave, leave]);
                self.depart_maybe_in_order(index, pc + 1, station, leave);
            }
            Op::Port { station, message } => self.transfer(index, pc, station, message),
            Op::Weighted { station, message } => {
                let message = &self.program.messages[message as usize];
                let (_, wire) = message.bytes(self.jobs.get(index).bytes);
                let service_ps = to_ps(wire as f64 * self.ports[station as usize].ps_per_byte);
                let waiting = Waiting { job: index, arrived_ps: now, service_ps, bytes: wire };
                let class = message.class;
                self.enqueue(pc, station, class, waiting);
            }
            Op::Priority { station, time, class } => {
                let service_ps = to_ps(self.demand(index, time));
                let waiting = Waiting { job: index, arrived_ps: now, service_ps, bytes: 0 };
                self.enqueue(pc, station, class, waiting);
            }
            Op::Shared { station, time } => {
                let service_ps = to_ps(self.demand(index, time));
                self.jobs.get_mut(index).pc = pc;
                self.share(index, station, service_ps);
            }
            _ => unreachable!("only visits come here"),
        }
    }

    /// Visits a station with several servers.
    #[inline(never)]
    pub(super) fn several(
        &mut self,
        index: u32,
        pc: u32,
        [station, time]: [u32; 2],
        (ahead, rises): (bool, bool),
    ) {
        let now = self.now_ps;
        let demand = self.demand(index, time);
        let (start, end) = self.servers[station as usize].serve(now, demand, rises);
        self.stations[station as usize].book(now, start, end, self.window);
        self.note_time(index, station, time, [start, end]);
        if ahead {
            self.go_on(index, pc + 1, station, end);
        } else {
            self.depart_maybe_in_order(index, pc + 1, station, end);
        }
    }

    /// Passes a delay.
    #[inline(never)]
    pub(super) fn delay(&mut self, index: u32, pc: u32, [station, time]: [u32; 2], ahead: bool) {
        let now = self.now_ps;
        let end = self.pass_delay(index, station, time, now);
        self.note_time(index, station, time, [now, end]);
        if ahead {
            self.go_on(index, pc + 1, station, end);
        } else if self.program.times[time as usize].slot == CONSTANT {
            self.depart_maybe_in_order(index, pc + 1, station, end);
        } else {
            self.depart(index, pc + 1, end);
        }
    }

    /// When a delay entered at `now` is over.
    #[inline]
    fn pass_delay(&mut self, index: u32, station: u32, time: u32, now: u64) -> u64 {
        let end = now.saturating_add(to_ps(self.demand(index, time)));
        self.stations[station as usize].book(now, now, end, self.window);
        end
    }

    /// Goes on from a station that is left at `at_ps`, which is ahead of the clock, through the
    /// delays that follow, and schedules what comes then. An I/O with a trail never comes here.
    pub(super) fn go_on(&mut self, index: u32, mut next: u32, mut station: u32, mut at_ps: u64) {
        let mut in_order = true;
        loop {
            match self.program.ops[next as usize] {
                Op::Jump { to } => next = to,
                Op::Choose { choice } if self.is_pure(choice) => next = self.choose(index, choice),
                Op::Delay { station: delay, time, .. } => {
                    at_ps = self.pass_delay(index, delay, time, at_ps);
                    station = delay;
                    in_order = self.program.times[time as usize].slot == CONSTANT;
                    next += 1;
                }
                _ => break,
            }
        }
        if in_order {
            self.depart_maybe_in_order(index, next, station, at_ps);
        } else {
            self.depart(index, next, at_ps);
        }
    }

    /// Records a visit that has a time and ends when its service does.
    #[inline]
    pub(super) fn note_time(&mut self, index: u32, station: u32, time: u32, stay: [u64; 2]) {
        if self.jobs.get(index).traced {
            let [start_ps, end_ps] = stay;
            let name = self.program.rests[time as usize].name;
            let arrived_ps = self.now_ps;
            let stay = Stay { arrived_ps, start_ps, end_ps, leave_ps: end_ps };
            self.note(index, station, name, stay);
        }
    }

    /// Schedules a job to go on after its visit.
    #[inline]
    pub(super) fn depart(&mut self, index: u32, next: u32, at_ps: u64) {
        let job = self.jobs.get_mut(index);
        job.pc = next;
        let key = job.key(at_ps);
        self.calendar.push(key, index);
    }

    /// Schedules a job to go on after a visit to a station whose departures come in order.
    #[inline]
    pub(super) fn depart_in_order(&mut self, index: u32, next: u32, station: u32, at_ps: u64) {
        let departures = &mut self.departures[station as usize];
        let first = departures.is_empty();
        departures.push_back((at_ps, index));
        let job = self.jobs.get_mut(index);
        job.pc = next;
        job.station = station;
        if first {
            let key = job.key(at_ps);
            self.calendar.push(key, index | HEAD);
        }
    }

    /// Schedules a job to go on after a visit to a station whose departures mostly come in order.
    #[inline]
    pub(super) fn depart_maybe_in_order(
        &mut self,
        index: u32,
        next: u32,
        station: u32,
        at_ps: u64,
    ) {
        let last = self.departures[station as usize].back();
        if last.is_none_or(|(last_ps, _)| *last_ps < at_ps) {
            self.depart_in_order(index, next, station, at_ps);
        } else {
            self.depart(index, next, at_ps);
        }
    }

    /// Begins a transfer whose far end is the next operation: at once, or when its turn comes.
    #[inline(never)]
    pub(super) fn send(&mut self, index: u32, pc: u32, station: u32, message: u32) {
        let now = self.now_ps;
        let (start, _) = self.through(index, station, message, now);
        if start > now {
            return self.depart_maybe_in_order(index, pc + 1, station, start);
        }
        if let Op::Receive { station, message, sender } = self.program.ops[pc as usize + 1] {
            self.receive(index, pc + 1, station, message, sender);
        }
    }

    /// The far end of a transfer that begins now.
    #[inline]
    pub(super) fn receive(&mut self, index: u32, pc: u32, station: u32, message: u32, sender: u32) {
        // Everything here comes over this latency, in the order in which it begins.
        let latency_ps = self.ports[sender as usize].latency_ps.max(1);
        let arrived_ps = self.now_ps.saturating_add(latency_ps);
        let (_, leave) = self.through(index, station, message, arrived_ps);
        self.depart_maybe_in_order(index, pc + 1, station, leave);
    }

    /// Sends through a port of one class from `now` on: when it begins, and when it goes on.
    #[inline]
    fn through(&mut self, index: u32, station: u32, message: u32, now: u64) -> (u64, u64) {
        let name = message as usize;
        let message = &self.program.messages[name];
        let piped = message.piped;
        let job = self.jobs.get_mut(index);
        let (payload, wire) = message.bytes(job.bytes);
        let port = &mut self.ports[station as usize];
        let begins = self.stations[station as usize].free_ps.max(now);
        if begins >= port.next_change_ps {
            port.change(&self.net.stations.as_slice()[station as usize], begins);
        }
        let service = to_ps(wire as f64 * port.ps_per_byte);
        let (start, end) = self.stations[station as usize].serve(now, service, self.window);
        let bins = &mut self.rests[station as usize].bins;
        port.count(start, (payload, wire), self.window, bins);
        let end = end.max(job.tail_ps);
        let leave = pipe(job, start, end, port.latency_ps, piped);
        if job.traced {
            let stay = Stay { arrived_ps: now, start_ps: start, end_ps: end, leave_ps: leave };
            self.note(index, station, self.program.message_names[name], stay);
        }
        (start, leave)
    }

    /// Sends through a port of one class.
    #[inline]
    fn transfer(&mut self, index: u32, pc: u32, station: u32, message: u32) {
        let (_, leave) = self.through(index, station, message, self.now_ps);
        self.depart_maybe_in_order(index, pc + 1, station, leave);
    }

    fn enqueue(&mut self, pc: u32, station: u32, class: u8, waiting: Waiting) {
        self.jobs.get_mut(waiting.job).pc = pc;
        self.rests[station as usize].classes.push(class, waiting);
        if self.rests[station as usize].wake_ps == u64::MAX {
            self.start_next(station);
        }
    }

    /// Starts the next service of a station with classes, if anything waits.
    pub(super) fn start_next(&mut self, station: u32) {
        let now = self.now_ps;
        let state = &mut self.stations[station as usize];
        let rest = &mut self.rests[station as usize];
        let Some(next) = rest.classes.pop() else {
            rest.wake_ps = u64::MAX;
            return;
        };
        let mut service_ps = next.service_ps;
        let port = &mut self.ports[station as usize];
        if next.bytes > 0 {
            // The rate may have changed while it waited.
            if now >= port.next_change_ps {
                port.change(&self.net.stations.as_slice()[station as usize], now);
            }
            service_ps = to_ps(next.bytes as f64 * port.ps_per_byte);
        }
        let end = now.saturating_add(service_ps);
        state.book(next.arrived_ps, now, end, self.window);
        rest.wake_ps = end;
        self.calendar.push(rest.wake_key(end), station | WAKE);
        let job = self.jobs.get_mut(next.job);
        let pc = job.pc;
        let (leave, end, name) = match self.program.ops[pc as usize] {
            Op::Weighted { message, .. } => {
                // The payload of a message is what the message says of the job's bytes.
                let name = self.program.message_names[message as usize];
                let message = &self.program.messages[message as usize];
                let (payload, wire) = message.bytes(job.bytes);
                let port = &mut self.ports[station as usize];
                port.count(now, (payload, wire), self.window, &mut rest.bins);
                let end = end.max(job.tail_ps);
                let leave = pipe(job, now, end, port.latency_ps, message.piped);
                (leave, end, name)
            }
            Op::Priority { time, .. } => (end, end, self.program.rests[time as usize].name),
            _ => (end, end, ""),
        };
        let stay =
            Stay { arrived_ps: next.arrived_ps, start_ps: now, end_ps: end, leave_ps: leave };
        self.note(next.job, station, name, stay);
        self.depart(next.job, pc + 1, leave);
    }

    fn share(&mut self, index: u32, station: u32, service_ps: u64) {
        let key = self.jobs.get(index).key(self.now_ps);
        self.rests[station as usize].sharers.enter(key, service_ps, index, self.window);
        self.schedule_sharer(station);
    }

    fn schedule_sharer(&mut self, station: u32) {
        let rest = &mut self.rests[station as usize];
        let next = rest.sharers.next_ps();
        rest.wake_ps = next.unwrap_or(u64::MAX);
        if let Some(at) = next {
            self.calendar.push(rest.wake_key(at), station | WAKE);
        }
    }

    pub(super) fn wake(&mut self, station: u32) {
        let now = self.now_ps;
        let rest = &mut self.rests[station as usize];
        if rest.wake_ps != now {
            return;
        }
        if !rest.classes.queues.is_empty() {
            return self.start_next(station);
        }
        if let Some((index, arrived)) = rest.sharers.leave(now, self.window) {
            if arrived >= self.window.from_ps {
                self.stations[station as usize].count_visit(arrived, arrived, now);
            }
            let job = self.jobs.get_mut(index);
            let pc = job.pc;
            job.pc += 1;
            if let Op::Shared { time, .. } = self.program.ops[pc as usize] {
                let name = self.program.rests[time as usize].name;
                let stay =
                    Stay { arrived_ps: arrived, start_ps: arrived, end_ps: now, leave_ps: now };
                self.note(index, station, name, stay);
            }
            self.ready.push_back(index);
        }
        self.schedule_sharer(station);
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
