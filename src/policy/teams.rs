//! Teams of interface ports: on which member traffic leaves and arrives.
//!
//! A team takes traffic apart by flows, never a flow by packets (but for the flowlets of Dynamic),
//! so one TCP connection is never faster than one member.
//!
//! | mode | algorithm | outbound | inbound |
//! |---|---|---|---|
//! | LACP, static | transport ports | by connection | by connection: the switch hashes |
//! | LACP, static | IP, MAC addresses | by pair of nodes | by connection |
//! | LACP, static | Hyper-V port | by port of the virtual switch | by connection |
//! | LACP, static | Dynamic | each message | by connection |
//! | switch independent | transport ports | by connection | on the first member |
//! | switch independent | IP, MAC addresses | by pair of nodes | on the first member |
//! | switch independent | Hyper-V port | by port of the virtual switch | the same member |
//! | switch independent | Dynamic | each message | by pair of nodes |
//!
//! Source: <https://learn.microsoft.com/powershell/module/netlbfo/new-netlbfoteam>. What the
//! physical switch hashes is its own setting; connections are taken here.
//!
//! Of `k` flows that a hash places on `m` members independently and evenly, `m (1 - (1 - 1/m)^k)`
//! members are busy on average, and all flows share one member with probability `m^(1 - k)`.

use crate::topology::{Bonding, Hashing};

/// What shares a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Each connection is drawn by itself.
    Connection,
    /// All connections of two nodes are drawn together.
    Pair,
    /// All that an interface sends and receives.
    Interface,
    /// All arrives on the first member.
    First,
    /// Each message takes the next member.
    Message,
}

/// How a team spreads what it sends, and what it receives.
#[must_use]
pub const fn team_spread(bonding: Bonding, hashing: Hashing) -> (Spread, Spread) {
    let out = match hashing {
        Hashing::TransportPorts => Spread::Connection,
        Hashing::IpAddresses | Hashing::MacAddresses => Spread::Pair,
        Hashing::HyperVPort => Spread::Interface,
        Hashing::Dynamic => Spread::Message,
    };
    let into = match (bonding, hashing) {
        (Bonding::Lacp | Bonding::Static, _) => Spread::Connection,
        (_, Hashing::HyperVPort) => Spread::Interface,
        (_, Hashing::Dynamic) => Spread::Pair,
        _ => Spread::First,
    };
    (out, into)
}

/// Members that carry something on average, of `flows` hashed onto `members`.
///
/// ```
/// // Four connections on two members.
/// assert_eq!(csvnet::policy::busy_members(2, 4), 1.875);
/// ```
#[must_use]
pub fn busy_members(members: u32, flows: u32) -> f64 {
    let m = f64::from(members.max(1));
    m * (1.0 - (1.0 - 1.0 / m).powf(f64::from(flows)))
}

/// Probability that all of `flows` hashed onto `members` share one.
///
/// ```
/// assert_eq!(csvnet::policy::all_on_one(2, 4), 0.125);
/// ```
#[must_use]
pub fn all_on_one(members: u32, flows: u32) -> f64 {
    f64::from(members.max(1)).powf(1.0 - f64::from(flows.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_flow_or_one_member_leaves_no_choice() {
        for n in 1..9 {
            assert!((busy_members(n, 1) - 1.0).abs() < 1e-12);
            assert!((busy_members(1, n) - 1.0).abs() < 1e-12);
            assert!((all_on_one(n, 1) - 1.0).abs() < 1e-12);
            assert!((all_on_one(1, n) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn only_switches_that_know_of_the_team_spread_what_arrives() {
        for (_, hashing) in Hashing::ALL {
            for bonding in [Bonding::Lacp, Bonding::Static] {
                assert_eq!(team_spread(bonding, hashing).1, Spread::Connection);
            }
            let into = team_spread(Bonding::SwitchIndependent, hashing).1;
            assert_ne!(into, Spread::Connection, "{hashing:?}");
        }
    }
}
