//! Small dense symmetric systems, solved by the Cholesky decomposition.

/// A symmetric matrix by rows.
pub(super) type Matrix = Vec<Vec<f64>>;

/// A matrix of zeros.
pub(super) fn zeros(n: usize) -> Matrix {
    vec![vec![0.0; n]; n]
}

/// Adds `weight * row * row'` for the entries named by `at`.
pub(super) fn add_outer(a: &mut Matrix, row: &[(usize, f64)], weight: f64) {
    for &(i, x) in row {
        for &(j, y) in row {
            a[i][j] += weight * x * y;
        }
    }
}

/// The lower triangle L of A = L L'; none where A is not positive definite.
fn decompose(a: &Matrix) -> Option<Matrix> {
    let n = a.len();
    let mut l = zeros(n);
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = a[i][j] - dot;
            if i == j {
                if rest <= 1e-12 * a[i][i].abs() || !rest.is_finite() {
                    return None;
                }
                l[i][i] = rest.sqrt();
            } else {
                l[i][j] = rest / l[j][j];
            }
        }
    }
    Some(l)
}

/// Solves A x = b; none where A is not positive definite.
pub(super) fn solve(a: &Matrix, b: &[f64]) -> Option<Vec<f64>> {
    Some(substitute(&decompose(a)?, b))
}

fn substitute(l: &Matrix, b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| l[i][k] * x[k]).sum();
        x[i] = (x[i] - dot) / l[i][i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| l[k][i] * x[k]).sum();
        x[i] = (x[i] - dot) / l[i][i];
    }
    x
}

/// The inverse; none where A is not positive definite.
pub(super) fn inverse(a: &Matrix) -> Option<Matrix> {
    let l = decompose(a)?;
    let n = a.len();
    let column = |i: usize| {
        let mut unit = vec![0.0; n];
        unit[i] = 1.0;
        substitute(&l, &unit)
    };
    Some((0..n).map(column).collect())
}

/// x' A x for a sparse x.
pub(super) fn quadratic(a: &Matrix, x: &[(usize, f64)]) -> f64 {
    let row = |&(i, y): &(usize, f64)| x.iter().map(|&(j, z)| a[i][j] * z).sum::<f64>() * y;
    x.iter().map(row).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_by_hand() {
        // [4 2; 2 3] x = [8; 7] has x = [1.25; 1.5]; the inverse is [3 -2; -2 4] / 8.
        let a = vec![vec![4.0, 2.0], vec![2.0, 3.0]];
        let x = solve(&a, &[8.0, 7.0]).unwrap();
        assert!((x[0] - 1.25).abs() < 1e-12 && (x[1] - 1.5).abs() < 1e-12);
        let inverse = inverse(&a).unwrap();
        assert!((inverse[0][1] + 0.25).abs() < 1e-12 && (inverse[1][1] - 0.5).abs() < 1e-12);
        assert!((quadratic(&a, &[(0, 1.0), (1, -1.0)]) - 3.0).abs() < 1e-12);
        assert!(solve(&vec![vec![1.0, 1.0], vec![1.0, 1.0]], &[1.0, 1.0]).is_none());
    }
}
