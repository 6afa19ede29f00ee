"""Provider streams shown in a browser while they arrive. Needs starlette, uvicorn, sse-starlette and httpx: `midstream[web]`."""
