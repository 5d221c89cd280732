//! The cheapest network, against every one of them tried.

use std::sync::atomic::{AtomicBool, Ordering};

use csvnet::app::{AppError, Hooks, Options, SizeOptions, gate, limits_setting, size};
use csvnet::plan::size::{Choices, candidates, plugs};
use csvnet::report::{SizeReport, SizeRow, SizeState, Verdict};
use csvnet::scenario::document::{DiskFiles, Document};

use super::{File, NIGHTLY, SLOW, TAKEN_TO_RUN, TWO, file, reader};

const CATALOGUE: &str = "
currency = \"EUR\"
[[option]]
model = \"intel-i350\"
ports = [1, 2]
price = 40
[[option]]
model = \"intel-x710\"
ports = [1]
price = 300
[[option]]
model = \"mellanox-connectx-5-25g\"
ports = [1]
rdma = [true, false]
price = 250
";

fn limited(limits: &[&str]) -> Options {
    let limits: Vec<String> = limits.iter().map(|limit| (*limit).to_owned()).collect();
    Options { set: vec![limits_setting(&limits)], ..Options::default() }
}

fn with_catalogue(parts: &[&str]) -> (File, SizeOptions) {
    let it = file(parts);
    let catalogue = it.path.with_file_name("catalogue.toml");
    std::fs::write(&catalogue, CATALOGUE).expect("there is room for a file");
    (it, SizeOptions { catalogue: Some(catalogue), ..SizeOptions::default() })
}

/// The scenario without the ports of its own, which the sizes replace, and the catalogue beside it.
fn prepared(rate: u32) -> (File, SizeOptions) {
    let it = file(&[TWO, &reader("a", rate)]);
    let catalogue = it.path.with_file_name("catalogue.toml");
    std::fs::write(&catalogue, CATALOGUE).expect("there is room for a file");
    (it, SizeOptions { catalogue: Some(catalogue), ..SizeOptions::default() })
}

fn chosen(report: &SizeReport) -> &str {
    report.chosen().map_or("nothing", |row| row.network.as_str())
}

#[test]
fn the_answer_is_the_first_that_passes_the_gate() {
    let (it, asked) = prepared(2500);
    let options = limited(&["csv port utilisation <= 60 %"]);
    let report = size(&it.path, &asked, &options, &Hooks::silent()).unwrap();
    let document = Document::load(&it.path, &DiskFiles).unwrap();
    let choices = Choices::load(asked.catalogue.as_ref().unwrap(), &DiskFiles).unwrap();
    let all = candidates(&choices, &plugs(&document, &["csv".to_owned()]).unwrap(), &[None], true);
    let passes = |candidate: &csvnet::plan::size::Candidate| {
        let set = candidate.settings.iter().chain(&options.set).cloned().collect();
        let own = Options { set, ..Options::default() };
        gate(&it.path, false, &own, &Hooks::silent()).unwrap().verdict == Verdict::Meets
    };
    let mut good = all.iter().filter(|candidate| passes(candidate));
    assert_eq!(chosen(&report), good.next().expect("one passes").name);
    let second = report.rows.iter().find(|row| row.runner_up).map(|row| row.network.as_str());
    assert_eq!(second, good.next().map(|candidate| candidate.name.as_str()));
    // 2,500 x 64 KiB are 1.31 Gbit/s: two ports of 1 Gbit/s are beyond 60 %, cheap as they are.
    assert!(
        matches!(report.rows[0].state, SizeState::Solved(Verdict::Misses)),
        "{:?}",
        report.rows
    );
    // 25 Gbit/s are cheaper than 10 in this catalogue.
    assert!(chosen(&report).contains("connectx-5"), "{}", chosen(&report));
}

#[test]
fn without_prices_the_rate_decides() {
    let (it, mut asked) = prepared(1500);
    asked.catalogue = None;
    let options = limited(&["csv port utilisation <= 60 %"]);
    let report = size(&it.path, &asked, &options, &Hooks::silent()).unwrap();
    let rates: Vec<f64> = report.rows.iter().map(|row| row.bits_per_s).collect();
    assert!(rates.is_sorted(), "{rates:?}");
    let row = report.chosen().expect("something is enough");
    assert!(row.is_sure() && row.bits_per_s <= 20e9, "{row:?}");
    assert!(report.currency.is_none() && report.not_tried > 0);
}

