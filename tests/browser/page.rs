//! The page as a test sees it: by `data-test` names and the root's `data-…` attributes.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use tabletop_core::lab::tablet::scenarios;
use xtask::page::files;
use xtask::server::Server;
use xtask::webdriver::{Browser, Launch, profile};
use xtask::workspace::Workspace;

/// Longer than anything takes on two busy cores.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const DESK: (u32, u32) = (1440, 900);

/// The address of the built page.
pub(crate) fn address() -> &'static str {
    static SERVER: OnceLock<(Server, String)> = OnceLock::new();
    let (_, url) = SERVER.get_or_init(|| {
        let dist = Workspace::here().dist;
        assert!(
            dist.join("index.html").is_file(),
            "no page in {}: cargo xtask test --only page",
            dist.display()
        );
        let server = Server::start(&dist, 0).unwrap();
        let url = server.url();
        (server, url)
    });
    url
}

/// One browser with the page open.
pub(crate) struct Page {
    pub(crate) browser: Browser,
    profile: PathBuf,
}

/// A browser that is not yet anywhere.
pub(crate) fn launch(profile: &Path, size: (u32, u32)) -> Browser {
    let flags = ["--lang=en-US".to_owned()].to_vec();
    Browser::launch(&Launch { profile: profile.to_path_buf(), flags, size }).unwrap()
}

impl Page {
    /// A fresh profile, at the desk, in English.
    pub(crate) fn open(name: &str) -> Self {
        Self::open_at(name, address(), "lang=en&theme=light", DESK)
    }

    pub(crate) fn open_at(name: &str, url: &str, fragment: &str, size: (u32, u32)) -> Self {
        let profile = profile(&Workspace::here().target, name);
        let browser = launch(&profile, size);
        let page = Self { browser, profile };
        page.browser.go(&format!("{url}#{fragment}")).unwrap();
        page.ready();
        page
    }

    /// The same profile after its browser has gone.
    pub(crate) fn again(profile: PathBuf, fragment: &str) -> Self {
        let browser = launch(&profile, DESK);
        let page = Self { browser, profile };
        page.browser.go(&format!("{}#{fragment}", address())).unwrap();
        page.ready();
        page
    }

    /// Ends the browser by SIGKILL and leaves its profile.
    pub(crate) fn kill(mut self) -> PathBuf {
        let profile = std::mem::take(&mut self.profile);
        let Self { ref mut browser, .. } = self;
        browser.end();
        profile
    }

    /// Waits for the first frame.
    pub(crate) fn ready(&self) {
        self.until("document.querySelector('[data-ready=true]') !== null");
    }

    /// Waits until an expression is true.
    pub(crate) fn until(&self, expression: &str) {
        if let Err(error) = self.browser.wait(&format!("return {expression}"), json!(null), PATIENCE) {
            panic!("{error}\n{}", self.explain());
        }
    }

    /// What helps to understand a failure.
    pub(crate) fn explain(&self) -> String {
        let root =
            self.js("Object.entries({ ...document.querySelector('[data-test=root]')?.dataset }).join(' ')");
        let banners =
            self.js("[...document.querySelectorAll('.banner, .toast')].map((b) => b.innerText).join(' | ')");
        let errors = self.browser.console_errors();
        format!("page: {root}\nsays: {banners}\nconsole: {errors:?}")
    }

    /// The value of an expression.
    pub(crate) fn js(&self, expression: &str) -> Value {
        self.browser.eval(&format!("return {expression}"), json!(null)).unwrap()
    }

    pub(crate) fn click(&self, test: &str) {
        if let Err(error) = self.browser.click(&named(test)) {
            panic!("{error}\n{}", self.explain());
        }
    }

    pub(crate) fn has(&self, test: &str) -> bool {
        self.count(test) > 0
    }

    pub(crate) fn count(&self, test: &str) -> u64 {
        self.js(&format!("document.querySelectorAll('{}').length", named(test))).as_u64().unwrap()
    }

    /// What is written in an element; empty where there is none.
    pub(crate) fn text(&self, test: &str) -> String {
        let shown = self.js(&format!("document.querySelector('{}')?.innerText ?? ''", named(test)));
        shown.as_str().unwrap().to_owned()
    }

