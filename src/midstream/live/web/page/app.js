// The page: what can be shown, what is shown, and how its connection is.

import { Meter } from "./meter.js";
import { Stream } from "./stream.js";

const LINKS = {
    connecting: "connecting…",
    open: "live",
    reconnecting: "reconnecting…",
    gone: "the server no longer has this stream",
};

const part = (name) => document.querySelector(`#${name}`);

const page = {
    meter: new Meter(part("meter")),

    link(word) {
        if (over) return;
        show(word === "open" ? "live" : word, LINKS[word]);
    },

    state(message) {
        const state = message.get("state");
        if (message.has("source")) page.describe(message.get("source"));
        over = state !== "streaming";
        part("stop").disabled = over;
        if (!over) {
            show("live", LINKS.open);
            return;
        }
        const reason = message.get("reason");
        const why = state === "ended" ? reason && `stop reason ${reason}` : message.get("error");
        const words = { ended: "ended", failed: "broken off", stopped: "stopped" };
        show(state, words[state], why ?? "");
        page.announce(`Stream ${words[state]} ${why ?? ""}`);
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

let sources = [];
let stream = null;
let over = false;

function show(state, words, why = "") {
    document.body.dataset.link = state;
    part("link").textContent = words;
    part("why").textContent = why;
}

function follow(id) {
    stream?.close();
    stream?.clear();
    over = false;
    page.meter.reset();
    page.meter.draw();
    part("empty").hidden = false;
    part("stop").disabled = false;
    stream = new Stream(id, page);
}

async function start() {
    const asked = { source: part("source").value, speed: Number(part("speed").value) };
    part("start").disabled = true;
    try {
        if (stream && !over) await stop();
        const answer = await fetch("streams", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(asked),
        });
        if (!answer.ok) throw new Error(await answer.text());
        const { id } = await answer.json();
        history.replaceState(null, "", `#${id}`);
        follow(id);
    } catch (error) {
        show("failed", "it could not be started", error.message);
    } finally {
        part("start").disabled = false;
    }
}

async function stop() {
    if (stream) await fetch(`streams/${encodeURIComponent(stream.id)}`, { method: "DELETE" });
}

function chosen() {
    part("speed").disabled = sources.find((one) => one.name === part("source").value).kind !== "recording";
}

async function begin() {
    sources = await (await fetch("sources")).json();
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
    const id = location.hash.slice(1);
    if (id) follow(id);
    else if (sources[0].kind === "recording") start();
    else show("idle", "ready");
}

begin();
