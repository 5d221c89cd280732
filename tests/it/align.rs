//! Machines and volumes that are apart, and the moves that bring them together: whole scenarios.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail as they do")]

use std::fmt::Write as _;
use std::path::Path;

use csvnet::app::{AlignOptions, Hooks, Options, align};
use csvnet::plan::{Movable, Moving, Weigh, Wishes};
use csvnet::random::Seed;
use csvnet::report::{AlignOf, AlignReport, Format, Render};
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::{Scenario, load};
use csvnet::topology::NodeId;

/// Three nodes at one switch and one array, a volume of each.
const BASE: &str = r#"
title = "three nodes"

[cluster]
windows = "2022"

[networks.csv]
switch = "ideal"
mtu = "9000 B"

[nodes.HV]
count = 3
cpu = "two-xeon-gold-6130"
memory = "32 GB"
nics.p = { model = "stated-rate", network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }

[storage.array]
kind = "array"
model = "generic-all-flash"

[volumes.CSV]
count = 3
storage = "array"
file-system = "ReFS"
owner = "HV"

[parameters]
nics.stated-rate.speed = "10 Gbit/s"
"#;

/// A machine with so many paced reads of 8 KiB a second on a volume.
fn machine(name: &str, node: &str, volume: &str, iops: u32, more: &str) -> String {
    format!(
        "[vms.{name}]\nnode = \"{node}\"\nmemory = \"8 GB\"\ndisks.d = {{ volume = \"{volume}\" }}\n\
         {more}\n[workloads.{name}]\nvm = \"{name}\"\ndisk = \"d\"\nblock = \"8 KiB\"\n\
         read = \"100 %\"\nrate = \"{iops} IOPS\"\narrivals = \"paced\"\nworking-set = \"10 GB\"\n"
    )
}

fn scenario(parts: &[&str]) -> Scenario {
    let files = MemoryFiles::new().with("a.toml", parts.concat());
    let loaded = load(Path::new("a.toml"), &files, &[], &[]);
    loaded.unwrap_or_else(|faults| panic!("{faults}")).variants.remove(0).scenario
}

