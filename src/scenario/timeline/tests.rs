//! Timelines: what is read, and what is refused.

use std::fmt::Write as _;
use std::path::Path;

use crate::scenario::document::MemoryFiles;
use crate::scenario::{Scenario, load};
use crate::schedule::{
    Action, Aggressiveness, BalancerMode, Element, Failback, Fidelity, GrowthForm, GrowthPath,
    LoadPlan, MigrationTransport, Moment, RealignBy, Recurrence, TimelinePlan,
};
use crate::topology::{CsvId, GuestClusterId, NetworkId, NicId, NodeId, Priority, StorageId, VmId};

/// Three nodes, an array and a pool, a machine, a guest cluster and a physical machine.
const CLUSTER: &str = r#"
title = "timeline"

[networks.csv]
switch = "mellanox-sn2010"
pfc = true
[networks.lm]
switch = "mellanox-sn2010"

[nodes.HV]
count = 3
cpu = "two-xeon-gold-6130"
memory = "512 GiB"
nics.storage = { model = "mellanox-connectx-5-25g", count = 2, network = "csv" }
nics.lm = { model = "mellanox-connectx-5-25g", network = "lm" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }
[nodes.Old]
cpu = "two-xeon-gold-6130"
nics.storage = { model = "mellanox-connectx-5-25g", network = "csv" }

[storage]
array = { kind = "array", model = "generic-all-flash" }
pool = { kind = "storage-spaces-direct", model = "s2d-nvme-ssd", nodes = ["HV"] }

[volumes.C]
count = 2
storage = "array"
owner = ["HV1", "HV2"]
[volumes.P]
storage = "pool"
owner = "HV3"

[vms.web]
node = "HV1"
vcpus = 4
disks.data = { volume = "C1" }
[vms.FS]
count = 2
node = ["HV1", "HV2"]
disks.data = { volume = "C2", sharing = "vhd-set" }
[vms.box]
node = "HV2"
physical = true
disks.data = { storage = "array" }

[guest-clusters]
FS = { members = ["FS"], active = "FS1" }
none = { members = ["web"], active = "web" }
both = { members = ["FS"], active = "all" }
"#;

/// The loads; a test may have others.
const LOADS: &str = r#"
[workloads.av]
vm = "web"
disk = "data"
block = "64 KiB"
read = "100 %"
outstanding = 4
working-set = "10 GB"
"#;

/// The head of a timeline of a week that starts on a Monday.
const WEEK: &str = r#"
[timeline]
start = "2026-11-23 00:00"
time-zone = "Europe/Berlin"
horizon = "7 d"
"#;

const HOUR: u64 = 3_600_000;

const USAGE: &str = "month,gb\n2026-01,100\n2026-02,110\n2026-03,121\n";

fn read(text: &str) -> Result<Scenario, String> {
    let files = MemoryFiles::new()
        .with("a/a.toml", text)
        .with("a/usage.csv", USAGE)
        .with("a/wrong.csv", "month;gb\n2026-01;1,5\n2026-02;x\n")
        .with("a/short.csv", "month,gb\n2026-01,1\n2026-02,2\n")
        .with("a/t.csv", "time_ns,op,lba_512,sectors\n100,R,8,16\n200,W,8,16\n");
    match load(Path::new("a/a.toml"), &files, &[], &[]) {
        Ok(mut loaded) => Ok(loaded.variants.swap_remove(0).scenario),
        Err(faults) => Err(faults.iter().map(|fault| fault.to_string() + "\n").collect()),
    }
}

fn scenario(more: &str) -> Scenario {
    let text = format!("{CLUSTER}{LOADS}{WEEK}{more}");
    read(&text).unwrap_or_else(|faults| panic!("{more}\n{faults}"))
}

fn plan(more: &str) -> TimelinePlan {
    scenario(more).timeline.expect("a timeline is stated")
}

/// The faults of a scenario: path, problem and help.
fn faults(text: &str) -> Vec<String> {
    let told = read(text).err().unwrap_or_default();
    let bare = |line: &str| line.split_once(": ").map_or("", |(_, rest)| rest).to_owned();
    told.lines().map(bare).collect()
}

fn node(index: usize) -> NodeId {
    NodeId::from_index(index)
}

fn at(ms: u64) -> Recurrence {
    Recurrence::Once(Moment::from_ms(ms))
}

#[test]
fn a_scenario_without_one_has_none() {
    let s = read(&format!("{CLUSTER}{LOADS}")).unwrap();
    assert_eq!(s.timeline, None);
}

#[test]
fn the_frame_has_its_defaults() {
    let plan = plan("");
    assert_eq!(plan.calendar.label(Moment::START), "Mon 2026-11-23 00:00:00");
    assert_eq!(
        (plan.calendar.zone().as_str(), plan.end),
        ("Europe/Berlin", Moment::from_ms(168 * HOUR))
    );
    assert_eq!(plan.fidelity, Fidelity::Simulate);
    assert_eq!((plan.load_step, plan.precision), (0.05, 0.05));
    assert_eq!(plan.loads, [LoadPlan::default()]);
    assert!(plan.curves.is_empty() && plan.events.is_empty() && plan.backups.is_empty());
    let rules = plan.rules;
    assert!(rules.volume_balancer && rules.witness && rules.optimization.is_none());
    assert_eq!((rules.node_fairness, rules.fairness_above), (BalancerMode::Always, 0.8));
    assert_eq!(rules.migration.transport, MigrationTransport::Compression);
    assert_eq!((rules.migration.simultaneous, rules.migration.limit_bytes_per_s), (1, None));
    let failover = rules.failover;
    assert_eq!((failover.detection_s, failover.volume_pause_s), (10.0, 5.0));
    assert_eq!((failover.restart_s, failover.starts_at_once), (40.0, 10));
}

