//! What SMB is told: switches of `[cluster]`, and `[multichannel]`.

use std::collections::BTreeMap;

use super::context::Context;
use super::document::{Located, Reader};
use super::names::Names;
use crate::topology::{ConnectionUse, Nic, NicId, Node, NodeId, Smb, WindowsVersion};
use crate::units::{BitRate, IdVec};

/// `Set-SmbBandwidthLimit` takes no less: 1 MiB a second.
const LEAST_LIMIT: f64 = 8.0 * 1_048_576.0;

/// A node or a group of nodes, and the interfaces it may use.
pub(super) struct Constraint {
    node: Located<String>,
    interfaces: Vec<Located<String>>,
}

/// The switches of `[cluster]`.
pub(super) fn read(reader: &mut Reader<'_, '_>, windows: WindowsVersion) -> Smb {
    let mut smb = Smb {
        multichannel: reader.or("multichannel", true),
        client_networks: reader.or("use-client-networks", windows >= WindowsVersion::W2016),
        signing: reader.or("smb-signing", windows >= WindowsVersion::W2025),
        encryption: reader.or("smb-encryption", false),
        ..Smb::default()
    };
    reader.table("smb-limits", |reader| {
        smb.live_migration_limit = limit(reader, "live-migration");
        smb.virtual_machine_limit = limit(reader, "virtual-machine");
        smb.default_limit = limit(reader, "default");
    });
    smb
}

/// What holds without `[cluster]`.
pub(super) fn defaults(windows: WindowsVersion) -> Smb {
    Smb {
        client_networks: windows >= WindowsVersion::W2016,
        signing: windows >= WindowsVersion::W2025,
        ..Smb::default()
    }
}

fn limit(reader: &mut Reader<'_, '_>, field: &str) -> Option<f64> {
    let limit = reader.optional::<BitRate>(field)?.bytes_per_sec() * 8.0;
    if limit >= LEAST_LIMIT {
        return Some(limit);
    }
    let help = "write \"1 MiB/s\" or more".to_owned();
    reader.fault_at(field, "an SMB bandwidth limit is at least 1 MiB a second", Some(help));
    None
}

/// `[multichannel]`: how connections are used, and the constraints.
pub(super) fn multichannel(root: &mut Reader<'_, '_>) -> (ConnectionUse, Vec<Constraint>) {
    let mut connections = ConnectionUse::default();
    let all = root.table("multichannel", |reader| {
        connections = reader.choice("connections", &ConnectionUse::ALL).unwrap_or_default();
        reader.table("constraints", |reader| {
            let mut all = Vec::new();
            for node in reader.keys() {
                let Some(interfaces) = reader.names(node) else { continue };
                let at = reader.span_of(node);
                let path = format!("multichannel.constraints.{node}");
                let node = Located { value: node.to_owned(), at, path };
                all.push(Constraint { node, interfaces });
            }
            all
        })
    });
    (connections, all.flatten().unwrap_or_default())
}

/// The interfaces each node may use, by name; every name must be one of the node.
pub(super) fn settle(
    context: &mut Context<'_>,
    constraints: &[Constraint],
    names: &Names,
    nodes: &IdVec<NodeId, Node>,
    nics: &IdVec<NicId, Nic>,
) -> BTreeMap<NodeId, Vec<String>> {
    let mut settled: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
    for Constraint { node, interfaces } in constraints {
        let Some(found) = names.all(context, node) else { continue };
        if interfaces.is_empty() {
            let help = "name one or more, or leave the node out".to_owned();
            context.fault(node, "no interface is left to SMB", Some(help));
        }
        for id in found.map(NodeId::from_index) {
            for interface in interfaces {
                let own: Vec<&str> = ports_called(&nodes[id], nics, &interface.value);
                if own.is_empty() {
                    let of = &nodes[id];
                    let ports = of.nics.iter().map(|&nic| nics[nic].name.as_str());
                    let all: Vec<&str> =
                        ports.chain(of.teams.iter().map(|t| t.name.as_str())).collect();
                    let problem =
                        format!("node `{}` has no port or team `{}`", of.name, interface.value);
                    let help = context.near(&interface.value, || all.iter().copied());
                    context.fault(interface, problem, help);
                    continue;
                }
                let list = settled.entry(id).or_default();
                list.extend(own.into_iter().map(str::to_lowercase));
            }
        }
    }
    settled
}

/// The ports and teams of a node called so, or that a counted entry of this name made.
fn ports_called<'n>(node: &'n Node, nics: &'n IdVec<NicId, Nic>, name: &str) -> Vec<&'n str> {
    let own = node.nics.iter().map(|&nic| nics[nic].name.as_str());
    let all = own.chain(node.teams.iter().map(|t| t.name.as_str()));
    all.filter(|own| is_called(own, name)).collect()
}

/// Whether a port is called so, or was made by a counted entry of this name.
pub(super) fn is_called(port: &str, name: &str) -> bool {
    let (port, name) = (port.to_lowercase(), name.trim().to_lowercase());
    let number = port.strip_prefix(&name).unwrap_or("x");
    number.chars().all(|c| c.is_ascii_digit())
}
