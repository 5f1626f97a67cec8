//! Carrying out what a user asks.

use super::command::{InodeCommand, InodeEvent, Purpose};
use super::config::{self, K};
use super::side::{Call, Due, What};
use super::{FILE, InodeLab};
use crate::inode::{Attributes, ChunkChange, ChunkInfo, Geometry, Modify};
use crate::lab::Rejection;
use crate::lab::board::{BoardLab, Input, InputError, Kind, Knob, Value, Verb};
use crate::view::board::Unit;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const GEOMETRY: Geometry = Geometry::DEFAULT;
/// A file may be so long.
pub(super) const LENGTH_MAX: u64 = 1 << 40;
/// Bytes of one write: 64 chunks.
const WRITE_MAX: u64 = 64 * GEOMETRY.chunk_size;
const FILL_MAX: u64 = 200_000;
const CALLS_MAX: usize = 1_000;

const fn number(key: &'static str, min: i64, max: i64, step: i64, unit: Unit, default: i64) -> Input {
    Input { key, kind: Kind::Number { min, max, step, unit, default } }
}

const OFFSET: Input = number("offset", 0, LENGTH_MAX as i64, 4_096, Unit::Bytes, 0);
const LEN: Input = number("len", 1, WRITE_MAX as i64, 4_096, Unit::Bytes, 4 << 20);
const UPLOAD: Input = number("upload", 0, 3_600_000, 100, Unit::Number, 0);

/// What a user can do.
pub(super) const VERBS: &[Verb] = &[
    Verb { key: "append", arguments: &[LEN, UPLOAD] },
    Verb { key: "overwrite", arguments: &[OFFSET, LEN, UPLOAD] },
    Verb {
        key: "truncate",
        arguments: &[number("length", 0, LENGTH_MAX as i64, 1 << 20, Unit::Bytes, 1 << 20)],
    },
    Verb { key: "read", arguments: &[OFFSET, LEN] },
    Verb { key: "lookup", arguments: &[] },
    Verb { key: "compact", arguments: &[] },
    Verb {
        key: "fill",
        arguments: &[
            number("infos", 1, FILL_MAX as i64, 1_000, Unit::Number, 10_000),
            number("info-len", 1, 4 << 20, 4_096, Unit::Bytes, 4_096),
            number("per-row", 1, 1_000, 1, Unit::Number, 1),
        ],
    },
];

/// Makes a command from a verb and its values.
pub(super) fn command(key: &str, values: &[Value]) -> Result<InodeCommand, InputError> {
    let verb = InodeLab::verb(key)?;
    let numbers: Vec<u64> = verb.numbers(values)?.into_iter().map(|number| number as u64).collect();
    Ok(match (verb.key, numbers.as_slice()) {
        ("append", &[len, upload_ms]) => InodeCommand::Write { offset: None, len, upload_ms },
        ("overwrite", &[offset, len, upload_ms]) => {
            InodeCommand::Write { offset: Some(offset), len, upload_ms }
        }
        ("truncate", &[length]) => InodeCommand::Truncate { length },
        ("read", &[offset, len]) => InodeCommand::Read { offset, len },
        ("lookup", _) => InodeCommand::Lookup,
        ("compact", _) => InodeCommand::Compact,
        (_, &[infos, len, per_row]) => InodeCommand::Fill { infos, len, per_row },
        _ => return Err(InputError::Unknown { key: key.to_string() }),
    })
}

fn refused(key: &str, numbers: &[i64], text: String) -> Rejection {
    Rejection { code: 0, key: key.to_string(), numbers: numbers.to_vec(), text }
}

impl InodeLab {
    /// Whether a command can be carried out now. A stored or shared command was not made by
    /// [`command`], so its numbers are tested here too.
    pub(super) fn allows(&self, command: &InodeCommand) -> Result<(), Rejection> {
        if !matches!(command, InodeCommand::Turn { .. })
            && self.sides.iter().any(|side| side.calls.len() >= CALLS_MAX)
        {
            let text = format!("{CALLS_MAX} calls are under way already; let time go on first.");
            return Err(refused("too-many-calls", &[CALLS_MAX as i64], text));
        }
        match *command {
            InodeCommand::Write { offset, len, upload_ms } => {
                let end = offset.unwrap_or(self.length).saturating_add(len);
                let gap = offset.map_or(0, |offset| offset.saturating_sub(self.length));
                if len == 0 || len.max(gap) > WRITE_MAX || end > LENGTH_MAX || upload_ms > 3_600_000 {
                    let text = format!(
                        "A write of {len} bytes that ends at {end} is too large: at most {WRITE_MAX} bytes, up to {LENGTH_MAX}."
                    );
                    return Err(refused("too-large", &[len as i64, end as i64], text));
                }
            }
            InodeCommand::Truncate { length } if length > LENGTH_MAX.min(self.length + WRITE_MAX) => {
                let text =
                    format!("A file has at most {LENGTH_MAX} bytes, and grows by {WRITE_MAX} at a time.");
                return Err(refused("too-large", &[length as i64, length as i64], text));
            }
            InodeCommand::Fill { infos, len, per_row } => {
                let good = (1..=FILL_MAX).contains(&infos) && (1..=4 << 20).contains(&len) && per_row > 0;
                let there = self.sides[0].written.len() as u64;
                if !good || there + infos > FILL_MAX {
                    let text = format!("At most {FILL_MAX} old writes go in, each of 1 byte to 4 MiB.");
                    return Err(refused("too-many-infos", &[FILL_MAX as i64], text));
                }
            }
            InodeCommand::Compact if self.sides.iter().any(|side| side.job.is_some()) => {
                let text = "A compaction is under way already.".to_string();
                return Err(refused("compacting", &[], text));
            }
            InodeCommand::Turn { knob, value } => Knob::test(config::KNOBS, knob.into(), value)?,
            InodeCommand::Truncate { .. }
            | InodeCommand::Read { .. }
            | InodeCommand::Lookup
            | InodeCommand::Compact => {}
        }
        Ok(())
    }

