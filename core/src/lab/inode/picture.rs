//! The board of the inode lab: clients, servers and compactions over time; the file as a strip.

use super::InodeLab;
use super::check::name_of;
use super::command::{Outcome, Purpose};
use super::side::{Line, Origin, Side, What};
use crate::base::sort::sort_by_key;
use crate::inode::{ChunkInfo, Geometry};
use crate::lab::drawn::{self, Bar, Packing};
use crate::view::board::{
    Arrow, Board, BoardWindow, Cell, Fact, ItemId, Key, Lane, Layer, Segment, Strip, Tone, Unit,
};
use alloc::vec::Vec;

/// Numbers of items: kind in the upper bits, then the side, then a number.
pub(super) const ITEM_LINE: u64 = 1 << 42;
pub(super) const ITEM_CHUNK: u64 = 2 << 42;
pub(super) const ITEM_LANE: u64 = 3 << 42;
const SIDE: u64 = 1 << 40;
/// Mask of the number below kind and side.
pub(super) const NUMBER: u64 = SIDE - 1;

/// Segments of a layer at most.
const SEGMENTS_MAX: usize = 400;
/// Layers of writes under what is seen.
const WRITE_LAYERS: usize = 6;

/// An item: kind, side, number.
pub(super) const fn item(kind: u64, side: usize, number: u64) -> ItemId {
    ItemId(kind + side as u64 * SIDE + (number & NUMBER))
}

/// Kind, side and number of an item.
pub(super) const fn parts(item: ItemId) -> (u64, usize, u64) {
    ((item.0 >> 42) << 42, ((item.0 >> 40) & 1) as usize, item.0 & NUMBER)
}

const fn lane_of(side: usize, what: &What) -> u32 {
    let place = match what {
        What::Call { .. } | What::Request { .. } => 0,
        What::Work { .. } | What::Response { .. } | What::Page { .. } => 1,
        What::Compaction => 2,
    };
    side as u32 * 10 + place
}

pub(super) const fn purpose_key(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Write => "call-write",
        Purpose::Truncate => "call-truncate",
        Purpose::Read => "call-read",
        Purpose::Lookup => "call-lookup",
    }
}

/// Legend entry and tone of a span; nothing for a message.
pub(super) const fn kind_of(what: &What) -> Option<(&'static str, Tone)> {
    Some(match what {
        What::Call { outcome: Some(Outcome::GivenUp), .. } => ("call-given-up", Tone::Bad),
        What::Call { outcome: Some(Outcome::Refused), .. } => ("call-refused", Tone::Bad),
        What::Call { purpose, outcome: None, .. } => (purpose_key(*purpose), Tone::Wait),
        What::Call { purpose, attempts: 2.., .. } => (purpose_key(*purpose), Tone::Warn),
        What::Call { purpose, .. } => (purpose_key(*purpose), Tone::First),
        What::Work { .. } => ("work", Tone::Second),
        What::Compaction => ("compaction", Tone::Third),
        What::Request { .. } | What::Response { .. } | What::Page { .. } => return None,
    })
}

/// Words for a side.
pub(super) const fn store_key(side: &Side) -> &'static str {
    match side.store.layout() {
        crate::inode::Layout::Monolithic => "store-monolithic",
        crate::inode::Layout::Split => "store-split",
        crate::inode::Layout::Sequenced => "store-sequenced",
    }
}

