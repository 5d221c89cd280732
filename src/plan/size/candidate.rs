//! One network to be tried: what it changes in a scenario, and what it costs.

use thiserror::Error;

use super::catalogue::{Choice, Choices};
use crate::scenario::document::{Document, Node, Value, path_of};

/// How ports of a node work together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bond {
    /// SMB Multichannel over single ports.
    Multichannel,
    /// An LACP team by addresses and ports; no RDMA.
    Lacp,
    /// A SET team with as many host vNICs as ports.
    Set,
}

impl Bond {
    /// In a word or two.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Multichannel => "Multichannel",
            Self::Lacp => "LACP team",
            Self::Set => "SET team",
        }
    }
}

/// Ports of one entry under `[nodes]` that are on a network to be sized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plug {
    /// The entry under `[nodes]`.
    node: String,
    /// The entry under its nics.
    nic: String,
    /// The network.
    network: String,
    /// Nodes it stands for.
    nodes: u32,
    /// Whether the nodes have teams on networks that are not sized, too.
    teamed_elsewhere: bool,
}

/// Why nothing can be tried.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SizeError {
    /// No ports are found.
    #[error("no node has a port with `network = \"{0}\"`")]
    NoPorts(String),
    /// A node has several kinds of port on the network.
    #[error(
        "node `{node}` has several entries of ports on `{network}` ({}); one can be sized",
        .nics.join(", ")
    )]
    SeveralEntries {
        /// The node.
        node: String,
        /// The network.
        network: String,
        /// The entries.
        nics: Vec<String>,
    },
}

/// A network to be tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is, in words.
    pub name: String,
    /// Model of the port.
    pub model: String,
    /// Ports in each node on each network.
    pub ports: u32,
    /// Whether RDMA is used.
    pub rdma: bool,
    /// How ports work together.
    pub bond: Bond,
    /// Share of each port that SMB is guaranteed, in per cent, where it is changed.
    pub ets: Option<u32>,
    /// Bits a second of all ports of the cluster.
    pub bits_per_s: f64,
    /// Ports of the cluster.
    pub ports_all: u32,
    /// Their price, where every port has one.
    pub price: Option<f64>,
    /// What it sets in the scenario.
    pub settings: Vec<(String, String)>,
}

/// Where networks are plugged in.
///
/// # Errors
/// When nothing is plugged into one, or several kinds of port are in one node.
pub fn plugs(document: &Document, networks: &[String]) -> Result<Vec<Plug>, SizeError> {
    let mut all = Vec::new();
    for network in networks {
        let before = all.len();
        for node in keys(document, "nodes") {
            all.extend(plug(document, &node, network, networks)?);
        }
        if all.len() == before {
            return Err(SizeError::NoPorts(network.clone()));
        }
    }
    Ok(all)
}

