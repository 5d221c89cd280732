//! Storage spaces: where copies are written and read, and what crosses the network.

use csvnet::cluster::IoPath;
use csvnet::network::{Direction, Step};

use super::{BARE, NODES, latency_us, rdma_write_us, roles};
use crate::cluster::{Story, assert_near};

const POOL: &str = r#"
[storage.s]
kind = "storage-spaces-direct"
model = "s2d-four-nvme"
capacity-write-latency = "20 us"
capacity-read-latency = "80 us"

[volumes.CSV1]
storage = "s"
owner = "HV1"
file-system = "ReFS"
"#;

fn text() -> String {
    format!("{NODES}{POOL}{BARE}")
}

fn story(set: &[(&str, &str)]) -> Story {
    Story::new(&text(), set)
}

const FOUR: (&str, &str) = ("nodes.HV.count", "4");
const READS: (&str, &str) = ("workloads.a.read", "100 %");

fn kept(resiliency: &str) -> (&'static str, &str) {
    ("volumes.CSV1.resiliency", resiliency)
}

#[test]
fn a_mirrored_write_crosses_the_network_though_the_vm_is_on_the_owner() {
    let story = story(&[]);
    assert_eq!(story.disk("A/d").path, IoPath::LocalAtOwner { shared: false });
    let run = story.run(1);
    assert_near(run.port("HV1/nic/tx").0, run.bytes(0), 0.01);
    assert_eq!(run.port("HV2/nic/tx").0, 0.0);
    // Reads of the same volume stay where they are.
    let reads = self::story(&[READS]);
    assert_eq!(reads.run(1).all_wire(), 0.0);
}

#[test]
fn nested_mirrors_put_twice_the_writes_on_the_wire() {
    let nested = story(&[kept("nested-two-way-mirror")]);
    assert_eq!(roles(&nested, Direction::Write, "sbl target"), 2.0);
    assert_eq!(roles(&nested, Direction::Write, "capacity transfer"), 4.0);
    let run = nested.run(1);
    assert_near(run.port("HV1/nic/tx").0, 2.0 * run.bytes(0), 0.01);
    // With parity behind, a share is moved, which crosses once more.
    let parity = kept("nested-mirror-accelerated-parity");
    let moved = story(&[parity, ("parameters.spaces.rotation-share", "40 %")]);
    assert!((roles(&moved, Direction::Write, "sbl target") - 2.4).abs() < 1e-9);
    let run = moved.run(1);
    assert_near(run.port("HV1/nic/tx").0, 2.4 * run.bytes(0), 0.05);
}

#[test]
fn a_write_takes_as_long_as_its_slowest_copy() {
    let simple = latency_us(&text(), &[kept("simple"), ("storage.s.nodes", "[\"HV1\"]")]);
    let mirror = latency_us(&text(), &[]);
    assert_near(simple, 20.0 + 8192.0 / 2600.0, 0.001);
    assert_near(mirror - simple, rdma_write_us(8192), 0.001);
}

#[test]
fn with_more_nodes_than_copies_a_share_is_elsewhere() {
    // Three of four nodes hold a copy.
    let writes = story(&[FOUR]);
    assert_eq!(roles(&writes, Direction::Write, "capacity transfer"), 3.0);
    assert_eq!(roles(&writes, Direction::Write, "sbl target"), 3.0 * (1.0 - 1.0 / 4.0));
    let reads = story(&[FOUR, READS]);
    assert!((roles(&reads, Direction::Read, "sbl target") - (1.0 - 3.0 / 4.0)).abs() < 1e-9);
    let run = reads.run(1);
    assert_near(run.port("HV1/nic/rx").0, 0.25 * run.bytes(0), 0.1);
    // Read without regard to where the VM is.
    let spread = story(&[FOUR, READS, ("storage.s.local-reads", "false")]);
    assert!((roles(&spread, Direction::Read, "sbl target") - 3.0 / 4.0).abs() < 1e-9);
    let two = story(&[READS, ("storage.s.local-reads", "false")]);
    assert_eq!(roles(&two, Direction::Read, "sbl target"), 0.5);
    // Two copies on four nodes.
    let two = story(&[FOUR, kept("two-way-mirror")]);
    assert_eq!(roles(&two, Direction::Write, "sbl target"), 2.0 * 3.0 / 4.0);
}

