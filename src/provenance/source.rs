//! The sources a number can have.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a number comes from, from the most to the least trustworthy, apart from `Given`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Source {
    /// A vendor or a standard states it.
    Documented,
    /// Somebody measured it directly.
    Measured,
    /// A fit to measurements found it.
    Fitted,
    /// Nobody measured it; an expert chose it.
    Assumed,
    /// The scenario file states it: the user vouches for it.
    Given,
}

impl Source {
    /// All sources, in declaration order.
    pub const ALL: [Self; 5] =
        [Self::Documented, Self::Measured, Self::Fitted, Self::Assumed, Self::Given];

    /// The name used in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Measured => "measured",
            Self::Fitted => "fitted",
            Self::Assumed => "assumed",
            Self::Given => "given",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn serialized_names_are_the_printed_names() {
        for source in Source::ALL {
            assert_eq!(serde_json::to_string(&source).unwrap(), format!("\"{source}\""));
        }
    }
}
