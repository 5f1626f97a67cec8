//! The stale paths as a backend's status page prints them.

use super::{StalePath, VersionTracker};
use crate::base::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

/// One element of `stale version path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StalePathRow {
    /// `path id`.
    pub path_id: String,
    /// `last create time`: of the newest member, `YYYY-MM-DD hh:mm:ss ±hhmm`.
    pub last_create_time: String,
    /// `path list`: `id -> [s-e] -> …`.
    pub path_list: String,
}

impl StalePathRow {
    fn of(path: &StalePath, offset_minutes: i32) -> Self {
        let mut path_list = path.id.0.to_string();
        for (range, _) in &path.members {
            // Writing to a string cannot fail.
            let _ = write!(path_list, " -> {range}");
        }
        Self {
            path_id: path.id.0.to_string(),
            last_create_time: local_time(path.newest, offset_minutes),
            path_list,
        }
    }
}

impl VersionTracker {
    /// One row per stale path, by id, in the local time of a zone so many minutes east of UTC.
    pub fn stale_path_rows(&self, offset_minutes: i32) -> Vec<StalePathRow> {
        self.paths().iter().map(|path| StalePathRow::of(path, offset_minutes)).collect()
    }

    /// The same as the JSON array that the page prints, indented by four.
    pub fn stale_path_document(&self, offset_minutes: i32) -> String {
        let rows: Vec<String> = self
            .stale_path_rows(offset_minutes)
            .into_iter()
            .map(|StalePathRow { path_id, last_create_time, path_list }| {
                // Digits, signs and brackets only: nothing to escape.
                format!(
                    "    {{\n        \"path id\": \"{path_id}\",\n        \"last create time\": \
                     \"{last_create_time}\",\n        \"path list\": \"{path_list}\"\n    }}"
                )
            })
            .collect();
        if rows.is_empty() { "[]".to_string() } else { format!("[\n{}\n]", rows.join(",\n")) }
    }
}

/// `YYYY-MM-DD hh:mm:ss ±hhmm` of a time counted from 1970.
fn local_time(at: SimTime, offset_minutes: i32) -> String {
    let secs = i128::from(at.secs()) + i128::from(offset_minutes) * 60;
    let (days, second) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let offset = offset_minutes.unsigned_abs();
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} {sign}{:02}{:02}",
        second / 3_600,
        second / 60 % 60,
        second % 60,
        offset / 60,
        offset % 60
    )
}

/// Year, month and day of a day counted from 1970-01-01 (proleptic Gregorian). Years start in
/// March here, so that the leap day is the last one.
fn civil(days: i128) -> (i128, i128, i128) {
    let from_march_0000 = days + 719_468;
    let (era, day_of_era) = (from_march_0000.div_euclid(146_097), from_march_0000.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i128::from(month <= 2);
    (year, month, day)
}