#[test]
fn parity_reads_what_it_replaces() {
    for (resiliency, places) in [("single-parity", 2.0), ("dual-parity", 3.0)] {
        let writes = story(&[FOUR, kept(resiliency)]);
        assert_eq!(roles(&writes, Direction::Write, "capacity latency"), 2.0 * places);
        let remote = roles(&writes, Direction::Write, "sbl target");
        assert!((remote - 2.0 * places * 3.0 / 4.0).abs() < 1e-9, "{remote}");
        let reads = story(&[FOUR, READS, kept(resiliency)]);
        assert_eq!(roles(&reads, Direction::Read, "sbl target"), 3.0 / 4.0);
    }
}

#[test]
fn off_the_owner_an_io_takes_one_hop_more() {
    let away = ("vms.A.node", "HV2");
    let refs = story(&[away]);
    assert_eq!(refs.disk("A/d").path, IoPath::FileSystemRedirected);
    let ntfs = story(&[away, ("volumes.CSV1.file-system", "NTFS")]);
    assert_eq!(ntfs.disk("A/d").path, IoPath::BlockRedirected);
    for story in [refs, ntfs] {
        // To the owner, and its copy back to the node it came from.
        let run = story.run(1);
        assert_near(run.port("HV2/nic/tx").0, run.bytes(0), 0.01);
        assert_near(run.port("HV1/nic/tx").0, run.bytes(0), 0.01);
    }
    let reads = story(&[away, READS]);
    let run = reads.run(1);
    assert_near(run.port("HV1/nic/tx").0, run.bytes(0), 0.01);
    assert_eq!(run.port("HV2/nic/tx").0, 0.0);
}

/// Roles of the visits on the branches of every fork that is waited for.
fn waited(steps: &[Step], inside: bool, roles: &mut Vec<&'static str>) {
    for step in steps {
        match step {
            Step::Visit(visit) if inside => roles.push(visit.role),
            Step::Fork { branches, .. } => {
                for branch in branches {
                    waited(branch, true, roles);
                }
            }
            // The ways of a choice are the same visits at other stations.
            Step::Choose { branches, .. } => waited(&branches[0], inside, roles),
            Step::Split { body, .. } => waited(body, inside, roles),
            Step::Common(steps) => waited(steps, inside, roles),
            _ => {}
        }
    }
}

#[test]
fn no_two_copies_draw_the_same_luck() {
    for set in [&[][..], &[kept("nested-two-way-mirror")], &[FOUR, kept("dual-parity")]] {
        for away in ["HV1", "HV2"] {
            let story = story(&[set, &[("vms.A.node", away)]].concat());
            let net = &story.compiled.network;
            let mut roles = Vec::new();
            waited(&net.routes[story.compiled.routes[0].route].steps, false, &mut roles);
            let many = roles.len();
            assert!(many > 4, "{roles:?}");
            roles.sort_unstable();
            roles.dedup();
            assert_eq!(roles.len(), many, "{set:?}: {roles:?}");
        }
    }
}

