//! Names for visits that an I/O makes several times: the copies of a mirrored write.
//!
//! Draws are keyed by role, so two copies with the same role would always be equally slow, and a
//! write that waits for both would be too fast. Each part of an I/O has names of its own.

use std::sync::Arc;

use crate::network::Step;

/// A part of an I/O that runs beside others of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The first copy of a mirror, or the data of a parity stripe.
    Copy1,
    /// The second copy, or the first parity.
    Copy2,
    /// The third copy, or the second parity.
    Copy3,
    /// The fourth copy.
    Copy4,
    /// Old data, which is read to compute parity.
    Old1,
    /// Old parity.
    Old2,
    /// Old second parity.
    Old3,
    /// Data on its way from mirror to parity.
    Rotation,
    /// The log of Storage Replica.
    Log,
    /// The partner of Storage Replica, its log.
    Partner,
    /// The partner's data.
    PartnerData,
}

impl Part {
    /// The copies in order.
    pub(super) const COPIES: [Self; 4] = [Self::Copy1, Self::Copy2, Self::Copy3, Self::Copy4];
    /// What is read before parity is written, in order.
    pub(super) const OLD: [Self; 3] = [Self::Old1, Self::Old2, Self::Old3];
}

macro_rules! named {
    ($($role:literal)*) => {
        [$(($role, [
            concat!($role, ", copy 1"),
            concat!($role, ", copy 2"),
            concat!($role, ", copy 3"),
            concat!($role, ", copy 4"),
            concat!($role, ", old data"),
            concat!($role, ", old parity"),
            concat!($role, ", old second parity"),
            concat!($role, ", rotation"),
            concat!($role, ", log"),
            concat!($role, ", partner"),
            concat!($role, ", partner data"),
        ])),*]
    };
}

/// Every role below a coordinator, and its name in each part.
const NAMES: [(&str, [&str; 11]); 79] = named!(
    "smb client" "smb server" "connection out" "connection back"
    "request tx" "request rx" "request members" "request receive"
    "fetch tx" "fetch rx" "fetch members" "data tx" "data rx" "data members"
    "response tx" "response rx" "response members" "response receive"
    "path" "path down" "path down hba" "path down array" "path up" "path up array" "path up hba"
    "iscsi initiator" "iscsi receive" "transfer ready" "controller" "controller hop"
    "controller link" "cache access" "cache mirror" "cache lookup" "media read" "media write"
    "destage" "device latency" "device transfer" "replica target" "sbl target" "tier"
    "fast read" "fast read transfer" "fast write" "fast write transfer"
    "capacity latency" "capacity transfer" "destage write"
    "request arrives" "request up" "request down" "fetch arrives" "fetch up" "fetch down"
    "data arrives" "data up" "data down" "response arrives" "response up" "response down"
    "sent again tx" "sent again rx" "sent again members" "sent again arrives" "sent again up"
    "sent again down" "sent again over" "link state" "link state out" "link state back"
    "state of the links" "failover" "client security" "server security" "retransmission"
    "store and forward" "drive" "die"
);

fn name(role: &'static str, part: Part) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == role).map_or(role, |(_, names)| names[part as usize])
}

/// The same steps with the roles of a part.
pub(super) fn told_apart(mut steps: Vec<Step>, part: Part) -> Vec<Step> {
    for step in &mut steps {
        rename(step, part);
    }
    steps
}

fn rename(step: &mut Step, part: Part) {
    let each = |steps: &mut Vec<Step>| steps.iter_mut().for_each(|step| rename(step, part));
    match step {
        Step::Visit(visit) => visit.role = name(visit.role, part),
        Step::Choose { role, branches, .. } => {
            *role = name(role, part);
            branches.iter_mut().for_each(each);
        }
        Step::Fork { branches, .. } => branches.iter_mut().for_each(each),
        Step::Split { body, .. } => each(body),
        Step::IfRoom { visit, refused, .. } => {
            visit.role = name(visit.role, part);
            each(refused);
        }
        Step::Common(steps) => *steps = Arc::from(told_apart(steps.to_vec(), part)),
        Step::Acquire { .. } | Step::Release { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names_of_their_own() {
        assert_eq!(name("smb client", Part::Copy1), "smb client, copy 1");
        assert_eq!(name("controller", Part::PartnerData), "controller, partner data");
        assert_eq!(name("unheard of", Part::Log), "unheard of");
        let mut all: Vec<&str> =
            NAMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let many = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), many);
    }
}
