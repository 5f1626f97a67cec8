//! Each mechanism against a twin that scans, recurses and copies. `PROPTEST_CASES` sets how many
//! cases; a shrunk failure stays as a named test.

mod cloud;
mod created;
mod format;
mod graph;
mod inode;
mod jobs;
mod kv;
mod load;
mod naive;
mod names;
mod policies;
mod schema;
mod service;
mod stale;
mod tablet;

use proptest::test_runner::Config;

/// No file remembers a failure: its shrunk form becomes a named test.
fn config() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}
