//! Where a machine goes: placement by the cluster, when a node is drained, fails or is too full.
//!
//! Possible owners and free memory decide who may take it; anti-affinity comes before the order of
//! preferred owners, and that before the room that is left. Load on processors and networks is not
//! looked at, nor who owns the machine's volume.
//! Sources: <https://learn.microsoft.com/windows-server/failover-clustering/vm-load-balancing-overview>,
//! <https://techcommunity.microsoft.com/t5/failover-clustering/failover-clustering-and-anti-affinity/ba-p/371815>.

/// A node that may take machines.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its number.
    pub id: usize,
    /// Free bytes of memory, where they are known.
    pub memory_free: Option<f64>,
    /// Machines on it or on their way to it.
    pub machines: usize,
    /// Classes of anti-affinity that are on it.
    pub classes: Vec<String>,
}

/// A machine that is to be placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guest<'a> {
    /// Bytes of memory; zero where they are not known.
    pub memory: f64,
    /// Numbers of the nodes it may be on; empty: all.
    pub possible: &'a [usize],
    /// Numbers of the nodes it should be on, the best first.
    pub preferred: &'a [usize],
    /// Its classes of anti-affinity.
    pub classes: &'a [String],
}

impl Host {
    /// Whether a machine may be there and finds room.
    #[must_use]
    pub fn takes(&self, guest: &Guest<'_>) -> bool {
        let possible = guest.possible.is_empty() || guest.possible.contains(&self.id);
        possible && self.memory_free.is_none_or(|free| free >= guest.memory)
    }

    /// Whether one of the same class is there.
    #[must_use]
    pub fn meets(&self, guest: &Guest<'_>) -> bool {
        guest.classes.iter().any(|class| self.classes.contains(class))
    }
}

/// The node for a machine; none where no node may take it.
///
/// ```
/// use csvnet::policy::{Guest, Host, choose_host};
/// let host = |id, machines| Host { id, memory_free: None, machines, classes: vec![] };
/// let guest = Guest { memory: 0.0, possible: &[], preferred: &[], classes: &[] };
/// assert_eq!(choose_host(&[host(0, 3), host(1, 2)], &guest), Some(1));
/// ```
#[must_use]
pub fn choose_host(hosts: &[Host], guest: &Guest<'_>) -> Option<usize> {
    let rank = |host: &Host| {
        let preferred = guest.preferred.iter().position(|id| *id == host.id);
        (host.meets(guest), preferred.unwrap_or(guest.preferred.len()))
    };
    let room = |host: &Host| host.memory_free.unwrap_or(0.0);
    let able = hosts.iter().filter(|host| host.takes(guest));
    let best = able.min_by(|a, b| {
        rank(a)
            .cmp(&rank(b))
            .then(room(b).total_cmp(&room(a)))
            .then(a.machines.cmp(&b.machines))
            .then(a.id.cmp(&b.id))
    });
    best.map(|host| host.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(id: usize, free: f64, machines: usize, classes: &[&str]) -> Host {
        let classes = classes.iter().map(|class| (*class).to_owned()).collect();
        Host { id, memory_free: Some(free), machines, classes }
    }

    #[test]
    fn memory_and_possible_owners_decide_who_may() {
        let hosts = [host(0, 4.0, 0, &[]), host(1, 16.0, 9, &[]), host(2, 32.0, 9, &[])];
        let guest = Guest { memory: 8.0, possible: &[0, 1], preferred: &[], classes: &[] };
        assert_eq!(choose_host(&hosts, &guest), Some(1));
        assert_eq!(choose_host(&hosts, &Guest { possible: &[0], ..guest }), None);
    }

    #[test]
    fn anti_affinity_comes_before_preference_and_that_before_room() {
        let hosts = [host(0, 64.0, 0, &["sql"]), host(1, 32.0, 5, &[]), host(2, 16.0, 5, &[])];
        let sql = ["sql".to_owned()];
        let guest = Guest { memory: 8.0, possible: &[], preferred: &[0, 2], classes: &sql };
        assert_eq!(choose_host(&hosts, &guest), Some(2));
        assert_eq!(choose_host(&hosts, &Guest { classes: &[], ..guest }), Some(0));
        assert_eq!(choose_host(&hosts, &Guest { preferred: &[], ..guest }), Some(1));
        // Where all nodes have one, it is better there than nowhere.
        assert_eq!(choose_host(&hosts[..1], &guest), Some(0));
    }
}
