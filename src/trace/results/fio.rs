//! fio results as JSON or json+, versions 2 and 3, also with fio's own text around them.
//!
//! Jobs of one group run at once and are one result with a target each. Times are those of version
//! 3 in nanoseconds, of version 2 in microseconds; bytes of version 2 are counted in KiB. Means
//! are of `lat`, from submission to completion; percentiles are of what fio took them of, mostly
//! `clat`, which leaves the submission out and is noted. The histogram of json+ gives the
//! percentiles of reads and writes together.

use std::collections::BTreeMap;
use std::io::Read;

use super::json::{self, At};
use super::{Flow, Flows, Latency, Load, Target, TestResult, Tool};
use crate::trace::{Gathered, TraceError, TraceProblem};

const COMPLETE: &str = "give the whole output of fio --output-format=json";
/// Jobs of one result.
const MOST_JOBS: usize = 4096;
/// Engines that keep one request whatever depth is asked for.
const SYNCHRONOUS: [&str; 6] = ["sync", "psync", "vsync", "pvsync", "pvsync2", "mmap"];
/// The note on percentiles that do not begin where the means do.
const COMPLETION: &str = "percentiles are of completion (clat), which leaves submission out";

/// Reads every group of jobs.
///
/// # Errors
/// [`TraceError`] with all that is wrong: no JSON, no jobs, a job that failed, numbers that are
/// none, results of several machines.
pub fn read<R: Read>(name: &str, reader: R) -> Result<Vec<TestResult>, TraceError> {
    let document = json::read(name, reader, "fio version")?;
    let root = document.root();
    let mut faults = Gathered::default();
    let results = groups(&root, &mut faults);
    faults.into_result(name)?;
    Ok(results)
}

