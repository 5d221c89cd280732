//! What the flags mean together.

use super::fault::{DiskSpdErrors, FaultKind};
use super::parse::{Given, Parser};
use super::{Access, Burst, Caching, Concurrency, DiskSpd, Throttle};

/// Requests without buffering go to the device as they are, in whole sectors.
const SECTOR_BYTES: u64 = 512;

impl Parser {
    /// Checks the flags against each other and builds the load.
    pub(super) fn finish(mut self) -> Result<DiskSpd, DiskSpdErrors> {
        let concurrency = self.concurrency();
        self.check_targets();
        self.check_rates(concurrency);
        self.check_access(concurrency);
        self.check_bounds();
        self.check_caching();
        if let (Some(word), Some(_)) = (self.draft.no_affinity, self.draft.affinity) {
            self.conflict(word, "-n and -a exclude each other", "give one of them");
        }
        if self.faults.is_empty() {
            return Ok(self.build(concurrency));
        }
        self.faults.sort_by_key(|fault| (fault.at.start, fault.at.end));
        Err(DiskSpdErrors(self.faults))
    }

    fn conflict(&mut self, word: usize, problem: &str, help: &str) {
        self.fault(word, FaultKind::Conflict, problem, help);
    }

    /// Threads and queues, with the flags among the four that have no say marked as such.
    fn concurrency(&mut self) -> Concurrency {
        let draft = &self.draft;
        let value =
            |given: &Option<Given<u32>>, default| given.as_ref().map_or(default, |g| g.value);
        let word = |given: &Option<Given<u32>>| given.as_ref().map(|g| g.word);
        let (threads, outstanding) = (value(&draft.threads, 1), value(&draft.outstanding, 2));
        let (threads_word, outstanding_word) = (word(&draft.threads), word(&draft.outstanding));
        let per_thread = draft.per_thread.clone();
        let Some(total) = draft.total_threads.clone() else {
            if let Some(per_thread) = per_thread {
                self.ignore(per_thread.word, "-O counts only together with -F");
            }
            return Concurrency::PerTarget {
                threads_per_target: threads,
                outstanding_per_thread: outstanding,
            };
        };
        match threads_word {
            Some(_) if threads > 1 => {
                let help = "-t is threads for each target, -F threads in all: give one";
                self.conflict(total.word, "-F and -t exclude each other", help);
            }
            Some(word) => self.ignore(word, "-F sets the number of threads"),
            None => {}
        }
        let threads = total.value;
        match per_thread {
            Some(per_thread) => {
                if let Some(word) = outstanding_word {
                    self.ignore(word, "-O with -F sets the number of outstanding requests");
                }
                Concurrency::SharedQueue { threads, outstanding_per_thread: per_thread.value }
            }
            None => Concurrency::SharedThreads {
                threads,
                outstanding_per_thread_and_target: outstanding,
            },
        }
    }

    fn check_targets(&mut self) {
        if self.draft.targets.is_empty()
            && !self.faults.iter().any(|fault| fault.kind == FaultKind::Refused)
        {
            self.fault_at_end(FaultKind::Misplaced, "there is no target");
        }
        for word in self.draft.targets.clone() {
            let text = self.words[word].text.clone();
            let is_device = text.starts_with('#') || (text.len() == 2 && text.ends_with(':'));
            if text.is_empty() {
                let help = "name a file, #<disk> or <drive letter>:";
                self.fault(word, FaultKind::Malformed, "the target is empty", help);
            } else if text.starts_with('*') {
                let help = "templates belong to XML profiles; name the target itself";
                self.fault(word, FaultKind::Refused, "is a template of a target", help);
            } else if is_device && self.draft.file.is_some() {
                let help = "leave out -c: only files can be created";
                self.conflict(word, "-c does not go with a disk or volume", help);
            }
        }
    }

    fn check_rates(&mut self, concurrency: Concurrency) {
        let shared_queue = matches!(concurrency, Concurrency::SharedQueue { .. });
        if let Some(Given { value: throttle, word }) = self.draft.throttle.clone() {
            if self.draft.completion_routines.is_some() {
                self.conflict(word, "-g and -x exclude each other", "leave out one of them");
            }
            if shared_queue {
                self.conflict(word, "-g does not go with -O", "use -o instead of -O");
            }
            if let Throttle::Iops(iops) = throttle {
                let bytes_per_s = u64::from(iops) * u64::from(self.draft.block_bytes);
                let help = "give the rate in bytes per millisecond, without i";
                if bytes_per_s > u64::from(u32::MAX) {
                    let problem = "DiskSpd 2.2 loses the top bits of 2^32 bytes per second or more";
                    self.conflict(word, problem, help);
                } else if bytes_per_s < 1_000 {
                    let problem = "DiskSpd rounds less than a byte per millisecond to no limit";
                    self.conflict(word, problem, help);
                }
            }
        }
        let ios_word = self.draft.burst_ios.as_ref().map(|g| g.word);
        let interval_word = self.draft.burst_interval.as_ref().map(|g| g.word);
        if let (Some(word), None) | (None, Some(word)) = (ios_word, interval_word) {
            self.conflict(word, "-i and -j need each other", "give both or neither");
        }
        if let (Some(word), true) = (interval_word, shared_queue) {
            self.conflict(word, "-j does not go with -O", "use -o instead of -O");
        }
        if let (Some(word), true) = (self.draft.same_offset, shared_queue) {
            self.conflict(word, "-p does not go with -O", "use -o instead of -O");
        }
    }

