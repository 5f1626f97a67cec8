//! Find or run: every verb, view, run, scenario, branch and mark, in both languages.

use super::labs::{LABS, is_tablet};
use super::{Dialog, Menu, Model, Msg, Verb, View};
use crate::board::page::Do;
use crate::protocol::{PICKS, Request, Target};
use crate::stage::StageOrder;
use crate::text::preview::peek_name;
use crate::text::{EN, Lang, Text, fill, scenario};
use tabletop_core::lab::stored::LAB_INODE;

/// A line of the palette.
#[derive(Debug)]
pub struct Entry {
    /// Its icon.
    pub icon: &'static str,
    /// In English and Chinese.
    pub names: [String; 2],
    /// Group, in the page's language.
    pub group: &'static str,
    /// Its key, or empty.
    pub key: &'static str,
    /// What it does.
    pub does: Box<Msg>,
}

impl Entry {
    /// Its name in a language.
    pub fn name(&self, lang: Lang) -> &str {
        &self.names[usize::from(lang == Lang::Zh)]
    }
}

/// The lines that hold every word of what was typed, in either language.
pub fn search(model: &Model) -> Vec<Entry> {
    let typed = fold(&model.palette.0);
    let words: Vec<&str> = typed.split_whitespace().collect();
    let mut found = all(model);
    found.retain(|entry| {
        let both = fold(&[entry.names[0].as_str(), " ", &entry.names[1], " ", entry.group].concat());
        words.iter().all(|word| holds(&both, word))
    });
    found
}

/// Without case, and with the wide letters of a Chinese keyboard as plain ones.
fn fold(text: &str) -> String {
    // The browser has the tables already.
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).normalize("NFKC").to_lower_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_lowercase()
}

/// Chinese is typed without spaces between words: its characters need only stand in this order.
fn holds(text: &str, word: &str) -> bool {
    let mut rest = text.chars();
    text.contains(word)
        || word.chars().all(|char| char > '\u{2e7f}') && word.chars().all(|char| rest.any(|c| c == char))
}

