//! What a visit asks of its station.

use crate::random::Shape;

/// How a transfer is cut into frames: payload and overhead of each.
///
/// `wire = content + overhead * ceil(content / payload)`, where content is payload plus headers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// Bytes of content a frame carries (TCP: the maximum segment size).
    pub payload: u32,
    /// Bytes a frame occupies on the wire beyond its content, gap and preamble included.
    pub overhead: u32,
}

impl Framing {
    /// No frames: wire bytes are content bytes.
    pub const NONE: Self = Self { payload: u32::MAX, overhead: 0 };

    /// Number of frames of `content` bytes.
    #[inline]
    #[must_use]
    pub fn frames(self, content: u64) -> u64 {
        if content <= u64::from(self.payload) { 1 } else { content.div_ceil(self.payload.into()) }
    }

    /// Bytes that `content` bytes occupy on the wire.
    #[inline]
    #[must_use]
    pub fn wire_bytes(self, content: u64) -> u64 {
        content.saturating_add(self.frames(content).saturating_mul(u64::from(self.overhead)))
    }
}

/// The demand of one visit.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Service {
    /// `(base + per_byte * bytes + per_frame * frames) * shape`, all in picoseconds.
    Time {
        /// Picoseconds an I/O.
        base_ps: f64,
        /// Picoseconds a byte of the I/O.
        per_byte_ps: f64,
        /// Picoseconds a frame of the I/O.
        per_frame_ps: f64,
        /// How the I/O is cut into frames, where frames cost.
        framing: Framing,
        /// Spread around the mean.
        shape: Shape,
    },
    /// A transfer over a port: its time follows from the port's rate.
    Wire {
        /// Protocol header bytes of the message.
        header_bytes: u32,
        /// Whether the message carries the payload of the I/O.
        payload: bool,
        /// How the message is cut into frames.
        framing: Framing,
    },
}

impl Service {
    /// A service of `base_ps + per_byte_ps * bytes` picoseconds on average.
    #[must_use]
    pub const fn time(base_ps: f64, per_byte_ps: f64, shape: Shape) -> Self {
        Self::Time { base_ps, per_byte_ps, per_frame_ps: 0.0, framing: Framing::NONE, shape }
    }

    /// Mean time in picoseconds for an I/O of `bytes`, at a port of `ps_per_byte` where it matters.
    #[must_use]
    pub fn mean_ps(&self, bytes: u64, ps_per_byte: f64) -> f64 {
        match *self {
            Self::Time { base_ps, per_byte_ps, per_frame_ps, framing, .. } => {
                let frames = if per_frame_ps == 0.0 { 0.0 } else { framing.frames(bytes) as f64 };
                base_ps + per_byte_ps * bytes as f64 + per_frame_ps * frames
            }
            Self::Wire { .. } => self.wire_bytes(bytes) as f64 * ps_per_byte,
        }
    }

    /// Bytes on the wire for an I/O of `bytes`; zero where the visit is no transfer.
    #[inline]
    #[must_use]
    pub fn wire_bytes(&self, bytes: u64) -> u64 {
        match *self {
            Self::Time { .. } => 0,
            Self::Wire { header_bytes, payload, framing } => {
                framing.wire_bytes(u64::from(header_bytes) + if payload { bytes } else { 0 })
            }
        }
    }

    /// Squared coefficient of variation of the time of I/Os of one size.
    #[must_use]
    pub fn scv(&self) -> f64 {
        match self {
            Self::Time { shape, .. } => shape.scv(),
            Self::Wire { .. } => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_bytes_follow_the_efficiency_table() {
        // TCP over IPv4 at MTU 1500: 1460 of 1538 bytes, 94.93 %.
        let tcp = Framing { payload: 1460, overhead: 78 };
        assert_eq!(tcp.wire_bytes(1460), 1538);
        let efficiency = 1_460_000.0 / tcp.wire_bytes(1_460_000) as f64;
        assert!((efficiency - 0.9493).abs() < 5e-5);
        assert_eq!(tcp.frames(1461), 2);
        assert_eq!(tcp.frames(0), 1, "an empty message still takes a frame");
    }
}