fn groups(root: &At<'_>, faults: &mut Gathered) -> Vec<TestResult> {
    if let Some(clients) = root.get("client_stats") {
        let help = "give the result of each machine by itself";
        faults.push(clients.content("the result is of several machines", help));
        return Vec::new();
    }
    let jobs = root.get("jobs").map(|jobs| jobs.items()).unwrap_or_default();
    if jobs.is_empty() {
        faults.push(root.content("there are no jobs", COMPLETE));
    }
    if let Some(job) = jobs.get(MOST_JOBS) {
        let text = format!("there are more than {MOST_JOBS} jobs");
        faults.push(job.content(text, "use group_reporting, or give one test at a time"));
        return Vec::new();
    }
    let mut groups: Vec<(Option<u64>, Vec<At<'_>>)> = Vec::new();
    for job in jobs {
        let group = job.count("groupid", faults);
        match groups.iter_mut().find(|(have, _)| group.is_some() && *have == group) {
            Some((_, jobs)) => jobs.push(job),
            None => groups.push((group, vec![job])),
        }
    }
    groups.into_iter().map(|(_, jobs)| together(root, &jobs, faults)).collect()
}

fn longer(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

/// Jobs that ran at once.
fn together(root: &At<'_>, jobs: &[At<'_>], faults: &mut Gathered) -> TestResult {
    let mut result = TestResult::new(Tool::Fio);
    result.version = root.text("fio version");
    result.started = root.text("time");
    let mut names: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for job in jobs {
        let part = part(root, job, faults);
        names.extend(job.text("jobname").filter(|name| !names.contains(name)));
        result.duration_s = longer(result.duration_s, part.seconds);
        if part.completion_only && !result.notes.iter().any(|note| note == COMPLETION) {
            result.notes.push(COMPLETION.to_owned());
        }
        parts.push(part);
    }
    result.label = Some(names.join(" + ")).filter(|label| !label.is_empty());
    let of = |pick: fn(&Part) -> &Side| -> (Flow, Option<Bins>) {
        let sides: Vec<&Side> = parts.iter().map(pick).collect();
        sum(&sides)
    };
    let (read, read_bins) = of(|part| &part.read);
    let (write, write_bins) = of(|part| &part.write);
    let sides = [
        Side { flow: read.clone(), bins: read_bins },
        Side { flow: write.clone(), bins: write_bins },
    ];
    let (total, _) = sum(&[&sides[0], &sides[1]]);
    result.flows = Flows { total, read, write };
    for part in parts {
        let (total, _) = sum(&[&part.read, &part.write]);
        let flows = Flows { total, read: part.read.flow, write: part.write.flow };
        result.targets.push(Target { path: part.path, load: part.load, flows });
    }
    result.add_up_loads();
    result
}

/// Requests by the nanoseconds they took.
#[derive(Debug, Clone, Default)]
struct Bins {
    counts: BTreeMap<u64, u64>,
    seconds_each: f64,
    percents: Vec<f64>,
}

#[derive(Debug, Default)]
struct Side {
    flow: Flow,
    bins: Option<Bins>,
}

/// One job.
#[derive(Debug)]
struct Part {
    path: Option<String>,
    load: Load,
    seconds: Option<f64>,
    read: Side,
    write: Side,
    completion_only: bool,
}

fn part(root: &At<'_>, job: &At<'_>, faults: &mut Gathered) -> Part {
    if let Some(error) = job.get("error").filter(|error| error.value.as_i64() != Some(0)) {
        let text = format!("the job failed with error {}", error.value);
        faults.push(error.content(text, "repeat the test; half of one is no measurement"));
    }
    let mut completion_only = false;
    let mut seconds: Option<f64> = None;
    let mut side = |name: &str| {
        let Some(of) = job.get(name) else {
            faults.push(job.content(format!("there is no {name:?}"), COMPLETE));
            return Side::default();
        };
        let (side, ran, only) = direction(&of, faults);
        seconds = longer(seconds, ran);
        completion_only |= only;
        side
    };
    let (read, write) = (side("read"), side("write"));
    let options = Options { job: job.get("job options"), global: root.get("global options") };
    let path = options.text("filename").or_else(|| job.text("jobname"));
    Part { path, load: options.load(), seconds, read, write, completion_only }
}

/// One direction: its side, seconds, and whether its percentiles leave submission out.
fn direction(of: &At<'_>, faults: &mut Gathered) -> (Side, Option<f64>, bool) {
    let newer = of.get("io_kbytes").is_some() || of.get("lat_ns").is_some();
    let kib = |value: Option<f64>| value.map(|value| value * 1024.0);
    let iops = of.must("iops", faults);
    let (bytes, bytes_per_s) = if newer {
        let rate = of.number("bw_bytes", faults);
        (of.count("io_bytes", faults), rate.or_else(|| kib(of.number("bw", faults))))
    } else {
        let bytes = of.count("io_bytes", faults).and_then(|kib| kib.checked_mul(1024));
        (bytes, kib(of.number("bw", faults)))
    };
    let ios = of.count("total_ios", faults);
    let seconds = of.number("runtime", faults).map(|ms| ms * 1e-3);
    let mut flow = Flow { ios, bytes, iops, bytes_per_s, latency: Latency::default() };
    let mut bins = None;
    let mut completion_only = false;
    if iops.is_some_and(|iops| iops > 0.0) {
        let (suffix, unit_s) = if newer { ("_ns", 1e-9) } else { ("", 1e-6) };
        let whole = of.get(&format!("lat{suffix}"));
        let completion = of.get(&format!("clat{suffix}"));
        if let Some(lat) = whole.as_ref().filter(|lat| counted(lat)) {
            flow.latency.mean_s = lat.number("mean", faults).map(|v| v * unit_s);
            flow.latency.deviation_s = lat.number("stddev", faults).map(|v| v * unit_s);
        }
        let listed = |lat: &At<'_>| lat.get("percentile").is_some();
        let source = whole.clone().filter(listed).map(|lat| (lat, false));
        let source = source.or_else(|| completion.filter(listed).map(|lat| (lat, true)));
        // Without percentiles the longest is still known.
        let source = source.or_else(|| whole.map(|lat| (lat, false)));
        if let Some((lat, only)) = source.filter(|(lat, _)| counted(lat)) {
            completion_only = only;
            bins = percentiles(&lat, unit_s, &mut flow.latency, faults);
        }
    }
    (Side { flow, bins }, seconds.filter(|seconds| *seconds > 0.0), completion_only)
}

/// Whether it holds requests; version 2 does not count them.
fn counted(lat: &At<'_>) -> bool {
    lat.get("N").is_none_or(|n| n.value.as_u64() != Some(0))
}

/// The percentiles of a histogram, and the histogram where there is one.
fn percentiles(
    of: &At<'_>,
    unit_s: f64,
    latency: &mut Latency,
    faults: &mut Gathered,
) -> Option<Bins> {
    for (percent, key) in [(0.0, "min"), (100.0, "max")] {
        if let Some(value) = of.number(key, faults) {
            latency.add(percent, value * unit_s);
        }
    }
    let mut percents = Vec::new();
    for (name, value) in of.get("percentile").map(|list| list.members()).unwrap_or_default() {
        let Some(percent) = name.parse::<f64>().ok().filter(|p| (0.0..100.0).contains(p)) else {
            if name.parse() != Ok(100.0) {
                let problem = TraceProblem::Content { text: "it is no percentile".to_owned() };
                value.push(faults, problem, "percentiles are 0 to 100");
            }
            continue;
        };
        // Version 2 prints the places it has no percentile for as 0.00.
        if let Some(value) = value.decimal(faults).filter(|_| percent > 0.0) {
            latency.add(percent, value * unit_s);
            percents.push(percent);
        }
    }
    let mut bins = Bins { counts: BTreeMap::new(), seconds_each: unit_s, percents };
    for (name, value) in of.get("bins")?.members() {
        let Ok(time) = name.parse::<u64>() else {
            let problem = TraceProblem::Content { text: "it is no bin".to_owned() };
            value.push(faults, problem, "bins are whole numbers of nanoseconds");
            continue;
        };
        if let Some(count) = value.whole(faults) {
            bins.counts.insert(time, count);
        }
    }
    Some(bins)
}

impl Bins {
    /// As fio does it: the first bin by which the share has been reached.
    fn at(&self, percent: f64) -> Option<f64> {
        let all: u128 = self.counts.values().map(|count| u128::from(*count)).sum();
        let wanted = percent / 100.0 * all as f64;
        let mut sum = 0_u128;
        let found = self.counts.iter().find(|(_, count)| {
            sum += u128::from(**count);
            sum as f64 >= wanted
        });
        found.map(|(time, _)| *time as f64 * self.seconds_each)
    }
}

/// Sides that ran at once. Of histograms percentiles can be added, of percentiles not.
fn sum(sides: &[&Side]) -> (Flow, Option<Bins>) {
    let flows: Vec<&Flow> = sides.iter().map(|side| &side.flow).collect();
    let mut flow = Flow::together(&flows);
    let busy: Vec<&&Side> = sides.iter().filter(|side| side.flow.iops != Some(0.0)).collect();
    if let [one] = busy.as_slice() {
        return (flow, one.bins.clone());
    }
    let mut merged: Option<Bins> = None;
    for side in &busy {
        let Some(bins) = &side.bins else { return (flow, None) };
        match &mut merged {
            None => merged = Some(bins.clone()),
            Some(merged) => {
                for (time, count) in &bins.counts {
                    let sum = merged.counts.entry(*time).or_default();
                    *sum = sum.saturating_add(*count);
                }
            }
        }
    }
    if let Some(merged) = &merged {
        for percent in &merged.percents {
            if let Some(seconds) = merged.at(*percent) {
                flow.latency.add(*percent, seconds);
            }
        }
        let ends = |percent: f64, pick: fn(f64, f64) -> f64| {
            let all: Option<Vec<f64>> =
                busy.iter().map(|side| side.flow.latency.at(percent)).collect();
            all.and_then(|all| all.into_iter().reduce(pick))
        };
        for (percent, seconds) in [(0.0, ends(0.0, f64::min)), (100.0, ends(100.0, f64::max))] {
            if let Some(seconds) = seconds {
                flow.latency.add(percent, seconds);
            }
        }
    }
    (flow, merged)
}

/// What was asked of a job. fio repeats only the options that were stated.
struct Options<'a> {
    job: Option<At<'a>>,
    global: Option<At<'a>>,
}

