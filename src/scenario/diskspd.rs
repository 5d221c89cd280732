//! A DiskSpd command line as a load on one disk.
//!
//! What the line says is honoured, or refused by name with a fault that points into the line, or
//! told in a note. The line needs no target: the disk of the workload is the target.

use std::ops::Range;

use super::context::Context;
use super::document::Located;
use super::intensity::MOST_OUTSTANDING;
use super::run::DiskSpdTimes;
use crate::network::Active;
use crate::workload::diskspd::{
    Access as Order, CacheMode, Concurrency, DiskSpd, DiskSpdError, DiskSpdErrors, FaultKind,
    HotSpotLength, IoPriority,
};
use crate::workload::{Access, HotSpot, Intensity, WorkloadSpec};

/// The load of a line, and the times the line states.
pub(super) fn read(
    context: &mut Context<'_>,
    line: &Located<String>,
    name: &str,
    working_set: Option<u64>,
) -> Option<(WorkloadSpec, DiskSpdTimes)> {
    let spd = match parse(&line.value) {
        Ok(spd) => spd,
        Err(errors) => {
            for DiskSpdError { flag, at, problem, help, .. } in errors.faults() {
                let problem =
                    if flag.is_empty() { problem.clone() } else { format!("{flag}: {problem}") };
                context.fault_within(line, at, problem, Some(help.clone()));
            }
            return None;
        }
    };
    let mut reading = Reading { context, line, name, spd: &spd, faulty: false };
    reading.refuse();
    reading.tell();
    let working_set_bytes = reading.working_set(working_set);
    let intensity = reading.intensity();
    if reading.faulty {
        return None;
    }
    let load = WorkloadSpec {
        name: name.to_owned(),
        disks: Vec::new(),
        read_share: 1.0 - spd.write_ratio(),
        block_bytes: u64::from(spd.block_bytes),
        access: if spd.random_ratio() >= 0.5 { Access::Random } else { Access::Sequential },
        working_set_bytes: working_set_bytes? as f64,
        hot_spots: hot_spots(&spd, working_set_bytes?),
        intensity: intensity?,
        active: Active::default(),
    };
    let stated = |letter: char, seconds: u32| word(&line.value, &[letter]).map(|_| seconds);
    let times = DiskSpdTimes {
        duration_s: stated('d', spd.duration_s),
        warm_up_s: stated('W', spd.warm_up_s),
    };
    Some((load, times))
}

/// Reads a line that may lack a target.
fn parse(line: &str) -> Result<DiskSpd, DiskSpdErrors> {
    DiskSpd::parse(line).or_else(|errors| {
        let no_target =
            |fault: &DiskSpdError| fault.flag.is_empty() && fault.kind == FaultKind::Misplaced;
        if errors.faults().iter().any(no_target) {
            DiskSpd::parse(&format!("{line} disk"))
        } else {
            Err(errors)
        }
    })
}

/// The last word of a line that is one of some flags.
fn word(line: &str, letters: &[char]) -> Option<Range<usize>> {
    let mut found = None;
    for word in line.split_whitespace() {
        let mut chars = word.chars();
        if matches!(chars.next(), Some('-' | '/'))
            && chars.next().is_some_and(|c| letters.contains(&c))
        {
            let start = word.as_ptr() as usize - line.as_ptr() as usize;
            found = Some(start..start + word.len());
        }
    }
    found
}

struct Reading<'c, 'a, 's> {
    context: &'c mut Context<'a>,
    line: &'s Located<String>,
    name: &'s str,
    spd: &'s DiskSpd,
    faulty: bool,
}

