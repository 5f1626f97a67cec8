//! A JSON text: decides by its keys what it is, and reads status replies.

use super::draft::{Draft, RawPath};
use super::error::{Expected, Fault, Found, Parse, kept};
use super::header::{self, MetaFields};
use super::json::{Kind, Reader, Scalar, refused};
use super::note::NoteKey;
use super::{ROWSETS_MAX, ShowFlavor, Source, VERSION_MAX, rowset_text};
use crate::base::{Version, VersionRange};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Keys that are remembered to find those that stand twice.
const KEYS_MAX: usize = 1_000;
/// Characters of a fact that are kept.
const FACT_CHARS_MAX: usize = 500;

/// What a key gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Show,
    Versions,
    Policy,
    Cloud,
    Header,
    Metas,
    Steps,
    RunStatus,
}

/// What the keys of the outermost object say so far.
#[derive(Debug, Default)]
struct Signs {
    seen: BTreeSet<Sign>,
    status: Option<String>,
    message: Option<String>,
    /// What the array holds, where the document is one.
    array: Option<Source>,
    /// The key that is being read.
    inside: String,
}

/// Reads the document at the cursor into `draft`.
pub(super) fn read(reader: &mut Reader<'_>, draft: &mut Draft) -> Parse<Source> {
    let start = reader.place();
    let mut signs = Signs::default();
    let outcome = if reader.kind()? == Kind::Array {
        array(reader, draft, &mut signs)
    } else {
        object(reader, draft, &mut signs)
    };
    match outcome {
        Ok(source) => {
            if !reader.is_at_end() {
                let at = reader.place();
                reader.notes.add(at, NoteKey::TrailingText);
            }
            source.map_err(|found| refused(start, Expected::Rowsets, found))
        }
        Err(fault) if fault.is_end() => {
            let at = fault.at;
            if draft.live.is_empty() {
                return Err(refused(at, Expected::Rowsets, Found::End { inside: signs.inside }));
            }
            let rowsets = draft.rowsets() as u32;
            draft.is_cut = true;
            reader.notes.add(at, NoteKey::TextEnds { inside: core::mem::take(&mut signs.inside), rowsets });
            let source = signs.source(draft);
            source.map_err(|found| refused(start, Expected::Rowsets, found))
        }
        Err(fault) => Err(fault),
    }
}

impl Signs {
    /// What the object is; or what it is instead.
    fn source(&self, draft: &Draft) -> Result<Source, Found> {
        if let Some(source) = self.array {
            return Ok(source);
        }
        if !draft.live.is_empty() || self.seen.contains(&Sign::Show) {
            let flavor = match () {
                () if self.seen.contains(&Sign::Header) => return Ok(Source::MetaHeader),
                () if self.seen.contains(&Sign::Versions) => ShowFlavor::Versions,
                () if self.seen.contains(&Sign::Cloud) => ShowFlavor::Cloud,
                () if self.seen.contains(&Sign::Policy) => ShowFlavor::Local,
                () => ShowFlavor::Plain,
            };
            return Ok(Source::CompactionShow(flavor));
        }
        if self.seen.contains(&Sign::Steps) {
            Err(Found::Steps)
        } else if self.seen.contains(&Sign::RunStatus) {
            Err(Found::RunStatus)
        } else if self.seen.contains(&Sign::Header) {
            Err(if self.seen.contains(&Sign::Metas) { Found::NoRowsets } else { Found::HeaderWithoutRowsets })
        } else if let Some(message) = self.message.as_ref().or(self.status.as_ref()) {
            let lower = message.to_ascii_lowercase();
            let is_not_found = lower.contains("not found") || lower.contains("not exist");
            Err(if is_not_found {
                Found::TabletNotFound(message.clone())
            } else {
                Found::Refused(message.clone())
            })
        } else {
            Err(Found::NoRowsets)
        }
    }
}

const POLICY: &str = "cumulative policy type";

