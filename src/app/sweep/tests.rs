//! Shards, kills and merges on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::{AppError, Hooks, Options, run};
use super::*;
use crate::plan::sweep::{Merged, Metric, Shard};
use crate::report::SweepReport;

const SCENARIO: &str = "title = 'small'\nlimits = ['mean latency <= 1 s']\n\
    [run]\nduration = '20 ms'\nwarm-up = '5 ms'\nreplications = 2\n\
    [nodes.A]\ncpu = 'one-epyc-7702p'\n\
    [storage.d]\nkind = 'device'\nmodel = 'fixed-law'\nnode = 'A'\n\
    [volumes.V]\nstorage = 'd'\nowner = 'A'\n\
    [vms.G]\nnode = 'A'\ndisks.x = { volume = 'V' }\n\
    [workloads.w]\nvm = 'G'\ndisk = 'x'\nblock = '8 KiB'\nread = '50 %'\n\
    working-set = '30 GB'\noutstanding = 4\n";

const GRID: &str = "scenario = 'cluster.toml'\n\
    [axes.depth]\npath = 'workloads.w.outstanding'\nvalues = [1, 4, 16]\n\
    [axes.block]\npath = 'workloads.w.block'\nvalues = ['4 KiB', '8 KiB', '64 KiB']\n";

/// A folder with a scenario and a plan of it.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(scenario: &str, grid: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.put("cluster.toml", scenario);
        bench.put("grid.toml", grid);
        let planned = bench.plan().unwrap_or_else(|error| panic!("{error}"));
        bench.put("sweep.json", &planned.plan.text());
        bench
    }

    fn plan(&self) -> Result<Planned, AppError> {
        let target = self.at("sweep.json");
        sweep_plan(&self.at("grid.toml"), Some(&target), &Hooks::silent())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name.starts_with("part-"));
        names.sort();
        names
    }

    fn run_with(&self, shard: &str, threads: usize, most: usize) -> Result<ShardDone, AppError> {
        let shard: Shard = shard.parse().unwrap();
        let output = self.at(&format!("part-{}.ndjson", shard.index));
        let threads = Some(threads);
        let options = ShardOptions { shard, output, scenario: None, threads };
        let done = AtomicUsize::new(0);
        let hooks = Hooks {
            cancelled: &|| done.load(Ordering::Relaxed) >= most,
            progress: &|_, _| _ = done.fetch_add(1, Ordering::Relaxed),
            ..Hooks::silent()
        };
        sweep_run(&self.at("sweep.json"), &options, &hooks)
    }

    fn run(&self, shard: &str) -> Result<ShardDone, AppError> {
        self.run_with(shard, 2, usize::MAX)
    }

    #[track_caller]
    fn done(&self, shard: &str) -> ShardDone {
        self.run(shard).unwrap_or_else(|error| panic!("{error}"))
    }

    fn merged(&self) -> Merged {
        sweep_merge(&[self.at("part-*.ndjson")]).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The bytes of the whole sweep in one process.
    fn one(&self) -> Vec<u8> {
        self.done("1/1");
        let text = self.get("part-1.ndjson");
        fs::remove_file(self.at("part-1.ndjson")).unwrap();
        text
    }
}

fn bytes(merged: &Merged) -> Vec<u8> {
    let mut text = Vec::new();
    merged.write(&mut text).unwrap();
    text
}

#[track_caller]
fn told<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    result.expect_err("it is refused").to_string()
}

#[test]
fn shards_and_threads_change_no_byte() {
    let bench = Bench::new(SCENARIO, GRID);
    let one = bench.one();
    for of in [1, 2, 4, 11] {
        for index in 1..=of {
            bench.run_with(&format!("{index}/{of}"), index as usize % 3 + 1, usize::MAX).unwrap();
        }
        assert_eq!(bench.names().len(), of as usize, "nothing is left beside the parts");
        assert_eq!(bytes(&bench.merged()), one, "{of}");
        for name in bench.names() {
            fs::remove_file(bench.at(&name)).unwrap();
        }
    }
}

