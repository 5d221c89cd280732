//! A drawing of a cluster as data: nodes, what they own, what they reach, and what flows.

/// A cluster to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Map {
    /// Title.
    pub(super) title: String,
    /// What it shows, for those who do not see it.
    pub(super) about: String,
    /// Nodes, or groups of them, from top to bottom.
    pub(super) nodes: Vec<MapNode>,
    /// Storage systems, from top to bottom.
    pub(super) storages: Vec<MapStorage>,
    /// What goes from a node to a storage system.
    pub(super) links: Vec<MapLink>,
    /// What goes from a node to another that owns the volume.
    pub(super) flows: Vec<MapFlow>,
    /// What is not drawn as a flow, though it loads ports and paths.
    pub(super) beside: Vec<String>,
}

/// A node, or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MapNode {
    /// Name, or first and last of them.
    pub(super) name: String,
    /// How many nodes it stands for.
    pub(super) nodes: usize,
    /// Machines that run on it.
    pub(super) machines: usize,
    /// Volumes it owns.
    pub(super) owns: Vec<String>,
    /// The busiest port that sends to the CSV network.
    pub(super) sends: Option<Load>,
    /// The busiest port that receives from it.
    pub(super) receives: Option<Load>,
    /// Share of the processors used by I/O, as the tables tell it.
    pub(super) cpu: Option<Load>,
}

/// A storage system.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MapStorage {
    /// Name.
    pub(super) name: String,
    /// What it is, in a word or two.
    pub(super) kind: String,
    /// Its busiest part.
    pub(super) load: Option<Load>,
}

/// Something busy.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Load {
    /// What: a port, a controller.
    pub(super) name: String,
    /// Busy share.
    pub(super) busy: f64,
    /// The same as the tables tell it.
    pub(super) told: String,
}

/// What goes from a node to a storage system, its own volumes' and that of other nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MapLink {
    /// Place among the nodes.
    pub(super) node: usize,
    /// Place among the storage systems.
    pub(super) storage: usize,
    /// Payload bytes a second; none where nothing was run.
    pub(super) bytes_per_s: Option<f64>,
    /// The busiest part of the way.
    pub(super) load: Option<Load>,
}

/// Redirected I/O.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MapFlow {
    /// Place of the node that asks.
    pub(super) from: usize,
    /// Place of the owner.
    pub(super) to: usize,
    /// Payload bytes a second; none where nothing was run.
    pub(super) bytes_per_s: Option<f64>,
}

/// Nodes, or groups of them, that can be told apart in one drawing.
const MOST: usize = 16;

/// The more of two loads.
fn busier(a: Option<Load>, b: Option<Load>) -> Option<Load> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.busy > a.busy { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}

impl Map {
    /// The same with neighbours brought together where there are too many nodes to tell apart; a
    /// group shows the busiest of its parts.
    pub(super) fn grouped(self) -> Self {
        let size = self.nodes.len().div_ceil(MOST).max(1);
        if size == 1 {
            return self;
        }
        let nodes = self.nodes.chunks(size).map(group).collect();
        let mut links: Vec<MapLink> = Vec::new();
        for link in self.links {
            let node = link.node / size;
            match links.iter_mut().find(|l| (l.node, l.storage) == (node, link.storage)) {
                Some(known) => {
                    known.bytes_per_s = sum(known.bytes_per_s, link.bytes_per_s);
                    known.load = busier(known.load.take(), link.load);
                }
                None => links.push(MapLink { node, ..link }),
            }
        }
        let mut flows: Vec<MapFlow> = Vec::new();
        for flow in self.flows {
            let (from, to) = (flow.from / size, flow.to / size);
            match flows.iter_mut().find(|f| (f.from, f.to) == (from, to)) {
                Some(known) => known.bytes_per_s = sum(known.bytes_per_s, flow.bytes_per_s),
                None => flows.push(MapFlow { from, to, ..flow }),
            }
        }
        Self { nodes, links, flows, ..self }
    }
}

fn group(nodes: &[MapNode]) -> MapNode {
    let name = match nodes {
        [] => String::new(),
        [one] => one.name.clone(),
        [first, .., last] => format!("{} to {}", first.name, last.name),
    };
    let named = |load: Option<Load>, node: &MapNode| {
        load.map(|load| Load { name: format!("{} {}", node.name, load.name), ..load })
    };
    nodes.iter().fold(MapNode { name, ..MapNode::default() }, |mut all, node| {
        all.nodes += node.nodes;
        all.machines += node.machines;
        all.owns.extend(node.owns.iter().cloned());
        all.sends = busier(all.sends, named(node.sends.clone(), node));
        all.receives = busier(all.receives, named(node.receives.clone(), node));
        all.cpu = busier(all.cpu, named(node.cpu.clone(), node));
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: usize) -> MapNode {
        let busy = if number == 5 { 0.9 } else { 0.1 };
        let load = Load { name: "smb1".into(), busy, told: format!("{busy}") };
        MapNode {
            name: format!("N{number}"),
            nodes: 1,
            machines: 2,
            owns: vec![format!("V{number}")],
            sends: Some(load),
            ..MapNode::default()
        }
    }

    fn map(nodes: usize) -> Map {
        let next = |from: usize| MapFlow { from, to: (from + 1) % nodes, bytes_per_s: Some(2.0) };
        let link = |node| MapLink { node, storage: 0, bytes_per_s: Some(1.0), load: None };
        Map {
            nodes: (0..nodes).map(node).collect(),
            links: (0..nodes).map(link).collect(),
            flows: (0..nodes).map(next).collect(),
            ..Map::default()
        }
    }

    #[test]
    fn few_nodes_stand_alone_and_many_in_groups() {
        assert_eq!(map(16).grouped(), map(16));
        let grouped = map(64).grouped();
        assert_eq!(grouped.nodes.len(), 16);
        let second = &grouped.nodes[1];
        assert_eq!((second.name.as_str(), second.nodes, second.machines), ("N4 to N7", 4, 8));
        assert_eq!(second.owns, ["V4", "V5", "V6", "V7"]);
        assert_eq!(second.sends.as_ref().unwrap().name, "N5 smb1", "the busiest speaks for all");
        // Of four flows three stay within the group and one goes to the next.
        let within = MapFlow { from: 1, to: 1, bytes_per_s: Some(6.0) };
        let onward = MapFlow { from: 1, to: 2, bytes_per_s: Some(2.0) };
        assert!(grouped.flows.contains(&within) && grouped.flows.contains(&onward));
        assert_eq!(grouped.flows.len(), 32);
        assert!(grouped.links.iter().all(|link| link.bytes_per_s == Some(4.0)));
    }

    #[test]
    fn nothing_is_lost_in_a_last_group_that_is_smaller() {
        let grouped = map(17).grouped();
        assert_eq!(grouped.nodes.len(), 9);
        assert_eq!(grouped.nodes.iter().map(|node| node.nodes).sum::<usize>(), 17);
        assert_eq!(grouped.nodes[8].name, "N16");
    }
}
