//! Automatic CSV balancing: volumes are spread evenly by number.
//!
//! Since Windows Server 2012 R2 the cluster spreads CSV ownership by the **number** of volumes a
//! node owns, when a node joins or fails and when the cluster starts. Load, capacity and the
//! placement of virtual machines are ignored.
//! Source: <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-csvs>.
//! Which volume goes to which node is not documented; here each volume in turn goes to the node
//! that owns fewest, the first of equals.

/// Owners for volumes that name none: for each volume a node, given what the nodes own already.
///
/// ```
/// use csvnet::policy::balanced_owners;
/// let owners = balanced_owners(&[None, Some(0), None, None], 3);
/// assert_eq!(owners, [Some(1), Some(0), Some(2), Some(0)]);
/// ```
#[must_use]
pub fn balanced_owners(stated: &[Option<usize>], nodes: usize) -> Vec<Option<usize>> {
    let mut owned = vec![0_usize; nodes];
    for node in stated.iter().flatten() {
        if let Some(count) = owned.get_mut(*node) {
            *count += 1;
        }
    }
    stated
        .iter()
        .map(|owner| {
            owner.or_else(|| {
                let node = (0..nodes).min_by_key(|&n| (owned[n], n))?;
                owned[node] += 1;
                Some(node)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_differ_by_at_most_one(volumes in 0_usize..200, nodes in 1_usize..64) {
            let owners = balanced_owners(&vec![None; volumes], nodes);
            let count = |n| owners.iter().filter(|o| **o == Some(n)).count();
            let low = (0..nodes).map(count).min().unwrap();
            let high = (0..nodes).map(count).max().unwrap();
            prop_assert!(high - low <= 1);
        }
    }

    #[test]
    fn a_cluster_without_nodes_gives_no_owner() {
        assert_eq!(balanced_owners(&[None], 0), vec![None]);
    }
}
