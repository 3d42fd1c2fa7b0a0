"""The samples that WeCom publishes open with our codec, and what we seal opens with another's."""

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wechat_codec import (
    Envelope,
    MalformedMessageError,
    fields,
    find_ciphertext,
    is_signed,
    parse_xml,
    signature,
)
from bot.channels.wecom.app_inbound import decode
from tests.channels.wechat.conftest import NOON

TOKEN = "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo"
AES_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
CORP_ID = "ww1436e0e65a779aee"

ECHO = (
    b"012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb", b"1476416373", b"47744683",
    b"fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA==",
)  # fmt: skip
MESSAGE = (
    b"0c3914025cb4b4d68103f6bfc8db550f79dcf48e", b"1476422779", b"1597212914",
    b"<xml><ToUserName><![CDATA[ww1436e0e65a779aee]]></ToUserName>\n<Encrypt><![CDATA["
    b"Kl7kjoSf6DMD1zh7rtrHjFaDapSCkaOnwu3bqLc5tAybhhMl9pFeK8NslNPVdMwmBQTNoW4mY7AIjeLvEl3NyeTkAgGzBhzTtRLN"
    b"shw2AEew+kkYcD+Fq72Kt00fT0WnN87hGrW8SqGc+NcT3mu87Ha3dz1pSDi6GaUA6A0sqfde0VJPQbZ9U+3JWcoD4Z5jaU0y9GSh"
    b"010wsHF8KZD24YhmZH4ch4Ka7ilEbjbfvhKkNL65HHL0J6EYJIZUC2pFrdkJ7MhmEbU2qARR4iQHE7wy24qy0cRX3Mfp6iELcDNf"
    b"SsPGjUQVDGxQDCWjayJOpcwocugux082f49HKYg84EpHSGXAyh+/oxwaWbvL6aSDPOYuPDGOCI8jmnKiypE+"
    b"]]></Encrypt>\n<AgentID><![CDATA[1000002]]></AgentID>\n</xml>",
)  # fmt: skip
# JSON, as robots speak it.
JSON_MESSAGE = (
    b"e3647471e395139e2308c1fa963f2d648a00b90e", b"1409659813", b"1372623149",
    b"cjhLUX7UU4yCSelv1vz7T0zT8huF51bAMVWriNvO1FMegHrQZNrtvRxbwf0fUPsFvwqR0U0fgiJNEA5Y30F2MoI2S7vv3EjVQ68C"
    b"0cjw9frBoUE2Hj0BvFp9h3u6Vbsg4lc1C8AtHdaN8orKuNKkLRLuYEL52R1J3v8olJGZRLnRdVKIivixmX/eQpzgeExtp20jI1Hx"
    b"RP1AAZ6xZoILdqDPO549LO4WeG+685JRUTdiwcY5fjZlqeMxuT4PpMn1X9OWsS7NRj06Wa5E3Tvg4twjWp39KPfOdRte6P1T4JU=",
)  # fmt: skip


def test_the_sample_of_saving_an_address_is_ours() -> None:
    claimed, timestamp, nonce, ciphertext = ECHO

    assert is_signed(claimed, TOKEN.encode(), timestamp, nonce, ciphertext)
    assert Envelope(TOKEN, AES_KEY, CORP_ID).open(ciphertext) == b"1288432023552776189"


def test_the_sample_of_a_message_is_ours() -> None:
    claimed, timestamp, nonce, body = MESSAGE
    ciphertext = find_ciphertext(body)

    assert is_signed(claimed, TOKEN.encode(), timestamp, nonce, ciphertext)
    plain = Envelope(TOKEN, AES_KEY, CORP_ID).open(ciphertext)
    said = fields(parse_xml(plain))
    assert (said["Content"], said["AgentID"]) == ("你好", "1000002")
    heard = decode(plain, channel="staff", corp_id=CORP_ID, agent_id=1000002, now=NOON)
    assert heard.message is not None
    assert (heard.message.text, heard.message.sender) == ("你好", said["FromUserName"])


def test_the_sample_in_json_is_ours_and_nobody_elses() -> None:
    claimed, timestamp, nonce, ciphertext = JSON_MESSAGE

    assert is_signed(claimed, TOKEN.encode(), timestamp, nonce, ciphertext)
    # Published with a quotation mark too few, so it is no JSON.
    assert b'"Content": "hello"' in Envelope(TOKEN, AES_KEY, CORP_ID).open(ciphertext)
    for receiver in ("", "ww1436e0e65a779aef"):
        with pytest.raises(MalformedMessageError):
            Envelope(TOKEN, AES_KEY, receiver).open(ciphertext)


@pytest.mark.parametrize("receiver", [CORP_ID, ""], ids=["corporation", "robot"])
def test_what_we_seal_wechatpy_opens(receiver: str) -> None:
    sealed = Envelope(TOKEN, AES_KEY, receiver).seal_text("电梯坏了".encode())
    signed = signature(TOKEN.encode(), b"1476416373", b"n", sealed).decode()

    opened = WeChatCrypto(TOKEN, AES_KEY, receiver).check_signature(
        signed, "1476416373", "n", sealed.decode()
    )

    assert opened == "电梯坏了"
