//! Parameters gathered by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FrozenParameters, Parameter};

/// Parameters in name order, each name once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Parameter>", into = "Vec<Parameter>")]
pub struct ParameterSet {
    by_name: BTreeMap<String, Parameter>,
}

impl ParameterSet {
    /// A set without parameters.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_name: BTreeMap::new() }
    }

    /// Puts a parameter in and gives back the one of the same name that it replaces.
    pub fn insert(&mut self, parameter: Parameter) -> Option<Parameter> {
        self.by_name.insert(parameter.name.clone(), parameter)
    }

    /// The parameter called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.by_name.get(name)
    }

    /// All parameters in name order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Parameter> + DoubleEndedIterator {
        self.by_name.values()
    }

    /// The number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Replaces by name, and adds, every parameter of `other`.
    pub fn override_with(&mut self, other: &Self) {
        self.extend(other.iter().cloned());
    }

    /// Numbers the parameters in name order, for cheap perturbed copies.
    #[must_use]
    pub fn freeze(self) -> FrozenParameters {
        FrozenParameters::from_sorted(self.by_name.into_values().collect())
    }
}

impl From<Vec<Parameter>> for ParameterSet {
    fn from(parameters: Vec<Parameter>) -> Self {
        parameters.into_iter().collect()
    }
}

impl From<ParameterSet> for Vec<Parameter> {
    fn from(set: ParameterSet) -> Self {
        set.by_name.into_values().collect()
    }
}

/// A later parameter replaces an earlier one of the same name.
impl FromIterator<Parameter> for ParameterSet {
    fn from_iter<I: IntoIterator<Item = Parameter>>(parameters: I) -> Self {
        let mut set = Self::new();
        set.extend(parameters);
        set
    }
}

impl Extend<Parameter> for ParameterSet {
    fn extend<I: IntoIterator<Item = Parameter>>(&mut self, parameters: I) {
        for parameter in parameters {
            self.insert(parameter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::Source;
    use crate::units::UnitKind;

    fn count(name: &str, value: f64) -> Parameter {
        Parameter::fixed(name, UnitKind::Count, value, Source::Documented)
    }

    #[test]
    fn overriding_replaces_by_name_and_adds() {
        let mut set: ParameterSet = [count("b", 1.0), count("a", 2.0)].into_iter().collect();
        set.override_with(&[count("b", 3.0), count("c", 4.0)].into_iter().collect());
        let seen: Vec<_> = set.iter().map(|p| (p.name.as_str(), p.value)).collect();
        assert_eq!(seen, [("a", 2.0), ("b", 3.0), ("c", 4.0)]);
        assert_eq!(set.get("c").map(|p| p.value), Some(4.0));
    }

    #[test]
    fn a_set_survives_serialization() {
        let set: ParameterSet = [count("b", 1.5), count("a", 0.1)].into_iter().collect();
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<ParameterSet>(&json).unwrap(), set);
    }
}
