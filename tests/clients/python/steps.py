"""What the scripts share: their settings, and a sentence for each step, so that a failure says in which it was."""

import contextlib
import json
import os
import sys
import traceback

# On loopback there is no TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

settings = json.loads(sys.argv[1])


@contextlib.contextmanager
def step(sentence):
    try:
        yield
    except Exception:
        print(f"FAILED: {sentence}\n{traceback.format_exc()}", file=sys.stderr)
        sys.exit(1)


def equal(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


@contextlib.contextmanager
def refused(error):
    """What is refused with this OAuth error, and with no other."""
    try:
        yield
    except Exception as caught:
        if getattr(caught, "error", None) == error:
            return
        raise
    raise AssertionError(f"this should have been refused with {error}")
