// Applies patches with what JavaScript has for it, and compares the document after each with the one expected.
//
//   node receiver.js PACKAGES <jobs >answers
//
// PACKAGES: directory whose node_modules holds json-joy and fast-json-patch. Input and output: one JSON text a line.
// Job: {"kind": "extended" | "rfc", "patches": [[operation, ...], ...], "values": [document after each patch, ...]}
// Answer: {"ok": true}, or {"ok": false, "patch": index, "why": text} and, where documents differ,
// {"pointer": where, "got": value there, "wanted": value there}, of the first difference.
"use strict";

const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");

const load = createRequire(path.resolve(process.argv[2], "package.json"));
const extended = load("json-joy/lib/json-patch");
const pointers = load("@jsonjoy.com/json-pointer");
const rfc = load("fast-json-patch");

// json-joy takes a position beyond the end for the end, and a missing string for an empty one
function checkInsertion(document, operation) {
    const text = pointers.get(document, pointers.toPath(operation.path));
    if (typeof text !== "string") throw new Error(`str_ins where no string is: ${operation.path}`);
    if (!(operation.pos <= text.length)) throw new Error(`str_ins at ${operation.pos} of ${text.length}: ${operation.path}`);
}

const APPLY = {
    extended(document, patch) {
        for (const operation of patch) {
            if (operation.op === "str_ins") checkInsertion(document, operation);
            document = extended.applyPatch(document, [operation], { mutate: true }).doc;
        }
        return document;
    },
    rfc(document, patch) {
        return rfc.applyPatch(document, patch, true, true).newDocument; // the first true: operations are checked
    },
};

// the first difference, null if there is none
function difference(got, wanted, pointer) {
    const found = (why) => ({ why, pointer, got, wanted });
    if (got === null || wanted === null || typeof got !== "object" || typeof wanted !== "object") {
        return Object.is(got, wanted) ? null : found("another value");
    }
    if (Array.isArray(got) !== Array.isArray(wanted)) return found("array or object");
    const keys = Object.keys(wanted);
    if (JSON.stringify(Object.keys(got)) !== JSON.stringify(keys)) return found("other keys, or in another order");
    for (const key of keys) {
        const inner = difference(got[key], wanted[key], pointer + pointers.formatJsonPointer([key]));
        if (inner) return inner;
    }
    return null;
}

function judge(job) {
    let document;
    for (const [index, patch] of job.patches.entries()) {
        try {
            document = APPLY[job.kind](document, patch);
        } catch (error) {
            return { ok: false, patch: index, why: String(error.message) };
        }
        const found = difference(document, job.values[index], "");
        if (found) return { ok: false, patch: index, ...found };
    }
    return { ok: true };
}

for (const line of readFileSync(0, "utf8").split("\n")) {
    if (line) process.stdout.write(`${JSON.stringify(judge(JSON.parse(line)))}\n`);
}
