//! How a trace that a scenario names is written.

use super::document::Reader;
use crate::trace::block::{BlockFormat, BlockSource, Mapping, OpWords, Scaled};
use crate::units::{Bytes, SimDuration};

const PS_PER_NS: u64 = 1_000;

/// What is read of the file, from the fields beside its name; none after a fault.
pub(super) fn source(reader: &mut Reader<'_, '_>) -> Option<BlockSource> {
    let formats = [
        ("csvnet", BlockFormat::Csvnet),
        ("msr", BlockFormat::Msr),
        ("blkparse", BlockFormat::Blkparse),
        ("spc", BlockFormat::Spc),
        ("systor", BlockFormat::Systor),
    ];
    let (stated, mapped) = (reader.has("format"), reader.has("mapping"));
    let format = reader.choice("format", &formats);
    let mapping = reader.table("mapping", mapping);
    let device = if reader.has("device") { Some(reader.text("device")?) } else { None };
    if stated && mapped {
        reader.fault_at("mapping", "`format` and `mapping` exclude each other", None);
        return None;
    }
    let format = match (stated, mapped) {
        (false, false) => BlockFormat::Detect,
        (true, _) => format?,
        (_, true) => BlockFormat::Mapped(Box::new(mapping??)),
    };
    if device.is_some() {
        let without = match &format {
            BlockFormat::Csvnet => Some("the layout of csvnet has no devices"),
            BlockFormat::Mapped(mapping) if mapping.device.is_none() => {
                Some("the mapping does not say in which column the device is")
            }
            _ => None,
        };
        if let Some(problem) = without {
            reader.fault_at("device", problem, None);
            return None;
        }
    }
    Some(BlockSource { format, device })
}

fn mapping(reader: &mut Reader<'_, '_>) -> Option<Mapping> {
    let separator = if reader.has("separator") {
        let options = [(",", ','), (";", ';'), ("tab", '\t'), ("\t", '\t'), ("space", ' ')];
        reader.choice("separator", &options)
    } else {
        Some(',')
    };
    let header = if reader.has("header") { reader.boolean("header") } else { Some(true) };
    let needed = ["time", "op", "bytes"].map(|field| reader.must_have(field));
    let time = reader.table("time", |reader| scaled(reader, Unit::Time));
    let op = reader.table("op", op_words);
    let bytes = reader.table("bytes", |reader| scaled(reader, Unit::Bytes));
    let (has_offset, has_response) = (reader.has("offset"), reader.has("response"));
    let offset = reader.table("offset", |reader| scaled(reader, Unit::Bytes));
    let response = reader.table("response", |reader| scaled(reader, Unit::Time));
    let device = if reader.has("device") { Some(column(reader, "device")?) } else { None };
    if needed.contains(&false) {
        return None;
    }
    Some(Mapping {
        separator: separator?,
        header: header?,
        time: time??,
        op: op??,
        offset: if has_offset { Some(offset??) } else { None },
        bytes: bytes??,
        response: if has_response { Some(response??) } else { None },
        device,
    })
}

/// What a number of a column counts.
#[derive(Clone, Copy)]
enum Unit {
    Time,
    Bytes,
}

fn scaled(reader: &mut Reader<'_, '_>, unit: Unit) -> Option<Scaled> {
    let column = column(reader, "column");
    let unit = match unit {
        Unit::Bytes => reader.positive::<Bytes>("unit").map(Bytes::get),
        Unit::Time => reader.positive::<SimDuration>("unit").and_then(|time| {
            let whole = time.as_ps().is_multiple_of(PS_PER_NS);
            if !whole {
                reader.fault_at("unit", "the unit is no whole number of nanoseconds", None);
            }
            whole.then(|| time.as_ps() / PS_PER_NS)
        }),
    };
    Some(Scaled { column: column?, unit: unit? })
}

/// A column by its name, or by its number as text.
fn column(reader: &mut Reader<'_, '_>, field: &str) -> Option<String> {
    reader.required::<String>(field)
}

