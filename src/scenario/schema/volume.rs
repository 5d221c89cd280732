//! `[volumes.*]`, `[file-servers.*]` and `[backups.*]`.

use super::load;
use super::shape::{
    Field, array, counts, field, flag, name, named, names, operations, rate, ratio, size, table,
    text, time, words, words_of,
};
use crate::topology::Resiliency;

pub(super) fn fields() -> Vec<Field> {
    vec![
        field("volumes", named(table(volume())), "Cluster Shared Volumes."),
        field(
            "file-servers",
            named(table(file_server())),
            "Clustered file servers, whose shares lie on volumes that their nodes own.",
        ),
        field(
            "backups",
            named(table(backup())),
            "Host-level backups that read a snapshot while the workloads run.",
        ),
    ]
}

/// Where something may be: of volumes and of machines.
pub(super) fn placement(what: &str) -> Vec<Field> {
    vec![
        field(
            "possible-owners",
            names(),
            &format!("Nodes that {what} may be on, in a timeline. Default: all."),
        ),
        field("preferred-owners", names(), "Those it should be on, the best first."),
        field("pinned", flag(), "Whether balancing never moves it.").or(false),
    ]
}

fn volume() -> Vec<Field> {
    let layers = || words(&["file-system", "volume"]);
    let mut all = vec![
        field(
            "count",
            counts(1, 1024),
            "Makes several alike: V with 4 makes V1 to V4. Default: one volume of this name.",
        ),
        field("storage", name(), "The storage system it lies on. Must be stated."),
        field(
            "owner",
            names(),
            "The coordinator, a node that reaches the storage; with `count` several, in turn. \
             Default: evenly by number.",
        ),
        field("file-system", words(&["NTFS", "ReFS"]), "ReFS on a SAN is redirected.").or("NTFS"),
        field("redirected", flag(), "Whether an administrator turned redirected access on.")
            .or(false),
        field(
            "resiliency",
            words_of(&Resiliency::ALL),
            "Storage spaces: how copies are kept. Default: by the number of nodes.",
        ),
        field(
            "tiered",
            flag(),
            "Storage spaces with fast drives: NTFS on tiers is file-system redirected.",
        )
        .or(false),
        field(
            "incompatible-filter",
            layers(),
            "Layer of a filter driver that cannot do direct I/O.",
        ),
        field(
            "filters",
            array([
                field("name", text(), "Name of the driver.").needed(),
                field("kind", layers(), "Its layer.").needed(),
            ]),
            "Filter drivers that cannot do direct I/O, by name.",
        ),
        field("bitlocker-initializing", flag(), "Whether BitLocker is converting the volume.")
            .or(false),
        field(
            "replicated",
            flag(),
            "Whether Storage Replica replicates it; its traffic is left out.",
        )
        .or(false),
        field(
            "replica",
            table([
                field("partner", name(), "The node that writes the copy. Must be stated."),
                field("storage", name(), "The array or device it lies on. Must be stated."),
                field("mode", words(&["synchronous", "asynchronous"]), "When a write is done.")
                    .or("synchronous"),
            ]),
            "Storage Replica with its traffic.",
        ),
        field("paused", flag(), "Whether the cluster holds back its I/O.").or(false),
        field("lost-paths", names(), "Nodes whose own path to the storage is gone."),
        field(
            "metadata",
            operations(),
            "Metadata operations a second of each node that uses it, to 10^6.",
        ),
        field("block-cache", flag(), "Whether the CSV block cache holds it.").or(true),
        field(
            "direct-failures",
            ratio(),
            "Direct I/Os that fail and are sent again, block redirected.",
        )
        .or("0 %"),
        field("direct-failures-on", names(), "Nodes where they do. Default: all but the owner."),
        field(
            "owner-loss",
            table([
                field("at", time(), "When, since the begin of the measured time. Must be stated."),
                field("pause", time(), "How long I/O waits while ownership moves. Must be stated."),
                field("to", name(), "The node that takes it over. Must be stated."),
            ]),
            "The owner loses its storage in the run. State warm-up and duration in [run].",
        ),
        field(
            "changes",
            array([
                field("at", time(), "When, since the begin of the measured time.").needed(),
                field("owner", name(), "The owner from then on."),
                field("redirected", flag(), "Whether redirected access is on from then on."),
            ]),
            "What an administrator changes in the run. State warm-up and duration in [run].",
        ),
    ];
    all.extend(placement("it"));
    all
}

fn file_server() -> Vec<Field> {
    vec![
        field("nodes", names(), "The nodes that serve it. Must be stated."),
        field(
            "kind",
            words(&["sofs", "general-use"]),
            "Scale-Out, where every node serves, or for general use, where the owner does.",
        )
        .or("sofs"),
        field(
            "storage",
            words(&["symmetric", "asymmetric"]),
            "Symmetric: every node has direct I/O. Default: from the state of the volume.",
        ),
    ]
}

fn backup() -> Vec<Field> {
    let mut all = vec![
        field("volume", name(), "What is backed up. Must be stated."),
        field("node", name(), "The node that reads. Must be stated."),
        field(
            "snapshot",
            words(&["software", "hardware"]),
            "On the owner, or shown to the reading node by the array.",
        )
        .or("software"),
        field("rate", rate(), "What it reads at most. Must be stated."),
        field("block", size(), "Of a read, to 64 MiB.").or("1 MiB"),
        field("outstanding", counts(1, 4096), "Reads in flight.").or(8),
        field("target-node", name(), "Written to a share on this node."),
        field("target-volume", name(), "Written to this volume."),
        field("redirects-volume", flag(), "Whether the whole volume is redirected meanwhile.")
            .or(false),
    ];
    all.extend(load::follows_time(false));
    all
}
