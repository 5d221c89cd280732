//! A device fitted to the first half of a measured trace, and judged on the second.
//!
//! ```text
//!   trace ---- first half ----> fit ----> device
//!         \--- second half ---> replay on it ----> predicted against measured percentiles
//! ```
//!
//! Run it with `cargo run --release --example calibrate_from_a_trace`.

use csvnet::app::{Hooks, Options, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/device-trace.toml");
    let report = run(file.as_ref(), &Options::default(), &Hooks::silent())?;
    println!("{}", report.calibration);
    let replay = report.variants.iter().flat_map(|variant| &variant.replays).next();
    let replay = replay.ok_or("the scenario replays a trace")?;
    println!("fitted on: {}", replay.fitted_on.as_deref().unwrap_or("nothing"));
    let mut errors = Vec::new();
    for row in &replay.quantiles {
        println!(
            "{:>6.1} %  measured {:>7.1} us  predicted {:>7.1} us  {:+.1} %",
            100.0 * row.quantile,
            1e6 * row.measured_s,
            1e6 * row.predicted.value,
            100.0 * row.error
        );
        errors.push((row.quantile, row.error.abs()));
    }
    assert!(replay.fitted_on.is_some(), "the device is fitted, not guessed");
    let median = errors.iter().find(|(quantile, _)| *quantile == 0.5);
    let (_, error) = median.ok_or("the median is among them")?;
    assert!(*error < 0.15, "the median is known to 15 %");
    Ok(())
}