    pub(crate) fn until_there(&self, test: &str) {
        self.until(&format!("document.querySelector('{}') !== null", named(test)));
    }

    pub(crate) fn until_gone(&self, test: &str) {
        self.until(&format!("document.querySelector('{}') === null", named(test)));
    }

    /// One of the root's attributes, without `data-`.
    pub(crate) fn root(&self, name: &str) -> String {
        let value = self.js(&format!("document.querySelector('[data-test=root]').dataset['{name}'] ?? ''"));
        value.as_str().unwrap().to_owned()
    }

    pub(crate) fn until_root(&self, name: &str, value: impl std::fmt::Display) {
        self.until(&format!("document.querySelector('[data-test=root]').dataset['{name}'] === '{value}'"));
    }

    pub(crate) fn step(&self) -> u64 {
        self.root("step").parse().unwrap()
    }

    /// Digest of the events up to the cursor.
    pub(crate) fn digest(&self) -> String {
        self.js("document.querySelector('[data-test=digest]').title").as_str().unwrap().to_owned()
    }

    /// Everything shown is on disk.
    pub(crate) fn until_saved(&self) {
        self.until_root("save", "saved");
    }

    /// Starts a run from a scenario of the tablet lab.
    pub(crate) fn scenario(&self, key: &str) {
        self.scenario_of(scenarios::KEYS, key);
    }

    /// Starts a run from one of a lab's scenarios.
    pub(crate) fn scenario_of(&self, keys: &[&str], key: &str) {
        let index = keys.iter().position(|known| *known == key).unwrap();
        let before = self.digest();
        self.click("run-menu");
        self.until_there("new-run");
        self.js(&format!("document.querySelectorAll('[data-test=new-run]')[{index}].click()"));
        self.until(&format!("document.querySelector('[data-test=digest]').title !== '{before}'"));
        self.until_gone("menu");
    }

    /// Plays until it is beyond a step, and stops.
    pub(crate) fn play_past(&self, step: u64) {
        self.click("play");
        self.until(&beyond(step));
        self.click("play");
        self.until("document.querySelector('[data-test=root]').dataset.playing === undefined");
    }

    /// Reloads: the run stands where it stood.
    pub(crate) fn reload(&self) {
        let (step, digest) = (self.step(), self.digest());
        self.browser.reload().unwrap();
        self.ready();
        self.until_root("step", step);
        assert_eq!(self.digest(), digest);
    }

    /// Clicks a verb and waits for its step.
    pub(crate) fn verb(&self, test: &str) {
        let before = self.step();
        self.click(test);
        self.until_root("step", before + 1);
    }

    /// Goes to a step through the step box.
    pub(crate) fn seek(&self, step: u64) {
        self.js(&format!(
            "((box) => {{ box.value = '{step}'; box.dispatchEvent(new Event('change', {{ bubbles: true }})); }})\
             (document.querySelector('[data-test=step-box]'))"
        ));
        self.until_root("step", step);
    }

    /// Nothing has been written to the console as an error.
    pub(crate) fn assert_quiet(&self) {
        let errors = self.browser.console_errors().unwrap();
        assert!(errors.is_empty(), "console: {errors:#?}");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if !self.profile.as_os_str().is_empty() {
            self.browser.end();
            let _ = fs::remove_dir_all(&self.profile);
        }
    }
}

/// A copy of the built page whose engine runs a script of ours first.
pub(crate) fn altered(name: &str, script: &str) -> PathBuf {
    let Workspace { dist, target, .. } = Workspace::here();
    let folder = target.join("browser-profiles").join(format!("page-{name}-{}", std::process::id()));
    for file in files(&dist) {
        let copy = folder.join(file.strip_prefix(&dist).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        let mut bytes = fs::read(&file).unwrap();
        if file.file_name().is_some_and(|name| name == "engine_loader.js") {
            bytes.splice(0..0, format!("{script}\n").into_bytes());
        }
        fs::write(copy, bytes).unwrap();
    }
    folder
}

pub(crate) fn named(test: &str) -> String {
    format!("[data-test={test}]")
}

/// The cursor stands behind a step.
pub(crate) fn beyond(step: u64) -> String {
    format!("Number(document.querySelector('[data-test=root]').dataset.step) > {step}")
}
