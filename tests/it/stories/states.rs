//! Each cause of redirection, by version, as `Get-ClusterSharedVolumeState` prints it; and the nine
//! set-ups of which counters were captured.

use csvnet::cluster::{CompileError, VolumeMode, VolumeState, compile, successor};
use csvnet::topology::Fabric;

use super::{NODES, faults};
use crate::cluster::{Story, scenario};

const SAN: &str = "[storage.s]\nkind = \"array\"\nmodel = \"generic-all-flash\"\n\
                   [nodes.HV.hbas.fc]\nmodel = \"qlogic-qle2742\"\nstorage = \"s\"\n";
const SAS: &str = "[storage.s]\nkind = \"storage-spaces\"\nmodel = \"jbod-8-ssd-16-hdd\"\n\
                   [nodes.HV.hbas.sas]\nmodel = \"lsi-sas-9207-8e\"\nstorage = \"s\"\n";
const S2D: &str = "[storage.s]\nkind = \"storage-spaces-direct\"\nmodel = \"s2d-four-nvme\"\n";

const VERSIONS: [&str; 6] = ["2012", "2012 R2", "2016", "2019", "2022", "2025"];

fn text(storage: &str, volume: &str) -> String {
    format!("{NODES}\n{storage}\n[volumes.CSV1]\nstorage = \"s\"\nowner = \"HV1\"\n{volume}\n")
}

fn states(storage: &str, volume: &str, windows: &str) -> [VolumeState; 2] {
    let story = Story::new(&text(storage, volume), &[("cluster.windows", windows)]);
    ["HV1", "HV2"].map(|node| story.state(node).clone())
}

/// State and both masks.
fn printed(state: &VolumeState) -> (u32, u32, u32) {
    (state.mode.value(), state.file_system_reason.0, state.block_reason.0)
}

const DIRECT: (u32, u32, u32) = (2, 0, 0);

/// A cause, the versions that have it, and what owner and other node print from 2016 and before.
struct Row {
    storage: &'static str,
    volume: &'static str,
    versions: std::ops::Range<usize>,
    owner: (u32, u32, u32),
    other: (u32, u32, u32),
    /// The same on 2012 R2, whose enumerations are shorter.
    before: [(u32, u32, u32); 2],
}

const fn row(
    (storage, volume): (&'static str, &'static str),
    versions: std::ops::Range<usize>,
    owner: (u32, u32, u32),
    other: (u32, u32, u32),
    before: [(u32, u32, u32); 2],
) -> Row {
    Row { storage, volume, versions, owner, other, before }
}

#[test]
fn every_cause_prints_its_reason_on_the_versions_that_have_it() {
    const REFS: &str = "file-system = \"ReFS\"";
    let fsr = |mask| (3, mask, 0);
    let rows = [
        row((SAN, ""), 0..6, DIRECT, DIRECT, [DIRECT; 2]),
        row((SAN, REFS), 1..6, fsr(32), fsr(32), [fsr(0); 2]),
        row((S2D, REFS), 2..6, fsr(32), (3, 32, 2), [DIRECT; 2]),
        row((S2D, ""), 2..6, DIRECT, (4, 0, 2), [DIRECT; 2]),
        row((SAS, ""), 0..6, DIRECT, (4, 0, 2), [DIRECT, (4, 0, 2)]),
        row((SAS, "resiliency = \"single-parity\""), 1..6, DIRECT, (4, 0, 2), [DIRECT, (4, 0, 2)]),
        row((SAS, "resiliency = \"simple\""), 0..6, DIRECT, DIRECT, [DIRECT; 2]),
        row((SAS, "tiered = true"), 1..6, fsr(8), (3, 8, 2), [fsr(8), (3, 8, 2)]),
        row((SAN, "bitlocker-initializing = true"), 0..6, fsr(16), fsr(16), [fsr(0); 2]),
        row((SAN, "redirected = true"), 0..6, fsr(1), fsr(1), [fsr(1); 2]),
        row((SAN, "incompatible-filter = \"file-system\""), 0..6, fsr(2), fsr(2), [fsr(2); 2]),
        row((SAN, "incompatible-filter = \"volume\""), 0..6, fsr(4), fsr(4), [fsr(4); 2]),
        row((SAN, "lost-paths = [\"HV2\"]"), 0..6, DIRECT, (4, 0, 1), [DIRECT, (4, 0, 1)]),
        row((SAN, "replicated = true"), 2..6, (4, 0, 4), (4, 0, 4), [DIRECT; 2]),
        // Flags of one mask add up; both masks may be set, and the file system decides.
        row(
            (SAN, "redirected = true\nfile-system = \"ReFS\""),
            2..6,
            fsr(33),
            fsr(33),
            [DIRECT; 2],
        ),
        row(
            (SAN, "replicated = true\nfile-system = \"ReFS\""),
            2..6,
            (3, 32, 4),
            (3, 32, 4),
            [DIRECT; 2],
        ),
    ];
    for Row { storage, volume, versions, owner, other, before } in rows {
        for version in versions {
            let windows = VERSIONS[version];
            let [at_owner, at_other] = states(storage, volume, windows);
            let expected = if version < 2 { before } else { [owner, other] };
            let got = [printed(&at_owner), printed(&at_other)];
            assert_eq!(got, expected, "{volume} on {windows}");
        }
    }
}

