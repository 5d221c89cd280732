//! What being redirected costs by block size: the hop over the network, I/O by I/O.
//!
//! ```text
//!   direct       guest -> host -> SAN
//!   redirected   guest -> host -> SMB -> port ==wire==> port -> SMB -> owner -> SAN
//! ```
//!
//! Run it with `cargo run --release --example redirected_cost`.

use csvnet::app::{Hooks, Options, Vary, compare};
use csvnet::report::Compared;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first-run.toml");
    let mut costs = Vec::new();
    for block in ["4 KiB", "64 KiB", "512 KiB"] {
        let set = [
            ("workloads.oltp.block", block),
            ("workloads.oltp.outstanding", "1"),
            ("run.duration", "100 ms"),
            ("run.replications", "3"),
        ];
        let options = Options {
            set: set.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec(),
            variant: vec!["on the owner".to_owned()],
            ..Options::default()
        };
        // The same file with the volume here and there, on common random numbers.
        let owners = Vary {
            path: "volumes.CSV1.owner".to_owned(),
            values: vec!["HV1".to_owned(), "HV2".to_owned()],
        };
        let report = compare(&[file.into()], &[owners], &options, &Hooks::silent())?;
        let row = report.differences.iter().find(|row| row.metric == Compared::LatencyMean);
        let row = row.ok_or("the load is in both")?;
        let sampling = row.change.sampling.map(|ends| ends.map(|end| 1e6 * end));
        println!("{block:>8}: {:+.1} us, sampling {sampling:.1?} us", 1e6 * row.change.value);
        costs.push(row.change.value);
    }
    assert!(costs.is_sorted(), "the larger the block, the dearer the hop");
    assert!(costs[0] > 0.0, "even 4 KiB pay for it");
    Ok(())
}