#[test]
fn a_part_that_is_there_is_left_alone() {
    let bench = Bench::new(SCENARIO, GRID);
    let first = bench.done("2/3");
    assert_eq!((first.points, first.kept, first.failed), (3, 0, 0));
    let text = bench.get("part-2.ndjson");
    // Not even the scenario is looked at.
    fs::remove_file(bench.at("cluster.toml")).unwrap();
    let again = bench.done("2/3");
    assert_eq!((again.points, again.kept), (3, 3));
    assert_eq!(bench.get("part-2.ndjson"), text);
}

#[test]
fn an_interrupted_shard_is_gone_on_with() {
    let bench = Bench::new(SCENARIO, GRID);
    let one = bench.one();
    for (most, threads) in [(0, 1), (1, 1), (5, 1), (3, 2)] {
        let error = bench.run_with("1/1", threads, most).expect_err("it is interrupted");
        let AppError::Sweep(SweepError::Interrupted { done, of, .. }) = &error else {
            panic!("{error}")
        };
        assert_eq!(*of, 9);
        assert!(*done >= most as u64 && *done < 9, "{done} of {most}");
        assert_eq!(bench.names(), ["part-1.ndjson.kept-1"]);
        let kept = bench.done("1/1").kept;
        assert_eq!(kept, *done);
        assert_eq!(bench.names(), ["part-1.ndjson"]);
        assert_eq!(bench.get("part-1.ndjson"), one);
        fs::remove_file(bench.at("part-1.ndjson")).unwrap();
    }
}

#[test]
fn a_killed_shard_comes_to_the_same_bytes() {
    let bench = Bench::new(SCENARIO, GRID);
    let one = bench.one();
    bench.run_with("1/1", 1, 5).expect_err("it is interrupted");
    let kept = bench.get("part-1.ndjson.kept-1");
    let lines: Vec<usize> = kept
        .iter()
        .enumerate()
        .filter_map(|(at, byte)| (*byte == b'\n').then_some(at + 1))
        .collect();
    assert_eq!(lines.len(), 6);
    // Around every end of a line, and within the lines; the unit of the part has every byte.
    let cuts = lines.iter().flat_map(|end| [end - 200, end - 1, *end, (end + 1).min(kept.len())]);
    for cut in cuts.chain([0, 1]) {
        // Another process may have begun where the first was killed, and be killed as well.
        fs::write(bench.at("part-1.ndjson.kept-1"), &kept[..cut]).unwrap();
        fs::write(bench.at("part-1.ndjson.kept-7"), &kept[..lines[1] + 3]).unwrap();
        let whole = lines.iter().filter(|end| **end <= cut).count().saturating_sub(1);
        assert_eq!(bench.done("1/1").kept, whole.max(1) as u64, "{cut}");
        assert_eq!(bench.get("part-1.ndjson"), one, "{cut}");
        assert_eq!(bench.names(), ["part-1.ndjson"], "{cut}");
        fs::remove_file(bench.at("part-1.ndjson")).unwrap();
    }
}

#[test]
fn a_changed_scenario_is_refused() {
    let bench = Bench::new(SCENARIO, GRID);
    bench.put("cluster.toml", &format!("{SCENARIO}# another hand\n"));
    let error = told(bench.run("1/1"));
    assert!(error.contains("has changed since the sweep was planned"), "{error}");
    assert_eq!(bench.names(), [""; 0]);
    bench.put("cluster.toml", SCENARIO);
    bench.done("1/1");
}

#[test]
fn a_changed_trace_that_a_level_names_is_refused() {
    const TRACE: &str = "time_ns,op,lba_512,sectors,response_ns\n\
        100,R,8,16,1000\n200,W,8,16,2000\n500,R,24,1,3000\n600,W,25,1,4000\n";
    let replay = SCENARIO
        .replace("block = '8 KiB'\nread = '50 %'\nworking-set = '30 GB'\noutstanding = 4\n", "");
    let replay = format!("{replay}trace = 'a.csv'\n");
    let grid = "scenario = 'cluster.toml'\n\
        [axes.trace]\npath = 'workloads.w.trace'\nvalues = ['a.csv', 'b.csv']\n";
    let bench = Bench { folder: tempfile::tempdir().unwrap() };
    bench.put("cluster.toml", &replay);
    bench.put("grid.toml", grid);
    bench.put("a.csv", TRACE);
    bench.put("b.csv", &TRACE.replace("600", "700"));
    let planned = bench.plan().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(planned.plan.read.len(), 2);
    bench.put("sweep.json", &planned.plan.text());
    bench.put("b.csv", &TRACE.replace("600", "800"));
    let error = told(bench.run("1/1"));
    assert!(error.contains("or a file it names has changed"), "{error}");
    bench.put("b.csv", &TRACE.replace("600", "700"));
    bench.done("1/1");
}

