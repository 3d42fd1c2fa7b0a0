"""WeChat's wire format: the signature, the AES envelope and the XML, for whichever channel speaks it.

Own code on `cryptography` and `lxml` because wechatpy needs more than twice the time for a message,
compares signatures in variable time, leaves the padding unchecked and breaks on “]]>” in a reply.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from lxml import etree

_KEY_CHARACTERS = 43
_PADDING_BLOCK = 32
_RANDOM_BYTES = 8  # written as 16 hexadecimal characters in front of each message
_SIZE_AT = 2 * _RANDOM_BYTES
_MESSAGE_AT = _SIZE_AT + 4

_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
# What XML 1.0 cannot carry, and halves of surrogate pairs, which UTF-8 cannot.
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

# Parsed in place of a message that is refused earlier, so that every refusal takes about as long.
_DECOY = (
    b"<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[o]]></FromUserName>"
    b"<CreateTime>0</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[-]]></Content>"
    b"<MsgId>0</MsgId></xml>"
)


class MalformedMessageError(ValueError):
    """The bytes are not what the platform sends. Says nothing more on purpose: it must not be an oracle."""


def signature(*parts: bytes) -> bytes:
    """SHA-1 over the sorted parts, the token among them, as lower-case hexadecimal digits."""
    return hashlib.sha1(b"".join(sorted(parts)), usedforsecurity=False).hexdigest().encode()


def is_signed(claimed: bytes, *parts: bytes) -> bool:
    """Whether `claimed` is the signature over `parts`, compared in constant time."""
    return hmac.compare_digest(claimed, signature(*parts))


def find_ciphertext(body: bytes) -> bytes:
    """What <Encrypt> holds, or nothing. The signature covers it, so the rest need not be parsed."""
    found = _ENCRYPT.search(body)
    return found[1] if found else b""


class Envelope:
    """Opens and seals encrypted messages.

    `receiver` ends every message: the app id of a 服务号, the corp id in WeCom, nothing for its robots.
    """

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        try:
            key = base64.b64decode(aes_key + "=", validate=True)
        except binascii.Error as error:
            raise ValueError("aes_key holds characters that the platform never uses") from error
        if len(aes_key) != _KEY_CHARACTERS:
            raise ValueError(f"aes_key has {len(aes_key)} characters instead of {_KEY_CHARACTERS}")
        self._token = token.encode()
        self._receiver = receiver.encode()
        self._cipher = Cipher(AES(key), CBC(key[:16]))

    def open(self, ciphertext: bytes) -> bytes:
        """The message inside. Raises MalformedMessageError, the same one whatever is wrong."""
        try:
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(base64.b64decode(ciphertext, validate=True)) + decryptor.finalize()
        except ValueError:
            plain = b""
        padding = plain[-1] if plain else 0
        end = max(len(plain) - padding, 0)
        stop = _MESSAGE_AT + int.from_bytes(plain[_SIZE_AT:_MESSAGE_AT], "big")
        # All are evaluated before any decides, so that a wrong padding takes no less time than another.
        is_padded = (0 < padding <= _PADDING_BLOCK) & (plain[end:] == bytes((padding,)) * padding)
        is_for_us = (stop <= end) & hmac.compare_digest(plain[stop:end], self._receiver)
        if not is_padded & is_for_us:
            raise MalformedMessageError
        return plain[_MESSAGE_AT:stop]

    def seal_text(self, message: bytes) -> bytes:
        """The message encrypted, in base64."""
        size = len(message).to_bytes(4, "big")
        plain = b"".join((os.urandom(_RANDOM_BYTES).hex().encode(), size, message, self._receiver))
        padding = _PADDING_BLOCK - len(plain) % _PADDING_BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(plain + bytes((padding,)) * padding) + encryptor.finalize()
        return base64.b64encode(sealed)

    def seal(self, message: bytes, *, timestamp: bytes, nonce: bytes) -> bytes:
        """The message encrypted and signed, as the XML of a reply."""
        ciphertext = self.seal_text(message)
        return (
            b"<xml><Encrypt><![CDATA[%b]]></Encrypt><MsgSignature><![CDATA[%b]]></MsgSignature>"
            b"<TimeStamp>%b</TimeStamp><Nonce><![CDATA[%b]]></Nonce></xml>"
        ) % (ciphertext, signature(self._token, timestamp, nonce, ciphertext), timestamp, nonce)


def open_file(content: bytes, aes_key: str) -> bytes:
    """A file that WeCom stores encrypted. Raises MalformedMessageError."""
    try:
        key = base64.b64decode(aes_key + "=" * (-len(aes_key) % 4), validate=True)
        decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
        plain = decryptor.update(content) + decryptor.finalize()
    except ValueError as error:  # a wrong key, or half a block
        raise MalformedMessageError from error
    padding = plain[-1] if plain else 0
    if not 0 < padding <= min(_PADDING_BLOCK, len(plain)) or plain[-padding:] != bytes((padding,)) * padding:
        raise MalformedMessageError
    return plain[:-padding]


# The encoding is forced, so that no other one smuggles a document type past the check in parse_xml.
_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)


def parse_xml(body: bytes) -> etree._Element:
    """The <xml> element. Raises MalformedMessageError; entities and document types are never tolerated."""
    if b"<!DOCTYPE" in body:
        raise MalformedMessageError
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError as error:
        raise MalformedMessageError from error
    if root.tag != "xml":
        raise MalformedMessageError
    return root


def spend_parsing_time() -> None:
    """The work of parsing a message, for a refusal that has none."""
    etree.fromstring(_DECOY, _PARSER)


def fields(element: etree._Element) -> dict[str, str]:
    """Tag to text of the children; nested elements count as empty text."""
    return {child.tag: child.text or "" for child in element}


def sendable(text: str) -> str:
    """The text without the characters that neither XML nor UTF-8 can carry."""
    return _UNSENDABLE.sub("", text)


def _cdata(text: str) -> bytes:
    return b"<![CDATA[%b]]>" % text.replace("]]>", "]]]]><![CDATA[>").encode()


def text_reply(*, to: str, sender: str, created_at: int, text: str) -> bytes:
    """The XML of a passive text reply; `created_at` in seconds since 1970. `text` must be sendable."""
    return (
        b"<xml><ToUserName>%b</ToUserName><FromUserName>%b</FromUserName><CreateTime>%d</CreateTime>"
        b"<MsgType><![CDATA[text]]></MsgType><Content>%b</Content></xml>"
    ) % (_cdata(to), _cdata(sender), created_at, _cdata(text))
