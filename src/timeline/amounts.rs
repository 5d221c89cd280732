//! What has an amount, and how fast it goes on.

use std::collections::BTreeMap;

use super::clock::{Clock, Comes};
use super::setting::{CutOff, Setting, migration};
use super::state::NodeState;
use crate::schedule::Moment;
use crate::topology::{NodeId, StorageId};

/// I/Os of a backlog that are none.
const BACKLOG_LEAST: f64 = 1.0;
/// Seconds: what is so near to its end has reached it.
const SLACK_S: f64 = 2e-6;

impl Clock<'_> {
    /// Bytes of memory a second of one machine between two nodes.
    fn migration_rate(&self, id: usize, pair: (NodeId, NodeId)) -> f64 {
        let going = self.migrations.iter().filter(|m| m.travels());
        let mut moves = BTreeMap::new();
        for m in going {
            *moves.entry((m.from, m.to)).or_insert(0) += 1;
        }
        let now = Setting::of_moves(moves);
        let solved = &self.settings[id];
        // The solved setting may have the same flow between other nodes that are alike.
        let own = solved.moves.contains_key(&pair).then_some(pair);
        let like = || solved.moves.keys().copied().find(|p| solved.flow(*p) == now.flow(pair));
        let Some((from, to)) = own.or_else(like) else { return 0.0 };
        let name = migration(&self.scenario.cluster, from, to);
        let machines = solved.moves.get(&(from, to)).copied().unwrap_or(1);
        let smaller = self.numbers.smaller(self.plan.rules.migration.transport);
        self.beside(id, &name) / f64::from(machines.max(1)) * smaller
    }

    /// Bytes a second that something with an amount does.
    fn amount_rate(&self, id: usize, comes: Comes) -> f64 {
        match comes {
            Comes::Load(load, place) => {
                let own = self
                    .solved(id)
                    .into_iter()
                    .flat_map(|figures| &figures.loads)
                    .find(|l| l.part.workload == load && l.part.places == [place]);
                own.map_or(0.0, |own| own.bytes_per_s)
            }
            Comes::Backup(k) => {
                let name = &self.scenario.cluster.backups[k].name;
                self.beside(id, &format!("backup {name}"))
            }
            Comes::Traffic(k) => {
                let traffic = &self.scenario.cluster.traffic[k];
                let pairs = traffic
                    .from
                    .iter()
                    .map(|from| traffic.to.iter().filter(|to| *to != from).count());
                let pairs: usize = pairs.sum();
                self.beside(id, &traffic.name) / pairs.max(1) as f64
            }
        }
    }

    fn resync_rate(&self, id: usize, storage: StorageId) -> f64 {
        let name = &self.scenario.cluster.storages[storage].name;
        self.beside(id, &format!("{name}: resynchronization"))
    }

    /// I/Os a second by which the backlog of each disk changes, as far as it does: it is cut off
    /// while its machine asks, its path is too narrow, or it is catching up.
    fn backlog_rates(&self, id: usize) -> BTreeMap<(usize, usize), f64> {
        let mut rates = BTreeMap::new();
        let asked = |load: usize| {
            let each = self.scenario.workloads[load].intensity.offered()?;
            let level = f64::from(self.levels.get(load).copied().unwrap_or(0));
            Some(each * level * self.plan.load_step)
        };
        for &CutOff { workload: load, place, disk } in &self.cut_off[id] {
            // A machine that is off asks for nothing.
            let on = self.state.homes[self.scenario.cluster.disks[disk].vm].is_some();
            if let (true, Some(asked)) = (on, asked(load)) {
                rates.insert((load, place), asked);
            }
        }
        let loads = self.solved(id).map_or(&[][..], |figures| &figures.loads);
        for of in loads.iter().filter(|of| of.saturated || of.part.behind) {
            let load = of.part.workload;
            let Some(asked) = asked(load) else { continue };
            let carried = of.iops / of.part.places.len().max(1) as f64;
            rates.extend(of.part.places.iter().map(|place| ((load, *place), asked - carried)));
        }
        rates
    }

    /// The instant at which the first thing with an amount is done.
    pub(super) fn done_at(&self, id: usize) -> Moment {
        let mut first = Moment::NEVER;
        let mut offer = |left: f64, rate: f64| {
            if rate > 0.0 {
                first = first.min(self.now.plus_secs(left / rate));
            }
        };
        for m in self.migrations.iter().filter(|m| m.travels()) {
            offer(m.left, self.migration_rate(id, (m.from, m.to)));
        }
        for (comes, left) in &self.here {
            if let Some(left) = left {
                offer(*left, self.amount_rate(id, *comes));
            }
        }
        for (storage, (_, left)) in &self.resyncs {
            offer(*left, self.resync_rate(id, *storage));
        }
        let rates = self.backlog_rates(id);
        for (of, waiting) in &self.backlog {
            offer(*waiting, -rates.get(of).copied().unwrap_or(0.0));
        }
        first
    }

    /// Goes on to an instant.
    pub(super) fn advance(&mut self, id: usize, until: Moment) {
        let seconds = until.secs_since(self.now);
        self.now = until;
        for k in 0..self.migrations.len() {
            let m = &self.migrations[k];
            if m.travels() {
                let rate = self.migration_rate(id, (m.from, m.to));
                self.migrations[k].left -= rate * seconds;
                self.migrations[k].arrived = self.migrations[k].left <= rate * SLACK_S;
            }
        }
        for (of, change) in self.backlog_rates(id) {
            let waiting = self.backlog.get(&of).copied().unwrap_or(0.0) + change * seconds;
            if waiting > BACKLOG_LEAST.max(-change * SLACK_S) {
                self.backlog.insert(of, waiting);
            } else {
                self.backlog.remove(&of);
            }
        }
        // A load that has gone leaves nothing to catch up with.
        let levels = &self.levels;
        self.backlog.retain(|(load, _), _| levels.get(*load).is_some_and(|level| *level > 0));
        self.advance_resyncs(id, seconds);
        let rates: Vec<(Comes, f64)> =
            self.here.keys().map(|comes| (*comes, self.amount_rate(id, *comes))).collect();
        for (comes, rate) in rates {
            if let Some(Some(left)) = self.here.get_mut(&comes) {
                *left -= rate * seconds;
                if *left <= rate * SLACK_S {
                    self.done(comes);
                }
            }
        }
        self.migrations_arrived();
    }

    fn advance_resyncs(&mut self, id: usize, seconds: f64) {
        // What is written meanwhile is missed by the nodes that are away.
        let away: Vec<(StorageId, NodeId)> = self.missed.keys().copied().collect();
        for (storage, node) in away {
            let running = self.resyncs.get(&storage).is_some_and(|(of, _)| *of == node);
            if running || self.state.nodes[node] == NodeState::Up {
                continue;
            }
            let written = self.written(id, storage);
            let share = self.copies_share(storage);
            let most = self.data(storage) * share;
            if let Some(missed) = self.missed.get_mut(&(storage, node)) {
                *missed = (*missed + written * share * seconds).min(most);
            }
        }
        let running: Vec<StorageId> = self.resyncs.keys().copied().collect();
        for storage in running {
            let rate = self.resync_rate(id, storage);
            if let Some((node, left)) = self.resyncs.get_mut(&storage) {
                *left -= rate * seconds;
                if *left <= rate * SLACK_S {
                    let node = *node;
                    self.resyncs.remove(&storage);
                    self.resynced(storage, node);
                }
            }
        }
    }

    /// Bytes a second that loads write to a storage system.
    fn written(&self, id: usize, storage: StorageId) -> f64 {
        let cluster = &self.scenario.cluster;
        let loads = self.solved(id).map_or(&[][..], |figures| &figures.loads);
        let own = loads.iter().filter(|load| {
            let disk = load.part.disks.first();
            disk.is_some_and(|d| cluster.volumes[cluster.disks[*d].volume].storage == storage)
        });
        own.map(|load| {
            let spec = &self.scenario.workloads[load.part.workload];
            load.bytes_per_s * (1.0 - spec.read_share)
        })
        .sum()
    }
}