    fn check_access(&mut self, concurrency: Concurrency) {
        let several_threads = match concurrency {
            Concurrency::PerTarget { threads_per_target: threads, .. }
            | Concurrency::SharedThreads { threads, .. }
            | Concurrency::SharedQueue { threads, .. } => threads > 1,
        };
        let stride_word = self.draft.thread_stride.as_ref().map(|g| g.word);
        let (interlocked, same_offset) = (self.draft.interlocked, self.draft.same_offset);
        if self.draft.random_percent > 0 {
            // -si with -r is already told by the word that came second, unless -s had no size.
            for (word, flag) in [(stride_word, "-T"), (same_offset, "-p")] {
                if let Some(word) = word {
                    let problem = format!("{flag} does not go with -r or -rs");
                    self.conflict(word, &problem, "it belongs to sequential I/O");
                }
            }
            if let (Some(word), true) = (interlocked, self.faults.is_empty()) {
                self.conflict(word, "-si does not go with -r or -rs", "leave out one of them");
            }
            return;
        }
        if let Some(word) = self.draft.hot_spots.as_ref().map(|g| g.word) {
            self.conflict(word, "-rd needs -r or -rs", "a distribution is of random I/O");
        }
        if let Some(word) = interlocked {
            for (other, flag) in [(stride_word, "-T"), (same_offset, "-p")] {
                if other.is_some() {
                    let problem = format!("-si and {flag} exclude each other");
                    self.conflict(word, &problem, "leave out one of them");
                }
            }
        } else if let (Some(word), false) = (stride_word, several_threads) {
            let help = "leave it out or give more threads";
            self.conflict(word, "-T needs several threads for each target", help);
        }
    }

    fn check_bounds(&mut self) {
        if let Some(Given { value: 0, word }) = self.draft.end {
            self.ignore(word, "an end of zero is no limit to DiskSpd");
            self.draft.end = None;
        }
        let base = self.draft.base.as_ref().map_or(0, |g| g.value);
        let block_bytes = u64::from(self.draft.block_bytes);
        if let Some(Given { value: end, word }) = self.draft.end
            && end.saturating_sub(base) < block_bytes
        {
            let help = "the part in use must hold at least a block";
            self.conflict(word, "the end lies less than a block after the base", help);
        }
        if let Some(Given { value: file, word }) = self.draft.file
            && file.saturating_sub(base) < block_bytes
        {
            let help = "the file must hold at least a block after the base";
            self.conflict(word, "the file is too small", help);
        }
    }

    fn check_caching(&mut self) {
        let unbuffered = self.draft.cache_mode == Some(super::CacheMode::NoSoftwareCache);
        if let Some(word) = self.draft.memory_mapped {
            if self.draft.completion_routines.is_some() {
                self.conflict(word, "-Sm and -x exclude each other", "leave out one of them");
            }
            if unbuffered {
                let help = "mapped files live in the cache: leave out one of them";
                self.conflict(word, "-Sm does not go with -h", help);
            }
        } else if let Some(word) = self.draft.flush.as_ref().map(|g| g.word) {
            self.conflict(word, "-N needs -Sm", "flushing is of memory mapped I/O");
        }
        let base = self.draft.base.as_ref().map_or(0, |g| g.value);
        let sizes = [u64::from(self.draft.block_bytes), self.draft.alignment_bytes, base];
        if unbuffered && sizes.iter().any(|size| size % SECTOR_BYTES != 0) {
            let problem = "I/O without the software cache needs whole sectors of 512 bytes";
            let help = "make block size, alignment and base multiples of 512, or drop -S or -h";
            let word = self
                .words
                .iter()
                .position(|word| word.is_flag() && word.text[1..].starts_with(['S', 'h']));
            if let Some(word) = word {
                self.conflict(word, problem, help);
            }
        }
    }

    fn build(self, concurrency: Concurrency) -> DiskSpd {
        let draft = &self.draft;
        let block_bytes = draft.block_bytes;
        let access = match draft.random_percent {
            0 => Access::Sequential {
                interlocked: draft.interlocked.is_some(),
                same_offset: draft.same_offset.is_some(),
                thread_stride_bytes: draft.thread_stride.as_ref().map(|g| g.value),
            },
            percent => Access::Random { percent: percent as u8 },
        };
        let alignment_bytes = match draft.alignment_bytes {
            0 => u64::from(block_bytes),
            given => given,
        };
        let burst = draft.burst_ios.as_ref().zip(draft.burst_interval.as_ref());
        DiskSpd {
            block_bytes,
            concurrency,
            write_percent: draft.write_percent.as_ref().map_or(0, |g| g.value as u8),
            access,
            alignment_bytes,
            hot_spots: draft.hot_spots.as_ref().map_or_else(Vec::new, |g| g.value.clone()),
            duration_s: draft.duration.as_ref().map_or(10, |g| g.value),
            warm_up_s: draft.warm_up.as_ref().map_or(5, |g| g.value),
            cool_down_s: draft.cool_down.as_ref().map_or(0, |g| g.value),
            throttle: draft.throttle.as_ref().map(|g| g.value),
            burst: burst.map(|(ios, gap)| Burst { ios: ios.value, interval_ms: gap.value }),
            caching: Caching {
                mode: draft.cache_mode.unwrap_or_default(),
                write_through: draft.write_through,
                memory_mapped: draft.memory_mapped.is_some(),
                mapped_flush: draft.flush.as_ref().map(|g| g.value),
            },
            base_bytes: draft.base.as_ref().map_or(0, |g| g.value),
            end_bytes: draft.end.as_ref().map(|g| g.value),
            file_bytes: draft.file.as_ref().map(|g| g.value),
            io_priority: draft.priority.as_ref().map(|g| g.value).unwrap_or_default(),
            targets: draft.targets.iter().map(|&word| self.words[word].text.clone()).collect(),
            ignored: self.into_ignored(),
        }
    }
}
