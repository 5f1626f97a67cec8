//! What a real cluster prints becomes a tablet.

use serde::{Deserialize, Serialize};

/// What pasted text holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {}
