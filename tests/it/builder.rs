//! A scenario built in code is what its file says.

use std::path::Path;

use csvnet::app::{Hooks, Options, run, run_loaded};
use csvnet::scenario::document::{DiskFiles, FileAccess};
use csvnet::scenario::{Builder, load};
use csvnet::units::{Bytes, Iops, Ratio, SimDuration};

/// Files of the examples, whatever folder they are asked for in.
struct Examples;

impl FileAccess for Examples {
    fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        DiskFiles.read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path), limit)
    }

    fn canonical(&self, path: &Path) -> std::io::Result<std::path::PathBuf> {
        DiskFiles.canonical(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path))
    }
}

#[test]
fn every_example_comes_back_from_a_builder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("there are examples") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let of_file = load(&path, &DiskFiles, &[], &[]);
        let of_file = of_file.unwrap_or_else(|faults| panic!("{}: {faults}", path.display()));
        let built = Builder::from_toml(&text).expect("it is TOML");
        let again = Builder::from_toml(&built.to_toml()).expect("what is written is TOML");
        assert_eq!(built, again, "{}", path.display());
        let built = built.load_with(&Examples);
        let built = built.unwrap_or_else(|faults| panic!("{}: {faults}", path.display()));
        assert_eq!(built.variants.len(), of_file.variants.len());
        for (one, other) in built.variants.iter().zip(&of_file.variants) {
            assert_eq!(one.name, other.name);
            assert!(one.scenario == other.scenario, "{}: {}", path.display(), one.name);
        }
        seen += 1;
    }
    assert!(seen >= 15, "{seen} examples");
}

/// The first example, in code.
fn first_run() -> Builder {
    Builder::new("One VM, on and off its volume's owner")
        .part("run", |run| run.set("duration", SimDuration::from_ms(50)).set("replications", 2_u32))
        .part("cluster", |cluster| cluster.set("windows", "2022"))
        .network("csv", |n| {
            n.set("switch", "mellanox-sn2010").set("mtu", Bytes::new(9000)).set("pfc", true)
        })
        .nodes("HV", 2, "two-xeon-gold-6130", |node| {
            node.nic("storage", "mellanox-connectx-5-25g", "csv", |port| port.set("count", 2_u32))
                .hba("fc", "qlogic-qle2742", "array")
        })
        .storage("array", "array", "generic-all-flash", |storage| storage)
        .volume("CSV1", "array", "HV1", |volume| volume.set("file-system", "ReFS"))
        .vm("sql", "HV1", 8, |vm| vm.disk("data", "CSV1", |disk| disk))
        .workload("oltp", "sql", "data", |load| {
            load.set("block", Bytes::from_kib(8))
                .set("read", Ratio::from_fraction(0.7).expect("a share"))
                .set("outstanding", 16_u32)
                .set("working-set", Bytes::new(200_000_000_000))
        })
        .variant("on the owner", &[])
        .variant("off the owner", &[("volumes.CSV1.owner", "HV2".into())])
}

#[test]
fn code_and_file_give_the_same_figures() {
    let builder = first_run();
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, builder.to_toml()).expect("there is room for a file");
    let of_file = run(&path, &Options::default(), &Hooks::silent()).unwrap();
    let loaded = builder.load().unwrap();
    let built = run_loaded(loaded, &Options::default(), &Hooks::silent()).unwrap();
    assert_eq!(built.variants, of_file.variants);
    assert_eq!(built.variants.len(), 2);
    assert_eq!(built.run.scenario_hash, of_file.run.scenario_hash);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/first-run.toml");
    let example = load(&example, &DiskFiles, &[], &[]).unwrap();
    let cluster = &builder.build().unwrap().cluster;
    assert!(*cluster == example.variants[0].scenario.cluster, "it is the first example");
}

#[test]
fn faults_are_those_of_a_file() {
    let rate = Iops::new(100.0).expect("a rate");
    let builder = first_run().workload("more", "sqll", "data", |load| load.set("rate", rate));
    let faults = builder.load().unwrap_err().to_string();
    assert!(faults.contains("sqll") && faults.contains("did you mean `sql`"), "{faults}");
    assert!(builder.build().is_err());
}

/// What a program may do with results and scenarios on other threads.
#[test]
fn everything_may_go_to_another_thread() {
    const fn both<T: Send + Sync>() {}
    both::<Builder>();
    both::<csvnet::scenario::Scenario>();
    both::<csvnet::network::Network>();
    both::<csvnet::experiment::Measurements>();
    both::<csvnet::report::Report>();
    both::<Options>();
    both::<csvnet::app::AppError>();
}
