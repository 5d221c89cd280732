//! How wrong figures may be, by how much the load has grown.

/// What is taken for a figure: the best estimate, or an end of its prediction interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubts {
    /// Times the load that were simulated, rising, each with what the stress of every limit is
    /// multiplied by.
    points: Vec<(f64, Vec<f64>)>,
    /// As much busier than estimated resources may be: with so many times the load a rate must
    /// still be carried.
    carried: f64,
}

impl Doubts {
    /// The best estimates.
    #[must_use]
    pub const fn none() -> Self {
        Self { points: Vec::new(), carried: 1.0 }
    }

    /// What is known at some times of the load, each limit in its place; and of how busy resources
    /// are.
    #[must_use]
    pub fn new(mut points: Vec<(f64, Vec<f64>)>, carried: f64) -> Self {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { points, carried }
    }

    /// Times the load that must be carried for once the load to be.
    #[must_use]
    pub const fn carried(&self) -> f64 {
        self.carried
    }

    /// What the stress of a limit is multiplied by at so many times the load: between two that are
    /// known the geometric mean, weighted by how near they are on the scale of logarithms; where
    /// one of them is zero or endless, that.
    #[must_use]
    pub fn of(&self, limit: usize, times: f64) -> f64 {
        let known = |of: &(f64, Vec<f64>)| of.1.get(limit).copied().unwrap_or(1.0);
        let below = self.points.iter().rev().find(|of| of.0 <= times);
        let above = self.points.iter().find(|of| of.0 >= times);
        match (below, above) {
            (None, None) => 1.0,
            (Some(one), None) | (None, Some(one)) => known(one),
            (Some(a), Some(b)) if a.0 >= b.0 => known(a),
            (Some(a), Some(b)) => {
                let share = (times / a.0).ln() / (b.0 / a.0).ln();
                let (x, y) = (known(a), known(b));
                let usable = |of: f64| of > 0.0 && of.is_finite();
                match (usable(x), usable(y)) {
                    (true, true) => x * (y / x).powf(share),
                    (false, _) => x,
                    (true, false) => y,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_what_is_known_it_is_the_geometric_mean() {
        let doubts = Doubts::new(vec![(16.0, vec![4.0, 9.0]), (1.0, vec![1.0, 9.0])], 1.0);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        // Four is half way from one to sixteen.
        assert!(near(doubts.of(0, 4.0), 2.0) && near(doubts.of(1, 4.0), 9.0));
        assert!(near(doubts.of(0, 0.5), 1.0) && near(doubts.of(0, 64.0), 4.0));
        assert!(near(Doubts::none().of(0, 3.0), 1.0));
    }

    #[test]
    fn what_is_endless_at_the_edge_is_known_at_the_present_load() {
        let doubts = Doubts::new(vec![(1.0, vec![1.5]), (4.0, vec![f64::INFINITY])], 1.0);
        assert!((doubts.of(0, 1.0) - 1.5).abs() < 1e-12 && (doubts.of(0, 0.1) - 1.5).abs() < 1e-12);
        assert!(doubts.of(0, 1.01).is_infinite() && doubts.of(0, 4.0).is_infinite());
        let none = Doubts::new(vec![(1.0, vec![0.0]), (4.0, vec![0.5])], 1.0);
        assert!(none.of(0, 2.0).abs() < 1e-12);
    }
}
