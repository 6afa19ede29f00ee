// The page: what can be shown, what is shown, and how its connection is.

import { Follower } from "./follower.js";
import { Meter } from "./meter.js";
import { Stream } from "./stream.js";

// Of each state: what it is called, and what stands in the place of calls as long as there are none.
const WORDS = {
    unloaded: ["what can be shown could not be loaded", "Load the page again when the server is there."],
    idle: ["ready", "Nothing has been started yet."],
    connecting: ["connecting…", ""],
    waiting: ["waiting for the provider…", "No tool call has begun yet."],
    live: ["live", "No tool call has begun yet."],
    reconnecting: ["reconnecting…", ""],
    gone: ["the server no longer has this stream", ""],
    unreadable: ["the page could not read what the server sent", ""],
    ended: ["ended", "It ended without a tool call."],
    failed: ["broken off", "It broke off before a tool call had begun."],
    stopped: ["stopped", "It was stopped before a tool call had begun."],
};

const part = (name) => document.querySelector(`#${name}`);

const page = {
    meter: new Meter(part("meter")),

    link(word, why = "") {
        if (over) return;
        connected = word === "open";
        if (connected) {
            page.live();
            return;
        }
        show(word, why);
        if (word !== "gone" && word !== "unreadable") return;
        end();
        stream?.lose();
        page.announce(WORDS[word][0]);
    },

    // The connection is there, or a message is shown: one that has come before may be shown when it is not there any more, and
    // nothing is known of a stream before the first.
    live() {
        if (over || !connected || !page.meter.messages) return;
        const state = page.meter.upstream ? "live" : "waiting";
        if (document.body.dataset.link !== state) show(state);
    },

    state(message) {
        const state = message.get("state");
        if (message.has("source")) page.describe(message.get("source"));
        if (state === "streaming") return;
        const reason = message.get("reason");
        const why = (state === "ended" ? reason && `stop reason ${reason}` : message.get("error")) ?? "";
        show(state, why);
        end();
        page.announce(`Stream ${WORDS[state][0]} ${why}`);
    },

    describe(name) {
        const source = sources.find((one) => one.name === name);
        if (!source) return;
        part("source").value = name;
        chosen();
        const recorded = source.kind === "recording";
        const facts = [recorded && name, source.sender, source.wire, recorded && `${source.events.toLocaleString("en")} events`];
        part("about").textContent = facts.filter(Boolean).join(" · ");
    },

    call(card) {
        part("calls").append(card.element);
        part("empty").hidden = true;
    },

    announce(text) {
        part("announcements").textContent = text;
    },
};

const follower = new Follower(document.scrollingElement, document, [document.body]);
let sources = [];
let stream = null;
let connected = false;
let over = true; // will nothing more be told of it?

function show(state, why = "") {
    document.body.dataset.link = state;
    part("link").textContent = WORDS[state][0];
    part("why").textContent = why;
    part("empty").textContent = WORDS[state][1];
}

function end() {
    over = true;
    part("stop").disabled = true;
}

// late: may it have begun long ago?
function follow(id, late) {
    stream?.close();
    stream?.clear();
    over = false;
    page.meter.reset(late);
    page.meter.draw();
    if (late) part("about").textContent = "";
    part("trouble").textContent = "";
    part("empty").hidden = false;
    part("stop").disabled = false;
    follower.restart();
    stream = new Stream(id, page);
}

// The stream that was shown before is left: the server stops what nobody looks at.
async function start() {
    const asked = { source: part("source").value, speed: Number(part("speed").value) };
    part("start").disabled = true;
    try {
        const answer = await ask("streams", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(asked),
        });
        const { id } = await answer.json();
        history.replaceState(null, "", `#${id}`);
        follow(id, false);
    } catch (error) {
        trouble("It could not be started", error);
        if (!stream) show("idle");
    } finally {
        part("start").disabled = false;
    }
}

async function stop() {
    try {
        await ask(`streams/${encodeURIComponent(stream.id)}`, { method: "DELETE" });
    } catch (error) {
        trouble("It could not be stopped", error);
    }
}

async function ask(address, options) {
    const answer = await fetch(address, options).catch(() => {
        throw new Error("the server does not answer");
    });
    if (!answer.ok) throw new Error((await answer.text()) || `the server answered ${answer.status}`);
    return answer;
}

// Beside the state of what is shown, which goes on.
function trouble(what, error) {
    part("trouble").textContent = `${what}: ${error.message}`;
}

function chosen() {
    part("speed").disabled = sources.find((one) => one.name === part("source").value).kind !== "recording";
}

function opened() {
    const id = location.hash.slice(1);
    if (id && id !== stream?.id) follow(id, true);
    return id;
}

async function begin() {
    try {
        sources = await (await ask("sources")).json();
    } catch (error) {
        part("start").disabled = true;
        show("unloaded", error.message);
        return;
    }
    for (const source of sources) {
        const option = document.createElement("option");
        option.value = source.name;
        option.textContent = source.kind === "recording" && source.about ? `${source.name}: ${source.about}` : source.name;
        part("source").append(option);
    }
    part("source").addEventListener("change", chosen);
    chosen();
    part("controls").addEventListener("submit", (event) => {
        event.preventDefault();
        start();
    });
    part("stop").addEventListener("click", stop);
    window.addEventListener("hashchange", opened);
    if (opened()) return;
    if (sources[0].kind === "recording") start();
    else show("idle");
}

begin();
