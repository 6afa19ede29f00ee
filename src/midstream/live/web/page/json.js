// JSON text as values that keep what JSON.parse loses: the order of members whatever their names (an object is a Map, so that
// "2" and "__proto__" are names like others), and the digits of numbers. Strings, booleans and null are what they are.

export class Numeral {
    constructor(text) {
        this.text = text;
    }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = new Map([["t", ["true", true]], ["f", ["false", false]], ["n", ["null", null]]]);

// Throws SyntaxError for what is no JSON text.
export function parse(text) {
    let at = 0;

    const fail = () => {
        throw new SyntaxError(`no JSON at ${at}`);
    };
    const take = (pattern) => {
        pattern.lastIndex = at;
        const found = pattern.exec(text);
        if (!found) return null;
        at = pattern.lastIndex;
        return found[0];
    };
    // no pattern: one that takes escapes runs out of stack in a string of some megabytes
    const string = () => {
        let end = at;
        do end = text.indexOf('"', end + 1);
        while (end > 0 && escaped(end));
        if (end < 0) fail();
        const quoted = text.slice(at, end + 1);
        at = end + 1;
        return quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1);
    };
    const escaped = (quote) => {
        let first = quote;
        while (text[first - 1] === "\\") first -= 1;
        return (quote - first) % 2 === 1;
    };
    const opens = (letter) => {
        take(SPACE);
        if (text[at] !== letter) return false;
        at += 1;
        return true;
    };
    const members = (closer, member) => {
        if (opens(closer)) return;
        do member();
        while (opens(","));
        if (!opens(closer)) fail();
    };
    const value = () => {
        take(SPACE);
        switch (text[at]) {
            case "{": {
                at += 1;
                const object = new Map();
                members("}", () => {
                    take(SPACE);
                    const name = text[at] === '"' ? string() : fail();
                    if (!opens(":")) fail();
                    object.set(name, value());
                });
                return object;
            }
            case "[": {
                at += 1;
                const array = [];
                members("]", () => array.push(value()));
                return array;
            }
            case '"':
                return string();
        }
        const [word, meaning] = WORDS.get(text[at]) ?? [null];
        if (word === null) return new Numeral(take(NUMBER) || fail());
        if (!text.startsWith(word, at)) fail();
        at += word.length;
        return meaning;
    };

    const whole = value();
    take(SPACE);
    return at === text.length ? whole : fail();
}
