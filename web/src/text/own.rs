//! A policy of one's own in words: its editor, its faults, what a script can see.

use super::{EN, Text, fill};
use tabletop_core::compaction::script::{Fault, FaultKind};
use tabletop_core::lab::Rejection;

macro_rules! own {
    ($($key:ident: $en:literal, $zh:literal;)*) => {
        /// Texts of the editor in one language.
        #[derive(Debug)]
        pub struct Own {
            $(#[doc = concat!("`", stringify!($key), "`")] pub $key: &'static str,)*
            /// What is wrong with a script, in the order of [`FaultKind::ALL`].
            pub faults: [&'static str; FaultKind::ALL.len()],
            /// Words of the language with what they mean.
            pub words: [(&'static str, &'static str); 14],
        }

        static EN_OWN: Own = Own { $($key: $en,)* faults: FAULTS[0], words: WORDS[0] };
        static ZH_OWN: Own = Own { $($key: $zh,)* faults: FAULTS[1], words: WORDS[1] };

        #[cfg(test)]
        const PAIRS: &[(&str, &str)] = &[$(($en, $zh),)*];
    };
}

own! {
    title: "A policy of your own", "自己编写的策略";
    lead: "The script is asked in every round of the scheduler: it looks at the live rowsets and picks what to merge.",
        "调度器每一轮都会询问脚本：它查看存活的 rowset，选出要合并的部分。";
    field: "Script", "脚本";
    keys: "Tab indents, Shift+Tab leaves the field, Ctrl+Enter applies.", "Tab 缩进，Shift+Tab 离开输入框，Ctrl+Enter 应用。";
    apply: "Apply", "应用";
    edit: "Edit the script", "编辑脚本";
    start_from: "Start from", "示例";
    every_ten: "everything every 10 loads", "每 10 次导入全部合并";
    size_based: "size-based, rewritten", "按大小（重写）";
    reference: "What a script can see and answer", "脚本能看到和回答的内容";
    limits: "Whole numbers only. At most 200,000 operations a round and 200 more for each rowset, then it is stopped.",
        "只有整数。每轮最多 200,000 次操作，每个 rowset 另加 200 次，超出即停止。";
    picks: "Picks {0}.", "选择 {0}。";
    picks_why: "Picks {0}: {1}", "选择 {0}：{1}";
    leaves: "Picks nothing now.", "现在不选择。";
    leaves_why: "Picks nothing now: {0}", "现在不选择：{0}";
    not_applied: "Not applied yet.", "尚未应用。";
    at: "Line {0}, column {1}: {2}", "第 {0} 行第 {1} 列：{2}";
    go: "Go there", "转到";
    set: "script set as the policy", "已将脚本设为合并策略";
    said: "script: {0}", "脚本：{0}";
    failed: "{0}: script failed. {1}", "{0}：脚本出错。{1}";
}

const FAULTS: [[&str; FaultKind::ALL.len()]; 2] = [
    [
        "The part that runs scripts could not be loaded. Try again when the server answers. {2}",
        "The script has {0} bytes, {1} are the most. Make it shorter.",
        "It cannot be read: {2}. Correct it and apply it again; until then the last one stays.",
        "{2}",
        "Stopped after {0} operations. Does a loop never end?",
        "Stopped after {0} ms of this machine's time. Another machine may come to another end, so this run cannot be repeated; make the script do less.",
        "{2}. Keep texts, lists and calls smaller.",
        "{2}",
        "[{0}-{1}] does not begin and end where live rowsets do. Pick whole rowsets.",
        "Version {0} is missing, so what lies around it cannot be merged.",
        "Version {0} is a delete predicate: pick it with all rowsets before it, or it would be lost to them.",
        "Version {0} is not visible yet (visible: {1}). Leave out what is not `visible`.",
        "[{0}-{1}] is one rowset whose segments do not overlap: nothing to merge.",
        "The point {0} would lie inside a rowset or outside the tablet.",
    ],
    [
        "运行脚本的部分无法加载。服务器恢复后请重试。{2}",
        "脚本有 {0} 字节，最多 {1} 字节。请缩短。",
        "无法解析：{2}。请改正后再次应用；在此之前沿用上一个脚本。",
        "{2}",
        "在 {0} 次操作后停止。循环是否没有终止？",
        "在本机运行 {0} 毫秒后停止。其他机器上结果可能不同，因此这次运行无法重现；请减少脚本的工作量。",
        "{2}。请减小文本、列表或调用的规模。",
        "{2}",
        "[{0}-{1}] 的两端不是存活 rowset 的边界。请选择完整的 rowset。",
        "缺少版本 {0}，其前后的 rowset 不能合并。",
        "版本 {0} 是删除谓词：必须与它之前的所有 rowset 一起选择，否则谓词会丢失。",
        "版本 {0} 尚不可见（可见版本：{1}）。请排除 `visible` 为假的 rowset。",
        "[{0}-{1}] 是单个 rowset，段之间不重叠：没有可合并的。",
        "累积点 {0} 会落在 rowset 内部或 tablet 之外。",
    ],
];

const WORDS: [[(&str, &str); 14]; 2] = [
    [
        (
            "pick(first, last, why)",
            "merges the versions from first to last; a fourth number puts the cumulative point there",
        ),
        ("leave(why)", "merges nothing; a second number moves the point"),
        ("rowsets", "live rowsets by version: for r in rowsets, rowsets[0], rowsets.len"),
        ("r.first  r.last", "the versions it holds"),
        ("r.bytes  r.rows", "its size; 0 where an import did not tell"),
        ("r.segments  r.overlapping", "its files, and whether they overlap"),
        ("r.score  r.level", "compaction score and level"),
        ("r.created", "when it was written, ms"),
        ("r.delete  r.visible", "a delete predicate; whether readers may ask for it"),
        ("point  visible", "the cumulative point; the newest visible version"),
        ("score  promotion", "score above the point; promotion size, bytes"),
        ("now  base_round", "virtual time, ms; true in every tenth round"),
        (
            "knobs.min_score …",
            "max_score min_bytes promotion_bytes promotion_min_bytes goal_bytes file_count time_ms base_min_rowsets base_max_score",
        ),
        ("let if while for fn", "the language is Rhai: `${n} loads` is a text with a value in it"),
    ],
    [
        ("pick(first, last, why)", "合并从 first 到 last 的版本；第四个数设定累积点"),
        ("leave(why)", "不合并；第二个数移动累积点"),
        ("rowsets", "按版本排列的存活 rowset：for r in rowsets、rowsets[0]、rowsets.len"),
        ("r.first  r.last", "它包含的版本"),
        ("r.bytes  r.rows", "大小；导入未提供时为 0"),
        ("r.segments  r.overlapping", "段文件数，是否重叠"),
        ("r.score  r.level", "合并分数与层级"),
        ("r.created", "写入时间，毫秒"),
        ("r.delete  r.visible", "是否删除谓词；读者是否可见"),
        ("point  visible", "累积点；最新的可见版本"),
        ("score  promotion", "累积点之上的分数；晋升大小，字节"),
        ("now  base_round", "虚拟时间，毫秒；每十轮一次为真"),
        (
            "knobs.min_score …",
            "max_score min_bytes promotion_bytes promotion_min_bytes goal_bytes file_count time_ms base_min_rowsets base_max_score",
        ),
        ("let if while for fn", "语言是 Rhai：`${n} loads` 是含有数值的文本"),
    ],
];

/// The editor's texts in the language of the page.
pub fn of(t: &'static Text) -> &'static Own {
    if core::ptr::eq(t, &raw const EN) { &EN_OWN } else { &ZH_OWN }
}

/// What is wrong with a script, with its place.
pub fn fault(t: &'static Text, fault: &Fault) -> String {
    let [a, b] = fault.numbers.map(|number| number.to_string());
    let said = fill(of(t).faults[fault.kind as usize], &[&a, &b, &fault.text]);
    if fault.line == 0 {
        return said;
    }
    fill(of(t).at, &[&fault.line.to_string(), &fault.column.to_string(), &said])
}

/// The fault of a refused command: line, column, kind and numbers are its numbers.
pub fn refused(rejection: &Rejection) -> Fault {
    let number = |at: usize| rejection.numbers.get(at).copied().unwrap_or(0);
    let kind = usize::try_from(number(2)).ok().and_then(|kind| FaultKind::ALL.get(kind).copied());
    // What the interpreter said stands between the place and the advice.
    let place = rejection.text.find(": ").filter(|_| number(0) > 0).map_or(0, |at| at + 2);
    let text = rejection.text.get(place..).unwrap_or_default();
    let text =
        text.split_once(". Nothing").or_else(|| text.split_once(". Keep")).map_or(text, |parts| parts.0);
    let [line, column] = [0, 1].map(|at| u32::try_from(number(at)).unwrap_or(0));
    Fault {
        kind: kind.unwrap_or(FaultKind::Run),
        line,
        column,
        numbers: [number(3), number(4)],
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EN, Lang};
    use super::*;

    fn holes(text: &str) -> Vec<char> {
        let after = |(at, _): (usize, &str)| text[at + 1..].chars().next();
        let mut all: Vec<char> =
            text.match_indices('{').filter_map(after).filter(char::is_ascii_digit).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn both_languages_have_the_same_holes_and_words() {
        let faults = FAULTS[0].iter().zip(&FAULTS[1]).map(|(en, zh)| (*en, *zh));
        for (en, zh) in PAIRS.iter().copied().chain(faults) {
            assert_eq!(holes(en), holes(zh), "{en}");
        }
        let names = |at: usize| WORDS[at].map(|word| word.0);
        assert_eq!(names(0), names(1));
    }

    #[test]
    fn a_refused_script_is_told_with_its_place_in_both_languages() {
        let syntax = Fault {
            line: 3,
            column: 7,
            text: "Unexpected ';'".to_owned(),
            ..Fault::of(FaultKind::Syntax, [0; 2])
        };
        for (t, begins) in [
            (&EN, "Line 3, column 7: It cannot be read: Unexpected ';'."),
            (Lang::Zh.text(), "第 3 行第 7 列：无法解析：Unexpected ';'。"),
        ] {
            let rejection = Rejection {
                code: 0,
                key: "script".to_owned(),
                numbers: vec![3, 7, FaultKind::Syntax as i64, 0, 0],
                text: syntax.to_string(),
            };
            assert_eq!(refused(&rejection), syntax);
            assert!(super::super::sentence::rejection(t, &rejection).starts_with(begins));
        }
        let delete = Fault::of(FaultKind::Delete, [9, 0]);
        assert!(fault(&EN, &delete).starts_with("Version 9 is a delete predicate"));
    }
}
