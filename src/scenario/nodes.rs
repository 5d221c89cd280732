//! `[nodes]`: processors, ports, teams and host bus adapters.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::hbas::{HbaDraft, check_lost, hba, hbas_of};
use super::models::{Family, Model};
use super::names::Names;
use super::networks::{Networks, mtu};
use super::parameters::Used;
use crate::provenance::ParameterSet;
use crate::topology::{
    Bonding, Hashing, NetworkId, Nic, NicId, Node, NodeId, Rdma, StorageId, StorageKind, Team,
    WindowsVersion,
};
use crate::units::{Bytes, IdVec, Ratio};

/// A failover cluster has at most this many nodes.
pub(super) const MOST_NODES: u64 = crate::topology::CLUSTER_NODES as u64;
/// Ports in one node; no server has as many.
pub(super) const MOST_PORTS: u64 = 64;
/// Host vNICs on one team.
const MOST_VNICS: u64 = 16;
/// Largest share of the cores that is busy beside the I/O.
const MOST_LOAD: f64 = 0.99;

/// Nodes as written; one entry may stand for several.
pub(super) struct Nodes {
    pub(super) names: Names,
    entries: Vec<(Vec<String>, Draft)>,
}

#[derive(Default)]
struct Draft {
    cpu: String,
    memory_bytes: Option<u64>,
    nics: Vec<NicDraft>,
    teams: Vec<TeamDraft>,
    hbas: Vec<HbaDraft>,
    load: f64,
}

/// One port; ports made by `count` are several of these.
struct NicDraft {
    name: String,
    model: String,
    network: Option<Located<String>>,
    rdma: Rdma,
    rss: bool,
    mtu: Option<u32>,
}

struct TeamDraft {
    entry: Located<String>,
    /// Positions among the ports.
    members: Vec<usize>,
    bonding: Option<Bonding>,
    hashing: Hashing,
    vnics: Option<u64>,
    vrss: bool,
    network: Option<Located<String>>,
}

/// Nodes with everything in them.
pub(super) struct Built {
    pub(super) nodes: IdVec<NodeId, Node>,
    pub(super) nics: IdVec<NicId, Nic>,
}

pub(super) fn read(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    windows: WindowsVersion,
    used: &mut Used,
) -> Nodes {
    let mut names = Names::new("node");
    let entries = root.tables("nodes", |name, reader| {
        let entry = place(reader, name);
        let count = names.count(context, reader, &entry, MOST_NODES);
        let made = names.add(context, &entry, count);
        let draft = node(context, reader, windows, used);
        check_lost(context, &made, &draft.hbas);
        (made, draft)
    });
    if entries.is_empty() && !matches!(root.raw("nodes"), Some(node) if node.as_table().is_none()) {
        let help = "describe them in [nodes.<name>]".to_owned();
        root.fault_at("nodes", "the cluster has no nodes", Some(help));
    }
    Nodes { names, entries }
}

fn node(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    windows: WindowsVersion,
    used: &mut Used,
) -> Draft {
    let mut draft = Draft::default();
    if let Some((cpu, _)) = context.model(reader, "cpu", Family::Cpus) {
        used.add(Family::Cpus, &cpu);
        draft.cpu = cpu;
    }
    if reader.has("memory") {
        draft.memory_bytes = reader.positive::<Bytes>("memory").map(Bytes::get);
    }
    let mut ports = Names::new("port");
    reader.tables("nics", |name, reader| {
        let entry = place(reader, name);
        nic(context, reader, &entry, &mut ports, &mut draft.nics, used);
    });
    let mut teams = Names::new("team");
    draft.teams = reader.tables("teams", |name, reader| {
        let entry = place(reader, name);
        teams.add(context, &entry, None);
        team(context, reader, entry, &ports, windows)
    });
    join_teams(context, &draft.nics, &draft.teams);
    draft.hbas = reader.tables("hbas", |_, reader| hba(context, reader, used, &ports));
    draft.load = reader.or("load", Ratio::ZERO).fraction();
    if draft.load > MOST_LOAD {
        let help = "the root partition needs a core now and then: at most 99 %".to_owned();
        reader.fault_at("load", "leaves nothing for the I/O", Some(help));
        draft.load = 0.0;
    }
    draft
}

