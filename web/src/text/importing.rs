//! Chinese of what the importer says: refusals, and notes on what was read.
//!
//! Only the worker that reads pasted text links this: it says each sentence in both languages, so
//! that the page carries neither. English is the `Display` of the same types in core.

use super::fill;
use tabletop_core::import::{Expected, Found, ImportError, NoteKey, RowsetFact};

/// A refusal, without its place.
pub fn refused(error: &ImportError) -> String {
    let (expected, found) = (expected(&error.expected), found(&error.found));
    let advice = advice(error);
    let template = if advice.is_empty() {
        "此处应为{0}，实际是{1}。"
    } else {
        "此处应为{0}，实际是{1}。{2}。"
    };
    fill(template, &[&expected, &found, advice])
}

fn expected(expected: &Expected) -> String {
    let text = match expected {
        Expected::Rowsets => "列出 rowset 的文本",
        Expected::RowsetText => "形如“[2-5] 3 DATA NONOVERLAPPING”的 rowset 文本",
        Expected::Range => "形如 [2-5] 的版本范围，起点不大于终点",
        Expected::Version => "0 到 9007199254740991 的版本",
        Expected::Segments => "segment 个数",
        Expected::Kind => "DATA 或 DELETE",
        Expected::Overlap => "OVERLAPPING、NONOVERLAPPING 或 OVERLAP_UNKNOWN",
        Expected::Size => "形如 574.00 MB 的大小",
        Expected::Level => "level=0 到 level=255",
        Expected::SegmentIds => "形如 [100,101] 的 segment 编号，或 rowset 文本的结尾",
        Expected::PathList => "形如“1 -> [0-1] -> [2-5]”的路径",
        Expected::Integer => "整数",
        Expected::Time => "形如 2026-01-02 08:09:56.930 的时间",
        Expected::Text => "带引号的文本",
        Expected::Array => "[ ] 列表",
        Expected::Object => "{ } 对象",
        Expected::Value => "一个值",
        Expected::Key => "带引号的键或 }",
        Expected::Colon => "键之后的冒号",
        Expected::CommaOrClose => "逗号或列表的右括号",
        Expected::ClosingQuote => "这段文本的右引号",
        Expected::Escape => r"转义，例如 \n 或 \u00e9",
        Expected::RowsetVersions => "start_version 与 end_version",
        Expected::Depth => "至多 64 层括号",
        Expected::TableColumns => "写明 START_VERSION 与 END_VERSION 的首行",
        Expected::RowsetsAtMost(count) => return fill("至多 {0} 个 rowset", &[&count.to_string()]),
        Expected::BytesAtMost(count) => return fill("至多 {0} 字节", &[&count.to_string()]),
        Expected::Cells(count) => return fill("与首行相同的 {0} 个单元格", &[&count.to_string()]),
        Expected::Tablet(tablet) => return fill("tablet {0}", &[&tablet.to_string()]),
    };
    text.to_owned()
}

fn found(found: &Found) -> String {
    let text = match found {
        Found::Text(text) if text.is_empty() => "空白",
        Found::End { inside } if inside.is_empty() => "文本结尾",
        Found::Nothing => "空文本",
        Found::NoRowsets => "没有 rowset 的返回",
        Found::RunStatus => "/api/compaction/run_status 的返回",
        Found::CompactionScore => "/api/compaction_score 的返回",
        Found::BackendLog => "BE 的日志行",
        Found::Steps => "手写的步骤",
        Found::Html => "网页",
        Found::HeaderWithoutRowsets => "没有 rowset 列表的 tablet header",
        Found::Text(text) => return fill("“{0}”", &[text]),
        Found::End { inside } => return fill("文本在“{0}”内结束", &[inside]),
        Found::TabletNotFound(words) => return fill("BE 的答复“{0}”", &[words]),
        Found::Refused(words) => return fill("拒绝答复“{0}”", &[words]),
    };
    text.to_owned()
}

/// What the operator can do next; empty where the place says it all.
fn advice(error: &ImportError) -> &'static str {
    if error.advice().is_empty() {
        return "";
    }
    match &error.found {
        Found::End { .. } => "还没有读到 rowset：请重新获取，并粘贴完整的返回",
        Found::Text(_) | Found::Nothing | Found::NoRowsets => {
            "请粘贴 GET /api/compaction/show?tablet_id=… 或 GET /api/meta/header/… 的返回"
        }
        Found::RunStatus => "它只说明是否正在合并；GET /api/compaction/show?tablet_id=… 会列出 rowset",
        Found::CompactionScore => "它列出 tablet；请对其中一个调用 GET /api/compaction/show?tablet_id=…",
        Found::BackendLog => {
            "日志写的是版本而不是 rowset；请对该 tablet 调用 GET /api/compaction/show?tablet_id=…"
        }
        Found::Steps => "请粘贴一份 GET /api/compaction/show?tablet_id=… 的返回，或每行一个 rowset",
        Found::TabletNotFound(_) => "请询问持有副本的 BE：SHOW TABLET … 会列出它们",
        Found::Refused(_) => "请重试，或询问另一副本所在的 BE",
        Found::Html => "请直接访问 BE 的 web server 端口（8040）",
        Found::HeaderWithoutRowsets => {
            "存算分离模式不打印列表；请用 GET /api/compaction/show?tablet_id=… 或 information_schema.rowsets"
        }
    }
}

