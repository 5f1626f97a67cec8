//! Strips of the board: versions with what reads them, the arena, the cache.
//!
//! ```text
//! versions   1  2  3  4  5  6  7  8  9         one place for each DDL
//! history    ···[--------------------]         recycled, kept
//! node 1     [-----------------]               refreshed
//! guards           *     *                     pinned by a statement
//! t3 (2003)  [16   ][24     ][48 t3_r]         one object, version by version
//! ```

use super::SchemaLab;
use super::config::Design;
use super::picture::{ITEM_CACHED, ITEM_ID, node_cell, node_item, statement_item};
use super::tables::PER_NODE;
use crate::schema::{ObjectId, SchemaKind, SchemaVersion};
use crate::view::board::{BoardWindow, Cell, ItemId, Key, Layer, Segment, Strip, Tone, Unit};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Objects that are drawn, those that changed last.
const OBJECTS_DRAWN: usize = 16;

/// Records of an object: place of its version, version, name, whether it is there.
type States = Vec<(u64, SchemaVersion, String, bool)>;

fn segment(id: ItemId, from: u64, until: u64, tone: Tone, label: Vec<Cell>) -> Segment {
    Segment { id, from, until, tone, label }
}

fn strip(key: &'static str, unit: Unit, stretch: (u64, u64), end: u64, layers: Vec<Layer>) -> Strip {
    let (from, until) = stretch;
    Strip { key: Key::of(key), values: Vec::new(), unit, from, until, end, grid: 0, layers }
}

fn layer(key: &'static str, values: Vec<Cell>, segments: Vec<Segment>) -> Layer {
    Layer { key: Key::of(key), values, segments }
}

impl SchemaLab {
    pub(super) fn strips(&self, window: &BoardWindow) -> Vec<Strip> {
        let mut strips = [self.version_strip(window)].to_vec();
        if self.designs().any(|design| design == Design::Service) {
            strips.push(self.arena_strip(window));
            strips.push(self.cache_strip(window));
        }
        strips
    }

    /// Number of a version among all DDLs, from 1; of one between two, that of the earlier.
    fn place_of(&self, version: SchemaVersion) -> u64 {
        self.versions_before + self.versions.partition_point(|(_, known)| *known <= version) as u64
    }

    fn version_strip(&self, window: &BoardWindow) -> Strip {
        let end = self.place_of(self.history.last());
        let (from, until) = window.stretch("strip-versions", end);
        let inside = |segment: &Segment| segment.from < until && segment.until > from;
        let gone = self.place_of(self.history.recycled()).saturating_sub(1);
        let history = [
            segment(ItemId::NONE, 0, gone, Tone::Ghost, Vec::new()),
            segment(ItemId::NONE, gone, end, Tone::Plain, Vec::new()),
        ];
        let shown = |segments: Vec<Segment>| -> Vec<Segment> {
            segments.into_iter().filter(|one| one.from < one.until && inside(one)).collect()
        };
        let mut layers = [layer("layer-history", Vec::new(), shown(history.to_vec()))].to_vec();
        for &id in self.nodes.keys() {
            let place = self.place_of(self.refreshed(id));
            let refreshed = [segment(node_item(id), 0, place, Tone::Second, Vec::new())].to_vec();
            layers.push(layer("layer-refreshed", [node_cell(id)].to_vec(), shown(refreshed)));
            let mut pins: BTreeMap<u64, (ItemId, SchemaVersion, u32)> = BTreeMap::new();
            let holds = |one: &&super::Statement| one.node == id && one.at > SchemaVersion::ZERO;
            for one in self.statements.values().filter(holds) {
                let pin = pins.entry(self.place_of(one.at)).or_insert((statement_item(one.id), one.at, 0));
                pin.2 += 1;
            }
            let pins = pins.into_iter().map(|(place, (item, version, count))| {
                let label = [Cell::Id(version.0.max(0) as u64), Cell::Number(count.into())].to_vec();
                segment(item, place.saturating_sub(1), place.max(1), Tone::First, label)
            });
            layers.push(layer("layer-guards", [node_cell(id)].to_vec(), shown(pins.collect())));
        }
        for (id, states) in self.changed_objects(from, until) {
            let mut segments = Vec::with_capacity(states.len());
            for (at, (place, version, name, live)) in states.iter().enumerate() {
                let next = states.get(at + 1).map_or(end, |next| next.0 - 1);
                let mut label = [Cell::Id(version.0.max(0) as u64)].to_vec();
                if at == 0 || states[at - 1].2 != *name {
                    label.push(Cell::Text(name.clone()));
                }
                let tone = if *live { Tone::Fresh } else { Tone::Ghost };
                let item = ItemId(ITEM_ID + id.0 as u64);
                segments.push(segment(item, place.saturating_sub(1), next, tone, label));
            }
            let name = states.last().map_or_else(String::new, |state| state.2.clone());
            layers.push(layer(
                "layer-object",
                [Cell::Text(name), Cell::Id(id.0 as u64)].to_vec(),
                shown(segments),
            ));
        }
        strip("strip-versions", Unit::Number, (from, until), end, layers)
    }

