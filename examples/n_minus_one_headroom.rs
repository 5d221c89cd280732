//! How much can the load grow, and how much with any one element lost?
//!
//! ```text
//!   HV1 (VM) --- storage1 ---+---- HV2 (owner)
//!            --- storage2 ---+          either port carries it alone, until it grows
//! ```
//!
//! Run it with `cargo run --release --example n_minus_one_headroom`.

use csvnet::app::{Hooks, Options, headroom, limits_setting};

/// The load of the example, by rate instead of by outstanding I/Os.
const LOAD: &str = "{ vm = \"sql\", disk = \"data\", block = \"8 KiB\", read = \"70 %\", \
                    rate = \"20000 IOPS\", working-set = \"200 GB\" }";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first-run.toml");
    let limits = limits_setting(&["csv port utilisation <= 60 %".to_owned()]);
    let mut set = vec![limits];
    for (path, value) in
        [("workloads.oltp", LOAD), ("run.duration", "50 ms"), ("run.replications", "2")]
    {
        set.push((path.to_owned(), value.to_owned()));
    }
    let variant = vec!["off the owner".to_owned()];
    let options = Options { set, variant, ..Options::default() };
    let report = headroom(file.as_ref(), true, &options, &Hooks::silent())?;
    for row in &report.rows {
        let times = row.times.map_or_else(|| "more than 64".to_owned(), |t| format!("{t:.2}"));
        println!("{:<40} {times} times the load", row.condition);
    }
    let whole = report.rows[0].times.ok_or("a limit is reached")?;
    let after = report.rows.iter().skip(1).filter_map(|row| row.times).fold(whole, f64::min);
    assert!(after < whole, "a lost port takes its share of the room");
    Ok(())
}
