//! Replays a stored run.
