//! Invariants, tested from outside: everything is recounted from the internal tables.

use super::{CacheKey, Found, History, IdState, NameEntry, Node, Pair, SchemaKind, SchemaVersion};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use core::fmt;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A list has a gap, or an event that never was.
    Hole {
        /// Kind of schema.
        kind: SchemaKind,
        /// The name.
        name: String,
        /// First entry that is wrong, from the newest.
        at: usize,
        /// What stands there.
        cached: Option<Pair>,
        /// What should.
        event: Option<Pair>,
    },
    /// The map answers for a version, and the history says otherwise.
    Answer {
        /// Kind of schema.
        kind: SchemaKind,
        /// The name.
        name: String,
        /// The version.
        at: SchemaVersion,
        /// The map's answer.
        map: Found,
        /// The history's.
        history: Option<super::ObjectId>,
    },
    /// A window of an id disagrees with its records.
    Window {
        /// Kind of schema.
        kind: SchemaKind,
        /// The object.
        id: super::ObjectId,
        /// The version.
        at: SchemaVersion,
        /// The map's answer.
        map: IdState,
        /// The history's.
        history: Option<SchemaVersion>,
    },
    /// A live object has no name in the map: its DDL was lost.
    Lost {
        /// Kind of schema.
        kind: SchemaKind,
        /// The name.
        name: String,
    },
    /// An entry of the cache is held more or less often than guards hold it.
    Pins {
        /// The entry.
        key: CacheKey,
        /// Counted in the cache.
        cached: u32,
        /// Held by guards.
        held: u32,
    },
    /// A sum that is kept does not equal its parts.
    Sum {
        /// Of what.
        what: &'static str,
        /// Kept.
        kept: u64,
        /// Counted.
        counted: u64,
    },
    /// An open guard reads a snapshot whose history is gone.
    GuardRecycled {
        /// The guard's snapshot.
        at: SchemaVersion,
        /// The oldest that can be answered.
        oldest: SchemaVersion,
    },
}

impl Broken {
    /// The invariant's key.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hole { .. } => "contiguous-suffix",
            Self::Answer { .. } => "one-snapshot",
            Self::Window { .. } => "window-of-id",
            Self::Lost { .. } => "nothing-lost",
            Self::Pins { .. } => "pinned-stays",
            Self::Sum { .. } => "sums",
            Self::GuardRecycled { .. } => "guard-holds-history",
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hole { kind, name, at, cached, event } => write!(
                f,
                "{} {name}: entry {at} from the newest is {cached:?}, the event there is {event:?}",
                kind.name()
            ),
            Self::Answer { kind, name, at, map, history } => {
                write!(f, "{} {name} at {at}: the map says {map:?}, the history {history:?}", kind.name())
            }
            Self::Window { kind, id, at, map, history } => {
                write!(f, "{} {id} at {at}: the map says {map:?}, the history {history:?}", kind.name())
            }
            Self::Lost { kind, name } => write!(f, "{} {name} is there, and not in the map", kind.name()),
            Self::Pins { key, cached, held } => write!(
                f,
                "{} {} version {}: pinned {cached} times, held by {held} guards",
                key.kind.name(),
                key.id,
                key.version
            ),
            Self::Sum { what, kept, counted } => write!(f, "{what}: kept as {kept}, counted {counted}"),
            Self::GuardRecycled { at, oldest } => {
                write!(f, "a guard is open at {at}, the history begins at {oldest}")
            }
        }
    }
}

impl core::error::Error for Broken {}

/// Every invariant of a node. O(names × versions)
///
/// # Errors
/// The first that does not hold.
pub fn all(node: &Node, history: &History) -> Result<(), Broken> {
    guards(node, history)?;
    pins(node)?;
    sums(node)?;
    for kind in SchemaKind::ALL {
        for (_, entry) in node.names(kind).entries() {
            holes(node, history, kind, &entry)?;
            answers(node, history, kind, &entry)?;
        }
        lost(node, history, kind)?;
        windows(node, history, kind)?;
    }
    Ok(())
}

/// A list is the newest events of its name, without a gap.
///
/// # Errors
/// It is not.
pub fn holes(node: &Node, history: &History, kind: SchemaKind, entry: &NameEntry) -> Result<(), Broken> {
    let events = history.events(kind, entry.key(), node.refreshed());
    let known = |pair: &&Pair| pair.version > history.recycled();
    let broken = |at, cached, event| Broken::Hole { kind, name: entry.name.clone(), at, cached, event };
    let mut events = events.iter().filter(known);
    let mut cached = entry.pairs.iter().filter(known).enumerate();
    for (at, pair) in &mut cached {
        let event = events.next();
        if event != Some(pair) {
            return Err(broken(at, Some(*pair), event.copied()));
        }
    }
    match events.next() {
        Some(missed) if entry.complete => Err(broken(entry.pairs.len(), None, Some(*missed))),
        _ => Ok(()),
    }
}

