//! Flags whose values have a form of their own.

use super::fault::FaultKind;
use super::parse::{Draft, Given, LARGEST_COUNT, Parser};
use super::value::{self, SIZE_HELP};
use super::{CacheMode, MappedFlush, Throttle};

impl Parser {
    pub(super) fn block(&mut self, word: usize, value: &str) {
        let Some(size) = self.size(word, value, 1) else { return };
        match u32::try_from(size) {
            // Like DiskSpd, a later `-b2b` counts in blocks of the earlier `-b`.
            Ok(block_bytes) if block_bytes < u32::MAX => {
                self.draft.block_bytes = block_bytes;
                self.set(|d| &mut d.block, word, Some(block_bytes));
            }
            _ => {
                let problem = format!("{size} bytes are too many");
                self.fault(word, FaultKind::Malformed, &problem, "a block is below 4 GiB");
            }
        }
    }

    pub(super) fn bounds(&mut self, word: usize, value: &str) {
        if self.draft.base.is_some() {
            let help = "give one -B";
            return self.fault(word, FaultKind::Conflict, "the base is given twice", help);
        }
        let (base, rest) = match value::size_prefix(value, self.draft.block_bytes) {
            Ok(split) => split,
            Err(problem) => return self.fault(word, FaultKind::Malformed, &problem, SIZE_HELP),
        };
        self.draft.base = Some(Given { value: base, word });
        match rest.strip_prefix(':') {
            None if rest.is_empty() => {}
            None => {
                let problem = format!("{rest:?} follows the base");
                self.fault(word, FaultKind::Malformed, &problem, "the form is -Bbase[:length]");
            }
            Some(length) => {
                let Some(length) = self.size(word, length, 0) else { return };
                if let Some(end) = base.checked_add(length) {
                    self.set_end(word, end);
                } else {
                    let help = "base and length together stay below 2^64 bytes";
                    self.fault(word, FaultKind::Malformed, "the end is too large", help);
                }
            }
        }
    }

    pub(super) fn end_or_hints(&mut self, word: usize, value: &str) {
        if value.starts_with(|c: char| c.is_ascii_digit()) {
            if let Some(end) = self.size(word, value, 0) {
                self.set_end(word, end);
            }
        } else if !value.is_empty() && value.chars().all(|c| matches!(c, 'r' | 's' | 't')) {
            self.ignore(word, "access hints steer the file cache of the machine that runs DiskSpd");
        } else {
            let help = "give a size (the end of the part in use) or hints out of r, s, t";
            self.fault(word, FaultKind::Malformed, "neither a size nor hints", help);
        }
    }

    pub(super) fn throttle(&mut self, word: usize, value: &str) {
        let (number, is_iops) = match value.strip_suffix('i') {
            Some(number) => (number, true),
            None => (value, false),
        };
        let throttle = self.count(word, number, 1, LARGEST_COUNT).map(|number| {
            if is_iops { Throttle::Iops(number) } else { Throttle::BytesPerMs(number) }
        });
        self.set(|d| &mut d.throttle, word, throttle);
    }

    pub(super) fn random(&mut self, word: usize, value: &str) {
        if let Some(percent) = value.strip_prefix('s') {
            let Some(percent) = self.count(word, percent, 1, 100) else { return };
            match (self.draft.random_percent, self.draft.alignment_bytes) {
                (0, 1..) => {
                    let help = "state the alignment with -r instead of -s";
                    self.fault(word, FaultKind::Conflict, "-rs does not go with -s", help);
                }
                (0 | 100, _) => self.draft.random_percent = percent,
                _ => {
                    let help = "give one -rs";
                    self.fault(word, FaultKind::Conflict, "the random share is given twice", help);
                }
            }
        } else if let Some(distribution) = value.strip_prefix('d') {
            match value::distribution(distribution, self.draft.block_bytes) {
                Ok(spots) => self.set(|d| &mut d.hot_spots, word, Some(spots)),
                Err(problem) => {
                    let help =
                        "the form is -rdpct<IO %>/<target %>[:...] or -rdabs<IO %>/<size>[:...]";
                    self.fault(word, FaultKind::Malformed, &problem, help);
                }
            }
        } else {
            let block = Some(u64::from(self.draft.block_bytes));
            let size = if value.is_empty() { block } else { self.size(word, value, 1) };
            let Some(alignment_bytes) = size else { return };
            if self.draft.alignment_bytes > 0 {
                let help = "give one of -r and -s, once";
                return self.fault(word, FaultKind::Conflict, "-r after -r or -s", help);
            }
            if self.draft.random_percent == 0 {
                self.draft.random_percent = 100;
            }
            self.draft.alignment_bytes = alignment_bytes;
        }
    }

