//! Sides on common random numbers.

use csvnet::app::{AppError, Change, Hooks, Options, Vary, compare, run, whatif};
use csvnet::report::{CompareReport, Compared, DifferenceRow, Sureness};

use super::{TWO, file, reader, with};

fn row<'a>(report: &'a CompareReport, side: &str, metric: Compared) -> &'a DifferenceRow {
    let found = report.differences.iter().find(|row| row.side == side && row.metric == metric);
    found.unwrap_or_else(|| panic!("no {metric:?} of {side}: {:?}", report.sides))
}

#[test]
fn a_scenario_against_itself_differs_in_nothing() {
    let it = file(&[TWO, &reader("a", 2000)]);
    let files = [it.path.clone(), it.path];
    let report = compare(&files, &[], &Options::default(), &Hooks::silent()).unwrap();
    assert_eq!(report.differences.len(), 3);
    for row in &report.differences {
        assert_eq!((row.from, row.change.value, row.sure), (row.to, 0.0, Sureness::NotShown));
        assert_eq!(row.change.sampling, Some([0.0, 0.0]), "every draw is the same");
        assert_eq!(row.change.prediction, Some([0.0, 0.0]), "and every parameter");
    }
    assert_ne!(report.sides[0].name, report.sides[1].name);
}

#[test]
fn a_difference_is_that_of_two_runs() {
    let it = file(&[TWO, &reader("a", 2000)]);
    let vary =
        [Vary { path: "volumes.CSV.owner".into(), values: vec!["HV2".into(), "HV1".into()] }];
    let all = compare(std::slice::from_ref(&it.path), &vary, &Options::default(), &Hooks::silent());
    let all = all.unwrap();
    assert_eq!(all.sides[1].name, "volumes.CSV.owner = HV1");
    let of = |owner: &str| {
        let report = run(&it.path, &with(&[("volumes.CSV.owner", owner)]), &Hooks::silent());
        report.unwrap().variants.remove(0).workloads.remove(0).latency_mean.value
    };
    let (aligned, redirected) = (of("HV2"), of("HV1"));
    let found = row(&all, &all.sides[1].name, Compared::LatencyMean);
    assert_eq!((found.from, found.to), (aligned, redirected));
    assert!((found.change.value - (redirected - aligned)).abs() < 1e-15);
    // 64 KiB take 52 us on the wire at least, which nothing makes up for.
    assert!(found.change.value > 52e-6 && found.sure != Sureness::NotShown, "{found:?}");
    // What both do alike cancels: the paired interval is narrower than two of single runs.
    let [low, high] = found.change.sampling.unwrap();
    assert!(found.variance_reduction.unwrap() > 2.0 && low < found.change.value && high > low);
}

#[test]
fn sides_are_every_combination_and_keep_their_order() {
    let it = file(&[TWO, &reader("a", 500)]);
    let vary = |path: &str, values: &[&str]| Vary {
        path: path.into(),
        values: values.iter().map(|v| (*v).to_owned()).collect(),
    };
    let vary =
        [vary("volumes.CSV.owner", &["HV1", "HV2"]), vary("cluster.windows", &["2019", "2022"])];
    let one = Options { threads: Some(1), ..Options::default() };
    let report = compare(std::slice::from_ref(&it.path), &vary, &one, &Hooks::silent()).unwrap();
    let names: Vec<&str> = report.sides.iter().map(|side| side.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "volumes.CSV.owner = HV1: cluster.windows = 2019",
            "volumes.CSV.owner = HV1: cluster.windows = 2022",
            "volumes.CSV.owner = HV2: cluster.windows = 2019",
            "volumes.CSV.owner = HV2: cluster.windows = 2022",
        ]
    );
    let four = Options { threads: Some(4), ..Options::default() };
    let again = compare(std::slice::from_ref(&it.path), &vary, &four, &Hooks::silent()).unwrap();
    assert_eq!(report, again, "threads change nothing");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (a, b) = (file(&[TWO, &reader("a", 500)]), file(&[TWO, &reader("b", 500)]));
    let none = Options::default();
    let error = compare(std::slice::from_ref(&a.path), &[], &none, &Hooks::silent()).unwrap_err();
    assert!(matches!(error, AppError::Sides { sides: 1, .. }), "{error}");
    let many = Vary { path: "run.seed".into(), values: (0..65).map(|k| k.to_string()).collect() };
    let error = compare(std::slice::from_ref(&a.path), &[many], &none, &Hooks::silent());
    assert!(matches!(error, Err(AppError::Sides { sides: 65, .. })));
    let report = compare(&[a.path, b.path], &[], &none, &Hooks::silent()).unwrap();
    assert!(report.differences.is_empty());
    assert_eq!(report.notes.len(), 2, "each has a load that the other lacks: {:?}", report.notes);
}