impl Reading<'_, '_, '_> {
    fn fault(&mut self, letters: &[char], problem: &str, help: &str) {
        let at = word(&self.line.value, letters).unwrap_or(0..0);
        self.context.fault_within(self.line, &at, problem, Some(help.to_owned()));
        self.faulty = true;
    }

    fn note(&mut self, note: &str) {
        self.context.note(format!("workload `{}`: {note}", self.name));
    }

    /// What cannot be honoured exactly.
    fn refuse(&mut self) {
        if self.spd.burst.is_some() {
            let problem = "bursts of requests with pauses (-i, -j) cannot be modelled exactly";
            let help = "leave them out, or describe the load with arrivals = \"bursty\"";
            self.fault(&['i', 'j'], problem, help);
        }
        if self.spd.caching.memory_mapped {
            let problem = "with -Sm the system's paging makes the requests, not DiskSpd";
            self.fault(&['S'], problem, "use -Sh, and the sizes the paging asks for");
        }
        if self.spd.targets.len() > 1 {
            let problem = "several targets are several loads";
            let help = "write a workload for each; a line needs no target here";
            self.context.fault(self.line, problem, Some(help.to_owned()));
            self.faulty = true;
        }
    }

    /// What is accepted but not as DiskSpd does it.
    fn tell(&mut self) {
        for ignored in &self.spd.ignored {
            self.note(&format!("{} has no effect: {}", ignored.flag, ignored.why));
        }
        if self.spd.caching.mode != CacheMode::NoSoftwareCache && !self.spd.caching.memory_mapped {
            self.note(
                "without -S or -Sh some I/O would never reach the volume; modelled as if with -Su",
            );
        }
        match self.spd.access {
            Order::Random { percent } if percent < 100 => {
                let order = if percent >= 50 { "random" } else { "sequential" };
                self.note(&format!("-rs{percent}: modelled as {order} throughout"));
            }
            Order::Random { .. } => {}
            Order::Sequential { interlocked, same_offset, thread_stride_bytes } => {
                if same_offset {
                    self.note("-p: that requests share an offset is not modelled");
                }
                if interlocked {
                    self.note("-si: threads that share one sequence are modelled as -s");
                }
                if thread_stride_bytes.is_some() {
                    self.note("-T has no effect: where each thread starts is not modelled");
                }
            }
        }
        if self.spd.alignment_bytes != u64::from(self.spd.block_bytes) {
            self.note("alignment or stride other than the block size has no effect");
        }
        if self.spd.cool_down_s > 0 {
            self.note("-C has no effect: nothing is measured after the run");
        }
        if self.spd.io_priority != IoPriority::Normal {
            self.note("-I has no effect: priority hints are not modelled");
        }
    }

    /// Bytes of the disk in use. The stated working set is the size of the target where the line
    /// does not tell it.
    fn working_set(&mut self, stated: Option<u64>) -> Option<u64> {
        let span = match (self.spd.span_bytes(), stated) {
            (span, Some(size)) => {
                let rest = size.saturating_sub(self.spd.base_bytes);
                span.map_or(rest, |span| span.min(rest))
            }
            (Some(span), None) => span,
            (None, None) => {
                let problem = "nothing tells how much of the disk is used";
                let help = "give working-set, or -c, -f or -B with a length in the line";
                self.context.fault(self.line, problem, Some(help.to_owned()));
                self.faulty = true;
                return None;
            }
        };
        if span < u64::from(self.spd.block_bytes) {
            let problem = "the part of the disk in use is smaller than a block";
            self.context.fault(self.line, problem, None);
            self.faulty = true;
            return None;
        }
        Some(span)
    }

    fn intensity(&mut self) -> Option<Intensity> {
        let (lanes, outstanding) = match self.spd.concurrency {
            Concurrency::PerTarget { threads_per_target, outstanding_per_thread } => {
                (threads_per_target, outstanding_per_thread)
            }
            // There is one target, so a queue of its own and a shared queue are the same.
            Concurrency::SharedThreads { threads, outstanding_per_thread_and_target: requests }
            | Concurrency::SharedQueue { threads, outstanding_per_thread: requests } => {
                (threads, requests)
            }
        };
        let total = u64::from(lanes) * u64::from(outstanding);
        if total > MOST_OUTSTANDING {
            let problem = format!("{total} requests in flight on one disk are too many");
            let help = format!("at most {MOST_OUTSTANDING} are simulated");
            self.fault(&['t', 'o', 'F', 'O'], &problem, &help);
            return None;
        }
        let block_bytes = self.spd.block_bytes;
        let Some(throttle) = self.spd.throttle else {
            let outstanding = u32::try_from(total).ok()?;
            return Some(Intensity::Closed { outstanding, think_s: 0.0 });
        };
        let bytes_per_ms = throttle.bytes_per_ms(block_bytes);
        let iops = bytes_per_ms as f64 * 1_000.0 / f64::from(block_bytes);
        Some(Intensity::Throttled { outstanding, lanes, iops, ticking: true })
    }
}

/// The distribution of `-rd` as shares; parts beyond the working set get nothing.
fn hot_spots(spd: &DiskSpd, working_set_bytes: u64) -> Vec<HotSpot> {
    let mut left = 1.0_f64;
    let mut spots = Vec::new();
    for spot in &spd.hot_spots {
        let size_share = match spot.length {
            HotSpotLength::Percent(percent) => f64::from(percent) / 100.0,
            HotSpotLength::Bytes(bytes) => bytes as f64 / working_set_bytes as f64,
            HotSpotLength::Rest => left,
        };
        let size_share = size_share.clamp(0.0, left.max(0.0));
        left -= size_share;
        if size_share > 0.0 {
            spots.push(HotSpot { io_share: f64::from(spot.io_percent) / 100.0, size_share });
        }
    }
    spots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_needs_no_target_but_may_have_one() {
        assert_eq!(parse("-b8K -o4").unwrap().targets, ["disk"]);
        assert_eq!(parse("diskspd.exe -b8K d:\\x.dat").unwrap().targets, ["d:\\x.dat"]);
        assert_eq!(parse("-b8K -Q").unwrap_err().faults().len(), 1, "only the unknown flag");
    }

    #[test]
    fn flags_are_found_in_the_line() {
        assert_eq!(word("-b8K -W5 /d60", &['d']), Some(9..13));
        assert_eq!(word("-b8K -W5", &['i', 'j']), None);
    }

    #[test]
    fn parts_of_the_target_become_shares() {
        let spd = parse("-r -rdpct95/5:4/10").unwrap();
        let spots = hot_spots(&spd, 1 << 30);
        let shares: Vec<_> = spots.iter().map(|s| (s.io_share, s.size_share)).collect();
        assert_eq!(shares[..2], [(0.95, 0.05), (0.04, 0.10)]);
        assert!((spots.iter().map(|s| s.io_share).sum::<f64>() - 1.0).abs() < 1e-12);
        // 10 of 40 GiB get 90 % of the I/O, the rest of the target the rest.
        let spd = parse("-r -rdabs90/10G").unwrap();
        let spots = hot_spots(&spd, 40 << 30);
        let shares: Vec<_> = spots.iter().map(|s| (s.io_share, s.size_share)).collect();
        assert_eq!(shares, [(0.9, 0.25), (0.1, 0.75)]);
    }
}
