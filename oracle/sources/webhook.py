"""The Standard Webhooks scheme: HMAC-SHA256 over `id.timestamp.body`, by one of up to two live keys.

Knows headers and keys, not what a body says. The signature is checked by the scheme's own library.
"""

import binascii
import re
from collections.abc import Sequence

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from escrow.errors import BadSignature, MalformedMessage, StaleTimestamp
from oracle.sources.source import Message

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
HEADERS = (ID, TIMESTAMP, SIGNATURE, "content-type")
TOLERANCE_SECONDS = 300
MOST_KEYS = 2
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_ID = re.compile(r"[!-~]{1,200}", re.ASCII)


def verified_id(account: str, keys: Sequence[Webhook], message: Message, now: int) -> str:
    """The message's id. `now` is this machine's clock, which says nothing but how fresh a message is."""
    message_id = message.header(ID)
    sent_at = message.header(TIMESTAMP)
    message.header(SIGNATURE)
    if not _ID.fullmatch(message_id):
        raise MalformedMessage(f"has a {ID} that is not 1 to 200 printable characters")
    if not _SECONDS.fullmatch(sent_at) or abs(int(sent_at) - now) > TOLERANCE_SECONDS:
        raise StaleTimestamp(sent_at, TOLERANCE_SECONDS)
    if not any(_signed(key, message) for key in keys):
        raise BadSignature(account)
    return message_id


def _signed(key: Webhook, message: Message) -> bool:
    try:
        key.verify(message.body, dict(message.headers), json_parse=False)
    except (WebhookVerificationError, binascii.Error, ValueError):
        # The library splits and decodes whatever the header holds, and takes text only.
        return False
    return True
