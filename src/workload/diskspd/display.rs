//! The canonical command line.

use std::fmt;

use super::words::quote;
use super::{
    Access, CacheMode, Concurrency, DiskSpd, HotSpot, HotSpotLength, IoPriority, MappedFlush,
    Throttle,
};

/// Prints a command line that parses back to the same load.
///
/// Flags without effect come first, because a flag that a later one overrides must stay before it.
/// Everything with a default is written out, sizes in bytes.
impl fmt::Display for DiskSpd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("diskspd")?;
        for ignored in &self.ignored {
            write!(f, " {}", quote(&ignored.flag))?;
        }
        write!(f, " -b{}", self.block_bytes)?;
        match self.concurrency {
            Concurrency::PerTarget { threads_per_target: t, outstanding_per_thread: o } => {
                write!(f, " -t{t} -o{o}")?;
            }
            Concurrency::SharedThreads { threads, outstanding_per_thread_and_target: o } => {
                write!(f, " -F{threads} -o{o}")?;
            }
            Concurrency::SharedQueue { threads, outstanding_per_thread: o } => {
                write!(f, " -F{threads} -O{o}")?;
            }
        }
        write!(f, " -w{} -d{} ", self.write_percent, self.duration_s)?;
        write!(f, "-W{} -C{}", self.warm_up_s, self.cool_down_s)?;
        self.write_access(f)?;
        match self.throttle {
            Some(Throttle::BytesPerMs(bytes)) => write!(f, " -g{bytes}")?,
            Some(Throttle::Iops(iops)) => write!(f, " -g{iops}i")?,
            None => {}
        }
        if let Some(burst) = self.burst {
            write!(f, " -i{} -j{}", burst.ios, burst.interval_ms)?;
        }
        self.write_caching(f)?;
        if self.base_bytes > 0 {
            write!(f, " -B{}", self.base_bytes)?;
        }
        if let Some(end_bytes) = self.end_bytes {
            write!(f, " -f{end_bytes}")?;
        }
        if let Some(file_bytes) = self.file_bytes {
            write!(f, " -c{file_bytes}")?;
        }
        let priority = match self.io_priority {
            IoPriority::VeryLow => 1,
            IoPriority::Low => 2,
            IoPriority::Normal => 3,
        };
        write!(f, " -I{priority}")?;
        for target in &self.targets {
            write!(f, " {}", quote(target))?;
        }
        Ok(())
    }
}

impl DiskSpd {
    fn write_access(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.access {
            Access::Sequential { interlocked, same_offset, thread_stride_bytes } => {
                write!(f, " -s{}{}", if interlocked { "i" } else { "" }, self.alignment_bytes)?;
                if same_offset {
                    f.write_str(" -p")?;
                }
                if let Some(stride_bytes) = thread_stride_bytes {
                    write!(f, " -T{stride_bytes}")?;
                }
            }
            Access::Random { percent } => {
                write!(f, " -r{}", self.alignment_bytes)?;
                if percent < 100 {
                    write!(f, " -rs{percent}")?;
                }
            }
        }
        for (index, HotSpot { io_percent, length }) in self.hot_spots.iter().enumerate() {
            let start = match (index, length) {
                (0, HotSpotLength::Percent(_)) => " -rdpct",
                (0, _) => " -rdabs",
                _ => ":",
            };
            match length {
                HotSpotLength::Percent(percent) => write!(f, "{start}{io_percent}/{percent}")?,
                HotSpotLength::Bytes(bytes) => write!(f, "{start}{io_percent}/{bytes}")?,
                // DiskSpd adds it itself and has no way to write it.
                HotSpotLength::Rest => {}
            }
        }
        Ok(())
    }

    fn write_caching(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.caching.mode {
            CacheMode::Cached => 'b',
            CacheMode::NoLocalCache => 'r',
            CacheMode::NoSoftwareCache => 'u',
        };
        let write_through = if self.caching.write_through { "w" } else { "" };
        let memory_mapped = if self.caching.memory_mapped { "m" } else { "" };
        write!(f, " -S{mode}{write_through}{memory_mapped}")?;
        match self.caching.mapped_flush {
            Some(MappedFlush::ViewOfFile) => f.write_str(" -Nv"),
            Some(MappedFlush::NonVolatileMemory) => f.write_str(" -Nn"),
            Some(MappedFlush::NonVolatileMemoryNoDrain) => f.write_str(" -Ni"),
            None => Ok(()),
        }
    }
}