#[test]
fn a_date_needs_no_quotes() {
    let text = format!("{CLUSTER}{LOADS}{WEEK}").replace("\"2026-11-23 00:00\"", "2026-11-23");
    let plan = read(&text).unwrap().timeline.unwrap();
    assert_eq!(plan.calendar.label(Moment::START), "Mon 2026-11-23 00:00:00");
}

#[test]
fn defaults_follow_the_version() {
    let of = |windows: &str, more: &str| {
        let head = CLUSTER.replace("vhd-set", "shared-vhdx").replacen(
            "pool = { kind = \"storage-spaces-direct\", model = \"s2d-nvme-ssd\", \
             nodes = [\"HV\"] }",
            "pool = { kind = \"array\", model = \"generic-all-flash\" }",
            1,
        );
        let head =
            head.replacen("[volumes.P]\nstorage = \"pool\"", "[volumes.P]\nstorage = \"array\"", 1);
        let head =
            if windows == "2012" { head.replace(", sharing = \"shared-vhdx\"", "") } else { head };
        let text = format!("{head}{LOADS}[cluster]\nwindows = \"{windows}\"\n{WEEK}{more}");
        read(&text).unwrap_or_else(|faults| panic!("{faults}")).timeline.unwrap().rules
    };
    let known = [
        ("2012", false, BalancerMode::Off, MigrationTransport::Tcp, 2),
        ("2012 R2", true, BalancerMode::Off, MigrationTransport::Compression, 2),
        ("2016", true, BalancerMode::Always, MigrationTransport::Compression, 2),
        ("2019", true, BalancerMode::Always, MigrationTransport::Compression, 2),
        ("2022", true, BalancerMode::Always, MigrationTransport::Compression, 1),
        ("2025", true, BalancerMode::Always, MigrationTransport::Compression, 1),
    ];
    for (windows, balancer, fairness, transport, simultaneous) in known {
        let rules = of(windows, "");
        assert_eq!((rules.volume_balancer, rules.node_fairness), (balancer, fairness), "{windows}");
        let migration = rules.migration;
        assert_eq!((migration.transport, migration.simultaneous), (transport, simultaneous));
    }
    let rules = of("2016", "[rules]\ndynamic-optimization = {}\n");
    assert_eq!(rules.node_fairness, BalancerMode::Off);
    let optimization = rules.optimization.unwrap();
    assert_eq!(
        (optimization.every_ms, optimization.aggressiveness),
        (600_000, Aggressiveness::Medium)
    );
    assert_eq!((optimization.cpu_above, optimization.memory_free), (0.8, 0.2));
}

#[test]
fn rules_are_read() {
    let plan = plan(
        r#"
        [rules]
        csv-balancer = false
        node-fairness = "on-join"
        fairness-level = 3
        live-migration = { transport = "smb", simultaneous = 4, limit = "750 MB/s", network = "lm" }
        failover.detection = "20 s"
        failover.volume-pause = "1 s"
        failover.restart = "90 s"
        failover.starts-at-once = 3
        witness = false
        "#,
    );
    let rules = plan.rules;
    assert!(!rules.volume_balancer && !rules.witness);
    assert_eq!((rules.node_fairness, rules.fairness_above), (BalancerMode::OnJoin, 0.6));
    let migration = rules.migration;
    assert_eq!((migration.transport, migration.simultaneous), (MigrationTransport::Smb, 4));
    assert_eq!(migration.limit_bytes_per_s, Some(750e6));
    assert_eq!(migration.network, Some(NetworkId::from_index(1)));
    let failover = rules.failover;
    assert_eq!((failover.detection_s, failover.volume_pause_s), (20.0, 1.0));
    assert_eq!((failover.restart_s, failover.starts_at_once), (90.0, 3));
}

#[test]
fn parameters_give_what_no_rule_states() {
    let rules = plan("[parameters]\nfailover.detection = \"20 s\"\n").rules;
    assert_eq!(rules.failover.detection_s, 20.0);
}

#[test]
fn curves_are_read() {
    let curves = plan(
        r#"
        [curves.office]
        hours = { "08:00" = "100 %", "18:30" = "25 %", "00:00" = "20 %" }
        days = { sat = "30 %", Sunday = "20 %" }
        months = { dec = "130 %" }
        growth = { rate = "10 %", per = "month", range = ["5 %", "20 %"] }
        [curves.year]
        growth = { rate = "21 %", per = "year", form = "compound" }
        [curves.line]
        growth = { rate = "12 %", per = "year", form = "linear" }
        [curves.old]
        growth = { history = "usage.csv" }
        "#,
    )
    .curves;
    let named = |name: &str| curves.iter().find(|curve| curve.name == name).unwrap();
    let office = named("office");
    assert_eq!(office.hours, [(0, 0.2), (480, 1.0), (1110, 0.25)]);
    assert_eq!(office.days, [1.0, 1.0, 1.0, 1.0, 1.0, 0.3, 0.2]);
    assert_eq!(office.months[10..], [1.0, 1.3]);
    let growth = office.growth.as_ref().unwrap();
    assert!((growth.per_month - 0.1).abs() < 1e-12 && growth.form == GrowthForm::Compound);
    assert!((growth.range.0 - 0.05).abs() < 1e-12 && (growth.range.1 - 0.2).abs() < 1e-12);
    let year = named("year").growth.as_ref().unwrap();
    assert!((year.factor(year.per_month, 12) - 1.21).abs() < 1e-12, "twelve months make a year");
    assert_eq!(year.range, (year.per_month, year.per_month));
    let line = named("line").growth.as_ref().unwrap();
    assert!((line.per_month - 0.01).abs() < 1e-12 && line.form == GrowthForm::Linear);
    let old = named("old").growth.as_ref().unwrap();
    assert!((old.per_month - 0.1).abs() < 1e-9, "each month a tenth more");
    assert_eq!(old.source, "history usage.csv, 3 values");
    assert_eq!(named("year").hours, [(0, 1.0)]);
}