/// Around each of its versions a list says what the history says.
///
/// # Errors
/// It does not.
pub fn answers(node: &Node, history: &History, kind: SchemaKind, entry: &NameEntry) -> Result<(), Broken> {
    let oldest = history.recycled().max(SchemaVersion(1));
    let around = entry.pairs.iter().flat_map(|pair| [pair.version.0 - 1, pair.version.0, pair.version.0 + 1]);
    let around: BTreeSet<SchemaVersion> = around.chain([node.refreshed().0]).map(SchemaVersion).collect();
    for at in around.into_iter().filter(|&at| at >= oldest && at <= node.refreshed()) {
        let map = node.names(kind).lookup(entry.key(), at);
        let truth = history.find(kind, entry.key(), at);
        let same = match map {
            Found::Id(id) => truth == Some(id),
            Found::Nothing => truth.is_none(),
            Found::AskHistory => true,
        };
        if !same {
            return Err(Broken::Answer { kind, name: entry.name.clone(), at, map, history: truth });
        }
    }
    Ok(())
}

/// Every object that is there at the refreshed version is found by its name.
///
/// # Errors
/// One is not.
pub fn lost(node: &Node, history: &History, kind: SchemaKind) -> Result<(), Broken> {
    let mut lost = None;
    history.live(kind, node.refreshed(), |id, _, object| {
        let name = history.fold(&object.name);
        let key = super::NameKey { tenant: object.tenant, parent: object.parent, name: &name };
        if lost.is_none() && node.names(kind).lookup(key, node.refreshed()) != Found::Id(id) {
            lost = Some(name.clone().into_owned());
        }
    });
    lost.map_or(Ok(()), |name| Err(Broken::Lost { kind, name }))
}

/// Windows of ids say what the records say.
///
/// # Errors
/// One does not.
pub fn windows(node: &Node, history: &History, kind: SchemaKind) -> Result<(), Broken> {
    let oldest = history.recycled().max(SchemaVersion(1));
    for (id, window) in node.ids(kind).windows() {
        for at in window.versions.iter().flat_map(|(version, _)| [version.0 - 1, version.0]) {
            let at = SchemaVersion(at);
            if at < oldest || at > node.refreshed() {
                continue;
            }
            let map = node.ids(kind).lookup(id, at);
            let truth = history.object(kind, id, at).map(|(version, _)| version);
            let same = match map {
                IdState::Version(version) => truth == Some(version),
                IdState::NotExist => truth.is_none(),
                IdState::Miss => true,
            };
            if !same {
                return Err(Broken::Window { kind, id, at, map, history: truth });
            }
        }
    }
    Ok(())
}

/// What is pinned is what guards hold.
///
/// # Errors
/// It is not.
pub fn pins(node: &Node) -> Result<(), Broken> {
    let mut held: BTreeMap<CacheKey, u32> = BTreeMap::new();
    for (_, guard) in node.guards() {
        for (&key, _) in guard.handles() {
            *held.entry(key).or_default() += 1;
        }
    }
    for (&key, cached) in node.cache().entries() {
        let held = held.remove(&key).unwrap_or(0);
        if cached.pins != held {
            return Err(Broken::Pins { key, cached: cached.pins, held });
        }
    }
    held.pop_first().map_or(Ok(()), |(key, held)| Err(Broken::Pins { key, cached: 0, held }))
}

/// Sums of the cache and of the arenas equal their parts; unpinned entries are within the limit.
///
/// # Errors
/// One does not.
pub fn sums(node: &Node) -> Result<(), Broken> {
    let equal = |what, kept: u64, counted: u64| {
        if kept == counted { Ok(()) } else { Err(Broken::Sum { what, kept, counted }) }
    };
    let used = node.cache().used();
    let entries = || node.cache().entries().map(|(_, cached)| cached);
    equal("entries of the cache", used.entries, entries().count() as u64)?;
    equal("bytes of the cache", used.bytes, entries().map(|cached| cached.bytes).sum())?;
    let pinned = entries().filter(|cached| cached.pins > 0);
    equal("pinned bytes", used.pinned_bytes, pinned.map(|cached| cached.bytes).sum())?;
    if let Some(limit) = node.cache().bytes_max().filter(|&limit| used.bytes > limit.max(used.pinned_bytes)) {
        return Err(Broken::Sum {
            what: "bytes of the cache above its limit",
            kept: limit,
            counted: used.bytes,
        });
    }
    for kind in SchemaKind::ALL {
        for arena in [node.names(kind).arena(), node.ids(kind).arena()] {
            let live = arena.blocks().filter(|block| block.live).map(|block| block.bytes).sum();
            equal("live bytes of an arena", arena.used().live_bytes, live)?;
        }
    }
    Ok(())
}

/// No open guard stands below the recycle point.
///
/// # Errors
/// One does.
pub fn guards(node: &Node, history: &History) -> Result<(), Broken> {
    let oldest = history.recycled();
    match node.oldest_guard().filter(|&at| at < oldest) {
        Some(at) => Err(Broken::GuardRecycled { at, oldest }),
        None => Ok(()),
    }
}
