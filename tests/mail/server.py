"""A mail server on loopback that takes mails, or does what mail servers do instead.

The program prints `ready HOST:PORT` and ends when its standard input does, so that it outlives no test. A line of its input is a command,
answered by one line of its output:

    take       from now on every mail is taken (as at the start)
    refuse     no mailbox exists (550)
    greylist   a mailbox is told to come back later the first time (451), and taken from then on
    hang-up    the connection ends instead of the answer to a mail, which is lost
    forget     the connection ends instead of the answer to a mail, which was taken
    mails      the mails that were taken, as JSON: [{"sender", "recipients", "headers", "text", "html"}]
    attempts   how many mails were begun
"""

import asyncio
import json
import sys
import threading
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP


def read(envelope):
    """What a mail program shows of it."""
    mail = message_from_bytes(envelope.content, policy=default)
    part = lambda kind: mail.get_body((kind,)).get_content()
    return {
        "sender": envelope.mail_from,
        "recipients": envelope.rcpt_tos,
        "headers": {name.lower(): str(value) for name, value in mail.items()},
        "text": part("plain"),
        "html": part("html"),
    }


class Handler:
    def __init__(self):
        self.mode, self.mails, self.attempts, self.seen = "take", [], 0, set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.attempts += 1
        if self.mode == "refuse":
            return "550 5.1.1 No such mailbox"
        if self.mode == "greylist" and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode != "hang-up":
            self.mails.append(read(envelope))
        if self.mode in ("hang-up", "forget"):
            server.transport.abort()
        return "250 OK"

    def answer(self, command):
        if command == "mails":
            return json.dumps(self.mails)
        if command == "attempts":
            return str(self.attempts)
        self.mode = command
        return "ok"


async def main():
    handler, loop = Handler(), asyncio.get_running_loop()
    listener = await loop.create_server(lambda: SMTP(handler, hostname="mail.example"), "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    print(f"ready {host}:{port}", flush=True)
    ended = asyncio.Event()

    async def answer(command):
        print(handler.answer(command), flush=True)

    def commands():
        for line in sys.stdin:
            asyncio.run_coroutine_threadsafe(answer(line.strip()), loop).result()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=commands, daemon=True).start()
    await ended.wait()


asyncio.run(main())