#[test]
fn a_target_that_is_something_else_is_not_touched() {
    let bench = Bench::new(SCENARIO, GRID);
    bench.done("1/2");
    // The same file for another shard, and for another plan.
    fs::copy(bench.at("part-1.ndjson"), bench.at("part-2.ndjson")).unwrap();
    let error = told(bench.run("2/2"));
    assert!(error.contains("it is shard 1/2 of this sweep"), "{error}");
    bench.put("grid.toml", &GRID.replace("16]", "32]"));
    let planned = bench.plan().unwrap();
    bench.put("sweep.json", &planned.plan.text());
    let error = told(bench.run("1/2"));
    assert!(error.contains("it is of another sweep"), "{error}");
    bench.put("part-2.ndjson", "my notes\n");
    let error = told(bench.run("2/2"));
    assert!(error.contains("it is no part of a sweep"), "{error}");
    assert_eq!(bench.get("part-2.ndjson"), b"my notes\n");
    // Rows that another plan kept.
    fs::remove_file(bench.at("part-2.ndjson")).unwrap();
    bench.run_with("2/2", 1, 1).expect_err("it is interrupted");
    bench.put("grid.toml", GRID);
    bench.put("sweep.json", &bench.plan().unwrap().plan.text());
    let error = told(bench.run("2/2"));
    assert!(error.contains("it keeps rows of another sweep"), "{error}");
}

#[test]
fn a_torn_part_is_made_anew() {
    let bench = Bench::new(SCENARIO, GRID);
    bench.done("1/1");
    let one = bench.get("part-1.ndjson");
    for cut in [0, 10, 300, one.len() - 1] {
        fs::write(bench.at("part-1.ndjson"), &one[..cut]).unwrap();
        let told = told(sweep_merge(&[bench.at("part-1.ndjson")]));
        assert!(told.contains("part-1.ndjson"), "{told}");
        bench.done("1/1");
        assert_eq!(bench.get("part-1.ndjson"), one, "{cut}");
    }
}

#[test]
fn a_point_that_fails_is_a_row() {
    // A second machine is called G2, and is there only where there are two.
    let grid = "scenario = 'cluster.toml'\n\
        [axes.machines]\npath = 'vms.G.count'\nvalues = [1, 2]\n\
        [axes.of]\npath = 'workloads.w.vm'\nvalues = ['G', 'G2']\n";
    let bench = Bench::new(SCENARIO, grid);
    let done = bench.done("1/1");
    let error = done.first_error.unwrap();
    assert!(error.starts_with("workloads.w.vm: there is no"), "{error}");
    assert_eq!(done.points, 4);
    let merged = bench.merged();
    let wrong: Vec<u64> =
        merged.rows().filter(|row| row.error.is_some()).map(|row| row.point).collect();
    assert_eq!((wrong[0], wrong.len() as u64), (1, done.failed));
    let text = String::from_utf8(bytes(&merged)).unwrap();
    let folder = bench.folder.path().display().to_string();
    assert!(!text.contains(&folder), "what is wrong does not depend on where it lies");
    let report = SweepReport::of(&merged, None, String::new());
    let told: u64 = report.errors.iter().map(|of| of.points).sum();
    assert_eq!((report.failed, told), (done.failed, done.failed));
}

