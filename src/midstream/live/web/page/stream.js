// One stream on the page: its messages are taken once a frame, and shown.

import { Card } from "./card.js";
import { Connection } from "./connection.js";
import { Frames } from "./frames.js";
import { parse } from "./json.js";

export class Stream {
    // page: shows what belongs to no call: link(word, why), state(Map), live(), call(card), announce(text), meter.
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
            (word, why) => page.link(word, why),
        );
    }

    work() {
        const waiting = this.waiting;
        this.waiting = [];
        for (const [data, message, isState] of waiting) {
            try {
                this.takeMessage(data, message, isState);
            } catch (error) {
                this.waiting = [];
                this.connection.failed(error, isState);
                break;
            }
        }
        this.page.meter.draw();
    }

    takeMessage(data, message, isState) {
        if (isState) this.clear();
        this.page.meter.count(data, message.get("whole"), message.get("upstream"));
        for (const told of message.get("calls")) this.takeCall(told);
        if (message.has("state")) this.page.state(message);
        this.page.live();
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

    // Nothing more will be told of its calls than what has come.
    lose() {
        this.work();
        for (const card of this.cards.values()) card.lose();
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
