//! How values are spread, in whole numbers.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Buckets of a power of two.
const SUB: u64 = 32;
const SUB_BITS: u32 = 5;

/// A log-linear histogram: a quantile is at most one part in 32 too large.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    buckets: Vec<u32>,
    count: u64,
    sum: u64,
    max: u64,
}

const fn bucket(value: u64) -> usize {
    if value < SUB {
        return value as usize;
    }
    let shift = value.ilog2() - SUB_BITS;
    ((shift as u64 + 1) * SUB + ((value >> shift) & (SUB - 1))) as usize
}

/// The largest value of a bucket.
const fn last_of(bucket: usize) -> u64 {
    let (power, sub) = (bucket as u64 / SUB, bucket as u64 % SUB);
    if power == 0 {
        return sub;
    }
    let shift = power - 1;
    ((SUB + sub) << shift) + ((1 << shift) - 1)
}

impl Histogram {
    /// Adds a value.
    pub fn add(&mut self, value: u64) {
        let at = bucket(value);
        if at >= self.buckets.len() {
            self.buckets.resize(at + 1, 0);
        }
        self.buckets[at] = self.buckets[at].saturating_add(1);
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        self.max = self.max.max(value);
    }

    /// Number of values.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// The largest.
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// Their mean, rounded down; 0 for none.
    pub const fn mean(&self) -> u64 {
        match self.sum.checked_div(self.count) {
            Some(mean) => mean,
            None => 0,
        }
    }

    /// The value that so many of a thousand do not exceed; 0 for none. O(buckets).
    pub fn quantile(&self, per_mille: u64) -> u64 {
        let wanted = (self.count.saturating_mul(per_mille)).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (at, &count) in self.buckets.iter().enumerate() {
            seen += u64::from(count);
            if seen >= wanted {
                return last_of(at).min(self.max);
            }
        }
        self.max
    }
}
