//! Anderson acceleration of a fixed-point iteration (Anderson 1965; Walker, Ni 2011).
//!
//! From the last few points `x` and residuals `f = g(x) - x`, the next point is that of the
//! combination whose linear prediction of the residual is least.

/// Points remembered.
const DEPTH: usize = 5;

/// Remembers the last steps.
#[derive(Debug)]
pub(super) struct Mixer {
    /// Weights of the components in the norm.
    weight: Vec<f64>,
    point: Vec<f64>,
    residual: Vec<f64>,
    /// Differences of successive points and residuals, oldest overwritten first.
    points: Vec<Vec<f64>>,
    residuals: Vec<Vec<f64>>,
    /// Weighted products of the residual differences.
    products: [[f64; DEPTH]; DEPTH],
    /// Steps remembered since the last start.
    steps: usize,
    started: bool,
}

impl Mixer {
    /// A mixer of vectors with these weights.
    pub(super) fn new(weight: Vec<f64>) -> Self {
        let n = weight.len();
        Self {
            weight,
            point: vec![0.0; n],
            residual: vec![0.0; n],
            points: vec![vec![0.0; n]; DEPTH],
            residuals: vec![vec![0.0; n]; DEPTH],
            products: [[0.0; DEPTH]; DEPTH],
            steps: 0,
            started: false,
        }
    }

    /// The point from which the last step was taken.
    pub(super) fn before(&self) -> &[f64] {
        &self.point
    }

    /// Forgets all steps.
    pub(super) fn forget(&mut self) {
        self.steps = 0;
        self.started = false;
    }

    /// Moves `x` on, given its residual, of which a plain step takes the part `damping`.
    pub(super) fn advance(&mut self, x: &mut [f64], residual: &[f64], damping: f64) {
        if self.started {
            let slot = self.steps % DEPTH;
            for (i, (x, f)) in x.iter().zip(residual).enumerate() {
                self.points[slot][i] = x - self.point[i];
                self.residuals[slot][i] = f - self.residual[i];
            }
            self.steps += 1;
            for other in 0..self.steps.min(DEPTH) {
                let product = self.product(&self.residuals[slot], &self.residuals[other]);
                self.products[slot][other] = product;
                self.products[other][slot] = product;
            }
        }
        self.started = true;
        self.point.copy_from_slice(x);
        self.residual.copy_from_slice(residual);
        for (x, f) in x.iter_mut().zip(residual) {
            *x += damping * f;
        }
        let depth = self.steps.min(DEPTH);
        let Some(share) = self.combination(depth) else { return self.forget() };
        for (slot, share) in share.iter().enumerate().take(depth) {
            let differences = self.points[slot].iter().zip(&self.residuals[slot]);
            for (x, (dx, df)) in x.iter_mut().zip(differences) {
                *x -= share * (dx + damping * df);
            }
        }
    }

    fn product(&self, a: &[f64], b: &[f64]) -> f64 {
        // Four sums side by side, which the processor adds at once.
        let mut sums = [0.0; 4];
        let whole = a.len() / 4 * 4;
        let fours = a.chunks_exact(4).zip(b.chunks_exact(4)).zip(self.weight.chunks_exact(4));
        for ((a, b), w) in fours {
            for lane in 0..4 {
                sums[lane] += a[lane] * b[lane] * w[lane];
            }
        }
        let rest = a[whole..].iter().zip(&b[whole..]).zip(&self.weight[whole..]);
        let rest: f64 = rest.map(|((a, b), w)| a * b * w).sum();
        (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
    }

    /// Least squares by the normal equations and Cholesky; none where they are singular.
    fn combination(&self, depth: usize) -> Option<[f64; DEPTH]> {
        let mut share = [0.0; DEPTH];
        for (slot, share) in share.iter_mut().enumerate().take(depth) {
            *share = self.product(&self.residuals[slot], &self.residual);
        }
        let mut factor = self.products;
        for row in 0..depth {
            for column in 0..=row {
                let mut sum = factor[row][column];
                if row == column {
                    sum *= 1.0 + 1e-9;
                }
                let before = factor[row].iter().zip(&factor[column]).take(column);
                sum -= before.map(|(a, b)| a * b).sum::<f64>();
                if row == column {
                    if !(sum > 1e-14 * self.products[row][row] && sum.is_finite()) {
                        return None;
                    }
                    factor[row][row] = sum.sqrt();
                } else {
                    factor[row][column] = sum / factor[column][column];
                }
            }
        }
        for row in 0..depth {
            for k in 0..row {
                share[row] -= factor[row][k] * share[k];
            }
            share[row] /= factor[row][row];
        }
        for row in (0..depth).rev() {
            for k in row + 1..depth {
                share[row] -= factor[k][row] * share[k];
            }
            share[row] /= factor[row][row];
        }
        share.iter().all(|s| s.is_finite() && s.abs() < 1e6).then_some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_iteration_of_three_dimensions_is_solved_in_five_steps() {
        // x <- A x + b with eigenvalues 0.99, -0.5, 0.9: plain iteration needs a thousand steps.
        let a = [0.99, -0.5, 0.9];
        let mut x = [0.0, 0.0, 0.0];
        let mut mixer = Mixer::new(vec![1.0; 3]);
        for _ in 0..5 {
            let f: Vec<f64> = x.iter().zip(a).map(|(x, a)| a * x + 1.0 - x).collect();
            mixer.advance(&mut x, &f, 1.0);
        }
        for (x, a) in x.iter().zip(a) {
            assert!((x * (1.0 - a) - 1.0).abs() < 1e-5, "{x}");
        }
    }
}
