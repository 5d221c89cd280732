//! The smallest program: a cluster in code, one run, the cost of being redirected.
//!
//! ```text
//!   VM on HV1 --CSV network--> HV2 (owner of CSV1) ----> array
//! ```
//!
//! Run it with `cargo run --release --example first_run`.

use csvnet::app::{Hooks, Options, run_loaded};
use csvnet::scenario::Builder;
use csvnet::units::{Bytes, Ratio, SimDuration};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let builder = Builder::new("One VM, on and off its volume's owner")
        .part("run", |run| {
            run.set("duration", SimDuration::from_ms(200)).set("replications", 3_u32)
        })
        .part("cluster", |cluster| cluster.set("windows", "2022"))
        .network("csv", |net| net.set("switch", "mellanox-sn2010").set("mtu", Bytes::new(9000)))
        .nodes("HV", 2, "two-xeon-gold-6130", |node| {
            node.nic("storage", "mellanox-connectx-5-25g", "csv", |port| port.set("count", 2_u32))
                .hba("fc", "qlogic-qle2742", "array")
        })
        .storage("array", "array", "generic-all-flash", |storage| storage)
        .volume("CSV1", "array", "HV1", |volume| volume.set("file-system", "ReFS"))
        .vm("sql", "HV1", 8, |vm| vm.disk("data", "CSV1", |disk| disk))
        .workload("oltp", "sql", "data", |load| {
            load.set("block", Bytes::from_kib(8))
                .set("read", Ratio::from_fraction(0.7).expect("a share"))
                .set("outstanding", 16_u32)
                .set("working-set", Bytes::from_gib(200))
        })
        .variant("on the owner", &[])
        .variant("off the owner", &[("volumes.CSV1.owner", "HV2".into())]);
    let report = run_loaded(builder.load()?, &Options::default(), &Hooks::silent())?;
    let mut latencies = Vec::new();
    for variant in &report.variants {
        let load = &variant.workloads[0];
        let latency = load.latency_mean;
        println!(
            "{:<14} {:>7.0} IOPS, mean latency {:.0} us {:.0?} us",
            variant.name,
            load.iops.value,
            1e6 * latency.value,
            latency.prediction.map(|ends| ends.map(|end| 1e6 * end)),
        );
        latencies.push(latency.value);
    }
    assert!(latencies[1] > latencies[0], "the CSV network is not free");
    Ok(())
}
