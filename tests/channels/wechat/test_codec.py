"""Our codec against wechatpy's, WeRoBot's and the platform's own published samples."""

import base64

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner
from werobot.crypto import MessageCrypt

from bot.channels.wechat_codec import (
    Envelope,
    MalformedMessageError,
    fields,
    find_ciphertext,
    is_signed,
    parse_xml,
    sendable,
    signature,
    text_reply,
)
from tests.channels.wechat.conftest import AES_KEY, APP_ID, TOKEN

OURS = Envelope(TOKEN, AES_KEY, APP_ID)
WECHATPY = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
WEROBOT = MessageCrypt(TOKEN, AES_KEY, APP_ID)

# Published with the samples of the platform's own cryptography.
SAMPLE_TOKEN = "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo"
SAMPLE_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
SAMPLE_CORP = "ww1436e0e65a779aee"
SAMPLE_ECHO = b"fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="
SAMPLE_BODY = (
    b"<xml><ToUserName><![CDATA[ww1436e0e65a779aee]]></ToUserName>\n<Encrypt><![CDATA["
    b"Kl7kjoSf6DMD1zh7rtrHjFaDapSCkaOnwu3bqLc5tAybhhMl9pFeK8NslNPVdMwmBQTNoW4mY7AIjeLvEl3NyeTkAgGzBhzTtRLN"
    b"shw2AEew+kkYcD+Fq72Kt00fT0WnN87hGrW8SqGc+NcT3mu87Ha3dz1pSDi6GaUA6A0sqfde0VJPQbZ9U+3JWcoD4Z5jaU0y9GSh"
    b"010wsHF8KZD24YhmZH4ch4Ka7ilEbjbfvhKkNL65HHL0J6EYJIZUC2pFrdkJ7MhmEbU2qARR4iQHE7wy24qy0cRX3Mfp6iELcDNf"
    b"SsPGjUQVDGxQDCWjayJOpcwocugux082f49HKYg84EpHSGXAyh+/oxwaWbvL6aSDPOYuPDGOCI8jmnKiypE+"
    b"]]></Encrypt>\n<AgentID><![CDATA[1000002]]></AgentID>\n</xml>"
)

texts = st.text(st.characters(codec="utf-8"))


def test_the_published_echo_sample_opens() -> None:
    claimed = b"012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb"

    assert is_signed(claimed, SAMPLE_TOKEN.encode(), b"1476416373", b"47744683", SAMPLE_ECHO)
    assert Envelope(SAMPLE_TOKEN, SAMPLE_KEY, SAMPLE_CORP).open(SAMPLE_ECHO) == b"1288432023552776189"


def test_the_published_message_sample_opens() -> None:
    ciphertext = find_ciphertext(SAMPLE_BODY)
    claimed = b"0c3914025cb4b4d68103f6bfc8db550f79dcf48e"

    assert is_signed(claimed, SAMPLE_TOKEN.encode(), b"1476422779", b"1597212914", ciphertext)
    message = fields(parse_xml(Envelope(SAMPLE_TOKEN, SAMPLE_KEY, SAMPLE_CORP).open(ciphertext)))
    assert (message["Content"], message["AgentID"]) == ("你好", "1000002")


@given(st.lists(texts.map(str.encode), max_size=5))
def test_signatures_are_wechatpys(parts: list[bytes]) -> None:
    signer = WeChatSigner()
    signer.add_data(*parts)

    assert signature(*parts).decode() == signer.signature


@given(texts)
def test_what_wechatpy_seals_we_open(text: str) -> None:
    sealed = xmltodict.parse(WECHATPY.encrypt_message(text, "7", "1763870400"))["xml"]

    assert OURS.open(sealed["Encrypt"].encode()) == text.encode()


@given(texts)
def test_what_we_seal_wechatpy_opens(text: str) -> None:
    sealed = xmltodict.parse(OURS.seal(text.encode(), timestamp=b"1763870400", nonce=b"7"))["xml"]

    opened = WECHATPY.decrypt_message(sealed, sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"])
    assert opened == text


@given(texts)
def test_werobot_and_we_open_each_others(text: str) -> None:
    ours = xmltodict.parse(OURS.seal(text.encode(), timestamp=b"1763870400", nonce=b"7"))["xml"]
    theirs = xmltodict.parse(WEROBOT.encrypt_message(text))["xml"]

    signed = (ours["TimeStamp"], ours["Nonce"], ours["MsgSignature"])
    assert WEROBOT.decrypt_message(*signed, ours["Encrypt"]) == text.encode()
    assert OURS.open(theirs["Encrypt"].encode()) == text.encode()


@given(st.binary(max_size=300))
def test_envelopes_of_any_bytes_open_to_the_same_bytes(message: bytes) -> None:
    assert OURS.open(OURS.seal_text(message)) == message


def test_a_robots_envelope_ends_with_no_receiver() -> None:
    robot = Envelope(TOKEN, AES_KEY, "")

    assert robot.open(robot.seal_text(b"hello")) == b"hello"
    with pytest.raises(MalformedMessageError):
        robot.open(OURS.seal_text(b"hello"))


@given(texts.map(sendable))
def test_a_reply_reads_the_same_in_wechatpy(text: str) -> None:
    xml = text_reply(to="oA", sender="gh", created_at=1763870400, text=text)

    message = xmltodict.parse(xml, strip_whitespace=False)["xml"]
    # XML reads a carriage return as a line break.
    assert (message["Content"] or "") == text.replace("\r\n", "\n").replace("\r", "\n")
    assert parse_message(xml).source == "gh"


@given(st.binary(max_size=400))
def test_nothing_but_malformed_comes_of_opening_garbage(ciphertext: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        OURS.open(ciphertext)


@given(st.binary(max_size=400))
def test_nothing_but_malformed_comes_of_parsing_garbage(body: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        parse_xml(body)


@given(st.integers(0, 500), st.integers(1, 255))
def test_a_flipped_byte_never_opens_to_another_receiver(position: int, flip: int) -> None:
    sealed = bytearray(base64.b64decode(OURS.seal_text("电梯坏了".encode() * 30)))
    sealed[position % len(sealed)] ^= flip

    try:
        opened = OURS.open(base64.b64encode(sealed))
    except MalformedMessageError:
        return
    assert len(opened) == len("电梯坏了".encode() * 30)  # only the message itself may differ


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(AES_KEY[:-1], id="too short"),
        pytest.param(AES_KEY + "A", id="too long"),
        pytest.param("!" * 43, id="wrong alphabet"),
    ],
)
def test_a_wrong_key_is_named_when_the_bot_starts(key: str) -> None:
    with pytest.raises(ValueError, match="aes_key"):
        Envelope(TOKEN, key, APP_ID)