#[test]
fn what_a_version_does_not_have_is_refused() {
    let cases = [
        (SAN, "file-system = \"ReFS\"", "2012", "no Cluster Shared Volumes on ReFS"),
        (S2D, "", "2012 R2", "no Storage Spaces Direct"),
        (SAS, "tiered = true", "2012", "no storage tiers"),
        (SAS, "resiliency = \"single-parity\"", "2012", "no Cluster Shared Volume"),
        (SAN, "replicated = true", "2012 R2", "no Storage Replica"),
        (S2D, "resiliency = \"nested-two-way-mirror\"", "2016", "no nested resiliency"),
        (S2D, "resiliency = \"three-way-mirror\"", "2022", "needs 3 nodes"),
        (S2D, "resiliency = \"dual-parity\"", "2022", "needs 4 nodes"),
        (SAN, "resiliency = \"two-way-mirror\"", "2022", "no storage space"),
        (SAN, "tiered = true", "2022", "no faster drives"),
        (SAS, "resiliency = \"nested-two-way-mirror\"", "2022", "for Storage Spaces Direct"),
    ];
    for (storage, volume, windows, told) in cases {
        let faults = faults(&text(storage, volume), &[("cluster.windows", windows)]);
        assert!(faults.contains(told), "{volume} on {windows}: {faults}");
    }
}

#[test]
fn the_nine_captured_set_ups_have_the_state_that_was_captured() {
    // A VM started off the owner, counters of its node captured (MSLab, TestingCSVRedirection).
    const REPLICA: &str = "replicated = true";
    use VolumeMode::{BlockRedirected, Direct, FileSystemRedirected};
    let cases = [
        (SAN, "", "NTFS", Direct),
        (SAN, "", "ReFS", FileSystemRedirected),
        (S2D, "", "NTFS", BlockRedirected),
        (S2D, "", "ReFS", FileSystemRedirected),
        (SAS, "", "NTFS", BlockRedirected),
        (SAS, "", "ReFS", FileSystemRedirected),
        (SAS, "tiered = true", "NTFS", FileSystemRedirected),
        (SAN, REPLICA, "NTFS", BlockRedirected),
        (SAN, REPLICA, "ReFS", FileSystemRedirected),
    ];
    for (storage, volume, file_system, expected) in cases {
        let volume = format!("{volume}\nfile-system = \"{file_system}\"");
        let [_, other] = states(storage, &volume, "2016");
        assert_eq!(other.mode, expected, "{volume} {storage}");
    }
}

#[test]
fn words_are_those_of_the_cmdlet() {
    let [_, other] = states(S2D, "file-system = \"ReFS\"\nredirected = true", "2019");
    assert_eq!(other.file_system_reason.to_string(), "UserRequest, FileSystemReFs");
    assert_eq!(other.block_reason.to_string(), "StorageSpaceNotAttached");
    assert_eq!((other.mode.name(), other.mode.value()), ("FileSystemRedirected", 3));
    let [owner, _] = states(SAS, "tiered = true", "2012 R2");
    assert_eq!(owner.file_system_reason.to_string(), "FileSystemTiering");
    let [owner, _] = states(SAN, "file-system = \"ReFS\"", "2012 R2");
    assert_eq!(owner.file_system_reason.to_string(), "NotFileSystemRedirected");
    assert!(owner.why.contains("2012 R2 has no name"), "{}", owner.why);
}

#[test]
fn a_filter_the_cluster_trusts_redirects_nothing() {
    let filters = "filters = [{ name = \"AV.sys\", kind = \"file-system\" }, \
                   { name = \"cdp\", kind = \"volume\" }]";
    let [owner, _] = states(SAN, filters, "2019");
    assert_eq!(printed(&owner), (3, 6, 0));
    assert!(owner.why.contains("AV.sys") && owner.why.contains("cdp"), "{}", owner.why);
    let text = text(SAN, filters);
    let trusted = |list| Story::new(&text, &[("cluster.shared-volume-compatible-filters", list)]);
    assert_eq!(printed(trusted("[\"av\"]").state("HV1")), (3, 4, 0));
    let both = trusted("[\"av\", \"CDP.SYS\"]");
    assert_eq!(printed(both.state("HV2")), DIRECT);
    let told =
        |f: &&csvnet::cluster::Finding| f.text.contains("SharedVolumeCompatibleFilters lists");
    assert_eq!(both.compiled.findings.iter().filter(told).count(), 2);
}

#[test]
fn an_owner_without_storage_names_who_would_take_over() {
    let text =
        text(SAN, "lost-paths = [\"HV1\"]") + "[volumes.CSV2]\nstorage = \"s\"\nowner = \"HV2\"\n";
    // Of three nodes with equal paths the one that owns nothing.
    let s = scenario(&text, &[("nodes.HV.count", "3")]);
    let fabric = Fabric::of(&s.cluster);
    let volume = s.cluster.volume_named("CSV1").expect("it exists");
    let next = successor(&s.cluster, &fabric, volume).expect("others have a path");
    assert_eq!(s.cluster.nodes[next].name, "HV3");
    let error = compile(&s.cluster, &s.workloads, &s.parameters.clone().freeze());
    let Err(CompileError::Unreachable { why, .. }) = error else { panic!("it is refused") };
    assert!(why.contains("would move to HV3"), "{why}");
}

#[test]
fn a_paused_volume_takes_no_load() {
    let s = scenario(&text(SAN, "paused = true"), &[]);
    let volume = s.cluster.volume_named("CSV1").expect("it exists");
    let fabric = Fabric::of(&s.cluster);
    for node in s.cluster.nodes.ids() {
        let state = csvnet::cluster::volume_state(&s.cluster, &fabric, node, volume);
        assert_eq!((state.mode.name(), state.mode.value()), ("Paused", 1));
    }
    assert!(compile(&s.cluster, &s.workloads, &s.parameters.clone().freeze()).is_err());
}
