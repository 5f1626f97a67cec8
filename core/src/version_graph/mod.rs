//! Stale paths and the graph of versions.
