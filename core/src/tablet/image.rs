//! How a tablet is stored: its rowsets once each; counters and indexes are computed again.

use super::live::LiveRowsets;
use super::stale::StaleRowsets;
use super::{Keying, Leaked, MetaWrites, StaleRowset, Tablet};
use crate::base::{RowsetId, Version};
use crate::rowset::RowsetMeta;
use crate::version_graph::VersionTracker;
use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize)]
struct ImageRef<'a> {
    keying: Keying,
    live: Vec<&'a RowsetMeta>,
    stale: Vec<&'a StaleRowset>,
    persisted_first: Vec<&'a StaleRowset>,
    leaked: &'a [Leaked],
    tracker: &'a VersionTracker,
    point: Version,
    promotion_bytes: u64,
    writes: MetaWrites,
    newest_id: RowsetId,
}

#[derive(Deserialize)]
struct Image {
    keying: Keying,
    live: Vec<RowsetMeta>,
    stale: Vec<StaleRowset>,
    persisted_first: Vec<StaleRowset>,
    leaked: Vec<Leaked>,
    tracker: VersionTracker,
    point: Version,
    promotion_bytes: u64,
    writes: MetaWrites,
    newest_id: RowsetId,
}

impl Serialize for Tablet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ImageRef {
            keying: self.keying,
            live: self.live.iter().collect(),
            stale: self.stale.iter().collect(),
            persisted_first: self.stale.persisted_first().collect(),
            leaked: self.stale.leaked(),
            tracker: &self.tracker,
            point: self.point,
            promotion_bytes: self.promotion_bytes,
            writes: self.writes,
            newest_id: self.newest_id,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tablet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let image = Image::deserialize(deserializer)?;
        let mut live = LiveRowsets::default();
        for meta in image.live {
            live.insert(meta);
        }
        Ok(Self {
            keying: image.keying,
            live,
            stale: StaleRowsets::from_parts(image.stale, image.persisted_first, image.leaked),
            tracker: image.tracker,
            point: image.point,
            promotion_bytes: image.promotion_bytes,
            writes: image.writes,
            newest_id: image.newest_id,
        })
    }
}
