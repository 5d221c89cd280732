//! A node that is added is what writing it into the file gives.

use csvnet::plan::grow::{Machines, add_nodes, refusal};
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::{Scenario, load};

use super::{TWO, reader};

fn scenario(parts: &[&str]) -> Scenario {
    let files = MemoryFiles::new().with("a.toml", parts.join("\n"));
    let loaded = load("a.toml".as_ref(), &files, &[], &[]);
    loaded.unwrap_or_else(|faults| panic!("{faults}")).variants.remove(0).scenario
}

#[test]
fn a_node_with_copied_machines_is_as_if_written() {
    let mut grown = scenario(&[TWO, &reader("a1", 100)]);
    let told = add_nodes(&mut grown, 1, Machines::Copied);
    assert_eq!((told.nodes.as_slice(), told.machines), (["HV3".to_owned()].as_slice(), 1));
    let three = TWO.replace("count = 2", "count = 3");
    let load = reader("a1", 100).replace("vm = \"a1\"", "vm = [\"a1\", \"a2\"]");
    let machine = "[vms.a2]\nnode = \"HV3\"\nvcpus = 8\ndisks.d = { volume = \"CSV\" }\n";
    let written = scenario(&[&three, &load, machine]);
    assert_eq!(grown.workloads, written.workloads);
    assert_eq!(grown.cluster, written.cluster);
}

#[test]
fn machines_are_spread_until_no_new_node_has_fewer() {
    let machines: Vec<String> = (0..7).map(|k| reader(&format!("m{k}"), 100)).collect();
    let parts: Vec<&str> = [TWO].into_iter().chain(machines.iter().map(String::as_str)).collect();
    let mut grown = scenario(&parts);
    let told = add_nodes(&mut grown, 2, Machines::Spread);
    let on = |name: &str| {
        let vms = grown.cluster.vms.iter();
        vms.filter(|vm| grown.cluster.nodes[vm.node].name == name).count()
    };
    // Seven on HV2; HV1 is old and gets none: 3, 2 and 2.
    assert_eq!(["HV1", "HV2", "HV3", "HV4"].map(on), [0, 3, 2, 2]);
    assert_eq!(told.machines, 4);
}

#[test]
fn what_is_bound_is_neither_copied_nor_moved() {
    let pinned = reader("p", 100).replace("vcpus = 8", "vcpus = 8\npinned = true");
    let mut grown = scenario(&[TWO, &pinned]);
    let before = grown.cluster.vms.clone();
    let told = add_nodes(&mut grown, 1, Machines::Spread);
    assert_eq!((grown.cluster.vms.clone(), told.machines, told.left), (before, 0, 1));
    let none = add_nodes(&mut grown, 1, Machines::None);
    assert_eq!((none.nodes, none.machines), (vec!["HV4".to_owned()], 0));
}

#[test]
fn a_cluster_that_cannot_be_is_refused() {
    let grown = |scenario: &Scenario, count| {
        let mut grown = scenario.clone();
        add_nodes(&mut grown, count, Machines::None);
        refusal(&grown)
    };
    let two = scenario(&[TWO, &reader("a", 100)]);
    assert_eq!(grown(&two, 62), None);
    let refused = grown(&two, 63).expect("65 are too many");
    assert!(refused.contains("at most 64 nodes, not 65"), "{refused}");
    let cable = TWO.replace("switch = \"ideal\"", "switch = \"direct-cable\"");
    let cable = scenario(&[&cable, &reader("a", 100)]);
    assert_eq!(grown(&cable, 0), None);
    assert!(grown(&cable, 1).is_some_and(|text| text.contains("a cable joins two nodes, and 3")));
}