fn found(scenario: &Scenario, wishes: Wishes) -> csvnet::plan::Alignment {
    let parameters = scenario.parameters.clone().freeze();
    csvnet::plan::align(scenario, &parameters, &wishes, Seed(1), &|| false, &|_| {})
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What is moved, and where to.
fn moves(scenario: &Scenario, found: &csvnet::plan::Alignment) -> Vec<String> {
    let cluster = &scenario.cluster;
    let step = |step: &csvnet::plan::Step| {
        let to = &cluster.nodes[step.to].name;
        match step.what {
            Moving::Machine(vm) => format!("{} to {to}", cluster.vms[vm].name),
            Moving::Volume(volume) => format!("owner of {} to {to}", cluster.volumes[volume].name),
        }
    };
    found.steps.iter().map(step).collect()
}

#[test]
fn one_ownership_is_moved_rather_than_two_machines() {
    let parts = [
        BASE,
        &machine("a", "HV2", "CSV1", 100, ""),
        &machine("b", "HV2", "CSV1", 200, ""),
        &machine("c", "HV3", "CSV3", 100, ""),
    ];
    let scenario = scenario(&parts);
    let found = found(&scenario, Wishes::default());
    assert_eq!(moves(&scenario, &found), ["owner of CSV1 to HV2"]);
    // 300 reads of 8 KiB a second cross before, none after.
    let bytes = 300.0 * 8192.0;
    assert!((found.now.redirected_bytes_per_s / bytes - 1.0).abs() < 1e-9);
    assert_eq!(found.then.redirected_bytes_per_s, 0.0);
    assert_eq!(found.off.len(), 2);
    assert!((found.off[0].bytes_per_s / (200.0 * 8192.0) - 1.0).abs() < 1e-9);
    assert!(found.off.iter().all(|of| of.left.is_none() && of.cause.contains("FileSystemReFs")));
    assert!(found.proof.is_least() && found.proof.is_fewest());
    assert!((found.steps[0].saves_bytes_per_s / bytes - 1.0).abs() < 1e-9);
    // Only the ownership waits.
    assert_eq!((found.steps[0].bytes, found.steps[0].still_s), (0.0, 0.0));
}

#[test]
fn direct_io_needs_no_moves_and_a_lost_path_is_left_for_a_node_that_has_one() {
    let ntfs = "[[variants]]\nname = \"n\"\nset = { \"volumes.CSV.file-system\" = \"NTFS\" }\n";
    let a = machine("a", "HV2", "CSV1", 100, "");
    let of_ntfs = scenario(&[BASE, &a, ntfs]);
    let none = found(&of_ntfs, Wishes::default());
    assert!(none.off.is_empty() && none.steps.is_empty());
    // HV2 has lost its path: block redirected there, direct on HV3 as well as on the owner.
    let base = BASE.replace(
        "file-system = \"ReFS\"",
        "file-system = \"NTFS\"\nlost-paths = [\"HV2\"]\npinned = true",
    );
    let base = base.replace("owner = \"HV\"", "owner = [\"HV1\", \"HV3\", \"HV3\"]");
    let bound = machine("a", "HV2", "CSV1", 100, "possible-owners = [\"HV2\", \"HV3\"]");
    let lost = scenario(&[&base, &bound]);
    let found = found(&lost, Wishes::default());
    assert_eq!(moves(&lost, &found), ["a to HV3"]);
    assert!(found.off[0].cause.contains("NoDiskConnectivity"), "{:?}", found.off);
}

#[test]
fn what_is_pinned_or_kept_apart_stays_and_it_is_told_why() {
    let parts = [
        BASE,
        &machine("a", "HV2", "CSV1", 100, "pinned = true"),
        &machine("b", "HV1", "CSV1", 900, "possible-owners = [\"HV1\", \"HV3\"]"),
        &machine("c", "HV3", "CSV2", 100, "anti-affinity = [\"x\"]"),
        &machine("d", "HV2", "CSV2", 300, "anti-affinity = [\"x\"]"),
    ];
    let scenario = scenario(&parts);
    let found = found(&scenario, Wishes::default());
    assert!(found.steps.is_empty());
    let left: Vec<&str> = found.off.iter().filter_map(|of| of.left.as_deref()).collect();
    assert_eq!(left.len(), 2);
    assert!(left.iter().any(|why| why.starts_with("a is pinned; CSV1 owned by HV2 would")));
    assert!(left.iter().any(|why| why.starts_with("HV2 has one of `x` already; CSV2 owned")));
    assert!(found.proof.is_least());
}

#[test]
fn machines_change_places_by_way_of_a_third_node() {
    // Each node has room for one more machine of 8 GB or none: HV1 and HV2 are full.
    let full = "pinned = true\n";
    let large = |name: &str, node: &str, gb: u32| {
        format!("[vms.{name}]\nnode = \"{node}\"\nmemory = \"{gb} GB\"\n{full}")
    };
    let fixed = BASE.replace("owner = \"HV\"", "owner = \"HV\"\npinned = true");
    let parts = [
        &fixed,
        &machine("a", "HV2", "CSV1", 100, ""),
        &machine("b", "HV1", "CSV2", 100, ""),
        &large("x", "HV1", 24),
        &large("y", "HV2", 24),
        &large("z", "HV3", 24),
    ];
    let scenario = scenario(&parts.map(String::as_str));
    let found = found(&scenario, Wishes::default());
    assert_eq!(moves(&scenario, &found), ["a to HV3", "b to HV2", "a to HV1"]);
    assert_eq!(found.steps.iter().map(|s| s.detour).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!((found.proof.moves, found.then.redirected_bytes_per_s), (2, 0.0));
    // Without the third node nothing can be done, though a better plan exists.
    let two = parts[..5].iter().map(|part| part.replace("count = 3", "count = 2"));
    let two: Vec<String> = two.collect();
    let scenario = self::scenario(&two.iter().map(String::as_str).collect::<Vec<_>>());
    let found = self::found(&scenario, Wishes::default());
    assert!(found.steps.is_empty());
    assert!(found.notes.iter().any(|note| note.contains("move by move")), "{:?}", found.notes);
}

#[test]
fn memory_processors_and_wishes_are_kept_to() {
    // As ownership and a migration would take less time than two migrations, HV1 is the only owner.
    let fixed = BASE.replace("owner = \"HV\"", "owner = \"HV1\"\npinned = true");
    let fixed = fixed.replace("count = 3\nstorage", "storage");
    let parts = [
        &fixed,
        &machine("a", "HV2", "CSV", 100, "cores-busy = 1.0"),
        &machine("b", "HV2", "CSV", 200, ""),
        &machine("c", "HV1", "CSV", 900, ""),
    ];
    let scenario = scenario(&parts.map(String::as_str));
    let of = |wishes: Wishes| {
        let found = found(&scenario, wishes);
        (moves(&scenario, &found), found)
    };
    let usual = Wishes::default();
    assert_eq!(of(usual).0, ["b to HV1", "a to HV1"]);
    // 8 GB of 32 GB are taken, so half of it has room for one more: the heavier.
    let (moved, found) = of(Wishes { memory_share: 0.5, ..usual });
    assert_eq!(moved, ["b to HV1"]);
    let why = found.off[1].left.as_deref().unwrap();
    assert!(why.starts_with("a needs 8.0 GB of memory and HV1 has 0.0 GB left"), "{why}");
    // The node has 32 cores.
    let (moved, found) = of(Wishes { cpu_share: 0.9 / 32.0, ..usual });
    assert_eq!(moved, ["b to HV1"]);
    assert!(found.off[1].left.as_deref().unwrap().starts_with("a keeps 1.00 cores busy"));
    // Where nobody tells how many cores are busy, virtual processors count.
    let silent: Vec<String> =
        parts.iter().map(|part| part.replace("cores-busy = 1.0", "")).collect();
    let silent = self::scenario(&silent.iter().map(String::as_str).collect::<Vec<_>>());
    let tight = Wishes { vcpus_per_core: Some(0.15), ..usual };
    let plan = self::found(&silent, tight);
    assert_eq!(moves(&silent, &plan), ["b to HV1"], "2 each, and 4.8 for 32 cores");
    let why = plan.off.iter().find_map(|of| of.left.as_deref()).unwrap();
    assert!(why.starts_with("a has 2 virtual processors and HV1 has room for 0"), "{why}");
    assert!(plan.notes.iter().any(|note| note.contains("at most 0.15 for each core")));
    // 100 reads of 8 KiB are less than 1 MB/s, 200 are more.
    let (moved, _) = of(Wishes { worth_bytes_per_s: 1e6, ..usual });
    assert_eq!(moved, ["b to HV1"]);
}

#[test]
fn by_number_two_disks_are_more_than_one() {
    let parts = [
        BASE,
        &machine("a", "HV2", "CSV1", 100, ""),
        &machine("b", "HV2", "CSV1", 200, ""),
        &machine("c", "HV1", "CSV1", 900, ""),
    ];
    let scenario = scenario(&parts);
    let of = |weigh: Weigh, movable: Movable| {
        moves(&scenario, &found(&scenario, Wishes { weigh, movable, ..Wishes::default() }))
    };
    assert!(of(Weigh::Bytes, Movable::Volumes).is_empty());
    assert_eq!(of(Weigh::Disks, Movable::Volumes), ["owner of CSV1 to HV2"]);
    let wishes = Wishes { weigh: Weigh::Disks, movable: Movable::Volumes, ..Wishes::default() };
    let found = found(&scenario, wishes);
    let saves = found.steps[0].saves_bytes_per_s;
    assert!((saves / (-600.0 * 8192.0) - 1.0).abs() < 1e-9, "what it costs is told: {saves}");
    let behind: Vec<_> = found.off.iter().filter(|of| of.newly).collect();
    assert!(behind.len() == 1 && behind[0].left.is_some(), "c is left behind: {behind:?}");
    assert_eq!((behind[0].node, behind[0].owner), (NodeId::from_index(0), NodeId::from_index(1)));
    // Ownership and a migration take less time than two migrations.
    assert_eq!(of(Weigh::Bytes, Movable::Both).len(), 2);
    assert!(of(Weigh::Bytes, Movable::Both).contains(&"c to HV2".to_owned()));
    assert_eq!(of(Weigh::Bytes, Movable::Machines), ["b to HV1", "a to HV1"]);
}

#[test]
fn balancers_that_would_undo_it_are_told() {
    // HV1 would have 31 of 32 GB in use, which node fairness does not like.
    let parts = [
        BASE,
        &machine("a", "HV2", "CSV1", 100, ""),
        &machine("b", "HV1", "CSV1", 900, ""),
        "[vms.x]\nnode = \"HV1\"\nmemory = \"15 GB\"\n",
    ];
    let found = found(&scenario(&parts), Wishes::default());
    assert_eq!(found.steps.len(), 1);
    let told = found.undone_by.join("\n");
    assert!(told.contains("Node fairness undoes part of this"), "{told}");
    let off = [&parts[..], &["[timeline]\nstart = \"2026-11-23 00:00\"\nhorizon = \"1 h\"\n"]];
    let rules = "[rules]\nnode-fairness = \"off\"\ncsv-balancer = false\n";
    let quiet = self::found(&scenario(&[&off.concat()[..], &[rules]].concat()), Wishes::default());
    assert!(quiet.undone_by.is_empty(), "{:?}", quiet.undone_by);
}

/// So many nodes, machines and volumes: aligned once, then two of ten machines were moved and the
/// volumes of one node of eight went to its neighbour.
fn drifted(nodes: usize, machines: usize, volumes: usize) -> String {
    let mut text = BASE
        .replace("count = 3\ncpu", &format!("count = {nodes}\ncpu"))
        .replace("memory = \"32 GB\"", "memory = \"2 TB\"")
        .replace("count = 3\nstorage", &format!("count = {volumes}\nstorage"));
    let owner = |volume: usize| volume % nodes;
    let now = |volume: usize| (owner(volume) + usize::from(owner(volume) % 8 == 7)) % nodes;
    let owners: Vec<String> = (0..volumes).map(|v| format!("\"HV{}\"", now(v) + 1)).collect();
    text = text.replace("owner = \"HV\"", &format!("owner = [{}]", owners.join(", ")));
    for volume in 0..volumes {
        let count = machines / volumes;
        let home = |k: usize| {
            let astray = (volume * 7 + k * 3) % 10 < 2;
            1 + (owner(volume) + if astray { 1 + (volume * 31 + k * 17) % (nodes - 1) } else { 0 })
                % nodes
        };
        let homes: Vec<String> = (0..count).map(|k| format!("\"HV{}\"", home(k))).collect();
        let memory = [4, 8, 16, 32][volume % 4];
        write!(
            text,
            "[vms.g{volume}-]\ncount = {count}\nnode = [{}]\nmemory = \"{memory} GB\"\n\
             cores-busy = 0.05\ndisks.d = {{ volume = \"CSV{}\" }}\n",
            homes.join(", "),
            volume + 1,
        )
        .unwrap();
    }
    for size in 0..4 {
        let groups: Vec<String> =
            (0..volumes).filter(|v| v % 4 == size).map(|v| format!("\"g{v}-\"")).collect();
        write!(
            text,
            "[workloads.w{size}]\nvm = [{}]\ndisk = \"d\"\nblock = \"8 KiB\"\nread = \"70 %\"\n\
             rate = \"{} IOPS\"\nworking-set = \"10 GB\"\n",
            groups.join(", "),
            20 * (size + 1),
        )
        .unwrap();
    }
    text
}

fn report(text: &str) -> AlignReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, text).unwrap();
    let options = Options { command: "csvnet align a.toml".to_owned(), ..Options::default() };
    let report = align(&path, &options, &AlignOptions::default(), &Hooks::silent());
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    AlignReport { scenario: "a.toml".to_owned(), ..report }
}

