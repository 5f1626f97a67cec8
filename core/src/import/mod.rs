//! What a real cluster prints becomes a tablet.
