// One call: its name, its value as far as it has come, and its verdict.

import { Follower } from "./follower.js";
import { Tree, steps } from "./patch.js";
import { View } from "./view.js";

export class Card {
    constructor(index) {
        this.index = index;
        this.element = document.querySelector("#call").content.firstElementChild.cloneNode(true);
        this.rows = this.part("rows");
        this.tree = new Tree(new View(this.part("list")));
        this.name = "";
        this.verdict = null;
        this.path = [];
        this.part("number").textContent = index + 1;
        new Follower(this.rows, this.rows, [this.rows, this.part("list")]);
    }

    part(name) {
        return this.element.querySelector(`.${name}`);
    }

    // told: a Map of what is new, as the server has it. True if there is a verdict now and was none.
    take(told) {
        if (told.has("name") || told.has("text")) this.setName(told);
        if (told.get("id")) this.part("id").textContent = told.get("id");
        if (told.has("value")) this.tree.put([], told.get("value"), false);
        for (const operation of told.get("ops") ?? []) this.tree.apply(operation);
        if (told.has("open")) this.path = told.get("open") === null ? null : steps(told.get("open"));
        this.tree.observer.spine(this.path ? this.tree.along(this.path) : []);
        if (told.get("error")) this.setError(told.get("error"));
        if (told.get("overruled")) this.part("overruled").hidden = false;
        return this.setVerdict(told.get("verdict") ?? null);
    }

    setName(told) {
        const name = told.get("name");
        if (name) this.name = name;
        else if (told.get("text")) this.name = "text answer";
        this.part("tool").textContent = this.name || "call";
        this.rows.setAttribute("aria-label", `Arguments of ${this.name || "call"}`);
    }

    setVerdict(verdict) {
        if (verdict === null || verdict === this.verdict) return false;
        this.verdict = verdict;
        this.element.dataset.verdict = verdict;
        this.part("verdict").textContent = verdict;
        return true;
    }

    setError(error) {
        const place = this.part("place");
        this.part("error").hidden = false;
        this.part("message").textContent = error.get("message");
        place.hidden = !error.has("before");
        this.part("before").textContent = error.get("before") ?? "";
        this.part("after").textContent = error.get("after") ?? "";
    }

    // What will become of it is not known any more.
    lose() {
        if (this.verdict === null) this.setVerdict("lost");
    }
}