fn is_least(of: &AlignOf) -> bool {
    of.redirected_bytes_per_s <= of.redirected_at_least_bytes_per_s && of.moved == of.moved_at_least
}

#[test]
fn a_cluster_that_drifted_is_put_right_and_every_format_tells_it() {
    let report = report(&drifted(8, 80, 8));
    let of = &report.variants[0];
    assert!(is_least(of) && of.then.redirected_bytes_per_s == 0.0, "{of:?}");
    // One ownership, and the machines that are astray: those that were are two of ten.
    assert_eq!(of.moves.iter().filter(|row| row.what == "volume").count(), 1);
    assert_eq!(of.moves.len(), 1 + 16);
    let rendered = |format: Format| {
        let mut out = Vec::new();
        format.render(&report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let table = rendered(Format::Table);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.replace('\n', " ").contains("Proved: no plan redirects less"), "{table}");
    assert!(table.ends_with("  csvnet align a.toml\n"));
    let json: serde_json::Value = serde_json::from_str(&rendered(Format::Json)).unwrap();
    assert_eq!(json["variants"][0]["moves"].as_array().unwrap().len(), 17);
    assert!(rendered(Format::Csv).contains("moves,17,saves,bytes_per_second,"));
    assert!(rendered(Format::Markdown).starts_with("# three nodes\n"));
    let page = rendered(Format::Html);
    assert!(page.contains("no parameter was fitted") && page.contains("redirected now"), "{page}");
    assert!(!page.contains(">kind</th>") && page.contains(">no.</th>"), "{page}");
    let mut script = Vec::new();
    report.write_script(&mut script).unwrap();
    let script = String::from_utf8(script).unwrap();
    assert_eq!(script.matches("Move-ClusterSharedVolume -Name 'CSV8' -Node 'HV8'").count(), 1);
    assert_eq!(script.matches("-MigrationType Live").count(), 16);
}

/// As large as a cluster may be. In a release build it takes seconds:
/// `cargo test --release --test it align -- --ignored`.
#[test]
#[ignore = "takes minutes unless optimized"]
fn sixty_four_nodes_and_eight_thousand_machines() {
    let report = report(&drifted(64, 8_000, 128));
    let of = &report.variants[0];
    assert!(is_least(of), "{} of {}", of.moved, of.moved_at_least);
    assert_eq!(of.then.redirected_bytes_per_s, 0.0);
    assert!(of.machines_off > 1_500);
}

#[test]
fn nodes_are_numbered_as_in_the_scenario() {
    let scenario = scenario(&[BASE, &machine("a", "HV2", "CSV1", 100, "")]);
    let found = found(&scenario, Wishes::default());
    assert_eq!(found.steps[0].to, NodeId::from_index(1));
    assert_eq!(found.seats.owners.iter().next(), Some(&NodeId::from_index(1)));
}
