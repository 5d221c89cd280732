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
