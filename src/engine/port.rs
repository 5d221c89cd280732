//! What a transfer touches of a port.

use super::program::Message;
use super::second::Second;
use super::station::Window;
use crate::network::Station;
use crate::stats::SecondBins;

/// The constants of a port and its sums of the second at hand; it fills a cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(super) struct PortState {
    pub(super) ps_per_byte: f64,
    pub(super) latency_ps: u64,
    /// When the rate changes next.
    pub(super) next_change_ps: u64,
    /// Within the measured window.
    pub(super) payload_bytes: u64,
    pub(super) wire_bytes: u64,
    /// Payload and wire bytes.
    second: Second<2>,
}

/// Bytes by second.
#[derive(Debug)]
pub(super) struct PortBins {
    pub(super) payload: SecondBins,
    pub(super) wire: SecondBins,
}

impl PortBins {
    pub(super) fn new() -> Self {
        let bins = || SecondBins::new(SecondBins::SECOND_PS, 4096);
        Self { payload: bins(), wire: bins() }
    }
}

impl PortState {
    pub(super) fn new(station: &Station) -> Self {
        station.as_port().map_or_else(Self::default, |port| Self {
            ps_per_byte: port.ps_per_byte,
            latency_ps: port.latency_ps,
            next_change_ps: port.changes.first().map_or(u64::MAX, |change| change.0),
            ..Self::default()
        })
    }

    /// Takes the rate of an instant, no earlier than the one before.
    #[cold]
    pub(super) fn change(&mut self, station: &Station, at_ps: u64) {
        let Some(port) = station.as_port() else { return };
        let past = port.changes.partition_point(|change| change.0 <= at_ps);
        if let Some(&(_, ps_per_byte)) = past.checked_sub(1).and_then(|k| port.changes.get(k)) {
            self.ps_per_byte = ps_per_byte;
        }
        self.next_change_ps = port.changes.get(past).map_or(u64::MAX, |change| change.0);
    }

    /// Counts the bytes of a transfer that starts at `start_ps`, no earlier than the one before.
    #[inline]
    pub(super) fn count(
        &mut self,
        start_ps: u64,
        (payload, wire): (u64, u64),
        window: Window,
        bins: &mut Option<Box<PortBins>>,
    ) {
        if start_ps >= window.from_ps && start_ps < window.to_ps {
            self.payload_bytes = self.payload_bytes.saturating_add(payload);
            self.wire_bytes = self.wire_bytes.saturating_add(wire);
        }
        if self.second.is_over(start_ps) {
            self.flush(bins);
            self.second.begin(start_ps);
        }
        self.second.add([payload, wire]);
    }

    /// Puts the sums of the second into the bins.
    #[cold]
    pub(super) fn flush(&mut self, bins: &mut Option<Box<PortBins>>) {
        let [payload, wire] = self.second.take();
        if let Some(bins) = bins {
            if wire > 0 {
                bins.wire.add(self.second.start_ps, wire);
            }
            if payload > 0 {
                bins.payload.add(self.second.start_ps, payload);
            }
        }
    }
}

impl Message {
    /// Payload and wire bytes of the message of an I/O of `bytes`.
    #[inline]
    pub(super) fn bytes(&self, bytes: u32) -> (u64, u64) {
        let payload = if self.payload { u64::from(bytes) } else { 0 };
        (payload, self.framing.wire_bytes(payload + u64::from(self.header_bytes)))
    }
}
