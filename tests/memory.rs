//! What a run holds in memory: constant in simulated time, linear in the I/Os outstanding.
//!
//! Every allocation of this program is counted; no clock and no number of the system is asked. The
//! tests take turns, because the count is one for all threads.

#![expect(unsafe_code, reason = "an allocator can only be written with it; this one only counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use csvnet::cluster::compile;
use csvnet::engine::{RunPlan, simulate};
use csvnet::network::{
    Direction, Framing, Mix, Network, SelectorKind, Service, Source, Station, StationKind, Step,
    Visit,
};
use csvnet::random::{Seed, Shape};
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::load;

/// Bytes in use, and the most there were since the last look.
static IN_USE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is handed to the allocator of the system as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract, which is that of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `at` came from the system's allocator with this layout.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static TURN: Mutex<()> = Mutex::new(());

const US: f64 = 1e6;
const MS: u64 = 1_000_000_000;
const SECOND: u64 = 1_000 * MS;

/// Most bytes in use during a run beyond those before it, and the I/Os completed.
fn peak(net: &Network, seconds: f64) -> (usize, u64) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = RunPlan::new(Seed(5), 100 * MS, (seconds * SECOND as f64) as u64);
    let before = IN_USE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let record = simulate(net, &plan, &|| false).unwrap_or_else(|error| panic!("{error}"));
    (MOST.load(Ordering::Relaxed) - before, record.completed)
}

fn exponential(mean_us: f64) -> Service {
    Service::time(mean_us * US, 0.0, Shape::Exponential)
}

/// Processors that are shared, a choice, two ports in a row, tokens and chunks.
fn all_kinds(net: &mut Network) -> Vec<Mix> {
    let cpu = net.add_station(Station::new("cpu", StationKind::Shared { servers: 4 }));
    let queue = net.add_station(Station::fifo("queue", 1));
    let tx = net.add_station(Station::port("tx", 10e9, 1_000_000));
    let rx = net.add_station(Station::port("rx", 10e9, 1_000_000));
    let cache = net.add_station(Station::new("cache", StationKind::Delay));
    let disk = net.add_station(Station::fifo("disk", 8));
    let hit = net.add_selector("hit", SelectorKind::Weights(vec![0.7, 0.3]));
    let wire = Service::Wire {
        header_bytes: 100,
        payload: true,
        framing: Framing { payload: 1_460, overhead: 78 },
    };
    let at = |station, role, service| Step::from(Visit::new(station, role, service));
    let read = net.add_route(
        "read",
        vec![
            at(cpu, "cpu", exponential(20.0)),
            at(queue, "queue", exponential(4.0)),
            Step::Choose {
                selector: hit,
                role: "hit",
                branches: vec![
                    vec![at(cache, "cache", exponential(30.0))],
                    vec![at(disk, "disk", exponential(90.0))],
                ],
            },
            at(tx, "tx", wire),
            at(rx, "rx", wire),
        ],
    );
    let chunk = vec![at(tx, "out", wire), at(rx, "in", wire), at(disk, "disk", exponential(20.0))];
    let write = net.add_route(
        "write",
        vec![Step::Split { chunk_bytes: 16_384, window: Some(2), body: chunk }],
    );
    vec![
        Mix { weight: 0.7, direction: Direction::Read, bytes: 8_192, route: read },
        Mix { weight: 0.3, direction: Direction::Write, bytes: 65_536, route: write },
    ]
}

fn closed(outstanding: u32) -> Network {
    let mut net = Network::default();
    let mix = all_kinds(&mut net);
    let route = mix[0].route;
    net.add_source(Source { mix, ..Source::closed("guests", route, outstanding) });
    net
}

/// Poisson arrivals that keep the busiest station at four fifths.
fn open() -> Network {
    let mut net = Network::default();
    let mix = all_kinds(&mut net);
    let route = mix[0].route;
    // A port carries 8.3 KB of every read and 69 KB of every write: 27 us on average.
    net.add_source(Source { mix, ..Source::poisson("guests", route, 30_000.0) });
    net
}

