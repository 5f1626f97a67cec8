//! Builders shared by the tests: text tables to rowsets, proptest strategies.
