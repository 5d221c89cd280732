//! `[nodes.<name>.hbas]`: host bus adapters, the iSCSI initiator, and ports without a path.

use super::context::Context;
use super::document::{Located, Reader};
use super::models::Family;
use super::names::Names;
use super::nodes::MOST_PORTS;
use super::parameters::Used;
use crate::topology::{Hba, NicId, StorageId};

/// An adapter as written.
pub(super) struct HbaDraft {
    pub(super) model: String,
    pub(super) storage: Option<Located<String>>,
    pub(super) ports: u32,
    /// Positions among the ports of network adapters that an iSCSI initiator uses.
    pub(super) nics: Vec<usize>,
    /// Ports without a path, by the node of this entry.
    pub(super) lost: Vec<(Located<String>, u32)>,
}

/// A host bus adapter; with `nics` it is the iSCSI initiator of Windows.
pub(super) fn hba(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    used: &mut Used,
    ports: &Names,
) -> HbaDraft {
    let initiator = reader.has("nics");
    let nics = if initiator { reader.names("nics") } else { None };
    let nics = nics.and_then(|names| ports.each(context, &names)).unwrap_or_default();
    if initiator && reader.raw("model").is_some() {
        let help = "leave out `model` for the iSCSI initiator of Windows".to_owned();
        reader.fault_at("model", "an adapter does not use ports of another", Some(help));
    }
    let model = if initiator { None } else { context.model(reader, "model", Family::Hbas) };
    let storage = reader.required("storage");
    let most = if initiator {
        nics.len() as u64
    } else {
        let of_model = model.as_ref().map_or(MOST_PORTS as f64, |(_, m)| m.number("ports"));
        of_model.clamp(1.0, MOST_PORTS as f64) as u64
    };
    let count = if initiator { most } else { reader.count("ports", 1..=most).unwrap_or(most) };
    let model = model.map(|(model, _)| model).unwrap_or_default();
    if !initiator {
        used.add(Family::Hbas, &model);
    }
    let lost = reader.table("lost", |reader| {
        let mut lost = Vec::new();
        for node in reader.keys() {
            let number = reader.count(node, 1..=count.max(1)).unwrap_or(1);
            let path = format!("{}.{node}", reader.path());
            let name = Located { value: node.to_owned(), at: reader.span_of(node), path };
            lost.push((name, u32::try_from(number).unwrap_or(1)));
        }
        lost
    });
    let ports = u32::try_from(count).unwrap_or(1);
    HbaDraft { model, storage, ports, nics, lost: lost.unwrap_or_default() }
}

/// Every node that has lost a port must be of the entry that says so.
pub(super) fn check_lost(context: &mut Context<'_>, names: &[String], hbas: &[HbaDraft]) {
    for (node, _) in hbas.iter().flat_map(|hba| &hba.lost) {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(node.value.trim())) {
            let problem = format!("there is no node `{}` here", node.value);
            let help = format!("there is {}", names.join(", "));
            context.fault(node, problem, Some(help));
        }
    }
}

/// The adapters of one node: what it lost has no path. `first` is its first network port.
pub(super) fn hbas_of(
    hbas: &[HbaDraft],
    node: &str,
    plugged: &[(usize, StorageId)],
    first: usize,
) -> Vec<Hba> {
    let of = |&(position, storage): &(usize, StorageId)| {
        let draft = &hbas[position];
        let named = |name: &Located<String>| name.value.trim().eq_ignore_ascii_case(node);
        let lost = draft.lost.iter().find(|(name, _)| named(name)).map_or(0, |(_, n)| *n);
        let ports = draft.ports.saturating_sub(lost);
        let nics = draft.nics.iter().take(ports as usize);
        let nics = nics.map(|nic| NicId::from_index(first + nic)).collect();
        Hba { model: draft.model.clone(), storage, ports, nics }
    };
    plugged.iter().map(of).collect()
}