/// One visit, so that an I/O is one job.
fn one_disk(outstanding: u32) -> Network {
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 4));
    let visit = Visit::new(disk, "media", exponential(50.0));
    let route = net.add_route("read", vec![visit.into()]);
    net.add_source(Source::closed("guests", route, outstanding));
    net
}

#[test]
fn ten_times_as_long_takes_no_more() {
    // Measured: 565 KB and 390 KB, whatever the length. The sketches of the latencies and the
    // series for the warm-up are most of it; they are full within a second.
    for (net, allowed) in [(closed(64), 800_000), (open(), 600_000)] {
        let (short, few) = peak(&net, 1.0);
        let (long, many) = peak(&net, 10.0);
        assert!(many > 9 * few, "{few} and {many} I/Os");
        assert!(long as f64 <= 1.05 * short as f64, "{short} bytes for 1 s, {long} for 10 s");
        assert!(short < allowed, "{short} bytes");
    }
}

#[test]
fn memory_grows_in_proportion_to_the_outstanding_ios() {
    // Measured from 1,000 to 10,000 and from there to 100,000 outstanding: 414 and 261 bytes an
    // I/O at one disk; twice that where three in ten are writes with two chunks under way
    // besides. Vectors double, and while they do the old one is counted as well, so that where a
    // number lies between two powers of two moves the slope by half.
    for (build, allowed) in [(one_disk as fn(u32) -> Network, 500.0), (closed, 900.0)] {
        let [small, middle, large] =
            [1_000, 10_000, 100_000].map(|n| peak(&build(n), 0.5).0 as f64);
        let slopes = [(middle - small) / 9_000.0, (large - middle) / 90_000.0];
        for slope in slopes {
            assert!(slope > 50.0 && slope < allowed, "{slopes:?} bytes an I/O");
        }
        assert!(slopes[1] < 1.5 * slopes[0], "{slopes:?}: faster than in proportion");
    }
}

/// 64 nodes, 8,000 machines, half of them away from the owner of their volume, 256 volumes.
fn large_cluster() -> String {
    let mut text = String::from(
        r#"title = "large"
[cluster]
windows = "2022"
[networks.csv]
switch = "mellanox-sn2010"
mtu = "9000 B"
pfc = true
[nodes.HV]
count = 64
cpu = "two-xeon-gold-6130"
nics.storage = { model = "mellanox-connectx-5-25g", count = 2, network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }
[storage.array]
kind = "array"
model = "generic-all-flash"
[volumes.CSV]
count = 256
storage = "array"
owner = "HV"
file-system = "ReFS"
"#,
    );
    for (name, shift) in [("home", 0), ("away", 1)] {
        let volumes: Vec<String> =
            (0..256).map(|k| format!("\"CSV{}\"", (k + shift) % 256 + 1)).collect();
        write!(
            text,
            r#"
[vms.{name}]
count = 4000
node = "HV"
vcpus = 4
disks.data = {{ volume = [{}] }}
[workloads.{name}]
vm = "{name}"
disk = "data"
block = "8 KiB"
read = "70 %"
outstanding = 8
working-set = "200 GB"
"#,
            volumes.join(", ")
        )
        .expect("a string takes every text");
    }
    text
}

#[test]
fn a_cluster_of_eight_thousand_machines_stays_below_a_gibibyte() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = IN_USE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let most = || MOST.load(Ordering::Relaxed) - before;
    let path = std::path::Path::new("cluster.toml");
    let files = MemoryFiles::new().with(path, large_cluster());
    let mut loaded = load(path, &files, &[], &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let scenario = loaded.variants.remove(0).scenario;
    let parameters = scenario.parameters.clone().freeze();
    let compiled = compile(&scenario.cluster, &scenario.workloads, &parameters)
        .unwrap_or_else(|fault| panic!("{fault}"));
    let to_compile = most();
    let plan = RunPlan::new(Seed(5), 0, 15 * MS);
    let record =
        simulate(&compiled.network, &plan, &|| false).unwrap_or_else(|error| panic!("{error}"));
    assert!(record.completed > 10_000, "{}", record.completed);
    // Routes share all but the stations of their machine, so the network itself is small.
    assert!(to_compile < 128 << 20, "{to_compile} bytes to compile");
    assert!(most() < 512 << 20, "{} bytes to run", most());
}