impl InodeLab {
    /// Everything a window shows.
    pub(super) fn picture(&self, asked: &BoardWindow) -> Board {
        let until = asked.until.min(self.now.max(asked.from));
        let window = BoardWindow { until, ..asked.clone() };
        let mut board = Board {
            now: self.now,
            from: window.from,
            until,
            changed: self.changed.clone(),
            facts: self.facts(),
            strips: [self.strip(&window)].to_vec(),
            tables: self.tables_of(&window),
            ..Board::default()
        };
        for (at, side) in self.sides.iter().enumerate() {
            for (place, key) in ["lane-client", "lane-server", "lane-compaction"].into_iter().enumerate() {
                let id = at as u32 * 10 + place as u32;
                board.lanes.push(Lane {
                    id,
                    key: Key::of(key),
                    values: [Cell::word(store_key(side))].to_vec(),
                    depth: u8::from(place > 0),
                    tone: Tone::Plain,
                    item: item(ITEM_LANE, at, place as u64),
                });
            }
            let mut lines: Vec<&Line> =
                side.lines.iter().filter(|line| window.touches(line.from, line.until)).collect();
            sort_by_key(&mut lines, |line| (lane_of(at, &line.what), line.from, line.id));
            board.spans.extend(drawn::spans(
                &lines,
                &Packing::new(&window, &board.lanes),
                |line| bar(at, line),
                |line| label(line),
            ));
            arrows(at, &lines, &mut board.arrows);
        }
        sort_by_key(&mut board.arrows, |arrow| (arrow.from_at, arrow.id));
        board.arrows_left_out = drawn::thin(&mut board.arrows, &window);
        board
    }

    fn facts(&self) -> Vec<Fact> {
        let waiting = self.sides.iter().map(|side| side.calls.len()).sum::<usize>();
        let chunks = self.length.div_ceil(Geometry::DEFAULT.chunk_size);
        [
            Fact::counted("fact-length", Cell::Bytes(self.length)),
            Fact::counted("fact-chunks", Cell::Number(chunks as i64)),
            Fact::counted("fact-waiting", Cell::Number(waiting as i64)),
            Fact::counted("fact-next-id", Cell::Id(self.next_chunk)),
        ]
        .to_vec()
    }

    /// The file: whose bytes each store gives a reader, whose they should be, and below them the newest
    /// entries of the list as they lie over each other.
    fn strip(&self, window: &BoardWindow) -> Strip {
        let end = self.length.max(1);
        let (from, until) = window.stretch("file", end);
        let mut layers = Vec::new();
        for (at, side) in self.sides.iter().enumerate() {
            let key = Key::of("layer-seen");
            let values = [Cell::word(store_key(side))].to_vec();
            layers.push(Layer { key, values, segments: seen(at, side, from, until) });
        }
        if let Some(side) = self.sides.last() {
            let at = self.sides.len() - 1;
            let segments = written(at, side, from, until);
            layers.push(Layer { key: Key::of("layer-written"), values: Vec::new(), segments });
            for (depth, segments) in (1..).zip(writes(side, from, until)) {
                let values = [Cell::Number(depth)].to_vec();
                layers.push(Layer { key: Key::of("layer-writes"), values, segments });
            }
        }
        let grid = Geometry::DEFAULT.chunk_size;
        let (key, values) = (Key::of("file"), Vec::new());
        Strip { key, values, unit: Unit::Bytes, from, until, end, grid, layers }
    }
}

fn bar(side: usize, line: &Line) -> Option<Bar> {
    let kind = kind_of(&line.what)?;
    Some(Bar {
        id: item(ITEM_LINE, side, line.id),
        lane: lane_of(side, &line.what),
        from: line.from,
        until: line.until,
        kind,
    })
}

fn label(line: &Line) -> Vec<Cell> {
    match line.what {
        What::Call { call, .. } => [Cell::Id(call)].to_vec(),
        What::Work { used, .. } => [Cell::Bytes(used.bytes_read + used.bytes_written)].to_vec(),
        _ => Vec::new(),
    }
}

fn arrows(side: usize, lines: &[&Line], out: &mut Vec<Arrow>) {
    let (client, server) = (side as u32 * 10, side as u32 * 10 + 1);
    for line in lines {
        let (key, tone, lost, from, to, label) = match line.what {
            What::Request { lost, .. } => ("request", Tone::First, lost, client, server, Vec::new()),
            What::Response { bytes, lost, .. } => {
                ("response", Tone::Second, lost, server, client, [Cell::Bytes(bytes)].to_vec())
            }
            What::Page { bytes, resent, .. } => {
                let tone = if resent { Tone::Warn } else { Tone::Fresh };
                ("page", tone, false, server, client, [Cell::Bytes(bytes)].to_vec())
            }
            What::Call { .. } | What::Work { .. } | What::Compaction => continue,
        };
        out.push(Arrow {
            id: item(ITEM_LINE, side, line.id),
            from_lane: from,
            from_at: line.from,
            to_lane: to,
            to_at: line.until,
            kind: Key::of(key),
            tone: if lost { Tone::Bad } else { tone },
            lost,
            label,
        });
    }
}

