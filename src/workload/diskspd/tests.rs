//! Lines with values worked out by hand, and properties of random ones.

use super::CacheMode::{Cached, NoLocalCache, NoSoftwareCache};
use super::HotSpotLength::{Bytes, Percent, Rest};
use super::*;
use proptest::prelude::*;

const MIB: u64 = 1 << 20;

fn ok(line: &str) -> DiskSpd {
    DiskSpd::parse(line).unwrap_or_else(|errors| panic!("{line}: {errors}"))
}

/// Kind and flag of each fault.
fn faults(line: &str) -> Vec<(FaultKind, String)> {
    let errors = DiskSpd::parse(line).expect_err(line);
    errors.faults().iter().map(|fault| (fault.kind, fault.flag.clone())).collect()
}

fn only_fault(line: &str) -> (FaultKind, String) {
    let mut found = faults(line);
    assert_eq!(found.len(), 1, "{line}: {found:?}");
    found.remove(0)
}

#[test]
fn defaults_are_those_of_diskspd() {
    let load = ok("t.dat");
    assert_eq!((load.block_bytes, load.alignment_bytes), (65_536, 65_536));
    assert_eq!((load.duration_s, load.warm_up_s, load.cool_down_s), (10, 5, 0));
    assert_eq!(load.outstanding_total(), 2);
    assert_eq!((load.write_percent, load.random_ratio()), (0, 0.0));
    assert_eq!(load.caching, Caching::default());
    assert!(!load.caching.bypasses_software_cache() && !load.caching.write_through);
    assert_eq!(load.targets, ["t.dat"]);
    assert!(load.ignored.is_empty() && load.hot_spots.is_empty());
}

#[test]
fn a_common_line() {
    let load = ok("-b8K -d60 -t4 -o8 -r -w50 -Sh -W5 testfile.dat");
    assert_eq!((load.block_bytes, load.duration_s, load.warm_up_s), (8_192, 60, 5));
    assert_eq!(
        load.concurrency,
        Concurrency::PerTarget { threads_per_target: 4, outstanding_per_thread: 8 }
    );
    assert_eq!(load.outstanding_total(), 32);
    assert_eq!((load.access, load.alignment_bytes), (Access::Random { percent: 100 }, 8_192));
    assert_eq!(load.write_ratio(), 0.5);
    assert!(load.caching.bypasses_software_cache() && load.caching.write_through);
}