impl Options<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let of = |options: &Option<At<'_>>| options.as_ref().and_then(|o| o.text(name));
        of(&self.job).or_else(|| of(&self.global))
    }

    /// One of two names of an option.
    fn either(&self, one: &str, other: &str) -> Option<String> {
        self.text(one).or_else(|| self.text(other))
    }

    fn load(&self) -> Load {
        // Version 2 repeats none, and then nothing is known.
        if self.job.is_none() && self.global.is_none() {
            return Load::default();
        }
        let count = |text: Option<String>, default| match text {
            None => Some(default),
            Some(text) => text.trim().parse::<u64>().ok(),
        };
        // Without it each copy of a job stands by itself.
        let merged = self.text("group_reporting").is_some();
        let threads = if merged { count(self.text("numjobs"), 1) } else { Some(1) };
        let one_by_one = self.text("ioengine").is_some_and(|e| SYNCHRONOUS.contains(&e.as_str()));
        let depth = if one_by_one { Some(1) } else { count(self.text("iodepth"), 1) };
        let order = self.either("rw", "readwrite").unwrap_or_else(|| "read".to_owned());
        let order = order.split(':').next().unwrap_or_default();
        let reads = match order {
            "read" | "randread" => Some(100.0),
            "write" | "randwrite" => Some(0.0),
            "rw" | "readwrite" | "randrw" => {
                let percent = |name| self.text(name)?.trim().parse::<f64>().ok();
                let stated = percent("rwmixread").or(percent("rwmixwrite").map(|w| 100.0 - w));
                Some(stated.unwrap_or(50.0))
            }
            _ => None,
        };
        let random = match order {
            "randread" | "randwrite" | "randrw" => {
                count(self.text("percentage_random"), 100).map(|percent| percent as f64)
            }
            "read" | "write" | "rw" | "readwrite" => Some(0.0),
            _ => None,
        };
        let share = |value: Option<f64>| value.filter(|value| (0.0..=100.0).contains(value));
        Load {
            block_bytes: self.block_bytes(reads),
            threads,
            outstanding: threads.zip(depth).and_then(|(t, d)| t.checked_mul(d)),
            read_pct: share(reads),
            random_pct: share(random),
        }
    }

    /// The size of every request, where all have the same.
    fn block_bytes(&self, read_pct: Option<f64>) -> Option<u64> {
        if self.either("bssplit", "bsrange").or_else(|| self.text("blocksize_range")).is_some() {
            return None;
        }
        let Some(text) = self.either("bs", "blocksize") else { return Some(4096) };
        let decimal_units = self.text("kb_base").is_some_and(|base| base.trim() == "1000");
        let sizes: Vec<Option<u64>> =
            text.split(',').map(|size| size_bytes(size.trim(), decimal_units)).collect();
        match (sizes.as_slice(), read_pct) {
            ([one], _) => *one,
            ([read, ..], Some(100.0)) => *read,
            ([_, write, ..], Some(0.0)) => *write,
            ([read, write, ..], _) if read == write => *read,
            _ => None,
        }
    }
}

