//! What programs that use the library rely on beside its results.

use csvnet::analytic::Analytic;
use csvnet::app::{AppError, MeasuredOptions, Options, Outcome, ShardOptions, SweepError};
use csvnet::calibrate::{Calibration, Mapping, ParameterFile};
use csvnet::cluster::Compiled;
use csvnet::diagnostic::Diagnostics;
use csvnet::engine::RunRecord;
use csvnet::experiment::{Checkpoint, Measurements, Plan, Prediction};
use csvnet::network::Network;
use csvnet::plan::sweep::{Grid, Merged, SweepPlan};
use csvnet::provenance::{FrozenParameters, ParameterSet};
use csvnet::report::{ExplainReport, FailuresReport, Report, SweepReport, TimelineReport};
use csvnet::scenario::document::{Document, MemoryFiles};
use csvnet::scenario::{Catalogue, Loaded, Opened, Scenario, Variant};
use csvnet::timeline::Timeline;
use csvnet::topology::Cluster;
use csvnet::workload::WorkloadSpec;

/// Compiles only for what other threads may own and see.
const fn other_threads_may_own_and_see<T: Send + Sync + 'static>() {}

/// The same for what borrows.
const fn other_threads_may_see<T: Send + Sync>() {}

/// Names types and asks of each what `other_threads_may_own_and_see` asks.
macro_rules! each {
    ($($type:ty),* $(,)?) => { $(other_threads_may_own_and_see::<$type>();)* };
}

const _: () = {
    each!(Scenario, Variant, Loaded, Opened, Document, MemoryFiles, Catalogue, Diagnostics);
    each!(Cluster, WorkloadSpec, ParameterSet, FrozenParameters, Network, Compiled, Analytic);
    each!(Plan, RunRecord, Measurements, Prediction, Checkpoint, Timeline);
    each!(Mapping, Calibration, ParameterFile, Grid, SweepPlan, Merged);
    each!(Options, MeasuredOptions, ShardOptions, Outcome, AppError, SweepError);
    each!(Report, ExplainReport, FailuresReport, TimelineReport, SweepReport);
    other_threads_may_see::<csvnet::app::Hooks<'_>>();
};

#[test]
fn one_scenario_serves_several_threads() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first-run.toml");
    let opened = Opened::read(file.as_ref(), &csvnet::scenario::document::DiskFiles);
    let opened = opened.unwrap_or_else(|faults| panic!("{faults}"));
    let names: Vec<String> = std::thread::scope(|scope| {
        let made = (0..opened.variants().len()).map(|k| {
            let opened = &opened;
            scope.spawn(move || {
                let maker = opened.maker(&csvnet::scenario::document::DiskFiles);
                maker.make(k, &[]).map(|variant| variant.name)
            })
        });
        let made: Vec<_> = made.collect();
        let name = |thread: std::thread::ScopedJoinHandle<'_, Result<String, Diagnostics>>| {
            let made = thread.join().expect("no thread panics");
            made.unwrap_or_else(|faults| panic!("{faults}"))
        };
        made.into_iter().map(name).collect()
    });
    assert_eq!(names, ["on the owner", "off the owner", "off the owner, NTFS"]);
}
