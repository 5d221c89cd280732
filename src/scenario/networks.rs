//! `[networks]`: switches, frame sizes, what is configured end to end.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::ets::{self, Shares};
use super::models::Family;
use super::names::Names;
use super::parameters::Used;
use crate::topology::{Network, NetworkId, Nic, NicId, Node, NodeId, Uplink};
use crate::units::{BitRate, Bytes, IdVec, SimDuration};

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
    drafts: Vec<Draft>,
}

/// What can be settled only when the nodes are known.
struct Draft {
    entry: Located<String>,
    shares: Shares,
    uplink: Option<(f64, Vec<Vec<Located<String>>>)>,
}

pub(super) fn read(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    used: &mut Used,
) -> Networks {
    let mut names = Names::new("network");
    let mut drafts = Vec::new();
    let items = root.tables("networks", |name, reader| {
        let entry = place(reader, name);
        let name = names.add(context, &entry, None).swap_remove(0);
        let network = network(context, reader, &entry, name, used);
        let shares = ets::read(reader);
        let uplink = reader.table("uplink", |reader| {
            let rate = reader.positive::<BitRate>("rate");
            let nodes: Option<Vec<Vec<Located<String>>>> = reader.required("nodes");
            rate.zip(nodes).map(|(rate, nodes)| (8.0 * rate.bytes_per_sec(), nodes))
        });
        drafts.push(Draft { entry, shares, uplink: uplink.flatten() });
        network
    });
    Networks { items: IdVec::from_vec(items), names, drafts }
}

fn network(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    entry: &Located<String>,
    name: String,
    used: &mut Used,
) -> Network {
    let switch = context.model(reader, "switch", Family::Switches);
    let forwardings = [("cut-through", false), ("store-and-forward", true)];
    let of_model =
        switch.as_ref().is_some_and(|(_, model)| model.word("mode") == "store-and-forward");
    let store_and_forward = reader.choice("forwarding", &forwardings).unwrap_or(of_model);
    let switch = switch.map(|(switch, _)| switch);
    let (cluster, client) = role(reader);
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
        round_trip_ps: reader.optional::<SimDuration>("round-trip").map_or(0, SimDuration::as_ps),
        pfc: reader.or("pfc", false),
        vlan: reader.or("vlan", false),
        cluster,
        client,
        metric: reader.count("metric", 1..=1_000_000).map(|metric| metric as u32),
        subnets: reader.count("subnets", 1..=64).unwrap_or(1) as u32,
        buffer_bytes: reader
            .has("buffer")
            .then(|| reader.positive::<Bytes>("buffer"))
            .flatten()
            .map(Bytes::get),
        store_and_forward,
        classes: Vec::new(),
        uplink: None,
    }
}

/// Whether cluster traffic may use a network, and whether clients do.
fn role(reader: &mut Reader<'_, '_>) -> (bool, bool) {
    let roles = [
        ("none", (false, false)),
        ("cluster", (true, false)),
        ("cluster-and-client", (true, true)),
    ];
    let flag = reader.boolean("cluster");
    let Some((cluster, client)) = reader.choice("role", &roles) else {
        return (flag.unwrap_or(true), false);
    };
    if flag.is_some_and(|flag| flag != cluster) {
        let help = "leave out `cluster`: the role says it".to_owned();
        reader.fault_at("cluster", "the role of the network says otherwise", Some(help));
    }
    (cluster, client)
}

impl Networks {
    /// Settles what depends on the nodes: switches and their uplinks, cables, traffic classes.
    pub(super) fn settle(
        &mut self,
        context: &mut Context<'_>,
        nodes: &Names,
        built: &IdVec<NodeId, Node>,
        nics: &IdVec<NicId, Nic>,
    ) {
        for (id, draft) in self.drafts.iter().enumerate() {
            let id = NetworkId::from_index(id);
            let on = |nic: &Nic| {
                let team = nic.team.and_then(|t| built[nic.node].teams.get(t));
                nic.network.or(team.map(|t| t.network)) == Some(id)
            };
            let network = &mut self.items[id];
            let mut there: Vec<NodeId> =
                nics.iter().filter(|nic| on(nic)).map(|n| n.node).collect();
            there.sort_unstable();
            there.dedup();
            if network.switch == "direct-cable" && there.len() > 2 {
                let n = there.len();
                let problem = format!("a cable joins two nodes, and there are {n} on this network");
                let help = format!(
                    "write one network with switch = \"direct-cable\" and two ports for each \
                     pair of nodes, {} in all, or name a switch",
                    n * (n - 1) / 2
                );
                context.fault(&draft.entry, problem, Some(help));
            }
            let slow = nics.iter().any(|nic| on(nic) && nic.speed_bits_per_s <= 10e9);
            network.classes = draft.shares.classes(slow);
            let Some((bits_per_s, groups)) = &draft.uplink else { continue };
            let found = groups.iter().map(|names| nodes.each(context, names));
            let found: Option<Vec<Vec<usize>>> = found.collect();
            let Some(found) = found else { continue };
            let node = |index: &usize| NodeId::from_index(*index);
            let switches: Vec<Vec<NodeId>> =
                found.iter().map(|group| group.iter().map(node).collect()).collect();
            let named: Vec<NodeId> = switches.iter().flatten().copied().collect();
            let missing = there.iter().find(|node| !named.contains(node));
            let mut once = named.clone();
            once.sort_unstable();
            once.dedup();
            if switches.len() < 2 {
                let help = "write nodes = [[\"HV1\"], [\"HV2\"]], a list for each switch";
                let problem = "an uplink is between switches, so there must be two or more";
                context.fault(&draft.entry, problem, Some(help.to_owned()));
            } else if once.len() != named.len() {
                context.fault(&draft.entry, "a node is at one switch of its network only", None);
            } else if let Some(node) = missing {
                let name = &built[*node].name;
                let problem = format!("`uplink` does not tell at which switch node `{name}` is");
                context.fault(&draft.entry, problem, None);
            } else {
                network.uplink = Some(Uplink { bits_per_s: *bits_per_s, switches });
            }
        }
    }
}

pub(super) fn mtu(reader: &mut Reader<'_, '_>) -> Option<u32> {
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
