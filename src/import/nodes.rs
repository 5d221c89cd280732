//! Nodes: which there are, which take part, their Windows and their memory.

use super::draft::{Draft, Node};
use super::enums::NODE_STATE;
use super::reading::{Reading, list, same, short};
use crate::topology::WindowsVersion;

/// First builds of the versions.
const BUILDS: [(u64, WindowsVersion); 6] = [
    (9_200, WindowsVersion::W2012),
    (9_600, WindowsVersion::W2012R2),
    (14_393, WindowsVersion::W2016),
    (17_763, WindowsVersion::W2019),
    (20_348, WindowsVersion::W2022),
    (26_100, WindowsVersion::W2025),
];

/// Names of nodes: those that take part, and those that are away.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) up: Vec<String>,
    pub(super) away: Vec<String>,
}

/// What a name stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Member {
    Up(String),
    Away,
    Unknown,
}

impl Members {
    /// A node by its name, with a domain or without.
    pub(super) fn find(&self, name: &str) -> Member {
        let is = |node: &&String| same(node, name) || same(short(node), short(name));
        match self.up.iter().find(is) {
            Some(node) => Member::Up(node.clone()),
            None if self.away.iter().any(|node| is(&node)) => Member::Away,
            None => Member::Unknown,
        }
    }

    /// The same where only those that take part matter.
    pub(super) fn up(&self, name: Option<&String>) -> Option<String> {
        match self.find(name?) {
            Member::Up(node) => Some(node),
            _ => None,
        }
    }

    /// How a fault names them.
    pub(super) fn help(&self) -> String {
        format!("the nodes are {}; export all at the same time", list(&self.up))
    }
}

pub(super) fn members(reading: &mut Reading<'_>) -> Members {
    let mut members = Members::default();
    for row in reading.rows("Get-ClusterNode") {
        let name = row.item.text("Name");
        let name = reading.take(name).or_else(|| reading.take(row.item.text("NodeName")));
        let state = reading.take(row.item.enum_of("State", &NODE_STATE));
        let Some(name) = name else { continue };
        if members.find(&name) != Member::Unknown {
            continue;
        }
        match state.unwrap_or(0) {
            1 | 3 => {
                let word = NODE_STATE.word(state.unwrap_or(1)).unwrap_or("Down");
                let what = format!("node `{name}` is left out");
                reading.assume(what, format!("it is {word}"));
                members.away.push(name);
                continue;
            }
            2 => {
                let what = format!("node `{name}` takes part as it is");
                reading.assume(what, "it is Paused, which keeps roles away but not I/O");
            }
            -1 => {
                let what = format!("node `{name}` takes part");
                reading.assume(what, "its state is Unknown");
            }
            _ => {}
        }
        members.up.push(name);
    }
    if reading.folder.has("Get-ClusterNode") {
        if members.up.is_empty() && reading.faults.is_empty() {
            reading.fault_of_folder("no node is Up in Get-ClusterNode", "export a running cluster");
        }
        return members;
    }
    named_elsewhere(reading, &mut members);
    members
}

/// Without a list of nodes, those that other exports name.
fn named_elsewhere(reading: &mut Reading<'_>, members: &mut Members) {
    let mut names: Vec<String> = reading.folder.nodes.clone();
    for (cmdlet, field) in [
        ("Get-ClusterSharedVolumeState", "Node"),
        ("Get-ClusterNetworkInterface", "Node"),
        ("Get-ClusterSharedVolume", "OwnerNode"),
        ("Get-VM", "ComputerName"),
        ("Win32_OperatingSystem", "CSName"),
    ] {
        for row in reading.rows(cmdlet) {
            names.extend(reading.take(row.item.name_of(field)));
        }
    }
    for name in names {
        if members.find(&name) == Member::Unknown {
            members.up.push(name);
        }
    }
    members.up.sort();
    if members.up.is_empty() {
        let help = "export Get-ClusterNode, or Get-ClusterSharedVolumeState";
        reading.fault_of_folder("no export names a node", help);
        return;
    }
    let what = format!("the nodes are {}", list(&members.up));
    reading.assume(what, "these are named, and Get-ClusterNode was not exported");
}

/// The Windows of the cluster: that of its oldest node.
pub(super) fn windows(reading: &mut Reading<'_>, members: &Members) -> WindowsVersion {
    let mut builds: Vec<(String, u64)> = Vec::new();
    for (cmdlet, field) in
        [("Win32_OperatingSystem", "BuildNumber"), ("Get-ClusterNode", "BuildNumber")]
    {
        for row in reading.rows(cmdlet) {
            let name = if cmdlet == "Get-ClusterNode" {
                reading.take(row.item.text("Name"))
            } else {
                row.node.clone()
            };
            // A text in one of them, a number in the other.
            let build = match row.item.text(field) {
                Ok(Some(text)) => text.parse().ok(),
                _ => reading.take(row.item.bytes(field)),
            };
            let name =
                members.up(name.as_ref()).or(if cmdlet == "Get-ClusterNode" { None } else { name });
            if let (Some(name), Some(build)) = (name, build.filter(|build| *build > 0))
                && !builds.iter().any(|(have, _)| same(have, &name))
            {
                builds.push((name, build));
            }
        }
        if !builds.is_empty() {
            break;
        }
    }
    if let Some((_, oldest)) = builds.iter().min_by_key(|(_, build)| *build) {
        let version = BUILDS.iter().rev().find(|(build, _)| build <= oldest);
        let version = version.map_or(WindowsVersion::W2012, |(_, version)| *version);
        if !BUILDS.iter().any(|(build, _)| build == oldest) {
            let what = format!("the cluster is as Windows Server {}", version.name());
            reading
                .assume(what, format!("build {oldest} is none of a Windows Server with desktop"));
        }
        if builds.iter().any(|(_, build)| build != oldest) {
            let what = format!("the cluster is as Windows Server {}", version.name());
            reading.assume(what, format!("its nodes differ, and the oldest has build {oldest}"));
        }
        return version;
    }
    let level = reading
        .rows("Get-Cluster")
        .first()
        .and_then(|row| reading.take(row.item.bytes("ClusterFunctionalLevel")));
    let version = match level {
        Some(8) => WindowsVersion::W2012R2,
        Some(9) => WindowsVersion::W2016,
        Some(10) => WindowsVersion::W2019,
        Some(11) => WindowsVersion::W2022,
        Some(12..) => WindowsVersion::W2025,
        _ => WindowsVersion::default(),
    };
    let because = match level {
        Some(level) => {
            format!("the cluster has functional level {level}, and no build was exported")
        }
        None => "neither a build nor a functional level was exported".to_owned(),
    };
    reading.assume(format!("the cluster is as Windows Server {}", version.name()), because);
    version
}

/// Nodes with their processors and their memory.
pub(super) fn read(reading: &mut Reading<'_>, members: &Members, draft: &mut Draft) {
    for name in &members.up {
        draft.nodes.push(Node { name: name.clone(), ..Node::default() });
    }
    for row in reading.rows("Win32_ComputerSystem") {
        let name = row.node.clone().or_else(|| reading.take(row.item.text("Name")));
        let memory = reading.take(row.item.bytes("TotalPhysicalMemory"));
        let Some(name) = members.up(name.as_ref()) else { continue };
        if let Some(node) = draft.nodes.iter_mut().find(|node| node.name == name) {
            node.memory = memory.filter(|memory| *memory > 0);
        }
    }
    super::cpus::read(reading, members, draft);
}
