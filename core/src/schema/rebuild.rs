//! A new pair of maps beside the old one, and when the old one may go.
//!
//! ```text
//! refreshed   W ──── DDL ──── DDL ──▶ R
//! begin @W    build from the objects live at W ······ replay (W, R] ··· swap
//! reader      entered the old maps ─────────────────────────── descheduled ─── looks up ─── leaves
//! epochs      the old maps go when the last reader that entered them has left       here: ^
//! fixed wait  they go after a while, whoever is in them          ^ and then the reader reads freed memory
//! ```

use super::guard::GuardId;
use super::history::History;
use super::id_map::IdMap;
use super::name_map::{NameKey, NameMap, Pair};
use super::node::{Maps, Node, Source};
use super::{Object, ObjectId, SchemaError, SchemaKind, SchemaVersion};
use crate::base::SimTime;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// When maps that were swapped out are freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreeRule {
    /// When no reader is left that may have seen them.
    Epochs,
    /// So long after the swap: the original design's "one look-up period".
    FixedWait(SimTime),
}

/// A reader inside a generation of maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReaderTicket(pub u64);

/// A rebuild under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rebuild {
    pub(super) base: SchemaVersion,
    pub(super) maps: Maps,
}

/// Maps that were swapped out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retired {
    /// Their number.
    pub generation: u64,
    /// When they were swapped out.
    pub swapped_at: SimTime,
    /// Their bytes.
    pub bytes: u64,
    /// When they were freed.
    pub freed_at: Option<SimTime>,
    /// The maps, until they are freed.
    pub(super) maps: Option<Maps>,
}

impl Node {
    /// Begins a rebuild of the maps; tells its base.
    ///
    /// # Errors
    /// One is running.
    pub fn begin_rebuild(&mut self, history: &History) -> Result<SchemaVersion, SchemaError> {
        if self.rebuild.is_some() {
            return Err(SchemaError::Busy);
        }
        let base = self.refreshed;
        let maps = self.built(history, base, false);
        self.rebuild = Some(Rebuild { base, maps });
        self.note_bytes();
        Ok(base)
    }

    /// Maps with one pair for each name that means something at `base`. Windows of ids are copied
    /// from the ones in use, or are of one version after a restart.
    pub(super) fn built(&self, history: &History, base: SchemaVersion, restart: bool) -> Maps {
        let mut maps = Maps::new(self.config, base);
        for kind in SchemaKind::ALL {
            let mut live: Vec<(ObjectId, SchemaVersion, Object)> = Vec::new();
            history.live(kind, base, |id, version, object| live.push((id, version, object)));
            let mut names = NameMap::with_capacity(self.config.name_versions, base, live.len());
            let mut ids = IdMap::with_capacity(self.config.id_versions, base, live.len());
            for (id, version, object) in live {
                let name = history.fold(&object.name);
                let key = NameKey { tenant: object.tenant, parent: object.parent, name: &name };
                names.build(key, &[Pair { version, id: Some(id) }], false);
                if restart {
                    ids.build(id, &[(version, true)], None);
                }
            }
            if !restart {
                ids = self.ids(kind).rebuilt(base);
            }
            maps.names[kind.number()] = names;
            maps.ids[kind.number()] = ids;
        }
        maps.pack();
        maps
    }

    /// Ends a rebuild: replays what came meanwhile, swaps the maps, keeps the old ones for whoever
    /// is inside.
    ///
    /// # Errors
    /// None is running.
    pub fn end_rebuild(&mut self, history: &History, now: SimTime) -> Result<(), SchemaError> {
        let Rebuild { base, mut maps } = self.rebuild.take().ok_or(SchemaError::NotRunning)?;
        if !self.naive.no_replay {
            history.changes(base, self.refreshed, |change| maps.apply_names(&change));
        }
        // Windows were copied at the base; what came meanwhile is applied to them in any case.
        history.changes(base, self.refreshed, |change| maps.apply_ids(&change));
        let old = core::mem::replace(&mut self.maps, maps);
        self.retired.push(Retired {
            generation: self.generation,
            swapped_at: now,
            bytes: old.bytes(),
            freed_at: None,
            maps: Some(old),
        });
        self.generation += 1;
        self.used.swaps += 1;
        self.note_bytes();
        Ok(())
    }

    /// Frees retired maps as a rule says; tells the generations that went.
    pub fn free_retired(&mut self, rule: FreeRule, now: SimTime) -> Vec<u64> {
        let oldest_reader = self.readers.values().copied().min().unwrap_or(u64::MAX);
        let mut freed = Vec::new();
        for old in self.retired.iter_mut().filter(|old| old.freed_at.is_none()) {
            let may_go = match rule {
                FreeRule::Epochs => old.generation < oldest_reader,
                FreeRule::FixedWait(wait) => now.saturating_since(old.swapped_at) >= wait,
            };
            if may_go {
                old.maps = None;
                old.freed_at = Some(now);
                freed.push(old.generation);
            }
        }
        self.retired.retain(|old| old.freed_at.is_none() || old.generation >= oldest_reader);
        freed
    }

    /// A reader fetches the pointer to the maps; it uses it later.
    pub fn enter(&mut self) -> ReaderTicket {
        let ticket = ReaderTicket(self.next_reader);
        self.next_reader += 1;
        self.readers.insert(ticket, self.generation);
        ticket
    }

    /// Generation that a reader is in.
    pub fn generation_of(&self, reader: ReaderTicket) -> Option<u64> {
        self.readers.get(&reader).copied()
    }

    /// Readers that fetched a pointer and have not given it up.
    pub fn readers(&self) -> impl ExactSizeIterator<Item = (&ReaderTicket, &u64)> {
        self.readers.iter()
    }

    /// A look-up through the pointer that a reader fetched before.
    ///
    /// # Errors
    /// The guard is not open; the maps have been freed meanwhile.
    pub fn id_of_through(
        &mut self,
        history: &History,
        reader: ReaderTicket,
        guard: GuardId,
        kind: SchemaKind,
        key: NameKey<'_>,
    ) -> Result<(Option<ObjectId>, Source), SchemaError> {
        let at = self.version_of(history, guard)?;
        let folded = history.fold(key.name);
        let key = NameKey { name: &folded, ..key };
        let generation = self.readers.get(&reader).copied().unwrap_or(self.generation);
        let maps = if generation == self.generation {
            Some(&self.maps)
        } else {
            self.retired.iter().find(|old| old.generation == generation).and_then(|old| old.maps.as_ref())
        };
        let found = match maps {
            Some(maps) => maps.names[kind.number()].lookup(key, at),
            None => return Err(SchemaError::FreedMemory { generation }),
        };
        Ok(self.resolve(history, kind, key, at, found))
    }

    /// A reader gives its pointer up.
    pub fn leave(&mut self, reader: ReaderTicket) {
        self.readers.remove(&reader);
    }
}
