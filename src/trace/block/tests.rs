//! Files of `tests/data/block`, rows by hand, and bytes at random.

use super::*;
use crate::trace::BlockOp;
use proptest::prelude::*;

const CSVNET: &[u8] = include_bytes!("../../../tests/data/block/csvnet.csv");
const MSR: &[u8] = include_bytes!("../../../tests/data/block/msr.csv");
const SPC: &[u8] = include_bytes!("../../../tests/data/block/spc.csv");
const SYSTOR: &[u8] = include_bytes!("../../../tests/data/block/systor.csv");
const BLKPARSE: &[u8] = include_bytes!("../../../tests/data/block/blkparse.txt");
const MAPPED: &[u8] = include_bytes!("../../../tests/data/block/mapped.csv");

use BlockOp::{Discard, Flush, Read as R, Unknown, Write as W};

type Io = (u64, BlockOp, u64, u64, Option<u64>);

fn ios(trace: &BlockTrace) -> Vec<Io> {
    let io = |io: &BlockIo| (io.time_ns, io.op, io.offset_bytes, io.bytes, io.response_ns);
    trace.ios().iter().map(io).collect()
}

fn source(format: BlockFormat) -> BlockSource {
    BlockSource { format, device: None }
}

fn read(bytes: &[u8], format: BlockFormat) -> Vec<Io> {
    let trace = BlockTrace::read_as("t", bytes, &source(format));
    ios(&trace.unwrap_or_else(|error| panic!("{error}")))
}

#[track_caller]
fn fault(text: &str, format: BlockFormat) -> String {
    match BlockTrace::read_as("t", text.as_bytes(), &source(format)) {
        Err(TraceError::Faults { faults, .. }) if faults.len() == 1 => faults[0].to_string(),
        other => panic!("expected one fault of {text:?}, got {other:?}"),
    }
}

fn mapping() -> Mapping {
    let scaled = |column: &str, unit| Scaled { column: column.to_owned(), unit };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    Mapping {
        separator: ';',
        header: true,
        time: scaled("when", 1_000_000),
        op: OpWords {
            column: "rw".to_owned(),
            read: words(&["R"]),
            write: words(&["write"]),
            discard: words(&["trim"]),
            flush: Vec::new(),
        },
        offset: Some(scaled("block", 4096)),
        bytes: scaled("count", 4096),
        response: Some(scaled("took; us", 1000)),
        device: None,
    }
}

fn mapped(mapping: Mapping) -> BlockFormat {
    BlockFormat::Mapped(Box::new(mapping))
}

#[test]
fn msr_rows_are_put_in_order() {
    // The third row is 38,215.5 us before the second; times are 100 ns.
    let expected = [
        (0, R, 7_014_609_920, 24_576, Some(4_128_600)),
        (1_293_837_100, W, 2_436_440_064, 4096, Some(183_500)),
        (1_332_052_600, W, 1_317_441_536, 8192, Some(196_300)),
        (2_332_061_600, R, 3_154_132_992, 4096, None),
    ];
    assert_eq!(read(MSR, BlockFormat::Msr), expected);
}

#[test]
fn spc_blocks_are_512_bytes_and_further_fields_are_passed_over() {
    let expected = [
        (0, W, 20_941_264 * 512, 8192, None),
        (2_335_000, W, 20_939_840 * 512, 8192, None),
        (448_295_000, R, 3072 * 512, 512, None),
    ];
    assert_eq!(read(SPC, BlockFormat::Spc), expected);
}

#[test]
fn systor_rows_without_a_kind_are_kept_as_unknown() {
    let expected = [
        (0, W, 8192, 4096, Some(1_200_000)),
        (118_000, R, 899_056_122_368, 131_072, Some(806_000)),
        (1_487_000_000, Unknown, 4096, 4096, None),
    ];
    assert_eq!(read(SYSTOR, BlockFormat::Systor), expected);
    let trace = BlockTrace::read_as("t", SYSTOR, &BlockSource::default()).unwrap();
    assert_eq!(trace.data_ios().count(), 2);
}

#[test]
fn blkparse_pairs_merged_and_split_requests() {
    let expected = [
        // Two writes are merged into one, which completes both at 100 us.
        (0, W, 223_490 * 512, 4096, Some(99_000)),
        (9_000, W, 223_498 * 512, 4096, Some(90_000)),
        // A read is split; it ends with its second half, at 230 us.
        (29_000, R, 1024 * 512, 512 * 512, Some(200_000)),
        (159_000, Flush, 0, 0, None),
        // A discard whose completion is not in the file.
        (169_000, Discard, 4096 * 512, 2048 * 512, None),
    ];
    assert_eq!(read(BLKPARSE, BlockFormat::Blkparse), expected);
}

