"""Our WeChat codec against wechatpy's, side by side: check, decrypt, parse, render and encrypt one message.

    python -m tests.benchmarks.wechat_codec

Prints microseconds a message and the ratio; fails below twice wechatpy's speed.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

from bot.channels.wechat_codec import (
    Envelope,
    fields,
    find_ciphertext,
    is_signed,
    parse_xml,
    sendable,
    signature,
    text_reply,
)

TOKEN = "neighbours"
AES_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
APP_ID = "wx0123456789abcdef"
TIMESTAMP, NONCE = "1763870400", "1320562132"
ANSWER = "已记下：幸福里3号楼2单元，电梯故障。是这样吗？\n1. 对\n2. 改一下"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
    "<FromUserName><![CDATA[oABCD1234567890abcdefghijklmn]]></FromUserName>"
    "<CreateTime>1763870400</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[3号楼2单元的电梯坏了，老人下不了楼]]></Content>"
    "<MsgId>24000000000000001</MsgId></xml>"
)
ROUNDS, MESSAGES = 7, 2_000
GOAL = 2.0


def main() -> None:
    ours, theirs = Envelope(TOKEN, AES_KEY, APP_ID), WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    ciphertext = ours.seal_text(MESSAGE.encode())
    signed = signature(TOKEN.encode(), TIMESTAMP.encode(), NONCE.encode(), ciphertext)
    body = b"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[%b]]></Encrypt></xml>" % ciphertext

    def with_ours() -> bytes:
        found = find_ciphertext(body)
        assert is_signed(signed, TOKEN.encode(), TIMESTAMP.encode(), NONCE.encode(), found)
        said = fields(parse_xml(ours.open(found)))
        reply = text_reply(
            to=said["FromUserName"],
            sender=said["ToUserName"],
            created_at=1763870400,
            text=sendable(ANSWER),
        )
        return ours.seal(reply, timestamp=TIMESTAMP.encode(), nonce=NONCE.encode())

    def with_wechatpy() -> str:
        opened = theirs.decrypt_message(body, signed.decode(), TIMESTAMP, NONCE)
        reply = create_reply(ANSWER, parse_message(opened))
        return str(theirs.encrypt_message(reply.render(), NONCE, TIMESTAMP))

    times: dict[Callable[[], object], list[float]] = {with_ours: [], with_wechatpy: []}
    for _ in range(ROUNDS):  # in turns, so that noise hits both
        for codec, spent in times.items():
            started = time.perf_counter()
            for _ in range(MESSAGES):
                codec()
            spent.append((time.perf_counter() - started) / MESSAGES * 1e6)
    own, other = median(times[with_ours]), median(times[with_wechatpy])
    print(f"ours {own:.1f} us, wechatpy {other:.1f} us a message: {other / own:.2f} times as fast")
    if other / own < GOAL:
        sys.exit(f"below the goal of {GOAL}")


if __name__ == "__main__":
    main()