    pub(super) fn obey(&mut self, command: InodeCommand, out: &mut Vec<InodeEvent>) {
        match command {
            InodeCommand::Write { offset, len, upload_ms } => {
                let offset = offset.unwrap_or(self.length);
                let changes = self.pieces(offset, len);
                self.length = self.length.max(offset + len);
                self.call(Purpose::Write, changes, upload_ms, out);
            }
            InodeCommand::Truncate { length } => {
                self.length = length;
                self.call(Purpose::Truncate, Vec::new(), 0, out);
            }
            InodeCommand::Read { .. } => self.call(Purpose::Read, Vec::new(), 0, out),
            InodeCommand::Lookup => self.call(Purpose::Lookup, Vec::new(), 0, out),
            InodeCommand::Compact => (0..self.sides.len()).for_each(|side| self.compact(side, out)),
            InodeCommand::Fill { infos, len, per_row } => self.fill(infos, len, per_row, out),
            InodeCommand::Turn { knob, value } => {
                self.knobs.set(usize::from(knob), value);
                if usize::from(knob) == K::Every as usize {
                    self.every_at = self.next_every();
                }
                out.push(InodeEvent::Turned { knob, value });
            }
        }
    }

    /// A write cut at chunk borders, an id each.
    pub(super) fn pieces(&mut self, offset: u64, len: u64) -> Vec<ChunkChange> {
        let (mut at, end) = (offset, offset + len);
        let mut changes = Vec::new();
        while at < end {
            let index = GEOMETRY.place(at).index;
            let until = end.min(GEOMETRY.start(index + 1));
            let info = ChunkInfo::written(self.next_chunk, at, until - at);
            self.next_chunk += 1;
            changes.push(ChunkChange::append(index, [info].to_vec()));
            at = until;
        }
        changes
    }

    /// Makes a call on both sides.
    pub(super) fn call(
        &mut self,
        purpose: Purpose,
        changes: Vec<ChunkChange>,
        upload_ms: u64,
        out: &mut Vec<InodeEvent>,
    ) {
        let id = self.next_call;
        self.next_call += 1;
        let writes = matches!(purpose, Purpose::Write | Purpose::Truncate);
        let attributes = writes.then_some(Attributes { length: self.length, atime: 0, nlink: 1 });
        let at = crate::base::SimTime(self.now.micros() + 1_000 * upload_ms);
        for side in &mut self.sides {
            // A free name among those who have a call under way; its numbers rise.
            let taken = |name: u64| {
                side.calls.iter().any(|(_, call)| call.modify.request.is_some_and(|(of, _)| of == name))
            };
            let client = (1..=CALLS_MAX as u64 + 1).find(|&name| !taken(name)).unwrap_or_default();
            let modify = Modify { attributes, changes: changes.clone(), request: Some((client, id)) };
            let infos = changes.iter().flat_map(|change| &change.add);
            side.objects.extend(infos.flat_map(|info| GEOMETRY.objects(FILE, info)));
            side.calls.insert(id, Call { purpose, modify, since: self.now, attempt: 0, stream: None });
            side.totals.calls += 1;
            side.line(What::Call { call: id, purpose, outcome: None, attempts: 0 }, self.now, None);
            side.plan(at, Due::Send(id));
        }
        out.push(InodeEvent::Called { call: id, purpose });
    }

    /// Random old writes of the first chunks, the same on both sides.
    fn fill(&mut self, infos: u64, len: u64, per_row: u64, out: &mut Vec<InodeEvent>) {
        let chunks = (infos / 16_384 + 1).max(self.length / GEOMETRY.chunk_size);
        let mut lists: Vec<Vec<ChunkInfo>> = (0..chunks).map(|_| Vec::new()).collect();
        for _ in 0..infos {
            let index = self.rng.below(chunks);
            let slot = self.rng.below(GEOMETRY.chunk_size / len);
            let info = ChunkInfo::written(self.next_chunk, GEOMETRY.start(index) + slot * len, len);
            self.next_chunk += 1;
            self.length = self.length.max(info.end());
            lists[index as usize].push(info);
        }
        let attributes = Some(Attributes { length: self.length, atime: 0, nlink: 1 });
        for side in &mut self.sides {
            side.length = self.length;
            for (index, list) in (0..).zip(&lists) {
                if list.is_empty() {
                    continue;
                }
                side.objects.extend(list.iter().flat_map(|info| GEOMETRY.objects(FILE, info)));
                // One value, one put; rows as they are asked for.
                let rows = match side.layout() {
                    crate::inode::Layout::Monolithic => list.len().max(1),
                    _ => per_row as usize,
                };
                for row in list.chunks(rows) {
                    let changes = [ChunkChange::append(index, row.to_vec())].to_vec();
                    let modify = Modify { attributes, changes, request: None };
                    side.log += 1;
                    if side.store.modify(FILE, &modify, side.log).is_ok() {
                        side.note(&modify);
                    }
                }
            }
        }
        out.push(InodeEvent::Filled { infos });
    }
}