    /// Tables that changed in a stretch, those that did so last, by id.
    fn changed_objects(&self, from: u64, until: u64) -> BTreeMap<ObjectId, States> {
        let mut objects: BTreeMap<ObjectId, States> = BTreeMap::new();
        self.history.all_records(SchemaKind::Table, |id, version, record| {
            let state = (self.place_of(version), version, record.name, !record.deleted);
            objects.entry(id).or_default().push(state);
        });
        let last = |states: &States| {
            let places =
                states.iter().map(|state| state.0).filter(|place| (from + 1..=until).contains(place));
            places.max().unwrap_or(0)
        };
        let mut newest: Vec<(u64, ObjectId)> =
            objects.iter().map(|(id, states)| (last(states), *id)).collect();
        crate::base::sort::sort_by(&mut newest, |a, b| a > b);
        let kept = newest.into_iter().take(OBJECTS_DRAWN).filter(|(place, _)| *place > 0);
        kept.filter_map(|(_, id)| Some((id, objects.remove(&id)?))).collect()
    }

    /// The arena of each node's table names: what is live, and the holes.
    fn arena_strip(&self, window: &BoardWindow) -> Strip {
        let kind = SchemaKind::Table;
        let service = || self.nodes.iter().filter(|(id, _)| id.design == Design::Service);
        let end = service().map(|(_, line)| line.node.names(kind).used().bytes()).max().unwrap_or(0);
        let (from, until) = window.stretch("strip-arena", end);
        let layers = service().map(|(&id, line)| {
            let mut segments: Vec<Segment> = Vec::new();
            for block in line.node.names(kind).arena().blocks() {
                let tone = if block.live { Tone::First } else { Tone::Ghost };
                if block.at >= until || block.at + block.bytes <= from {
                    continue;
                }
                let behind = block.at + block.bytes;
                match segments.last_mut() {
                    Some(last) if last.tone == tone && last.until == block.at => last.until = behind,
                    _ => segments.push(segment(node_item(id), block.at, behind, tone, Vec::new())),
                }
            }
            layer("layer-node", [node_cell(id)].to_vec(), segments)
        });
        let layers = layers.collect();
        strip("strip-arena", Unit::Bytes, (from, until), end, layers)
    }

    /// The cache of each node, as long as its limit or what is in it.
    fn cache_strip(&self, window: &BoardWindow) -> Strip {
        let service = || self.nodes.iter().filter(|(id, _)| id.design == Design::Service);
        let limit = self.knobs.get("cache") as u64;
        let end = service().map(|(_, line)| line.node.cache().used().bytes).max().unwrap_or(0).max(limit);
        let (from, until) = window.stretch("strip-cache", end);
        let layers = service().map(|(&id, line)| {
            let mut at = 0;
            let mut segments = Vec::new();
            for (number, (key, cached)) in (0_u64..).zip(line.node.cache().entries()) {
                let tone = if cached.pins > 0 { Tone::First } else { Tone::Plain };
                let item = ItemId(ITEM_CACHED + id.place() * PER_NODE + number);
                let label = [Cell::Id(key.id.0 as u64), Cell::Id(key.version.0.max(0) as u64)].to_vec();
                if at < until && at + cached.bytes > from {
                    segments.push(segment(item, at, at + cached.bytes, tone, label));
                }
                at += cached.bytes;
            }
            layer("layer-node", [node_cell(id)].to_vec(), segments)
        });
        let layers = layers.collect();
        strip("strip-cache", Unit::Bytes, (from, until), end, layers)
    }
}