fn nic(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    entry: &Located<String>,
    ports: &mut Names,
    nics: &mut Vec<NicDraft>,
    used: &mut Used,
) {
    let model = context.model(reader, "model", Family::Nics);
    let network: Option<Located<String>> = reader.name("network");
    let count = ports.count(context, reader, entry, MOST_PORTS);
    let rdma = rdma(reader, model.as_ref().map(|(_, model)| *model));
    let rss = reader.boolean("rss");
    let mtu = mtu(reader);
    if let (Some(true), Some((name, model))) = (rss, &model)
        && model.number("rss-queues") <= 1.0
    {
        reader.fault_at("rss", format!("`{name}` has no receive-side scaling"), None);
    }
    let model = model.map(|(model, _)| model).unwrap_or_default();
    used.add(Family::Nics, &model);
    for name in ports.add(context, entry, count) {
        let (model, network) = (model.clone(), network.clone());
        nics.push(NicDraft { name, model, network, rdma, rss: rss.unwrap_or(true), mtu });
    }
}

/// The RDMA that is switched on: as the model, none, or a kind by name.
fn rdma(reader: &mut Reader<'_, '_>, model: Option<&Model>) -> Rdma {
    let word = model.map_or("", |model| model.word("rdma"));
    let of_model = Rdma::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, rdma)| rdma);
    let of_model = of_model.unwrap_or_default();
    if reader.raw("rdma").is_some_and(|node| node.as_str().is_some()) {
        return reader.choice("rdma", &Rdma::ALL).unwrap_or(of_model);
    }
    match reader.boolean("rdma") {
        Some(false) => Rdma::None,
        Some(true) if of_model == Rdma::None && model.is_some() => {
            let help = "choose a model with RDMA, or name the kind it speaks".to_owned();
            reader.fault_at("rdma", "this model has no RDMA", Some(help));
            Rdma::None
        }
        _ => of_model,
    }
}

fn team(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    entry: Located<String>,
    ports: &Names,
    windows: WindowsVersion,
) -> TeamDraft {
    let there = reader.must_have("members");
    let members = if there { reader.names("members") } else { None };
    if members.as_ref().is_some_and(Vec::is_empty) {
        reader.fault_at("members", "the team has no members", None);
    }
    let model = reader.has("model").then(|| context.model(reader, "model", Family::Teams));
    let word = |field| model.as_ref().and_then(Option::as_ref).map(|(_, m)| m.word(field));
    let known = |name: &str| Bonding::ALL.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let mut bonding = word("mode").and_then(known);
    if model.is_none() {
        reader.must_have("mode");
    }
    bonding = reader.choice("mode", &Bonding::ALL).or(bonding);
    let known = |name: &str| Hashing::ALL.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let stated = reader.choice("algorithm", &Hashing::ALL);
    let set = bonding == Some(Bonding::Set);
    if let Some(Hashing::TransportPorts | Hashing::IpAddresses | Hashing::MacAddresses) = stated
        && set
    {
        let help = "write \"hyper-v-port\" or \"dynamic\"".to_owned();
        reader.fault_at("algorithm", "a SET team has no such algorithm", Some(help));
    }
    if set && windows < WindowsVersion::W2016 {
        let field = if reader.has("mode") { "mode" } else { "model" };
        let help = "use \"lacp\", \"static\" or \"switch-independent\"".to_owned();
        reader.fault_at(field, "there is no SET team before Windows Server 2016", Some(help));
    }
    let hashing = stated.or(word("algorithm").and_then(known)).unwrap_or_default();
    let vnics = reader.count("vnics", 1..=MOST_VNICS);
    let vrss = reader.or("vrss", false);
    let network = reader.required("network");
    let members = members.and_then(|names| ports.each(context, &names)).unwrap_or_default();
    TeamDraft { entry, members, bonding, hashing, vnics, vrss, network }
}

