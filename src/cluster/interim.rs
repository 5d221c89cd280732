//! What travels beside requests and responses over TCP: acknowledgements, and interim responses of
//! a server that has not answered for a while.
//!
//! **Modelled.** A receiver acknowledges at once when two full segments wait (RFC 5681, 4.2),
//! so data of many segments brings one acknowledgement for `tcp.segments-per-ack`. A message of
//! fewer waits for the message that goes the other way and carries its acknowledgement; where two
//! came before one went, the second brings an acknowledgement of its own (RFC 1122, 4.2.3.2). The
//! share of these is `tcp.acks-apart`: none where requests and responses take turns, a third where
//! they come and go in any order. (Two in a row without one the other way: of a coin thrown again
//! and again, heads that end a pair of heads are a third of all heads.) A server may answer a
//! request that takes long with an interim response first (MS-SMB2 3.3.4.2); Samba does after
//! 0.5 ms. Its bytes travel with the response.
//! **Not modelled.** Interim responses leave before the response, and fill gaps of the port then.

use super::build::{Build, CompileError};
use crate::network::{SelectorKind, Step};

/// Smallest frame of Ethernet, with preamble and gap.
const FRAME_LEAST: f64 = 84.0;

/// Headers of TCP and IPv4, and what Ethernet adds to them.
const HEADERS: f64 = 78.0;

/// Most bytes of an interim response.
const MESSAGE_MOST: f64 = 65_536.0;

impl Build<'_> {
    /// Wire bytes of a frame with so many bytes of TCP payload.
    fn frame(&self, payload_bytes: f64) -> f64 {
        (payload_bytes + HEADERS + f64::from(self.tcp_options())).max(FRAME_LEAST)
    }

    /// Wire bytes of the acknowledgements of a message.
    pub(super) fn acknowledgements(&self, segments: u64) -> Result<u32, CompileError> {
        let per = f64::from(self.count("tcp.segments-per-ack")?);
        let segments = segments as f64;
        let number = if segments < per {
            self.value("tcp.acks-apart")?.clamp(0.0, 1.0)
        } else {
            segments / per
        };
        Ok((number * self.frame(0.0)).round().min(1e9) as u32)
    }

    /// Wire bytes of an interim response; none where the server sends none.
    pub(super) fn interim_bytes(&self) -> Result<u32, CompileError> {
        let message = self.value("smb.interim.message")?.round().clamp(0.0, MESSAGE_MOST);
        Ok(if message > 0.0 { self.frame(message).round() as u32 } else { 0 })
    }

    /// What the server waits for, with the instant noted at which it begins to.
    pub(super) fn watched(&mut self, storage: Vec<Step>) -> Result<Vec<Step>, CompileError> {
        if self.interim_bytes()? == 0 {
            return Ok(storage);
        }
        let selector = self.selector("server begins to wait", SelectorKind::Mark);
        Ok(vec![Step::Choose { selector, role: "server waits", branches: vec![storage] }])
    }

    /// The one answer, or the other when the server has waited for long.
    pub(super) fn unless_overdue(
        &mut self,
        usual: Vec<Step>,
        late: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let after_ps = self.ps("smb.interim.after")?.max(0.0) as u64;
        let selector = self.selector("interim response", SelectorKind::Overdue { after_ps });
        let branches = vec![usual, late];
        Ok(vec![Step::Choose { selector, role: "interim response", branches }])
    }
}
