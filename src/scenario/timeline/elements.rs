//! What can fail: nodes, ports, switches, paths, controllers, drives.

use super::World;
use crate::scenario::context::Context;
use crate::scenario::document::{Located, Reader};
use crate::scenario::smb::is_called;
use crate::schedule::Element;
use crate::topology::{NetworkId, NicId, NodeId, StorageId, StorageKind};

/// More of anything than one storage system has.
const MOST: u64 = 65_536;

/// What fails, as written.
pub(super) enum ElementDraft {
    Nodes(Vec<Located<String>>),
    Nics(Vec<Located<String>>, Located<String>),
    Networks(Vec<Located<String>>),
    Paths(Vec<Located<String>>, Located<String>, Option<Located<u32>>),
    Controllers(Located<String>, Located<u32>),
    Drives(Vec<Located<String>>, Located<String>, Located<u32>),
}

/// A number of parts with its place.
fn parts(reader: &mut Reader<'_, '_>, field: &str) -> Option<Located<u32>> {
    let value = u32::try_from(reader.count(field, 1..=MOST)?).ok()?;
    Some(Located { value, at: reader.span_of(field), path: format!("{}.{field}", reader.path()) })
}

impl ElementDraft {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Option<Self> {
        let fields = ["node", "nic", "network", "storage", "ports", "controllers", "drives"];
        let stated = fields.map(|field| reader.raw(field).is_some());
        let nodes = reader.names("node");
        let nic = reader.name("nic");
        let networks = reader.names("network");
        let storage = reader.name("storage");
        let [ports, controllers, drives] =
            ["ports", "controllers", "drives"].map(|field| parts(reader, field));
        match stated {
            [true, false, false, false, false, false, false] => Some(Self::Nodes(nodes?)),
            [true, true, false, false, false, false, false] => Some(Self::Nics(nodes?, nic?)),
            [false, false, true, false, false, false, false] => Some(Self::Networks(networks?)),
            [true, false, false, true, some, false, false] => {
                let ports = if some { Some(ports?) } else { None };
                Some(Self::Paths(nodes?, storage?, ports))
            }
            [false, false, false, true, false, true, false] => {
                Some(Self::Controllers(storage?, controllers?))
            }
            [true, false, false, true, false, false, true] => {
                Some(Self::Drives(nodes?, storage?, drives?))
            }
            _ => {
                let help = "write node; node and nic; network; node and storage, with ports where \
                            it is some of them; storage and controllers; or node, storage and \
                            drives";
                reader.fault("nothing tells what it is", Some(help.to_owned()));
                None
            }
        }
    }

