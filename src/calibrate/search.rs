//! A downhill simplex search (Nelder, Mead 1965) for few parameters.

/// Most evaluations of one search.
const EVALUATIONS_MAX: usize = 400;

/// Minimises `f` from `start` with first steps `step`: the best point and its value.
/// Deterministic; a value that is not a number counts as infinite.
pub(super) fn minimise(
    start: &[f64],
    step: f64,
    f: &mut dyn FnMut(&[f64]) -> f64,
) -> (Vec<f64>, f64) {
    let n = start.len();
    let mut evaluations = 0;
    let mut value = |x: &[f64]| {
        evaluations += 1;
        let y = f(x);
        (if y.is_nan() { f64::INFINITY } else { y }, evaluations)
    };
    let mut simplex: Vec<(Vec<f64>, f64)> = Vec::with_capacity(n + 1);
    for i in 0..=n {
        let mut x = start.to_vec();
        if i > 0 {
            x[i - 1] += step;
        }
        let y = value(&x).0;
        simplex.push((x, y));
    }
    loop {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let spread = simplex[n].1 - simplex[0].1;
        let size = simplex[n].0.iter().zip(&simplex[0].0).map(|(a, b)| (a - b).abs()).sum::<f64>();
        let centre: Vec<f64> =
            (0..n).map(|i| simplex[..n].iter().map(|p| p.0[i]).sum::<f64>() / n as f64).collect();
        let towards = |by: f64, from: &[f64]| -> Vec<f64> {
            centre.iter().zip(from).map(|(c, w)| c + by * (w - c)).collect()
        };
        let worst = simplex[n].0.clone();
        let reflected = towards(-1.0, &worst);
        let (y, count) = value(&reflected);
        if count > EVALUATIONS_MAX || (spread.abs() < 1e-10 && size < 1e-6) {
            break;
        }
        if y < simplex[0].1 {
            let expanded = towards(-2.0, &worst);
            let z = value(&expanded).0;
            simplex[n] = if z < y { (expanded, z) } else { (reflected, y) };
        } else if y < simplex[n - 1].1 {
            simplex[n] = (reflected, y);
        } else {
            let inner = if y < simplex[n].1 { towards(-0.5, &worst) } else { towards(0.5, &worst) };
            let z = value(&inner).0;
            if z < simplex[n].1.min(y) {
                simplex[n] = (inner, z);
            } else {
                let best = simplex[0].0.clone();
                for point in &mut simplex[1..] {
                    for (x, b) in point.0.iter_mut().zip(&best) {
                        *x = b + 0.5 * (*x - b);
                    }
                    point.1 = value(&point.0).0;
                }
            }
        }
    }
    simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
    simplex.swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_minimum_of_a_curved_valley() {
        let mut rosenbrock =
            |x: &[f64]| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let (x, y) = minimise(&[-1.2, 1.0], 0.5, &mut rosenbrock);
        assert!(y < 1e-8, "{x:?} {y}");
        assert!((x[0] - 1.0).abs() < 1e-3 && (x[1] - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_function_without_numbers_ends() {
        let (_, y) = minimise(&[0.0], 1.0, &mut |_| f64::NAN);
        assert!(y.is_infinite());
    }
}
