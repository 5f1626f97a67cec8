//! Imports what a cluster prints and draws it as text.
