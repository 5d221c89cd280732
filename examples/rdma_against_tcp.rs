//! SMB Direct against TCP on the same ports: latency, and what it costs the processors.
//!
//! ```text
//!   HV1 (VM) ==== 25 GbE, RoCE or TCP ==== HV2 (owner) ---- array
//! ```
//!
//! Run it with `cargo run --release --example rdma_against_tcp`.

use csvnet::app::{Hooks, Options, run};
use csvnet::report::Report;

/// The load of the example, by rate instead of by outstanding I/Os.
const LOAD: &str = "{ vm = \"sql\", disk = \"data\", block = \"8 KiB\", read = \"70 %\", \
                    rate = \"20000 IOPS\", working-set = \"200 GB\" }";

fn with(rdma: &str) -> Result<Report, csvnet::app::AppError> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first-run.toml");
    let set = [
        ("network.rdma", rdma),
        ("workloads.oltp", LOAD),
        ("run.duration", "200 ms"),
        ("run.replications", "3"),
    ];
    let mut options = Options {
        set: set.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec(),
        variant: vec!["off the owner".to_owned()],
        ..Options::default()
    };
    options.seed = Some(1);
    run(file.as_ref(), &options, &Hooks::silent())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut seen = Vec::new();
    for rdma in ["on", "off"] {
        let report = with(rdma)?;
        let variant = &report.variants[0];
        let latency = variant.workloads[0].latency_mean.value;
        let owner = variant.cpus.iter().find(|cpu| cpu.node == "HV2").ok_or("HV2 has a CPU")?;
        println!(
            "RDMA {rdma:<3}  mean latency {:.0} us, processors of the owner {:.2} %",
            1e6 * latency,
            100.0 * owner.utilisation.value
        );
        seen.push((latency, owner.utilisation.value));
    }
    let (rdma, tcp) = (seen[0], seen[1]);
    assert!(rdma.0 < tcp.0, "SMB Direct answers sooner");
    assert!(rdma.1 < tcp.1, "and leaves the owner's processors alone");
    Ok(())
}
