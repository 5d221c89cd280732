//! Where everything is and what flows, for a drawing of the cluster.

use serde::{Deserialize, Serialize};

use super::csv::port_name;
use super::map::{Load, Map, MapFlow, MapLink, MapNode, MapStorage};
use super::number::{Shown, plural, value};
use super::{CpuRow, PortRow, ResourceRow};

/// Nodes, storage and what flows between them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Layout {
    /// Nodes.
    pub nodes: Vec<LayoutNode>,
    /// Storage systems.
    pub storages: Vec<LayoutStorage>,
    /// Volumes.
    pub volumes: Vec<LayoutVolume>,
    /// Which node reaches which storage system.
    pub links: Vec<LayoutLink>,
    /// I/O of machines by node, volume and way.
    pub flows: Vec<LayoutFlow>,
    /// What loads ports and paths beside that: backups and other traffic by name.
    pub beside: Vec<String>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LayoutNode {
    /// Name.
    pub name: String,
    /// Machines on it.
    pub machines: usize,
}

/// A storage system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LayoutStorage {
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: String,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LayoutVolume {
    /// Name.
    pub name: String,
    /// Storage system.
    pub storage: String,
    /// Coordinator.
    pub owner: String,
}

/// A way from a node to a storage system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LayoutLink {
    /// Node.
    pub node: String,
    /// Storage system.
    pub storage: String,
    /// How the labels of its resources begin.
    pub resources: Vec<String>,
}

/// I/O of the machines of a node on a volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LayoutFlow {
    /// Node of the machines.
    pub node: String,
    /// Volume.
    pub volume: String,
    /// Node that owns it, or serves it to them.
    pub owner: String,
    /// The way, as in [`DiskRow::mode`](super::DiskRow).
    pub mode: String,
    /// Whether it crosses the network to the owner.
    pub redirected: bool,
    /// Disks.
    pub disks: usize,
    /// Payload bytes a second: what their workloads get through, shared out by what each source
    /// keeps outstanding or asks for; none where nothing was run.
    pub bytes_per_s: Option<f64>,
}

impl LayoutFlow {
    /// Whether anything is redirected: a disk that nobody uses is not.
    fn flows(&self) -> bool {
        self.redirected && self.bytes_per_s != Some(0.0)
    }
}

/// What was measured, as far as a drawing shows it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured<'a> {
    pub(super) ports: &'a [PortRow],
    pub(super) cpus: &'a [CpuRow],
    pub(super) resources: &'a [ResourceRow],
}

impl Layout {
    /// A drawing; none where there is nothing to draw.
    pub(super) fn map(&self, title: &str, measured: Measured<'_>) -> Option<Map> {
        if self.nodes.is_empty() {
            return None;
        }
        let node = |name: &str| self.nodes.iter().position(|node| node.name == name);
        let storage = |name: &str| self.storages.iter().position(|of| of.name == name);
        let nodes = self.nodes.iter().map(|of| self.node(of, measured)).collect();
        let storages = self.storages.iter().map(|of| MapStorage {
            name: of.name.clone(),
            kind: of.kind.clone(),
            load: busiest(measured, std::slice::from_ref(&format!("{}/", of.name))),
        });
        let mut flows: Vec<MapFlow> = Vec::new();
        for of in self.flows.iter().filter(|flow| flow.flows()) {
            let (Some(from), Some(to)) = (node(&of.node), node(&of.owner)) else { continue };
            match flows.iter_mut().find(|flow| (flow.from, flow.to) == (from, to)) {
                Some(known) => known.bytes_per_s = add(known.bytes_per_s, of.bytes_per_s),
                None => flows.push(MapFlow { from, to, bytes_per_s: of.bytes_per_s }),
            }
        }
        let links = self.links.iter().filter_map(|of| {
            Some(MapLink {
                node: node(&of.node)?,
                storage: storage(&of.storage)?,
                bytes_per_s: self.carried(of),
                load: busiest(measured, &of.resources),
            })
        });
        let map = Map {
            title: title.to_owned(),
            about: self.words(),
            nodes,
            storages: storages.collect(),
            links: links.collect(),
            flows,
            beside: self.beside.clone(),
        };
        Some(map.grouped())
    }

