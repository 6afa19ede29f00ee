// A long text that grows, in blocks: what is added changes the last one only, so that neither the text nor its layout is
// made again. A block ends with a line where there is one in time.

const ENOUGH = 2048; // units of a block after which the next line begins another
const MOST = 8192;
export const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/; // characters that turn the direction of the text
const LONG = 100; // units after which a text gets lines of its own

export class GrowingText {
    // element: where the text goes. onLong: called once, when it gets lines of its own.
    constructor(element, onLong) {
        this.element = element;
        this.onLong = onLong;
        this.length = 0;
        this.long = false;
        this.begin();
    }

    begin() {
        const block = document.createElement("span");
        block.className = "block";
        this.last = document.createTextNode("");
        block.append(this.last);
        this.element.append(block);
    }

    append(text) {
        this.length += text.length;
        if (TURNS.test(text)) this.element.classList.add("turns");
        if (!this.long && (this.length > LONG || text.includes("\n"))) {
            this.long = true;
            this.onLong();
        }
        let from = 0;
        while (from < text.length) {
            const end = this.cut(text, from);
            this.last.appendData(text.slice(from, end));
            from = end;
            if (end < text.length || this.last.length >= MOST || (this.last.length >= ENOUGH && text[end - 1] === "\n")) this.begin();
        }
    }

    // Where what follows `from` goes into another block; the end of the text if nowhere.
    cut(text, from) {
        const held = this.last.length;
        const line = text.indexOf("\n", from + Math.max(0, ENOUGH - held - 1)) + 1;
        const most = from + Math.max(1, MOST - held);
        if (line && line <= most) return line;
        if (text.length <= most) return text.length;
        return isLowHalf(text, most) ? most + 1 : most;
    }
}

function isLowHalf(text, index) {
    const unit = text.charCodeAt(index);
    return unit >= 0xdc00 && unit < 0xe000;
}
