//! Cluster shared volumes: owner, file system, and the state each node has of them.

use super::draft::{Draft, Volume};
use super::enums::{
    BIT_LOCKER, BLOCK_REASON, FILE_FILTER, FILE_REASON, NO_PATH, REFS, REPLICATED, SPACE,
    STATE_INFO, TIERING, USER_REQUEST, VOLUME_FILTER,
};
use super::folder::Row;
use super::nodes::{Member, Members};
use super::reading::{Reading, list, same};
use crate::topology::WindowsVersion;

/// A volume as the cluster tells it.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The cluster resource, such as `Cluster Virtual Disk (Volume1)`.
    pub(super) resource: String,
    /// In the scenario: the folder of the mount point, or the resource.
    pub(super) name: String,
    /// `C:\ClusterStorage\Volume1`.
    pub(super) mount: Option<String>,
    /// `\\?\Volume{...}\`.
    pub(super) guid: Option<String>,
    owner: Option<String>,
    refs: Option<bool>,
    redirected: bool,
    states: Vec<State>,
}

/// The state of a volume on a node.
#[derive(Debug)]
struct State {
    node: String,
    info: i64,
    file: i64,
    block: i64,
}

const DIRECT: i64 = 2;
const BLOCK: i64 = 4;

impl Known {
    fn any(&self, flag: i64) -> bool {
        self.states.iter().any(|state| state.file & flag != 0)
    }

    /// Whether a node has no storage space attached: the volume lies on storage spaces.
    pub(super) fn on_spaces(&self) -> bool {
        self.states.iter().any(|state| state.block & SPACE != 0)
    }

    /// A path of this volume.
    pub(super) fn holds(&self, path: &str) -> Option<usize> {
        let path = path.to_lowercase();
        [&self.mount, &self.guid].into_iter().flatten().find_map(|root| {
            let root = root.trim_end_matches('\\').to_lowercase();
            let rest = path.strip_prefix(root.as_str())?;
            (!root.is_empty() && rest.starts_with('\\')).then_some(root.len())
        })
    }
}

/// Reads the volumes, with every contradiction a fault.
pub(super) fn read(reading: &mut Reading<'_>, members: &Members) -> Vec<Known> {
    let mut known = Vec::new();
    for row in reading.rows("Get-ClusterSharedVolume") {
        shared_volume(reading, members, &row, &mut known);
    }
    for row in reading.rows("Get-ClusterSharedVolumeState") {
        state(reading, members, &row, &mut known);
    }
    file_systems(reading, &mut known);
    // Two resources may be mounted under folders of one name only by renaming; then both go by
    // their resource.
    let names: Vec<String> = known.iter().map(|volume| volume.name.clone()).collect();
    for volume in &mut known {
        if names.iter().filter(|name| same(name, &volume.name)).count() > 1 {
            volume.name.clone_from(&volume.resource);
        }
    }
    known
}

fn shared_volume(
    reading: &mut Reading<'_>,
    members: &Members,
    row: &Row<'_>,
    known: &mut Vec<Known>,
) {
    let Some(resource) = reading.take(row.item.text("Name")) else { return };
    if known.iter().any(|have| have.resource == resource) {
        return;
    }
    let owner = reading.take(row.item.name_of("OwnerNode"));
    let owner = owner.and_then(|owner| match members.find(&owner) {
        Member::Up(node) => Some(node),
        Member::Away => {
            let problem = format!("its owner `{owner}` is a node that is not up");
            reading.fault(row, problem, "export all at the same time");
            None
        }
        Member::Unknown => {
            let help = members.help();
            reading.fault(row, format!("its owner `{owner}` is no node of the cluster"), &help);
            None
        }
    });
    let parts = reading.all(row.item.list("SharedVolumeInfo"));
    if parts.is_empty() {
        let name = resource.clone();
        known.push(Known { resource, name, owner, ..Known::default() });
        return;
    }
    for part in parts {
        let mount = reading.take(part.text("FriendlyVolumeName"));
        let redirected = reading.take(part.flag("RedirectedAccess")).unwrap_or(false);
        let partition = reading.take(part.get("Partition"));
        let (mut guid, mut refs) = (None, None);
        if let Some(partition) = partition {
            guid = reading.take(partition.text("Name"));
            refs = reading.take(partition.text("FileSystem")).and_then(|text| kind(&text));
        }
        let leaf = mount.as_ref().and_then(|path| path.rsplit('\\').find(|part| !part.is_empty()));
        known.push(Known {
            name: leaf.unwrap_or(&resource).to_owned(),
            resource: resource.clone(),
            mount,
            guid,
            owner: owner.clone(),
            refs,
            redirected,
            states: Vec::new(),
        });
    }
}

/// Whether a file system is `ReFS`, where it tells.
fn kind(text: &str) -> Option<bool> {
    let text = text.to_lowercase();
    match text.as_str() {
        "32768" => Some(false),
        "32769" => Some(true),
        text if text.contains("refs") => Some(true),
        text if text.contains("ntfs") => Some(false),
        _ => None,
    }
}