/// `8k`, `1m`, `4096`. With fio's default base, `k` is 1024 and `ki` is 1000.
fn size_bytes(text: &str, decimal_units: bool) -> Option<u64> {
    let text = text.to_ascii_lowercase();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().ok()?;
    let unit = text[digits..].trim_end_matches('b');
    let (unit, other) = match unit.strip_suffix('i') {
        Some(unit) => (unit, true),
        None => (unit, false),
    };
    let power = ["", "k", "m", "g", "t"].iter().position(|known| *known == unit)?;
    let base: u64 = if decimal_units == other { 1024 } else { 1000 };
    number.checked_mul(base.checked_pow(u32::try_from(power).ok()?)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Measured, corpus};
    use super::*;

    const QD1: &str = "fio/randrw70_8k_qd1.json";
    const QD8: &str = "fio/randrw70_8k_qd8.json";
    const TEXT: &str = "fio/seqwrite_512k_qd4.normal+json.txt";
    const SPLIT: &str = "fio/bssplit_perio.json";
    const OLD: &str = "fio/fio-parser-sample-result.json";

    fn all(path: &str) -> Vec<TestResult> {
        read(path, corpus::file(path).as_slice()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn near(value: Option<f64>, expected: f64) {
        let value = value.unwrap();
        assert!((value - expected).abs() <= 1e-9 * expected, "{value} is not {expected}");
    }

    #[test]
    fn a_mix_of_version_3() {
        let results = all(QD8);
        let [result] = results.as_slice() else { panic!("{results:?}") };
        assert_eq!(result.version.as_deref(), Some("fio-3.33"));
        assert_eq!(result.label.as_deref(), Some("mix8k"));
        assert_eq!(result.target_names().as_deref(), Some("fio.test"));
        near(result.duration_s, 12.001);
        let load = Load {
            block_bytes: Some(8192),
            threads: Some(1),
            outstanding: Some(8),
            read_pct: Some(70.0),
            random_pct: Some(100.0),
        };
        assert_eq!((result.load, result.targets[0].load), (load, load));
        let Flows { total, read, write } = &result.flows;
        assert_eq!((read.ios, read.bytes), (Some(355_226), Some(2_910_044_160)));
        near(read.iops, 29_599.700_025);
        near(read.bytes_per_s, 242_483_473.0);
        near(read.latency.mean_s, 179_335.485_376e-9);
        near(read.latency.deviation_s, 96_960.626_947e-9);
        near(read.latency.at(99.0), 280_576e-9);
        near(read.latency.at(0.0), 16_114e-9);
        near(write.latency.at(99.9), 1_695_744e-9);
        near(write.latency.mean_s, 210_477.123_815e-9);
        near(total.iops, 29_599.700_025 + 12_722.023_165);
        near(
            total.latency.mean_s,
            (29_599.700_025 * 179_335.485_376e-9 + 12_722.023_165 * 210_477.123_815e-9)
                / 42_321.723_19,
        );
        assert_eq!(result.notes, [COMPLETION]);
        assert_eq!(result.cpu, super::super::Cpu::default(), "fio tells its own use only");
    }

    #[test]
    fn bins_give_the_percentiles_that_fio_lists() {
        for path in [QD1, QD8] {
            let document = json::read(path, corpus::file(path).as_slice(), "jobs").unwrap();
            let job = document.root().get("jobs").unwrap().items().remove(0);
            let mut faults = Gathered::default();
            for name in ["read", "write"] {
                let (side, _, _) = direction(&job.get(name).unwrap(), &mut faults);
                let bins = side.bins.unwrap();
                assert_eq!(bins.percents.len(), 17);
                for percent in &bins.percents {
                    assert_eq!(bins.at(*percent), side.flow.latency.at(*percent), "{percent}");
                }
            }
            // Those of both together lie between those of each.
            let Flows { total, read, write } = &all(path)[0].flows;
            for percent in [50.0, 99.0, 99.9] {
                let [all, r, w] = [total, read, write].map(|f| f.latency.at(percent).unwrap());
                assert!(r.min(w) <= all && all <= r.max(w), "{percent}: {all} of {r} and {w}");
            }
            let longest = longer(read.latency.at(100.0), write.latency.at(100.0));
            assert_eq!(total.latency.at(100.0), longest);
        }
    }

    #[test]
    fn text_around_the_document_is_passed_over() {
        let results = all(TEXT);
        let result = &results[0];
        let Flows { total, read, write } = &result.flows;
        assert_eq!((write.ios, write.bytes), (Some(47_368), Some(24_834_473_984)));
        near(write.iops, 7_893.351_108);
        near(write.bytes_per_s, 4_138_389_265.0);
        near(write.latency.mean_s, 506_357.019_190e-9);
        near(write.latency.at(50.0), 473_088e-9);
        assert_eq!(total, write);
        assert_eq!((read.iops, read.latency.mean_s), (Some(0.0), None));
        assert!(read.latency.percentiles.is_empty());
        assert_eq!((result.load.block_bytes, result.load.outstanding), (Some(524_288), Some(4)));
        assert_eq!((result.load.read_pct, result.load.random_pct), (Some(0.0), Some(0.0)));
        let split = &all(SPLIT)[0];
        assert_eq!((split.load.block_bytes, split.load.outstanding), (None, Some(8)));
        assert!(split.flows.total.latency.percentiles.is_empty(), "there are no bins");
    }

    #[test]
    fn version_2_counts_kib_and_microseconds() {
        let results = all(OLD);
        let names: Vec<_> = results.iter().map(|r| r.label.as_deref().unwrap()).collect();
        assert_eq!(names.len(), 5, "each is a group of its own");
        assert_eq!(names[..2], ["sequential_write", "sequential_read"]);
        let Flows { write, read, .. } = &results[0].flows;
        assert_eq!((write.ios, write.bytes), (None, Some(361_984 * 1024)));
        assert_eq!((write.iops, write.bytes_per_s), (Some(133.0), Some(68_118.0 * 1024.0)));
        near(write.latency.mean_s, 0.478_737_47);
        near(write.latency.at(50.0), 0.444_416);
        assert_eq!(write.latency.at(0.0).map(|s| (s * 1e6).round()), Some(189_263.0));
        assert_eq!(read.latency.mean_s, None);
        assert_eq!(results[0].load, Load::default(), "it repeats no options");
        near(results[3].flows.read.latency.mean_s, 3146.5e-6);
    }

    #[test]
    fn jobs_of_a_group_are_one_result() {
        let job = |name: &str, group: u32, iops: u32, mean: u32| {
            format!(
                "{{\"jobname\":\"{name}\",\"groupid\":{group},\"error\":0,\"job options\":{{}},\
                 \"read\":{{\"io_kbytes\":1,\"io_bytes\":4096,\"bw_bytes\":10,\"iops\":{iops},\
                 \"total_ios\":{iops},\"runtime\":1000,\"lat_ns\":{{\"mean\":{mean},\"stddev\":0,\
                 \"min\":1,\"max\":9}}}},\"write\":{{\"io_kbytes\":0,\"io_bytes\":0,\"iops\":0,\
                 \"bw_bytes\":0,\"total_ios\":0,\"runtime\":0}}}}"
            )
        };
        let text = format!(
            "{{\"fio version\":\"fio-3.1\",\"global options\":{{\"bs\":\"4k,8k\",\
             \"iodepth\":\"16\",\"ioengine\":\"libaio\",\"rw\":\"randrw\"}},\"jobs\":[{},{},{}]}}",
            job("a", 0, 100, 2000),
            job("b", 0, 300, 4000),
            job("c", 1, 5, 1)
        );
        let results = read("f", text.as_bytes()).unwrap();
        assert_eq!(results.len(), 2);
        let first = &results[0];
        assert_eq!(first.label.as_deref(), Some("a + b"));
        assert_eq!((first.load.threads, first.load.outstanding), (Some(2), Some(32)));
        assert_eq!((first.load.block_bytes, first.load.read_pct), (None, Some(50.0)));
        near(first.flows.total.latency.mean_s, 3.5e-6);
        near(first.flows.total.latency.deviation_s, 0.75_f64.sqrt() * 1e-6);
        assert_eq!(first.flows.total.bytes_per_s, Some(20.0));
    }

    #[test]
    fn sizes_as_fio_means_them() {
        for (text, decimal_units, bytes) in [
            ("4096", false, Some(4096)),
            ("8k", false, Some(8192)),
            ("8KiB", false, Some(8000)),
            ("8k", true, Some(8000)),
            ("1m", false, Some(1 << 20)),
            ("x", false, None),
            ("99999999999t", false, None),
        ] {
            assert_eq!(size_bytes(text, decimal_units), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |text: &str| read("f", text.as_bytes()).unwrap_err().to_string();
        let text = String::from_utf8(corpus::file(SPLIT)).unwrap();
        let negative = told(&text.replace("\"iops\" : 13153.211697", "\"iops\" : -1"));
        assert!(
            negative.starts_with("f, line 94, column 18 (jobs[0].write.iops): -1 is negative"),
            "{negative}"
        );
        let failed = told(&text.replace("\"error\" : 0", "\"error\" : 5"));
        assert!(failed.contains("(jobs[0].error): the job failed with error 5"), "{failed}");
        let clients = "{\"fio version\": \"x\", \"client_stats\": []}";
        assert!(told(clients).contains("the result is of several machines"));
        assert!(told("{\"fio version\": \"x\"}").contains("there are no jobs"));
        assert!(told(&text[..text.len() / 2]).contains("the document is no JSON"));
        assert!(told(&text.replace("30744.313922", "30744,313922")).contains("no JSON"));
        assert!(told(&text.replace("\"iops\" : 30744.313922,", "")).contains("no \"iops\""));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn damaged_results_never_panic(damages in corpus::damages(), which in 0..4_usize) {
            let file = corpus::file([QD1, TEXT, SPLIT, OLD][which]);
            match read("f", corpus::damaged(&file, &damages).as_slice()) {
                Ok(results) => prop_assert!(corpus::sound(&Measured::Tests(results))),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
