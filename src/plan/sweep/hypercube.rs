//! Latin hypercubes: each axis is cut into as many strata as there are points, and each stratum has
//! one point (`McKay`, Beckman, Conover 1979, <https://doi.org/10.1080/00401706.1979.10489755>).

use crate::random::{Seed, Stream};

/// A place in (0, 1) for each of `points`, one in each of as many equal strata, in random order.
///
/// The draws belong to the name of the axis: another axis leaves them as they are.
///
/// ```
/// use csvnet::plan::sweep::strata;
/// use csvnet::random::Seed;
///
/// let mut places = strata(5, Seed(1), "depth");
/// places.sort_by(f64::total_cmp);
/// let strata: Vec<u32> = places.iter().map(|place| (place * 5.0) as u32).collect();
/// assert_eq!(strata, [0, 1, 2, 3, 4]);
/// ```
#[must_use]
pub fn strata(points: usize, seed: Seed, axis: &str) -> Vec<f64> {
    let stream = Stream::new(seed, 0, &format!("latin hypercube: {axis}"));
    let (order, within) = (stream.child(0), stream.child(1));
    let mut strata: Vec<usize> = (0..points).collect();
    for k in (1..points).rev() {
        // Below 2^24 points the draw of 52 bits leaves no bias worth a second one.
        let other = (order.unit(k as u64) * (k + 1) as f64) as usize;
        strata.swap(k, other.min(k));
    }
    let place =
        |(k, stratum): (usize, usize)| (stratum as f64 + within.unit(k as u64)) / points as f64;
    strata.into_iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn each_stratum_has_one_point(
            points in 1_usize..400,
            seed in any::<u64>(),
            axis in ".{0,8}",
        ) {
            let places = strata(points, Seed(seed), &axis);
            let mut seen = vec![false; points];
            for place in places {
                prop_assert!(place > 0.0 && place < 1.0);
                let stratum = (place * points as f64) as usize;
                prop_assert!(!std::mem::replace(&mut seen[stratum], true), "stratum {stratum}");
            }
        }
    }

    #[test]
    fn axes_are_not_in_step() {
        // The correlation of 2,000 pairs in random order has standard deviation 0.022.
        let (a, b) = (strata(2_000, Seed(7), "a"), strata(2_000, Seed(7), "b"));
        let pairs = a.iter().zip(&b).map(|(a, b)| (a - 0.5) * (b - 0.5));
        let correlation = pairs.sum::<f64>() * 12.0 / 2_000.0;
        assert!(correlation.abs() < 0.09, "{correlation}");
        assert_eq!(strata(10, Seed(7), "a"), strata(10, Seed(7), "a"));
        assert_ne!(strata(10, Seed(7), "a"), strata(10, Seed(8), "a"));
    }
}
