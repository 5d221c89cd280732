//! `DiskSpd` profiles as XML (`-X`), turned into command lines.
//!
//! The elements are those of `diskspd.xsd` (github.com/microsoft/diskspd). Each target becomes a
//! line of its own, which is then read as any other, so that the same things are honoured and
//! refused. What a line cannot say is refused by the name of its element.

use std::io::Read;

use super::DiskSpd;
use crate::trace::results::elements::Fields;
use crate::trace::results::number::WHOLE_HELP;
use crate::trace::xml::{self, Element};
use crate::trace::{TraceError, TraceFault, TraceProblem};

/// Elements that do not change the load.
const OF_PROFILE: [&str; 7] =
    ["TimeSpans", "Verbose", "VerboseStats", "Progress", "ExperimentFlags", "ResultFormat", "ETW"];
const OF_SPAN: [&str; 15] = [
    "Targets",
    "Duration",
    "Warmup",
    "Cooldown",
    "RandSeed",
    "RandomWriteData",
    "ThreadCount",
    "RequestCount",
    "GroupAffinity",
    "Affinity",
    "DisableAffinity",
    "CompletionRoutines",
    "MeasureLatency",
    "CalculateIopsStdDev",
    "IoBucketDuration",
];
const OF_TARGET: [&str; 31] = [
    "Distribution",
    "Path",
    "BlockSize",
    "StrideSize",
    "InterlockedSequential",
    "BaseFileOffset",
    "SequentialScan",
    "RandomAccess",
    "TemporaryFile",
    "UseLargePages",
    "RequestCount",
    "Random",
    "DisableAllCache",
    "DisableLocalCache",
    "DisableOSCache",
    "WriteThrough",
    "MemoryMappedIo",
    "FlushType",
    "WriteBufferContent",
    "BurstSize",
    "ThinkTime",
    "Throughput",
    "ThreadsPerFile",
    "FileSize",
    "MaxFileSize",
    "WriteRatio",
    "RandomRatio",
    "ParallelAsyncIO",
    "ThreadStride",
    "IOPriority",
    "Weight",
];
const LEAVE_OUT: &str = "leave it out, or describe the load in plain fields";

impl DiskSpd {
    /// Reads a profile, or the one that a result repeats, as a command line without target for
    /// each of its targets; all of them run at once.
    ///
    /// # Errors
    /// [`TraceError`] with all that is wrong: no XML, no profile, several time spans, targets that
    /// share a queue or are given threads, values that are none, lines that `DiskSpd` refuses.
    pub fn profile_lines<R: Read>(name: &str, reader: R) -> Result<Vec<String>, TraceError> {
        // What a result measured can be long, and is not looked at.
        let root = xml::read(name, reader, &["Thread", "CpuUtilization", "Latency", "Iops"])?;
        let mut fields = Fields::default();
        let lines = lines(&root, &mut fields);
        fields.gathered.into_result(name)?;
        Ok(lines)
    }
}

fn lines(root: &Element, fields: &mut Fields) -> Vec<String> {
    let profile = match root.name.as_str() {
        "Profile" => Some(root),
        "Results" => fields.must(root, "Profile"),
        other => {
            let text = format!("the document is <{other}>, no DiskSpd profile");
            fields.push(root.content(text, "give the file that DiskSpd reads with -X"));
            None
        }
    };
    let Some(profile) = profile else { return Vec::new() };
    known(profile, &OF_PROFILE, fields);
    let Some(spans) = fields.must(profile, "TimeSpans") else { return Vec::new() };
    let Some(span) = fields.must_first(spans, "TimeSpan") else { return Vec::new() };
    if let Some(second) = spans.all("TimeSpan").nth(1) {
        let text = "there are several time spans, which run one after the other";
        fields.push(second.content(text, "keep one; a variant of the scenario can have another"));
    }
    known(span, &OF_SPAN, fields);
    let Some(targets) = fields.must(span, "Targets") else { return Vec::new() };
    let count = targets.all("Target").count();
    if count == 0 {
        fields.push(targets.content("there are no targets", "give one at least"));
    }
    let common = of_span(span, count, fields);
    let pool = fields.whole(span, "ThreadCount").is_some_and(|threads| threads > 0);
    let queue = fields.whole(span, "RequestCount").is_some_and(|requests| requests > 0);
    targets.all("Target").map(|target| line(target, &common, (pool, queue), fields)).collect()
}

