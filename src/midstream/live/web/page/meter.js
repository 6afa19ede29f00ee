// Bytes that came, against those that whole values would have cost at the same moments.

const UNITS = ["B", "kB", "MB", "GB"];
const encoder = new TextEncoder();

export class Meter {
    constructor(element) {
        this.element = element;
        this.reset(false);
    }

    // late: may the stream have begun long ago?
    reset(late) {
        this.late = late;
        this.received = 0;
        this.whole = 0;
        this.messages = 0;
        this.upstream = 0;
    }

    // whole: Numeral, what the message would have been; none for one that has everything anyway. upstream: Numeral, in all.
    count(text, whole, upstream) {
        const length = encoder.encode(text).length;
        this.messages += 1;
        this.received += length;
        this.whole += whole ? Number(whole.text) : length;
        this.upstream = Number(upstream.text);
    }

    draw() {
        const most = Math.max(this.received, this.whole, 1);
        const set = (name, text) => {
            this.element.querySelector(`.${name}`).textContent = text;
        };
        set("received", size(this.received));
        set("whole", size(this.whole));
        const times = this.whole / Math.max(this.received, 1);
        set("times", times >= 1.05 ? `${times.toFixed(times < 10 ? 1 : 0)}× fewer bytes` : "");
        const messages = `${this.messages.toLocaleString("en")} ${this.messages === 1 ? "message" : "messages"}`;
        set("messages", this.late ? `${messages} since the page was opened` : messages);
        set("upstream", size(this.upstream));
        this.element.querySelector(".bar-received").style.setProperty("--share", this.received / most);
        this.element.querySelector(".bar-whole").style.setProperty("--share", this.whole / most);
    }
}

export function size(bytes) {
    let unit = 0;
    let number = bytes;
    for (; number >= 999.5 && unit < UNITS.length - 1; unit++) number /= 1000;
    return `${number.toFixed(unit === 0 || number >= 100 ? 0 : number >= 10 ? 1 : 2)} ${UNITS[unit]}`;
}
