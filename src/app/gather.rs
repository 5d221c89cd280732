//! From a cluster to a scenario: the script that gathers, and the import of what it gathered.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::AppError;
use crate::import::{self, Imported, Load, Loads, Measured};
use crate::trace::TraceError;
use crate::trace::pdh::{self, PdhRange, Row, RowKind};

/// The PowerShell script that gathers a cluster into a folder; it only reads.
#[must_use]
pub fn collect_script() -> String {
    import::collect_script()
}

/// Makes a scenario of a folder of exports, with the loads that its logs of performance counters
/// tell.
///
/// # Errors
/// Everything in the folder that cannot be read or contradicts itself.
pub fn import(folder: &Path) -> Result<Imported, AppError> {
    let logs = import::logs(folder)?;
    let mut loads = Loads::default();
    let mut names = Vec::new();
    for path in &logs {
        let name = path.display().to_string();
        let file = File::open(path)
            .map_err(|source| TraceError::Io { file: name.clone(), line: 1, source })
            .map_err(AppError::Measured)?;
        let log = pdh::observe(&name, BufReader::new(file), PdhRange::default())
            .map_err(AppError::Measured)?;
        log.rows.iter().for_each(|row| add(&mut loads, row));
        names.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    loads.source = names.join(", ");
    Ok(import::import(folder, &loads)?)
}

/// What a row of a log says of the load.
fn add(loads: &mut Loads, row: &Row) {
    let value = |name: &str| row.values.get(name).map_or(0.0, |value| value.mean);
    let measured = || Measured {
        node: row.node.clone(),
        instance: row.name.clone(),
        load: Load {
            read_iops: value("read_iops"),
            write_iops: value("write_iops"),
            read_bytes_per_s: value("read_bytes_s"),
            write_bytes_per_s: value("write_bytes_s"),
        },
    };
    match row.kind {
        RowKind::Volume => loads.volumes.push(measured()),
        RowKind::VirtualDisk => loads.disks.push(measured()),
        RowKind::Node => {
            if let Some(guests) = row.values.get("guest_cpu_pct") {
                loads.guests.push((row.node.clone(), (guests.mean / 100.0).clamp(0.0, 1.0)));
            }
        }
        _ => {}
    }
}