#[test]
fn loads_follow_curves_and_come_and_go() {
    let s = read(&format!(
        r#"{CLUSTER}{WEEK}
        [curves.a]
        [curves.b]
        [workloads.av]
        vm = "web"
        disk = "data"
        profile = "file-server"
        working-set = "10 GB"
        curve = "B"
        when = {{ cron = "0 2 * * *", for = "2 h", stagger = "5 min" }}
        [workloads.plain]
        vm = "web"
        disk = "data"
        diskspd = "-b8K -d60 -o8 -r -w50 -Sh"
        working-set = "1 GB"
        [workloads.scan]
        vm = "web"
        disk = "data"
        block = "64 KiB"
        read = "100 %"
        outstanding = 4
        working-set = "10 GB"
        when = {{ at = "2026-11-24 22:00", amount = "200 GB" }}
        [backups.night]
        volume = "C1"
        node = "HV1"
        rate = "1 Gbit/s"
        curve = "a"
        when = {{ every = "1 h", first = "10 min", for = "5 min", amount = "1 GB" }}
        [traffic.lm]
        kind = "live-migration"
        from = "HV1"
        to = "HV2"
        network = "lm"
        rate = "1 Gbit/s"
        when = {{ every = "1 d", for = "1 d" }}
        "#
    ));
    let s = s.unwrap_or_else(|faults| panic!("{faults}"));
    let plan = s.timeline.unwrap();
    assert_eq!(plan.loads.len(), s.workloads.len());
    for (load, spec) in plan.loads.iter().zip(&s.workloads) {
        match spec.name.split('#').next().unwrap() {
            "av" => {
                let when = load.when.as_ref().unwrap();
                assert_eq!(
                    (load.curve, when.lasts_ms, when.stagger_ms),
                    (Some(1), Some(2 * HOUR), 300_000)
                );
                let first = when.starts.at_or_after(&plan.calendar, Moment::START);
                assert_eq!(first, Some(Moment::from_ms(2 * HOUR)));
            }
            "scan" => {
                let when = load.when.as_ref().unwrap();
                assert_eq!((&when.starts, when.amount_bytes), (&at(46 * HOUR), Some(200e9)));
                assert_eq!((load.curve, when.lasts_ms, when.stagger_ms), (None, None, 0));
            }
            _ => assert_eq!(*load, LoadPlan::default()),
        }
    }
    let [backup] = plan.backups.as_slice() else { panic!("one backup") };
    let when = backup.when.as_ref().unwrap();
    let first = Moment::from_ms(600_000);
    assert_eq!(when.starts, Recurrence::Every { first, period_ms: HOUR });
    assert_eq!((backup.curve, when.amount_bytes), (Some(0), Some(1e9)));
    let [traffic] = plan.traffic.as_slice() else { panic!("one traffic") };
    let starts = &traffic.when.as_ref().unwrap().starts;
    assert_eq!(*starts, Recurrence::Every { first: Moment::START, period_ms: 24 * HOUR });
    assert_eq!(plan.curves[0].level(&plan.calendar, first, GrowthPath::High), 1.0);
}

/// An event with its fields on one line, separated by semicolons.
fn event(fields: &str) -> String {
    let fields = fields.replace("; ", "\n");
    format!("[[events]]\nat = \"1 h\"\n{fields}\n")
}

