//! Plays a lab forwards and backwards.