#[test]
fn a_cache_before_hard_disks_takes_writes_and_serves_what_is_hot() {
    let hybrid = [
        ("storage.s.model", "s2d-nvme-hdd"),
        ("storage.s.cache-size", "1 TB"),
        ("workloads.a.read", "50 %"),
        ("workloads.a.working-set", "4 TB"),
        ("parameters.array.cache-share", "100 %"),
    ];
    let story = story(&hybrid);
    // Two nodes with 1 TB each hold two copies: 1 TB of 4.
    assert!((roles(&story, Direction::Read, "capacity latency") - 0.75).abs() < 1e-9);
    assert!((roles(&story, Direction::Read, "fast read,") - 0.25).abs() < 1e-9);
    assert_eq!(roles(&story, Direction::Write, "fast write,"), 2.0);
    assert!((roles(&story, Direction::Write, "destage write") - 2.0 * 0.75).abs() < 1e-9);
    // For writes only before flash.
    let flash = self::story(&[("storage.s.model", "s2d-nvme-ssd"), ("workloads.a.read", "50 %")]);
    assert_eq!(roles(&flash, Direction::Read, "capacity latency"), 1.0);
    assert_eq!(roles(&flash, Direction::Write, "fast write,"), 2.0);
}

#[test]
fn resynchronization_is_traffic_beside_the_load() {
    let set = [READS, ("storage.s.resync", "{ node = \"HV2\", rate = \"500 MB/s\" }")];
    let story = story(&set);
    let run = story.run(1);
    assert_near(run.port("HV1/nic/tx").0, 500e6, 0.01);
    let net = &story.compiled.network;
    assert_eq!((net.background, net.groups.len()), (1, 2));
    assert!(!net.is_workload(net.groups.ids().last().expect("there are two")));
    // Three healthy nodes share it.
    let four = self::story(&[FOUR, set[0], set[1]]);
    let run = four.run(1);
    assert_near(run.port("HV2/nic/rx").0, 500e6, 0.01);
    // Beside a third of the reads that are not local.
    let reads = 0.25 * run.bytes(0) / 3.0;
    assert_near(run.port("HV4/nic/tx").0, 500e6 / 3.0 + reads, 0.05);
    let alone = super::faults(&text(), &[set[1], ("storage.s.nodes", "[\"HV1\"]")]);
    assert!(alone.contains("bring it up to date"), "{alone}");
}

const SHARED: &str = r#"
[storage.s]
kind = "storage-spaces"
model = "jbod-24-sas-10k"

[nodes.HV.hbas.sas]
model = "lsi-sas-9207-8e"
storage = "s"

[volumes.CSV1]
storage = "s"
owner = "HV1"
"#;

#[test]
fn the_owner_writes_every_copy_over_its_own_adapters() {
    let text = format!("{NODES}{SHARED}{BARE}");
    let cases = [("simple", 1.0), ("two-way-mirror", 2.0), ("three-way-mirror", 3.0)];
    for (resiliency, copies) in cases {
        let story = Story::new(&text, &[kept(resiliency)]);
        assert_eq!(roles(&story, Direction::Write, "capacity transfer"), copies);
        assert_eq!(roles(&story, Direction::Write, "smb"), 0.0);
        let run = story.run(1);
        let sent: f64 = ["HV1/lsi-sas-9207-8e 1/tx", "HV1/lsi-sas-9207-8e 2/tx"]
            .iter()
            .map(|port| run.port(port).0)
            .sum();
        assert_near(sent, copies * run.bytes(0), 0.05);
    }
    let parity = Story::new(&text, &[kept("dual-parity")]);
    assert_eq!(roles(&parity, Direction::Write, "capacity transfer"), 6.0);
    // Tiers: what is hot lies on the fast drives, for reads and writes.
    let tiered = [
        ("storage.s.model", "jbod-8-ssd-16-hdd"),
        ("volumes.CSV1.tiered", "true"),
        ("storage.s.cache-size", "2 TB"),
        ("workloads.a.working-set", "4 TB"),
        ("workloads.a.read", "50 %"),
        ("parameters.array.cache-share", "100 %"),
    ];
    let tiered = Story::new(&text, &tiered);
    // 2 TB hold two copies, so a quarter of 4 TB; a write's copies lie alike.
    assert!((roles(&tiered, Direction::Read, "fast read transfer") - 0.25).abs() < 1e-9);
}