#[test]
fn every_action_is_read() {
    let (c1, p) = (CsvId::from_index(0), CsvId::from_index(2));
    let (array, pool) = (StorageId::from_index(0), StorageId::from_index(1));
    let csv = NetworkId::from_index(0);
    let port = NicId::from_index;
    let vm = VmId::from_index;
    let install_ms = 600_000;
    let update =
        |nodes, restart_ms, failback| Action::Update { nodes, install_ms, restart_ms, failback };
    let fs = GuestClusterId::from_index(0);
    // Nodes, ports, machines, volumes and guest clusters are in the order of their names.
    let known = [
        ("do = \"drain\"; node = \"HV1\"", "drain HV1", Action::Drain(node(0))),
        (
            "do = \"resume\"; node = \"hv1\"",
            "resume HV1",
            Action::Resume(node(0), Failback::Immediate),
        ),
        (
            "do = \"resume\"; node = \"HV1\"; failback = \"none\"; name = \"back\"",
            "back",
            Action::Resume(node(0), Failback::None),
        ),
        (
            "do = \"update\"",
            "update",
            update((0..4).map(node).collect(), 600_000, Failback::Immediate),
        ),
        (
            "do = \"update\"; nodes = [\"HV3\", \"HV1\"]; restart = \"4 min\"; failback = \"none\"",
            "update",
            update(vec![node(2), node(0)], 240_000, Failback::None),
        ),
        ("do = \"fail\"; node = \"HV2\"", "fail HV2", Action::Fail(Element::Node(node(1)))),
        (
            "do = \"fail\"; node = \"HV2\"; nic = \"storage1\"",
            "fail HV2/storage1",
            Action::Fail(Element::Nic(port(4))),
        ),
        ("do = \"fail\"; network = \"csv\"", "fail csv", Action::Fail(Element::Network(csv))),
        (
            "do = \"fail\"; node = \"HV2\"; storage = \"array\"",
            "fail HV2 to array",
            Action::Fail(Element::Paths(node(1), array)),
        ),
        (
            "do = \"repair\"; node = \"HV2\"; storage = \"array\"; ports = 1",
            "repair 1 ports of HV2 to array",
            Action::Repair(Element::AdapterPorts(node(1), array, 1)),
        ),
        (
            "do = \"fail\"; storage = \"array\"; controllers = 1",
            "fail 1 controllers of array",
            Action::Fail(Element::Controllers(array, 1)),
        ),
        (
            "do = \"fail\"; node = \"HV3\"; storage = \"pool\"; drives = 2",
            "fail 2 drives of HV3",
            Action::Fail(Element::Drives(node(2), pool, 2)),
        ),
        ("do = \"join\"; node = \"HV3\"", "join HV3", Action::Join(node(2))),
        ("do = \"evict\"; node = \"Old\"", "evict Old", Action::Evict(node(3))),
        (
            "do = \"move-volume\"; volume = [\"C1\", \"P\"]; to = \"HV2\"",
            "move-volume C1, P to HV2",
            Action::MoveVolumes(vec![c1, p], node(1)),
        ),
        (
            "do = \"migrate\"; vm = \"web\"; to = \"HV3\"",
            "migrate web to HV3",
            Action::Migrate(vec![vm(3)], node(2)),
        ),
        ("do = \"redirect\"; volume = \"C1\"", "redirect C1 on", Action::Redirect(vec![c1], true)),
        (
            "do = \"redirect\"; volume = \"C\"; on = false",
            "redirect C off",
            Action::Redirect(vec![c1, CsvId::from_index(1)], false),
        ),
        ("do = \"balance-volumes\"", "balance-volumes", Action::BalanceVolumes),
        (
            "do = \"realign\"; guest-cluster = \"FS\"",
            "realign FS",
            Action::Realign(vec![fs], RealignBy::Guest),
        ),
        (
            "do = \"realign\"; guest-cluster = \"FS\"; move = \"owner\"",
            "realign FS",
            Action::Realign(vec![fs], RealignBy::Owner),
        ),
    ];
    for (fields, name, action) in known {
        let events = plan(&event(fields)).events;
        let [event] = events.as_slice() else { panic!("{fields}: {events:?}") };
        assert_eq!((event.name.as_str(), &event.action), (name, &action), "{fields}");
        assert_eq!((&event.when, event.lasts_ms), (&at(HOUR), None), "{fields}");
    }
}

#[test]
fn a_group_is_several_events() {
    let events =
        plan(&event("do = \"drain\"; node = \"HV\"; for = \"2 h\"; name = \"patch\"")).events;
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["patch (HV1)", "patch (HV2)", "patch (HV3)"]);
    assert!(events.iter().all(|event| event.lasts_ms == Some(2 * HOUR)));
    let ports = plan(&event("do = \"fail\"; node = \"HV1\"; nic = \"storage\"")).events;
    assert_eq!(ports.len(), 2);
}

#[test]
fn a_drain_without_failback_ends_by_an_event() {
    let fields = "do = \"drain\"; node = [\"HV1\", \"HV2\"]; for = \"2 h\"; failback = \"none\"";
    let before = event("do = \"drain\"; node = \"HV3\"; for = \"2 h\"");
    let mut events = plan(&(before + &event(fields))).events;
    assert_eq!(events.remove(0).lasts_ms, Some(2 * HOUR), "its failback is immediate");
    let told: Vec<_> = events.iter().map(|event| (event.name.as_str(), &event.action)).collect();
    let back = |n| Action::Resume(node(n), Failback::None);
    assert_eq!(
        told,
        [
            ("drain HV1", &Action::Drain(node(0))),
            ("drain HV2", &Action::Drain(node(1))),
            ("drain HV1, end", &back(0)),
            ("drain HV2, end", &back(1)),
        ]
    );
    assert!(events.iter().all(|event| event.lasts_ms.is_none()));
    assert_eq!((&events[1].when, &events[2].when), (&at(HOUR), &at(3 * HOUR)));
}

#[test]
fn placement_and_memory_are_read() {
    let text = CLUSTER
        .replace(
            "vcpus = 4\n",
            r#"vcpus = 4
            memory = "8 GiB"
            dirty-rate = "20 MB/s"
            cores-busy = 0.5
            priority = "high"
            anti-affinity = ["sql"]
            possible-owners = ["HV2", "HV1"]
            preferred-owners = "HV2"
            "#,
        )
        .replace(
            "owner = \"HV3\"\n",
            "possible-owners = \"HV\"\npreferred-owners = [\"HV3\", \"HV\"]\n",
        )
        .replace("owner = [\"HV1\", \"HV2\"]", "possible-owners = \"HV3\"\npinned = true");
    // They are fields of machines and volumes, with a timeline and without.
    let s = read(&format!("{text}{LOADS}")).unwrap_or_else(|faults| panic!("{faults}"));
    let web = s.cluster.vms.iter().find(|vm| vm.name == "web").unwrap();
    assert_eq!(web.placement.possible, [node(1), node(0)]);
    assert_eq!(web.placement.preferred, [node(1)]);
    assert_eq!((web.placement.priority, web.placement.pinned), (Priority::High, false));
    assert_eq!(web.placement.anti_affinity, ["sql"]);
    assert_eq!((web.memory.bytes, web.memory.cores_busy), (8.0 * 1024.0 * 1024.0 * 1024.0, 0.5));
    assert_eq!(web.memory.dirty_bytes_per_s, Some(20e6));
    let other = s.cluster.vms.iter().find(|vm| vm.name == "FS1").unwrap();
    assert_eq!((other.placement.priority, other.memory.bytes), (Priority::Medium, 0.0));
    assert_eq!((other.memory.dirty_bytes_per_s, other.placement.possible.len()), (None, 0));
    let volumes = s.cluster.volumes.as_slice();
    assert!(
        volumes[..2].iter().all(|c| c.placement.pinned && c.owner == node(2)),
        "the possible one"
    );
    assert_eq!(volumes[2].placement.preferred, [node(2), node(0), node(1)], "each once");
}

