"""The Standard Webhooks scheme: HMAC-SHA256 over `id.timestamp.body`, by one of up to two live keys.

Knows headers and keys, not what a body says. The scheme's own library signs; here is compared, with the clock that the
caller gives, so that a kept message can be verified again.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from escrow.errors import BadSignature, MalformedMessage, StaleTimestamp
from oracle.sources.signature import TOLERANCE_SECONDS, is_one_of
from oracle.sources.source import Message

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
HEADERS = (ID, TIMESTAMP, SIGNATURE, "content-type")
MOST_SIGNATURES = 16
_SECONDS = re.compile(r"0|[1-9][0-9]{0,10}", re.ASCII)
_ID = re.compile(r"[!-~]{1,200}", re.ASCII)


def verified_id(account: str, keys: Sequence[Webhook], message: Message, now: int) -> str:
    """The message's id. `now` is this machine's clock, which says nothing but how fresh a message is."""
    message_id = message.header(ID)
    sent_at = message.header(TIMESTAMP)
    given = message.header(SIGNATURE).split(" ")[:MOST_SIGNATURES]
    if not _ID.fullmatch(message_id):
        raise MalformedMessage(f"has a {ID} that is not 1 to 200 printable characters")
    if not _SECONDS.fullmatch(sent_at) or abs(int(sent_at) - now) > TOLERANCE_SECONDS:
        raise StaleTimestamp(sent_at, TOLERANCE_SECONDS)
    try:
        text = message.body.decode()
    except UnicodeDecodeError:
        # The library signs text only.
        raise BadSignature(account) from None
    at = datetime.fromtimestamp(int(sent_at), UTC)
    wanted = [key.sign(message_id, at, text).encode() for key in keys]
    if not any([is_one_of(wanted, one) for one in given]):
        raise BadSignature(account)
    return message_id
