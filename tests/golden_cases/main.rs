//! golden_cases.