fn all(model: &Model) -> Vec<Entry> {
    let t = model.text();
    // English once more while Chinese is on its way.
    let zh_text = Lang::Zh.text();
    let mut out = Vec::new();
    let mut add = |icon, names: [String; 2], group, key, does| {
        out.push(Entry { icon, names, group, key, does: Box::new(does) });
    };
    let both = |name: fn(&'static Text) -> &'static str| [name(&EN).to_owned(), name(zh_text).to_owned()];
    let tablet = is_tablet(model.lab);
    let words = |part: &str, key: &str| {
        let name = model.board.words.of(part, key);
        [name.clone(), name]
    };
    for (at, verb) in model.board.info.iter().flat_map(|info| &info.verbs).enumerate() {
        add("play", words("verb-", &verb.key), t.g_verb, "", Msg::Board(Do::Verb(at)));
    }
    for tab in LABS.iter().filter(|tab| tab.lab != model.lab) {
        add("swap", [tab.en.to_owned(), tab.zh.to_owned()], t.labs, "", Msg::Lab(tab.lab));
    }
    if model.can_act() && tablet {
        for verb in Verb::ALL {
            add(
                verb.icon(),
                [verb.name(&EN).to_owned(), verb.name(zh_text).to_owned()],
                t.g_verb,
                verb.key(),
                Msg::Do(verb),
            );
        }
    }
    if tablet {
        for kind in PICKS {
            let names = [peek_name(Lang::En, kind), peek_name(Lang::Zh, kind)];
            add("eye", names, t.g_view, if kind == model.peek { "P" } else { "" }, Msg::Peek(Some(kind)));
        }
    }
    add("play", both(|t| t.q_play), t.g_go, "Space", Msg::Toggle);
    add("first", both(|t| t.to_start), t.g_go, "Home", Msg::Seek(Target::Start));
    add("last", both(|t| t.to_end), t.g_go, "End", Msg::Seek(Target::End));
    add("undo", both(|t| t.undo), t.g_go, "⌘Z", Msg::Ask(Request::Undo));
    add("redo", both(|t| t.redo), t.g_go, "⇧⌘Z", Msg::Ask(Request::Redo));
    add("flag", both(|t| t.mark), t.g_go, "M", Msg::Mark);
    add("branch", both(|t| t.branch_here), t.g_go, "B", Msg::Ask(Request::Fork { name: String::new() }));
    add("eye", both(|t| t.map), t.g_view, "", Msg::View(View::Map));
    add("swap", both(|t| t.compare), t.g_view, "C", Msg::Menu(Some(Menu::Compare)));
    if tablet {
        add("query", both(|t| t.graph), t.g_view, "", Msg::View(View::Graph));
    }
    add("table", both(|t| t.table), t.g_view, "T", Msg::View(View::Table));
    add("copy", both(|t| t.text), t.g_view, "", Msg::View(View::Text));
    add("fit", both(|t| t.fit), t.g_view, "0", Msg::Order(StageOrder::Fit));
    if tablet {
        add("import", both(|t| t.import_json), t.g_run, "", Msg::Dialog(Some(Dialog::Import)));
    }
    if model.lab == LAB_INODE {
        add("gauge", both(|t| t.me_title), t.g_run, "", Msg::Dialog(Some(Dialog::Measure)));
    }
    add("share", both(|t| t.share), t.g_run, "", Msg::Menu(Some(Menu::Share)));
    add("copy", both(|t| t.share_text), t.g_run, "", Msg::CopyText);
    add("eye", both(|t| t.share_svg), t.g_run, "", Msg::Svg);
    add("gauge", both(|t| t.share_csv), t.g_run, "", Msg::Csv);
    add("help", both(|t| t.shortcuts), t.g_page, "?", Msg::Dialog(Some(Dialog::Shortcuts)));
    add("swap", both(|t| t.language), t.g_page, "", Msg::Language);
    let theme = if model.dark { both(|t| t.theme_light) } else { both(|t| t.theme_dark) };
    add("moon", theme, t.g_page, "", Msg::Theme);
    add("eye", both(|t| t.projector), t.g_page, "", Msg::Projector);
    let filled = |name: fn(&'static Text) -> &'static str, arguments: &[&str]| {
        [fill(name(&EN), arguments), fill(name(zh_text), arguments)]
    };
    if let Some(state) = &model.state {
        for mark in &state.markers {
            let names = filled(|t| t.p_mark, &[&mark.name, &mark.step.to_string()]);
            add("flag", names, t.g_mark, "", Msg::Seek(Target::Step(mark.step)));
        }
        for branch in state.branches.iter().filter(|branch| branch.id != state.branch) {
            let names = filled(|t| t.p_switch, &[&branch.name]);
            add("branch", names, t.g_branch, "", Msg::Ask(Request::Switch(branch.id)));
        }
    }
    for run in model.runs.iter().filter(|run| !run.trashed) {
        let name = if run.name.is_empty() { run.id.0.to_string() } else { run.name.clone() };
        add("disk", filled(|t| t.p_open, &[&name]), t.g_run, "", Msg::Ask(Request::Open(run.id)));
    }
    for info in &model.scenarios {
        let [en, zh] = if tablet {
            [scenario(&EN, &info.key), scenario(zh_text, &info.key)]
        } else {
            words("scenario-", &info.key)
        };
        let names = [fill(EN.p_new, &[&en]), fill(zh_text.p_new, &[&zh])];
        add("plus", names, t.g_scenario, "", Msg::Ask(Request::New { scenario: info.key.clone() }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Model, search};

    fn first(typed: &str) -> Option<String> {
        let mut model = Model::default();
        model.palette.0 = typed.to_owned();
        search(&model).into_iter().next().map(|entry| entry.names[0].clone())
    }

    #[test]
    fn either_language_finds_a_line_without_case_or_spaces() {
        assert_eq!(first("TABLE").as_deref(), Some("Table"));
        assert_eq!(first("表格"), first("table"));
        // Characters left out between.
        assert_eq!(first("切英文"), first("切换为英文"));
        assert!(first("切英文").is_some());
        assert_eq!(first("文英切"), None);
        // Letters are not spread: "tb" is no word of "table".
        assert_eq!(first("tbe"), None);
    }

    #[test]
    fn case_is_folded_beyond_ascii() {
        assert_eq!(super::fold("ÄRGER Σ"), "ärger σ");
    }
}
