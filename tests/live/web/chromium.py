"""Chromium as Debian packages it, driven by selenium."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

BROWSER = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT = 60.0  # seconds after which a page counts as hanging

# The calls on the page, each as [name, id, verdict, JSON text of its value, pointers of what is open], read from its rows alone.
READ = r"""
const BRACKETS = {"{": "}", "[": "]", "{}": "", "[]": ""};
return [...document.querySelectorAll(".call")].map((call) => {
    const part = (name) => call.querySelector(name).textContent;
    const stack = [], open = [];
    let text = "";
    for (const row of call.querySelectorAll(".row")) {
        const level = Number(row.style.getPropertyValue("--level"));
        const key = row.querySelector(".key");
        const name = key?.classList.contains("quoted") ? JSON.parse(key.textContent) : key?.textContent;
        const value = row.querySelector(".value");
        if (row.classList.contains("tail")) {
            const above = stack.pop();
            const closes = BRACKETS[above.bracket] === value.textContent;
            if (!closes || level !== Math.min(stack.length, 40)) throw new Error(`end ${row.textContent}`);
            text += value.textContent;
            continue;
        }
        // what is open has no end, and all that follows is in it
        if (level !== Math.min(stack.length, 40)) throw new Error(`level ${level}: ${row.textContent}`);
        const above = stack[stack.length - 1];
        const step = above ? (above.bracket === "{" ? name : String(above.count)) : null;
        if (above) {
            if (above.bracket === "[" && key.textContent !== String(above.count)) throw new Error(`index ${key.textContent}`);
            text += (above.count++ ? "," : "") + (above.bracket === "{" ? `${JSON.stringify(step)}:` : "");
        }
        const pointer = above ? [...above.pointer, step] : [];
        if (row.classList.contains("open")) open.push(pointer);
        else if (!row.classList.contains("complete")) throw new Error("neither open nor complete");
        if (value.classList.contains("string")) text += JSON.stringify(value.textContent);
        else text += value.textContent;
        if (value.textContent in BRACKETS && BRACKETS[value.textContent] && !value.classList.contains("string")) {
            stack.push({bracket: value.textContent, count: 0, pointer});
        }
    }
    for (const above of stack.reverse()) text += BRACKETS[above.bracket];
    return [part(".tool"), part(".id"), part(".verdict"), text, open];
});
"""


@contextmanager
def browsing(width: int = 1280, height: int = 800) -> Iterator[Any]:
    """A browser with a profile of its own; what it logs is looked at when it ends."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    assert BROWSER
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = Options()
        options.binary_location = BROWSER
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        try:
            resize(driver, width, height)
            driver.set_script_timeout(WAIT)
            yield driver
        finally:
            driver.quit()


def resize(driver: Any, width: int, height: int) -> None:
    """The page in this many pixels."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def colours(driver: Any, scheme: str) -> None:
    """What the user prefers: "light" or "dark"."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def calls(driver: Any) -> list[tuple[str, str, str, Any, list[list[str]]]]:
    """What `READ` finds, with the value decoded: (name, id, verdict, value, what is open)."""
    found = driver.execute_script(READ)
    return [(name, ident, verdict, json.loads(text) if text else None, still) for name, ident, verdict, text, still in found]
