//! The drawing's few words, in both languages, and how it writes numbers.

/// English or Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: bool,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $zh:literal;)*) => {
        impl Words {
            $($(#[$doc])* pub const fn $name(self) -> &'static str { if self.zh { $zh } else { $en } })*
        }
    };
}

words! {
    /// Row of live rowsets.
    live: "live", "存活";
    /// Rows of stale paths.
    stale: "stale", "陈旧";
    /// Under the row's name.
    merged_once: "merged 1×", "合并 1 次";
    /// Lane.
    readable: "readable", "可读";
    /// Axis.
    version: "version", "版本";
    /// Graph line.
    vertices: "vertices", "顶点";
    /// Left of the point.
    base_side: "base side", "基线侧";
    /// Bracket.
    next_pick: "next pick", "下次选取";
    /// Where what readers may ask for ends.
    visible_to: "readers ask up to ", "读者最多可请求 ";
    /// Legend and hover.
    loaded: "loaded", "导入";
    /// Legend and hover.
    cumulative: "cumulative", "累积";
    /// Legend and hover.
    base: "base", "基线";
    /// Legend and hover.
    delete: "delete predicate", "删除谓词";
    /// Legend and hover.
    overlap: "segments overlap", "segment 有重叠";
    /// Legend.
    fuse: "time until swept", "距清理时间";
    /// Hover.
    no_rows: "no rows", "无数据";
    /// Brick without a size.
    unknown_size: "size unknown", "大小未知";
    /// Gap of the live path.
    missing: "missing", "缺失";
    /// Timeline.
    events: "events", "事件";
    /// Timeline gap.
    idle: "idle", "空闲";
    /// Hover of a path that no sweep takes by time.
    no_expiry: "not swept by time", "不按时间清理";
    /// Hover of a path that a sweep may take.
    due: "a sweep may take it now", "现在即可被清理";
    /// Hover.
    read_live: "readable through live rowsets", "通过存活 rowset 可读";
    /// Hover.
    read_stale: "readable only through a stale path", "仅通过陈旧路径可读";
    /// Hover.
    read_no: "not readable: −230", "不可读：−230";
    /// Hover.
    inferred: "time inferred, not printed", "时间为推断值";
}

/// A number in front of, or behind, words: "3 rowsets".
fn glue(parts: &[&str]) -> String {
    parts.concat()
}

impl Words {
    /// Picks one of two texts.
    pub const fn pick(self, en: &'static str, zh: &'static str) -> &'static str {
        if self.zh { zh } else { en }
    }

    /// "cumulative point 39".
    pub fn point(self, version: i64) -> String {
        glue(&[self.pick("cumulative point ", "累积点 "), &version.to_string()])
    }

    /// "query at 36".
    pub fn query_at(self, version: i64) -> String {
        glue(&[self.pick("query at ", "查询 "), &version.to_string()])
    }

    /// "6 older paths above".
    pub fn older(self, count: usize) -> String {
        let n = count.to_string();
        match (self.zh, count) {
            (true, _) => glue(&["上方还有 ", &n, " 条更早的路径"]),
            (false, 1) => glue(&[&n, " older path above"]),
            (false, _) => glue(&[&n, " older paths above"]),
        }
    }

    /// "swept 06:20".
    pub fn swept(self, at: &str) -> String {
        if self.zh { glue(&[at, " 已清理"]) } else { glue(&["swept ", at]) }
    }

    /// "5 rowsets".
    pub fn rowsets(self, count: u64) -> String {
        glue(&[&count.to_string(), self.pick(if count == 1 { " rowset" } else { " rowsets" }, " 个 rowset")])
    }

    /// "−235: 201 of 200 versions, loads are refused".
    pub fn refused(self, live: u64, limit: u64, short: bool) -> String {
        if short {
            return String::from("−235");
        }
        let (live, limit) = (live.to_string(), limit.to_string());
        if self.zh {
            glue(&["−235：版本数 ", &live, " 超过 ", &limit, "，拒绝导入"])
        } else {
            glue(&["−235: ", &live, " versions, ", &limit, " allowed; loads are refused"])
        }
    }

    /// "3 segments".
    pub fn segments(self, count: u32) -> String {
        glue(&[
            &count.to_string(),
            self.pick(if count == 1 { " segment" } else { " segments" }, " 个 segment"),
        ])
    }

    /// "swept in 3:04".
    pub fn swept_in(self, left: &str) -> String {
        if self.zh { glue(&[left, " 后可清理"]) } else { glue(&["swept in ", left]) }
    }

    /// "captures in 0:04".
    pub fn captures_in(self, left: &str) -> String {
        if self.zh { glue(&[left, " 后取路径"]) } else { glue(&["captures in ", left]) }
    }

    /// "stuck at vertex 12".
    pub fn stuck(self, version: i64) -> String {
        let n = version.to_string();
        if self.zh { glue(&["停在顶点 ", &n]) } else { glue(&["stuck at vertex ", &n]) }
    }

    /// "5 rowsets, 2 of them stale".
    pub fn path(self, stops: usize, stale: usize) -> String {
        let all = self.rowsets(stops as u64);
        let n = stale.to_string();
        match (self.zh, stale) {
            (_, 0) => all,
            (true, _) => glue(&[&all, "，", &n, " 个陈旧"]),
            (false, _) => glue(&[&all, ", ", &n, " of them stale"]),
        }
    }

    /// "10 vertices without an edge".
    pub fn orphans(self, count: usize) -> String {
        let n = count.to_string();
        match (self.zh, count) {
            (true, _) => glue(&[&n, " 个顶点没有边"]),
            (false, 1) => glue(&[&n, " vertex without an edge"]),
            (false, _) => glue(&[&n, " vertices without an edge"]),
        }
    }
}

