// The messages of one stream, each once and in order, over any number of connections. The browser connects again by itself and says
// which message it had last.

const TRIES = 4; // connections that may begin anew because of a message that could not be taken

export class Connection {
    // take(data, isState): a message's text; if it throws, a state is asked for. link(word): "connecting", "open", "reconnecting";
    // or what is the end: "gone", and "unreadable" with the reason.
    constructor(id, take, link) {
        this.address = `streams/${encodeURIComponent(id)}/events`;
        this.take = take;
        this.link = link;
        this.failures = 0;
        this.open();
    }

    open() {
        this.latest = -1;
        this.link("connecting");
        this.source = new EventSource(this.address);
        this.source.onopen = () => this.link("open");
        this.source.onerror = () => this.link(this.source.readyState === EventSource.CLOSED ? "gone" : "reconnecting");
        this.source.addEventListener("state", (event) => this.received(event, true));
        this.source.onmessage = (event) => this.received(event, false);
    }

    received(event, isState) {
        const number = Number(event.lastEventId.slice(event.lastEventId.lastIndexOf("-") + 1));
        if (!isState && number <= this.latest) return;
        try {
            if (!isState && number !== this.latest + 1) throw new Error(`message ${number} after ${this.latest}`);
            this.take(event.data, isState);
            this.latest = number;
        } catch (error) {
            this.failed(error, isState);
        }
    }

    // A message could not be taken. A state would be the same when it is sent again.
    failed(error, isState) {
        console.error(error);
        this.close();
        this.failures += 1;
        if (isState || this.failures >= TRIES) this.link("unreadable", String(error));
        else this.open();
    }

    close() {
        this.source.close();
    }
}
