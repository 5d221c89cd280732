//! A link that fails in the run, and comes back.

use std::path::Path;

use csvnet::cluster::{CompileError, compile};
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::load;

use super::{told, wire};
use crate::cluster::{Story, WIRE_ONLY, assert_near, scenario};

const TIMES: [(&str, &str); 3] = [
    ("run.warm-up", "10 ms"),
    ("run.duration", "30 ms"),
    ("parameters.smb.failover-delay", "1 us"),
];

/// [`WIRE_ONLY`] with two ports a node, and settings.
fn story(set: &[(&str, &str)]) -> Story {
    let text = WIRE_ONLY
        .replace("network = \"csv\"\n\n[storage", "network = \"csv\"\ncount = 2\n\n[storage");
    let set: Vec<_> = TIMES.iter().chain(set).copied().collect();
    Story::new(&text, &set)
}

const FAILS: &str = "[{ node = 'HV1', nic = 'nic1', at = '10 ms', for = '10 ms' }]";

#[test]
fn a_port_carries_nothing_while_it_is_down() {
    let (whole, failing) = (story(&[]), story(&[("link-failures", FAILS)]));
    let (whole, failing_run) = (whole.run(1), failing.run(1));
    // One I/O under way takes the ports in turn, and loses next to nothing.
    assert_near(whole.bytes(0), failing_run.bytes(0), 0.001);
    let share = |run, port| wire(run, port) / (wire(run, "HV1/nic1") + wire(run, "HV1/nic2"));
    assert_near(share(&whole, "HV1/nic1"), 0.5, 0.01);
    // Half of the load in two of three parts of the time.
    assert_near(share(&failing_run, "HV1/nic1"), 0.5 * 2.0 / 3.0, 0.01);
    // The far port of the pair goes with it: the other pair is left alone.
    assert_near(share(&failing_run, "HV2/nic1"), 0.5 * 2.0 / 3.0, 0.01);
    assert!(told(&failing).contains("HV1/nic1: down from 0.02 s to 0.03 s of the run"));
}

#[test]
fn a_message_on_a_failing_link_waits_and_is_sent_again() {
    // Writes of 1 MiB one after the other keep one of the two ports busy nearly all the time.
    let bytes = |nic: &str| {
        let fails = format!("[{{ node = 'HV2', nic = '{nic}', at = '15.1 ms' }}]");
        let set = [
            ("workloads.b.block", "1 MiB"),
            ("workloads.b.read", "0 %"),
            ("workloads.b.working-set", "1 GiB"),
            ("storage.disk.write-rate", "1000 GB/s"),
            ("storage.disk.write-latency", "1 us"),
            ("run.duration", "30 ms"),
            ("parameters.smb.failover-delay", "6 ms"),
            ("link-failures", &fails),
        ];
        let mut story = story(&set);
        story.scenario.run.replications = 2;
        story.run(1).bytes(0)
    };
    let (a, b) = (bytes("nic1"), bytes("nic2"));
    // The write under way is on one of them: 6 of 30 ms pass without it.
    assert_near(a.min(b) / a.max(b), 1.0 - 6.0 / 30.0, 0.03);
}

#[test]
fn failures_of_other_ports_change_nothing() {
    let spare = |set: &[(&str, &str)]| {
        let text = WIRE_ONLY.replace(
            "network = \"csv\"\n\n[storage",
            "network = \"csv\"\n\n[nodes.HV.nics.spare]\nmodel = \"intel-i350\"\nnetwork = \"csv\"\n\n[storage",
        );
        let set: Vec<_> = TIMES.iter().chain(set).copied().collect();
        Story::new(&text, &set).compiled.network
    };
    let fails = ("link-failures", "[{ node = 'HV1', nic = 'spare', at = '1 ms' }]");
    assert!(spare(&[]) == spare(&[fails]), "the network is the same");
}

#[test]
fn the_last_link_may_not_fail() {
    let mut set = TIMES.to_vec();
    set.push(("link-failures", "[{ node = 'HV1', nic = 'nic', at = '1 ms' }]"));
    let scenario = scenario(WIRE_ONLY, &set);
    let parameters = scenario.parameters.clone().freeze();
    let error = compile(&scenario.cluster, &scenario.workloads, &parameters);
    let Err(CompileError::CutOff { at_s, .. }) = error else { panic!("{error:?}") };
    assert_near(at_s, 0.011, 1e-9);
}

#[test]
fn a_failure_needs_its_place_in_the_measured_time() {
    let faults = |text: &str| {
        let files = MemoryFiles::new().with("a.toml", text);
        load(Path::new("a.toml"), &files, &[], &[]).expect_err("it is refused").to_string()
    };
    let fails = |at: &str, nic: &str| {
        format!("link-failures = [{{ node = 'HV1', nic = '{nic}', at = '{at}' }}]\n{WIRE_ONLY}")
    };
    let told = faults(&fails("1 ms", "nic").replace("warm-up = \"1 ms\"\n", ""));
    assert!(told.contains("`warm-up` and `duration` must be stated"), "{told}");
    assert!(faults(&fails("20 ms", "nic")).contains("is not within the 0.02 s"));
    let told = faults(&fails("1 ms", "nix"));
    assert!(told.contains("node `HV1` has no port `nix`") && told.contains("`nic`"), "{told}");
}
