//! What stands at the top of a scenario, `[run]`, `[cluster]` and `[multichannel]`.

use super::shape::{
    Field, Shape, array, count, counts, field, flag, list, name, named, names, one_of, rate, ratio,
    size, table, text, time, words, words_of,
};
use super::{load, machine, network, node, parameters, storage, time as clock, volume};
use crate::scenario::models::Catalogue;
use crate::topology::{ConnectionUse, WindowsVersion};

/// A limit has an operator in it, and may name a workload.
const LIMIT: &str = r"\S\s*(<=|>=|≤|≥|<|>|\sat\s+most\s|\sat\s+least\s)\s*\S";

/// The parts of a scenario that a variant may change.
pub(super) fn names_of_parts() -> impl Iterator<Item = String> {
    fields(&Catalogue::default()).into_iter().map(|field| field.name)
}

pub(super) fn fields(catalogue: &Catalogue) -> Vec<Field> {
    let mut all = vec![
        field("title", text(), "What the scenario is called. Required in a file that is run."),
        field("description", text(), "What it is about, in a sentence or two."),
        field(
            "include",
            one_of([text(), list(text())]),
            "Other scenario files, relative to this one. Tables merge key by key, this file wins; \
             lists and single values replace each other.",
        ),
        field(
            "assumed",
            list(text()),
            "Warnings that every report repeats, such as loads that are placeholders.",
        ),
        field(
            "limits",
            list(Shape::Pattern(LIMIT)),
            "What the results are held against: [workload NAME:] QUANTITY OPERATOR VALUE, such as \
             \"p99 latency <= 5 ms\", \"workload sql: iops >= 5000 IOPS\" or \"csv port \
             utilisation <= 60 %\".",
        ),
        field("run", table(run()), "How the scenario is run."),
        field("cluster", table(cluster()), "The version of Windows and the settings of SMB."),
        field("multichannel", table(multichannel()), "How SMB uses several connections."),
        field("variants", array(variants()), "The scenario with changes, side by side."),
        field(
            "calibration",
            named(Shape::Anything),
            "Errors of a fit, as csvnet calibrate writes them.",
        ),
        field(
            "apart",
            list(named(Shape::Anything)),
            "Parameters of some rows only, as csvnet calibrate writes them.",
        ),
    ];
    all.extend(network::fields(catalogue));
    all.push(node::field_of(catalogue));
    all.push(storage::field_of(catalogue));
    all.extend(volume::fields());
    all.extend(machine::fields());
    all.push(load::field_of(catalogue));
    all.extend(clock::fields());
    all.push(parameters::field_of(catalogue));
    all
}

fn run() -> Vec<Field> {
    vec![
        field("seed", count(0), "Decides all random numbers.").or(1),
        field(
            "duration",
            time(),
            "Simulated time measured in each replication, above 0, to a day. Left out, it is \
             chosen so that the slowest workload completes 20,000 I/Os.",
        ),
        field(
            "warm-up",
            one_of([words(&["auto"]), time()]),
            "Simulated time before that, not measured; \"auto\" finds it in a pilot run.",
        )
        .or("auto"),
        field("replications", counts(2, 10_000), "Independent runs of each variant.").or(5),
        field(
            "precision",
            one_of([words(&["none"]), ratio()]),
            "Replications are added until the half width of mean latency and IOPS is at most this \
             share of the mean, 0.1 % to 50 %.",
        )
        .or("none"),
        field("replications-max", counts(10, 10_000), "Where that ends in any case.").or(100),
        field("level", ratio(), "Level of the sampling intervals, 50 % to 99.9 %.").or("95 %"),
    ]
}

fn cluster() -> Vec<Field> {
    vec![
        field(
            "windows",
            one_of([words_of(&WindowsVersion::ALL), Shape::Number]),
            "Version of Windows Server.",
        )
        .or("2022"),
        field("multichannel", flag(), "Whether SMB uses several connections and ports.").or(true),
        field(
            "use-client-networks",
            flag(),
            "Whether CSV traffic takes networks that clients use as well \
             (UseClientAccessNetworksForSharedVolumes). Default: since 2016.",
        ),
        field("smb-signing", flag(), "Whether SMB is signed. Default: since 2025."),
        field("smb-encryption", flag(), "Whether SMB is encrypted.").or(false),
        field(
            "smb-limits",
            table([
                field("live-migration", rate(), "Of live migration; 1 MiB/s or more."),
                field("virtual-machine", rate(), "Of storage migration; 1 MiB/s or more."),
                field("default", rate(), "Of backups and other traffic; 1 MiB/s or more."),
            ]),
            "What a node sends at most over SMB, by kind (Set-SmbBandwidthLimit).",
        ),
        field(
            "shared-volume-compatible-filters",
            names(),
            "Filter drivers that redirect nothing (SharedVolumeCompatibleFilters).",
        ),
        field(
            "block-cache",
            one_of([words(&["default"]), size()]),
            "Memory of each node for the CSV block cache; \"default\" is 1 GiB since 2016, none \
             before. Left out, there is none.",
        ),
        field(
            "block-cache-hits",
            ratio(),
            "Share of the reads found in it. Left out, it follows from working sets.",
        ),
        field(
            "block-cache-redirected",
            flag(),
            "Whether a requester's cache answers reads that would be redirected.",
        )
        .or(false),
    ]
}

fn multichannel() -> Vec<Field> {
    vec![
        field(
            "connections",
            words_of(&ConnectionUse::ALL),
            "How the I/Os of a session use its connections.",
        )
        .or("in-turn"),
        field(
            "constraints",
            named(names()),
            "By node or group of nodes, the ports and teams SMB may use \
             (New-SmbMultichannelConstraint). Nodes that are not named may use all.",
        ),
    ]
}

fn variants() -> Vec<Field> {
    vec![
        field("name", name(), "What the variant is called; each another.").needed(),
        field(
            "set",
            named(Shape::Anything),
            "What differs from the file: any part of a scenario. A dotted path may be one key, as \
             in \"volumes.CSV1.owner\" = \"HV2\"; a value in braces replaces a whole table.",
        ),
    ]
}
