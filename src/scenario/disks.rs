//! `[vms.*.disks]`: where the file or LUN of a disk lies, how a machine comes to it, what it costs
//! beside its data.

use super::context::{Context, place};
use super::document::{Located, Reader, Value};
use super::intensity::share;
use super::names::Names;
use super::volumes::Reach;
use crate::topology::{
    Attachment, CsvId, Disk, DiskFormat, DiskQos, FileServer, FileServerId, FileSystem, Need,
    NetworkId, NodeId, Placement, Resiliency, Sharing, StorageId, StorageKind, VmId, Volume,
    WindowsVersion,
};
use crate::units::{BitRate, IdVec, Iops, UnitKind, parse_as};

/// More operations a second on the metadata of one file or volume are a slip of the unit.
const HIGHEST_RATE: f64 = 1e6;

/// Limits of a disk that can be simulated.
const MAX_IOPS: std::ops::RangeInclusive<f64> = 1.0..=1e9;

const SHARINGS: [(&str, Sharing); 3] =
    [("none", Sharing::None), ("shared-vhdx", Sharing::SharedVhdx), ("vhd-set", Sharing::VhdSet)];

/// Ways to a disk, before names are resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Csv,
    SmbShare,
    GuestIscsi,
    VirtualFibreChannel,
    Lun,
}

const WAYS: [(&str, Way); 5] = [
    ("csv", Way::Csv),
    ("smb-share", Way::SmbShare),
    ("iscsi-in-guest", Way::GuestIscsi),
    ("virtual-fc", Way::VirtualFibreChannel),
    ("lun", Way::Lun),
];

/// What says where a disk lies.
const PLACES: [&str; 4] = ["volume", "storage", "network", "file-server"];
/// What only a file has.
const OF_FILES: [&str; 7] =
    ["sharing", "redirected", "format", "growth", "metadata", "max-iops", "max-bandwidth"];

impl Way {
    /// The fields that say where a disk lies, all of them required.
    const fn places(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["volume"],
            Self::SmbShare => &["volume", "file-server"],
            Self::GuestIscsi => &["storage", "network"],
            Self::VirtualFibreChannel | Self::Lun => &["storage"],
        }
    }

    const fn is_file(self) -> bool {
        matches!(self, Self::Csv | Self::SmbShare)
    }

    fn name(self) -> &'static str {
        WAYS.iter().find(|(_, way)| *way == self).map_or("", |(name, _)| name)
    }
}

/// How much of the writes allocates blocks.
#[derive(Clone, Copy)]
enum Growth {
    Share(f64),
    /// Bytes a second.
    Rate(f64),
}

/// A disk as written.
pub(super) struct DiskDraft {
    pub(super) entry: Located<String>,
    pub(super) volumes: Vec<Located<String>>,
    way: Way,
    storage: Option<Located<String>>,
    network: Option<Located<String>>,
    server: Option<Located<String>>,
    sharing: Sharing,
    vetoed: bool,
    qos: DiskQos,
    format: DiskFormat,
    growth: Growth,
    metadata_per_s: f64,
    pub(super) needs: Vec<Need>,
}

/// A rate of operations below what anything does.
pub(super) fn rate(reader: &mut Reader<'_, '_>, field: &str) -> Option<f64> {
    let rate = reader.optional::<Iops>(field)?.get();
    if rate > HIGHEST_RATE {
        reader.fault_at(field, "is more than 10^6 a second", None);
        return None;
    }
    Some(rate)
}