/// A port belongs to one team, and its network, if it names one, is that of the team.
fn join_teams(context: &mut Context<'_>, nics: &[NicDraft], teams: &[TeamDraft]) {
    let mut joined = vec![false; nics.len()];
    for team in teams {
        let network = team.network.as_ref().map(|name| name.value.trim().to_lowercase());
        for &member in &team.members {
            let nic = &nics[member];
            if std::mem::replace(&mut joined[member], true) {
                let problem = format!("port `{}` is in a team already", nic.name);
                context.fault(&team.entry, problem, None);
            }
            let own = nic.network.as_ref().map(|name| name.value.trim().to_lowercase());
            if let (Some(own), Some(of_team)) = (&own, &network)
                && own != of_team
            {
                let problem = format!(
                    "port `{}` is on network `{own}` and its team on `{of_team}`",
                    nic.name
                );
                let help = "leave out the network of the port".to_owned();
                context.fault(&team.entry, problem, Some(help));
            }
        }
    }
}

impl Nodes {
    /// The nodes, their ports plugged in. `kinds` are those of the storage systems by position.
    pub(super) fn build(
        &self,
        context: &mut Context<'_>,
        networks: &Networks,
        storages: &Names,
        kinds: &[StorageKind],
        parameters: &ParameterSet,
    ) -> Built {
        let mut built = Built { nodes: IdVec::new(), nics: IdVec::new() };
        for (names, draft) in &self.entries {
            let plugged = draft.plug(context, networks, storages, kinds);
            for name in names {
                let node = NodeId::from_index(built.nodes.len());
                let first = built.nics.len();
                for (position, (nic, network)) in draft.nics.iter().zip(&plugged.nics).enumerate() {
                    let team = draft.teams.iter().position(|t| t.members.contains(&position));
                    let number = |field: &str| {
                        parameters
                            .get(&format!("nics.{}.{field}", nic.model))
                            .map_or(0.0, |number| number.value)
                    };
                    let queues = if nic.rss { number("rss-queues") } else { 1.0 };
                    built.nics.push(Nic {
                        name: nic.name.clone(),
                        node,
                        network: *network,
                        model: nic.model.clone(),
                        speed_bits_per_s: number("speed"),
                        rdma: nic.rdma,
                        rss_queues: queues.round().clamp(1.0, 65_536.0) as u32,
                        team,
                        mtu_bytes: nic.mtu,
                    });
                }
                let port = |position: usize| NicId::from_index(first + position);
                let teams = draft.teams.iter().zip(&plugged.teams).map(|(team, network)| Team {
                    name: team.entry.value.clone(),
                    members: team.members.iter().map(|&member| port(member)).collect(),
                    bonding: team.bonding.unwrap_or(Bonding::Static),
                    hashing: team.hashing,
                    vnics: team.vnics(),
                    vrss: team.vrss,
                    network: network.unwrap_or(NetworkId::from_index(0)),
                });
                built.nodes.push(Node {
                    name: name.clone(),
                    cpu: draft.cpu.clone(),
                    nics: (0..draft.nics.len()).map(port).collect(),
                    teams: teams.collect(),
                    hbas: hbas_of(&draft.hbas, name, &plugged.hbas, first),
                    load: draft.load,
                    memory_bytes: draft.memory_bytes.map(|bytes| bytes as f64),
                });
            }
        }
        built
    }

    /// Memory of each entry, where stated.
    pub(super) fn memories(&self) -> Vec<Option<u64>> {
        self.entries.iter().map(|(_, draft)| draft.memory_bytes).collect()
    }

    /// Whether something a node is cabled to could not be resolved, by node.
    pub(super) fn unsure(&self, storages: &Names) -> Vec<bool> {
        let unknown = |hba: &HbaDraft| {
            hba.storage.as_ref().is_none_or(|name| storages.find(&name.value).is_none())
        };
        let each = self
            .entries
            .iter()
            .map(|(names, draft)| std::iter::repeat_n(draft.hbas.iter().any(unknown), names.len()));
        each.flatten().collect()
    }
}

impl TeamDraft {
    /// Host vNICs: of a SET team one a member, unless stated.
    fn vnics(&self) -> u32 {
        let set = self.bonding == Some(Bonding::Set);
        let vnics = self.vnics.unwrap_or(if set { self.members.len() as u64 } else { 0 });
        vnics.min(MOST_VNICS) as u32
    }
}

