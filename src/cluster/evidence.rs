//! Whether a combination of mode, transport and storage was ever measured.
//!
//! A path is *measured* when its storage was fitted to response times of that storage and nothing
//! but the guest's and the node's own stack, microseconds of assumed cost, lies above it. It is
//! *transferred* when all its parts were measured in other combinations, *never measured*
//! otherwise: a path over a network of which nothing was measured is not promoted by a fitted
//! device.

/// How far to trust a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Fitted to measurements of this path.
    Measured,
    /// Its parts were measured in other combinations.
    Transferred,
    /// Nothing like it was measured.
    NeverMeasured,
}

impl Evidence {
    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Transferred => "transferred",
            Self::NeverMeasured => "never measured",
        }
    }

    /// The parameter with the half width of the model's own error on such a path.
    #[must_use]
    pub const fn error_parameter(self) -> &'static str {
        match self {
            Self::Measured => "model-error.measured",
            Self::Transferred => "model-error.transferred",
            Self::NeverMeasured => "model-error.never-measured",
        }
    }

    /// The evidence of a path with parameters fitted to measured runs, given whether those took
    /// such paths.
    #[must_use]
    pub const fn of_runs(measured: bool) -> (Self, &'static str) {
        if measured {
            (Self::Measured, "fitted to measured runs over such paths")
        } else {
            (Self::Transferred, "fitted to measured runs over other paths")
        }
    }

    /// The evidence of a path, given whether its storage was fitted to a trace of its own and
    /// whether it crosses the network.
    #[must_use]
    pub fn of(storage_fitted: bool, crosses_network: bool) -> (Self, &'static str) {
        match (storage_fitted, crosses_network) {
            (true, false) => (
                Self::Measured,
                "the device was fitted to its own response times; the guest above it is assumed",
            ),
            (true, true) => (
                Self::NeverMeasured,
                "the device was fitted to its own response times; the way to it was not measured",
            ),
            (false, _) => (
                Self::NeverMeasured,
                "no measurement of this mode, transport and storage was given",
            ),
        }
    }
}
