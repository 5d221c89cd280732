//! Drives and their dies told apart: an operation goes where its address leads.
//!
//! **Modelled.** A flash drive is a number of dies (or banks of dies that work in step: what serves
//! one operation at a time), each behind a channel. The address decides which of them an operation
//! needs, so that two operations on one die wait for each other while others are idle. Small random
//! operations are therefore spread at random: over the drives of the space, and over the dies of
//! the drive. What is read then passes the channel of its die, whose rate is that of the drive over
//! its dies. What is written may be laid out anywhere, so a drive writes it over all its dies, one
//! operation after another at the rate of the drive. Pieces of a larger transfer
//! (`spaces.interleave`) go each where its own address leads.
//!
//! With one central queue `n` operations at `m` servers lose nothing until `n = m`. Spread at
//! random over `m` queues they are a balanced closed network, whose throughput with exponential
//! service of mean `s` is `X(n) = m / s * n / (n + m - 1)` (Lazowska et al. 1984, chapter 5; by
//! mean value analysis): half of all dies at `n = m`, and no knee at all. That is how an SSD's
//! throughput grows with its queue depth.
//! **Not modelled.** Pages of one piece that is read on several dies at once; command queues of
//! limited depth; planes; garbage collection, but for what `scv` says of it.
//!
//! Sources: Agrawal et al., Design Tradeoffs for SSD Performance, USENIX ATC 2008
//! (<https://www.usenix.org/conference/2008-usenix-annual-technical-conference/design-tradeoffs-ssd-performance>):
//! an SSD serves in parallel what its allocation spread over packages, and queues what it did not;
//! Chen, Lee and Zhang, Essential Roles of Exploiting Internal Parallelism of Flash Memory Based
//! Solid State Drives in High-Speed Data Processing, HPCA 2011
//! (<https://doi.org/10.1109/HPCA.2011.5749735>): throughput rises with concurrency, and operations
//! that conflict on a domain lose it.
//! Parameters: `dies` of a device, `capacity-dies` and `cache-dies` of storage spaces.

use std::ops::Range;

use crate::cluster::build::{Build, CompileError};
use crate::network::{SelectorKind, Service, StationKind, Step, Visit};
use crate::random::Shape;

/// Most dies of all drives at one place, so that a hostile scenario cannot fill memory.
const DIES_MOST: u32 = 4096;

/// What an operation asks of a station.
pub(super) struct Ask<'a> {
    pub(super) role: &'static str,
    /// Picoseconds, whatever the size.
    pub(super) base_ps: f64,
    /// Picoseconds a byte at the whole drive.
    pub(super) ps_per_byte: f64,
    /// Spread of the first.
    pub(super) shape: Shape,
    pub(super) origins: Vec<&'a str>,
}

impl Build<'_> {
    /// Dies of one of `drives` drives, where the scenario tells them apart.
    pub(super) fn dies(&self, name: &str, drives: u32) -> Result<Option<u32>, CompileError> {
        if self.optional(name).is_none() {
            return Ok(None);
        }
        let dies = self.count(name)?;
        if dies.saturating_mul(drives) > DIES_MOST {
            let problem = format!("there may be {DIES_MOST} dies of all drives of a place");
            return Err(CompileError::BadParameter { name: name.into(), problem });
        }
        Ok(Some(dies))
    }

    /// An operation at one die of a drive. What is read passes the channel of the die, what is
    /// written the drive, which lays it out over all of them.
    pub(super) fn on_die(
        &mut self,
        drive: &str,
        dies: u32,
        write: bool,
        wait: &Ask<'_>,
        transfer: &Ask<'_>,
    ) -> Vec<Step> {
        let fifo = || StationKind::Fifo { servers: 1, cost_rise: 0.0 };
        let share = if write { 1.0 } else { f64::from(dies) };
        let service = Service::time(0.0, transfer.ps_per_byte * share, Shape::Constant);
        let mut branches = Vec::new();
        for die in 1..=dies {
            let station = self.station(&format!("{drive} die {die}"), fifo);
            let service_of_die = Service::time(wait.base_ps, wait.ps_per_byte, wait.shape);
            let visit = Visit::new(station, wait.role, service_of_die).from(&wait.origins);
            let mut steps = vec![visit.into()];
            if !write {
                let channel = self.station(&format!("{drive} channel {die}"), fifo);
                let visit = Visit::new(channel, transfer.role, service).from(&transfer.origins);
                steps.push(visit.into());
            }
            branches.push(steps);
        }
        let mut steps = self.one_of(&format!("{drive} dies"), "die", branches);
        if write {
            let pipe = self.station(&format!("{drive} programming"), fifo);
            steps.push(Visit::new(pipe, transfer.role, service).from(&transfer.origins).into());
        }
        steps
    }

    /// The same at one of several drives.
    pub(super) fn on_drives(
        &mut self,
        place: &str,
        drives: Range<u32>,
        dies: u32,
        write: bool,
        wait: &Ask<'_>,
        transfer: &Ask<'_>,
    ) -> Vec<Step> {
        let label = format!("{place} drives {} to {}", drives.start + 1, drives.end);
        let of = |build: &mut Self, n: u32| {
            build.on_die(&format!("{place} drive {}", n + 1), dies, write, wait, transfer)
        };
        let branches = drives.map(|n| of(self, n)).collect();
        self.one_of(&label, "drive", branches)
    }

    /// One of the branches, at random.
    fn one_of(
        &mut self,
        label: &str,
        role: &'static str,
        mut branches: Vec<Vec<Step>>,
    ) -> Vec<Step> {
        if branches.len() == 1 {
            return branches.swap_remove(0);
        }
        let kind = SelectorKind::Weights(vec![1.0; branches.len()]);
        let selector = self.selector(label, kind);
        vec![Step::Choose { selector, role, branches }]
    }
}