/// What the ends of cables of an entry are plugged into.
struct Plugged {
    nics: Vec<Option<NetworkId>>,
    teams: Vec<Option<NetworkId>>,
    hbas: Vec<(usize, StorageId)>,
}

impl Draft {
    fn plug(
        &self,
        context: &mut Context<'_>,
        networks: &Networks,
        storages: &Names,
        kinds: &[StorageKind],
    ) -> Plugged {
        let mut network = |name: &Option<Located<String>>| {
            let name = name.as_ref()?;
            networks.names.one(context, name).map(NetworkId::from_index)
        };
        // Ports made by one entry share the place of their network: one fault is enough.
        let mut last: Option<(&Located<String>, Option<NetworkId>)> = None;
        let mut nics = Vec::with_capacity(self.nics.len());
        for nic in &self.nics {
            let found = match (&nic.network, last) {
                (Some(name), Some((before, found))) if name == before => found,
                (name, _) => network(name),
            };
            last = nic.network.as_ref().map(|name| (name, found));
            nics.push(found);
        }
        let teams: Vec<_> = self.teams.iter().map(|team| network(&team.network)).collect();
        for (nic, found) in self.nics.iter().zip(&nics) {
            hint(context, nic, *found, networks);
        }
        let mut hbas = Vec::new();
        for (position, hba) in self.hbas.iter().enumerate() {
            let Some(name) = &hba.storage else { continue };
            let Some(storage) = storages.one(context, name) else { continue };
            if kinds.get(storage) == Some(&StorageKind::Device) {
                let help = "a device is reached through the node it sits in".to_owned();
                let problem = format!("`{}` is a device, not an array", name.value);
                context.fault(name, problem, Some(help));
                continue;
            }
            if kinds.get(storage) == Some(&StorageKind::SpacesDirect) {
                let help = "its drives are in the nodes; leave the adapter out".to_owned();
                let problem = format!("`{}` is Storage Spaces Direct", name.value);
                context.fault(name, problem, Some(help));
                continue;
            }
            let unplugged = |&&nic: &&usize| nics[nic].is_none();
            if let Some(&nic) = hba.nics.iter().find(unplugged) {
                let problem = format!("port `{}` is on no network", self.nics[nic].name);
                let help = "give it the network of the array in `network`".to_owned();
                context.fault(name, problem, Some(help));
            }
            if !hba.nics.is_empty() && kinds.get(storage) == Some(&StorageKind::Spaces) {
                let problem = "storage spaces are not reached over iSCSI";
                context.fault(name, problem, Some("cable a SAS adapter to it".to_owned()));
            }
            hbas.push((position, StorageId::from_index(storage)));
        }
        for team in &self.teams {
            let rdma = team.members.iter().any(|&member| self.nics[member].rdma != Rdma::None);
            if rdma && team.bonding != Some(Bonding::Set) {
                let team = &team.entry.value;
                context.note(format!("team `{team}`: a team hides the RDMA of its ports"));
            }
        }
        Plugged { nics, teams, hbas }
    }
}

/// What is commonly forgotten about RDMA networks.
fn hint(
    context: &mut Context<'_>,
    nic: &NicDraft,
    network: Option<NetworkId>,
    networks: &Networks,
) {
    let Some(network) = network.and_then(|id| networks.items.get(id)) else { return };
    let name = &network.name;
    match nic.rdma {
        Rdma::RoceV1 | Rdma::RoceV2 if !network.pfc => context.note(format!(
            "network `{name}`: RoCE without priority flow control (pfc = true) loses frames where \
             several nodes send to one"
        )),
        _ => {}
    }
    if matches!(nic.rdma, Rdma::RoceV1 | Rdma::RoceV2) && network.path_mtu_bytes < 2048 {
        let (path, mtu) = (network.path_mtu_bytes, network.mtu_bytes);
        context.note(format!(
            "network `{name}`: at an IP MTU of {mtu} B RoCE uses a path MTU of {path} B; \
             4096 B needs an IP MTU of 4200 B or more"
        ));
    }
}
