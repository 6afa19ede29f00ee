// Applies patches with the page's own code, without a browser.
//
//   node receiver.mjs FOLDER <jobs >answers
//
// FOLDER: the page's files. Input and output: one JSON text a line. Job: [text of a patch, ...]. Answer: for each patch [JSON text of the
// document after it, or null, changes told of], or the message of an error, at which the job ends.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const { parse } = await import(new URL("json.js", folder));
const { Tree } = await import(new URL("patch.js", folder));

function answer(patches) {
    let told;
    const path = (node) => (node.parent ? [...path(node.parent), node.key] : []);
    const tree = new Tree({
        added: (node) => told.push(["added", path(node), node.before?.key ?? null]),
        removed: (node) => told.push(["removed", path(node)]),
        grew: (node, text) => told.push(["grew", path(node), text]),
        renewed: (node) => told.push(["renewed", path(node)]),
    });
    const found = [];
    for (const patch of patches) {
        told = [];
        try {
            for (const operation of parse(patch)) tree.apply(operation);
        } catch (error) {
            found.push(error.message);
            break;
        }
        found.push([tree.root ? tree.root.json() : null, told]);
    }
    return found;
}

for (const line of readFileSync(0, "utf8").split("\n")) {
    if (line) process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
