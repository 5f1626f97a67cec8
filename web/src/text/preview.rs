//! What a compaction would take, in words: kinds, numbers, and why rowsets stay out.
//!
//! Tables of their own: only who looks at a pick needs them.

use super::{Lang, Text, bytes, count, fill, millis, span};
use tabletop_core::base::SimTime;
use tabletop_core::compaction::{Fact, Reason};
use tabletop_core::lab::tablet::Kind;

macro_rules! said {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $zh:literal;)*) => {
        $($(#[$doc])* pub const fn $name(lang: Lang) -> &'static str {
            match lang { Lang::En => $en, Lang::Zh => $zh }
        })*
    };
}

said! {
    /// The tab.
    tab: "Pick", "选取";
    /// Its heading.
    title: "What would be merged", "将合并什么";
    /// Which compaction.
    which: "Compaction", "合并";
    /// Nothing.
    nothing: "Nothing to merge now.", "当前没有可合并的。";
    /// Nothing but the point.
    only_point: "Nothing is merged; the cumulative point moves to {0}.", "不合并，累积点移动到 {0}。";
    /// "2 rowsets, 48 MB, become [47-48]."
    becomes: "{0}, {1}, become {2}.", "{0}（{1}）合并为 {2}。";
    /// The scheduler waits.
    waits: "Not by itself yet: {0}.", "尚不会自动执行：{0}。";
    /// Heading of the inputs.
    takes: "Goes in", "参与";
    /// Heading of the facts.
    by: "Numbers it went by", "依据的数值";
    /// Heading of the rejected.
    stays: "Stays out", "不参与";
    /// Nothing stays out.
    stays_none: "Nothing stays out.", "没有被排除的。";
    /// "3 rowsets"
    rowsets: "{0} rowsets", "{0} 个 rowset";
    /// One.
    rowset: "1 rowset", "1 个 rowset";
    /// Size and score of an input.
    score: "score {0}", "分数 {0}";
    /// More inputs.
    more: "and {0} more", "另有 {0} 个";
    /// In the past.
    branches: "The cursor is in the past: this starts a branch.", "光标位于过去：执行会新建分支。";
    /// Of the table.
    goes_in: "goes in", "将参与";
    /// The same in a narrow cell.
    in_short: "in", "参与";
    /// And the other.
    out_short: "stays", "不参与";
    /// Of the table.
    stays_out: "stays: {0}", "不参与：{0}";
    /// Link of the short card.
    all_reasons: "All numbers and reasons", "全部数值与原因";
    /// Eye beside a verb.
    look: "See what it would take", "查看将合并什么";
    /// The backend's answer.
    code: "the backend answers {0}", "后端返回 {0}";
    /// Above the numbers of two branches.
    versus: "Since the start", "自开始以来";
    /// Column.
    metric: "metric", "指标";
    /// Heading of the differences.
    differs: "What differs", "差异所在";
    /// No difference.
    differs_not: "Nothing is set differently at this moment.", "此刻没有不同的设置。";
    /// Under the numbers.
    less_is_better: "Less is better in every row.", "每一行都是越小越好。";
    /// A row.
    score_row: "Compaction score", "合并分数";
    /// A row.
    saves_row: "Meta saves", "元数据写入";
    /// A row.
    merged_row: "Live bytes", "存活字节";
    /// Heading of the menu.
    other_policy: "The same loads under another policy", "相同导入，换一种策略";
    /// With the invisible switch.
    invisible: "Compaction merges versions that readers may not ask for yet. When the older path is swept, the newest visible version has none left and its readers get −230 (apache/doris#28082).",
        "合并会处理读者尚不能请求的版本。旧路径被清理后，最新可见版本不再有路径，其读者得到 −230（apache/doris#28082）。";
    /// Of the gauge.
    of_limit: "{0} of {1} versions allowed", "允许 {1} 个版本，已有 {0} 个";
}

