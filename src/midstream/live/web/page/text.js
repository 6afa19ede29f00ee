// A long text that grows, in blocks of whole lines: what is added changes the last one only, and the browser lays out those
// near to what is seen. A line may be long, so a block has its text in pieces.

const ENOUGH = 2048; // units of a block after which the next line begins another
const MOST = 8192; // units of a piece
const LONGEST = 1 << 16; // units of a line, after which it is broken: each change of a block costs its whole layout
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
        this.block = document.createElement("span");
        this.block.className = "block";
        this.held = 0;
        this.element.append(this.block);
        this.beginPiece();
    }

    beginPiece() {
        this.piece = document.createTextNode("");
        this.block.append(this.piece);
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
            this.piece.appendData(text.slice(from, end));
            this.held += end - from;
            from = end;
            if (this.held >= LONGEST || (this.held >= ENOUGH && text[end - 1] === "\n")) this.begin();
            else if (this.piece.length >= MOST) this.beginPiece();
        }
    }

    // Where what follows `from` goes into another block or piece; the end of the text if nowhere.
    cut(text, from) {
        const most = from + Math.max(1, MOST - this.piece.length);
        const line = text.slice(from, most).indexOf("\n", Math.max(0, ENOUGH - this.held - 1)) + 1;
        if (line) return from + line;
        if (text.length <= most) return text.length;
        return isLowHalf(text, most) ? most + 1 : most;
    }
}

function isLowHalf(text, index) {
    const unit = text.charCodeAt(index);
    return unit >= 0xdc00 && unit < 0xe000;
}
