//! Numbered parameters, of which perturbed copies share everything but the values.

use std::sync::Arc;

use super::{Parameter, ParameterSet};
use crate::units::{IdVec, id_type};

id_type! {
    /// The position of a parameter in name order.
    pub struct ParameterId
}

/// A parameter set that no longer grows. Copies with other values share the descriptions.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenParameters {
    described: Arc<IdVec<ParameterId, Parameter>>,
    /// Hash and position of each name, by hash: networks are compiled by the thousand, and each
    /// looks up hundreds of names.
    index: Arc<[(u64, usize)]>,
    values: IdVec<ParameterId, f64>,
}

/// FNV-1a, 64 bits.
fn hash(name: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

impl FrozenParameters {
    /// Takes parameters that are in name order, each name once.
    pub(super) fn from_sorted(parameters: Vec<Parameter>) -> Self {
        let described = IdVec::from_vec(parameters);
        let values = described.map(|parameter: &Parameter| parameter.value);
        let mut index: Vec<(u64, usize)> =
            described.iter().enumerate().map(|(k, p)| (hash(&p.name), k)).collect();
        index.sort_unstable();
        Self { described: Arc::new(described), index: index.into(), values }
    }

    /// The id of the parameter called `name`.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<ParameterId> {
        let wanted = hash(name);
        let first = self.index.partition_point(|(hash, _)| *hash < wanted);
        let alike = self.index[first..].iter().take_while(|(hash, _)| *hash == wanted);
        let mut ids = alike.map(|(_, k)| ParameterId::from_index(*k));
        ids.find(|id| self.described[*id].name == name)
    }

    /// The value in force, which differs from the described one in a perturbed copy.
    #[must_use]
    pub fn value(&self, id: ParameterId) -> f64 {
        self.values[id]
    }

    /// The description of a parameter, with the value and range it was frozen with.
    #[must_use]
    pub fn parameter(&self, id: ParameterId) -> &Parameter {
        &self.described[id]
    }

    /// The values in force, in id order.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.values.as_slice().to_vec()
    }

    /// All ids in name order.
    #[must_use]
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ParameterId> + DoubleEndedIterator + use<> {
        self.values.ids()
    }

    /// The number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A copy in which the named parameters have other values. Their ranges stay.
    #[must_use]
    pub fn with_values(&self, changes: &[(ParameterId, f64)]) -> Self {
        let mut copy = self.clone();
        for (id, value) in changes {
            copy.values[*id] = *value;
        }
        copy
    }

    /// The parameters as a set again, with the values in force.
    ///
    /// A range that does not hold a changed value is widened to hold it.
    #[must_use]
    pub fn thaw(&self) -> ParameterSet {
        let changed = self.described.iter_ids().map(|(id, described)| {
            let value = self.values[id];
            let (low, high) = (described.low.min(value), described.high.max(value));
            Parameter { value, low, high, ..described.clone() }
        });
        changed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::Source;
    use crate::units::UnitKind;

    fn frozen() -> FrozenParameters {
        let count = |name, value| Parameter::fixed(name, UnitKind::Count, value, Source::Fitted);
        [count("b", 2.0), count("a", 1.0), count("c", 3.0)]
            .into_iter()
            .collect::<ParameterSet>()
            .freeze()
    }

    #[test]
    fn ids_follow_the_names() {
        let frozen = frozen();
        assert_eq!(frozen.values(), [1.0, 2.0, 3.0]);
        let b = frozen.id("b").unwrap();
        assert_eq!((b.index(), frozen.value(b), frozen.parameter(b).name.as_str()), (1, 2.0, "b"));
        assert_eq!(frozen.id("d"), None);
    }

    #[test]
    fn a_perturbed_copy_leaves_the_original() {
        let frozen = frozen();
        let b = frozen.id("b").unwrap();
        let copy = frozen.with_values(&[(b, 9.0)]);
        assert_eq!((frozen.value(b), copy.value(b)), (2.0, 9.0));
        let thawed = copy.thaw();
        let b = thawed.get("b").unwrap();
        assert_eq!((b.value, b.low, b.high), (9.0, 2.0, 9.0));
        assert_eq!(b.validate(), Ok(()));
    }
}
