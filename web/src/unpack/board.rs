//! Reads boards: the inside of a frame of a lab of boards, and what such a lab says.

use super::{Bytes, Unpack, unreadable};
use crate::board::protocol::{
    BesideFace, Face, Field, Fits, KnobInfo, LabInfo, Picture, Said, ToldLine, VerbInfo,
};
use tabletop_core::lab::board::Value;
use tabletop_core::view::board::{
    Arrow, Board, Cell, Column, Curve, Fact, ItemId, Key, Lane, Layer, Mark, Row, Segment, Source, Span,
    Strip, Table, Told, Tone, Unit,
};

/// Reads a picture.
///
/// # Panics
/// These bytes are not one: page and worker are of different builds.
pub fn picture(bytes: &[u8]) -> Picture {
    Bytes(bytes).get()
}

/// Reads what a lab says.
///
/// # Panics
/// These bytes are not that: page and worker are of different builds.
pub fn said(bytes: &[u8]) -> Said {
    Bytes(bytes).get()
}

impl Unpack for Key {
    fn unpack(bytes: &mut Bytes) -> Self {
        Self::from(bytes.get::<String>())
    }
}

wrapped! { ItemId }

structs! {
    Picture { face, events, beside }
    Face { board, knobs }
    BesideFace { face, step, digest, metrics }
    ToldLine { step, time, by_user, told }
    Field { key, fits, default }
    KnobInfo { field, group, advanced }
    VerbInfo { key, arguments }
    LabInfo { lab, key, verbs, knobs, metrics, density, words }
    Told { key, values, ids }
    Board {
        now, from, until, lanes, spans, arrows, arrows_left_out, marks, curves, tables, facts, strips, changed,
    }
    Lane { id, key, values, depth, tone, item }
    Span { id, lane, row, from, until, kind, tone, label, count }
    Arrow { id, from_lane, from_at, to_lane, to_at, kind, tone, lost, label }
    Mark { id, lane, at, kind, tone, label }
    Curve { key, unit, points, steps, limit }
    Column { key, unit }
    Row { id, cells, tone }
    Table { key, columns, first, total, rows }
    Fact { key, value, source, tone }
    Segment { id, from, until, tone, label }
    Layer { key, values, segments }
    Strip { key, values, unit, from, until, end, grid, layers }
}

enums! {
    Said { Lab(_), Explained(_, _), Events(_), }
    Fits { Number { min, max, step, unit }, Choice(_), Switch, Text(_), }
    Value { Number(_), Choice(_), Switch(_), Text(_), }
    Tone { Plain, Fresh, First, Second, Third, Wait, Good, Warn, Bad, Ghost, }
    Unit { Number, Id, Bytes, BytesPerSecond, Rows, Micros, PerMille, Text, }
    Source { Counted, Computed, Given, }
    Cell {
        Number(_), Id(_), Bytes(_), BytesPerSecond(_), Time(_), PerMille(_), Text(_), Word(_, _), Unknown,
    }
}