fn state(reading: &mut Reading<'_>, members: &Members, row: &Row<'_>, known: &mut Vec<Known>) {
    let info = reading.take(row.item.enum_of("StateInfo", &STATE_INFO));
    let file = reading.take(row.item.flags_of("FileSystemRedirectedIOReason", &FILE_REASON));
    let block = reading.take(row.item.flags_of("BlockRedirectedIOReason", &BLOCK_REASON));
    let resource = reading.take(row.item.text("Name"));
    let friendly = reading.take(row.item.text("VolumeFriendlyName"));
    let guid = reading.take(row.item.text("VolumeName"));
    let node = reading.take(row.item.name_of("Node"));
    let (Some(resource), Some(node)) = (resource.or_else(|| friendly.clone()), node) else {
        return;
    };
    let node = match members.find(&node) {
        Member::Up(node) => node,
        Member::Away => return,
        Member::Unknown => {
            let help = members.help();
            reading.fault(row, format!("there is no node `{node}`"), &help);
            return;
        }
    };
    let leaf = |path: &str| path.rsplit('\\').find(|p| !p.is_empty()).unwrap_or(path).to_owned();
    let name = friendly.as_deref().map(leaf);
    let is = |have: &Known| match (&have.guid, &guid) {
        (Some(a), Some(b)) => same(a, b),
        _ => have.resource == resource && name.as_ref().is_none_or(|name| same(name, &have.name)),
    };
    let at = match known.iter().position(is) {
        Some(at) => at,
        None if reading.folder.has("Get-ClusterSharedVolume") => {
            let help = "export Get-ClusterSharedVolume and its states at the same time";
            reading.fault(row, "Get-ClusterSharedVolume does not have this volume", help);
            return;
        }
        None => {
            let name = name.clone().unwrap_or_else(|| resource.clone());
            known.push(Known { resource, name, ..Known::default() });
            known.len() - 1
        }
    };
    let volume = &mut known[at];
    if volume.guid.is_none() {
        volume.guid = guid;
    }
    if volume.mount.is_none() {
        volume.mount = name.map(|name| format!("C:\\ClusterStorage\\{name}"));
    }
    if let Some(have) = volume.states.iter().find(|state| state.node == node) {
        if info.is_some_and(|info| info != have.info) {
            reading.fault(row, "the same volume has another state on this node", "export it once");
        }
        return;
    }
    let (file, block) = (file.unwrap_or(0), block.unwrap_or(0));
    volume.states.push(State { node, info: info.unwrap_or(DIRECT), file, block });
}

/// What `Get-Volume` tells of the file systems.
fn file_systems(reading: &mut Reading<'_>, known: &mut [Known]) {
    for row in reading.rows("Get-Volume") {
        let path = reading.take(row.item.text("Path"));
        let path = path.or_else(|| row.item.text("UniqueId").ok().flatten());
        let label = row.item.text("FileSystemLabel").ok().flatten();
        let of_type = match row.item.bytes("FileSystemType") {
            Ok(Some(number)) => kind(&number.to_string()),
            _ => row.item.text("FileSystemType").ok().flatten().and_then(|text| kind(&text)),
        };
        let of_text = row.item.text("FileSystem").ok().flatten().and_then(|text| kind(&text));
        let Some(refs) = of_type.or(of_text) else { continue };
        for volume in known.iter_mut().filter(|volume| volume.refs.is_none()) {
            let by_path = volume.guid.iter().zip(&path).any(|(a, b)| same(a, b));
            let by_label =
                volume.guid.is_none() && label.as_ref().is_some_and(|l| same(l, &volume.name));
            if by_path || by_label {
                volume.refs = Some(refs);
            }
        }
    }
}

/// Writes the volumes into the draft, on the storage that is there.
pub(super) fn build(reading: &mut Reading<'_>, known: &[Known], draft: &mut Draft) {
    let kind = draft.storage.as_ref().map_or("", |storage| storage.kind);
    let fast = draft.storage.as_ref().is_some_and(|storage| {
        storage.drives.map_or(storage.model.contains("nvme-"), |[fast, _]| fast > 0)
    });
    let spaces = kind != "array";
    for volume in known {
        let name = &volume.name;
        let refs = refs(reading, volume, kind, draft.windows);
        let owner = volume.owner.clone().or_else(|| owner(reading, volume));
        let mut lost = Vec::new();
        for state in volume.states.iter().filter(|state| state.block & NO_PATH != 0) {
            if owner.as_ref() == Some(&state.node) {
                let what = format!("`{}` has its path to `{name}`", state.node);
                reading.assume(what, "it owns the volume, whose state tells otherwise");
            } else {
                lost.push(state.node.clone());
            }
        }
        for state in volume.states.iter().filter(|state| state.info < DIRECT) {
            let word = STATE_INFO.word(state.info).unwrap_or_default();
            let what = format!("`{name}` works on `{}`", state.node);
            reading.assume(what, format!("{word} is a state that passes, or nothing runs in"));
        }
        let user = volume.any(USER_REQUEST) || (volume.redirected && volume.states.is_empty());
        let mut tiered = volume.any(TIERING);
        if tiered && !(spaces && fast) {
            let what = format!("`{name}` is not tiered");
            reading.assume(what, "its storage has no faster drives to make a tier of");
            tiered = false;
        }
        let replicated = volume.states.iter().any(|state| state.block & REPLICATED != 0);
        let marks = [
            ("redirected", user),
            ("tiered", tiered),
            ("bitlocker-initializing", volume.any(BIT_LOCKER)),
            ("replicated", replicated),
        ];
        draft.volumes.push(Volume {
            name: name.clone(),
            owner,
            refs,
            marks: marks.into_iter().filter_map(|(name, on)| on.then_some(name)).collect(),
            filters: [volume.any(FILE_FILTER), volume.any(VOLUME_FILTER)],
            resiliency: if spaces { resiliency(reading, volume) } else { None },
            lost_paths: lost,
        });
    }
}

