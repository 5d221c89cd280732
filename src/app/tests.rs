//! Runs of small scenarios: checkpoints, traces, profile.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::report::{Json, Render};

/// One node, one device, two variants.
const SMALL: &str = r#"
title = "small"
run = { duration = "20 ms", warm-up = "4 ms", replications = 4 }
nodes.A = { cpu = "one-epyc-7702p" }
storage.d = { kind = "device", model = "fixed-law", node = "A" }
volumes.V = { storage = "d", owner = "A" }
vms.G = { node = "A", disks.x = { volume = "V" } }

[workloads.w]
vm = "G"
disk = "x"
block = "8 KiB"
read = "50 %"
working-set = "30 GB"
outstanding = 4

[[variants]]
name = "four"
[[variants]]
name = "eight"
set = { "workloads.w.outstanding" = 8 }
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), SMALL).unwrap();
    folder
}

fn json(report: &Report) -> String {
    let mut out = Vec::new();
    Json.render(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Runs until so many replications were finished in this call.
fn run_until(file: &Path, options: &Options, most: u64) -> Result<Report, AppError> {
    let done = AtomicU64::new(0);
    // Progress is told once after each replication, and once after each variant.
    let count = |_: f64, _: &str| {
        done.fetch_add(1, Ordering::Relaxed);
    };
    let cancelled = || done.load(Ordering::Relaxed) >= most;
    run(file, options, &Hooks { cancelled: &cancelled, progress: &count, ..Hooks::silent() })
}

fn with(checkpoint: &Path, threads: usize) -> Options {
    let checkpoint = Some(checkpoint.to_owned());
    Options { checkpoint, threads: Some(threads), ..Options::default() }
}

#[test]
fn an_interrupted_run_ends_with_the_same_bytes() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let whole = json(&run(&at("a.toml"), &Options::default(), &Hooks::silent()).unwrap());
    for (most, threads, then) in [(1, 1, 2), (2, 2, 1), (3, 1, 4), (5, 1, 1), (7, 2, 2)] {
        let kept = at(&format!("{most}.ckpt"));
        let part = run_until(&at("a.toml"), &with(&kept, threads), most).unwrap();
        assert!(part.partial, "after {most}");
        // Interrupted once more before it is let to its end.
        let more = run_until(&at("a.toml"), &with(&kept, then), 1).unwrap();
        let before: u64 = part.variants.iter().map(|variant| variant.replications).sum();
        let after: u64 = more.variants.iter().map(|variant| variant.replications).sum();
        assert!(after >= before, "nothing is lost: {before}, {after}");
        let rest = run(&at("a.toml"), &with(&kept, then), &Hooks::silent()).unwrap();
        assert_eq!(json(&rest), whole, "after {most} on {threads} threads");
        // A finished run is only read.
        let told = AtomicU64::new(0);
        let clock = || told.fetch_add(1, Ordering::Relaxed) as f64;
        let hooks = Hooks { clock: &clock, ..Hooks::silent() };
        let again = run_in_full(&at("a.toml"), &with(&kept, 1), &hooks).unwrap();
        assert_eq!((json(&again.report), again.profile.replications), (whole.clone(), 0));
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1 + 5, "no other file is left");
}

#[test]
fn a_checkpoint_of_another_run_is_refused_and_left_alone() {
    let folder = folder();
    let (file, kept) = (folder.path().join("a.toml"), folder.path().join("k"));
    run(&file, &with(&kept, 1), &Hooks::silent()).unwrap();
    let bytes = fs::read(&kept).unwrap();
    let refused = |change: &dyn Fn(&mut Options)| {
        let mut options = with(&kept, 1);
        change(&mut options);
        let error = run(&file, &options, &Hooks::silent()).unwrap_err();
        assert!(matches!(error, AppError::Checkpoint { .. }) && !error.is_bug(), "{error}");
        assert_eq!(fs::read(&kept).unwrap(), bytes);
        error.to_string()
    };
    let set = |path: &str, value: &str| vec![(path.to_owned(), value.to_owned())];
    assert!(refused(&|o| o.seed = Some(9)).contains("variant `four` differs in the seed;"));
    let one = refused(&|o| o.variant = vec!["eight".into()]);
    assert!(one.contains("has the variants `four`, `eight`, and this run has `eight`"), "{one}");
    let load = refused(&|o| o.set = set("workloads.w.block", "4 KiB"));
    assert!(load.contains("the workloads or traces"), "{load}");
    let cost = refused(&|o| o.set = set("parameters.host.per-io", "11 us"));
    assert!(cost.contains("the paths or what they cost"), "{cost}");
    let time = refused(&|o| o.set = set("run.duration", "21 ms"));
    assert!(time.contains("the duration") && time.contains("delete this one"), "{time}");
    // What says only how often or how well changes no replication.
    for change in [set("run.replications", "6"), set("title", "other"), set("run.level", "90 %")] {
        let options = Options { set: change, ..with(&kept, 1) };
        let on = run(&file, &options, &Hooks::silent()).unwrap();
        let alone = Options { checkpoint: None, ..options };
        assert_eq!(json(&on), json(&run(&file, &alone, &Hooks::silent()).unwrap()));
    }
}

#[test]
fn a_damaged_checkpoint_is_refused_and_left_alone() {
    let folder = folder();
    let (file, kept) = (folder.path().join("a.toml"), folder.path().join("k"));
    run(&file, &with(&kept, 1), &Hooks::silent()).unwrap();
    let bytes = fs::read(&kept).unwrap();
    for length in [0, 1, 21, 22, 63, 64, 65, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&kept, &bytes[..length]).unwrap();
        let error = run(&file, &with(&kept, 1), &Hooks::silent()).unwrap_err();
        assert!(matches!(error, AppError::Checkpoint { .. }), "{length}: {error}");
        assert_eq!(fs::read(&kept).unwrap().len(), length);
    }
    // What never was one is not touched, whatever it is.
    let error = run(&file, &with(&file, 1), &Hooks::silent()).unwrap_err();
    assert!(error.to_string().contains("it is no checkpoint of csvnet"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
    for nowhere in [folder.path().to_owned(), folder.path().join("no").join("k")] {
        let error = run(&file, &with(&nowhere, 1), &Hooks::silent()).unwrap_err();
        assert!(matches!(error, AppError::Checkpoint { .. }), "{error}");
    }
}

#[test]
fn a_precision_is_run_to_and_can_be_taken_back() {
    let folder = folder();
    let file = folder.path().join("a.toml");
    let of = |run_to| {
        let set = vec![("run.replications-max".to_owned(), "12".to_owned())];
        let options = Options { run_to, set, variant: vec!["four".into()], ..Options::default() };
        run(&file, &options, &Hooks::silent()).unwrap()
    };
    let report = of(RunTo::Precision(0.05));
    let row = report.variants[0].precision.as_ref().unwrap();
    assert!(row.met && row.reached <= 0.05 && row.asked == 0.05, "{row:?}");
    assert_eq!(report.run.replications, report.variants[0].replications);
    assert!(report.run.replications >= 10);
    // A tenth of a per cent takes more than a dozen windows so short.
    let report = of(RunTo::Precision(0.001));
    assert_eq!(report.run.replications, 12);
    let warning = "four: the precision of 0.1 % was not reached in 12 replications by w (";
    assert!(report.warnings.iter().any(|text| text.starts_with(warning)), "{:?}", report.warnings);
    assert!(!report.partial);
    let report = of(RunTo::Replications);
    assert_eq!((report.run.replications, &report.variants[0].precision), (4, &None));
}

#[test]
fn more_replications_than_a_precision_may_take_are_refused() {
    let folder = folder();
    let file = folder.path().join("a.toml");
    let set = vec![("run.replications-max".to_owned(), "12".to_owned())];
    let run_to = RunTo::Precision(0.02);
    let options = Options { replications: Some(20), run_to, set, ..Options::default() };
    let error = run(&file, &options, &Hooks::silent()).unwrap_err();
    assert!(matches!(error, AppError::Replications { stated: 20, most: 12, .. }));
    let text = error.to_string();
    assert!(
        text.contains("20 replications are stated") && text.contains("no more than 12 are run")
    );
    assert!(text.contains("`--set run.replications-max=20`"), "{text}");
    // Without a precision the most is of no concern.
    let options = Options { run_to: RunTo::Replications, replications: Some(13), ..options };
    assert_eq!(run(&file, &options, &Hooks::silent()).unwrap().run.replications, 13);
}

#[test]
fn an_interrupted_run_names_what_it_did_not_come_to() {
    let folder = folder();
    let one = Options { threads: Some(1), ..Options::default() };
    let part = run_until(&folder.path().join("a.toml"), &one, 3).unwrap();
    let done = |v: &crate::report::VariantReport| {
        (v.name.clone(), v.replications, v.replications_asked, v.complete)
    };
    assert_eq!(part.variants.iter().map(done).collect::<Vec<_>>(), [("four".into(), 3, 4, false)]);
    let not_begun = part.not_begun.iter().map(|v| (v.name.as_str(), v.replications_asked));
    assert_eq!(not_begun.collect::<Vec<_>>(), [("eight", 4)]);
    let whole = run(&folder.path().join("a.toml"), &one, &Hooks::silent()).unwrap();
    assert!(whole.not_begun.is_empty() && whole.variants.iter().all(|v| v.complete));
}

#[test]
fn the_pilot_run_is_a_phase_of_its_own() {
    let folder = folder();
    let ticks = AtomicU64::new(0);
    let clock = || ticks.fetch_add(1, Ordering::Relaxed) as f64;
    let hooks = Hooks { clock: &clock, ..Hooks::silent() };
    let set = vec![("run.warm-up".to_owned(), "auto".to_owned())];
    let options = Options { threads: Some(1), set, ..Options::default() };
    let profile = run_in_full(&folder.path().join("a.toml"), &options, &hooks).unwrap().profile;
    let names: Vec<_> = profile.phases.iter().map(|phase| phase.name).collect();
    assert_eq!(names, ["read", "compile", "pilot run", "simulate", "predict", "report"]);
    // The clock ticks once in the pilot run of each of the two variants.
    assert_eq!(profile.seconds_of("pilot run"), 2.0);
    assert_eq!(profile.replications, 8);
}

#[test]
fn progress_tells_the_rounds_of_a_precision() {
    let folder = folder();
    let told = std::sync::Mutex::new(Vec::new());
    let progress = |share: f64, doing: &str| told.lock().unwrap().push((share, doing.to_owned()));
    let hooks = Hooks { progress: &progress, ..Hooks::silent() };
    let options = Options { run_to: RunTo::Precision(0.001), ..Options::default() };
    run(&folder.path().join("a.toml"), &options, &hooks).unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.iter().all(|(share, _)| (0.0..=1.0).contains(share)));
    assert_eq!(told[0].1, "four: round 1, 1/10");
    let second = told.iter().find(|(_, doing)| doing.contains("round 2")).unwrap();
    assert!(second.1.starts_with("four: round 2, 11/15, ") && second.1.ends_with(" of 0.1 %"));
    assert_eq!(told.last().unwrap(), &(1.0, "eight".to_owned()));
}

#[test]
fn the_profile_counts_what_was_simulated() {
    let folder = folder();
    let ticks = AtomicU64::new(0);
    let clock = || ticks.fetch_add(1, Ordering::Relaxed) as f64;
    let hooks = Hooks { clock: &clock, ..Hooks::silent() };
    let options = Options { threads: Some(1), ..Options::default() };
    let outcome = run_in_full(&folder.path().join("a.toml"), &options, &hooks).unwrap();
    let profile = &outcome.profile;
    let names: Vec<_> = profile.phases.iter().map(|phase| phase.name).collect();
    assert_eq!(names, ["read", "compile", "simulate", "predict", "report"]);
    // Two variants, four replications each, of 24 ms.
    assert_eq!(profile.replications, 8);
    assert!((profile.simulated_s - 8.0 * 0.024).abs() < 1e-9);
    assert_eq!(profile.on_threads_s, 8.0, "the clock ticks once in each of them");
    let ios: f64 = outcome.report.variants.iter().map(|v| v.workloads[0].iops.value).sum();
    assert!((profile.ios_measured as f64 - ios * 4.0 * 0.02).abs() < 1e-6);
    assert!(profile.ios > profile.ios_measured && profile.events > profile.ios);
    assert!(profile.visits.keys().any(|station| station.contains("vmbus")));
    assert_eq!(outcome.hops, None, "nobody asked for them");
}

#[test]
fn a_trace_leaves_the_report_as_it_is() {
    let folder = folder();
    let file = folder.path().join("a.toml");
    let plain = json(&run(&file, &Options::default(), &Hooks::silent()).unwrap());
    let options = Options { trace_ios: 3, ..Options::default() };
    let outcome = run_in_full(&file, &options, &Hooks::silent()).unwrap();
    assert_eq!(json(&outcome.report), plain);
    let hops = outcome.hops.expect("the run was not cancelled");
    for variant in ["four", "eight"] {
        let of: Vec<_> = hops.iter().filter(|io| io.variant == variant).collect();
        let ios: std::collections::BTreeSet<u64> = of.iter().map(|io| io.io).collect();
        assert_eq!((of.len(), ios.len()), (3, 3), "{variant}: {ios:?}");
        for io in of {
            let of = &io.hops;
            assert!(io.workload == "w" && io.bytes == 8192, "{io:?}");
            assert!(of.iter().any(|hop| hop.station.contains("vmbus")), "{io:?}");
            assert!(of.iter().all(|hop| hop.bytes == 8192 && !hop.behind), "{io:?}");
            // The path has no gaps where no token is waited for: one visit ends, the next begins.
            assert_eq!(of.first().map(|hop| hop.arrived_ps), Some(io.issued_ps), "{io:?}");
            for pair in of.windows(2) {
                assert_eq!(pair[0].left_ps, pair[1].arrived_ps, "{io:?}");
            }
            assert_eq!(of.last().map(|hop| hop.left_ps), io.completed_ps, "{io:?}");
        }
    }
}

#[test]
fn what_was_interrupted_is_called_what_it_is() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("one.toml"), SMALL.split("[[variants]]").next().unwrap()).unwrap();
    let rows = "qd,iops\n1,10000\n2,20000\n4,39000\n";
    fs::write(at("t.csv"), rows).unwrap();
    let map = "[set.qd]\npath = 'workloads.w.outstanding'\n[measured.iops]\nmetric = 'iops'\n";
    fs::write(at("map.toml"), map).unwrap();
    let options = MeasuredOptions {
        observations: at("t.csv"),
        map: Some(at("map.toml")),
        ..MeasuredOptions::default()
    };
    let hooks = Hooks { cancelled: &|| true, ..Hooks::silent() };
    let told = |error: AppError| error.to_string();
    let fit = told(calibrate(&at("one.toml"), &options, &hooks).unwrap_err());
    assert_eq!(fit, "interrupted before the fit was done; nothing is written");
    let scored = told(score(&at("one.toml"), &options, &hooks).unwrap_err());
    assert_eq!(scored, "interrupted before every row was predicted; nothing is written");
}