#[test]
fn rdma_is_switched_off_and_on_again() {
    let text = TWO.replace("stated-rate\", network", "mellanox-connectx-5-25g\", network");
    let text = text.replace("nics.stated-rate.speed = \"10 Gbit/s\"\n", "");
    let it = file(&[&text, &reader("a", 2000)]);
    let vary = [Vary { path: "network.rdma".into(), values: vec!["on".into(), "off".into()] }];
    let files = std::slice::from_ref(&it.path);
    let report = compare(files, &vary, &Options::default(), &Hooks::silent()).unwrap();
    let slower = row(&report, "network.rdma = off", Compared::LatencyMean);
    assert!(slower.change.value > 0.0, "TCP costs more: {slower:?}");
    let plain = run(&it.path, &Options::default(), &Hooks::silent()).unwrap();
    assert_eq!(slower.from, plain.variants[0].workloads[0].latency_mean.value, "on is as it is");
}

#[test]
fn a_change_is_held_against_the_scenario_as_it_is() {
    let it = file(&[TWO, &reader("a", 2000)]);
    let change =
        Change { set: vec![("volumes.CSV.owner".into(), "HV2".into())], ..Change::default() };
    let report = whatif(&it.path, &change, &Options::default(), &Hooks::silent()).unwrap();
    let faster = row(&report, "changed", Compared::LatencyMean);
    assert!(faster.change.value < -52e-6, "{faster:?}");
    assert_eq!(report.sides[1].changes, ["volumes.CSV.owner = HV2"]);
    assert_eq!(report.sides[1].port, None, "nothing crosses the network any more");
}

#[test]
fn a_load_that_is_offered_and_carried_is_carried_on_both_sides() {
    let it = file(&[TWO, &reader("a", 2000)]);
    let vary = |values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        [Vary { path: "volumes.CSV.file-system".into(), values }]
    };
    let files = std::slice::from_ref(&it.path);
    let options = Options::default();
    let report = compare(files, &vary(&["ReFS", "NTFS"]), &options, &Hooks::silent()).unwrap();
    let side = &report.sides[1];
    let iops = row(&report, &side.name, Compared::Iops);
    // The ways differ in kind, so the model may be wrong on one of them; of the rate it is not.
    assert_eq!(iops.change.prediction, iops.change.sampling, "{iops:?}");
    let latency = row(&report, &side.name, Compared::LatencyMean);
    assert_ne!(latency.change.prediction, latency.change.sampling);
    // Without redirection the cores of the owner have nothing to do.
    let used = |k: usize| {
        let side = &report.sides[k];
        (side.node.as_deref(), side.cpu.as_ref().map(|figure| figure.value))
    };
    let ((_, redirected), (node, direct)) = (used(0), used(1));
    assert_eq!(node, Some("HV2"));
    assert!(redirected > direct && direct > Some(0.0), "{redirected:?} {direct:?}");
}

#[test]
fn sides_of_other_lengths_and_levels_differ_in_nothing_either() {
    let it = file(&[TWO, &reader("a", 2000)]);
    let five = TWO.replace("replications = 3", "replications = 5\nlevel = \"90 %\"");
    let other = file(&[&five, &reader("a", 2000)]);
    let report = compare(&[it.path, other.path], &[], &Options::default(), &Hooks::silent());
    let report = report.unwrap();
    for row in &report.differences {
        assert_eq!((row.change.value, row.sure), (0.0, Sureness::NotShown), "{row:?}");
    }
    let told = |words: &str| report.notes.iter().any(|note| note.contains(words));
    assert!(told("5 replications against 3") && told("95 %"), "{:?}", report.notes);
}
