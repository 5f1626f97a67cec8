//! A shared-nothing tablet.
