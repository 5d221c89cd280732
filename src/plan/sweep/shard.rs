//! Every N-th point of a sweep.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// More shards than anybody has machines.
const MOST: u32 = 100_000;

/// One of so many shards, written `2/4`; the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

/// A text is no shard.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ShardError {
    /// It is something else.
    #[error("`{given}` is no shard; write 1/4 for the first of four")]
    Form {
        /// What was given.
        given: String,
    },
    /// There is no shard 0.
    #[error(
        "there is no shard 0: the first of {of} is 1/{of} and the last {of}/{of}; add one to a \
         number that counts from 0, as in --shard $((SLURM_ARRAY_TASK_ID + 1))/{of}"
    )]
    Zero {
        /// Of how many.
        of: u32,
    },
    /// There are not so many.
    #[error("there is no shard {index} of {of}: they are 1/{of} to {of}/{of}")]
    Beyond {
        /// Which.
        index: u32,
        /// Of how many.
        of: u32,
    },
    /// There are too many.
    #[error("{of} shards are too many; there may be {MOST}")]
    Many {
        /// How many.
        of: u32,
    },
}

impl Shard {
    /// All of a sweep.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// One of so many, from 1.
    ///
    /// # Errors
    /// When there is no such shard.
    pub const fn new(index: u32, of: u32) -> Result<Self, ShardError> {
        if of > MOST {
            Err(ShardError::Many { of })
        } else if index == 0 {
            Err(ShardError::Zero { of })
        } else if index > of {
            Err(ShardError::Beyond { index, of })
        } else {
            Ok(Self { index, of })
        }
    }

    /// Whether a point belongs to it.
    ///
    /// Of every N points in a row each shard has one, from row to row another: what is dear at one
    /// level of an axis is spread over all shards, also where the levels come round with the rows.
    #[must_use]
    pub const fn has(self, point: u64) -> bool {
        let of = self.of as u64;
        // Multiples of the golden ratio never come round.
        let turn = (point / of).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (point + turn) % of == (self.index - 1) as u64
    }

    /// Its points, in order.
    pub fn points(self, all: u64) -> impl Iterator<Item = u64> {
        (0..all).filter(move |point| self.has(*point))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let parts = text.split_once('/').map(|(index, of)| (number(index), number(of)));
        match parts {
            Some((Some(_), Some(0))) | None => Err(ShardError::Form { given: text.to_owned() }),
            Some((Some(index), Some(of))) => Self::new(index, of),
            Some(_) => Err(ShardError::Form { given: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_point_is_in_one_shard_and_shards_are_even() {
        for of in 1..=9 {
            for all in [0_u64, 1, 5, 8, 9, 40, 81, 100] {
                let shards: Vec<Vec<u64>> =
                    (1..=of).map(|index| Shard { index, of }.points(all).collect()).collect();
                let mut joined: Vec<u64> = shards.iter().flatten().copied().collect();
                joined.sort_unstable();
                assert_eq!(joined, (0..all).collect::<Vec<_>>(), "{all} in {of}");
                let sizes = || shards.iter().map(Vec::len);
                assert!(sizes().max() <= sizes().min().map(|least| least + 1), "{all} in {of}");
            }
        }
    }

    #[test]
    fn a_level_of_an_axis_is_spread() {
        // Plain counting would give each shard the same one or two levels throughout.
        for (of, levels) in [(4_u64, 8_u64), (4, 4), (8, 4), (2, 10), (3, 6), (16, 32)] {
            let mut counts = std::collections::BTreeMap::new();
            for index in 1..=of as u32 {
                let shard = Shard { index, of: of as u32 };
                for point in shard.points(levels * of * 100) {
                    *counts.entry((index, point % levels)).or_insert(0_u64) += 1;
                }
            }
            assert_eq!(counts.len() as u64, of * levels, "{levels} levels in {of}");
            let (least, most) = (counts.values().min().unwrap(), counts.values().max().unwrap());
            assert!(*least >= 80 && *most <= 120, "{levels} levels in {of}: {counts:?}");
        }
    }

    #[test]
    fn what_is_no_shard_is_told_what_to_write() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, of: 4 }));
        assert_eq!(" 1 / 1 ".parse(), Ok(Shard::WHOLE));
        assert_eq!(Shard { index: 2, of: 4 }.to_string(), "2/4");
        let told = |text: &str| text.parse::<Shard>().unwrap_err().to_string();
        assert!(told("0/4").contains("the first of 4 is 1/4"));
        assert!(told("5/4").contains("1/4 to 4/4"));
        for text in ["", "1", "a/b", "1/0", "-1/4", "1/2/3", "99999999999/2"] {
            assert!(told(text).contains("is no shard"), "{text}");
        }
        assert!(told("1/200000").contains("too many"));
    }
}
