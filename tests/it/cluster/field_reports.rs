//! The clusters of the two reports the model began with.

use csvnet::cluster::{IoPath, VolumeMode};
use csvnet::network::Direction;
use csvnet::scenario::{Catalogue, Family};

use super::{Story, TWO_NODES, assert_near};

const REFS: (&str, &str) = ("volumes.CSV1.file-system", "ReFS");

#[test]
fn the_lab_of_the_report_can_be_built() {
    let catalogue = Catalogue::builtin().unwrap_or_else(|faults| panic!("{faults}"));
    let number = |family, model: &str, field| {
        let (_, model) = catalogue.model(family, model).unwrap();
        model.number(field)
    };
    let word = |model: &str, field| {
        let (_, model) = catalogue.model(Family::Nics, model).unwrap();
        model.word(field).to_owned()
    };
    for nic in ["mellanox-connectx-3-10g", "mellanox-connectx-3-pro-10g"] {
        assert_eq!(number(Family::Nics, nic, "speed"), 10e9, "{nic}");
        assert!(word(nic, "rdma").starts_with("roce"), "{nic}");
    }
    assert!(catalogue.model(Family::Switches, "dell-pc8132f").is_some());
    assert!(catalogue.model(Family::Switches, "dell-n4032f").is_some());
    // 4 Gb/s Fibre Channel carries 400 MB/s.
    assert_eq!(number(Family::Hbas, "qlogic-qle2462", "port-rate"), 8.0 * 400e6);
    assert_eq!(number(Family::Arrays, "compellent-sc40-fc4", "controllers"), 2.0);
}

/// Two nodes of 2012 R2, each with two SAS ports into an array of two controllers; the machine is
/// off the owner.
const SHARED_SAS: &str = r#"
title = "two nodes on shared SAS"
run = { duration = "100 ms", warm-up = "20 ms", replications = 2 }
cluster.windows = "2012 R2"
networks.csv.switch = "direct-cable"
storage.sas = { kind = "array", model = "dell-md3220-sas", alua = "symmetric" }
volumes.CSV1 = { storage = "sas", owner = "HV2" }
vms.A = { node = "HV1", disks.d.volume = "CSV1" }

[nodes.HV]
count = 2
cpu = "two-xeon-e5-2650-v2"
nics.nic = { model = "intel-x520", network = "csv" }
hbas.sas = { model = "lsi-sas-9207-8e", storage = "sas" }

[workloads.a]
vm = "A"
disk = "d"
block = "8 KiB"
read = "50 %"
outstanding = 4
working-set = "1 GB"
"#;

#[test]
fn the_shared_sas_cluster_can_be_built() {
    let ntfs = Story::new(SHARED_SAS, &[]);
    assert_eq!(ntfs.disk("A/d").path, IoPath::Direct);
    for node in ["HV1", "HV2"] {
        assert_eq!(ntfs.state(node).mode, VolumeMode::Direct, "both see the disk");
    }
    // MPIO takes both ports of the adapter, in turn.
    for port in ["HV1/lsi-sas-9207-8e 1/", "HV1/lsi-sas-9207-8e 2/"] {
        let down = |station: &str, _: &str| station.starts_with(port) && station.ends_with("tx");
        let visits = ntfs.visits(0, Direction::Write, down);
        assert!(visits > 0.0, "{port} carries {visits}");
    }
    let refs = Story::new(SHARED_SAS, &[REFS]);
    assert_eq!(refs.disk("A/d").path, IoPath::FileSystemRedirected);
    let run = refs.run(1);
    let through = run.port("HV2/nic/rx").0 + run.port("HV2/nic/tx").0;
    assert_near(through, run.bytes(0), 0.02);
}

#[test]
fn a_third_node_sends_into_the_owners_port_as_well() {
    let third = "[vms.C]\nnode = \"HV3\"\nvcpus = 4\ndisks.d.volume = \"CSV1\"\n\
                 [workloads.c]\nvm = \"C\"\ndisk = \"d\"\nblock = \"8 KiB\"\nread = \"0 %\"\n\
                 outstanding = 4\nworking-set = \"1 GB\"\n";
    let set = [REFS, ("nodes.HV.count", "3"), ("workloads.b.read", "0 %")];
    let story = Story::new(&(TWO_NODES.to_owned() + third), &set);
    let run = story.run(1);
    let into_the_owner = run.port("HV1/nic1/rx").0 + run.port("HV1/nic2/rx").0;
    let (b, c) = (run.bytes(1), run.bytes(2));
    assert!(b > 0.0 && c > 0.0);
    assert_near(into_the_owner, b + c, 0.005);
}

#[test]
fn a_network_without_cluster_traffic_carries_none() {
    let guests = "[networks.guests]\nswitch = \"mellanox-sn2700\"\ncluster = false\n\
                  [nodes.HV.nics.guests]\nmodel = \"mellanox-connectx-5-100g\"\n\
                  network = \"guests\"\n";
    let text = TWO_NODES.to_owned() + guests;
    let carried = |set: &[(&str, &str)]| {
        let story = Story::new(&text, set);
        let run = story.run(1);
        let of = |ports: &[&str]| ports.iter().map(|port| run.port(port).1).sum::<f64>();
        (of(&["HV1/nic1/rx", "HV1/nic2/rx"]), of(&["HV1/guests/rx"]))
    };
    let (csv, guests) = carried(&[REFS]);
    assert!(csv > 0.0 && guests == 0.0, "{csv} and {guests}");
    // Where the cluster may use it, its faster port is taken.
    let (csv, guests) = carried(&[REFS, ("networks.guests.cluster", "true")]);
    assert!(csv == 0.0 && guests > 0.0, "{csv} and {guests}");
}
