//! The objects, and since when there are.

use super::catalogue;
use super::measure::{Part, Side, What};

/// A counter of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Name as `PerfMon` shows it in English.
    pub name: &'static str,
    /// Which I/Os.
    pub part: Part,
    /// Which direction.
    pub side: Side,
    /// What of them.
    pub what: What,
}

/// An object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Object {
    /// Volumes as the CSV file system sees them, `IO` being direct and block redirected.
    CsvFileSystem,
    /// Volumes as the CSV file system sees them: all I/O.
    CsvFs,
    /// The part that went past the owner's file system: direct and block redirected.
    CsvFsDirect,
    /// The part that was file-system redirected.
    CsvFsRedirected,
    /// Below the CSV file system: what went to the disk, and what was block redirected.
    VolumeManager,
    /// On an owner: block redirected I/O of other nodes.
    BlockRedirection,
    /// On an owner: what comes through its file system.
    Coordinator,
    /// On a node with a CSV block cache.
    VolumeCache,
    /// Shares a node uses.
    SmbClientShares,
    /// Shares a node gives.
    SmbServerShares,
    /// RDMA connections.
    SmbDirectConnection,
    /// RDMA of an adapter.
    RdmaActivity,
    /// An adapter, without RDMA.
    NetworkInterface,
    /// Virtual disks.
    VirtualStorageDevice,
    /// Shared virtual disks, on the owner.
    SharedVhdx,
    /// Disks.
    PhysicalDisk,
    /// The root partition's processors.
    ProcessorInformation,
    /// The node's processors.
    LogicalProcessor,
}

impl Object {
    /// Every object.
    pub const ALL: [Self; 18] = [
        Self::CsvFileSystem,
        Self::CsvFs,
        Self::CsvFsDirect,
        Self::CsvFsRedirected,
        Self::VolumeManager,
        Self::BlockRedirection,
        Self::Coordinator,
        Self::VolumeCache,
        Self::SmbClientShares,
        Self::SmbServerShares,
        Self::SmbDirectConnection,
        Self::RdmaActivity,
        Self::NetworkInterface,
        Self::VirtualStorageDevice,
        Self::SharedVhdx,
        Self::PhysicalDisk,
        Self::ProcessorInformation,
        Self::LogicalProcessor,
    ];

    /// Its name in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CsvFileSystem => "Cluster CSV File System",
            Self::CsvFs => "Cluster CSVFS",
            Self::CsvFsDirect => "Cluster CSVFS Direct IO",
            Self::CsvFsRedirected => "Cluster CSVFS Redirected IO",
            Self::VolumeManager => "Cluster CSV Volume Manager",
            Self::BlockRedirection => "Cluster CSV Block Redirection",
            Self::Coordinator => "Cluster CSV Coordinator",
            Self::VolumeCache => "Cluster CSV Volume Cache",
            Self::SmbClientShares => "SMB Client Shares",
            Self::SmbServerShares => "SMB Server Shares",
            Self::SmbDirectConnection => "SMB Direct Connection",
            Self::RdmaActivity => "RDMA Activity",
            Self::NetworkInterface => "Network Interface",
            Self::VirtualStorageDevice => "Hyper-V Virtual Storage Device",
            Self::SharedVhdx => "Hyper-V Shared VHDX",
            Self::PhysicalDisk => "PhysicalDisk",
            Self::ProcessorInformation => "Processor Information",
            Self::LogicalProcessor => "Hyper-V Hypervisor Logical Processor",
        }
    }

    /// The first Windows Server with it, by the version of its kernel: (6, 2) is 2012, (6, 3) is
    /// 2012 R2, (10, 0) is 2016 and later.
    #[must_use]
    pub const fn since(self) -> (u32, u32) {
        match self {
            Self::CsvFs | Self::CsvFsDirect | Self::CsvFsRedirected => (10, 0),
            Self::SharedVhdx => (6, 3),
            _ => (6, 2),
        }
    }

    /// Its counters, in the order of the columns.
    #[must_use]
    pub const fn counters(self) -> &'static [Counter] {
        match self {
            Self::CsvFileSystem => catalogue::CSV_FILE_SYSTEM,
            Self::CsvFs | Self::CsvFsDirect | Self::CsvFsRedirected => catalogue::CSVFS,
            Self::VolumeManager => catalogue::VOLUME_MANAGER,
            Self::BlockRedirection | Self::Coordinator => catalogue::OWNER,
            Self::VolumeCache => catalogue::VOLUME_CACHE,
            Self::SmbClientShares | Self::SmbServerShares => catalogue::SHARES,
            Self::SmbDirectConnection => catalogue::SMB_DIRECT,
            Self::RdmaActivity => catalogue::RDMA_ACTIVITY,
            Self::NetworkInterface => catalogue::NETWORK_INTERFACE,
            Self::VirtualStorageDevice => catalogue::VIRTUAL_STORAGE_DEVICE,
            Self::SharedVhdx => catalogue::SHARED_VHDX,
            Self::PhysicalDisk => catalogue::PHYSICAL_DISK,
            Self::ProcessorInformation => catalogue::PROCESSOR,
            Self::LogicalProcessor => catalogue::LOGICAL_PROCESSOR,
        }
    }
}
