//! `DiskSpd` results as XML (`-Rxml`).
//!
//! The layout is that of `XmlResultParser.cpp` (github.com/microsoft/diskspd): the machine, the
//! profile that was run, and for each of its time spans what came of it. Requests a second and
//! bytes a second are counts over the test time, as the document has no rates of its own.

use std::io::Read;

use super::elements::Fields;
use super::{Cpu, Flow, Flows, Latency, Load, TOO_MANY_PARTS, Target, TestResult, Tool};
use crate::trace::TraceError;
use crate::trace::xml::{self, Element};

/// Targets of one time span.
const MOST_TARGETS: usize = 4096;
const MILLISECONDS: f64 = 1e-3;
const COMPLETE: &str = "give the whole output of diskspd -Rxml";
/// Series over time and traces of the kernel; they can be long and nothing of them is used.
const SKIPPED: [&str; 4] = ["Iops", "ETW", "ETWSessionInfo", "WaitStatistics"];

/// Reads every time span of a result.
///
/// # Errors
/// [`TraceError`] with all that is wrong: not XML, another document, a profile without results,
/// elements that are missing, twice, or no numbers, a run that was interrupted.
pub fn read<R: Read>(name: &str, reader: R) -> Result<Vec<TestResult>, TraceError> {
    let root = xml::read(name, reader, &SKIPPED)?;
    let mut fields = Fields::default();
    let results = results(&root, &mut fields);
    fields.gathered.into_result(name)?;
    Ok(results)
}

fn results(root: &Element, fields: &mut Fields) -> Vec<TestResult> {
    if root.name == "Profile" {
        let help = "run it with diskspd -X and -Rxml, or name it as diskspd-profile in a scenario";
        fields.push(root.content("a DiskSpd profile describes a load and has no results", help));
        return Vec::new();
    }
    if root.name != "Results" {
        let text = format!("the document is <{}>, no DiskSpd result", root.name);
        fields.push(root.content(text, COMPLETE));
        return Vec::new();
    }
    let spans: Vec<&Element> = root.all("TimeSpan").collect();
    if spans.is_empty() {
        fields.push(root.content("there are no results of a time span", COMPLETE));
    }
    let asked: Vec<&Element> = root
        .child("Profile")
        .and_then(|profile| profile.child("TimeSpans"))
        .map(|spans| spans.all("TimeSpan").collect())
        .unwrap_or_default();
    let mut all = Vec::new();
    for (index, span) in spans.into_iter().enumerate() {
        let mut result = TestResult::new(Tool::DiskSpd);
        if let Some(system) = fields.one(root, "System") {
            result.host = fields.text(system, "ComputerName");
            result.started = fields.text(system, "RunTime");
            if let Some(tool) = fields.one(system, "Tool") {
                result.version = fields.text(tool, "Version");
            }
        }
        if let Some(asked) = asked.get(index) {
            describe(asked, &mut result, fields);
        }
        measured(span, &mut result, fields);
        all.push(result);
    }
    all
}

/// What was asked in a time span.
fn describe(span: &Element, result: &mut TestResult, fields: &mut Fields) {
    let positive = |number: Option<u64>| number.filter(|number| *number > 0);
    let pool_threads = positive(fields.whole(span, "ThreadCount"));
    let pool_requests = positive(fields.whole(span, "RequestCount"));
    result.load.threads = pool_threads;
    result.load.outstanding = product(pool_threads, pool_requests);
    let targets = span.child("Targets").map(|targets| targets.all("Target")).into_iter().flatten();
    for (index, target) in targets.enumerate() {
        if index == MOST_TARGETS {
            too_many(target, fields);
            break;
        }
        let threads = pool_threads.or(fields.whole(target, "ThreadsPerFile"));
        let requests = fields.whole(target, "RequestCount");
        let write_pct = fields.decimal(target, "WriteRatio");
        if let Some(share) = write_pct.filter(|share| *share > 100.0) {
            let text = format!("{share} percent of writes");
            fields.push(target.content(text, "WriteRatio is 0 to 100"));
        }
        // A random ratio stands for itself only beside an alignment; without both it is a sequence.
        let random_pct = match (fields.whole(target, "Random"), target.child("RandomRatio")) {
            (_, Some(_)) => fields.decimal(target, "RandomRatio"),
            (Some(_), None) => Some(100.0),
            (None, None) => Some(0.0),
        };
        let load = Load {
            block_bytes: fields.whole(target, "BlockSize"),
            threads,
            // A queue that targets share is of none of them.
            outstanding: pool_requests.map_or_else(|| product(threads, requests), |_| None),
            read_pct: write_pct.map(|share| (100.0 - share).max(0.0)),
            random_pct,
        };
        let path = fields.text(target, "Path");
        result.targets.push(Target { path, load, flows: Flows::default() });
    }
    result.add_up_loads();
}