    /// The elements, each with what reports call it.
    pub(super) fn settle(
        &self,
        context: &mut Context<'_>,
        world: &World<'_>,
    ) -> Vec<(String, Element)> {
        let mut all = Vec::new();
        match self {
            Self::Nodes(nodes) => {
                let nodes = world.nodes(context, nodes);
                all.extend(nodes.into_iter().map(|n| (world.node(n), Element::Node(n))));
            }
            Self::Nics(nodes, nic) => {
                for node in world.nodes(context, nodes) {
                    let ports = nics(context, world, node, nic).into_iter();
                    all.extend(ports.map(|(name, nic)| (name, Element::Nic(nic))));
                }
            }
            Self::Networks(networks) => {
                for network in world.networks.each(context, networks).unwrap_or_default() {
                    let id = NetworkId::from_index(network);
                    all.push((world.networks.called(network).to_owned(), Element::Network(id)));
                }
            }
            Self::Paths(nodes, storage, ports) => {
                let (nodes, id) = (world.nodes(context, nodes), world.storage(context, storage));
                let Some(id) = id else { return all };
                for node in nodes {
                    let Some(have) = paths(context, world, node, id, storage) else { break };
                    let name =
                        format!("{} to {}", world.node(node), world.storages.called(id.index()));
                    match ports {
                        None => all.push((name, Element::Paths(node, id))),
                        Some(ports) if ports.value > have => {
                            let problem =
                                format!("node `{}` has {have} ports to it", world.node(node));
                            context.fault(ports, problem, None);
                            break;
                        }
                        Some(ports) => {
                            let name = format!("{} ports of {name}", ports.value);
                            all.push((name, Element::AdapterPorts(node, id, ports.value)));
                        }
                    }
                }
            }
            Self::Controllers(storage, number) => {
                let Some(id) = world.storage(context, storage) else { return all };
                let there = world.number(id, "controllers");
                if world.kind(id) != Some(StorageKind::Array) {
                    let problem = format!("storage `{}` has no controllers", storage.value);
                    context.fault(storage, problem, Some("name an array".to_owned()));
                } else if number.value >= there {
                    let problem = format!("storage `{}` has {there} controllers", storage.value);
                    let help = "one must be left; without any, all paths of all nodes fail";
                    context.fault(number, problem, Some(help.to_owned()));
                }
                let name = format!("{} controllers of {}", number.value, storage.value.trim());
                all.push((name, Element::Controllers(id, number.value)));
            }
            Self::Drives(nodes, storage, number) => {
                let (nodes, id) = (world.nodes(context, nodes), world.storage(context, storage));
                let Some(id) = id else { return all };
                if world.kind(id) != Some(StorageKind::SpacesDirect) {
                    let problem =
                        format!("the drives of storage `{}` are in no node", storage.value);
                    let help = "name a pool of Storage Spaces Direct".to_owned();
                    context.fault(storage, problem, Some(help));
                    return all;
                }
                let there = world.number(id, "capacity-drives");
                if number.value >= there {
                    let problem = format!("a node has {there} capacity drives in it");
                    let help = "one must be left; without any, the node itself fails".to_owned();
                    context.fault(number, problem, Some(help));
                }
                for node in nodes {
                    if !world.pool(id).contains(&node) {
                        let name = world.node(node);
                        let problem = format!("node `{name}` has no drives in `{}`", storage.value);
                        context.fault(storage, problem, None);
                        break;
                    }
                    let name = format!("{} drives of {}", number.value, world.node(node));
                    all.push((name, Element::Drives(node, id, number.value)));
                }
            }
        }
        all
    }
}

/// The ports of a node that are called so.
fn nics(
    context: &mut Context<'_>,
    world: &World<'_>,
    node: NodeId,
    name: &Located<String>,
) -> Vec<(String, NicId)> {
    let Some(of) = world.reach.nodes.get(node) else { return Vec::new() };
    let shown = |nic: NicId| world.nics.get(nic).map_or("", |nic| nic.name.as_str());
    let called: Vec<NicId> =
        of.nics.iter().copied().filter(|nic| is_called(shown(*nic), &name.value)).collect();
    if called.is_empty() {
        let problem = format!("node `{}` has no port `{}`", of.name, name.value);
        let help = context.near(&name.value, || of.nics.iter().map(|nic| shown(*nic)));
        context.fault(name, problem, help);
    }
    called.into_iter().map(|nic| (format!("{}/{}", of.name, shown(nic)), nic)).collect()
}

/// The ports of a node to a storage system; a fault where it has none.
fn paths(
    context: &mut Context<'_>,
    world: &World<'_>,
    node: NodeId,
    storage: StorageId,
    at: &Located<String>,
) -> Option<u32> {
    let of = world.reach.nodes.get(node)?;
    let have: u32 = of.hbas.iter().filter(|hba| hba.storage == storage).map(|hba| hba.ports).sum();
    if have == 0 && !world.reach.unsure.get(node.index()).copied().unwrap_or(false) {
        let problem = format!("node `{}` has no adapter to storage `{}`", of.name, at.value);
        let help = match world.kind(storage) {
            Some(StorageKind::SpacesDirect | StorageKind::Device) => {
                "its drives are in the nodes; let the node or some `drives` fail"
            }
            _ => "name a node with an adapter in [nodes.<name>.hbas]",
        };
        context.fault(at, problem, Some(help.to_owned()));
        return None;
    }
    Some(have)
}