    fn node(&self, of: &LayoutNode, measured: Measured<'_>) -> MapNode {
        let port = |direction: &str| {
            let own = |row: &&PortRow| row.csv && row.node == of.name && row.direction == direction;
            let busy = |row: &PortRow| row.utilisation.value;
            let most = measured
                .ports
                .iter()
                .filter(own)
                .reduce(|most, row| if busy(row) > busy(most) { row } else { most })?;
            let (name, told) = (most.nic.clone(), value(&most.utilisation));
            Some(Load { name, busy: busy(most), told })
        };
        let cpu = measured.cpus.iter().find(|row| row.node == of.name).map(|row| Load {
            name: "CPU".to_owned(),
            busy: row.utilisation.value,
            told: value(&row.utilisation),
        });
        let owned = self.volumes.iter().filter(|volume| volume.owner == of.name);
        MapNode {
            name: of.name.clone(),
            nodes: 1,
            machines: of.machines,
            owns: owned.map(|volume| volume.name.clone()).collect(),
            sends: port("tx"),
            receives: port("rx"),
            cpu,
        }
    }

    /// What goes over a link: the I/O of the node's own machines, and what others send to it.
    fn carried(&self, of: &LayoutLink) -> Option<f64> {
        let on = |volume: &str| {
            let found = self.volumes.iter().find(|row| row.name == volume);
            found.is_some_and(|row| row.storage == of.storage)
        };
        let through = |flow: &&LayoutFlow| {
            let node = if flow.redirected { &flow.owner } else { &flow.node };
            *node == of.node && on(&flow.volume)
        };
        let all = self.flows.iter().any(|flow| flow.bytes_per_s.is_some());
        // A sum of nothing is minus zero.
        all.then(|| {
            self.flows.iter().filter(through).filter_map(|f| f.bytes_per_s).sum::<f64>() + 0.0
        })
    }

    /// The drawing in words.
    fn words(&self) -> String {
        let counted = [
            plural(self.nodes.len(), "node"),
            plural(self.volumes.len(), "volume"),
            plural(self.storages.len(), "storage system"),
        ];
        let mut text = format!("{}.", counted.join(", "));
        let redirected: Vec<&LayoutFlow> = self.flows.iter().filter(|f| f.flows()).collect();
        if redirected.is_empty() {
            text.push_str(" No I/O is redirected.");
            return text;
        }
        let bytes: f64 = redirected.iter().filter_map(|flow| flow.bytes_per_s).sum();
        let all: f64 = self.flows.iter().filter_map(|flow| flow.bytes_per_s).sum();
        if all > 0.0 {
            text = format!(
                "{text} Of the payload of machines {} of {} are redirected.",
                Shown::Bytes.text(bytes),
                Shown::Bytes.text(all)
            );
        } else {
            let disks = redirected.iter().map(|flow| flow.disks).sum();
            text = format!("{text} The I/O of {} is redirected.", plural(disks, "disk"));
        }
        text
    }
}

fn add(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}

/// The busiest of the resources whose labels begin so. They stand in the order of how busy they
/// are.
fn busiest(measured: Measured<'_>, prefixes: &[String]) -> Option<Load> {
    let own = |row: &&ResourceRow| prefixes.iter().any(|p| row.resource.starts_with(p.as_str()));
    let row = measured.resources.iter().find(own)?;
    let (_, name) = row.resource.split_once('/')?;
    Some(Load { name: name.to_owned(), busy: row.utilisation.value, told: value(&row.utilisation) })
}

/// The busiest port that may carry CSV traffic, by its name.
pub(super) fn busiest_port(ports: &[PortRow]) -> Option<(String, &PortRow)> {
    let csv = ports.iter().filter(|row| row.csv && !row.utilisation.value.is_nan());
    let most =
        csv.reduce(
            |most, row| {
                if row.utilisation.value > most.utilisation.value { row } else { most }
            },
        )?;
    Some((port_name(most), most))
}