fn too_many(target: &Element, fields: &mut Fields) {
    let text = format!("there are more than {MOST_TARGETS} targets");
    fields.push(target.content(text, "give one test at a time"));
}

fn product(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).and_then(|(one, other)| one.checked_mul(other))
}

/// What came of it.
fn measured(span: &Element, result: &mut TestResult, fields: &mut Fields) {
    if let Some(error) = span.child("Error") {
        let text = "the test was interrupted, there are no results";
        fields.push(error.content(text, "repeat the test, and let it end by itself"));
        return;
    }
    let seconds = fields.must(span, "TestTimeSeconds").and(fields.decimal(span, "TestTimeSeconds"));
    result.duration_s = seconds;
    if seconds == Some(0.0) {
        fields.push(span.content("the test took no time", "repeat the test"));
    }
    result.load.threads = result.load.threads.or(fields.whole(span, "ThreadCount"));
    if let Some(cpu) = fields.one(span, "CpuUtilization") {
        result.cpu = processors(cpu, fields);
    }
    let mut of_paths: Vec<(String, Flows)> = Vec::new();
    let mut totals = Flows::default();
    let seconds = seconds.filter(|seconds| *seconds > 0.0);
    let mut rows = 0;
    for target in span.all("Thread").flat_map(|thread| thread.all("Target")) {
        rows += 1;
        let flows = counts(target, seconds, fields);
        totals = if rows == 1 { flows.clone() } else { together(&totals, &flows) };
        let path = fields.text(target, "Path").unwrap_or_default();
        match of_paths.iter().position(|(have, _)| *have == path) {
            Some(at) => of_paths[at].1 = together(&of_paths[at].1, &flows),
            None if of_paths.len() < MOST_TARGETS => of_paths.push((path, flows)),
            None => too_many(target, fields),
        }
    }
    if rows == 0 {
        fields.push(span.content("no thread tells what it did", COMPLETE));
    }
    if let Some(latency) = fields.one(span, "Latency") {
        latencies(latency, &mut totals, fields);
    }
    result.flows = totals;
    if result.targets.is_empty() {
        let named = of_paths.iter().map(|(path, _)| Some(path.clone()).filter(|p| !p.is_empty()));
        result.targets = named.map(|path| Target { path, ..Target::default() }).collect();
    }
    if let [target] = result.targets.as_mut_slice() {
        target.flows = result.flows.clone();
        return;
    }
    let paths: Vec<Option<String>> = result.targets.iter().map(|t| t.path.clone()).collect();
    for (target, path) in result.targets.iter_mut().zip(&paths) {
        // Two targets of one name cannot be told apart.
        if paths.iter().filter(|other| *other == path).count() == 1
            && let Some((_, flows)) = of_paths.iter().find(|(have, _)| Some(have) == path.as_ref())
        {
            target.flows = flows.clone();
        }
    }
}

fn together(one: &Flows, other: &Flows) -> Flows {
    Flows {
        total: Flow::together(&[&one.total, &other.total]),
        read: Flow::together(&[&one.read, &other.read]),
        write: Flow::together(&[&one.write, &other.write]),
    }
}

/// What a thread did on a target.
fn counts(target: &Element, seconds: Option<f64>, fields: &mut Fields) -> Flows {
    let mut flow = |bytes: &'static str, ios: &'static str, mean: &'static str, dev| {
        let bytes = fields.must(target, bytes).and(fields.whole(target, bytes));
        let ios = fields.must(target, ios).and(fields.whole(target, ios));
        let rate = |count: Option<u64>| Some(count? as f64 / seconds?);
        let mut milliseconds =
            |name| fields.decimal(target, name).filter(|_| ios > Some(0)).map(|v| v * MILLISECONDS);
        let latency = Latency {
            mean_s: milliseconds(mean),
            deviation_s: milliseconds(dev),
            percentiles: Vec::new(),
        };
        Flow { ios, bytes, iops: rate(ios), bytes_per_s: rate(bytes), latency }
    };
    Flows {
        total: flow("BytesCount", "IOCount", "AverageLatencyMilliseconds", "LatencyStdev"),
        read: flow("ReadBytes", "ReadCount", "AverageReadLatencyMilliseconds", "ReadLatencyStdev"),
        write: flow(
            "WriteBytes",
            "WriteCount",
            "AverageWriteLatencyMilliseconds",
            "WriteLatencyStdev",
        ),
    }
}

