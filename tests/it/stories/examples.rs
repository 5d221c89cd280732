//! What the examples on direct-attached SAS and on Storage Spaces Direct are there to show.

use std::path::Path;

use csvnet::app::{Hooks, Options, run};
use csvnet::report::{Report, VariantReport};

use crate::cluster::assert_near;

fn example(name: &str, duration: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let set = [("run.duration", duration), ("run.warm-up", "50 ms")];
    let set = set.map(|(p, v)| (p.to_owned(), v.to_owned())).to_vec();
    let options = Options { replications: Some(2), set, ..Options::default() };
    run(&path, &options, &Hooks::silent()).unwrap_or_else(|error| panic!("{error}"))
}

fn variant<'a>(report: &'a Report, name: &str) -> &'a VariantReport {
    let found = report.variants.iter().find(|v| v.name == name);
    found.unwrap_or_else(|| panic!("there is no variant `{name}`"))
}

/// Payload bytes a second that a node sends.
fn sent(variant: &VariantReport, node: &str) -> f64 {
    let ports = variant.ports.iter().filter(|p| p.node == node && p.direction == "tx");
    ports.map(|p| p.payload.value).sum()
}

fn latency_s(variant: &VariantReport) -> f64 {
    variant.workloads[0].latency_mean.value
}

#[test]
fn two_nodes_on_sas_redirect_for_each_cause_and_not_without() {
    let report = example("two-node-sas.toml", "1 s");
    let of = |name| variant(&report, name);
    // 800 reads of 64 KiB a second, 70 % of them from the owner, the rest to it.
    let load = 800.0 * 65_536.0;
    for name in [
        "ReFS, as found",
        "NTFS, incompatible filter",
        "NTFS, both cables lost",
        "NTFS, redirected by hand",
    ] {
        let redirected = of(name);
        assert_near(sent(redirected, "HV2"), 0.7 * load, 0.1);
        assert_near(sent(redirected, "HV1"), 0.3 * load, 0.1);
        assert!(latency_s(redirected) > latency_s(of("the same on NTFS")), "{name}");
    }
    for name in ["the same on NTFS", "NTFS, one cable lost"] {
        assert_eq!((sent(of(name), "HV1"), sent(of(name), "HV2")), (0.0, 0.0), "{name}");
    }
    assert!(latency_s(of("NTFS, one cable lost")) > latency_s(of("the same on NTFS")));
    // A third node doubles what the owner has to send.
    assert_near(sent(of("ReFS, third node"), "HV2"), 2.0 * 0.7 * load, 0.1);
    let state = |name, node: &str| {
        let row = of(name)
            .volumes
            .iter()
            .find(|v| v.volume == "CSV2" && v.node == node)
            .expect("each node has a row");
        (row.state.clone(), row.file_system_reason.clone(), row.block_reason.clone())
    };
    let lost = state("NTFS, both cables lost", "HV1");
    assert_eq!(lost.2, "NoDiskConnectivity");
    let filtered = state("NTFS, incompatible filter", "HV2");
    assert_eq!(filtered.1, "IncompatibleFileSystemFilter");
}

#[test]
fn two_nodes_of_storage_spaces_direct_send_every_write() {
    let report = example("s2d-two-node.toml", "60 ms");
    let of = |name| variant(&report, name);
    let (reads, writes) = (0.7 * 30_000.0 * 8192.0, 0.3 * 30_000.0 * 8192.0);
    let aligned = of("aligned, two-way mirror");
    assert_near(sent(aligned, "HV1"), writes, 0.1);
    assert_eq!(sent(aligned, "HV2"), 0.0);
    assert_near(sent(of("aligned, nested mirror"), "HV1"), 2.0 * writes, 0.1);
    for name in ["off the owner, ReFS", "off the owner, NTFS"] {
        assert_near(sent(of(name), "HV1"), reads + writes, 0.1);
        assert_near(sent(of(name), "HV2"), writes, 0.1);
    }
    assert!(latency_s(of("off the owner, ReFS")) > latency_s(aligned));
    let resync = of("aligned, resynchronization");
    assert_near(sent(resync, "HV1"), 1e9 + writes, 0.1);
    assert_eq!(resync.workloads.len(), 1);
}
