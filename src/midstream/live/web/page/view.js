// A tree on the screen: a row for each value, and one for the end of each object or array that is complete. The rows stand in
// one list, however deep the values are, and text goes into text nodes only.

import { GrowingText, TURNS } from "./text.js";

const BRACKETS = { object: "{}", array: "[]" };
const DEEPEST = 40; // steps of indentation

// Observer of a `Tree`.
export class View {
    // list: the element for the rows.
    constructor(list) {
        this.list = list;
        this.open = new Set();
    }

    added(node) {
        const rows = document.createDocumentFragment();
        const before = node.before ? lastRow(node.before) : node.parent?.view.head;
        draw(node, node.parent ? node.parent.view.level + 1 : 0, rows);
        this.list.insertBefore(rows, before ? before.nextSibling : this.list.firstChild);
    }

    removed(node) {
        this.open.delete(node);
        for (const child of node.children?.values() ?? []) this.removed(child);
        node.view.head.remove();
        node.view.tail?.remove();
        node.view = null;
    }

    grew(node, text) {
        node.view.text.append(text);
    }

    renewed(node) {
        node.view.value.replaceChildren();
        node.view.text = growing(node);
        node.view.text.append(node.text);
    }

    // These nodes are open, each in the one before; all others are complete.
    spine(nodes) {
        const open = new Set(nodes);
        for (const node of [...this.open].reverse()) if (!open.has(node)) complete(node);
        for (const node of open) if (!this.open.has(node)) reopen(node);
        this.open = open;
    }
}

function draw(node, level, rows) {
    const head = row(level);
    const value = piece("value", node.kind);
    if (node.key !== null) {
        const key = piece("key", node.parent.kind === "array" ? "index" : "name");
        // its direction is its own: it must not turn what stands beside it
        key.append(document.createElement("bdi"));
        key.firstChild.textContent = node.key;
        if (TURNS.test(node.key)) key.classList.add("turns");
        head.append(key);
    }
    head.append(value);
    rows.append(head);
    node.view = { head, value, level, tail: null, text: null };
    if (node.kind === "string") {
        node.view.text = growing(node);
        node.view.text.append(node.text);
    } else if (node.children) {
        value.textContent = BRACKETS[node.kind][0];
        for (const child of node.children.values()) draw(child, level + 1, rows);
    } else {
        value.textContent = node.text;
    }
    complete(node);
}

function complete(node) {
    const { view } = node;
    view.head.classList.remove("open");
    view.head.classList.add("complete");
    if (!node.children || view.tail) return;
    if (!node.size) {
        view.value.textContent = BRACKETS[node.kind];
        return;
    }
    const end = piece("value", node.kind);
    end.textContent = BRACKETS[node.kind][1];
    const last = lastRow(node);
    view.tail = row(view.level);
    view.tail.classList.add("tail");
    view.tail.append(end);
    last.after(view.tail);
}

function reopen(node) {
    const { view } = node;
    view.head.classList.remove("complete");
    view.head.classList.add("open");
    if (!node.children) return;
    view.value.textContent = BRACKETS[node.kind][0];
    view.tail?.remove();
    view.tail = null;
}

function row(level) {
    const element = document.createElement("div");
    element.className = "row";
    element.style.setProperty("--level", Math.min(level, DEEPEST));
    return element;
}

function piece(...classes) {
    const element = document.createElement("span");
    element.classList.add(...classes);
    return element;
}

function growing(node) {
    return new GrowingText(node.view.value, () => node.view.head.classList.add("long"));
}

function lastRow(node) {
    while (!node.view.tail && node.last?.view) node = node.last;
    return node.view.tail ?? node.view.head;
}
