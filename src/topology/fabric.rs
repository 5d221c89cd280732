//! The connections as a graph.

use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::Dfs;

use super::{Cluster, NetworkId, NodeId, StorageId, StorageKind};
use crate::units::IdVec;

/// A vertex of the fabric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vertex {
    /// A node.
    Node(NodeId),
    /// A network.
    Network(NetworkId),
    /// A storage system.
    Storage(StorageId),
}

/// Which nodes reach which networks and which storage.
#[derive(Clone, Debug)]
pub struct Fabric {
    graph: UnGraph<Vertex, ()>,
    nodes: IdVec<NodeId, NodeIndex>,
    networks: IdVec<NetworkId, NodeIndex>,
    storages: IdVec<StorageId, NodeIndex>,
}

impl Fabric {
    /// The fabric of a cluster.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Self {
        let mut graph = UnGraph::default();
        let nodes: IdVec<NodeId, _> =
            IdVec::from_vec(cluster.nodes.ids().map(|n| graph.add_node(Vertex::Node(n))).collect());
        let networks: IdVec<NetworkId, _> = IdVec::from_vec(
            cluster.networks.ids().map(|n| graph.add_node(Vertex::Network(n))).collect(),
        );
        let storages: IdVec<StorageId, _> = IdVec::from_vec(
            cluster.storages.ids().map(|s| graph.add_node(Vertex::Storage(s))).collect(),
        );
        for nic in &cluster.nics {
            if let Some(network) = nic.network {
                graph.update_edge(nodes[nic.node], networks[network], ());
            }
        }
        for id in cluster.nodes.ids() {
            for team in &cluster.nodes[id].teams {
                graph.update_edge(nodes[id], networks[team.network], ());
            }
            for hba in &cluster.nodes[id].hbas {
                if hba.ports > 0 {
                    graph.update_edge(nodes[id], storages[hba.storage], ());
                }
            }
        }
        for id in cluster.storages.ids() {
            let storage = &cluster.storages[id];
            if let (StorageKind::Device, Some(node)) = (storage.kind, storage.node) {
                graph.update_edge(nodes[node], storages[id], ());
            }
            for &node in &storage.nodes {
                graph.update_edge(nodes[node], storages[id], ());
            }
        }
        Self { graph, nodes, networks, storages }
    }

    /// Whether a node has a path of its own to a storage system.
    #[must_use]
    pub fn reaches_storage(&self, node: NodeId, storage: StorageId) -> bool {
        self.graph.contains_edge(self.nodes[node], self.storages[storage])
    }

    /// The networks that join two nodes.
    pub fn joining(&self, a: NodeId, b: NodeId) -> impl Iterator<Item = NetworkId> + '_ {
        (0..self.networks.len()).map(NetworkId::from_index).filter(move |&n| {
            let network = self.networks[n];
            self.graph.contains_edge(self.nodes[a], network)
                && self.graph.contains_edge(self.nodes[b], network)
        })
    }

    /// The nodes that no network joins, directly or through others, to the first node.
    #[must_use]
    pub fn cut_off(&self) -> Vec<NodeId> {
        let Some(first) = self.nodes.iter().next() else { return Vec::new() };
        // Storage does not carry cluster traffic, so it must not join nodes here.
        let networks_only = petgraph::visit::NodeFiltered::from_fn(&self.graph, |v| {
            !matches!(self.graph[v], Vertex::Storage(_))
        });
        let mut reached = vec![false; self.graph.node_count()];
        let mut search = Dfs::new(&networks_only, *first);
        while let Some(v) = search.next(&networks_only) {
            reached[v.index()] = true;
        }
        self.nodes.ids().filter(|&n| !reached[self.nodes[n].index()]).collect()
    }
}