/// Names under a table.
fn keys(document: &Document, path: &str) -> Vec<String> {
    let table = document.get(path).and_then(Node::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// Where an entry under `[nodes]` is plugged into a network.
fn plug(
    document: &Document,
    node: &str,
    network: &str,
    sized: &[String],
) -> Result<Option<Plug>, SizeError> {
    let at = |rest: &[&str]| {
        let mut steps = vec!["nodes", node];
        steps.extend(rest);
        path_of(&steps)
    };
    let get = |rest: &[&str]| document.get(&at(rest));
    let is = |rest: &[&str], network: &str| {
        let name = get(rest).and_then(Node::as_str).map(|name| name.trim().to_lowercase());
        name.is_some_and(|name| name == network.to_lowercase())
    };
    let teams = keys(document, &at(&["teams"]));
    let here: Vec<&String> =
        teams.iter().filter(|team| is(&["teams", team, "network"], network)).collect();
    let member = |nic: &str| {
        here.iter().any(|team| {
            let members = get(&["teams", team, "members"]).map(|node| &node.value);
            let Some(Value::Array(members)) = members else { return false };
            members.iter().any(|of| of.as_str().is_some_and(|of| belongs(of, nic)))
        })
    };
    let mut nics: Vec<String> = keys(document, &at(&["nics"]))
        .into_iter()
        .filter(|nic| is(&["nics", nic, "network"], network) || member(nic))
        .collect();
    if nics.len() > 1 {
        let (node, network) = (node.to_owned(), network.to_owned());
        return Err(SizeError::SeveralEntries { node, network, nics });
    }
    let Some(nic) = nics.pop() else { return Ok(None) };
    let count = match get(&["count"]).map(|node| &node.value) {
        Some(Value::Integer(count)) => u32::try_from(*count).unwrap_or(1),
        _ => 1,
    };
    let among = |team: &String| sized.iter().any(|of| is(&["teams", team, "network"], of));
    Ok(Some(Plug {
        node: node.to_owned(),
        nic,
        network: network.to_owned(),
        nodes: count,
        teamed_elsewhere: !teams.iter().all(among),
    }))
}

/// Whether a member of a team is a port of an entry: the entry itself, or one of its numbers.
fn belongs(member: &str, nic: &str) -> bool {
    let rest = member.trim().strip_prefix(nic);
    rest.is_some_and(|rest| rest.chars().all(|letter| letter.is_ascii_digit()))
}

/// Everything that can be tried, the cheapest first.
#[must_use]
pub fn candidates(
    choices: &Choices,
    plugs: &[Plug],
    shares: &[Option<u32>],
    set_teams: bool,
) -> Vec<Candidate> {
    let mut all = Vec::new();
    for choice in &choices.all {
        for &ports in &choice.ports {
            for &rdma in &choice.rdma {
                let mut bonds = vec![Bond::Multichannel];
                if ports > 1 && !rdma {
                    bonds.push(Bond::Lacp);
                }
                if ports > 1 && rdma && set_teams {
                    bonds.push(Bond::Set);
                }
                for bond in bonds {
                    for &ets in shares {
                        all.push(candidate(choice, plugs, (ports, rdma, bond, ets)));
                    }
                }
            }
        }
    }
    let priced = choices.priced();
    let order = |a: &Candidate, b: &Candidate| {
        let price = |of: &Candidate| if priced { of.price.unwrap_or(f64::INFINITY) } else { 0.0 };
        price(a)
            .total_cmp(&price(b))
            .then(a.bits_per_s.total_cmp(&b.bits_per_s))
            .then(a.ports_all.cmp(&b.ports_all))
            // What is simpler to run comes first.
            .then((a.rdma, a.bond, a.ets).cmp(&(b.rdma, b.bond, b.ets)))
    };
    all.sort_by(order);
    all
}

fn candidate(
    choice: &Choice,
    plugs: &[Plug],
    (ports, rdma, bond, ets): (u32, bool, Bond, Option<u32>),
) -> Candidate {
    let mut networks: Vec<&str> = Vec::new();
    for plug in plugs {
        if !networks.contains(&plug.network.as_str()) {
            networks.push(&plug.network);
        }
    }
    let mut settings = Vec::new();
    let mut set = |steps: &[&str], literal: String| settings.push((path_of(steps), literal));
    for plug in plugs {
        let entry = format!(
            "{{ model = {}, count = {ports}, network = {}, rdma = {rdma} }}",
            text(&choice.model),
            text(&plug.network)
        );
        set(&["nodes", &plug.node, "nics", &plug.nic], entry);
    }
    for (place, plug) in plugs.iter().enumerate() {
        let of_node = |other: &&Plug| other.node == plug.node;
        if plugs[..place].iter().any(|other| of_node(&other)) {
            continue;
        }
        let own = plugs.iter().filter(of_node);
        let teams =
            own.filter_map(|plug| Some((team_name(plug, &networks), team(bond, ports, plug)?)));
        if plug.teamed_elsewhere {
            // Teams on other networks stay.
            teams.for_each(|(name, of)| set(&["nodes", &plug.node, "teams", &name], of));
        } else {
            let teams: Vec<String> =
                teams.map(|(name, of)| format!("{} = {of}", path_of(&[&name]))).collect();
            let table = if teams.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", teams.join(", "))
            };
            set(&["nodes", &plug.node, "teams"], table);
        }
    }
    for network in &networks {
        if rdma && choice.roce {
            set(&["networks", network, "pfc"], "true".to_owned());
        }
        if let Some(switch) = &choice.switch {
            set(&["networks", network, "switch"], text(switch));
        }
        if let Some(share) = ets {
            set(&["networks", network, "ets"], format!("{{ smb = \"{share} %\" }}"));
        }
    }
    let plugged: u32 = plugs.iter().map(|plug| plug.nodes).sum();
    let ports_all = plugged.saturating_mul(ports);
    let mut name = format!("{ports} x {}", choice.model);
    if networks.len() > 1 {
        name = format!("{name} on each network");
    }
    name += if rdma { ", RDMA" } else { ", TCP" };
    if ports > 1 || networks.len() > 1 && bond == Bond::Multichannel {
        name = format!("{name}, {}", bond.words());
    }
    if let Some(share) = ets {
        name = format!("{name}, ETS {share} % for SMB");
    }
    Candidate {
        name,
        model: choice.model.clone(),
        ports,
        rdma,
        bond,
        ets,
        bits_per_s: f64::from(ports_all) * choice.bits_per_s,
        ports_all,
        price: choice.price.map(|price| price * f64::from(ports_all)),
        settings,
    }
}

/// A text as TOML writes it.
fn text(of: &str) -> String {
    toml::Value::String(of.to_owned()).to_string()
}

fn team_name(plug: &Plug, networks: &[&str]) -> String {
    if networks.len() > 1 { format!("sized-{}", plug.network) } else { "sized".to_owned() }
}

/// The team of some ports, where they are one.
fn team(bond: Bond, ports: u32, plug: &Plug) -> Option<String> {
    let of = match bond {
        Bond::Multichannel => return None,
        Bond::Lacp => "mode = \"lacp\", algorithm = \"transport-ports\"".to_owned(),
        Bond::Set => format!("mode = \"set\", algorithm = \"hyper-v-port\", vnics = {ports}"),
    };
    let (nic, network) = (text(&plug.nic), text(&plug.network));
    Some(format!("{{ members = [{nic}], {of}, network = {network} }}"))
}
