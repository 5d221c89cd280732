//! `[networks]`: switches, frame sizes, what is configured end to end.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::models::Family;
use super::names::Names;
use super::parameters::Used;
use crate::topology::{Network, NetworkId};
use crate::units::{Bytes, IdVec};

const STANDARD_MTU: u32 = 1500;
const SMALLEST_MTU: u64 = 576;
const LARGEST_MTU: u64 = 9216;
/// What drivers offer as "jumbo packet": an IP MTU with its Ethernet header, and with a frame check
/// sequence or a VLAN tag, or both.
const FRAME_SIZES: [(u64, u64); 8] = [
    (1514, 14),
    (1518, 18),
    (1522, 22),
    (4102, 14),
    (9014, 14),
    (9018, 18),
    (9022, 22),
    (9026, 26),
];

const PATH_MTUS: [u32; 5] = [256, 512, 1024, 2048, 4096];
/// What adapter makers add to a path MTU for headers when they state the IP MTU it needs: 4200 for
/// 4096, the largest.
const PATH_MTU_HEADERS: u32 = 104;

/// Networks and their names.
pub(super) struct Networks {
    pub(super) items: IdVec<NetworkId, Network>,
    pub(super) names: Names,
}

pub(super) fn read(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    used: &mut Used,
) -> Networks {
    let mut names = Names::new("network");
    let items = root.tables("networks", |name, reader| {
        let entry = place(reader, name);
        let name = names.add(context, &entry, None).swap_remove(0);
        network(context, reader, &entry, name, used)
    });
    Networks { items: IdVec::from_vec(items), names }
}

fn network(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    entry: &Located<String>,
    name: String,
    used: &mut Used,
) -> Network {
    let switch = context.model(reader, "switch", Family::Switches).map(|(switch, _)| switch);
    if let Some(switch) = &switch {
        used.add(Family::Switches, switch);
    }
    let mtu_bytes = mtu(reader).unwrap_or(STANDARD_MTU);
    let stated = path_mtu(reader);
    let fits = |path: u32| path + PATH_MTU_HEADERS <= mtu_bytes;
    let largest = PATH_MTUS.into_iter().filter(|&path| fits(path)).max().unwrap_or(PATH_MTUS[0]);
    if let Some(path) = stated.filter(|&path| !fits(path)) {
        let entry = &entry.value;
        context.note(format!(
            "network `{entry}`: an RDMA path MTU of {path} B does not fit an IP MTU of \
             {mtu_bytes} B, where adapters use {largest} B; modelled as stated"
        ));
    }
    Network {
        name,
        switch: switch.unwrap_or_default(),
        mtu_bytes,
        path_mtu_bytes: stated.unwrap_or(largest),
        pfc: reader.or("pfc", false),
        vlan: reader.or("vlan", false),
        cluster: reader.or("cluster", true),
    }
}

fn mtu(reader: &mut Reader<'_, '_>) -> Option<u32> {
    let bytes = reader.optional::<Bytes>("mtu")?.get();
    if let Some((frame, header)) = FRAME_SIZES.into_iter().find(|(frame, _)| *frame == bytes) {
        let mtu = frame - header;
        let problem = format!("{frame} B is the size of a frame, not an IP MTU");
        let help = format!(
            "write \"{mtu} B\": {frame} on a NIC is IP MTU {mtu} plus a {header}-byte header"
        );
        reader.fault_at("mtu", problem, Some(help));
        return None;
    }
    if !(SMALLEST_MTU..=LARGEST_MTU).contains(&bytes) {
        let help = format!("write \"{SMALLEST_MTU} B\" to \"{LARGEST_MTU} B\"");
        reader.fault_at("mtu", format!("{bytes} B is no IP MTU"), Some(help));
        return None;
    }
    u32::try_from(bytes).ok()
}

fn path_mtu(reader: &mut Reader<'_, '_>) -> Option<u32> {
    let bytes = reader.optional::<Bytes>("path-mtu")?.get();
    let known = PATH_MTUS.into_iter().find(|&path| u64::from(path) == bytes);
    if known.is_none() {
        let help = "write \"256 B\", \"512 B\", \"1024 B\", \"2048 B\" or \"4096 B\"";
        reader.fault_at(
            "path-mtu",
            format!("{bytes} B is no RDMA path MTU"),
            Some(help.to_owned()),
        );
    }
    known
}
