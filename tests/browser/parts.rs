//! Modules in two parts: what the first page does without, and what brings it.

use crate::page::{PATIENCE, Page};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use xtask::page::files;
use xtask::process::Stopwatch;
use xtask::server::Server;
use xtask::size::is_needed;
use xtask::split::{PARTED, is_late};
use xtask::workspace::Workspace;

const DESK: (u32, u32) = (1440, 900);

/// A copy of the built page that is changed and served by itself.
struct Copied {
    folder: PathBuf,
    server: Server,
}

impl Copied {
    fn of_dist(name: &str) -> Self {
        let workspace = Workspace::here();
        let folder = workspace.target.join("browser-pages").join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for file in files(&workspace.dist) {
            let copy = folder.join(file.strip_prefix(&workspace.dist).unwrap());
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(file, copy).unwrap();
        }
        let server = Server::start(&folder, 0).unwrap();
        Self { folder, server }
    }

    /// Nothing comes before it is asked for.
    fn never_idle(self) -> Self {
        let mut changed = 0;
        for script in files(&self.folder).into_iter().filter(|file| file.extension().unwrap() == "js") {
            let text = fs::read_to_string(&script).unwrap();
            for late in self.late() {
                let name = name_of(&late);
                if text.contains(name) {
                    fs::write(&script, text.replace(name, &format!("{name}?asked"))).unwrap();
                    changed += 1;
                }
            }
        }
        assert_eq!(changed, PARTED.len());
        self
    }

    fn late(&self) -> Vec<PathBuf> {
        let late: Vec<_> = files(&self.folder).into_iter().filter(|file| is_late(name_of(file))).collect();
        assert_eq!(late.len(), PARTED.len());
        late
    }

    fn open(&self, name: &str) -> Page {
        Page::open_at(name, &self.server.url(), "lang=en&theme=light", DESK)
    }

    /// Names of the second parts that were fetched.
    fn fetched_late(&self) -> Vec<String> {
        self.server
            .served()
            .iter()
            .map(|file| name_of(file).to_owned())
            .filter(|name| is_late(name))
            .collect()
    }

    fn until_all_fetched(&self) {
        let watch = Stopwatch::start();
        while self.fetched_late().len() < PARTED.len() {
            assert!(watch.elapsed() < PATIENCE, "only {:?}", self.fetched_late());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// How a page's second part came: `fetch` when idle, `xmlhttprequest` when it was called before.
fn came_by(page: &Page) -> serde_json::Value {
    page.js("performance.getEntriesByType('resource').filter((entry) => entry.name.includes('_late-')).map((entry) => entry.initiatorType)")
}

/// If this fails, a function that the first visit calls has moved to a second part:
/// `cargo xtask split --record` draws the line anew.
#[test]
fn the_first_page_is_complete_without_second_parts_and_fetches_what_its_size_counts() {
    let copied = Copied::of_dist("first-parts");
    for late in copied.late() {
        fs::remove_file(late).unwrap();
    }
    let page = copied.open("first-parts");
    assert_eq!(page.text("verdict"), "−230");
    page.until_saved();
    thread::sleep(Duration::from_secs(2));
    assert!(!page.has("late-failed"), "{}", page.text("late-failed"));
    let needed: Vec<_> = files(&copied.folder).into_iter().filter(|file| is_needed(file)).collect();
    assert_eq!(copied.server.served(), needed);
}

#[test]
fn second_parts_come_by_themselves_and_work() {
    let copied = Copied::of_dist("second-parts");
    let page = copied.open("second-parts");
    copied.until_all_fetched();
    page.until("performance.getEntriesByType('resource').some((entry) => entry.name.includes('_late-'))");
    thread::sleep(Duration::from_millis(300));
    page.scenario("steady");
    page.until_saved();
    page.click("run-menu");
    page.until_there("run-open");
    assert_eq!(came_by(&page), serde_json::json!(["fetch"]));
    page.assert_quiet();
}

#[test]
fn a_function_of_a_second_part_called_early_waits_for_it_and_works() {
    let copied = Copied::of_dist("called-early").never_idle();
    let page = copied.open("called-early");
    page.until_saved();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(copied.fetched_late(), Vec::<String>::new());
    page.scenario("steady");
    page.until_saved();
    page.click("run-menu");
    page.until_there("run-open");
    copied.until_all_fetched();
    assert_eq!(came_by(&page), serde_json::json!(["xmlhttprequest"]));
    page.assert_quiet();
}

#[test]
fn a_second_part_that_cannot_be_had_is_said_and_what_was_saved_stays() {
    let copied = Copied::of_dist("gone").never_idle();
    let page = copied.open("gone");
    page.until_saved();
    let (step, digest) = (page.step(), page.digest());
    let kept: Vec<_> = copied.late().into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect();
    for (_, file) in &kept {
        fs::remove_file(file).unwrap();
    }
    page.click("run-menu");
    page.until_there("late-failed");
    let said = page.text("late-failed");
    assert!(said.contains("_late-") && said.contains("404") && said.contains("saved"), "{said}");
    for (bytes, file) in kept {
        fs::write(file, bytes).unwrap();
    }
    page.browser.reload().unwrap();
    page.ready();
    page.until_root("step", step);
    assert_eq!(page.digest(), digest);
}

#[test]
fn chinese_that_cannot_be_had_is_said_in_english_and_can_be_asked_for_again() {
    let copied = Copied::of_dist("no-chinese");
    let table = copied.folder.join("zh.txt");
    let texts = fs::read(&table).unwrap();
    fs::write(&table, "keys 00000000\nbrand of another program\n").unwrap();
    let page = Page::open_at("no-chinese", &copied.server.url(), "lang=zh&theme=light", DESK);
    assert_eq!(page.js("document.documentElement.lang"), "en");
    assert_eq!(page.text("verdict"), "−230");
    fs::remove_file(&table).unwrap();
    page.click("lang");
    page.until_there("toast-failed");
    assert!(page.text("toast-failed").contains("Chinese"), "{}", page.text("toast-failed"));
    assert_eq!(page.js("document.documentElement.lang"), "en");
    fs::write(&table, texts).unwrap();
    page.click("lang");
    page.until("document.documentElement.lang === 'zh'");
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!(page.js("document.documentElement.lang"), "zh");
}
