// One stream on the page: its messages are taken once a frame, and shown.

import { Card } from "./card.js";
import { Connection } from "./connection.js";
import { Frames } from "./frames.js";
import { parse } from "./json.js";

export class Stream {
    // page: shows what belongs to no call: link(word), state(Map), call(card), announce(text), meter.
    constructor(id, page) {
        this.id = id;
        this.page = page;
        this.cards = new Map();
        this.waiting = [];
        this.frames = new Frames(() => this.work());
        this.connection = new Connection(
            id,
            (data, isState) => {
                // parsed at once, so that what is wrong with it is known while the connection is there
                const message = parse(data);
                this.waiting.push([data, message, isState]);
                this.frames.ask();
                // else the browser would connect again to a stream that has ended
                if (message.has("state") && message.get("state") !== "streaming") this.connection.close();
            },
            (word) => page.link(word),
        );
    }

    work() {
        const waiting = this.waiting;
        this.waiting = [];
        for (const [data, message, isState] of waiting) {
            if (isState) this.clear();
            this.page.meter.count(data, message.get("whole"), message.get("upstream"));
            for (const told of message.get("calls")) this.takeCall(told);
            if (message.has("state")) this.page.state(message);
        }
        // all of them: one that did not change may have got another width
        for (const card of this.cards.values()) card.settle();
        this.page.meter.draw();
    }

    takeCall(told) {
        const index = Number(told.get("index").text);
        let card = this.cards.get(index);
        if (!card) {
            card = new Card(index);
            this.cards.set(index, card);
            this.page.call(card);
        }
        if (card.take(told)) this.page.announce(`Call ${index + 1}, ${card.name}: ${card.verdict}`);
    }

    clear() {
        for (const card of this.cards.values()) card.element.remove();
        this.cards.clear();
    }

    close() {
        this.connection.close();
        this.waiting = [];
    }
}