#[test]
fn a_simulated_point_is_what_run_says() {
    let grid = "scenario = 'cluster.toml'\nfidelity = 'simulate'\nseeds = 'per-point'\n\
        record = ['iops', 'latency-mean', 'latency-p99', 'redirected', 'cpu', 'busiest',\n\
        'limits']\n\
        [axes.depth]\npath = 'workloads.w.outstanding'\nvalues = [1, 16]\n";
    let bench = Bench::new(SCENARIO, grid);
    let one = bench.one();
    bench.run_with("1/2", 1, usize::MAX).unwrap();
    bench.run_with("2/2", 2, usize::MAX).unwrap();
    let merged = bench.merged();
    assert_eq!(bytes(&merged), one);
    for (row, depth) in merged.rows().zip(["1", "16"]) {
        let set = vec![("workloads.w.outstanding".to_owned(), depth.to_owned())];
        let options = Options { seed: row.seed, set, ..Options::default() };
        let report = run(&bench.at("cluster.toml"), &options, &Hooks::silent()).unwrap();
        let workload = &report.variants[0].workloads[0];
        let figure =
            |metric: Metric| row.figures.iter().find(|figure| figure.metric == metric).unwrap();
        for (metric, expected) in [
            (Metric::Iops, workload.iops),
            (Metric::LatencyMean, workload.latency_mean),
            (Metric::LatencyP99, workload.latency_p99),
            (Metric::CpuUtilisation, report.variants[0].cpus[0].utilisation),
            (Metric::Utilisation, report.variants[0].resources[0].utilisation),
            (Metric::Limit, report.variants[0].limits[0].figure),
        ] {
            let found = figure(metric);
            assert_eq!(found.value, Some(expected.value), "{metric:?} at {depth}");
            assert_eq!(found.prediction, expected.prediction.map(|ends| ends.map(Some)));
            assert_eq!(found.sampling, expected.sampling.map(|ends| ends.map(Some)));
        }
        assert_eq!(figure(Metric::Redirected).value, Some(0.0));
        assert_eq!(figure(Metric::Limit).verdict.unwrap().name(), "meets");
    }
    let seeds: Vec<_> = merged.rows().map(|row| row.seed).collect();
    assert_ne!(seeds[0], seeds[1]);
}

#[test]
fn a_simulation_that_is_stopped_leaves_no_half_row() {
    let grid = "scenario = 'cluster.toml'\nfidelity = 'simulate'\n\
        [axes.depth]\npath = 'workloads.w.outstanding'\nvalues = [1, 2]\n";
    let bench = Bench::new(SCENARIO, grid);
    let one = bench.one();
    bench.run_with("1/1", 1, 1).expect_err("it is interrupted");
    assert_eq!(bench.done("1/1").kept, 1);
    assert_eq!(bench.get("part-1.ndjson"), one);
}

#[test]
fn a_plan_finds_its_scenario_wherever_it_is_run() {
    let bench = Bench::new(SCENARIO, GRID);
    let one = bench.one();
    fs::create_dir(bench.at("plans")).unwrap();
    let target = bench.at("plans/other.json");
    let planned = sweep_plan(&bench.at("grid.toml"), Some(&target), &Hooks::silent()).unwrap();
    assert_eq!(planned.plan.scenario, "../cluster.toml");
    assert!(planned.told.starts_with("9 points: 3 depth x 3 block"), "{}", planned.told);
    // Moved with its plan somewhere else; the part only knows the way from the plan.
    fs::create_dir(bench.at("elsewhere")).unwrap();
    fs::copy(bench.at("cluster.toml"), bench.at("elsewhere/cluster.toml")).unwrap();
    fs::copy(bench.at("sweep.json"), bench.at("elsewhere/sweep.json")).unwrap();
    let options = |plan: &Path, scenario: Option<PathBuf>| {
        let output = bench.at("elsewhere/all.ndjson");
        let options = ShardOptions { shard: Shard::WHOLE, output, scenario, threads: None };
        sweep_run(plan, &options, &Hooks::silent())
    };
    options(&bench.at("elsewhere/sweep.json"), None).unwrap();
    assert_eq!(bench.get("elsewhere/all.ndjson"), one);
    // Or named.
    fs::remove_file(bench.at("elsewhere/all.ndjson")).unwrap();
    fs::rename(bench.at("elsewhere/cluster.toml"), bench.at("elsewhere/c.toml")).unwrap();
    let plan = bench.at("elsewhere/sweep.json");
    assert!(options(&plan, None).is_err());
    options(&plan, Some(bench.at("elsewhere/c.toml"))).unwrap();
    assert_eq!(bench.get("elsewhere/all.ndjson"), one);
}

#[test]
fn planning_can_be_stopped() {
    let bench = Bench::new(SCENARIO, GRID);
    let hooks = Hooks { cancelled: &|| true, ..Hooks::silent() };
    let error = sweep_plan(&bench.at("grid.toml"), None, &hooks).unwrap_err();
    assert!(matches!(error, AppError::Sweep(SweepError::PlanInterrupted)), "{error}");
}