/// A note. One sentence per key, its values in the holes.
pub fn note(key: &NoteKey) -> String {
    let n = u32::to_string;
    let (template, values): (&str, Vec<String>) = match key {
        NoteKey::TextEnds { inside, rowsets } if inside.is_empty() => {
            ("文本在返回结束之前就结束了；此前读到 {0} 个 rowset", vec![n(rowsets)])
        }
        NoteKey::TextEnds { inside, rowsets } => {
            ("文本在“{1}”内结束；此前读到 {0} 个 rowset", vec![n(rowsets), inside.clone()])
        }
        NoteKey::LeadingText => ("跳过了返回之前的各行", vec![]),
        NoteKey::TrailingText => ("跳过了返回之后的文本", vec![]),
        NoteKey::ExtraComma => ("跳过了一个多余的逗号", vec![]),
        NoteKey::MissingComma => ("缺少一个逗号；按此处有逗号读取", vec![]),
        NoteKey::MissingValue(key) => ("“{0}”没有值；视为未说明", vec![key.clone()]),
        NoteKey::UnquotedKey => ("不带引号的键按键读取", vec![]),
        NoteKey::InvalidUtf8 => ("替换了不是 UTF-8 的字节", vec![]),
        NoteKey::DuplicateKey(key) => ("“{0}”出现两次；以第一次为准", vec![key.clone()]),
        NoteKey::UnknownKey(key) => ("不认识“{0}”，未采用", vec![key.clone()]),
        NoteKey::IgnoredLine => ("跳过了一行没有 rowset 的文本", vec![]),
        NoteKey::Elided => ("复制者在此处省略了 rowset", vec![]),
        NoteKey::DateReadAsData => ("文档中的笔误 DATE 按 DATA 读取", vec![]),
        NoteKey::CutId { digits } => ("rowset id 只有 {0} 位而不是 48 位，原样保留", vec![n(digits)]),
        NoteKey::RoundedSizes { rowsets } => ("打印的大小只保留两位小数：{0} 个 rowset", vec![n(rowsets)]),
        NoteKey::NotTold { fact, rowsets } => {
            ("{1} 个 rowset 未说明{0}", vec![fact_name(*fact).to_owned(), n(rowsets)])
        }
        NoteKey::NoTimes => ("没有任何时间；时钟从零开始", vec![]),
        NoteKey::ZoneAssumedUtc => ("时间不带时区，按 UTC 读取", vec![]),
        NoteKey::ZoneFromText { minutes } => {
            ("不带时区的时间按 UTC{0} 读取，依据文本别处", vec![east(*minutes)])
        }
        NoteKey::UnreadableTime(time) => ("无法读取时间“{0}”；视为未说明", vec![time.clone()]),
        NoteKey::PolicyNotChosen => ("节点尚未选择合并策略", vec![]),
        NoteKey::NumberBasedPolicy => ("按数量的策略已于 2022 年从 Doris 移除", vec![]),
        NoteKey::UnknownPolicy(policy) => ("不认识合并策略“{0}”", vec![policy.clone()]),
        NoteKey::PointInsideRowset { point, rowset } => {
            ("累积点 {0} 落在 rowset {1} 之内", vec![point.to_string(), rowset.to_string()])
        }
        NoteKey::Missing(range) => ("没有存活 rowset 覆盖 {0}", vec![range.to_string()]),
        NoteKey::MissingDiffers(range) => {
            ("{0} 只在一处缺失：返回的列表与 rowset 不一致", vec![range.to_string()])
        }
        NoteKey::ReversedMissing { start, end } => {
            ("缺失范围 [{0}-{1}] 起止颠倒，未采用", vec![start.to_string(), end.to_string()])
        }
        NoteKey::DuplicateRowset(range) => ("{0} 出现两次；以第一次为准", vec![range.to_string()]),
        NoteKey::LiveOverlap(a, b) => {
            ("存活 rowset {0} 与 {1} 的版本重叠", vec![a.to_string(), b.to_string()])
        }
        NoteKey::Crossing(a, b) => ("{0} 与 {1} 相互交叉：互不包含", vec![a.to_string(), b.to_string()]),
        NoteKey::PathGap { path, left, right } => (
            "陈旧路径 {0} 从 {1} 到 {2}，两者并不相接",
            vec![path.to_string(), left.to_string(), right.to_string()],
        ),
        NoteKey::EmptyPath => ("一条没有 rowset 的陈旧路径未采用", vec![]),
        NoteKey::PathRenumbered(path) => ("一条没有自己编号的陈旧路径改为 {0}", vec![path.to_string()]),
        NoteKey::MemberWithoutRowset(range) => {
            ("陈旧路径中的 {0} 不在 stale_rowsets 里：只知道它的版本", vec![range.to_string()])
        }
        NoteKey::StaleWithoutPath { rowsets } => {
            ("{0} 个 rowset 在 stale_rowsets 里，但不在任何陈旧路径上", vec![n(rowsets)])
        }
        NoteKey::StaleNotGrouped { rowsets } => {
            ("header 不记录哪些陈旧 rowset 属于同一路径：{0} 个 rowset", vec![n(rowsets)])
        }
        NoteKey::DeleteBitmapIgnored { entries } => ("未采用删除位图（{0} 项）", vec![n(entries)]),
        NoteKey::IncrementalIgnored { rowsets } => {
            ("inc_rs_metas 重复了 {0} 个 rowset，已忽略", vec![n(rowsets)])
        }
        NoteKey::RowsetState(state) => ("rowset 的状态是 {0}，不是 VISIBLE", vec![state.clone()]),
        NoteKey::OtherTablets { taken, others, count } => {
            let mut names: Vec<String> = others.iter().map(u64::to_string).collect();
            if others.len() < *count as usize {
                names.push("…".to_owned());
            }
            ("采用了 tablet {0}；文本中还有 {1} 个：{2}", vec![taken.to_string(), n(count), names.join(" ")])
        }
        NoteKey::OtherBackends { rows } => ("同一 tablet 在其他 BE 上的 {0} 行未采用", vec![n(rows)]),
        NoteKey::More { count, .. } => ("同类还有 {0} 条", vec![n(count)]),
    };
    fill(template, &values.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `+08:00`.
fn east(minutes: i32) -> String {
    let two = |number: u32| [if number < 10 { "0" } else { "" }, &number.to_string()].concat();
    let east = minutes.unsigned_abs();
    [if minutes < 0 { "-" } else { "+" }, &two(east / 60), ":", &two(east % 60)].concat()
}

const fn fact_name(fact: RowsetFact) -> &'static str {
    match fact {
        RowsetFact::Bytes => "大小",
        RowsetFact::Rows => "行数",
        RowsetFact::Created => "创建时间",
        RowsetFact::Segments => "segment 数",
        RowsetFact::Overlap => "segment 重叠",
        RowsetFact::Kind => "数据或删除",
    }
}

#[cfg(test)]
mod tests {
    use super::{east, fact_name, note, refused};
    use tabletop_core::import::{RowsetFact, import};

    #[test]
    fn facts_are_named_as_on_the_page() {
        let zh = crate::text::chinese().expect("it is beside the program");
        let all = [
            (RowsetFact::Bytes, zh.f_bytes),
            (RowsetFact::Rows, zh.f_rows),
            (RowsetFact::Created, zh.f_created),
            (RowsetFact::Segments, zh.f_segments),
            (RowsetFact::Overlap, zh.f_overlap),
            (RowsetFact::Kind, zh.f_kind),
        ];
        for (fact, name) in all {
            assert_eq!(fact_name(fact), name);
        }
    }

    fn said(text: &str) -> (String, String) {
        let error = import(text).expect_err("refused");
        (error.said(), refused(&error))
    }

    #[test]
    fn a_refusal_says_the_same_in_both_languages() {
        let (en, zh) = said("{ \"rowsets\": [\"[0-1] 1 DATA\",\n \"[5-2] 1 DATA\"] }");
        assert!(en.starts_with("expected a version range like [2-5]") && en.contains("[5-2]"), "{en}");
        assert!(zh.starts_with("此处应为形如 [2-5] 的版本范围") && zh.contains("[5-2]"), "{zh}");
        let (en, zh) = said("<html>");
        assert!(en.contains("8040") && zh.contains("8040"), "{en} {zh}");
    }

    #[test]
    fn every_note_of_a_text_is_in_chinese_with_its_values() {
        let text = "{\"cumulative point\": 4, \"huh\": 1, \"rowsets\": [\"[0-1] 1 DATE\", \"[2-5] 1 DATA\",, \
                    \"[4-9] 1 DATA\"], \"missing_rowsets\": [\"[9-3]\"], \"stale_rowsets\": [], \
                    \"stale version path\": [{\"path id\": \"1\", \"path\": \"1 -> [2-3] -> [5-5]\"}]";
        let read = import(text).expect("taken");
        assert!(read.notes.len() > 8, "{:?}", read.notes);
        for told in &read.notes {
            let zh = note(&told.key);
            assert!(zh.chars().any(|char| char > '\u{2e80}') && !zh.contains("{0}"), "{zh}");
            // Numbers of the English sentence are in the Chinese one.
            for number in told.text.split(|char: char| !char.is_ascii_digit()).filter(|word| !word.is_empty())
            {
                assert!(zh.contains(number), "{number} of {}: {zh}", told.text);
            }
        }
    }

    #[test]
    fn zones_are_written_with_two_digits() {
        assert_eq!((east(480), east(-210)), ("+08:00".to_owned(), "-03:30".to_owned()));
    }
}