/// Refuses elements that no profile has, or that have no flag.
fn known(of: &Element, names: &[&str], fields: &mut Fields) {
    for child in &of.children {
        if child.name == "ThreadTargets" {
            let text = "targets that are given to single threads cannot be modelled";
            fields.push(child.content(text, LEAVE_OUT));
        } else if !names.contains(&child.name.as_str()) {
            let text = format!("a <{}> has no <{}>", of.name, child.name);
            fields.push(child.content(text, "see diskspd.xsd for what there is"));
        }
    }
}

/// Flags of the time span.
fn of_span(span: &Element, targets: usize, fields: &mut Fields) -> Vec<String> {
    let mut flags = Vec::new();
    for (name, flag) in [("Duration", "-d"), ("Warmup", "-W"), ("Cooldown", "-C")] {
        flags.extend(fields.whole(span, name).map(|seconds| format!("{flag}{seconds}")));
    }
    for (name, flag) in [("CompletionRoutines", "-x"), ("DisableAffinity", "-n")] {
        if boolean(span, name, fields) {
            flags.push(flag.to_owned());
        }
    }
    let positive = |value: Option<u64>| value.filter(|value| *value > 0);
    let threads = positive(fields.whole(span, "ThreadCount"));
    let requests = positive(fields.whole(span, "RequestCount"));
    flags.extend(threads.map(|threads| format!("-F{threads}")));
    if let Some(requests) = requests {
        flags.push(format!("-O{requests}"));
        if targets > 1
            && threads.is_some()
            && let Some(at) = span.child("RequestCount")
        {
            let text = "a queue that several targets share cannot be modelled exactly";
            fields.push(at.content(text, "give each target a RequestCount of its own"));
        }
    }
    flags
}

fn boolean(of: &Element, name: &'static str, fields: &mut Fields) -> bool {
    let Some(element) = fields.one(of, name) else { return false };
    match element.text.as_str() {
        "true" | "1" => true,
        "false" | "0" => false,
        other => {
            let text = format!("{other:?} is neither true nor false");
            fields.push(element.content(text, "write true or false"));
            false
        }
    }
}

/// The line of a target; `pool` is whether threads are shared, and whether their queue is.
fn line(
    target: &Element,
    common: &[String],
    (pool, queue): (bool, bool),
    fields: &mut Fields,
) -> String {
    known(target, &OF_TARGET, fields);
    let mut flags = vec!["diskspd".to_owned()];
    flags.extend_from_slice(common);
    let mut number = |name: &'static str, flag: &str, zero_counts: bool| {
        let value = fields.whole(target, name).filter(|value| zero_counts || *value > 0);
        flags.extend(value.map(|value| format!("{flag}{value}")));
    };
    number("BlockSize", "-b", true);
    if !pool {
        number("ThreadsPerFile", "-t", true);
    }
    if !queue {
        number("RequestCount", "-o", true);
    }
    number("WriteRatio", "-w", true);
    number("FileSize", "-c", false);
    number("MaxFileSize", "-f", false);
    number("BaseFileOffset", "-B", false);
    number("ThreadStride", "-T", false);
    number("BurstSize", "-i", false);
    number("ThinkTime", "-j", false);
    number("IOPriority", "-I", false);
    flags.extend(order(target, fields));
    flags.extend(hot_spots(target, fields));
    flags.extend(caching(target, fields));
    flags.extend(throughput(target, fields));
    for (name, flag) in [
        ("ParallelAsyncIO", "-p"),
        ("UseLargePages", "-l"),
        ("SequentialScan", "-fs"),
        ("RandomAccess", "-fr"),
        ("TemporaryFile", "-ft"),
    ] {
        if boolean(target, name, fields) {
            flags.push(flag.to_owned());
        }
    }
    let line = flags.join(" ");
    if let Err(errors) = DiskSpd::parse(&format!("{line} disk")) {
        for error in errors.faults() {
            let text = format!("as a flag, {}: {}", error.flag, error.problem);
            fields.push(target.content(text, &error.help));
        }
    }
    line
}

