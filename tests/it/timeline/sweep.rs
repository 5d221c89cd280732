//! Every element failed, and every two.

use super::{BASE, scenario};
use csvnet::timeline::{Damage, failures};

const SPREAD: &str = r#"
[vms.web]
count = 6
node = "HV"
memory = "4 GB"
disks.d = { volume = "CSV" }
[workloads.web]
vm = "web"
disk = "d"
block = "64 KiB"
read = "100 %"
rate = "500 IOPS"
working-set = "10 GB"
"#;

fn all(texts: &[&str], together: u32) -> Vec<Damage> {
    let scenario = scenario(texts);
    let parameters = scenario.parameters.clone().freeze();
    let all = failures(&scenario, &parameters, together, Some(2), &|| false, &|_, _| {});
    all.expect("every state can be solved")
}

fn of<'d>(all: &'d [Damage], elements: &[&str]) -> &'d Damage {
    let found = all.iter().find(|damage| damage.elements == elements);
    found.unwrap_or_else(|| panic!("no {elements:?} in {all:#?}"))
}

#[test]
fn the_only_switch_is_the_worst_and_a_node_costs_what_by_hand() {
    let all = all(&[BASE, SPREAD], 1);
    // Nothing, three nodes, three ports, one switch, three paths and the controllers.
    assert!(all[0].elements.is_empty() && all[0].redirected_bytes_per_s == 0.0);
    assert_eq!(all.len(), 1 + 3 + 3 + 1 + 3 + 1, "{all:#?}");
    let switch = of(&all, &["switch of csv"]);
    assert!(switch.stopped && switch.off == 6);
    assert_eq!(&all[1], switch, "the worst comes first");
    // HV1's two machines start elsewhere after 10 and 40 s; CSV1 goes to HV2 with one of them, so
    // one stays astray with 500 reads of 64 KiB a second.
    let node = of(&all, &["node HV1"]);
    assert_eq!((node.off, node.waiting, node.out_of_use_s), (0, 0, 50.0));
    let one = 500.0 * 65_536.0;
    assert!((node.redirected_bytes_per_s / one - 1.0).abs() < 1e-6, "{node:?}");
    // Without its paths HV1 keeps its machines: both are redirected, whoever owns CSV1.
    let paths = of(&all, &["paths of HV1 to array"]);
    assert!((paths.redirected_bytes_per_s / (2.0 * one) - 1.0).abs() < 1e-6, "{paths:?}");
}

#[test]
fn two_nodes_at_once_leave_no_majority_of_three() {
    let base = BASE.replace("[rules]", "[rules]\nwitness = false");
    let all = all(&[&base, SPREAD], 2);
    let single = 1 + 3 + 3 + 1 + 3 + 1;
    let elements = single - 1;
    assert_eq!(all.len(), single + elements * (elements - 1) / 2);
    assert!(of(&all, &["node HV1", "node HV2"]).stopped);
    assert!(!of(&all, &["node HV1", "paths of HV1 to array"]).stopped);
}

#[test]
fn the_order_is_what_stops_then_what_is_out_then_what_gets_worse() {
    let array = "[parameters]\nnics.stated-rate.speed = \"10 Gbit/s\"\n";
    let all = all(&[BASE, SPREAD], 1);
    assert!(BASE.contains(array));
    let place = |name: &str| all.iter().position(|of| of.elements == [name]).expect(name);
    // A node is out of use for 50 s, its paths for the 5 s of the volume that moves, a controller
    // for no time: whatever the ports say, a port that nothing crosses comes last.
    assert!(all[1].stopped);
    assert!(place("node HV1") < place("paths of HV1 to array"), "{all:#?}");
    assert!(place("paths of HV1 to array") < place("a controller of array"), "{all:#?}");
    for pair in all[1..].windows(2) {
        let key = |of: &Damage| (of.stopped, of.off, of.waiting);
        assert!(key(&pair[0]) >= key(&pair[1]), "{pair:#?}");
        if key(&pair[0]) == key(&pair[1]) {
            let (one, other) = (pair[0].out_of_use_s, pair[1].out_of_use_s);
            assert!(one >= 0.99 * other, "{pair:#?}");
            let worse = |of: &Damage| of.worse_than(&all[0]);
            let tie = (one / other.max(1e-9) - 1.0).abs() < 1e-3 || one == other;
            assert!(!tie || worse(&pair[0]) >= 0.99 * worse(&pair[1]), "{pair:#?}");
        }
    }
}

#[test]
fn a_nightly_backup_runs_while_things_fail() {
    // It reads CSV2 from HV1 at 100 MB/s, of which a port of 10 Gbit/s is 8 % busy.
    let nightly = "[backups.nightly]\nvolume = \"CSV2\"\nnode = \"HV1\"\n\
                   when = { cron = \"0 22 * * *\", amount = \"2 TB\" }\nrate = \"100 MB/s\"\n";
    let with = all(&[BASE, SPREAD, nightly], 1);
    let (port, busy) = with[0].busiest.clone().expect("a port");
    assert!(["HV1/p/rx", "HV2/p/tx"].contains(&port.as_str()), "{port}");
    assert!((0.08..0.085).contains(&busy), "{port} {busy}");
    // So it is where a node fails that has nothing to do with it.
    let (_, busy) = of(&with, &["node HV3"]).busiest.clone().expect("a port");
    assert!(busy > 0.08, "{busy}");
}
