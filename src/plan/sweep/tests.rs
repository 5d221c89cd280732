//! Grids, plans, parts and merges of a small scenario in memory.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::diagnostic::Diagnostics;
use crate::scenario::document::{Document, MemoryFiles};
use crate::scenario::{Opened, Setting};

/// Two nodes, a volume of the first, a machine on the second with its disk there, another with its
/// disk at home.
const SCENARIO: &str = "title = 'small'\n\
    limits = ['mean latency <= 1 s', 'workload web: p99 latency <= 5 ms']\n\
    networks.csv = { switch = 'mellanox-sn2010', mtu = '9000 B', pfc = true }\n\
    storage.array = { kind = 'array', model = 'generic-all-flash' }\n\
    volumes.V1 = { storage = 'array', owner = 'HV1', file-system = 'ReFS' }\n\
    volumes.V2 = { storage = 'array', owner = 'HV2', file-system = 'ReFS' }\n\
    [nodes.HV]\ncount = 2\ncpu = 'two-xeon-gold-6130'\n\
    nics.s = { model = 'mellanox-connectx-5-25g', network = 'csv' }\n\
    hbas.fc = { model = 'qlogic-qle2742', storage = 'array' }\n\
    [vms.g]\nnode = 'HV2'\n\
    disks.data = { volume = 'V1' }\n\
    [vms.h]\nnode = 'HV2'\n\
    disks.data = { volume = 'V2' }\n\
    [workloads.web]\nvm = 'g'\ndisk = 'data'\nblock = '8 KiB'\nread = '70 %'\n\
    working-set = '30 GB'\noutstanding = 4\n";

const GRID: &str = "scenario = 'a.toml'\n\
    [axes.depth]\npath = 'workloads.web.outstanding'\nvalues = [1, 4, 16]\n\
    [axes.block]\npath = 'workloads.web.block'\nlow = '4 KiB'\nhigh = '16 KiB'\nsteps = 3\n\
    scale = 'log'\n\
    [axes.owner.is.near]\n'volumes.V1.owner' = 'HV2'\n[axes.owner.is.far]\n\
    'volumes.V1.owner' = 'HV1'\n";

fn grid(text: &str) -> Result<Grid, Diagnostics> {
    Grid::read(Document::from_text("grid.toml", text)?)
}

fn planned(text: &str) -> Result<SweepPlan, Diagnostics> {
    let files = MemoryFiles::new().with("a.toml", SCENARIO);
    let opened = Opened::read(Path::new("a.toml"), &files)?;
    let of = Checked {
        opened: &opened,
        files: &files,
        scenario_hash: "0123456789abcdef",
        scenario: "a.toml",
        file: "sweep.json",
        title: "small",
    };
    let plan = check(&grid(text)?, &of, &|| false, &|_| {})?;
    Ok(plan.expect("nobody has stopped it"))
}