/// What is to be done with a disk, or with all disks of a machine.
pub(super) fn needs(reader: &mut Reader<'_, '_>) -> Vec<Need> {
    let stated = reader.names("needs").unwrap_or_default();
    let mut needs = Vec::new();
    for word in stated {
        let same = |c: char| if matches!(c, '_' | ' ') { '-' } else { c.to_ascii_lowercase() };
        let given: String = word.value.trim().chars().map(same).collect();
        if let Some((_, need)) = Need::ALL.iter().find(|(name, _)| *name == given) {
            needs.push(*need);
        } else {
            let known = Need::ALL.map(|(name, _)| name).join(", ");
            let problem = format!("`{}` is nothing a disk can need", word.value);
            reader.fault_at("needs", problem, Some(format!("there is {known}")));
        }
    }
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn qos(reader: &mut Reader<'_, '_>, windows: WindowsVersion) -> DiskQos {
    for (field, since) in
        [("max-iops", WindowsVersion::W2012R2), ("max-bandwidth", WindowsVersion::W2016)]
    {
        if reader.has(field) && windows < since {
            let problem = format!("Windows Server {} has no such limit", windows.name());
            reader.fault_at(field, problem, Some(format!("it came with {}", since.name())));
        }
    }
    let iops = reader.has("max-iops").then(|| reader.positive::<Iops>("max-iops")).flatten();
    let rate =
        reader.has("max-bandwidth").then(|| reader.positive::<BitRate>("max-bandwidth")).flatten();
    let max_iops = iops.map(Iops::get);
    if max_iops.is_some_and(|iops| !MAX_IOPS.contains(&iops)) {
        let help = "write 1 IOPS to 10^9 IOPS; each begun 8 KiB counts as one".to_owned();
        reader.fault_at("max-iops", "is no usable limit", Some(help));
    }
    let max_bytes_per_s = rate.map(BitRate::bytes_per_sec);
    if max_bytes_per_s.is_some_and(|rate| rate < 1024.0) {
        let help = "write 1 KiB/s or more".to_owned();
        reader.fault_at("max-bandwidth", "is no usable limit", Some(help));
    }
    DiskQos { max_iops, max_bytes_per_s }
}

pub(super) fn read(
    reader: &mut Reader<'_, '_>,
    name: &str,
    windows: WindowsVersion,
    physical: bool,
) -> DiskDraft {
    let entry = place(reader, name);
    let usual = if physical { Way::Lun } else { Way::Csv };
    let way = reader.choice("attach", &WAYS).unwrap_or(usual);
    if physical != (way == Way::Lun) {
        let (problem, help) = if physical {
            ("a physical machine has no virtual disk", "leave `attach` out and give `storage`")
        } else {
            ("only a physical machine has a LUN of its own", "or write \"virtual-fc\"")
        };
        reader.fault_at("attach", problem, Some(help.to_owned()));
    }
    for field in PLACES {
        if way.places().contains(&field) {
            reader.must_have(field);
        } else if reader.raw(field).is_some() {
            let places = way.places().join("` and `");
            let help = format!("a disk with attach = \"{}\" is told by `{places}`", way.name());
            reader.fault_at(field, format!("`{field}` has no meaning here"), Some(help));
        }
    }
    if !way.is_file() {
        for field in OF_FILES {
            if reader.raw(field).is_some() {
                let help = "a LUN is no file on a volume".to_owned();
                reader.fault_at(field, format!("`{field}` has no meaning here"), Some(help));
            }
        }
    }
    let stated = |field: &str| way.places().contains(&field);
    let volumes = if stated("volume") { reader.names("volume") } else { None };
    if volumes.as_ref().is_some_and(Vec::is_empty) {
        reader.fault_at("volume", "there is no volume in the list", None);
    }
    let storage = if stated("storage") { reader.name("storage") } else { None };
    let network = if stated("network") { reader.name("network") } else { None };
    let server = if stated("file-server") { reader.name("file-server") } else { None };
    let format = reader.choice("format", &DiskFormat::ALL).unwrap_or_default();
    DiskDraft {
        entry,
        volumes: volumes.unwrap_or_default(),
        way,
        storage,
        network,
        server,
        sharing: sharing(reader, windows),
        vetoed: reader.or("redirected", false),
        qos: qos(reader, windows),
        format,
        growth: growth(reader, format),
        metadata_per_s: rate(reader, "metadata").unwrap_or_default(),
        needs: needs(reader),
    }
}

fn sharing(reader: &mut Reader<'_, '_>, windows: WindowsVersion) -> Sharing {
    let sharing = reader.choice("sharing", &SHARINGS).unwrap_or_default();
    let (since, what) = match sharing {
        Sharing::None => (WindowsVersion::W2012, ""),
        Sharing::SharedVhdx => (WindowsVersion::W2012R2, "shared VHDX"),
        Sharing::VhdSet => (WindowsVersion::W2016, "VHD Set"),
    };
    if windows < since {
        let problem = format!("Windows Server {} has no {what}", windows.name());
        let help = format!("it came with {}", since.name());
        reader.fault_at("sharing", problem, Some(help));
    }
    sharing
}

/// Growth as a share of what is written or as a rate.
fn growth(reader: &mut Reader<'_, '_>, format: DiskFormat) -> Growth {
    let usual = Growth::Share(if format == DiskFormat::Differencing { 1.0 } else { 0.0 });
    if !reader.has("growth") {
        if format == DiskFormat::Dynamic {
            let help = "write growth = \"10 %\" of the writes, or growth = \"5 MB/s\"";
            reader.fault_at("format", "a dynamic disk needs `growth`", Some(help.to_owned()));
        }
        return usual;
    }
    if format == DiskFormat::Fixed {
        reader.raw("growth");
        let help = "write format = \"dynamic\" or format = \"differencing\"".to_owned();
        reader.fault_at("growth", "a fixed disk does not grow", Some(help));
        return usual;
    }
    let is_rate = match reader.raw("growth").map(|node| &node.value) {
        Some(Value::String(text)) => parse_as(UnitKind::Rate, text).ok(),
        _ => None,
    };
    match is_rate {
        Some(_) if format == DiskFormat::Differencing => {
            let help = "write a share of the writes, such as \"50 %\"".to_owned();
            let problem = "what a checkpoint's difference takes in is no rate";
            reader.fault_at("growth", problem, Some(help));
            usual
        }
        Some(bits) => Growth::Rate(bits / 8.0),
        None => share(reader, "growth").map_or(usual, Growth::Share),
    }
}

/// What a disk may refer to.
pub(super) struct Places<'a> {
    pub(super) nodes: &'a Names,
    pub(super) volumes: &'a Names,
    pub(super) storages: &'a Names,
    pub(super) networks: &'a Names,
    pub(super) file_servers: &'a Names,
    pub(super) servers: &'a IdVec<FileServerId, FileServer>,
    pub(super) csvs: &'a IdVec<CsvId, Volume>,
    pub(super) reach: &'a Reach<'a>,
}

