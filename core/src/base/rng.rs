//! The one seeded generator. Its algorithm is part of the run file's format 1.

use serde::{Deserialize, Serialize};

/// xoshiro256** (Blackman and Vigna), seeded through splitmix64.
///
/// Passed by `&mut`; a checkpoint holds its four words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rng {
    words: [u64; 4],
}

impl Rng {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        };
        Self { words: [next(), next(), next(), next()] }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.words;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number below `bound` (0 for a bound of 0), by the multiply-shift method.
    pub fn below(&mut self, bound: u64) -> u64 {
        let word = self.next_u64();
        if bound >> 32 != 0 {
            return ((u128::from(word) * u128::from(bound)) >> 64) as u64;
        }
        // The same number without a product of 128 bits, which wasm has to piece together.
        let low = u64::from(word as u32) * bound;
        ((word >> 32) * bound + (low >> 32)) >> 32
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(self.below(span))
    }

    /// `mean` spread evenly over plus or minus `percent` of it, in integers.
    pub fn around(&mut self, mean: u64, percent: u64) -> u64 {
        let spread = mean / 100 * percent + mean % 100 * percent / 100;
        self.between(mean.saturating_sub(spread), mean.saturating_add(spread))
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn a_narrow_bound_gives_what_the_wide_product_gives() {
        let (mut rng, mut bounds) = (Rng::new(7), Rng::new(8));
        for round in 0..100_000 {
            let bound = match round % 3 {
                0 => bounds.next_u64() >> 32,
                1 => u64::from(u32::MAX) - bounds.next_u64() % 3,
                _ => bounds.next_u64() % 1_000,
            };
            let word = rng.clone().next_u64();
            let wide = ((u128::from(word) * u128::from(bound)) >> 64) as u64;
            assert_eq!(rng.below(bound), wide, "{word} below {bound}");
        }
    }
}
