//! Quantities as types: time, bytes, rates, operation rates, ratios and typed indices.
//!
//! A number in a scenario file, a report or a signature always says what it counts. Times are
//! integer picoseconds so that a frame at 200 Gbit/s does not vanish in rounding and so that two
//! runs agree to the last bit.
//!
//! Every quantity prints in two ways. `{}` is for people: three significant digits. `{:#}` is
//! exact: parsing it gives the same value back, and it is what serialization writes.
//!
//! ```
//! use csvnet::units::{BitRate, Bytes, SimDuration};
//!
//! let wire: BitRate = "10 Gbit/s".parse()?;
//! let block: Bytes = "64 KiB".parse()?;
//! assert_eq!(wire.time_for(block), SimDuration::from_ps(52_428_800));
//! assert_eq!(wire.time_for(block).to_string(), "52.4 us");
//! assert_eq!(format!("{:#}", wire.time_for(block)), "52.4288 us");
//! # Ok::<(), csvnet::units::QuantityError>(())
//! ```

mod bytes;
mod error;
mod ids;
mod iops;
mod kind;
mod number;
mod print;
mod quantity;
mod rate;
mod ratio;
mod symbol;
mod text;
mod time;

pub use bytes::Bytes;
pub use error::QuantityError;
pub(crate) use ids::id_type;
pub use ids::{Id, IdVec};
pub use iops::Iops;
pub use kind::UnitKind;
pub use quantity::{format_as, parse_as};
pub use rate::BitRate;
pub use ratio::Ratio;
pub use time::{SimDuration, SimTime};

#[cfg(test)]
mod tests;