/// Latencies of all targets together.
fn latencies(latency: &Element, totals: &mut Flows, fields: &mut Fields) {
    let directions = [
        (&mut totals.total, "AverageTotalMilliseconds", "LatencyStdev", "TotalMilliseconds"),
        (&mut totals.read, "AverageReadMilliseconds", "ReadLatencyStdev", "ReadMilliseconds"),
        (&mut totals.write, "AverageWriteMilliseconds", "WriteLatencyStdev", "WriteMilliseconds"),
    ];
    for (flow, mean, deviation, at) in directions {
        flow.latency = Latency {
            mean_s: fields.decimal(latency, mean).map(|v| v * MILLISECONDS),
            deviation_s: fields.decimal(latency, deviation).map(|v| v * MILLISECONDS),
            percentiles: Vec::new(),
        };
        for bucket in latency.all("Bucket") {
            let Some(percent) = fields.decimal(bucket, "Percentile") else { continue };
            if percent > 100.0 {
                let text = format!("there is no percentile {percent}");
                fields.push(bucket.content(text, "Percentile is 0 to 100"));
            } else if let Some(value) = fields.decimal(bucket, at) {
                flow.latency.add(percent, value * MILLISECONDS);
            }
        }
    }
}

fn processors(of: &Element, fields: &mut Fields) -> Cpu {
    let mut cpu = Cpu::default();
    for processor in of.all("CPU") {
        let place = ["Socket", "Node", "Group"].map(|name| fields.whole(processor, name));
        let usage = fields.decimal(processor, "UsagePercent");
        if let Some(usage) = usage
            && !cpu.add(place, usage)
        {
            fields.push(processor.content(TOO_MANY_PARTS, "give one test at a time"));
        }
    }
    if let Some(average) = fields.one(of, "Average") {
        cpu.average_pct = fields.decimal(average, "UsagePercent");
    }
    cpu
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Measured, corpus};
    use super::*;

    const PKB: &str = "diskspd/pkb_diskspd_result_2.0.21a.xml";

    fn told(text: &str) -> String {
        read("r.xml", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_result_without_latency_is_read() {
        for bytes in [corpus::file(PKB), corpus::utf16(&corpus::file(PKB))] {
            let results = read(PKB, bytes.as_slice()).unwrap();
            let [result] = results.as_slice() else { panic!("{results:?}") };
            assert_eq!(result.version.as_deref(), Some("2.0.21a"));
            assert_eq!(result.host.as_deref(), Some("pkb-044ffc87-0"));
            assert_eq!(result.started.as_deref(), Some("2018/10/18 21:39:04 UTC"));
            assert_eq!(result.duration_s, Some(30.02));
            let load = Load {
                block_bytes: Some(65_536),
                threads: Some(4),
                outstanding: Some(8),
                read_pct: Some(100.0),
                random_pct: Some(0.0),
            };
            assert_eq!((result.load, result.targets[0].load), (load, load));
            assert_eq!(result.target_names().as_deref(), Some("C:\\scratch\\testfile.dat"));
            let Flows { total, read, write } = &result.flows;
            // 22645 + 22623 + 22548 + 23154 requests of 64 KiB in 30.02 s.
            assert_eq!((total.ios, read.ios, write.ios), (Some(90_970), Some(90_970), Some(0)));
            assert_eq!(total.bytes, Some(90_970 * 65_536));
            assert!((read.iops.unwrap() - 90_970.0 / 30.02).abs() < 1e-9);
            assert_eq!((write.iops, write.bytes_per_s), (Some(0.0), Some(0.0)));
            assert_eq!(total.latency, Latency::default(), "it was not measured");
            assert_eq!(result.cpu.average_pct, Some(3.2));
            let part = result.cpu.parts[0];
            assert_eq!((part.socket, part.node, part.group), (Some(0), Some(0), Some(0)));
            // 2.08, 2.03, 1.67 and 7.03.
            assert_eq!((part.processors, result.cpu.parts.len()), (4, 1));
            assert!((part.average_pct - 12.81 / 4.0).abs() < 1e-12);
        }
    }

    const SPAN: &str = "<Results><TimeSpan><TestTimeSeconds>10.00</TestTimeSeconds>\
        <Latency><AverageReadMilliseconds>1.500</AverageReadMilliseconds>\
        <ReadLatencyStdev>0.250</ReadLatencyStdev>\
        <AverageTotalMilliseconds>1.500</AverageTotalMilliseconds>\
        <Bucket><Percentile>0</Percentile><ReadMilliseconds>0.100</ReadMilliseconds></Bucket>\
        <Bucket><Percentile>99.9</Percentile><ReadMilliseconds>7.000</ReadMilliseconds></Bucket>\
        </Latency>\
        <Thread><Id>0</Id>\
        <Target><Path>a</Path><BytesCount>40960</BytesCount><IOCount>10</IOCount>\
        <ReadBytes>40960</ReadBytes><ReadCount>10</ReadCount>\
        <WriteBytes>0</WriteBytes><WriteCount>0</WriteCount>\
        <AverageReadLatencyMilliseconds>1.000</AverageReadLatencyMilliseconds></Target>\
        <Target><Path>b</Path><BytesCount>81920</BytesCount><IOCount>10</IOCount>\
        <ReadBytes>81920</ReadBytes><ReadCount>10</ReadCount>\
        <WriteBytes>0</WriteBytes><WriteCount>0</WriteCount>\
        <AverageReadLatencyMilliseconds>2.000</AverageReadLatencyMilliseconds></Target>\
        </Thread></TimeSpan></Results>";

    #[test]
    fn latencies_and_targets_are_read() {
        let results = read("r.xml", SPAN.as_bytes()).unwrap();
        let read = &results[0].flows.read;
        assert_eq!((read.iops, read.bytes_per_s), (Some(2.0), Some(12_288.0)));
        assert_eq!((read.latency.mean_s, read.latency.deviation_s), (Some(1.5e-3), Some(0.25e-3)));
        assert_eq!((read.latency.at(0.0), read.latency.at(99.9)), (Some(1e-4), Some(7e-3)));
        let targets: Vec<_> = results[0]
            .targets
            .iter()
            .map(|t| (t.path.as_deref().unwrap(), t.flows.read.latency.mean_s, t.load.threads))
            .collect();
        assert_eq!(targets, [("a", Some(1e-3), None), ("b", Some(2e-3), None)]);
    }

    #[test]
    fn what_is_no_result_is_told() {
        assert!(told("<Profile/>").contains("describes a load and has no results"));
        assert!(told("<a/>").contains("the document is <a>, no DiskSpd result"));
        assert!(told("<Results/>").contains("no results of a time span"));
        assert!(
            told("<Results><TimeSpan><Error>x</Error></TimeSpan></Results>").contains("interr")
        );
        let faults = told(&SPAN.replace("<IOCount>10", "<IOCount>-1").replace("10.00", "NaN"));
        assert_eq!(faults.lines().count(), 3, "{faults}");
        assert!(faults.contains("line 1, column 20 (TestTimeSeconds): NaN is not a finite number"));
        assert!(faults.contains("(IOCount): -1 is negative"), "{faults}");
        let twice = SPAN.replace("<Id>0</Id>", "").replace(
            "<ReadCount>10",
            "<ReadCount>1</ReadCount>\
             <ReadCount>10",
        );
        assert!(told(&twice).contains("<ReadCount> is given twice"));
        let none = SPAN.replace("ReadBytes", "X");
        assert!(told(&none).contains("it has no <ReadBytes>"));
        assert!(told(&SPAN.replace("10.00", "1,50")).contains("a comma where a decimal point"));
        assert!(told(&SPAN[..SPAN.len() - 10]).contains("ends within"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn damaged_results_never_panic(damages in corpus::damages()) {
            for file in [corpus::file(PKB), SPAN.as_bytes().to_vec()] {
                match read("r", corpus::damaged(&file, &damages).as_slice()) {
                    Ok(results) => prop_assert!(corpus::sound(&Measured::Tests(results))),
                    Err(error) => prop_assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}