#[test]
fn what_never_comes_is_noted() {
    for more in [
        event("do = \"join\"; node = \"HV3\"").replace("1 h", "7 d"),
        event("do = \"balance-volumes\"").replace("1 h", "2026-12-24 18:00"),
        event("do = \"balance-volumes\"").replace("at = \"1 h\"", "cron = \"0 0 24 12 *\""),
        event("do = \"balance-volumes\"").replace("at = \"1 h\"", "cron = \"0 0 31 2 *\""),
        event("do = \"balance-volumes\"")
            .replace("at = \"1 h\"", "every = \"1 h\"\nfirst = \"8 d\""),
    ] {
        let s = scenario(&more);
        let told =
            s.notes.iter().any(|note| note.contains("is not before the end of the timeline"));
        assert!(told, "{more}: {:?}", s.notes);
    }
    assert!(
        !scenario(&event("do = \"balance-volumes\""))
            .notes
            .iter()
            .any(|n| n.contains("before the end"))
    );
}

/// Asserts that each text adds exactly one fault, which begins as told.
fn refused(head: &str, table: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (more, expected) in table {
        let told = faults(&format!("{head}{more}"));
        if told.len() != 1 || !told[0].starts_with(expected) {
            let _ = writeln!(wrong, "{more}\n  expected {expected}\n  {}", told.join("\n  "));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn without_a_timeline_nothing_needs_one() {
    let head = format!("{CLUSTER}{LOADS}");
    refused(
        &head,
        &[
            ("curve = \"office\"\n", "workloads.av.curve: needs [timeline]"),
            (
                "when = { every = \"1 h\", for = \"1 min\" }\n",
                "workloads.av.when: needs [timeline]",
            ),
            ("[curves.a]\n[rules]\nwitness = true\n", "curves: needs [timeline]"),
            ("[[events]]\nat = \"1 h\"\ndo = \"balance-volumes\"\n", "events: needs [timeline]"),
            ("[rules]\nwitness = true\n[curves.a]\n", "rules: needs [timeline]"),
        ],
    );
}

#[test]
fn wrong_frames_are_refused() {
    let head = format!("{CLUSTER}{LOADS}");
    refused(
        &head,
        &[
            ("[timeline]\nhorizon = \"7 d\"\n", "timeline: the field `start` is missing"),
            ("[timeline]\nstart = \"2026-11-23\"\n", "timeline: the field `horizon` is missing"),
            (
                "[timeline]\nstart = \"soon\"\nhorizon = \"7 d\"\n",
                "timeline.start: `soon` is no date and time (write a local date",
            ),
            (
                "[timeline]\nstart = \"2026-11-23\"\ntime-zone = \"Berlin\"\nhorizon = \"7 d\"\n",
                "timeline.time-zone: there is no time zone `Berlin` (write an IANA name",
            ),
            (
                "[timeline]\nstart = \"2026-11-23\"\nhorizon = \"7\"\n",
                "timeline.horizon: `7` is no length of time",
            ),
            (
                "[timeline]\nstart = \"2026-11-23\"\nhorizon = \"60 y\"\n",
                "timeline.horizon: `60 y` is no length of time",
            ),
            (
                "[timeline]\nstart = \"2026-11-23\"\nhorizon = \"0 d\"\n",
                "timeline.horizon: must be above zero",
            ),
            (
                "[timeline]\nstart = \"9990-11-23\"\nhorizon = \"20 y\"\n",
                "timeline.horizon: ends later than any calendar can tell",
            ),
            (
                "[timeline]\nstart = \"2026-11-23\"\nhorizon = \"7 d\"\nload-step = \"60 %\"\n",
                "timeline.load-step: is too fine or too coarse",
            ),
            (
                "[timeline]\nstart = \"2026-11-23\"\nhorizon = \"7 d\"\nfidelity = \"fasst\"\n",
                "timeline.fidelity: fasst is not one of the possible values (did you mean",
            ),
            (
                "[timeline]\nstart = \"2026-11-23\"\nhorizons = \"7 d\"\nhorizon = \"7 d\"\n",
                "timeline.horizons: unknown field `horizons` (did you mean `horizon`?",
            ),
        ],
    );
}

#[test]
fn wrong_curves_are_refused() {
    let head = format!("{CLUSTER}{LOADS}{WEEK}");
    refused(
        &head,
        &[
            ("[curves.a]\n[curves.A]\n", "curves.a: there is another load curve called `a`"),
            (
                "[curves.a]\nhours = { \"8:00\" = \"1 %\" }\n",
                "curves.a.hours.\"8:00\": is no time of day",
            ),
            (
                "[curves.a]\nhours = { \"08:00\" = \"1001 %\" }\n",
                "curves.a.hours.\"08:00\": is more than 1000 %",
            ),
            ("[curves.a]\nhours = { \"08:00\" = 0.5 }\n", "curves.a.hours.\"08:00\": "),
            (
                "[curves.a]\ndays = { frday = \"1 %\" }\n",
                "curves.a.days.frday: there is no day `frday` (did you mean `friday`?",
            ),
            (
                "[curves.a]\ndays = { fri = \"1 %\", friday = \"1 %\" }\n",
                "curves.a.days.friday: the day is given twice",
            ),
            (
                "[curves.a]\nmonths = { dez = \"1 %\" }\n",
                "curves.a.months.dez: there is no month `dez`",
            ),
            (
                "[curves.a]\ngrowth = { rate = \"3 %\" }\n",
                "curves.a.growth: the field `per` is missing",
            ),
            (
                "[curves.a]\ngrowth = { per = \"year\" }\n",
                "curves.a.growth: the field `rate` is missing",
            ),
            (
                "[curves.a]\ngrowth = { rate = \"3 %\", per = \"year\", \
                 range = [\"4 %\", \"5 %\"] }\n",
                "curves.a.growth.range: the range does not hold the rate",
            ),
            (
                "[curves.a]\ngrowth = { rate = \"3 %\", per = \"year\", range = \"4 %\" }\n",
                "curves.a.growth.range: expected the two ends of a range",
            ),
            (
                "[curves.a]\ngrowth = { history = \"usage.csv\", rate = \"3 %\" }\n",
                "curves.a.growth.rate: `history` tells it",
            ),
            (
                "[curves.a]\ngrowth = { history = \"usage.scv\" }\n",
                "curves.a.growth.history: a/usage.scv: the history cannot be read",
            ),
            (
                "[curves.a]\ngrowth = { history = \"short.csv\" }\n",
                "curves.a.growth.history: a history of 2 values tells no growth with a range",
            ),
            ("[curves.a]\nlevel = \"1 %\"\n", "curves.a.level: unknown field `level`"),
        ],
    );
    let two = faults(&format!("{head}[curves.a]\ngrowth = {{ history = \"wrong.csv\" }}\n"));
    assert_eq!(two.len(), 2, "{two:?}");
    assert!(two[0].contains("a/wrong.csv:2: `1,5` is no number; a decimal comma"), "{two:?}");
}

#[test]
fn wrong_loads_are_refused() {
    let head = format!("{CLUSTER}{WEEK}[curves.office]\n{LOADS}");
    refused(
        &head,
        &[
            (
                "curve = \"offise\"\n",
                "workloads.av.curve: there is no load curve `offise` (did you mean `office`?",
            ),
            ("when = { for = \"2 h\" }\n", "workloads.av.when: nothing tells when it happens"),
            (
                "when = { at = \"1 h\", every = \"2 h\", for = \"1 h\" }\n",
                "workloads.av.when.every: `at` and `every` exclude each other",
            ),
            ("when = { every = \"2 h\" }\n", "workloads.av.when: nothing tells when it ends"),
            (
                "when = { every = \"1 h\", for = \"2 h\" }\n",
                "workloads.av.when.for: is longer than the time until it starts again",
            ),
            (
                "when = { every = \"1 mo\", for = \"2 h\" }\n",
                "workloads.av.when.every: months differ",
            ),
            (
                "when = { every = \"1 ms\", for = \"1 ms\" }\n",
                "workloads.av.when.every: recurs more often",
            ),
            (
                "when = { every = \"1 h\", for = \"0 s\" }\n",
                "workloads.av.when.for: must be above zero",
            ),
            (
                "when = { every = \"1 h\", amount = \"0 B\" }\n",
                "workloads.av.when.amount: must be above zero",
            ),
            (
                "when = { at = \"1 h\", first = \"2 h\", for = \"1 h\" }\n",
                "workloads.av.when.first: `first` goes with `every` only",
            ),
            (
                "when = { at = \"yesterday\", for = \"1 h\" }\n",
                "workloads.av.when.at: `yesterday` is no date and time",
            ),
            (
                "when = { at = \"2026-11-22\", for = \"1 h\" }\n",
                "workloads.av.when.at: `2026-11-22` is before the start",
            ),
            (
                "when = { cron = \"0 25 * * *\", for = \"1 h\" }\n",
                "workloads.av.when.cron: `0 25 * * *` is no cron expression",
            ),
            (
                "start = \"1 s\"\n[run]\nwarm-up = \"1 s\"\nduration = \"2 s\"\n",
                "workloads.av: is an instant of the measured seconds",
            ),
            (
                "[workloads.t]\nvm = \"web\"\ndisk = \"data\"\ntrace = \"t.csv\"\n\
                 curve = \"office\"\n",
                "workloads.t.curve: a trace has its own times",
            ),
            (
                "[backups.b]\nvolume = \"C1\"\nnode = \"HV1\"\nrate = \"1 MB/s\"\n\
                 when = { at = \"1 h\", amount = \"1 GB\", stagger = \"1 min\" }\n",
                "backups.b.when.stagger: there is nothing to start one after the other",
            ),
        ],
    );
    let head = format!("{CLUSTER}{LOADS}").replacen(
        '\n',
        "\n[timeline]\nstart = \"2026-11-23\"\nhorizon = \"40 y\"\n",
        1,
    );
    let head = head.replacen("title = \"timeline\"\n", "", 1);
    let head = format!("title = \"timeline\"{head}");
    refused(
        &head,
        &[(
            "when = { every = \"1 s\", for = \"1 s\" }\n",
            "workloads.av.when.every: recurs more than 1000000 times",
        )],
    );
}

#[test]
fn instants_of_the_measured_seconds_are_refused() {
    let head = format!("{CLUSTER}{LOADS}{WEEK}[run]\nwarm-up = \"1 s\"\nduration = \"2 s\"\n");
    let ports = "node = \"HV1\", nic = \"lm\", at = \"1 s\"";
    let failures = format!("link-failures = [{{ {ports} }}]\n{head}");
    let rates = format!("rate-changes = [{{ {ports}, rate = \"1 Gbit/s\" }}]\n{head}");
    refused(&failures, &[("", "link-failures: is an instant of the measured seconds")]);
    refused(&rates, &[("", "rate-changes: is an instant of the measured seconds")]);
    refused(
        &head,
        &[
            (
                "[[volumes.P.changes]]\nat = \"1 s\"\nredirected = true\n",
                "volumes.P.changes[0]: is an instant of the measured seconds",
            ),
            (
                "[volumes.P.owner-loss]\nat = \"1 s\"\npause = \"1 s\"\nto = \"HV1\"\n",
                "volumes.P.owner-loss: is an instant of the measured seconds",
            ),
        ],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn wrong_events_are_refused() {
    let known = [
        ("node = \"HV1\"", "events[0]: the field `do` is missing"),
        ("do = \"drian\"; node = \"HV1\"", "events[0].do: drian is not one of the possible values"),
        ("do = \"drain\"", "events[0]: the field `node` is missing"),
        ("do = \"drain\"; node = []", "events[0].node: the list is empty"),
        (
            "do = \"drain\"; node = \"HV9\"",
            "events[0].node: there is no node `HV9` (did you mean `HV`?",
        ),
        ("do = \"drain\"; node = \"HV1\"; to = \"HV2\"", "events[0].to: unknown field `to`"),
        (
            "do = \"drain\"; node = \"HV1\"; failback = \"none\"",
            "events[0].failback: the node is not resumed",
        ),
        ("do = \"resume\"; node = \"HV1\"; for = \"1 h\"", "events[0].for: this is never undone"),
        ("do = \"join\"; node = \"HV1\"; for = \"1 h\"", "events[0].for: this is never undone"),
        (
            "do = \"redirect\"; volume = \"C1\"; on = false; for = \"1 h\"",
            "events[0].for: this is never undone",
        ),
        ("do = \"fail\"", "events[0]: nothing tells what it is"),
        ("do = \"fail\"; node = \"HV1\"; network = \"csv\"", "events[0]: nothing tells what it is"),
        (
            "do = \"fail\"; node = \"HV1\"; nic = \"storge1\"",
            "events[0].nic: node `HV1` has no port `storge1` (did you mean `storage1`?",
        ),
        ("do = \"fail\"; network = \"cvs\"", "events[0].network: there is no network `cvs`"),
        (
            "do = \"fail\"; node = \"Old\"; storage = \"array\"",
            "events[0].storage: node `Old` has no adapter to storage `array`",
        ),
        (
            "do = \"fail\"; node = \"HV1\"; storage = \"pool\"",
            "events[0].storage: node `HV1` has no adapter to storage `pool`",
        ),
        (
            "do = \"fail\"; node = \"HV1\"; storage = \"array\"; ports = 3",
            "events[0].ports: node `HV1` has 2 ports to it",
        ),
        (
            "do = \"fail\"; storage = \"array\"; controllers = 2",
            "events[0].controllers: storage `array` has 2 controllers (one must be left",
        ),
        (
            "do = \"fail\"; storage = \"pool\"; controllers = 1",
            "events[0].storage: storage `pool` has no controllers",
        ),
        (
            "do = \"fail\"; node = \"HV1\"; storage = \"pool\"; drives = 8",
            "events[0].drives: a node has 8 capacity drives in it",
        ),
        (
            "do = \"fail\"; node = \"HV1\"; storage = \"array\"; drives = 1",
            "events[0].storage: the drives of storage `array` are in no node",
        ),
        (
            "do = \"fail\"; node = \"Old\"; storage = \"pool\"; drives = 1",
            "events[0].storage: node `Old` has no drives in `pool`",
        ),
        (
            "do = \"move-volume\"; volume = \"C1\"; to = \"Old\"",
            "events[0].to: node `Old` has no path to the storage of `C1`",
        ),
        (
            "do = \"move-volume\"; volume = \"C1\"; to = \"HV\"",
            "events[0].to: `HV` stands for 3 nodes",
        ),
        (
            "do = \"move-volume\"; volume = \"D1\"; to = \"HV1\"",
            "events[0].volume: there is no volume `D1`",
        ),
        (
            "do = \"migrate\"; vm = \"box\"; to = \"HV1\"",
            "events[0].vm: `box` is a physical machine",
        ),
        ("do = \"migrate\"; vm = \"web\"", "events[0]: the field `to` is missing"),
        (
            "do = \"realign\"; guest-cluster = \"none\"",
            "events[0].guest-cluster: guest cluster `none` has no shared disk",
        ),
        (
            "do = \"realign\"; guest-cluster = \"both\"",
            "events[0].guest-cluster: all members of `both` are active",
        ),
        (
            "do = \"join\"; node = [\"HV\", \"Old\"]",
            "events[0]: no node is in the cluster at the start",
        ),
    ];
    let head = format!("{CLUSTER}{LOADS}{WEEK}");
    let table: Vec<(String, &str)> =
        known.iter().map(|(fields, expected)| (event(fields), *expected)).collect();
    let table: Vec<(&str, &str)> = table.iter().map(|(a, b)| (a.as_str(), *b)).collect();
    refused(&head, &table);
    refused(
        &head,
        &[
            ("[[events]]\ndo = \"balance-volumes\"\n", "events[0]: nothing tells when it happens"),
            (
                "[[events]]\nevery = \"1 h\"\ndo = \"drain\"\nnode = \"HV1\"\nfor = \"2 h\"\n",
                "events[0].for: is longer than the time until it happens again",
            ),
            (
                "[[events]]\ncron = \"0 2 * * *\"\ndo = \"drain\"\nnode = \"HV1\"\nfor = \"2 h\"\n\
                 failback = \"none\"\n",
                "events[0].failback: a drain by cron ends with",
            ),
            ("[events]\nat = \"1 h\"\n", "events: expected an array of tables"),
        ],
    );
    let many = event("do = \"drain\"; node = \"HV\"").repeat(334);
    refused(&head, &[(many.as_str(), "events[333]: there are at most 1000 events")]);
    // One that is evicted before it joins is there at the start.
    let last = "do = \"evict\"; node = \"Old\"";
    let order =
        event(last).replace("1 h", "5 min") + &event("do = \"join\"; node = [\"HV\", \"Old\"]");
    assert_eq!(faults(&format!("{head}{order}")), [""; 0]);
}

#[test]
fn wrong_rules_are_refused() {
    let head = format!("{CLUSTER}{LOADS}{WEEK}");
    refused(
        &head,
        &[
            ("[rules]\nfairness-level = 4\n", "rules.fairness-level: 4 is too large"),
            ("[rules]\nnode-fairness = \"on\"\n", "rules.node-fairness: on is not one of"),
            (
                "[rules]\nnode-fairness = \"always\"\ndynamic-optimization = {}\n",
                "rules.node-fairness: Dynamic Optimization turns node fairness off",
            ),
            (
                "[rules]\ndynamic-optimization = { every = \"10 s\" }\n",
                "rules.dynamic-optimization.every: looks more often than once a minute",
            ),
            (
                "[rules]\ndynamic-optimization = { cpu-above = \"110 %\" }\n",
                "rules.dynamic-optimization.cpu-above: is more than 100 %",
            ),
            (
                "[rules]\nlive-migration = { network = \"lm1\" }\n",
                "rules.live-migration.network: there is no network `lm1` (did you mean `lm`?",
            ),
            (
                "[rules]\nlive-migration = { limit = \"0 MB/s\" }\n",
                "rules.live-migration.limit: must be",
            ),
            (
                "[rules]\nlive-migration = { simultaneous = 0 }\n",
                "rules.live-migration.simultaneous: 0 is",
            ),
            ("[rules]\nfailover = { detection = 10 }\n", "rules.failover.detection: "),
            ("[rules]\nquorum = true\n", "rules.quorum: unknown field `quorum`"),
        ],
    );
    // Older versions, on which what the scenario has otherwise is refused as well.
    let of = |windows: &str, more: &str| {
        let told = faults(&format!("{head}[cluster]\nwindows = \"{windows}\"\n{more}"));
        told.into_iter().filter(|fault| fault.starts_with("rules")).collect::<Vec<_>>()
    };
    let fairness = of("2012 R2", "[rules]\nnode-fairness = \"always\"\nfairness-level = 2\n");
    assert_eq!(fairness.len(), 2, "{fairness:?}");
    assert!(fairness[1].contains("there is none before Windows Server 2016"), "{fairness:?}");
    assert!(of("2012 R2", "[rules]\nnode-fairness = \"off\"\n").is_empty());
    assert_eq!(of("2012", "[rules]\ncsv-balancer = true\n").len(), 1);
    for transport in ["compression", "smb"] {
        let more = format!("[rules]\nlive-migration = {{ transport = \"{transport}\" }}\n");
        let told = of("2012", &more);
        assert!(told.len() == 1 && told[0].contains("plain TCP only"), "{told:?}");
        assert!(of("2012 R2", &more).is_empty());
    }
}

#[test]
fn wrong_placement_is_refused() {
    let of = |find: &str, more: &str| {
        assert!(CLUSTER.contains(find));
        CLUSTER.replacen(find, &format!("{find}{more}\n"), 1) + LOADS
    };
    let vm = |more: &str| of("[vms.web]\n", more);
    let volume = |more: &str| of("[volumes.P]\n", more);
    for (text, expected) in [
        (
            vm("possible-owners = \"HV2\""),
            "vms.web.possible-owners: node `HV1`, where it is at the start",
        ),
        (vm("possible-owners = []"), "vms.web.possible-owners: there is no node in the list"),
        (vm("possible-owners = \"HV4\""), "vms.web.possible-owners: there is no node `HV4`"),
        (
            vm("possible-owners = \"HV1\"\npreferred-owners = [\"HV1\", \"HV2\"]"),
            "vms.web.preferred-owners[1]: node `HV2` is no possible owner",
        ),
        (
            vm("possible-owners = \"HV\"\npinned = true"),
            "vms.web.pinned: what is pinned stays where it is",
        ),
        (vm("priority = \"highest\""), "vms.web.priority: highest is not one of"),
        (vm("memory = \"0 GiB\""), "vms.web.memory: must be above zero"),
        (vm("cores-busy = 5"), "vms.web.cores-busy: are more cores than the machine has (it has 4"),
        (vm("cores-busy = -1"), "vms.web.cores-busy: is negative"),
        (volume("possible-owners = \"HV1\""), "volumes.P.possible-owners: node `HV3`, where it is"),
        (volume("priority = \"high\""), "volumes.P.priority: unknown field `priority`"),
    ] {
        refused(&text, &[("", expected)]);
    }
    let nowhere =
        CLUSTER.replacen("owner = [\"HV1\", \"HV2\"]", "possible-owners = \"Old\"", 1) + LOADS;
    let told = faults(&nowhere);
    assert!(told[0].contains("no possible owner has a path to storage `array`"), "{told:?}");
    // Where it may not go, no event sends it.
    let bound = vm("possible-owners = [\"HV1\", \"HV2\"]") + WEEK;
    let to = event("do = \"migrate\"; vm = \"web\"; to = \"HV3\"");
    refused(&bound, &[(to.as_str(), "events[0].to: node `HV3` is no possible owner of `web`")]);
    let bound = volume("possible-owners = [\"HV3\", \"HV2\"]") + WEEK;
    let to = event("do = \"move-volume\"; volume = \"P\"; to = \"HV1\"");
    refused(&bound, &[(to.as_str(), "events[0].to: node `HV1` is no possible owner of `P`")]);
}
