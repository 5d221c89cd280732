//! `[vms.*]` with their disks, and `[guest-clusters.*]`.

use super::shape::{
    Field, Shape, counts, field, flag, list, name, named, names, number, one_of, operations, rate,
    ratio, size, table, words, words_of,
};
use super::volume::placement;
use crate::topology::{DiskFormat, Need, Priority};

pub(super) fn fields() -> Vec<Field> {
    vec![
        field("vms", named(table(machine())), "Virtual machines, and physical ones."),
        field(
            "guest-clusters",
            named(table([
                field("members", names(), "Its machines. Must be stated."),
                field(
                    "active",
                    name(),
                    "The member that does the I/O, or \"all\" where each has the whole load. Must \
                     be stated.",
                ),
                field(
                    "reservations",
                    operations(),
                    "Tunnelled SCSI commands a second of each member on each shared disk. \
                     Default: the parameter shared-vhdx.tunnel-rate.",
                ),
            ])),
            "Clusters of virtual machines.",
        ),
    ]
}

fn needs() -> Shape {
    one_of([words_of(&Need::ALL), list(words_of(&Need::ALL))])
}

fn machine() -> Vec<Field> {
    let mut all = vec![
        field(
            "count",
            counts(1, 8000),
            "Makes several alike: web with 8 makes web1 to web8. Default: one of this name.",
        ),
        field(
            "node",
            names(),
            "The node it runs on; with `count` several, in turn. Must be stated.",
        ),
        field("vcpus", counts(1, 2048), "Virtual processors.").or(2),
        field("disks", named(table(disk())), "Its disks, 256 at most."),
        field("physical", flag(), "Whether it is no virtual machine but the node itself.")
            .or(false),
        field(
            "power-cycles",
            operations(),
            "Times a second it is turned off and on, to 10^6: bursts of metadata.",
        ),
        field("checkpoints", operations(), "Checkpoints a second, to 10^6: bursts of metadata."),
        field("needs", needs(), "What is to be done with all its disks."),
        field(
            "anti-affinity",
            names(),
            "Classes: machines of one class are kept on different nodes where possible.",
        ),
        field(
            "priority",
            words_of(&Priority::ALL),
            "In which order drains move it and failures start it.",
        )
        .or("medium"),
        field("memory", size(), "Memory, which a live migration copies."),
        field(
            "dirty-rate",
            rate(),
            "Memory it writes, which is copied again. Default: the parameter \
             migration.dirty-rate.",
        ),
        field("cores-busy", number(), "Cores that its own computing keeps busy, to `vcpus`.").or(0),
    ];
    all.extend(placement("it"));
    all
}

fn disk() -> Vec<Field> {
    vec![
        field(
            "attach",
            words(&["csv", "smb-share", "iscsi-in-guest", "virtual-fc", "lun"]),
            "Which way it goes. Default: \"csv\"; of a physical machine \"lun\".",
        ),
        field(
            "volume",
            names(),
            "The volume it is a file on; several in turn. Needed with csv and smb-share.",
        ),
        field("file-server", name(), "The file server. Needed with smb-share."),
        field("storage", name(), "The array of the LUN. Needed with the other ways."),
        field("network", name(), "The network. Needed with iscsi-in-guest."),
        field(
            "sharing",
            words(&["none", "shared-vhdx", "vhd-set"]),
            "Shared by machines: all I/O goes through the owner.",
        )
        .or("none"),
        field("redirected", flag(), "Whether a filter has vetoed direct I/O for this file.")
            .or(false),
        field("format", words_of(&DiskFormat::ALL), "How the file grows.").or("fixed"),
        field(
            "max-iops",
            operations(),
            "Storage QoS: each begun 8 KiB counts as one. Default: no limit.",
        ),
        field("max-bandwidth", rate(), "Storage QoS, 1 KiB/s or more. Default: no limit."),
        field(
            "growth",
            one_of([ratio(), rate()]),
            "Share of the writes that need new blocks, or bytes a second. Needed with dynamic.",
        ),
        field("metadata", operations(), "Metadata operations a second on the file, to 10^6."),
        field("needs", needs(), "What is to be done with it; a warning says what it cannot."),
    ]
}