#[track_caller]
fn told(text: &str) -> String {
    let faults = planned(text).expect_err("the grid is wrong");
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn points_are_in_the_order_of_the_file() {
    let plan = planned(GRID).unwrap();
    assert_eq!(plan.len(), 18);
    let at = |number: u64| {
        let point = plan.point(number).unwrap();
        point.at().map(|(_, level)| level).collect::<Vec<_>>()
    };
    assert_eq!(at(0), ["1", "4 KiB", "near"]);
    assert_eq!(at(1), ["1", "4 KiB", "far"]);
    assert_eq!(at(2), ["1", "8 KiB", "near"]);
    assert_eq!(at(17), ["16", "16 KiB", "far"]);
    assert_eq!(plan.point(18), None);
    let settings: Vec<_> = plan.point(1).unwrap().settings().collect();
    assert_eq!(
        settings,
        [
            (Some("depth"), "workloads.web.outstanding", "1"),
            (Some("block"), "workloads.web.block", "4 KiB"),
            (Some("owner"), "volumes.V1.owner", "HV1"),
        ]
    );
    assert_eq!(plan.variants, ["base"]);
    assert_eq!(plan.title, "small");
}

#[test]
fn seeds_are_common_unless_the_plan_says_otherwise() {
    let seeds = |head: &str| -> Vec<u64> {
        let plan = planned(&format!("{head}{GRID}")).unwrap();
        plan.points().map(|point| point.seed(7)).collect()
    };
    assert_eq!(seeds(""), [7; 18]);
    assert_eq!(seeds("seed = 3\n"), [3; 18]);
    let mut apart = seeds("seeds = 'per-point'\n");
    assert_eq!(apart, seeds("seeds = 'per-point'\n"));
    apart.sort_unstable();
    apart.dedup();
    assert_eq!(apart.len(), 18);
}

#[test]
fn every_fault_of_a_grid_is_told_at_its_place() {
    let text = "scenarios = 'a.toml'\nrecord = ['iosp', 'latency-p99']\nseeds = 'some'\n\
        [set]\n'volumes.V1.owner' = 'HV1'\n'a..b' = 1\n\
        [axes.a]\nvalues = [1]\n\
        [axes.b]\npath = 'x..y'\nvalues = []\n\
        [axes.c]\npath = 'c'\nlow = 1\nhigh = 2\n\
        [axes.d]\npath = 'd'\n\
        [axes.e]\npath = 'e'\nvalues = [1]\nlow = 1\nhigh = 2\nsteps = 2\n\
        [axes.f]\npaths = ['f.g', 'volumes.V1']\nvalues = [1]\n\
        [axes.g]\npath = 'f'\nvalues = [1]\nvaleus = 1\n\
        [axes.h]\npath = 'h'\n[axes.h.is.x]\n'h' = 1\n";
    let faults = grid(text).unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    for part in [
        "the field `scenario` is missing",
        "scenarios: unknown field `scenarios` (did you mean `scenario`?)",
        "`iosp` is nothing that can be recorded (did you mean \"iops\"?)",
        "only a simulation tells `latency-p99` (write fidelity = \"simulate\"",
        "seeds:",
        "`a..b` is no path",
        "axes.a: it sets nothing",
        "`x..y` is no path",
        "axes.b.values: expected a list of values",
        "axes.c.steps: the field `steps` is missing",
        "axes.d: it has no values",
        "axes.e.low: `values` and `low` exclude each other",
        "axes.f: `volumes.V1` is set by [set] as well",
        "axes.g: `f` is set by axis `f` as well",
        "unknown field `valeus` (did you mean `values`?)",
        "axes.h: each level has paths of its own",
    ] {
        assert!(told.iter().any(|fault| fault.contains(part)), "{part} is not in\n{told:#?}");
    }
    let places: Vec<usize> =
        faults.iter().filter_map(|f| f.span.clone()).map(|s| s.start).collect();
    assert!(places.is_sorted(), "{told:#?}");
    assert!(grid("scenario = 'a'\n").unwrap_err().to_string().contains("there is no axis"));
}

#[test]
fn a_sweep_of_too_many_points_is_refused() {
    let axis =
        |name: &str| format!("[axes.{name}]\npath = '{name}'\nlow = 1\nhigh = 200\nsteps = 200\n");
    let text = format!("scenario = 'a'\n{}{}{}", axis("a"), axis("b"), axis("c"));
    let told = grid(&text).unwrap_err().to_string();
    assert!(told.contains("8000000 points are more than"), "{told}");
    let axes: String = (0..70).map(|k| axis(&format!("a{k}"))).collect();
    let told = grid(&format!("scenario = 'a'\n{axes}")).unwrap_err().to_string();
    assert!(told.contains("more than 64 axes"), "{told}");
}

#[test]
fn values_are_tried_on_the_scenario() {
    let told = told(
        "scenario = 'a.toml'\nvariants = ['bsae']\n\
         [axes.depth]\npath = 'workloads.web.outstanding'\nvalues = [1]\n",
    );
    assert!(told.contains("there is no variant `bsae` (did you mean `base`?)"), "{told}");
    let text = "scenario = 'a.toml'\n\
        [axes.depth]\npath = 'workloads.web.outstanding'\nvalues = [1, 0, 4]\n\
        [axes.block]\npath = 'workloads.web.block'\nvalues = ['8 KiB', '8']\n\
        [axes.who]\npath = 'volumes.V3.owner'\nvalues = ['HV1', 'HV2']\n\
        [axes.slip]\npath = 'workloads.web.raed'\nvalues = ['10 %']\n";
    let told = super::tests::told(text);
    for part in [
        "grid.toml:4:14: axes.depth: with 0: workloads.web.outstanding:",
        "grid.toml:7:20: axes.block: with \"8\": workloads.web.block:",
        "axes.who: with HV1:",
        "did you mean `V1`?",
        "grid.toml:13:11: axes.slip: with 10 %: workloads.web.raed: unknown field `raed`",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(!told.contains("with 1:") && !told.contains("with 4:"), "{told}");
    let told = super::tests::told(
        "scenario = 'a.toml'\nset = { 'volumes.V1.owner' = 'HV9' }\n\
         [axes.depth]\npath = 'workloads.web.outstanding'\nvalues = [1]\n",
    );
    assert!(told.contains("set: volumes.V1.owner:"), "{told}");
}

#[test]
fn what_is_wrong_at_some_points_only_is_no_fault() {
    // HV3 is there only where there are three nodes.
    let text = "scenario = 'a.toml'\n\
        [axes.nodes]\npath = 'nodes.HV.count'\nvalues = [2, 3]\n\
        [axes.owner]\npath = 'volumes.V1.owner'\nvalues = ['HV1', 'HV3']\n";
    assert_eq!(planned(text).unwrap().len(), 4);
    // Nor what two levels come to that are sound by themselves.
    let text = "scenario = 'a.toml'\n\
        [axes.nodes]\npath = 'nodes.HV.count'\nvalues = [2, 3]\n\
        [axes.owner]\npath = 'volumes.V1.owner'\nvalues = ['HV3', 'HV1']\n";
    assert_eq!(planned(text).unwrap().len(), 4);
}

#[test]
fn a_hypercube_has_one_point_in_each_stratum_of_every_axis() {
    let text = "scenario = 'a.toml'\nlatin-hypercube = { points = 40, seed = 5 }\n\
        [axes.read]\npath = 'workloads.web.read'\nlow = '0 %'\nhigh = '100 %'\n\
        [axes.block]\npath = 'workloads.web.block'\nlow = '4 KiB'\nhigh = '64 KiB'\n\
        scale = 'log'\nmultiple-of = '4 KiB'\n\
        [axes.owner]\npath = 'volumes.V1.owner'\nvalues = ['HV1', 'HV2']\n\
        [axes.depth]\npath = 'workloads.web.outstanding'\nlow = 1\nhigh = 8\n";
    let plan = planned(text).unwrap();
    assert_eq!((plan.len(), &plan), (40, &planned(text).unwrap()));
    let column = |axis: usize| -> Vec<String> {
        plan.points().map(|point| point.at().nth(axis).unwrap().1.to_owned()).collect()
    };
    let share = |text: &String| text.trim_end_matches(" %").parse::<f64>().unwrap() / 100.0;
    let mut strata: Vec<usize> =
        column(0).iter().map(|text| (share(text) * 40.0) as usize).collect();
    strata.sort_unstable();
    assert_eq!(strata, (0..40).collect::<Vec<_>>());
    let count = |axis: usize| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for level in column(axis) {
            *counts.entry(level).or_insert(0) += 1;
        }
        counts
    };
    assert_eq!(count(2), [("HV1".to_owned(), 20), ("HV2".to_owned(), 20)].into());
    assert_eq!(count(3).into_values().collect::<Vec<_>>(), [5; 8]);
    assert!(count(1).keys().all(|block| block.ends_with("KiB")), "{:?}", count(1));
    let steps = text.replace("scale = 'log'", "scale = 'log'\nsteps = 3");
    assert!(grid(&steps).unwrap_err().to_string().contains("has no steps"));
}

#[test]
fn a_plan_reads_back_and_a_changed_one_is_refused() {
    let plan = planned(GRID).unwrap();
    let text = plan.text();
    assert_eq!(SweepPlan::read(text.as_bytes()), Ok(plan.clone()));
    assert_ne!(plan.hash(), planned(&GRID.replace("16]", "32]")).unwrap().hash());
    for cut in 0..text.len() {
        let error = SweepPlan::read(&text.as_bytes()[..cut]).err();
        // The end of the last line is no part of the document.
        assert_eq!(error.is_none(), cut + 1 == text.len(), "{cut}");
    }
    let why = |text: String| SweepPlan::read(text.as_bytes()).unwrap_err().to_string();
    assert!(why(text.replace("\"1\"", "\"2\"")).contains("its hash is another"));
    assert!(why(text.replace("[0,0,0,1]", "[0,0,0,9]")).contains("its hash is another"));
    assert!(
        why(text.replace("{\"csvnet_sweep\":1", "{\"csvnet_sweep\":9")).contains("format is 9")
    );
    assert!(why(text.replace("with engine", "with machine")).contains("plan again"));
    assert!(why("{}".into()).contains("no plan of a sweep"));
    assert!(why("scenario = 'a'".into()).contains("no plan of a sweep"));
}

/// The rows of a shard as lines, without evaluating anything.
fn lines(plan: &SweepPlan, shard: Shard) -> Vec<String> {
    let row = |point: Point<'_>| Row {
        point: point.number,
        variant: point.variant_name().to_owned(),
        at: point.at().map(|(axis, level)| (axis.to_owned(), level.to_owned())).collect(),
        error: None,
        seed: None,
        usual_error: None,
        settled: true,
        figures: vec![Figure::new("w", Metric::Iops, FigureUnit::Iops, 0.1 * point.number as f64)],
    };
    let points = shard.points(plan.len()).filter_map(|number| plan.point(number));
    points.map(|point| row(point).line()).collect()
}

