//! Random networks run without panic, and what goes in comes out.

use csvnet::engine::{EngineError, RunPlan, RunRecord};
use csvnet::network::Network;
use proptest::prelude::*;

use super::generate::{Order, Vocabulary, networks};
use crate::support::{MS, SEED, bytes, count, try_run};

const CASES: u32 = 150;

fn plan() -> RunPlan {
    let plan = RunPlan::new(SEED, MS / 2, 4 * MS);
    RunPlan { under_way_max: 20_000, events_max: 200_000, ..plan }
}

/// What must hold of every record of every network.
fn check(net: &Network, record: &RunRecord) -> Result<(), TestCaseError> {
    prop_assert_eq!(record.issued, record.completed + record.inside);
    for (station, seen) in net.stations.iter().zip(&record.stations) {
        let servers = station.servers();
        let used = seen.busy_ps as f64 / record.window_ps as f64;
        prop_assert!(used <= servers * (1.0 + 1e-9), "{}: {used} of {servers}", station.label);
        prop_assert!(seen.wire_bytes >= seen.payload_bytes);
        prop_assert!(seen.response_ps >= seen.wait_ps);
    }
    let mut measured = 0;
    for group in &record.groups {
        for side in [&group.reads, &group.writes] {
            prop_assert_eq!(side.latency.count(), side.count);
            prop_assert!(side.intended.count() <= side.count);
            measured += side.count;
        }
        let completed = group.completions.total();
        prop_assert!(completed >= u128::from(group.reads.count + group.writes.count));
    }
    prop_assert!(measured <= record.completed);
    let all: u128 = record.groups.iter().map(|g| g.completions.total()).sum();
    prop_assert_eq!(all, u128::from(record.completed));
    Ok(())
}

/// What two runs must have in common to be the same.
pub(super) fn essence(record: &RunRecord) -> impl PartialEq + std::fmt::Debug + use<> {
    let groups: Vec<_> = (0..record.groups.len())
        .map(|g| {
            let group = &record.groups[g];
            let sums = (group.reads.latency.mean_secs(), group.writes.latency.mean_secs());
            let most = (group.reads.latency.max_ps(), group.writes.latency.max_ps());
            (count(record, g), bytes(record, g), sums, most)
        })
        .collect();
    let stations: Vec<_> = record
        .stations
        .iter()
        .map(|s| (s.visits, s.busy_ps, s.wait_ps, s.response_ps, s.payload_bytes, s.wire_bytes))
        .collect();
    (record.fingerprint, record.issued, record.completed, record.events, groups, stations)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::with_cases(CASES)
    })]

    #[test]
    fn what_goes_in_comes_out(spec in networks(Vocabulary::Full)) {
        let net = spec.build(Order(0));
        prop_assert_eq!(net.validate(), Ok(()), "the strategy makes valid networks only");
        match try_run(&net, &plan()) {
            Ok(record) => {
                check(&net, &record)?;
                let again = try_run(&net, &plan()).map(|r| essence(&r));
                prop_assert_eq!(again, Ok(essence(&record)), "two runs are equal");
            }
            Err(EngineError::Unstable { .. } | EngineError::TooManyEvents { .. }) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
