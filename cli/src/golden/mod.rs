//! Runs golden cases of the reference systems.
