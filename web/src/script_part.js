/* The part that runs scripts. The run waits for its answer, so everything here waits too. */
const get = (name, type) => {
    const ask = new XMLHttpRequest();
    ask.open("GET", new URL(name, self.location.href), false);
    ask.responseType = type;
    ask.send();
    if (ask.status !== 200) throw new Error(name + ": status " + ask.status);
    return ask.response;
};
/* Its script declares a name that the engine's own script has too: it gets a scope of its own. */
const part = new Function(get("script.js", "text") + "; return wasm_bindgen;")();
part.initSync({ module: get("script_bg.wasm", "arraybuffer") });
return part.answer;
