//! What a read with LIMIT reads, and what it reads when a statistic is not kept.
//!
//! ```text
//! scanner   block block block │ block …        a round ends when raw_rows_read has grown by
//!           └── one round ────┘                round_rows; then the node looks whether it has
//! node           delivered ≥ limit?  stop      enough. A statistic that stays 0 ends no round:
//!                                              the scanner goes on to the end of its tablet.
//! ```
//!
//! Source: Apache Doris, `raw_rows_read`, `doris_scanner_row_num`; the fault of the first beta
//! rowsets. Differs: scanners run in step, one per tablet.

use serde::{Deserialize, Serialize};

/// How scanners work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Rows of a block: what is read at once.
    pub block_rows: u64,
    /// Raw rows after which a scanner hands over what it has.
    pub round_rows: u64,
    /// Of a thousand rows, how many the conditions let through.
    pub pass: u64,
    /// Whether `raw_rows_read` is counted.
    pub counts: bool,
}

impl Default for Scan {
    fn default() -> Self {
        Self { block_rows: 1_024, round_rows: 16_384, pass: 1_000, counts: true }
    }
}

/// What a read did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scanned {
    /// Rows read from all tablets.
    pub rows: u64,
    /// What the statistic says.
    pub raw_rows_read: u64,
    /// Rows delivered, at most the limit.
    pub delivered: u64,
    /// Times that the node looked whether it had enough.
    pub rounds: u64,
    /// Rows read one after the other: of each round those of its busiest scanner.
    pub in_series: u64,
}

impl Scan {
    /// Reads tablets with these rows until `limit` are delivered. Cost: rounds times tablets.
    pub fn read(&self, tablets: &[u64], limit: u64) -> Scanned {
        let blocks = self.round_rows.div_ceil(self.block_rows.max(1)).max(1);
        let round = if self.counts { blocks.saturating_mul(self.block_rows.max(1)) } else { u64::MAX };
        let mut done = Scanned::default();
        let mut passed = 0;
        let mut at = 0_u64;
        while passed < limit && tablets.iter().any(|&rows| rows > at) {
            let mut busiest = 0;
            for &rows in tablets {
                let end = rows.min(at.saturating_add(round));
                if end <= at {
                    continue;
                }
                done.rows += end - at;
                passed += self.passing(end) - self.passing(at);
                busiest = busiest.max(end - at);
            }
            done.in_series += busiest;
            done.rounds += 1;
            at = at.saturating_add(round);
        }
        done.delivered = passed.min(limit);
        done.raw_rows_read = if self.counts { done.rows } else { 0 };
        done
    }

    /// Of the first `rows` rows of a tablet, how many pass.
    fn passing(&self, rows: u64) -> u64 {
        let pass = self.pass.min(1_000);
        rows / 1_000 * pass + rows % 1_000 * pass / 1_000
    }
}
