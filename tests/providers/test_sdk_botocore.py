"""botocore reads recorded responses of Bedrock, binary event streams, and ToolCalls reads what it gives."""

from __future__ import annotations

import binascii
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import pytest

from midstream.toolcalls import StreamFailed, Verdict
from tests.support.data import Recording
from tests.support.parts import require
from tests.support.replay_server import Replay, bundled, leave, named, of_mappings, of_sdk, randomly_cut, read

require("botocore", find_spec("botocore"), "pip install botocore")
import botocore.config  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.session  # noqa: E402

WIRE = "bedrock-converse"


@contextmanager
def converse_stream(url: str) -> Iterator[Any]:
    session = botocore.session.Session()
    session.set_credentials("-", "-")
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    client = session.create_client("bedrock-runtime", region_name="us-east-1", endpoint_url=url, config=config)
    answer = client.converse_stream(modelId="m", messages=[{"role": "user", "content": [{"text": "."}]}])
    yield answer["stream"]
    client.close()


def binary(event: str, payload: str, kind: str = "event") -> bytes:
    """One message of an event stream of AWS (vnd.amazon.eventstream): lengths, CRC, headers, payload, CRC."""
    told = {":message-type": kind, f":{kind}-type": event, ":content-type": "application/json"}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in told.items()
    )
    body = payload.encode()
    prelude = struct.pack(">II", 12 + len(headers) + len(body) + 4, len(headers))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + body
    return message + struct.pack(">I", binascii.crc32(message))


def messages(recording: Recording) -> list[bytes]:
    """The body of the response, a chunk an event."""
    found = []
    for event, payload in recording.events():
        if event is None:  # as boto3 gives it: the name is the only key
            ((event, decoded),) = json.loads(payload).items()
            payload = json.dumps(decoded)
        found.append(binary(event, payload))
    return found


class Server(Replay):
    """The same, of another media type."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.media_type = "application/vnd.amazon.eventstream"


RECORDED = named("json-other-tool", WIRE)
WEATHER = messages(RECORDED)
MIDST = 2  # events of it: the call's arguments have begun


@pytest.mark.parametrize("recording", bundled(WIRE), ids=lambda recording: recording.name[-30:])
def test_P22_events_say_what_the_recording_says(recording: Recording) -> None:
    with Server(randomly_cut(messages(recording), seed=1)) as server:
        assert of_sdk(WIRE, converse_stream, server.url) == of_mappings(WIRE, recording)


def test_P22_events_fed_by_hand() -> None:
    with Server(WEATHER) as server:
        assert of_sdk(WIRE, converse_stream, server.url, by_hand=True) == of_mappings(WIRE, RECORDED)


def test_P23_exception_in_the_stream() -> None:
    failure = binary("throttlingException", json.dumps({"message": "Too many tokens"}), "exception")
    with Server([*WEATHER[:MIDST], failure]) as server:
        *_, last = read(WIRE, converse_stream, server.url)
    assert isinstance(last, StreamFailed)
    assert isinstance(last.error, botocore.exceptions.EventStreamError)
    assert_kept(last)


def test_P23_dropped_connection() -> None:
    with Server(WEATHER[:MIDST], end="drop") as server:
        *_, last = read(WIRE, converse_stream, server.url)
    assert isinstance(last, StreamFailed)
    assert type(last.error).__name__ == "ProtocolError"  # of the HTTP client that botocore brings
    assert_kept(last)


def test_leaving_early_closes_the_response() -> None:
    with Server(WEATHER[:MIDST], end="hold") as server:
        assert leave(WIRE, converse_stream, server)


def assert_kept(last: Any) -> None:
    (call,) = last.calls
    assert (call.name, call.raw, call.verdict) == ("get-weather", '{"location":', Verdict.TRUNCATED)
