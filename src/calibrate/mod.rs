//! Fitting parameters to measurements.

mod device;
mod search;

pub use device::{DeviceFit, FitError, fit_device};
