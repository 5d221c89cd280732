//! A coordinator loses its storage: all I/O waits, then goes on with another.

use csvnet::cluster::FindingKind;

use super::{about, faults};
use crate::cluster::{Story, TWO_NODES, assert_near};

/// 50 ms into the 200 ms measured, for 60 ms.
const LOSS: (&str, &str) =
    ("volumes.CSV1.owner-loss", "{ at = \"50 ms\", pause = \"60 ms\", to = \"HV2\" }");

#[test]
fn io_of_every_node_waits_while_ownership_moves() {
    let (loss, plain) = (Story::new(TWO_NODES, &[LOSS]), Story::new(TWO_NODES, &[]));
    let (with, without) = (loss.run(1), plain.run(1));
    // B has a path of its own before and after, so it loses the pause and nothing else.
    let iops = |run: &crate::cluster::Run<'_>| run.measured.groups[1].iops.mean;
    assert_near(iops(&with), iops(&without) * (200.0 - 60.0) / 200.0, 0.02);
    // The I/Os it had to wait with waited for all of it.
    let longest = with.measured.groups[1].latencies.quantile_secs(1.0).unwrap();
    assert_near(longest, 60e-3, 0.05);
    // After the move A, on the node that lost its path, is block redirected to HV2.
    assert_eq!(without.all_wire(), 0.0);
    let received: f64 = (1..=2).map(|nic| with.port(&format!("HV2/nic{nic}/rx")).0).sum();
    assert!(received > 0.0);
    let told = about(&loss, FindingKind::Behaviour, "CSV1");
    assert!(told[0].contains("ownership moves to HV2"), "{told:?}");
}

#[test]
fn a_loss_needs_an_heir_and_an_instant() {
    let to = |node: &str| {
        let loss = format!("{{ at = \"50 ms\", pause = \"1 s\", to = \"{node}\" }}");
        faults(TWO_NODES, &[("volumes.CSV1.owner-loss", &loss)])
    };
    assert!(to("HV1").contains("is the owner that loses its storage"));
    let cut = [LOSS, ("volumes.CSV1.lost-paths", "[\"HV2\"]")];
    assert!(faults(TWO_NODES, &cut).contains("has no path to the volume's storage"));
    let auto = [LOSS, ("run.warm-up", "auto")];
    assert!(faults(TWO_NODES, &auto).contains("must be stated"));
    let late = "{ at = \"2 s\", pause = \"1 s\", to = \"HV2\" }";
    assert!(faults(TWO_NODES, &[("volumes.CSV1.owner-loss", late)]).contains("is not within"));
}