/// An array: rowset texts, metas, or something else.
fn array(reader: &mut Reader<'_>, draft: &mut Draft, signs: &mut Signs) -> Parse<Result<Source, Found>> {
    let mut list = reader.array()?;
    while reader.item(&mut list)? {
        let at = reader.place();
        draft.check_room(reader.text(), at)?;
        match reader.kind()? {
            Kind::Text => {
                rowset_item(reader, draft, false)?;
                signs.array = Some(Source::RowsetLines);
            }
            Kind::Object => {
                let mut fields = MetaFields::new(at);
                let mut keys = reader.object()?;
                while let Some(key) = reader.key(&mut keys)? {
                    if key.value == "compaction_score" {
                        return Ok(Err(Found::CompactionScore));
                    }
                    if !fields.field(&key.value, reader)? {
                        reader.skip()?;
                    }
                }
                let rowset = fields.finish(reader.text(), draft)?;
                draft.live.push(rowset);
                signs.array = Some(Source::RowsetMeta);
            }
            _ => return Err(reader.unexpected(Expected::RowsetText)),
        }
    }
    Ok(signs.array.ok_or(Found::NoRowsets))
}

/// An object: a status reply, a header, a meta, or something else.
fn object(reader: &mut Reader<'_>, draft: &mut Draft, signs: &mut Signs) -> Parse<Result<Source, Found>> {
    let start = reader.place();
    let mut fields = MetaFields::new(start);
    let mut seen = BTreeSet::new();
    let mut list = reader.object()?;
    while let Some(key) = reader.key(&mut list)? {
        let name = kept(&key.value, 60);
        if seen.contains(&name) {
            reader.notes.add(key.at, NoteKey::DuplicateKey(name));
            reader.skip()?;
            continue;
        }
        if seen.len() < KEYS_MAX {
            seen.insert(name.clone());
        }
        signs.inside.clone_from(&name);
        let known = show_key(&name, reader, draft, signs)? || header_key(&name, reader, draft, signs)?;
        if !known && !fields.field(&name, reader)? {
            other_key(key.at, &name, reader, draft, signs)?;
        }
    }
    signs.inside.clear();
    if fields.is_meta() {
        let rowset = fields.finish(reader.text(), draft)?;
        draft.live.push(rowset);
        return Ok(Ok(Source::RowsetMeta));
    }
    fields.describe_tablet(draft);
    Ok(signs.source(draft))
}

