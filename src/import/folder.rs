//! The files of a folder: exports by cmdlet and node, logs, and what is neither.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::trace::TraceError;
use crate::trace::powershell::{PsDocument, PsItem};

/// Exports that are read; a file is called as its cmdlet, `.json`, `.clixml` or `.xml`.
pub(super) const CMDLETS: [&str; 36] = [
    "Get-Cluster",
    "Get-ClusterNode",
    "Get-ClusterSharedVolume",
    "Get-ClusterSharedVolumeState",
    "Get-ClusterNetwork",
    "Get-ClusterNetworkInterface",
    "Get-ClusterGroup",
    "Get-StoragePool",
    "Get-VirtualDisk",
    "Get-PhysicalDisk",
    "Get-StorageQosFlow",
    "Get-StorageQosPolicy",
    "Win32_OperatingSystem",
    "Win32_ComputerSystem",
    "Win32_Processor",
    "Win32_SCSIController",
    "MSFC_FCAdapterHBAAttributes",
    "Get-NetAdapter",
    "Get-NetAdapterRdma",
    "Get-NetAdapterRss",
    "Get-NetQosTrafficClass",
    "Get-NetQosFlowControl",
    "Get-NetLbfoTeam",
    "Get-VMSwitch",
    "Get-VMSwitchTeam",
    "Get-VMNetworkAdapter",
    "Get-SmbMultichannelConstraint",
    "Get-SmbClientNetworkInterface",
    "Get-SmbClientConfiguration",
    "Get-SmbBandwidthLimit",
    "Get-MSDSMGlobalDefaultLoadBalancePolicy",
    "Get-Disk",
    "Get-Volume",
    "Get-VM",
    "Get-VMHardDiskDrive",
    "Get-VHD",
];

/// Exports that the script makes and nothing is taken from yet.
const KEPT: [&str; 10] = [
    "Get-ClusterResource",
    "Get-ClusterOwnerNode",
    "Get-NetQosPolicy",
    "Get-SmbMultichannelConnection",
    "Get-SmbServerNetworkInterface",
    "Get-SmbServerConfiguration",
    "Get-VMHost",
    "Get-NetAdapterQos",
    "Get-ClusterFaultDomain",
    "manifest",
];

/// Files of a folder and of the folders in it; more is no export of a cluster.
const MOST_FILES: usize = 10_000;

/// One export.
#[derive(Debug)]
struct Export {
    cmdlet: &'static str,
    /// The folder it lies in, which has the name of a node; none at the top.
    node: Option<String>,
    document: PsDocument,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// As the user wrote it.
    pub(super) name: String,
    exports: Vec<Export>,
    /// Sub-folders, which are nodes.
    pub(super) nodes: Vec<String>,
    /// Files that are no export.
    pub(super) unused: Vec<String>,
    /// Logs of performance counters.
    pub(super) logs: Vec<PathBuf>,
}

/// An object of an export, and the node whose folder it lies in, or that it names itself.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    pub(super) node: Option<String>,
    pub(super) item: PsItem<'a>,
}

impl Folder {
    /// Reads every export of a folder and of the folders in it.
    pub(super) fn read(path: &Path, faults: &mut Diagnostics) -> Self {
        let mut folder = Self { name: path.display().to_string(), ..Self::default() };
        for (name, found) in entries(path, faults) {
            if found.is_dir() {
                for (file, found) in entries(&found, faults) {
                    folder.add(&file, &found, Some(&name), faults);
                }
                folder.nodes.push(name);
            } else {
                folder.add(&name, &found, None, faults);
            }
        }
        folder
    }

    fn add(&mut self, name: &str, path: &Path, node: Option<&str>, faults: &mut Diagnostics) {
        let shown = path.display().to_string();
        let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
        let end = end.to_ascii_lowercase();
        let is = |have: &&&'static str| have.eq_ignore_ascii_case(stem);
        if !["json", "clixml", "xml"].contains(&end.as_str()) {
            if end == "csv" {
                self.logs.push(path.to_owned());
            } else {
                self.unused.push(shown);
            }
            return;
        }
        let Some(cmdlet) = CMDLETS.iter().find(is) else {
            if !KEPT.iter().any(|have| have.eq_ignore_ascii_case(stem)) {
                self.unused.push(shown);
            }
            return;
        };
        let document = match File::open(path) {
            Ok(file) => PsDocument::read(&shown, file),
            Err(source) => Err(TraceError::Io { file: shown, line: 1, source }),
        };
        match document {
            Ok(document) => {
                self.exports.push(Export { cmdlet, node: node.map(str::to_owned), document });
            }
            Err(error) => tell(error, faults),
        }
    }

    /// The objects of a cmdlet, node after node.
    pub(super) fn rows(&self, cmdlet: &str) -> Vec<Row<'_>> {
        let of = self.exports.iter().filter(|export| export.cmdlet == cmdlet);
        let rows = of.flat_map(|export| {
            export.document.items().map(|item| {
                let own = || {
                    ["PSComputerName", "ComputerName", "CSName", "SystemName"]
                        .iter()
                        .find_map(|field| item.text(field).ok().flatten())
                };
                let node = export.node.clone().or_else(own);
                Row { node, item }
            })
        });
        rows.collect()
    }

    /// Whether an export of a cmdlet is there, with objects or without.
    pub(super) fn has(&self, cmdlet: &str) -> bool {
        self.exports.iter().any(|export| export.cmdlet == cmdlet)
    }

    /// Whether there is any export.
    pub(super) fn is_empty(&self) -> bool {
        self.exports.is_empty()
    }
}

/// The entries of a folder in order of their names.
fn entries(path: &Path, faults: &mut Diagnostics) -> Vec<(String, PathBuf)> {
    let mut fault = |problem: String, help: &str| {
        let file = SourceFile::new(path.display().to_string(), "");
        faults.push(Diagnostic::of_file(file, problem).with_help(help));
    };
    let found = match fs::read_dir(path) {
        Ok(found) => found,
        Err(error) => {
            fault(format!("cannot be listed: {error}"), "name the folder of the exports");
            return Vec::new();
        }
    };
    let mut all = Vec::new();
    for entry in found.take(MOST_FILES + 1) {
        match entry {
            Ok(entry) => {
                all.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
            }
            Err(error) => fault(format!("cannot be listed: {error}"), "look at the folder"),
        }
    }
    if all.len() > MOST_FILES {
        let problem = format!("there are more than {MOST_FILES} files");
        fault(problem, "name the folder of the exports, and keep other files out of it");
        return Vec::new();
    }
    all.sort();
    all
}

/// Every fault of a file.
fn tell(error: TraceError, faults: &mut Diagnostics) {
    let of = |file: &str, problem: String| Diagnostic::of_file(SourceFile::new(file, ""), problem);
    match error {
        TraceError::Faults { file, faults: all, more } => {
            for fault in all {
                let place = match fault.column {
                    Some(column) => format!("line {}, column {column}", fault.line),
                    None => format!("line {}", fault.line),
                };
                let problem = format!("{place}: {}", fault.problem);
                faults.push(of(&file, problem).with_help(fault.help));
            }
            if more > 0 {
                faults.push(of(&file, format!("and {more} more faults")));
            }
        }
        TraceError::Io { file, source, .. } => {
            faults.push(of(&file, format!("cannot be read: {source}")));
        }
    }
}