/// "See what it would take: cumulative compaction", for the palette.
pub fn peek_name(lang: Lang, kind: Kind) -> String {
    [look(lang), if lang == Lang::Zh { "：" } else { ": " }, kind_name(lang.text(), kind)].concat()
}

/// Name of a kind as its verb has it.
pub const fn kind_name(t: &'static Text, kind: Kind) -> &'static str {
    match kind {
        Kind::Cumulative => t.v_cumulative,
        Kind::Base => t.v_base,
        Kind::Full => t.v_full,
        Kind::Chosen => t.v_compact,
    }
}

/// One word for a kind.
pub const fn kind_word(lang: Lang, kind: Kind) -> &'static str {
    let (en, zh) = match kind {
        Kind::Cumulative => ("Cumulative", "累积"),
        Kind::Base => ("Base", "基线"),
        Kind::Full => ("Full", "全量"),
        Kind::Chosen => ("Chosen", "所选"),
    };
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// A number that a rule saw: its name, and its value with the unit.
pub fn fact(lang: Lang, fact: Fact, value: i64) -> (&'static str, String) {
    // In the order of `Fact::ALL`: the length does not compile otherwise.
    const NAMES: [[&str; 2]; Fact::ALL.len()] = [
        ["candidates", "候选"],
        ["score", "分数"],
        ["least score", "最低分数"],
        ["greatest score", "最高分数"],
        ["data", "数据量"],
        ["promotion size", "晋升大小"],
        ["size from which score does not count", "不再看分数的大小"],
        ["goal size", "目标大小"],
        ["file count threshold", "文件数阈值"],
        ["age of the oldest", "最早者的等待时间"],
        ["time threshold", "时间阈值"],
        ["empty rowsets in a row", "连续空 rowset"],
        ["rowsets needed", "所需 rowset"],
        ["data beside the first rowset", "首个 rowset 之外的数据"],
        ["data of the first rowset", "首个 rowset 的数据"],
        ["version", "版本"],
    ];
    let size = value.max(0) as u64;
    let written = match fact {
        Fact::Bytes
        | Fact::PromotionBytes
        | Fact::MinBytes
        | Fact::GoalBytes
        | Fact::DeltaBytes
        | Fact::BaseBytes => bytes(size),
        Fact::AgeSecs | Fact::TimeSecs => span(SimTime::from_secs(size)),
        Fact::Candidates | Fact::EmptyRowsets | Fact::MinRowsets => count_of(lang, size),
        Fact::Version => value.to_string(),
        Fact::Score | Fact::MinScore | Fact::MaxScore | Fact::FileCount => count(size),
    };
    (NAMES[fact as usize][usize::from(lang == Lang::Zh)], written)
}

/// "3 rowsets".
pub fn count_of(lang: Lang, number: u64) -> String {
    if number == 1 { rowset(lang).to_owned() } else { fill(rowsets(lang), &[&count(number)]) }
}

/// Why rowsets stay out, with its numbers.
pub fn reason(lang: Lang, reason: &Reason) -> String {
    let (en, zh) = match reason {
        Reason::LevelAbove { .. } => (
            "level {0}, above {1} of all behind it: merging would rewrite it for too little",
            "层级 {0}，高于其后全部的 {1}：重写它收益太小",
        ),
        Reason::Delete => {
            ("a delete predicate: only base compaction applies it", "删除谓词：只由基线合并处理")
        }
        Reason::BehindDelete => {
            ("behind the delete predicate at which collecting stopped", "位于收集停止处的删除谓词之后")
        }
        Reason::OverMaxScore { .. } => {
            ("cut off: the score would pass the maximum of {0}", "被截断：分数会超过上限 {0}")
        }
        Reason::Enough => ("enough was found before it", "在它之前已足够"),
        Reason::Invisible { .. } => ("not visible yet: readers see up to {0}", "尚不可见：读者只能看到 {0}"),
        Reason::BeyondGap => {
            ("beyond a gap: the longest run without one goes in", "在缺口之外：取最长的连续段")
        }
        Reason::Remote => ("its files are in remote storage", "文件在远端存储"),
        Reason::OldInSchemaChange => ("too old while the schema changes", "结构变更期间过旧"),
        Reason::LargeAlready => ("alone as large as a file may get", "单独已达文件大小上限"),
        Reason::Alone => (
            "alone, its segments do not overlap: rewriting gains nothing",
            "只剩一个且 segment 不重叠：重写没有收益",
        ),
        Reason::CompactedAlready => ("compacted already", "已合并过"),
        Reason::YoungLevel => ("merged not long ago", "刚合并不久"),
        Reason::NotInRun => ("not in the run that was chosen", "不在所选的连续段内"),
        Reason::NotDue => ("nothing is due yet", "尚未到期"),
    };
    let template = if lang == Lang::Zh { zh } else { en };
    let [first, second] = reason.numbers();
    let size = |number: i64| bytes(number.max(0) as u64);
    match reason {
        Reason::LevelAbove { .. } => fill(template, &[&size(first), &size(second)]),
        _ => fill(template, &[&first.to_string()]),
    }
}

/// How numbers of a metric are written.
pub fn write_of(column: &str) -> fn(u64) -> String {
    match column {
        "write_amplification" | "space_amplification" => millis,
        column if column.ends_with("bytes") => bytes,
        _ => count,
    }
}

/// B to A in whole percent with its sign; the difference itself where A is zero.
pub fn to_a(a: i64, b: i64, write: fn(u64) -> String) -> String {
    if a == b {
        return "=".to_owned();
    }
    if a <= 0 {
        return [if b > a { "+" } else { "−" }, &write(a.abs_diff(b))].concat();
    }
    let tenths = i128::from(b - a) * 1_000 / i128::from(a);
    let (whole, sign) = ((tenths.unsigned_abs() + 5) / 10, if b > a { "+" } else { "−" });
    match whole {
        0 => [sign, "<1 %"].concat(),
        1_000.. => ["×", &count((b / a).unsigned_abs())].concat(),
        _ => [sign, &whole.to_string(), " %"].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_says_how_much() {
        let write = write_of("live_rowsets");
        assert_eq!(to_a(10, 10, write), "=");
        assert_eq!(to_a(10, 5, write), "−50 %");
        assert_eq!(to_a(0, 7, write), "+7");
        assert_eq!(to_a(10_000, 10_001, write), "+<1 %");
        assert_eq!(to_a(2, 300, write), "×150");
        assert_eq!(to_a(0, 1_500, write_of("write_amplification")), "+1.5");
    }

    #[test]
    fn numbers_have_names_and_units_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            let mut names: Vec<_> = Fact::ALL.iter().map(|which| fact(lang, *which, 1).0).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Fact::ALL.len());
        }
        assert_eq!(fact(Lang::En, Fact::PromotionBytes, 128 << 20), ("promotion size", "128 MB".to_owned()));
        assert_eq!(fact(Lang::En, Fact::TimeSecs, 3_600).1, "1:00:00");
        assert_eq!(fact(Lang::Zh, Fact::Candidates, 3).1, "3 个 rowset");
        assert_eq!(fact(Lang::En, Fact::Candidates, 1).1, "1 rowset");
    }

    #[test]
    fn a_reason_holds_its_numbers() {
        let above = Reason::LevelAbove { level: 64 << 20, rest: 8 << 20 };
        assert!(reason(Lang::En, &above).starts_with("level 64 MB, above 8 MB"));
        assert!(reason(Lang::Zh, &Reason::Invisible { visible: 17 }).contains("17"));
        assert!(reason(Lang::En, &Reason::OverMaxScore { max: 1_000 }).contains("1000"));
        assert!(!reason(Lang::En, &Reason::Alone).contains('{'));
    }
}
