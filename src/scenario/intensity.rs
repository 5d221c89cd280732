//! A load in plain words: block, mix, order, and how much of it.

use super::document::Reader;
use crate::network::Active;
use crate::units::{Bytes, Iops, Ratio, SimDuration};
use crate::workload::{Access, HotSpot, Intensity, WorkloadSpec};

/// More requests in flight on one disk are a slip of the pen.
pub(super) const MOST_OUTSTANDING: u64 = 65_536;
const MOST_THREADS: u64 = 4_096;
/// More requests a second on one disk are a slip of the unit.
const HIGHEST_IOPS: f64 = 1e9;
/// Blocks beyond this are no single request to anything.
const LARGEST_BLOCK: u64 = 1 << 30;

const ORDERS: [(&str, Access); 2] =
    [("random", Access::Random), ("sequential", Access::Sequential)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrivals {
    Poisson,
    Paced,
    Bursty,
}

const ARRIVALS: [(&str, Arrivals); 3] =
    [("poisson", Arrivals::Poisson), ("paced", Arrivals::Paced), ("bursty", Arrivals::Bursty)];

/// The load that a table describes with `rate` or `outstanding`.
pub(super) fn plain(
    reader: &mut Reader<'_, '_>,
    name: String,
    working_set: Option<u64>,
) -> Option<WorkloadSpec> {
    let block = reader.positive::<Bytes>("block").map(Bytes::get);
    let block_bytes = match block {
        Some(bytes) if bytes > LARGEST_BLOCK => {
            reader.fault_at("block", "no single I/O is larger than 1 GiB", None);
            None
        }
        block => block,
    };
    let read_share = if reader.must_have("read") { share(reader, "read") } else { None };
    let access = access(reader).unwrap_or_default();
    let hot_spots = hot_spots(reader);
    let there = working_set.is_some() || reader.must_have("working-set");
    if let (Some(working_set), Some(block)) = (working_set, block_bytes)
        && working_set < block
    {
        let problem = "the working set is smaller than a block";
        reader.fault_at("working-set", problem, None);
    }
    let intensity = if reader.has("rate") { open(reader) } else { closed(reader) };
    Some(WorkloadSpec {
        name,
        disks: Vec::new(),
        read_share: read_share?,
        block_bytes: block_bytes?,
        access,
        working_set_bytes: working_set.filter(|_| there)? as f64,
        hot_spots: hot_spots?,
        intensity: intensity?,
        active: Active::default(),
    })
}

/// A share of a whole, at most 100 %.
pub(super) fn share(reader: &mut Reader<'_, '_>, field: &str) -> Option<f64> {
    let share = reader.optional::<Ratio>(field)?.fraction();
    if share > 1.0 {
        reader.fault_at(field, "is more than 100 %", None);
        return None;
    }
    Some(share)
}

pub(super) fn access(reader: &mut Reader<'_, '_>) -> Option<Access> {
    reader.choice("access", &ORDERS)
}

/// The parts of the working set that get more than their share; `None` after a fault.
pub(super) fn hot_spots(reader: &mut Reader<'_, '_>) -> Option<Vec<HotSpot>> {
    let spots = reader.array("hot-spots", |_, reader| {
        let ios = if reader.must_have("ios") { share(reader, "ios") } else { None };
        let size = if reader.must_have("size") { share(reader, "size") } else { None };
        if size == Some(0.0) {
            reader.fault_at("size", "must be above zero", None);
        }
        Some(HotSpot { io_share: ios?, size_share: size.filter(|size| *size > 0.0)? })
    });
    let spots: Vec<HotSpot> = spots.into_iter().collect::<Option<_>>()?;
    // Shares are decimal fractions: a sum of one may be a little more in binary.
    let beyond = |of: fn(&HotSpot) -> f64| spots.iter().map(of).sum::<f64>() > 1.0 + 1e-9;
    if beyond(|spot| spot.io_share) {
        reader.fault_at("hot-spots", "the shares of `ios` sum to more than 100 %", None);
        return None;
    }
    if beyond(|spot| spot.size_share) {
        reader.fault_at("hot-spots", "the shares of `size` sum to more than 100 %", None);
        return None;
    }
    Some(spots)
}

fn rate(reader: &mut Reader<'_, '_>, field: &str) -> Option<f64> {
    let iops = reader.positive::<Iops>(field)?.get();
    if iops > HIGHEST_IOPS {
        reader.fault_at(field, "no disk is asked more than 10^9 times a second", None);
        return None;
    }
    Some(iops)
}

/// I/Os that a burst with its silence must hold on average to be told from Poisson arrivals.
const FEWEST_IN_A_CYCLE: f64 = 0.01;

/// Refuses fields that mean nothing here.
fn refuse(reader: &mut Reader<'_, '_>, fields: &[&str], why: &str) {
    for field in fields {
        if reader.raw(field).is_some() {
            reader.fault_at(field, format!("`{field}` {why}"), None);
        }
    }
}

fn open(reader: &mut Reader<'_, '_>) -> Option<Intensity> {
    let iops = rate(reader, "rate");
    let arrivals = reader.choice("arrivals", &ARRIVALS).unwrap_or(Arrivals::Poisson);
    let closed_only = "belongs to a load with `outstanding`";
    refuse(reader, &["think", "threads", "rate-limit"], closed_only);
    if arrivals != Arrivals::Bursty {
        refuse(reader, &["burst", "idle"], "belongs to arrivals = \"bursty\"");
    }
    match arrivals {
        Arrivals::Poisson => iops.map(|iops| Intensity::Poisson { iops }),
        Arrivals::Paced => iops.map(|iops| Intensity::Paced { iops }),
        Arrivals::Bursty => {
            let burst = reader.positive::<SimDuration>("burst");
            let idle = reader.positive::<SimDuration>("idle");
            let (iops, burst_s, idle_s) = (iops?, burst?.as_secs_f64(), idle?.as_secs_f64());
            if iops * (burst_s + idle_s) < FEWEST_IN_A_CYCLE {
                let problem = "bursts this short hold next to no I/O".to_owned();
                let help = "use longer bursts, or arrivals = \"poisson\"".to_owned();
                reader.fault_at("burst", problem, Some(help));
                return None;
            }
            Some(Intensity::Bursty { iops, burst_s, idle_s })
        }
    }
}

fn closed(reader: &mut Reader<'_, '_>) -> Option<Intensity> {
    let outstanding = reader.count("outstanding", 1..=MOST_OUTSTANDING);
    refuse(reader, &["arrivals", "burst", "idle"], "belongs to a load with `rate`");
    if !reader.has("rate-limit") {
        refuse(reader, &["threads"], "belongs to a load with `rate-limit`");
        let think = reader.or("think", SimDuration::ZERO);
        let outstanding = u32::try_from(outstanding?).ok()?;
        return Some(Intensity::Closed { outstanding, think_s: think.as_secs_f64() });
    }
    refuse(reader, &["think"], "does not go with `rate-limit`");
    let limit = rate(reader, "rate-limit");
    let lanes = reader.count("threads", 1..=MOST_THREADS).unwrap_or(1);
    let outstanding = outstanding?;
    if !outstanding.is_multiple_of(lanes) {
        let problem = format!("{outstanding} requests cannot be shared evenly by {lanes} threads");
        reader.fault_at("threads", problem, None);
        return None;
    }
    Some(Intensity::Throttled {
        outstanding: u32::try_from(outstanding / lanes).ok()?,
        lanes: u32::try_from(lanes).ok()?,
        iops: limit? / lanes as f64,
        ticking: false,
    })
}