#[test]
fn limits_that_nothing_keeps_are_told() {
    let (it, asked) = prepared(1500);
    let options = limited(&["mean latency <= 1 us"]);
    let report = size(&it.path, &asked, &options, &Hooks::silent()).unwrap();
    assert!(report.chosen().is_none(), "{}", chosen(&report));
    assert!(report.rows.iter().all(|row| row.stress.is_some_and(|stress| stress > 1.0)));
}

#[test]
fn growth_and_networks_that_are_not_there_are_refused() {
    let (it, asked) = prepared(100);
    let grown = SizeOptions { months: Some(12), ..asked.clone() };
    let error = size(&it.path, &grown, &Options::default(), &Hooks::silent()).unwrap_err();
    assert!(matches!(error, AppError::Growth { .. }), "{error}");
    let other = SizeOptions { networks: vec!["lan".into()], ..asked };
    let error = size(&it.path, &other, &Options::default(), &Hooks::silent()).unwrap_err();
    assert!(matches!(error, AppError::WhichNetwork { .. }), "{error}");
}

#[test]
fn after_growth_more_is_needed() {
    let curve = "[timeline]\nstart = \"2026-11-23 00:00\"\nhorizon = \"1 d\"\n[curves.up]\n\
                 growth = { rate = \"10 %\", per = \"month\" }\n";
    let load = reader("a", 400) + "curve = \"up\"\n";
    let it = file(&[TWO, curve, &load]);
    let catalogue = it.path.with_file_name("catalogue.toml");
    std::fs::write(&catalogue, CATALOGUE).expect("there is room for a file");
    let now = SizeOptions { catalogue: Some(catalogue), ..SizeOptions::default() };
    let later = SizeOptions { months: Some(24), ..now.clone() };
    let options = limited(&["csv port utilisation <= 60 %"]);
    let of = |asked| size(&it.path, asked, &options, &Hooks::silent()).unwrap();
    // 0.21 Gbit/s now; ten times as much in two years.
    assert!(chosen(&of(&now)).contains("1 x intel-i350"), "{}", chosen(&of(&now)));
    assert!(chosen(&of(&later)).contains("connectx-5"), "{}", chosen(&of(&later)));
}

#[test]
fn two_subnets_are_sized_alike() {
    // One port in each of two subnets, over which Multichannel spreads what one could carry.
    let two = TWO
        .replace("[networks.csv]\nswitch = \"ideal\"\nmtu = \"9000 B\"\n", "")
        .replace("network = \"csv\" }", "network = \"smb1\" }\nnics.q = { model = \"stated-rate\", network = \"smb2\" }")
        .replace("[nodes.HV]", "[networks.smb1]\nswitch = \"ideal\"\nmtu = \"9000 B\"\n[networks.smb2]\nswitch = \"ideal\"\nmtu = \"9000 B\"\n[nodes.HV]");
    let it = file(&[&two, &reader("a", 2500)]);
    let catalogue = it.path.with_file_name("catalogue.toml");
    std::fs::write(&catalogue, CATALOGUE).expect("there is room for a file");
    let asked = SizeOptions { catalogue: Some(catalogue), ..SizeOptions::default() };
    let options = limited(&["csv port utilisation <= 60 %"]);
    let report = size(&it.path, &asked, &options, &Hooks::silent()).unwrap();
    assert_eq!(report.networks, ["smb1", "smb2"]);
    // 1.31 Gbit/s and headers over 2 x 2 ports of 1 Gbit/s in each node: a third of each. One port
    // in each subnet has two thirds.
    let row = report.chosen().expect("something is enough");
    assert_eq!(
        (row.network.as_str(), row.ports),
        ("2 x intel-i350 on each network, TCP, Multichannel", 8)
    );
    assert!(
        row.price == Some(8.0 * 40.0) && row.stress.is_some_and(|s| s > 0.5 && s < 0.7),
        "{row:?}"
    );
    let single = report.rows.iter().find(|row| row.ports == 4 && !row.chosen).unwrap();
    assert!(single.stress.is_some_and(|s| s > 1.0), "{single:?}");
    // Only one of them, on demand.
    let one = SizeOptions { networks: vec!["smb1".into()], ..asked };
    let report = size(&it.path, &one, &options, &Hooks::silent()).unwrap();
    assert_eq!(report.networks, ["smb1"]);
}