#[test]
fn blkparse_cut_down_to_what_was_sent_is_read_too() {
    let text = "8,0 0 1 0.000000000 1 D R 8 + 8 [a]\n8,0 0 2 0.000005000 1 D R 8 + 8 [b]\n\
                8,0 0 3 0.000007000 0 C R 8 + 8 [0]\n8,0 0 4 0.000009000 0 C R 8 + 8 [0]\n";
    let expected = [(0, R, 4096, 4096, Some(7_000)), (5_000, R, 4096, 4096, Some(4_000))];
    assert_eq!(read(text.as_bytes(), BlockFormat::Blkparse), expected);
}

#[test]
fn requests_that_never_complete_do_not_hold_up_memory() {
    let mut parser = Blkparse::new(3);
    let mut given = Vec::new();
    for number in 0..10_u64 {
        let text = format!("8,0 0 1 0.00000000{number} 1 Q R {} + 8 [a]", number * 8);
        let line = crate::trace::text::Line { text: &text, number, closed: true };
        given.extend(parser.line(&line, &mut |_, _| Ok(true)).unwrap());
    }
    assert_eq!(given.len(), 7);
    assert!(given.iter().all(|raw| raw.response_ns.is_none()));
    assert_eq!(parser.end().len(), 3);
}

#[test]
fn a_table_is_read_as_said() {
    let expected = [
        (0, W, 409_600, 8192, Some(1_500_000)),
        (750_000, R, 28_672, 4096, None),
        (1_500_000, Discard, 0, 32_768, Some(3_000)),
    ];
    assert_eq!(read(MAPPED, mapped(mapping())), expected);
    // Without names the columns have numbers.
    let body: Vec<u8> =
        MAPPED.split_inclusive(|&b| b == b'\n').skip(1).flatten().copied().collect();
    let mut numbered = mapping();
    numbered.header = false;
    numbered.time.column = "1".to_owned();
    numbered.op.column = "2".to_owned();
    numbered.offset.as_mut().unwrap().column = "3".to_owned();
    numbered.bytes.column = "4".to_owned();
    numbered.response.as_mut().unwrap().column = "5".to_owned();
    assert_eq!(read(&body, mapped(numbered)), expected);
}

#[test]
fn the_layout_is_told_from_the_first_line_where_it_can_be() {
    for (bytes, format) in [
        (CSVNET, BlockFormat::Csvnet),
        (MSR, BlockFormat::Msr),
        (SPC, BlockFormat::Spc),
        (SYSTOR, BlockFormat::Systor),
        (BLKPARSE, BlockFormat::Blkparse),
    ] {
        assert_eq!(read(bytes, BlockFormat::Detect), read(bytes, format.clone()), "{format:?}");
        let first = std::str::from_utf8(bytes).unwrap().lines().next().unwrap();
        assert_eq!(detect::of_line(first), Some(format));
    }
    let headless: Vec<u8> =
        SYSTOR.split_inclusive(|&b| b == b'\n').skip(1).flatten().copied().collect();
    assert_eq!(read(&headless, BlockFormat::Detect), read(SYSTOR, BlockFormat::Systor));
    let told = fault("1;2;3\n", BlockFormat::Detect);
    assert!(told.contains("line 1") && told.contains("`mapping`"), "{told}");
    assert!(fault("", BlockFormat::Detect).contains("empty"));
    assert!(fault("", BlockFormat::Msr).contains("empty"));
    assert!(fault("CPU0 (8,0):\n", BlockFormat::Blkparse).contains("no row"));
}

#[test]
fn several_devices_are_refused_unless_one_is_named() {
    let text = "1000,a,0,Read,0,512,1\n1001,a,1,Read,0,1024,1\n1002,a,1,Write,0,1024,1\n";
    let told = fault(text, BlockFormat::Msr);
    assert!(told.contains("line 2") && told.contains("`a.0` and `a.1`"), "{told}");
    let named = |device: &str| {
        let device = Some(device.to_owned());
        BlockTrace::read_as("t", text.as_bytes(), &BlockSource { format: BlockFormat::Msr, device })
    };
    assert_eq!(named("A.1").unwrap().len(), 2);
    let told = named("a.2").unwrap_err().to_string();
    assert!(told.contains("no row is of the device `a.2`; there are `a.0`, `a.1`"), "{told}");
}