/// Order of the offsets.
fn order(target: &Element, fields: &mut Fields) -> Vec<String> {
    let stride = fields.whole(target, "StrideSize");
    let random = fields.whole(target, "Random");
    let share = fields.whole(target, "RandomRatio");
    let interlocked = boolean(target, "InterlockedSequential", fields);
    let mut flags = Vec::new();
    match (stride, interlocked) {
        (Some(stride), false) => flags.push(format!("-s{stride}")),
        (Some(stride), true) => flags.push(format!("-si{stride}")),
        (None, true) => flags.push("-si".to_owned()),
        (None, false) => {}
    }
    flags.extend(random.map(|alignment| format!("-r{alignment}")));
    flags.extend(share.map(|share| format!("-rs{share}")));
    flags
}

/// Uneven random access.
fn hot_spots(target: &Element, fields: &mut Fields) -> Option<String> {
    let distribution = fields.one(target, "Distribution")?;
    let percent = distribution.child("Percent").map(|of| (of, "-rdpct"));
    let absolute = distribution.child("Absolute").map(|of| (of, "-rdabs"));
    if let (Some(_), Some((second, _))) = (percent, absolute) {
        let text = "there are two distributions";
        fields.push(second.content(text, "give Percent or Absolute"));
    }
    let (ranges, flag) = percent.or(absolute)?;
    let mut parts = Vec::new();
    for range in ranges.all("Range") {
        let share = range.attribute("IO").unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(share) || !digits(&range.text) {
            let text = format!("a range of {:?} for {share:?} percent of I/O", range.text);
            fields.push(range.content(text, WHOLE_HELP));
            continue;
        }
        parts.push(format!("{share}/{}", range.text));
    }
    Some(format!("{flag}{}", parts.join(":"))).filter(|_| !parts.is_empty())
}

fn caching(target: &Element, fields: &mut Fields) -> Vec<String> {
    let mut letters = String::new();
    let all = boolean(target, "DisableAllCache", fields);
    let unbuffered = boolean(target, "DisableOSCache", fields);
    if boolean(target, "DisableLocalCache", fields) {
        letters.push('r');
    } else if all || unbuffered {
        letters.push('u');
    }
    if boolean(target, "WriteThrough", fields) || all {
        letters.push('w');
    }
    if boolean(target, "MemoryMappedIo", fields) {
        letters.push('m');
    }
    let mut flags = Vec::new();
    if !letters.is_empty() {
        flags.push(format!("-S{letters}"));
    }
    if let Some(flush) = fields.one(target, "FlushType") {
        match flush.text.as_str() {
            "ViewOfFile" => flags.push("-Nv".to_owned()),
            "NonVolatileMemory" => flags.push("-Nn".to_owned()),
            "NonVolatileMemoryNoDrain" => flags.push("-Ni".to_owned()),
            other => {
                let text = format!("there is no flush {other:?}");
                fields.push(flush.content(text, LEAVE_OUT));
            }
        }
    }
    flags
}

