//! A shared-nothing tablet.

use serde::{Deserialize, Serialize};

/// How a stale rowset is found again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keying {
    /// By its unique id.
    #[default]
    ById,
    /// By its version, as before March 2021 (apache/doris#5526).
    ByVersion,
}