#[test]
fn what_is_chosen_passes_the_gate_after_failures_too() {
    let (it, asked) = with_catalogue(&[TWO, SLOW, &reader("a", 800)]);
    let asked = SizeOptions { n_1: true, ..asked };
    let options = limited(&["csv port utilisation <= 60 %", "p99 latency <= 500 ms"]);
    let report = size(&it.path, &asked, &options, &Hooks::silent()).unwrap();
    let row = report.chosen().expect("something is enough");
    assert!(row.is_sure(), "{row:?}");
    let set = row.settings.iter().map(|setting| {
        let (path, value) = setting.split_once(" = ").unwrap();
        (path.to_owned(), value.to_owned())
    });
    let set = set.chain(options.set.clone()).collect();
    let own = Options { set, ..Options::default() };
    let gated = gate(&it.path, true, &own, &Hooks::silent()).unwrap();
    assert_eq!(gated.verdict, Verdict::Meets, "{}", gated.line);
    assert!(row.looked_at.is_some_and(|of| of.simulated >= gated.looked_at.unwrap().simulated));
    // Ports are nearer to their limit than latency is to its own: the nearest of both are two.
    assert!(row.looked_at.is_some_and(|of| of.simulated >= 2 && of.of > of.simulated));
}

#[test]
fn a_network_carries_what_was_carried_before() {
    // 2,000 x 64 KiB are 1.05 Gbit/s, more than a port of 1 Gbit/s carries; it keeps its limit.
    let (it, asked) = with_catalogue(&[TWO, &reader("a", 2000)]);
    let options = limited(&["csv port utilisation <= 100 %"]);
    let report = size(&it.path, &asked, &options, &Hooks::silent()).unwrap();
    let row = &report.rows[0];
    assert!(row.network.starts_with("1 x intel-i350"), "{row:?}");
    assert_eq!(row.state, SizeState::Solved(Verdict::Misses), "{row:?}");
    assert_eq!(row.limit.as_deref(), Some("the rate asked for is carried"), "{row:?}");
    assert!(report.chosen().is_some_and(SizeRow::is_sure));
}

#[test]
fn the_runner_up_is_no_other_share_for_smb() {
    let (it, asked) = with_catalogue(&[TWO, &reader("a", 400), NIGHTLY]);
    let options = limited(&["csv port utilisation <= 60 %"]);
    let report = size(&it.path, &asked, &options, &Hooks::silent()).unwrap();
    let plain = |name: &str| name.split(", ETS").next().unwrap().to_owned();
    let second = report.rows.iter().find(|row| row.runner_up).expect("there is another one");
    assert!(plain(chosen(&report)) != plain(&second.network), "{}", second.network);
    let shares = report.rows.iter().filter(|row| row.network.contains("ETS"));
    assert_eq!(shares.count(), 0, "what meets without a share needs none");
    assert!(report.notes.iter().any(|note| note.contains(TAKEN_TO_RUN)), "{:?}", report.notes);
}

#[test]
fn growth_is_looked_for_before_anything_is_searched() {
    let (it, asked) = prepared(100);
    let grown = SizeOptions { months: Some(12), ..asked };
    let hooks = Hooks { cancelled: &|| true, ..Hooks::silent() };
    let error = size(&it.path, &grown, &Options::default(), &hooks).unwrap_err();
    assert!(matches!(error, AppError::Growth { .. }), "{error}");
}

#[test]
fn what_was_tried_is_told_when_it_is_interrupted() {
    let (it, asked) = prepared(2500);
    let asked = SizeOptions { n_1: true, ..asked };
    let options = limited(&["csv port utilisation <= 60 %"]);
    let stopped = AtomicBool::new(false);
    let hooks = Hooks {
        cancelled: &|| stopped.load(Ordering::Relaxed),
        progress: &|_, what| {
            if what.starts_with("2 x intel-i350") {
                stopped.store(true, Ordering::Relaxed);
            }
        },
        ..Hooks::silent()
    };
    let report = size(&it.path, &asked, &options, &hooks).unwrap();
    assert!(report.partial && report.rows.len() == 1 && report.not_tried > 0, "{report:#?}");
    let none = size(&it.path, &asked, &options, &hooks).unwrap_err();
    assert!(none.to_string().contains("before any network was tried"), "{none}");
}
