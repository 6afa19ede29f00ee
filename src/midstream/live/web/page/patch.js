// A document as a tree of nodes, and patches applied to it: add, replace and remove of RFC 6902, and str_ins. No cost depends
// on how much the document holds (but for elements of an array behind one that is put in or taken out).

import { Numeral } from "./json.js";

const INDEX = /^(?:0|[1-9]\d*)$/;
const UNESCAPED = { "~0": "~", "~1": "/" };

// The keys and indexes in a JSON Pointer (RFC 6901).
export function steps(pointer) {
    if (pointer === "") return [];
    if (!pointer.startsWith("/")) throw new Error(`no JSON Pointer: ${pointer}`);
    return pointer.slice(1).split("/").map((step) => step.replace(/~[01]/g, (escape) => UNESCAPED[escape]));
}

// kind: "object", "array", "string", "number" or "word". parent: a node, null at the root. key: a string; an index in an array.
// children: a Map or an Array; first, last: of them. before, after: the siblings. text: of a string, a number, or true, false
// and null. view: for who draws it.
export class Node {
    constructor(value, parent, key) {
        this.parent = parent;
        this.key = key;
        this.view = null;
        this.before = null;
        this.after = null;
        this.first = null;
        this.last = null;
        this.children = null;
        this.text = null;
        if (value instanceof Map) {
            this.kind = "object";
            this.children = new Map();
            for (const [name, member] of value) this.children.set(name, link(new Node(member, this, name), this.last));
        } else if (Array.isArray(value)) {
            this.kind = "array";
            this.children = value.map((element, index) => link(new Node(element, this, index), this.last));
        } else if (value instanceof Numeral) {
            this.kind = "number";
            this.text = value.text;
        } else if (typeof value === "string") {
            this.kind = "string";
            this.text = value;
        } else {
            this.kind = "word";
            this.text = String(value);
        }
    }

    get size() {
        return this.kind === "object" ? this.children.size : (this.children?.length ?? 0);
    }

    child(step) {
        if (this.kind === "object") return this.children.get(step);
        return this.kind === "array" && INDEX.test(step) ? this.children[Number(step)] : undefined;
    }

    // JSON text of it.
    json() {
        if (this.kind === "object") {
            return `{${[...this.children].map(([name, node]) => `${JSON.stringify(name)}:${node.json()}`).join(",")}}`;
        }
        if (this.kind === "array") return `[${this.children.map((node) => node.json()).join(",")}]`;
        return this.kind === "string" ? JSON.stringify(this.text) : this.text;
    }
}

// What is told of a change: added(node), removed(node) while it is still there, grew(node, text at its end), renewed(node: a string changed inside).
export class Tree {
    constructor(observer) {
        this.root = null;
        this.observer = observer;
    }

    // operation: a Map, as from `parse`.
    apply(operation) {
        const path = steps(operation.get("path"));
        switch (operation.get("op")) {
            case "add":
                return this.put(path, operation.get("value"), false);
            case "replace":
                return this.put(path, operation.get("value"), true);
            case "remove":
                return this.remove(path);
            case "str_ins":
                return this.insert(path, Number(operation.get("pos").text), operation.get("str"));
        }
        throw new Error(`no operation is called ${operation.get("op")}`);
    }

    // The node where the path leads, undefined if there is none.
    at(path) {
        let node = this.root ?? undefined;
        for (const step of path) node = node?.child(step);
        return node;
    }

    existing(path) {
        return this.at(path) ?? absent(path);
    }

    // The nodes on the way, from the root as far as there are any.
    along(path) {
        const nodes = [];
        for (let node = this.root, index = 0; node; node = node.child(path[index++])) {
            nodes.push(node);
            if (index === path.length) break;
        }
        return nodes;
    }

    put(path, value, replaces) {
        const old = replaces ? this.existing(path) : this.at(path);
        if (!path.length) {
            if (old) this.observer.removed(old);
            this.root = new Node(value, null, null);
            this.observer.added(this.root);
            return;
        }
        const parent = this.existing(path.slice(0, -1));
        const step = path[path.length - 1];
        if (parent.kind === "object") {
            this.drop(old);
            const node = new Node(value, parent, step);
            link(node, old ? old.before : parent.last);
            parent.children.set(step, node);
            this.observer.added(node);
        } else if (parent.kind === "array") {
            const length = parent.children.length;
            const index = step === "-" ? length : INDEX.test(step) ? Number(step) : absent(path);
            if (index > length) absent(path);
            if (replaces) this.drop(old);
            const node = new Node(value, parent, index);
            link(node, replaces ? old.before : (parent.children[index - 1] ?? null));
            if (index === length) parent.children.push(node);
            else parent.children.splice(index, replaces ? 1 : 0, node);
            if (!replaces) renumber(parent, index + 1);
            this.observer.added(node);
        } else {
            absent(path);
        }
    }

    remove(path) {
        const node = this.existing(path);
        if (!node.parent) {
            this.observer.removed(node);
            this.root = null;
            return;
        }
        this.drop(node);
        if (node.parent.kind === "object") {
            node.parent.children.delete(node.key);
        } else {
            node.parent.children.splice(node.key, 1);
            renumber(node.parent, node.key);
        }
    }

    drop(node) {
        if (!node) return;
        this.observer.removed(node);
        unlink(node);
    }

    // position: in units of UTF-16, as JavaScript counts.
    insert(path, position, more) {
        const node = this.existing(path);
        if (node.kind !== "string") throw new Error(`no string at ${path.join("/")}`);
        const length = node.text.length;
        if (!(position >= 0 && position <= length)) throw new Error(`position ${position} is not in a string of ${length}`);
        if (position === length) {
            node.text += more;
            this.observer.grew(node, more);
        } else {
            node.text = node.text.slice(0, position) + more + node.text.slice(position);
            this.observer.renewed(node);
        }
    }
}

// Puts a node behind one of its siblings, null for the first place.
function link(node, before) {
    const { parent } = node;
    const after = before ? before.after : parent.first;
    node.before = before;
    node.after = after;
    if (before) before.after = node;
    else parent.first = node;
    if (after) after.before = node;
    else parent.last = node;
    return node;
}

function unlink(node) {
    const { parent, before, after } = node;
    if (before) before.after = after;
    else parent.first = after;
    if (after) after.before = before;
    else parent.last = before;
}

function renumber(array, from) {
    const { children } = array;
    for (let index = from; index < children.length; index++) children[index].key = index;
}

function absent(path) {
    throw new Error(`there is nothing at /${path.join("/")}`);
}
