// The rows of a value: one list, in chunks, of which the browser lays out those near to what is seen.

const MOST = 64; // rows of a chunk; the style knows it

export class Rows {
    constructor(element) {
        this.element = element;
    }

    // Puts a row behind another one, null for the first place.
    put(row, before) {
        if (!before) {
            this.element.prepend(chunk([row]));
            return;
        }
        const held = before.parentNode;
        if (held.childElementCount < MOST) {
            before.after(row);
        } else if (held.lastChild === before) {
            held.after(chunk([row]));
        } else {
            const rest = [];
            for (let next = before.nextSibling; next; next = next.nextSibling) rest.push(next);
            held.after(chunk(rest));
            before.after(row);
        }
    }
}

function chunk(rows) {
    const element = document.createElement("div");
    element.className = "chunk";
    element.append(...rows);
    return element;
}
