//! What an array has beside its numbers: paths, failed controllers, RAID level, drives by model.

use super::context::Context;
use super::document::Reader;
use super::models::{Family, Model};
use super::storage::Draft;
use crate::provenance::{Parameter, Source};
use crate::topology::{Mpio, WriteThrough};
use crate::units::UnitKind;

/// Drives in one array.
const MOST_DRIVES: u64 = 4_096;

const PATHS: [(&str, bool); 2] = [("symmetric", false), ("asymmetric", true)];
const CABLING: [(&str, bool); 2] = [("fabric", false), ("direct", true)];
const WRITE_THROUGH: [(&str, WriteThrough); 3] = [
    ("never", WriteThrough::Never),
    ("when-degraded", WriteThrough::WhenDegraded),
    ("always", WriteThrough::Always),
];

/// Operations behind a random host write: data and every parity read and written again, or
/// written to each copy.
const RAID: [(&str, f64); 7] = [
    ("raid-0", 1.0),
    ("raid-1", 2.0),
    ("raid-10", 2.0),
    ("raid-5", 4.0),
    ("raid-50", 4.0),
    ("raid-6", 6.0),
    ("raid-60", 6.0),
];

/// Page of a flash drive stripe: what one channel serves of a large transfer.
const FLASH_STRIPE: f64 = 65_536.0;

pub(super) fn array(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    model: Option<&Model>,
    parameters: &mut Vec<Parameter>,
    draft: &mut Draft,
) {
    let made = &mut draft.made;
    let of_model = model.is_some_and(|m| m.word("alua") == "asymmetric");
    made.asymmetric = reader.choice("alua", &PATHS).unwrap_or(of_model);
    made.mpio = reader.choice("mpio", &Mpio::ALL).unwrap_or_default();
    made.direct_attached = reader.choice("cabling", &CABLING).unwrap_or_default();
    made.write_through = reader.choice("write-through", &WRITE_THROUGH).unwrap_or_default();
    let name = made.name.clone();
    let value = |parameters: &[Parameter], field: &str| {
        let full = format!("storage.{name}.{field}");
        parameters.iter().rfind(|p| p.name == full).map(|p| p.value)
    };
    let controllers = value(parameters, "controllers").unwrap_or(1.0).max(1.0) as u64;
    if reader.has("controllers-lost") && controllers < 2 {
        reader.raw("controllers-lost");
        let problem = "an array with one controller has none to lose";
        reader.fault_at("controllers-lost", problem, None);
    } else {
        let lost = reader.count("controllers-lost", 0..controllers).unwrap_or(0);
        made.controllers_lost = u32::try_from(lost).unwrap_or(0);
    }
    let mut set = |field: &str, kind: UnitKind, value: (f64, f64, f64), note: String| {
        let full = format!("storage.{name}.{field}");
        parameters.retain(|p| p.name != full);
        let (value, low, high) = value;
        let fixed = Parameter::fixed(full, kind, value, Source::Given);
        parameters.push(Parameter { low, high, note: Some(note), ..fixed });
    };
    if let Some(penalty) = reader.choice("raid", &RAID) {
        if reader.has("write-penalty") {
            let problem = "the level says the write penalty, which is stated as well";
            reader.fault_at("raid", problem, Some("leave one of them out".to_owned()));
        }
        let note = "the level that is stated".to_owned();
        set("write-penalty", UnitKind::Count, (penalty, penalty, penalty), note);
    }
    let drives = reader.count("drives", 1..=MOST_DRIVES);
    if !reader.has("media") {
        if drives.is_some() {
            let help = "name their model in `media`, or state `media-servers`".to_owned();
            reader.fault_at("drives", "nothing tells what drives these are", Some(help));
        }
        return;
    }
    let Some((media, device)) = context.model(reader, "media", Family::Devices) else { return };
    let of = |field: &str| device.numbers.iter().find(|number| number.name == field);
    let (Some(servers), Some(read), Some(write), Some(rate)) =
        (of("servers"), of("read-latency"), of("write-latency"), of("read-rate"))
    else {
        return;
    };
    let note = format!("of the drives, {media}");
    let times =
        |number: &Parameter, by: f64| (number.value * by, number.low * by, number.high * by);
    let stated = |reader: &Reader<'_, '_>, field: &str| reader.has(field);
    for (field, number) in [("media-read", read), ("media-write", write)] {
        if !stated(reader, field) {
            set(field, UnitKind::Time, times(number, 1.0), note.clone());
        }
    }
    // One server is one operation under way in a drive; together they have the drive's rate.
    if !stated(reader, "media-rate") {
        set("media-rate", UnitKind::Rate, times(rate, 1.0 / servers.value), note.clone());
    }
    if let Some(drives) = drives {
        if reader.has("media-servers") {
            let problem = "the drives say how many work in parallel, which is stated as well";
            let help = "leave out `drives` or `media-servers`".to_owned();
            reader.fault_at("drives", problem, Some(help));
        } else {
            let many = drives as f64 * servers.value;
            let note = format!("{drives} drives, {media}");
            set("media-servers", UnitKind::Count, (many, many, many), note);
        }
    }
    if servers.value > 1.0 && !stated(reader, "media-stripe") {
        let note = "a large transfer is spread over the channels of flash".to_owned();
        set("media-stripe", UnitKind::Bytes, (FLASH_STRIPE, FLASH_STRIPE, FLASH_STRIPE), note);
    }
}
