//! Rowset metas as JSON (`RowsetMetaPB`): in a tablet header, alone, or in an array.

use super::VERSION_MAX;
use super::draft::{Draft, RawRowset};
use super::error::{Expected, Fault, Found, Parse, kept};
use super::json::{Reader, Text};
use super::note::NoteKey;
use super::time::Moment;
use crate::base::{Version, VersionRange};
use crate::rowset::Overlap;
use alloc::string::String;

/// The fields of a rowset's meta that matter, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct MetaFields {
    at: usize,
    start: Option<Version>,
    end: Option<Version>,
    id: Option<String>,
    id_v2: Option<String>,
    tablet: Option<u64>,
    segments: Option<u32>,
    overlap: Option<Overlap>,
    rows: Option<u64>,
    total_bytes: Option<u64>,
    data_bytes: Option<u64>,
    index_bytes: Option<u64>,
    created: Option<Moment>,
    level: u8,
    delete_predicate: bool,
}

impl MetaFields {
    /// Empty, for the object at `at`.
    pub(super) fn new(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Whether a version was told: the object is a rowset's meta.
    pub(super) const fn is_meta(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// Reads the value of `key` if it matters; `false` where it does not.
    pub(super) fn field(&mut self, key: &str, reader: &mut Reader<'_>) -> Parse<bool> {
        match key {
            "start_version" => self.start = version(reader)?,
            "end_version" => self.end = version(reader)?,
            "rowset_id" => self.id = id(reader)?,
            "rowset_id_v2" => self.id_v2 = id(reader)?,
            "tablet_id" => self.tablet = unsigned(reader)?,
            "num_segments" => {
                let at = reader.place();
                let segments = unsigned(reader)?.map(u32::try_from).transpose();
                self.segments =
                    segments.map_err(|_| Fault::unexpected(reader.text(), at, Expected::Segments))?;
            }
            "segments_overlap_pb" => {
                let at = reader.place();
                self.overlap = match reader.words()? {
                    Some(word) => Some(
                        super::rowset_text::overlap(&word.value)
                            .ok_or_else(|| Fault::unexpected(reader.text(), at, Expected::Overlap))?,
                    ),
                    None => None,
                };
            }
            "num_rows" | "row_number" => self.rows = unsigned(reader)?,
            "total_disk_size" => self.total_bytes = unsigned(reader)?,
            "data_disk_size" => self.data_bytes = unsigned(reader)?,
            "index_disk_size" => self.index_bytes = unsigned(reader)?,
            "creation_time" => self.created = reader.integer()?.and_then(Moment::from_secs),
            "compaction_level" => {
                let at = reader.place();
                let level = unsigned(reader)?.unwrap_or(0);
                self.level =
                    level.try_into().map_err(|_| Fault::unexpected(reader.text(), at, Expected::Level))?;
            }
            "delete_predicate" => {
                self.delete_predicate = true;
                reader.skip()?;
            }
            "rowset_state" => {
                let at = reader.place();
                if let Some(state) = reader.words()?.filter(|state| state.value != "VISIBLE") {
                    reader.notes.add(at, NoteKey::RowsetState(kept(&state.value, 40)));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// For an object that is no rowset's meta: when its tablet was created.
    pub(super) fn describe_tablet(self, draft: &mut Draft) {
        if let Some(created) = self.created {
            draft.moment(created);
            draft.fact("creation_time", alloc::format!("{}", created.unix_us(0) / 1_000_000), Some(created));
        }
    }

    /// The rowset, once its object is read. Names the tablet if nothing did.
    pub(super) fn finish(self, text: &[u8], draft: &mut Draft) -> Parse<RawRowset> {
        let (Some(start), Some(end)) = (self.start, self.end) else {
            return Err(Fault::unexpected(text, self.at, Expected::RowsetVersions));
        };
        let range = VersionRange::new(start, end);
        if range.is_empty() {
            let found = Found::Text(alloc::format!("[{start}-{end}]"));
            return Err(Fault { at: self.at, expected: Expected::Range, found });
        }
        draft.tablet_id = draft.tablet_id.or(self.tablet);
        Ok(RawRowset {
            segments: self.segments,
            // The protobuf default is OVERLAP_UNKNOWN: left out is told.
            overlap: Some(self.overlap.unwrap_or_default()),
            delete: Some(self.delete_predicate),
            id: self.id_v2.or(self.id),
            bytes: self.total_bytes.or_else(|| Some(self.data_bytes?.saturating_add(self.index_bytes?))),
            rows: self.rows,
            created: self.created.map(|created| draft.moment(created)),
            level: self.level,
            ..RawRowset::new(self.at, range)
        })
    }
}

/// Reads one meta.
pub(super) fn meta(reader: &mut Reader<'_>, draft: &mut Draft) -> Parse<RawRowset> {
    let at = reader.place();
    let mut fields = MetaFields::new(at);
    let mut list = reader.object()?;
    while let Some(key) = reader.key(&mut list)? {
        if !fields.field(&key.value, reader)? {
            reader.skip()?;
        }
    }
    fields.finish(reader.text(), draft)
}

/// Reads an array of metas to the end of `stale` or live rowsets.
pub(super) fn metas(reader: &mut Reader<'_>, draft: &mut Draft, is_stale: bool) -> Parse<()> {
    let mut list = reader.array()?;
    while reader.item(&mut list)? {
        let at = reader.place();
        draft.check_room(reader.text(), at)?;
        let rowset = meta(reader, draft)?;
        if is_stale { draft.stale.push(rowset) } else { draft.live.push(rowset) }
    }
    Ok(())
}

/// Reads the tablet's schema for its kind of keys.
pub(super) fn schema(reader: &mut Reader<'_>, draft: &mut Draft) -> Parse<()> {
    let mut list = reader.object()?;
    while let Some(key) = reader.key(&mut list)? {
        if key.value == "keys_type" {
            draft.keys_type = reader.words()?.map(|keys| kept(&keys.value, 40));
        } else {
            reader.skip()?;
        }
    }
    Ok(())
}

/// Counts the entries of a delete bitmap.
pub(super) fn delete_bitmap(reader: &mut Reader<'_>) -> Parse<()> {
    let at = reader.place();
    let mut entries = 0;
    let mut list = reader.object()?;
    while let Some(key) = reader.key(&mut list)? {
        if key.value == "rowset_ids" {
            entries = reader.count_items()?;
        } else {
            reader.skip()?;
        }
    }
    if entries > 0 {
        reader.notes.add(at, NoteKey::DeleteBitmapIgnored { entries });
    }
    Ok(())
}

fn id(reader: &mut Reader<'_>) -> Parse<Option<String>> {
    let is_told = |id: &Text<'_>| id.value != "0";
    Ok(reader.words()?.filter(is_told).map(|id| kept(&id.value, 64)))
}

/// A number that is not negative.
pub(super) fn unsigned(reader: &mut Reader<'_>) -> Parse<Option<u64>> {
    let at = reader.place();
    let number = reader.integer()?.map(u64::try_from).transpose();
    number.map_err(|_| Fault::unexpected(reader.text(), at, Expected::Integer))
}

fn version(reader: &mut Reader<'_>) -> Parse<Option<Version>> {
    let at = reader.place();
    let Some(number) = reader.integer()? else { return Ok(None) };
    let version = Version::try_from(number).ok().filter(|version| (0..=VERSION_MAX).contains(version));
    version.map(Some).ok_or_else(|| Fault::unexpected(reader.text(), at, Expected::Version))
}