/// A disk with its names resolved; several machines may have one like it.
pub(super) struct Resolved<'d> {
    pub(super) name: String,
    draft: &'d DiskDraft,
    /// Volumes that machines take turns on.
    volumes: Vec<usize>,
    storage: Option<usize>,
    attachment: Attachment,
    needs: Vec<Need>,
}

impl DiskDraft {
    /// Resolves the names. `volumes` is what was found of those.
    pub(super) fn resolve(
        &self,
        context: &mut Context<'_>,
        places: &Places<'_>,
        volumes: Vec<usize>,
        of_machine: &[Need],
    ) -> Resolved<'_> {
        let storage = self.storage.as_ref().and_then(|name| {
            let storage = places.storages.one(context, name)?;
            let of = places.reach.storages.get(StorageId::from_index(storage))?;
            if of.kind == StorageKind::Device {
                let help = "only an array has LUNs to give".to_owned();
                context.fault(
                    name,
                    format!("`{}` is a device of one node", name.value),
                    Some(help),
                );
            }
            Some(storage)
        });
        let network = self.network.as_ref().and_then(|name| places.networks.one(context, name));
        let server = self.server.as_ref().and_then(|name| places.file_servers.one(context, name));
        let attachment = match self.way {
            Way::Csv => Attachment::Csv,
            Way::SmbShare => {
                Attachment::SmbShare(FileServerId::from_index(server.unwrap_or_default()))
            }
            Way::GuestIscsi => {
                Attachment::GuestIscsi(NetworkId::from_index(network.unwrap_or_default()))
            }
            Way::VirtualFibreChannel => Attachment::VirtualFibreChannel,
            Way::Lun => Attachment::Lun,
        };
        let mut needs = self.needs.clone();
        needs.extend_from_slice(of_machine);
        needs.sort_unstable();
        needs.dedup();
        let name = self.entry.value.trim().to_owned();
        Resolved { name, draft: self, volumes, storage, attachment, needs }
    }
}

