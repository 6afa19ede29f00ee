// A tree on the screen: a row for each value, and one for the end of each object or array that is complete. The rows stand in
// one list, however deep the values are, and text goes into text nodes only.

import { isPlain, written } from "./key.js";
import { Rows } from "./rows.js";
import { GrowingText } from "./text.js";

const BRACKETS = { object: "{}", array: "[]" };
const DEEPEST = 40; // steps of indentation

// Observer of a `Tree`.
export class View {
    // list: the element for the rows.
    constructor(list) {
        this.rows = new Rows(list);
        this.open = new Set();
    }

    added(node) {
        const before = node.before ? lastRow(node.before) : node.parent?.view.head;
        this.draw(node, node.parent ? node.parent.view.level + 1 : 0, before ?? null);
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
        for (const node of [...this.open].reverse()) if (!open.has(node)) this.complete(node);
        for (const node of open) if (!this.open.has(node)) reopen(node);
        this.open = open;
    }

    // Puts the rows of a node behind this one; the last of them.
    draw(node, level, before) {
        const head = row("row complete", level);
        const value = piece(`value ${node.kind}`);
        if (node.key !== null) head.append(key(node));
        head.append(value);
        this.rows.put(head, before);
        node.view = { head, value, level, tail: null, text: null };
        if (node.kind === "string") {
            node.view.text = growing(node);
            node.view.text.append(node.text);
        } else if (!node.children) {
            value.textContent = node.text;
        } else {
            let last = head;
            value.textContent = BRACKETS[node.kind][0];
            for (const child of node.children.values()) last = this.draw(child, level + 1, last);
            return this.close(node, last);
        }
        return head;
    }

    complete(node) {
        const { view } = node;
        view.head.classList.replace("open", "complete");
        if (node.children && !view.tail) this.close(node, lastRow(node));
    }

    // Shows the end of an object or array behind the last of its rows; the row that is the last then.
    close(node, last) {
        const { view } = node;
        if (!node.size) {
            view.value.textContent = BRACKETS[node.kind];
            return view.head;
        }
        const end = piece(`value ${node.kind}`);
        end.textContent = BRACKETS[node.kind][1];
        view.tail = row("row tail", view.level);
        view.tail.append(end);
        this.rows.put(view.tail, last);
        return view.tail;
    }
}

function reopen(node) {
    const { view } = node;
    view.head.classList.replace("complete", "open");
    if (!node.children) return;
    view.value.textContent = BRACKETS[node.kind][0];
    view.tail?.remove();
    view.tail = null;
}

function key(node) {
    if (node.parent.kind === "array") {
        const index = piece("key index");
        index.textContent = node.key;
        return index;
    }
    const name = piece(isPlain(node.key) ? "key name" : "key name quoted");
    name.textContent = written(node.key);
    return name;
}

function row(classes, level) {
    const element = document.createElement("div");
    element.className = classes;
    element.style.setProperty("--level", Math.min(level, DEEPEST));
    return element;
}

function piece(classes) {
    const element = document.createElement("span");
    element.className = classes;
    return element;
}

function growing(node) {
    return new GrowingText(node.view.value, () => node.view.head.classList.add("long"));
}

function lastRow(node) {
    while (!node.view.tail && node.last?.view) node = node.last;
    return node.view.tail ?? node.view.head;
}
