"""A real server of mail on loopback, for tests: `mail_server.py FOLDER [CERTIFICATE KEY USER PASSWORD]`.

It prints its port. What it takes becomes FOLDER/0001.eml and so on, with the envelope's recipient above it. With a certificate
nothing is taken before STARTTLS and a sign-in. It ends when its standard input does. To the recipient `recusado@…` it says that
there is no such mailbox, to `cheio@…` twice that it has no room, to `lento@…` it answers late.
"""

import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

SLOW_S = 1.5


class Taking:
    def __init__(self, folder):
        self.folder = folder
        self.taken = 0
        self.full = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        who = address.split("@")[0]
        if who == "recusado":
            return "550 5.1.1 no such mailbox"
        if who == "cheio":
            self.full[address] = self.full.get(address, 0) + 1
            if self.full[address] <= 2:
                return "452 4.2.2 no room"
        if who == "lento":
            await asyncio.sleep(SLOW_S)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken += 1
        name = os.path.join(self.folder, f"{self.taken:04}.eml")
        with open(name + ".part", "wb") as out:
            out.write(f"X-To: {','.join(envelope.rcpt_tos)}\r\n".encode())
            out.write(envelope.original_content)
        os.rename(name + ".part", name)
        return "250 taken"


async def serve(folder, certificate=None, key=None, user=None, password=None):
    options = {}
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        wanted = LoginPassword(user.encode(), password.encode())
        options = {
            "tls_context": tls,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": lambda server, session, envelope, mechanism, data: AuthResult(
                success=data == wanted, handled=True
            ),
        }
    handler = Taking(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop, **options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(serve(*sys.argv[1:]))
