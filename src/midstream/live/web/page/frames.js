// Work that is done once a frame, however often it is asked for. A page in the background has no frames.

const HIDDEN = 250; // milliseconds

export class Frames {
    constructor(work) {
        this.work = work;
        this.frame = 0;
        this.timer = 0;
        document.addEventListener("visibilitychange", () => {
            if (this.frame || this.timer) this.run();
        });
    }

    ask() {
        if (this.frame || this.timer) return;
        if (document.hidden) this.timer = setTimeout(() => this.run(), HIDDEN);
        else this.frame = requestAnimationFrame(() => this.run());
    }

    run() {
        cancelAnimationFrame(this.frame);
        clearTimeout(this.timer);
        this.frame = this.timer = 0;
        this.work();
    }
}