/// Keys of a status reply.
fn show_key(key: &str, reader: &mut Reader<'_>, draft: &mut Draft, signs: &mut Signs) -> Parse<bool> {
    match key {
        "rowsets" | "versions" => {
            signs.seen.insert(Sign::Show);
            if key == "versions" {
                signs.seen.insert(Sign::Versions);
            }
            rowsets(reader, draft, false)?;
        }
        "stale_rowsets" => {
            signs.seen.insert(Sign::Show);
            rowsets(reader, draft, true)?;
        }
        "missing_rowsets" => {
            signs.seen.insert(Sign::Show);
            missing(reader, draft)?;
        }
        "stale version path" => {
            signs.seen.insert(Sign::Show);
            paths(reader, draft)?;
        }
        "cumulative point" => {
            signs.seen.insert(Sign::Show);
            draft.cumulative_point = point(reader)?;
        }
        POLICY => {
            signs.seen.insert(Sign::Show);
            signs.seen.insert(Sign::Policy);
            policy(reader, draft)?;
        }
        "exec compaction time us" | "compaction local read time us" | "compaction remote read time us" => {
            signs.seen.insert(Sign::Cloud);
            let value = reader.words()?.map(|words| kept(&words.value, FACT_CHARS_MAX));
            draft.fact(key, value.unwrap_or_default(), None);
        }
        _ if key.starts_with("last ") => {
            let is_time = key.ends_with(" time");
            let at = reader.place();
            let value = reader.words()?;
            let time = match &value {
                Some(words) if is_time => draft.time(at, &words.value, &mut reader.notes),
                _ => None,
            };
            draft.fact(key, value.map(|words| kept(&words.value, FACT_CHARS_MAX)).unwrap_or_default(), time);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Keys of a tablet header.
fn header_key(key: &str, reader: &mut Reader<'_>, draft: &mut Draft, signs: &mut Signs) -> Parse<bool> {
    match key {
        "rs_metas" | "stale_rs_metas" => {
            signs.seen.insert(Sign::Header);
            signs.seen.insert(Sign::Metas);
            header::metas(reader, draft, key == "stale_rs_metas")?;
        }
        "inc_rs_metas" => {
            signs.seen.insert(Sign::Header);
            let at = reader.place();
            let rowsets = reader.count_items()?;
            if rowsets > 0 {
                reader.notes.add(at, NoteKey::IncrementalIgnored { rowsets });
            }
        }
        "schema" => {
            signs.seen.insert(Sign::Header);
            header::schema(reader, draft)?;
        }
        // Outranks what a rowset's meta says: after a restore that may be the old id.
        "tablet_id" => draft.tablet_id = header::unsigned(reader)?.or(draft.tablet_id),
        "delete_bitmap" => header::delete_bitmap(reader)?,
        "cumulative_layer_point" => {
            signs.seen.insert(Sign::Header);
            draft.cumulative_point = point(reader)?;
        }
        "tablet_state" => {
            signs.seen.insert(Sign::Header);
            draft.state = reader.words()?.map(|words| kept(&words.value, 40));
        }
        "compaction_policy" => policy(reader, draft)?,
        "enable_unique_key_merge_on_write" => {
            if let Scalar::Bool(is_on) = reader.scalar()? {
                draft.merge_on_write = Some(is_on);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Keys of other replies; what is left is kept as a fact where it is one value.
fn other_key(
    at: usize,
    key: &str,
    reader: &mut Reader<'_>,
    draft: &mut Draft,
    signs: &mut Signs,
) -> Parse<()> {
    if reader.kind()? != Kind::Other && reader.kind()? != Kind::Text {
        match key {
            "steps" => {
                signs.seen.insert(Sign::Steps);
            }
            "CumulativeCompaction" | "BaseCompaction" | "FullCompaction" => {
                signs.seen.insert(Sign::RunStatus);
            }
            "tablet_uid"
            | "binlog_config"
            | "seq_map"
            | "load_id"
            | "packed_slice_locations"
            | "single replica compaction status"
            | "num_segment_rows" => {}
            _ => reader.notes.add(at, NoteKey::UnknownKey(key.to_string())),
        }
        return reader.skip();
    }
    let value = match reader.scalar()? {
        Scalar::Text(words) => kept(&words.value, FACT_CHARS_MAX),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Number(number) => kept(number, FACT_CHARS_MAX),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Null => String::new(),
    };
    match key {
        "run_status" => {
            signs.seen.insert(Sign::RunStatus);
        }
        "status" => signs.status = Some(value.clone()),
        "msg" | "message" => signs.message = Some(value.clone()),
        _ => {}
    }
    draft.fact(key, value, None);
    Ok(())
}

/// An array of rowset texts.
fn rowsets(reader: &mut Reader<'_>, draft: &mut Draft, is_stale: bool) -> Parse<()> {
    if is_null(reader)? {
        return Ok(());
    }
    let mut list = reader.array()?;
    while reader.item(&mut list)? {
        let at = reader.place();
        draft.check_room(reader.text(), at)?;
        rowset_item(reader, draft, is_stale)?;
    }
    Ok(())
}

fn rowset_item(reader: &mut Reader<'_>, draft: &mut Draft, is_stale: bool) -> Parse<()> {
    if reader.kind()? != Kind::Text {
        return Err(reader.unexpected(Expected::RowsetText));
    }
    let text = reader.string()?;
    if !text.value.is_empty() && text.value.chars().all(|char| matches!(char, '.' | '…' | ' ')) {
        reader.notes.add(text.at, NoteKey::Elided);
        return Ok(());
    }
    let rowset = rowset_text::rowset(reader.text(), &text, &mut reader.notes)?;
    if is_stale {
        draft.stale.push(rowset);
    } else {
        draft.live.push(rowset);
    }
    Ok(())
}

fn missing(reader: &mut Reader<'_>, draft: &mut Draft) -> Parse<()> {
    if is_null(reader)? {
        return Ok(());
    }
    let mut listed = Vec::new();
    let mut list = reader.array()?;
    while reader.item(&mut list)? {
        let text = reader.string()?;
        let (start, end) = rowset_text::missing(reader.text(), &text)?;
        if start > end {
            reader.notes.add(text.at, NoteKey::ReversedMissing { start, end });
            continue;
        }
        if listed.len() == ROWSETS_MAX as usize {
            return Err(Fault::unexpected(reader.text(), text.at, Expected::RowsetsAtMost(ROWSETS_MAX)));
        }
        listed.push((text.at, VersionRange::new(start, end)));
    }
    draft.missing = Some(listed);
    Ok(())
}

fn paths(reader: &mut Reader<'_>, draft: &mut Draft) -> Parse<()> {
    if is_null(reader)? {
        return Ok(());
    }
    let mut list = reader.array()?;
    while reader.item(&mut list)? {
        let at = reader.place();
        draft.check_room(reader.text(), at)?;
        let mut path = RawPath { at, id: None, time: None, time_text: None, members: Vec::new() };
        let mut keys = reader.object()?;
        while let Some(key) = reader.key(&mut keys)? {
            match &*key.value {
                "path id" => path.id = header::unsigned(reader)?.or(path.id),
                "last create time" => {
                    let at = reader.place();
                    if let Some(words) = reader.words()? {
                        path.time = draft.time(at, &words.value, &mut reader.notes);
                        path.time_text = Some(kept(&words.value, 40));
                    }
                }
                "path list" if path.members.is_empty() => {
                    let text = reader.string()?;
                    let (id, members) = rowset_text::path_list(reader.text(), &text, draft.room())?;
                    path.id = path.id.or(id);
                    path.members = members;
                }
                _ => reader.skip()?,
            }
        }
        draft.add_path(path);
    }
    Ok(())
}

fn point(reader: &mut Reader<'_>) -> Parse<Option<Version>> {
    let at = reader.place();
    let Some(number) = reader.integer()? else { return Ok(None) };
    let point = Version::try_from(number).ok().filter(|point| (-1..=VERSION_MAX).contains(point));
    point.map(Some).ok_or_else(|| Fault::unexpected(reader.text(), at, Expected::Version))
}

fn policy(reader: &mut Reader<'_>, draft: &mut Draft) -> Parse<()> {
    let at = reader.place();
    let Some(words) = reader.words()? else { return Ok(()) };
    let name = kept(&words.value, 60).to_ascii_lowercase();
    match name.as_str() {
        "size_based" | "time_series" => {}
        "num_based" => reader.notes.add(at, NoteKey::NumberBasedPolicy),
        // Spelled "initializied" by the code that prints it.
        _ if name.starts_with("cumulative compaction policy not initial") => {
            reader.notes.add(at, NoteKey::PolicyNotChosen);
            return Ok(());
        }
        _ => reader.notes.add(at, NoteKey::UnknownPolicy(name.clone())),
    }
    draft.policy = Some(name);
    Ok(())
}

/// Takes a null in place of a list.
fn is_null(reader: &mut Reader<'_>) -> Parse<bool> {
    if reader.kind()? != Kind::Other {
        return Ok(false);
    }
    if matches!(reader.scalar()?, Scalar::Null) { Ok(true) } else { Err(reader.unexpected(Expected::Array)) }
}
