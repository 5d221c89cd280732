//! Enums of the cmdlets, numbers as the cmdlets of 2012 to 2025 have them.

use crate::trace::powershell::PsEnum;

pub(super) const NODE_STATE: PsEnum = PsEnum {
    name: "ClusterNodeState",
    members: &[("Unknown", -1), ("Up", 0), ("Down", 1), ("Paused", 2), ("Joining", 3)],
};

pub(super) const STATE_INFO: PsEnum = PsEnum {
    name: "SharedVolumeStateInfo",
    members: &[
        ("Unavailable", 0),
        ("Paused", 1),
        ("Direct", 2),
        ("FileSystemRedirected", 3),
        ("BlockRedirected", 4),
    ],
};

/// Flags; the second names of some are those of the native interface.
pub(super) const FILE_REASON: PsEnum = PsEnum {
    name: "FileSystemRedirectedIOReason",
    members: &[
        ("NotFileSystemRedirected", 0),
        ("UserRequest", USER_REQUEST),
        ("IncompatibleFileSystemFilter", FILE_FILTER),
        ("UnsafeFileSystemFilter", FILE_FILTER),
        ("IncompatibleVolumeFilter", VOLUME_FILTER),
        ("UnsafeVolumeFilter", VOLUME_FILTER),
        ("FileSystemTiering", TIERING),
        ("BitLockerInitializing", BIT_LOCKER),
        ("FileSystemReFs", REFS),
        ("ReFs", REFS),
    ],
};
pub(super) const USER_REQUEST: i64 = 1;
pub(super) const FILE_FILTER: i64 = 2;
pub(super) const VOLUME_FILTER: i64 = 4;
pub(super) const TIERING: i64 = 8;
pub(super) const BIT_LOCKER: i64 = 16;
pub(super) const REFS: i64 = 32;

pub(super) const BLOCK_REASON: PsEnum = PsEnum {
    name: "BlockRedirectedIOReason",
    members: &[
        ("NotBlockRedirected", 0),
        ("NoDiskConnectivity", NO_PATH),
        ("StorageSpaceNotAttached", SPACE),
        ("VolumeReplicationEnabled", REPLICATED),
    ],
};
pub(super) const NO_PATH: i64 = 1;
pub(super) const SPACE: i64 = 2;
pub(super) const REPLICATED: i64 = 4;

pub(super) const NETWORK_ROLE: PsEnum = PsEnum {
    name: "ClusterNetworkRole",
    members: &[("None", 0), ("Cluster", 1), ("Client", 2), ("ClusterAndClient", 3)],
};

pub(super) const INTERFACE_STATE: PsEnum = PsEnum {
    name: "ClusterNetworkInterfaceState",
    members: &[("Unknown", -1), ("Unavailable", 0), ("Failed", 1), ("Unreachable", 2), ("Up", 3)],
};

/// Only the kind that is looked for.
pub(super) const GROUP_TYPE: PsEnum =
    PsEnum { name: "ClusterGroupType", members: &[("VirtualMachine", 111)] };

pub(super) const VM_STATE: PsEnum = PsEnum {
    name: "VMState",
    members: &[
        ("Running", 2),
        ("Off", 3),
        ("Saved", 6),
        ("Paused", 9),
        ("Other", 1),
        ("Stopping", 4),
        ("Starting", 10),
        ("Reset", 11),
        ("Saving", 32773),
        ("Pausing", 32776),
        ("Resuming", 32777),
        ("FastSaved", 32779),
        ("FastSaving", 32780),
        ("ForceShutdown", 32781),
        ("ForceReboot", 32782),
        ("RunningCritical", 32783),
        ("OffCritical", 32784),
        ("StoppingCritical", 32785),
        ("SavedCritical", 32786),
        ("PausedCritical", 32787),
        ("StartingCritical", 32788),
        ("ResetCritical", 32789),
        ("SavingCritical", 32790),
        ("PausingCritical", 32791),
        ("ResumingCritical", 32792),
        ("FastSavedCritical", 32793),
        ("FastSavingCritical", 32794),
    ],
};

pub(super) const VHD_TYPE: PsEnum = PsEnum {
    name: "VhdType",
    members: &[("Unknown", 0), ("Fixed", 2), ("Dynamic", 3), ("Differencing", 4)],
};

pub(super) const MEDIA_TYPE: PsEnum = PsEnum {
    name: "MediaType",
    members: &[("Unspecified", 0), ("Unknown", 0), ("HDD", 3), ("SSD", 4), ("SCM", 5)],
};

pub(super) const BUS_TYPE: PsEnum = PsEnum {
    name: "BusType",
    members: &[
        ("Unknown", 0),
        ("SCSI", 1),
        ("ATAPI", 2),
        ("ATA", 3),
        ("1394", 4),
        ("SSA", 5),
        ("Fibre Channel", 6),
        ("FibreChannel", 6),
        ("USB", 7),
        ("RAID", 8),
        ("iSCSI", 9),
        ("SAS", 10),
        ("SATA", 11),
        ("SD", 12),
        ("MMC", 13),
        ("MAX", 14),
        ("File Backed Virtual", 15),
        ("FileBackedVirtual", 15),
        ("Storage Spaces", 16),
        ("Spaces", 16),
        ("NVMe", 17),
        ("SCM", 18),
        ("UFS", 19),
    ],
};

pub(super) const USAGE: PsEnum = PsEnum {
    name: "Usage",
    members: &[
        ("Unknown", 0),
        ("Auto-Select", 1),
        ("Manual-Select", 2),
        ("Hot Spare", 3),
        ("Retired", 4),
        ("Journal", 5),
    ],
};
pub(super) const JOURNAL: i64 = 5;

pub(super) const TEAM_MODE: PsEnum = PsEnum {
    name: "TeamingMode",
    members: &[("Static", 0), ("SwitchIndependent", 1), ("Lacp", 2)],
};

pub(super) const TEAM_ALGORITHM: PsEnum = PsEnum {
    name: "LoadBalancingAlgorithm",
    members: &[
        ("TransportPorts", 0),
        ("IPAddresses", 2),
        ("MacAddresses", 3),
        ("HyperVPort", 4),
        ("Dynamic", 5),
    ],
};

pub(super) const LIMIT_CATEGORY: PsEnum = PsEnum {
    name: "SmbBandwidthLimitCategory",
    members: &[
        ("Default", 0),
        ("VirtualMachine", 1),
        ("LiveMigration", 2),
        ("StorageReplication", 3),
    ],
};

pub(super) const SECURITY_LEVEL: PsEnum = PsEnum {
    name: "ClusterSecurityLevel",
    members: &[("ClearText", 0), ("Clear", 0), ("Sign", 1), ("Encrypt", 2)],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_single_bits() {
        for flags in [FILE_REASON, BLOCK_REASON] {
            for (name, bit) in flags.members.iter().filter(|(_, bit)| *bit != 0) {
                assert_eq!(bit.count_ones(), 1, "{name}");
            }
        }
    }
}
