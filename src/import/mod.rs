//! From a folder of exports to a scenario: what the cluster is, and what had to be assumed.
//!
//! `csvnet collect-script` prints the script that makes such a folder; any part of it will do. A
//! file is called as the cmdlet it is of, and lies in a folder called as its node where the cmdlet
//! was asked of a node. What contradicts itself is refused, all of it at once; what is not told is
//! assumed, and every assumption stands at the top of the scenario.

mod adapters;
mod cpus;
mod draft;
mod enums;
mod folder;
mod loads;
mod networks;
mod nodes;
mod reading;
mod script;
mod settings;
mod storage;
mod teams;
mod vms;
mod volumes;
mod write;

use std::path::{Path, PathBuf};

use crate::cluster::compile;
use crate::diagnostic::Diagnostics;
use crate::scenario::document::MemoryFiles;
use crate::scenario::load;
use draft::{Disk, Draft, Vm};
use folder::Folder;
use reading::Reading;

pub use loads::{Load, Loads, Measured};
pub use reading::Assumed;
pub use script::collect_script;

/// A scenario made of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The scenario as TOML, its assumptions as remarks at the top.
    pub scenario: String,
    /// What was assumed or left out, in the order in which it came up.
    pub assumed: Vec<Assumed>,
    /// Files that are no export of a cmdlet that is known.
    pub unused: Vec<String>,
    /// Nodes, volumes, virtual machines and workloads.
    pub counts: [usize; 4],
}

/// Logs of performance counters in a folder, from which to make [`Loads`].
///
/// # Errors
/// When the folder cannot be listed.
pub fn logs(path: &Path) -> Result<Vec<PathBuf>, Diagnostics> {
    let mut faults = Diagnostics::new();
    let folder = Folder::read(path, &mut faults);
    if folder.is_empty() && !faults.is_empty() { Err(faults) } else { Ok(folder.logs) }
}

/// Makes a scenario of a folder, and checks it as `csvnet check` would.
///
/// # Errors
/// Everything that cannot be read or contradicts itself; or, of a folder that is sound in itself,
/// why the scenario made of it cannot be modelled.
pub fn import(path: &Path, loads: &Loads) -> Result<Imported, Diagnostics> {
    let mut faults = Diagnostics::new();
    let folder = Folder::read(path, &mut faults);
    let mut reading = Reading { folder: &folder, faults, assumed: Vec::new() };
    if folder.is_empty() {
        if reading.faults.is_empty() {
            let help = "name the folder of the script that csvnet collect-script prints; files \
                        are called as their cmdlets, such as Get-ClusterNode.json";
            reading.fault_of_folder("there is no export in this folder", help);
        }
        return Err(reading.faults);
    }
    let draft = draft(&mut reading, loads);
    let Reading { faults, assumed, .. } = reading;
    let draft = faults.into_result(draft)?;
    let scenario = write::text(&draft, &assumed, &folder.name);
    check(&scenario)?;
    let counts = [draft.nodes.len(), draft.volumes.len(), draft.vms.len(), draft.workloads.len()];
    Ok(Imported { scenario, assumed, unused: folder.unused.clone(), counts })
}

fn draft(reading: &mut Reading<'_>, loads: &Loads) -> Draft {
    let members = nodes::members(reading);
    let windows = nodes::windows(reading, &members);
    let mut draft = Draft { windows, ..Draft::default() };
    settings::read(reading, &mut draft);
    nodes::read(reading, &members, &mut draft);
    networks::read(reading, &members, &mut draft);
    settings::constraints(reading, &members, &mut draft);
    let known = volumes::read(reading, &members);
    storage::read(reading, &known, &mut draft);
    volumes::build(reading, &known, &mut draft);
    if known.is_empty() {
        let help = "export Get-ClusterSharedVolume or Get-ClusterSharedVolumeState";
        reading.fault_of_folder("no export tells a cluster shared volume", help);
        return draft;
    }
    vms::read(reading, &members, &known, &mut draft);
    if draft.vms.is_empty() {
        made_up(reading, &mut draft);
    }
    if loads.is_empty() && !reading.folder.logs.is_empty() {
        let names: Vec<String> =
            reading.folder.logs.iter().map(|path| format!("`{}`", path.display())).collect();
        let what = format!("nothing of {}", names.join(" and "));
        reading.assume(what, "it has no counter of a volume or a virtual disk of this cluster");
    }
    loads::build(reading, loads, &mut draft);
    draft
}

/// A machine on each node with a disk on each volume, where no machine is known.
fn made_up(reading: &mut Reading<'_>, draft: &mut Draft) {
    const MOST_DISKS: usize = 256;
    for node in &draft.nodes {
        let disk = |volume: &draft::Volume| Disk {
            name: volume.name.clone(),
            volume: volume.name.clone(),
            ..Disk::default()
        };
        draft.vms.push(Vm {
            name: format!("load on {}", node.name),
            node: node.name.clone(),
            vcpus: 4,
            disks: draft.volumes.iter().take(MOST_DISKS).map(disk).collect(),
        });
    }
    let what = "each node has one machine with a disk on each volume";
    reading.assume(what, "no machine with a disk on a volume was exported");
}

/// Whether the scenario can be modelled.
fn check(text: &str) -> Result<(), Diagnostics> {
    use crate::diagnostic::{Diagnostic, SourceFile};
    const NAME: &str = "the scenario made of this folder";
    let files = MemoryFiles::new().with(NAME, text);
    let loaded = load(Path::new(NAME), &files, &[], &[])?;
    for variant in loaded.variants {
        let scenario = variant.scenario;
        let parameters = scenario.parameters.clone().freeze();
        if let Err(error) = compile(&scenario.cluster, &scenario.workloads, &parameters) {
            let fault = Diagnostic::of_file(SourceFile::new(NAME, ""), error.to_string());
            return Err(fault.with_help("export what is missing, or what changed since").into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