fn tone_of(info: &ChunkInfo) -> Tone {
    match (info.zero, info.compaction) {
        (true, _) => Tone::Ghost,
        (_, 0) => Tone::First,
        _ => Tone::Third,
    }
}

fn segment(side: usize, info: &ChunkInfo, from: u64, until: u64) -> Segment {
    let id = item(ITEM_CHUNK, side, Geometry::DEFAULT.place(info.offset).index);
    Segment { id, from, until, tone: tone_of(info), label: [Cell::Id(info.chunk_id)].to_vec() }
}

fn chunks(from: u64, until: u64) -> core::ops::RangeInclusive<u64> {
    let size = Geometry::DEFAULT.chunk_size;
    from / size..=until.saturating_sub(1) / size
}

/// Whose bytes are read from a store, by the ids of clients' writes. What should not be read there is bad.
fn seen(at: usize, side: &Side, from: u64, until: u64) -> Vec<Segment> {
    let mut segments = Vec::new();
    for index in chunks(from, until) {
        let Ok(read) = side.read_of(index, side.length) else { continue };
        let written = side.written_to(index, side.length);
        let good = if side.compacted.contains(&index) { Tone::Third } else { Tone::First };
        for origin in &read {
            compared(*origin, &written, &mut |part, right| {
                owned(at, part, (from, until), if right { good } else { Tone::Bad }, &mut segments);
            });
        }
    }
    segments
}

/// What is read, in parts that are right and parts that are not.
fn compared((begin, end, id): Origin, written: &[Origin], show: &mut dyn FnMut(Origin, bool)) {
    let mut at = begin;
    let first = written.partition_point(|&(_, last, _)| last < begin);
    for &(from, until, owner) in &written[first..] {
        if from > end {
            break;
        }
        if from > at {
            show((at, from - 1, id), false);
        }
        let last = until.min(end);
        show((from.max(begin), last, id), owner == id);
        at = last + 1;
    }
    if at <= end {
        show((at, end, id), false);
    }
}

/// What clients wrote and a store accepted, as it should be read.
fn written(at: usize, side: &Side, from: u64, until: u64) -> Vec<Segment> {
    let mut segments = Vec::new();
    for index in chunks(from, until) {
        for origin in side.written_to(index, side.length) {
            owned(at, origin, (from, until), Tone::Plain, &mut segments);
        }
    }
    segments
}

fn owned(
    side: usize,
    (begin, end, id): Origin,
    (from, until): (u64, u64),
    tone: Tone,
    out: &mut Vec<Segment>,
) {
    if end >= from && begin < until && out.len() < SEGMENTS_MAX {
        let chunk = item(ITEM_CHUNK, side, Geometry::DEFAULT.place(begin).index);
        out.push(Segment { id: chunk, from: begin, until: end + 1, tone, label: [Cell::Id(id)].to_vec() });
    }
}

/// The newest entries of the lists, so that none of a layer overlap; the last one is on top.
fn writes(side: &Side, from: u64, until: u64) -> Vec<Vec<Segment>> {
    let at = usize::from(name_of(side.layout()) != "monolithic");
    let mut layers: Vec<Vec<Segment>> = Vec::new();
    for index in chunks(from, until) {
        let Ok(list) = side.list(index) else { continue };
        let newest = list.iter().rev().filter(|info| info.offset < until && info.end() > from);
        for info in newest.take(SEGMENTS_MAX) {
            let apart = |layer: &Vec<Segment>| {
                layer.iter().all(|other| other.until <= info.offset || info.end() <= other.from)
            };
            // Below everything that it lies under.
            let depth = layers.iter().rposition(|layer| !apart(layer)).map_or(0, |above| above + 1);
            if depth >= WRITE_LAYERS {
                continue;
            }
            if depth == layers.len() {
                layers.push(Vec::new());
            }
            layers[depth].push(segment(at, info, info.offset, info.end()));
        }
    }
    for layer in &mut layers {
        sort_by_key(layer, |segment| segment.from);
    }
    layers
}
