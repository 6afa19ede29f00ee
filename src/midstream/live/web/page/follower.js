// Keeps the end of what grows in view, until the reader scrolls up; and again when he has come back to the end.

const NEAR = 24; // pixels from the end that count as the end
const END = 1e9;

export class Follower {
    // scroller: what scrolls. target: what has its scroll events. sized: elements on whose sizes the end depends.
    constructor(scroller, target, sized) {
        this.scroller = scroller;
        this.restart();
        target.addEventListener("scroll", () => this.scrolled(), { passive: true });
        const observer = new ResizeObserver(() => {
            if (this.sticks) this.scroller.scrollTop = END;
        });
        for (const element of sized) observer.observe(element);
    }

    restart() {
        this.sticks = true;
        this.top = 0;
    }

    scrolled() {
        const { scrollHeight, scrollTop, clientHeight } = this.scroller;
        // the end goes away by itself, too: what is laid out at last may be higher than was thought
        if (scrollHeight - scrollTop - clientHeight < NEAR) this.sticks = true;
        else if (scrollTop < this.top) this.sticks = false;
        this.top = scrollTop;
    }
}
