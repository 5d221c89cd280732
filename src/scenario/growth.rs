//! Growth of disks in bytes a second, as a share of what is written to them.

use super::context::Context;
use super::document::Located;
use crate::topology::{Disk, DiskId};
use crate::units::IdVec;
use crate::workload::{Intensity, WorkloadSpec};

/// Turns growth in bytes a second into a share of what is written.
pub(super) fn settle(
    context: &mut Context<'_>,
    disks: &mut IdVec<DiskId, Disk>,
    growing: &[(DiskId, Located<f64>)],
    loads: &[WorkloadSpec],
) {
    for (id, rate) in growing {
        let on: Vec<_> = loads.iter().filter(|load| load.disks.contains(id)).collect();
        let written: Option<f64> = on.iter().map(|load| written_per_s(load)).sum();
        let Some(written) = written else {
            let help = "write growth as a share of the writes, such as \"10 %\"".to_owned();
            let problem = "how much is written to this disk is not known beforehand";
            context.fault(rate, problem, Some(help));
            continue;
        };
        if rate.value > written && !on.is_empty() {
            let problem = "the disk grows by more than is written to it";
            context.fault(rate, problem, None);
        }
        if written > 0.0 {
            disks[*id].growth_share = (rate.value / written).min(1.0);
        }
    }
}

/// Bytes a second that a load writes to each disk, where that is known beforehand.
fn written_per_s(load: &WorkloadSpec) -> Option<f64> {
    let write_share = 1.0 - load.read_share;
    let iops = match &load.intensity {
        Intensity::Closed { .. } if write_share > 0.0 => return None,
        Intensity::Closed { .. } => 0.0,
        Intensity::Throttled { lanes, iops, .. } => f64::from(*lanes) * iops,
        Intensity::Poisson { iops }
        | Intensity::Paced { iops }
        | Intensity::Bursty { iops, .. } => *iops,
        Intensity::Replay(ios) => {
            let last = ios.last().map_or(0, |io| io.at_ps);
            let bytes: u128 = ios.iter().filter(|io| io.write).map(|io| u128::from(io.bytes)).sum();
            return (last > 0).then(|| bytes as f64 / (last as f64 * 1e-12));
        }
    };
    Some(iops * write_share * load.block_bytes as f64)
}