/// What is made for one machine.
pub(super) struct Made {
    pub(super) disk: Disk,
    /// The LUN of its own, behind all volumes made before.
    pub(super) lun: Option<Volume>,
    /// Bytes a second that its file grows by, where stated so.
    pub(super) growth: Option<f64>,
}

impl Resolved<'_> {
    /// The disk of the machine that is number `turn` of its entry.
    pub(super) fn make(
        &self,
        context: &mut Context<'_>,
        places: &Places<'_>,
        (vm, vm_name, turn): (VmId, &str, usize),
        node: Option<usize>,
        next: usize,
    ) -> Made {
        let draft = self.draft;
        let turned = self.volumes.get(turn % self.volumes.len().max(1)).copied();
        let lun = (!draft.way.is_file()).then(|| {
            let storage = StorageId::from_index(self.storage.unwrap_or_default());
            let node = NodeId::from_index(node.unwrap_or_default());
            lun(format!("{vm_name}/{} (LUN)", self.name), storage, node)
        });
        if let (Some(node), Some(storage), true) =
            (node, self.storage, draft.way != Way::GuestIscsi)
            && !places.reach.reaches(node, storage)
            && turn == 0
        {
            let problem = "the machine's node has no adapter to this storage".to_owned();
            let help = "give the node one in [nodes.<name>.hbas]".to_owned();
            context.fault(draft.storage.as_ref().unwrap_or(&draft.entry), problem, Some(help));
        }
        if let (Attachment::SmbShare(server), Some(at)) = (self.attachment, &draft.server) {
            check_share(context, places, server, at, (node, turned, turn));
        }
        let volume = if lun.is_some() { next } else { turned.unwrap_or_default() };
        let (growth_share, growth) = match draft.growth {
            Growth::Share(share) => (share, None),
            Growth::Rate(bytes_per_s) => (0.0, Some(bytes_per_s)),
        };
        let disk = Disk {
            name: self.name.clone(),
            vm,
            volume: CsvId::from_index(volume),
            sharing: draft.sharing,
            vetoed: draft.vetoed,
            qos: draft.qos,
            format: draft.format,
            growth_share,
            metadata_per_s: draft.metadata_per_s,
            attachment: self.attachment,
            needs: self.needs.clone(),
            away: false,
        };
        Made { disk, lun, growth }
    }

    pub(super) const fn entry(&self) -> &Located<String> {
        &self.draft.entry
    }
}

/// A share is not used from a node that serves it, and its volume is owned by one that does.
fn check_share(
    context: &mut Context<'_>,
    places: &Places<'_>,
    server: FileServerId,
    at: &Located<String>,
    (node, volume, turn): (Option<usize>, Option<usize>, usize),
) {
    let Some(server) = places.servers.get(server) else { return };
    if server.nodes.is_empty() || turn > 0 {
        // Reported where it is made, or for the first machine of the entry.
        return;
    }
    let serves = |node: usize| server.nodes.contains(&NodeId::from_index(node));
    if node.is_some_and(serves) {
        let help = "run the machine on a node of another cluster".to_owned();
        let problem = format!("a node of `{}` does not use its shares itself", at.value);
        context.fault(at, problem, Some(help));
    }
    let volume = volume.and_then(|volume| places.csvs.get(CsvId::from_index(volume)));
    if let Some(volume) = volume
        && !serves(volume.owner.index())
    {
        let problem = format!(
            "volume `{}` is not owned by a node of `{}`, so there is no share on it",
            volume.name, at.value
        );
        let help = "name one of its nodes as owner in [volumes.<name>]".to_owned();
        context.fault(at, problem, Some(help));
    }
}

fn lun(name: String, storage: StorageId, owner: NodeId) -> Volume {
    Volume {
        name,
        storage,
        owner,
        file_system: FileSystem::Ntfs,
        redirected_by_user: false,
        filters: Vec::new(),
        replica: None,
        resiliency: Resiliency::default(),
        tiered: false,
        paused: false,
        bitlocker_initializing: false,
        replicated: false,
        lost_paths: Vec::new(),
        lun: true,
        metadata_per_s: 0.0,
        block_cache: false,
        direct_failures: 0.0,
        direct_failures_on: Vec::new(),
        redirected_by_snapshot: false,
        owner_loss: None,
        placement: Placement::default(),
        changes: Vec::new(),
    }
}
