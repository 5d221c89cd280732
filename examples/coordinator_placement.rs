//! Who should own the volume? Each node in turn, with machines on two of three nodes.
//!
//! ```text
//!   HV1: 3 VMs      HV2: 1 VM      HV3: none      one ReFS volume on a SAN
//!        the fewer machines are away from the owner, the less crosses the network
//! ```
//!
//! Run it with `cargo run --release --example coordinator_placement`.

use csvnet::app::{Hooks, Options, run_loaded};
use csvnet::scenario::Builder;
use csvnet::units::{Bytes, Iops, SimDuration};

fn cluster(owner: &str) -> Builder {
    let load = |builder: Builder, vm: &str, node: &str| {
        builder.vm(vm, node, 4, |vm| vm.disk("data", "CSV1", |disk| disk)).workload(
            vm,
            vm,
            "data",
            |load| {
                load.set("block", Bytes::from_kib(64))
                    .set("read", "80 %")
                    .set("rate", Iops::new(2000.0).expect("a rate"))
                    .set("working-set", Bytes::from_gib(20))
            },
        )
    };
    let mut builder = Builder::new("who should own the volume")
        .part("run", |run| {
            run.set("duration", SimDuration::from_ms(100)).set("replications", 3_u32)
        })
        .network("csv", |net| net.set("switch", "mellanox-sn2010").set("mtu", Bytes::new(9000)))
        .nodes("HV", 3, "two-xeon-gold-6130", |node| {
            node.nic("storage", "mellanox-connectx-5-25g", "csv", |port| port).hba(
                "fc",
                "qlogic-qle2742",
                "array",
            )
        })
        .storage("array", "array", "generic-all-flash", |storage| storage)
        .volume("CSV1", "array", owner, |volume| volume.set("file-system", "ReFS"));
    for (vm, node) in [("a", "HV1"), ("b", "HV1"), ("c", "HV1"), ("d", "HV2")] {
        builder = load(builder, vm, node);
    }
    builder
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut crossing = Vec::new();
    for owner in ["HV1", "HV2", "HV3"] {
        let loaded = cluster(owner).load()?;
        let report = run_loaded(loaded, &Options::default(), &Hooks::silent())?;
        let ports = report.variants[0].ports.iter();
        // What leaves one node arrives at another: counted once.
        let wire: f64 = ports.filter(|port| port.direction == "tx").map(|p| p.wire.value).sum();
        println!("owner {owner}: {:.0} MB/s cross the CSV network", wire / 1e6);
        crossing.push(wire);
    }
    assert!(crossing[0] < crossing[1] && crossing[1] < crossing[2], "most machines decide");
    Ok(())
}