#[test]
fn every_kind_of_wrong_row_is_told() {
    use BlockFormat::{Blkparse, Msr, Spc, Systor};
    for (text, format, words) in [
        ("1,a,0,Read,0,512\n", Msr, "line 1: the row has 6 of 7 fields"),
        ("1,a,0,Read,0,51", Msr, "ends in the middle of a row, after 6 of 7"),
        ("1,a,0,Read,0,512,1,2\n", Msr, "the row has 8 fields"),
        ("-1,a,0,Read,0,512,1\n", Msr, "column 1 (timestamp): -1 is negative"),
        ("1,a,0,Reed,0,512,1\n", Msr, "column 4 (type): \"reed\" is no operation"),
        ("1,a,0,Read,0,0,1\n", Msr, "column 6 (size): a read or write of zero bytes"),
        ("1,a,0,Read,18446744073709551615,512,1\n", Msr, "must end below 2^64"),
        ("1,a,0,Read,0,512,nan\n", Msr, "column 7 (response): \"nan\" is not a whole number"),
        ("0,1,512,R,1,5\n1,1,512,X,1.5\n", Spc, "line 2, column 4 (type)"),
        ("0,1,512,R,-1.5\n", Spc, "column 5 (timestamp): -1.5 is negative"),
        (
            "0,99999999999999999999,512,R,1\n",
            Spc,
            "column 2 (lba): 99999999999999999999 is too large",
        ),
        ("0,36028797018963968,512,R,1\n", Spc, "is too large"),
        ("1.5,0.1,T,0,0,512\n", Systor, "column 3 (type): \"t\" is no operation"),
        ("1.5,1e3,R,0,0,512\n", Systor, "column 2 (response): \"1e3\" is not a whole number"),
        ("hello world\n", Blkparse, "\"hello world\" begins no event"),
        ("8,0 0 1 0.0 1 Z R 8 + 8 [a]\n", Blkparse, "column 6 (event): \"Z\" is no event"),
        ("8,0 0 1 1,5 1 Q R 8 + 8 [a]\n", Blkparse, "column 4 (time): \"1,5\" is no time"),
        ("8,0 0 1 0.1 1 Q R 8 + x [a]\n", Blkparse, "column 10 (sectors): \"x\" is no number"),
        ("8,0 0 1 0.1 1 Q Z 8 + 8 [a]\n", Blkparse, "column 7 (kind): \"Z\" is no kind"),
        ("8,0 0 1 0.1 1 Q R 8 +", Blkparse, "ends in the middle of a row, after 9 of 10"),
        ("8,0 0 1 0.1\n", Blkparse, "the row has 4 of 10 fields"),
    ] {
        // A row that is refused leaves a second one, so that there is only this fault.
        let told = match BlockTrace::read_as("t", text.as_bytes(), &source(format)) {
            Err(TraceError::Faults { faults, .. }) => faults[0].to_string(),
            other => panic!("{text}: {other:?}"),
        };
        assert!(told.contains(words), "{text}: {told}");
    }
    let wrong = |change: fn(&mut Mapping)| {
        let mut mapping = mapping();
        change(&mut mapping);
        match BlockTrace::read_as("t", MAPPED, &source(mapped(mapping))) {
            Err(error) => error.to_string(),
            Ok(trace) => panic!("{trace:?}"),
        }
    };
    let told = wrong(|mapping| mapping.time.column = "wen".to_owned());
    assert!(told.contains("no column `wen`; is `when` meant?"), "{told}");
    let told = wrong(|mapping| mapping.op.write.clear());
    assert!(told.contains("line 2, column 2 (rw): \"WRITE\" is no operation"), "{told}");
    let told = wrong(|mapping| mapping.separator = ',');
    assert!(told.contains("no column `when`"), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn random_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        which in 0_usize..6,
    ) {
        let _ = BlockTrace::read_as("t", &bytes[..], &source(format(which)));
    }

    #[test]
    fn mutated_traces_never_panic_and_faults_print(
        which in 0_usize..6,
        detect in any::<bool>(),
        edits in prop::collection::vec((any::<usize>(), any::<u8>()), 0..5),
        cut in any::<usize>(),
        from in any::<usize>(),
        to in any::<usize>(),
    ) {
        let corpus = [CSVNET, MSR, SPC, SYSTOR, BLKPARSE, MAPPED][which];
        let mut lines: Vec<&[u8]> = corpus.split_inclusive(|&b| b == b'\n').collect();
        let (from, to) = (from % lines.len(), to % lines.len());
        let moved = lines[from];
        lines.insert(to, moved);
        if cut % 2 == 0 {
            lines.remove(from);
        }
        let mut bytes = lines.concat();
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut % bytes.len());
        let format = if detect { BlockFormat::Detect } else { format(which) };
        match BlockTrace::read_as("t", &bytes[..], &source(format)) {
            Ok(trace) => {
                let times: Vec<u64> = trace.ios().iter().map(|io| io.time_ns).collect();
                prop_assert!(times.is_sorted());
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_order_within_the_window_is_put_right(
        times in prop::collection::vec(0_u64..1_000_000_000, 1..60),
    ) {
        let line = |all: String, t: &u64| all + &format!("{t},h,0,Read,0,512,1\n");
        let text = times.iter().fold(String::new(), line);
        let mut sorted = times;
        sorted.sort_unstable();
        let first = sorted[0];
        let expected: Vec<u64> = sorted.iter().map(|t| (t - first) * 100).collect();
        let got: Vec<u64> = read(text.as_bytes(), BlockFormat::Msr).iter().map(|io| io.0).collect();
        prop_assert_eq!(got, expected);
    }
}

fn format(which: usize) -> BlockFormat {
    match which {
        0 => BlockFormat::Csvnet,
        1 => BlockFormat::Msr,
        2 => BlockFormat::Spc,
        3 => BlockFormat::Systor,
        4 => BlockFormat::Blkparse,
        _ => mapped(mapping()),
    }
}