/// `39` or `[33-38]`.
pub fn range_text(start: i64, end: i64) -> String {
    if start == end {
        start.to_string()
    } else {
        glue(&["[", &start.to_string(), "-", &end.to_string(), "]"])
    }
}

/// `[33-38]`, single versions in brackets too.
pub fn bracket_text(start: i64, end: i64) -> String {
    if start == end { glue(&["[", &start.to_string(), "]"]) } else { range_text(start, end) }
}

/// `503 MB`; binary units, one decimal below ten gigabytes and up.
pub fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = [" B", " KB", " MB", " GB", " TB"];
    let mut unit = 0;
    while unit < 4 && bytes >> (10 * unit) >= 1000 {
        unit += 1;
    }
    if unit >= 3 {
        let tenths = (u128::from(bytes) * 10 + (1 << (10 * unit - 1))) >> (10 * unit);
        if tenths < 100 {
            return glue(&[&(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), UNITS[unit]]);
        }
    }
    let half = if unit == 0 { 0 } else { 1 << (10 * unit - 1) };
    glue(&[&(bytes.saturating_add(half) >> (10 * unit)).to_string(), UNITS[unit]])
}

/// The bare number of megabytes, for narrow bricks.
pub fn megabytes(bytes: u64) -> String {
    (bytes.saturating_add(1 << 19) >> 20).to_string()
}

/// `3:04`, with hours `1:03:04`.
pub fn clock_text(micros: u64) -> String {
    let secs = micros / 1_000_000;
    let two = |n: u64| if n < 10 { glue(&["0", &n.to_string()]) } else { n.to_string() };
    let (h, m, s) = (secs / 3600, secs / 60 % 60, secs % 60);
    if h > 0 {
        glue(&[&h.to_string(), ":", &two(m), ":", &two(s)])
    } else {
        glue(&[&m.to_string(), ":", &two(s)])
    }
}

/// How wide a text will be about, px: the host has no fonts. Errs to the wide side.
pub fn width_of(text: &str, size: f32) -> f32 {
    let em: f32 = text
        .chars()
        .map(|c| match c {
            ' ' | '.' | ',' | ':' | 'i' | 'l' | 'j' | '\'' => 0.3,
            '[' | ']' | '(' | ')' | 'f' | 't' | 'r' | '-' => 0.42,
            '0'..='9' => 0.66,
            '#' | '~' => 0.82,
            'm' | 'w' | 'M' | 'W' => 0.88,
            c if (c as u32) < 0x2000 => 0.59,
            c if (c as u32) < 0x2e80 => 0.65,
            _ => 1.0,
        })
        .sum();
    em * size
}

#[cfg(test)]
mod tests {
    use super::{clock_text, range_text, size_text};

    #[test]
    fn numbers_are_short() {
        assert_eq!(size_text(503 << 20), "503 MB");
        assert_eq!(size_text(1400 << 20), "1.4 GB");
        assert_eq!(size_text(12), "12 B");
        assert_eq!(size_text(u64::MAX), "16777215 TB");
        assert_eq!(clock_text(184_000_000), "3:04");
        assert_eq!(clock_text(3_784_000_000), "1:03:04");
        assert_eq!(range_text(33, 38), "[33-38]");
    }
}
