//! `[rules]`: what the cluster does by itself.

use super::World;
use super::times::length;
use crate::scenario::context::Context;
use crate::scenario::document::{Located, Reader};
use crate::scenario::intensity::share;
use crate::schedule::{
    Aggressiveness, BalancerMode, Failover, MigrationRules, MigrationTransport, Optimization, Rules,
};
use crate::topology::{NetworkId, WindowsVersion};
use crate::units::{BitRate, SimDuration};

/// Machines at once; more is no setting of any version.
const MOST_AT_ONCE: u64 = 1_024;
/// Dynamic Optimization looks every ten minutes at most; a minute is for trying.
const SHORTEST_LOOK_MS: u64 = 60_000;

/// Shares above which node fairness relieves a node, by level.
const FAIRNESS: [f64; 3] = [0.8, 0.7, 0.6];

/// Rules as written.
#[derive(Default)]
pub(super) struct RulesDraft {
    volume_balancer: Option<bool>,
    fairness: Option<BalancerMode>,
    level: Option<u64>,
    optimization: Option<Optimization>,
    transport: Option<MigrationTransport>,
    simultaneous: Option<u64>,
    limit_bytes_per_s: Option<f64>,
    network: Option<Located<String>>,
    detection_s: Option<f64>,
    volume_pause_s: Option<f64>,
    restart_s: Option<f64>,
    starts_at_once: Option<u64>,
    witness: Option<bool>,
}

pub(super) fn read(root: &mut Reader<'_, '_>, windows: WindowsVersion) -> RulesDraft {
    root.table("rules", |reader| {
        let mut draft = RulesDraft {
            volume_balancer: reader.boolean("csv-balancer"),
            fairness: reader.choice("node-fairness", &BalancerMode::ALL),
            level: reader.count("fairness-level", 1..=3),
            optimization: reader.table("dynamic-optimization", optimization),
            witness: reader.boolean("witness"),
            ..RulesDraft::default()
        };
        let mut since = |field: &str, stated: bool, first: WindowsVersion| {
            if stated && windows < first {
                let problem = format!("there is none before Windows Server {}", first.name());
                let help = "write a later version under [cluster]".to_owned();
                reader.fault_at(field, problem, Some(help));
            }
        };
        let (r2, w2016) = (WindowsVersion::W2012R2, WindowsVersion::W2016);
        since("csv-balancer", draft.volume_balancer == Some(true), r2);
        let looks = draft.fairness.is_some_and(|mode| mode != BalancerMode::Off);
        since("node-fairness", looks, w2016);
        since("fairness-level", draft.level.is_some(), w2016);
        if looks && draft.optimization.is_some() {
            let problem = "Dynamic Optimization turns node fairness off";
            let help = "leave out one of `node-fairness` and `dynamic-optimization`".to_owned();
            reader.fault_at("node-fairness", problem, Some(help));
        }
        reader.table("live-migration", |reader| migration(reader, &mut draft, windows));
        reader.table("failover", |reader| failover(reader, &mut draft));
        draft
    })
    .unwrap_or_default()
}

fn optimization(reader: &mut Reader<'_, '_>) -> Optimization {
    let every_ms = length(reader, "every").unwrap_or(600_000);
    if every_ms < SHORTEST_LOOK_MS {
        reader.fault_at("every", "looks more often than once a minute", None);
    }
    Optimization {
        every_ms,
        aggressiveness: reader.choice("aggressiveness", &Aggressiveness::ALL).unwrap_or_default(),
        cpu_above: share(reader, "cpu-above").unwrap_or(0.8),
        memory_free: share(reader, "memory-free").unwrap_or(0.2),
    }
}

fn migration(reader: &mut Reader<'_, '_>, draft: &mut RulesDraft, windows: WindowsVersion) {
    draft.transport = reader.choice("transport", &MigrationTransport::ALL);
    let new =
        matches!(draft.transport, Some(MigrationTransport::Compression | MigrationTransport::Smb));
    if new && windows < WindowsVersion::W2012R2 {
        let help = "write \"tcp\", or a later version under [cluster]".to_owned();
        let problem = "Windows Server 2012 migrates over plain TCP only";
        reader.fault_at("transport", problem, Some(help));
    }
    draft.simultaneous = reader.count("simultaneous", 1..=MOST_AT_ONCE);
    let stated = reader.raw("limit").is_some();
    let limit = if stated { reader.positive::<BitRate>("limit") } else { None };
    draft.limit_bytes_per_s = limit.map(BitRate::bytes_per_sec);
    draft.network = reader.name("network");
}

fn failover(reader: &mut Reader<'_, '_>, draft: &mut RulesDraft) {
    draft.detection_s = seconds(reader, "detection");
    draft.volume_pause_s = seconds(reader, "volume-pause");
    draft.restart_s = seconds(reader, "restart");
    draft.starts_at_once = reader.count("starts-at-once", 1..=MOST_AT_ONCE);
}

fn seconds(reader: &mut Reader<'_, '_>, field: &str) -> Option<f64> {
    reader.optional::<SimDuration>(field).map(SimDuration::as_secs_f64)
}

impl RulesDraft {
    /// The rules; what is not stated is that of the version, or a parameter.
    pub(super) fn settle(&self, context: &mut Context<'_>, world: &World<'_>) -> Rules {
        let windows = world.windows;
        let number = |name: &str| world.parameters.get(name).map_or(0.0, |number| number.value);
        let at_once = number("failover.starts-at-once").round().max(1.0) as u32;
        let count = |stated: Option<u64>, usual: u32| {
            stated.map_or(usual, |stated| u32::try_from(stated).unwrap_or(u32::MAX))
        };
        let failover = Failover {
            detection_s: self.detection_s.unwrap_or_else(|| number("failover.detection")),
            volume_pause_s: self.volume_pause_s.unwrap_or_else(|| number("failover.volume-pause")),
            restart_s: self.restart_s.unwrap_or_else(|| number("failover.restart")),
            starts_at_once: count(self.starts_at_once, at_once),
        };
        let usual = Rules::usual(windows, failover);
        let fairness =
            if self.optimization.is_some() { BalancerMode::Off } else { usual.node_fairness };
        let level = usize::try_from(self.level.unwrap_or(1)).unwrap_or(1).clamp(1, FAIRNESS.len());
        let network = self.network.as_ref().and_then(|name| world.networks.one(context, name));
        Rules {
            volume_balancer: self.volume_balancer.unwrap_or(usual.volume_balancer),
            node_fairness: self.fairness.unwrap_or(fairness),
            fairness_above: FAIRNESS[level - 1],
            optimization: self.optimization,
            migration: MigrationRules {
                transport: self.transport.unwrap_or(usual.migration.transport),
                simultaneous: count(self.simultaneous, usual.migration.simultaneous),
                limit_bytes_per_s: self.limit_bytes_per_s,
                network: network.map(NetworkId::from_index),
            },
            failover: usual.failover,
            witness: self.witness.unwrap_or(usual.witness),
        }
    }
}