fn part(plan: &SweepPlan, index: u32, of: u32) -> Vec<u8> {
    let shard = Shard::new(index, of).unwrap();
    let lines = lines(plan, shard);
    let mut text = Vec::new();
    let head = Head::of(plan, shard);
    PartText::write(&head, lines.iter().map(String::as_str), &mut text).unwrap();
    text
}

fn parts(plan: &SweepPlan, of: u32) -> Vec<(String, Vec<u8>)> {
    (1..=of).map(|index| (format!("part-{index}.ndjson"), part(plan, index, of))).collect()
}

fn merged(parts: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, String> {
    let merged = Merged::of(parts).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    merged.write(&mut text).unwrap();
    Ok(text)
}

#[test]
fn any_number_of_shards_gives_the_bytes_of_one() {
    let plan = planned(GRID).unwrap();
    let one = part(&plan, 1, 1);
    for of in 1..=20 {
        let mut shards = parts(&plan, of);
        shards.rotate_left(of as usize / 2);
        assert_eq!(merged(shards), Ok(one.clone()), "{of} shards");
    }
    // What is merged may be merged again.
    assert_eq!(merged(vec![("all".into(), one.clone())]), Ok(one));
}

#[test]
fn a_part_that_is_cut_or_changed_anywhere_is_told() {
    let plan = planned(GRID).unwrap();
    let sound = part(&plan, 2, 6);
    assert!(PartText::read(&sound).is_ok());
    for cut in 0..sound.len() {
        assert!(PartText::read(&sound[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..sound.len() {
        for flip in [1, 0x10] {
            let mut changed = sound.clone();
            changed[at] ^= flip;
            assert!(PartText::read(&changed).is_err(), "changed at {at}");
        }
    }
    let twice = [sound.clone(), sound.clone()].concat();
    assert!(PartText::read(&twice).is_err());
    let why = |text: &[u8]| PartText::read(text).unwrap_err().why;
    assert_eq!(why(&sound[..sound.len() - 2]), PartError::Cut);
    assert_eq!(why(&sound[..10]), PartError::Cut);
    assert_eq!(why(&sound[..40]), PartError::Cut);
    assert_eq!((why(b""), why(b"a,b\n1,2\n")), (PartError::Other, PartError::Other));
}

#[test]
fn what_is_missing_is_named_with_the_command_that_makes_it() {
    let plan = planned(GRID).unwrap();
    let mut shards = parts(&plan, 4);
    shards.remove(2);
    let told = merged(shards.clone()).unwrap_err();
    assert!(told.contains("shard 3/4 is missing"), "{told}");
    assert!(told.contains("csvnet sweep run sweep.json --shard 3/4 -o part-3.ndjson"), "{told}");
    assert!(!told.contains("1/4"), "{told}");
    // A torn one, too.
    let length = shards[0].1.len();
    shards[0].1.truncate(length - 30);
    let told = merged(shards.clone()).unwrap_err();
    assert!(told.contains("`part-1.ndjson` (shard 1/4): it is torn"), "{told}");
    assert!(told.contains("csvnet sweep run sweep.json --shard 1/4 -o part-1.ndjson"), "{told}");
    assert!(told.contains("--shard 3/4"), "{told}");
    // One of which not even the first line is there.
    shards[0].1.truncate(30);
    let told = merged(shards).unwrap_err();
    assert!(told.contains("`part-1.ndjson`: it is torn"), "{told}");
    assert!(told.contains("shard 1/4 is missing"), "{told}");
    let told = merged(Vec::new()).unwrap_err();
    assert!(told.contains("there is no part"), "{told}");
    // Of many that are missing the first are named with their commands.
    let told = merged(vec![("a".into(), part(&plan, 1, 60))]).unwrap_err();
    assert_eq!(told.matches("csvnet sweep run").count(), 20);
    assert!(told.contains("and shards 22, 23,"), "{told}");
}

#[test]
fn what_does_not_belong_is_named() {
    let plan = planned(GRID).unwrap();
    let other = planned(&GRID.replace("16]", "32]")).unwrap();
    let with = |name: &str, part: Vec<u8>| {
        let mut shards = parts(&plan, 3);
        shards.push((name.to_owned(), part));
        merged(shards).unwrap_err()
    };
    let told = with("again.ndjson", part(&plan, 2, 3));
    assert!(told.contains("`again.ndjson` is shard 2/3, and so is `part-2.ndjson`"), "{told}");
    let told = with("other.ndjson", part(&other, 2, 3));
    assert!(told.contains("`other.ndjson` is of another sweep"), "{told}");
    let told = with("eighth.ndjson", part(&plan, 2, 8));
    assert!(told.contains("`eighth.ndjson` is shard 2/8, where the others are of 3"), "{told}");
    let told = with("notes.txt", b"hello".to_vec());
    assert!(told.contains("`notes.txt`: it is no part of a sweep"), "{told}");
    let old = String::from_utf8(part(&plan, 1, 3)).unwrap().replace("with engine", "by");
    let told = with("old.ndjson", old.into_bytes());
    assert!(told.contains("`old.ndjson`: csvnet 0.1.0 by"), "{told}");
    // A part with rows that are not those of its shard proves nothing, whatever its hash says.
    let head = Head::of(&plan, Shard::new(1, 3).unwrap());
    let rows = lines(&plan, Shard::new(2, 3).unwrap());
    let mut forged = Vec::new();
    PartText::write(&head, rows.iter().map(String::as_str), &mut forged).unwrap();
    assert!(PartText::read(&forged).is_err());
}

#[test]
fn names_of_missing_parts_follow_the_others() {
    let plan = planned(GRID).unwrap();
    for (pattern, expected) in [
        ("part-#.ndjson", "part-3.ndjson"),
        ("runs 1/p#of4", "\"runs 1/p3of4\""),
        ("4-#-4", "4-3-4"),
        ("x", "part-3-of-4.ndjson"),
    ] {
        let shards = [1, 2, 4]
            .map(|index| (pattern.replace('#', &index.to_string()), part(&plan, index, 4)));
        let told = merged(shards.to_vec()).unwrap_err();
        assert!(told.contains(&format!("--shard 3/4 -o {expected}")), "{told}");
    }
}

#[test]
fn kept_rows_survive_a_kill_at_any_byte() {
    let plan = planned(GRID).unwrap();
    let shard = Shard::new(2, 3).unwrap();
    let head = Head::of(&plan, shard);
    let lines = lines(&plan, shard);
    let kept: Vec<String> = lines.iter().map(|line| kept_line(line)).collect();
    let text = kept_head(&head) + &kept.concat();
    let mut ends: Vec<usize> = vec![kept_head(&head).len()];
    for line in &kept {
        ends.push(ends[ends.len() - 1] + line.len());
    }
    for cut in 0..=text.len() {
        let Kept::Rows(rows) = kept_rows(&text.as_bytes()[..cut], &head) else { panic!("{cut}") };
        let whole = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
        assert_eq!(rows.len(), whole, "{cut}");
        assert!(rows.iter().zip(&lines).all(|((_, row), line)| row == line), "{cut}");
    }
    // Whatever stands behind half a line is not trusted.
    let torn = format!("{}{}", &text[..ends[2] - 5], kept[3]);
    let Kept::Rows(rows) = kept_rows(torn.as_bytes(), &head) else { panic!() };
    assert_eq!(rows.len(), 1);
    let other = Head::of(&plan, Shard::new(1, 3).unwrap());
    assert!(matches!(kept_rows(text.as_bytes(), &other), Kept::Foreign(_)));
    assert_eq!(kept_rows(b"hello\n", &head), Kept::Other);
}

/// The point of a number, solved.
fn solved(plan: &SweepPlan, number: u64) -> Solved {
    let files = MemoryFiles::new().with("a.toml", SCENARIO);
    let opened = Opened::read(Path::new("a.toml"), &files).unwrap();
    let point = plan.point(number).unwrap();
    let settings: Vec<Setting<'_>> =
        point.settings().map(|(_, path, literal)| Setting { path, literal, origin: "x" }).collect();
    let variant = opened.maker(&files).make(point.variant(), &settings).unwrap();
    let parameters = variant.scenario.parameters.clone().freeze();
    solve(&variant.scenario, &parameters, &plan.record).unwrap()
}

#[test]
fn redirected_bytes_are_those_that_cross() {
    let plan = planned(GRID).unwrap();
    let figure = |of: &Solved, metric: Metric| -> f64 {
        let own = of.figures.iter().filter(|figure| figure.metric == metric);
        own.map(|figure| figure.value.unwrap()).sum()
    };
    let (near, far) = (solved(&plan, 0), solved(&plan, 1));
    assert_eq!(figure(&near, Metric::Redirected), 0.0);
    assert_eq!(figure(&far, Metric::Redirected), figure(&far, Metric::Throughput));
    assert!(figure(&far, Metric::CsvPortUtilisation) > 0.0);
    assert!(figure(&far, Metric::LatencyMean) > figure(&near, Metric::LatencyMean));
    let verdicts: Vec<_> = far.figures.iter().filter_map(|figure| figure.verdict).collect();
    assert_eq!(verdicts, [LimitVerdict::Within, LimitVerdict::NeedsSimulation]);
    assert!(far.settled && far.usual_error[0].is_some());
    // On a disk that is redirected and on one that is not: only the one crosses, and the load is
    // what it is when it is solved as one.
    let both = GRID.replace(
        "scenario = 'a.toml'\n",
        "scenario = 'a.toml'\n[set]\n\
        'workloads.web.vm' = ['g', 'h']\n",
    );
    let both = solved(&planned(&both).unwrap(), 1);
    let (all, crossing) = (figure(&both, Metric::Throughput), figure(&both, Metric::Redirected));
    assert!(crossing > 0.2 * all && crossing < 0.5 * all, "{crossing} of {all}");
    let loads = both.figures.iter().filter(|figure| figure.metric == Metric::Iops).count();
    assert_eq!(loads, 1);
}