fn op_words(reader: &mut Reader<'_, '_>) -> Option<OpWords> {
    let column = column(reader, "column");
    let mut words = |field: &str| -> Option<Vec<String>> {
        if !reader.has(field) {
            reader.raw(field);
            return Some(Vec::new());
        }
        let names = reader.names(field)?;
        Some(names.into_iter().map(|name| name.value).collect())
    };
    let (read, write) = (words("read"), words("write"));
    let (discard, flush) = (words("discard"), words("flush"));
    let op =
        OpWords { column: column?, read: read?, write: write?, discard: discard?, flush: flush? };
    if op.read.is_empty() && op.write.is_empty() {
        let help = "give `read = \"R\"`, `write = [\"W\", \"WS\"]`".to_owned();
        reader.fault("nothing tells reads and writes", Some(help));
        return None;
    }
    Some(op)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::scenario::document::MemoryFiles;
    use crate::scenario::load;
    use crate::workload::Intensity;

    const BASE: &str = "title = 't'\nnodes.A = { cpu = 'one-epyc-7702p' }\n\
        storage.d = { kind = 'device', model = 'fixed-law', node = 'A' }\n\
        volumes.V = { storage = 'd', owner = 'A' }\n\
        vms.G = { node = 'A', disks.x = { volume = 'V' } }\n\
        [workloads.w]\nvm = 'G'\ndisk = 'x'\ntrace = 't.csv'\n";

    fn loaded(fields: &str, trace: &str) -> Result<Vec<(u64, u64, bool)>, Vec<String>> {
        let text = format!("{BASE}{fields}\n");
        let files = MemoryFiles::new().with("a.toml", text.as_str()).with("t.csv", trace);
        let loaded = load(Path::new("a.toml"), &files, &[], &[]);
        let loaded = loaded.map_err(|faults| {
            faults
                .iter()
                .map(|fault| format!("{}: {}", fault.field, fault.problem))
                .collect::<Vec<_>>()
        })?;
        let workload = &loaded.variants[0].scenario.workloads[0];
        let Intensity::Replay(ios) = &workload.intensity else { panic!("{workload:?}") };
        Ok(ios.iter().map(|io| (io.at_ps, io.bytes, io.write)).collect())
    }

    const MSR: &str = "1000,a,0,Read,4096,512,7\n1001,a,0,Write,8192,1024,7\n";

    #[test]
    fn a_layout_is_told_or_detected() {
        let expected = vec![(0, 512, false), (100_000, 1024, true)];
        assert_eq!(loaded("", MSR).unwrap(), expected);
        assert_eq!(loaded("format = 'msr'\ndevice = 'a.0'", MSR).unwrap(), expected);
        let table = "t;k;n;at\n0.5;in;1;8\n0.6;out;2;16\n";
        let mapping = "mapping = { separator = ';', time = { column = 't', unit = '1 us' }, \
            op = { column = 'k', read = 'in', write = ['out', 'o'] }, \
            bytes = { column = 'n', unit = '512 B' }, offset = { column = 'at', unit = '512 B' } }";
        assert_eq!(loaded(mapping, table).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_with_a_layout_is_told_where_it_is_written() {
        let mapping = "mapping = { time = { column = 't', unit = '1 us' }, \
            op = { column = 'k' }, bytes = { column = 'n', unit = '0 B' } }";
        let told = loaded(mapping, MSR).unwrap_err();
        assert!(
            told.iter().any(|t| t.starts_with("workloads.w.mapping.op: nothing tells")),
            "{told:?}"
        );
        assert!(told.iter().any(|t| t.starts_with("workloads.w.mapping.bytes.unit")), "{told:?}");
        let told = loaded("format = 'mrs'", MSR).unwrap_err();
        assert!(told.len() == 1 && told[0].starts_with("workloads.w.format"), "{told:?}");
        let told = loaded("format = 'csvnet'\ndevice = '1'", MSR).unwrap_err();
        assert!(told[0].contains("workloads.w.device: the layout of csvnet has no"), "{told:?}");
        let told = loaded("format = 'spc'", MSR).unwrap_err();
        assert!(
            told[0].starts_with("workloads.w.trace: t.csv, line 1, column 1 (asu)")
                || told[0].starts_with("workloads.w.trace: t.csv, line 1, column 2 (lba)"),
            "{told:?}"
        );
        let told = loaded("format = 'msr'\nmapping = {}", MSR).unwrap_err();
        assert!(told.iter().any(|t| t.contains("exclude each other")), "{told:?}");
    }
}
