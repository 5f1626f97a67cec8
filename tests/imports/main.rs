//! What operators can paste: every published sample, hostile text, mutated text.
//!
//! `fuzz` runs 2,000 cases of each of its five kinds. A million of each take 95 seconds on two
//! shared cores: `PROPTEST_CASES=1000000 cargo test --release -p tabletop-tests --test imports fuzz`.

mod agree;
mod damaged;
mod fuzz;
mod hostile;
mod samples;
mod scenarios;
mod summary;
