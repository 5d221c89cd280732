//! Finds the ports that take in transfers in the order in which these began elsewhere.
//!
//! A transfer enters the next port with its first bit, a latency after it began at the port before.
//! Where **all** visitors of a port come so, over **one** latency, they come in the order in which
//! they began, and nobody can come between: whoever begins later comes later. So the far end is
//! served at the moment the near end begins to send, which is the arrival where the near end is
//! idle: one event for both ends, and one more only for those who wait to be sent.

use super::program::{Op, Program};
use crate::network::Network;

/// How the visitors of a port come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Come {
    /// Nobody seen so far.
    Nobody,
    /// All over this latency.
    Over(u64),
    /// Otherwise.
    Otherwise,
}

/// Marks both ends of such transfers.
pub(super) fn mark(program: &mut Program, net: &Network) {
    let latency = |station: u32| {
        net.stations.as_slice()[station as usize].as_port().map_or(0, |port| port.latency_ps)
    };
    let mut come = vec![Come::Nobody; net.stations.len()];
    for (pc, op) in program.ops.iter().enumerate() {
        let (Op::Port { station, .. } | Op::Weighted { station, .. }) = *op else { continue };
        let this = match far(program, pc) {
            Some((_, _, sender)) => Come::Over(latency(sender)),
            None => Come::Otherwise,
        };
        let come = &mut come[station as usize];
        *come = if *come == Come::Nobody || *come == this { this } else { Come::Otherwise };
    }
    for pc in 1..program.ops.len() {
        if let Some((station, message, sender)) = far(program, pc)
            && let Come::Over(_) = come[station as usize]
            && let Op::Port { message: first, .. } = program.ops[pc - 1]
        {
            program.ops[pc - 1] = Op::Send { station: sender, message: first };
            program.ops[pc] = Op::Receive { station, message, sender };
        }
    }
}

/// Whether an operation is the far and last end of a transfer between ports of one class: station,
/// message and the station before. It is reached from there only.
fn far(program: &Program, pc: usize) -> Option<(u32, u32, u32)> {
    let piped = |message: u32| program.messages[message as usize].piped;
    match (program.ops[pc.checked_sub(1)?], program.ops[pc]) {
        (Op::Port { station: sender, message: first }, Op::Port { station, message })
            if piped(first) && !piped(message) =>
        {
            Some((station, message, sender))
        }
        _ => None,
    }
}