fn refs(reading: &mut Reading<'_>, volume: &Known, storage: &str, windows: WindowsVersion) -> bool {
    let name = &volume.name;
    let told = volume.any(REFS);
    match volume.refs {
        Some(false) if told => {
            let help = "export Get-ClusterSharedVolumeState and the volumes at the same time";
            let problem = format!("volume `{name}` is NTFS, and redirected because it is ReFS");
            reading.fault_of_folder(problem, help);
            false
        }
        Some(refs) => refs,
        None if told => true,
        None if !volume.states.is_empty() && windows >= WindowsVersion::W2016 => {
            let what = format!("`{name}` is NTFS");
            reading.assume(what, "its states do not name ReFS as a reason, as they would");
            false
        }
        None => {
            let refs = storage == "storage-spaces-direct";
            let what = format!("`{name}` is {}", if refs { "ReFS" } else { "NTFS" });
            let because = "no export tells its file system, and this is usual on its storage";
            reading.assume(what, because);
            refs
        }
    }
}

/// The owner where only the states tell: the one node on which a volume that is block redirected
/// elsewhere is direct.
fn owner(reading: &mut Reading<'_>, volume: &Known) -> Option<String> {
    let direct: Vec<&State> = volume.states.iter().filter(|s| s.info == DIRECT).collect();
    let others = volume.states.iter().all(|s| s.info == DIRECT || s.info == BLOCK);
    let name = &volume.name;
    if let ([one], true) = (direct.as_slice(), others && volume.states.len() > 1) {
        let what = format!("`{}` owns `{name}`", one.node);
        reading.assume(what, "it is direct there alone, and block redirected elsewhere");
        return Some(one.node.clone());
    }
    let what = format!("the owner of `{name}` is the node that owns fewest volumes");
    reading.assume(what, "no export tells it, and a cluster balances by number");
    None
}

fn resiliency(reading: &mut Reading<'_>, volume: &Known) -> Option<&'static str> {
    let inner = volume.resource.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let mut found = None;
    for row in reading.rows("Get-VirtualDisk") {
        let Some(friendly) = reading.take(row.item.text("FriendlyName")) else { continue };
        let is = |name: &str| same(&friendly, name);
        if !(is(&volume.name) || is(&volume.resource) || inner.is_some_and(is)) {
            continue;
        }
        let setting = reading.take(row.item.text("ResiliencySettingName")).unwrap_or_default();
        let copies = reading.take(row.item.bytes("NumberOfDataCopies"));
        let redundancy = reading.take(row.item.bytes("PhysicalDiskRedundancy"));
        found = match (setting.to_lowercase().as_str(), copies, redundancy) {
            ("simple", ..) => Some("simple"),
            ("mirror", Some(2), _) | ("mirror", None, Some(1)) => Some("two-way-mirror"),
            ("mirror", Some(3), _) | ("mirror", None, Some(2)) => Some("three-way-mirror"),
            ("mirror", Some(4), _) => Some("nested-two-way-mirror"),
            ("parity", _, Some(1)) => Some("single-parity"),
            ("parity", _, Some(2)) => Some("dual-parity"),
            _ => None,
        };
        break;
    }
    if found.is_none() {
        let what = format!("`{}` is mirrored as is usual with as many nodes", volume.name);
        reading.assume(what, "no export tells the resiliency of its virtual disk");
    }
    found
}

/// Why a path is on no volume, where it should be on one.
pub(super) fn missing(known: &[Known], path: &str) -> Option<String> {
    let rest = path.to_lowercase();
    let (_, rest) = rest.split_once("\\clusterstorage\\")?;
    let folder = rest.split('\\').next().unwrap_or_default();
    let names: Vec<&String> = known.iter().map(|volume| &volume.name).collect();
    Some(format!("there is no volume at ClusterStorage\\{folder}, only {}", list(&names)))
}
