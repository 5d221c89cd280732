//! How a machine's memory travels: passes over what was written meanwhile, then a pause.
//!
//! The first pass sends all memory. Each later one sends what the machine has written during the
//! one before, at its dirty rate, until that is little or the passes are used up; the rest is sent
//! while the machine stands still. With rate B and dirty rate D, after n passes
//! `M (1 - (D/B)^n) / (1 - D/B)` bytes have been sent, and `M (D/B)^n` are left.
//! Windows Server makes five passes at most since 2012 R2 (J. Savill, *Mastering Windows Server
//! 2016 Hyper-V*, p. 499). What counts as little is not documented; 32 MiB are assumed.

/// What is little enough to be sent while the machine stands still, in bytes.
const LITTLE: f64 = (32 << 20) as f64;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pass {
    /// So many bytes while the machine runs.
    Running(f64),
    /// So many bytes while it stands still.
    Still(f64),
}

/// A memory that is copied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryCopy {
    memory: f64,
    dirty_bytes_per_s: f64,
    passes_left: u32,
}

impl MemoryCopy {
    /// Of a machine with so much memory, that writes so many bytes a second to it.
    #[must_use]
    pub fn new(memory: f64, dirty_bytes_per_s: f64, passes: u32) -> Self {
        Self { memory, dirty_bytes_per_s, passes_left: passes.max(1) }
    }

    /// The first pass.
    pub const fn first(&mut self) -> Pass {
        self.passes_left -= 1;
        Pass::Running(self.memory)
    }

    /// What follows a pass that took so many seconds.
    pub fn after(&mut self, seconds: f64) -> Pass {
        let written = (self.dirty_bytes_per_s * seconds).min(self.memory);
        if self.passes_left == 0 || written <= LITTLE {
            return Pass::Still(written);
        }
        self.passes_left -= 1;
        Pass::Running(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes sent, those sent while the machine stands still, and passes.
    fn copied(memory: f64, dirty: f64, rate: f64) -> (f64, f64, u32) {
        let mut copy = MemoryCopy::new(memory, dirty, 5);
        let (mut sent, mut passes, mut pass) = (0.0, 0, copy.first());
        loop {
            match pass {
                Pass::Running(bytes) => {
                    sent += bytes;
                    passes += 1;
                    pass = copy.after(bytes / rate);
                }
                Pass::Still(bytes) => return (sent, bytes, passes),
            }
        }
    }

    #[test]
    fn five_passes_send_the_geometric_sum() {
        let (memory, r) = (64e9, 0.5_f64);
        let (sent, rest, passes) = copied(memory, r * 1e9, 1e9);
        assert_eq!(passes, 5);
        assert!((sent / (memory * (1.0 - r.powi(5)) / (1.0 - r)) - 1.0).abs() < 1e-12);
        assert!((rest / (memory * r.powi(5)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_idle_machine_needs_one_pass_and_a_hot_one_sends_all_each_time() {
        assert_eq!(copied(8e9, 1e6, 1e9), (8e9, 8e6, 1));
        assert_eq!(copied(8e9, 4e9, 1e9), (40e9, 8e9, 5));
    }
}