    pub(super) fn sequential(&mut self, word: usize, value: &str) {
        let size = match value.strip_prefix('i') {
            Some(size) => {
                self.draft.interlocked = Some(word);
                size
            }
            None => value,
        };
        if self.draft.random_percent > 0 {
            let help = "give one of -r and -s; with -rs the alignment is that of -r";
            return self.fault(word, FaultKind::Conflict, "-s does not go with -r or -rs", help);
        }
        if self.draft.alignment_bytes > 0 {
            return self.fault(word, FaultKind::Conflict, "-s is given twice", "give one -s");
        }
        let block = Some(u64::from(self.draft.block_bytes));
        let size = if size.is_empty() { block } else { self.size(word, size, 0) };
        // A stride of zero leaves DiskSpd at its default, the block size.
        self.draft.alignment_bytes = size.unwrap_or(0);
    }

    pub(super) fn caching(&mut self, word: usize, value: &str) {
        if value.is_empty() {
            return self.cache_letter(word, 'u');
        }
        for letter in value.chars() {
            let faults = self.faults.len();
            // The mark of the old flag is no letter of this one: make it one that is unknown.
            self.cache_letter(word, if letter == '-' { '?' } else { letter });
            if self.faults.len() > faults {
                return;
            }
        }
    }

    /// One letter of `-S`, or `-` for the old flag `-h`.
    ///
    /// The old flag does not look for an earlier `-Sm`; the two are refused together at the end.
    pub(super) fn cache_letter(&mut self, word: usize, letter: char) {
        let Draft { cache_mode: mode, write_through, memory_mapped: mapped, .. } = &mut self.draft;
        let free = match letter {
            'b' | 'r' => mode.is_none(),
            'u' => mode.is_none() && mapped.is_none(),
            'h' => mode.is_none() && !*write_through && mapped.is_none(),
            '-' => mode.is_none() && !*write_through,
            'w' => !*write_through,
            'm' => mapped.is_none() && *mode != Some(CacheMode::NoSoftwareCache),
            _ => {
                let help = "the letters are b, h, m, r, u and w";
                let problem = format!("{letter:?} is not a letter of -S");
                return self.fault(word, FaultKind::Malformed, &problem, help);
            }
        };
        if !free {
            let help = "give one of b, h, r, u, and w and m at most once; m excludes h and u";
            let problem = "the caching contradicts or repeats an earlier letter";
            return self.fault(word, FaultKind::Conflict, problem, help);
        }
        match letter {
            'b' => *mode = Some(CacheMode::Cached),
            'r' => *mode = Some(CacheMode::NoLocalCache),
            'm' => *mapped = Some(word),
            'u' => *mode = Some(CacheMode::NoSoftwareCache),
            'w' => *write_through = true,
            _ => {
                *mode = Some(CacheMode::NoSoftwareCache);
                *write_through = true;
            }
        }
    }

    pub(super) fn mapped_flush(&mut self, word: usize, value: &str) {
        let flush = match value.to_ascii_lowercase().as_str() {
            "v" => MappedFlush::ViewOfFile,
            "n" => MappedFlush::NonVolatileMemory,
            "i" => MappedFlush::NonVolatileMemoryNoDrain,
            _ => {
                let help = "give -Nv, -Nn or -Ni";
                return self.fault(word, FaultKind::Malformed, "no such flush mode", help);
            }
        };
        self.set(|d| &mut d.flush, word, Some(flush));
    }

    fn set_end(&mut self, word: usize, end: u64) {
        if self.draft.end.is_some() {
            let help = "give either -Bbase:length or -f, once";
            return self.fault(word, FaultKind::Conflict, "the end is given twice", help);
        }
        self.draft.end = Some(Given { value: end, word });
    }
}
