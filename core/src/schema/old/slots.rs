//! Slots of whole snapshots, with reference counts.

use crate::schema::{SchemaError, SchemaVersion};
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A fixed number of slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotSlots {
    slots: Vec<Option<(SchemaVersion, u32)>>,
}

impl SnapshotSlots {
    /// Empty slots.
    pub fn new(count: usize) -> Self {
        Self { slots: vec![None; count] }
    }

    /// Version and references of each slot.
    pub fn slots(&self) -> &[Option<(SchemaVersion, u32)>] {
        &self.slots
    }

    /// Puts a snapshot into the first empty slot, else into the unreferenced one of the smallest
    /// version; tells which version went.
    ///
    /// # Errors
    /// Every slot is referenced.
    pub fn put(&mut self, version: SchemaVersion) -> Result<Option<SchemaVersion>, SchemaError> {
        let empty = self.slots.iter().position(Option::is_none);
        let unreferenced = || {
            let free = self.slots.iter().enumerate().filter_map(|(at, slot)| match slot {
                Some((version, 0)) => Some((*version, at)),
                _ => None,
            });
            free.min().map(|(_, at)| at)
        };
        let at = empty.or_else(unreferenced).ok_or(SchemaError::Eagain { slots: self.slots.len() })?;
        let replaced = self.slots[at].replace((version, 0));
        Ok(replaced.map(|(version, _)| version))
    }

    /// Takes a reference to exactly this version; tells how many there are.
    ///
    /// # Errors
    /// No slot holds it.
    pub fn get(&mut self, version: SchemaVersion) -> Result<u32, SchemaError> {
        let (_, references) = self.held(version)?;
        *references += 1;
        Ok(*references)
    }

    /// Takes a reference to the nearest version; the first slot wins a tie.
    ///
    /// # Errors
    /// Every slot is empty.
    pub fn get_nearest(&mut self, version: SchemaVersion) -> Result<(SchemaVersion, u32), SchemaError> {
        let held = self.slots.iter_mut().flatten();
        let nearest = held.min_by_key(|(held, _)| held.0.abs_diff(version.0));
        let (held, references) = nearest.ok_or(SchemaError::EntryNotExist { version })?;
        *references += 1;
        Ok((*held, *references))
    }

    /// Gives a reference back; tells how many are left.
    ///
    /// # Errors
    /// No slot holds the version, or nobody has a reference.
    pub fn release(&mut self, version: SchemaVersion) -> Result<u32, SchemaError> {
        let (_, references) = self.held(version)?;
        *references = references.checked_sub(1).ok_or(SchemaError::NotHeld { version })?;
        Ok(*references)
    }

    /// The least referenced version, or the newest where none is referenced.
    pub fn recycle_version(&self) -> Option<SchemaVersion> {
        let held = || self.slots.iter().flatten();
        let least = held().filter(|(_, references)| *references > 0).map(|(version, _)| *version).min();
        least.or_else(|| held().map(|(version, _)| *version).max())
    }

    fn held(&mut self, version: SchemaVersion) -> Result<&mut (SchemaVersion, u32), SchemaError> {
        let held = self.slots.iter_mut().flatten().find(|(held, _)| *held == version);
        held.ok_or(SchemaError::EntryNotExist { version })
    }
}
