//! Ids are newtypes: a path id is never taken for a rowset id.

use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id!(
    /// Names one rowset for ever; never reused, never derived from its versions.
    RowsetId,
    "r"
);
id!(
    /// A stale path. Counts from 1; starts again at 1 when a tracker is rebuilt.
    PathId,
    "#"
);
id!(
    /// A query that holds a version.
    ReaderId,
    "q"
);
id!(
    /// A tablet of a cluster.
    TabletId,
    "t"
);
id!(
    /// A load's transaction.
    TxnId,
    "x"
);
id!(
    /// A partition of a table.
    PartitionId,
    "p"
);
id!(
    /// A table.
    TableId,
    "table "
);
id!(
    /// A backend.
    BackendId,
    "be"
);
id!(
    /// A compaction job.
    JobId,
    "j"
);