#[test]
fn lines_from_published_results() {
    let program = r"C:\VirtualClient\packages\diskspd.2.2.0\win-x64\diskspd.exe";
    let flags = "-c496G -b4K -r4K -t160 -o3 -w100 -d900 -Suw -W15 -D -L -Rtext";
    let line = &format!(r"{program} {flags} D:\diskspd-test.dat");
    let load = ok(line);
    assert_eq!(load.file_bytes, Some(496 << 30));
    assert_eq!(load.outstanding_total(), 480);
    assert_eq!(load.targets, [r"D:\diskspd-test.dat"]);
    let flags: Vec<_> = load.ignored.iter().map(|ignored| ignored.flag.as_str()).collect();
    assert_eq!(flags, ["-D", "-L", "-Rtext"]);
    let quoted = ok(r#""C:\Program Files\DiskSpd.exe" /b4k /Su "d:\my vm\a b.vhdx" #1"#);
    assert_eq!(quoted.targets, [r"d:\my vm\a b.vhdx", "#1"]);
    assert_eq!(quoted.block_bytes, 4_096);
}

#[test]
fn sizes_count_in_powers_of_1024_and_in_blocks() {
    let load = ok("-b4k -B2b -f1M -c1g -s8b x");
    assert_eq!((load.base_bytes, load.end_bytes), (8_192, Some(MIB)));
    assert_eq!((load.file_bytes, load.alignment_bytes), (Some(1 << 30), 32_768));
    assert_eq!(load.span_bytes(), Some(MIB - 8_192));
    // The block counts wherever -b stands.
    assert_eq!(ok("-B2b -b4k x").base_bytes, 8_192);
    let bounds = ok("-B1M:2M x");
    assert_eq!((bounds.base_bytes, bounds.end_bytes), (MIB, Some(3 * MIB)));
    assert_eq!(ok("-c3T x").file_bytes, Some(3 << 40));
    for wrong in ["-b", "-b8KB", "-b0", "-b4G", "-c1P", "-c99999999999T", "-B1M:", "-B1Mx"] {
        assert_eq!(only_fault(&format!("{wrong} x")), (FaultKind::Malformed, wrong.to_owned()));
    }
}

#[test]
fn threads_and_queues() {
    // Two threads on each of three targets with four requests: 24.
    assert_eq!(ok("-t2 -o4 a b c").outstanding_total(), 24);
    // Two threads in all, four requests on each of three targets: 24 by other threads.
    let shared = ok("-F2 -o4 a b c");
    assert_eq!((shared.threads_total(), shared.outstanding_total()), (2, 24));
    // Two threads in all, four requests each: 8.
    assert_eq!(ok("-F2 -O4 a b c").outstanding_total(), 8);
    let both = ok("-F2 -O4 -o9 -t1 a");
    assert_eq!((both.outstanding_total(), both.ignored.len()), (8, 2));
    let lonely = ok("-O4 a");
    assert_eq!((lonely.outstanding_total(), lonely.ignored[0].flag.as_str()), (2, "-O4"));
    assert_eq!(only_fault("-F2 -t2 a"), (FaultKind::Conflict, "-F2".to_owned()));
    let huge = ok("-t2147483647 -o2147483647 a b c d e");
    assert_eq!(huge.outstanding_total(), u64::MAX);
}

#[test]
fn random_and_sequential() {
    let mixed = ok("-rs30 -r4K -b8K x");
    assert_eq!((mixed.access, mixed.alignment_bytes), (Access::Random { percent: 30 }, 4_096));
    assert_eq!(ok("-r4K -rs30 -b8K x").access, mixed.access);
    let sequential = ok("-si64K -t2 x").access;
    assert_eq!(
        sequential,
        Access::Sequential { interlocked: true, same_offset: false, thread_stride_bytes: None }
    );
    let strided = ok("-t4 -T1G -p x").access;
    assert_eq!(
        strided,
        Access::Sequential {
            interlocked: false,
            same_offset: true,
            thread_stride_bytes: Some(1 << 30)
        }
    );
    assert_eq!(ok("-s0 -b4K x").alignment_bytes, 4_096);
    for (line, flag) in [
        ("-r -s x", "-s"),
        ("-s -r x", "-r"),
        ("-s -rs50 x", "-rs50"),
        ("-rs50 -s x", "-s"),
        ("-r -r x", "-r"),
        ("-s -s8K x", "-s8K"),
        ("-rs50 -rs60 x", "-rs60"),
        ("-r -T1M -t2 x", "-T1M"),
        ("-r -p x", "-p"),
        ("-si0 -r x", "-si0"),
        ("-si -T1M -t2 x", "-si"),
        ("-si -p x", "-si"),
        ("-T1M x", "-T1M"),
    ] {
        assert_eq!(only_fault(line), (FaultKind::Conflict, flag.to_owned()), "{line}");
    }
    for wrong in ["-rs", "-rs0", "-rs101", "-r0", "-rx"] {
        assert_eq!(only_fault(&format!("{wrong} x")).0, FaultKind::Malformed);
    }
}

#[test]
fn hot_spots() {
    let part = |io_percent, length| HotSpot { io_percent, length };
    assert_eq!(
        ok("-r -rdpct95/5:4/10 x").hot_spots,
        [part(95, Percent(5)), part(4, Percent(10)), part(1, Percent(85))]
    );
    assert_eq!(
        ok("-r -rdabs90/10G:0/10G:5/20G x").hot_spots,
        [
            part(90, Bytes(10 << 30)),
            part(0, Bytes(10 << 30)),
            part(5, Bytes(20 << 30)),
            part(5, Rest)
        ]
    );
    assert_eq!(ok("-r -rdpct60/40:40/60 x").hot_spots.len(), 2);
    for wrong in [
        "-rdpct",
        "-rdfoo1/2",
        "-rdpct90",
        "-rdpct90/0",
        "-rdpct101/5",
        "-rdpct60/10:50/10",
        "-rdpct100/10",
        "-rdpct90/100",
        "-rdpct90/10:",
        "-rdabs90/4K",
        "-rdabs90/1Gx",
    ] {
        assert_eq!(only_fault(&format!("-r {wrong} x")), (FaultKind::Malformed, wrong.to_owned()));
    }
    assert_eq!(only_fault("-rdpct90/10 x").0, FaultKind::Conflict);
}

#[test]
fn caching_letters() {
    let of = |line: &str| {
        let c = ok(line).caching;
        (c.mode, c.write_through, c.memory_mapped)
    };
    assert_eq!(of("-S x"), (NoSoftwareCache, false, false));
    assert_eq!(of("-Su x"), (NoSoftwareCache, false, false));
    assert_eq!(of("-Sh x"), (NoSoftwareCache, true, false));
    assert_eq!(of("-h x"), (NoSoftwareCache, true, false));
    assert_eq!(of("-Swu x"), (NoSoftwareCache, true, false));
    assert_eq!(of("-Sb -Sw x"), (Cached, true, false));
    assert_eq!(of("-Sr x"), (NoLocalCache, false, false));
    assert_eq!(of("-Smw x"), (Cached, true, true));
    assert!(!ok("-Sm x").caching.bypasses_software_cache());
    assert_eq!(ok("-Sm -NV x").caching.mapped_flush, Some(MappedFlush::ViewOfFile));
    for wrong in ["-Sbu", "-Shw", "-Suu", "-Sum", "-Smu", "-h -Sw", "-Sm -h", "-Sm -x", "-Nv"] {
        assert_eq!(only_fault(&format!("{wrong} x")).0, FaultKind::Conflict, "{wrong}");
    }
    for wrong in ["-Sx", "-SH", "-S-", "-Suq"] {
        assert_eq!(only_fault(&format!("{wrong} y")).0, FaultKind::Malformed, "{wrong}");
    }
    assert_eq!(only_fault("-Su -b1000 x"), (FaultKind::Conflict, "-Su".to_owned()));
}

#[test]
fn rates_and_bursts() {
    let bytes = ok("-g80 -t2 a b");
    assert_eq!(bytes.throttle, Some(Throttle::BytesPerMs(80)));
    // 80 bytes a millisecond, two threads on each of two targets.
    assert_eq!(bytes.throttle_total_bytes_per_s(), Some(320_000));
    let iops = ok("-g500i -b4K a");
    // 500 * 4096 = 2048000 bytes a second, a whole number of bytes a millisecond.
    assert_eq!(iops.throttle_total_bytes_per_s(), Some(2_048_000));
    // 3 * 512 = 1536 bytes a second are 1 byte a millisecond to DiskSpd.
    assert_eq!(ok("-g3i -b512 a").throttle_total_bytes_per_s(), Some(1_000));
    assert_eq!(ok("-i10 -j20 x").burst, Some(Burst { ios: 10, interval_ms: 20 }));
    for wrong in [
        "-g1i -b512",
        "-g65536i",
        "-g5 -x",
        "-F2 -O2 -g5",
        "-i5",
        "-j5",
        "-F2 -O2 -i1 -j1",
        "-F2 -O2 -p",
    ] {
        assert_eq!(only_fault(&format!("{wrong} x")).0, FaultKind::Conflict, "{wrong}");
    }
    assert_eq!(only_fault("-g x").0, FaultKind::Malformed);
    assert_eq!(only_fault("-g5k x").0, FaultKind::Malformed);
}

#[test]
fn flags_without_effect_say_why() {
    let flags = "-ag0,0,1,g1,0 -D500 -L -P -P100 -vs -v -Rpxml -Rp -l -z -z7 -:1 -Z -Zr -Z1M \
                 -Z1M,a.bin -eDISK_IO -eq -ysgo -yfend -yrgo -ypstop -x -frs -a";
    let load = ok(&format!("{flags} x"));
    let kept: Vec<_> = load.ignored.iter().map(|ignored| ignored.flag.as_str()).collect();
    assert_eq!(kept, flags.split_whitespace().collect::<Vec<_>>());
    assert!(load.ignored.iter().all(|ignored| !ignored.why.is_empty()));
    assert_eq!(only_fault("-n -a0 x"), (FaultKind::Conflict, "-n".to_owned()));
    for wrong in [
        "-ag", "-aq", "-a0,", "-ag0", "-a256", "-Lx", "-vq", "-R", "-Rjson", "-z-1", "-Z0", "-e",
        "-eFOO", "-y", "-yx", "-ys", "-f", "-fq", "-n1", "-I0", "-I4", "-w", "-w101", "-d0", "-o0",
        "-t", "-W", "-Nq", "-o8x", "-h1",
    ] {
        let line = format!("{wrong} x");
        if wrong == "-ag" {
            ok(&line);
        } else {
            assert_eq!(only_fault(&line), (FaultKind::Malformed, wrong.to_owned()));
        }
    }
    assert_eq!(only_fault("-Z4K x").0, FaultKind::Conflict);
}

#[test]
fn the_last_of_two_counts_and_the_first_is_shown() {
    let load = ok("-o4 -d5 -o8 -b4K -b8K x");
    assert_eq!((load.outstanding_total(), load.block_bytes), (8, 8_192));
    let flags: Vec<_> = load.ignored.iter().map(|ignored| ignored.flag.as_str()).collect();
    assert_eq!(flags, ["-o4", "-b4K"]);
    assert_eq!(only_fault("-B1M -B2M x").0, FaultKind::Conflict);
    assert_eq!(only_fault("-B0:1M -f2M x").0, FaultKind::Conflict);
    assert_eq!(ok("-f0 x").end_bytes, None);
}

#[test]
fn refused_and_unknown_flags_are_named() {
    assert_eq!(only_fault("-Xprofile.xml"), (FaultKind::Refused, "-Xprofile.xml".to_owned()));
    assert_eq!(only_fault("-yego x"), (FaultKind::Refused, "-yego".to_owned()));
    assert_eq!(only_fault("-?").0, FaultKind::Refused);
    assert_eq!(only_fault("-b4K *1").0, FaultKind::Refused);
    for unknown in ["-k", "-u", "-E", "-H", "-", "-q5", "/K", "-é"] {
        assert_eq!(only_fault(&format!("{unknown} x")), (FaultKind::Unknown, unknown.to_owned()));
    }
}

#[test]
fn places_and_targets() {
    assert_eq!(only_fault(""), (FaultKind::Misplaced, String::new()));
    assert_eq!(only_fault("diskspd.exe -b4K").0, FaultKind::Misplaced);
    assert_eq!(only_fault("a -t2"), (FaultKind::Misplaced, "-t2".to_owned()));
    assert_eq!(only_fault("-t2 \"\"").0, FaultKind::Malformed);
    assert_eq!(only_fault("-c1G #1").0, FaultKind::Conflict);
    assert_eq!(only_fault("-c1G D:").0, FaultKind::Conflict);
    assert_eq!(only_fault("-c4K x").0, FaultKind::Conflict);
    assert_eq!(only_fault("-B2M -f1M x").0, FaultKind::Conflict);
    assert_eq!(only_fault("\u{2013}b8K x").0, FaultKind::Malformed);
    let errors = DiskSpd::parse("-o 8 -d60 x").unwrap_err();
    let fault = &errors.faults()[0];
    assert_eq!((errors.faults().len(), fault.at.clone()), (1, 0..4));
    assert_eq!(fault.help, "attach it: -o8");
}

#[test]
fn all_faults_are_told_in_order_of_place() {
    let line = "-b8Q -w200 \"-k\" -F4 -t4 x";
    let errors = DiskSpd::parse(line).unwrap_err();
    let at: Vec<_> = errors.faults().iter().map(|fault| &line[fault.at.clone()]).collect();
    assert_eq!(at, ["-b8Q", "-w200", "\"-k\"", "-F4"]);
    assert_eq!(errors.to_string().lines().count(), 4);
}

/// Words that make sense together often enough for random lines to be accepted.
fn flag() -> impl Strategy<Value = String> {
    let number = 1_u32..200;
    prop_oneof![
        Just("-b4K".to_owned()),
        Just("-b2b".to_owned()),
        Just("-r".to_owned()),
        Just("-si".to_owned()),
        Just("-p".to_owned()),
        Just("-Suw".to_owned()),
        Just("-Sm".to_owned()),
        Just("-Nn".to_owned()),
        Just("-h".to_owned()),
        Just("-f0".to_owned()),
        Just("-B0:0".to_owned()),
        Just("-B1G:1G".to_owned()),
        Just("-Z\"1M,a b\"".to_owned()),
        Just("-rdpct90/10:0/5".to_owned()),
        Just("-rdabs90/10G:1/1T".to_owned()),
        Just("-x".to_owned()),
        Just("-L".to_owned()),
        Just("-n".to_owned()),
        Just("-ag0,1".to_owned()),
        (prop::sample::select(b"dWCtoOFijgDPz".to_vec()), number.clone())
            .prop_map(|(letter, n)| format!("-{}{n}", letter as char)),
        (prop::sample::select(b"fcTrs".to_vec()), number.clone())
            .prop_map(|(letter, n)| format!("-{}{n}M", letter as char)),
        (1_u32..=100).prop_map(|n| format!("-rs{n}")),
        (0_u32..=100).prop_map(|n| format!("-w{n}")),
        (1_u32..=3).prop_map(|n| format!("-I{n}")),
        number.prop_map(|n| format!("-g{n}i")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn the_canonical_line_parses_back(
        flags in prop::collection::vec(flag(), 0..6),
        targets in prop::collection::vec(r#"[a-z#\\ "é][a-z#\\ "é]{0,6}"#, 1..4),
    ) {
        let targets: Vec<String> = targets.iter().map(|target| words::quote(target)).collect();
        let line = format!("{} {}", flags.join(" "), targets.join(" "));
        if let Ok(load) = DiskSpd::parse(&line) {
            let canonical = load.to_string();
            let again = DiskSpd::parse(&canonical);
            prop_assert_eq!(again.as_ref(), Ok(&load), "{} -> {}", line, canonical);
            prop_assert_eq!(again.unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn nothing_panics_and_places_are_in_the_line(
        line in r#"([-/]?[a-zA-Z?:"\\ é–]{0,3}[0-9KMGTbi:/,.]{0,6} ?){0,8}"#,
    ) {
        if let Err(errors) = DiskSpd::parse(&line) {
            prop_assert!(!errors.faults().is_empty());
            for fault in errors.faults() {
                prop_assert!(line.get(fault.at.clone()).is_some());
                prop_assert!(!fault.problem.is_empty() && !fault.help.is_empty());
            }
        }
    }
}

#[test]
fn the_round_trip_meets_enough_accepted_lines() {
    // Each of these uses fields the random lines rarely reach together.
    for line in [
        "-F4 -O8 -o2 -t1 -r4K -rs40 -rdabs90/10G:0/10G -w30 -Suw -c200G a b",
        "-O4 -o3 -o5 -si1M -t8 -Srw -B1M:8G -I1 -g900i -b4K #1",
        "-F4 -o2 -T1G -p -i5 -j100 -Smw -Ni -f0 -e\"DISK_IO\" \"a b\"",
        "-b4K -b2b -r -rdpct50/50 -d5 -d6 -frst x",
    ] {
        let load = ok(line);
        assert_eq!(ok(&load.to_string()), load, "{line}");
    }
}
