/* The second part of the module: functions that a first visit does not run (core/ARCHITECTURE.md). */
const __late_page = typeof document !== "undefined";
const __late_url = new URL("LATE_FILE", __late_page ? document.baseURI : self.location.href);
let __late_there = false;
function __late_link(module) {
    if (__late_there) return;
    new WebAssembly.Instance(module, { ...__wbg_get_imports(), "~": wasm });
    __late_there = true;
}
/* Called for a function that is not there yet: everything waits until it is. */
function __late_now() {
    try {
        const ask = new XMLHttpRequest();
        ask.open("GET", __late_url, false);
        ask.overrideMimeType("text/plain; charset=x-user-defined");
        ask.send();
        if (ask.status !== 200) throw new Error("status " + ask.status);
        __late_link(new WebAssembly.Module(Uint8Array.from(ask.responseText, (c) => c.charCodeAt(0))));
    } catch (why) {
        const text = "A part of the program could not be loaded: " + __late_url + " (" + why.message + ").";
        __late_tell(text);
        throw new Error(text);
    }
}
/* When nothing else is to do; again after a while if the server does not answer. An address that ends
   in ?asked waits for the first call: so tests see that waiting works. */
function __late_soon(tries) {
    if (__late_there || __late_url.search === "?asked") return;
    const fetchIt = () => fetch(__late_url)
        .then((answer) => answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status))
        .then((bytes) => WebAssembly.compile(bytes))
        .then(__late_link)
        .catch(() => setTimeout(__late_soon, Math.min(2000 << tries, 60000), tries + 1));
    const ready = !__late_page || document.querySelector('[data-ready="true"]');
    if (!ready) setTimeout(__late_soon, 200, tries);
    else if (__late_page && self.requestIdleCallback) requestIdleCallback(fetchIt, { timeout: 3000 });
    else setTimeout(fetchIt, 1500);
}
/* The page says it, also for its worker, whose own script cannot. */
const __late_talk = new BroadcastChannel("tabletop.late");
function __late_tell(text) {
    if (!__late_page) return __late_talk.postMessage(text);
    const zh = document.documentElement.lang === "zh";
    const line = document.createElement("p");
    line.className = "noscript";
    line.role = "alert";
    line.dataset.test = "late-failed";
    line.textContent = (zh ? "程序的一部分无法加载。已保存的内容都在;服务器恢复后请重新加载页面。"
        : "A part of the program could not be loaded. What was saved is kept; reload the page when its server answers again.")
        + " " + text;
    document.body.prepend(line);
}
if (__late_page) __late_talk.onmessage = ({ data }) => __late_tell(data);
