//! Baseline and engine must agree before they are compared.

use csvnet::engine::{RunPlan, RunRecord, simulate};

use super::baseline;
use super::models::{Model, event_per_hop};

/// Runs the engine; the networks of the benches are valid and their runs are bounded.
pub(crate) fn engine(model: &Model, plan: &RunPlan) -> RunRecord {
    simulate(&model.net, plan, &|| false).expect("a valid network")
}

/// Runs the model for a short while in the baseline, the engine, and the engine with an event at
/// every hop: they must complete the same I/Os at the same picoseconds.
///
/// # Panics
/// When they do not.
pub(crate) fn check(model: &Model) {
    let plan = model.plan(true);
    let expected = baseline::simulate(&model.net, &plan);
    assert!(expected.events > 1_000, "{}: too short a run to compare anything", model.name);
    for (what, plan) in [("fused", plan), ("event per hop", event_per_hop(plan))] {
        let got = engine(model, &plan);
        let place = format!("{}, {what}: engine and baseline", model.name);
        assert_eq!(got.completed, expected.completed, "{place}: I/Os completed");
        for (a, b) in got.groups.iter().zip(&expected.groups) {
            let (a, b) = (&a.reads.latency, &b.latency);
            // The mean is the exact total over the count, rounded once.
            assert_eq!(a.count(), b.count(), "{place}: latencies recorded");
            assert_eq!(a.mean_secs(), b.mean_secs(), "{place}: total latency");
            assert_eq!((a.min_ps(), a.max_ps()), (b.min_ps(), b.max_ps()), "{place}: extremes");
        }
        // The engine may book a visit at its arrival, the baseline books it when service begins.
        let visits: u64 = got.stations.iter().map(|s| s.visits).sum();
        let visited: u64 = expected.stations.iter().map(|s| s.visits).sum();
        assert!(visits >= visited, "{place}: {visits} and {visited} visits");
        assert_eq!(got.fingerprint, expected.fingerprint, "{place}: fingerprint");
    }
}