fn throughput(target: &Element, fields: &mut Fields) -> Option<String> {
    let element = fields.one(target, "Throughput")?;
    let value = fields.whole(target, "Throughput").filter(|value| *value > 0)?;
    match element.attribute("unit") {
        Some("IOPS") => Some(format!("-g{value}i")),
        None | Some("BPMS") => Some(format!("-g{value}")),
        Some(other) => {
            let problem = TraceProblem::Content { text: format!("there is no unit {other:?}") };
            let fault: TraceFault = element.fault(problem, "there are IOPS and BPMS");
            fields.push(fault);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::diskspd::{Access, Concurrency, HotSpotLength, Throttle};

    fn profile(span: &str, targets: &[&str]) -> String {
        let targets: Vec<String> =
            targets.iter().map(|t| format!("<Target>{t}</Target>")).collect();
        let targets = targets.concat();
        format!(
            "<Profile><Progress>0</Progress><TimeSpans>\n<TimeSpan>{span}<Targets>{targets}\
             </Targets></TimeSpan></TimeSpans></Profile>"
        )
    }

    fn lines(text: &str) -> Vec<String> {
        DiskSpd::profile_lines("p.xml", text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn told(text: &str) -> String {
        DiskSpd::profile_lines("p.xml", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn the_profile_of_a_result_is_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("data");
        let file = folder.join("diskspd").join("pkb_diskspd_result_2.0.21a.xml");
        let lines = lines(&std::fs::read_to_string(file).unwrap());
        assert_eq!(
            lines,
            ["diskspd -d30 -W5 -C0 -b65536 -t4 -o2 -w0 -c838860800 -I3 -s65536 -Suw -fs"]
        );
        let spd = DiskSpd::parse(&format!("{} x", lines[0])).unwrap();
        assert_eq!((spd.outstanding_total(), spd.span_bytes()), (8, Some(838_860_800)));
    }

    #[test]
    fn two_targets_are_two_lines() {
        // The shape of a desktop: writes in part random, reads with hot spots, both held to a rate.
        let text = profile(
            "<Duration>60</Duration><Warmup>5</Warmup><ThreadCount>0</ThreadCount>",
            &[
                "<Path>*1</Path><BlockSize>32768</BlockSize><WriteRatio>100</WriteRatio>\
                 <Random>32768</Random><RandomRatio>20</RandomRatio><RequestCount>8</RequestCount>\
                 <ThreadsPerFile>1</ThreadsPerFile><Throughput unit='IOPS'>6</Throughput>",
                "<Path>*1</Path><BlockSize>8192</BlockSize><Random>8192</Random>\
                 <Distribution><Percent><Range IO='95'>5</Range><Range IO='4'>10</Range></Percent>\
                 </Distribution><DisableAllCache>true</DisableAllCache>",
            ],
        );
        let lines = lines(&text);
        let spd: Vec<DiskSpd> =
            lines.iter().map(|line| DiskSpd::parse(&format!("{line} x")).unwrap()).collect();
        assert_eq!(
            (spd[0].block_bytes, spd[0].write_percent, spd[0].duration_s),
            (32_768, 100, 60)
        );
        assert_eq!(spd[0].access, Access::Random { percent: 20 });
        assert_eq!(spd[0].throttle, Some(Throttle::Iops(6)));
        let one = Concurrency::PerTarget { threads_per_target: 1, outstanding_per_thread: 8 };
        assert_eq!(spd[0].concurrency, one);
        assert_eq!((spd[1].block_bytes, spd[1].write_percent), (8192, 0));
        assert_eq!(spd[1].hot_spots[0].io_percent, 95);
        assert_eq!(spd[1].hot_spots[1].length, HotSpotLength::Percent(10));
        assert!(spd[1].caching.write_through && spd[1].caching.bypasses_software_cache());
    }

    #[test]
    fn shared_threads_are_flags_of_every_line() {
        let target = "<Path>a</Path><RequestCount>4</RequestCount>";
        let text = profile("<ThreadCount>3</ThreadCount>", &[target, target]);
        let all = lines(&text);
        assert_eq!(all, ["diskspd -F3 -o4", "diskspd -F3 -o4"]);
        let span = "<ThreadCount>3</ThreadCount><RequestCount>8</RequestCount>";
        assert_eq!(lines(&profile(span, &[target])), ["diskspd -F3 -O8"]);
        let shared = told(&profile(span, &[target, target]));
        assert!(shared.contains("line 2, column 39 (RequestCount): a queue that several targets"));
    }

    #[test]
    fn what_a_line_cannot_say_is_refused_by_name() {
        let two = profile("", &["<Path>a</Path>"])
            .replace("</TimeSpans>", "<TimeSpan><Targets/></TimeSpan></TimeSpans>");
        assert!(told(&two).contains("(TimeSpan): there are several time spans"));
        let target = |inside: &str| told(&profile("", &[&format!("<Path>a</Path>{inside}")]));
        assert!(target("<ThreadTargets/>").contains("given to single threads"));
        assert!(target("<Speed>1</Speed>").contains("(Speed): a <Target> has no <Speed>"));
        assert!(target("<BlockSize>-1</BlockSize>").contains("(BlockSize): -1 is negative"));
        assert!(target("<BlockSize>1</BlockSize><BlockSize>2</BlockSize>").contains("given twice"));
        assert!(target("<RequestCount>0</RequestCount>").contains("as a flag, -o0: 0 is out of"));
        assert!(target("<WriteThrough>yes</WriteThrough>").contains("neither true nor false"));
        assert!(target("<StrideSize>4096</StrideSize><Random>4096</Random>").contains("as a flag"));
        assert!(target("<Throughput unit='MB'>5</Throughput>").contains("no unit \"MB\""));
        assert!(told("<a/>").contains("no DiskSpd profile"));
        assert!(told("<Profile/>").contains("it has no <TimeSpans>"));
        assert!(told(&profile("", &[])).contains("there are no targets"));
        let cut = profile("", &["<Path>a</Path>"]);
        assert!(told(&cut[..cut.len() - 22]).contains("ends within"));
    }
}
