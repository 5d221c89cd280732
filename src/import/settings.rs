//! What the cluster as a whole is set to.

use super::draft::Draft;
use super::enums::{LIMIT_CATEGORY, SECURITY_LEVEL};
use super::nodes::{Member, Members};
use super::reading::{Reading, same};
use crate::topology::WindowsVersion;

/// The least that a limit can be.
const LEAST_LIMIT: u64 = 1 << 20;

/// Properties of the cluster and of SMB.
pub(super) fn read(reading: &mut Reading<'_>, draft: &mut Draft) {
    "Imported cluster".clone_into(&mut draft.title);
    for row in reading.rows("Get-Cluster").into_iter().take(1) {
        if let Some(name) = reading.take(row.item.text("Name")) {
            draft.title = format!("Cluster {name}");
        }
        let clients = reading.take(row.item.bytes("UseClientAccessNetworksForSharedVolumes"));
        draft.use_client_networks = match clients {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        };
        let cache = reading.take(row.item.bytes("BlockCacheSize"));
        let cache =
            cache.or_else(|| reading.take(row.item.bytes("SharedVolumeBlockCacheSizeInMB")));
        draft.block_cache_mib = cache.filter(|mib| *mib > 0);
        if draft.block_cache_mib.is_some() {
            let what = "the CSV block cache finds what fits of the working sets";
            reading.assume(what, "no export tells its hits; state `block-cache-hits` if you know");
        }
        let general = reading.take(row.item.enum_of("SecurityLevel", &SECURITY_LEVEL));
        let storage = reading.take(row.item.enum_of("SecurityLevelForStorage", &SECURITY_LEVEL));
        // Since 2022 traffic of volumes has a level of its own.
        let level =
            if draft.windows >= WindowsVersion::W2022 { storage.or(general) } else { general };
        match level {
            Some(2) => draft.encryption = Some(true),
            Some(1) if draft.windows < WindowsVersion::W2025 => draft.signing = Some(true),
            _ => {}
        }
    }
    for row in reading.rows("Get-SmbClientConfiguration") {
        if reading.take(row.item.flag("EnableMultiChannel")) == Some(false) {
            draft.multichannel = Some(false);
        }
    }
    limits(reading, draft);
}

fn limits(reading: &mut Reading<'_>, draft: &mut Draft) {
    let mut found: Vec<(i64, u64)> = Vec::new();
    for row in reading.rows("Get-SmbBandwidthLimit") {
        let category = reading.take(row.item.enum_of("Category", &LIMIT_CATEGORY));
        let rate = reading.take(row.item.bytes("BytesPerSecond"));
        if let (Some(category), Some(rate)) = (category, rate.filter(|rate| *rate >= LEAST_LIMIT)) {
            found.push((category, rate));
        }
    }
    for (place, category) in [(0, 2), (1, 1), (2, 0)] {
        let of = || found.iter().filter(|(have, _)| *have == category).map(|(_, rate)| *rate);
        draft.limits[place] = of().min();
        if of().min() != of().max() {
            let what = "every node has the lowest of the SMB bandwidth limits";
            reading.assume(what, "they differ from node to node, and the cluster has one");
        }
    }
}

/// Which ports SMB may use, by node.
pub(super) fn constraints(reading: &mut Reading<'_>, members: &Members, draft: &mut Draft) {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for row in reading.rows("Get-SmbMultichannelConstraint") {
        let server = reading.take(row.item.text("ServerName")).unwrap_or_default();
        let alias = reading.take(row.item.text("InterfaceAlias"));
        let (Some(node), Some(alias)) = (members.up(row.node.as_ref()), alias) else { continue };
        // Those towards file servers say nothing of CSV traffic.
        if members.find(&server) == Member::Unknown {
            continue;
        }
        let Some(of) = draft.nodes.iter().find(|have| have.name == node) else { continue };
        let port = of.nics.iter().find(|nic| nic.network.is_some() && same(&nic.name, &alias));
        let team = of.teams.iter().find(|team| {
            let vnic = alias.strip_prefix("vEthernet (").and_then(|rest| rest.strip_suffix(')'));
            same(&team.name, &alias) || (vnic.is_some() && of.teams.len() == 1)
        });
        let name = port.map(|nic| nic.name.clone()).or_else(|| team.map(|team| team.name.clone()));
        let Some(name) = name else {
            let what = format!("the constraint of `{node}` to `{alias}` is left out");
            reading.assume(what, "no port or team of that name takes part");
            continue;
        };
        match found.iter_mut().find(|(have, _)| *have == node) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => found.push((node, vec![name])),
        }
    }
    if !found.is_empty() {
        let what = "Multichannel constraints hold for CSV traffic between all nodes";
        reading.assume(what, "they are stated by server name, of which CSV traffic has its own");
    }
    draft.constraints = found;
}
