//! Draws of consecutive I/Os of one stream, made at once.
//!
//! A block has the same bits as the draws made one by one: the same operations in the same order,
//! only side by side. The functions here are compiled once for each width of vector unit; which
//! one runs changes the speed and nothing else.

use super::keyed::to_unit;
use super::maths::{self, CENTRAL};
use super::width::Width;
use super::{Shape, Stream};

/// Draws in a block.
pub(crate) const BLOCK: usize = 16;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Draw {
    /// A uniform number between 0 and 1.
    Unit,
    /// A number of mean 1.
    Shape(Shape),
}

impl Draw {
    /// The draw of I/O number `n`.
    #[inline]
    pub(crate) fn at(self, stream: Stream, n: u64) -> f64 {
        match self {
            Self::Unit => stream.unit(n),
            Self::Shape(shape) => shape.at(stream, n),
        }
    }

    /// The draws of I/Os number `first` and the next ones.
    pub(crate) fn block(self, width: Width, stream: Stream, first: u64, out: &mut [f64; BLOCK]) {
        match self {
            Self::Unit => width.fill(&Units { stream, first }, out),
            Self::Shape(Shape::Exponential) => width.fill(&Exponentials { stream, first }, out),
            Self::Shape(Shape::LogNormal { sigma }) => {
                width.fill(&LogNormals { stream, first, sigma }, out);
            }
            Self::Shape(shape) => {
                for (i, draw) in out.iter_mut().enumerate() {
                    *draw = shape.at(stream, first.wrapping_add(i as u64));
                }
            }
        }
    }
}

/// A way to fill a block, compiled for each vector width.
pub(super) trait Fill {
    fn fill(&self, out: &mut [f64; BLOCK]);
}

struct Units {
    stream: Stream,
    first: u64,
}

#[expect(clippy::inline_always, reason = "must be compiled with the vector width of its caller")]
impl Fill for Units {
    #[inline(always)]
    fn fill(&self, out: &mut [f64; BLOCK]) {
        for (i, draw) in out.iter_mut().enumerate() {
            *draw = to_unit(self.stream.at(self.first.wrapping_add(i as u64)));
        }
    }
}

struct Exponentials {
    stream: Stream,
    first: u64,
}

#[expect(clippy::inline_always, reason = "must be compiled with the vector width of its caller")]
impl Fill for Exponentials {
    #[inline(always)]
    fn fill(&self, out: &mut [f64; BLOCK]) {
        for (i, draw) in out.iter_mut().enumerate() {
            *draw = -maths::ln(to_unit(self.stream.at(self.first.wrapping_add(i as u64))));
        }
    }
}

struct LogNormals {
    stream: Stream,
    first: u64,
    sigma: f64,
}

#[expect(clippy::inline_always, reason = "must be compiled with the vector width of its caller")]
impl Fill for LogNormals {
    #[inline(always)]
    fn fill(&self, out: &mut [f64; BLOCK]) {
        let mut units = [0.0; BLOCK];
        Units { stream: self.stream, first: self.first }.fill(&mut units);
        for (draw, &unit) in out.iter_mut().zip(&units) {
            *draw = maths::normal_quantile_centre(unit);
        }
        // Three draws in twenty lie in the tails, where lanes would part.
        for (draw, &unit) in out.iter_mut().zip(&units) {
            if (unit - 0.5).abs() > CENTRAL {
                *draw = maths::normal_quantile_tail(unit);
            }
        }
        let drift = 0.5 * self.sigma * self.sigma;
        for draw in out.iter_mut() {
            *draw = maths::exp(self.sigma * *draw - drift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn draws() -> Vec<Draw> {
        let shapes = [
            Shape::Constant,
            Shape::Exponential,
            Shape::log_normal(1.0).unwrap(),
            Shape::log_normal(0.01).unwrap(),
            Shape::log_normal(100.0).unwrap(),
            Shape::gamma(0.5).unwrap(),
            Shape::hyper_exponential(4.0).unwrap(),
        ];
        shapes.into_iter().map(Draw::Shape).chain([Draw::Unit]).collect()
    }

    #[test]
    fn a_block_has_the_bits_of_single_draws_at_every_width() {
        let root = Stream::new(Seed(5), 0, "blocks");
        for (k, draw) in draws().into_iter().enumerate() {
            let stream = root.child(k as u64);
            for first in [0, 16, 1 << 40, u64::MAX - 7].into_iter().chain((0..400).map(|i| i * 16))
            {
                let single: [u64; BLOCK] = std::array::from_fn(|i| {
                    draw.at(stream, first.wrapping_add(i as u64)).to_bits()
                });
                for width in Width::all() {
                    let mut block = [0.0; BLOCK];
                    draw.block(width, stream, first, &mut block);
                    assert_eq!(block.map(f64::to_bits), single, "{draw:?} {first} {width:?}");
                }
            }
        }
    }
}
